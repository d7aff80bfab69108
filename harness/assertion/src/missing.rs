//! Objects that do not exist: what may have been meant, and what should have made them.

use events::Failure;
use objects::ObjectId;
use scenario::terms::ObjectPattern;

use crate::place::Place;
use crate::{causes, normal};

/// A failure that says that nothing is meant, what may have been meant, and what is
/// red that may have made it.
pub(crate) fn failure(place: &Place<'_>, pattern: &ObjectPattern) -> Failure {
    let what = match likely(place, pattern).as_slice() {
        [] => format!("does not exist: there is no {}", pattern.kind),
        others => format!("does not exist: there are {}", others.join(", ")),
    };
    let mut failure = match absent_id(place, pattern) {
        Some(id) => Failure::of(place.name, id, what),
        None => {
            Failure { cluster: place.name.to_owned(), ..Failure::new(format!("{pattern} {what}")) }
        }
    };
    if place.details {
        failure.causes = causes::of_the_missing(place);
    }
    failure
}

/// The objects of a kind that may have been meant, the likeliest first.
fn likely(place: &Place<'_>, pattern: &ObjectPattern) -> Vec<String> {
    let objects = place.view.objects.iter();
    let of_kind =
        objects.filter(|(id, object)| id.kind.kind == pattern.kind && normal::counts(id, object));
    let mut others: Vec<&ObjectId> = of_kind.map(|(id, _)| id).collect();
    let elsewhere = |id: &&ObjectId| {
        (
            id.name != pattern.name,
            pattern.namespace.as_ref().is_none_or(|namespace| *namespace != id.namespace),
        )
    };
    others.sort_by_key(elsewhere);
    others.into_iter().take(5).map(ToString::to_string).collect()
}

/// Kinds of Kubernetes whose objects live in no namespace.
const CLUSTER_SCOPED: [&str; 10] = [
    "ClusterRole",
    "ClusterRoleBinding",
    "CustomResourceDefinition",
    "IngressClass",
    "Namespace",
    "Node",
    "PersistentVolume",
    "PriorityClass",
    "StorageClass",
    "ValidatingWebhookConfiguration",
];

/// The object that a reference means though it does not exist; `None` for a pattern.
fn absent_id(place: &Place<'_>, pattern: &ObjectPattern) -> Option<ObjectId> {
    if pattern.is_glob() {
        return None;
    }
    let default = if CLUSTER_SCOPED.contains(&pattern.kind.as_str()) {
        ""
    } else {
        &place.world.default_namespace
    };
    let group = pattern.group.clone().unwrap_or_default();
    let kind = objects::GroupKind { group, kind: pattern.kind.clone() };
    let namespace = pattern.namespace.clone().unwrap_or_else(|| default.to_owned());
    Some(ObjectId { kind, namespace, name: pattern.name.clone() })
}
