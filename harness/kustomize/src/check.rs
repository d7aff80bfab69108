//! Whether a resource survives the way through JSON, and the words when it does not.
//!
//! One rule: what Go's decoder and encoder refuse is refused here. Start at [`check`].

use yaml::{Node, NodeKind, Style};

use crate::error::{BuildError, Result, fail};
use crate::typed::{Typed, typed};
use crate::{go, node};

/// Whether a resource survives the way through JSON.
pub(crate) fn check(root: &Node) -> Result<()> {
    if has_repeated_key(root) {
        return Err(repeated_keys(root));
    }
    if has_tabbed_block(root)
        && let Err(error) = yaml::parse_first(&yaml::emit(root))
    {
        return fail(format!("yaml: {error}"));
    }
    check_below(root, false, true)
}

fn check_below(at: &Node, flow: bool, top: bool) -> Result<()> {
    let flow = flow || at.style == Style::Flow;
    match &at.kind {
        NodeKind::Mapping(entries) => {
            for (key, value) in entries {
                if !top && !node::is_text_key(key) {
                    return fail("json: unsupported type: map[interface {}]interface {}");
                }
                check_below(value, flow, false)?;
            }
            Ok(())
        }
        NodeKind::Sequence(items) => {
            items.iter().try_for_each(|item| check_below(item, flow, false))
        }
        NodeKind::Scalar(_) if at.tag.is_none() && at.implied == yaml::Implied::FromText => {
            match at.style == Style::Plain && node::value(at).starts_with(['.', '-', '+']) {
                true => finite(typed(at, flow)?),
                false => Ok(()),
            }
        }
        _ => finite(typed(at, flow)?),
    }
}

fn finite(typed: Typed<'_>) -> Result<()> {
    match typed {
        Typed::Float(number) if !number.is_finite() => {
            fail(format!("json: unsupported value: {}", go::plain_float(number)))
        }
        _ => Ok(()),
    }
}

/// A block scalar that begins with a tab is printed in a form that cannot be read.
fn has_tabbed_block(at: &Node) -> bool {
    match &at.kind {
        NodeKind::Mapping(entries) => entries.iter().any(|(_, value)| has_tabbed_block(value)),
        NodeKind::Sequence(items) => items.iter().any(has_tabbed_block),
        NodeKind::Scalar(text) => {
            let block = matches!(at.style, Style::Literal | Style::Folded)
                || (at.style == Style::Plain && text.contains('\n'));
            block && text.starts_with('\t')
        }
        NodeKind::Alias(_) => false,
    }
}

fn has_repeated_key(at: &Node) -> bool {
    match &at.kind {
        NodeKind::Mapping(entries) => {
            repeats(entries) || entries.iter().any(|(_, value)| has_repeated_key(value))
        }
        NodeKind::Sequence(items) => items.iter().any(has_repeated_key),
        _ => false,
    }
}

fn repeats(entries: &[(Node, Node)]) -> bool {
    if entries.len() <= 16 {
        let key = |at: usize| entries[at].0.as_scalar();
        return (1..entries.len()).any(|at| (0..at).any(|before| key(before) == key(at)));
    }
    let mut keys: Vec<_> = entries.iter().map(|(key, _)| key.as_scalar()).collect();
    keys.sort_unstable();
    keys.windows(2).any(|pair| pair[0] == pair[1])
}

/// The error names lines of the printed text, so it is printed and read again.
fn repeated_keys(root: &Node) -> BuildError {
    let text = yaml::emit(root);
    let mut problems = Vec::new();
    if let Ok(Some(read)) = yaml::parse_first(&text) {
        collect_repeated(&read, &mut problems);
    }
    BuildError(format!("yaml: unmarshal errors:\n{}", problems.join("\n")))
}

fn collect_repeated(at: &Node, problems: &mut Vec<String>) {
    match &at.kind {
        NodeKind::Mapping(entries) => {
            let found = problems.len();
            for (index, (first, _)) in entries.iter().enumerate() {
                for (second, _) in &entries[index + 1..] {
                    if first.as_scalar() == second.as_scalar() {
                        problems.push(format!(
                            "  line {}: mapping key {} already defined at line {}",
                            second.place.line,
                            go::quote(node::value(second)),
                            first.place.line
                        ));
                    }
                }
            }
            if problems.len() == found {
                entries.iter().for_each(|(_, value)| collect_repeated(value, problems));
            }
        }
        NodeKind::Sequence(items) => items.iter().for_each(|item| collect_repeated(item, problems)),
        _ => {}
    }
}
