//! What is expected of one object, or of each that a pattern means.

use objects::{Map, Value};
use yaml::Node;

use crate::matcher::{NumberMatch, TextMatch};
use crate::read::{Entries as Taken, Read, Reader};
use crate::record::{RestKeys, record};
use crate::reference::{BranchName, ObjectPattern};
use crate::scalar::{Entries, Many};
use crate::shape::Shape;

use super::{EventCheck, Field, InventoryCheck, State};

record! {
    /// What is expected of an object. Its short form is a word.
    ///
    /// Keys that begin with a capital are conditions (`Ready: "False"`), and the
    /// usual roots of a body (`metadata`, `spec`, `status`, `data`, …) are compared
    /// with it: maps in part, lists by their natural keys, texts also by
    /// `{contains: …}`, `{matches: …}` and `{not: …}`, numbers also by `{at-least: …}`
    /// and `{at-most: …}`, `{absent: true}` for a field that is not there.
    pub struct ObjectCheck {
        /// Its state, in words; all must hold.
        "is" is: Many<State>,
        /// Reason of the condition that stands beside it; of Ready where none does.
        "reason" reason: Option<TextMatch>,
        /// Message of that condition, likewise.
        "message" message: Option<TextMatch>,
        /// The branch whose head it carries: a source as its artifact's revision, a
        /// Kustomization or HelmRelease as the revision that it applied last.
        "at" at: Option<BranchName>,
        /// The revision that it carries, as text.
        "revision" revision: Option<TextMatch>,
        /// Image of its only container, or of the container that bears the object's name.
        "image" image: Option<TextMatch>,
        /// Images by container.
        "images" images: Entries<String, TextMatch>,
        /// States that it passes through in this order since the step before.
        "passes" passes: Vec<ObjectCheck>,
        /// States that it was in at no moment since the step before.
        "never" never: Many<ObjectCheck>,
        /// How often it was changed since the step before, status left out.
        "changes" changes: Option<NumberMatch>,
        /// Of a Kustomization: what it keeps in its inventory.
        "inventory" inventory: Option<InventoryCheck>,
        /// Events about it since the step before, in this order.
        "events" events: Many<EventCheck>,
        /// Fields by path, for paths that are long.
        "fields" fields: Entries<Field, Value>,
        /// An expression in CEL over `self` that is true.
        "that" that: Many<String>,
        /// The rest of its body, for roots that are not usual.
        "body" body: Option<Value>,
        /// Conditions by type.
        "conditions" conditions: Conditions,
    }
    rest roots: ObjectCheckBody = "Conditions (keys with a capital) and the usual roots of a body.";
    short Many<State> = |is| Self { is, ..Self::default() };
}

impl ObjectCheck {
    /// Everything that is compared with the object's body, as one partial value.
    #[must_use]
    pub fn partial(&self) -> Value {
        let mut map = self.body.as_ref().and_then(Value::as_map).cloned().unwrap_or_default();
        for (root, value) in self.roots.0.iter() {
            map.insert(root.clone(), value.clone());
        }
        map.into()
    }
}

record! {
    /// What is expected of a condition. Its short form is the status, quoted.
    pub struct ConditionCheck {
        /// `"True"`, `"False"` or `Unknown`.
        "status" status: Option<TextMatch>,
        /// Its reason.
        "reason" reason: Option<TextMatch>,
        /// Its message.
        "message" message: Option<TextMatch>,
        /// Whether there is no such condition.
        "absent" absent: bool,
    }
    short String = |status| Self {
        status: Some(TextMatch { equals: Some(status), ..TextMatch::default() }),
        ..Self::default()
    };
}

/// Conditions by type: under `conditions:`, or as keys that begin with a capital.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Conditions(pub Entries<String, ConditionCheck>);

impl std::ops::Deref for Conditions {
    type Target = [(String, ConditionCheck)];

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl Read for Conditions {
    fn shape() -> Shape {
        Entries::<String, ConditionCheck>::shape()
    }

    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        Entries::read(node, reader).map(Self)
    }

    fn absent() -> Option<Self> {
        Some(Self::default())
    }
}

/// The usual roots of a body, and conditions as keys.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ObjectCheckBody(pub Map, pub Conditions);

const ROOTS: [&str; 14] = [
    "metadata",
    "spec",
    "status",
    "data",
    "stringData",
    "binaryData",
    "rules",
    "roleRef",
    "subjects",
    "webhooks",
    "type",
    "apiVersion",
    "kind",
    "immutable",
];

fn is_root_or_condition(key: &str) -> bool {
    ROOTS.contains(&key) || key.starts_with(|c: char| c.is_ascii_uppercase())
}

impl RestKeys for ObjectCheckBody {
    const PATTERN: &'static str = "^([A-Z].*|metadata|spec|status|data|stringData|binaryData|rules|\
                                   roleRef|subjects|webhooks|type|apiVersion|kind|immutable)$";

    fn shape() -> Shape {
        Shape::Any
    }

    fn take(entries: &mut Taken<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let taken = entries.remove_where(is_root_or_condition);
        let (mut roots, mut conditions, mut clean) = (Map::new(), Vec::new(), true);
        for (key, value) in taken {
            let name = key.as_scalar().unwrap_or_default();
            if ROOTS.contains(&name) {
                let read = Value::read(value, reader);
                clean &= read.is_some();
                roots.insert(name, read.unwrap_or_default());
            } else if let Some(read) = ConditionCheck::read(value, reader) {
                conditions.push((name.to_owned(), read));
            } else {
                clean = false;
            }
        }
        clean.then_some(Self(roots, Conditions(Entries(conditions))))
    }
}

/// Patterns and what is expected of what they mean.
pub(crate) type Objects = Entries<ObjectPattern, ObjectCheck>;
