//! The words that all parts of the language share: references, comparisons and
//! containers.

pub use crate::matcher::{NumberMatch, Pattern, TextMatch};
pub use crate::reference::{BranchName, KindPattern, ObjectPattern, Revision, glob};
pub use crate::scalar::{Entries, Many};
