//! Evaluating pipelines: commands, fields, variables, and calls with checked arguments.
//!
//! Source of the rules and messages: Go `text/template` `exec.go`.
//! Start at `Execution::pipeline`.

use std::fmt::Display;
use std::sync::Arc;

use super::call::{Function, Param};
use super::exec::{Execution, Frame, Seen, assign};
use super::node::{At, Command, Number, Operand, OperandKind, Pipe};
use super::values;
use crate::error::ExecError;
use crate::value::{Argument, MapType, Val};

type Evaluated = Result<Seen, ExecError>;

/// A function at the place where it is called.
struct Call<'t> {
    node: &'t Operand,
    name: &'t str,
    function: &'t Function,
    /// What errors of the function name.
    shown: &'t dyn Display,
    at: At,
}

/// What stands behind a command: its other operands, and the value piped into it.
struct Arguments<'t> {
    operands: &'t [Operand],
    piped: Option<Seen>,
}

impl<'t> Arguments<'t> {
    const NONE: Self = Self { operands: &[], piped: None };

    fn is_empty(&self) -> bool {
        self.operands.is_empty() && self.piped.is_none()
    }

    fn count(&self) -> usize {
        self.operands.len() + usize::from(self.piped.is_some())
    }
}

impl Execution<'_, '_> {
    pub(super) fn pipeline<'t>(
        &mut self,
        frame: &mut Frame<'t>,
        dot: &Seen,
        pipe: &'t Pipe,
    ) -> Evaluated {
        frame.at(pipe.at, pipe);
        let mut value = None;
        for command in &pipe.commands {
            let result = self.command(frame, dot, command, value)?;
            value = Some(unwrapped(result));
        }
        let value = value.unwrap_or_else(|| Seen::plain(Val::Missing));
        for name in &pipe.variables {
            if pipe.assigns {
                assign(frame, name, value.clone());
            } else {
                frame.variables.push((name, value.clone()));
            }
        }
        Ok(value)
    }

    fn command<'t>(
        &mut self,
        frame: &mut Frame<'t>,
        dot: &Seen,
        command: &'t Command,
        piped: Option<Seen>,
    ) -> Evaluated {
        self.step(frame)?;
        let Some((first, operands)) = command.operands.split_first() else {
            return Err(frame.error("empty command"));
        };
        let arguments = Arguments { operands, piped };
        match &first.kind {
            OperandKind::Field(names) => {
                frame.at(first.at, first);
                self.fields(frame, dot, dot.clone(), first, names, arguments)
            }
            OperandKind::Chain(inner, names) => {
                self.chain(frame, dot, first, inner, names, arguments)
            }
            OperandKind::Identifier(name, function) => {
                let call = Call { node: first, name, function, shown: command, at: command.at };
                self.function(frame, dot, call, arguments)
            }
            OperandKind::Pipe(pipe) => {
                not_a_function(frame, first, &arguments)?;
                self.pipeline(frame, dot, pipe)
            }
            OperandKind::Variable(name, names) => {
                self.variable(frame, dot, first, name, names, arguments)
            }
            _ => {
                frame.at(first.at, first);
                not_a_function(frame, first, &arguments)?;
                constant(frame, dot, first)
            }
        }
    }

    fn chain<'t>(
        &mut self,
        frame: &mut Frame<'t>,
        dot: &Seen,
        node: &'t Operand,
        inner: &'t Operand,
        names: &'t [Arc<str>],
        arguments: Arguments<'t>,
    ) -> Evaluated {
        frame.at(node.at, node);
        let receiver = self.argument(frame, dot, Param::Any, inner, true)?;
        self.fields(frame, dot, receiver, node, names, arguments)
    }

    fn variable<'t>(
        &mut self,
        frame: &mut Frame<'t>,
        dot: &Seen,
        node: &'t Operand,
        name: &str,
        names: &'t [Arc<str>],
        arguments: Arguments<'t>,
    ) -> Evaluated {
        frame.at(node.at, node);
        let found = frame.variables.iter().rev().find(|(known, _)| *known == name);
        let value = found.map(|(_, value)| value.clone());
        let value = value.ok_or_else(|| frame.error(format!("undefined variable: {name}")))?;
        if names.is_empty() {
            not_a_function(frame, node, &arguments)?;
            return Ok(value);
        }
        self.fields(frame, dot, value, node, names, arguments)
    }

    fn fields<'t>(
        &mut self,
        frame: &mut Frame<'t>,
        dot: &Seen,
        receiver: Seen,
        node: &'t Operand,
        names: &'t [Arc<str>],
        arguments: Arguments<'t>,
    ) -> Evaluated {
        let Some((last, first)) = names.split_last() else { return Ok(receiver) };
        let mut value = receiver;
        for name in first {
            value = self.field(frame, dot, value, node, name, Arguments::NONE)?;
        }
        self.field(frame, dot, value, node, last, arguments)
    }

    fn field<'t>(
        &mut self,
        frame: &mut Frame<'t>,
        dot: &Seen,
        receiver: Seen,
        node: &'t Operand,
        name: &str,
        arguments: Arguments<'t>,
    ) -> Evaluated {
        match &receiver.value {
            Val::Missing => Ok(Seen::plain(Val::Missing)),
            Val::Nil if receiver.wrapped => {
                Err(frame.error(format!("nil pointer evaluating interface {{}}.{name}")))
            }
            Val::Nil => Ok(Seen::plain(Val::Missing)),
            Val::Map(map) => {
                if map.of == MapType::Values
                    && let Some(wanted) = values::method(name)
                {
                    let values = self.method_arguments(frame, dot, name, wanted, arguments)?;
                    let result = values::call(map, name, &values);
                    return self.returned(frame, node.at, node, name, result);
                }
                if !arguments.is_empty() {
                    return Err(frame.error(format!("{name} is not a method but has arguments")));
                }
                let found = map.entries.borrow().get(name).cloned();
                Ok(match map.of {
                    MapType::String | MapType::NilString => {
                        Seen::plain(found.unwrap_or_else(|| Val::str("")))
                    }
                    MapType::Any | MapType::Values => Seen::wrapped(found.unwrap_or(Val::Nil)),
                })
            }
            Val::Native(native) => {
                let native = native.clone();
                if let Some(wanted) = native.method(name) {
                    let values = self.method_arguments(frame, dot, name, wanted, arguments)?;
                    let result = native.call(name, &values);
                    return self.returned(frame, node.at, node, name, result);
                }
                match native.field(name) {
                    Some(_) if !arguments.is_empty() && native.kind() == "map" => {
                        Err(frame.error(format!("{name} is not a method but has arguments")))
                    }
                    Some(_) if !arguments.is_empty() => Err(frame
                        .error(format!("{name} has arguments but cannot be invoked as function"))),
                    Some(value) => Ok(Seen::plain(value)),
                    None if matches!(native.plain(), Val::Map(_)) && !arguments.is_empty() => {
                        Err(frame.error(format!("{name} is not a method but has arguments")))
                    }
                    None => Err(cannot_evaluate(frame, name, &receiver)),
                }
            }
            _ => Err(cannot_evaluate(frame, name, &receiver)),
        }
    }

    fn method_arguments<'t>(
        &mut self,
        frame: &mut Frame<'t>,
        dot: &Seen,
        name: &str,
        wanted: &[Argument],
        arguments: Arguments<'t>,
    ) -> Result<Vec<Val>, ExecError> {
        let (want, got) = (wanted.len(), arguments.count());
        if got != want {
            return Err(
                frame.error(format!("wrong number of args for {name}: want {want} got {got}"))
            );
        }
        let param = |at: usize| match wanted.get(at) {
            Some(Argument::Text) => Param::Str,
            Some(Argument::Int) => Param::Int,
            _ => Param::Any,
        };
        let mut values = Vec::new();
        for operand in arguments.operands {
            let param = param(values.len());
            values.push(self.argument(frame, dot, param, operand, false)?.value);
        }
        if let Some(piped) = arguments.piped {
            let param = param(values.len());
            values.push(checked(frame, piped, param)?.value);
        }
        Ok(values)
    }

    fn function<'t>(
        &mut self,
        frame: &mut Frame<'t>,
        dot: &Seen,
        call: Call<'t>,
        arguments: Arguments<'t>,
    ) -> Evaluated {
        let Call { node, name, function, shown, at } = call;
        frame.at(node.at, node);
        if matches!(name, "and" | "or") {
            return self.and_or(frame, dot, name, arguments);
        }
        let values = self.arguments(frame, dot, name, function, arguments)?;
        let result = (function.body)(self, values);
        self.returned(frame, at, shown, name, result)
    }

    fn returned<'t>(
        &mut self,
        frame: &mut Frame<'t>,
        at: At,
        shown: &'t dyn Display,
        name: &str,
        result: Result<Val, ExecError>,
    ) -> Evaluated {
        let result = result.and_then(|value| self.check_made(&value).map(|()| value));
        match result {
            Ok(value) => Ok(Seen::plain(value)),
            Err(problem) => {
                frame.at(at, shown);
                let words = frame.words(format_args!("error calling {name}: "));
                Err(problem.within(&words))
            }
        }
    }

    fn and_or<'t>(
        &mut self,
        frame: &mut Frame<'t>,
        dot: &Seen,
        name: &str,
        arguments: Arguments<'t>,
    ) -> Evaluated {
        let found = arguments.count();
        if found == 0 {
            let text = format!("wrong number of args for {name}: want at least 1 got 0");
            return Err(frame.error(text));
        }
        let mut value = Seen::plain(Val::Missing);
        for operand in arguments.operands {
            value = unwrapped(self.argument(frame, dot, Param::Value, operand, false)?);
            if value.value.is_true() == (name == "or") {
                return Ok(value);
            }
        }
        Ok(arguments.piped.unwrap_or(value))
    }

    fn arguments<'t>(
        &mut self,
        frame: &mut Frame<'t>,
        dot: &Seen,
        name: &str,
        function: &Function,
        arguments: Arguments<'t>,
    ) -> Result<Vec<Val>, ExecError> {
        let (wanted, found) = (function.fixed.len(), arguments.count());
        if function.rest.is_some() && found < wanted {
            let given = arguments.operands.len();
            return Err(frame.error(format!(
                "wrong number of args for {name}: want at least {wanted} got {given}"
            )));
        }
        if function.rest.is_none() && found != wanted {
            return Err(
                frame.error(format!("wrong number of args for {name}: want {wanted} got {found}"))
            );
        }
        let param =
            |at: usize| function.fixed.get(at).copied().or(function.rest).unwrap_or(Param::Any);
        let mut values = Vec::with_capacity(found);
        for (at, operand) in arguments.operands.iter().enumerate() {
            values.push(self.argument(frame, dot, param(at), operand, false)?.value);
        }
        if let Some(piped) = arguments.piped {
            let last = param(values.len());
            values.push(checked(frame, piped, last)?.value);
        }
        Ok(values)
    }

    /// One argument, evaluated and checked against a parameter; `untyped` for the head of a chain.
    fn argument<'t>(
        &mut self,
        frame: &mut Frame<'t>,
        dot: &Seen,
        param: Param,
        operand: &'t Operand,
        untyped: bool,
    ) -> Evaluated {
        frame.at(operand.at, operand);
        let value = match &operand.kind {
            OperandKind::Dot => dot.clone(),
            OperandKind::Nil if param.takes_nil() => return Ok(Seen::plain(param.nil())),
            OperandKind::Nil => {
                return Err(frame.error(format!("cannot assign nil to {}", param.name())));
            }
            OperandKind::Field(names) => {
                self.fields(frame, dot, dot.clone(), operand, names, Arguments::NONE)?
            }
            OperandKind::Variable(name, names) => {
                self.variable(frame, dot, operand, name, names, Arguments::NONE)?
            }
            OperandKind::Pipe(pipe) => self.pipeline(frame, dot, pipe)?,
            OperandKind::Identifier(name, function) => {
                let call = Call { node: operand, name, function, shown: operand, at: operand.at };
                self.function(frame, dot, call, Arguments::NONE)?
            }
            OperandKind::Chain(inner, names) => {
                self.chain(frame, dot, operand, inner, names, Arguments::NONE)?
            }
            OperandKind::Bool(_) | OperandKind::Number(_) | OperandKind::String { .. } => {
                return typed(frame, dot, param, operand);
            }
        };
        if untyped { Ok(value) } else { checked(frame, value, param) }
    }
}

