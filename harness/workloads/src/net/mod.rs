//! Services: which pods stand behind them, and which address they get.

mod backends;
mod balancer;
mod endpoints;
mod slices;

pub(crate) use balancer::sync as balance;
pub(crate) use endpoints::sync as endpoints;
pub(crate) use slices::sync as endpoint_slices;
