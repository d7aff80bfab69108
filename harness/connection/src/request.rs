//! A call as an HTTP request.
//!
//! One rule: everything comes from the call and from discovery; no defaults of our own.
//! Start at [`of`]. Source: kubernetes.io/docs/reference/using-api/api-concepts.

use client::{Call, Options, Patch, Propagation, Resource, Status, Verb};
use form_urlencoded::Serializer;
use http::{Method, Request};
use objects::{Value, to_json};

/// The request of a call to a kind that discovery knows.
///
/// # Errors
/// If a name cannot stand in a path.
pub(crate) fn of(call: &Call, resource: &Resource) -> Result<Request<Vec<u8>>, Status> {
    let path = path(call, resource)?;
    let query = query(call);
    let uri = if query.is_empty() { path } else { format!("{path}?{query}") };
    let mut request = Request::builder()
        .method(method(call))
        .uri(uri)
        .header("Accept", "application/json")
        .header("Content-Type", content_type(call.verb));
    if let Some(other) = &call.impersonate {
        request = request.header("Impersonate-User", &other.user);
        for group in &other.groups {
            request = request.header("Impersonate-Group", group);
        }
    }
    let body = body(call).map(|value| to_json(&value).into_bytes()).unwrap_or_default();
    let refused = |problem: http::Error| Status::new(400, "BadRequest", problem.to_string());
    request.body(body).map_err(refused)
}

/// The path of a group and version.
pub(crate) fn group_path(api_version: &str) -> String {
    let root = if api_version.contains('/') { "/apis" } else { "/api" };
    format!("{root}/{api_version}")
}

fn path(call: &Call, resource: &Resource) -> Result<String, Status> {
    let mut path = group_path(&resource.gvk.api_version());
    let mut push = |part: &str| {
        if part.is_empty() || part == "." || part == ".." || part.contains(['/', '%', '?', '#']) {
            let told = format!("invalid name {part:?}: it cannot stand in a path");
            return Err(Status::new(400, "BadRequest", told));
        }
        path.push('/');
        path.push_str(part);
        Ok(())
    };
    if let Some(namespace) = call.target.namespace.as_deref().filter(|_| resource.namespaced) {
        push("namespaces")?;
        push(namespace)?;
    }
    push(&resource.plural)?;
    for part in [&call.target.name, &call.target.subresource].into_iter().flatten() {
        // A new object is sent to its list; only its subresources are below it.
        if call.verb != Verb::Create || call.target.subresource.is_some() {
            push(part)?;
        }
    }
    Ok(path)
}

fn method(call: &Call) -> Method {
    match call.verb {
        Verb::Get | Verb::List => Method::GET,
        Verb::Create => Method::POST,
        Verb::Update => Method::PUT,
        Verb::Patch(_) => Method::PATCH,
        Verb::Delete | Verb::DeleteCollection => Method::DELETE,
    }
}

fn content_type(verb: Verb) -> &'static str {
    match verb {
        Verb::Patch(Patch::Json) => "application/json-patch+json",
        Verb::Patch(Patch::Merge) => "application/merge-patch+json",
        Verb::Patch(Patch::Strategic) => "application/strategic-merge-patch+json",
        Verb::Patch(Patch::Apply) => "application/apply-patch+yaml",
        _ => "application/json",
    }
}

fn query(call: &Call) -> String {
    let options = &call.options;
    let mut out = Serializer::new(String::new());
    for (key, value) in
        [("labelSelector", &options.label_selector), ("fieldSelector", &options.field_selector)]
    {
        if let Some(value) = value {
            out.append_pair(key, value);
        }
    }
    if matches!(call.verb, Verb::Create | Verb::Update | Verb::Patch(_)) {
        if options.dry_run {
            out.append_pair("dryRun", "All");
        }
        if !options.manager.is_empty() {
            out.append_pair("fieldManager", &options.manager);
        }
        if options.strict {
            out.append_pair("fieldValidation", "Strict");
        }
    }
    if options.force && call.verb == Verb::Patch(Patch::Apply) {
        out.append_pair("force", "true");
    }
    out.finish()
}

fn body(call: &Call) -> Option<Value> {
    match call.verb {
        Verb::Get | Verb::List => None,
        Verb::Delete | Verb::DeleteCollection => Some(delete_options(&call.options)),
        _ => call.body.clone(),
    }
}

