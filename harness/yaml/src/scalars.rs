//! Scanning scalars: plain, quoted and block.

use crate::cursor::Mark;
use crate::scanner::Scanner;
use crate::token::{Token, TokenKind};
use crate::{Error, Style};

/// Line breaks between two lines of a flow scalar, folded when the next line comes.
#[derive(Default)]
struct Fold {
    blanks: String,
    first: String,
    others: String,
    broken: bool,
}

impl Fold {
    /// Appends what the blanks and breaks mean and forgets them.
    fn flush(&mut self, into: &mut String) {
        if self.broken {
            if self.first.starts_with('\n') {
                let folded = if self.others.is_empty() { " " } else { &self.others };
                into.push_str(folded);
            } else {
                into.push_str(&self.first);
                into.push_str(&self.others);
            }
            self.first.clear();
            self.others.clear();
        } else {
            into.push_str(&self.blanks);
        }
        self.blanks.clear();
        self.broken = false;
    }

    fn line_break(&mut self, text: &str) {
        if self.broken {
            self.others.push_str(text);
        } else {
            self.blanks.clear();
            self.first.push_str(text);
            self.broken = true;
        }
    }
}

impl Scanner<'_> {
    pub(crate) fn scan_plain(&mut self) -> Result<Token, Error> {
        let start = self.cursor.mark;
        let mut end = start;
        let indent = self.indent + 1;
        let mut text = String::new();
        let mut fold = Fold::default();
        loop {
            if self.cursor.is_document_indicator() || self.cursor.at(0) == b'#' {
                break;
            }
            let from = self.cursor.mark.offset;
            while !self.cursor.is_blank_or_end(0) && !self.ends_plain() {
                self.cursor.skip();
            }
            if self.cursor.mark.offset > from {
                fold.flush(&mut text);
                text.push_str(self.cursor.text_between(from, self.cursor.mark.offset));
                end = self.cursor.mark;
            }
            if !self.cursor.is_blank(0) && !self.cursor.is_break(0) {
                break;
            }
            self.plain_blanks(&mut fold, indent, start)?;
            if self.flow_level == 0 && self.cursor.mark.column < indent {
                break;
            }
        }
        if fold.broken {
            self.simple_key_allowed = true;
        }
        Ok(Token { kind: TokenKind::Scalar { text, style: Style::Plain }, start, end })
    }

    fn ends_plain(&self) -> bool {
        match self.cursor.at(0) {
            b':' => self.cursor.is_blank_or_end(1),
            b',' | b'?' | b'[' | b']' | b'{' | b'}' => self.flow_level > 0,
            _ => false,
        }
    }

    fn plain_blanks(&mut self, fold: &mut Fold, indent: i64, start: Mark) -> Result<(), Error> {
        loop {
            if self.cursor.is_blank(0) {
                let tab = self.cursor.at(0) == b'\t';
                if fold.broken && tab && self.cursor.mark.column < indent {
                    return self.fail(start, "found a tab character that violates indentation");
                }
                self.flow_blank(fold);
            } else if self.cursor.is_break(0) {
                fold.line_break(self.cursor.read_break());
            } else {
                return Ok(());
            }
        }
    }

    fn flow_blank(&mut self, fold: &mut Fold) {
        if fold.broken {
            self.cursor.skip();
        } else {
            self.cursor.read(&mut fold.blanks);
        }
    }

    pub(crate) fn scan_quoted(&mut self) -> Result<Token, Error> {
        let start = self.cursor.mark;
        let quote = self.cursor.at(0);
        self.cursor.skip();
        let mut text = String::new();
        loop {
            if self.cursor.is_document_indicator() {
                return self.fail(start, "found unexpected document indicator");
            }
            if self.cursor.is_end() {
                return self.fail(start, "found unexpected end of stream");
            }
            let broken = self.quoted_run(quote, &mut text, start)?;
            let mut fold = Fold { broken, ..Fold::default() };
            if self.cursor.at(0) == quote {
                break;
            }
            loop {
                if self.cursor.is_blank(0) {
                    self.flow_blank(&mut fold);
                } else if self.cursor.is_break(0) {
                    fold.line_break(self.cursor.read_break());
                } else {
                    break;
                }
            }
            fold.flush(&mut text);
        }
        self.cursor.skip();
        let style = if quote == b'"' { Style::DoubleQuoted } else { Style::SingleQuoted };
        Ok(Token { kind: TokenKind::Scalar { text, style }, start, end: self.cursor.mark })
    }

    /// Characters up to a blank, a break or the quote; true after an escaped line break.
    fn quoted_run(&mut self, quote: u8, text: &mut String, start: Mark) -> Result<bool, Error> {
        let double = quote == b'"';
        while !self.cursor.is_blank_or_end(0) {
            match self.cursor.at(0) {
                b'\'' if !double && self.cursor.at(1) == b'\'' => {
                    text.push('\'');
                    self.cursor.skip_many(2);
                }
                byte if byte == quote => return Ok(false),
                b'\\' if double && self.cursor.is_break(1) => {
                    self.cursor.skip();
                    self.cursor.read_break();
                    return Ok(true);
                }
                b'\\' if double => self.escape(text, start)?,
                _ => self.cursor.read(text),
            }
        }
        Ok(false)
    }

    fn escape(&mut self, text: &mut String, start: Mark) -> Result<(), Error> {
        let digits = match self.cursor.at(1) {
            b'x' => 2,
            b'u' => 4,
            b'U' => 8,
            byte => {
                let Some(meaning) = simple_escape(byte) else {
                    return self.fail(start, "found unknown escape character");
                };
                text.push(meaning);
                self.cursor.skip_many(2);
                return Ok(());
            }
        };
        self.cursor.skip_many(2);
        let mut code = 0_u32;
        for ahead in 0..digits {
            let Some(digit) = char::from(self.cursor.at(ahead)).to_digit(16) else {
                return self.fail(start, "did not find expected hexdecimal number");
            };
            code = (code << 4) | digit;
        }
        let Some(character) = char::from_u32(code) else {
            return self.fail(start, "found invalid Unicode character escape code");
        };
        text.push(character);
        self.cursor.skip_many(digits);
        Ok(())
    }

    pub(crate) fn scan_block_scalar(&mut self) -> Result<Token, Error> {
        let start = self.cursor.mark;
        let literal = self.cursor.at(0) == b'|';
        self.cursor.skip();
        let (chomping, increment) = self.block_header(start)?;
        self.cursor.skip_blanks();
        if self.cursor.at(0) == b'#' {
            self.scan_line_comment(start);
            while !self.cursor.is_break_or_end(0) {
                self.cursor.skip();
            }
        }
        if !self.cursor.is_break_or_end(0) {
            return self.fail(start, "did not find expected comment or line break");
        }
        self.cursor.read_break();
        let mut block = Block {
            indent: if increment > 0 { self.indent.max(0) + increment } else { 0 },
            end: self.cursor.mark,
            breaks: String::new(),
        };
        self.block_breaks(&mut block, start)?;
        let mut text = String::new();
        let last_break = self.block_lines(&mut block, literal, &mut text, start)?;
        if chomping != b'-' {
            text.push_str(last_break);
        }
        if chomping == b'+' {
            text.push_str(&block.breaks);
        }
        let style = if literal { Style::Literal } else { Style::Folded };
        Ok(Token { kind: TokenKind::Scalar { text, style }, start, end: block.end })
    }

    /// Chomping (`+`, `-` or a blank) and indentation (0 where it is not written).
    fn block_header(&mut self, start: Mark) -> Result<(u8, i64), Error> {
        let (mut chomping, mut increment) = (b' ', 0);
        for _ in 0..2 {
            match self.cursor.at(0) {
                sign @ (b'+' | b'-') if chomping == b' ' => chomping = sign,
                b'0' if increment == 0 => {
                    return self.fail(start, "found an indentation indicator equal to 0");
                }
                digit @ b'1'..=b'9' if increment == 0 => increment = i64::from(digit - b'0'),
                _ => break,
            }
            self.cursor.skip();
        }
        Ok((chomping, increment))
    }

    fn block_lines(
        &mut self,
        block: &mut Block,
        literal: bool,
        text: &mut String,
        start: Mark,
    ) -> Result<&'static str, Error> {
        let mut leading_blank = false;
        let mut leading_break = String::new();
        while self.cursor.mark.column == block.indent && !self.cursor.is_end() {
            let blank = self.cursor.is_blank(0);
            if !literal && !leading_blank && !blank && leading_break.starts_with('\n') {
                if block.breaks.is_empty() {
                    text.push(' ');
                }
            } else {
                text.push_str(&leading_break);
            }
            text.push_str(&block.breaks);
            block.breaks.clear();
            leading_blank = blank;
            self.cursor.read_line_rest(text);
            leading_break.clear();
            leading_break.push_str(self.cursor.read_break());
            self.block_breaks(block, start)?;
        }
        Ok(match leading_break.as_str() {
            "" => "",
            "\n" => "\n",
            "\u{2028}" => "\u{2028}",
            _ => "\u{2029}",
        })
    }

    /// Indentation and empty lines; finds the indentation where it is not known yet.
    fn block_breaks(&mut self, block: &mut Block, start: Mark) -> Result<(), Error> {
        block.end = self.cursor.mark;
        let mut deepest = 0;
        loop {
            let inside = |column| block.indent == 0 || column < block.indent;
            while inside(self.cursor.mark.column) && self.cursor.at(0) == b' ' {
                self.cursor.skip();
            }
            deepest = deepest.max(self.cursor.mark.column);
            if inside(self.cursor.mark.column) && self.cursor.at(0) == b'\t' {
                let problem = "found a tab character where an indentation space is expected";
                return self.fail(start, problem);
            }
            if !self.cursor.is_break(0) {
                break;
            }
            block.breaks.push_str(self.cursor.read_break());
            block.end = self.cursor.mark;
        }
        if block.indent == 0 {
            block.indent = deepest.max(self.indent + 1).max(1);
        }
        Ok(())
    }
}

/// A block scalar under way.
struct Block {
    indent: i64,
    end: Mark,
    breaks: String,
}

fn simple_escape(byte: u8) -> Option<char> {
    Some(match byte {
        b'0' => '\0',
        b'a' => '\x07',
        b'b' => '\x08',
        b't' | b'\t' => '\t',
        b'n' => '\n',
        b'v' => '\x0B',
        b'f' => '\x0C',
        b'r' => '\r',
        b'e' => '\x1B',
        b' ' => ' ',
        b'"' => '"',
        b'\'' => '\'',
        b'\\' => '\\',
        b'N' => '\u{85}',
        b'_' => '\u{A0}',
        b'L' => '\u{2028}',
        b'P' => '\u{2029}',
        _ => return None,
    })
}
