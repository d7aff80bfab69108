//! GitRepositories and the Kustomizations below them, in a small world.

mod rig;

use std::time::Duration;

use reconciler::Settings;
use rig::Rig;

const REPO: &str = "
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: repo, namespace: ns}
spec: {interval: 10m, url: 'http://git.test/repo.git', ref: {branch: main}}
";
const APP: &str = "
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: app, namespace: ns}
spec: {interval: 10m, path: ./app, prune: true, sourceRef: {kind: GitRepository, name: repo}}
";

fn rig() -> Rig {
    Rig::new(Settings { jitter_percent: 0, ..Settings::default() })
}

#[test]
fn a_branch_becomes_an_artifact_and_a_deleted_object_is_let_go() {
    let mut rig = rig();
    rig.push("c1", &[("app/a.yaml", "a")]);
    rig.create(REPO);
    rig.run_for(Duration::from_secs(2));
    assert_eq!(
        rig.conditions("GitRepository/ns/repo"),
        "Ready=True Succeeded stored artifact for revision 'main@sha1:c1'\n\
         ArtifactInStorage=True Succeeded stored artifact for revision 'main@sha1:c1'\n"
    );
    assert_eq!(
        rig.events("GitRepository"),
        "Normal NewArtifact stored artifact for commit 'a commit' x1\n"
    );
    rig.patch(
        "GitRepository/ns/repo",
        r#"{"metadata":{"deletionTimestamp":"2026-01-01T00:00:00Z"}}"#,
    );
    rig.run_for(Duration::from_secs(1));
    assert!(rig.get("GitRepository/ns/repo").is_none());
}

#[test]
fn a_failing_source_backs_off_and_counts_its_event() {
    let mut rig = rig();
    rig.create(REPO);
    rig.run_for(Duration::from_secs(12));
    assert_eq!(
        rig.events("GitRepository"),
        "Warning GitOperationFailed failed to checkout and determine revision: unable to clone \
         'http://git.test/repo.git': Get \"http://git.test/repo.git/info/refs?service=git-upload-pack\": \
         dial tcp: connect: connection refused x4\n"
    );
}

#[test]
fn a_kustomization_waits_for_its_source_and_fails_without_its_path() {
    let mut rig = rig();
    rig.push("c1", &[("other/a.yaml", "a")]);
    rig.create(REPO);
    rig.create(APP);
    rig.run_for(Duration::from_secs(5));
    let conditions = rig.conditions("Kustomization/ns/app");
    assert!(
        conditions.contains("Ready=False ArtifactFailed kustomization path not found"),
        "{conditions}"
    );
    assert!(
        conditions.contains("Reconciling=True ProgressingWithRetry Fetching manifests"),
        "{conditions}"
    );
}
