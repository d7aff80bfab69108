//! Writing: ustar headers, the padding of tar's records, the frame of gzip.

use std::collections::BTreeSet;

use super::deflate::deflate;
use crate::{File, Mode, Tree, TreePath};

/// How a tree is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Packing<'a> {
    /// A folder that everything lies in; empty for none.
    pub prefix: &'a str,
    /// Whether folders have entries of their own.
    pub folders: bool,
    /// When every file was changed, in seconds since 1970.
    pub modified: u64,
}

const BLOCK: usize = 512;
const RECORD: usize = 20 * BLOCK;

/// A tree as a gzipped tar archive.
#[must_use]
pub fn pack(tree: &Tree, how: Packing<'_>) -> Vec<u8> {
    let mut tar = Vec::new();
    let mut seen = BTreeSet::new();
    let prefix = if how.prefix.is_empty() { String::new() } else { format!("{}/", how.prefix) };
    for (path, file) in tree.iter() {
        let name = format!("{prefix}{path}");
        if how.folders {
            folders(&mut tar, &name, &mut seen, how.modified);
        }
        entry(&mut tar, &name, file, how.modified);
    }
    tar.resize((tar.len() + 2 * BLOCK).next_multiple_of(RECORD), 0);
    gzip(&tar)
}

fn folders(tar: &mut Vec<u8>, name: &str, seen: &mut BTreeSet<String>, modified: u64) {
    for (at, _) in name.match_indices('/') {
        if seen.insert(name[..at].to_owned()) {
            header(tar, &name[..=at], (b'5', 0o755), 0, "", modified);
        }
    }
}

fn entry(tar: &mut Vec<u8>, name: &str, file: &File, modified: u64) {
    if file.mode == Mode::Symlink {
        let target = String::from_utf8_lossy(&file.contents).into_owned();
        header(tar, name, (b'2', 0o777), 0, &target, modified);
        return;
    }
    let mode = if file.mode == Mode::Executable { 0o755 } else { 0o644 };
    header(tar, name, (b'0', mode), file.contents.len(), "", modified);
    body(tar, &file.contents);
}

fn body(tar: &mut Vec<u8>, bytes: &[u8]) {
    tar.extend_from_slice(bytes);
    tar.resize(tar.len().next_multiple_of(BLOCK), 0);
}

/// One header; a name that does not fit into it goes before it, as GNU tar does.
fn header(
    tar: &mut Vec<u8>,
    name: &str,
    (kind, mode): (u8, u64),
    size: usize,
    link: &str,
    modified: u64,
) {
    for (text, kind) in [(name, b'L'), (link, b'K')] {
        if text.len() > 100 {
            let long = [text.as_bytes(), b"\0"].concat();
            put(tar, "././@LongLink", (kind, 0o644), long.len(), "", 0);
            body(tar, &long);
        }
    }
    put(tar, name, (kind, mode), size, link, modified);
}

fn put(
    tar: &mut Vec<u8>,
    name: &str,
    (kind, mode): (u8, u64),
    size: usize,
    link: &str,
    modified: u64,
) {
    let mut block = [0u8; BLOCK];
    let mut field = |at: usize, width: usize, bytes: &[u8]| {
        let length = bytes.len().min(width);
        block[at..at + length].copy_from_slice(&bytes[..length]);
    };
    field(0, 100, name.as_bytes());
    field(100, 8, format!("{mode:07o}\0").as_bytes());
    field(108, 8, b"0000000\0");
    field(116, 8, b"0000000\0");
    field(124, 12, format!("{size:011o}\0").as_bytes());
    field(136, 12, format!("{modified:011o}\0").as_bytes());
    field(148, 8, b"        ");
    field(156, 1, &[kind]);
    field(157, 100, link.as_bytes());
    field(257, 8, b"ustar\x0000");
    let sum: u64 = block.iter().map(|byte| u64::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    tar.extend_from_slice(&block);
}

/// Bytes as one gzip member without a name or a time.
#[must_use]
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    out.extend(deflate(bytes));
    out.extend(crc32fast::hash(bytes).to_le_bytes());
    let length = bytes.len() as u64 & 0xffff_ffff;
    out.extend(&length.to_le_bytes()[..4]);
    out
}

/// A path below a prefix; used where a tree's root becomes a folder.
impl Tree {
    /// Everything below a folder of this name.
    ///
    /// # Errors
    /// If the name leaves its root.
    pub fn within(&self, folder: &str) -> Result<Self, crate::PathError> {
        let folder = TreePath::new(folder)?;
        let mut moved = Self::new();
        for (path, file) in self.iter() {
            moved.insert_file(folder.join(path.as_str())?, file.clone());
        }
        Ok(moved)
    }
}
