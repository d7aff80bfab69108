//! Nodes as go-yaml v3 prints them (indentation 2, compact lists), comments included.
//!
//! One rule: comments wait in the emitter until the next place that prints them, as
//! in go-yaml; the order of the calls is its order of events. Start at [`emit`].

use crate::analysis::{Analysis, analyze};
use crate::sink::Sink;
use crate::{Comments, Node, NodeKind, Style, implicit_tag};

/// Prints one document as kustomize's encoder does, with its last newline.
#[must_use]
pub fn emit(root: &Node) -> String {
    let mut emitter = Emitter {
        sink: Sink::new(usize::MAX),
        waiting: Comments::default(),
        tail: String::new(),
        key_line: String::new(),
        flow_level: 0,
    };
    emitter.document(root);
    emitter.sink.out
}

/// Where a node stands.
#[derive(Clone, Copy, Default)]
struct Context {
    /// It is the value or key of a mapping.
    mapping: bool,
    /// It is an item of a block sequence.
    block_item: bool,
    /// It is a key on the line of its value.
    simple_key: bool,
}

struct Emitter {
    sink: Sink,
    waiting: Comments,
    tail: String,
    key_line: String,
    flow_level: usize,
}

/// What a scalar will look like.
struct Look {
    tag: Option<String>,
    style: Style,
}

impl Emitter {
    fn document(&mut self, root: &Node) {
        let none = Comments::default();
        let document = root.document.as_deref().unwrap_or(&none);
        self.wait(&document.head, "", "", "");
        if !self.waiting.head.is_empty() {
            self.head_comment();
            self.sink.put_break();
        }
        self.arrive(root, "", false);
        self.head_comment();
        let context = Context::default();
        self.start(root, context);
        self.line_comment(false);
        self.foot_comment();
        self.children(root, context);
        self.wait("", "", &document.foot, "");
        self.sink.foot_indent = 0;
        self.foot_comment();
        self.sink.foot_indent = -1;
        self.sink.write_indent();
    }

    fn wait(&mut self, head: &str, line: &str, foot: &str, tail: &str) {
        let slots = [
            (&mut self.waiting.head, head),
            (&mut self.waiting.line, line),
            (&mut self.waiting.foot, foot),
            (&mut self.tail, tail),
        ];
        for (slot, text) in slots {
            if !text.is_empty() {
                slot.clear();
                slot.push_str(text);
            }
        }
    }

    /// The comments that come with the first event of a node.
    fn arrive(&mut self, node: &Node, tail: &str, foot_moved: bool) {
        let none = Comments::default();
        let comments = node.comments.as_deref().unwrap_or(&none);
        match &node.kind {
            NodeKind::Sequence(_) => self.wait(&comments.head, "", "", ""),
            NodeKind::Mapping(_) => self.wait(&comments.head, "", "", tail),
            NodeKind::Scalar(_) | NodeKind::Alias(_) => {
                let foot = if foot_moved { "" } else { comments.foot.as_str() };
                self.wait(&comments.head, &comments.line, foot, tail);
            }
        }
    }

    fn is_block(&self, node: &Node) -> bool {
        let filled = match &node.kind {
            NodeKind::Sequence(items) => !items.is_empty(),
            NodeKind::Mapping(entries) => !entries.is_empty(),
            _ => false,
        };
        self.flow_level == 0 && node.style != Style::Flow && filled
    }

    /// A scalar or alias as a whole, of a collection what stands before its content.
    fn start(&mut self, node: &Node, context: Context) {
        match &node.kind {
            NodeKind::Alias(name) => self.sink.word(&format!("*{name}")),
            NodeKind::Scalar(text) => self.scalar(node, text, context),
            NodeKind::Sequence(_) | NodeKind::Mapping(_) => {
                self.anchor(node);
                if let Some(tag) = &node.tag {
                    self.tag(tag);
                }
            }
        }
    }

    fn anchor(&mut self, node: &Node) {
        if let Some(anchor) = &node.anchor {
            self.sink.word(&format!("&{anchor}"));
        }
    }

    fn tag(&mut self, tag: &str) {
        if tag.starts_with('!') {
            self.sink.word(tag);
        } else {
            self.sink.word(&format!("!<{tag}>"));
        }
    }

    fn children(&mut self, node: &Node, context: Context) {
        let block = self.is_block(node);
        match &node.kind {
            NodeKind::Sequence(items) if block => self.block_sequence(node, items, context),
            NodeKind::Mapping(entries) if block => self.block_mapping(node, entries, context),
            NodeKind::Sequence(items) => self.flow_sequence(node, items, context),
            NodeKind::Mapping(entries) => self.flow_mapping(node, entries, context),
            _ => {}
        }
    }

    /// Raises the indentation as go-yaml v3 does; gives back the one before.
    fn indent(&mut self, flow: bool, context: Context, compact: bool) -> isize {
        let before = self.sink.indent;
        let step = isize::try_from(self.sink.step).unwrap_or(2);
        self.sink.indent = if before < 0 {
            if flow { step } else { 0 }
        } else if context.block_item {
            before + 2
        } else {
            step * ((before + step) / step) - if compact { 2 } else { 0 }
        };
        before
    }

