//! Writing text with indentation, and scalars in every style, as libyaml does.
//!
//! One rule: nothing here knows structure; the two emitters say where they stand.

use crate::analysis::{Analysis, is_break, is_printable};

/// Text under way.
pub(crate) struct Sink {
    pub(crate) out: String,
    /// Characters on the current line.
    pub(crate) column: usize,
    /// Current indentation; -1 before the root.
    pub(crate) indent: isize,
    /// The last character was a blank (or nothing has been written).
    pub(crate) whitespace: bool,
    /// Only indentation and indicators stand on this line.
    pub(crate) indention: bool,
    /// A foot comment was written at this indentation: a blank line must follow.
    pub(crate) foot_indent: isize,
    /// Spaces of one level.
    pub(crate) step: usize,
    /// Columns after which scalars are folded.
    pub(crate) width: usize,
}

impl Sink {
    pub(crate) fn new(width: usize) -> Self {
        Self {
            out: String::new(),
            column: 0,
            indent: -1,
            whitespace: true,
            indention: true,
            foot_indent: -1,
            step: 2,
            width,
        }
    }

    pub(crate) fn put(&mut self, c: char) {
        self.out.push(c);
        self.column += 1;
    }

    fn put_str(&mut self, text: &str) {
        self.out.push_str(text);
        self.column += text.chars().count();
    }

    pub(crate) fn put_break(&mut self) {
        self.out.push('\n');
        self.column = 0;
        self.indention = true;
    }

    /// Writes a break of a scalar or comment: a newline, or the character itself.
    fn write_break(&mut self, c: char) {
        self.out.push(c);
        self.column = 0;
        self.indention = true;
    }

    pub(crate) fn write_indent(&mut self) {
        let indent = self.indent.max(0);
        let at = usize::try_from(indent).unwrap_or(0);
        if !self.indention || self.column > at || (self.column == at && !self.whitespace) {
            self.put_break();
        }
        if self.foot_indent == indent {
            self.put_break();
        }
        while self.column < at {
            self.put(' ');
        }
        self.whitespace = true;
        self.foot_indent = -1;
    }

    pub(crate) fn indicator(&mut self, text: &str, needs_blank: bool, blank: bool, indents: bool) {
        if needs_blank && !self.whitespace {
            self.put(' ');
        }
        self.put_str(text);
        self.whitespace = blank;
        self.indention = self.indention && indents;
    }

    pub(crate) fn plain(&mut self, value: &str, may_break: bool) {
        if !value.is_empty() && !self.whitespace {
            self.put(' ');
        }
        self.flow_text(value, may_break, false);
        if !value.is_empty() {
            self.whitespace = false;
        }
        self.indention = false;
    }

    pub(crate) fn single_quoted(&mut self, value: &str, may_break: bool) {
        self.indicator("'", true, false, false);
        self.flow_text(value, may_break, true);
        self.indicator("'", false, false, false);
        self.whitespace = false;
        self.indention = false;
    }

    fn flow_text(&mut self, value: &str, may_break: bool, quoted: bool) {
        let fits = !may_break || self.column + value.len() <= self.width;
        if fits && !value.contains(['\'', '\r', '\n', '\u{85}', '\u{2028}', '\u{2029}']) {
            self.put_str(value);
            return;
        }
        let (mut spaces, mut breaks) = (false, false);
        let mut characters = value.char_indices().peekable();
        while let Some((at, c)) = characters.next() {
            if c == ' ' {
                let next_is_space = characters.peek().is_some_and(|(_, next)| *next == ' ');
                let inside = !quoted || (at > 0 && at < value.len() - 1);
                let full = may_break && !spaces && self.column > self.width;
                if full && inside && !next_is_space {
                    self.write_indent();
                } else {
                    self.put(' ');
                }
                spaces = true;
            } else if is_break(c) {
                if !breaks && c == '\n' {
                    self.put_break();
                }
                self.write_break(c);
                breaks = true;
            } else {
                if breaks {
                    self.write_indent();
                }
                if quoted && c == '\'' {
                    self.put('\'');
                }
                self.put(c);
                self.indention = false;
                (spaces, breaks) = (false, false);
            }
        }
    }

    pub(crate) fn double_quoted(&mut self, value: &str, may_break: bool) {
        self.indicator("\"", true, false, false);
        let mut spaces = false;
        let mut characters = value.char_indices().peekable();
        // libyaml escapes what follows a byte order mark at the start, too.
        let starts_with_mark = value.starts_with('\u{FEFF}');
        while let Some((at, c)) = characters.next() {
            let plain = is_printable(c) && !is_break(c) && !matches!(c, '"' | '\\');
            if !plain || starts_with_mark {
                self.escape(c);
                spaces = false;
            } else if c == ' ' {
                let inside = at > 0 && at < value.len() - 1;
                if may_break && !spaces && self.column > self.width && inside {
                    self.write_indent();
                    if characters.peek().is_some_and(|(_, next)| *next == ' ') {
                        self.put('\\');
                    }
                } else {
                    self.put(' ');
                }
                spaces = true;
            } else {
                self.put(c);
                spaces = false;
            }
        }
        self.indicator("\"", false, false, false);
        self.whitespace = false;
        self.indention = false;
    }

