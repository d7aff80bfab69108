//! Bringing a release's objects from one manifest to another (helm/helm: pkg/kube/client, Update).

use client::{Options, Patch, Propagation, Target, Verb};
use objects::{Object, Value};

use super::kube::Writing;
use super::log::{WRAPPED, quoted};
use super::{Actions, MANAGER, Problem, Resource};
use crate::persist::merge_difference;

/// How objects are updated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Updating {
    pub(super) writing: Writing,
    /// Whether they are replaced as a whole.
    pub(super) replace: bool,
    /// Whether fields once applied by the client become the server's first.
    pub(super) upgrade_fields: bool,
}

impl Actions {
    /// Creates, updates and then deletes what is no longer wanted; gives back what was created.
    ///
    /// # Errors
    /// The problem, together with what was created before it.
    pub(super) async fn update(
        &self,
        originals: &[Resource],
        targets: &[Resource],
        how: Updating,
    ) -> Result<Vec<Resource>, (Vec<Resource>, Problem)> {
        self.say_creation(how.writing);
        self.say_update(how);
        self.log.say("checking resources for changes", &[("resources", targets.len().to_string())]);
        let (mut created, mut problems) = (Vec::new(), Vec::new());
        for target in targets {
            match self.client.get(Target::of(&target.object)).await {
                Ok(live) => {
                    let original = originals.iter().find(|known| is_same(known, target));
                    let original = original.map_or(&live, |known| &known.object);
                    if let Err(problem) = self.update_one(original, &live, target, how).await {
                        problems.push(problem);
                    }
                }
                Err(status) if status.is_not_found() => {
                    created.push(target.clone());
                    if let Err(problem) = self.create_one(target, how.writing).await {
                        let problem = format!("failed to create resource: {problem}");
                        return Err((created, Problem::Failed(problem)));
                    }
                    self.say_kind(target, "created a new resource", None);
                }
                Err(status) => {
                    let problem = format!("could not get information about the resource: {status}");
                    return Err((created, Problem::Failed(problem)));
                }
            }
        }
        if problems.is_empty() {
            problems = self.delete_unwanted(originals, targets).await;
        }
        if problems.is_empty() {
            return Ok(created);
        }
        Err((created, Problem::Failed(problems.join(" && "))))
    }

    fn say_update(&self, how: Updating) {
        if how.replace {
            let attributes = [("fieldValidationDirective", quoted("Strict"))];
            self.log.say("using resource replace update strategy", &attributes);
        } else if how.writing.server_side {
            let attributes = [
                ("forceConflicts", how.writing.force.to_string()),
                ("dryRun", "false".to_owned()),
                ("fieldValidationDirective", quoted("Strict")),
                ("upgradeClientSideFieldManager", how.upgrade_fields.to_string()),
            ];
            self.log.say("using server-side apply for resource update", &attributes);
        } else {
            let attributes = [("threeWayMergeForUnstructured", "false".to_owned())];
            self.log.say("using client-side apply for resource update", &attributes);
        }
    }

    async fn update_one(
        &self,
        original: &Object,
        live: &Object,
        target: &Resource,
        how: Updating,
    ) -> Result<(), String> {
        if how.replace {
            return self.replace(original, live, target).await;
        }
        if !how.writing.server_side {
            return self.patch(original, live, target).await;
        }
        if how.upgrade_fields {
            self.upgrade_fields(live, target).await?;
        }
        match self.apply(target, how.writing.force).await {
            Ok(()) => {
                self.say_of(target, "Patched resource", None);
                Ok(())
            }
            Err(problem) => {
                self.say_of(target, "Error patching resource", Some(WRAPPED));
                Err(problem)
            }
        }
    }

    /// Replaces an object by an update.
    async fn replace(
        &self,
        original: &Object,
        live: &Object,
        target: &Resource,
    ) -> Result<(), String> {
        let mut body = target.object.clone();
        body.set(&["metadata", "resourceVersion"], live.resource_version());
        let options = Options { manager: MANAGER.to_owned(), strict: true, ..Options::default() };
        let at = Target::of(&target.object);
        let replaced = self.client.call(Verb::Update, at, Some(body.0), options).await;
        if let Err(status) = replaced {
            self.say_of(target, "error replacing the resource", Some(WRAPPED));
            return Err(format!("failed to replace object: {status}"));
        }
        let attributes = [
            ("name", quoted(original.name())),
            ("initialKind", quoted(original.kind())),
            ("kind", quoted(&target.gvk.kind)),
        ];
        self.log.say("replace succeeded", &attributes);
        Ok(())
    }

