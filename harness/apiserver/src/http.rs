//! Requests as HTTP shapes them: paths, negotiation, bodies, answers.
//!
//! One rule: everything textual happens here; what is meant goes to `perform`.
//! Start at [`handle`].

mod body;
mod duplicates;
mod merged;
mod options;
mod path;
mod user;

use client::{Status, Verb};
use clock::Moment;

use crate::context::Context;
use crate::discovery;
use crate::form::{self, Encoding, Form, Shape};
use crate::perform::{self, Act, Outcome};
use crate::state::State;
use crate::watch::{self, WatchStream};
use crate::{Body, Request, Response, answer, rbac, refusal};

use path::Place;

/// Answers one request.
pub(crate) fn handle(state: &mut State, now: Moment, request: &Request) -> Response {
    let place = path::parse(state, &request.path);
    match place {
        Place::Document => document(state, request),
        Place::Nothing => answer::text(404, "404 page not found\n"),
        Place::Resource { .. } | Place::Missing => {
            let mut context = match context(state, now, request) {
                Ok(context) => context,
                Err(status) => return answer::refused(&status, &[], request),
            };
            let result = resource(state, &mut context, request, place);
            finish(context, request, result)
        }
    }
}

enum Reply {
    Outcome(Box<(Act, Outcome)>, Form),
    Watch(Box<WatchStream>, Form),
}

fn finish(context: Context, request: &Request, result: Result<Reply, Status>) -> Response {
    match result {
        Ok(Reply::Outcome(done, form)) => {
            let (act, outcome) = *done;
            answer::outcome(&context, &act, outcome, &form, request)
        }
        Ok(Reply::Watch(stream, form)) => Response {
            status: 200,
            headers: answer::headers(&form.content_type(true), &context.warnings),
            body: Body::Watch(stream),
        },
        // Code 0 stands for what is no Status: plain text.
        Err(status) if status.code == 0 => answer::text(404, &status.message),
        Err(status) => answer::refused(&status, &context.warnings, request),
    }
}

fn document(state: &mut State, request: &Request) -> Response {
    let user = match user::of(state, request) {
        Ok(user) => user,
        Err(status) => return answer::refused(&status, &[], request),
    };
    if !user.is_master() {
        let question = rbac::Question {
            verb: request.method.to_lowercase(),
            path: Some(request.path.clone()),
            ..rbac::Question::default()
        };
        if rbac::allowed(state, &user, &question).is_none() {
            return answer::refused(&rbac::refuse(&user, &question), &[], request);
        }
    }
    discovery::document(state, request)
}

fn context(state: &State, now: Moment, request: &Request) -> Result<Context, Status> {
    let user = user::of(state, request)?;
    options::context(now, request, user)
}

fn resource(
    state: &mut State,
    context: &mut Context,
    request: &Request,
    place: Place,
) -> Result<Reply, Status> {
    let Place::Resource { kind, namespace, name, sub } = place else {
        return Err(refusal::no_resource());
    };
    let writes = matches!(request.method.as_str(), "PUT" | "PATCH");
    if kind.is_custom() && name.is_empty() && writes {
        return Err(refusal::bad_request("name must be provided"));
    }
    let verb = verb_of(request, &name, &sub)?;
    let mut act = Act::new(verb, kind, &namespace, &name, &sub);
    act.container = request.query("container").unwrap_or_default().to_owned();
    let watches = verb == Verb::List && request.query("watch").is_some_and(is_true);
    perform::check_verb(&act)?;
    let everywhere = act.kind.namespaced && act.namespace.is_empty() && act.kind.is_stored();
    if everywhere && act.kind.is_custom() && verb == Verb::Create {
        return Err(Status::new(0, "", "404 page not found\n"));
    }
    if everywhere && matches!(verb, Verb::Create | Verb::DeleteCollection) {
        return Err(refusal::not_allowed());
    }
    let form = form::negotiate(request.header("accept"))?;
    if verb == Verb::List || verb == Verb::DeleteCollection {
        act.list = options::list(&act.kind, request)?;
    }
    act.list.version = request.query("resourceVersion").unwrap_or_default().to_owned();
    let include = request.query("includeObject").unwrap_or_default();
    if form.shape == Shape::Table && !matches!(include, "" | "None" | "Metadata" | "Object") {
        return Err(refusal::bad_request(format!(
            "Unable to convert to Table as requested: includeObject: Invalid value: {include:?}: must be 'Metadata', 'Object', 'None', or empty"
        )));
    }
    check_metadata_form(&act, request, &form)?;
    if watches {
        let named = act.list.selection.name().unwrap_or(name.as_str());
        rbac::authorize_watch(state, context, &act.kind, (&namespace, named))?;
        if form.encoding == Encoding::Yaml {
            let text = "only the following media types are accepted: application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch";
            return Err(refusal::not_acceptable(text.to_owned()));
        }
        let stream = watch::open(state, context.now, &act, &options::watch(request), form.shape)?;
        return Ok(Reply::Watch(Box::new(stream), form));
    }
    // Permission comes before the body is read.
    let named = act.list.selection.name().unwrap_or(name.as_str()).to_owned();
    rbac::authorize(state, context, verb, &act.kind, (&namespace, &named), &sub)?;
    body::read(context, request, &mut act)?;
    let outcome = perform::perform(state, context, &act)?;
    Ok(Reply::Outcome(Box::new((act, outcome)), form))
}

/// A list is asked for as a list, one object as one.
fn check_metadata_form(act: &Act, request: &Request, form: &Form) -> Result<(), Status> {
    let word = request.header("accept").unwrap_or_default();
    if form.shape != Shape::Metadata || word.contains(',') || request.query("watch").is_some() {
        return Ok(());
    }
    let asks_list = word.contains("as=PartialObjectMetadataList");
    let package = match (act.kind.gvk.group.as_str(), act.kind.is_custom()) {
        (_, true) => "unstructured.Unstructured".to_owned(),
        ("", _) => format!("core.{}", act.kind.gvk.kind),
        (group, _) => {
            format!("{}.{}", group.split('.').next().unwrap_or_default(), act.kind.gvk.kind)
        }
    };
    let text = match (act.verb == Verb::List, asks_list) {
        (true, false) => {
            format!(
                "you requested PartialObjectMetadata, but the requested object is a list (*{package}List)"
            )
        }
        (false, true) => {
            format!(
                "you requested PartialObjectMetadataList, but the requested object is not a list (*{package})"
            )
        }
        _ => return Ok(()),
    };
    Err(refusal::not_acceptable(text))
}

fn is_true(text: &str) -> bool {
    !matches!(text, "" | "0" | "false" | "FALSE" | "False" | "f" | "F")
}

fn verb_of(request: &Request, name: &str, sub: &str) -> Result<Verb, Status> {
    match (request.method.as_str(), name.is_empty()) {
        ("GET", true) => Ok(Verb::List),
        ("GET", false) => Ok(Verb::Get),
        ("POST", true) => Ok(Verb::Create),
        ("POST", false) if !sub.is_empty() => Ok(Verb::Create),
        ("PUT", false) => Ok(Verb::Update),
        ("PATCH", false) => Ok(Verb::Patch(body::patch_form(request))),
        ("DELETE", true) => Ok(Verb::DeleteCollection),
        ("DELETE", false) => Ok(Verb::Delete),
        _ => Err(refusal::not_allowed()),
    }
}
