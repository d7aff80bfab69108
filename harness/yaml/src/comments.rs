//! Which token a comment belongs to, as go-yaml v3 decides it.

use crate::cursor::Mark;
use crate::scanner::Scanner;
use crate::token::{Remark, TokenKind};

/// How far blanks are looked through for a comment.
const LOOKAHEAD: usize = 512;

impl Scanner<'_> {
    /// A comment behind `- ` that looks like a header of what follows becomes one.
    pub(crate) fn lift_entry_comment(&mut self) {
        let count = self.tokens.len();
        if count < 2
            || self.tokens[count - 1].kind != TokenKind::BlockEntry
            || self.tokens[count - 2].kind != TokenKind::BlockSequenceStart
            || self.cursor.is_break(0)
        {
            return;
        }
        let now = self.cursor.mark;
        let Some(remark) = self.remarks.back_mut() else { return };
        if remark.line.is_empty() {
            return;
        }
        remark.head = std::mem::take(&mut remark.line);
        if remark.start.line == now.line - 1 {
            remark.token = now;
        }
    }

    /// A comment behind a token, on its line.
    pub(crate) fn scan_line_comment(&mut self, token: Mark) {
        if self.cursor.newlines > 0 {
            return;
        }
        let mut blanks = 0;
        while blanks < LOOKAHEAD && self.cursor.is_blank(blanks) {
            blanks += 1;
        }
        if blanks == LOOKAHEAD || self.cursor.at(blanks) != b'#' {
            return;
        }
        self.cursor.skip_many(blanks);
        let start = self.cursor.mark;
        let mut line = String::new();
        self.cursor.read_line_rest(&mut line);
        self.remarks.push_back(Remark { token, start, line, ..Remark::default() });
    }

    /// Comments on lines of their own: feet of what stands before, heads of what follows.
    pub(crate) fn scan_comments(&mut self, scan: Mark) {
        let mut run = Run::new(self, scan);
        let mut ahead = 0;
        while ahead < LOOKAHEAD {
            run.column += 1;
            if self.cursor.is_blank(ahead) {
                ahead += 1;
                continue;
            }
            let closes = self.flow_level > 0 && matches!(self.cursor.at(ahead), b']' | b'}');
            if closes || self.cursor.is_break_or_end(ahead) {
                run.blank_line(self, ahead, closes);
                if !self.cursor.is_break(ahead) {
                    break;
                }
                run.first_empty = false;
                run.recent_empty = true;
                run.column = 0;
                run.line += 1;
                ahead += 1;
                continue;
            }
            let dedented = run.column - 1 < run.next_indent && run.column != run.start.column;
            if !run.text.is_empty() && dedented {
                run.finish_foot(self, ahead);
            }
            if self.cursor.at(ahead) != b'#' {
                break;
            }
            run.comment_line(self, ahead);
            ahead = 1;
        }
        run.finish_head(self, ahead);
    }
}

/// Comment lines with nothing but blanks between them.
struct Run {
    scan: Mark,
    token: Mark,
    /// Where the text began; its column counts from 1.
    start: Mark,
    /// The line a comment must start on to be a foot of what stands before.
    foot_line: i64,
    next_indent: i64,
    recent_empty: bool,
    first_empty: bool,
    line: i64,
    column: i64,
    text: String,
    after_value: bool,
}

impl Run {
    fn new(scanner: &Scanner<'_>, scan: Mark) -> Self {
        let tokens = &scanner.tokens;
        let mut token = tokens.back();
        if tokens.len() > 1 && token.is_some_and(|token| token.kind == TokenKind::FlowEntry) {
            token = tokens.get(tokens.len() - 2);
        }
        let now = scanner.cursor.mark;
        let newlines = scanner.cursor.newlines;
        let below = i64::from(newlines == 0 && now.column > 1);
        let foot_line = if scan.line > 0 { now.line - newlines + 1 + below } else { -1 };
        Self {
            scan,
            token: token.map(|token| token.start).unwrap_or_default(),
            start: Mark::default(),
            foot_line,
            next_indent: scanner.indent.max(0),
            recent_empty: false,
            first_empty: newlines <= 1,
            line: now.line,
            column: now.column,
            text: String::new(),
            after_value: token.is_some_and(|token| token.kind == TokenKind::Value),
        }
    }

    /// The mark so many bytes ahead, with the line and column as counted here.
    fn mark_ahead(&self, scanner: &Scanner<'_>, ahead: usize) -> Mark {
        let now = scanner.cursor.mark;
        Mark {
            index: now.index + ahead as i64,
            offset: now.offset + ahead,
            line: self.line,
            column: self.column,
        }
    }

    fn blank_line(&mut self, scanner: &mut Scanner<'_>, ahead: usize, closes: bool) {
        if !closes && self.recent_empty {
            return;
        }
        let dedented = self.start.column - 1 < self.next_indent;
        let is_foot = (self.start.line == self.foot_line && !self.after_value) || dedented;
        if self.text.is_empty() {
            return;
        }
        if closes || (self.first_empty && is_foot) {
            if dedented {
                self.token = self.start;
            }
            self.finish_foot(scanner, ahead);
        } else if !scanner.cursor.is_end_at(ahead) {
            self.text.push('\n');
        }
    }

    fn finish_foot(&mut self, scanner: &mut Scanner<'_>, ahead: usize) {
        let end = self.mark_ahead(scanner, ahead);
        scanner.remarks.push_back(Remark {
            scan: self.scan,
            token: self.token,
            start: self.start,
            end,
            foot: std::mem::take(&mut self.text),
            ..Remark::default()
        });
        self.scan = end;
        self.token = end;
    }

    fn comment_line(&mut self, scanner: &mut Scanner<'_>, ahead: usize) {
        if self.text.is_empty() {
            self.start = self.mark_ahead(scanner, ahead);
        } else {
            self.text.push('\n');
        }
        self.recent_empty = false;
        let until = scanner.cursor.mark.offset + ahead;
        while scanner.cursor.mark.offset < until {
            if scanner.cursor.read_break().is_empty() {
                scanner.cursor.skip();
            }
        }
        scanner.cursor.read_line_rest(&mut self.text);
        self.column = 0;
        self.line = scanner.cursor.mark.line;
        self.next_indent = scanner.indent.max(0);
    }

    fn finish_head(mut self, scanner: &mut Scanner<'_>, ahead: usize) {
        if self.text.is_empty() {
            return;
        }
        let mut end = self.mark_ahead(scanner, ahead);
        end.index -= 1;
        scanner.remarks.push_back(Remark {
            scan: self.scan,
            token: self.start,
            start: self.start,
            end,
            head: std::mem::take(&mut self.text),
            ..Remark::default()
        });
    }
}
