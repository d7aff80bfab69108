//! `values.schema.json`: values checked against JSON Schema, drafts 4 to 2020-12.
//!
//! Source: Helm `pkg/chart/common/util` `jsonschema.go` over `santhosh-tekuri/jsonschema` v6:
//! what is checked in which order, and every word. Start at [`check`].

mod document;
mod format;
mod items;
mod properties;
mod validate;
mod words;

use std::collections::BTreeMap;

use objects::{Map, Value};

use crate::chart::Chart;
use crate::functions::{read_json, value_kind};

use document::Document;
use validate::Validator;

/// Checks values against the schemas of a chart and its subcharts.
pub(crate) fn check(chart: &Chart, values: &Map) -> Result<(), String> {
    let mut report = String::new();
    collect(chart, values, &mut report);
    if report.is_empty() {
        return Ok(());
    }
    Err(format!(
        "values don't meet the specifications of the schema(s) in the following chart(s):\n{report}"
    ))
}

fn collect(chart: &Chart, values: &Map, report: &mut String) {
    if let Some(schema) = chart.schema()
        && let Err(problem) = check_one(schema, values)
    {
        report.push_str(&format!("{}:\n{problem}", chart.metadata().name));
    }
    for subchart in chart.subcharts() {
        let name = &subchart.metadata().name;
        match values.get(name) {
            None | Some(Value::Null) => {}
            Some(Value::Map(values)) => collect(subchart, values, report),
            Some(other) => {
                let kind = value_kind(other);
                report.push_str(&format!(
                    "{name}:\ninvalid type for values: expected object (map), got {kind}\n"
                ));
            }
        }
    }
}

fn check_one(schema: &[u8], values: &Map) -> Result<(), String> {
    let schema = read_json(&String::from_utf8_lossy(schema))?;
    let document = Document::new(&schema)?;
    let values = Value::Map(std::sync::Arc::new(values.clone()));
    let mut validator = Validator { document: &document, patterns: BTreeMap::new(), broken: None };
    let problem = validator.root(&values);
    if let Some(broken) = validator.broken {
        return Err(broken);
    }
    match problem {
        None => Ok(()),
        Some(problem) => Err(format!("{}\n", problem.report())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(schema: &str, values: &str) -> String {
        let values = crate::values::load_values(values).unwrap_or_default();
        match check_one(schema.as_bytes(), &values) {
            Ok(()) => "fits".to_owned(),
            Err(problem) => problem.trim_end().to_owned(),
        }
    }

    #[test]
    fn values_are_refused_in_the_words_of_the_library() {
        const SEVEN: &str = r#""$schema":"http://json-schema.org/draft-07/schema#","#;
        for (schema, values, outcome) in [
            (r#"{"properties":{"a":{"type":"integer"}}}"#, "a: 1", "fits"),
            (
                r#"{"properties":{"a":{"type":["integer","null"]}}}"#,
                "a: x",
                "- at '/a': got string, want null or integer",
            ),
            (r#"{"required":["a","b"]}"#, "c: 1", "- at '': missing properties 'a', 'b'"),
            (
                r#"{"properties":{"p":{"maximum":65535}}}"#,
                "p: 70000",
                "- at '/p': maximum: got 70,000, want 65,535",
            ),
            (
                r#"{"properties":{"p":{"maximum":5}}}"#,
                "p: 2000000",
                "- at '/p': maximum: got 2×10⁰⁶, want 5",
            ),
            (
                r#"{"properties":{"a":{"enum":["x",1,null]}}}"#,
                "a: y",
                "- at '/a': value must be one of 'x', 1, <nil>",
            ),
            (
                r#"{"properties":{"a":{"not":{"type":"string"}}}}"#,
                "a: why",
                "- at '/a': 'not' failed",
            ),
            (
                r#"{"oneOf":[{"required":["a"]},{"required":["b"]}]}"#,
                "{a: 1, b: 2}",
                "- at '': 'oneOf' failed, subschemas 0, 1 matched",
            ),
            (
                r##"{"properties":{"a":{"$ref":"#/$defs/n"}},"$defs":{"n":{"minimum":3,"multipleOf":2}}}"##,
                "a: 1",
                "- at '/a': validation failed\n  - at '/a': minimum: got 1, want 3\n  - at '/a': multipleOf: got 1, want 2",
            ),
            (
                r#"{"unevaluatedProperties":false,"allOf":[{"properties":{"a":true}}]}"#,
                "{a: 1, b: 2}",
                "- at '/b': false schema",
            ),
            (
                r#"{"properties":{"a":{"uniqueItems":true,"minItems":3}}}"#,
                "a: [1, 1]",
                "- at '/a': minItems: got 2, want 3\n- at '/a': items at 0 and 1 are equal",
            ),
            (
                r#"{"propertyNames":{"pattern":"^a"}}"#,
                "b: 1",
                "- at '': invalid propertyName 'b'\n  - at '': 'b' does not match pattern '^a'",
            ),
            (
                &format!("{{{SEVEN}{}}}", r#""properties":{"a":{"format":"ipv4"}}"#),
                "a: 1.2.3",
                "- at '/a': '1.2.3' is not valid ipv4: expected four decimals",
            ),
            (r#"{"properties":{"a":{"format":"ipv4"}}}"#, "a: 1.2.3", "fits"),
            (
                &format!("{{{SEVEN}{}}}", r#""dependencies":{"a":["b"]}"#),
                "a: 1",
                "- at '': properties 'b' required, if 'a' exists",
            ),
        ] {
            assert_eq!(judge(schema, values), outcome, "{schema} {values}");
        }
    }
}
