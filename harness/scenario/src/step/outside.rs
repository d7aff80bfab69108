//! What happens outside the clusters, and what breaks.

use std::time::Duration;

use objects::Value;

use crate::matcher::{NumberMatch, TextMatch};
use crate::record::{record, words};
use crate::reference::ObjectPattern;
use crate::scalar::{Entries, Many};

record! {
    /// Something published: exactly one of `chart`, `artifact` and `image`.
    pub struct Publish {
        /// The folder of a chart, or a packed chart, relative to the scenario file.
        "chart" chart: Option<String>,
        /// The folder that an OCI artifact holds.
        "artifact" artifact: Option<String>,
        /// Images with their tags: `ghcr.io/org/app:1.2.3`.
        "image" image: Many<String>,
        /// For charts and artifacts: the URL.
        "to" to: Option<String>,
        /// For charts: the version, where it is not the chart's own.
        "version" version: Option<String>,
        /// For artifacts: the tags; `latest` without them.
        "tag" tag: Many<String>,
        /// For artifacts: annotations of the manifest.
        "annotations" annotations: Entries<String, String>,
    }
}

record! {
    /// Something broken. One of the targets, and how it is broken; without `answer`,
    /// `delay` and `damage` the target cannot be reached.
    pub struct Fault {
        /// A repository, by name or URL.
        "git" git: Option<String>,
        /// A chart repository, by URL.
        "charts" charts: Option<String>,
        /// OCI artifacts, by URL.
        "artifacts" artifacts: Option<String>,
        /// Images that cannot be pulled; `*` for any text.
        "image" image: Option<String>,
        /// Calls to the Kubernetes API.
        "api" api: Option<ApiFault>,
        /// A node that is lost, by name; `"*"` for any one.
        "node" node: Option<String>,
        /// The cluster, for `api`, `node` and `image`.
        "cluster" cluster: Option<String>,
        /// The HTTP status that it answers with: 401, 404, 429, 500, 503.
        "answer" answer: Option<u64>,
        /// The text that it answers with.
        "message" message: Option<String>,
        /// How late it answers.
        "delay" delay: Option<Duration>,
        /// For charts and artifacts: what is wrong with the bytes that are served.
        "damage" damage: Option<Damage>,
        /// How many calls are broken; all without it.
        "times" times: Option<u64>,
        /// How long; until a step `heal` without it.
        "lasts" lasts: Option<Duration>,
    }
}

words! {
    /// What is wrong with bytes that are served.
    pub enum Damage {
        /// They end too early.
        "truncated" Truncated,
        /// They are others than their digest says.
        "wrong-digest" WrongDigest,
    }
    default Truncated
}

record! {
    /// The calls to the Kubernetes API that a fault breaks.
    pub struct ApiFault {
        /// `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`; all without it.
        "verbs" verbs: Many<String>,
        /// The objects; all without it.
        "objects" objects: Many<ObjectPattern>,
    }
}

record! {
    /// A service asked from outside: exactly one of `http` and `tcp`.
    pub struct Probe {
        /// The cluster, where the scenario has several.
        "cluster" cluster: Option<String>,
        /// The URL. Its host port is one of `ports`.
        "http" http: Option<String>,
        /// Host and port that accept a connection.
        "tcp" tcp: Option<String>,
        /// The HTTP status; 200 without it.
        "status" status: Option<NumberMatch>,
        /// The body.
        "body" body: Option<TextMatch>,
        /// Headers to send.
        "headers" headers: Entries<String, String>,
        /// How long to try again; 1m without it.
        "within" within: Option<Duration>,
    }
}

record! {
    /// An event sent to a Receiver.
    pub struct Webhook {
        /// The cluster, where the scenario has several.
        "cluster" cluster: Option<String>,
        /// The Receiver.
        "receiver" receiver: ObjectPattern,
        /// The event's name, as in `X-GitHub-Event`: `push`, `ping`.
        "event" event: Option<String>,
        /// The body.
        "body" body: Option<Value>,
        /// Whether the signature is wrong.
        "bad-signature" bad_signature: bool,
        /// The HTTP status that is expected; 200 without it.
        "status" status: Option<NumberMatch>,
    }
}