    fn block_sequence(&mut self, node: &Node, items: &[Node], context: Context) {
        let compact = context.mapping && (self.sink.column == 0 || !self.sink.indention);
        let before = self.indent(false, context, compact);
        let inner = Context { block_item: true, ..Context::default() };
        for item in items {
            self.arrive(item, "", false);
            self.head_comment();
            self.sink.write_indent();
            self.sink.indicator("-", true, false, true);
            self.start(item, inner);
            self.line_comment(false);
            self.foot_comment();
            self.children(item, inner);
        }
        self.leave(node, "");
        self.sink.indent = before;
    }

    /// The comments that come with the last event of a collection.
    fn leave(&mut self, node: &Node, tail: &str) {
        let none = Comments::default();
        let comments = node.comments.as_deref().unwrap_or(&none);
        self.wait("", &comments.line, &comments.foot, tail);
    }

    fn block_mapping(&mut self, node: &Node, entries: &[(Node, Node)], context: Context) {
        let before = self.indent(false, context, false);
        let mut tail = String::new();
        for (key, value) in entries {
            self.arrive(key, &tail, true);
            tail = key.comments.as_ref().map(|c| c.foot.clone()).unwrap_or_default();
            self.head_comment();
            self.sink.write_indent();
            if !self.waiting.line.is_empty() {
                self.key_line = std::mem::take(&mut self.waiting.line);
            }
            let simple = self.is_simple_key(key);
            if !simple {
                self.sink.indicator("?", true, false, true);
            }
            let inner = Context { mapping: true, simple_key: simple, block_item: false };
            self.start(key, inner);
            self.children(key, inner);
            self.block_value(value, simple);
        }
        self.leave(node, &tail);
        self.head_comment();
        self.sink.indent = before;
    }

    fn block_value(&mut self, value: &Node, simple: bool) {
        self.arrive(value, "", false);
        if simple {
            self.sink.indicator(":", false, false, false);
        } else {
            self.sink.write_indent();
            self.sink.indicator(":", true, false, true);
        }
        if !self.key_line.is_empty() {
            let scalar = matches!(value.kind, NodeKind::Scalar(_));
            if scalar && self.waiting.line.is_empty() {
                self.waiting.line = std::mem::take(&mut self.key_line);
            } else if value.style != Style::Flow
                && matches!(value.kind, NodeKind::Sequence(_) | NodeKind::Mapping(_))
            {
                std::mem::swap(&mut self.waiting.line, &mut self.key_line);
                self.line_comment(false);
                std::mem::swap(&mut self.waiting.line, &mut self.key_line);
            }
        }
        let inner = Context { mapping: true, ..Context::default() };
        self.start(value, inner);
        self.line_comment(false);
        self.foot_comment();
        self.children(value, inner);
    }

    fn is_simple_key(&self, key: &Node) -> bool {
        let names =
            key.anchor.as_ref().map_or(0, String::len) + key.tag.as_ref().map_or(0, String::len);
        match &key.kind {
            NodeKind::Alias(name) => name.len() <= 128,
            NodeKind::Scalar(text) => !analyze(text, false).multiline && text.len() + names <= 128,
            NodeKind::Sequence(items) => items.is_empty() && names <= 128,
            NodeKind::Mapping(entries) => entries.is_empty() && names <= 128,
        }
    }

    fn has_trailing_comments(&self) -> bool {
        !(self.waiting.line.is_empty() && self.waiting.foot.is_empty() && self.tail.is_empty())
    }

    fn flow_sequence(&mut self, node: &Node, items: &[Node], context: Context) {
        self.sink.indicator("[", true, true, false);
        let before = self.indent(true, context, false);
        self.flow_level += 1;
        let mut comma = false;
        for item in items {
            self.arrive(item, "", false);
            if comma {
                self.sink.indicator(",", false, false, false);
            }
            self.head_comment();
            if self.sink.column == 0 {
                self.sink.write_indent();
            }
            comma = !self.has_trailing_comments();
            self.start(item, Context::default());
            self.after_flow_item();
            self.children(item, Context::default());
        }
        self.leave(node, "");
        self.flow_level -= 1;
        self.sink.indent = before;
        if self.sink.column == 0 {
            self.sink.write_indent();
        }
        self.close_flow("]");
    }

    fn after_flow_item(&mut self) {
        if self.has_trailing_comments() {
            self.sink.indicator(",", false, false, false);
        }
        self.line_comment(false);
        self.foot_comment();
    }

    fn close_flow(&mut self, bracket: &str) {
        self.sink.indicator(bracket, false, false, false);
        self.line_comment(false);
        self.foot_comment();
    }

