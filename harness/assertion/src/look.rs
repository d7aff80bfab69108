//! Looking into objects: containers, inventories, fields by path.

use objects::{Object, ObjectId, Value};
use scenario::expect::Segment;

use crate::shown;

/// Names and images of an object's containers, those that run first.
pub(crate) fn containers(object: &Object) -> Vec<(&str, &str)> {
    let template = object
        .at(&["spec", "template", "spec"])
        .or_else(|| object.at(&["spec", "jobTemplate", "spec", "template", "spec"]))
        .or_else(|| object.get("spec"));
    let Some(spec) = template else { return Vec::new() };
    let lists = ["containers", "initContainers"].into_iter().flat_map(|list| spec.list_at(&[list]));
    lists
        .filter_map(|container| {
            Some((container.str_at(&["name"])?, container.str_at(&["image"]).unwrap_or_default()))
        })
        .collect()
}

/// The objects of a Kustomization's inventory.
pub(crate) fn inventory(object: &Object) -> Vec<ObjectId> {
    let entries = object.list_at(&["status", "inventory", "entries"]);
    entries.iter().filter_map(|entry| inventory_id(entry.str_at(&["id"])?)).collect()
}

/// `namespace_name_group_kind`, as cli-utils writes it (colons as double underscores).
fn inventory_id(text: &str) -> Option<ObjectId> {
    let (rest, kind) = text.rsplit_once('_')?;
    let (rest, group) = rest.rsplit_once('_')?;
    let (namespace, name) = rest.split_once('_')?;
    Some(ObjectId {
        kind: objects::GroupKind { group: group.to_owned(), kind: kind.to_owned() },
        namespace: namespace.to_owned(),
        name: name.replace("__", ":"),
    })
}

/// The values that a path means.
pub(crate) fn values_at<'a>(value: &'a Value, path: &[Segment]) -> Vec<&'a Value> {
    let Some((first, rest)) = path.split_first() else { return vec![value] };
    let next: Vec<&Value> = match first {
        Segment::Key(key) => value.get(key).into_iter().collect(),
        Segment::All => match value {
            Value::List(items) => items.iter().collect(),
            Value::Map(map) => map.values().collect(),
            _ => Vec::new(),
        },
        Segment::Index(index) => {
            value.as_list().and_then(|items| items.get(*index)).into_iter().collect()
        }
        Segment::Where(key, text) => {
            let items = value.as_list().unwrap_or_default().iter();
            items
                .filter(|item| item.get(key).is_some_and(|found| shown::line(found) == *text))
                .collect()
        }
    };
    next.into_iter().flat_map(|value| values_at(value, rest)).collect()
}
