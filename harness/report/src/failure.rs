//! One failure as lines: the object, its fields, the diff, the last changes, the causes.
//!
//! Painted for a terminal; other views strip the paint. Start at [`lines`].

use events::{Cause, Failure, FieldError, Source, Transition};
use objects::ObjectId;

use crate::story::Story;
use crate::style::{ADDED, FAINT, NAME, PLAIN, REMOVED, STRONG, paint};

/// The most changes of an object that are shown.
const TRANSITIONS: usize = 8;
/// The most lines of a diff that are shown.
const DIFF: usize = 60;

/// A failure, without indentation.
pub(crate) fn lines(failure: &Failure, story: &Story) -> Vec<String> {
    let mut lines = vec![headline(failure)];
    lines.extend(failure.fields.iter().flat_map(field));
    section(&mut lines, "expected (-) and found (+)", diff(&failure.diff));
    section(&mut lines, "last changes", transitions(&failure.transitions, story));
    section(&mut lines, "because", causes(&failure.causes));
    lines
}

/// A failure in one plain sentence.
pub(crate) fn sentence(failure: &Failure) -> String {
    crate::style::strip(&headline(failure))
}

fn headline(failure: &Failure) -> String {
    let Some(object) = &failure.object else { return paint(STRONG, &failure.what) };
    let cluster = &failure.cluster;
    let place = if cluster.is_empty() { String::new() } else { format!(" in cluster {cluster}") };
    format!("{}{place} {}", paint(NAME, object), paint(STRONG, &failure.what))
}

fn field(error: &FieldError) -> Vec<String> {
    let FieldError { path, expected, found } = error;
    if expected.contains('\n')
        || found.contains('\n')
        || path.len() + expected.len() + found.len() > 90
    {
        let row = |word: &str, text: &str| {
            format!("    {word} {}", text.trim_end().replace('\n', "\n             "))
        };
        return vec![format!("  {path}"), row("expected", expected), row("found   ", found)];
    }
    vec![format!("  {path}: expected {expected}, found {found}")]
}

fn section(lines: &mut Vec<String>, title: &str, body: Vec<String>) {
    if !body.is_empty() {
        lines.push(format!("  {}", paint(FAINT, title)));
        lines.extend(body.into_iter().map(|line| format!("    {line}")));
    }
}

fn diff(diff: &[String]) -> Vec<String> {
    let painted = diff.iter().take(DIFF).map(|line| match line.chars().next() {
        Some('-') => paint(REMOVED, line),
        Some('+') => paint(ADDED, line),
        _ => paint(PLAIN, line),
    });
    let mut lines: Vec<_> = painted.collect();
    if diff.len() > DIFF {
        lines.push(format!("… {} more lines", diff.len() - DIFF));
    }
    lines
}

fn transitions(transitions: &[Transition], story: &Story) -> Vec<String> {
    let skipped = transitions.len().saturating_sub(TRANSITIONS);
    let shown = transitions.iter().skip(skipped).map(|change| {
        let Transition { at, state, reason, message } = change;
        let mut line = format!("{:>10}  {state}", story.since_start(*at));
        if !reason.is_empty() {
            line = format!("{line} {reason}");
        }
        if !message.is_empty() {
            line =
                format!("{line}: {}", first_lines(message, 3).replace('\n', "\n                "));
        }
        line
    });
    shown.collect()
}

fn first_lines(text: &str, most: usize) -> String {
    let lines: Vec<_> = text.trim_end().lines().collect();
    let more = if lines.len() > most { "\n…" } else { "" };
    format!("{}{more}", lines[..lines.len().min(most)].join("\n"))
}

fn causes(causes: &[Cause]) -> Vec<String> {
    let mut lines = Vec::new();
    for (depth, cause) in causes.iter().enumerate() {
        let indent = "  ".repeat(depth);
        let object = cause
            .object
            .as_ref()
            .map_or(String::new(), |object: &ObjectId| format!("{}: ", paint(NAME, object)));
        let what = first_lines(&cause.what, 6).replace('\n', &format!("\n      {indent}"));
        lines.push(format!("{indent}{object}{what}"));
        lines.extend(
            cause.source.as_ref().map(|source| format!("{indent}  {}", paint(FAINT, at(source)))),
        );
    }
    lines
}

fn at(source: &Source) -> String {
    let Source { repository, file, line, commit, message } = source;
    let mut text = if *line > 0 { format!("at {file}:{line}") } else { format!("at {file}") };
    if !repository.is_empty() {
        text = format!("{text} of {repository}");
    }
    if !commit.is_empty() {
        let short = commit.get(..12).unwrap_or(commit);
        text = format!("{text}, commit {short}");
    }
    if message.is_empty() { text } else { format!("{text} \"{message}\"") }
}
