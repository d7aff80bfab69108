//! A light type check: undeclared names, and the type of the result.
//!
//! cel-go checks more (each overload); what it would refuse beyond this shows
//! at evaluation here.

use cel::common::ast::SourceInfo;

use super::ast::{self, Expr, Fold, Node};
use super::{CelError, convert, functions};

/// The result's type in CEL's words; `dyn` where it cannot be known.
///
/// # Errors
/// For undeclared names and functions, with their places.
pub(super) fn check(
    root: &Node,
    variables: &[&str],
    source: &SourceInfo,
) -> Result<&'static str, CelError> {
    let mut checker = Checker { variables, bound: Vec::new(), source, errors: Vec::new() };
    let kind = checker.kind(root);
    match checker.errors.is_empty() {
        true => Ok(kind),
        false => Err(CelError(checker.errors.join("\n"))),
    }
}

struct Checker<'a> {
    variables: &'a [&'a str],
    bound: Vec<String>,
    source: &'a SourceInfo,
    errors: Vec<String>,
}

impl Checker<'_> {
    fn kind(&mut self, node: &Node) -> &'static str {
        match &node.expr {
            Expr::Literal(value) => value.type_name(),
            Expr::Ident(name) => self.ident(node, name),
            Expr::Select { operand, test, .. } => {
                self.kind(operand);
                if *test { "bool" } else { "dyn" }
            }
            Expr::Call { function, target, args } => {
                self.call(node, function, target.as_deref(), args)
            }
            Expr::List(items) => {
                items.iter().for_each(|(item, _)| {
                    self.kind(item);
                });
                "list(dyn)"
            }
            Expr::Map(entries) => {
                entries.iter().for_each(|(key, value, _)| {
                    self.kind(key);
                    self.kind(value);
                });
                "map(dyn, dyn)"
            }
            Expr::Struct(_) => "dyn",
            Expr::Fold(fold) => self.fold(fold),
        }
    }

    fn ident(&mut self, node: &Node, name: &str) -> &'static str {
        if self.bound.iter().any(|bound| bound == name) {
            return "dyn";
        }
        if self.variables.contains(&name) {
            return "map(string, dyn)";
        }
        if convert::type_named(name).is_some() {
            return "type";
        }
        self.undeclared(node, name);
        "dyn"
    }

    fn undeclared(&mut self, node: &Node, name: &str) {
        let offset = self.source.offset_for(node.id).map_or(0, |(start, _)| start as usize);
        let before: String = self.source.source.chars().take(offset).collect();
        let line = before.matches('\n').count() as isize + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() as isize + 1;
        let message = format!("undeclared reference to '{name}' (in container '')");
        self.errors.push(ast::at(&self.source.source, (line, column), &message));
    }

    fn call(
        &mut self,
        node: &Node,
        function: &str,
        target: Option<&Node>,
        args: &[Node],
    ) -> &'static str {
        let qualified = target.and_then(|target| functions::qualified(target, function));
        if let (Some(target), None) = (target, &qualified) {
            self.kind(target);
        }
        if let ("optMap" | "optFlatMap", [Node { expr: Expr::Ident(name), .. }, body]) =
            (function, args)
        {
            self.bound.push(name.clone());
            self.kind(body);
            self.bound.pop();
            return "dyn";
        }
        let kinds: Vec<_> = args.iter().map(|arg| self.kind(arg)).collect();
        let name = qualified.as_deref().unwrap_or(function);
        match result(name, target.is_some() && qualified.is_none(), &kinds) {
            Some(kind) => kind,
            None => {
                self.undeclared(node, name);
                "dyn"
            }
        }
    }

    fn fold(&mut self, fold: &Fold) -> &'static str {
        self.kind(&fold.range);
        let start = self.kind(&fold.start);
        let depth = self.bound.len();
        self.bound.push(fold.accumulator.clone());
        self.kind(&fold.condition);
        self.bound.push(fold.variable.clone());
        self.kind(&fold.step);
        self.bound.truncate(depth + 1);
        self.kind(&fold.result);
        self.bound.truncate(depth);
        match (&fold.result.expr, start) {
            (Expr::Ident(_), start) => start,
            (Expr::Call { .. }, _) => "bool",
            _ => "dyn",
        }
    }
}

/// The result type of a function; `None` if there is no such function.
fn result(function: &str, method: bool, args: &[&'static str]) -> Option<&'static str> {
    let known = match function {
        "_==_"
        | "_!=_"
        | "_<_"
        | "_<=_"
        | "_>_"
        | "_>=_"
        | "_&&_"
        | "_||_"
        | "!_"
        | "@in"
        | "@not_strictly_false"
        | "sets.contains"
        | "sets.intersects"
        | "sets.equivalent" => "bool",
        "_?_:_" => match args {
            [_, yes, no] if yes == no => yes,
            _ => "dyn",
        },
        "_+_" | "_-_" | "_*_" | "_/_" | "_%_" => match args {
            [left, right] if left == right => left,
            _ => "dyn",
        },
        "-_" => args.first().copied().unwrap_or("dyn"),
        "_[_]" => "dyn",
        "_[?_]" | "_?._" | "optional.of" | "optional.none" | "optional.ofNonZeroValue" => {
            "optional_type(dyn)"
        }
        "matches" => "bool",
        "size" => "int",
        "base64.encode" | "strings.quote" => "string",
        "base64.decode" => "bytes",
        "duration" => "google.protobuf.Duration",
        "timestamp" => "google.protobuf.Timestamp",
        "dyn" => "dyn",
        _ if !method && convert::is_conversion(function) => {
            convert::type_named(function).unwrap_or("dyn")
        }
        _ if method => return method_result(function),
        _ => return None,
    };
    Some(known)
}

fn method_result(function: &str) -> Option<&'static str> {
    Some(match function {
        "contains" | "startsWith" | "endsWith" | "hasValue" => "bool",
        "value" | "or" | "orValue" => "dyn",
        "lowerAscii" | "upperAscii" | "trim" | "reverse" | "charAt" | "replace" | "substring"
        | "format" | "join" => "string",
        "split" => "list(string)",
        "indexOf" | "lastIndexOf" => "int",
        name if name.starts_with("get") => "int",
        _ => return None,
    })
}
