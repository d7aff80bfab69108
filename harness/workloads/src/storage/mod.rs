//! Claims and volumes find each other. The API keeps what is in use from going.
//!
//! Source: kubernetes `pkg/controller/volume/persistentvolume/pv_controller.go`.

mod claims;
mod volumes;

pub(crate) use claims::{sync as claim, waits_for_consumer};
pub(crate) use volumes::sync as volume;
