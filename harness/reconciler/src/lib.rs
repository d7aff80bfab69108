//! The bundled Flux-compatible controllers.
//!
//! Knows Flux's phases under Flux's names, when each object is next due, a fetcher
//! given from outside. Must not know that the API is embedded, scenarios, reports,
//! disk, or the real clock. It holds a client, a clock and a fetcher, no more.
//! Start at [`Reconcilers`].

mod action;
mod bucket;
mod caller;
mod cel;
mod chart_fields;
mod checks;
mod compare;
mod dependency;
pub mod fetch;
mod gitrepository;
mod helmchart;
mod helmrelease;
mod helmrepository;
mod informer;
mod kustomization;
mod notes;
mod ocirepository;
mod persist;
mod queue;
mod reconcilers;
mod recorder;
mod remote;
mod semver_range;
mod settings;
mod source;
mod sourceignore;
mod standing;
mod storage;
mod tasks;
mod unknown;
mod wait;
mod world;

pub(crate) use fetch::{Commit, Credentials, Refs, Remote};
pub use fetch::{Fetch, FetchError, Fetching};
pub use notes::Note;
pub use reconcilers::{Cause, Pending, Reconcilers, outlook};
pub use settings::{Costs, Settings, Standing};
