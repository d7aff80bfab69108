//! The normal form of recordings: what differs from run to run becomes a token.

use std::collections::BTreeMap;

use objects::{Map, Object, Value};
use regex::{Captures, Regex};

use crate::{ConformError, releases};

/// Turns values into their normal form; uids are numbered as they appear.
pub(crate) struct Normal {
    commits: Vec<(String, String)>,
    uids: BTreeMap<String, usize>,
    uid: Regex,
    time: Regex,
    scratch: Regex,
    address: Regex,
    durations: Vec<Regex>,
    /// What stands for the address of a Service.
    cluster_ip: &'static str,
}

const UID: &str = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";

impl Normal {
    /// The two halves of the recordings write the address of a Service differently.
    pub(crate) fn new(
        commits: impl Iterator<Item = String>,
        controllers: &[Value],
    ) -> Result<Self, ConformError> {
        let second = ["helm", "notification", "image"];
        let is_second = controllers
            .iter()
            .filter_map(Value::as_str)
            .any(|name| second.iter().any(|start| name.starts_with(start)));
        let regex = |pattern: &str| {
            Regex::new(pattern).map_err(|cause| ConformError::Place(cause.to_string()))
        };
        let named = commits.enumerate();
        Ok(Self {
            commits: named.map(|(at, id)| (id, format!("<commit:{}>", at + 1))).collect(),
            uids: BTreeMap::new(),
            uid: regex(UID)?,
            time: regex(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")?,
            scratch: regex(r"/tmp/(kustomization-|gitrepository-|helmchart-[^/\s]*-)\d+")?,
            address: regex(r"dial tcp [^\s:]+:\d+: connect")?,
            cluster_ip: if is_second { "<cluster IP>" } else { "<clusterIP>" },
            durations: vec![regex(
                r"(finished in |passed in |failed after )([0-9.]+(?:ns|µs|ms|s|m|h))+",
            )?],
        })
    }

    /// A text with tokens.
    pub(crate) fn text(&mut self, text: &str) -> String {
        let mut text = text.to_owned();
        for (id, token) in &self.commits {
            if text.contains(id.as_str()) {
                text = text.replace(id.as_str(), token);
            }
        }
        if text.contains("/tmp/") {
            text = self.scratch.replace_all(&text, "/tmp/<tmp>").into_owned();
        }
        if text.contains("dial tcp ") {
            text = self.address.replace_all(&text, "dial tcp <addr>: connect").into_owned();
        }
        for duration in &self.durations {
            text = duration.replace_all(&text, "${1}<duration>").into_owned();
        }
        text = self.time.replace_all(&text, "<time>").into_owned();
        let uids = &mut self.uids;
        let number = |found: &Captures<'_>| {
            let next = uids.len() + 1;
            format!("<uid:{}>", uids.entry(found[0].to_owned()).or_insert(next))
        };
        self.uid.replace_all(&text, number).into_owned()
    }

    pub(crate) fn value(&mut self, value: &Value) -> Value {
        match value {
            Value::String(text) => self.text(text).into(),
            Value::List(items) => items.iter().map(|item| self.value(item)).collect(),
            Value::Map(map) => {
                let entries = map.iter().map(|(key, value)| {
                    let value = match key.as_ref() {
                        // The moment of an artifact's making is the same in every recording.
                        "org.opencontainers.image.created" => value.clone(),
                        "lastReconciledDuration" | "lastAttemptedReleaseActionDuration" => {
                            "<duration>".into()
                        }
                        _ => self.value(value),
                    };
                    (key.clone(), value)
                });
                entries.collect::<Map>().into()
            }
            other => other.clone(),
        }
    }

    /// An object of a snapshot.
    pub(crate) fn object(&mut self, object: &Object, with_status: bool) -> Value {
        let mut bare = match object.kind() {
            "HelmRelease" => releases::steady(object.0.clone()),
            "Secret" if releases::is_record(object) => releases::shown(object),
            _ => object.0.clone(),
        };
        for field in ["resourceVersion", "creationTimestamp", "selfLink"] {
            bare.remove(&["metadata", field]);
        }
        if !with_status {
            bare.remove(&["status"]);
        }
        if object.kind() == "Service" && object.str_at(&["spec", "clusterIP"]) != Some("None") {
            bare.set(&["spec", "clusterIP"], self.cluster_ip);
            bare.set(&["spec", "clusterIPs"], vec![Value::from(self.cluster_ip)]);
        }
        let managed = bare.remove(&["metadata", "managedFields"]);
        let mut normal = self.value(&bare);
        if let Some(managed) = managed {
            let fields = self.managed(managed.as_list().unwrap_or_default(), with_status);
            if !fields.is_empty() {
                normal.set(&["metadata", "managedFields"], fields);
            }
        }
        normal
    }

    fn managed(&mut self, entries: &[Value], with_status: bool) -> Vec<Value> {
        let text = |entry: &Value, key: &str| entry.str_at(&[key]).unwrap_or_default().to_owned();
        let mut list: Vec<Value> = Vec::new();
        for entry in entries {
            let subresource = text(entry, "subresource");
            if !with_status && subresource == "status" {
                continue;
            }
            let fields = entry.get("fieldsV1").cloned().unwrap_or_else(Value::map);
            let mut short = Value::from([
                ("fields", Value::from(self.text(&objects::to_json(&fields)))),
                ("manager", text(entry, "manager").into()),
                ("operation", text(entry, "operation").into()),
            ]);
            if !subresource.is_empty() {
                short.set(&["subresource"], subresource);
            }
            list.push(short);
        }
        list.sort_by_key(|entry| {
            (text(entry, "manager"), text(entry, "operation"), text(entry, "subresource"))
        });
        list
    }
}
