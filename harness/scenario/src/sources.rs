//! The texts of the files that were read, for excerpts of mistakes that are found
//! after reading.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::{Diagnostic, Place};

/// Files and their texts.
#[derive(Debug, Default)]
pub(crate) struct Sources(BTreeMap<Arc<str>, Arc<str>>);

/// A mistake whose node is gone: place, message and help.
pub(crate) type Mistake = (Place, String, Option<String>);

impl Sources {
    pub(crate) fn add(&mut self, file: &str, text: &str) {
        self.0.insert(file.into(), text.into());
    }

    /// A mistake with its excerpt.
    pub(crate) fn diagnostic(&self, (place, message, help): Mistake) -> Diagnostic {
        let text = self.0.get(&place.file).map(|text| &**text).unwrap_or_default();
        let excerpt = text.lines().nth(place.line.saturating_sub(1)).unwrap_or_default().to_owned();
        let rest: String = excerpt.chars().skip(place.column.saturating_sub(1)).collect();
        let end = rest.find([':', ',', '}', ']', ' ']).unwrap_or(rest.len());
        let length = rest[..end].chars().count().max(1);
        Diagnostic { place, length, excerpt, message, help }
    }
}