    /// What the client itself finds changed, as a patch.
    async fn patch(
        &self,
        original: &Object,
        live: &Object,
        target: &Resource,
    ) -> Result<(), String> {
        let Some(patch) = three_way(original, &target.object, live) else { return Ok(()) };
        let options = Options { manager: MANAGER.to_owned(), ..Options::default() };
        let verb = Verb::Patch(self.patch_kind(target).await);
        let at = Target::of(&target.object);
        let patched = self.client.call(verb, at, Some(patch), options).await;
        patched.map(drop).map_err(|status| {
            let (name, kind) = (target.object.name(), &target.gvk.kind);
            format!("cannot patch {name:?} with kind {kind}: {status}")
        })
    }

    /// Kinds of Kubernetes itself take strategic patches, others plain ones.
    async fn patch_kind(&self, target: &Resource) -> Patch {
        let built_in = target.gvk.group.is_empty()
            || !target.gvk.group.contains('.')
            || target.gvk.group.ends_with(".k8s.io");
        if built_in && target.gvk.kind != "CustomResourceDefinition" {
            Patch::Strategic
        } else {
            Patch::Merge
        }
    }

    /// Makes what was applied by updates under our name the property of server-side apply.
    async fn upgrade_fields(&self, live: &Object, target: &Resource) -> Result<(), String> {
        let Some(fields) = upgraded(live.list_at(&["metadata", "managedFields"])) else {
            return Ok(());
        };
        let operation = |op: &str, path: &str, value: Value| {
            Value::from([("op", Value::from(op)), ("path", path.into()), ("value", value)])
        };
        let version = live.resource_version().into();
        let patch: Value = [
            operation("replace", "/metadata/managedFields", fields.into()),
            operation("replace", "/metadata/resourceVersion", version),
        ]
        .into_iter()
        .collect();
        let options = Options { manager: MANAGER.to_owned(), strict: true, ..Options::default() };
        let at = Target::of(&target.object);
        let patched = self.client.call(Verb::Patch(Patch::Json), at, Some(patch), options).await;
        if let Err(status) = patched {
            let error = [("error", WRAPPED.to_owned())];
            self.log.say("Error patching resource to replace CSA field management", &error);
            let (object, gvk) = (&target.object, target.gvk_text());
            return Err(format!(
                "failed to patch object to upgrade CSA field manager {}/{} {gvk}: {status}",
                object.namespace(),
                object.name()
            ));
        }
        let words =
            "Upgraded object client-side field management with server-side apply field management";
        self.say_of(target, words, None);
        Ok(())
    }

    /// Deletes what was and is no longer wanted, unless it asks to be kept.
    async fn delete_unwanted(&self, originals: &[Resource], targets: &[Resource]) -> Vec<String> {
        let mut problems = Vec::new();
        let wanted = |original: &&Resource| targets.iter().any(|target| is_same(original, target));
        for original in originals.iter().filter(|original| !wanted(original)) {
            self.say_kind(original, "deleting resource", None);
            let live = match self.client.get(Target::of(&original.object)).await {
                Ok(live) => live,
                Err(status) => {
                    let error = Some(super::log::status_json(&status));
                    self.say_kind(original, "unable to get object", error);
                    continue;
                }
            };
            if live.annotation("helm.sh/resource-policy") == Some("keep") {
                let attributes = [
                    ("namespace", quoted(original.object.namespace())),
                    ("name", quoted(original.object.name())),
                    ("kind", quoted(&original.gvk.kind)),
                    ("annotation", quoted("helm.sh/resource-policy")),
                    ("value", quoted("keep")),
                ];
                self.log.say("skipping delete due to annotation", &attributes);
                continue;
            }
            if let Err(status) = self.delete_one(original, Propagation::Background).await {
                let error = Some(super::log::status_json(&status));
                self.say_kind(original, "failed to delete resource", error);
                if !status.is_not_found() {
                    let (object, kind) = (&original.object, &original.gvk.kind);
                    problems.push(format!(
                        "failed to delete resource namespace={}, name={}, kind={kind}: {status}",
                        object.namespace(),
                        object.name()
                    ));
                }
            }
        }
        problems
    }
}

/// The same object in two manifests, whatever its version.
fn is_same(a: &Resource, b: &Resource) -> bool {
    a.id() == b.id()
}

