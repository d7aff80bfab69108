//! From the text of a manifest to objects that the API knows.
//!
//! Rules from k8s.io/cli-runtime: resource/builder and mapper, as helm/helm: pkg/kube uses them.

use objects::{Gvk, Object, ObjectId, Value};

use super::{Actions, Problem};

/// One object of a manifest, its namespace resolved.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Resource {
    pub(crate) object: Object,
    pub(crate) gvk: Gvk,
}

impl Resource {
    pub(crate) fn id(&self) -> ObjectId {
        self.object.id()
    }

    /// As messages of the apply name it: `apps/v1, Kind=Deployment`.
    pub(crate) fn gvk_text(&self) -> String {
        format!("{}/{}, Kind={}", self.gvk.group, self.gvk.version, self.gvk.kind)
    }

    /// As messages about ownership name it.
    pub(crate) fn text(&self) -> String {
        let (kind, object) = (&self.gvk.kind, &self.object);
        format!("{kind} {:?} in namespace {:?}", object.name(), object.namespace())
    }
}

impl Actions {
    /// Reads a manifest; every problem is named.
    ///
    /// # Errors
    /// If a document is no object or its kind is not served.
    pub(crate) async fn build(&self, manifest: &str) -> Result<Vec<Resource>, Problem> {
        let (mut resources, mut problems) = (Vec::new(), Vec::new());
        for document in super::documents(manifest) {
            let read = objects::load_yaml(document, yaml::Schema::Yaml11).map_err(|problem| {
                Problem::Failed(format!("error parsing : error converting YAML to JSON: {problem}"))
            })?;
            for object in read.into_iter().flat_map(flat) {
                match self.resolve(object).await {
                    Ok(resource) => resources.push(resource),
                    Err(problem) => problems.push(problem),
                }
            }
        }
        match problems.as_slice() {
            [] => Ok(resources),
            [one] => Err(Problem::Failed(one.clone())),
            many => Err(Problem::Failed(format!("[{}]", many.join(", ")))),
        }
    }

    /// The object with the namespace that its kind needs.
    async fn resolve(&self, mut object: Object) -> Result<Resource, String> {
        if object.kind().is_empty() {
            let text = super::go_json(&object.0);
            return Err(format!("Object 'Kind' is missing in '{text}'"));
        }
        let gvk = object.gvk();
        let Ok(resource) = self.client.resource(&gvk).await else {
            let (name, namespace, version) = (object.name(), object.namespace(), gvk.api_version());
            return Err(format!(
                "resource mapping not found for name: {name:?} namespace: {namespace:?} from \"\": \
                 no matches for kind {:?} in version {version:?}\nensure CRDs are installed first",
                gvk.kind
            ));
        };
        if !resource.namespaced {
            object.remove(&["metadata", "namespace"]);
        } else if object.namespace().is_empty() {
            object.set(&["metadata", "namespace"], self.namespace.as_str());
        }
        Ok(Resource { object, gvk })
    }
}

/// A list is its items; nothing is nothing.
fn flat(value: Value) -> Vec<Object> {
    let is_list = value.str_at(&["kind"]).is_some_and(|kind| kind.ends_with("List"));
    match value.get("items").and_then(Value::as_list) {
        Some(items) if is_list => items.iter().cloned().flat_map(flat).collect(),
        _ if value.as_map().is_none() => Vec::new(),
        _ => vec![Object(value)],
    }
}
