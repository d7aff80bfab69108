//! Kustomization: a folder of an artifact becomes objects in the cluster.
//!
//! Phases in Flux's order (fluxcd/kustomize-controller: kustomization_controller):
//! dependencies, generate, build, substitute, apply, prune, health; [`status`] is the one
//! place that sums up and writes. Start at [`reconcile::reconcile`].

mod apply;
mod build;
mod change;
mod decrypt;
mod dependencies;
mod dry_run;
mod envsubst;
mod failure;
mod finalize;
mod generate;
mod health;
mod ignore;
mod memory;
mod normalize;
mod order;
mod prune;
mod reconcile;
mod status;
mod substitute;
mod target;
mod triggers;

pub(crate) use memory::Memory;
pub(crate) use normalize::normalize;
pub(crate) use order::sort_key;
pub(crate) use reconcile::reconcile;
pub(crate) use target::server_of;
pub(crate) use triggers::{stirred_by_config, stirred_by_source};
