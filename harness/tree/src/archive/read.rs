//! Reading: whatever tar wrote, within limits.

use std::io::Read;

use crate::{File, Mode, Tree, TreePath};

/// How much an archive may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of all files together.
    pub bytes: u64,
    /// Files and folders.
    pub entries: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 256 << 20, entries: 50_000 }
    }
}

/// Why an archive could not be unpacked.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// It is cut off, or no gzipped tar archive.
    #[error("{0}")]
    Broken(std::io::Error),
    /// A name is not UTF-8 or leaves its root.
    #[error("the name {0:?} is not allowed")]
    Name(String),
    /// It holds more than it may.
    #[error("the archive holds more than {0}")]
    TooLarge(String),
}

/// The files of a gzipped tar archive; links stay links, other special files are left out.
///
/// # Errors
/// If it is broken, a name is not allowed, or a limit is passed.
pub fn unpack(bytes: &[u8], limits: Limits) -> Result<Tree, ArchiveError> {
    let inflated = flate2::read::MultiGzDecoder::new(bytes).take(limits.bytes + (64 << 20));
    let mut archive = tar::Archive::new(inflated);
    let mut tree = Tree::new();
    let (mut left, mut entries) = (limits.bytes, 0);
    for entry in archive.entries().map_err(ArchiveError::Broken)? {
        let mut entry = entry.map_err(ArchiveError::Broken)?;
        entries += 1;
        if entries > limits.entries {
            return Err(ArchiveError::TooLarge(format!("{} files", limits.entries)));
        }
        let Some((path, mode)) = name_and_mode(&entry)? else { continue };
        let contents = if mode == Mode::Symlink {
            let target = entry.link_name_bytes().unwrap_or_default();
            target.into_owned()
        } else {
            contents(&mut entry, limits.bytes, &mut left)?
        };
        tree.insert_file(path, File { mode, contents: contents.into() });
    }
    Ok(tree)
}

fn name_and_mode<R: Read>(
    entry: &tar::Entry<'_, R>,
) -> Result<Option<(TreePath, Mode)>, ArchiveError> {
    let kind = entry.header().entry_type();
    let mode = match kind {
        tar::EntryType::Symlink => Mode::Symlink,
        kind if kind.is_file() => {
            let bits = entry.header().mode().unwrap_or(0o644);
            if bits & 0o111 == 0 { Mode::File } else { Mode::Executable }
        }
        _ => return Ok(None),
    };
    let name = entry.path_bytes();
    let wrong = || ArchiveError::Name(String::from_utf8_lossy(&name).into_owned());
    let text = std::str::from_utf8(&name).map_err(|_| wrong())?;
    let path = TreePath::new(text).map_err(|_| wrong())?;
    Ok((!path.as_str().is_empty()).then_some((path, mode)))
}

fn contents<R: Read>(
    entry: &mut tar::Entry<'_, R>,
    limit: u64,
    left: &mut u64,
) -> Result<Vec<u8>, ArchiveError> {
    let too_large = || ArchiveError::TooLarge(format!("{limit} bytes"));
    let mut contents = Vec::new();
    entry.take(*left + 1).read_to_end(&mut contents).map_err(ArchiveError::Broken)?;
    *left = left.checked_sub(contents.len() as u64).ok_or_else(too_large)?;
    Ok(contents)
}