/// What leads from the live object to the wanted one: changes against the live, removals against
/// what was wanted before.
fn three_way(original: &Object, target: &Object, live: &Object) -> Option<Value> {
    let mut patch = additions(&live.0, &target.0).unwrap_or_else(Value::map);
    let removals = merge_difference(&original.0, &target.0).unwrap_or_else(Value::map);
    nulls(&removals, &live.0, &mut patch);
    patch.as_map().is_some_and(|map| !map.is_empty()).then_some(patch)
}

/// What of the wanted object the live one does not say.
fn additions(live: &Value, target: &Value) -> Option<Value> {
    let (Some(from), Some(to)) = (live.as_map(), target.as_map()) else {
        return (live != target).then(|| target.clone());
    };
    let changed = to.iter().filter_map(|(key, value)| {
        let difference = match from.get(key) {
            Some(known) => additions(known, value)?,
            None => value.clone(),
        };
        Some((key.clone(), difference))
    });
    let changed: objects::Map = changed.collect();
    (!changed.is_empty()).then(|| changed.into())
}

/// Removals of a merge patch that still mean something on the live object.
fn nulls(removals: &Value, live: &Value, patch: &mut Value) {
    for (key, value) in removals.as_map().into_iter().flat_map(objects::Map::iter) {
        let Some(known) = live.get(key) else { continue };
        if value.is_null() {
            patch.set(&[key], Value::Null);
        } else if value.as_map().is_some() && known.as_map().is_some() {
            let mut inner = patch.get(key).cloned().unwrap_or_else(Value::map);
            nulls(value, known, &mut inner);
            if inner.as_map().is_some_and(|map| !map.is_empty()) {
                patch.set(&[key], inner);
            }
        }
    }
}

/// Managed fields with our updates folded into our apply (k8s.io/client-go: csaupgrade); `None`
/// if there are no updates of ours.
fn upgraded(entries: &[Value]) -> Option<Vec<Value>> {
    let is = |entry: &Value, operation: &str| {
        entry.str_at(&["manager"]) == Some(MANAGER)
            && entry.str_at(&["operation"]) == Some(operation)
            && entry.str_at(&["subresource"]).unwrap_or_default().is_empty()
    };
    let update = entries.iter().find(|entry| is(entry, "Update"))?;
    let mut kept: Vec<Value> = entries.iter().filter(|e| !is(e, "Update")).cloned().collect();
    let fields = update.get("fieldsV1").cloned().unwrap_or_else(Value::map);
    if let Some(apply) = kept.iter_mut().find(|entry| is(entry, "Apply")) {
        let mut union = apply.get("fieldsV1").cloned().unwrap_or_else(Value::map);
        unite(&mut union, &fields);
        apply.set(&["fieldsV1"], union);
    } else {
        let mut entry = update.clone();
        entry.set(&["operation"], "Apply");
        kept.push(entry);
    }
    Some(kept)
}

fn unite(into: &mut Value, from: &Value) {
    for (key, value) in from.as_map().into_iter().flat_map(objects::Map::iter) {
        let slot = into.make_map().slot(key);
        if slot.is_null() {
            *slot = value.clone();
        } else {
            unite(slot, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(json: &str) -> Object {
        Object(objects::from_json(json.as_bytes()).unwrap())
    }

    #[test]
    fn a_client_side_patch_changes_against_the_live_object_and_removes_against_the_old() {
        let original = object(r#"{"data":{"a":"1","b":"1"}}"#);
        let target = object(r#"{"data":{"a":"2"}}"#);
        let live = object(r#"{"data":{"a":"1","b":"1","c":"1"}}"#);
        let patch = three_way(&original, &target, &live).unwrap();
        assert_eq!(objects::to_json(&patch), r#"{"data":{"a":"2","b":null}}"#);
        assert_eq!(three_way(&target, &target, &object(r#"{"data":{"a":"2","c":"1"}}"#)), None);
    }

    #[test]
    fn updates_of_ours_become_applies() {
        let live = object(
            r#"{"metadata":{"managedFields":[{"manager":"helm-controller","operation":"Update","fieldsV1":{"f:a":{}}},{"manager":"x","operation":"Update"}]}}"#,
        );
        let fields = upgraded(live.list_at(&["metadata", "managedFields"])).unwrap();
        assert_eq!(fields.len(), 2);
        assert_eq!(fields[1].str_at(&["operation"]), Some("Apply"));
        assert_eq!(upgraded(&fields), None);
    }
}
