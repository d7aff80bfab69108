//! Values as sigs.k8s.io/yaml prints them: keys sorted, go-yaml v2 layout.
//!
//! One rule: the caller walks its own values and calls one method for each; keys
//! must come in [`sort_by_key`] order. Start at [`Canonical`].

use std::cmp::Ordering;

use crate::analysis::{Analysis, analyze};
use crate::numbers::is_base60;
use crate::resolve::{Schema, is_v2_text};
use crate::sink::Sink;

/// Columns after which go-yaml v2 folds a scalar.
const WIDTH: usize = 80;

/// A writer of one document.
pub struct Canonical {
    sink: Sink,
    levels: Vec<Level>,
    key: bool,
    complex_key: bool,
}

/// What surrounds the next node.
#[derive(Clone, Copy, PartialEq)]
enum Level {
    /// A mapping; the indentation around it.
    Mapping(isize),
    /// A sequence; the indentation around it.
    Sequence(isize),
    /// `{}` or `[]`.
    Empty,
}

impl Default for Canonical {
    fn default() -> Self {
        Self::new()
    }
}

impl Canonical {
    /// An empty document.
    #[must_use]
    pub fn new() -> Self {
        Self { sink: Sink::new(WIDTH), levels: Vec::new(), key: false, complex_key: false }
    }

    /// A document whose scalars are never folded.
    pub(crate) fn one_line() -> Self {
        Self { sink: Sink::new(usize::MAX), ..Self::new() }
    }

    /// A text in double quotes.
    pub(crate) fn quoted(&mut self, text: &str) {
        self.before_node();
        self.sink.double_quoted(text, false);
    }

    /// Begins a mapping; `empty` says that nothing will come before its end.
    pub fn start_mapping(&mut self, empty: bool) {
        self.before_node();
        if empty {
            self.sink.indicator("{", true, true, false);
            self.sink.indicator("}", false, false, false);
            self.levels.push(Level::Empty);
            return;
        }
        self.levels.push(Level::Mapping(self.sink.indent));
        self.sink.indent = if self.sink.indent < 0 { 0 } else { self.sink.deeper() };
    }

    /// Begins a sequence; `empty` says that nothing will come before its end.
    pub fn start_sequence(&mut self, empty: bool) {
        let in_mapping = matches!(self.levels.last(), Some(Level::Mapping(_)));
        self.before_node();
        if empty {
            self.sink.indicator("[", true, true, false);
            self.sink.indicator("]", false, false, false);
            self.levels.push(Level::Empty);
            return;
        }
        self.levels.push(Level::Sequence(self.sink.indent));
        let indentless = in_mapping && !self.sink.indention;
        if self.sink.indent < 0 {
            self.sink.indent = 0;
        } else if !indentless {
            self.sink.indent = self.sink.deeper();
        }
    }

    /// Ends the innermost mapping or sequence.
    pub fn end(&mut self) {
        if let Some(Level::Mapping(indent) | Level::Sequence(indent)) = self.levels.pop() {
            self.sink.indent = indent;
        }
    }

    /// The key of the next value.
    pub fn key(&mut self, key: &str) {
        self.sink.write_indent();
        let analysis = analyze(key, true);
        self.complex_key = analysis.multiline || key.len() > 128;
        if self.complex_key {
            self.sink.indicator("?", true, false, true);
        }
        self.scalar(key, &analysis, !is_plain_text(key), !self.complex_key);
        self.key = true;
    }

    /// A text value; quoted where it would read as something else.
    pub fn text(&mut self, text: &str) {
        self.before_node();
        self.scalar(text, &analyze(text, true), !is_plain_text(text), false);
    }

    /// A value that is no text: `null`, a boolean, a number.
    pub fn plain(&mut self, text: &str) {
        self.before_node();
        self.sink.plain(text, false);
    }

    /// The document, with its last newline.
    #[must_use]
    pub fn finish(mut self) -> String {
        self.sink.indent = -1;
        self.sink.write_indent();
        self.sink.out
    }

    fn before_node(&mut self) {
        if std::mem::take(&mut self.key) {
            if self.complex_key {
                self.sink.write_indent();
                self.sink.indicator(":", true, false, true);
            } else {
                self.sink.indicator(":", false, false, false);
            }
        } else if let Some(Level::Sequence(_)) = self.levels.last() {
            self.sink.write_indent();
            self.sink.indicator("-", true, false, true);
        }
    }

