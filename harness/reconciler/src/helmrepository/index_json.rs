//! An index as source-controller stores it: JSON in the order of Helm's types.
//!
//! Rules from helm: pkg/repo and pkg/chart (fields and which are left out), and Go's
//! `json.MarshalIndent`. The size of the artifact, which events name, rests on every byte.

use objects::Value;

use super::index::Index;
use crate::chart_fields::{MAINTAINER, METADATA};

const AFTER_CREATED: [&str; 6] =
    ["removed", "digest", "checksum", "engine", "tillerVersion", "url"];
/// After its name, version and repository.
const DEPENDENCY: [&str; 5] = ["condition", "tags", "enabled", "import-values", "alias"];
const NO_TIME: &str = "0001-01-01T00:00:00Z";

/// JSON whose fields keep their order.
enum Node {
    Value(Value),
    Fields(Vec<(String, Node)>),
    Items(Vec<Node>),
}

impl Index {
    /// The index as it is stored.
    pub(crate) fn to_json(&self) -> Vec<u8> {
        let mut fields = picked(&self.top, &["serverInfo"]);
        fields.push(("apiVersion".to_owned(), field(&self.top, "apiVersion")));
        fields.push(("generated".to_owned(), time(&self.top, "generated")));
        let charts = self.entries.iter().map(|(name, versions)| {
            (name.clone(), Node::Items(versions.iter().map(version).collect()))
        });
        fields.push(("entries".to_owned(), Node::Fields(charts.collect())));
        fields.extend(picked(&self.top, &["publicKeys", "annotations"]));
        let mut out = String::new();
        print(&Node::Fields(fields), 0, &mut out);
        out.into_bytes()
    }
}

fn version(entry: &Value) -> Node {
    let mut fields = picked(entry, &METADATA);
    fields.push(("urls".to_owned(), field(entry, "urls")));
    fields.push(("created".to_owned(), time(entry, "created")));
    fields.extend(picked(entry, &AFTER_CREATED));
    Node::Fields(fields)
}

fn field(value: &Value, key: &str) -> Node {
    Node::Value(value.get(key).cloned().unwrap_or_default())
}

fn time(value: &Value, key: &str) -> Node {
    Node::Value(value.str_at(&[key]).unwrap_or(NO_TIME).into())
}

/// The fields of these names that say something, in this order.
fn picked(from: &Value, names: &[&str]) -> Vec<(String, Node)> {
    let says = |name: &&&str| {
        let value = from.get(name).filter(|value| says_something(value))?;
        let of = |fields: &[&str]| {
            let items = value.as_list().unwrap_or_default().iter();
            Node::Items(items.map(|item| Node::Fields(picked(item, fields))).collect())
        };
        Some(match **name {
            "maintainers" => of(&MAINTAINER),
            "dependencies" => {
                let items = value.as_list().unwrap_or_default().iter();
                Node::Items(items.map(dependency).collect())
            }
            _ => Node::Value(value.clone()),
        })
    };
    let shown = names.iter().filter_map(|name| Some(((*name).to_owned(), says(&name)?)));
    let mut shown: Vec<(String, Node)> = shown.collect();
    if names.len() == METADATA.len() && !shown.iter().any(|(name, _)| name == "apiVersion") {
        let before = ["condition", "tags", "appVersion", "deprecated", "annotations"];
        let after = [before.as_slice(), &["kubeVersion", "dependencies", "type"]].concat();
        let at = shown.iter().position(|(name, _)| after.contains(&name.as_str()));
        let at = at.unwrap_or(shown.len());
        shown.insert(at, ("apiVersion".to_owned(), Node::Value("v1".into())));
    }
    shown
}

/// Name and repository are written even where they are empty.
fn dependency(item: &Value) -> Node {
    let text = |key: &str| item.str_at(&[key]).unwrap_or_default();
    let always = |key: &str| (key.to_owned(), Node::Value(text(key).into()));
    let mut fields = vec![always("name")];
    fields.extend(picked(item, &["version"]));
    fields.push(always("repository"));
    fields.extend(picked(item, &DEPENDENCY));
    Node::Fields(fields)
}

fn says_something(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty(),
        Value::List(items) => !items.is_empty(),
        Value::Map(map) => !map.is_empty(),
        _ => true,
    }
}

fn print(node: &Node, depth: usize, out: &mut String) {
    match node {
        Node::Value(Value::Map(map)) => {
            let fields = map.iter().map(|(key, value)| (key.to_string(), owned(value)));
            print(&Node::Fields(fields.collect()), depth, out);
        }
        Node::Value(Value::List(items)) => {
            print(&Node::Items(items.iter().map(owned).collect()), depth, out);
        }
        Node::Value(value) => out.push_str(&escaped(&objects::to_json(value))),
        Node::Fields(fields) => {
            enclosed(['{', '}'], fields, depth, out, |(key, value), out| {
                out.push_str(&escaped(&objects::to_json(&key.as_str().into())));
                out.push_str(": ");
                print(value, depth + 1, out);
            });
        }
        Node::Items(items) => {
            enclosed(['[', ']'], items, depth, out, |item, out| print(item, depth + 1, out));
        }
    }
}

fn owned(value: &Value) -> Node {
    Node::Value(value.clone())
}

fn enclosed<T>(
    [open, close]: [char; 2],
    items: &[T],
    depth: usize,
    out: &mut String,
    mut one: impl FnMut(&T, &mut String),
) {
    out.push(open);
    for (at, item) in items.iter().enumerate() {
        out.push_str(if at == 0 { "\n" } else { ",\n" });
        out.push_str(&"  ".repeat(depth + 1));
        one(item, out);
    }
    if !items.is_empty() {
        out.push('\n');
        out.push_str(&"  ".repeat(depth));
    }
    out.push(close);
}

/// Go writes these three so that HTML cannot be confused by them.
fn escaped(json: &str) -> String {
    json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_is_stored_in_the_order_of_helms_types() {
        let text = "apiVersion: v1\ngenerated: '2026-01-01T00:00:00Z'\nentries:\n  app:\n  - \
                    {urls: [a.tgz], digest: abc, name: app, version: 1.0.0, apiVersion: v2, \
                    description: a & b, maintainers: [{email: e, name: me}], created: '2026-01-01T00:00:00Z', \
                    dependencies: [{name: d, condition: d.on}]}\n";
        let json = String::from_utf8(Index::parse(text.as_bytes()).unwrap().to_json()).unwrap();
        let flat: String = json.split_whitespace().collect::<Vec<_>>().join("");
        let expected = r#"{"apiVersion":"v1","generated":"2026-01-01T00:00:00Z","entries":{"app":[{"name":"app","version":"1.0.0","description":"a\u0026b","maintainers":[{"name":"me","email":"e"}],"apiVersion":"v2","dependencies":[{"name":"d","repository":"","condition":"d.on"}],"urls":["a.tgz"],"created":"2026-01-01T00:00:00Z","digest":"abc"}]}}"#;
        assert_eq!(flat, expected);
        assert!(json.starts_with("{\n  \"apiVersion\": \"v1\",\n"));
    }
}
