//! Go's template errors in the words of Helm.
//!
//! Source: Helm `pkg/engine` `engine.go`: a `fail` or `required` keeps its text alone; a chain of
//! places is shown one below the other; everything else stays Go's one line.

use crate::error::ExecError;

/// What `fail` and `required` put around their text, so that it can be found again.
pub(crate) use crate::functions::{WARN_END, WARN_START};

/// A parse error: `template: FILE:LINE: …: problem`.
pub(super) fn parse_problem(file: &str, text: &str) -> String {
    let parts: Vec<&str> = text.split(": ").collect();
    match parts[..] {
        [_, location, .., problem] => format!("parse error at ({location}): {problem}"),
        [_, location] => format!("parse error at ({location}): {location}"),
        _ => format!("parse error in ({file}): {text}"),
    }
}

/// An error of execution.
pub(super) fn exec_problem(file: &str, problem: &ExecError) -> String {
    let text = problem.message();
    let mut parts = text.splitn(3, ": ");
    let (Some(_), Some(location), Some(rest)) = (parts.next(), parts.next(), parts.next()) else {
        return format!("execution error in ({file}): {text}");
    };
    if let Some(warning) = warning(rest) {
        return format!("execution error at ({location}): {warning}");
    }
    let traces: Option<Vec<_>> = problem.texts().map(trace).collect();
    let Some(mut traces) = traces else { return text.to_owned() };
    traces.dedup();
    traces.concat().trim().to_owned()
}

/// The text between the first start mark and the last end mark.
fn warning(text: &str) -> Option<&str> {
    let start = text.find(WARN_START)? + WARN_START.len();
    let end = text.rfind(WARN_END).filter(|end| *end >= start)?;
    Some(&text[start..end])
}

/// One error as lines of its own; `None` if it is no template error.
fn trace(text: &str) -> Option<String> {
    let rest = text.strip_prefix("template: ")?;
    if rest.starts_with("no template ") {
        return Some(lines("", "", text));
    }
    if let Some((name, after)) = rest.split_once(": executing ")
        && let Some(found) = executing(name, after)
    {
        return Some(found);
    }
    let (location, message) = rest.rsplit_once(": ")?;
    Some(lines(location, "", cut(message)))
}

fn executing(name: &str, after: &str) -> Option<String> {
    let after = after.strip_prefix('"')?;
    let (function, after) = after.split_once('"')?;
    let (place, message) = after.strip_prefix(" at <")?.split_once(">: ")?;
    let function = format!("executing \"{function}\" at <{place}>:");
    Some(lines(name, &function, cut(message)))
}

/// What a further template error adds is told by the next text.
fn cut(message: &str) -> &str {
    message.find(" template:").map_or(message, |at| &message[..at])
}

fn lines(location: &str, function: &str, message: &str) -> String {
    let mut out = String::new();
    for (text, end) in [(location, "\n  "), (function, "\n    "), (message, "\n")] {
        if !text.is_empty() {
            out.push_str(text);
            out.push_str(end);
        }
    }
    out
}
