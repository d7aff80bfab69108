//! What differs between the kinds of sources before their phases begin.

use std::time::Duration;

use clock::parse_duration;
use flux::{Artifact, FluxKind, GitRepository};
use objects::Object;

/// A source, read.
pub(crate) trait Source {
    /// Its kind.
    const KIND: FluxKind;
    /// The conditions that `Ready` is summed up from, most important first; the sign says
    /// whether `True` is bad.
    const SUMMED: &'static [(&'static str, bool)];
    /// The conditions that count as failed before.
    const FAILURES: &'static [&'static str];
    /// The link that the status names beside the artifact; empty for none.
    const LATEST: &'static str;

    fn of(object: Object) -> Self;
    fn object(&self) -> &Object;
    fn object_mut(&mut self) -> &mut Object;

    /// Text below `spec`, if it is not empty.
    fn spec(&self, path: &[&str]) -> Option<&str> {
        self.object().get("spec")?.str_at(path).filter(|text| !text.is_empty())
    }

    /// A switch of `spec`.
    fn flag(&self, key: &str) -> bool {
        self.object().bool_at(&["spec", key]).unwrap_or(false)
    }

    /// A duration of `spec`, or another where it is not given.
    fn duration(&self, key: &str, usual: Duration) -> Duration {
        self.spec(&[key]).and_then(|text| parse_duration(text).ok()).unwrap_or(usual)
    }

    fn stored(&self) -> Option<Artifact> {
        Artifact::of(self.object())
    }

    /// The folder of its artifacts in the storage.
    fn folder(&self) -> String {
        let object = self.object();
        let kind = Self::KIND.kind().to_lowercase();
        format!("{kind}/{}/{}/", object.namespace(), object.name())
    }
}

/// A source whose object is read as it is.
macro_rules! newtype {
    ($name:ident, $kind:ident, $latest:literal, [$($summed:literal $sign:literal),*], [$($failed:literal),*]) => {
        pub(crate) struct $name(objects::Object);

        impl crate::source::Source for $name {
            const KIND: flux::FluxKind = flux::FluxKind::$kind;
            const SUMMED: &'static [(&'static str, bool)] = &[$(($summed, $sign)),*];
            const FAILURES: &'static [&'static str] = &[$($failed),*];
            const LATEST: &'static str = $latest;

            fn of(object: objects::Object) -> Self {
                Self(object)
            }

            fn object(&self) -> &objects::Object {
                &self.0
            }

            fn object_mut(&mut self) -> &mut objects::Object {
                &mut self.0
            }
        }
    };
}
pub(crate) use newtype;

impl Source for GitRepository {
    const KIND: FluxKind = FluxKind::GitRepository;
    const SUMMED: &'static [(&'static str, bool)] = &[
        ("StorageOperationFailed", true),
        ("FetchFailed", true),
        ("IncludeUnavailable", true),
        ("ArtifactOutdated", true),
        ("ArtifactInStorage", false),
        ("SourceVerified", false),
        ("Stalled", true),
        ("Reconciling", true),
    ];
    const FAILURES: &'static [&'static str] =
        &["FetchFailed", "IncludeUnavailable", "StorageOperationFailed"];
    const LATEST: &'static str = "";

    fn of(object: Object) -> Self {
        Self(object)
    }

    fn object(&self) -> &Object {
        &self.0
    }

    fn object_mut(&mut self) -> &mut Object {
        &mut self.0
    }
}
