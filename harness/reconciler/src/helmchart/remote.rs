//! Charts of a HelmRepository: found in its index or registry, pulled, packed anew if asked.
//!
//! Rules and words from fluxcd/source-controller: internal/helm/chart/builder_remote.

use std::rc::Rc;
use std::sync::OnceLock;

use clock::parse_duration;
use objects::Object;
use regex::Regex;
use tree::TreePath;
use tree::archive::{Limits, unpack};

use super::build::{Build, BuildError, Options, Reason};
use super::metadata;
use super::package::{merged, package};
use crate::Remote;
use crate::helmrepository::{Access, Index, TIMEOUT, Wanted};
use crate::remote::{http, oras};
use crate::semver_range::{Range, parse_version};
use crate::world::World;

/// A repository with what is known of it.
pub(super) struct Repository<'a> {
    pub(super) world: &'a World,
    /// For whom it is asked.
    pub(super) chart: &'a Object,
    /// The HelmRepository.
    pub(super) object: &'a Object,
    pub(super) access: Access,
}

/// Checks what a chart of a repository may be called.
pub(super) fn check_name(name: &str) -> Result<(), BuildError> {
    let wrong = |problem: String| Err(BuildError::new(Reason::Reference, problem));
    if name.is_empty() {
        return wrong("no name set for remote chart reference".to_owned());
    }
    static ALLOWED: OnceLock<Option<Regex>> = OnceLock::new();
    let allowed = ALLOWED.get_or_init(|| Regex::new(r"^([-a-z0-9]+/?\.?)+$").ok());
    if !allowed.as_ref().is_some_and(|allowed| allowed.is_match(name)) {
        return wrong(format!(
            "invalid chart name '{name}': a valid name must be lower case letters and numbers and \
             MAY be separated with dashes (-), slashes (/) or periods (.)"
        ));
    }
    Ok(())
}

