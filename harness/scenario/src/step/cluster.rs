//! What a user does to a cluster with kubectl and flux.

use objects::Value;

use crate::matcher::TextMatch;
use crate::record::{record, words};
use crate::reference::ObjectPattern;
use crate::scalar::Many;
use crate::world::Bootstrap;

record! {
    /// Objects applied as a user.
    pub struct ApplyObjects {
        /// The cluster, where the scenario has several.
        "cluster" cluster: Option<String>,
        /// Objects, written here.
        "objects" objects: Many<Value>,
        /// Files and folders of manifests, relative to the scenario file.
        "files" files: Many<String>,
        /// A folder of a repository, built with kustomize.
        "folder" folder: Option<crate::world::Apply>,
        /// The user or ServiceAccount, as `--as`.
        "as" as_user: Option<String>,
        /// Whether to apply on the server (`--server-side`); else as plain `kubectl apply`.
        "server-side" server_side: bool,
        /// Whether to take fields over (`--force-conflicts`).
        "force-conflicts" force_conflicts: bool,
        /// The field manager; kubectl's own without it.
        "field-manager" field_manager: Option<String>,
        /// The refusal that is expected.
        "refused" refused: Option<TextMatch>,
    }
}

record! {
    /// An object patched as a user: exactly one of `merge`, `json` and `strategic`.
    pub struct PatchObject {
        /// The cluster, where the scenario has several.
        "cluster" cluster: Option<String>,
        /// The object.
        "object" object: ObjectPattern,
        /// A merge patch.
        "merge" merge: Option<Value>,
        /// A JSON patch: a list of operations.
        "json" json: Option<Value>,
        /// A strategic merge patch.
        "strategic" strategic: Option<Value>,
        /// The subresource: `status`, `scale`.
        "subresource" subresource: Option<String>,
        /// The user or ServiceAccount, as `--as`.
        "as" as_user: Option<String>,
        /// The field manager; kubectl's own without it.
        "field-manager" field_manager: Option<String>,
        /// The refusal that is expected.
        "refused" refused: Option<TextMatch>,
    }
}

record! {
    /// Objects deleted as a user. Its short form is the object.
    pub struct DeleteObjects {
        /// The cluster, where the scenario has several.
        "cluster" cluster: Option<String>,
        /// The objects.
        "objects" objects: Many<ObjectPattern>,
        /// How dependents go.
        "propagation" propagation: Propagation,
        /// Whether finalizers are removed by force, on the namespace too (`/finalize`).
        "finalize" finalize: bool,
        /// The user or ServiceAccount, as `--as`.
        "as" as_user: Option<String>,
        /// The refusal that is expected.
        "refused" refused: Option<TextMatch>,
    }
    short Many<ObjectPattern> = |objects| Self { objects, ..Self::default() };
}

words! {
    /// How dependents go when their owner is deleted.
    pub enum Propagation {
        /// After the owner.
        "background" Background,
        /// Before the owner.
        "foreground" Foreground,
        /// Not at all.
        "orphan" Orphan,
    }
    default Background
}

record! {
    /// A reconciliation asked for. Its short form is the object.
    pub struct Reconcile {
        /// The cluster, where the scenario has several.
        "cluster" cluster: Option<String>,
        /// The Flux objects.
        "objects" objects: Many<ObjectPattern>,
        /// Whether their source is asked first (`--with-source`).
        "with-source" with_source: bool,
        /// Whether a HelmRelease is upgraded even if nothing changed (`--force`).
        "force" force: bool,
        /// Whether the failures of a HelmRelease are forgotten (`--reset`).
        "reset" reset: bool,
    }
    short Many<ObjectPattern> = |objects| Self { objects, ..Self::default() };
}

record! {
    /// Flux objects that are suspended or resumed. Its short form is the object.
    pub struct Switch {
        /// The cluster, where the scenario has several.
        "cluster" cluster: Option<String>,
        /// The Flux objects.
        "objects" objects: Many<ObjectPattern>,
    }
    short Many<ObjectPattern> = |objects| Self { objects, ..Self::default() };
}

record! {
    /// A bootstrap as a step. Without keys it repeats what the cluster declares.
    pub struct BootstrapStep {
        /// The cluster, where the scenario has several.
        "cluster" cluster: Option<String>,
        /// What differs from the cluster's declaration.
        "with" with: Option<Bootstrap>,
    }
}

record! {
    /// The removal of Flux.
    pub struct Uninstall {
        /// The cluster, where the scenario has several.
        "cluster" cluster: Option<String>,
        /// Whether the namespace stays (`--keep-namespace`).
        "keep-namespace" keep_namespace: bool,
    }
}

record! {
    /// Controllers stopped and started: `source-controller`, `kustomize-controller`,
    /// `helm-controller`, `notification-controller` and so on; `"*"` for all.
    pub struct Controllers {
        /// The cluster, where the scenario has several.
        "cluster" cluster: Option<String>,
        /// Those that stop.
        "stop" stop: Many<String>,
        /// Those that start.
        "start" start: Many<String>,
    }
}
