//! Fixing references to names that changed.
//!
//! One rule: a reference is followed by the former names of its target, within
//! what the referrer may refer to. Start at [`fix`].

use std::collections::{BTreeMap, BTreeSet};

use yaml::Node;

use crate::config::NameReference;
use crate::error::{Context, Result, fail};
use crate::fieldspec::FieldSpec;
use crate::id::{Gvk, ResId};
use crate::node::{self, Kind};
use crate::resmap::ResMap;
use crate::resource::Resource;

/// What is known of a resource that may be referred to.
struct Candidate {
    id: ResId,
    original: ResId,
    former: Vec<ResId>,
    prefixes: Vec<String>,
    suffixes: Vec<String>,
}

/// What is known of the resource that refers.
struct Referrer {
    id: ResId,
    role: Option<Gvk>,
    /// Namespaces of the service accounts that a role binding names.
    accounts: BTreeSet<String>,
    prefixes: Vec<String>,
    suffixes: Vec<String>,
}

/// Fixes every reference in every resource.
pub(crate) fn fix(map: &mut ResMap, references: &[NameReference]) -> Result<()> {
    let candidates: Vec<Candidate> = map.list().iter().map(Candidate::of).collect();
    let mut by_name: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, candidate) in candidates.iter().enumerate() {
        let names: BTreeSet<&String> = candidate.former.iter().map(|id| &id.name).collect();
        for name in names {
            by_name.entry(name.clone()).or_default().push(at);
        }
    }
    if by_name.is_empty() {
        return Ok(());
    }
    let mut recorded: Vec<(usize, String)> = Vec::new();
    for resource in map.list_mut() {
        let original = resource.original_id();
        let referrer = Referrer::of(resource)?;
        for reference in references {
            for spec in reference.referrers.iter().filter(|s| original.gvk.is_selected(&s.gvk)) {
                let mut fixer = Fixer {
                    candidates: &candidates,
                    by_name: &by_name,
                    referrer: &referrer,
                    target: &reference.target,
                    spec,
                    recorded: Vec::new(),
                };
                fixer.apply(&mut resource.node)?;
                let id = referrer.id.to_string();
                recorded.extend(fixer.recorded.into_iter().map(|at| (at, id.clone())));
            }
        }
    }
    for (at, id) in recorded {
        map.list_mut()[at].memory.referred_by.push(id);
    }
    Ok(())
}

impl Candidate {
    fn of(resource: &Resource) -> Self {
        Self {
            id: resource.id(),
            original: resource.original_id(),
            former: resource.former_ids(),
            prefixes: resource.memory.prefixes.clone(),
            suffixes: resource.memory.suffixes.clone(),
        }
    }
}

impl Referrer {
    fn of(resource: &Resource) -> Result<Self> {
        let id = resource.id();
        let role_ref = node::field(&resource.node, "roleRef");
        let role = role_ref.and_then(|role| {
            let group = node::field(role, "apiGroup")?;
            let kind = node::field(role, "kind")?;
            Some(Gvk {
                group: node::value(group).into(),
                version: String::new(),
                kind: node::value(kind).into(),
            })
        });
        let mut accounts = BTreeSet::new();
        if id.gvk.kind == "RoleBinding"
            && let Some(subjects) = node::field(&resource.node, "subjects").and_then(Node::items)
        {
            for subject in subjects {
                let kind = node::field(subject, "kind").map(node::value);
                if let (Some(namespace), Some("ServiceAccount")) =
                    (node::field(subject, "namespace"), kind)
                {
                    if !node::is_text(namespace) {
                        return fail(format!(
                            "Invalid Input: namespace is blank for resource {}\n",
                            crate::go::quote(&id.to_string())
                        ));
                    }
                    accounts.insert(node::value(namespace).to_owned());
                }
            }
        }
        Ok(Self {
            id,
            role,
            accounts,
            prefixes: resource.memory.prefixes.clone(),
            suffixes: resource.memory.suffixes.clone(),
        })
    }

    /// Whether kustomize lets it refer to something at all.
    fn may_refer_to(&self, candidate: &Candidate) -> bool {
        self.id.cluster_scoped
            || candidate.id.cluster_scoped
            || candidate.id.same_namespace(&self.id)
            || self.accounts.contains(&candidate.id.namespace)
    }
}

struct Fixer<'a> {
    candidates: &'a [Candidate],
    by_name: &'a BTreeMap<String, Vec<usize>>,
    referrer: &'a Referrer,
    target: &'a Gvk,
    spec: &'a FieldSpec,
    recorded: Vec<usize>,
}

