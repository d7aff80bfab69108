//! Definitions and custom objects, accepted and refused.

use super::*;

fn json(text: &str) -> Value {
    objects::from_json(text.as_bytes()).unwrap()
}

fn version(spec: &str) -> CustomVersion {
    let definition = json(&format!(
        r#"{{"spec":{{"names":{{"kind":"Thing"}},"versions":[{{"name":"v1","schema":{{"openAPIV3Schema":{{"type":"object","properties":{{"spec":{spec}}}}}}}}}]}}}}"#
    ));
    CustomVersion::compile(&definition, "v1").unwrap()
}

fn thing(spec: &str) -> Value {
    json(&format!(
        r#"{{"apiVersion":"x.dev/v1","kind":"Thing","metadata":{{"name":"t"}},"spec":{spec}}}"#
    ))
}

#[test]
fn unknown_fields_go_unless_they_are_preserved_and_defaults_fill_gaps() {
    let version = version(
        r#"{"type":"object","properties":{"a":{"type":"string","default":"x"},"n":{"type":"string","nullable":true},"free":{"type":"object","x-kubernetes-preserve-unknown-fields":true},"l":{"type":"array","items":{"type":"object","properties":{"k":{"type":"integer","default":1}}}}}}"#,
    );
    let mut object = thing(r#"{"zz":1,"a":null,"n":null,"free":{"any":1},"l":[{"y":2}]}"#);
    object.set(&["metadata", "bogus"], 1);
    let unknown = version.decode(&mut object).unwrap();
    assert_eq!(
        unknown,
        [
            r#"unknown field "metadata.bogus""#,
            r#"unknown field "spec.l[0].y""#,
            r#"unknown field "spec.zz""#
        ]
    );
    version.default(&mut object);
    assert_eq!(
        object.get("spec"),
        Some(&json(r#"{"a":"x","n":null,"free":{"any":1},"l":[{"k":1}]}"#))
    );
}

#[test]
fn broken_rules_are_told_in_the_servers_words() {
    let version = version(
        r#"{"type":"object","required":["need"],"properties":{"need":{"type":"string"},"s":{"type":"string","maxLength":3,"pattern":"^[a-z]*$"},"e":{"type":"string","enum":["a","b"]},"i":{"type":"integer","minimum":1,"maximum":5},"l":{"type":"array","maxItems":1,"items":{"type":"string"}},"set":{"type":"array","x-kubernetes-list-type":"set","items":{"type":"string"}},"ios":{"x-kubernetes-int-or-string":true},"one":{"type":"object","properties":{"a":{"type":"string"},"b":{"type":"string"}},"oneOf":[{"required":["a"]},{"required":["b"]}]},"t":{"type":"string","format":"date-time"}}}"#,
    );
    let cases = [
        (r#"{}"#, "spec.need: Required value"),
        (
            r#"{"need":1}"#,
            r#"spec.need: Invalid value: "integer": spec.need in body must be of type string: "integer""#,
        ),
        (r#"{"need":"","s":"aaaa"}"#, "spec.s: Too long: may not be more than 3 bytes"),
        (
            r#"{"need":"","s":"A"}"#,
            r#"spec.s: Invalid value: "A": spec.s in body should match '^[a-z]*$'"#,
        ),
        (r#"{"need":"","e":"c"}"#, r#"spec.e: Unsupported value: "c": supported values: "a", "b""#),
        (
            r#"{"need":"","i":0}"#,
            "spec.i: Invalid value: 0: spec.i in body should be greater than or equal to 1",
        ),
        (
            r#"{"need":"","i":6}"#,
            "spec.i: Invalid value: 6: spec.i in body should be less than or equal to 5",
        ),
        (r#"{"need":"","l":["a","b"]}"#, "spec.l: Too many: 2: must have at most 1 item"),
        (r#"{"need":"","set":["a","a"]}"#, r#"spec.set[1]: Duplicate value: "a""#),
        (
            r#"{"need":"","ios":true}"#,
            r#"spec.ios: Invalid value: "boolean": spec.ios in body must be of type integer,string: "boolean""#,
        ),
        (
            r#"{"need":"","t":"x"}"#,
            r#"spec.t: Invalid value: "x": spec.t in body must be of type date-time: "x""#,
        ),
        (
            r#"{"need":"","one":{}}"#,
            r#"[<nil>: Invalid value: "": "spec.one" must validate one and only one schema (oneOf). Found none valid, spec.one.a: Required value]"#,
        ),
        (r#"{"need":"","one":{"a":"x"}}"#, "[]"),
    ];
    for (spec, expected) in cases {
        assert_eq!(crate::summary(&version.validate(&thing(spec), None)), expected, "{spec}");
    }
}

#[test]
fn unchanged_values_may_stay_broken() {
    let version = version(
        r#"{"type":"object","properties":{"s":{"type":"string","maxLength":1},"o":{"type":"string","maxLength":1}}}"#,
    );
    let (old, new) = (thing(r#"{"s":"long"}"#), thing(r#"{"s":"long","o":"a"}"#));
    assert_eq!(version.validate(&new, Some(&old)), []);
    assert_eq!(version.validate(&thing(r#"{"s":"longer"}"#), Some(&old)).len(), 1);
}

#[test]
fn expressions_judge_values_and_changes() {
    let version = version(
        r#"{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"integer"},"im":{"type":"string","x-kubernetes-validations":[{"rule":"self == oldSelf","message":"is immutable"}]},"q":{"type":"string"}},"x-kubernetes-validations":[{"rule":"!has(self.a) || !has(self.b) || self.a <= self.b","messageExpression":"'a is ' + string(self.a)"},{"rule":"!has(self.q) || quantity(self.q).isLessThan(quantity('1Gi'))"}]}"#,
    );
    let cases = [
        (r#"{"a":1,"b":2}"#, r#"{}"#, "[]"),
        (r#"{"a":3,"b":2}"#, r#"{}"#, "spec: Invalid value: a is 3"),
        (r#"{"im":"x"}"#, r#"{}"#, "[]"),
        (r#"{"im":"x"}"#, r#"{"im":"y"}"#, r#"spec.im: Invalid value: "x": is immutable"#),
        (r#"{"q":"512Mi"}"#, r#"{}"#, "[]"),
        (
            r#"{"q":"2Gi"}"#,
            r#"{}"#,
            "spec: Invalid value: failed rule: !has(self.q) || quantity(self.q).isLessThan(quantity('1Gi'))",
        ),
    ];
    for (new, old, expected) in cases {
        let causes = version.validate(&thing(new), Some(&thing(old)));
        assert_eq!(crate::summary(&causes), expected, "{new} after {old}");
    }
}

#[test]
fn definitions_are_judged() {
    let definition = |schema: &str| {
        let definition = json(&format!(
            r#"{{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{{"name":"things.x.dev"}},"spec":{{"group":"x.dev","scope":"Namespaced","names":{{"plural":"things","singular":"thing","kind":"Thing","listKind":"ThingList"}},"versions":[{{"name":"v1","served":true,"storage":true,"schema":{{"openAPIV3Schema":{schema}}}}}]}},"status":{{"storedVersions":["v1"]}}}}"#
        ));
        crate::summary(&validate_definition(&definition, None))
    };
    let field = "spec.validation.openAPIV3Schema";
    let cases = [
        (r#"{"type":"object"}"#, "[]".to_owned()),
        (r#"{}"#, format!("{field}.type: Required value: must not be empty at the root")),
        (
            r#"{"type":"object","properties":{"a":{"type":"array"}}}"#,
            format!("{field}.properties[a].items: Required value: must be specified"),
        ),
        (
            r#"{"type":"object","properties":{"a":{"type":"array","items":{"type":"string"},"x-kubernetes-list-type":"bag"}}}"#,
            format!(
                r#"{field}.properties[a].x-kubernetes-list-type: Unsupported value: "bag": supported values: "atomic", "set", "map""#
            ),
        ),
        (
            r#"{"type":"object","properties":{"a":{"type":"string"}},"anyOf":[{"properties":{"b":{}}}]}"#,
            format!(
                "{field}.properties[b]: Required value: because it is defined in {field}.anyOf[0].properties[b]"
            ),
        ),
    ];
    for (schema, expected) in cases {
        assert_eq!(definition(schema), expected, "{schema}");
    }
}
