//! Copying a value from one resource into fields of others.

use objects::Value;
use regex::Regex;
use yaml::{Node, NodeKind};

use crate::decode::{Decoder, Mode, unmarshal, yaml_to_json};
use crate::error::{BuildError, Context, Result, fail};
use crate::fieldspec::split_smart;
use crate::id::ResId;
use crate::loader::Loader;
use crate::node::{self, Kind};
use crate::regexp::compile;
use crate::resource::Resource;
use crate::selector::Selector;
use crate::{go, json};

/// One entry of `replacements`: inline, or in a file.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct ReplacementEntry {
    pub(crate) path: String,
    pub(crate) replacement: Replacement,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Replacement {
    source: Option<Source>,
    source_value: Option<String>,
    targets: Option<Vec<Target>>,
}

#[derive(Debug, Clone, Default, PartialEq)]
struct Source {
    id: ResId,
    field_path: String,
    options: Option<FieldOptions>,
}

#[derive(Debug, Clone, Default, PartialEq)]
struct Target {
    select: Option<Selector>,
    reject: Vec<Selector>,
    field_paths: Vec<String>,
    options: Option<FieldOptions>,
}

#[derive(Debug, Clone, Default, PartialEq)]
struct FieldOptions {
    delimiter: String,
    index: i64,
    create: bool,
}

const NAMES: &[&str] = &["source", "targets", "sourceValue", "path"];

impl ReplacementEntry {
    pub(crate) fn decode(d: &mut Decoder, value: &Value) -> Self {
        let mut made = Self::default();
        d.fields(value, "types.ReplacementField", NAMES, |d, name, value| match name {
            "path" => made.path = d.text(value),
            other => made.replacement.field(d, other, value),
        });
        made
    }
}

impl Replacement {
    fn decode(d: &mut Decoder, value: &Value) -> Self {
        let mut made = Self::default();
        d.fields(value, "types.Replacement", &NAMES[..3], |d, name, value| {
            made.field(d, name, value);
        });
        made
    }

    fn field(&mut self, d: &mut Decoder, name: &str, value: &Value) {
        if value.is_null() {
            return;
        }
        match name {
            "source" => self.source = Some(Source::decode(d, value)),
            "sourceValue" => self.source_value = Some(d.text(value)),
            _ => self.targets = Some(d.list(value, "[]*types.TargetSelector", Target::decode)),
        }
    }
}

impl Source {
    fn decode(d: &mut Decoder, value: &Value) -> Self {
        let names = &["group", "version", "kind", "name", "namespace", "fieldPath", "options"];
        let mut made = Self::default();
        d.fields(value, "types.SourceSelector", names, |d, name, value| match name {
            "group" => made.id.gvk.group = d.embedded(value, &["ResId", "Gvk"]),
            "version" => made.id.gvk.version = d.embedded(value, &["ResId", "Gvk"]),
            "kind" => made.id.gvk.kind = d.embedded(value, &["ResId", "Gvk"]),
            "name" => made.id.name = d.embedded(value, &["ResId"]),
            "namespace" => made.id.namespace = d.embedded(value, &["ResId"]),
            "fieldPath" => made.field_path = d.text(value),
            _ => made.options = FieldOptions::decode(d, value),
        });
        made
    }

    fn shown(&self) -> String {
        let mut parts = vec![self.id.to_string()];
        if !self.field_path.is_empty() {
            parts.push(self.field_path.clone());
        }
        if let Some(options) = self.options.as_ref().filter(|o| !o.delimiter.is_empty() || o.create)
        {
            parts.push(format!(
                "{}({}), create={}",
                options.delimiter, options.index, options.create
            ));
        }
        parts.join(":")
    }
}

impl Target {
    fn decode(d: &mut Decoder, value: &Value) -> Self {
        let names = &["select", "reject", "fieldPaths", "options"];
        let mut made = Self::default();
        d.fields(value, "types.TargetSelector", names, |d, name, value| match name {
            "select" if !value.is_null() => made.select = Some(Selector::decode(d, value)),
            "reject" => made.reject = d.list(value, "[]*types.Selector", Selector::decode),
            "fieldPaths" => made.field_paths = d.texts(value),
            "options" => made.options = FieldOptions::decode(d, value),
            _ => {}
        });
        made
    }
}

impl FieldOptions {
    fn decode(d: &mut Decoder, value: &Value) -> Option<Self> {
        let names = &["delimiter", "index", "encoding", "create"];
        let mut made = Self::default();
        d.fields(value, "types.FieldOptions", names, |d, name, value| match name {
            "delimiter" => made.delimiter = d.text(value),
            "index" => made.index = d.whole(value, "int"),
            "create" => made.create = d.flag(value),
            _ => {
                d.text(value);
            }
        });
        (!value.is_null()).then_some(made)
    }
}

