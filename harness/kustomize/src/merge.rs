//! Strategic merge of a patch into a node.
//!
//! One rule: the patch has the last word on scalars and on lists without a merge
//! key, and every mapping is walked key by key even where the patch says nothing.
//! Start at [`merge`].

mod list;

use std::collections::BTreeSet;

use yaml::{Node, NodeKind};

use crate::error::{Result, fail};
use crate::id;

use crate::node::{self, Kind};
use crate::schema::{Schema, Schemas};

/// Merges a patch into a resource; `None` if the patch deletes it.
pub(crate) fn merge(dest: Node, patch: Node, schemas: &Schemas) -> Result<Option<Node>> {
    Walker { schemas }.walk(Sources::Pair(Some(dest), Some(patch)), None)
}

/// What is merged: two nodes, or one that stands for both.
pub(crate) enum Sources {
    Pair(Option<Node>, Option<Node>),
    Same(Node),
}

pub(crate) struct Walker<'a> {
    pub(crate) schemas: &'a Schemas,
}

#[derive(Clone, Copy, PartialEq)]
enum Directive {
    Merge,
    Replace,
    Delete,
}

impl Sources {
    fn known(&self) -> impl Iterator<Item = &Node> {
        let (a, b) = match self {
            Self::Pair(a, b) => (a.as_ref(), b.as_ref()),
            Self::Same(node) => (Some(node), None),
        };
        a.into_iter().chain(b).filter(|node| !node::is_null(node))
    }

    fn dest_is_missing(&self) -> bool {
        match self {
            Self::Pair(dest, _) => dest.as_ref().is_none_or(node::is_null),
            Self::Same(node) => node::is_null(node),
        }
    }

    fn patch(&self) -> Option<&Node> {
        match self {
            Self::Pair(_, patch) => patch.as_ref(),
            Self::Same(node) => Some(node),
        }
    }
}

