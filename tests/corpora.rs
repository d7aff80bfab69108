//! Real repositories from an empty cluster, each with its expected end: only where
//! `FLUXRIG_CORPORA` names the folder that holds them.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::path::Path;
use std::process::ExitCode;

use testing::Folder;

const SCENARIOS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/conformance/flux-repos");

fn main() -> ExitCode {
    let Some(corpora) = std::env::var_os("FLUXRIG_CORPORA") else {
        println!(
            "SKIPPED: real repositories; set FLUXRIG_CORPORA to the folder that holds flux-repos/"
        );
        return ExitCode::SUCCESS;
    };
    let folder = tempfile::tempdir().unwrap();
    copy(Path::new(SCENARIOS), folder.path());
    std::os::unix::fs::symlink(corpora, folder.path().join("corpora")).unwrap();
    // The corpora are material: only the scenarios beside the link are run.
    let scenarios = folder.path().join("*.yaml");
    testing::run(&[Folder::new(scenarios).named("flux-repos")])
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
