//! The source of the chart: where it is, whether it is ready, and what it gives.
//!
//! Rules from fluxcd/helm-controller: helmrelease_controller (getSource, isSourceReady,
//! mutateChartWithSourceRevision) and internal/loader.

use client::Target;
use flux::parts::State;
use flux::{Artifact, Conditions, FluxKind, SourceRef, reason};
use objects::Object;
use semver::{BuildMetadata, Version};

use super::end::End;
use super::reconcile::Run;
use super::render::Loaded;

impl Run {
    /// The source object, straight from the API.
    pub(super) async fn source(&mut self) -> Result<Object, End> {
        let reference = self.source_ref();
        let SourceRef { kind, namespace, name } = &reference;
        if self.world.settings.no_cross_namespace && *namespace != self.name.0 {
            let problem = format!(
                "cross-namespace references are not allowed: cannot access {kind} {namespace}/{name}"
            );
            return Err(self.deny(&problem).await);
        }
        let known = match kind.as_str() {
            "OCIRepository" => FluxKind::OciRepository,
            "ExternalArtifact" => {
                let problem = format!(
                    "can't access 'ExternalArtifact/{namespace}/{name}', ExternalArtifact feature \
                     gate is disabled"
                );
                return Err(self.deny(&problem).await);
            }
            _ => FluxKind::HelmChart,
        };
        let target = Target::new(known.gvk(), namespace, name);
        self.world.api.get(target).await.map_err(|status| {
            let problem = match status.is_not_found() {
                true => format!("{}.{} {name:?} not found", known.kind(), known.group()),
                false => status.to_string(),
            };
            let message = format!("could not get Source object: {problem}");
            self.not_ready(reason::ARTIFACT_FAILED, &message);
            End::Backoff
        })
    }

    fn source_ref(&self) -> SourceRef {
        self.hr.chart_ref().unwrap_or_else(|| {
            let known = self.hr.status_text("helmChart").unwrap_or_default();
            let (namespace, name) = known.split_once('/').unwrap_or_default();
            SourceRef {
                kind: "HelmChart".to_owned(),
                namespace: namespace.to_owned(),
                name: name.to_owned(),
            }
        })
    }

    async fn deny(&mut self, problem: &str) -> End {
        self.stamped().stalled(reason::ACCESS_DENIED, problem);
        self.not_ready(reason::ACCESS_DENIED, problem);
        self.event(true, reason::ACCESS_DENIED, problem, Vec::new()).await;
        End::Terminal
    }

    /// Whether the source is ready for use.
    pub(super) fn check_source(&mut self, source: &Object) -> Result<(), End> {
        let Some(why) = not_ready(source) else { return Ok(()) };
        let (kind, namespace, name) = (source.kind(), source.namespace(), source.name());
        let message = format!("{kind} '{namespace}/{name}' is not ready: {why}");
        self.not_ready(reason::SOURCE_NOT_READY, &message);
        Err(End::Wait { jittered: true })
    }

    /// Loads the chart that the source's artifact is.
    pub(super) async fn load_chart(&mut self, source: &Object) -> Result<(), End> {
        let artifact = Artifact::of(source).unwrap_or_default();
        let stored = self.world.storage.borrow().read(&artifact);
        let Some(stored) = stored else {
            let delay = self.wait_for_dependency();
            let message = format!("Source not ready: artifact not found. Retrying in {delay}");
            self.not_ready(reason::ARTIFACT_FAILED, &message);
            return Err(End::Wait { jittered: false });
        };
        let known = self.world.releases.borrow().chart(&stored.digest);
        let loaded = known.map_or_else(|| Loaded::new(&stored.bytes()), Ok);
        match loaded {
            Ok(chart) => {
                self.world.releases.borrow_mut().keep_chart(&stored.digest, &chart);
                self.chart = Some(chart);
                Ok(())
            }
            Err(problem) => {
                let message = format!("Could not load chart: {problem}");
                self.not_ready(reason::ARTIFACT_FAILED, &message);
                self.event(true, reason::ARTIFACT_FAILED, &problem, Vec::new()).await;
                Err(End::Backoff)
            }
        }
    }

