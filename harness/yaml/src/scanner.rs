//! From characters to tokens, by the rules of libyaml and with go-yaml's comments.
//!
//! One rule: a token is handed out only when two more stand behind it, because a
//! comment is given to the token before or after it by looking ahead.
//! Start at [`Scanner::peek`].

use std::collections::VecDeque;

use crate::cursor::{Cursor, Mark};
use crate::token::{Remark, Token, TokenKind};
use crate::{Error, Reported};

/// A place where a key without `?` may have begun.
#[derive(Debug, Clone, Copy, Default)]
struct SimpleKey {
    possible: bool,
    required: bool,
    token_number: usize,
    mark: Mark,
}

pub(crate) struct Scanner<'a> {
    pub(crate) cursor: Cursor<'a>,
    pub(crate) tokens: VecDeque<Token>,
    pub(crate) tokens_taken: usize,
    pub(crate) remarks: VecDeque<Remark>,
    pub(crate) indent: i64,
    indents: Vec<i64>,
    pub(crate) flow_level: usize,
    pub(crate) simple_key_allowed: bool,
    simple_keys: Vec<SimpleKey>,
    depth: usize,
    started: bool,
    ended: bool,
    ready: bool,
}

impl<'a> Scanner<'a> {
    pub(crate) fn new(text: &'a str, depth: usize) -> Result<Self, Error> {
        Ok(Self {
            cursor: Cursor::new(text)?,
            tokens: VecDeque::new(),
            tokens_taken: 0,
            remarks: VecDeque::new(),
            indent: -1,
            indents: Vec::new(),
            flow_level: 0,
            simple_key_allowed: true,
            simple_keys: vec![SimpleKey::default()],
            depth,
            started: false,
            ended: false,
            ready: false,
        })
    }

    /// The next token, which stays.
    pub(crate) fn peek(&mut self) -> Result<&Token, Error> {
        if !self.ready {
            self.fetch_more()?;
            self.ready = true;
        }
        self.tokens
            .front()
            .ok_or_else(|| Error::new("unexpected end of stream", Default::default()))
    }

    /// Takes the token that was peeked.
    pub(crate) fn take(&mut self) -> Option<Token> {
        self.ready = false;
        self.tokens_taken += 1;
        self.tokens.pop_front()
    }

    pub(crate) fn fail<T>(&self, context: Mark, problem: &str) -> Result<T, Error> {
        Err(scan_error(context, self.cursor.mark, problem))
    }

    fn fetch_more(&mut self) -> Result<(), Error> {
        while !self.ended {
            if self.tokens.len() > 2 && !self.head_may_be_key()? {
                break;
            }
            self.fetch_next()?;
        }
        Ok(())
    }

