//! From tokens to a tree.
//!
//! Grammar and messages are those of Go's `text/template/parse`. Start at [`parse`].

use std::collections::BTreeMap;
use std::sync::Arc;

use super::builtin;
use super::call::Functions;
use super::constant::number;
use super::lexer::Lexer;
use super::node::{Branch, Command, Node, Operand, OperandKind, Pipe};
use super::token::{Token, TokenKind};
use crate::go;

/// How deep actions and parentheses may nest.
const DEPTH: usize = 500;
/// Stack that must be left for one more level, and what is added where it is not.
const RED_ZONE: usize = 128 << 10;
const STACK: usize = 2 << 20;

/// Why a text is no template: Go's message behind `template: NAME:`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("template: {name}:{line}: {problem}")]
pub(crate) struct ParseError {
    pub(crate) name: Arc<str>,
    pub(crate) line: usize,
    pub(crate) problem: String,
}

/// One template of a text: the text's own, or one that a `define` or `block` names.
#[derive(Debug, Clone)]
pub(crate) struct Definition {
    /// `None` for the text's own.
    pub(crate) name: Option<Arc<str>>,
    pub(crate) body: Arc<Vec<Node>>,
}

/// Parses a text and every template it defines. The last one is the text's own.
pub(crate) fn parse(
    name: &str,
    text: &str,
    functions: Functions,
) -> Result<Vec<Definition>, ParseError> {
    let mut parser = Parser {
        name: name.into(),
        lexer: Lexer::new(text),
        tokens: Default::default(),
        peeked: 0,
        action_line: 0,
        range_depth: 0,
        depth: 0,
        variables: vec!["$".into()],
        functions,
        definitions: BTreeMap::new(),
        order: Vec::new(),
    };
    let body = parser.root()?;
    parser.finish(body)
}

/// What ends a list of nodes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stop {
    End,
    Else,
}

impl Stop {
    fn text(self) -> &'static str {
        match self {
            Self::End => "{{end}}",
            Self::Else => "{{else}}",
        }
    }
}

enum Item {
    Node(Node),
    Stop(Stop),
}

struct Parser<'a> {
    name: Arc<str>,
    lexer: Lexer<'a>,
    /// Three tokens of lookahead, as Go keeps them: the newest first.
    tokens: [Option<Token>; 3],
    peeked: usize,
    action_line: usize,
    range_depth: usize,
    depth: usize,
    variables: Vec<Arc<str>>,
    functions: Functions,
    definitions: BTreeMap<Arc<str>, Vec<Node>>,
    order: Vec<Arc<str>>,
}

type Parsed<T> = Result<T, ParseError>;

