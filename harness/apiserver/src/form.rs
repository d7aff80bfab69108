//! Which form an answer takes.
//!
//! Source: kubernetes apiserver, `endpoints/handlers/negotiation`.

use client::Status;

use objects::Value;

use crate::refusal;

/// How the text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Json,
    Yaml,
    Protobuf,
}

/// What the object is shown as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Shape {
    #[default]
    Whole,
    Table,
    Metadata,
}

/// The agreed form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Form {
    pub(crate) encoding: Encoding,
    pub(crate) shape: Shape,
}

impl Form {
    pub(crate) const JSON: Self = Self { encoding: Encoding::Json, shape: Shape::Whole };

    pub(crate) fn content_type(&self, stream: bool) -> String {
        let base = match self.encoding {
            Encoding::Json => "application/json",
            Encoding::Yaml => "application/yaml",
            Encoding::Protobuf => "application/vnd.kubernetes.protobuf",
        };
        if stream && self.encoding == Encoding::Protobuf {
            return format!("{base};stream=watch");
        }
        base.to_owned()
    }
}

/// One entry of an `Accept` header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Clause {
    pub(crate) media: String,
    pub(crate) parameters: Vec<(String, String)>,
}

impl Clause {
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// The entries in order of preference.
pub(crate) fn clauses(header: &str) -> Vec<Clause> {
    let mut found: Vec<(i64, Clause)> = Vec::new();
    for part in header.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let mut pieces = part.split(';').map(str::trim);
        let media = pieces.next().unwrap_or_default().to_lowercase();
        let mut quality = 1000;
        let mut parameters = Vec::new();
        for (key, value) in pieces.filter_map(|piece| piece.split_once('=')) {
            if key == "q" {
                quality = (value.parse::<f64>().unwrap_or(0.0) * 1000.0) as i64;
            } else {
                parameters.push((key.trim().to_lowercase(), value.trim().to_owned()));
            }
        }
        found.push((quality, Clause { media, parameters }));
    }
    found.sort_by_key(|(quality, _)| -quality);
    found.into_iter().map(|(_, clause)| clause).collect()
}

/// The form that a request of objects asks for.
pub(crate) fn negotiate(accept: Option<&str>) -> Result<Form, Status> {
    let header = accept.unwrap_or_default();
    if header.trim().is_empty() {
        return Ok(Form::JSON);
    }
    let clauses = clauses(header);
    let mut known = false;
    // JSON is the form that this server speaks fully, so it is taken wherever it would do.
    let json = clauses.iter().any(|clause| encoding(&clause.media) == Some(Encoding::Json));
    for clause in &clauses {
        let Some(encoding) = encoding(&clause.media) else { continue };
        if encoding == Encoding::Protobuf && json {
            continue;
        }
        known = true;
        if let Some(shape) = shape(clause) {
            return Ok(Form { encoding, shape });
        }
    }
    if known {
        return Err(refusal::not_acceptable(ACCEPTED.to_owned()));
    }
    let text = "406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, application/vnd.kubernetes.protobuf";
    let mut status = refusal::not_acceptable(text.to_owned());
    status.details = Value::map();
    Err(status)
}

/// The 406 of a known form that this resource does not have.
pub(crate) const ACCEPTED: &str = "only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf";

fn encoding(media: &str) -> Option<Encoding> {
    match media {
        "application/json" | "*/*" => Some(Encoding::Json),
        "application/yaml" => Some(Encoding::Yaml),
        "application/vnd.kubernetes.protobuf" => Some(Encoding::Protobuf),
        _ => None,
    }
}

fn shape(clause: &Clause) -> Option<Shape> {
    let Some(asked) = clause.parameter("as") else { return Some(Shape::Whole) };
    if clause.parameter("g") != Some("meta.k8s.io")
        || !matches!(clause.parameter("v"), Some("v1" | "v1beta1"))
    {
        return None;
    }
    match asked {
        "Table" => Some(Shape::Table),
        "PartialObjectMetadata" | "PartialObjectMetadataList" => Some(Shape::Metadata),
        _ => None,
    }
}
