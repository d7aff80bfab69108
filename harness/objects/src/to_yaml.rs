//! Values as YAML text, byte for byte as sigs.k8s.io/yaml prints them.

use yaml::Canonical;

use crate::{Map, Value};

/// Writes one document, keys in the order of sigs.k8s.io/yaml, with its last newline.
#[must_use]
pub fn to_yaml(value: &Value) -> String {
    let mut out = Canonical::new();
    write(value, &mut out);
    out.finish()
}

fn write(value: &Value, out: &mut Canonical) {
    match value {
        Value::Null => out.plain("null"),
        Value::Bool(flag) => out.plain(if *flag { "true" } else { "false" }),
        Value::Int(number) => out.plain(&number.to_string()),
        Value::Float(number) => out.plain(&float(*number)),
        Value::String(text) => out.text(text),
        Value::List(items) => {
            out.start_sequence(items.is_empty());
            for item in items.iter() {
                write(item, out);
            }
            out.end();
        }
        Value::Map(map) => write_map(map, out),
    }
}

fn write_map(map: &Map, out: &mut Canonical) {
    let mut entries: Vec<_> = map.iter().collect();
    yaml::sort_by_key(&mut entries, &|(key, _)| key);
    out.start_mapping(entries.is_empty());
    for (key, value) in entries {
        out.key(key);
        write(value, out);
    }
    out.end();
}

/// On its way through JSON a whole number loses its point.
fn float(number: f64) -> String {
    const FITS: f64 = 18_446_744_073_709_551_616.0;
    if number.fract() == 0.0 && number.abs() < FITS {
        format!("{number:.0}")
    } else {
        yaml::format_float(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load_yaml;

    #[test]
    fn layout_quoting_folding_and_order_are_those_of_sigs_yaml() {
        let text = "z: [1, {b: yes, a: 'yes', c: [[x], []]}, {}]\n\
                    a10: '12:30'\na9: ''\n_: ~\nA: \"a\\nb\\n\"\nb: 1.0\nc: 12345678.9\n\
                    d: '- x'\ne: \"it's: x\"\nf: \" lead\"\ng: \"tab\\t\"\ny: n\n";
        let value = &load_yaml(text, yaml::Schema::Yaml11).unwrap()[0];
        let expected = "_: null\nA: |\n  a\n  b\na9: \"\"\na10: \"12:30\"\nb: 1\nc: 1.23456789e+07\n\
                        d: '- x'\ne: 'it''s: x'\nf: ' lead'\ng: \"tab\\t\"\n\"true\": false\n\
                        z:\n- 1\n- a: \"yes\"\n  b: true\n  c:\n  - - x\n  - []\n- {}\n";
        assert_eq!(to_yaml(value), expected);
    }
}
