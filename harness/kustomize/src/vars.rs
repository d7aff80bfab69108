//! Vars: `$(NAME)` in known fields, replaced by a value of some resource.

use std::collections::BTreeMap;

use objects::Value;
use yaml::{Implied, Node, NodeKind, Style};

use crate::decode::Decoder;
use crate::error::{BuildError, Result, fail};
use crate::fieldspec::{FieldSpec, split_smart};
use crate::id::{ResId, split_api_version};
use crate::node;
use crate::resmap::ResMap;

/// One entry of `vars`.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Var {
    pub(crate) name: String,
    api_version: String,
    target: ResId,
    field_path: String,
}

impl Var {
    pub(crate) fn decode(d: &mut Decoder, value: &Value) -> Self {
        let mut made = Self::default();
        d.fields(
            value,
            "types.Var",
            &["name", "objref", "fieldref"],
            |d, name, value| match name {
                "name" => made.name = d.text(value),
                "objref" => made.object(d, value),
                _ => d.fields(
                    value,
                    "types.FieldSelector",
                    &["fieldPath", "fieldpath"],
                    |d, _, value| {
                        made.field_path = d.text(value);
                    },
                ),
            },
        );
        made
    }

    fn object(&mut self, d: &mut Decoder, value: &Value) {
        let names = &["apiVersion", "group", "version", "kind", "name", "namespace"];
        d.fields(value, "types.Target", names, |d, name, value| {
            let text = d.text(value);
            match name {
                "apiVersion" => self.api_version = text,
                "group" => self.target.gvk.group = text,
                "version" => self.target.gvk.version = text,
                "kind" => self.target.gvk.kind = text,
                "name" => self.target.name = text,
                _ => self.target.namespace = text,
            }
        });
        if !self.api_version.is_empty() {
            let (group, version) = split_api_version(&self.api_version);
            if !group.is_empty() {
                self.target.gvk.group = group.into();
            }
            self.target.gvk.version = version.into();
        }
    }

    /// As `%v` writes it.
    pub(crate) fn shown(&self) -> String {
        format!("{{{} {} {{{}}}}}", self.name, self.target.gvk, self.field_path)
    }
}

/// The vars that are known so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct VarSet(BTreeMap<String, Var>);

impl VarSet {
    pub(crate) fn add(&mut self, vars: impl IntoIterator<Item = Var>) -> Result<()> {
        for var in vars {
            if self.0.contains_key(&var.name) {
                return fail(format!("var '{}' already encountered", var.name));
            }
            let mut var = var;
            if var.field_path.is_empty() {
                var.field_path = "metadata.name".into();
            }
            self.0.insert(var.name.clone(), var);
        }
        Ok(())
    }

    pub(crate) fn into_vars(self) -> impl Iterator<Item = Var> {
        self.0.into_values()
    }
}

/// Marks the resources that vars read from.
pub(crate) fn mark(vars: &[Var], map: &mut ResMap) -> Result<()> {
    for var in vars {
        let target = &var.target;
        let any_namespace = target.namespace.is_empty();
        let matches =
            map.matching_any_id(
                |id| {
                    if any_namespace { target.same_name(id) } else { target.same(id) }
                },
            );
        match matches.as_slice() {
            [] => {}
            [at] => map.list_mut()[*at].vars.push(var.name.clone()),
            more => {
                return fail(format!(
                    "found {} resId matches for var {} (unable to disambiguate)",
                    more.len(),
                    var.shown()
                ));
            }
        }
    }
    Ok(())
}

/// Replaces every use of the vars.
pub(crate) fn resolve(vars: &VarSet, map: &mut ResMap, specs: &[FieldSpec]) -> Result<()> {
    let mut values = BTreeMap::new();
    for var in vars.0.values() {
        values.insert(var.name.clone(), value_of(var, map)?);
    }
    if values.is_empty() {
        return Ok(());
    }
    for resource in map.list_mut() {
        for spec in specs {
            spec.apply(&mut resource.node, None, &mut |node| replace(node, &values))?;
        }
    }
    Ok(())
}

