//! The step summary of a GitHub job: a page of Markdown.

use std::fmt::Write as _;
use std::io;

use events::{Event, Outcome, Sink, Summary, Verdict};

use crate::failure;
use crate::fanout::{Output, Report};
use crate::story::Story;
use crate::style::strip;

/// Writes the page when the run is over.
pub struct StepSummary<W> {
    output: Output<W>,
    story: Story,
    details: String,
}

impl<W: io::Write> StepSummary<W> {
    /// Writes to a writer: the file that `GITHUB_STEP_SUMMARY` names.
    #[must_use]
    pub fn new(writer: W) -> Self {
        Self { output: Output::new(writer), story: Story::default(), details: String::new() }
    }

    fn outcome(&mut self, scenario: &str, outcome: &Outcome) {
        let (sign, title, body) = match outcome {
            Outcome::Judged(Verdict::Met) => return,
            Outcome::Judged(Verdict::NotMet(failures)) => {
                let blocks =
                    failures.iter().map(|failure| failure::lines(failure, &self.story).join("\n"));
                let first = failures.first().map(failure::sentence).unwrap_or_default();
                (":x:", first, blocks.collect::<Vec<_>>().join("\n\n"))
            }
            Outcome::Judged(Verdict::Unknown(reasons)) => {
                (":grey_question:", "unknown".to_owned(), reasons.join("\n"))
            }
            Outcome::Broken { error } => {
                (":x:", "the place failed".to_owned(), error.join("\n  because: "))
            }
        };
        let place = self.story.place();
        let body = strip(&body).replace("```", "` ` `");
        let title = title.replace('<', "&lt;");
        let _ = writeln!(
            self.details,
            "<details><summary>{sign} <b>{scenario}</b> {title}</summary>\n\n{place}\n\n```text\n{body}\n```\n\n</details>\n"
        );
    }

    fn page(&mut self, summary: &Summary) {
        let Summary { met, not_met, unknown, broken, not_run, .. } = summary;
        let seconds = summary.real_time.as_secs_f64();
        self.output.text(&format!(
            "## fluxrig: {} scenarios in {seconds:.1} s\n\n\
             | passed | failed | unknown | broken | not run |\n| ---: | ---: | ---: | ---: | ---: |\n\
             | {met} | {not_met} | {unknown} | {broken} | {not_run} |\n\n",
            summary.run()
        ));
        let details = std::mem::take(&mut self.details);
        self.output.text(&details);
    }
}

impl<W: io::Write> Sink for StepSummary<W> {
    fn event(&mut self, event: &Event) {
        self.story.hear(event);
        match event {
            Event::ScenarioFinished { scenario, outcome, .. } => self.outcome(scenario, outcome),
            Event::RunFinished { summary } => self.page(summary),
            _ => {}
        }
    }
}

impl<W: io::Write> Report for StepSummary<W> {
    fn finish(&mut self) -> io::Result<()> {
        self.output.finish()
    }
}
