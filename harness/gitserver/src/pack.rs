//! Writing one pack with its index, fast: entries are whole objects, lightly compressed.
//!
//! Formats after git's `gitformat-pack`: pack version 2, index version 2.

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use flate2::{Compression, write::ZlibEncoder};
use gix_hash::{ObjectId, hasher};
use gix_object::Kind;

use crate::Error;

/// One object: its kind and its bytes, shared.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    pub(crate) kind: Kind,
    pub(crate) data: Arc<[u8]>,
}

struct Entry {
    id: ObjectId,
    offset: u32,
    crc: u32,
}

/// Writes `pack-ID.pack` and `pack-ID.idx` into a folder.
pub(crate) fn write(folder: &Path, objects: &[(ObjectId, Stored)]) -> Result<(), Error> {
    let (pack, mut entries) = encode(objects).map_err(Error::io("pack objects for", folder))?;
    let name = &pack[pack.len() - 20..];
    let name: String = name.iter().map(|byte| format!("{byte:02x}")).collect();
    let put = |ending: &str, bytes: &[u8]| {
        let path = folder.join(format!("pack-{name}.{ending}"));
        std::fs::write(&path, bytes).map_err(Error::io("write", &path))
    };
    put("pack", &pack)?;
    entries.sort_by_key(|entry| entry.id);
    let index = index(&entries, &pack[pack.len() - 20..]).map_err(Error::io("index", folder))?;
    put("idx", &index)
}

fn encode(objects: &[(ObjectId, Stored)]) -> std::io::Result<(Vec<u8>, Vec<Entry>)> {
    let mut out = Vec::with_capacity(4096);
    out.extend(b"PACK");
    out.extend(2_u32.to_be_bytes());
    out.extend(u32_of(objects.len())?.to_be_bytes());
    let mut entries = Vec::with_capacity(objects.len());
    for (id, stored) in objects {
        let start = out.len();
        header(&mut out, stored.kind, stored.data.len());
        let mut encoder = ZlibEncoder::new(&mut out, Compression::none());
        encoder.write_all(&stored.data)?;
        encoder.finish()?;
        let crc = crc32fast::hash(&out[start..]);
        entries.push(Entry { id: *id, offset: u32_of(start)?, crc });
    }
    seal(&mut out)?;
    Ok((out, entries))
}

fn header(out: &mut Vec<u8>, kind: Kind, size: usize) {
    let number = match kind {
        Kind::Commit => 1_u8,
        Kind::Tree => 2,
        Kind::Blob => 3,
        Kind::Tag => 4,
    };
    let mut byte = (number << 4) | (size & 0x0f) as u8;
    let mut rest = size >> 4;
    while rest > 0 {
        out.push(byte | 0x80);
        byte = (rest & 0x7f) as u8;
        rest >>= 7;
    }
    out.push(byte);
}

fn index(entries: &[Entry], pack: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut out = vec![0xff, b't', b'O', b'c'];
    out.extend(2_u32.to_be_bytes());
    for first in 0..=255_u8 {
        let upto = entries.partition_point(|entry| entry.id.as_slice()[0] <= first);
        out.extend(u32_of(upto)?.to_be_bytes());
    }
    entries.iter().for_each(|entry| out.extend(entry.id.as_slice()));
    entries.iter().for_each(|entry| out.extend(entry.crc.to_be_bytes()));
    entries.iter().for_each(|entry| out.extend(entry.offset.to_be_bytes()));
    out.extend(pack);
    seal(&mut out)?;
    Ok(out)
}

fn seal(out: &mut Vec<u8>) -> std::io::Result<()> {
    let mut hash = hasher(gix_hash::Kind::Sha1);
    hash.update(out);
    let id = hash.try_finalize().map_err(std::io::Error::other)?;
    out.extend(id.as_slice());
    Ok(())
}

// Offsets above 2 GiB would need the index's second table; trees are far smaller.
fn u32_of(number: usize) -> std::io::Result<u32> {
    let number = u32::try_from(number).ok().filter(|number| *number < 1 << 31);
    number.ok_or_else(|| std::io::Error::other("more than 2 GiB in one push"))
}
