//! What a build of a chart gives, and how it fails.

use std::rc::Rc;

use objects::{Object, Value};

use crate::source::{Class, Failure};

/// A chart that was built, or found to be stored already.
#[derive(Debug, Clone)]
pub(super) struct Build {
    pub(super) name: String,
    pub(super) version: String,
    /// `None` where what is stored is the same.
    pub(super) bytes: Option<Rc<[u8]>>,
    pub(super) packaged: bool,
    pub(super) values_files: Vec<String>,
    /// Dependencies that were fetched for it.
    pub(super) dependencies: usize,
}

impl Build {
    pub(super) fn summary(&self) -> String {
        let action = if self.packaged { "packaged" } else { "pulled" };
        let merged = if self.values_files.is_empty() {
            String::new()
        } else {
            format!(" and merged values files [{}]", self.values_files.join(" "))
        };
        format!("{action} '{}' chart with version '{}'{merged}", self.name, self.version)
    }

    pub(super) fn reason(&self) -> &'static str {
        if self.packaged { "ChartPackageSucceeded" } else { "ChartPullSucceeded" }
    }
}

/// What kind of failure a build met (fluxcd/source-controller: internal/helm/chart/errors).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    Reference,
    Pull,
    Metadata,
    Values,
    Dependency,
    Package,
    Unknown,
}

impl Reason {
    const fn texts(self) -> (&'static str, &'static str) {
        match self {
            Self::Reference => ("InvalidChartReference", "invalid chart reference"),
            Self::Pull => ("ChartPullError", "chart pull error"),
            Self::Metadata => ("MetadataPatchError", "chart metadata patch error"),
            Self::Values => ("ValuesFilesError", "values files merge error"),
            Self::Dependency => ("DependencyBuildError", "dependency build error"),
            Self::Package => ("ChartPackageError", "chart package error"),
            Self::Unknown => ("Unknown", "unknown build error"),
        }
    }
}

/// Why a build failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BuildError {
    pub(super) reason: Reason,
    pub(super) problem: String,
}

impl BuildError {
    pub(super) fn new(reason: Reason, problem: impl Into<String>) -> Self {
        Self { reason, problem: problem.into() }
    }

    pub(super) fn message(&self) -> String {
        format!("{}: {}", self.reason.texts().1, self.problem)
    }

    /// The condition that says so.
    pub(super) fn condition(&self) -> &'static str {
        match self.reason {
            Reason::Metadata | Reason::Values | Reason::Dependency | Reason::Package => {
                "BuildFailed"
            }
            Reason::Reference | Reason::Pull | Reason::Unknown => "FetchFailed",
        }
    }

    pub(super) fn failure(&self) -> Failure {
        let class = match self.reason {
            Reason::Reference | Reason::Metadata | Reason::Values => Class::Stalling,
            _ => Class::Generic,
        };
        Failure::new(class, self.condition(), self.reason.texts().0, self.message())
    }
}

/// What the object asks of a build.
#[derive(Debug, Clone)]
pub(super) struct Options {
    /// Build metadata of the version; empty for none.
    pub(super) metadata: String,
    /// `spec.valuesFiles`, `spec.valuesFile` before them.
    pub(super) values_files: Vec<String>,
    pub(super) ignore_missing: bool,
    /// Name and version of the chart that is stored, where it may be used again.
    pub(super) cached: Option<(String, String)>,
    /// The values files that the stored chart was made with.
    pub(super) cached_values: Option<Vec<String>>,
}

impl Options {
    pub(super) fn of(chart: &Object) -> Self {
        let text = |path: &[&str]| chart.str_at(path).filter(|text| !text.is_empty());
        let list = |path: &[&str]| {
            let items = chart.list_at(path).iter().filter_map(Value::as_str);
            items.map(str::to_owned).collect::<Vec<String>>()
        };
        let single = text(&["spec", "valuesFile"]).map(str::to_owned);
        let values_files = single.into_iter().chain(list(&["spec", "valuesFiles"])).collect();
        let observed = chart.int_at(&["status", "observedGeneration"]);
        let version = text(&["status", "artifact", "revision"]);
        let cached = version.filter(|_| observed == Some(chart.generation())).map(|version| {
            let name = text(&["status", "observedChartName"]).unwrap_or_default();
            (name.to_owned(), version.to_owned())
        });
        let observed_values = list(&["status", "observedValuesFiles"]);
        let mut options = Self {
            metadata: String::new(),
            values_files,
            ignore_missing: chart.bool_at(&["spec", "ignoreMissingValuesFiles"]).unwrap_or(false),
            cached,
            cached_values: Some(observed_values).filter(|list| !list.is_empty()),
        };
        if !options.own_values().is_empty() {
            options.metadata = chart.generation().to_string();
        }
        options
    }

    /// The values files, unless they are the chart's own alone.
    pub(super) fn own_values(&self) -> &[String] {
        match self.values_files.as_slice() {
            [only] if only.trim_start_matches("./") == "values.yaml" => &[],
            files => files,
        }
    }

    /// The build of a chart that is stored already; `None` where it must be made.
    pub(super) fn known(&self, name: &str, version: &str, packaged: bool) -> Option<Build> {
        let (known_name, known_version) = self.cached.as_ref()?;
        (known_name == name && known_version == version).then(|| Build {
            name: name.to_owned(),
            version: version.to_owned(),
            bytes: None,
            packaged,
            values_files: self.cached_values.clone().unwrap_or_else(|| self.own_values().to_vec()),
            dependencies: 0,
        })
    }

    /// The version with the build metadata.
    pub(super) fn version(&self, version: &str) -> Result<String, BuildError> {
        if self.metadata.is_empty() {
            return Ok(version.to_owned());
        }
        let wrong = |problem: &str| BuildError::new(Reason::Metadata, problem);
        let plain = version.split('+').next().unwrap_or_default();
        let bare = plain.strip_prefix('v').unwrap_or(plain);
        let parsed = semver::Version::parse(bare).map_err(|_| {
            wrong("failed to parse version from chart metadata as SemVer: invalid semantic version")
        })?;
        Ok(format!("{parsed}+{}", self.metadata))
    }
}
