//! Colours, chosen here and nowhere else. Every colour goes with a word or a sign.

use std::fmt::Display;

use anstyle::{AnsiColor, Style};

pub(crate) const PASS: Style = AnsiColor::Green.on_default().bold();
pub(crate) const FAIL: Style = AnsiColor::Red.on_default().bold();
pub(crate) const UNKNOWN: Style = AnsiColor::Yellow.on_default().bold();
pub(crate) const NAME: Style = AnsiColor::Cyan.on_default().bold();
pub(crate) const FAINT: Style = Style::new().dimmed();
pub(crate) const STRONG: Style = Style::new().bold();
pub(crate) const REMOVED: Style = AnsiColor::Red.on_default();
pub(crate) const ADDED: Style = AnsiColor::Green.on_default();
pub(crate) const PLAIN: Style = Style::new();

/// Text in a style; without escapes where the style is plain.
pub(crate) fn paint(style: Style, text: impl Display) -> String {
    if style == PLAIN { text.to_string() } else { format!("{style}{text}{style:#}") }
}

/// Takes every escape out again.
pub(crate) fn strip(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut escapes = text.split('\u{1b}');
    plain.push_str(escapes.next().unwrap_or_default());
    for part in escapes {
        plain.push_str(part.split_once('m').map_or("", |(_, rest)| rest));
    }
    plain
}
