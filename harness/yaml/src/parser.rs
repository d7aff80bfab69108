//! From tokens to nodes, with the comments where go-yaml v3 attaches them.
//!
//! One rule: tokens are peeked in the order of go-yaml's event parser, because
//! peeking is what hands out comments. Start at [`Parser::documents`].

use std::collections::BTreeSet;

use crate::cursor::Mark;
use crate::scanner::{Scanner, scan_error};
use crate::token::{Token, TokenKind};
use crate::{Comments, Error, Limits, Node, NodeKind, Reported};

pub(crate) struct Parser<'a> {
    scanner: Scanner<'a>,
    head: String,
    line: String,
    foot: String,
    stem: String,
    tags: Vec<(String, String)>,
    anchors: BTreeSet<String>,
    /// Everything before this byte belongs to nodes that are closed.
    pub(crate) last_end: Mark,
    depth_left: usize,
}

/// Tag and anchor in front of a node.
#[derive(Default)]
struct Properties {
    tag: Option<String>,
    anchor: Option<String>,
    start: Option<Mark>,
    end: Mark,
}

impl<'a> Parser<'a> {
    pub(crate) fn new(text: &'a str, limits: &Limits) -> Result<Self, Error> {
        if text.len() > limits.bytes {
            let problem = format!("text is longer than {} bytes", limits.bytes);
            return Err(Error::new(problem, Default::default()));
        }
        Ok(Self {
            scanner: Scanner::new(text, limits.depth)?,
            head: String::new(),
            line: String::new(),
            foot: String::new(),
            stem: String::new(),
            tags: Vec::new(),
            anchors: BTreeSet::new(),
            last_end: Mark::default(),
            depth_left: limits.depth,
        })
    }

    /// Every document of the text.
    pub(crate) fn documents(mut self) -> Result<Vec<Node>, Error> {
        let mut documents = Vec::new();
        while let Some(document) = self.next_document()? {
            documents.push(document);
        }
        Ok(documents)
    }

    /// The next document, or `None` at the end of the text.
    pub(crate) fn next_document(&mut self) -> Result<Option<Node>, Error> {
        let mut implicit = false;
        if self.next_is(&TokenKind::StreamStart)? {
            self.take();
            implicit = true;
        }
        while !implicit && self.next_is(&TokenKind::DocumentEnd)? {
            self.take();
        }
        self.peek()?;
        let explicit_start = matches!(
            self.peek()?.kind,
            TokenKind::VersionDirective { .. }
                | TokenKind::TagDirective { .. }
                | TokenKind::DocumentStart
        );
        if self.next_is(&TokenKind::StreamEnd)? {
            return Ok(None);
        }
        self.anchors.clear();
        let document_head = if implicit && !explicit_start {
            self.set_default_tags();
            self.split_document_head()
        } else {
            self.explicit_start()?;
            String::new()
        };
        let mut root = self.document_content()?;
        let foot = self.document_end()?;
        attach_to_document(&mut root, document_head, foot);
        Ok(Some(root))
    }

    fn explicit_start(&mut self) -> Result<(), Error> {
        self.directives()?;
        if !self.next_is(&TokenKind::DocumentStart)? {
            let mark = self.peek()?.start;
            return Err(parse_error(None, mark, "did not find expected <document start>"));
        }
        self.take();
        Ok(())
    }

    /// A header above an empty line is the document's, the rest its first node's.
    fn split_document_head(&mut self) -> String {
        let bytes = self.head.as_bytes();
        for at in (1..bytes.len()).rev() {
            if bytes[at] != b'\n' {
                continue;
            }
            let cut = if at == bytes.len() - 1 {
                at
            } else if bytes[at - 1] == b'\n' {
                at - 1
            } else {
                continue;
            };
            let rest = self.head.split_off(at + 1);
            let mut head = std::mem::replace(&mut self.head, rest);
            head.truncate(cut);
            return head;
        }
        String::new()
    }

    fn document_content(&mut self) -> Result<Node, Error> {
        let next = self.peek()?;
        let mark = next.start;
        match next.kind {
            TokenKind::VersionDirective { .. }
            | TokenKind::TagDirective { .. }
            | TokenKind::DocumentStart
            | TokenKind::DocumentEnd
            | TokenKind::StreamEnd => Ok(empty(mark)),
            _ => self.node(true, false),
        }
    }

