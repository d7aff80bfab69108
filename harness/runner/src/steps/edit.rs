//! Edits of one file's text; comments and everything that is not meant stay.
//!
//! One rule: values are set by YAML path in the text itself, never by writing the
//! document anew. Start at [`apply`].

use objects::Value;
use scenario::step::Edit;
use scenario::terms::ObjectPattern;
use yaml::edit::{self as text_edit, NewValue, Step};
use yaml::{Node, NodeKind};

/// The text after an edit.
pub(super) fn apply(text: &str, wanted: &Edit) -> Result<String, String> {
    let mut text = text.to_owned();
    for replacement in wanted.replace.iter() {
        text = text.replace(&replacement.text, &replacement.with);
    }
    let by_path = !(wanted.set.is_empty() && wanted.remove.is_empty() && wanted.append.is_empty());
    if !by_path && wanted.image.is_empty() {
        return Ok(text);
    }
    let count = parse(&text)?.len();
    for document in (0..count).rev() {
        if means(&text, document, wanted.object.as_ref())? {
            text = edit_document(text, document, wanted)?;
        }
    }
    Ok(text)
}

fn parse(text: &str) -> Result<Vec<Node>, String> {
    yaml::parse(text).map_err(|cause| cause.to_string())
}

fn means(text: &str, document: usize, wanted: Option<&ObjectPattern>) -> Result<bool, String> {
    let Some(wanted) = wanted else { return Ok(true) };
    let documents = parse(text)?;
    Ok(documents.get(document).is_some_and(|node| is_meant(node, wanted)))
}

/// Whether a document is the object a pattern means; a namespace it does not name fits any.
fn is_meant(node: &Node, wanted: &ObjectPattern) -> bool {
    let text = |node: Option<&Node>| node.and_then(Node::as_scalar).unwrap_or_default().to_owned();
    let metadata = node.get("metadata");
    let kind = text(node.get("kind"));
    let name = text(metadata.and_then(|meta| meta.get("name")));
    let namespace = text(metadata.and_then(|meta| meta.get("namespace")));
    let glob = scenario::terms::glob;
    glob(&wanted.kind, &kind)
        && glob(&wanted.name, &name)
        && wanted
            .namespace
            .as_ref()
            .is_none_or(|known| namespace.is_empty() || glob(known, &namespace))
}

fn edit_document(mut text: String, document: usize, wanted: &Edit) -> Result<String, String> {
    let path = |text: &str| text_edit::path(text).map_err(|cause| cause.to_string());
    for (at, value) in wanted.set.iter() {
        let done = text_edit::set(&text, document, &path(at)?, &new_value(value));
        text = done.map_err(|cause| format!("set {at}: {cause}"))?;
    }
    for at in wanted.remove.iter() {
        let done = text_edit::remove(&text, document, &path(at)?);
        text = done.map_err(|cause| format!("remove {at}: {cause}"))?;
    }
    for (at, value) in wanted.append.iter() {
        text = append(&text, document, &path(at)?, value)
            .map_err(|why| format!("append {at}: {why}"))?;
    }
    for (name, image) in wanted.image.iter() {
        text = set_image(&text, document, name, image)?;
    }
    Ok(text)
}

fn new_value(value: &Value) -> NewValue {
    match value {
        Value::String(text) => NewValue::Text(text.to_string()),
        Value::Null => NewValue::Plain("null".to_owned()),
        Value::Bool(flag) => NewValue::Plain(flag.to_string()),
        Value::Int(number) => NewValue::Plain(number.to_string()),
        Value::Float(number) => NewValue::Plain(number.to_string()),
        Value::List(_) | Value::Map(_) => NewValue::Yaml(objects::to_json(value)),
    }
}

/// Appends to a list by setting the whole list, or making it.
fn append(text: &str, document: usize, path: &[Step], value: &Value) -> Result<String, String> {
    let documents = parse(text)?;
    let node = documents.get(document).and_then(|root| find(root, path));
    let mut items = match node {
        Some(node) => {
            let known = objects::value_of(node, yaml::Schema::Yaml11);
            known
                .map_err(|cause| cause.to_string())?
                .as_list()
                .map(<[Value]>::to_vec)
                .unwrap_or_default()
        }
        None => Vec::new(),
    };
    items.push(value.clone());
    let done =
        text_edit::set(text, document, path, &NewValue::Yaml(objects::to_json(&items.into())));
    done.map_err(|cause| cause.to_string())
}

fn find<'n>(root: &'n Node, path: &[Step]) -> Option<&'n Node> {
    path.iter().try_fold(root, |node, step| match step {
        Step::Key(key) => node.get(key),
        Step::Index(index) => node.items()?.get(*index),
        Step::Item { key, value } => {
            let fits = |item: &&Node| item.get(key).and_then(Node::as_scalar) == Some(value);
            node.items()?.iter().find(fits)
        }
    })
}

