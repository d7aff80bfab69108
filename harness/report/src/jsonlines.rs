//! The recorded form: one JSON object a line, virtual time only.

use std::io;

use events::{Event, Sink};

use crate::fanout::{Output, Report};

/// Writes each event as a line; [`crate::replay`] reads them back.
pub struct JsonLines<W>(Output<W>);

impl<W: io::Write> JsonLines<W> {
    /// Records into a writer.
    #[must_use]
    pub fn new(writer: W) -> Self {
        Self(Output::new(writer))
    }
}

impl<W: io::Write> Sink for JsonLines<W> {
    fn event(&mut self, event: &Event) {
        if let Some(line) = events::to_line(event) {
            self.0.text(&format!("{line}\n"));
        }
    }
}

impl<W: io::Write> Report for JsonLines<W> {
    fn finish(&mut self) -> io::Result<()> {
        self.0.finish()
    }
}