    fn scalar(&mut self, text: &str, analysis: &Analysis, quote: bool, simple_key: bool) {
        let indent = self.sink.indent;
        self.sink.indent = self.sink.deeper();
        let block = analysis.block && !simple_key;
        if text.contains('\n') && block {
            self.sink.block_header("|", text);
            self.sink.put_break();
            self.sink.literal_lines(text);
        } else if text.contains('\n') || quote || (simple_key && analysis.multiline) {
            self.sink.double_quoted(text, !simple_key);
        } else if Sink::is_plain_allowed(analysis, false) && !(text.is_empty() && simple_key) {
            self.sink.plain(text, !simple_key);
        } else if analysis.single_quoted {
            self.sink.single_quoted(text, !simple_key);
        } else {
            self.sink.double_quoted(text, !simple_key);
        }
        self.sink.indent = indent;
    }
}

/// Whether go-yaml v2 would read the plain text back as text.
fn is_plain_text(text: &str) -> bool {
    is_v2_text(text, Schema::Yaml11) && !is_base60(text)
}

/// Sorts entries as go-yaml sorts keys.
///
/// The order is not transitive (`a-9` < `a-10` < `a-1b` < `a-9`), so the sort of the
/// standard library must not see it; this merges and never minds.
pub fn sort_by_key<T>(entries: &mut Vec<T>, key: &impl Fn(&T) -> &str) {
    let sorted = |pair: &[T]| compare_keys(key(&pair[0]), key(&pair[1])) != Ordering::Greater;
    if entries.windows(2).all(sorted) {
        return;
    }
    let mut right = entries.split_off(entries.len() / 2);
    sort_by_key(entries, key);
    sort_by_key(&mut right, key);
    let left = std::mem::take(entries);
    let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
    while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
        let first = compare_keys(key(a), key(b)) != Ordering::Greater;
        entries.extend(if first { left.next() } else { right.next() });
    }
    entries.extend(left);
    entries.extend(right);
}

/// The order of go-yaml's keys: numbers inside by value, letters after all else.
fn compare_keys(left: &str, right: &str) -> Ordering {
    let (mut a, mut b) = (left.chars(), right.chars());
    let mut at = 0;
    loop {
        let (rest_a, rest_b) = (a.clone(), b.clone());
        match (a.next(), b.next()) {
            (Some(x), Some(y)) if x == y => at += x.len_utf8(),
            (Some(x), Some(y)) => return different(&left[..at], x, y, rest_a, rest_b),
            (x, y) => return x.is_some().cmp(&y.is_some()),
        }
    }
}

fn different(
    before: &str,
    x: char,
    y: char,
    rest_a: std::str::Chars<'_>,
    rest_b: std::str::Chars<'_>,
) -> Ordering {
    match (x.is_alphabetic(), y.is_alphabetic()) {
        (true, true) => return x.cmp(&y),
        (false, false) => {}
        (letter, _) => return if letter { Ordering::Greater } else { Ordering::Less },
    }
    let mut start = 0_i64;
    if x == '0' || y == '0' {
        let digits = before.chars().rev().take_while(char::is_ascii_digit);
        start = i64::from(digits.into_iter().any(|digit| digit != '0'));
    }
    let number = |rest: std::str::Chars<'_>| {
        let digits = rest.take_while(char::is_ascii_digit);
        digits.fold((start, 0), |(value, count), digit| {
            let digit = i64::from(digit.to_digit(10).unwrap_or(0));
            (value.wrapping_mul(10).wrapping_add(digit), count + 1)
        })
    };
    let (a, b) = (number(rest_a), number(rest_b));
    a.0.cmp(&b.0).then(a.1.cmp(&b.1)).then(x.cmp(&y))
}

/// A floating point number as Go prints it with `%g` and the fewest digits.
#[must_use]
pub fn format_float(number: f64) -> String {
    if number.is_nan() {
        return ".nan".into();
    }
    if number.is_infinite() {
        return if number > 0.0 { ".inf" } else { "-.inf" }.into();
    }
    let scientific = format!("{number:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    // Where the fewest digits are wanted, Go decides as if the precision were 6.
    if !(-4..6).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{digits}e{sign}{:02}", exponent.abs());
    }
    format!("{number}")
}
