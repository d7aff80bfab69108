//! The tree of an expression, from the `cel` crate's parser.

use cel::common::ast::{EntryExpr, Expr as Parsed, IdedExpr, LiteralValue, SourceInfo};
use cel::parser::{ParseErrors, Parser};

use super::CelError;
use super::value::Val;

/// Longer expressions are refused; it bounds the depth of every tree.
const LONGEST: usize = 16 * 1024;

/// A place in the tree.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) id: u64,
    pub(super) expr: Expr,
}

/// What stands there.
#[derive(Debug, Clone)]
pub(super) enum Expr {
    Literal(Val),
    Ident(String),
    Select { operand: Box<Node>, field: String, test: bool },
    Call { function: String, target: Option<Box<Node>>, args: Vec<Node> },
    List(Vec<(Node, bool)>),
    Map(Vec<(Node, Node, bool)>),
    Struct(String),
    Fold(Box<Fold>),
}

/// A loop over a list or a map's keys, as macros are expanded.
#[derive(Debug, Clone)]
pub(super) struct Fold {
    pub(super) range: Node,
    pub(super) variable: String,
    pub(super) accumulator: String,
    pub(super) start: Node,
    pub(super) condition: Node,
    pub(super) step: Node,
    pub(super) result: Node,
}

/// Reads an expression.
///
/// # Errors
/// The parser's, one a line, with the place shown.
pub(super) fn parse(text: &str) -> Result<(Node, SourceInfo), CelError> {
    if text.len() > LONGEST {
        let error = format!("expression code point size exceeds limit: size: {}", text.len());
        return Err(CelError(format!("ERROR: <input>:-1:0: {error}, limit {LONGEST}")));
    }
    let parser = Parser::new().enable_optional_syntax(true);
    let (root, source) =
        parser.parse_with_source_info(text).map_err(|errors| shown(text, &errors))?;
    Ok((node(root), source))
}

fn shown(text: &str, errors: &ParseErrors) -> CelError {
    let lines = errors.errors.iter().map(|error| at(text, error.pos, &error.msg));
    CelError(lines.collect::<Vec<_>>().join("\n"))
}

/// A message with its place, as cel-go prints it (`common/error.go`).
pub(super) fn at(text: &str, (line, column): (isize, isize), message: &str) -> String {
    let mut out = format!("ERROR: <input>:{line}:{column}: {message}");
    let index = usize::try_from(line - 1).unwrap_or(0);
    if let Some(source) = text.split('\n').nth(index) {
        let dots = ".".repeat(usize::try_from(column - 1).unwrap_or(0));
        out.push_str(&format!("\n | {source}\n | {dots}^"));
    }
    out
}

fn node(parsed: IdedExpr) -> Node {
    Node { id: parsed.id, expr: expr(parsed.expr) }
}

fn boxed(parsed: IdedExpr) -> Box<Node> {
    Box::new(node(parsed))
}

fn expr(parsed: Parsed) -> Expr {
    match parsed {
        Parsed::Unspecified => Expr::Literal(Val::Null),
        Parsed::Literal(literal) => Expr::Literal(constant(literal)),
        Parsed::Ident(name) => Expr::Ident(name),
        Parsed::Select(select) => {
            Expr::Select { operand: boxed(*select.operand), field: select.field, test: select.test }
        }
        Parsed::Call(call) => Expr::Call {
            function: call.func_name,
            target: call.target.map(|target| boxed(*target)),
            args: call.args.into_iter().map(node).collect(),
        },
        Parsed::List(list) => {
            let optional = list.optional_indices;
            let items = list.elements.into_iter().enumerate();
            Expr::List(items.map(|(at, item)| (node(item), optional.contains(&at))).collect())
        }
        Parsed::Map(map) => {
            let entries = map.entries.into_iter().filter_map(|entry| match entry.expr {
                EntryExpr::MapEntry(one) => Some((node(one.key), node(one.value), one.optional)),
                EntryExpr::StructField(_) => None,
            });
            Expr::Map(entries.collect())
        }
        Parsed::Struct(structure) => Expr::Struct(structure.type_name),
        Parsed::Comprehension(fold) => Expr::Fold(Box::new(Fold {
            range: node(fold.iter_range),
            variable: fold.iter_var,
            accumulator: fold.accu_var,
            start: node(fold.accu_init),
            condition: node(fold.loop_cond),
            step: node(fold.loop_step),
            result: node(fold.result),
        })),
    }
}

fn constant(literal: LiteralValue) -> Val {
    match literal {
        LiteralValue::Boolean(flag) => Val::Bool(flag.into_inner()),
        LiteralValue::Bytes(bytes) => Val::Bytes(bytes.into_inner().into()),
        LiteralValue::Double(number) => Val::Double(number.into_inner()),
        LiteralValue::Int(number) => Val::Int(number.into_inner()),
        LiteralValue::Null => Val::Null,
        LiteralValue::String(text) => Val::String(text.into_inner().into()),
        LiteralValue::UInt(number) => Val::Uint(number.into_inner()),
    }
}