/// What is behind an interface, as the end of a pipeline shows it.
fn unwrapped(seen: Seen) -> Seen {
    match seen.value {
        Val::Nil => Seen::plain(Val::Missing),
        value => Seen::plain(value),
    }
}

fn not_a_function(
    frame: &mut Frame<'_>,
    node: &Operand,
    arguments: &Arguments<'_>,
) -> Result<(), ExecError> {
    if arguments.is_empty() {
        return Ok(());
    }
    Err(frame.error(format!("can't give argument to non-function {node}")))
}

fn cannot_evaluate(frame: &Frame<'_>, name: &str, receiver: &Seen) -> ExecError {
    frame.error(format!("can't evaluate field {name} in type {}", receiver.type_name()))
}

/// A constant where any value will do.
fn constant(frame: &mut Frame<'_>, dot: &Seen, operand: &Operand) -> Evaluated {
    Ok(match &operand.kind {
        OperandKind::Dot => dot.clone(),
        OperandKind::Nil => return Err(frame.error("nil is not a command")),
        OperandKind::Bool(flag) => Seen::plain(Val::Bool(*flag)),
        OperandKind::Number(number) => Seen::plain(ideal(number)),
        OperandKind::String { text, .. } => Seen::plain(Val::Str(text.clone())),
        _ => return Err(frame.error(format!("can't evaluate command {operand}"))),
    })
}

