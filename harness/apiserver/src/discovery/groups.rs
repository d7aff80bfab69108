//! Groups, versions and resources: the plain documents and the aggregated one.

use std::sync::Arc;

use objects::{Gvk, Value};

use super::wants_aggregated;
use crate::answer;
use crate::catalogue::{Group, Kind};
use crate::form::{self, Form};
use crate::state::State;
use crate::{Request, Response, refusal};

const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

fn shown(value: &Value, request: &Request) -> Response {
    match form::negotiate(request.header("accept")) {
        Ok(Form { encoding, .. }) => {
            let form = Form { encoding, shape: form::Shape::Whole };
            answer::value(200, value, encoding, &form.content_type(false), &[])
        }
        Err(status) => answer::refused(&status, &[], request),
    }
}

/// `/api`
pub(crate) fn core(state: &State, request: &Request) -> Response {
    match wants_aggregated(request) {
        Err(response) => response,
        Ok(Some(encoding)) => {
            let list = aggregated(state, true);
            answer::value(200, &list, encoding, AGGREGATED, &[])
        }
        Ok(None) => {
            let address =
                Value::from([("clientCIDR", "0.0.0.0/0"), ("serverAddress", "127.0.0.1:6443")]);
            let document = Value::from([
                ("kind", Value::from("APIVersions")),
                ("versions", vec![Value::from("v1")].into()),
                ("serverAddressByClientCIDRs", vec![address].into()),
            ]);
            shown(&document, request)
        }
    }
}

/// `/apis`
pub(crate) fn all(state: &State, request: &Request) -> Response {
    match wants_aggregated(request) {
        Err(response) => response,
        Ok(Some(encoding)) => {
            let list = aggregated(state, false);
            answer::value(200, &list, encoding, AGGREGATED, &[])
        }
        Ok(None) => {
            let groups = state.catalogue.groups().into_iter().filter(|(name, _)| !name.is_empty());
            let groups: Value = groups.map(|(name, group)| group_value(name, group)).collect();
            let document = Value::from([
                ("kind", Value::from("APIGroupList")),
                ("apiVersion", "v1".into()),
                ("groups", groups),
            ]);
            shown(&document, request)
        }
    }
}

fn group_value(name: &str, group: &Group) -> Value {
    let version = |version: &Arc<str>| {
        Value::from([
            ("groupVersion", Value::from(format!("{name}/{version}"))),
            ("version", Value::String(version.clone())),
        ])
    };
    Value::from([
        ("name", Value::from(name)),
        ("versions", group.order.iter().map(version).collect()),
        ("preferredVersion", group.order.first().map(version).into()),
    ])
}

/// `/apis/GROUP`
pub(crate) fn one(state: &State, name: &str, request: &Request) -> Response {
    let Some(group) = state.catalogue.group(name) else {
        return answer::text(404, "404 page not found\n");
    };
    let mut document = group_value(name, group);
    document.set(&["kind"], "APIGroup");
    document.set(&["apiVersion"], "v1");
    shown(&document, request)
}

/// `/apis/GROUP/VERSION`
pub(crate) fn resources(state: &State, group: &str, version: &str, request: &Request) -> Response {
    let Some(known) = state.catalogue.version(group, version) else {
        return answer::refused(&refusal::no_resource(), &[], request);
    };
    let mut list = Vec::new();
    for kind in known.all() {
        list.push(resource_value(kind));
        list.extend(kind.subs.iter().map(|sub| {
            let mut value = Value::from([
                ("name", Value::from(format!("{}/{}", kind.plural, sub.name))),
                ("singularName", "".into()),
                ("namespaced", kind.namespaced.into()),
                ("kind", sub.kind.kind.as_str().into()),
                ("verbs", words(&sub.verbs)),
            ]);
            if is_foreign(kind, &sub.kind) {
                value.set(&["group"], sub.kind.group.as_str());
                value.set(&["version"], sub.kind.version.as_str());
            }
            value
        }));
    }
    let name = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
    let mut document = Value::from([
        ("kind", Value::from("APIResourceList")),
        ("groupVersion", name.into()),
        ("resources", list.into()),
    ]);
    if !group.is_empty() {
        document.set(&["apiVersion"], "v1");
    }
    shown(&document, request)
}

