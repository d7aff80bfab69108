//! Bucket: the objects of an object store become an artifact.
//!
//! Rules from fluxcd/source-controller: bucket_controller, for the generic provider; others
//! are asked in the same way and noted as unknown. Start at [`reconcile::reconcile`].

mod reconcile;

pub(crate) use reconcile::reconcile;
