//! The text of snapshots, and the files that keep them.

#[cfg(test)]
mod support;

use std::path::Path;

use assertion::snapshot::{Comparison, Policy, Store, pending, render};
use support::{snapshots, world};

fn case(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(name)
}

#[test]
fn a_snapshot_has_a_line_for_each_object_and_the_bodies_it_names() {
    let world = world(&case("flux").join("world.yaml"));
    let text = r#"
cluster: .
steps:
  - snapshot: all
  - snapshot:
      name: some
      objects: ["Deployment/*/*", "Pod/tenant/*", "Kustomization/flux-system/*"]
      except: Kustomization/flux-system/old
      fields: [spec.replicas, "spec.template.spec.containers[*].image"]
      bodies: [Deployment/tenant/db, GitRepository/flux-system/flux-system, Secret/tenant/login]
      redact: ["spec.template.spec.containers[name=db].env"]
"#;
    let shown: Vec<String> = snapshots(text).iter().map(|one| render(one, &world)).collect();
    insta::assert_snapshot!(shown.join("\n=====\n"));
}

#[test]
fn two_clusters_are_told_apart() {
    let world = world(&case("two-clusters").join("world.yaml"));
    let text = "clusters: {dev: a, test: b}\nsteps: [{snapshot: both}, {snapshot: {name: one, clusters: test}}]\n";
    let shown: Vec<String> = snapshots(text).iter().map(|one| render(one, &world)).collect();
    insta::assert_snapshot!(shown.join("\n=====\n"));
}

#[test]
fn a_snapshot_waits_beside_the_accepted_one_until_it_is_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let run = |text: &str, policy| {
        let mut store = Store::new(folder.path().join("a"), policy);
        (store.compare("end", text).unwrap(), store.vanished().unwrap())
    };
    assert_eq!(run("one\n", Policy::WriteNothing), (Comparison::New, vec![]));
    assert_eq!(pending(folder.path()).unwrap(), []);
    assert_eq!(run("one\n", Policy::WritePending).0, Comparison::New);
    let waiting = pending(folder.path()).unwrap();
    assert_eq!(waiting[0].diff().unwrap(), ["+one"]);
    waiting[0].accept().unwrap();
    assert_eq!(run("one\n", Policy::WritePending).0, Comparison::Same);
    let changed = Comparison::Changed(vec!["-one".into(), "+two".into()]);
    assert_eq!(run("two\n", Policy::WritePending).0, changed);
    assert_eq!(run("one\n", Policy::WritePending).0, Comparison::Same);
    assert_eq!(pending(folder.path()).unwrap(), [], "what is the same again waits no more");
    run("two\n", Policy::WritePending);
    pending(folder.path()).unwrap()[0].reject().unwrap();
    assert_eq!(run("one\n", Policy::WriteNothing).0, Comparison::Same);
    assert_eq!(
        Store::new(folder.path().join("a"), Policy::WriteNothing).vanished().unwrap(),
        ["end"]
    );
}

#[test]
fn names_that_cannot_be_files_and_names_that_stand_twice_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::new(folder.path(), Policy::WriteNothing);
    for name in ["", "../up", "a/b", ".hidden"] {
        assert!(store.compare(name, "").is_err(), "{name}");
    }
    store.compare("twice", "").unwrap();
    assert_eq!(
        store.compare("twice", "").unwrap_err().to_string(),
        "the snapshot twice stands twice in the scenario"
    );
}