    fn document_end(&mut self) -> Result<String, Error> {
        if self.next_is(&TokenKind::DocumentEnd)? {
            self.take();
        }
        self.tags.clear();
        let comments = self.take_comments().unwrap_or_default();
        Ok(if comments.foot.is_empty() { comments.head } else { comments.foot })
    }

    fn set_default_tags(&mut self) {
        for (handle, prefix) in [("!", "!"), ("!!", "tag:yaml.org,2002:")] {
            if self.tags.iter().all(|(known, _)| known != handle) {
                self.tags.push((handle.into(), prefix.into()));
            }
        }
    }

    fn directives(&mut self) -> Result<(), Error> {
        let mut versions = 0;
        loop {
            let token = self.peek()?.clone();
            match token.kind {
                TokenKind::VersionDirective { major, minor } => {
                    versions += 1;
                    if versions > 1 {
                        let problem = "found duplicate %YAML directive";
                        return Err(parse_error(None, token.start, problem));
                    }
                    if (major, minor) != (1, 1) {
                        let problem = "found incompatible YAML document";
                        return Err(parse_error(None, token.start, problem));
                    }
                }
                TokenKind::TagDirective { handle, prefix } => {
                    if self.tags.iter().any(|(known, _)| *known == handle) {
                        let problem = "found duplicate %TAG directive";
                        return Err(parse_error(None, token.start, problem));
                    }
                    self.tags.push((handle, prefix));
                }
                _ => break,
            }
            self.take();
        }
        self.set_default_tags();
        Ok(())
    }

    pub(crate) fn node(&mut self, block: bool, indentless: bool) -> Result<Node, Error> {
        if let TokenKind::Alias(name) = &self.peek()?.kind {
            let name = name.clone();
            return self.alias(name);
        }
        let properties = self.properties()?;
        let token = self.peek()?;
        let (here, end) = (token.start, token.end);
        let mut start = properties.start.unwrap_or(here);
        let kind = token.kind.clone_without_text();
        self.depth_left = match self.depth_left.checked_sub(1) {
            Some(left) => left,
            None => return Err(scan_error(start, start, "exceeded max depth")),
        };
        let mut node = match kind {
            TokenKind::BlockEntry if indentless => self.block_items(start, true)?,
            TokenKind::Scalar { .. } => self.scalar(),
            TokenKind::FlowSequenceStart => self.flow_sequence(start)?,
            TokenKind::FlowMappingStart => self.flow_mapping(start)?,
            TokenKind::BlockSequenceStart if block => self.block_items(start, false)?,
            TokenKind::BlockMappingStart if block => self.block_mapping(start)?,
            _ if properties.start.is_some() => {
                self.last_end = properties.end;
                empty(start)
            }
            _ => {
                let problem = "did not find expected node content";
                return Err(parse_error(Some(start), here, problem));
            }
        };
        self.depth_left += 1;
        if properties.start.is_none() && matches!(node.kind, NodeKind::Scalar(_)) {
            start = here;
            self.last_end = end;
        }
        node.place = start.place_to(self.last_end);
        self.set_properties(&mut node, properties);
        Ok(node)
    }

    fn set_properties(&mut self, node: &mut Node, properties: Properties) {
        node.tag = properties.tag.filter(|tag| tag != "!");
        if let Some(anchor) = &properties.anchor {
            self.anchors.insert(anchor.clone());
        }
        node.anchor = properties.anchor;
    }

    fn alias(&mut self, name: String) -> Result<Node, Error> {
        let comments = self.take_comments();
        let token = self.take();
        if !self.anchors.contains(&name) {
            let mut error = Error::new(
                format!("unknown anchor '{name}' referenced"),
                token.start.place_to(token.end),
            );
            error.reported = Reported::default();
            return Err(error);
        }
        let mut node = Node::new(NodeKind::Alias(name));
        node.comments = comments;
        node.place = token.start.place_to(token.end);
        Ok(node)
    }