/// The replacements of all entries, those in files included.
pub(crate) fn configure(
    entries: &[ReplacementEntry],
    loader: &Loader<'_>,
) -> Result<Vec<Replacement>> {
    let mut all = Vec::new();
    for entry in entries {
        if entry.path.is_empty() {
            all.push(entry.replacement.clone());
            continue;
        }
        let own = &entry.replacement;
        if own.source.is_some() || own.targets.as_ref().is_some_and(|targets| !targets.is_empty()) {
            return fail("cannot specify both path and inline replacement");
        }
        let text = loader.load_text(&entry.path)?;
        let kind = yaml_to_json(&text)
            .map_err(|error| BuildError(format!("error converting YAML to JSON: {error}")))?;
        match kind {
            Value::List(_) => all.extend(unmarshal(&text, Mode::Lenient, |d, value| {
                d.list(value, "[]types.Replacement", Replacement::decode)
            })?),
            Value::Map(_) => all.push(unmarshal(&text, Mode::Lenient, Replacement::decode)?),
            other => {
                let kind = match other {
                    Value::Null => "invalid",
                    Value::Bool(_) => "bool",
                    Value::String(_) => "string",
                    _ => "float64",
                };
                return fail(format!(
                    "unsupported replacement type encountered within replacement path: {kind}"
                ));
            }
        }
    }
    Ok(all)
}

/// Applies replacements in order.
pub(crate) fn apply(replacements: &[Replacement], list: &mut [Resource]) -> Result<()> {
    for replacement in replacements {
        let no_source = replacement.source.is_none() && replacement.source_value.is_none();
        let Some(targets) = replacement.targets.as_ref().filter(|_| !no_source) else {
            return fail("replacements must specify a source and at least one target");
        };
        let value = source_value(replacement, list)?;
        for target in targets {
            apply_target(target, &value, list)?;
        }
    }
    Ok(())
}

fn source_value(replacement: &Replacement, list: &[Resource]) -> Result<Node> {
    let source = match (&replacement.source_value, &replacement.source) {
        (Some(_), Some(_)) => return fail("value and resource selectors are mutually exclusive"),
        (Some(value), None) => return Ok(node::untagged(value.as_str())),
        (None, Some(source)) => source,
        (None, None) => return fail("replacements must specify a source and at least one target"),
    };
    let mut matches =
        list.iter().filter(|resource| ids(resource).iter().any(|id| id.is_selected_by(&source.id)));
    let found = match (matches.next(), matches.next()) {
        (None, _) => return fail(format!("nothing selected by {}", source.shown())),
        (Some(_), Some(_)) => {
            return fail(format!("multiple matches for selector {}", source.shown()));
        }
        (Some(found), None) => found,
    };
    let path = if source.field_path.is_empty() { "metadata.name" } else { &source.field_path };
    let node = node::lookup(&found.node, &split_smart(path, "."))
        .map_err(|error| BuildError(format!("error looking up replacement source: {error}")))?;
    let Some(node) = node.filter(|node| !node::is_null_or_empty(node)) else {
        return fail(format!("fieldPath `{path}` is missing for replacement source {}", source.id));
    };
    refine(node, source.options.as_ref())
}

fn refine(node: &Node, options: Option<&FieldOptions>) -> Result<Node> {
    let Some(options) = options.filter(|options| !options.delimiter.is_empty()) else {
        return Ok(node.clone());
    };
    if node::kind(node) != Kind::Scalar {
        return fail("delimiter option can only be used with scalar nodes");
    }
    let text = node::value_unless_null(node);
    let part = usize::try_from(options.index)
        .ok()
        .and_then(|index| text.split(options.delimiter.as_str()).nth(index));
    let Some(part) = part else {
        return fail(format!("options.index {} is out of bounds for value {text}", options.index));
    };
    let mut refined = node.clone();
    node::set_value(&mut refined, part);
    Ok(refined)
}

/// The present identity, then the former ones.
fn ids(resource: &Resource) -> Vec<ResId> {
    let mut now = resource.id();
    now.cluster_scoped = false;
    let mut ids = vec![now];
    ids.extend(resource.former_ids());
    ids
}

fn apply_target(target: &Target, value: &Node, list: &mut [Resource]) -> Result<()> {
    let Some(select) = &target.select else {
        return fail("target must specify resources to select");
    };
    let words = |error: BuildError| BuildError(format!("error creating target selector: {error}"));
    let select = select.compile().map_err(words)?;
    let reject: Result<Vec<_>> = target.reject.iter().map(Selector::compile).collect();
    let reject = reject.map_err(words)?;
    let default = ["metadata.name".to_owned()];
    let paths = if target.field_paths.is_empty() { &default[..] } else { &target.field_paths };
    for resource in list {
        let rejected =
            reject.iter().any(|reject| reject.has_labels() && reject.fits_labels(resource));
        if !select.fits_labels(resource) || rejected {
            continue;
        }
        let ids = ids(resource);
        if reject.iter().any(|reject| !reject.is_empty && ids.iter().any(|id| reject.fits_id(id))) {
            continue;
        }
        if ids.iter().any(|id| select.fits_id(id)) {
            for path in paths {
                copy_to(&mut resource.node, value, path, target.options.as_ref())?;
            }
        }
    }
    Ok(())
}

