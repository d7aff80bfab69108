//! Commit ids equal those that git gave in the recorded cases (needs `FLUXRIG_CORPORA`).

use std::path::Path;
use std::time::Duration;

use clock::Moment;
use gitserver::{Note, Repository, Signature};
use tree::Tree;

/// The first commit of a case whose first branch is a plain folder; `None` for other cases.
fn first_commit(case: &Path) -> Option<(Tree, String)> {
    let text = std::fs::read_to_string(case.join("case.yaml")).ok()?;
    let repos = text.split("\nrepos:").nth(1)?.split("\nsetup:").next()?;
    let branch = repos.split("- name: ").nth(2)?;
    if ["symlinks:", "exec:", "set:", "message:"].iter().any(|word| repos.contains(word)) {
        return None;
    }
    let folder = branch.lines().find_map(|line| line.trim().strip_prefix("tree: "))?;
    let commits = std::fs::read_to_string(case.join("expected/commits.yaml")).ok()?;
    let sha = commits.lines().find_map(|line| line.trim().strip_prefix("sha: "))?;
    Some((Tree::from_dir(&case.join(folder)).ok()?, sha.trim_matches('\'').to_owned()))
}

#[test]
fn the_first_commit_of_each_recorded_case_has_the_recorded_id() {
    let Ok(corpora) = std::env::var("FLUXRIG_CORPORA") else {
        eprintln!("SKIPPED: FLUXRIG_CORPORA is not set, so no recorded commit was compared");
        return;
    };
    let by = Signature::new(
        "Case Author",
        "author@example.com",
        Moment::START + Duration::from_secs(60),
    );
    let scratch = tempfile::tempdir().unwrap();
    let mut compared = 0;
    for area in std::fs::read_dir(Path::new(&corpora).join("flux-runs/cases")).unwrap() {
        for case in std::fs::read_dir(area.unwrap().path()).unwrap() {
            let case = case.unwrap().path();
            let Some((tree, sha)) = first_commit(&case) else { continue };
            let folder = scratch.path().join(compared.to_string());
            let mut repository = Repository::create(&folder).unwrap();
            let id = repository.commit("main", &tree, &Note::new("Initial commit", &by)).unwrap();
            assert_eq!(id.to_string(), sha, "{}", case.display());
            compared += 1;
        }
    }
    assert!(compared > 100, "only {compared} cases were compared");
}
