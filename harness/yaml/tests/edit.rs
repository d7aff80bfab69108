//! Edits change what they name and nothing else.

use yaml::edit::{NewValue, path, remove, set};

const RELEASE: &str = "\
# a release
kind: HelmRelease # it is
spec:
    chart:
        spec:
            chart: podinfo
            version: \"6.5.0\"   # {\"$imagepolicy\": \"x\"}
    values: {a: 1, b: 'x'}
    containers:
    # the first
    - name: app
      image: a/b:1
      args: [x,  y]
    - name: side
      image: c/d

# the end
";

fn check(change: Result<String, yaml::edit::EditError>, from: &str, to: &str) {
    assert_eq!(RELEASE.matches(from).count(), 1, "{from:?} is not unique");
    assert_eq!(change, Ok(RELEASE.replacen(from, to, 1)));
}

fn text(value: &str) -> NewValue {
    NewValue::Text(value.into())
}

fn change(at: &str, value: &NewValue) -> Result<String, yaml::edit::EditError> {
    set(RELEASE, 0, &path(at)?, value)
}

#[test]
fn a_scalar_is_replaced_in_its_own_style() {
    check(change("spec.chart.spec.version", &text("6.6.0")), "\"6.5.0\"", "\"6.6.0\"");
    check(change("spec.containers[name=app].image", &text("a/b:2")), "a/b:1", "a/b:2");
    check(change("spec.containers[1].image", &text("c/d:v1")), "image: c/d\n", "image: c/d:v1\n");
    check(change("spec.values.a", &NewValue::Plain("12".into())), "a: 1,", "a: 12,");
    check(change("spec.values.b", &text("it's")), "'x'", "'it''s'");
    check(change("spec.chart.spec.chart", &text("123")), "podinfo", "\"123\"");
}

#[test]
fn a_missing_key_is_added_to_the_innermost_mapping() {
    check(
        change("spec.chart.spec.sourceRef.name", &text("podinfo")),
        "\"x\"}\n",
        "\"x\"}\n            sourceRef:\n              name: podinfo\n",
    );
    check(change("spec.values.c.d", &text("e")), "'x'}", "'x', c: {d: e}}");
    check(
        change("spec.containers[name=side].tag", &text("1")),
        "image: c/d\n",
        "image: c/d\n      tag: \"1\"\n",
    );
}

#[test]
fn an_entry_or_item_is_removed_with_its_lines() {
    let gone = |at: &str| remove(RELEASE, 0, &path(at).unwrap());
    check(gone("spec.values.a"), "a: 1, b", "b");
    check(gone("spec.values.b"), ", b: 'x'", "");
    check(gone("spec.chart.spec.chart"), "            chart: podinfo\n", "");
    check(gone("spec.containers[name=app].name"), "name: app\n      image: a/b", "image: a/b");
    check(gone("spec.containers[1]"), "    - name: side\n      image: c/d\n", "");
    check(gone("spec.containers[0].args[0]"), "[x,  y]", "[y]");
}

#[test]
fn what_leads_nowhere_is_told_with_its_line() {
    let message = |at: &str| change(at, &text("x")).unwrap_err().to_string();
    assert_eq!(
        message("spec.containers[name=none].image"),
        "line 11: there is no item with name \"none\""
    );
    assert_eq!(message("kind.x"), "line 2: \"x\" is looked for in something that is no mapping");
    assert_eq!(message("a..b"), "path \"a..b\": a step is empty");
    assert!(set(RELEASE, 3, &[], &text("x")).is_err());
}
