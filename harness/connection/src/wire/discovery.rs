//! Which kinds the API serves, and under which names.
//!
//! One rule: a kind that is not known is asked for again, since definitions come and go.
//! Start at [`Discovery::find`].

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use client::{Resource, Status};
use objects::{Gvk, Value};

use super::Wire;
use crate::request::group_path;

/// What was learned so far, by `apiVersion`.
#[derive(Debug, Default)]
pub(crate) struct Discovery(Mutex<BTreeMap<String, Arc<Vec<Resource>>>>);

impl Discovery {
    /// What discovery says of a kind; an empty version means the group's preferred one that has it.
    pub(crate) async fn find(&self, wire: &Wire, gvk: &Gvk) -> Result<Resource, Status> {
        if !gvk.version.is_empty() {
            return self.find_in(wire, &gvk.api_version(), &gvk.kind).await;
        }
        for api_version in versions(wire, &gvk.group).await? {
            match self.find_in(wire, &api_version, &gvk.kind).await {
                Err(refusal) if refusal.is_not_found() => {}
                other => return other,
            }
        }
        Err(no_match(&gvk.kind, &gvk.group))
    }

    async fn find_in(
        &self,
        wire: &Wire,
        api_version: &str,
        kind: &str,
    ) -> Result<Resource, Status> {
        let of_kind = |all: &[Resource]| all.iter().find(|one| one.gvk.kind == kind).cloned();
        let known = self.known(api_version).and_then(|known| of_kind(&known));
        if let Some(known) = known {
            return Ok(known);
        }
        let read = match wire.get(&group_path(api_version)).await {
            Ok(list) => Arc::new(resources(api_version, &list)),
            Err(refusal) if refusal.code == 404 => Arc::default(),
            Err(refusal) => return Err(refusal),
        };
        let found = of_kind(&read).ok_or_else(|| no_match(kind, api_version));
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(api_version.to_owned(), read);
        found
    }

    fn known(&self, api_version: &str) -> Option<Arc<Vec<Resource>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(api_version).cloned()
    }
}

fn no_match(kind: &str, version: &str) -> Status {
    Status::new(404, "NotFound", format!("no matches for kind \"{kind}\" in version \"{version}\""))
}

/// A group's versions, the preferred one first.
async fn versions(wire: &Wire, group: &str) -> Result<Vec<String>, Status> {
    if group.is_empty() {
        return Ok(vec!["v1".to_owned()]);
    }
    let found = match wire.get(&format!("/apis/{group}")).await {
        Ok(found) => found,
        Err(refusal) if refusal.code == 404 => return Ok(Vec::new()),
        Err(refusal) => return Err(refusal),
    };
    let preferred = found.str_at(&["preferredVersion", "groupVersion"]).unwrap_or_default();
    let served = found.list_at(&["versions"]).iter();
    let others = served.filter_map(|one| one.str_at(&["groupVersion"])).filter(|v| *v != preferred);
    Ok([preferred].into_iter().chain(others).map(str::to_owned).collect())
}

fn resources(api_version: &str, list: &Value) -> Vec<Resource> {
    let all = list.list_at(&["resources"]);
    let names: Vec<&str> = all.iter().filter_map(|one| one.str_at(&["name"])).collect();
    let made = all.iter().filter_map(|one| {
        let plural = one.str_at(&["name"]).filter(|name| !name.contains('/'))?;
        let has_status = names.iter().any(|name| {
            name.strip_prefix(plural).is_some_and(|subresource| subresource == "/status")
        });
        Some(Resource {
            gvk: Gvk::from_api_version(api_version, one.str_at(&["kind"])?),
            plural: plural.to_owned(),
            namespaced: one.get("namespaced").and_then(Value::as_bool).unwrap_or(false),
            has_status,
        })
    });
    made.collect()
}
