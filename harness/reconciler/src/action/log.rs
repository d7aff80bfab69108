//! The last lines of Helm's log, as helm-controller quotes them in events.
//!
//! Rules from fluxcd/helm-controller: internal/action/log (ten lines; a repeated line is
//! counted, attributes as JSON).

use std::cell::RefCell;
use std::collections::VecDeque;

use client::Status;
use clock::Clock;
use objects::Value;

use super::record::{go_json, nanos};

const LINES: usize = 10;

#[derive(Debug, Clone)]
struct Line {
    text: String,
    at: String,
    again_at: String,
    again: usize,
}

/// The log of one action.
pub(crate) struct Log {
    clock: Clock,
    lines: RefCell<VecDeque<Line>>,
}

impl Log {
    pub(crate) fn new(clock: Clock) -> Self {
        Self { clock, lines: RefCell::default() }
    }

    /// A line with its attributes, each already JSON.
    pub(crate) fn say(&self, message: &str, attributes: &[(&str, String)]) {
        let mut sorted: Vec<&(&str, String)> = attributes.iter().collect();
        sorted.sort();
        let pairs: Vec<String> =
            sorted.iter().map(|(key, json)| format!("{}:{json}", quoted(key))).collect();
        self.push(format!("{message}: {{{}}}", pairs.join(",")));
    }

    fn push(&self, text: String) {
        let now = nanos(self.clock.now());
        let mut lines = self.lines.borrow_mut();
        if let Some(last) = lines.back_mut().filter(|last| last.text == text) {
            last.again += 1;
            last.again_at = now;
            return;
        }
        if lines.len() == LINES {
            lines.pop_front();
        }
        lines.push_back(Line { text, at: now, again_at: String::new(), again: 0 });
    }

    /// The lines, one below the other; empty if there are none.
    pub(crate) fn text(&self) -> String {
        let lines = self.lines.borrow();
        let all: Vec<String> = lines.iter().map(Line::to_text).collect();
        all.join("\n")
    }
}

impl Line {
    fn to_text(&self) -> String {
        let mut text = format!("{}: {}", self.at, self.text);
        if self.again > 0 {
            text.push_str(&format!("\n{}: {}", self.again_at, self.text));
        }
        match self.again.saturating_sub(1) {
            0 => {}
            1 => text.push_str(" (1 duplicate line omitted)"),
            more => text.push_str(&format!(" ({more} duplicate lines omitted)")),
        }
        text
    }
}

/// A text as JSON.
pub(crate) fn quoted(text: &str) -> String {
    go_json(&Value::from(text))
}

/// A refusal as Go's JSON of it.
pub(crate) fn status_json(status: &Status) -> String {
    let details = status.details.as_map().map(|_| {
        let known = ["name", "group", "kind", "uid"];
        let pairs = known.iter().filter_map(|key| {
            let text = status.details.str_at(&[key]).filter(|text| !text.is_empty())?;
            Some(format!("{}:{}", quoted(key), quoted(text)))
        });
        format!("\"details\":{{{}}},", pairs.collect::<Vec<_>>().join(","))
    });
    format!(
        "{{\"ErrStatus\":{{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{{}},\"status\":\"Failure\",\"message\":{},\"reason\":{},{}\"code\":{}}}}}",
        quoted(&status.message),
        quoted(&status.reason),
        details.unwrap_or_default(),
        status.code
    )
}

/// An error that Go wraps: it shows nothing.
pub(crate) const WRAPPED: &str = "{}";

#[cfg(test)]
mod tests {
    use super::*;
    use clock::Moment;

    #[test]
    fn ten_lines_stay_and_repeated_ones_are_counted() {
        let log = Log::new(Clock::virtual_at(Moment::START));
        (0..12).for_each(|at| log.say(&format!("line {at}"), &[]));
        (0..4).for_each(|_| log.say("same", &[("b", "1".into()), ("a", quoted("<x>"))]));
        let text = log.text();
        assert!(!text.contains("line 2:"), "{text}");
        assert!(text.starts_with("2026-01-01T00:00:00Z: line 3: {}"), "{text}");
        assert!(text.ends_with(r#"same: {"a":"\u003cx\u003e","b":1} (2 duplicate lines omitted)"#));
        assert_eq!(text.lines().count(), 11);
    }
}
