//! One recorded run, shown by every report.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

use events::Sink;
use report::{
    Annotations, Fanout, JsonLines, Junit, Report, StepSummary, Terminal, TerminalOptions,
};

const RUN: &str = include_str!("cases/run.jsonl");

/// A writer that can still be read after a report took it.
#[derive(Clone, Default)]
struct Shared(Rc<RefCell<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn shown<R: Report + 'static>(report: impl FnOnce(Shared) -> R) -> String {
    let out = Shared::default();
    let mut fanout = Fanout::new();
    fanout.add("under test", report(out.clone()));
    report::replay(RUN.as_bytes(), &mut fanout).unwrap();
    assert!(fanout.finish().is_empty());
    String::from_utf8(out.0.take()).unwrap()
}

fn plain(text: &str) -> String {
    let mut out = anstream::StripStream::new(Vec::new());
    out.write_all(text.as_bytes()).unwrap();
    String::from_utf8(out.into_inner()).unwrap()
}

#[test]
fn the_terminal_shows_a_line_a_scenario_and_failures_to_their_cause() {
    insta::assert_snapshot!(plain(&shown(|out| Terminal::new(out, TerminalOptions::default()))));
}

#[test]
fn a_verbose_terminal_shows_steps_and_changes() {
    let options = TerminalOptions { verbose: true, ..TerminalOptions::default() };
    insta::assert_snapshot!(plain(&shown(|out| Terminal::new(out, options))));
}

#[test]
fn junit_has_a_suite_a_file_and_a_case_a_scenario() {
    insta::assert_snapshot!(shown(Junit::new));
}

#[test]
fn annotations_point_into_the_scenario_file() {
    insta::assert_snapshot!(shown(Annotations::new));
}

#[test]
fn the_step_summary_is_a_page_of_markdown() {
    insta::assert_snapshot!(shown(StepSummary::new));
}

#[test]
fn a_record_told_again_is_recorded_as_it_was() {
    assert_eq!(shown(JsonLines::new), RUN);
}

#[test]
fn a_report_that_cannot_write_is_named_and_disturbs_no_other() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::Error::other("disk full"))
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let out = Shared::default();
    let mut fanout = Fanout::new();
    fanout.add("full.jsonl", JsonLines::new(Full));
    fanout.add("good.jsonl", JsonLines::new(out.clone()));
    report::replay(RUN.as_bytes(), &mut fanout as &mut dyn Sink).unwrap();
    let failed: Vec<_> =
        fanout.finish().into_iter().map(|(name, cause)| format!("{name}: {cause}")).collect();
    assert_eq!(failed, ["full.jsonl: disk full"]);
    assert_eq!(String::from_utf8(out.0.take()).unwrap(), RUN);
}

#[test]
fn a_line_that_is_no_event_is_named() {
    let mut fanout = Fanout::new();
    let problem = report::replay("\n{}\n".as_bytes(), &mut fanout).unwrap_err();
    assert!(problem.to_string().starts_with("line 2: "), "{problem}");
}
