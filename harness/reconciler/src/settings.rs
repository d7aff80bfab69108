//! What the controllers are started with: Flux's flags, and how long work takes here.

use std::time::Duration;

use clock::Seed;
use flux::{FluxKind, Release};

/// The flags of the controllers and the costs of their work.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Whose rules hold where releases differ.
    pub release: Release,
    /// Where jitter and measured durations come from.
    pub seed: Seed,
    /// `--interval-jitter-percentage` (5 in Flux).
    pub jitter_percent: u8,
    /// `--concurrent` of source-controller, for each kind (2 in Flux).
    pub source_workers: usize,
    /// `--concurrent` of kustomize-controller (4 in Flux).
    pub kustomization_workers: usize,
    /// `--concurrent` of helm-controller (4 in Flux).
    pub release_workers: usize,
    /// `--requeue-dependency` (30s in Flux).
    pub requeue_dependency: Duration,
    /// `--storage-adv-addr`: the host in artifact URLs.
    pub storage_host: String,
    /// `--no-cross-namespace-refs`.
    pub no_cross_namespace: bool,
    /// `--no-remote-bases`.
    pub no_remote_bases: bool,
    /// `--default-service-account`; empty for none.
    pub default_service_account: String,
    /// How long work takes in virtual time.
    pub costs: Costs,
    /// What is declared of objects whose controller is not built.
    pub standing: Vec<Standing>,
    /// Kinds whose bundled controller is switched off.
    pub off: Vec<FluxKind>,
}

/// Virtual time that a controller's work takes; zero is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Costs {
    /// Listing the refs of a repository.
    pub list: Duration,
    /// Cloning it and packing the artifact.
    pub clone: Duration,
    /// Building a kustomization.
    pub build: Duration,
    /// Applying a stage of objects.
    pub apply: Duration,
    /// Rendering and applying a release.
    pub release: Duration,
}

impl Default for Costs {
    fn default() -> Self {
        Self {
            list: Duration::from_millis(20),
            clone: Duration::from_millis(80),
            build: Duration::from_millis(100),
            apply: Duration::from_millis(50),
            release: Duration::from_millis(100),
        }
    }
}

/// What is declared of an object that no bundled controller reconciles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Its kind; `None` for every such kind.
    pub kind: Option<FluxKind>,
    /// Namespace; empty for any.
    pub namespace: String,
    /// Name; empty for any.
    pub name: String,
    /// How long after its creation or change it becomes Ready.
    pub ready_after: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            release: Release::LATEST,
            seed: Seed::default(),
            jitter_percent: 5,
            source_workers: 2,
            kustomization_workers: 4,
            release_workers: 4,
            requeue_dependency: Duration::from_secs(30),
            storage_host: "source-controller.flux-system.svc.cluster.local.".to_owned(),
            no_cross_namespace: false,
            no_remote_bases: false,
            default_service_account: String::new(),
            costs: Costs::default(),
            standing: Vec::new(),
            off: Vec::new(),
        }
    }
}
