//! What is expected of the world.
//!
//! Start at [`Expectation`]. How it is judged is the crate `assertion`'s matter.

mod expectation;
mod field;
mod git;
mod object;
mod relation;
mod state;
mod table;

pub use expectation::{ClusterCheck, Every, Expectation, ImagesCheck, Unchanged};
pub use field::{Field, Segment};
pub use git::{GitCheck, NotificationCheck};
pub use object::{ConditionCheck, Conditions, ObjectCheck, ObjectCheckBody};
pub use relation::{Before, Cause, Except, FieldRule, SameAs};
pub use state::State;
pub use table::{EventCheck, InventoryCheck, Table};
