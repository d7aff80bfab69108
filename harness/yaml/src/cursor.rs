//! Reading characters of a text while counting lines and columns.
//!
//! One rule: past the end every byte reads as NUL, and no real NUL is in the text,
//! because control characters are refused before scanning starts.

use crate::{Error, Place};

/// A position: characters, bytes, line and column, all from 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) index: i64,
    pub(crate) offset: usize,
    pub(crate) line: i64,
    pub(crate) column: i64,
}

impl Mark {
    /// The place from this mark to the end mark.
    pub(crate) fn place_to(self, end: Mark) -> Place {
        Place {
            line: usize::try_from(self.line).unwrap_or(0) + 1,
            column: usize::try_from(self.column).unwrap_or(0) + 1,
            offset: self.offset,
            length: end.offset.saturating_sub(self.offset),
        }
    }
}

pub(crate) struct Cursor<'a> {
    text: &'a str,
    pub(crate) mark: Mark,
    /// Line breaks passed since the last character that is no blank.
    pub(crate) newlines: i64,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(text: &'a str) -> Result<Self, Error> {
        refuse_control_characters(text)?;
        Ok(Self { text, mark: Mark::default(), newlines: 0 })
    }

    /// The byte so many bytes ahead; NUL past the end.
    pub(crate) fn at(&self, ahead: usize) -> u8 {
        self.text.as_bytes().get(self.mark.offset + ahead).copied().unwrap_or(0)
    }

    pub(crate) fn starts_with(&self, text: &str) -> bool {
        self.text.as_bytes()[self.mark.offset.min(self.text.len())..].starts_with(text.as_bytes())
    }

    pub(crate) fn is_end(&self) -> bool {
        self.mark.offset >= self.text.len()
    }

    pub(crate) fn is_end_at(&self, ahead: usize) -> bool {
        self.mark.offset + ahead >= self.text.len()
    }

    pub(crate) fn is_blank(&self, ahead: usize) -> bool {
        matches!(self.at(ahead), b' ' | b'\t')
    }

    /// A line break: CR, LF, NEL, LS or PS.
    pub(crate) fn is_break(&self, ahead: usize) -> bool {
        match self.at(ahead) {
            b'\r' | b'\n' => true,
            0xC2 => self.at(ahead + 1) == 0x85,
            0xE2 => self.at(ahead + 1) == 0x80 && matches!(self.at(ahead + 2), 0xA8 | 0xA9),
            _ => false,
        }
    }

    pub(crate) fn is_break_or_end(&self, ahead: usize) -> bool {
        self.is_end_at(ahead) || self.is_break(ahead)
    }

    pub(crate) fn is_blank_or_end(&self, ahead: usize) -> bool {
        self.is_blank(ahead) || self.is_break_or_end(ahead)
    }

    /// Whether a document indicator (`---` or `...`) stands here, at the start of a line.
    pub(crate) fn is_document_indicator(&self) -> bool {
        self.mark.column == 0
            && (self.starts_with("---") || self.starts_with("..."))
            && self.is_blank_or_end(3)
    }

    /// Passes one character that is no line break.
    pub(crate) fn skip(&mut self) {
        if self.is_end() {
            return;
        }
        if !self.is_blank(0) {
            self.newlines = 0;
        }
        self.mark.index += 1;
        self.mark.column += 1;
        self.mark.offset += width(self.at(0));
    }

    pub(crate) fn skip_many(&mut self, count: usize) {
        for _ in 0..count {
            self.skip();
        }
    }

    pub(crate) fn skip_blanks(&mut self) {
        while self.is_blank(0) {
            self.skip();
        }
    }

    /// Passes one character and appends it.
    pub(crate) fn read(&mut self, into: &mut String) {
        let from = self.mark.offset;
        self.skip();
        into.push_str(&self.text[from..self.mark.offset]);
    }

    /// Passes the rest of the line and appends it.
    pub(crate) fn read_line_rest(&mut self, into: &mut String) {
        let from = self.mark.offset;
        while !self.is_break_or_end(0) {
            self.skip();
        }
        into.push_str(&self.text[from..self.mark.offset]);
    }

    pub(crate) fn text_between(&self, from: usize, to: usize) -> &'a str {
        self.text.get(from..to).unwrap_or_default()
    }

    /// Passes a line break, if one is here; gives what it means in a scalar.
    pub(crate) fn read_break(&mut self) -> &'a str {
        let (bytes, characters, meaning) = match self.at(0) {
            b'\r' if self.at(1) == b'\n' => (2, 2, "\n"),
            b'\r' | b'\n' => (1, 1, "\n"),
            _ if !self.is_break(0) => return "",
            0xC2 => (2, 1, "\n"),
            _ => (3, 1, &self.text[self.mark.offset..self.mark.offset + 3]),
        };
        self.mark.offset += bytes;
        self.mark.index += characters;
        self.mark.column = 0;
        self.mark.line += 1;
        self.newlines += 1;
        meaning
    }
}

/// Bytes of the character that starts with this byte.
fn width(first: u8) -> usize {
    match first {
        0..0xC0 => 1,
        0xC0..0xE0 => 2,
        0xE0..0xF0 => 3,
        _ => 4,
    }
}

fn refuse_control_characters(text: &str) -> Result<(), Error> {
    let bytes = text.as_bytes();
    // Only C0, DEL, and the lead bytes of C1, U+FFFE and U+FFFF need a closer look.
    let suspicious = |b: &u8| {
        (*b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r')) || matches!(b, 0x7F | 0xC2 | 0xEF)
    };
    if !bytes.iter().any(suspicious) {
        return Ok(());
    }
    let refused = |c: char| !matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{A0}'..='\u{FFFD}' | '\u{10000}'..);
    let Some(offset) = text.find(refused) else { return Ok(()) };
    let before = &text[..offset];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    let mut error =
        Error::new("control characters are not allowed", Place { line, column, offset, length: 1 });
    error.reported = crate::Reported::default();
    Err(error)
}
