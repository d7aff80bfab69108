//! Column definitions of built-in kinds.

use objects::Value;

use crate::catalogue::Kind;

const DATA: &str = include_str!("../../data/columns.txt");

/// One column.
pub(crate) fn column(
    name: &str,
    kind: &str,
    format: &str,
    description: &str,
    priority: i64,
) -> Value {
    Value::from([
        ("name", Value::from(name)),
        ("type", kind.into()),
        ("format", format.into()),
        ("description", description.into()),
        ("priority", priority.into()),
    ])
}

/// What the server says of every name column.
pub(crate) const NAME: &str = "Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically. Name is primarily intended for creation idempotence and configuration definition. Cannot be updated. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names";

/// The columns of a kind.
pub(crate) fn built_in(kind: &Kind) -> Value {
    let group = if kind.gvk.group.is_empty() { "-" } else { &kind.gvk.group };
    let start = format!("{group}/{}\t", kind.gvk.kind);
    let Some(line) = DATA.lines().find_map(|line| line.strip_prefix(start.as_str())) else {
        return vec![
            column("Name", "string", "name", NAME, 0),
            column("Created At", "date", "", "", 0),
        ]
        .into();
    };
    let columns = line.split('\t').map(|cell| {
        let parts: Vec<&str> = cell.split('|').collect();
        let at = |index: usize| parts.get(index).copied().unwrap_or_default();
        let description = match (kind.gvk.kind.as_str(), at(0)) {
            ("Namespace", "Status") => "The status of the namespace",
            ("RoleBinding", "Users") => "Users in the roleBinding",
            ("RoleBinding", "Groups") => "Groups in the roleBinding",
            _ => "A fact of the object, as the server tells it for this kind.",
        };
        column(at(0), at(1), at(2), description, at(3).parse().unwrap_or(0))
    });
    columns.collect()
}
