//! Resources in their order, no identity twice.

use std::collections::BTreeSet;

use crate::error::{BuildError, Result, fail};
use crate::id::{Gvk, ResId};
use crate::resource::{Behavior, Resource};
use crate::selector::Selector;

type Identity = (Gvk, String, String);

/// Resources in load order.
#[derive(Debug, Clone, Default)]
pub(crate) struct ResMap {
    list: Vec<Resource>,
    /// Identities of the list, kept while it only grows.
    known: Option<BTreeSet<Identity>>,
}

impl ResMap {
    pub(crate) fn list(&self) -> &[Resource] {
        &self.list
    }

    pub(crate) fn list_mut(&mut self) -> &mut Vec<Resource> {
        self.known = None;
        &mut self.list
    }

    pub(crate) fn into_list(self) -> Vec<Resource> {
        self.list
    }

    pub(crate) fn append(&mut self, resource: Resource) -> Result<()> {
        let id = resource.id();
        let list = &self.list;
        let known = self
            .known
            .get_or_insert_with(|| list.iter().map(|resource| resource.id().identity()).collect());
        if !known.insert(id.identity()) {
            return fail(format!("may not add resource with an already registered id: {id}"));
        }
        self.list.push(resource);
        Ok(())
    }

    pub(crate) fn append_all(&mut self, resources: Vec<Resource>) -> Result<()> {
        resources.into_iter().try_for_each(|resource| self.append(resource))
    }

    pub(crate) fn drop_empty(&mut self) {
        if self.list.iter().any(Resource::is_empty) {
            self.list_mut().retain(|resource| !resource.is_empty());
        }
    }

    /// Places of the resources that have, or had, an identity that matches.
    pub(crate) fn matching_any_id(&self, matches: impl Fn(&ResId) -> bool) -> Vec<usize> {
        let found = self.list.iter().enumerate().filter(|(_, resource)| {
            !resource.is_empty() && resource.any_ids().iter().any(&matches)
        });
        found.map(|(at, _)| at).collect()
    }

    /// The one resource that has, or had, this identity.
    pub(crate) fn by_any_id(&self, id: &ResId) -> Result<usize> {
        let found = self.matching_any_id(|known| {
            known.name == id.name && known.gvk == id.gvk && id.same_namespace(known)
        });
        let problem = match found.as_slice() {
            [at] => return Ok(*at),
            [] => format!("no matches for Id {id}"),
            _ => format!("multiple matches for Id {id}"),
        };
        fail(format!("{problem}; failed to find unique target for patch {id}"))
    }

    /// Places of the resources that a selector selects.
    pub(crate) fn select(&self, selector: &Selector) -> Result<Vec<usize>> {
        let compiled = selector.compile()?;
        let mut found = Vec::new();
        for (at, resource) in self.list.iter().enumerate() {
            if compiled.selects(resource)? {
                found.push(at);
            }
        }
        Ok(found)
    }

    /// Adds what a generator made, or replaces or merges what has the same name.
    pub(crate) fn absorb(&mut self, mut resource: Resource) -> Result<()> {
        let id = resource.id();
        let found = self.matching_any_id(|known| id.same(known));
        let behavior = resource.memory.behavior.unwrap_or_default();
        let at = match found.as_slice() {
            [] => {
                return match behavior {
                    Behavior::Merge | Behavior::Replace => fail(format!(
                        "id {} does not exist; cannot merge or replace",
                        go_syntax(&id)
                    )),
                    _ => self.append(resource),
                };
            }
            [at] => *at,
            _ => {
                let found: Vec<_> = found.iter().map(|at| shown(&self.list[*at])).collect();
                return fail(format!(
                    "found multiple objects {} that could accept merge of {id}",
                    crate::go::list(&found)
                ));
            }
        };
        let old = &self.list[at];
        match behavior {
            Behavior::Replace => crate::generators::inherit(&mut resource, old)?,
            Behavior::Merge => crate::generators::merge_into(&mut resource, old)?,
            _ => {
                return fail(format!(
                    "id {} exists; can not use behavior: '{}', behavior must be merge or replace",
                    go_syntax(&id),
                    behavior.name()
                ));
            }
        }
        self.replace(resource, at)
    }

    fn replace(&mut self, resource: Resource, at: usize) -> Result<()> {
        let id = resource.id();
        let same: Vec<_> =
            self.list.iter().enumerate().filter(|(_, known)| id.same(&known.id())).collect();
        match same.as_slice() {
            [] => return fail(format!("cannot find resource with id {id} to replace")),
            [(index, _)] if *index == at => {}
            [_] => return fail("unexpected target index in replacement"),
            more => {
                let problem = format!("in Replace: id matched {} resources", more.len());
                return Err(BuildError(problem));
            }
        }
        self.list_mut()[at] = resource;
        Ok(())
    }
}

fn shown(resource: &Resource) -> String {
    crate::json::to_value(&resource.node).map(|value| crate::go::json(&value)).unwrap_or_default()
}

/// An identity as `%#v` writes it.
fn go_syntax(id: &ResId) -> String {
    let quote = crate::go::quote;
    format!(
        "resid.ResId{{Gvk:resid.Gvk{{Group:{}, Version:{}, Kind:{}, isClusterScoped:{}}}, Name:{}, Namespace:{}}}",
        quote(&id.gvk.group),
        quote(&id.gvk.version),
        quote(&id.gvk.kind),
        id.cluster_scoped,
        quote(&id.name),
        quote(&id.namespace)
    )
}
