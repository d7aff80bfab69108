//! What a case serves beside git: charts, artifacts, images, buckets.

use std::time::Duration;

use clock::Moment;
use environment::registry::{Content, Fault, Login, Registry, read_chart};
use objects::{Map, Value};
use tree::archive::{Packing, pack};
use tree::{Tree, TreePath};

use crate::ConformError;
use crate::case::change;
use crate::play::Play;

const CHARTS: &str = "charts.test";
const REGISTRY: &str = "registry.test";
/// The same server under a name that image libraries treat as plain HTTP.
const LOCAL: &str = "registry.localhost";
const BUCKETS: &str = "s3.test";
/// Every archive of a recording is of this moment.
const PACKED: Packing<'static> = Packing { prefix: "", folders: false, modified: 1_767_225_600 };

impl Play<'_> {
    /// Serves what the case begins with.
    pub(crate) fn declare_outside(&mut self) -> Result<(), ConformError> {
        self.place.outside("", |registry| {
            for host in [CHARTS, REGISTRY, LOCAL, BUCKETS] {
                registry.serve_host(host, host != LOCAL);
            }
        });
        for kind in ["charts", "oci", "buckets"] {
            for entry in self.case.body.list_at(&[kind]) {
                self.publish(entry)?;
            }
        }
        Ok(())
    }

    /// Publishes one entry, or takes it away.
    pub(crate) fn publish(&mut self, entry: &Value) -> Result<(), ConformError> {
        let mut files = match entry.str_at(&["tree"]) {
            Some(folder) => self.case.tree(folder)?,
            None => Tree::new(),
        };
        change(&mut files, &self.with_commits(entry))?;
        let text = |key: &str| entry.str_at(&[key]);
        if let Some(repository) = text("chart") {
            let host = text("host").unwrap_or(CHARTS);
            let url = format!("http://{host}/{repository}");
            let raw = entry.get("raw").and_then(Value::as_str);
            return self.serve(&url, |registry| publish_chart(registry, &url, entry, &files, raw));
        }
        if let Some(repository) = text("oci") {
            let host = text("host").unwrap_or(REGISTRY);
            self.serve(&format!("{host}/{repository}"), |registry| {
                registry.serve_host(host, true);
                publish_oci(registry, host, repository, entry, &files)
            })?;
            if host == REGISTRY {
                let place = format!("{LOCAL}/{repository}");
                return self.serve(&place, |registry| {
                    publish_oci(registry, LOCAL, repository, entry, &files)
                });
            }
            return Ok(());
        }
        let Some(bucket) = text("bucket") else {
            return Err(ConformError::Place("nothing is named that could be published".to_owned()));
        };
        let host = text("host").unwrap_or(BUCKETS);
        let removed = is_removed(entry);
        self.serve(&format!("{host}/{bucket}"), |registry| {
            if removed {
                registry.remove_bucket(host, bucket);
            } else {
                registry.put_bucket(host, bucket, &files);
            }
            Ok(())
        })
    }

    fn serve(
        &mut self,
        address: &str,
        work: impl FnOnce(&mut Registry) -> Result<(), ConformError>,
    ) -> Result<(), ConformError> {
        self.place.outside(address, work)
    }

    /// Breaks or heals requests below a host and path.
    pub(crate) fn break_outside(&mut self, key: &(String, String), what: &Value) {
        let place = format!("{}{}", key.0, if key.1.is_empty() { "/" } else { &key.1 });
        if let Some(id) = self.outside_faults.remove(key) {
            self.place.outside(&place, |registry| registry.heal(id));
        }
        let flag = |name: &str| what.bool_at(&[name]);
        if flag("off").unwrap_or(false) || flag("down") == Some(false) {
            return;
        }
        let slow = what.get("slow").and_then(Value::as_f64).map(Duration::from_secs_f64);
        let status = what.int_at(&["status"]).and_then(|code| u16::try_from(code).ok());
        let fault = Fault { answer: status, delay: slow, ..Fault::default() };
        let id = self.place.outside(&place, |registry| registry.break_below(&place, fault));
        self.outside_faults.insert(key.clone(), id);
    }
}

