//! Where a transformer looks: a path of fields, for the kinds it applies to.
//!
//! One rule: a path goes through lists by itself, and makes what is missing only
//! if it says so. Start at [`FieldSpec::apply`].

use objects::Value;
use yaml::{Implied, Node};

use crate::decode::Decoder;
use crate::error::{Context, Result, fail};
use crate::go;
use crate::id::{Gvk, ResId};
use crate::node::{self, Kind};

/// A path and the kinds it applies to.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct FieldSpec {
    pub(crate) gvk: Gvk,
    pub(crate) path: String,
    pub(crate) create: bool,
}

/// What is made where a path ends in nothing.
#[derive(Clone, Copy)]
pub(crate) struct Created {
    pub(crate) kind: Kind,
    /// The tag that a null gets when it becomes this.
    pub(crate) implied: Implied,
}

impl Created {
    pub(crate) const MAP: Self = Self { kind: Kind::Mapping, implied: Implied::FromText };
    pub(crate) const TEXT: Self = Self { kind: Kind::Scalar, implied: Implied::Text };
    pub(crate) const INT: Self = Self { kind: Kind::Scalar, implied: Implied::Int };
    pub(crate) const UNTAGGED: Self = Self { kind: Kind::Scalar, implied: Implied::None };
}

/// What is done at the end of a path.
pub(crate) type Setter<'a> = dyn FnMut(&mut Node) -> Result<()> + 'a;

const NAMES: &[&str] = &["group", "version", "kind", "path", "create"];

impl FieldSpec {
    pub(crate) fn decode(decoder: &mut Decoder, value: &Value) -> Self {
        let mut spec = Self::default();
        decoder.fields(value, "types.FieldSpec", NAMES, |d, name, value| match name {
            "group" => spec.gvk.group = d.embedded(value, &["Gvk"]),
            "version" => spec.gvk.version = d.embedded(value, &["Gvk"]),
            "kind" => spec.gvk.kind = d.embedded(value, &["Gvk"]),
            "path" => spec.path = d.text(value),
            _ => spec.create = d.flag(value),
        });
        spec
    }

    pub(crate) fn at(path: &str, create: bool) -> Self {
        Self { gvk: Gvk::default(), path: path.into(), create }
    }

    /// Applies a setter to every place the path leads to, if the kind fits.
    pub(crate) fn apply(
        &self,
        root: &mut Node,
        created: Option<Created>,
        set: &mut Setter<'_>,
    ) -> Result<()> {
        if !Gvk::of(root).is_selected(&self.gvk) {
            return Ok(());
        }
        let path = split_path(&self.path, "/");
        let walk = Walk { create: self.create, created };
        let result = walk.node(root, &path, set);
        result
            .context(|| format!("considering field '{}' of object {}", self.path, ResId::of(root)))
    }
}

struct Walk {
    create: bool,
    created: Option<Created>,
}

impl Walk {
    fn node(&self, at: &mut Node, path: &[String], set: &mut Setter<'_>) -> Result<()> {
        let Some((first, rest)) = path.split_first() else { return set(at) };
        if node::is_null(at) {
            return Ok(());
        }
        match node::kind(at) {
            Kind::Sequence => {
                for item in node::elements_mut(at)? {
                    self.node(item, path, set)
                        .context(|| format!("visit traversal on path: {}", go::list(path)))?;
                }
                Ok(())
            }
            Kind::Mapping => self.field(at, first, rest, set),
            Kind::Scalar => fail("expected sequence or mapping node"),
        }
    }

    fn field(
        &self,
        at: &mut Node,
        name: &str,
        rest: &[String],
        set: &mut Setter<'_>,
    ) -> Result<()> {
        let (name, is_list) = match name.strip_suffix("[]") {
            Some(name) => (name, true),
            None => (name, false),
        };
        if name.is_empty() {
            return fail("cannot set or create an empty field name");
        }
        let mut becomes = None;
        let found = match self.created {
            Some(created) if self.create && !is_list => {
                let created = if rest.is_empty() { created } else { Created::MAP };
                becomes = Some(created);
                match node::part(name)? {
                    Some(node::Part::Field(name)) => node::field_or_create(at, name, created.kind)?,
                    _ => node::lookup_mut(at, &[name])?,
                }
            }
            _ => {
                if is_list {
                    becomes = Some(Created { kind: Kind::Sequence, implied: Implied::FromText });
                }
                node::lookup_mut(at, &[name])?
            }
        };
        let Some(found) = found else { return Ok(()) };
        if let Some(becomes) = becomes
            && node::is_null(found)
        {
            turn_into(found, becomes);
        }
        self.node(found, rest, set)
    }
}

/// A null becomes an empty node of a kind.
fn turn_into(node: &mut Node, created: Created) {
    node.tag = None;
    if created.kind == Kind::Scalar {
        node.implied = created.implied;
    } else {
        node.kind = created.kind.empty().kind;
        node.implied = Implied::FromText;
    }
}

/// Parts of a path; a delimiter behind a backslash belongs to the part.
pub(crate) fn split_path(path: &str, delimiter: &str) -> Vec<String> {
    let mut parts: Vec<&str> = path.split(delimiter).collect();
    if parts.len() > 1 && parts[0].is_empty() {
        parts.remove(0);
    }
    let mut out: Vec<String> = Vec::with_capacity(parts.len());
    for part in parts {
        match out.last_mut() {
            Some(last) if last.ends_with('\\') => {
                last.pop();
                last.push_str(delimiter);
                last.push_str(part);
            }
            _ => out.push(part.to_owned()),
        }
    }
    out
}

/// [`split_path`] that keeps `[name=a.b]` together and takes the brackets off `[a.b]`.
pub(crate) fn split_smart(path: &str, delimiter: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut parts = split_path(path, delimiter).into_iter();
    while let Some(part) = parts.next() {
        if !part.starts_with('[') || part.ends_with(']') {
            out.push(part);
            continue;
        }
        let mut joined = part;
        for more in parts.by_ref() {
            joined.push_str(delimiter);
            joined.push_str(&more);
            if more.ends_with(']') {
                break;
            }
        }
        let element = joined.contains('=');
        out.push(if element { joined } else { joined.trim_matches(['[', ']']).to_owned() });
    }
    out
}
