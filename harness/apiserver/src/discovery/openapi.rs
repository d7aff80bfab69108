//! OpenAPI documents: enough for kubectl's validation, apply and explain.

use objects::Value;

use crate::answer;
use crate::catalogue::{Kind, Version};
use crate::form::Encoding;
use crate::state::State;
use crate::{Request, Response};

const V2_PROTOBUF: &str = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

/// `/openapi/v2`: the kinds by name, without their fields.
pub(crate) fn version_2(state: &State, request: &Request) -> Response {
    let mut definitions = Value::map();
    for (_, group) in state.catalogue.groups() {
        for kind in group.versions.values().flat_map(Version::all) {
            let value = Value::from([
                ("type", Value::from("object")),
                ("x-kubernetes-group-version-kind", vec![gvk_value(kind)].into()),
            ]);
            definitions.set(&[&definition_name(kind)], value);
        }
    }
    let info = Value::from([("title", "Kubernetes"), ("version", state.schemas.release())]);
    let document = Value::from([
        ("swagger", Value::from("2.0")),
        ("info", info),
        ("paths", Value::map()),
        ("definitions", definitions),
    ]);
    let wants_protobuf = request.header("accept").is_some_and(|accept| {
        accept.contains("proto-openapi") && !accept.contains("application/json")
    });
    let content = if wants_protobuf { V2_PROTOBUF } else { "application/json" };
    answer::value(200, &document, Encoding::Json, content, &[])
}

fn gvk_value(kind: &Kind) -> Value {
    Value::from([
        ("group", kind.gvk.group.as_str()),
        ("version", kind.gvk.version.as_str()),
        ("kind", kind.gvk.kind.as_str()),
    ])
}

/// `/openapi/v3`: where each group version has its document.
pub(crate) fn index(state: &State) -> Response {
    let mut paths = Value::map();
    for (name, group) in state.catalogue.groups() {
        for version in &group.order {
            let path = if name.is_empty() {
                format!("api/{version}")
            } else {
                format!("apis/{name}/{version}")
            };
            let entry = Value::from([(
                "serverRelativeURL",
                format!("/openapi/v3/{path}?hash={}", state.storage.revision()),
            )]);
            paths.set(&[&path], entry);
        }
    }
    answer::json(200, &Value::from([("paths", paths)]))
}

/// `/openapi/v3/apis/GROUP/VERSION`
pub(crate) fn version_3(state: &State, rest: &[&str]) -> Response {
    let (group, version) = match rest {
        ["api", version] => ("", *version),
        ["apis", group, version] => (*group, *version),
        _ => return nothing(),
    };
    let Some(known) = state.catalogue.version(group, version) else { return nothing() };
    let mut schemas = Value::map();
    let mut paths = Value::map();
    for kind in known.all() {
        schema_of(kind, &mut schemas);
        for path in paths_of(kind) {
            paths.set(&[&path], operations(kind, path.ends_with("{name}")));
        }
    }
    meta_schemas(state, &mut schemas);
    let info = Value::from([("title", "Kubernetes"), ("version", state.schemas.release())]);
    let document = Value::from([
        ("openapi", Value::from("3.0.0")),
        ("info", info),
        ("paths", paths),
        ("components", Value::from([("schemas", schemas)])),
    ]);
    answer::json(200, &document)
}

fn nothing() -> Response {
    Response { status: 404, headers: Vec::new(), body: crate::Body::Bytes(Vec::new()) }
}

fn paths_of(kind: &Kind) -> Vec<String> {
    let root = if kind.gvk.group.is_empty() {
        format!("/api/{}", kind.gvk.version)
    } else {
        format!("/apis/{}/{}", kind.gvk.group, kind.gvk.version)
    };
    let plural = &kind.plural;
    if kind.namespaced {
        vec![
            format!("{root}/namespaces/{{namespace}}/{plural}"),
            format!("{root}/namespaces/{{namespace}}/{plural}/{{name}}"),
            format!("{root}/{plural}"),
        ]
    } else {
        vec![format!("{root}/{plural}"), format!("{root}/{plural}/{{name}}")]
    }
}