    fn escape(&mut self, c: char) {
        let letter = match c {
            '\0' => '0',
            '\x07' => 'a',
            '\x08' => 'b',
            '\t' => 't',
            '\n' => 'n',
            '\x0B' => 'v',
            '\x0C' => 'f',
            '\r' => 'r',
            '\x1B' => 'e',
            '"' => '"',
            '\\' => '\\',
            '\u{85}' => 'N',
            '\u{A0}' => '_',
            '\u{2028}' => 'L',
            '\u{2029}' => 'P',
            _ => {
                let code = u32::from(c);
                let text = match code {
                    0..=0xFF => format!("\\x{code:02X}"),
                    0x100..=0xFFFF => format!("\\u{code:04X}"),
                    _ => format!("\\U{code:08X}"),
                };
                return self.put_str(&text);
            }
        };
        self.put('\\');
        self.put(letter);
    }

    /// The indicator of a block scalar with its hints; the break after it is the caller's.
    pub(crate) fn block_header(&mut self, indicator: &str, value: &str) {
        self.indicator(indicator, true, false, false);
        if value.starts_with([' ', '\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']) {
            let hint = self.step.to_string();
            self.indicator(&hint, false, false, false);
        }
        let mut last = value.chars().rev();
        let chomp = match (last.next(), last.next()) {
            (Some(c), _) if !is_break(c) => "-",
            (Some(_), None) => "+",
            (Some(_), Some(c)) if is_break(c) => "+",
            (None, _) => "-",
            _ => return,
        };
        self.indicator(chomp, false, false, false);
    }

    pub(crate) fn literal_lines(&mut self, value: &str) {
        self.whitespace = true;
        let mut breaks = true;
        for c in value.chars() {
            if is_break(c) {
                self.write_break(c);
                breaks = true;
            } else {
                if breaks {
                    self.write_indent();
                }
                self.put(c);
                self.indention = false;
                breaks = false;
            }
        }
    }

    /// A word (anchor, tag) after a blank.
    pub(crate) fn word(&mut self, text: &str) {
        if !self.whitespace {
            self.put(' ');
        }
        self.put_str(text);
        self.whitespace = false;
        self.indention = false;
    }

    pub(crate) fn folded_lines(&mut self, value: &str) {
        self.whitespace = true;
        let (mut breaks, mut leading_spaces) = (true, true);
        // libyaml looks at the beginning of the text here, not at what follows.
        let opens_with_blank =
            value.chars().find(|c| !is_break(*c)).is_none_or(|first| matches!(first, ' ' | '\t'));
        let mut characters = value.chars().peekable();
        while let Some(c) = characters.next() {
            if is_break(c) {
                if !breaks && !leading_spaces && c == '\n' && !opens_with_blank {
                    self.put_break();
                }
                self.write_break(c);
                breaks = true;
                continue;
            }
            if breaks {
                self.write_indent();
                leading_spaces = matches!(c, ' ' | '\t');
            }
            let next_is_space = characters.peek() == Some(&' ');
            if !breaks && c == ' ' && !next_is_space && self.column > self.width {
                self.write_indent();
            } else {
                self.put(c);
            }
            self.indention = false;
            breaks = false;
        }
    }

    /// Comment lines; a `#` is put in front where none is.
    pub(crate) fn comment(&mut self, text: &str) {
        let (mut breaks, mut pound) = (false, false);
        for c in text.chars() {
            if is_break(c) {
                self.write_break(c);
                (breaks, pound) = (true, false);
                continue;
            }
            if breaks {
                self.write_indent();
            }
            if !pound && c != '#' {
                self.put_str("# ");
            }
            pound = true;
            self.put(c);
            self.indention = false;
            breaks = false;
        }
        if !breaks {
            self.put_break();
        }
        self.whitespace = true;
    }

    /// Raises the indentation by one level, as for a scalar or flow collection.
    pub(crate) fn deeper(&self) -> isize {
        let step = isize::try_from(self.step).unwrap_or(2);
        if self.indent < 0 { step } else { self.indent + step }
    }

    pub(crate) fn is_plain_allowed(analysis: &Analysis, flow: bool) -> bool {
        if flow { analysis.flow_plain } else { analysis.block_plain }
    }
}