fn copy_to(
    root: &mut Node,
    value: &Node,
    path: &str,
    options: Option<&FieldOptions>,
) -> Result<()> {
    let create = options.filter(|options| options.create).map(|_| node::kind(value));
    let parts = split_smart(path, ".");
    if set_in_text(root, value, &parts, create)? {
        return Ok(());
    }
    let what = if create.is_some() { "find or create" } else { "find" };
    let missing = || format!("unable to {what} field {} in replacement target", go::quote(path));
    let found = find(root, &parts, create).context(missing)?.unwrap_or_default();
    if found.is_empty() {
        return fail(missing());
    }
    for place in found {
        if let Some(at) = place.as_ref().and_then(|place| at_place(root, place)) {
            set(at, value, options)?;
        }
    }
    Ok(())
}

fn set(at: &mut Node, value: &Node, options: Option<&FieldOptions>) -> Result<()> {
    let mut text = node::value(value).to_owned();
    if let Some(options) = options.filter(|options| !options.delimiter.is_empty()) {
        if node::kind(at) != Kind::Scalar {
            return fail("delimiter option can only be used with scalar nodes");
        }
        let mut parts: Vec<&str> = node::value(at).split(options.delimiter.as_str()).collect();
        let new = node::value_unless_null(value);
        match usize::try_from(options.index) {
            Err(_) => parts.insert(0, new),
            Ok(index) if index >= parts.len() => parts.push(new),
            Ok(index) => parts[index] = new,
        }
        text = parts.join(&options.delimiter);
    }
    if node::kind(at) == Kind::Scalar {
        node::set_value(at, text);
    } else {
        *at = value.clone();
        if node::kind(at) == Kind::Scalar {
            node::set_value(at, text);
        }
    }
    Ok(())
}

/// Positions of entries and items from the root; `None` inside a text that was parsed.
type Place = Option<Vec<usize>>;

fn at_place<'a>(root: &'a mut Node, place: &[usize]) -> Option<&'a mut Node> {
    let mut at = root;
    for index in place {
        at = match &mut at.kind {
            NodeKind::Sequence(items) => items.get_mut(*index)?,
            NodeKind::Mapping(entries) => &mut entries.get_mut(*index)?.1,
            _ => return None,
        };
    }
    Some(at)
}

/// Every place that a path leads to; `None` where it leads nowhere.
fn find(at: &mut Node, path: &[String], create: Option<Kind>) -> Result<Option<Vec<Place>>> {
    let Some((first, rest)) = path.split_first() else { return Ok(Some(vec![Some(Vec::new())])) };
    if let Ok(index) = first.parse::<usize>() {
        return find_index(at, index, rest, create);
    }
    if first.starts_with('[') && first.ends_with(']') {
        return find_elements(at, first, rest, create);
    }
    if first == "*" {
        return find_every(at, rest, create);
    }
    find_field(at, first, rest, create)
}

fn below(index: usize, found: Option<Vec<Place>>) -> Option<Vec<Place>> {
    let found = found?.into_iter().map(|place| {
        place.map(|mut place| {
            place.insert(0, index);
            place
        })
    });
    Some(found.collect())
}

fn next_kind(rest: &[String], last: Kind) -> Kind {
    match rest.first() {
        None => last,
        Some(next) if next.is_empty() => last,
        Some(next) if next.parse::<usize>().is_ok() => Kind::Sequence,
        Some(next) if next.starts_with('[') && next.ends_with(']') => Kind::Sequence,
        Some(_) => Kind::Mapping,
    }
}

fn find_field(
    at: &mut Node,
    name: &str,
    rest: &[String],
    create: Option<Kind>,
) -> Result<Option<Vec<Place>>> {
    if node::is_null(at) {
        return Ok(None);
    }
    node::expect(at, Kind::Mapping)?;
    if node::field(at, name).is_none() {
        let Some(create) = create else { return Ok(None) };
        node::field_or_create(at, name, next_kind(rest, create))?;
    }
    let NodeKind::Mapping(entries) = &mut at.kind else { return Ok(None) };
    let Some(index) = entries.iter().position(|(key, _)| key.as_scalar() == Some(name)) else {
        return Ok(None);
    };
    let field = &mut entries[index].1;
    if node::kind(field) == Kind::Scalar && !rest.is_empty() {
        return find_in_text(field, rest, create);
    }
    Ok(below(index, find(field, rest, create)?))
}

