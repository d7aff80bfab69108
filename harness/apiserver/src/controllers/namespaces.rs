//! Namespaces: what every one has, and how one ends.
//!
//! Source: kubernetes `pkg/controller/namespace`, `serviceaccount` and `certificates/rootcacertpublisher`.

use clock::Moment;
use objects::{Object, Value};

use crate::catalogue::Kind;
use crate::context::Context;
use crate::delete::{self, Options};
use crate::state::State;
use crate::write;

const ROOTS: &str = "kube-root-ca.crt";
/// Stands for the certificate of the authority that signs for this server.
const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\nZmx1eHJpZw==\n-----END CERTIFICATE-----\n";

/// Brings a namespace on.
pub(crate) fn look(state: &mut State, now: Moment, name: &str) {
    let Some(namespace) = state.core("Namespace", "", name).cloned() else { return };
    if namespace.is_deleting() {
        end(state, now, namespace);
    } else {
        furnish(state, now, name);
    }
}

fn furnish(state: &mut State, now: Moment, name: &str) {
    if state.core("ServiceAccount", name, "default").is_none() {
        make(state, now, "ServiceAccount", name, "default", None);
    }
    if state.core("ConfigMap", name, ROOTS).is_none() {
        make(state, now, "ConfigMap", name, ROOTS, Some(Value::from([("ca.crt", CERTIFICATE)])));
    }
}

fn make(
    state: &mut State,
    now: Moment,
    kind: &str,
    namespace: &str,
    name: &str,
    data: Option<Value>,
) {
    let Some(kind) = state.kind("", kind) else { return };
    let mut context = Context::controller(now, "kube-controller-manager");
    let mut body = Value::map();
    body.set(&["metadata", "name"], name);
    if let Some(data) = data {
        let text = "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.";
        body.set(&["metadata", "annotations", "kubernetes.io/description"], text);
        body.set(&["data"], data);
    }
    // It may have come to be in the meantime, or its namespace may be ending.
    let _ = write::create(state, &mut context, &kind, namespace, body);
}

fn end(state: &mut State, now: Moment, namespace: Object) {
    let Some(kind) = state.kind("", "Namespace") else { return };
    let name = namespace.name().to_owned();
    let held = namespace.list_at(&["spec", "finalizers"]);
    let waits = held.iter().any(|item| item.as_str() == Some("kubernetes"));
    if waits {
        empty(state, now, &name);
        let left = contents(state, &name);
        if !left.is_empty() {
            report(state, now, &kind, &name, &left);
            return;
        }
        release(state, &kind, &name);
    }
}

/// Deletes everything in a namespace.
fn empty(state: &mut State, now: Moment, name: &str) {
    let mut context = Context::controller(now, "kube-controller-manager");
    for kind in state.catalogue.stored_kinds().into_iter().filter(|kind| kind.namespaced) {
        let there: Vec<String> = state
            .storage
            .list(&kind.store, Some(name))
            .filter(|object| !object.is_deleting())
            .map(|object| object.name().to_owned())
            .collect();
        for object in there {
            let options = Options {
                grace: Some(0),
                propagation: Some(client::Propagation::Background),
                ..Options::default()
            };
            let _ = delete::delete(state, &mut context, &kind, (name, &object), &options);
        }
    }
}

fn contents(state: &State, name: &str) -> Vec<(String, Object)> {
    let kinds = state.catalogue.stored_kinds().into_iter().filter(|kind| kind.namespaced);
    kinds
        .flat_map(|kind| {
            let resource = format!("{}.{}", kind.plural, kind.gvk.group);
            state
                .storage
                .list(&kind.store, Some(name))
                .map(|object| (resource.clone(), object.clone()))
                .collect::<Vec<_>>()
        })
        .collect()
}

