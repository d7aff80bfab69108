//! JUnit XML, as CI systems read it: a suite a file, a case a scenario.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use events::{Event, Outcome, Sink, Verdict};
use quick_junit::{NonSuccessKind, Report as Document, TestCase, TestCaseStatus, TestSuite};

use crate::failure;
use crate::fanout::Report;
use crate::story::Story;
use crate::style::strip;

/// Collects the run and writes the document at its end.
pub struct Junit<W> {
    writer: W,
    story: Story,
    suites: BTreeMap<String, TestSuite>,
    time: Duration,
}

impl<W: io::Write> Junit<W> {
    /// Writes to a writer.
    #[must_use]
    pub fn new(writer: W) -> Self {
        Self { writer, story: Story::default(), suites: BTreeMap::new(), time: Duration::ZERO }
    }

    fn case(&mut self, scenario: &str, outcome: &Outcome, virtual_time: Duration, time: Duration) {
        let mut case = TestCase::new(scenario, self.status(outcome));
        case.set_classname(self.story.file.as_str()).set_time(time);
        case.add_property(("virtual-time", clock::format_duration(virtual_time).as_str()));
        let file = self.story.file.clone();
        let suite =
            self.suites.entry(file).or_insert_with_key(|file| TestSuite::new(file.as_str()));
        suite.add_test_case(case);
    }

    fn status(&self, outcome: &Outcome) -> TestCaseStatus {
        match outcome {
            Outcome::Judged(Verdict::Met) => TestCaseStatus::success(),
            Outcome::Judged(Verdict::NotMet(failures)) => {
                let blocks =
                    failures.iter().map(|failure| failure::lines(failure, &self.story).join("\n"));
                let text = format!(
                    "{}\n\n{}",
                    self.story.place(),
                    blocks.collect::<Vec<_>>().join("\n\n")
                );
                let message = failures.first().map(failure::sentence).unwrap_or_default();
                not_passed(NonSuccessKind::Failure, "not met", &message, &text)
            }
            Outcome::Judged(Verdict::Unknown(reasons)) => {
                let mut status = TestCaseStatus::skipped();
                status.set_type("unknown").set_message(format!("unknown: {}", reasons.join("; ")));
                status
            }
            Outcome::Broken { error } => not_passed(
                NonSuccessKind::Error,
                "place failed",
                &error.join(": "),
                &error.join("\n"),
            ),
        }
    }

    fn document(&mut self) -> Document {
        let mut document = Document::new("fluxrig");
        document.set_time(self.time);
        document.add_test_suites(std::mem::take(&mut self.suites).into_values());
        document
    }
}

fn not_passed(kind: NonSuccessKind, class: &str, message: &str, text: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_type(class).set_message(message).set_description(strip(text));
    status
}

impl<W: io::Write> Sink for Junit<W> {
    fn event(&mut self, event: &Event) {
        self.story.hear(event);
        match event {
            Event::ScenarioFinished { scenario, outcome, virtual_time, real_time } => {
                self.case(scenario, outcome, *virtual_time, *real_time);
            }
            Event::RunFinished { summary } => self.time = summary.real_time,
            _ => {}
        }
    }
}

impl<W: io::Write> Report for Junit<W> {
    fn finish(&mut self) -> io::Result<()> {
        let document = self.document();
        let text = document.to_string().map_err(io::Error::other)?;
        self.writer.write_all(text.as_bytes())?;
        self.writer.flush()
    }
}
