//! A recorded run told again, to any report.

use std::io::{self, BufRead};

use events::Sink;
use events::record::RecordError;

/// Why a record cannot be told again.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// It cannot be read.
    #[error("read the record")]
    Read(#[source] io::Error),
    /// A line is no event.
    #[error(transparent)]
    Record(#[from] RecordError),
}

/// Reads JSON Lines and hands each event to the sink. Empty lines are passed over.
///
/// # Errors
/// If a line cannot be read or is no event of this version.
pub fn replay(record: impl BufRead, sink: &mut dyn Sink) -> Result<(), ReplayError> {
    for (at, line) in record.lines().enumerate() {
        let line = line.map_err(ReplayError::Read)?;
        if !line.trim().is_empty() {
            sink.event(&events::from_line(at + 1, &line)?);
        }
    }
    Ok(())
}
