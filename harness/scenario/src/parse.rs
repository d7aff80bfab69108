//! From a text to a scenario, or to every mistake in it.

use yaml::Node;

use crate::read::{Read, Reader};
use crate::{Diagnostic, Scenario};

/// Reads a scenario file. `path` names it in messages.
///
/// # Errors
/// Every mistake of the file, in its order.
pub fn parse(path: &str, text: &str) -> Result<Scenario, Vec<Diagnostic>> {
    let mut reader = Reader::new(path, text);
    let scenario = document(text, &mut reader).and_then(|node| Scenario::read(&node, &mut reader));
    let mistakes = reader.finish();
    match scenario {
        Some(scenario) if mistakes.is_empty() => Ok(scenario),
        _ => Err(mistakes),
    }
}

fn document(text: &str, reader: &mut Reader<'_>) -> Option<Node> {
    match yaml::parse(text) {
        Ok(mut documents) => documents.pop(),
        Err(error) => {
            reader.note(error.place, error.problem, None);
            None
        }
    }
}
