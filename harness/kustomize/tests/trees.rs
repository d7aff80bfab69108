//! Whole repositories: every folder with a kustomization file builds or says why not.
//!
//! `clusters/` always; real repositories where `FLUXRIG_CORPORA` names their folder.

use std::path::Path;

use kustomize::{LoadRestrictions, Options, build};
use tree::{Tree, TreePath};

/// Folders of real repositories that build without a network, of 1,061. May only grow.
const REAL_FOLDERS_THAT_BUILD: usize = 1021;
const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// What every folder of a repository came to: how many build, and the mistakes of the rest.
fn outcome(repository: &Path) -> (usize, Vec<String>) {
    let tree = match Tree::from_dir(repository) {
        Ok(tree) => tree,
        Err(error) => return (0, vec![format!("{}: {error}", repository.display())]),
    };
    let options = Options {
        load_restrictions: LoadRestrictions::None,
        root: "/repository".into(),
        ..Options::default()
    };
    let (mut built, mut mistakes) = (0, Vec::new());
    for folder in folders(&tree) {
        match build(&tree, &folder, &options) {
            Ok(_) => built += 1,
            Err(error) => mistakes.push(format!("{}/{folder}: {error}", repository.display())),
        }
    }
    (built, mistakes)
}

fn folders(tree: &Tree) -> Vec<TreePath> {
    let ours = |path: &TreePath| {
        let flux = tree.text(path).is_some_and(|t| t.contains("kustomize.toolkit.fluxcd.io"));
        NAMES.contains(&path.name()) && !flux
    };
    let mut found: Vec<_> = tree.iter().filter(|(path, _)| ours(path)).collect();
    found.dedup_by_key(|(path, _)| path.parent());
    found.into_iter().filter_map(|(path, _)| path.parent()).collect()
}

#[test]
fn every_tree_of_clusters_builds() {
    let clusters = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../clusters");
    let (built, mistakes) = outcome(&clusters);
    assert!(built >= 20, "only {built} folders were found");
    assert!(mistakes.is_empty(), "{mistakes:#?}");
}

#[test]
fn real_repositories_build_without_a_panic() {
    let Some(corpora) = std::env::var_os("FLUXRIG_CORPORA") else {
        eprintln!("SKIPPED: FLUXRIG_CORPORA is not set, so no real repository was built");
        return;
    };
    let entries = std::fs::read_dir(Path::new(&corpora).join("flux-repos")).into_iter().flatten();
    let (mut built, mut mistakes) = (0, Vec::new());
    for path in entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()) {
        let found = outcome(&path);
        built += found.0;
        mistakes.extend(found.1);
    }
    assert!(built >= REAL_FOLDERS_THAT_BUILD, "{built} folders build: {mistakes:#?}");
}