impl Repository<'_> {
    fn text(&self, key: &str) -> &str {
        self.object.str_at(&["spec", key]).unwrap_or_default()
    }

    fn is_oci(&self) -> bool {
        self.text("type") == "oci"
    }

    /// Builds the chart of a name and a version range.
    pub(super) async fn build(
        &self,
        name: &str,
        range: &str,
        options: &Options,
    ) -> Result<Build, BuildError> {
        check_name(name)?;
        let found = self.find(name, range).await?;
        let version = options.version(&found.version)?;
        let packaged = !options.own_values().is_empty() || !options.metadata.is_empty();
        if let Some(known) = options.known(&found.name, &version, packaged) {
            return Ok(known);
        }
        let bytes = self.pull(&found).await.map_err(|problem| {
            let problem = format!("failed to download chart for remote reference: {problem}");
            BuildError::new(Reason::Pull, problem)
        })?;
        if packaged {
            return repack(&bytes, &found.name, &version, options);
        }
        let checked = metadata::of_archive(&bytes)
            .map_err(|problem| {
                format!("failed to load chart metadata from written chart: {problem}")
            })
            .and_then(|metadata| {
                metadata.validate().map_err(|problem| {
                    format!("failed to validate metadata of written chart: {problem}")
                })
            });
        checked.map_err(|problem| BuildError::new(Reason::Pull, problem))?;
        let (name, values_files) = (found.name, Vec::new());
        Ok(Build { name, version, bytes: Some(bytes), packaged, values_files, dependencies: 0 })
    }

    /// The version that a range means.
    pub(super) async fn find(&self, name: &str, range: &str) -> Result<Wanted, BuildError> {
        let failed = |reason, problem: String| {
            let problem = format!("failed to get chart version for remote reference: {problem}");
            BuildError::new(reason, problem)
        };
        if self.is_oci() {
            return self.find_tag(name, range).await.map_err(|p| failed(Reason::Pull, p));
        }
        let index = self.index().await.map_err(|problem| failed(Reason::Pull, problem))?;
        index.find(name, range).map_err(|problem| failed(Reason::Reference, problem))
    }

    /// The index as the repository's artifact has it, or as it is fetched where there is none.
    async fn index(&self) -> Result<Rc<Index>, String> {
        let artifact = flux::Artifact::of(self.object);
        let stored = artifact.and_then(|artifact| self.world.storage.borrow().read(&artifact));
        let bytes = match stored {
            Some(stored) => {
                if let Some(known) = self.world.indexes.borrow().get(&stored.digest) {
                    return Ok(known.clone());
                }
                let index = Index::parse(&stored.bytes()).map_err(|problem| {
                    format!("failed to load index: failed to load index: {problem}")
                })?;
                let index = Rc::new(index);
                self.world.keep_index(stored.digest, index.clone());
                return Ok(index);
            }
            None => {
                let url = format!("{}/index.yaml", self.text("url").trim_end_matches('/'));
                self.download(&url).await.map_err(|problem| {
                    format!(
                        "failed to cache index: failed to cache index to temporary file: {problem}"
                    )
                })?
            }
        };
        let index = Index::parse(&bytes)
            .map_err(|problem| format!("failed to load index: failed to load index: {problem}"))?;
        Ok(Rc::new(index))
    }

    async fn find_tag(&self, name: &str, range: &str) -> Result<Wanted, String> {
        let url = format!("{}/{name}", self.text("url").trim_end_matches('/'));
        let wanted = |version: &str| Wanted {
            name: name.to_owned(),
            version: version.to_owned(),
            urls: vec![format!("{url}:{version}")],
        };
        if parse_version(range).is_some() {
            return Ok(wanted(range));
        }
        let versions = self.registry(name).versions().await.map_err(|problem| {
            format!("could not get tags for {name:?}: could not fetch tags for {url:?}: {problem}")
        })?;
        if versions.is_empty() {
            return Err(format!(
                "could not get tags for {name:?}: unable to locate any tags in provided repository: {url}"
            ));
        }
        if let Some(exact) = versions.iter().find(|version| *version == range) {
            return Ok(wanted(exact));
        }
        let constraint = Range::parse(if range.is_empty() { "*" } else { range })?;
        let allowed = |version: &&String| {
            parse_version(version).is_some_and(|version| constraint.allows(&version))
        };
        let found = versions.iter().find(allowed);
        found.map(|version| wanted(version)).ok_or_else(|| {
            format!("could not locate a version matching provided version string {range}")
        })
    }

    /// The packed chart of a version.
    pub(super) async fn pull(&self, found: &Wanted) -> Result<Rc<[u8]>, String> {
        let Some(url) = found.urls.first() else {
            return Err(format!("chart '{}' has no downloadable URLs", found.name));
        };
        if self.is_oci() {
            let pulled = self.registry(&found.name).pull(&found.version).await;
            return pulled.map_err(|problem| format!("failed to get '{url}': {problem}"));
        }
        self.download(&http::resolve(self.text("url"), url)).await
    }

    async fn download(&self, url: &str) -> Result<Rc<[u8]>, String> {
        let remote = Remote { url: url.to_owned(), credentials: self.access.for_url(url) };
        let timeout = parse_duration(self.text("timeout")).unwrap_or(TIMEOUT);
        http::get(self.world, &self.chart.id(), &remote, timeout).await
    }

    fn registry(&self, name: &str) -> oras::Charts<'_> {
        let url = self.text("url");
        let rest = url.strip_prefix("oci://").unwrap_or(url).trim_end_matches('/');
        let (host, folder) = rest.split_once('/').unwrap_or((rest, ""));
        let name = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
        oras::Charts {
            world: self.world,
            object: self.chart.id(),
            host: host.to_owned(),
            name,
            insecure: self.object.bool_at(&["spec", "insecure"]).unwrap_or(false),
            credentials: self.access.credentials.clone(),
        }
    }
}

/// Packs a pulled chart anew with the values files that the object names.
fn repack(bytes: &[u8], name: &str, version: &str, options: &Options) -> Result<Build, BuildError> {
    let loading = |problem: String| {
        BuildError::new(Reason::Package, format!("failed to load downloaded chart: {problem}"))
    };
    let files = unpack(bytes, Limits::default()).map_err(|cause| loading(cause.to_string()))?;
    let metadata = metadata::of_unpacked(&files).map_err(loading)?;
    let root = files.iter().next().and_then(|(path, _)| path.parts().next().map(str::to_owned));
    let root = TreePath::new(&root.unwrap_or_default()).map_err(|e| loading(e.to_string()))?;
    let chart = files.subtree(&root);
    let missing =
        |path: &str| format!("failed to merge chart values: no values file found at path '{path}'");
    let (values, values_files) = merged(&chart, options, missing)?;
    let bytes = package(&chart, &metadata, version, Some(&values))?;
    Ok(Build {
        name: name.to_owned(),
        version: version.to_owned(),
        bytes: Some(bytes),
        packaged: true,
        values_files,
        dependencies: 0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked_as_the_controller_checks_them() {
        for good in ["app", "my-app", "team/app", "app.v2", "a1/b-2.c"] {
            assert!(check_name(good).is_ok(), "{good}");
        }
        for bad in ["App_1", "", "a b", "/app", "a//b", "a..b"] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
    }
}