fn delete_options(options: &Options) -> Value {
    let mut body =
        Value::from([("kind", Value::from("DeleteOptions")), ("apiVersion", "v1".into())]);
    if let Some(propagation) = options.propagation {
        let name = match propagation {
            Propagation::Background => "Background",
            Propagation::Foreground => "Foreground",
            Propagation::Orphan => "Orphan",
        };
        body.set(&["propagationPolicy"], name);
    }
    if let Some(seconds) = options.grace_seconds {
        body.set(&["gracePeriodSeconds"], seconds);
    }
    if options.dry_run {
        body.set(&["dryRun"], Value::from(vec![Value::from("All")]));
    }
    for (key, value) in [("uid", &options.uid), ("resourceVersion", &options.resource_version)] {
        if let Some(value) = value {
            body.set(&["preconditions", key], value.as_str());
        }
    }
    body
}

#[cfg(test)]
mod tests {
    use client::{Impersonation, Target};
    use objects::Gvk;
    use rstest::rstest;

    use super::*;

    fn deployment() -> Resource {
        Resource {
            gvk: Gvk::new("apps", "v1", "Deployment"),
            plural: "deployments".into(),
            namespaced: true,
            has_status: true,
        }
    }

    fn call(verb: Verb, name: &str) -> Call {
        let mut target = Target::new(deployment().gvk, "apps", name);
        if name.is_empty() {
            target.name = None;
        }
        Call::new(verb, target)
    }

    #[rstest]
    #[case::get(call(Verb::Get, "web"), "GET /apis/apps/v1/namespaces/apps/deployments/web")]
    #[case::list(call(Verb::List, ""), "GET /apis/apps/v1/namespaces/apps/deployments")]
    #[case::create(call(Verb::Create, "web"), "POST /apis/apps/v1/namespaces/apps/deployments")]
    #[case::delete(
        call(Verb::Delete, "web"),
        "DELETE /apis/apps/v1/namespaces/apps/deployments/web"
    )]
    #[case::patch(
        call(Verb::Patch(Patch::Merge), "web"),
        "PATCH /apis/apps/v1/namespaces/apps/deployments/web"
    )]
    fn a_verb_has_its_method_and_path(#[case] call: Call, #[case] wanted: &str) {
        let request = of(&call, &deployment()).unwrap();
        assert_eq!(format!("{} {}", request.method(), request.uri()), wanted);
    }

    #[test]
    fn a_forced_dry_run_apply_says_so_in_its_query() {
        let mut call = call(Verb::Patch(Patch::Apply), "web");
        call.target = call.target.subresource("status");
        call.options.manager = "kustomize-controller".into();
        call.options.force = true;
        call.options.dry_run = true;
        call.body = Some(Value::map());
        let group = "system:serviceaccounts".to_owned();
        call.impersonate = Some(Impersonation { user: "sa".into(), groups: vec![group] });
        let request = of(&call, &deployment()).unwrap();
        assert_eq!(
            request.uri(),
            "/apis/apps/v1/namespaces/apps/deployments/web/status?dryRun=All&fieldManager=kustomize-controller&force=true"
        );
        assert_eq!(request.headers()["Content-Type"], "application/apply-patch+yaml");
        assert_eq!(request.headers()["Impersonate-User"], "sa");
        assert_eq!(request.body(), b"{}");
    }

    #[test]
    fn a_delete_carries_its_options() {
        let mut call = call(Verb::Delete, "web");
        call.options.propagation = Some(Propagation::Foreground);
        call.options.uid = Some("u1".into());
        let request = of(&call, &deployment()).unwrap();
        let wanted = r#"{"apiVersion":"v1","kind":"DeleteOptions","preconditions":{"uid":"u1"},"propagationPolicy":"Foreground"}"#;
        assert_eq!(String::from_utf8_lossy(request.body()), wanted);
    }

    #[rstest]
    #[case("../secrets/x")]
    #[case("..")]
    #[case("a%2fb")]
    fn a_name_cannot_leave_its_path(#[case] name: &str) {
        let refusal = of(&call(Verb::Get, name), &deployment()).unwrap_err();
        assert!(refusal.message.starts_with("invalid name"), "{refusal}");
    }
}
