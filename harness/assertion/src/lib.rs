//! Expectation against observation.
//!
//! Knows partial match, conditions, absence, counts, order of states, snapshots
//! with redaction and pending files. Must not know clients, async, time passing,
//! or colour.
//!
//! Pure but for the snapshot store: the same expectation and observation give the
//! same judgement. Start at [`judge`] and [`Observation`].

mod causes;
mod check;
mod git;
mod judge;
mod lists;
mod normal;
mod observation;
mod partial;
mod place;
mod relation;
mod revision;
mod shown;
pub mod snapshot;
mod states;
pub mod table;
mod text;
mod unknown;

pub use git::{CommitView, Git};
pub use judge::{Heads, Judgement, explain, glance, judge};
pub use observation::{ClusterView, Entry, Landing, Notification, Observation, Override, StepKind};
pub use partial::differences;
pub use text::holds as text_holds;
