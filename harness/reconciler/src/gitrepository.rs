//! GitRepository: a ref of a repository becomes an artifact.
//!
//! Phases in Flux's order (fluxcd/source-controller: gitrepository_controller): source,
//! include, artifact; what comes before and after them all sources share.
//! Start at [`reconcile::reconcile`].

mod artifact;
mod auth;
mod checkout;
mod include;
mod reconcile;
mod source;

pub(crate) use checkout::outlook;
pub(crate) use reconcile::reconcile;