impl Walker<'_> {
    pub(crate) fn walk(&self, sources: Sources, schema: Option<Schema>) -> Result<Option<Node>> {
        let commented = sources.known().find_map(|known| self.schema_in_comments(known));
        let schema = commented.or(schema).or_else(|| self.schema_of_kind(&sources));
        let Some(kind) = sources.known().next().map(node::kind) else {
            return self.walk_map(sources, schema.as_ref());
        };
        for known in sources.known() {
            node::expect(known, kind)?;
        }
        match kind {
            Kind::Mapping => self.walk_map(sources, schema.as_ref()),
            Kind::Scalar => Ok(match sources {
                Sources::Pair(dest, patch) => patch.or(dest),
                Sources::Same(node) => Some(node),
            }),
            Kind::Sequence => match &schema {
                Some(schema) if schema.merges_items() => self.walk_list(sources, schema),
                _ => Ok(match sources {
                    Sources::Pair(dest, patch) => patch.or(dest),
                    Sources::Same(node) => Some(node),
                }),
            },
        }
    }

    /// A comment that is a JSON schema.
    fn schema_in_comments(&self, node: &Node) -> Option<Schema> {
        let comments = node.comments.as_deref()?;
        let first = [&comments.line, &comments.head].into_iter().find(|text| !text.is_empty())?;
        let text = first.trim_start_matches('#').trim();
        if !text.starts_with('{') {
            return None;
        }
        let value = objects::from_json(text.as_bytes()).ok()?;
        self.schemas.of_value(&value)
    }

    /// A schema in the comments of an entry: of its value, then of its key.
    fn schema_of_entry(&self, holder: Option<&Node>, name: &str) -> Option<Schema> {
        let entries = holder?.entries()?;
        let (key, value) = entries.iter().find(|(key, _)| key.as_scalar() == Some(name))?;
        self.schema_in_comments(value).or_else(|| self.schema_in_comments(key))
    }

    /// Where no schema is known, a node with kind and apiVersion has its own.
    fn schema_of_kind(&self, sources: &Sources) -> Option<Schema> {
        sources.known().find_map(|known| {
            let (api_version, kind) = (id::api_version_of(known), id::kind_of(known));
            self.schemas.of_kind(api_version, kind)
        })
    }

    fn walk_map(&self, sources: Sources, schema: Option<&Schema>) -> Result<Option<Node>> {
        let chosen = match choose_map(sources)? {
            Some(chosen) => chosen,
            None => return Ok(None),
        };
        match chosen {
            Sources::Same(node) => self.walk_same(node, schema).map(Some),
            Sources::Pair(Some(dest), patch) => self.walk_pair(dest, patch, schema).map(Some),
            Sources::Pair(None, _) => Ok(None),
        }
    }

    fn walk_same(&self, mut node: Node, schema: Option<&Schema>) -> Result<Node> {
        for name in field_names([Some(&node), None]) {
            let Some(value) = take_field(&mut node, &name) else { continue };
            let below = schema.and_then(|schema| self.schemas.field(schema, &name));
            let merged = self.walk(Sources::Same(value), below)?;
            give_field(&mut node, &name, merged)?;
        }
        Ok(node)
    }

    fn walk_pair(
        &self,
        mut dest: Node,
        patch: Option<Node>,
        schema: Option<&Schema>,
    ) -> Result<Node> {
        let mut patch = patch;
        for name in field_names([Some(&dest), patch.as_ref()]) {
            let commented = self
                .schema_of_entry(Some(&dest), &name)
                .or_else(|| self.schema_of_entry(patch.as_ref(), &name));
            let new_key_style = patch.as_ref().and_then(|patch| key_style(patch, &name));
            let old = take_field(&mut dest, &name);
            let new = patch.as_mut().and_then(|patch| take_field(patch, &name));
            let below = schema.and_then(|schema| self.schemas.field(schema, &name));
            let below = commented.or(below);
            let style = old.as_ref().map(|old| old.style);
            let persists = is_written_null(old.as_ref()) && new.is_none();
            let merged = self.walk(Sources::Pair(old, new), below)?;
            match (merged, style) {
                (Some(merged), _) if persists => node::replace_field(&mut dest, &name, merged)?,
                (Some(mut merged), Some(style)) => {
                    // The old value lends its style to the new one.
                    merged.fix_implied();
                    if node::field(&dest, &name).is_some() {
                        let holder = node::field_mut(&mut dest, &name);
                        if let Some(holder) = holder {
                            holder.style = style;
                        }
                    }
                    node::set_field(&mut dest, &name, merged)?;
                }
                (Some(merged), None) => {
                    node::set_field(&mut dest, &name, merged)?;
                    set_key_style(&mut dest, &name, new_key_style);
                }
                (None, _) => node::clear(&mut dest, &name)?,
            }
        }
        Ok(dest)
    }

    fn walk_list(&self, sources: Sources, schema: &Schema) -> Result<Option<Node>> {
        if sources.dest_is_missing() {
            let Some(Sources::Same(node)) = missing_dest(sources) else { return Ok(None) };
            return list::merge(self, node, list::Patch::Itself, schema);
        }
        if sources.patch().is_some_and(node::is_null) {
            return Ok(None);
        }
        match sources {
            Sources::Same(mut node) => match list_directive(&mut node)? {
                Directive::Delete => Ok(None),
                _ => list::merge(self, node, list::Patch::Itself, schema),
            },
            Sources::Pair(Some(dest), None) => list::merge(self, dest, list::Patch::None, schema),
            Sources::Pair(Some(dest), Some(mut patch)) => match list_directive(&mut patch)? {
                Directive::Delete => Ok(None),
                Directive::Replace => list::merge(self, patch, list::Patch::Itself, schema),
                Directive::Merge => list::merge(self, dest, list::Patch::Other(patch), schema),
            },
            Sources::Pair(None, _) => Ok(None),
        }
    }
}

/// A null that is written out (`null`, `~`) stays where the patch says nothing.
fn is_written_null(node: Option<&Node>) -> bool {
    node.is_some_and(|node| node::is_null(node) && !node::value(node).is_empty())
}

