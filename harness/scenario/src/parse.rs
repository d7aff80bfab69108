//! From a text to a scenario, or to every mistake in it.

use yaml::Node;

use crate::header::Scenario;
use crate::prepare::{self, Bindings};
use crate::read::{Read, Reader};
use crate::sources::Sources;
use crate::{Diagnostic, check};

/// Reads a scenario file on its own: bindings have their declared texts, and files of
/// steps that it uses are not looked at. `path` names it in messages. To run it, see
/// [`crate::load`].
///
/// # Errors
/// Every mistake of the file, in its order.
pub fn parse(path: &str, text: &str) -> Result<Scenario, Vec<Diagnostic>> {
    let scenario = read(path, text, &Bindings::new())?;
    let mut sources = Sources::default();
    sources.add(path, text);
    let mistakes = check::mistakes(&scenario);
    if mistakes.is_empty() {
        return Ok(scenario);
    }
    Err(sorted(mistakes.into_iter().map(|mistake| sources.diagnostic(mistake)).collect()))
}

/// Reads a scenario file with other texts for its bindings; names are not checked.
pub(crate) fn read(path: &str, text: &str, with: &Bindings) -> Result<Scenario, Vec<Diagnostic>> {
    let mut reader = Reader::new(path, text);
    let scenario =
        document(text, with, &mut reader).and_then(|node| Scenario::read(&node, &mut reader));
    let mistakes = reader.finish();
    match scenario {
        Some(scenario) if mistakes.is_empty() => Ok(scenario),
        _ => Err(mistakes),
    }
}

fn document(text: &str, with: &Bindings, reader: &mut Reader<'_>) -> Option<Node> {
    let mut node = prepare::document(text, reader)?;
    let mut bindings = prepare::declared(&node, "bindings");
    bindings.extend(with.iter().map(|(name, text)| (name.clone(), text.clone())));
    bind_all_but(&mut node, "bindings", &bindings, reader);
    Some(node)
}

/// Binds every entry of the root but the declaration itself.
pub(crate) fn bind_all_but(
    root: &mut Node,
    declaration: &str,
    bindings: &Bindings,
    reader: &mut Reader<'_>,
) {
    let yaml::NodeKind::Mapping(entries) = &mut root.kind else { return };
    let rest = entries.iter_mut().filter(|(key, _)| key.as_scalar() != Some(declaration));
    rest.for_each(|(_, value)| prepare::bind(value, bindings, reader));
}

/// In the order of their places.
pub(crate) fn sorted(mut mistakes: Vec<Diagnostic>) -> Vec<Diagnostic> {
    mistakes.sort_by(|a, b| a.place.cmp(&b.place).then_with(|| a.message.cmp(&b.message)));
    mistakes.dedup();
    mistakes
}
