//! Counterproofs: small changes of the world under which a scenario must fail.

use yaml::Node;

use crate::matcher::TextMatch;
use crate::read::{Entries as Taken, Read, Reader};
use crate::record::{choice, only_key, record};
use crate::reference::ObjectPattern;
use crate::scalar::{Entries, Many};
use crate::shape::{Body, Part, Shape};
use crate::step::{Edit, Fault, Push, Step};
use crate::world::Behaviour;

record! {
    /// A change of the world, and where the scenario must then fail.
    pub struct Counterproof {
        /// What changes.
        "change" change: Many<Change>,
        /// Where it must fail; anywhere without it.
        "fails" fails: Many<Fails>,
        /// A name, shown behind the scenario's; made up without it.
        "name" name: Option<String>,
    }
}

choice! {
    /// What a counterproof changes.
    pub enum Change {
        /// Steps that are left out, by their ids.
        "skip" Skip(Many<String>),
        /// Edits of the files of the repository, on every branch, before anything happens.
        "edit" Edit(Many<Edit>),
        /// A whole commit, made before anything happens; without `branch` on every branch.
        "push" Push(Push),
        /// Objects that are left out of the manifests of the repository.
        "drop" Drop(Many<ObjectPattern>),
        /// How workloads and foreign kinds behave.
        "behave" Behave(Many<Behaviour>),
        /// Images by environment variable, as `images` declares them.
        "set" Set(Entries<String, String>),
        /// Values of bindings.
        "with" With(Entries<String, String>),
        /// Steps that are put in.
        "insert" Insert(Insert),
        /// Something broken from the beginning.
        "fault" Fault(Box<Fault>),
    }
}

record! {
    /// Steps put in before or after another; first without either.
    pub struct Insert {
        /// Before the step of this id.
        "before" before: Option<String>,
        /// After the step of this id.
        "after" after: Option<String>,
        /// The steps.
        "steps" steps: Vec<Step>,
    }
}

record! {
    /// Where a scenario must fail. Its short form is an object, or the id of a step.
    pub struct Fails {
        /// A failure is about this object.
        "object" object: Option<ObjectPattern>,
        /// It happens in the step of this id.
        "step" step: Option<String>,
        /// It says this.
        "message" message: Option<TextMatch>,
    }
    short FailsShort = |short| match short {
        FailsShort::Object(object) => Self { object: Some(object), ..Self::default() },
        FailsShort::Step(step) => Self { step: Some(step), ..Self::default() },
    };
}

/// The short form of [`Fails`].
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum FailsShort {
    Object(ObjectPattern),
    Step(String),
}

impl Read for FailsShort {
    fn shape() -> Shape {
        Shape::Text { what: "an object, or the id of a step", pattern: "" }
    }

    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let text = crate::scalar::text(node, "an object or the id of a step", reader)?;
        if text.contains('/') {
            return ObjectPattern::read(node, reader).map(Self::Object);
        }
        Some(Self::Step(text.to_owned()))
    }
}

impl Read for Change {
    fn shape() -> Shape {
        fn part() -> Part {
            let body = Body::Choice { common: Vec::new(), options: Change::options() };
            Part { name: "Change", doc: Change::doc(), body }
        }
        Shape::Part(part)
    }

    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let mut entries = Taken::of(node, "a change", reader)?;
        let found = only_key(&mut entries, "a change", Self::KEYS, reader);
        entries.refuse_unknown("a change", Self::KEYS, reader);
        let (key, value) = found?;
        let change = Self::read_option(key, value, reader);
        entries.left().is_empty().then_some(change?)
    }
}
