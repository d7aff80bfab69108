//! Query parameters: who writes, how strictly, which objects.

use client::{Propagation, Status};
use clock::Moment;
use objects::Value;
use schema::Cause;

use crate::catalogue::Kind;
use crate::context::{Context, Validation};
use crate::delete::Options;
use crate::read::ListOptions;
use crate::selector::Selection;
use crate::user::User;
use crate::watch::Asked;
use crate::{Request, refusal};

/// The surroundings that a request asks for.
pub(crate) fn context(now: Moment, request: &Request, user: User) -> Result<Context, Status> {
    let agent = request.header("user-agent").unwrap_or_default();
    let manager = match request.query("fieldManager") {
        Some(manager) if !manager.is_empty() => manager.to_owned(),
        _ => agent.split('/').next().unwrap_or_default().chars().take(128).collect(),
    };
    let validation = match request.query("fieldValidation") {
        Some("Ignore") => Validation::Ignore,
        Some("Strict") => Validation::Strict,
        _ => Validation::Warn,
    };
    check(request)?;
    let dry_run = request.query("dryRun").is_some_and(|value| !value.is_empty());
    Ok(Context {
        now,
        user,
        manager,
        dry_run,
        validation,
        warnings: Vec::new(),
        order: Vec::new(),
        doubled: Vec::new(),
    })
}

/// The kind of options that a method's parameters are read as.
fn options_kind(method: &str) -> &'static str {
    match method {
        "POST" => "CreateOptions",
        "PUT" => "UpdateOptions",
        "DELETE" => "DeleteOptions",
        _ => "PatchOptions",
    }
}

fn check(request: &Request) -> Result<(), Status> {
    if request.method == "GET" {
        return Ok(());
    }
    let mut causes = Vec::new();
    let apply = request.header("content-type").is_some_and(|text| text.contains("apply-patch"));
    if request.method == "PATCH" {
        let missing = request.query("fieldManager").unwrap_or_default().is_empty();
        if apply && missing {
            causes.push(Cause::required("fieldManager", "is required for apply patch"));
        }
        if !apply && request.query("force").is_some_and(|force| !force.is_empty()) {
            causes.push(Cause::forbidden("force", "may not be specified for non-apply patch"));
        }
    }
    if let Some(manager) = request.query("fieldManager") {
        causes.extend(manager_problem(manager));
    }
    if let Some(dry_run) = request.query("dryRun")
        && !matches!(dry_run, "" | "All")
    {
        let given = Value::from(vec![Value::from(dry_run)]);
        causes.push(Cause::not_supported("dryRun", &given, &["All"]));
    }
    if let Some(given) = request.query("fieldValidation")
        && !matches!(given, "" | "Ignore" | "Warn" | "Strict")
    {
        let known = ["", "Ignore", "Strict", "Warn"];
        causes.push(Cause::not_supported("fieldValidation", &given.into(), &known));
    }
    if causes.is_empty() {
        return Ok(());
    }
    let kind = options_kind(&request.method);
    let named = format!("{kind}.meta.k8s.io");
    Err(refusal::invalid_named("meta.k8s.io", kind, &named, "", &causes))
}

fn manager_problem(manager: &str) -> Option<Cause> {
    if manager.len() > 128 {
        return Some(Cause::too_long("fieldManager", 128));
    }
    let bad = manager.chars().find(|letter| letter.is_control())?;
    let at = manager.find(bad).unwrap_or_default();
    let text =
        format!("should only contain printable characters (found invalid character at index {at})");
    Some(Cause::invalid("fieldManager", &manager.into(), &text))
}

/// What a list, watch or deletecollection chooses.
pub(crate) fn list(kind: &Kind, request: &Request) -> Result<ListOptions, Status> {
    let text = |name: &str| request.query(name).unwrap_or_default().to_owned();
    let labels = request.query("labelSelector");
    let fields = request.query("fieldSelector");
    let limit = match request.query("limit") {
        None | Some("") => 0,
        Some(limit) => match limit.parse::<i64>() {
            Ok(limit) => usize::try_from(limit).unwrap_or(0),
            Err(_) => {
                let text = format!("strconv.ParseInt: parsing \"{limit}\": invalid syntax");
                return Err(refusal::bad_request(text));
            }
        },
    };
    Ok(ListOptions {
        selection: Selection::parse(kind, labels, fields)?,
        limit,
        token: text("continue"),
        version: text("resourceVersion"),
        version_match: text("resourceVersionMatch"),
    })
}

/// What a delete asks for, from its body or else its parameters.
pub(crate) fn delete(request: &Request, body: Option<&Value>) -> Result<(Options, bool), Status> {
    let from_body = |key: &str| body.and_then(|body| body.str_at(&[key])).map(str::to_owned);
    let from_query = |key: &str| request.query(key).map(str::to_owned);
    let chosen = |key: &str| match body {
        Some(_) => from_body(key),
        None => from_query(key),
    };
    let mut causes = Vec::new();
    let propagation = match chosen("propagationPolicy").as_deref() {
        None | Some("") => None,
        Some("Background") => Some(Propagation::Background),
        Some("Foreground") => Some(Propagation::Foreground),
        Some("Orphan") => Some(Propagation::Orphan),
        Some(other) => {
            let known = ["Background", "Foreground", "Orphan"];
            causes.push(Cause::not_supported("propagationPolicy", &other.into(), &known));
            None
        }
    };
    let orphans = body.and_then(|body| body.bool_at(&["orphanDependents"]));
    let propagation = propagation.or(match orphans {
        Some(true) => Some(Propagation::Orphan),
        Some(false) => Some(Propagation::Background),
        None => None,
    });
    if !causes.is_empty() {
        let named = "DeleteOptions.meta.k8s.io";
        return Err(refusal::invalid_named("meta.k8s.io", "DeleteOptions", named, "", &causes));
    }
    let grace = match body {
        Some(body) => body.int_at(&["gracePeriodSeconds"]),
        None => request.query("gracePeriodSeconds").and_then(|text| text.parse().ok()),
    };
    let condition = |key: &str| body.and_then(|body| body.str_at(&["preconditions", key]));
    let dry_run = body.is_some_and(|body| !body.list_at(&["dryRun"]).is_empty());
    let options = Options {
        propagation,
        grace,
        uid: condition("uid").map(str::to_owned),
        version: condition("resourceVersion").map(str::to_owned),
    };
    Ok((options, dry_run))
}

/// What a watch asks for beyond a list.
pub(crate) fn watch(request: &Request) -> Asked {
    let text = |name: &str| request.query(name).map(str::to_owned);
    Asked {
        seconds: text("timeoutSeconds").and_then(|text| text.parse().ok()).unwrap_or(0),
        initial: text("sendInitialEvents"),
        bookmarks: request
            .query("allowWatchBookmarks")
            .is_some_and(|text| text == "true" || text == "1"),
        include: text("includeObject").unwrap_or_else(|| "Metadata".to_owned()),
    }
}
