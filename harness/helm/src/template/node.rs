//! The tree of a parsed template, and each node's text as Go prints it in errors.

use std::fmt;
use std::sync::Arc;

use super::call::Function;

/// Where a node begins: byte offset in the template's text.
pub(crate) type At = usize;

/// Something that stands in a list: text or an action.
#[derive(Debug, Clone)]
pub(crate) enum Node {
    Text(Arc<str>),
    Action(Pipe),
    If(Branch),
    With(Branch),
    Range(Branch),
    Template { at: At, name: Arc<str>, pipe: Option<Pipe> },
    Break,
    Continue,
}

/// A condition or a range, and what it chooses between.
#[derive(Debug, Clone)]
pub(crate) struct Branch {
    pub(crate) pipe: Pipe,
    pub(crate) then: Vec<Node>,
    pub(crate) otherwise: Option<Vec<Node>>,
}

/// Commands joined by `|`, and the variables that take the result.
#[derive(Debug, Clone)]
pub(crate) struct Pipe {
    pub(crate) at: At,
    pub(crate) assigns: bool,
    pub(crate) variables: Vec<Arc<str>>,
    pub(crate) commands: Vec<Command>,
}

/// A function, method or value with its arguments.
#[derive(Debug, Clone)]
pub(crate) struct Command {
    pub(crate) at: At,
    pub(crate) operands: Vec<Operand>,
}

/// One operand with its place.
#[derive(Debug, Clone)]
pub(crate) struct Operand {
    pub(crate) at: At,
    pub(crate) kind: OperandKind,
}

/// What an operand is.
#[derive(Debug, Clone)]
pub(crate) enum OperandKind {
    Dot,
    Nil,
    Bool(bool),
    Number(Number),
    String {
        quoted: Arc<str>,
        text: Arc<str>,
    },
    /// A function, known since parsing.
    Identifier(Arc<str>, Function),
    /// `.a.b`
    Field(Vec<Arc<str>>),
    /// `$x.a.b`, the name with its `$`.
    Variable(Arc<str>, Vec<Arc<str>>),
    /// `(pipe).a.b`
    Chain(Box<Operand>, Vec<Arc<str>>),
    Pipe(Box<Pipe>),
}

/// A constant that may be several kinds of number at once, as in Go.
#[derive(Debug, Clone)]
pub(crate) struct Number {
    pub(crate) text: Arc<str>,
    pub(crate) int: Option<i64>,
    pub(crate) float: Option<f64>,
    /// A character constant is an integer (`int32`) whatever the context.
    pub(crate) is_char: bool,
}

impl fmt::Display for Operand {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            OperandKind::Dot => out.write_str("."),
            OperandKind::Nil => out.write_str("nil"),
            OperandKind::Bool(flag) => write!(out, "{flag}"),
            OperandKind::Number(number) => out.write_str(&number.text),
            OperandKind::String { quoted, .. } => out.write_str(quoted),
            OperandKind::Identifier(name, _) => out.write_str(name),
            OperandKind::Field(names) => fields(out, names),
            OperandKind::Variable(name, names) => {
                out.write_str(name)?;
                fields(out, names)
            }
            OperandKind::Chain(inner, names) => {
                write!(out, "{inner}")?;
                fields(out, names)
            }
            OperandKind::Pipe(pipe) => write!(out, "({pipe})"),
        }
    }
}

fn fields(out: &mut fmt::Formatter<'_>, names: &[Arc<str>]) -> fmt::Result {
    names.iter().try_for_each(|name| write!(out, ".{name}"))
}

impl fmt::Display for Command {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, operand) in self.operands.iter().enumerate() {
            let space = if number > 0 { " " } else { "" };
            write!(out, "{space}{operand}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Pipe {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, name) in self.variables.iter().enumerate() {
            let comma = if number > 0 { ", " } else { "" };
            write!(out, "{comma}{name}")?;
        }
        if !self.variables.is_empty() {
            out.write_str(if self.assigns { " = " } else { " := " })?;
        }
        for (number, command) in self.commands.iter().enumerate() {
            let bar = if number > 0 { " | " } else { "" };
            write!(out, "{bar}{command}")?;
        }
        Ok(())
    }
}
