//! Real repositories from an empty cluster, each to its stated end (needs `FLUXRIG_CORPORA`).
//!
//! The files lie in `tests/conformance/flux-repos` and name what they read below `corpora`.
//! A file with the label `unknown` must end as unknown, every other one as met.

#![expect(clippy::unwrap_used, reason = "a test, its helpers included")]

use std::path::Path;
use std::process::Command;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/conformance/flux-repos");

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}

#[test]
#[cfg(unix)]
fn every_real_repository_comes_to_its_stated_end() {
    let Ok(corpora) = std::env::var("FLUXRIG_CORPORA") else {
        eprintln!("SKIPPED: FLUXRIG_CORPORA is not set, so no real repository was run");
        return;
    };
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("real-repositories");
    let _ = std::fs::remove_dir_all(&place);
    copy(Path::new(FOLDER), &place);
    std::os::unix::fs::symlink(corpora, place.join("corpora")).unwrap();
    let mut wrong = String::new();
    for entry in std::fs::read_dir(FOLDER).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let labels = text.lines().find(|line| line.starts_with("labels:")).unwrap_or_default();
        let wanted = if labels.contains("unknown") { 5 } else { 0 };
        let mut command = Command::new(env!("CARGO_BIN_EXE_fluxrig"));
        command.arg("test").arg(path.file_name().unwrap()).current_dir(&place);
        let output = command.output().unwrap();
        if output.status.code() != Some(wanted) {
            let said = String::from_utf8_lossy(&output.stdout);
            wrong.push_str(&format!("{}: {}\n{said}", path.display(), output.status));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
