//! GitHub annotations: one workflow command for each thing that did not hold.
//!
//! Source: GitHub Actions, "Workflow commands" (error, warning; properties escaped).

use std::io;

use events::{Event, Outcome, Sink, Verdict};

use crate::failure;
use crate::fanout::{Output, Report};
use crate::story::Story;
use crate::style::strip;

/// Writes `::error file=…,line=…,title=…::…` lines.
pub struct Annotations<W> {
    output: Output<W>,
    story: Story,
}

impl<W: io::Write> Annotations<W> {
    /// Annotates on a writer: the job's standard output.
    #[must_use]
    pub fn new(writer: W) -> Self {
        Self { output: Output::new(writer), story: Story::default() }
    }

    fn command(&mut self, level: &str, scenario: &str, message: &str) {
        let (file, title) = (property(&self.story.file), property(scenario));
        let line = self.story.line();
        self.output
            .text(&format!("::{level} file={file},line={line},title={title}::{}\n", data(message)));
    }

    fn outcome(&mut self, scenario: &str, outcome: &Outcome) {
        match outcome {
            Outcome::Judged(Verdict::Met) => {}
            Outcome::Judged(Verdict::NotMet(failures)) => {
                for failure in failures {
                    let text = failure::lines(failure, &self.story).join("\n");
                    self.command("error", scenario, &strip(&text));
                }
            }
            Outcome::Judged(Verdict::Unknown(reasons)) => {
                self.command("warning", scenario, &format!("unknown: {}", reasons.join("\n")));
            }
            Outcome::Broken { error } => self.command("error", scenario, &error.join(": ")),
        }
    }
}

impl<W: io::Write> Sink for Annotations<W> {
    fn event(&mut self, event: &Event) {
        self.story.hear(event);
        if let Event::ScenarioFinished { scenario, outcome, .. } = event {
            self.outcome(scenario, outcome);
        }
    }
}

impl<W: io::Write> Report for Annotations<W> {
    fn finish(&mut self) -> io::Result<()> {
        self.output.finish()
    }
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
