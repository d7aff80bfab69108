//! Where something stands in a scenario file.
//!
//! Every part that was read carries one, so that a failure can point back.

use std::fmt;
use std::sync::Arc;

/// A place in a scenario file; the default one means "written in no file".
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file, as the caller named it.
    pub file: Arc<str>,
    /// Line, from 1; 0 where there is none.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

impl fmt::Display for Place {
    /// `scenarios/a.yaml:4:7`, or the file alone.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line == 0 {
            return out.write_str(&self.file);
        }
        write!(out, "{}:{}:{}", self.file, self.line, self.column)
    }
}
