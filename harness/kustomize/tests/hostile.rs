//! Input that was made to hurt: a clear error, and no more work than it deserves.

use kustomize::{Options, build};
use tree::{Tree, TreePath};

const HEAD: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n";

fn message(files: &[(&str, &str)], folder: &str) -> String {
    let mut tree = Tree::new();
    for (path, text) in files {
        tree.insert(TreePath::new(path).unwrap_or(TreePath::root()), text.as_bytes());
    }
    let folder = TreePath::new(folder).unwrap_or(TreePath::root());
    let options = Options { root: "/r".into(), ..Options::default() };
    match build(&tree, &folder, &options) {
        Ok(built) => format!("built {} bytes", built.to_yaml().len()),
        Err(error) => error.to_string(),
    }
}

fn of_resource(body: &str) -> String {
    let resource = format!("{HEAD}{body}");
    message(&[("kustomization.yaml", "resources: [r.yaml]\n"), ("r.yaml", &resource)], "")
}

#[test]
fn an_alias_bomb_is_refused() {
    let mut bomb = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
    for level in 1..12 {
        let below = vec![format!("*a{}", level - 1); 10].join(",");
        bomb.push_str(&format!("a{level}: &a{level} [{below}]\n"));
    }
    assert!(of_resource(&bomb).contains("excessive aliasing"));
    let found = message(&[("kustomization.yaml", &bomb)], "");
    assert_eq!(found, "invalid Kustomization: yaml: document contains excessive aliasing");
}

#[test]
fn deep_nesting_is_refused_with_its_limit() {
    let flow = format!("x: {}{}\n", "[".repeat(10_000), "]".repeat(10_000));
    let sequence = format!("x:\n{}a\n", "- ".repeat(10_000));
    let open = format!("x: {}\n", "{".repeat(100_000));
    for body in [flow, sequence, open] {
        assert!(of_resource(&body).contains("exceeded max depth of 100"));
    }
    let deep = format!("x: {}1{}\n", "{a: ".repeat(95), "}".repeat(95));
    assert!(of_resource(&deep).starts_with("built"));
}

#[test]
fn cycles_are_told() {
    let files = [
        ("a/kustomization.yaml", "resources: [../b]\n"),
        ("b/kustomization.yaml", "resources: [../a]\n"),
    ];
    assert!(
        message(&files, "a")
            .contains("cycle detected: candidate root '/r/a' contains visited root '/r/a'")
    );
    assert!(message(&[("kustomization.yaml", "resources: [.]\n")], "").contains("cycle detected"));
}

#[test]
fn odd_texts_are_errors_and_never_panics() {
    for body in [
        "x: !!binary '****'\n",
        "x: \"\\ud800\"\n",
        "? [a]\n: b\n",
        "x: &x [*x]\n",
        "<<: 1\n",
        "x: 1\nx: 2\n",
        "x: .nan\n",
        "data: {a: |\n  b\n}\n",
        "\u{1}",
    ] {
        let found = of_resource(body);
        assert!(!found.is_empty(), "{body:?}");
    }
}
