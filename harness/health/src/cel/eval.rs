//! Walking the tree. Errors are values until something needs the value, as in cel-go.

use objects::Value;

use super::CelError;
use super::ast::{Expr, Fold, Node};
use super::value::Val;
use super::{convert, functions, operators, pattern};

pub(super) type Outcome = Result<Val, CelError>;

/// Steps that one evaluation may take before it is given up.
const BUDGET: u64 = 10_000_000;

/// One evaluation: the variables, the names that loops bound, and what may still be spent.
pub(super) struct Evaluation<'a> {
    variable: &'a dyn Fn(&str) -> Option<Value>,
    scope: Vec<(String, Outcome)>,
    budget: u64,
}

impl<'a> Evaluation<'a> {
    pub(super) fn new(variable: &'a dyn Fn(&str) -> Option<Value>) -> Self {
        Self { variable, scope: Vec::new(), budget: BUDGET }
    }

    /// The value at a place of the tree.
    pub(super) fn run(&mut self, node: &Node) -> Outcome {
        self.budget =
            self.budget.checked_sub(1).ok_or_else(|| CelError::new("operation interrupted"))?;
        match &node.expr {
            Expr::Literal(value) => Ok(value.clone()),
            Expr::Ident(name) => self.name(name).unwrap_or_else(|| Err(missing(name))),
            Expr::Select { operand, field, test } => self.select(node, operand, field, *test),
            Expr::Call { function, target, args } => {
                self.call(node, function, target.as_deref(), args)
            }
            Expr::List(items) => self.list(items),
            Expr::Map(entries) => self.map(entries),
            Expr::Struct(name) => Err(CelError(format!("unknown type: {name}"))),
            Expr::Fold(fold) => self.fold(fold),
        }
    }

    fn name(&self, name: &str) -> Option<Outcome> {
        if let Some((_, value)) = self.scope.iter().rev().find(|(known, _)| known == name) {
            return Some(value.clone());
        }
        if let Some(value) = (self.variable)(name) {
            return Some(Ok(Val::from(&value)));
        }
        convert::type_named(name).map(|kind| Ok(Val::Type(kind)))
    }

    /// The operand of a qualifier; an unknown name is reported with the whole
    /// path of constant fields on it, as cel-go does.
    fn operand(&mut self, whole: &Node, operand: &Node) -> Outcome {
        if let Some((root, path)) = path_of(whole)
            && self.name(root).is_none()
        {
            return Err(missing(&path));
        }
        self.run(operand)
    }

    fn select(&mut self, whole: &Node, operand: &Node, field: &str, test: bool) -> Outcome {
        let key = Val::text(field);
        let value =
            if test { self.operand(operand, operand)? } else { self.operand(whole, operand)? };
        if let Val::Optional(inner) = value {
            let found = inner.and_then(|inner| inner.entry(&key));
            return Ok(match test {
                true => Val::Bool(found.is_some()),
                false => Val::Optional(found.map(Box::new)),
            });
        }
        match value.entry(&key) {
            found if test => Ok(Val::Bool(found.is_some())),
            Some(found) => Ok(found),
            None => Err(no_key(&value, &key)),
        }
    }

    fn call(
        &mut self,
        whole: &Node,
        function: &str,
        target: Option<&Node>,
        args: &[Node],
    ) -> Outcome {
        match (function, args) {
            ("_&&_", [left, right]) => return self.both(left, right),
            ("_||_", [left, right]) => return self.either(left, right),
            ("_?_:_", [condition, yes, no]) => {
                return match self.run(condition)? {
                    Val::Bool(true) => self.run(yes),
                    Val::Bool(false) => self.run(no),
                    _ => Err(CelError::no_overload()),
                };
            }
            ("@not_strictly_false", [inner]) => {
                return Ok(Val::Bool(!matches!(self.run(inner), Ok(Val::Bool(false)))));
            }
            ("_[_]" | "_[?_]" | "_?._", [operand, key]) => {
                let value = self.operand(whole, operand)?;
                let key = self.run(key)?;
                return operators::index(&value, &key, function != "_[_]");
            }
            _ => {}
        }
        self.function(function, target, args)
    }

