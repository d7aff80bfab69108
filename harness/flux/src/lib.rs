//! Flux's own kinds.
//!
//! Knows typed sources, Kustomization, HelmRelease, conditions and their reasons,
//! inventory arithmetic, the CRDs by Flux version. Must not know how to reconcile,
//! clients, or the network. Start at [`FluxKind`] and [`Kustomization`].

mod condition;
mod crds;
mod git_repository;
mod inventory;
mod kind;
mod kustomization;
pub mod reason;
mod release;
mod source;

pub use condition::{Condition, Conditions, State};
pub use crds::crds;
pub use git_repository::{GitRepository, Include};
pub use inventory::{Entry, Inventory};
pub use kind::FluxKind;
pub use kustomization::{DeletionPolicy, Dependency, HealthExpression, Kustomization, ObjectRef};
pub use release::{Release, ReleaseError};
pub use source::{Artifact, SourceRef};

/// The finalizer of every Flux controller (fluxcd/pkg: apis/meta).
pub const FINALIZER: &str = "finalizers.fluxcd.io";

/// The annotation that asks for a reconciliation (fluxcd/pkg: apis/meta).
pub const REQUESTED_AT: &str = "reconcile.fluxcd.io/requestedAt";