/// Whether a subresource takes a kind of another group version.
fn is_foreign(kind: &Kind, sub: &Gvk) -> bool {
    !sub.version.is_empty() && (sub.group != kind.gvk.group || sub.version != kind.gvk.version)
}

fn words(words: &[Arc<str>]) -> Value {
    words.iter().map(|word| Value::String(word.clone())).collect()
}

fn resource_value(kind: &Kind) -> Value {
    let mut value = Value::from([
        ("name", Value::String(kind.plural.clone())),
        ("singularName", kind.singular.as_str().into()),
        ("namespaced", kind.namespaced.into()),
        ("kind", kind.gvk.kind.as_str().into()),
        ("verbs", words(&kind.verbs)),
    ]);
    if !kind.short_names.is_empty() {
        value.set(&["shortNames"], words(&kind.short_names));
    }
    if !kind.categories.is_empty() {
        value.set(&["categories"], words(&kind.categories));
    }
    if !kind.storage_hash.is_empty() {
        value.set(&["storageVersionHash"], kind.storage_hash.as_str());
    }
    value
}

fn aggregated(state: &State, core: bool) -> Value {
    let groups = state.catalogue.groups().into_iter().filter(|(name, _)| name.is_empty() == core);
    let items = groups.map(|(name, group)| {
        let mut metadata = Value::map();
        if !name.is_empty() {
            metadata.set(&["name"], name);
        }
        let versions = group.order.iter().filter_map(|version| {
            let kinds = group.versions.get(version)?.all().map(|kind| aggregated_resource(kind));
            Some(Value::from([
                ("version", Value::String(version.clone())),
                ("resources", kinds.collect()),
                ("freshness", "Current".into()),
            ]))
        });
        Value::from([("metadata", metadata), ("versions", versions.collect())])
    });
    Value::from([
        ("kind", Value::from("APIGroupDiscoveryList")),
        ("apiVersion", "apidiscovery.k8s.io/v2".into()),
        ("metadata", Value::map()),
        ("items", items.collect()),
    ])
}

fn response_kind(own: Option<&Gvk>, kind: &str) -> Value {
    let (group, version) = own.map_or(("", ""), |gvk| (gvk.group.as_str(), gvk.version.as_str()));
    Value::from([("group", group), ("version", version), ("kind", kind)])
}

fn aggregated_resource(kind: &Kind) -> Value {
    let custom = kind.is_custom();
    let own = custom.then_some(&kind.gvk);
    let scope = if kind.namespaced { "Namespaced" } else { "Cluster" };
    let mut value = Value::from([
        ("resource", Value::String(kind.plural.clone())),
        ("responseKind", response_kind(own, &kind.gvk.kind)),
        ("scope", scope.into()),
        ("singularResource", kind.singular.as_str().into()),
        ("verbs", words(&kind.verbs)),
    ]);
    if !kind.short_names.is_empty() {
        value.set(&["shortNames"], words(&kind.short_names));
    }
    if !kind.categories.is_empty() {
        value.set(&["categories"], words(&kind.categories));
    }
    let subs: Vec<Value> = kind
        .subs
        .iter()
        .map(|sub| {
            let own = (custom || is_foreign(kind, &sub.kind)).then_some(&sub.kind);
            Value::from([
                ("subresource", Value::from(sub.name.as_str())),
                ("responseKind", response_kind(own, &sub.kind.kind)),
                ("verbs", words(&sub.verbs)),
            ])
        })
        .collect();
    if !subs.is_empty() {
        value.set(&["subresources"], subs);
    }
    value
}
