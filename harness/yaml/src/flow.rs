//! Parsing flow collections: `[a, b]`, `{a: b}` and the pairs inside lists.
//!
//! One rule: as in the rest of the parser, tokens are peeked in go-yaml's order.

use crate::cursor::Mark;
use crate::parser::{Parser, boxed, empty, lift_foot, parse_error};
use crate::token::TokenKind;
use crate::{Comments, Error, Node, NodeKind, Style};

impl Parser<'_> {
    pub(crate) fn flow_sequence(&mut self, start: Mark) -> Result<Node, Error> {
        let head = *self.take_comments().unwrap_or_default();
        self.take();
        let mut items = Vec::new();
        loop {
            if self.next_is(&TokenKind::FlowSequenceEnd)? {
                break;
            }
            if !items.is_empty() {
                self.flow_separator(start, "did not find expected ',' or ']'")?;
            }
            match self.peek()?.kind {
                TokenKind::Key => items.push(self.flow_pair()?),
                TokenKind::FlowSequenceEnd => break,
                _ => items.push(self.node(false, false)?),
            }
        }
        Ok(self.end_flow(NodeKind::Sequence(items), head))
    }

    fn flow_separator(&mut self, start: Mark, problem: &str) -> Result<(), Error> {
        if self.next_is(&TokenKind::FlowEntry)? {
            self.take();
            self.peek()?;
            return Ok(());
        }
        let mark = self.peek()?.start;
        Err(parse_error(Some(start), mark, problem))
    }

    fn end_flow(&mut self, kind: NodeKind, start_comments: Comments) -> Node {
        let comments = *self.take_comments().unwrap_or_default();
        self.last_end = self.take().end;
        let mut node = Node::new(kind);
        node.style = Style::Flow;
        node.comments = boxed(Comments { head: start_comments.head, ..comments });
        node
    }

    /// `[a: b]`: a mapping of one entry.
    fn flow_pair(&mut self) -> Result<Node, Error> {
        let start = self.take().start;
        let next = self.peek()?;
        let mark = next.end;
        let mut key = match next.kind {
            TokenKind::Value | TokenKind::FlowEntry | TokenKind::FlowSequenceEnd => {
                // libyaml takes the colon here, so that `[: a]` has no value of its own.
                self.take();
                empty(mark)
            }
            _ => self.node(false, false)?,
        };
        let mut value = empty(self.peek()?.start);
        if self.next_is(&TokenKind::Value)? {
            self.take();
            let next = self.peek()?;
            value = empty(next.start);
            if !matches!(next.kind, TokenKind::FlowEntry | TokenKind::FlowSequenceEnd) {
                value = self.node(false, false)?;
            }
        }
        lift_foot(&mut key, &mut value);
        let mut node = Node::new(NodeKind::Mapping(vec![(key, value)]));
        node.style = Style::Flow;
        node.place = start.place_to(self.last_end);
        Ok(node)
    }

    pub(crate) fn flow_mapping(&mut self, start: Mark) -> Result<Node, Error> {
        let head = *self.take_comments().unwrap_or_default();
        self.take();
        let mut entries = Vec::new();
        loop {
            if self.next_is(&TokenKind::FlowMappingEnd)? {
                break;
            }
            if !entries.is_empty() {
                self.flow_separator(start, "did not find expected ',' or '}'")?;
            }
            let next = self.peek()?;
            let (mut key, mut value) = match next.kind {
                TokenKind::Key => self.flow_entry()?,
                TokenKind::FlowMappingEnd => break,
                _ => {
                    let key = self.node(false, false)?;
                    let mark = self.peek()?.start;
                    (key, empty(mark))
                }
            };
            lift_foot(&mut key, &mut value);
            entries.push((key, value));
        }
        Ok(self.end_flow(NodeKind::Mapping(entries), head))
    }

    fn flow_entry(&mut self) -> Result<(Node, Node), Error> {
        self.take();
        let next = self.peek()?;
        let key = match next.kind {
            TokenKind::Value | TokenKind::FlowEntry | TokenKind::FlowMappingEnd => {
                empty(next.start)
            }
            _ => self.node(false, false)?,
        };
        if self.next_is(&TokenKind::Value)? {
            self.take();
            if !matches!(self.peek()?.kind, TokenKind::FlowEntry | TokenKind::FlowMappingEnd) {
                return Ok((key, self.node(false, false)?));
            }
        }
        let mark = self.peek()?.start;
        Ok((key, empty(mark)))
    }
}
