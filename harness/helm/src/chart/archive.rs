//! Chart archives: gzipped tar, bounded, never out of their root.
//!
//! Source: Helm `pkg/chart/loader/archive`: which paths are refused, and in which words.

use std::io::Read;
use std::sync::Arc;

use flate2::read::GzDecoder;

use super::load::{LARGEST, Loose, without_bom};
use crate::go;

/// The most files of an archive.
const MOST_FILES: usize = 50_000;

/// The files of an archive, the first part of their paths cut off.
pub(super) fn unpack(bytes: &[u8]) -> Result<Vec<Loose>, String> {
    if !bytes.starts_with(b"\x1f\x8b") {
        return Err("gzip: invalid header".to_owned());
    }
    // Headers count too, so that an archive of nothing but them ends.
    let limited = GzDecoder::new(bytes).take(LARGEST * 2);
    let mut archive = tar::Archive::new(limited);
    let mut left = LARGEST;
    let mut files: Vec<Loose> = Vec::new();
    for entry in archive.entries().map_err(|problem| problem.to_string())? {
        let mut entry = entry.map_err(|problem| problem.to_string())?;
        let kind = entry.header().entry_type();
        if kind.is_dir() || kind.is_pax_global_extensions() || kind.is_pax_local_extensions() {
            continue;
        }
        let name = clean_name(&String::from_utf8_lossy(&entry.path_bytes()))?;
        let size = entry.size();
        if size > left || files.len() >= MOST_FILES {
            return Err(too_large());
        }
        let mut data = Vec::new();
        entry.by_ref().take(left).read_to_end(&mut data).map_err(|problem| problem.to_string())?;
        if (data.len() as u64) < size {
            return Err(too_large());
        }
        left -= size;
        let data: Arc<[u8]> = without_bom(&data).into();
        files.push(Loose { name, data });
    }
    if files.is_empty() {
        return Err("no files in chart archive".to_owned());
    }
    Ok(files)
}

fn too_large() -> String {
    format!("decompressed chart is larger than the maximum size {LARGEST}")
}

/// The path below the archive's first folder.
fn clean_name(path: &str) -> Result<String, String> {
    let delimiter = if path.contains('\\') { '\\' } else { '/' };
    let mut parts = path.split(delimiter);
    let first = parts.next().unwrap_or_default();
    let rest = parts.collect::<Vec<_>>().join("/");
    if rest.starts_with('/') {
        return Err("chart illegally contains absolute paths".to_owned());
    }
    let name = go::clean_path(&rest);
    if name == "." {
        let path = go::quote(path);
        return Err(format!("chart illegally contains content outside the base directory: {path}"));
    }
    if name.starts_with("..") {
        return Err("chart illegally references parent directory".to_owned());
    }
    let mut chars = name.chars();
    if chars.next().is_some_and(|c| c.is_ascii_alphabetic()) && chars.as_str().starts_with(":/") {
        return Err("chart contains illegally named files".to_owned());
    }
    if first == "Chart.yaml" {
        return Err("chart yaml not in base directory".to_owned());
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_leave_the_chart_are_refused() {
        for (path, name) in [
            ("c/templates/a.yaml", Ok("templates/a.yaml")),
            ("c\\templates\\a.yaml", Ok("templates/a.yaml")),
            ("c/x/../Chart.yaml", Ok("Chart.yaml")),
            ("c//etc/passwd", Err("chart illegally contains absolute paths")),
            ("c/../../etc/passwd", Err("chart illegally references parent directory")),
            ("file", Err("chart illegally contains content outside the base directory: \"file\"")),
            ("c/c:/x", Err("chart contains illegally named files")),
            ("Chart.yaml/x", Err("chart yaml not in base directory")),
        ] {
            let found = clean_name(path);
            assert_eq!(found.as_deref().map_err(String::as_str), name, "{path}");
        }
    }
}