/// The type of a number that its text asks for.
fn ideal(number: &Number) -> Val {
    let hex = number.text.trim_start_matches(['+', '-']).to_ascii_lowercase().starts_with("0x");
    let is_float = !number.is_char && !hex && number.text.contains(['.', 'e', 'E', 'p', 'P']);
    match (number.int, number.float) {
        (_, Some(float)) if is_float => Val::Float(float),
        (Some(int), _) => Val::int(int),
        (None, float) => Val::Float(float.unwrap_or_default()),
    }
}

/// A constant for a parameter of a type.
fn typed(frame: &mut Frame<'_>, dot: &Seen, param: Param, operand: &Operand) -> Evaluated {
    let wrong = |word: &str| Err(frame.error(format!("expected {word}; found {operand}")));
    let value = match (param, &operand.kind) {
        (Param::Any | Param::Value, _) => return constant(frame, dot, operand),
        (Param::Bool, OperandKind::Bool(flag)) => Val::Bool(*flag),
        (Param::Bool, _) => return wrong("bool"),
        (Param::Str, OperandKind::String { text, .. }) => Val::Str(text.clone()),
        (Param::Str, _) => return wrong("string"),
        (Param::Int, OperandKind::Number(Number { int: Some(int), .. })) => Val::int(*int),
        (Param::Uint32, OperandKind::Number(Number { int: Some(int @ 0..), .. })) => Val::int(*int),
        (Param::Uint32, _) => return wrong("unsigned integer"),
        (Param::Int, _) => return wrong("integer"),
        (Param::Float, OperandKind::Number(Number { float: Some(float), .. })) => {
            Val::Float(*float)
        }
        (Param::Float, _) => return wrong("float"),
        (param, _) => {
            return Err(
                frame.error(format!("can't handle {operand} for arg of type {}", param.name()))
            );
        }
    };
    Ok(Seen::plain(value))
}

/// A value for a parameter, or Go's refusal.
fn checked(frame: &Frame<'_>, seen: Seen, param: Param) -> Evaluated {
    match &seen.value {
        Val::Missing if param.takes_nil() => Ok(Seen::plain(param.nil())),
        Val::Missing => Err(frame.error(format!("invalid value; expected {}", param.name()))),
        Val::Nil if matches!(param, Param::Any | Param::Value) => Ok(seen),
        value if !value.is_nil() && param.accepts(value) => Ok(seen),
        value => {
            let found = if value.is_nil() { "interface {}" } else { value.type_name() };
            Err(frame
                .error(format!("wrong type for value; expected {}; got {found}", param.name())))
        }
    }
}
