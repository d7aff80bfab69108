//! GitRepository: a ref of a repository becomes an artifact.
//!
//! Phases in Flux's order (fluxcd/source-controller: gitrepository_controller): storage,
//! source, include, artifact; [`status`] sums up. Start at [`reconcile::reconcile`].

mod artifact;
mod auth;
mod checkout;
mod failure;
mod include;
mod reconcile;
mod source;
mod status;
mod storage;

pub(crate) use checkout::outlook;
pub(crate) use reconcile::{add_finalizer, has_finalizer, reconcile, remove_finalizer};
