//! Functions that templates can call: what they take, and how arguments are checked.

use super::error::ExecError;
use super::exec::Execution;
use crate::value::{IntType, ItemType, MapType, Val};

/// The Go type of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Param {
    /// `interface {}`
    Any,
    /// `reflect.Value`: what comes, as it comes.
    Value,
    Str,
    Int,
    Int64,
    Float,
    Bool,
    /// `map[string]interface {}`
    Dict,
    /// `[]interface {}`
    List,
    /// `[]string`
    Strings,
    /// `error`
    Error,
    /// `time.Time`
    Time,
    /// Some other Go type, by its name; no template value has it.
    Other(&'static str),
}

impl Param {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Any => "interface {}",
            Self::Value => "reflect.Value",
            Self::Str => "string",
            Self::Int => "int",
            Self::Int64 => "int64",
            Self::Float => "float64",
            Self::Bool => "bool",
            Self::Dict => "map[string]interface {}",
            Self::List => "[]interface {}",
            Self::Strings => "[]string",
            Self::Error => "error",
            Self::Time => "time.Time",
            Self::Other(name) => name,
        }
    }

    /// Whether nil can be passed.
    pub(crate) fn takes_nil(self) -> bool {
        matches!(
            self,
            Self::Any | Self::Value | Self::Dict | Self::List | Self::Strings | Self::Error
        )
    }

    /// What nil becomes.
    pub(crate) fn nil(self) -> Val {
        match self {
            Self::Dict => Val::dict([]),
            Self::List => Val::list(Vec::new()),
            Self::Strings => Val::strings(Vec::<String>::new()),
            Self::Value => Val::Missing,
            _ => Val::Nil,
        }
    }

    /// Whether a value of this concrete type can be assigned to it.
    pub(crate) fn accepts(self, value: &Val) -> bool {
        match (self, value) {
            (Self::Any | Self::Value, _) => true,
            (Self::Str, Val::Str(_))
            | (Self::Int, Val::Int(_, IntType::Int))
            | (Self::Int64, Val::Int(_, IntType::Int64))
            | (Self::Float, Val::Float(_))
            | (Self::Bool, Val::Bool(_))
            | (Self::Error, Val::Error(_))
            | (Self::Time, Val::Time(..)) => true,
            (Self::Dict, Val::Map(map)) => map.of != MapType::String,
            (Self::List, Val::List(list)) => list.of == ItemType::Any,
            (Self::Strings, Val::List(list)) => list.of == ItemType::String,
            _ => false,
        }
    }
}

/// The body of a function.
pub(crate) type Body = fn(&mut Execution<'_>, Vec<Val>) -> Result<Val, ExecError>;

/// A function as templates see it.
#[derive(Clone, Copy)]
pub(crate) struct Function {
    /// Its fixed parameters.
    pub(crate) fixed: &'static [Param],
    /// The type of the rest, where it takes any number.
    pub(crate) rest: Option<Param>,
    pub(crate) body: Body,
}

/// Where functions come from.
pub(crate) trait Callable {
    /// A function by name.
    fn function(&self, name: &str) -> Option<Function>;
}
