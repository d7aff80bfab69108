//! What a body must say of itself before it is written.

use client::Status;
use objects::{Object, Value};

use crate::catalogue::Kind;
use crate::refusal;

/// Checks apiVersion and kind against the path, and fills them in where they are missing.
pub(crate) fn check_kind(kind: &Kind, body: &mut Value) -> Result<(), Status> {
    let found = (
        body.str_at(&["apiVersion"]).unwrap_or_default(),
        body.str_at(&["kind"]).unwrap_or_default(),
    );
    let (api_version, name) = found;
    let given = !api_version.is_empty() || kind.is_custom();
    let fits_version = !given || api_version == kind.api_version.as_ref();
    let fits_kind = name.is_empty() || name == kind.gvk.kind;
    if fits_version && fits_kind {
        kind.stamp(body);
        return Ok(());
    }
    if fits_version && kind.is_custom() {
        let wanted = format!("must be {}", kind.gvk.kind);
        let cause = schema::Cause::invalid("kind", &Value::from(name), &wanted);
        let (group, name) = (&kind.gvk.group, name.to_owned());
        let object = body.str_at(&["metadata", "name"]).unwrap_or_default();
        let named = refusal::named_kind(group, &name);
        return Err(refusal::invalid_named(group, &name, &named, object, &[cause]));
    }
    let custom = kind.is_custom();
    let given = if api_version.is_empty() && !custom { &kind.api_version } else { api_version };
    let named = if name.is_empty() { &kind.gvk.kind } else { name };
    let wanted = &kind.gvk.kind;
    if fits_kind && (given.contains('/') || custom) {
        return Err(refusal::bad_request(format!(
            "the API version in the data ({given}) does not match the expected API version ({})",
            kind.api_version
        )));
    }
    let version = given.rsplit('/').next().unwrap_or_default();
    let frame = format!("{named} in version \"{version}\" cannot be handled as a {wanted}");
    if fits_kind {
        return Err(refusal::bad_request(format!(
            "{frame}: no kind \"{named}\" is registered for version \"{given}\" in scheme \"pkg/runtime/scheme.go:111\""
        )));
    }
    let package = match kind.gvk.group.split('.').next() {
        None | Some("") => "core",
        Some(first) => first,
    };
    Err(refusal::bad_request(format!(
        "{frame}: converting ({version}.{named}) to ({package}.{wanted}): unknown conversion"
    )))
}

/// Puts an object where the path says; refuses one that says otherwise.
pub(crate) fn place(kind: &Kind, namespace: &str, object: &mut Object) -> Result<(), Status> {
    if !kind.namespaced {
        object.remove(&["metadata", "namespace"]);
        return Ok(());
    }
    match object.namespace() {
        "" => object.set(&["metadata", "namespace"], namespace),
        given if given == namespace => {}
        _ => {
            let text = "the namespace of the provided object does not match the namespace sent on the request";
            return Err(refusal::bad_request(text));
        }
    }
    Ok(())
}

/// The name of an updated object must be the one on the path.
pub(crate) fn check_name(name: &str, object: &Object) -> Result<(), Status> {
    match object.name() {
        given if given == name => Ok(()),
        "" => Err(refusal::bad_request(format!(
            "the name of the object ({name} based on URL) was undeterminable: name must be provided"
        ))),
        given => Err(refusal::bad_request(format!(
            "the name of the object ({given}) does not match the name on the URL ({name})"
        ))),
    }
}

/// Removes owner references that name one uid twice, with the server's warning.
pub(crate) fn dedup_owners(object: &mut Object) -> Option<String> {
    let owners = object.list_at(&["metadata", "ownerReferences"]).to_vec();
    let mut kept: Vec<Value> = Vec::new();
    let mut doubled: Vec<String> = Vec::new();
    for owner in owners {
        let uid = owner.str_at(&["uid"]).unwrap_or_default().to_owned();
        if kept.contains(&owner) {
            if !doubled.contains(&uid) {
                doubled.push(uid);
            }
        } else {
            kept.push(owner);
        }
    }
    if doubled.is_empty() {
        return None;
    }
    object.set(&["metadata", "ownerReferences"], kept);
    Some(format!(
        ".metadata.ownerReferences contains duplicate entries; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: {}",
        doubled.join(", ")
    ))
}
