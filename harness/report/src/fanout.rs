//! One run, several reports.
//!
//! A report that cannot write says so at the end and disturbs no other.

use std::io;

use events::{Event, Sink};

/// A view of a run: hears every event, then finishes what it writes.
pub trait Report: Sink {
    /// Writes what is still to be written.
    ///
    /// # Errors
    /// The first write that failed, then or before.
    fn finish(&mut self) -> io::Result<()>;
}

/// Hands every event to several reports, in the order they were added.
#[derive(Default)]
pub struct Fanout {
    reports: Vec<(String, Box<dyn Report>)>,
}

impl Fanout {
    /// Without reports.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a report under the name that an error message gives it.
    pub fn add(&mut self, name: impl Into<String>, report: impl Report + 'static) {
        self.reports.push((name.into(), Box::new(report)));
    }

    /// Finishes every report; gives the ones that failed, by name.
    pub fn finish(&mut self) -> Vec<(String, io::Error)> {
        let ends = self.reports.iter_mut().map(|(name, report)| (name.clone(), report.finish()));
        ends.filter_map(|(name, end)| end.err().map(|cause| (name, cause))).collect()
    }
}

impl Sink for Fanout {
    fn event(&mut self, event: &Event) {
        for (_, report) in &mut self.reports {
            report.event(event);
        }
    }
}

/// A writer that remembers its first failure instead of returning it each time.
pub(crate) struct Output<W> {
    writer: W,
    failed: Option<io::Error>,
}

impl<W: io::Write> Output<W> {
    pub(crate) fn new(writer: W) -> Self {
        Self { writer, failed: None }
    }

    pub(crate) fn text(&mut self, text: &str) {
        if self.failed.is_none() {
            self.failed = self.writer.write_all(text.as_bytes()).err();
        }
    }

    pub(crate) fn flush(&mut self) {
        if self.failed.is_none() {
            self.failed = self.writer.flush().err();
        }
    }

    pub(crate) fn finish(&mut self) -> io::Result<()> {
        self.flush();
        self.failed.take().map_or(Ok(()), Err)
    }
}