    fn function(&mut self, function: &str, target: Option<&Node>, args: &[Node]) -> Outcome {
        if let Some(target) = target {
            if let ("optMap" | "optFlatMap", [Node { expr: Expr::Ident(name), .. }, body]) =
                (function, args)
            {
                return self.optional_map(target, name, body, function == "optFlatMap");
            }
            if let ("or" | "orValue", [other]) = (function, args) {
                return self.otherwise(target, other, function);
            }
            if let Some(qualified) = functions::qualified(target, function) {
                return functions::global(&qualified, &self.values(args)?);
            }
            let mut values = vec![self.run(target)?];
            values.extend(self.values(args)?);
            return functions::member(function, &values);
        }
        let values = self.values(args)?;
        functions::global(function, &values)
    }

    fn values(&mut self, nodes: &[Node]) -> Result<Vec<Val>, CelError> {
        nodes.iter().map(|node| self.run(node)).collect()
    }

    fn both(&mut self, left: &Node, right: &Node) -> Outcome {
        self.logic(left, right, false)
    }

    fn either(&mut self, left: &Node, right: &Node) -> Outcome {
        self.logic(left, right, true)
    }

    /// And, or: the deciding value on either side wins over an error on the other.
    fn logic(&mut self, left: &Node, right: &Node, decides: bool) -> Outcome {
        let left = self.run(left);
        if matches!(left, Ok(Val::Bool(flag)) if flag == decides) {
            return Ok(Val::Bool(decides));
        }
        let right = self.run(right);
        if matches!(right, Ok(Val::Bool(flag)) if flag == decides) {
            return Ok(Val::Bool(decides));
        }
        match (left, right) {
            (Ok(Val::Bool(_)), Ok(Val::Bool(_))) => Ok(Val::Bool(!decides)),
            (Err(error), _) | (_, Err(error)) => Err(error),
            _ => Err(CelError::no_overload()),
        }
    }

    fn list(&mut self, items: &[(Node, bool)]) -> Outcome {
        let mut list = Vec::with_capacity(items.len());
        for (item, optional) in items {
            match (self.run(item)?, optional) {
                (Val::Optional(inner), true) => list.extend(inner.map(|inner| *inner)),
                (value, _) => list.push(value),
            }
        }
        Ok(Val::list(list))
    }

    fn map(&mut self, entries: &[(Node, Node, bool)]) -> Outcome {
        let mut map: Vec<(Val, Val)> = Vec::with_capacity(entries.len());
        for (key, value, optional) in entries {
            let key = self.run(key)?;
            let value = match (self.run(value)?, optional) {
                (Val::Optional(None), true) => continue,
                (Val::Optional(Some(inner)), true) => *inner,
                (value, _) => value,
            };
            if map.iter().any(|(known, _)| known.equals(&key)) {
                return Err(CelError(format!("Failed with repeated key: {}", key.show())));
            }
            map.push((key, value));
        }
        Ok(Val::Map(map.into()))
    }

    fn fold(&mut self, fold: &Fold) -> Outcome {
        let range = self.run(&fold.range)?;
        let items = match (range.items(), range.entries()) {
            (Some(items), _) => items,
            (_, Some(entries)) => entries.into_iter().map(|(key, _)| key).collect(),
            _ => {
                let kind = range.go_type();
                return Err(CelError(format!("got '{kind}', expected iterable type")));
            }
        };
        let start = self.run(&fold.start);
        self.scope.push((fold.accumulator.clone(), start));
        let at = self.scope.len() - 1;
        for item in items {
            self.scope.push((fold.variable.clone(), Ok(item)));
            let goes_on = self.run(&fold.condition);
            let step = match goes_on {
                Ok(Val::Bool(false)) => None,
                _ => Some(self.run(&fold.step)),
            };
            self.scope.truncate(at + 1);
            let Some(step) = step else { break };
            self.scope[at].1 = step;
        }
        let result = self.run(&fold.result);
        self.scope.truncate(at);
        result
    }

    fn optional_map(&mut self, target: &Node, name: &str, body: &Node, flat: bool) -> Outcome {
        let Val::Optional(inner) = self.run(target)? else { return Err(CelError::no_overload()) };
        let Some(inner) = inner else { return Ok(Val::Optional(None)) };
        self.scope.push((name.to_owned(), Ok(*inner)));
        let value = self.run(body);
        self.scope.pop();
        Ok(if flat { value? } else { Val::Optional(Some(Box::new(value?))) })
    }