impl Parser<'_> {
    // --- tokens

    fn next(&mut self) -> Token {
        if self.peeked > 0 {
            self.peeked -= 1;
        } else {
            self.tokens[0] = Some(self.lexer.next());
        }
        self.held(self.peeked)
    }

    fn held(&self, at: usize) -> Token {
        let end = Token { kind: TokenKind::Eof, at: 0, text: String::new(), line: 0 };
        self.tokens[at].clone().unwrap_or(end)
    }

    fn backup(&mut self) {
        self.peeked += 1;
    }

    fn backup2(&mut self, first: Token) {
        self.tokens[1] = Some(first);
        self.peeked = 2;
    }

    fn backup3(&mut self, first: Token, second: Token) {
        self.tokens[1] = Some(second);
        self.tokens[2] = Some(first);
        self.peeked = 3;
    }

    fn peek(&mut self) -> Token {
        if self.peeked > 0 {
            return self.held(self.peeked - 1);
        }
        self.peeked = 1;
        self.tokens[0] = Some(self.lexer.next());
        self.held(0)
    }

    fn next_non_space(&mut self) -> Token {
        loop {
            let token = self.next();
            if token.kind != TokenKind::Space {
                return token;
            }
        }
    }

    fn peek_non_space(&mut self) -> Token {
        let token = self.next_non_space();
        self.backup();
        token
    }

    fn expect(&mut self, kind: TokenKind, context: &str) -> Parsed<Token> {
        let token = self.next_non_space();
        if token.kind == kind { Ok(token) } else { self.unexpected(&token, context) }
    }

    // --- errors

    fn error<T>(&self, problem: impl Into<String>) -> Parsed<T> {
        let line = self.tokens[0].as_ref().map_or(1, |token| token.line);
        Err(ParseError { name: self.name.clone(), line, problem: problem.into() })
    }

    fn unexpected<T>(&self, token: &Token, context: &str) -> Parsed<T> {
        if token.kind != TokenKind::Error {
            return self.error(format!("unexpected {token} in {context}"));
        }
        if self.action_line == 0 || self.action_line == token.line {
            return self.error(token.to_string());
        }
        let word = if token.text.ends_with(" action") { "" } else { " in action" };
        self.error(format!("{token}{word} started at {}:{}", self.name, self.action_line))
    }

    /// Runs a part of the grammar one level deeper.
    fn deeper<T>(&mut self, part: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        self.depth += 1;
        if self.depth > DEPTH {
            return self.error(format!("nested deeper than {DEPTH} levels"));
        }
        let parsed = stacker::maybe_grow(RED_ZONE, STACK, || part(self));
        self.depth -= 1;
        parsed
    }

    // --- lists

    fn root(&mut self) -> Parsed<Vec<Node>> {
        let mut nodes = Vec::new();
        loop {
            let token = self.peek();
            if token.kind == TokenKind::Eof {
                return Ok(nodes);
            }
            if token.kind == TokenKind::LeftDelim {
                let delim = self.next();
                if self.next_non_space().kind == TokenKind::Define {
                    self.definition()?;
                    continue;
                }
                self.backup2(delim);
            }
            match self.text_or_action()? {
                Item::Node(node) => nodes.push(node),
                Item::Stop(stop) => return self.error(format!("unexpected {}", stop.text())),
            }
        }
    }

    fn finish(mut self, body: Vec<Node>) -> Parsed<Vec<Definition>> {
        let order = std::mem::take(&mut self.order);
        let taken = order.into_iter().filter_map(|name| {
            let body = self.definitions.remove(&name)?;
            Some(Definition { name: Some(name), body: Arc::new(body) })
        });
        let mut all: Vec<_> = taken.collect();
        all.push(Definition { name: None, body: Arc::new(body) });
        Ok(all)
    }

    fn define(&mut self, name: Arc<str>, body: Vec<Node>) -> Parsed<()> {
        match self.definitions.get(&name) {
            Some(known) if !is_empty(known) => {
                if is_empty(&body) {
                    return Ok(());
                }
                let name = go::quote(&name);
                self.error(format!("template: multiple definition of template {name}"))
            }
            known => {
                if known.is_none() {
                    self.order.push(name.clone());
                }
                self.definitions.insert(name, body);
                Ok(())
            }
        }
    }

    fn definition(&mut self) -> Parsed<()> {
        const CONTEXT: &str = "define clause";
        let token = self.next_non_space();
        let name = self.template_name(&token, CONTEXT)?;
        self.expect(TokenKind::RightDelim, CONTEXT)?;
        let body = self.own_scope(CONTEXT)?;
        self.define(name, body)
    }

    /// A list with variables and ranges of its own, up to its end.
    fn own_scope(&mut self, context: &str) -> Parsed<Vec<Node>> {
        let variables = std::mem::replace(&mut self.variables, vec!["$".into()]);
        let ranges = std::mem::take(&mut self.range_depth);
        let (body, stop) = self.list()?;
        self.variables = variables;
        self.range_depth = ranges;
        match stop {
            Stop::End => Ok(body),
            Stop::Else => self.error(format!("unexpected {} in {context}", stop.text())),
        }
    }

    fn list(&mut self) -> Parsed<(Vec<Node>, Stop)> {
        self.deeper(|parser| {
            let mut nodes = Vec::new();
            while parser.peek_non_space().kind != TokenKind::Eof {
                match parser.text_or_action()? {
                    Item::Node(node) => nodes.push(node),
                    Item::Stop(stop) => return Ok((nodes, stop)),
                }
            }
            parser.error("unexpected EOF")
        })
    }

    fn text_or_action(&mut self) -> Parsed<Item> {
        let token = self.next_non_space();
        match token.kind {
            TokenKind::Text => Ok(Item::Node(Node::Text(token.text.into()))),
            TokenKind::LeftDelim => {
                self.action_line = token.line;
                let item = self.action()?;
                self.action_line = 0;
                Ok(item)
            }
            _ => self.unexpected(&token, "input"),
        }
    }

    // --- actions

    fn action(&mut self) -> Parsed<Item> {
        let token = self.next_non_space();
        let node = match token.kind {
            TokenKind::Block => self.block()?,
            TokenKind::Break => self.leave("{{break}}", Node::Break)?,
            TokenKind::Continue => self.leave("{{continue}}", Node::Continue)?,
            TokenKind::Else => return self.otherwise(),
            TokenKind::End => {
                self.expect(TokenKind::RightDelim, "end")?;
                return Ok(Item::Stop(Stop::End));
            }
            TokenKind::If => Node::If(self.branch("if")?),
            TokenKind::Range => Node::Range(self.branch("range")?),
            TokenKind::With => Node::With(self.branch("with")?),
            TokenKind::Template => self.template()?,
            _ => {
                self.backup();
                Node::Action(self.pipeline("command", TokenKind::RightDelim)?)
            }
        };
        Ok(Item::Node(node))
    }

    fn leave(&mut self, text: &str, node: Node) -> Parsed<Node> {
        self.expect(TokenKind::RightDelim, text)?;
        if self.range_depth == 0 {
            return self.error(format!("{text} outside {{{{range}}}}"));
        }
        Ok(node)
    }

    fn otherwise(&mut self) -> Parsed<Item> {
        let next = self.peek_non_space().kind;
        if next != TokenKind::If && next != TokenKind::With {
            self.expect(TokenKind::RightDelim, "else")?;
        }
        Ok(Item::Stop(Stop::Else))
    }

    fn branch(&mut self, context: &str) -> Parsed<Branch> {
        let known = self.variables.len();
        let pipe = self.pipeline(context, TokenKind::RightDelim)?;
        let ranges = usize::from(context == "range");
        self.range_depth += ranges;
        let (then, stop) = self.list()?;
        self.range_depth -= ranges;
        let otherwise = match stop {
            Stop::End => None,
            Stop::Else => Some(self.else_list(context)?),
        };
        self.variables.truncate(known);
        Ok(Branch { pipe, then, otherwise })
    }

    fn else_list(&mut self, context: &str) -> Parsed<Vec<Node>> {
        match (context, self.peek().kind) {
            ("if", TokenKind::If) => {
                self.next();
                let inner = self.deeper(|parser| parser.branch("if"))?;
                Ok(vec![Node::If(inner)])
            }
            ("with", TokenKind::With) => {
                self.next();
                let inner = self.deeper(|parser| parser.branch("with"))?;
                Ok(vec![Node::With(inner)])
            }
            _ => match self.list()? {
                (nodes, Stop::End) => Ok(nodes),
                (_, stop) => self.error(format!("expected end; found {}", stop.text())),
            },
        }
    }

    fn template_name(&mut self, token: &Token, context: &str) -> Parsed<Arc<str>> {
        match token.kind {
            TokenKind::String | TokenKind::RawString => self.unquoted(&token.text),
            _ => self.unexpected(token, context),
        }
    }

    fn unquoted(&self, text: &str) -> Parsed<Arc<str>> {
        go::unquote(text).map_or_else(|| self.error("invalid syntax"), |text| Ok(text.into()))
    }

    fn template(&mut self) -> Parsed<Node> {
        const CONTEXT: &str = "template clause";
        let token = self.next_non_space();
        let name = self.template_name(&token, CONTEXT)?;
        if self.next_non_space().kind == TokenKind::RightDelim {
            return Ok(Node::Template { at: token.at, name, pipe: None });
        }
        self.backup();
        let pipe = self.pipeline(CONTEXT, TokenKind::RightDelim)?;
        Ok(Node::Template { at: token.at, name, pipe: Some(pipe) })
    }

    fn block(&mut self) -> Parsed<Node> {
        const CONTEXT: &str = "block clause";
        let token = self.next_non_space();
        let name = self.template_name(&token, CONTEXT)?;
        let pipe = self.pipeline(CONTEXT, TokenKind::RightDelim)?;
        let body = self.own_scope(CONTEXT)?;
        self.define(name.clone(), body)?;
        Ok(Node::Template { at: token.at, name, pipe: Some(pipe) })
    }

    // --- pipelines

    fn pipeline(&mut self, context: &str, end: TokenKind) -> Parsed<Pipe> {
        self.deeper(|parser| {
            let at = parser.peek_non_space().at;
            let mut pipe = Pipe { at, assigns: false, variables: Vec::new(), commands: Vec::new() };
            parser.declarations(&mut pipe, context)?;
            loop {
                let token = parser.next_non_space();
                if token.kind == end {
                    parser.check(&pipe, context)?;
                    return Ok(pipe);
                }
                if !starts_operand(token.kind) {
                    return parser.unexpected(&token, context);
                }
                parser.backup();
                pipe.commands.push(parser.command()?);
            }
        })
    }

    fn declarations(&mut self, pipe: &mut Pipe, context: &str) -> Parsed<()> {
        loop {
            let variable = self.peek_non_space();
            if variable.kind != TokenKind::Variable {
                return Ok(());
            }
            self.next();
            let after = self.peek();
            let next = self.peek_non_space();
            match next.kind {
                TokenKind::Assign | TokenKind::Declare => {
                    pipe.assigns = next.kind == TokenKind::Assign;
                    self.next_non_space();
                    self.declare(pipe, &variable);
                    return Ok(());
                }
                TokenKind::Char if next.text == "," => {
                    self.next_non_space();
                    self.declare(pipe, &variable);
                    self.another_variable(pipe, context)?;
                }
                _ if after.kind == TokenKind::Space => {
                    self.backup3(variable, after);
                    return Ok(());
                }
                _ => {
                    self.backup2(variable);
                    return Ok(());
                }
            }
        }
    }

    fn declare(&mut self, pipe: &mut Pipe, variable: &Token) {
        let name: Arc<str> = variable.text.as_str().into();
        pipe.variables.push(name.clone());
        self.variables.push(name);
    }

    fn another_variable(&mut self, pipe: &Pipe, context: &str) -> Parsed<()> {
        if context == "range" && pipe.variables.len() < 2 {
            let next = self.peek_non_space().kind;
            let good = [TokenKind::Variable, TokenKind::RightDelim, TokenKind::RightParen];
            if good.contains(&next) {
                return Ok(());
            }
            return self.error("range can only initialize variables");
        }
        self.error(format!("too many declarations in {context}"))
    }

    fn check(&self, pipe: &Pipe, context: &str) -> Parsed<()> {
        if pipe.commands.is_empty() {
            return self.error(format!("missing value for {context}"));
        }
        for (number, command) in pipe.commands.iter().enumerate().skip(1) {
            use OperandKind::{Bool, Dot, Nil, Number, String};
            let first = command.operands.first().map(|operand| &operand.kind);
            if matches!(first, Some(Bool(_) | Dot | Nil | Number(_) | String { .. })) {
                return self
                    .error(format!("non executable command in pipeline stage {}", number + 1));
            }
        }
        Ok(())
    }

    fn command(&mut self) -> Parsed<Command> {
        let mut command = Command { at: self.peek_non_space().at, operands: Vec::new() };
        loop {
            self.peek_non_space();
            command.operands.extend(self.operand()?);
            let token = self.next();
            match token.kind {
                TokenKind::Space => continue,
                TokenKind::RightDelim | TokenKind::RightParen => self.backup(),
                TokenKind::Pipe => {}
                _ => return self.unexpected(&token, "operand"),
            }
            break;
        }
        if command.operands.is_empty() {
            return self.error("empty command");
        }
        Ok(command)
    }

    fn operand(&mut self) -> Parsed<Option<Operand>> {
        let Some(term) = self.term()? else { return Ok(None) };
        if self.peek().kind != TokenKind::Field {
            return Ok(Some(term));
        }
        let at = self.peek().at;
        let mut names = Vec::new();
        while self.peek().kind == TokenKind::Field {
            names.push(self.next().text[1..].into());
        }
        let kind = match term.kind {
            OperandKind::Field(first) => OperandKind::Field([first, names].concat()),
            OperandKind::Variable(name, first) => {
                OperandKind::Variable(name, [first, names].concat())
            }
            OperandKind::Bool(_)
            | OperandKind::String { .. }
            | OperandKind::Number(_)
            | OperandKind::Nil
            | OperandKind::Dot => {
                let text = go::quote(&term.to_string());
                return self.error(format!("unexpected . after term {text}"));
            }
            _ => OperandKind::Chain(Box::new(term), names),
        };
        Ok(Some(Operand { at, kind }))
    }

    fn term(&mut self) -> Parsed<Option<Operand>> {
        let token = self.next_non_space();
        let kind = match token.kind {
            TokenKind::Identifier => self.function(&token.text)?,
            TokenKind::Dot => OperandKind::Dot,
            TokenKind::Nil => OperandKind::Nil,
            TokenKind::Variable => self.variable(&token.text)?,
            TokenKind::Field => OperandKind::Field(vec![token.text[1..].into()]),
            TokenKind::Bool => OperandKind::Bool(token.text == "true"),
            TokenKind::CharConstant | TokenKind::Number => {
                number(&token).map(OperandKind::Number).or_else(|problem| self.error(problem))?
            }
            TokenKind::LeftParen => {
                let pipe = self.pipeline("parenthesized pipeline", TokenKind::RightParen)?;
                return Ok(Some(Operand { at: pipe.at, kind: OperandKind::Pipe(Box::new(pipe)) }));
            }
            TokenKind::String | TokenKind::RawString => {
                let text = self.unquoted(&token.text)?;
                OperandKind::String { quoted: token.text.as_str().into(), text }
            }
            _ => {
                self.backup();
                return Ok(None);
            }
        };
        Ok(Some(Operand { at: token.at, kind }))
    }

    fn function(&self, name: &str) -> Parsed<OperandKind> {
        match (self.functions)(name).or_else(|| builtin::function(name)) {
            Some(function) => Ok(OperandKind::Identifier(name.into(), function)),
            None => self.error(format!("function {} not defined", go::quote(name))),
        }
    }

    fn variable(&self, name: &str) -> Parsed<OperandKind> {
        if self.variables.iter().any(|known| known.as_ref() == name) {
            return Ok(OperandKind::Variable(name.into(), Vec::new()));
        }
        self.error(format!("undefined variable {}", go::quote(name)))
    }
}

fn starts_operand(kind: TokenKind) -> bool {
    use TokenKind::*;
    matches!(
        kind,
        Bool | CharConstant
            | Dot
            | Field
            | Identifier
            | Number
            | Nil
            | RawString
            | String
            | Variable
            | LeftParen
    )
}

/// A list that prints nothing: only spaces.
fn is_empty(nodes: &[Node]) -> bool {
    nodes.iter().all(|node| matches!(node, Node::Text(text) if text.trim().is_empty()))
}
