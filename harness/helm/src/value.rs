//! Values as templates see them: Go's `interface{}` with the types that Helm charts meet.
//!
//! Maps and lists are shared by reference, since `set` and friends change them in
//! place. Start at [`Val`].

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::template::ExecError;

/// Which Go integer type a number has, where output or messages show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IntType {
    Int,
    Int32,
    Int64,
    Uint,
    Uint8,
    Uint32,
    Uint64,
}

impl IntType {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Int => "int",
            Self::Int32 => "int32",
            Self::Int64 => "int64",
            Self::Uint => "uint",
            Self::Uint8 => "uint8",
            Self::Uint32 => "uint32",
            Self::Uint64 => "uint64",
        }
    }
}

/// What the items of a list are declared as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ItemType {
    Any,
    String,
    Int,
    Byte,
}

/// A shared list.
#[derive(Debug, Clone)]
pub(crate) struct List {
    pub(crate) items: Rc<RefCell<Vec<Val>>>,
    pub(crate) of: ItemType,
}

/// What the values of a map are declared as, and the name of its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MapType {
    /// `map[string]interface {}`
    Any,
    /// `map[string]string`
    String,
    /// `common.Values`, as the context's `.Values` is.
    Values,
}

/// A shared map with text keys, sorted as templates range over it.
#[derive(Debug, Clone)]
pub(crate) struct Dict {
    pub(crate) entries: Rc<RefCell<BTreeMap<Rc<str>, Val>>>,
    pub(crate) of: MapType,
}

/// A Go object with fields and methods: `.Files`, `.Capabilities`, `.Chart`, …
pub(crate) trait Native: std::fmt::Debug {
    /// Its Go type.
    fn type_name(&self) -> &'static str;
    /// A field by name.
    fn field(&self, name: &str) -> Option<Val>;
    /// The number of arguments of a method by name.
    fn method(&self, _name: &str) -> Option<usize> {
        None
    }
    /// Calls a method.
    fn call(&self, _name: &str, _arguments: &[Val]) -> Result<Val, ExecError> {
        Ok(Val::Nil)
    }
    /// What `range`, `toYaml` and printing see.
    fn plain(&self) -> Val;
}

/// A value.
#[derive(Debug, Clone)]
pub(crate) enum Val {
    /// No value at all (Go: the zero `reflect.Value`).
    Missing,
    /// A nil interface.
    Nil,
    Bool(bool),
    Int(i64, IntType),
    Float(f64),
    Str(Rc<str>),
    List(List),
    Map(Dict),
    Native(Rc<dyn Native>),
    /// A point in time: seconds since 1970 (UTC) and nanoseconds.
    Time(i64, u32),
    /// An `error` with its message.
    Error(Rc<str>),
}

impl Val {
    pub(crate) fn str(text: impl Into<Rc<str>>) -> Self {
        Self::Str(text.into())
    }

    pub(crate) fn int(number: i64) -> Self {
        Self::Int(number, IntType::Int)
    }

    pub(crate) fn list(items: Vec<Self>) -> Self {
        Self::List(List { items: Rc::new(RefCell::new(items)), of: ItemType::Any })
    }

    pub(crate) fn strings(items: impl IntoIterator<Item = impl Into<Rc<str>>>) -> Self {
        let items = items.into_iter().map(Self::str).collect();
        Self::List(List { items: Rc::new(RefCell::new(items)), of: ItemType::String })
    }

    pub(crate) fn dict(entries: impl IntoIterator<Item = (Rc<str>, Self)>) -> Self {
        let entries = Rc::new(RefCell::new(entries.into_iter().collect()));
        Self::Map(Dict { entries, of: MapType::Any })
    }

    pub(crate) fn is_nil(&self) -> bool {
        matches!(self, Self::Missing | Self::Nil)
    }

    pub(crate) fn as_str(&self) -> Option<&Rc<str>> {
        match self {
            Self::Str(text) => Some(text),
            _ => None,
        }
    }

    /// A field of a map; `None` for anything else or where there is none.
    pub(crate) fn get(&self, key: &str) -> Option<Self> {
        match self {
            Self::Map(map) => map.entries.borrow().get(key).cloned(),
            _ => None,
        }
    }

    /// Go's `reflect.Kind`, as sprig's `kindOf` says it.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Missing | Self::Nil => "invalid",
            Self::Bool(_) => "bool",
            Self::Int(_, kind) => kind.name(),
            Self::Float(_) => "float64",
            Self::Str(_) => "string",
            Self::List(_) => "slice",
            Self::Map(_) => "map",
            Self::Native(_) | Self::Time(..) => "struct",
            Self::Error(_) => "ptr",
        }
    }

    /// Go's type, as `%T` prints it.
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Missing | Self::Nil => "<nil>",
            Self::Bool(_) => "bool",
            Self::Int(_, kind) => kind.name(),
            Self::Float(_) => "float64",
            Self::Str(_) => "string",
            Self::List(list) => match list.of {
                ItemType::Any => "[]interface {}",
                ItemType::String => "[]string",
                ItemType::Int => "[]int",
                ItemType::Byte => "[]uint8",
            },
            Self::Map(map) => match map.of {
                MapType::Any => "map[string]interface {}",
                MapType::String => "map[string]string",
                MapType::Values => "common.Values",
            },
            Self::Native(native) => native.type_name(),
            Self::Time(..) => "time.Time",
            Self::Error(_) => "*errors.errorString",
        }
    }

    /// Whether a condition holds: what is not zero, empty or nil.
    pub(crate) fn is_true(&self) -> bool {
        match self {
            Self::Missing | Self::Nil => false,
            Self::Bool(flag) => *flag,
            Self::Int(number, _) => *number != 0,
            Self::Float(number) => *number != 0.0,
            Self::Str(text) => !text.is_empty(),
            Self::List(list) => !list.items.borrow().is_empty(),
            Self::Map(map) => !map.entries.borrow().is_empty(),
            Self::Native(native) => native_is_true(native.plain()),
            Self::Time(..) | Self::Error(_) => true,
        }
    }
}

/// Structs are true; natives that stand for a map or a list are true where they hold something.
fn native_is_true(plain: Val) -> bool {
    match plain {
        Val::Map(map) => !map.entries.borrow().is_empty(),
        Val::List(list) => !list.items.borrow().is_empty(),
        _ => true,
    }
}
