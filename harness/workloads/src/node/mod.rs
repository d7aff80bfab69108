//! Nodes: which pods they take, and what becomes of pods there.

mod image;
mod kubelet;
mod life;
mod nodes;
mod registration;
mod scheduler;

pub(crate) use kubelet::Kubelet;
pub(crate) use nodes::Nodes;
pub(crate) use registration::sync as register;
pub(crate) use scheduler::sync as schedule;
