//! The header of a scenario, and the whole of it.

use std::time::Duration;

use crate::counterproof::Counterproof;
use crate::expect::Expectation;
use crate::record::record;
use crate::scalar::{Entries, Many};
use crate::step::Step;
use crate::world::{
    Apply, Artifact, Behaviour, Chart, Cluster, ImageOverride, ImageTags, MatrixRow, Port,
    Repository, Setup,
};

record! {
    /// A scenario: a world, what happens in it, and what is expected.
    pub struct Scenario {
        /// What it shows, in one line. Its name is its file's, whatever it says here.
        "scenario" title: Option<String>,
        /// Rows of the feature table that it proves.
        "proves" proves: Vec<u64>,
        /// Words to select it by.
        "labels" labels: Vec<String>,
        /// Kubernetes version, quoted: `"1.36"`. The newest that is known without it.
        "kubernetes" kubernetes: Option<String>,
        /// Flux version, quoted: `"2.9"`. It selects the API versions that are served.
        "flux" flux: Option<String>,
        /// Seed of its world; the run's without it.
        "seed" seed: Option<u64>,
        /// Bounds on the run.
        "limits" limits: Option<Limits>,
        /// Namespace of references that have none; `default` without it.
        "namespace" namespace: Option<String>,
        /// Names and their texts: `$(name)` stands for the text, in every text of the file.
        "bindings" bindings: Entries<String, String>,
        /// The one repository.
        "repository" repository: Option<Repository>,
        /// Several repositories, by name.
        "repositories" repositories: Entries<String, Repository>,
        /// The one cluster.
        "cluster" cluster: Option<Cluster>,
        /// Several clusters, by name.
        "clusters" clusters: Entries<String, Cluster>,
        /// For the one cluster: a folder that is applied directly, without Flux.
        "apply" apply: Many<Apply>,
        /// What stands in every cluster before anything else happens.
        "setup" setup: Option<Setup>,
        /// Charts by the URL of their repository (`https://…`, `oci://…`).
        "charts" charts: Entries<String, Many<Chart>>,
        /// OCI artifacts by URL.
        "artifacts" artifacts: Entries<String, Many<Artifact>>,
        /// Tags of image repositories, for image automation and for pulls.
        "image-tags" image_tags: Entries<String, ImageTags>,
        /// Remote bases and files of kustomizations by URL: a folder or file each.
        "remotes" remotes: Entries<String, String>,
        /// How workloads and foreign kinds behave.
        "behaviour" behaviour: Many<Behaviour>,
        /// Image overrides: environment variables and what each replaces.
        "images" images: Entries<String, ImageOverride>,
        /// Ports of the host that lead into the cluster.
        "ports" ports: Vec<Port>,
        /// The scenario runs once for each row.
        "matrix" matrix: Vec<MatrixRow>,
        /// Short form for a single step `expect`; it is judged after all steps.
        "expect" expect: Option<Expectation>,
        /// What happens, in order.
        "steps" steps: Vec<Step>,
        /// Small changes of the world under which this scenario must fail, and where.
        "counterproof" counterproof: Vec<Counterproof>,
    }
}

record! {
    /// Bounds on a run.
    pub struct Limits {
        /// Virtual time that one step may take where it has no `within`: 6h without it.
        "step" step: Option<Duration>,
        /// Virtual time that the whole scenario may take: 30 days without it.
        "scenario" scenario: Option<Duration>,
        /// On a real clock: how long the world must be quiet to be at rest.
        "quiet" quiet: Option<Duration>,
    }
}
