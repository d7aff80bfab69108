//! Recorded builds of the real tool: how many come out byte for byte may not fall.
//!
//! The recordings stand outside the repository; `FLUXRIG_CORPORA` names their folder.

use std::path::{Path, PathBuf};
use std::process::Command;

use kustomize::{LoadRestrictions, Options, build};
use objects::Value;
use tree::{Tree, TreePath};

/// Recorded builds that come out byte for byte, and recorded failures that fail.
const EQUAL_BUILDS: usize = 1328;
const FAILURES: usize = 197;

struct Case {
    name: String,
    folder: PathBuf,
    meta: Value,
}

fn unpack(corpus: &Path, into: &Path) {
    for archive in ["cases.tar.gz", "cases-eupl.tar.gz"] {
        let archive = corpus.join(archive);
        if archive.exists() {
            let status = Command::new("tar").arg("xzf").arg(&archive).arg("-C").arg(into).status();
            assert!(status.is_ok_and(|status| status.success()), "cannot unpack {archive:?}");
        }
    }
}

fn cases(root: &Path) -> Vec<Case> {
    let mut cases: Vec<Case> = std::fs::read_dir(root.join("cases"))
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let folder = entry.path();
            let meta = std::fs::read(folder.join("case.json")).ok()?;
            let meta = objects::from_json(&meta).ok()?;
            Some(Case { name: entry.file_name().to_string_lossy().into_owned(), folder, meta })
        })
        .collect();
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    cases
}

/// Whether a case comes out as it was recorded.
fn is_met(case: &Case) -> Option<bool> {
    let tree = Tree::from_dir(&case.folder.join("input")).ok()?;
    let flags = case.meta.list_at(&["flags"]);
    let free = flags.iter().any(|flag| flag.as_str().is_some_and(|f| f.ends_with("sNone")));
    let options = Options {
        load_restrictions: if free { LoadRestrictions::None } else { LoadRestrictions::RootOnly },
        root: "/repo/tree".into(),
        ..Options::default()
    };
    let folder = TreePath::new(case.meta.str_at(&["path"])?).ok()?;
    let built = build(&tree, &folder, &options);
    if case.meta.str_at(&["outcome"]) != Some("ok") {
        return Some(built.is_err());
    }
    let wanted = std::fs::read_to_string(case.folder.join("expected.yaml")).ok()?;
    Some(built.is_ok_and(|built| built.to_yaml().replace("/repo/tree", "<ROOT>") == wanted))
}

#[test]
fn recorded_builds_come_out_byte_for_byte() {
    let Some(corpora) = std::env::var_os("FLUXRIG_CORPORA") else {
        eprintln!("SKIPPED: FLUXRIG_CORPORA is not set, so no recorded build was compared");
        return;
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    unpack(&PathBuf::from(corpora).join("kustomize"), folder.path());
    let (mut equal, mut failed, mut missed) = (0, 0, Vec::new());
    for case in cases(folder.path()) {
        let builds = case.meta.str_at(&["outcome"]) == Some("ok");
        match is_met(&case) {
            Some(true) if builds => equal += 1,
            Some(true) => failed += 1,
            _ => missed.push(case.name),
        }
    }
    assert!(
        equal >= EQUAL_BUILDS && failed >= FAILURES,
        "{equal} of {EQUAL_BUILDS} builds are equal, {failed} of {FAILURES} failures fail; not: {missed:?}"
    );
}
