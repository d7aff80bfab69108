//! A mistake in a scenario file, with everything a reader needs to mend it.
//!
//! A diagnostic owns its excerpt: it can be shown without the file at hand.

use std::fmt;

use crate::Place;

/// One mistake, at its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Where it stands.
    pub place: Place,
    /// How many characters the caret marks, at least 1.
    pub length: usize,
    /// The line of the file, without its line break.
    pub excerpt: String,
    /// What is wrong.
    pub message: String,
    /// What to do about it, where we know.
    pub help: Option<String>,
}

/// Longest part of a line that an excerpt shows, in characters.
const WIDTH: usize = 100;

impl Diagnostic {
    /// Plain text for people, without colour and without a line break at the end:
    /// message, place, the line with a caret, and help.
    #[must_use]
    pub fn render(&self) -> String {
        let mut out = format!("error: {}\n", self.message);
        let number = self.place.line.to_string();
        let margin = " ".repeat(number.len());
        out.push_str(&format!("{margin} --> {}\n", self.place));
        if self.place.line > 0 {
            let (shown, before, length) = self.window();
            let carets = "^".repeat(length);
            out.push_str(&format!("{margin} |\n{number} | {shown}\n"));
            out.push_str(&format!("{margin} | {}{carets}\n", " ".repeat(before)));
        }
        if let Some(help) = &self.help {
            out.push_str(&format!("{margin} = help: {help}\n"));
        }
        out.truncate(out.trim_end().len());
        out
    }

    /// The part of the line that is shown, the caret's column in it, and its length.
    fn window(&self) -> (String, usize, usize) {
        let line: Vec<char> = self.excerpt.chars().map(printable).collect();
        let column = self.place.column.saturating_sub(1).min(line.len());
        let start = if column < WIDTH { 0 } else { column - WIDTH / 2 };
        let end = line.len().min(start + WIDTH);
        let lead = if start > 0 { "…" } else { "" };
        let tail = if end < line.len() { "…" } else { "" };
        let shown: String = line[start..end].iter().collect();
        let length = self.length.clamp(1, (end - column).max(1));
        let before = column - start + lead.chars().count();
        (format!("{lead}{shown}{tail}"), before, length)
    }
}

/// Tabs and control characters would move the caret.
fn printable(letter: char) -> char {
    if letter.is_control() { ' ' } else { letter }
}

impl fmt::Display for Diagnostic {
    /// One line: `file:line:column: message (help)`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.place, self.message)?;
        match &self.help {
            Some(help) => write!(out, " ({help})"),
            None => Ok(()),
        }
    }
}
