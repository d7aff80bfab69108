//! Snapshots: the objects of a case at one moment.

use flux::{FluxKind, Kustomization};
use objects::{Object, ObjectId};

use crate::ConformError;
use crate::play::{CLUSTER, Observation, Play};

/// Kinds that move by themselves and are left out.
const LEFT_OUT: [&str; 8] = [
    "Pod",
    "ReplicaSet",
    "Endpoints",
    "EndpointSlice",
    "ControllerRevision",
    "Event",
    "Lease",
    "PodTemplate",
];

impl Play<'_> {
    pub(crate) fn observe(&mut self, name: &str) -> Result<(), ConformError> {
        self.place.run_ready()?;
        let mut flux = self.flux_objects()?;
        flux.sort_by_key(sort_key);
        let named: Vec<ObjectId> = flux
            .iter()
            .filter(|object| matches!(object.kind(), "Kustomization" | "HelmRelease"))
            .flat_map(|object| Kustomization(object.clone()).inventory().0)
            .map(|entry| entry.object)
            .collect();
        let namespaces = self.case.namespaces();
        let kinds = self.case.watched_kinds();
        let wanted = |object: &Object| {
            let inside = namespaces.iter().any(|namespace| namespace == object.namespace());
            let is_flux = FluxKind::of_gvk(&object.gvk()).is_some();
            let watched = kinds.iter().any(|kind| kind == object.kind());
            let shown = (watched || !LEFT_OUT.contains(&object.kind())) && !is_given(object);
            let seen = is_flux && inside;
            !seen && ((inside && shown) || named.contains(&object.id()))
        };
        let objects = self.place.cluster(CLUSTER)?.objects();
        let mut others: Vec<Object> = objects.into_iter().filter(wanted).collect();
        others.sort_by_key(sort_key);
        let at = self.place.now();
        self.observations.push(Observation { name: name.to_owned(), at, flux, others });
        Ok(())
    }
}

/// What every namespace gets by itself.
fn is_given(object: &Object) -> bool {
    matches!(
        (object.kind(), object.name()),
        ("ConfigMap", "kube-root-ca.crt") | ("ServiceAccount", "default")
    )
}

fn sort_key(object: &Object) -> (String, String, String, String) {
    let (api_version, kind) =
        (object.str_at(&["apiVersion"]).unwrap_or_default().to_owned(), object.kind().to_owned());
    (api_version, kind, object.namespace().to_owned(), object.name().to_owned())
}
