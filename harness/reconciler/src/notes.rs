//! What is not reproduced, by object: so that a report says *unknown*, never *green*.

use std::collections::BTreeMap;

use objects::ObjectId;

/// Something about an object that this world does not reproduce.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Note {
    /// The object.
    pub object: ObjectId,
    /// Why its state is unknown, in plain words.
    pub why: String,
}

/// Notes by object; one reason each, the first that was given.
#[derive(Debug, Default)]
pub(crate) struct Notes(BTreeMap<ObjectId, String>);

impl Notes {
    pub(crate) fn add(&mut self, object: ObjectId, why: impl Into<String>) {
        self.0.entry(object).or_insert_with(|| why.into());
    }

    pub(crate) fn clear(&mut self, object: &ObjectId) {
        self.0.remove(object);
    }

    pub(crate) fn contains(&self, object: &ObjectId) -> bool {
        self.0.contains_key(object)
    }

    pub(crate) fn list(&self) -> Vec<Note> {
        let note =
            |(object, why): (&ObjectId, &String)| Note { object: object.clone(), why: why.clone() };
        self.0.iter().map(note).collect()
    }
}
