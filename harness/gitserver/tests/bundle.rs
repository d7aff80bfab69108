//! A real repository with stage branches, read from its bundle (needs `FLUXRIG_CORPORA`).

use std::path::Path;

use gitserver::Repository;
use tree::TreePath;

#[test]
fn the_stage_branches_of_a_real_bundle_can_be_read() {
    let Ok(corpora) = std::env::var("FLUXRIG_CORPORA") else {
        eprintln!("SKIPPED: FLUXRIG_CORPORA is not set, so no real bundle was read");
        return;
    };
    let bundle = Path::new(&corpora).join("flux-repos/HSLdevcom-jore4-flux/jore4-flux.bundle");
    let scratch = tempfile::tempdir().unwrap();
    let mut repository = Repository::create(scratch.path()).unwrap();
    repository.import(&bundle).unwrap();
    let head = repository.resolve("main").unwrap();
    assert!(repository.log(head).unwrap().len() > 150);
    for (rev, stage) in
        [("dev", "dev"), ("test", "test"), ("prod", "prod"), ("last-kind-e2e", "e2e")]
    {
        let tree = repository.tree(rev).unwrap();
        assert!(tree.is_dir(&TreePath::new(&format!("clusters/{stage}")).unwrap()), "{stage}");
    }
}
