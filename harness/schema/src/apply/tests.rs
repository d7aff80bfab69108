//! Server-side apply, told as small stories of managers and fields.

use super::*;
use crate::Schemas;
use objects::Gvk;

struct OneVersion;

impl Versions for OneVersion {
    fn shape(&self, _api_version: &str) -> Option<Shape> {
        None
    }

    fn convert(&self, _object: &Value, _api_version: &str) -> Option<Value> {
        None
    }
}

fn json(text: &str) -> Value {
    objects::from_json(text.as_bytes()).unwrap()
}

fn shape(api_version: &str, kind: &str) -> Shape {
    let schemas = Schemas::for_minor("1.36").unwrap();
    schemas.shape(&Gvk::from_api_version(api_version, kind)).unwrap()
}

/// A ConfigMap `a` with this data.
fn data(data: &str) -> Value {
    json(&format!(
        r#"{{"apiVersion":"v1","kind":"ConfigMap","metadata":{{"name":"a"}},"data":{data}}}"#
    ))
}

fn write<'a>(manager: &'a str, time: &'a str) -> Write<'a> {
    Write { manager, api_version: "v1", subresource: "", time, reset: &[] }
}

fn apply_data(
    live: Option<&Value>,
    text: &str,
    manager: &str,
    force: bool,
) -> Result<Value, ApplyError> {
    let write = write(manager, "2030-01-01T00:00:00Z");
    apply(&OneVersion, &shape("v1", "ConfigMap"), live, &data(text), &write, force)
}

fn owners(object: &Value) -> Vec<String> {
    let entries = object.list_at(&["metadata", "managedFields"]);
    let one = |entry: &Value| {
        let text = |key: &str| entry.str_at(&[key]).unwrap_or_default().to_owned();
        let fields = objects::to_json(entry.get("fieldsV1").unwrap());
        format!("{} {} {fields}", text("operation"), text("manager"))
    };
    entries.iter().map(one).collect()
}

#[test]
fn fields_no_longer_applied_go_unless_somebody_else_owns_them() {
    let one = apply_data(None, r#"{"x":"1","y":"2"}"#, "one", false).unwrap();
    assert_eq!(owners(&one), [r#"Apply one {"f:data":{"f:x":{},"f:y":{}}}"#]);
    let both = apply_data(Some(&one), r#"{"y":"2","z":"3"}"#, "two", false).unwrap();
    let less = apply_data(Some(&both), r#"{}"#, "one", false).unwrap();
    assert_eq!(less.get("data"), Some(&json(r#"{"y":"2","z":"3"}"#)));
    let last = apply_data(Some(&less), r#"{"z":"3"}"#, "two", false).unwrap();
    assert_eq!(last.get("data"), Some(&json(r#"{"z":"3"}"#)));
}

#[test]
fn another_managers_value_is_a_conflict_until_forced() {
    let one = apply_data(None, r#"{"x":"1","y":"2"}"#, "one", false).unwrap();
    let refused = apply_data(Some(&one), r#"{"x":"9"}"#, "two", false).unwrap_err();
    assert_eq!(
        refused.to_string(),
        r#"Apply failed with 1 conflict: conflict with "one": .data.x"#
    );
    let refused = apply_data(Some(&one), r#"{"x":"9","y":"9"}"#, "two", false).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "Apply failed with 2 conflicts: conflicts with \"one\":\n- .data.x\n- .data.y"
    );
    let forced = apply_data(Some(&one), r#"{"x":"9"}"#, "two", true).unwrap();
    assert_eq!(
        owners(&forced),
        [r#"Apply one {"f:data":{"f:y":{}}}"#, r#"Apply two {"f:data":{"f:x":{}}}"#]
    );
}

#[test]
fn applying_the_same_again_changes_nothing_at_all() {
    let one = apply_data(None, r#"{"x":"1"}"#, "one", false).unwrap();
    let later = write("one", "2031-01-01T00:00:00Z");
    let again = apply(
        &OneVersion,
        &shape("v1", "ConfigMap"),
        Some(&one),
        &data(r#"{"x":"1"}"#),
        &later,
        false,
    );
    assert_eq!(again.unwrap(), one);
}

#[test]
fn plain_writes_own_what_they_change_and_conflict_by_version() {
    let shape = shape("v1", "ConfigMap");
    let write = write("cli", "2030-01-01T00:00:00Z");
    let made = update(&OneVersion, &shape, None, &data(r#"{"x":"1"}"#), &write);
    assert_eq!(owners(&made), [r#"Update cli {"f:data":{".":{},"f:x":{}}}"#]);
    let refused = apply_data(Some(&made), r#"{"x":"9"}"#, "one", false).unwrap_err();
    assert_eq!(
        refused.to_string(),
        r#"Apply failed with 1 conflict: conflict with "cli" using v1: .data.x"#
    );
    let mut reset = made.clone();
    reset.set(&["metadata", "managedFields"], Value::List(Default::default()));
    let reset = update(&OneVersion, &shape, Some(&made), &reset, &write);
    assert_eq!(owners(&reset), Vec::<String>::new());
    let first = apply_data(Some(&reset), r#"{"x":"1"}"#, "one", false).unwrap();
    assert_eq!(
        owners(&first),
        [
            r#"Apply one {"f:data":{"f:x":{}}}"#,
            r#"Update before-first-apply {"f:data":{".":{},"f:x":{}}}"#
        ]
    );
}

#[test]
fn keyed_lists_merge_by_their_keys_and_defaults_count_as_keys() {
    let ports = |text: &str| {
        json(&format!(
            r#"{{"apiVersion":"v1","kind":"Service","metadata":{{"name":"s"}},"spec":{{"ports":{text}}}}}"#
        ))
    };
    let shape = shape("v1", "Service");
    let apply_ports = |live: Option<&Value>, text: &str, manager: &str| {
        let write = write(manager, "2030-01-01T00:00:00Z");
        apply(&OneVersion, &shape, live, &ports(text), &write, false)
    };
    let one =
        apply_ports(None, r#"[{"port":80,"name":"a"},{"port":81,"name":"b"}]"#, "one").unwrap();
    let both =
        apply_ports(Some(&one), r#"[{"port":90,"name":"c"},{"port":81,"protocol":"TCP"}]"#, "two");
    let both = both.unwrap();
    let numbers: Vec<_> =
        both.list_at(&["spec", "ports"]).iter().filter_map(|port| port.int_at(&["port"])).collect();
    assert_eq!(numbers, [80, 90, 81]);
    let twice = apply_ports(None, r#"[{"port":80},{"port":80,"protocol":"TCP"}]"#, "one");
    assert_eq!(
        twice.unwrap_err().to_string(),
        "failed to create typed patch object (/s; /v1, Kind=Service): .spec.ports: duplicate entries for key [port=80,protocol=\"TCP\"]"
    );
}

#[test]
fn undeclared_fields_are_refused() {
    let mut config = data("{}");
    config.set(&["spec", "x"], "y");
    let write = write("one", "2030-01-01T00:00:00Z");
    let refused = apply(&OneVersion, &shape("v1", "ConfigMap"), None, &config, &write, false);
    assert_eq!(
        refused.unwrap_err().to_string(),
        "failed to create typed patch object (/a; /v1, Kind=ConfigMap): .spec: field not declared in schema"
    );
}