/// Which node goes on, and whether the other is still merged into it.
fn choose_map(sources: Sources) -> Result<Option<Sources>> {
    if sources.dest_is_missing() {
        return Ok(missing_dest(sources).map(|chosen| match chosen {
            Sources::Same(mut node) => {
                // A directive on something new counts only if it deletes.
                let _ = map_directive(&mut node);
                Sources::Same(node)
            }
            pair => pair,
        }));
    }
    if sources.patch().is_some_and(node::is_null) {
        return Ok(None);
    }
    Ok(match sources {
        Sources::Same(mut node) => match map_directive(&mut node)? {
            Directive::Delete => None,
            _ => Some(Sources::Same(node)),
        },
        Sources::Pair(dest, Some(mut patch)) => match map_directive(&mut patch)? {
            Directive::Delete => None,
            Directive::Replace => Some(Sources::Same(patch)),
            Directive::Merge => Some(Sources::Pair(dest, Some(patch))),
        },
        pair => Some(pair),
    })
}

/// The patch in place of nothing; a written null without a patch stays.
fn missing_dest(sources: Sources) -> Option<Sources> {
    match sources {
        Sources::Same(mut node) => match map_directive(&mut node) {
            Ok(Directive::Delete) => None,
            _ => Some(Sources::Same(node)),
        },
        Sources::Pair(dest, None) => {
            let kept = dest.filter(|dest| is_written_null(Some(dest)));
            kept.map(|kept| Sources::Pair(Some(kept), None))
        }
        Sources::Pair(_, Some(mut patch)) => match map_directive(&mut patch) {
            Ok(Directive::Delete) => None,
            _ => Some(Sources::Same(patch)),
        },
    }
}

fn map_directive(patch: &mut Node) -> Result<Directive> {
    let Some(found) = node::field(patch, "$patch") else { return Ok(Directive::Merge) };
    let directive = directive(node::value(found))?;
    node::clear(patch, "$patch")?;
    Ok(directive)
}

fn directive(text: &str) -> Result<Directive> {
    match text {
        "merge" => Ok(Directive::Merge),
        "replace" => Ok(Directive::Replace),
        "delete" => Ok(Directive::Delete),
        other => fail(format!("unknown patch strategy '{other}'")),
    }
}

/// A directive for a whole list is an item of its own: `- $patch: replace`.
fn list_directive(patch: &mut Node) -> Result<Directive> {
    let NodeKind::Sequence(items) = &mut patch.kind else { return Ok(Directive::Merge) };
    let Some(item) = items.iter().find(|item| node::field(item, "$patch").is_some()) else {
        return Ok(Directive::Merge);
    };
    if node::content_len(item) != Some(1) {
        return Ok(Directive::Merge);
    }
    let text = node::field(item, "$patch").map(node::value).unwrap_or_default().to_owned();
    let directive = directive(&text)?;
    items.retain(|item| {
        let found = node::field(item, "$patch").map(node::value);
        !node::is_null_or_empty_map(item) && found != Some(&text)
    });
    Ok(directive)
}

fn field_names<const N: usize>(nodes: [Option<&Node>; N]) -> BTreeSet<String> {
    let entries = nodes.into_iter().flatten().filter_map(Node::entries).flatten();
    entries.map(|(key, _)| node::value(key).to_owned()).collect()
}

fn key_style(node: &Node, name: &str) -> Option<yaml::Style> {
    let entries = node.entries()?;
    entries.iter().find(|(key, _)| key.as_scalar() == Some(name)).map(|(key, _)| key.style)
}

/// A key that came with a patch is written as the patch writes it.
fn set_key_style(node: &mut Node, name: &str, style: Option<yaml::Style>) {
    if let (NodeKind::Mapping(entries), Some(style)) = (&mut node.kind, style)
        && let Some((key, _)) = entries.iter_mut().find(|(key, _)| key.as_scalar() == Some(name))
    {
        key.style = style;
    }
}

/// Takes the value of a key, leaving a null in its place.
fn take_field(node: &mut Node, name: &str) -> Option<Node> {
    node::field_mut(node, name).map(|value| std::mem::replace(value, Node::scalar("null")))
}

fn give_field(node: &mut Node, name: &str, value: Option<Node>) -> Result<()> {
    match value {
        Some(value) if !node::is_null(&value) => {
            if let Some(place) = node::field_mut(node, name) {
                *place = value;
            }
            Ok(())
        }
        _ => node::clear(node, name),
    }
}
