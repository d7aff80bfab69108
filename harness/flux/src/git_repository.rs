//! GitRepository, read.

use objects::{Object, Value};

use crate::Artifact;

/// A GitRepository. Fields that are absent read as their defaults.
#[derive(Debug, Clone, PartialEq)]
pub struct GitRepository(pub Object);

/// One entry of `spec.include`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Include {
    /// Name of the GitRepository whose artifact is copied in.
    pub repository: String,
    /// Folder inside that artifact.
    pub from: String,
    /// Folder here; the repository's name unless given.
    pub to: String,
}

impl GitRepository {
    /// `spec.url`
    #[must_use]
    pub fn url(&self) -> &str {
        self.text(&["url"]).unwrap_or_default()
    }

    /// A field of `spec.ref`, if it says something.
    #[must_use]
    pub fn reference(&self, field: &str) -> Option<&str> {
        self.text(&["ref", field])
    }

    /// `spec.interval` as written.
    #[must_use]
    pub fn interval(&self) -> &str {
        self.text(&["interval"]).unwrap_or_default()
    }

    /// `spec.timeout` as written; `60s` unless given.
    #[must_use]
    pub fn timeout(&self) -> &str {
        self.text(&["timeout"]).unwrap_or("60s")
    }

    /// `spec.suspend`
    #[must_use]
    pub fn is_suspended(&self) -> bool {
        self.0.bool_at(&["spec", "suspend"]).unwrap_or(false)
    }

    /// `spec.ignore`, where given (an empty text is given).
    #[must_use]
    pub fn ignore(&self) -> Option<&str> {
        self.0.str_at(&["spec", "ignore"])
    }

    /// `spec.recurseSubmodules`
    #[must_use]
    pub fn recurses_submodules(&self) -> bool {
        self.0.bool_at(&["spec", "recurseSubmodules"]).unwrap_or(false)
    }

    /// Name of the secret with credentials.
    #[must_use]
    pub fn secret(&self) -> Option<&str> {
        self.text(&["secretRef", "name"])
    }

    /// `spec.include`
    #[must_use]
    pub fn includes(&self) -> Vec<Include> {
        self.0.list_at(&["spec", "include"]).iter().map(include).collect()
    }

    /// `spec.sparseCheckout`
    #[must_use]
    pub fn sparse_checkout(&self) -> Vec<&str> {
        let paths = self.0.list_at(&["spec", "sparseCheckout"]);
        paths.iter().filter_map(Value::as_str).collect()
    }

    /// `status.artifact`
    #[must_use]
    pub fn artifact(&self) -> Option<Artifact> {
        Artifact::of(&self.0)
    }

    /// Text below `spec`, if it is not empty.
    #[must_use]
    pub fn text(&self, path: &[&str]) -> Option<&str> {
        let found = self.0.get("spec")?.str_at(path);
        found.filter(|text| !text.is_empty())
    }
}

fn include(value: &Value) -> Include {
    let repository = value.str_at(&["repository", "name"]).unwrap_or_default();
    let text = |key| value.str_at(&[key]).unwrap_or_default();
    let to = Some(text("toPath")).filter(|path| !path.is_empty()).unwrap_or(repository);
    Include { repository: repository.into(), from: text("fromPath").into(), to: to.into() }
}