/// What is found inside a text is found, but cannot be changed there.
fn find_in_text(field: &Node, rest: &[String], create: Option<Kind>) -> Result<Option<Vec<Place>>> {
    let parsed = yaml::parse_first(node::value(field))
        .map_err(|error| BuildError(format!("yaml: {error}")))?;
    let Some(mut parsed) = parsed else { return Ok(None) };
    let found = find(&mut parsed, rest, create)?;
    Ok(found.map(|found| found.into_iter().map(|_| None).collect()))
}

fn find_index(
    at: &mut Node,
    index: usize,
    rest: &[String],
    create: Option<Kind>,
) -> Result<Option<Vec<Place>>> {
    node::expect(at, Kind::Sequence)?;
    let NodeKind::Sequence(items) = &mut at.kind else {
        return fail(format!("index {index} specified but only 0 elements found"));
    };
    if items.len() == index
        && let Some(create) = create
    {
        items.push(next_kind(rest, create).empty());
    }
    let count = items.len();
    let Some(item) = items.get_mut(index) else {
        return fail(format!("index {index} specified but only {count} elements found"));
    };
    Ok(below(index, find(item, rest, create)?))
}

fn find_every(at: &mut Node, rest: &[String], create: Option<Kind>) -> Result<Option<Vec<Place>>> {
    let mut all: Option<Vec<Place>> = None;
    for (index, item) in node::elements_mut(at)?.iter_mut().enumerate() {
        if let Some(found) = below(index, find(item, rest, create)?) {
            all.get_or_insert_default().extend(found);
        }
    }
    Ok(all)
}

fn find_elements(
    at: &mut Node,
    step: &str,
    rest: &[String],
    create: Option<Kind>,
) -> Result<Option<Vec<Place>>> {
    let (name, pattern) = node::split_element(step)?;
    let text = pattern;
    let pattern = compile(text)?;
    let found = find_matching(at, name, &pattern, rest, create)?;
    let (None, Some(_)) = (&found, create) else { return Ok(found) };
    let new = node::untagged(text);
    let element = if name.is_empty() {
        new
    } else {
        Node::new(NodeKind::Mapping(vec![(node::key(name), new)]))
    };
    node::expect(at, Kind::Sequence)?;
    if let NodeKind::Sequence(items) = &mut at.kind {
        items.push(element);
    }
    find_matching(at, name, &pattern, rest, create)
}

fn find_matching(
    at: &mut Node,
    name: &str,
    pattern: &Regex,
    rest: &[String],
    create: Option<Kind>,
) -> Result<Option<Vec<Place>>> {
    let mut all: Option<Vec<Place>> = None;
    for (index, item) in node::elements_mut(at)?.iter_mut().enumerate() {
        let printed = if name.is_empty() {
            Some(yaml::emit(item))
        } else {
            node::field(item, name).map(yaml::emit)
        };
        if !printed.is_some_and(|printed| pattern.is_match(printed.trim())) {
            continue;
        }
        let found = if name.is_empty() {
            Some(vec![Some(vec![index])])
        } else {
            below(index, find(item, rest, create)?)
        };
        if let Some(found) = found {
            all.get_or_insert_default().extend(found);
        }
    }
    Ok(all.filter(|all| !all.is_empty()))
}

/// Sets a value inside a field that holds YAML or JSON as text; false if it is none.
fn set_in_text(
    root: &mut Node,
    value: &Node,
    path: &[String],
    create: Option<Kind>,
) -> Result<bool> {
    for length in 1..path.len() {
        let Ok(Some(field)) = node::lookup_mut(root, &path[..length]) else { continue };
        if node::kind(field) != Kind::Scalar {
            continue;
        }
        let text = node::value(field).to_owned();
        let Ok(parsed) = yaml::parse_first(&text) else { continue };
        let Some(mut parsed) = parsed else { return Ok(false) };
        let Ok(Some(found)) = find(&mut parsed, &path[length..], create) else { return Ok(false) };
        if found.is_empty() {
            return Ok(false);
        }
        for place in found.iter().flatten() {
            if let Some(at) = at_place(&mut parsed, place) {
                set(at, value, None)?;
            }
        }
        let Ok(printed) = print_like(&parsed, &text) else { return Ok(false) };
        node::set_value(field, printed);
        return Ok(true);
    }
    Ok(false)
}

/// JSON stays JSON, indented if it was; anything else is YAML.
fn print_like(parsed: &Node, old: &str) -> Result<String> {
    if !old.trim_start().starts_with(['{', '[']) {
        return Ok(yaml::emit(parsed).trim().to_owned());
    }
    let value = json::to_value(parsed)?;
    Ok(if old.contains('\n') && old.contains("  ") {
        go::json_indented(&value)
    } else {
        go::json(&value)
    })
}
