//! From text to tokens.
//!
//! Source of the rules: Go `text/template/parse`, delimiters `{{` and `}}`,
//! trim markers, comments. Start at [`Lexer::next`].

use super::token::{Token, TokenKind};

const LEFT: &str = "{{";
const RIGHT: &str = "}}";
const SPACES: [char; 4] = [' ', '\t', '\r', '\n'];

/// Produces the tokens of one template, one by one.
pub(crate) struct Lexer<'a> {
    text: &'a str,
    at: usize,
    line: usize,
    inside: bool,
    parens: usize,
    done: bool,
}

impl<'a> Lexer<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, at: 0, line: 1, inside: false, parens: 0, done: false }
    }

    /// The next token; after an error or the end only the end follows.
    pub(crate) fn next(&mut self) -> Token {
        loop {
            if self.done {
                return self.token(TokenKind::Eof, self.at);
            }
            let found = if self.inside { Some(self.action()) } else { self.outside() };
            if let Some(token) = found {
                return token;
            }
        }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn bump(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    /// The token from `start` to here.
    fn token(&mut self, kind: TokenKind, start: usize) -> Token {
        let text = &self.text[start..self.at];
        let token = Token { kind, at: start, text: text.to_owned(), line: self.line };
        self.line += text.matches('\n').count();
        token
    }

    fn error(&mut self, start: usize, problem: String) -> Token {
        self.done = true;
        Token { kind: TokenKind::Error, at: start, text: problem, line: self.line }
    }

    fn skip(&mut self, bytes: usize) {
        let skipped = &self.text[self.at..self.at + bytes];
        self.line += skipped.matches('\n').count();
        self.at += bytes;
    }

    fn outside(&mut self) -> Option<Token> {
        let start = self.at;
        let Some(found) = self.rest().find(LEFT) else {
            self.at = self.text.len();
            self.done = true;
            return (self.at > start).then(|| self.token(TokenKind::Text, start));
        };
        let text = &self.rest()[..found];
        let kept = if trims_left(&self.rest()[found + LEFT.len()..]) {
            text.trim_end_matches(SPACES)
        } else {
            text
        };
        if !kept.is_empty() {
            self.at += kept.len();
            let token = self.token(TokenKind::Text, start);
            self.skip(found - kept.len());
            return Some(token);
        }
        self.skip(found);
        self.left_delim()
    }

    fn left_delim(&mut self) -> Option<Token> {
        let start = self.at;
        let after = &self.rest()[LEFT.len()..];
        let marker = if trims_left(after) { 2 } else { 0 };
        if after[marker..].starts_with("/*") {
            self.skip(LEFT.len() + marker);
            return self.comment();
        }
        self.at += LEFT.len();
        let token = self.token(TokenKind::LeftDelim, start);
        self.skip(marker);
        self.inside = true;
        self.parens = 0;
        Some(token)
    }

    fn comment(&mut self) -> Option<Token> {
        let start = self.at;
        let Some(length) = self.rest().find("*/") else {
            return Some(self.error(start, "unclosed comment".to_owned()));
        };
        self.skip(length + 2);
        let Some(trims) = self.right_delim() else {
            return Some(self.error(start, "comment ends before closing delimiter".to_owned()));
        };
        self.close(trims);
        None
    }

    /// Whether a right delimiter stands here, and whether it trims.
    fn right_delim(&self) -> Option<bool> {
        let rest = self.rest();
        if trims_right(rest) && rest[2..].starts_with(RIGHT) {
            return Some(true);
        }
        rest.starts_with(RIGHT).then_some(false)
    }

    /// Goes behind a right delimiter and what it trims.
    fn close(&mut self, trims: bool) {
        self.skip(if trims { 2 + RIGHT.len() } else { RIGHT.len() });
        self.trim_after(trims);
    }

    fn trim_after(&mut self, trims: bool) {
        if trims {
            let rest = self.rest();
            self.skip(rest.len() - rest.trim_start_matches(SPACES).len());
        }
        self.inside = false;
    }

    fn end_action(&mut self, trims: bool) -> Token {
        self.skip(if trims { 2 } else { 0 });
        let start = self.at;
        self.at += RIGHT.len();
        let token = self.token(TokenKind::RightDelim, start);
        self.trim_after(trims);
        token
    }

    fn action(&mut self) -> Token {
        let start = self.at;
        if let Some(trims) = self.right_delim() {
            if self.parens > 0 {
                return self.error(start, "unclosed left paren".to_owned());
            }
            return self.end_action(trims);
        }
        let Some(next) = self.bump() else {
            return self.error(start, "unclosed action".to_owned());
        };
        match next {
            ' ' | '\t' | '\r' | '\n' => self.space(start),
            '=' => self.token(TokenKind::Assign, start),
            ':' if self.bump() == Some('=') => self.token(TokenKind::Declare, start),
            ':' => self.error(start, "expected :=".to_owned()),
            '|' => self.token(TokenKind::Pipe, start),
            '"' => self.quoted(start, '"', TokenKind::String, "unterminated quoted string"),
            '\'' => {
                self.quoted(start, '\'', TokenKind::CharConstant, "unterminated character constant")
            }
            '`' => self.raw(start),
            '$' => self.field(start, TokenKind::Variable),
            '.' if !self.peek().is_some_and(|c| c.is_ascii_digit()) => {
                self.field(start, TokenKind::Field)
            }
            '.' | '+' | '-' | '0'..='9' => self.number(start),
            '(' => {
                self.parens += 1;
                self.token(TokenKind::LeftParen, start)
            }
            ')' if self.parens == 0 => self.error(start, "unexpected right paren".to_owned()),
            ')' => {
                self.parens -= 1;
                self.token(TokenKind::RightParen, start)
            }
            c if is_word(c) => self.word(start),
            c if c.is_ascii_graphic() => self.token(TokenKind::Char, start),
            c => self.error(
                start,
                format!("unrecognized character in action: {}", crate::go::unicode(c)),
            ),
        }
    }

    fn space(&mut self, start: usize) -> Token {
        while self.peek().is_some_and(|c| SPACES.contains(&c)) {
            self.at += 1;
        }
        // A closing delimiter that trims takes the last space with it.
        let last = &self.text[self.at - 1..];
        if trims_right(last) && last[2..].starts_with(RIGHT) {
            self.at -= 1;
            if self.at == start {
                return self.end_action(true);
            }
        }
        self.token(TokenKind::Space, start)
    }

    fn quoted(&mut self, start: usize, quote: char, kind: TokenKind, problem: &str) -> Token {
        loop {
            match self.bump() {
                Some('\\') if !matches!(self.peek(), None | Some('\n')) => {
                    self.bump();
                }
                Some('\\' | '\n') | None => return self.error(start, problem.to_owned()),
                Some(c) if c == quote => return self.token(kind, start),
                Some(_) => {}
            }
        }
    }

    fn raw(&mut self, start: usize) -> Token {
        match self.rest().find('`') {
            Some(length) => {
                self.at += length + 1;
                self.token(TokenKind::RawString, start)
            }
            None => self.error(start, "unterminated raw quoted string".to_owned()),
        }
    }

    /// A field or variable whose first character has been taken.
    fn field(&mut self, start: usize, kind: TokenKind) -> Token {
        if self.at_terminator() {
            return self
                .token(if kind == TokenKind::Variable { kind } else { TokenKind::Dot }, start);
        }
        self.take_word();
        if !self.at_terminator() {
            return self.bad_character(start);
        }
        self.token(kind, start)
    }

    fn word(&mut self, start: usize) -> Token {
        self.take_word();
        if !self.at_terminator() {
            return self.bad_character(start);
        }
        let word = &self.text[start..self.at];
        let kind = match word {
            "true" | "false" => TokenKind::Bool,
            _ => TokenKind::keyword(word).unwrap_or(TokenKind::Identifier),
        };
        self.token(kind, start)
    }

    fn take_word(&mut self) {
        while self.peek().is_some_and(is_word) {
            self.bump();
        }
    }

    fn bad_character(&mut self, start: usize) -> Token {
        let found = self.peek().map_or_else(String::new, crate::go::unicode);
        self.error(start, format!("bad character {found}"))
    }

    fn at_terminator(&self) -> bool {
        match self.peek() {
            None | Some(' ' | '\t' | '\r' | '\n' | '.' | ',' | '|' | ':' | ')' | '(') => true,
            _ => self.rest().starts_with(RIGHT),
        }
    }

    fn number(&mut self, start: usize) -> Token {
        self.at = start;
        let good = self.scan_number();
        if good {
            return self.token(TokenKind::Number, start);
        }
        let text = crate::go::quote(&self.text[start..self.at]);
        self.error(start, format!("bad number syntax: {text}"))
    }

    fn accept(&mut self, set: &str) -> bool {
        let found = self.peek().is_some_and(|c| set.contains(c));
        if found {
            self.at += 1;
        }
        found
    }

    fn accept_run(&mut self, set: &str) {
        while self.accept(set) {}
    }

    fn scan_number(&mut self) -> bool {
        self.accept("+-");
        let mut digits = "0123456789_";
        if self.accept("0") {
            if self.accept("xX") {
                digits = "0123456789abcdefABCDEF_";
            } else if self.accept("oO") {
                digits = "01234567_";
            } else if self.accept("bB") {
                digits = "01_";
            }
        }
        self.accept_run(digits);
        if self.accept(".") {
            self.accept_run(digits);
        }
        let exponent = match digits.len() {
            11 => self.accept("eE"),
            23 => self.accept("pP"),
            _ => false,
        };
        if exponent {
            self.accept("+-");
            self.accept_run("0123456789_");
        }
        self.accept("i");
        if self.peek().is_some_and(is_word) {
            self.bump();
            return false;
        }
        true
    }
}

fn is_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

/// Whether `- ` stands here: behind a left delimiter it trims what is before.
fn trims_left(rest: &str) -> bool {
    let mut chars = rest.chars();
    chars.next() == Some('-') && chars.next().is_some_and(|c| SPACES.contains(&c))
}

/// Whether ` -` stands here: before a right delimiter it trims what follows.
fn trims_right(rest: &str) -> bool {
    let mut chars = rest.chars();
    chars.next().is_some_and(|c| SPACES.contains(&c)) && chars.next() == Some('-')
}
