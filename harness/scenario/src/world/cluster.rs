//! Clusters: what they hold at first, and how they are joined to a repository.

use std::time::Duration;

use objects::Value;

use crate::record::{record, words};
use crate::reference::ObjectPattern;
use crate::scalar::{Entries, Many};

record! {
    /// A cluster. Its short form is the path that Flux is bootstrapped on.
    /// `setup` comes first, then `apply`, then `bootstrap` and `sync`.
    pub struct Cluster {
        /// Installs Flux as `flux bootstrap` does.
        "bootstrap" bootstrap: Option<Bootstrap>,
        /// Joins the cluster by a source and a Kustomization, without bootstrap.
        "sync" sync: Many<Sync>,
        /// Applies a folder directly, without Flux.
        "apply" apply: Many<Apply>,
        /// What stands in the cluster before anything else happens.
        "setup" setup: Option<Setup>,
        /// Kubernetes version, where it differs from the scenario's.
        "kubernetes" kubernetes: Option<String>,
        /// Flux version, where it differs from the scenario's.
        "flux" flux: Option<String>,
        /// Whether it stays empty and without Flux until a step `bootstrap` names it.
        "later" later: bool,
    }
    short String = |path| Self {
        bootstrap: Some(Bootstrap { path, ..Bootstrap::default() }),
        ..Self::default()
    };
}

record! {
    /// What `flux bootstrap` does: components, sync objects and the commit that holds
    /// them, unless the path holds them already. Its short form is the path.
    pub struct Bootstrap {
        /// The folder in the repository, as in `--path`.
        "path" path: String,
        /// The repository, where the scenario has several.
        "repository" repository: Option<String>,
        /// The branch; `main` without it.
        "branch" branch: Option<String>,
        /// Version of the components; the scenario's Flux version without it.
        "version" version: Option<String>,
        /// Components beside the four of the default set: `image-reflector-controller`,
        /// `image-automation-controller`, `source-watcher`.
        "components-extra" components_extra: Vec<String>,
        /// Whether to install NetworkPolicies, as in `--network-policy`.
        "network-policy" network_policy: Option<bool>,
        /// Whether references across namespaces are refused (`--no-cross-namespace-refs`).
        "no-cross-namespace-refs" no_cross_namespace_refs: bool,
        /// Whether remote bases are refused (`--no-remote-bases`).
        "no-remote-bases" no_remote_bases: bool,
        /// The ServiceAccount that reconciles where an object names none
        /// (`--default-service-account`).
        "default-service-account" default_service_account: Option<String>,
        /// How many objects a controller works on at once; Flux's own number without it.
        "concurrent" concurrent: Option<u64>,
        /// Data of the Secret `flux-system` with the credentials of the repository.
        "secret" secret: Entries<String, String>,
        /// Interval of the source and the Kustomization: 1m and 10m without it.
        "interval" interval: Option<Duration>,
    }
    short String = |path| Self { path, ..Self::default() };
}

record! {
    /// A source and a Kustomization, applied as a user would apply them.
    pub struct Sync {
        /// The repository, where the scenario has several.
        "repository" repository: Option<String>,
        /// The OCI artifact instead of a repository, by its URL.
        "artifact" artifact: Option<String>,
        /// The branch; `main` without branch, tag or semver.
        "branch" branch: Option<String>,
        /// The tag.
        "tag" tag: Option<String>,
        /// The range of tags.
        "semver" semver: Option<String>,
        /// The folder; the root without it.
        "path" path: Option<String>,
        /// Name of both objects; `flux-system` without it.
        "name" name: Option<String>,
        /// Namespace of both objects; `flux-system` without it.
        "namespace" namespace: Option<String>,
        /// Interval of both objects; 1m without it.
        "interval" interval: Option<Duration>,
        /// Whether deleted files delete their objects; true without it.
        "prune" prune: Option<bool>,
        /// Whether to wait for health.
        "wait" wait: bool,
        /// More of the Kustomization's spec, merged over the above.
        "spec" spec: Option<Value>,
    }
}

record! {
    /// A folder that is built with kustomize and applied, as `kubectl apply -k` does.
    /// Its short form is the path.
    pub struct Apply {
        /// The folder in the repository.
        "path" path: String,
        /// The repository, where the scenario has several.
        "repository" repository: Option<String>,
        /// The branch; `main` without it.
        "branch" branch: Option<String>,
    }
    short String = |path| Self { path, ..Self::default() };
}

record! {
    /// What stands in a cluster before anything else happens.
    pub struct Setup {
        /// Files and folders of CustomResourceDefinitions, relative to the scenario file.
        "crds" crds: Many<String>,
        /// Foreign kinds that are accepted without a schema, such as
        /// `Certificate.cert-manager.io`.
        "kinds" kinds: Many<ForeignKind>,
        /// Files and folders of manifests, relative to the scenario file.
        "files" files: Many<String>,
        /// Objects, written here.
        "objects" objects: Vec<Value>,
        /// Secrets made of files: the Secret, its keys, and the file of each.
        "secrets" secrets: Entries<ObjectPattern, KeyFiles>,
    }
}

record! {
    /// A foreign kind. Its short form is the kind with its group and, if need be, its
    /// version: `Certificate.cert-manager.io/v1`.
    pub struct ForeignKind {
        /// The kind with its group and, if need be, its version.
        "kind" kind: String,
        /// Where its objects lie; without it in namespaces, but for kinds such as
        /// `ClusterIssuer` and `GatewayClass`.
        "scope" scope: Option<Scope>,
        /// Its plural, where it is not the usual one.
        "plural" plural: Option<String>,
    }
    short String = |kind| Self { kind, ..Self::default() };
}

words! {
    /// Where the objects of a kind lie.
    pub enum Scope {
        /// In namespaces.
        "Namespaced" Namespaced,
        /// In none.
        "Cluster" Cluster,
    }
    default Namespaced
}

record! {
    /// The data of a Secret, each key from a file relative to the scenario file or a text.
    pub struct KeyFiles {
        /// Keys and files.
        "files" files: Entries<String, String>,
        /// Keys and texts.
        "texts" texts: Entries<String, String>,
        /// Keys and clusters of the scenario: a kubeconfig that leads to each.
        "kubeconfigs" kubeconfigs: Entries<String, String>,
    }
}