fn release(state: &mut State, kind: &Kind, name: &str) {
    let Some(mut next) = state.core("Namespace", "", name).cloned() else { return };
    let mut left = next.list_at(&["spec", "finalizers"]).to_vec();
    left.retain(|item| item.as_str() != Some("kubernetes"));
    let free = left.is_empty() && next.list_at(&["metadata", "finalizers"]).is_empty();
    if left.is_empty() {
        next.set(&["spec"], Value::map());
    } else {
        next.set(&["spec", "finalizers"], left);
    }
    if free {
        state.erase(kind, next);
    } else {
        state.commit(kind, next);
    }
}

/// The conditions that say what a namespace waits for.
fn report(state: &mut State, now: Moment, kind: &Kind, name: &str, left: &[(String, Object)]) {
    let Some(before) = state.core("Namespace", "", name).cloned() else { return };
    let mut next = before.clone();
    let old = next.list_at(&["status", "conditions"]).to_vec();
    let wanted = conditions(left);
    let conditions: Vec<Value> = wanted
        .into_iter()
        .map(|mut condition| {
            let same = |known: &&Value| {
                known.get("type") == condition.get("type")
                    && known.get("status") == condition.get("status")
            };
            let since =
                old.iter().find(same).and_then(|known| known.get("lastTransitionTime").cloned());
            condition.set(&["lastTransitionTime"], since.unwrap_or_else(|| now.rfc3339().into()));
            condition
        })
        .collect();
    if conditions != old {
        next.set(&["status", "conditions"], conditions);
        let context = Context::controller(now, "kube-controller-manager");
        let next =
            crate::typed::own(&state.catalogue, &context, kind, "status", Some(&before), &next);
        state.commit(kind, next);
    }
}

fn conditions(left: &[(String, Object)]) -> Vec<Value> {
    let condition = |kind: &str, status: &str, reason: &str, message: String| {
        Value::from([
            ("type", Value::from(kind)),
            ("status", status.into()),
            ("reason", reason.into()),
            ("message", message.into()),
        ])
    };
    let mut resources: Vec<(String, usize)> = Vec::new();
    let mut finalizers: Vec<(String, usize)> = Vec::new();
    let count = |list: &mut Vec<(String, usize)>, name: &str| match list
        .iter_mut()
        .find(|(known, _)| known == name)
    {
        Some((_, number)) => *number += 1,
        None => list.push((name.to_owned(), 1)),
    };
    for (resource, object) in left {
        count(&mut resources, resource);
        for finalizer in
            object.list_at(&["metadata", "finalizers"]).iter().filter_map(Value::as_str)
        {
            count(&mut finalizers, finalizer);
        }
    }
    resources.sort();
    finalizers.sort();
    let list = |items: &[(String, usize)], middle: &str| {
        items
            .iter()
            .map(|(name, number)| format!("{name} {middle} {number} resource instances"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let remaining = format!("Some resources are remaining: {}", list(&resources, "has"));
    let waiting = format!(
        "Some content in the namespace has finalizers remaining: {}",
        list(&finalizers, "in")
    );
    let mut all = vec![
        condition(
            "NamespaceDeletionDiscoveryFailure",
            "False",
            "ResourcesDiscovered",
            "All resources successfully discovered".to_owned(),
        ),
        condition(
            "NamespaceDeletionGroupVersionParsingFailure",
            "False",
            "ParsedGroupVersions",
            "All legacy kube types successfully parsed".to_owned(),
        ),
        condition(
            "NamespaceDeletionContentFailure",
            "False",
            "ContentDeleted",
            "All content successfully deleted, may be waiting on finalization".to_owned(),
        ),
        condition("NamespaceContentRemaining", "True", "SomeResourcesRemain", remaining),
    ];
    all.push(if finalizers.is_empty() {
        condition(
            "NamespaceFinalizersRemaining",
            "False",
            "ContentHasNoFinalizers",
            "All content-preserving finalizers finished".to_owned(),
        )
    } else {
        condition("NamespaceFinalizersRemaining", "True", "SomeFinalizersRemain", waiting)
    });
    all
}
