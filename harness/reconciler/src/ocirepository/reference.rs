//! Which tag or digest the object means.

use flux::reason;
use regex::Regex;

use super::reconcile::OciRepository;
use crate::remote::oras::CHART;
use crate::remote::registry::Repository;
use crate::semver_range::{Range, parse_version};
use crate::source::{Failure, Run, Source};

/// A reference of a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reference {
    Tag(String),
    Digest(String),
}

impl Reference {
    /// The whole name: `HOST/NAME:TAG` or `HOST/NAME@DIGEST`.
    pub(super) fn full(&self, repository: &Repository) -> String {
        match self {
            Self::Tag(tag) => format!("{}:{tag}", repository.full()),
            Self::Digest(digest) => format!("{}@{digest}", repository.full()),
        }
    }
}

impl Run<OciRepository> {
    /// The repository of the URL, without credentials.
    pub(super) fn repository(&self) -> Result<Repository, Failure> {
        let url = self.repo.spec(&["url"]).unwrap_or_default();
        let wrong = |problem: String| {
            let message = format!("URL validation failed for '{url}': {problem}");
            Failure::stalling(reason::URL_INVALID, message)
        };
        let Some(rest) = url.strip_prefix("oci://") else {
            return Err(wrong("URL must be in format 'oci://<domain>/<org>/<repo>'".to_owned()));
        };
        let name = rest.split_once('/').map_or(rest, |(_, name)| name);
        if let Some((_, tag)) = name.split_once(':') {
            return Err(wrong(format!("URL must not contain a tag; remove ':{tag}'")));
        }
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-./".contains(c);
        if name.is_empty() || !name.chars().all(allowed) {
            return Err(wrong(format!(
                "repository can only contain the characters \
                 `abcdefghijklmnopqrstuvwxyz0123456789_-./`: {name}"
            )));
        }
        let mut repository = Repository::parse(rest, self.repo.object().id());
        repository.insecure = self.repo.flag("insecure");
        Ok(repository)
    }

    /// What `spec.ref` asks for: the digest, the newest of a range, the tag, `latest`.
    pub(super) async fn reference(&self, repository: &Repository) -> Result<Reference, Failure> {
        let field = |name: &str| self.repo.spec(&["ref", name]);
        if let Some(digest) = field("digest") {
            return Ok(Reference::Digest(digest.to_owned()));
        }
        if let Some(range) = field("semver") {
            let filter = field("semverFilter").unwrap_or_default();
            return self.newest(repository, range, filter).await.map_err(|problem| {
                let url = self.repo.spec(&["url"]).unwrap_or_default();
                let message =
                    format!("failed to determine the artifact tag for '{url}': {problem}");
                Failure::fetch("ReadOperationFailed", message)
            });
        }
        Ok(Reference::Tag(field("tag").unwrap_or("latest").to_owned()))
    }

    async fn newest(
        &self,
        repository: &Repository,
        range: &str,
        filter: &str,
    ) -> Result<Reference, String> {
        let tags = repository.tags(&self.world).await?;
        let filter = Regex::new(filter)
            .map_err(|_| format!("error parsing regexp: invalid regular expression: `{filter}`"))?;
        let constraint = Range::parse(range)
            .map_err(|problem| format!("semver '{range}' parse error: {problem}"))?;
        let is_chart = self.repo.spec(&["layerSelector", "mediaType"]) == Some(CHART);
        let mut best: Option<(semver::Version, &String)> = None;
        for tag in tags.iter().filter(|tag| filter.is_match(tag)) {
            let text = if is_chart { tag.replace('_', "+") } else { tag.clone() };
            let Some(version) = parse_version(&text) else { continue };
            let newer = |known: &semver::Version| version.cmp_precedence(known).is_gt();
            if constraint.allows(&version) && best.as_ref().is_none_or(|(known, _)| newer(known)) {
                best = Some((version, tag));
            }
        }
        let none = || format!("no match found for semver: {range}");
        best.map(|(_, tag)| Reference::Tag(tag.clone())).ok_or_else(none)
    }
}