    fn flow_mapping(&mut self, node: &Node, entries: &[(Node, Node)], context: Context) {
        self.sink.indicator("{", true, true, false);
        let before = self.indent(true, context, false);
        self.flow_level += 1;
        let (mut comma, mut tail) = (false, String::new());
        for (key, value) in entries {
            self.arrive(key, &tail, true);
            tail = key.comments.as_ref().map(|c| c.foot.clone()).unwrap_or_default();
            if comma {
                self.sink.indicator(",", false, false, false);
            }
            self.head_comment();
            if self.sink.column == 0 {
                self.sink.write_indent();
            }
            let simple = self.is_simple_key(key);
            if !simple {
                self.sink.indicator("?", true, false, false);
            }
            let inner = Context { mapping: true, simple_key: simple, block_item: false };
            self.start(key, inner);
            self.children(key, inner);
            self.arrive(value, "", false);
            self.sink.indicator(":", !simple, false, false);
            comma = !self.has_trailing_comments();
            let inner = Context { mapping: true, ..Context::default() };
            self.start(value, inner);
            self.after_flow_item();
            self.children(value, inner);
        }
        self.leave(node, &tail);
        let comments =
            !(self.waiting.head.is_empty() && self.waiting.foot.is_empty() && self.tail.is_empty());
        if comments && comma {
            self.sink.indicator(",", false, false, false);
        }
        self.head_comment();
        self.flow_level -= 1;
        self.sink.indent = before;
        self.close_flow("}");
    }

    fn head_comment(&mut self) {
        if !self.tail.is_empty() {
            let tail = std::mem::take(&mut self.tail);
            self.sink.write_indent();
            self.sink.comment(&tail);
            self.sink.foot_indent = self.sink.indent.max(0);
        }
        if !self.waiting.head.is_empty() {
            let head = std::mem::take(&mut self.waiting.head);
            self.sink.write_indent();
            self.sink.comment(&head);
        }
    }

    fn line_comment(&mut self, breaks: bool) {
        if self.waiting.line.is_empty() {
            if breaks {
                self.sink.put_break();
            }
            return;
        }
        if !self.sink.whitespace {
            self.sink.put(' ');
        }
        let line = std::mem::take(&mut self.waiting.line);
        self.sink.comment(&line);
    }

    fn foot_comment(&mut self) {
        if self.waiting.foot.is_empty() {
            return;
        }
        let foot = std::mem::take(&mut self.waiting.foot);
        self.sink.write_indent();
        self.sink.comment(&foot);
        self.sink.foot_indent = self.sink.indent.max(0);
    }

    fn scalar(&mut self, node: &Node, text: &str, context: Context) {
        let look = self.look(node, text, context);
        self.anchor(node);
        if let Some(tag) = &look.tag {
            self.tag(tag);
        }
        let before = self.indent(true, context, false);
        let may_break = !context.simple_key;
        match look.style {
            Style::SingleQuoted => self.sink.single_quoted(text, may_break),
            Style::DoubleQuoted => self.sink.double_quoted(text, may_break),
            Style::Literal => {
                self.sink.block_header("|", text);
                self.line_comment(true);
                self.sink.literal_lines(text);
            }
            Style::Folded => {
                self.sink.block_header(">", text);
                self.line_comment(true);
                self.sink.folded_lines(text);
            }
            Style::Plain | Style::Flow => self.sink.plain(text, may_break),
        }
        self.sink.indent = before;
    }

    /// Style and tag: the tag is left out where reading the text gives it again.
    fn look(&self, node: &Node, text: &str, context: Context) -> Look {
        let analysis = analyze(text, false);
        let mut force = false;
        let mut tag = node.tag.clone();
        if tag.is_none() {
            let known = node.full_tag();
            let quoted = !matches!(node.style, Style::Plain | Style::Flow);
            // `<<` is a merge when parsed, and text when go-yaml asks what it would be.
            let again = if text == "<<" { "!!str" } else { implicit_tag(text) };
            if !(known.is_empty() || (known == "!!str" && quoted) || again == known) {
                force = known == "!!str";
                tag = (!force).then(|| known.to_owned());
            }
        }
        let wanted = match node.style {
            Style::Plain | Style::Flow if text.contains('\n') => Style::Literal,
            Style::Plain | Style::Flow if force => Style::DoubleQuoted,
            Style::Plain | Style::Flow => Style::Plain,
            style => style,
        };
        let style = self.allowed_style(wanted, text, &analysis, context);
        Look { tag, style }
    }

    fn allowed_style(
        &self,
        wanted: Style,
        text: &str,
        analysis: &Analysis,
        context: Context,
    ) -> Style {
        let flow = self.flow_level > 0;
        let mut style = wanted;
        if context.simple_key && analysis.multiline {
            style = Style::DoubleQuoted;
        }
        if style == Style::Plain {
            let bare = text.is_empty() && (flow || context.simple_key);
            if !Sink::is_plain_allowed(analysis, flow) || bare {
                style = Style::SingleQuoted;
            }
        }
        if style == Style::SingleQuoted && !analysis.single_quoted {
            style = Style::DoubleQuoted;
        }
        let block = matches!(style, Style::Literal | Style::Folded);
        if block && (!analysis.block || flow || context.simple_key) {
            style = Style::DoubleQuoted;
        }
        style
    }
}
