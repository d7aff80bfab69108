//! Claims and volumes find each other.
//!
//! Source: kubernetes `pkg/controller/volume/persistentvolume/pv_controller.go`.

mod claims;
mod volumes;

pub(crate) use claims::{protect, sync as claim, waits_for_consumer};
pub(crate) use volumes::sync as volume;
