//! Answers: codes, headers, forms.

use client::Status;
use objects::{Object, Value};

use crate::context::Context;
use crate::form::{self, Encoding, Form, Shape};
use crate::partial::partial;
use crate::perform::{Act, Outcome};
use crate::{Body, Request, Response, read, table};

/// Content type and warnings.
pub(crate) fn headers(content_type: &str, warnings: &[String]) -> Vec<(String, String)> {
    let mut headers = vec![("Content-Type".to_owned(), content_type.to_owned())];
    for warning in warnings {
        let text = warning.replace('\\', "\\\\").replace('"', "\\\"");
        headers.push(("Warning".to_owned(), format!("299 - \"{text}\"")));
    }
    headers
}

/// Plain text.
pub(crate) fn text(status: u16, text: &str) -> Response {
    Response {
        status,
        headers: headers("text/plain; charset=utf-8", &[]),
        body: Body::Bytes(text.as_bytes().to_vec()),
    }
}

/// A value in an agreed encoding.
pub(crate) fn value(
    code: u16,
    value: &Value,
    encoding: Encoding,
    content_type: &str,
    warnings: &[String],
) -> Response {
    Response {
        status: code,
        headers: headers(content_type, warnings),
        body: Body::Bytes(encode(value, encoding)),
    }
}

/// A document in JSON.
pub(crate) fn json(code: u16, shown: &Value) -> Response {
    value(code, shown, Encoding::Json, "application/json", &[])
}

/// A value as bytes.
pub(crate) fn encode(value: &Value, encoding: Encoding) -> Vec<u8> {
    match encoding {
        Encoding::Yaml => objects::to_yaml(value).into_bytes(),
        Encoding::Json => {
            let mut text = objects::to_json(value);
            text.push('\n');
            text.into_bytes()
        }
        Encoding::Protobuf => envelope(value),
    }
}

/// The envelope of Kubernetes' protobuf form around JSON (`runtime.Unknown` with its content type).
fn envelope(value: &Value) -> Vec<u8> {
    let field = |number: u8, bytes: &[u8]| {
        let mut out = vec![number << 3 | 2];
        let mut length = bytes.len();
        while length >= 0x80 {
            out.push((length & 0x7f) as u8 | 0x80);
            length >>= 7;
        }
        out.push(length as u8);
        out.extend_from_slice(bytes);
        out
    };
    let text = |key: &str| value.str_at(&[key]).unwrap_or_default().as_bytes().to_vec();
    let mut kind = field(1, &text("apiVersion"));
    kind.extend(field(2, &text("kind")));
    let mut out = b"k8s\0".to_vec();
    out.extend(field(1, &kind));
    out.extend(field(2, objects::to_json(value).as_bytes()));
    out.extend(field(4, b"application/json"));
    out
}

/// A refusal; always a Status, in JSON unless YAML was asked for.
pub(crate) fn refused(status: &Status, warnings: &[String], request: &Request) -> Response {
    let form = form::negotiate(request.header("accept")).unwrap_or(Form::JSON);
    let mut body = status.to_value();
    if status.reason.is_empty() {
        body.remove(&["reason"]);
    }
    let mut response =
        value(status.code, &body, form.encoding, &form.content_type(false), warnings);
    if let Some(seconds) = status.details.int_at(&["retryAfterSeconds"]) {
        response.headers.push(("Retry-After".to_owned(), seconds.to_string()));
    }
    response
}

/// What came of an act, in the agreed form.
pub(crate) fn outcome(
    context: &Context,
    act: &Act,
    outcome: Outcome,
    form: &Form,
    request: &Request,
) -> Response {
    let content = form.content_type(false);
    let (code, mut shown) = match outcome {
        Outcome::Text(plain) => {
            if plain.is_empty() {
                let body = Body::Bytes(Vec::new());
                return Response { status: 204, headers: Vec::new(), body };
            }
            return self::text(200, &plain);
        }
        Outcome::Done { code, status } => (code, status),
        Outcome::One { code, object } => (code, one(context, act, object, form.shape, request)),
        Outcome::Many { metadata, items } => {
            (200, many(context, act, metadata, items, form.shape, request))
        }
    };
    let old = request.header("accept").and_then(|accept| accept.split(',').next());
    let old = old.is_some_and(|first| first.contains("v=v1beta1"));
    if old && form.shape != Shape::Whole {
        shown.set(&["apiVersion"], "meta.k8s.io/v1beta1");
    }
    value(code, &shown, form.encoding, &content, &context.warnings)
}

fn one(context: &Context, act: &Act, object: Object, shape: Shape, request: &Request) -> Value {
    match shape {
        Shape::Whole => object.0,
        Shape::Metadata => partial(&object),
        Shape::Table => {
            let mut metadata = Value::map();
            metadata.set(&["resourceVersion"], object.resource_version());
            let include = request.query("includeObject").unwrap_or("Metadata");
            table::table(context.now, &act.kind, metadata, &[object], include, true)
        }
    }
}

fn many(
    context: &Context,
    act: &Act,
    metadata: Value,
    items: Vec<Object>,
    shape: Shape,
    request: &Request,
) -> Value {
    match shape {
        Shape::Whole => read::list_value(&act.kind, metadata, items),
        Shape::Metadata => Value::from([
            ("apiVersion", Value::from("meta.k8s.io/v1")),
            ("kind", "PartialObjectMetadataList".into()),
            ("metadata", metadata),
            ("items", items.iter().map(partial).collect()),
        ]),
        Shape::Table => {
            let include = request.query("includeObject").unwrap_or("Metadata");
            table::table(context.now, &act.kind, metadata, &items, include, true)
        }
    }
}
