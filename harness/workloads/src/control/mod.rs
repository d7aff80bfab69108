//! Controllers that make objects out of objects. Start at the kind you look for.

mod autoscaler;
mod budget;
mod cron_job;
mod daemon_set;
mod deployment;
mod go_print;
mod hash;
mod history;
mod job;
mod pods;
mod replica_set;
mod schedule;
mod stateful_set;

pub(crate) use autoscaler::sync as autoscaler;
pub(crate) use budget::sync as budget;
pub(crate) use cron_job::sync as cron_job;
pub(crate) use daemon_set::sync as daemon_set;
pub(crate) use deployment::sync as deployment;
pub(crate) use job::sync as job;
pub(crate) use replica_set::sync as replica_set;
pub(crate) use stateful_set::sync as stateful_set;
