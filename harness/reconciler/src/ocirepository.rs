//! OCIRepository: a tag or digest of a registry becomes an artifact.
//!
//! Rules from fluxcd/source-controller: ocirepository_controller. Start at
//! [`reconcile::reconcile`].

mod artifact;
mod auth;
mod reconcile;
mod reference;
mod verify;

pub(crate) use reconcile::reconcile;
