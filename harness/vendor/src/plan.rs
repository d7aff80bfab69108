//! What a scenario wants of the world outside, and where.
//!
//! A chart is named by the file that it is wanted in: `NAME-VERSION.tgz`.

use std::path::{Path, PathBuf};

use scenario::Scenario;

use crate::VendorError;

/// Something to fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The file or folder it is wanted in.
    pub target: PathBuf,
    pub(crate) what: What,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum What {
    Chart { url: String, name: String, version: String },
    Artifact { url: String, tags: Vec<String> },
    Remote { url: String },
}

impl What {
    pub(crate) fn url(&self) -> &str {
        match self {
            Self::Chart { url, .. } | Self::Artifact { url, .. } | Self::Remote { url } => url,
        }
    }
}

impl Item {
    /// What it is, for people.
    #[must_use]
    pub fn label(&self) -> String {
        match &self.what {
            What::Chart { url, name, version } => format!("chart {name} {version} of {url}"),
            What::Artifact { url, tags } => format!("artifact {url}:{}", tags.join(", ")),
            What::Remote { url } => format!("remote {url}"),
        }
    }
}

/// The items of a scenario that are not there or were fetched before, each once.
///
/// # Errors
/// If something is wanted whose name says not what it is.
pub fn plan(file: &Path, scenario: &Scenario) -> Result<Vec<Item>, VendorError> {
    let base = file.parent().unwrap_or(Path::new(""));
    let mut items = Vec::new();
    for (url, charts) in scenario.charts.iter() {
        for chart in charts.iter() {
            let target = base.join(&chart.from);
            if is_ours(&target) {
                items.push(Item { what: chart_of(url, &target)?, target });
            }
        }
    }
    for (url, artifacts) in scenario.artifacts.iter() {
        for artifact in artifacts.iter() {
            let target = base.join(&artifact.from);
            if is_ours(&target) {
                let mut tags = artifact.tags.to_vec();
                if tags.is_empty() {
                    tags.push("latest".to_owned());
                }
                items.push(Item { target, what: What::Artifact { url: url.clone(), tags } });
            }
        }
    }
    for (url, from) in scenario.remotes.iter() {
        let target = base.join(from);
        if is_ours(&target) {
            items.push(Item { target, what: What::Remote { url: url.clone() } });
        }
    }
    items.sort_by(|one, other| one.target.cmp(&other.target));
    items.dedup();
    Ok(items)
}

/// Whether a path is missing, or lies beside a lock that names it.
fn is_ours(target: &Path) -> bool {
    let name = target.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let lock = target.parent().and_then(|folder| registry::lock::Lock::of_folder(folder).ok());
    !target.exists() || lock.is_some_and(|lock| lock.0.contains_key(name))
}

fn chart_of(url: &str, target: &Path) -> Result<What, VendorError> {
    let unclear = || VendorError::Unclear {
        url: url.to_owned(),
        target: target.display().to_string(),
        problem: "name the file NAME-VERSION.tgz, so that it says which chart is meant",
    };
    let file = target.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let stem = file.strip_suffix(".tgz").ok_or_else(unclear)?;
    let starts = stem.match_indices('-').map(|(at, _)| at);
    let is_version = |text: &str| {
        let text = text.strip_prefix('v').unwrap_or(text);
        let core = text.split(['-', '+']).next().unwrap_or_default();
        core.contains('.') && core.split('.').all(|part| part.parse::<u64>().is_ok())
    };
    let at = starts.into_iter().find(|at| is_version(&stem[at + 1..])).ok_or_else(unclear)?;
    let (name, version) = (stem[..at].to_owned(), stem[at + 1..].to_owned());
    Ok(What::Chart { url: url.to_owned(), name, version })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_says_which_chart_it_is_wanted_for() {
        let named = |file: &str| match chart_of("https://c", Path::new(file)) {
            Ok(What::Chart { name, version, .. }) => format!("{name} {version}"),
            _ => String::new(),
        };
        for (file, expected) in [
            ("v/podinfo-6.7.1.tgz", "podinfo 6.7.1"),
            ("v/kube-prometheus-stack-55.5.0.tgz", "kube-prometheus-stack 55.5.0"),
            ("v/cert-manager-v1.13.3.tgz", "cert-manager v1.13.3"),
            ("v/app-2-1.0.0-rc.1.tgz", "app-2 1.0.0-rc.1"),
            ("v/podinfo", ""),
            ("v/podinfo.tgz", ""),
        ] {
            assert_eq!(named(file), expected, "{file}");
        }
    }
}
