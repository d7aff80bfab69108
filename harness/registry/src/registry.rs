//! Everything that is served: by URL, by repository, by bucket; and what is broken of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use clock::Moment;
use tree::Tree;

use crate::answer::{Login, Refusal};
use crate::bucket::{BucketObject, objects_of};
use crate::charts::{ChartError, ChartRepository, read_chart};
use crate::fault::{Fault, Faults};
use crate::oci::{Content, OciRepository, Question, missing};

/// The servers of a world: chart repositories, OCI registries, object stores.
#[derive(Debug, Default)]
pub struct Registry {
    charts: BTreeMap<String, ChartRepository>,
    files: BTreeMap<String, Arc<[u8]>>,
    repositories: BTreeMap<String, OciRepository>,
    buckets: BTreeMap<(String, String), Vec<BucketObject>>,
    /// Hosts that answer also for what is not declared.
    hosts: BTreeSet<String>,
    /// Hosts that speak no TLS.
    plain: BTreeSet<String>,
    faults: Faults,
}

impl Registry {
    /// Makes a host answer with 404 for what is not declared; `plain` hosts speak no TLS.
    pub fn serve_host(&mut self, host: &str, plain: bool) {
        self.hosts.insert(host.to_lowercase());
        if plain {
            self.plain.insert(host.to_lowercase());
        }
    }

    /// Declares a chart repository, with who may ask.
    pub fn declare_charts(&mut self, url: &str, login: Option<Login>) {
        self.charts.entry(address(url)).or_default().login = login;
    }

    /// Gives a chart repository an index as it is, instead of one made from its charts.
    pub fn set_index(&mut self, url: &str, index: &[u8]) {
        self.charts.entry(address(url)).or_default().raw_index = Some(index.into());
    }

    /// Serves a file under its whole URL, as indexes may name it.
    pub fn put_file(&mut self, url: &str, bytes: &[u8]) {
        self.files.insert(address(url), bytes.into());
    }

    /// Publishes a packed chart: in a chart repository, or with its version as tag under an
    /// `oci://` URL, which ends with the chart's name or gets it.
    ///
    /// # Errors
    /// If the bytes are no packed chart.
    pub fn publish_chart(
        &mut self,
        url: &str,
        archive: &[u8],
        at: Moment,
    ) -> Result<(), ChartError> {
        let Some(place) = url.strip_prefix("oci://") else {
            return self.charts.entry(address(url)).or_default().publish(archive, at);
        };
        let chart = read_chart(archive)?;
        let text = |key: &str| chart.str_at(&[key]).unwrap_or_default();
        let (name, version) = (text("name"), text("version"));
        let place = place.trim_end_matches('/');
        let named = place.rsplit('/').next() == Some(name);
        let place = if named { place.to_owned() } else { format!("{place}/{name}") };
        let annotations = ["title", "version"].map(|key| {
            let value = if key == "title" { name } else { version };
            (format!("org.opencontainers.image.{key}"), value.to_owned())
        });
        let content = Content::Chart(archive.to_vec(), objects::to_json(&chart));
        let tags = [version.replace('+', "_")];
        self.push(&place, content, &tags, &annotations);
        Ok(())
    }

    /// Takes a version of a chart away; whether it was there.
    pub fn withdraw_chart(&mut self, url: &str, name: &str, version: &str) -> bool {
        match url.strip_prefix("oci://") {
            Some(place) => {
                let place = place.trim_end_matches('/');
                let named = place.rsplit('/').next() == Some(name);
                let place = if named { place.to_owned() } else { format!("{place}/{name}") };
                self.untag(&place, &version.replace('+', "_"))
            }
            None => {
                let known = self.charts.get_mut(&address(url));
                known.is_some_and(|known| known.withdraw(name, version))
            }
        }
    }

    /// Declares an OCI repository (`HOST/NAME`), with who may ask.
    pub fn declare_repository(&mut self, place: &str, login: Option<Login>) {
        self.repositories.entry(address(place)).or_default().login = login;
    }

    /// Stores content in an OCI repository and points tags at it; gives the manifest's digest.
    pub fn push(
        &mut self,
        place: &str,
        content: Content,
        tags: &[String],
        annotations: &[(String, String)],
    ) -> String {
        self.repositories.entry(address(place)).or_default().push(content, tags, annotations)
    }

    /// Takes a manifest and its blobs in as they are, with a tag if it has one.
    pub fn put_manifest(
        &mut self,
        place: &str,
        bytes: &[u8],
        tag: Option<&str>,
        blobs: &[Vec<u8>],
    ) {
        let repository = self.repositories.entry(address(place)).or_default();
        repository.put_manifest(bytes, tag);
        blobs.iter().for_each(|blob| repository.put_blob(blob));
    }

    /// Takes a tag away; whether it was there.
    pub fn untag(&mut self, place: &str, tag: &str) -> bool {
        self.repositories.get_mut(&address(place)).is_some_and(|known| known.untag(tag))
    }