impl Fixer<'_> {
    fn apply(&mut self, root: &mut Node) -> Result<()> {
        let spec = FieldSpec { gvk: Gvk::default(), ..self.spec.clone() };
        let result = spec.apply(root, None, &mut |node| self.set(node));
        result.context(|| {
            format!(
                "updating name reference in '{}' field of '{}'",
                self.spec.path, self.referrer.id
            )
        })
    }

    fn set(&mut self, at: &mut Node) -> Result<()> {
        if node::is_null(at) {
            return Ok(());
        }
        match node::kind(at) {
            Kind::Scalar => self.set_name(at),
            Kind::Mapping => self.set_mapping(at),
            Kind::Sequence => {
                for item in node::elements_mut(at)? {
                    match node::kind(item) {
                        _ if node::is_null(item) => {}
                        Kind::Scalar => self.set_name(item)?,
                        Kind::Mapping => self.set_mapping(item)?,
                        Kind::Sequence => {
                            return fail("is expected to be either a string or a map of string");
                        }
                    }
                }
                Ok(())
            }
        }
    }

    fn set_name(&mut self, at: &mut Node) -> Result<()> {
        let old = node::value(at).to_owned();
        let Some(found) = self.select(&old, None, false)? else { return Ok(()) };
        self.recorded.push(found);
        let new = &self.candidates[found].id.name;
        if *new == old || new.is_empty() {
            return Ok(());
        }
        node::set_scalar(at, node::untagged(new.as_str()))
    }

    fn set_mapping(&mut self, at: &mut Node) -> Result<()> {
        let Some(name) = node::field(at, "name") else {
            return fail("path config error; no 'name' field in node");
        };
        let old = node::value(name).to_owned();
        let namespace = node::field(at, "namespace").map(|found| node::value(found).to_owned());
        let Some(found) = self.select(&old, namespace.as_deref(), true)? else { return Ok(()) };
        self.recorded.push(found);
        let id = &self.candidates[found].id;
        if id.name == old && id.namespace.is_empty() {
            return Ok(());
        }
        node::set_field(at, "name", node::untagged(id.name.as_str()))?;
        if !id.namespace.is_empty() {
            node::set_field(at, "namespace", node::untagged(id.namespace.as_str()))?;
        }
        Ok(())
    }

    /// The one resource that a name means.
    fn select(
        &self,
        old: &str,
        namespace: Option<&str>,
        with_namespace: bool,
    ) -> Result<Option<usize>> {
        let named = self.by_name.get(old).map(Vec::as_slice).unwrap_or_default();
        let may = |at: &usize| self.referrer.may_refer_to(&self.candidates[*at]);
        let allowed = || named.iter().copied().filter(may);
        let mut found: Vec<usize> = match namespace {
            None => allowed().collect(),
            Some(namespace) => self.in_namespace(namespace, allowed()),
        };
        found.retain(|at| self.fits(&self.candidates[*at]));
        if let [only] = found.as_slice() {
            return Ok(Some(*only));
        }
        found.retain(|at| self.same_affixes(&self.candidates[*at], true));
        if found.len() > 1 {
            found.retain(|at| self.same_affixes(&self.candidates[*at], false));
        }
        match found.as_slice() {
            [] => Ok(None),
            [only] => Ok(Some(*only)),
            [first, rest @ ..] => {
                let a = &self.candidates[*first].id;
                let alike = rest.iter().all(|at| {
                    let b = &self.candidates[*at].id;
                    a.name == b.name && (!with_namespace || a.namespace == b.namespace)
                });
                if alike { Ok(Some(*first)) } else { self.ambiguous(&found) }
            }
        }
    }

    /// By the namespace they came with; if it is nobody's, by the present one.
    fn in_namespace(&self, namespace: &str, named: impl Iterator<Item = usize>) -> Vec<usize> {
        let anyone = |id: fn(&Candidate) -> &ResId| {
            namespace != crate::id::NOT_NAMESPACED
                && self.candidates.iter().any(|candidate| {
                    self.referrer.may_refer_to(candidate)
                        && id(candidate).effective_namespace() == namespace
                })
        };
        let original: fn(&Candidate) -> &ResId = |candidate| &candidate.original;
        let present: fn(&Candidate) -> &ResId = |candidate| &candidate.id;
        let id = if anyone(original) { original } else { present };
        if namespace == crate::id::NOT_NAMESPACED {
            return Vec::new();
        }
        named.filter(|at| id(&self.candidates[*at]).effective_namespace() == namespace).collect()
    }

    fn fits(&self, candidate: &Candidate) -> bool {
        let was = |gvk: &Gvk| candidate.former.iter().any(|id| id.gvk.is_selected(gvk));
        if !was(self.target) {
            return false;
        }
        if self.spec.path.ends_with("roleRef/name")
            && let Some(role) = &self.referrer.role
            && !was(role)
        {
            return false;
        }
        self.referrer.id.cluster_scoped
            || candidate.id.cluster_scoped
            || candidate.id.gvk.kind == "ServiceAccount"
            || self.referrer.id.same_namespace(&candidate.id)
    }

    fn same_affixes(&self, candidate: &Candidate, allow_empty: bool) -> bool {
        let same = |a: &[String], b: &[String]| {
            (allow_empty && (a.is_empty() || b.is_empty())) || same_ending(a, b)
        };
        same(&candidate.prefixes, &self.referrer.prefixes)
            && same(&candidate.suffixes, &self.referrer.suffixes)
    }

    fn ambiguous<T>(&self, found: &[usize]) -> Result<T> {
        let ids: Vec<_> = found.iter().map(|at| self.candidates[*at].id.to_string()).collect();
        fail(format!("found multiple possible referrals: {}\n", ids.join(", ")))
    }
}

fn same_ending(a: &[String], b: &[String]) -> bool {
    let (short, long) = if a.len() > b.len() { (b, a) } else { (a, b) };
    if short.is_empty() { long.is_empty() } else { long.ends_with(short) }
}
