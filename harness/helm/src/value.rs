//! Values as templates see them: Go's `interface{}` with the types that Helm charts meet.
//!
//! Maps and lists are shared by reference, since `set` and friends change them in
//! place. Start at [`Val`].

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use objects::Value;

use crate::bounds;
use crate::error::ExecError;

/// Which Go integer type a number has, where output or messages show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IntType {
    Int,
    Int64,
    Uint8,
    Uint64,
}

impl IntType {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Int => "int",
            Self::Int64 => "int64",
            Self::Uint8 => "uint8",
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
    /// A nil `[]interface {}`: empty, and null in JSON.
    NilAny,
    /// A nil `[]string`.
    NilString,
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
    /// A nil `map[string]string`: empty, and null in JSON.
    NilString,
    /// `common.Values`, as the context's `.Values` is.
    Values,
}

impl MapType {
    /// Whether the values are declared as text.
    pub(crate) fn is_text(self) -> bool {
        matches!(self, Self::String | Self::NilString)
    }
}

/// A shared map with text keys, sorted as templates range over it.
#[derive(Debug, Clone)]
pub(crate) struct Dict {
    pub(crate) entries: Rc<RefCell<BTreeMap<Arc<str>, Val>>>,
    pub(crate) of: MapType,
}

/// What a method takes at one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Argument {
    Text,
    Int,
    Any,
}

/// A Go object with fields and methods: `.Files`, `.Capabilities`, a time, …
pub(crate) trait Native: std::fmt::Debug {
    /// Its Go type.
    fn type_name(&self) -> &'static str;
    /// Its Go kind.
    fn kind(&self) -> &'static str {
        "struct"
    }
    /// A field by name.
    fn field(&self, _name: &str) -> Option<Val> {
        None
    }
    /// What a method of this name takes.
    fn method(&self, _name: &str) -> Option<&'static [Argument]> {
        None
    }
    /// Calls a method.
    fn call(&self, _name: &str, _arguments: &[Val]) -> Result<Val, ExecError> {
        Ok(Val::Nil)
    }
    /// What `range`, `index` and `toYaml` see.
    fn plain(&self) -> Val;
    /// Its fields in the order of JSON, if it is a struct.
    fn ordered(&self) -> Option<Vec<(&'static str, Val)>> {
        None
    }
    /// What `%v` prints.
    fn print(&self) -> String;
    /// What a template prints that ends with it, where pointer methods count.
    fn print_directly(&self) -> String {
        self.print()
    }
    /// The bytes, if it is nothing but bytes.
    fn bytes(&self) -> Option<&[u8]> {
        None
    }
    /// Itself, to be recognised by its maker.
    fn as_any(&self) -> &dyn std::any::Any;
}

/// A `[]byte`.
#[derive(Debug)]
pub(crate) struct Bytes(pub(crate) Arc<[u8]>);

impl Native for Bytes {
    fn type_name(&self) -> &'static str {
        "[]uint8"
    }

    fn kind(&self) -> &'static str {
        "slice"
    }

    fn plain(&self) -> Val {
        let items = self.0.iter().map(|byte| Val::Int(i64::from(*byte), IntType::Uint8));
        let items = Rc::new(RefCell::new(items.collect()));
        Val::List(List { items, of: ItemType::Byte })
    }

    fn print(&self) -> String {
        let numbers: Vec<_> = self.0.iter().map(u8::to_string).collect();
        format!("[{}]", numbers.join(" "))
    }

    fn bytes(&self) -> Option<&[u8]> {
        Some(&self.0)
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
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
    Str(Arc<str>),
    List(List),
    Map(Dict),
    Native(Rc<dyn Native>),
}

type Entries = BTreeMap<Arc<str>, Val>;

/// A collection made while templates run.
enum Held {
    List(Rc<RefCell<Vec<Val>>>),
    Map(Rc<RefCell<Entries>>),
}