/// What a var stands for; the tag says of which type it is.
#[derive(Debug, Clone)]
struct Found {
    text: String,
    implied: Implied,
    /// A mapping or list cannot be put into a text.
    usable: bool,
}

fn value_of(var: &Var, map: &ResMap) -> Result<Found> {
    let Some(resource) = map.list().iter().find(|resource| resource.vars.contains(&var.name))
    else {
        return fail(format!(
            "var '{}' cannot be mapped to a field in the set of known resources",
            var.shown()
        ));
    };
    let missing = || {
        BuildError(format!(
            "field specified in var '{}' not found in corresponding resource",
            var.shown()
        ))
    };
    let path = with_indices(&split_smart(&var.field_path, "."));
    let found = node::lookup(&resource.node, &path).ok().flatten().ok_or_else(missing)?;
    let (implied, usable) = match (&found.kind, found.full_tag()) {
        (NodeKind::Scalar(_), "!!int") => (Implied::Int, true),
        (NodeKind::Scalar(_), "!!float") => (Implied::Float, true),
        (NodeKind::Scalar(_), "!!bool") => (Implied::Bool, true),
        (NodeKind::Scalar(_), _) => (Implied::Text, true),
        _ => (Implied::Text, false),
    };
    Ok(Found { text: node::value(found).to_owned(), implied, usable })
}

/// `containers[0]` as two steps.
fn with_indices(path: &[String]) -> Vec<String> {
    let mut out = Vec::new();
    for step in path {
        let split = step.strip_suffix(']').and_then(|step| step.rsplit_once('['));
        match split {
            Some((name, index))
                if !index.is_empty() && index.bytes().all(|b| b.is_ascii_digit()) =>
            {
                if !name.is_empty() {
                    out.push(name.to_owned());
                }
                out.push(index.to_owned());
            }
            _ => out.push(step.clone()),
        }
    }
    out
}

fn replace(at: &mut Node, values: &BTreeMap<String, Found>) -> Result<()> {
    if node::is_null(at) {
        return Ok(());
    }
    match &mut at.kind {
        NodeKind::Mapping(entries) => {
            for (key, value) in entries {
                if !node::is_text(key) {
                    return fail(format!(
                        "invalid map key: value='{}', tag='{}'",
                        node::value(key),
                        key.full_tag()
                    ));
                }
                if node::is_text(value) {
                    expand_in(value, values);
                }
            }
        }
        NodeKind::Sequence(items) => {
            for item in items {
                if !node::is_text(item) {
                    return fail("invalid value type expect a string");
                }
                expand_in(item, values);
            }
        }
        _ => {
            if node::is_text(at) {
                expand_in(at, values);
            }
        }
    }
    Ok(())
}

fn expand_in(at: &mut Node, values: &BTreeMap<String, Found>) {
    let (text, implied) = expand(node::value(at), values);
    at.tag = None;
    at.implied = implied;
    at.style = Style::Plain;
    at.kind = NodeKind::Scalar(text);
}

/// A text with its vars replaced, and the type it then has.
fn expand(input: &str, values: &BTreeMap<String, Found>) -> (String, Implied) {
    let mut out = String::with_capacity(input.len());
    let mut rest = input;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        match after.chars().next() {
            None => {
                out.push('$');
                rest = after;
            }
            Some('$') => {
                out.push('$');
                rest = &after[1..];
            }
            Some('(') => match after.find(')') {
                Some(end) => {
                    let name = &after[1..end];
                    let found = values.get(name).filter(|found| found.usable);
                    if let Some(found) = found {
                        if input.len() == name.len() + 3 {
                            return (found.text.clone(), found.implied);
                        }
                        out.push_str(&found.text);
                    } else {
                        out.push_str(&format!("$({name})"));
                    }
                    rest = &after[end + 1..];
                }
                None => {
                    out.push_str("$(");
                    rest = &after[1..];
                }
            },
            Some(c) => {
                out.push('$');
                out.push(c);
                rest = &after[c.len_utf8()..];
            }
        }
    }
    out.push_str(rest);
    (out, Implied::Text)
}