    fn head_may_be_key(&mut self) -> Result<bool, Error> {
        let from = self.simple_keys.partition_point(|key| key.token_number < self.tokens_taken);
        for at in from..self.simple_keys.len() {
            if self.simple_keys[at].token_number != self.tokens_taken {
                break;
            }
            if self.is_valid_key(at)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn is_valid_key(&mut self, at: usize) -> Result<bool, Error> {
        let key = self.simple_keys[at];
        if !key.possible {
            return Ok(false);
        }
        let now = self.cursor.mark;
        if key.mark.line < now.line || key.mark.index + 1024 < now.index {
            if key.required {
                return self.fail(key.mark, "could not find expected ':'");
            }
            self.simple_keys[at].possible = false;
            return Ok(false);
        }
        Ok(true)
    }

    fn fetch_next(&mut self) -> Result<(), Error> {
        if !self.started {
            self.started = true;
            let mark = self.cursor.mark;
            self.push(TokenKind::StreamStart, mark, mark);
            return Ok(());
        }
        let scan = self.cursor.mark;
        self.scan_to_next_token()?;
        self.unroll_indent(self.cursor.mark.column, scan);
        if self.cursor.is_end() {
            return self.fetch_stream_end();
        }
        if self.cursor.mark.column == 0 && self.cursor.at(0) == b'%' {
            self.end_block_context()?;
            let token = self.scan_directive()?;
            self.tokens.push_back(token);
            return Ok(());
        }
        if self.cursor.is_document_indicator() {
            return self.fetch_document_indicator();
        }
        let mut remark_mark = self.cursor.mark;
        let separator = if self.flow_level == 0 { b':' } else { b',' };
        if self.cursor.at(0) == separator
            && let Some(last) = self.tokens.back()
        {
            remark_mark = last.start;
        }
        self.fetch_content()?;
        if self.tokens.back().is_none_or(|token| token.kind != TokenKind::BlockEntry) {
            self.scan_line_comment(remark_mark);
        }
        Ok(())
    }

    fn fetch_content(&mut self) -> Result<(), Error> {
        let flow = self.flow_level > 0;
        match self.cursor.at(0) {
            b'[' => self.fetch_flow_start(TokenKind::FlowSequenceStart),
            b'{' => self.fetch_flow_start(TokenKind::FlowMappingStart),
            b']' => self.fetch_flow_end(TokenKind::FlowSequenceEnd),
            b'}' => self.fetch_flow_end(TokenKind::FlowMappingEnd),
            b',' => self.fetch_flow_entry(),
            b'-' if self.cursor.is_blank_or_end(1) => self.fetch_block_entry(),
            b'?' if flow || self.cursor.is_blank_or_end(1) => self.fetch_key(),
            b':' if flow || self.cursor.is_blank_or_end(1) => self.fetch_value(),
            b'*' | b'&' => self.fetch_word(Self::scan_anchor),
            b'!' => self.fetch_word(Self::scan_tag),
            b'|' | b'>' if !flow => self.fetch_block_scalar(),
            b'\'' | b'"' => self.fetch_word(Self::scan_quoted),
            _ if self.may_start_plain() => self.fetch_word(Self::scan_plain),
            _ => self.fail(self.cursor.mark, "found character that cannot start any token"),
        }
    }

    fn may_start_plain(&self) -> bool {
        match self.cursor.at(0) {
            b'-' => !self.cursor.is_blank(1),
            b'?' | b':' => self.flow_level == 0 && !self.cursor.is_blank_or_end(1),
            b',' | b'[' | b']' | b'{' | b'}' | b'#' | b'&' | b'*' | b'!' | b'|' | b'>' | b'\''
            | b'"' | b'%' | b'@' | b'`' => false,
            _ => !self.cursor.is_blank_or_end(0),
        }
    }

    pub(crate) fn push(&mut self, kind: TokenKind, start: Mark, end: Mark) {
        self.tokens.push_back(Token { kind, start, end });
    }

    fn save_simple_key(&mut self) -> Result<(), Error> {
        if !self.simple_key_allowed {
            return Ok(());
        }
        let mark = self.cursor.mark;
        let required = self.flow_level == 0 && self.indent == mark.column;
        let token_number = self.tokens_taken + self.tokens.len();
        self.remove_simple_key()?;
        if let Some(key) = self.simple_keys.last_mut() {
            *key = SimpleKey { possible: true, required, token_number, mark };
        }
        Ok(())
    }

    fn remove_simple_key(&mut self) -> Result<(), Error> {
        let Some(key) = self.simple_keys.last_mut() else { return Ok(()) };
        if key.possible && key.required {
            let mark = key.mark;
            return self.fail(mark, "could not find expected ':'");
        }
        key.possible = false;
        Ok(())
    }

    /// Opens a block collection where the column is deeper than the block around it.
    fn roll_indent(
        &mut self,
        column: i64,
        number: Option<usize>,
        kind: TokenKind,
        mark: Mark,
    ) -> Result<(), Error> {
        if self.flow_level > 0 || self.indent >= column {
            return Ok(());
        }
        self.indents.push(self.indent);
        self.indent = column;
        self.check_depth(mark)?;
        let token = Token { kind, start: mark, end: mark };
        match number {
            Some(number) => self.insert(number, token),
            None => self.tokens.push_back(token),
        }
        Ok(())
    }

    fn insert(&mut self, number: usize, token: Token) {
        let at = number.saturating_sub(self.tokens_taken).min(self.tokens.len());
        self.tokens.insert(at, token);
    }

    fn check_depth(&self, mark: Mark) -> Result<(), Error> {
        if self.indents.len() + self.flow_level > self.depth {
            let problem = format!("exceeded max depth of {}", self.depth);
            return Err(scan_error(mark, mark, &problem));
        }
        Ok(())
    }

    /// Closes the blocks that are deeper than the column, before the comments that
    /// belong to what follows.
    fn unroll_indent(&mut self, column: i64, scan: Mark) {
        if self.flow_level > 0 {
            return;
        }
        let mut block = scan;
        block.index -= 1;
        while self.indent > column {
            let mut stop = block.index;
            for remark in self.remarks.iter().rev() {
                if remark.end.index < stop {
                    break;
                }
                if remark.start.column == self.indent + 1 {
                    block = remark.start;
                }
                stop = remark.scan.index;
            }
            self.push(TokenKind::BlockEnd, block, block);
            self.indent = self.indents.pop().unwrap_or(-1);
        }
    }

    fn end_block_context(&mut self) -> Result<(), Error> {
        self.unroll_indent(-1, self.cursor.mark);
        self.remove_simple_key()?;
        self.simple_key_allowed = false;
        Ok(())
    }

    fn fetch_stream_end(&mut self) -> Result<(), Error> {
        let mark = &mut self.cursor.mark;
        if mark.column != 0 {
            mark.column = 0;
            mark.line += 1;
        }
        self.end_block_context()?;
        let mark = self.cursor.mark;
        self.push(TokenKind::StreamEnd, mark, mark);
        self.ended = true;
        Ok(())
    }

    fn fetch_document_indicator(&mut self) -> Result<(), Error> {
        self.end_block_context()?;
        let kind = if self.cursor.at(0) == b'-' {
            TokenKind::DocumentStart
        } else {
            TokenKind::DocumentEnd
        };
        self.consume(kind, 3);
        Ok(())
    }

    fn consume(&mut self, kind: TokenKind, characters: usize) {
        let start = self.cursor.mark;
        self.cursor.skip_many(characters);
        self.push(kind, start, self.cursor.mark);
    }

    fn fetch_flow_start(&mut self, kind: TokenKind) -> Result<(), Error> {
        self.save_simple_key()?;
        let mark = self.cursor.mark;
        let token_number = self.tokens_taken + self.tokens.len();
        self.simple_keys.push(SimpleKey { possible: false, required: false, token_number, mark });
        self.flow_level += 1;
        self.check_depth(mark)?;
        self.simple_key_allowed = true;
        self.consume(kind, 1);
        Ok(())
    }

    fn fetch_flow_end(&mut self, kind: TokenKind) -> Result<(), Error> {
        self.remove_simple_key()?;
        if self.flow_level > 0 {
            self.flow_level -= 1;
            self.simple_keys.pop();
        }
        self.simple_key_allowed = false;
        self.consume(kind, 1);
        Ok(())
    }

    fn fetch_flow_entry(&mut self) -> Result<(), Error> {
        self.remove_simple_key()?;
        self.simple_key_allowed = true;
        self.consume(TokenKind::FlowEntry, 1);
        Ok(())
    }

    fn fetch_block_entry(&mut self) -> Result<(), Error> {
        let mark = self.cursor.mark;
        if self.flow_level == 0 {
            if !self.simple_key_allowed {
                let problem = "block sequence entries are not allowed in this context";
                return self.fail(mark, problem);
            }
            self.roll_indent(mark.column, None, TokenKind::BlockSequenceStart, mark)?;
        }
        self.remove_simple_key()?;
        self.simple_key_allowed = true;
        self.consume(TokenKind::BlockEntry, 1);
        Ok(())
    }

    fn fetch_key(&mut self) -> Result<(), Error> {
        let mark = self.cursor.mark;
        if self.flow_level == 0 {
            if !self.simple_key_allowed {
                return self.fail(mark, "mapping keys are not allowed in this context");
            }
            self.roll_indent(mark.column, None, TokenKind::BlockMappingStart, mark)?;
        }
        self.remove_simple_key()?;
        self.simple_key_allowed = self.flow_level == 0;
        self.consume(TokenKind::Key, 1);
        Ok(())
    }

    fn fetch_value(&mut self) -> Result<(), Error> {
        let at = self.simple_keys.len().saturating_sub(1);
        let mark = self.cursor.mark;
        if self.is_valid_key(at)? {
            let key = self.simple_keys[at];
            self.insert(
                key.token_number,
                Token { kind: TokenKind::Key, start: key.mark, end: key.mark },
            );
            let number = Some(key.token_number);
            self.roll_indent(key.mark.column, number, TokenKind::BlockMappingStart, key.mark)?;
            self.simple_keys[at].possible = false;
            self.simple_key_allowed = false;
        } else {
            if self.flow_level == 0 {
                if !self.simple_key_allowed {
                    return self.fail(mark, "mapping values are not allowed in this context");
                }
                self.roll_indent(mark.column, None, TokenKind::BlockMappingStart, mark)?;
            }
            self.simple_key_allowed = self.flow_level == 0;
        }
        self.consume(TokenKind::Value, 1);
        Ok(())
    }

    /// A word that could be a key: anchor, alias, tag, quoted or plain scalar.
    fn fetch_word(&mut self, scan: fn(&mut Self) -> Result<Token, Error>) -> Result<(), Error> {
        self.save_simple_key()?;
        self.simple_key_allowed = false;
        let token = scan(self)?;
        self.tokens.push_back(token);
        Ok(())
    }

    fn fetch_block_scalar(&mut self) -> Result<(), Error> {
        self.remove_simple_key()?;
        self.simple_key_allowed = true;
        let token = self.scan_block_scalar()?;
        self.tokens.push_back(token);
        Ok(())
    }

    fn scan_to_next_token(&mut self) -> Result<(), Error> {
        let scan = self.cursor.mark;
        loop {
            if self.cursor.mark.column == 0 && self.cursor.starts_with("\u{FEFF}") {
                self.cursor.skip();
            }
            let tabs = self.flow_level > 0 || !self.simple_key_allowed;
            while self.cursor.at(0) == b' ' || (tabs && self.cursor.at(0) == b'\t') {
                self.cursor.skip();
            }
            self.lift_entry_comment();
            if self.cursor.at(0) == b'#' {
                self.scan_comments(scan);
            }
            if !self.cursor.is_break(0) {
                return Ok(());
            }
            self.cursor.read_break();
            if self.flow_level == 0 {
                self.simple_key_allowed = true;
            }
        }
    }
}

/// An error with the lines that go-yaml reports: of the construct first in v3, of
/// the offending place first in v2, and none for the first line of a text.
pub(crate) fn scan_error(context: Mark, problem_mark: Mark, problem: &str) -> Error {
    let mut error = Error::new(problem, problem_mark.place_to(problem_mark));
    let shown = |mark: Mark| if mark.line == 0 { 0 } else { mark.line as usize + 1 };
    let (context, place) = (shown(context), shown(problem_mark));
    error.reported = Reported {
        v3: if context != 0 { context } else { place },
        v2: if place != 0 { place } else { context },
    };
    error
}
