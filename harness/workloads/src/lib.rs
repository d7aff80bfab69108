//! Workload controllers and kubelets by declared behaviour.
//!
//! Knows how Deployments, StatefulSets, Jobs, Pods, claims and foreign kinds move.
//! Must not know Flux, git, scenarios, or which API stands behind its face.
//! Start at [`Simulator`]: it reads changes through [`Cluster`], does the work that
//! they ask for, and says when it wants to run again. How pods and foreign
//! objects fare is data: [`Behaviours`].

mod behaviour;
mod cluster;
mod control;
mod foreign;
mod index;
mod kind;
mod meta;
mod mirror;
mod net;
mod node;
mod quantity;
mod recorder;
mod simulator;
mod storage;
mod work;
mod world;

pub use behaviour::{
    Balancer, Behaviour, Behaviours, Claim, Foreign, Listed, Matcher, PodLife, Rule,
};
pub use cluster::{Changes, Cluster};
pub use simulator::Simulator;
