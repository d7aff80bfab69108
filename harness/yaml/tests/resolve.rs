//! Which type each schema gives a scalar.

use yaml::{Scalar, Schema, resolve};

fn meaning(text: &str, schema: Schema) -> String {
    let documents = yaml::parse(&format!("- {text}\n")).unwrap_or_default();
    let item = documents.first().and_then(|document| document.items()?.first());
    match item.map(|item| resolve(item, schema)) {
        None => "nothing".into(),
        Some(Scalar::Null) => "null".into(),
        Some(Scalar::Bool(flag)) => format!("bool {flag}"),
        Some(Scalar::Int(number)) => format!("int {number}"),
        Some(Scalar::Float(number)) => format!("float {number}"),
        Some(Scalar::Text(text)) => format!("text {text}"),
    }
}

#[test]
fn each_schema_gives_plain_scalars_its_types() {
    let table = [
        ("~", "null", "null"),
        ("", "null", "null"),
        ("yes", "bool true", "text yes"),
        ("Off", "bool false", "text Off"),
        ("True", "bool true", "bool true"),
        ("tRUE", "text tRUE", "text tRUE"),
        ("12", "int 12", "int 12"),
        ("+12", "int 12", "int 12"),
        ("-0x1F", "int -31", "text -0x1F"),
        ("0x1F", "int 31", "int 31"),
        ("0o17", "int 15", "int 15"),
        ("017", "int 15", "int 17"),
        ("089", "float 89", "int 89"),
        ("0b101", "int 5", "text 0b101"),
        ("1_000", "int 1000", "text 1_000"),
        ("1_000.5", "float 1000.5", "text 1_000.5"),
        ("1.", "float 1", "float 1"),
        (".5", "float 0.5", "float 0.5"),
        ("1e3", "float 1000", "float 1000"),
        ("1e", "text 1e", "text 1e"),
        ("-a", "text -a", "text -a"),
        (".inf", "float inf", "float inf"),
        ("12:30", "text 12:30", "text 12:30"),
        ("1.2.3", "text 1.2.3", "text 1.2.3"),
        ("1e400", "text 1e400", "text 1e400"),
        ("2020-01-01", "text 2020-01-01", "text 2020-01-01"),
        ("'12'", "text 12", "text 12"),
        ("!!str 12", "text 12", "text 12"),
        ("!!int '12'", "int 12", "int 12"),
        ("!!float 12", "float 12", "float 12"),
        ("!!binary aGk=", "text hi", "text hi"),
        ("!own 12", "text 12", "text 12"),
    ];
    for (text, yaml11, core12) in table {
        assert_eq!(meaning(text, Schema::Yaml11), yaml11, "{text:?} in YAML 1.1");
        assert_eq!(meaning(text, Schema::Core12), core12, "{text:?} in the core schema");
    }
}

#[test]
fn go_yaml_tags_plain_texts() {
    for (text, tag) in [
        ("2020-1-2", "!!timestamp"),
        ("2020-02-30", "!!str"),
        ("2020-01-02T03:04:05Z", "!!timestamp"),
        ("2020-01-02t3:4:5.5+02:00", "!!timestamp"),
        ("2020-01-02 03:04:05", "!!timestamp"),
        ("2020-01-02 03:04", "!!str"),
        ("<<", "!!merge"),
        ("18446744073709551615", "!!int"),
        ("18446744073709551616", "!!float"),
        ("yes", "!!str"),
        ("", "!!null"),
    ] {
        assert_eq!(yaml::implicit_tag(text), tag, "of {text:?}");
    }
}
