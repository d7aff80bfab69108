//! Lists with limit and continue.
//!
//! A token holds the revision it was made at and the last key that was given.

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};
use client::Status;
use objects::{Object, Value};
use schema::Cause;

use crate::catalogue::Kind;
use crate::refusal;
use crate::selector::Selection;
use crate::state::State;

/// Go's decoder does not mind bits behind the end.
const URL_SAFE_NO_PAD: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(base64::engine::DecodePaddingMode::RequireNone),
);

/// What a list asks for.
#[derive(Debug, Clone, Default)]
pub(crate) struct ListOptions {
    pub(crate) selection: Selection,
    pub(crate) limit: usize,
    pub(crate) token: String,
    pub(crate) version: String,
    pub(crate) version_match: String,
}

/// The objects of one page and the list's metadata.
pub(crate) fn list(
    state: &State,
    kind: &Kind,
    namespace: Option<&str>,
    options: &ListOptions,
) -> Result<(Value, Vec<Object>), Status> {
    check(options)?;
    if let Ok(version) = options.version.parse::<u64>() {
        check_future(state, version)?;
    } else if !options.version.is_empty() {
        let given = &options.version;
        return Err(refusal::bad_request(format!(
            "Invalid value: \"{given}\": strconv.ParseUint: parsing \"{given}\": invalid syntax"
        )));
    }
    let after = if options.token.is_empty() { None } else { Some(read_token(&options.token)?) };
    let revision = after.as_ref().map_or_else(|| state.storage.revision(), |(at, ..)| *at);
    let source = match &after {
        Some((_, space, name)) => {
            let key = (space.as_str().into(), name.as_str().into());
            state.storage.list_after(&kind.store, namespace, &key)
        }
        None => state.storage.list(&kind.store, namespace),
    };
    let mut chosen = source
        .map(|stored| State::present(kind, stored))
        .filter(|object| options.selection.is_all() || options.selection.matches(kind, object));
    let limit = if options.limit == 0 { usize::MAX } else { options.limit };
    let items: Vec<Object> = chosen.by_ref().take(limit).collect();
    let mut metadata = Value::from([("resourceVersion", revision.to_string())]);
    let rest = chosen.count();
    if rest > 0
        && let Some(last) = items.last()
    {
        metadata.set(&["continue"], make_token(revision, last));
        if options.selection.is_all() {
            metadata.set(&["remainingItemCount"], rest as i64);
        }
    }
    Ok((metadata, items))
}

fn check(options: &ListOptions) -> Result<(), Status> {
    let mut causes = Vec::new();
    let field = "resourceVersionMatch";
    if !options.version_match.is_empty() {
        if options.version.is_empty() {
            let text = "resourceVersionMatch is forbidden unless resourceVersion is provided";
            causes.push(Cause::forbidden(field, text));
        }
        if !options.token.is_empty() {
            let text = "resourceVersionMatch is forbidden when continue is provided";
            causes.push(Cause::forbidden(field, text));
        }
        let known = ["Exact", "NotOlderThan"];
        if !known.contains(&options.version_match.as_str()) {
            let given = options.version_match.as_str().into();
            causes.push(Cause::not_supported(field, &given, &["Exact", "NotOlderThan", ""]));
        }
        if options.version_match == "Exact" && options.version == "0" {
            let text = "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"";
            causes.push(Cause::forbidden(field, text));
        }
    }
    if !causes.is_empty() {
        let named = "ListOptions.meta.k8s.io";
        return Err(refusal::invalid_named("meta.k8s.io", "ListOptions", named, "", &causes));
    }
    if !options.token.is_empty() && !matches!(options.version.as_str(), "" | "0") {
        let text = "specifying resource version is not allowed when using continue";
        return Err(refusal::bad_request(text));
    }
    Ok(())
}

/// Refuses a version that is not there yet.
pub(crate) fn check_future(state: &State, version: u64) -> Result<(), Status> {
    let current = state.storage.revision();
    if version <= current {
        return Ok(());
    }
    let cause = Value::from([
        ("message", "Too large resource version"),
        ("reason", "ResourceVersionTooLarge"),
    ]);
    let details =
        Value::from([("causes", Value::from(vec![cause])), ("retryAfterSeconds", Value::Int(1))]);
    let message = format!("Timeout: Too large resource version: {version}, current: {current}");
    Err(Status { code: 504, reason: "Timeout".to_owned(), message, details })
}

fn make_token(revision: u64, last: &Object) -> String {
    let start = format!("{}/{}", last.namespace(), last.name());
    let value = Value::from([
        ("v", Value::from("meta.k8s.io/v1")),
        ("rv", (revision as i64).into()),
        ("start", start.into()),
    ]);
    URL_SAFE_NO_PAD.encode(objects::to_json(&value))
}

fn read_token(token: &str) -> Result<(u64, String, String), Status> {
    let wrong = |why: &str| {
        let text = format!("invalid continue token: continue key is not valid: {why}");
        refusal::bad_request(text)
    };
    let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|problem| wrong(&problem.to_string()))?;
    let value = objects::from_json(&bytes).map_err(|_| {
        let first = bytes.first().copied().unwrap_or_default();
        wrong(&format!("invalid character {} looking for beginning of value", go_letter(first)))
    })?;
    if value.str_at(&["v"]) != Some("meta.k8s.io/v1") {
        let version = value.str_at(&["v"]).unwrap_or_default();
        return Err(wrong(&format!("server does not recognize this encoded version {version}")));
    }
    let start = value.str_at(&["start"]).unwrap_or_default();
    let (namespace, name) = start.split_once('/').unwrap_or(("", start));
    let revision = value.int_at(&["rv"]).unwrap_or_default();
    Ok((u64::try_from(revision).unwrap_or_default(), namespace.to_owned(), name.to_owned()))
}

fn go_letter(byte: u8) -> String {
    match byte {
        b'\'' => "'\\''".to_owned(),
        byte if byte.is_ascii_graphic() || byte == b' ' => format!("'{}'", char::from(byte)),
        byte => format!("'\\u{byte:04x}'"),
    }
}
