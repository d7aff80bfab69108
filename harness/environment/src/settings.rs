//! What a place is opened with: plain values, no scenario types.
//!
//! One rule: everything external is declared here or by a later call; nothing is
//! looked up. Start at [`Settings`].

use clock::Moment;
use tree::Tree;

pub use reconciler::Costs;

/// Everything that stands before the first thing happens.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where uids, names, jitter and delays come from.
    pub seed: u64,
    /// When the world begins.
    pub start: Moment,
    /// The repositories, by name.
    pub repositories: Vec<RepositorySettings>,
    /// The clusters, by name.
    pub clusters: Vec<ClusterSettings>,
    /// Remote bases and files of kustomizations, by URL.
    pub remotes: Vec<(String, Tree)>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            seed: 0,
            start: Moment::START,
            repositories: Vec::new(),
            clusters: Vec::new(),
            remotes: Vec::new(),
        }
    }
}

/// A git repository. It begins empty; see [`crate::Place::import`] and [`crate::Place::push`].
#[derive(Debug, Clone, Default)]
pub struct RepositorySettings {
    /// Its name in this place.
    pub name: String,
    /// URLs it answers to; none for every URL that nothing else declares.
    pub urls: Vec<String>,
    /// What a client must present (`username`, `password`, `bearerToken`, `identity`); empty for nothing.
    pub credentials: Vec<(String, String)>,
}

/// A cluster. It begins without Flux; see [`crate::Place::bootstrap`] and [`crate::Place::install_flux`].
#[derive(Debug, Clone, Default)]
pub struct ClusterSettings {
    /// Its name in this place.
    pub name: String,
    /// Kubernetes minor such as `1.36`; empty for the newest that is known.
    pub kubernetes: String,
    /// Image overrides, in force from the beginning.
    pub images: Vec<apiserver::ImageOverride>,
}

/// How Flux is installed: a release, and the flags of its controllers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FluxSettings {
    /// Minor release such as `2.9`; empty for the newest that is known.
    pub release: String,
    /// `--interval-jitter-percentage`; Flux's own number without it.
    pub jitter_percent: Option<u8>,
    /// `--concurrent` of every controller; Flux's own numbers without it.
    pub concurrent: Option<usize>,
    /// `--no-cross-namespace-refs`
    pub no_cross_namespace_refs: bool,
    /// `--no-remote-bases`
    pub no_remote_bases: bool,
    /// `--default-service-account`; empty for none.
    pub default_service_account: String,
    /// How long the controllers' work takes; the usual without it.
    pub costs: Option<reconciler::Costs>,
    /// Whether only the definitions and the namespace are installed, not the controllers' own objects.
    pub bare: bool,
}