/// The most collections made by one rendering.
const MOST_HELD: usize = 4_000_000;

thread_local! {
    static HELD: RefCell<Option<Vec<Held>>> = const { RefCell::new(None) };
}

/// Holds every collection made until it is dropped, then empties them one by one: values that
/// nest without end, or in a circle, cost no stack and do not stay.
pub(crate) struct Arena(());

impl Arena {
    pub(crate) fn open() -> Self {
        bounds::renew();
        HELD.with_borrow_mut(|held| held.get_or_insert_default().clear());
        Self(())
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        let held = HELD.take().unwrap_or_default();
        let mut contents = Vec::new();
        for one in &held {
            match one {
                Held::List(items) => contents.append(&mut items.borrow_mut()),
                Held::Map(entries) => {
                    contents.extend(std::mem::take(&mut *entries.borrow_mut()).into_values());
                }
            }
            contents.clear();
        }
    }
}

fn hold(new: impl FnOnce() -> Held) {
    HELD.with_borrow_mut(|held| {
        if let Some(held) = held {
            held.push(new());
            if held.len() > MOST_HELD {
                bounds::too_many();
            }
        }
    });
}

impl Val {
    fn is_collection(&self) -> bool {
        matches!(self, Self::List(_) | Self::Map(_))
    }

    pub(crate) fn str(text: impl Into<Arc<str>>) -> Self {
        Self::Str(text.into())
    }

    pub(crate) fn int(number: i64) -> Self {
        Self::Int(number, IntType::Int)
    }

    pub(crate) fn list(items: Vec<Self>) -> Self {
        let nests = items.iter().any(Self::is_collection);
        let items = Rc::new(RefCell::new(items));
        if nests {
            hold(|| Held::List(items.clone()));
        }
        Self::List(List { items, of: ItemType::Any })
    }

    /// A nil slice.
    pub(crate) fn no_list(of: ItemType) -> Self {
        Self::List(List { items: Rc::new(RefCell::new(Vec::new())), of })
    }

    pub(crate) fn strings(items: impl IntoIterator<Item = impl Into<Arc<str>>>) -> Self {
        let items = items.into_iter().map(Self::str).collect();
        Self::List(List { items: Rc::new(RefCell::new(items)), of: ItemType::String })
    }

    pub(crate) fn dict(entries: impl IntoIterator<Item = (Arc<str>, Self)>) -> Self {
        let entries: Rc<RefCell<Entries>> = Rc::new(RefCell::new(entries.into_iter().collect()));
        hold(|| Held::Map(entries.clone()));
        Self::Map(Dict { entries, of: MapType::Any })
    }

    pub(crate) fn is_nil(&self) -> bool {
        matches!(self, Self::Missing | Self::Nil)
    }

    pub(crate) fn as_str(&self) -> Option<&Arc<str>> {
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
            Self::Native(native) => native.kind(),
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
                ItemType::Any | ItemType::NilAny => "[]interface {}",
                ItemType::String | ItemType::NilString => "[]string",
                ItemType::Int => "[]int",
                ItemType::Byte => "[]uint8",
            },
            Self::Map(map) => match map.of {
                MapType::Any => "map[string]interface {}",
                MapType::String | MapType::NilString => "map[string]string",
                MapType::Values => "common.Values",
            },
            Self::Native(native) => native.type_name(),
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

impl From<&Value> for Val {
    fn from(value: &Value) -> Self {
        match value {
            Value::Null => Self::Nil,
            Value::Bool(flag) => Self::Bool(*flag),
            Value::Int(number) => Self::Int(*number, IntType::Int64),
            Value::Float(number) => Self::Float(*number),
            Value::String(text) => Self::Str(text.clone()),
            Value::List(items) => Self::list(items.iter().map(Self::from).collect()),
            Value::Map(map) => {
                Self::dict(map.iter().map(|(key, value)| (key.clone(), Self::from(value))))
            }
        }
    }
}
