//! Flux's own kinds.
//!
//! Knows typed sources, Kustomization, HelmRelease, conditions and their reasons,
//! inventory arithmetic, the CRDs by Flux version. Must not know how to reconcile,
//! clients, or the network. Start at [`FluxKind`], [`Kustomization`] and [`HelmRelease`].

mod condition;
mod crds;
mod git_repository;
mod helm_release;
mod inventory;
mod kind;
mod kustomization;
pub mod reason;
mod release;
mod source;

pub use condition::Conditions;
pub use crds::crds;
pub use git_repository::GitRepository;
pub use helm_release::HelmRelease;
pub use inventory::Inventory;
pub use kind::FluxKind;
pub use kustomization::Kustomization;
pub use release::{Release, ReleaseError};
pub use source::{Artifact, SourceRef};

/// What the larger types are made of.
pub mod parts {
    pub use crate::condition::{Condition, State};
    pub use crate::git_repository::Include;
    pub use crate::helm_release::{Remediation, Snapshot, Snapshots, Step, TestRun};
    pub use crate::inventory::Entry;
    pub use crate::kustomization::{DeletionPolicy, Dependency, HealthExpression, ObjectRef};
}

/// The finalizer of every Flux controller (fluxcd/pkg: apis/meta).
pub const FINALIZER: &str = "finalizers.fluxcd.io";

/// The annotation that asks for a reconciliation (fluxcd/pkg: apis/meta).
pub const REQUESTED_AT: &str = "reconcile.fluxcd.io/requestedAt";