    /// Replaces what a bucket holds.
    pub fn put_bucket(&mut self, endpoint: &str, bucket: &str, files: &Tree) {
        let key = (endpoint.to_lowercase(), bucket.to_owned());
        self.buckets.insert(key, objects_of(files));
    }

    /// Takes a bucket away; whether it was there.
    pub fn remove_bucket(&mut self, endpoint: &str, bucket: &str) -> bool {
        self.buckets.remove(&(endpoint.to_lowercase(), bucket.to_owned())).is_some()
    }

    /// Breaks requests below a place; gives the number that ends it.
    pub fn break_below(&mut self, place: &str, fault: Fault) -> u64 {
        self.faults.add(place, fault)
    }

    /// Ends a fault; whether it was in force.
    pub fn heal(&mut self, id: u64) -> bool {
        self.faults.end(id)
    }

    /// The fault that spoils a look at a URL; looks are counted. `connection` asks only for
    /// faults that refuse connections.
    pub fn strike(&mut self, url: &str, connection: bool) -> Option<Fault> {
        self.faults.strike(url, connection)
    }

    /// GET of a URL of charts.
    ///
    /// # Errors
    /// If nothing is declared there, or it is refused.
    pub fn get(&self, url: &str, login: Option<&Login>) -> Result<Arc<[u8]>, Refusal> {
        let wanted = address(url);
        self.connect(&wanted, url.starts_with("http://"))?;
        if let Some(bytes) = self.files.get(&wanted) {
            return Ok(bytes.clone());
        }
        let candidates = self.charts.iter().rev();
        let mut inside = candidates.filter_map(|(base, charts)| {
            Some((charts, wanted.strip_prefix(base.as_str())?.strip_prefix('/')?))
        });
        match inside.next() {
            Some((charts, path)) => charts.get(path, login),
            None => Err(self.unknown(&wanted)),
        }
    }

    /// A question to an OCI registry.
    ///
    /// # Errors
    /// If nothing is declared there, or it is refused.
    pub fn ask(
        &self,
        (host, name): (&str, &str),
        question: &Question,
        plain: bool,
        login: Option<&Login>,
    ) -> Result<Arc<[u8]>, Refusal> {
        let wanted = address(&format!("{host}/{name}"));
        let host = host.to_lowercase();
        self.connect(&wanted, plain)?;
        let known = self.repositories.get(&wanted);
        let has_host = || {
            let prefix = format!("{host}/");
            self.hosts.contains(&host)
                || self.repositories.keys().any(|known| known.starts_with(&prefix))
        };
        match (known, question) {
            (_, Question::Ping) if has_host() => Ok(Arc::from(&b"{}"[..])),
            (Some(known), question) => known.answer(name, question, login),
            (None, question) if has_host() => Err(missing(name, question)),
            (None, _) => Err(Refusal::Unknown),
        }
    }

    /// The objects of a bucket; `None` if the object store has no such bucket.
    ///
    /// # Errors
    /// If there is no such object store.
    pub fn bucket(&self, endpoint: &str, bucket: &str) -> Result<Option<&[BucketObject]>, Refusal> {
        let endpoint = endpoint.to_lowercase();
        let found = self.buckets.get(&(endpoint.clone(), bucket.to_owned()));
        let is_known = self.hosts.contains(&endpoint)
            || self.buckets.keys().any(|(known, _)| *known == endpoint);
        match found {
            Some(objects) => Ok(Some(objects)),
            None if is_known => Ok(None),
            None => Err(Refusal::Unknown),
        }
    }

    /// Whether anything is declared under a URL of charts or artifacts.
    #[must_use]
    pub fn knows(&self, url: &str) -> bool {
        let wanted = address(url);
        let below = format!("{wanted}/");
        let repositories = self.repositories.keys();
        let mut known = self.charts.keys().chain(repositories).chain(self.files.keys());
        known.any(|known| *known == wanted || known.starts_with(&below))
    }

    /// Everything that is declared of charts and artifacts, by address.
    #[must_use]
    pub fn places(&self) -> Vec<String> {
        self.charts.keys().chain(self.repositories.keys()).cloned().collect()
    }

    fn connect(&self, wanted: &str, plain: bool) -> Result<(), Refusal> {
        let host = wanted.split('/').next().unwrap_or_default();
        if !plain && self.plain.contains(host) { Err(Refusal::NoConnection) } else { Ok(()) }
    }

    fn unknown(&self, wanted: &str) -> Refusal {
        let host = wanted.split('/').next().unwrap_or_default();
        let prefix = format!("{host}/");
        let known = self.charts.keys().chain(self.files.keys());
        let is_host =
            self.hosts.contains(host) || known.into_iter().any(|known| known.starts_with(&prefix));
        if is_host { Refusal::plain(404) } else { Refusal::Unknown }
    }
}

/// A place without its scheme and the slash at its end; letter case of hosts does not count.
fn address(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let rest = rest.trim_end_matches('/');
    match rest.split_once('/') {
        Some((host, path)) => format!("{}/{path}", host.to_lowercase()),
        None => rest.to_lowercase(),
    }
}
