//! Image overrides, ports and the matrix.

use crate::record::record;
use crate::reference::ObjectPattern;
use crate::scalar::Entries;

record! {
    /// What an environment variable replaces. Its short form is the image repository.
    /// Keys that stand together must all hold; without `container` every container of
    /// the workload that they name.
    pub struct ImageOverride {
        /// Containers whose image is of this repository, without tag.
        "repository" repository: Option<String>,
        /// Containers of this Deployment.
        "deployment" deployment: Option<String>,
        /// Containers of this workload: `StatefulSet/db/postgres`.
        "workload" workload: Option<ObjectPattern>,
        /// The container of this name.
        "container" container: Option<String>,
        /// In this namespace only.
        "namespace" namespace: Option<String>,
    }
    short String = |repository| Self { repository: Some(repository), ..Self::default() };
}

record! {
    /// A port of the host that leads into the cluster.
    pub struct Port {
        /// The port of the host.
        "host" host: u64,
        /// `ingress`, or a Service such as `Service/default/testdb`.
        "to" to: String,
        /// The port of the ingress or the Service.
        "port" port: u64,
        /// The NodePort that carries it on a real cluster, where the Service fixes one.
        "node-port" node_port: Option<u64>,
    }
}

record! {
    /// One row of the matrix: the scenario runs once for each.
    pub struct MatrixRow {
        /// Its name, shown behind the scenario's.
        "name" name: String,
        /// Images by environment variable, as `images` declares them.
        "set" set: Entries<String, String>,
        /// Values of bindings.
        "with" with: Entries<String, String>,
        /// Kubernetes version.
        "kubernetes" kubernetes: Option<String>,
        /// Flux version.
        "flux" flux: Option<String>,
        /// Labels beside the scenario's.
        "labels" labels: Vec<String>,
    }
}
