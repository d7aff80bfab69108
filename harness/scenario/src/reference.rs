//! References: objects, branches and revisions as users write them.
//!
//! A reference is checked for its form here; whether it names something that is
//! declared is checked once the whole file was read.

use std::fmt;

use objects::ObjectId;

use crate::scalar::{Written, read_written};

/// Objects by kind, namespace and name, with `*` where any text may stand.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObjectPattern {
    /// Kind as in manifests, or `*`.
    pub kind: String,
    /// API group, where the reference names one.
    pub group: Option<String>,
    /// Namespace; `None` where the reference has two parts: a cluster-scoped
    /// object, or one in the scenario's default namespace.
    pub namespace: Option<String>,
    /// Name.
    pub name: String,
}

impl ObjectPattern {
    /// Whether it can mean more than one object.
    #[must_use]
    pub fn is_glob(&self) -> bool {
        let parts = [Some(&self.kind), self.namespace.as_ref(), Some(&self.name)];
        parts.into_iter().flatten().any(|part| part.contains('*'))
    }

    /// Whether it means this object. A reference of two parts means a cluster-scoped
    /// object, or one in the default namespace.
    #[must_use]
    pub fn matches(&self, id: &ObjectId, default_namespace: &str) -> bool {
        let group = self.group.as_ref().is_none_or(|group| glob(group, &id.kind.group));
        let namespace = match &self.namespace {
            Some(namespace) => glob(namespace, &id.namespace),
            None => id.namespace.is_empty() || id.namespace == default_namespace,
        };
        group && namespace && glob(&self.kind, &id.kind.kind) && glob(&self.name, &id.name)
    }
}

impl fmt::Display for ObjectPattern {
    /// As written: `Kind.group/namespace/name`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.kind)?;
        if let Some(group) = &self.group {
            write!(out, ".{group}")?;
        }
        if let Some(namespace) = &self.namespace {
            write!(out, "/{namespace}")?;
        }
        write!(out, "/{}", self.name)
    }
}

/// Whether a text matches a pattern in which `*` stands for any text.
#[must_use]
pub fn glob(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut left) = text.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        let Some(at) = left.find(part) else { return false };
        left = &left[at + part.len()..];
    }
    left.ends_with(last)
}

impl Written for ObjectPattern {
    const WHAT: &'static str = "an object such as Deployment/apps/podinfo";
    const PATTERN: &'static str = r"^([A-Z*][A-Za-z0-9]*\*?)(\.[a-z0-9.*-]+)?(/[^/]+){1,2}$";

    fn parse(text: &str) -> Result<Self, (String, Option<String>)> {
        let parts: Vec<&str> = text.split('/').collect();
        let (kind, namespace, name) = match parts.as_slice() {
            [kind, name] => (*kind, None, *name),
            [kind, namespace, name] => (*kind, Some(*namespace), *name),
            _ => return Err(not_an_object(text)),
        };
        if name.is_empty() || namespace == Some("") || text.contains(char::is_whitespace) {
            return Err(not_an_object(text));
        }
        let (kind, group) = kind_and_group(kind)?;
        let namespace = namespace.map(str::to_owned);
        Ok(Self { kind, group, namespace, name: name.to_owned() })
    }
}

fn kind_and_group(text: &str) -> Result<(String, Option<String>), (String, Option<String>)> {
    let (kind, group) = match text.split_once('.') {
        Some((kind, group)) => (kind, Some(group.to_owned())),
        None => (text, None),
    };
    let form = |c: char| c.is_ascii_alphanumeric() || c == '*';
    if !kind.starts_with(|c: char| c.is_ascii_uppercase() || c == '*') || !kind.chars().all(form) {
        let help = "write the kind as in manifests: Deployment, Kustomization, HelmRelease";
        return Err((format!("`{text}` is not a kind"), Some(help.to_owned())));
    }
    Ok((kind.to_owned(), group))
}

fn not_an_object(text: &str) -> (String, Option<String>) {
    let help = "write Kind/namespace/name, or Kind/name for a cluster-scoped kind";
    (format!("`{}` is not an object", crate::read::shorten(text)), Some(help.to_owned()))
}

/// A kind, perhaps with its group: `Kustomization`, `Gateway.networking.istio.io`.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct KindPattern {
    /// Kind as in manifests, or `*`.
    pub kind: String,
    /// API group, where one is named.
    pub group: Option<String>,
}

impl KindPattern {
    /// Whether it means this object's kind.
    #[must_use]
    pub fn matches(&self, id: &ObjectId) -> bool {
        let group = self.group.as_ref().is_none_or(|group| glob(group, &id.kind.group));
        group && glob(&self.kind, &id.kind.kind)
    }
}

impl fmt::Display for KindPattern {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.kind)?;
        self.group.as_ref().map_or(Ok(()), |group| write!(out, ".{group}"))
    }
}

impl Written for KindPattern {
    const WHAT: &'static str = "a kind such as Kustomization";
    const PATTERN: &'static str = r"^[A-Z*][A-Za-z0-9]*\*?(\.[a-z0-9.*-]+)?$";

    fn parse(text: &str) -> Result<Self, (String, Option<String>)> {
        kind_and_group(text).map(|(kind, group)| Self { kind, group })
    }
}

/// A branch: `repository/branch`, or `branch` where the scenario has one repository.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct BranchName(pub String);

impl BranchName {
    /// Repository and branch; the repository is `None` where the text does not
    /// begin with a declared one.
    #[must_use]
    pub fn split(&self, declared: impl Fn(&str) -> bool) -> (Option<&str>, &str) {
        match self.0.split_once('/') {
            Some((repository, branch)) if declared(repository) => (Some(repository), branch),
            _ => (None, &self.0),
        }
    }
}

impl fmt::Display for BranchName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl Written for BranchName {
    const WHAT: &'static str = "a branch such as jore4/dev";
    const PATTERN: &'static str = r"^[^\s~^:?*\[\\]+$";

    fn parse(text: &str) -> Result<Self, (String, Option<String>)> {
        ref_name(text).map(Self)
    }
}

/// A commit: the id of the step that made it, a branch or tag (`repository/name`,
/// with `~1` for its parent), or a commit id of at least 7 hexadecimal digits.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Revision(pub String);

impl fmt::Display for Revision {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl Written for Revision {
    const WHAT: &'static str = "a step's id, a branch, a tag or a commit id";

    fn parse(text: &str) -> Result<Self, (String, Option<String>)> {
        ref_name(text).map(Self)
    }
}

/// What git refuses in names of refs, roughly; the repository has the last word.
fn ref_name(text: &str) -> Result<String, (String, Option<String>)> {
    let refused = |c: char| c.is_whitespace() || c.is_control() || ":?*[\\".contains(c);
    let form = !text.is_empty() && !text.starts_with(['/', '-']) && !text.ends_with(['/', '.']);
    if form && !text.contains(refused) && !text.contains("..") && !text.contains("//") {
        return Ok(text.to_owned());
    }
    Err((format!("`{}` is not a name that git accepts", crate::read::shorten(text)), None))
}

read_written!(ObjectPattern, KindPattern, BranchName, Revision);