fn is_removed(entry: &Value) -> bool {
    entry.bool_at(&["remove"]).unwrap_or(false)
}

fn login(entry: &Value) -> Option<Login> {
    let text = |key: &str| entry.str_at(&["auth", key]).map(str::to_owned);
    Some(Login { username: text("username")?, password: text("password")? })
}

fn chart_name(files: &Tree) -> String {
    let text = TreePath::new("Chart.yaml").ok().and_then(|path| files.text(&path));
    let documents = text.and_then(|text| objects::load_yaml(text, yaml::Schema::Yaml11).ok());
    let chart = documents.and_then(|documents| documents.into_iter().next()).unwrap_or_default();
    chart.str_at(&["name"]).unwrap_or("chart").to_owned()
}

fn packed_chart(files: &Tree) -> Vec<u8> {
    pack(files, Packing { prefix: &chart_name(files), ..PACKED })
}

fn publish_chart(
    registry: &mut Registry,
    url: &str,
    entry: &Value,
    files: &Tree,
    raw: Option<&str>,
) -> Result<(), ConformError> {
    if entry.get("auth").is_some() {
        registry.declare_charts(url, login(entry));
    }
    if let Some(raw) = raw {
        registry.set_index(url, raw.as_bytes());
        return Ok(());
    }
    let archive = packed_chart(files);
    let failed = |cause: &dyn std::fmt::Display| ConformError::Place(format!("publish: {cause}"));
    if is_removed(entry) {
        let chart = read_chart(&archive).map_err(|cause| failed(&cause))?;
        let text = |key: &str| chart.str_at(&[key]).unwrap_or_default();
        registry.withdraw_chart(url, text("name"), text("version"));
        return Ok(());
    }
    registry.publish_chart(url, &archive, Moment::START).map_err(|cause| failed(&cause))
}

fn publish_oci(
    registry: &mut Registry,
    host: &str,
    repository: &str,
    entry: &Value,
    files: &Tree,
) -> Result<(), ConformError> {
    let text = |key: &str| entry.str_at(&[key]);
    let place = format!("{host}/{repository}");
    if entry.get("auth").is_some() {
        registry.declare_repository(&place, login(entry));
    }
    let listed = entry.list_at(&["tags"]).iter().filter_map(Value::as_str);
    let mut tags: Vec<String> = text("tag").into_iter().chain(listed).map(str::to_owned).collect();
    if is_removed(entry) {
        for tag in &tags {
            registry.untag(&place, tag);
        }
        return Ok(());
    }
    match text("kind") {
        Some("chart") => {
            let archive = packed_chart(files);
            let url = format!("oci://{place}/{}", chart_name(files));
            let published = registry.publish_chart(&url, &archive, Moment::START);
            published.map_err(|cause| ConformError::Place(format!("publish: {cause}")))
        }
        Some("image") => {
            for tag in tags {
                let mark = format!("{place}:{tag}{}", text("variant").unwrap_or_default());
                registry.push(&place, Content::Image(mark), &[tag], &[]);
            }
            Ok(())
        }
        _ => {
            if tags.is_empty() {
                tags.push("latest".to_owned());
            }
            let layer = pack(files, Packing { folders: true, ..PACKED });
            registry.push(&place, Content::Flux(layer), &tags, &annotations(entry));
            Ok(())
        }
    }
}

/// The annotations given, and the moment that every artifact of a recording has.
fn annotations(entry: &Value) -> Vec<(String, String)> {
    let given = entry.get("annotations").and_then(Value::as_map);
    let given = given.into_iter().flat_map(|map: &_| Map::iter(map));
    let given =
        given.filter_map(|(key, value)| Some((key.to_string(), value.as_str()?.to_owned())));
    let created = ("org.opencontainers.image.created".to_owned(), Moment::START.rfc3339());
    given.chain([created]).collect()
}