/// Enough of an operation for clients that ask which parameters a kind takes.
fn operations(kind: &Kind, named: bool) -> Value {
    let one = |action: &str| {
        let parameters = ["dryRun", "fieldManager", "fieldValidation"].map(|name| {
            let schema = Value::from([("type", "string")]);
            Value::from([("name", Value::from(name)), ("in", "query".into()), ("schema", schema)])
        });
        Value::from([
            ("x-kubernetes-action", Value::from(action)),
            ("x-kubernetes-group-version-kind", gvk_value(kind)),
            ("parameters", parameters.to_vec().into()),
            ("responses", Value::map()),
        ])
    };
    if named {
        Value::from([
            ("get", one("get")),
            ("put", one("put")),
            ("patch", one("patch")),
            ("delete", one("delete")),
        ])
    } else {
        Value::from([("get", one("list")), ("post", one("post"))])
    }
}

/// `io.k8s.api.apps.v1.Deployment`; custom groups turned around.
fn definition_name(kind: &Kind) -> String {
    let (group, version, name) = (&kind.gvk.group, &kind.gvk.version, &kind.gvk.kind);
    if kind.is_custom() {
        let turned: Vec<&str> = group.split('.').rev().collect();
        return format!("{}.{version}.{name}", turned.join("."));
    }
    match group.as_str() {
        "" => format!("io.k8s.api.core.{version}.{name}"),
        "apiextensions.k8s.io" => {
            format!("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.{version}.{name}")
        }
        "apiregistration.k8s.io" => {
            format!("io.k8s.kube-aggregator.pkg.apis.apiregistration.{version}.{name}")
        }
        group => {
            let short = group.split('.').next().unwrap_or_default();
            format!("io.k8s.api.{short}.{version}.{name}")
        }
    }
}

fn schema_of(kind: &Kind, schemas: &mut Value) {
    let name = definition_name(kind);
    let described = |text: &str| Value::from([("type", "string"), ("description", text)]);
    let version = "APIVersion defines the versioned schema of this representation of an object.";
    let word = "Kind is a string value representing the REST resource this object represents.";
    let mut schema = match &kind.custom {
        Some(custom) => custom.schema.clone(),
        None => super::shape::open_api(kind.shape.top(), 0),
    };
    schema.set(&["x-kubernetes-group-version-kind"], vec![gvk_value(kind)]);
    schema.set(&["properties", "apiVersion"], described(version));
    schema.set(&["properties", "kind"], described(word));
    let reference = Value::from([("$ref", format!("#/components/schemas/{META}ObjectMeta"))]);
    let metadata = Value::from([
        ("allOf", Value::from(vec![reference])),
        ("description", "Standard object's metadata, as every object has it.".into()),
    ]);
    schema.set(&["properties", "metadata"], metadata);
    let item = Value::from([("$ref", format!("#/components/schemas/{name}"))]);
    let items = Value::from([("type", Value::from("array")), ("items", item)]);
    let list = Value::from([
        ("type", Value::from("object")),
        ("properties", Value::from([("items", items)])),
        ("x-kubernetes-group-version-kind", vec![list_gvk(kind)].into()),
    ]);
    schemas.set(&[&name], schema);
    schemas.set(&[&format!("{name}List")], list);
}

fn list_gvk(kind: &Kind) -> Value {
    Value::from([
        ("group", kind.gvk.group.as_str()),
        ("version", kind.gvk.version.as_str()),
        ("kind", kind.list_kind.as_str()),
    ])
}

const META: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.";

fn meta_schemas(state: &State, schemas: &mut Value) {
    let meta = super::shape::open_api(state.schemas.object_meta().top(), 0);
    schemas.set(&[&format!("{META}ObjectMeta")], meta);
    let names = [
        "DeleteOptions",
        "FieldsV1",
        "ListMeta",
        "ManagedFieldsEntry",
        "OwnerReference",
        "Patch",
        "Preconditions",
        "ShardInfo",
        "Status",
        "StatusCause",
        "StatusDetails",
    ];
    for name in names {
        let gvk = objects::Gvk::new("meta.k8s.io", "v1", name);
        let schema = state.schemas.shape(&gvk).map_or_else(
            || Value::from([("type", "object")]),
            |shape| super::shape::open_api(shape.top(), 0),
        );
        schemas.set(&[&format!("{META}{name}")], schema);
    }
    let time = Value::from([("type", "string"), ("format", "date-time")]);
    schemas.set(&[&format!("{META}Time")], time);
}