/// Sets the image of a container, of every use of a repository, and of `images:` of a kustomization.
fn set_image(text: &str, document: usize, name: &str, image: &str) -> Result<String, String> {
    let documents = parse(text)?;
    let mut found = Vec::new();
    if let Some(root) = documents.get(document) {
        images(root, &mut Vec::new(), name, image, &mut found);
    }
    found.into_iter().try_fold(text.to_owned(), |text, (path, value)| {
        text_edit::set(&text, document, &path, &NewValue::Text(value))
            .map_err(|cause| cause.to_string())
    })
}

/// Repository and tag (or digest) of an image.
fn split(image: &str) -> (&str, &str) {
    let (name, digest) = image.split_once('@').unwrap_or((image, ""));
    match name.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => (repository, tag),
        _ => (name, digest),
    }
}

fn images(
    node: &Node,
    path: &mut Vec<Step>,
    name: &str,
    image: &str,
    found: &mut Vec<(Vec<Step>, String)>,
) {
    match &node.kind {
        NodeKind::Sequence(items) => {
            for (index, item) in items.iter().enumerate() {
                path.push(Step::Index(index));
                images(item, path, name, image, found);
                path.pop();
            }
        }
        NodeKind::Mapping(entries) => {
            here(node, path, (name, image), found);
            for (key, value) in entries {
                let Some(key) = key.as_scalar() else { continue };
                path.push(Step::Key(key.to_owned()));
                images(value, path, name, image, found);
                path.pop();
            }
        }
        NodeKind::Scalar(_) | NodeKind::Alias(_) => {}
    }
}

/// What one mapping says of the image: a container, an entry of `images:`, or chart values.
fn here(
    node: &Node,
    path: &[Step],
    (name, image): (&str, &str),
    found: &mut Vec<(Vec<Step>, String)>,
) {
    let text = |key: &str| node.get(key).and_then(Node::as_scalar);
    let at =
        |key: &str| path.iter().cloned().chain([Step::Key(key.to_owned())]).collect::<Vec<_>>();
    let (repository, tag) = split(image);
    let named = text("name") == Some(name);
    if let Some(written) = text("image")
        && (named || split(written).0 == name)
    {
        found.push((at("image"), image.to_owned()));
    } else if text("newTag").is_some() && (named || text("newName") == Some(name)) {
        found.push((at("newTag"), tag.to_owned()));
        if text("newName").is_some_and(|known| known != repository) {
            found.push((at("newName"), repository.to_owned()));
        }
    } else if text("tag").is_some() && text("repository") == Some(name) {
        found.push((at("tag"), tag.to_owned()));
        if repository != name {
            found.push((at("repository"), repository.to_owned()));
        }
    }
}

/// The text without the documents that patterns mean.
pub(super) fn without(text: &str, patterns: &[ObjectPattern], namespace: &str) -> String {
    let _ = namespace;
    let meant = |document: &str| {
        let documents = yaml::parse(document).unwrap_or_default();
        documents.iter().any(|node| patterns.iter().any(|wanted| is_meant(node, wanted)))
    };
    let mut left = String::new();
    let mut dropped = false;
    for document in documents_of(text) {
        if meant(document) {
            dropped = true;
        } else {
            left.push_str(document);
        }
    }
    if dropped { left } else { text.to_owned() }
}

/// The documents of a text, each with the `---` that begins it.
fn documents_of(text: &str) -> Vec<&str> {
    let mut starts = vec![0];
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        if offset > 0 && (line.trim_end() == "---" || line.starts_with("--- ")) {
            starts.push(offset);
        }
        offset += line.len();
    }
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts.iter().zip(ends).map(|(start, end)| &text[*start..end]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_set_wherever_they_stand_and_comments_stay() {
        for (text, name, image, after) in [
            (
                "spec:\n  containers:\n    - name: app # the one\n      image: a/app:1 # keep\n",
                "app",
                "a/app:2",
                "spec:\n  containers:\n    - name: app # the one\n      image: a/app:2 # keep\n",
            ),
            (
                "images:\n  - name: a/app\n    newTag: \"1\"\n",
                "a/app",
                "a/app:v2",
                "images:\n  - name: a/app\n    newTag: \"v2\"\n",
            ),
            (
                "values:\n  image: {repository: a/app, tag: v1}\n",
                "a/app",
                "a/app:v2",
                "values:\n  image: {repository: a/app, tag: v2}\n",
            ),
        ] {
            assert_eq!(set_image(text, 0, name, image).unwrap(), after);
        }
    }

    #[test]
    fn documents_are_dropped_by_the_objects_they_are() {
        let text = "kind: A\nmetadata: {name: x}\n---\nkind: B\nmetadata: {name: y}\n";
        let pattern = ObjectPattern { kind: "A".into(), name: "*".into(), ..Default::default() };
        let left = without(text, &[pattern], "default");
        assert_eq!(left, "---\nkind: B\nmetadata: {name: y}\n");
    }
}