    /// The version of a chart from a registry ends in the digest of its artifact.
    pub(super) fn track_digest(&mut self, source: &Object) -> Result<(), End> {
        let mut digest = String::new();
        if source.kind() == FluxKind::OciRepository.kind() {
            let revision = Artifact::of(source).unwrap_or_default().revision;
            let version = self.chart.as_ref().map(|chart| chart.version().to_owned());
            match tracked(&revision, &version.unwrap_or_default()) {
                Ok((version, found)) => {
                    digest = found;
                    self.chart.iter_mut().for_each(|chart| chart.set_version(&version));
                }
                Err(problem) => {
                    self.not_ready("ChartMutateError", &problem);
                    return Err(End::Backoff);
                }
            }
        }
        self.chart.iter_mut().for_each(|chart| chart.oci_digest.clone_from(&digest));
        Ok(())
    }
}

fn not_ready(source: &Object) -> Option<String> {
    let observed = source.int_at(&["status", "observedGeneration"]).unwrap_or(0);
    let conditions = Conditions::of(source, String::new());
    let message = |kind: &str| conditions.get(kind).map(|found| found.message.clone());
    if source.generation() != observed {
        let ready = conditions.get("Ready").filter(|ready| ready.state == State::False);
        let words = "latest generation of object has not been reconciled";
        return Some(ready.map_or_else(|| words.to_owned(), |ready| ready.message.clone()));
    }
    if conditions.is_true("Stalled") && !conditions.is_true("Reconciling") {
        return message("Stalled");
    }
    if Artifact::of(source).is_none() {
        return Some("does not have an artifact".to_owned());
    }
    None
}

/// The version with the digest in it, and the digest.
fn tracked(revision: &str, version: &str) -> Result<(String, String), String> {
    let mut parsed = parse(version).ok_or_else(|| format!("invalid chart version {version}"))?;
    let tag = revision.split('@').next().unwrap_or_default().replace('_', "+");
    let digest = match parse(&tag) {
        Some(tagged) => {
            let parts: Vec<&str> = revision.split('@').collect();
            let same = tagged.cmp_precedence(&parsed).is_eq();
            match parts.as_slice() {
                [_, digest] if same => (*digest).to_owned(),
                _ => {
                    let tag = parts.first().copied().unwrap_or_default();
                    return Err(format!(
                        "artifact revision {tag} does not match chart version {version}"
                    ));
                }
            }
        }
        None => revision.to_owned(),
    };
    let hex = digest.split(':').nth(1).filter(|hex| hex.len() >= 12);
    let hex = hex.filter(|_| digest.split(':').count() == 2);
    let short = hex.and_then(|hex| hex.get(..12));
    let short = short.ok_or_else(|| format!("invalid artifact revision {digest}"))?;
    parsed.build = BuildMetadata::new(short).map_err(|problem| problem.to_string())?;
    Ok((parsed.to_string(), digest))
}

/// A version as Masterminds/semver reads it: with a `v`, or with parts left out.
fn parse(text: &str) -> Option<Version> {
    let bare = text.strip_prefix('v').unwrap_or(text);
    if let Ok(version) = Version::parse(bare) {
        return Some(version);
    }
    let end = bare.find(['-', '+']).unwrap_or(bare.len());
    let (numbers, rest) = bare.split_at(end);
    let missing = 2_usize.checked_sub(numbers.matches('.').count())?;
    Version::parse(&format!("{numbers}{}{rest}", ".0".repeat(missing))).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_from_a_registry_ends_in_its_digest() {
        let digest = "sha256:f9b24bcdc6fe00112233";
        let expected = Ok(("1.0.0+f9b24bcdc6fe".to_owned(), digest.to_owned()));
        assert_eq!(tracked(&format!("1.0.0@{digest}"), "1.0.0"), expected);
        let latest = format!("latest@{digest}");
        assert_eq!(
            tracked(&latest, "1.0.0"),
            Ok(("1.0.0+f9b24bcdc6fe".to_owned(), latest.clone()))
        );
        assert_eq!(tracked(digest, "1.0.0"), expected);
        assert_eq!(
            tracked(&format!("2.0.0@{digest}"), "1.0.0"),
            Err("artifact revision 2.0.0 does not match chart version 1.0.0".to_owned())
        );
    }
}
