//! What the controllers of all sources share: one run from the object to its outcome.
//!
//! One rule: a kind brings its phases, everything around them is here
//! (fluxcd/source-controller: internal/reconcile). Start at [`Run`].

mod failure;
mod finalizer;
mod names;
mod run;
mod secret;
mod status;
mod storage;
mod url;

pub(crate) use failure::{Class, Failure};
pub(crate) use finalizer::{add_finalizer, has_finalizer, remove_finalizer};
pub(crate) use names::{Source, newtype};
pub(crate) use run::{End, Notice, Run};
pub(crate) use secret::value;
pub(crate) use url::check_url;