    /// `or` and `orValue` look at their argument only when they need it.
    fn otherwise(&mut self, target: &Node, other: &Node, function: &str) -> Outcome {
        match self.run(target)? {
            Val::Optional(Some(inner)) if function == "orValue" => Ok(*inner),
            Val::Optional(None) => self.run(other),
            Val::Optional(found) => Ok(Val::Optional(found)),
            _ => Err(CelError::no_overload()),
        }
    }
}

fn missing(name: &str) -> CelError {
    CelError(format!("no such attribute(s): {name}"))
}

pub(super) fn no_key(value: &Val, key: &Val) -> CelError {
    if value.is_list() {
        return CelError(format!("unsupported index type '{}' in list", key.type_name()));
    }
    CelError(format!("no such key: {}", key.show()))
}

/// The name at the root of a chain of qualifiers, and the path of constant
/// fields that follows it at once.
fn path_of(node: &Node) -> Option<(&str, String)> {
    match &node.expr {
        Expr::Ident(name) => Some((name, name.clone())),
        Expr::Select { operand, field, test: false } => extended(operand, Some(field)),
        Expr::Call { function, target: None, args }
            if matches!(function.as_str(), "_[_]" | "_[?_]" | "_?._") =>
        {
            let [operand, key] = args.as_slice() else { return None };
            match &key.expr {
                Expr::Literal(Val::String(text)) => extended(operand, Some(text)),
                _ => extended(operand, None),
            }
        }
        _ => None,
    }
}

fn extended<'n>(operand: &'n Node, field: Option<&str>) -> Option<(&'n str, String)> {
    let (root, path) = path_of(operand)?;
    let whole = is_constant_path(operand);
    match field {
        Some(field) if whole => Some((root, format!("{path}.{field}"))),
        _ => Some((root, path)),
    }
}

fn is_constant_path(node: &Node) -> bool {
    match &node.expr {
        Expr::Ident(_) => true,
        Expr::Select { operand, test: false, .. } => is_constant_path(operand),
        Expr::Call { function, args, .. }
            if matches!(function.as_str(), "_[_]" | "_[?_]" | "_?._") =>
        {
            matches!(args.as_slice(), [operand, Node { expr: Expr::Literal(Val::String(_)), .. }]
                if is_constant_path(operand))
        }
        _ => false,
    }
}

/// Checks what cel-go evaluates when a program is built: constant patterns,
/// conversions of constants, calls of nothing.
pub(super) fn constants(node: &Node) -> Result<(), CelError> {
    match &node.expr {
        Expr::Literal(_) | Expr::Ident(_) | Expr::Struct(_) => Ok(()),
        Expr::Select { operand, .. } => constants(operand),
        Expr::Call { function, target, args } => {
            for inner in target.iter().map(AsRef::as_ref).chain(args) {
                constants(inner)?;
            }
            constant_call(function, target.as_deref(), args)
        }
        Expr::List(items) => items.iter().try_for_each(|(item, _)| constants(item)),
        Expr::Map(entries) => {
            entries.iter().try_for_each(|(k, v, _)| constants(k).and_then(|()| constants(v)))
        }
        Expr::Fold(fold) => {
            let parts = [&fold.range, &fold.start, &fold.condition, &fold.step, &fold.result];
            parts.into_iter().try_for_each(constants)
        }
    }
}

fn constant_call(function: &str, target: Option<&Node>, args: &[Node]) -> Result<(), CelError> {
    match (function, target, args) {
        ("matches", Some(_), [pattern]) | ("matches", None, [_, pattern]) => {
            if let Expr::Literal(Val::String(text)) = &pattern.expr {
                pattern::compile(text)?;
            }
            Ok(())
        }
        (_, None, [Node { expr: Expr::Literal(value), .. }])
            if convert::is_conversion(function) =>
        {
            convert::convert(function, value).map(|_| ())
        }
        (_, None, []) if !functions::is_known(function) => {
            Err(CelError(format!("no such overload: {function}()")))
        }
        _ => Ok(()),
    }
}
