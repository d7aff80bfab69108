//! What expressions give, and what is said of wrong ones.

use objects::{Value, from_json};

use super::{Program, evaluate};

fn object() -> Value {
    from_json(br#"{"phase":"Running","replicas":3,"ratio":0.5,"list":["a","b"],"none":null}"#)
        .unwrap()
}

#[test]
fn expressions_give_what_cel_go_gives() {
    for (text, wanted) in [
        ("status.replicas == 3u && status.ratio < 1", "true"),
        ("status.list.map(e, e + 'x')", r#"["ax","bx"]"#),
        ("status.list.exists_one(e, e == 'a')", "true"),
        ("status.list.filter(e, e != 'a').size()", "1"),
        ("has(status.nope) || has(status.phase)", "true"),
        ("status.?nope.orValue('x')", r#""x""#),
        ("status.?phase.optMap(p, p + '!').value()", r#""Running!""#),
        ("'a,b'.split(',').join('-')", r#""a-b""#),
        ("duration('90m').getHours()", "1"),
        ("timestamp('2026-03-01T05:06:07Z').getDayOfYear()", "59"),
        (
            "string(timestamp('2026-03-01T05:06:07Z') + duration('24h'))",
            r#""2026-03-02T05:06:07Z""#,
        ),
        ("'x' in {'x': 1}", "true"),
        ("type(1) == int", "true"),
        ("[1, 2] + [3] == [1, 2, 3]", "true"),
        ("sets.equivalent([1, 2], [2, 1])", "true"),
    ] {
        let value = evaluate(text, &[("status", object())]);
        assert_eq!(value.map(|value| objects::to_json(&value)).as_deref(), Ok(wanted), "{text}");
    }
}

#[test]
fn errors_are_worded_as_cel_go_words_them() {
    for (text, wanted) in [
        ("1 / 0", "division by zero"),
        ("9223372036854775807 + 1", "integer overflow"),
        ("status.list[7]", "index out of bounds: 7"),
        ("status.nope.x", "no such key: nope"),
        ("other.a['b'].c", "no such attribute(s): other.a.b.c"),
        ("true + 1", "no such overload: _+_"),
        ("status.replicas.exists(e, true)", "got 'types.Int', expected iterable type"),
        ("int('x' + '')", "type conversion error from 'string' to 'int'"),
    ] {
        let value = evaluate(text, &[("status", object())]);
        assert_eq!(value.map_err(|error| error.to_string()), Err(wanted.to_owned()), "{text}");
    }
}

#[test]
fn compiled_expressions_must_surely_give_a_boolean() {
    for (text, wanted) in [
        ("dep.status.ready == true", None),
        ("dep.status.conditions.exists(c, c.type == 'Ready')", None),
        ("dep.status.ready", Some("CEL expression output type mismatch: expected bool, got dyn")),
        ("'foo'", Some("CEL expression output type mismatch: expected bool, got string")),
        (
            "nope.x == 1",
            Some(
                "failed to parse the CEL expression 'nope.x == 1': ERROR: <input>:1:1: undeclared \
                 reference to 'nope' (in container '')\n | nope.x == 1\n | ^",
            ),
        ),
    ] {
        let error = Program::compile(text, &["self", "dep"]).err().map(|error| error.to_string());
        assert_eq!(error.as_deref(), wanted, "{text}");
    }
}

#[test]
fn hostile_expressions_end_in_an_error() {
    for text in ["(".repeat(5000), "[".repeat(5000), "-".repeat(9000), "a.".repeat(20_000)] {
        assert!(Program::parse(&text).is_err());
    }
    let bomb = "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]";
    let mut text = "true".to_owned();
    for depth in 0..9 {
        text = format!("{bomb}.all(v{depth}, {text})");
    }
    assert_eq!(evaluate(&text, &[]).unwrap_err().to_string(), "operation interrupted");
}
