//! HelmRepository: the index of a chart repository becomes an artifact.
//!
//! Rules from fluxcd/source-controller: helmrepository_controller. One of type `oci` has
//! nothing to fetch and stays as it is. Start at [`reconcile::reconcile`].

mod auth;
mod index;
mod index_json;
mod reconcile;

pub(crate) use auth::{Access, access, registry_credentials};
pub(crate) use index::{Index, Wanted};
pub(crate) use reconcile::{TIMEOUT, reconcile};
