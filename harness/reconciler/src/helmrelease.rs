//! HelmRelease: a chart with values becomes a release, and stays one.
//!
//! Steps in Flux's order (fluxcd/helm-controller: helmrelease_controller): chart template,
//! dependencies, source, values, chart, then the atomic release: what is the state, what is the
//! next action, run it. Helm itself is `crate::action`. Start at [`reconcile::reconcile`].

mod atomic;
mod chart;
mod client;
mod dependencies;
mod diff;
mod digest;
mod drift;
mod end;
mod finalize;
mod install;
mod memory;
mod names;
mod next;
mod observe;
mod postrender;
mod reconcile;
mod render;
mod report;
mod rollback;
mod source;
mod state;
mod status;
mod test;
mod triggers;
mod uninstall;
mod unlock;
mod upgrade;
mod values;

pub(crate) use memory::Memory;
pub(crate) use reconcile::reconcile;
pub(crate) use triggers::{stirred_by_config, stirred_by_source};
