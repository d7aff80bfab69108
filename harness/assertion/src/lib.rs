//! Expectation against observation.
//!
//! Knows partial match, conditions, absence, counts, order of states, snapshots
//! with redaction and pending files. Must not know clients, async, time passing,
//! or colour.
//!
//! Pure but for the snapshot store: the same expectation and observation give the
//! same judgement. Start at [`judge`] and [`Observation`].

mod cause;
mod causes;
mod check;
mod detail;
mod git;
mod images;
mod judge;
mod judgement;
mod lists;
mod look;
mod missing;
mod normal;
mod notifications;
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
pub use judge::{explain, glance, judge};
pub use judgement::Judgement;
pub use observation::{ClusterView, Landing, Notification, Observation, Override, StepKind};
pub use text::holds as text_holds;
