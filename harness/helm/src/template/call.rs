//! Functions that templates can call: what they take, and how arguments are checked.

use super::exec::Execution;
use crate::error::ExecError;
use crate::value::{IntType, ItemType, Val};

/// The Go type of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Param {
    /// `interface {}`
    Any,
    /// `reflect.Value`: what comes, as it comes.
    Value,
    Str,
    Int,
    Float,
    Bool,
    /// `map[string]interface {}`
    Dict,
    /// `[]interface {}`
    List,
    /// `time.Time`
    Time,
    /// `uint32`, which only constants are.
    Uint32,
    /// `sprig.certificate`
    Certificate,
}

impl Param {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Any => "interface {}",
            Self::Value => "reflect.Value",
            Self::Str => "string",
            Self::Int => "int",
            Self::Float => "float64",
            Self::Bool => "bool",
            Self::Dict => "map[string]interface {}",
            Self::List => "[]interface {}",
            Self::Time => "time.Time",
            Self::Uint32 => "uint32",
            Self::Certificate => "sprig.certificate",
        }
    }

    /// Whether nil can be passed.
    pub(crate) fn takes_nil(self) -> bool {
        matches!(self, Self::Any | Self::Value | Self::Dict | Self::List)
    }

    /// What nil becomes.
    pub(crate) fn nil(self) -> Val {
        match self {
            Self::Dict => Val::dict([]),
            Self::List => Val::list(Vec::new()),
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
            | (Self::Float, Val::Float(_))
            | (Self::Bool, Val::Bool(_)) => true,
            (Self::Time, Val::Native(native)) => native.type_name() == "time.Time",
            (Self::Certificate, Val::Native(native)) => native.type_name() == "sprig.certificate",
            (Self::List, Val::List(list)) => {
                matches!(list.of, ItemType::Any | ItemType::NilAny)
            }
            (Self::Dict, Val::Map(map)) => !map.of.is_text(),
            _ => false,
        }
    }
}

/// The body of a function.
pub(crate) type Body = fn(&mut Execution<'_, '_>, Vec<Val>) -> Result<Val, ExecError>;

/// A function as templates see it.
#[derive(Clone, Copy)]
pub(crate) struct Function {
    /// Its fixed parameters.
    pub(crate) fixed: &'static [Param],
    /// The type of the rest, where it takes any number.
    pub(crate) rest: Option<Param>,
    pub(crate) body: Body,
}

impl std::fmt::Debug for Function {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Function")
    }
}

/// Finds functions by name, beside those of the language.
pub(crate) type Functions = fn(&str) -> Option<Function>;
