//! Choosing resources: regular expressions on names, selectors on labels.

use std::collections::BTreeMap;
use std::fmt;

use regex::Regex;

use crate::error::{BuildError, Result, fail};
use crate::id::{Gvk, ResId};
use crate::regexp::compile;
use crate::resource::Resource;

/// A selector as it stands in a kustomization.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Selector {
    pub(crate) id: ResId,
    pub(crate) annotation_selector: String,
    pub(crate) label_selector: String,
}

impl fmt::Display for Selector {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:a={}:l={}", self.id, self.annotation_selector, self.label_selector)
    }
}

/// A selector whose parts are compiled; empty parts select everything.
pub(crate) struct Compiled {
    group: Option<Regex>,
    version: Option<Regex>,
    kind: Option<Regex>,
    name: Option<Regex>,
    namespace: Option<Regex>,
    annotations: Labels,
    labels: Labels,
    pub(crate) is_empty: bool,
}

impl Selector {
    pub(crate) fn compile(&self) -> Result<Compiled> {
        let gvk = &self.id.gvk;
        Ok(Compiled {
            group: anchored(&gvk.group)?,
            version: anchored(&gvk.version)?,
            kind: anchored(&gvk.kind)?,
            name: anchored(&self.id.name)?,
            namespace: anchored(&self.id.namespace)?,
            annotations: Labels::read(&self.annotation_selector)?,
            labels: Labels::read(&self.label_selector)?,
            is_empty: self.id == ResId::default(),
        })
    }
}

fn anchored(pattern: &str) -> Result<Option<Regex>> {
    if pattern.is_empty() {
        return Ok(None);
    }
    let anchored = format!("^(?:{pattern})$");
    compile(&anchored).map(Some)
}

fn fits(pattern: Option<&Regex>, text: &str) -> bool {
    pattern.is_none_or(|pattern| pattern.is_match(text))
}

impl Compiled {
    pub(crate) fn fits_gvk(&self, gvk: &Gvk) -> bool {
        fits(self.kind.as_ref(), &gvk.kind)
            && fits(self.group.as_ref(), &gvk.group)
            && fits(self.version.as_ref(), &gvk.version)
    }

    /// By the identity alone, its namespace as it is written.
    pub(crate) fn fits_id(&self, id: &ResId) -> bool {
        self.fits_gvk(&id.gvk)
            && fits(self.name.as_ref(), &id.name)
            && fits(self.namespace.as_ref(), &id.namespace)
    }

    pub(crate) fn fits_labels(&self, resource: &Resource) -> bool {
        (self.annotations.is_empty() || self.annotations.matches(&resource.annotations()))
            && (self.labels.is_empty() || self.labels.matches(&resource.labels()))
    }

    pub(crate) fn has_labels(&self) -> bool {
        !self.annotations.is_empty() || !self.labels.is_empty()
    }

    /// As kustomize selects targets of patches: by the first or the present name.
    pub(crate) fn selects(&self, resource: &Resource) -> Result<bool> {
        let (now, first) = (resource.id(), resource.original_id());
        let either = |pattern: &Option<Regex>, a: &str, b: &str| {
            fits(pattern.as_ref(), a) || fits(pattern.as_ref(), b)
        };
        Ok(either(&self.namespace, first.effective_namespace(), now.effective_namespace())
            && either(&self.name, &first.name, &now.name)
            && self.fits_gvk(&now.gvk)
            && self.fits_labels(resource))
    }
}

/// A label selector: all requirements must hold.
#[derive(Debug, Default)]
struct Labels(Vec<Requirement>);

#[derive(Debug)]
enum Requirement {
    Exists(String),
    Absent(String),
    In(String, Vec<String>),
    NotIn(String, Vec<String>),
    Greater(String, i64),
    Less(String, i64),
}

impl Labels {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn read(text: &str) -> Result<Self> {
        let mut requirements = Vec::new();
        for part in split_requirements(text) {
            if !part.trim().is_empty() {
                requirements.push(requirement(part.trim())?);
            }
        }
        Ok(Self(requirements))
    }

    fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        let number = |key: &String| labels.get(key).and_then(|value| value.parse::<i64>().ok());
        self.0.iter().all(|requirement| match requirement {
            Requirement::Exists(key) => labels.contains_key(key),
            Requirement::Absent(key) => !labels.contains_key(key),
            Requirement::In(key, values) => {
                labels.get(key).is_some_and(|value| values.contains(value))
            }
            Requirement::NotIn(key, values) => {
                labels.get(key).is_none_or(|value| !values.contains(value))
            }
            Requirement::Greater(key, limit) => number(key).is_some_and(|value| value > *limit),
            Requirement::Less(key, limit) => number(key).is_some_and(|value| value < *limit),
        })
    }
}

/// Parts between commas that stand outside brackets.
fn split_requirements(text: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut from) = (Vec::new(), 0_usize, 0);
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(&text[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[from..]);
    parts
}

fn requirement(text: &str) -> Result<Requirement> {
    if let Some(key) = text.strip_prefix('!') {
        return Ok(Requirement::Absent(label_key(key)?));
    }
    for (operator, negated) in [("!=", true), ("==", false), ("=", false)] {
        if let Some((key, value)) = text.split_once(operator) {
            let (key, values) = (label_key(key)?, vec![value.trim().to_owned()]);
            return Ok(if negated {
                Requirement::NotIn(key, values)
            } else {
                Requirement::In(key, values)
            });
        }
    }
    for (operator, greater) in [('>', true), ('<', false)] {
        if let Some((key, value)) = text.split_once(operator) {
            let unreadable = |_| {
                BuildError(format!(
                    "for 'Gt', 'Lt' operators, the value must be an integer: {text}"
                ))
            };
            let limit = value.trim().parse().map_err(unreadable)?;
            let key = label_key(key)?;
            return Ok(if greater {
                Requirement::Greater(key, limit)
            } else {
                Requirement::Less(key, limit)
            });
        }
    }
    set_requirement(text)
}

fn set_requirement(text: &str) -> Result<Requirement> {
    let Some((left, rest)) = text.split_once('(') else {
        return Ok(Requirement::Exists(label_key(text)?));
    };
    let values = rest.trim_end().strip_suffix(')').unwrap_or(rest);
    let values = values.split(',').map(|value| value.trim().to_owned()).collect();
    let mut words = left.split_whitespace();
    match (words.next(), words.next()) {
        (Some(key), Some("in")) => Ok(Requirement::In(label_key(key)?, values)),
        (Some(key), Some("notin")) => Ok(Requirement::NotIn(label_key(key)?, values)),
        _ => fail(format!("unable to parse requirement: found '{text}', expected: 'in', 'notin'")),
    }
}

fn label_key(text: &str) -> Result<String> {
    let key = text.trim();
    if key.is_empty() || key.contains(char::is_whitespace) {
        return fail(format!(
            "unable to parse requirement: found '{key}', expected: !, identifier, or 'end of string'"
        ));
    }
    Ok(key.to_owned())
}
