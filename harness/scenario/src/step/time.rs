//! What lets time pass, looks at the world, and reuses steps.

use std::time::Duration;

use crate::Place;
use crate::expect::{Expectation, Field};
use crate::read::{Entries as Taken, Read, Reader};
use crate::record::{Record, read_record, record};
use crate::reference::ObjectPattern;
use crate::scalar::{Entries, Many};
use crate::shape::{Field as Key, Part, Rest, Shape};
use crate::step::Step;

record! {
    /// Time that passes. Its short form is how long.
    pub struct Wait {
        /// How long.
        "for" duration: Duration,
    }
    short Duration = |duration| Self { duration, ..Self::default() };
}

/// Time that passes while something is expected at every moment of it: `for` beside
/// the keys of an expectation.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Hold {
    /// How long.
    pub duration: Duration,
    /// What is expected at every moment.
    pub expectation: Expectation,
}

impl Record for Hold {
    const NAME: &'static str = "Hold";

    fn doc() -> String {
        "Time that passes while something is expected at every moment of it: `for` beside the \
         keys of an expectation."
            .to_owned()
    }

    fn fields() -> Vec<Key> {
        let doc = "How long.".to_owned();
        let duration = Key { key: "for", doc, shape: Duration::shape(), required: true };
        std::iter::once(duration).chain(Expectation::fields()).collect()
    }

    fn rest() -> Vec<Rest> {
        Expectation::rest()
    }

    fn build(entries: &mut Taken<'_>, place: Place, reader: &mut Reader<'_>) -> Option<Self> {
        let duration = entries.take("for", reader);
        let expectation = Expectation::build(entries, place, reader);
        Some(Self { duration: duration?, expectation: expectation? })
    }
}

impl Read for Hold {
    fn shape() -> Shape {
        fn part() -> Part {
            crate::record::part_of::<Hold>()
        }
        Shape::Part(part)
    }

    fn read(node: &yaml::Node, reader: &mut Reader<'_>) -> Option<Self> {
        read_record(node, reader)
    }
}

record! {
    /// A snapshot of the state: a line for each object, and the bodies and fields
    /// that it names. Its short form is its name.
    pub struct Snapshot {
        /// Its name, unique in the scenario.
        "name" name: String,
        /// The clusters; all without it.
        "clusters" clusters: Many<String>,
        /// The objects; all without it.
        "objects" objects: Many<ObjectPattern>,
        /// Objects that are left out.
        "except" except: Many<ObjectPattern>,
        /// Objects whose whole bodies it holds.
        "bodies" bodies: Many<ObjectPattern>,
        /// Fields that the line of an object shows.
        "fields" fields: Many<Field>,
        /// Fields of bodies that are masked, beside the data of Secrets.
        "redact" redact: Many<Field>,
    }
    short String = |name| Self { name, ..Self::default() };
}

record! {
    /// Steps of another file, which holds a list under `steps:` and may declare
    /// `parameters:`. Its short form is the file.
    pub struct Use {
        /// The file, relative to this one.
        "file" file: String,
        /// Texts of its parameters; `$(name)` stands for them there.
        "with" with: Entries<String, String>,
    }
    short String = |file| Self { file, ..Self::default() };
}

record! {
    /// A file of steps that scenarios use.
    pub struct StepsFile {
        /// Its parameters and their texts; an empty text means that one must be given.
        "parameters" parameters: Entries<String, String>,
        /// The steps.
        "steps" steps: Vec<Step>,
    }
}