    fn properties(&mut self) -> Result<Properties, Error> {
        let mut found = Properties::default();
        let mut tag = None;
        loop {
            match &self.peek()?.kind {
                TokenKind::Anchor(_) if found.anchor.is_none() => {}
                TokenKind::Tag { .. } if tag.is_none() => {}
                _ => break,
            }
            let token = self.take();
            found.start.get_or_insert(token.start);
            found.end = token.end;
            match token.kind {
                TokenKind::Anchor(name) => {
                    // The name counts at once: an item below may refer to it.
                    self.anchors.insert(name.clone());
                    found.anchor = Some(name);
                }
                TokenKind::Tag { handle, suffix } => tag = Some((handle, suffix, token.start)),
                _ => {}
            }
        }
        if let Some((handle, suffix, mark)) = tag {
            found.tag = Some(self.full_tag(&handle, suffix, found.start.unwrap_or(mark), mark)?);
        }
        Ok(found)
    }

    /// The tag in its short form (`!!str`).
    fn full_tag(
        &self,
        handle: &str,
        suffix: String,
        start: Mark,
        mark: Mark,
    ) -> Result<String, Error> {
        let tag = if handle.is_empty() {
            suffix
        } else {
            let known = self.tags.iter().find(|(known, _)| known == handle);
            let Some((_, prefix)) = known else {
                return Err(parse_error(Some(start), mark, "found undefined tag handle"));
            };
            format!("{prefix}{suffix}")
        };
        Ok(match tag.strip_prefix("tag:yaml.org,2002:") {
            Some(name) => format!("!!{name}"),
            None => tag,
        })
    }

    fn scalar(&mut self) -> Node {
        let comments = self.take_comments();
        let token = self.take();
        self.last_end = token.end;
        let TokenKind::Scalar { text, style } = token.kind else { return empty(token.start) };
        let mut node = Node::new(NodeKind::Scalar(text));
        node.style = style;
        node.comments = comments;
        node
    }

    fn block_items(&mut self, start: Mark, indentless: bool) -> Result<Node, Error> {
        let head = if indentless { String::new() } else { std::mem::take(&mut self.stem) };
        if !indentless {
            self.take();
        }
        let mut items = Vec::new();
        while self.next_is(&TokenKind::BlockEntry)? {
            let dash = self.take_entry()?;
            let next = &self.peek()?.kind;
            let nothing = match next {
                TokenKind::BlockEntry | TokenKind::BlockEnd => true,
                TokenKind::Key | TokenKind::Value => indentless,
                _ => false,
            };
            if nothing {
                self.last_end = dash.end;
                items.push(empty(dash.end));
            } else {
                items.push(self.node(true, false)?);
            }
        }
        if !indentless {
            self.end_of_block(start, "did not find expected '-' indicator")?;
            self.take();
        }
        let mut node = Node::new(NodeKind::Sequence(items));
        node.comments = boxed(Comments { head, ..Comments::default() });
        Ok(node)
    }

    fn end_of_block(&mut self, start: Mark, problem: &str) -> Result<(), Error> {
        if self.next_is(&TokenKind::BlockEnd)? {
            return Ok(());
        }
        let mark = self.peek()?.start;
        Err(parse_error(Some(start), mark, problem))
    }

    /// Takes a dash; a head comment before it goes to the collection that follows it.
    fn take_entry(&mut self) -> Result<Token, Error> {
        let stem = self.head.len();
        let dash = self.take();
        if stem > 0 {
            let next = &self.peek()?.kind;
            if matches!(next, TokenKind::BlockSequenceStart | TokenKind::BlockMappingStart) {
                let rest = self.head.get(stem + 1..).unwrap_or_default().to_owned();
                self.head.truncate(stem);
                self.stem = std::mem::replace(&mut self.head, rest);
            }
        }
        Ok(dash)
    }

    fn block_mapping(&mut self, start: Mark) -> Result<Node, Error> {
        let head = std::mem::take(&mut self.stem);
        self.take();
        let mut entries: Vec<(Node, Node)> = Vec::new();
        loop {
            let token = self.peek()?;
            let at = token.start;
            let mut key = match token.kind {
                TokenKind::Key => self.block_mapping_key()?,
                TokenKind::BlockEnd => break,
                // An empty key before a colon is a mistake to libyaml.
                _ => {
                    let problem = "did not find expected key";
                    return Err(parse_error(Some(start), at, problem));
                }
            };
            if let Some(foot) = take_foot(&mut key) {
                match entries.last_mut() {
                    Some((former, _)) => set_foot(former, foot),
                    None => set_foot(&mut key, foot),
                }
            }
            let mut value = self.block_mapping_value()?;
            lift_foot(&mut key, &mut value);
            entries.push((key, value));
        }
        let mut comments = *self.take_comments().unwrap_or_default();
        self.take();
        if !comments.foot.is_empty()
            && let Some((last, _)) = entries.last_mut()
        {
            set_foot(last, std::mem::take(&mut comments.foot));
        }
        let mut node = Node::new(NodeKind::Mapping(entries));
        node.comments = boxed(Comments { head, ..comments });
        Ok(node)
    }

    fn block_mapping_key(&mut self) -> Result<Node, Error> {
        let key = self.take();
        match self.peek()?.kind {
            TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd => Ok(empty(key.end)),
            _ => self.node(true, true),
        }
    }

    fn block_mapping_value(&mut self) -> Result<Node, Error> {
        let token = self.peek()?;
        let mut mark = token.start;
        if token.kind == TokenKind::Value {
            mark = token.end;
            self.take();
            let next = &self.peek()?.kind;
            if !matches!(next, TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd) {
                return self.node(true, true);
            }
            self.last_end = mark;
        }
        Ok(empty(mark))
    }

    /// The next token; comments up to it are collected on the way.
    pub(crate) fn peek(&mut self) -> Result<&Token, Error> {
        let token = self.scanner.peek()?;
        let (index, ends_block) = (token.start.index, token.kind == TokenKind::BlockEnd);
        while let Some(remark) = self.scanner.remarks.front() {
            if index < remark.token.index || (ends_block && !remark.head.is_empty()) {
                break;
            }
            let Some(remark) = self.scanner.remarks.pop_front() else { break };
            join(&mut self.head, &remark.head);
            join(&mut self.foot, &remark.foot);
            join(&mut self.line, &remark.line);
        }
        self.scanner.peek()
    }

    pub(crate) fn next_is(&mut self, kind: &TokenKind) -> Result<bool, Error> {
        Ok(self.peek()?.kind == *kind)
    }

    pub(crate) fn take(&mut self) -> Token {
        let end = Token { kind: TokenKind::StreamEnd, start: self.last_end, end: self.last_end };
        self.scanner.take().unwrap_or(end)
    }

    pub(crate) fn take_comments(&mut self) -> Option<Box<Comments>> {
        self.stem.clear();
        if self.head.is_empty() && self.line.is_empty() && self.foot.is_empty() {
            return None;
        }
        Some(Box::new(Comments {
            head: std::mem::take(&mut self.head),
            line: std::mem::take(&mut self.line),
            foot: std::mem::take(&mut self.foot),
        }))
    }
}

fn join(into: &mut String, text: &str) {
    if !text.is_empty() {
        if !into.is_empty() {
            into.push('\n');
        }
        into.push_str(text);
    }
}

pub(crate) fn empty(mark: Mark) -> Node {
    let mut node = Node::scalar("");
    node.place = mark.place_to(mark);
    node
}

pub(crate) fn boxed(comments: Comments) -> Option<Box<Comments>> {
    (comments != Comments::default()).then(|| Box::new(comments))
}

fn take_foot(node: &mut Node) -> Option<String> {
    let comments = node.comments.as_mut()?;
    let foot = std::mem::take(&mut comments.foot);
    (!foot.is_empty()).then_some(foot)
}

fn set_foot(node: &mut Node, foot: String) {
    node.comments.get_or_insert_default().foot = foot;
}

/// A foot comment of a value belongs to its key.
pub(crate) fn lift_foot(key: &mut Node, value: &mut Node) {
    let has_foot = key.comments.as_ref().is_some_and(|comments| !comments.foot.is_empty());
    if !has_foot && let Some(foot) = take_foot(value) {
        set_foot(key, foot);
    }
}

/// Comments of the document itself, kept apart from those of its root.
fn attach_to_document(root: &mut Node, head: String, foot: String) {
    if !head.is_empty() || !foot.is_empty() {
        root.document = Some(Box::new(Comments { head, line: String::new(), foot }));
    }
}

/// libyaml's parser errors name the line before the one they mean, counted from 1.
pub(crate) fn parse_error(context: Option<Mark>, mark: Mark, problem: &str) -> Error {
    let mut error = Error::new(problem, mark.place_to(mark));
    let shown = |mark: Mark| usize::try_from(mark.line).unwrap_or(0);
    let (context, place) = (context.map_or(0, shown), shown(mark));
    error.reported = Reported {
        v3: if context != 0 { context } else { place },
        v2: if place != 0 { place } else { context },
    };
    error
}
