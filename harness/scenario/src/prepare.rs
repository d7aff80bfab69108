//! What happens to nodes before they are read: aliases become what they mean, and
//! `$(name)` becomes the text of a binding. Both are bounded.

use std::collections::BTreeMap;

use yaml::{Limits, Node, NodeKind, Style};

use crate::read::{Reader, list, nearest};

/// Bounds of a scenario file: no honest one comes near.
const LIMITS: Limits = Limits { bytes: 4 << 20, depth: 64, expanded_nodes: 200_000 };

/// Longest text that bindings may grow to, in bytes.
const LONGEST: usize = 1 << 20;

/// The one document of a file, with its aliases expanded.
pub(crate) fn document(text: &str, reader: &mut Reader<'_>) -> Option<Node> {
    let mut documents = match yaml::parse_with(text, &LIMITS) {
        Ok(documents) => documents,
        Err(error) => {
            let (place, message) = (error.place, format!("not YAML: {}", error.problem));
            reader.note(place, message, yaml_help(&error.problem));
            return None;
        }
    };
    if let Some(second) = documents.get(1) {
        reader.wrong_help(second, "a second document", "a scenario file holds one document");
        return None;
    }
    let Some(document) = documents.pop() else {
        reader.note(
            yaml::Place { line: 1, column: 1, ..Default::default() },
            "the file is empty".to_owned(),
            None,
        );
        return None;
    };
    let mut aliases = Aliases { known: BTreeMap::new(), budget: LIMITS.expanded_nodes };
    aliases.expand(document, reader)
}

fn yaml_help(problem: &str) -> Option<String> {
    let help = if problem.contains("mapping values are not allowed") {
        "quote a text that holds `: `, or put the key on a line of its own"
    } else if problem.contains("cannot start any token") {
        "YAML is indented with spaces, and quotes texts that begin with @, ` or %"
    } else if problem.contains("did not find expected key") {
        "the indentation of this line fits no line above it"
    } else {
        return None;
    };
    Some(help.to_owned())
}

struct Aliases {
    known: BTreeMap<String, (Node, usize)>,
    budget: usize,
}

impl Aliases {
    fn expand(&mut self, mut node: Node, reader: &mut Reader<'_>) -> Option<Node> {
        let before = self.budget;
        self.spend(1, &node, reader)?;
        let anchor = node.anchor.take();
        node.kind = match node.kind {
            NodeKind::Alias(name) => {
                node.kind = NodeKind::Alias(name.clone());
                return self.alias(&name, &node, reader);
            }
            NodeKind::Sequence(items) => {
                let items: Option<Vec<Node>> =
                    items.into_iter().map(|item| self.expand(item, reader)).collect();
                NodeKind::Sequence(items?)
            }
            NodeKind::Mapping(entries) => {
                let entries: Option<Vec<(Node, Node)>> = entries
                    .into_iter()
                    .map(|(key, value)| {
                        Some((self.expand(key, reader)?, self.expand(value, reader)?))
                    })
                    .collect();
                NodeKind::Mapping(entries?)
            }
            scalar => scalar,
        };
        if let Some(anchor) = anchor {
            self.known.insert(anchor, (node.clone(), before - self.budget));
        }
        Some(node)
    }

    fn alias(&mut self, name: &str, node: &Node, reader: &mut Reader<'_>) -> Option<Node> {
        let Some((found, size)) = self.known.get(name).cloned() else {
            reader.wrong(node, format!("nothing above is marked with the anchor `&{name}`"));
            return None;
        };
        self.spend(size, node, reader)?;
        Some(found)
    }

    fn spend(&mut self, nodes: usize, node: &Node, reader: &mut Reader<'_>) -> Option<()> {
        let left = self.budget.checked_sub(nodes);
        if left.is_none() {
            reader.wrong(node, "aliases expand to more than a scenario file may hold");
        }
        self.budget = left?;
        Some(())
    }
}

/// Bindings by name.
pub(crate) type Bindings = BTreeMap<String, String>;

/// Puts texts in the places of `$(name)`, in keys and values. Where nothing is
/// declared nothing is replaced.
pub(crate) fn bind(node: &mut Node, bindings: &Bindings, reader: &mut Reader<'_>) {
    if bindings.is_empty() {
        return;
    }
    match &mut node.kind {
        NodeKind::Sequence(items) => items.iter_mut().for_each(|item| bind(item, bindings, reader)),
        NodeKind::Mapping(entries) => {
            for (key, value) in entries {
                bind(key, bindings, reader);
                bind(value, bindings, reader);
            }
        }
        NodeKind::Scalar(text) if text.contains("$(") => {
            let bound = bind_text(text, bindings);
            match bound {
                Ok(bound) if bound == *text => {}
                Ok(bound) => {
                    *text = bound;
                    node.style = Style::SingleQuoted;
                }
                Err((message, help)) => reader.wrong_help(node, message, help),
            }
        }
        NodeKind::Scalar(_) | NodeKind::Alias(_) => {}
    }
}

fn bind_text(text: &str, bindings: &Bindings) -> Result<String, (String, String)> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("$(") {
        let (before, after) = rest.split_at(at);
        let name = after[2..].split_once(')').map(|(name, _)| name).filter(|name| is_name(name));
        let Some(name) = name else {
            out.push_str(&rest[..at + 2]);
            rest = &after[2..];
            continue;
        };
        rest = &after[name.len() + 3..];
        if let Some(kept) = before.strip_suffix('$') {
            out.push_str(&format!("{kept}$({name})"));
            continue;
        }
        let value = bindings.get(name).ok_or_else(|| unknown_binding(name, bindings))?;
        out.push_str(before);
        out.push_str(value);
        if out.len() > LONGEST {
            return Err(("bindings make this text too long".to_owned(), "shorten them".to_owned()));
        }
    }
    out.push_str(rest);
    Ok(out)
}

fn is_name(text: &str) -> bool {
    let first = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    first && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

fn unknown_binding(name: &str, bindings: &Bindings) -> (String, String) {
    let names: Vec<&str> = bindings.keys().map(String::as_str).collect();
    let help = match nearest(name, names.iter().copied()) {
        Some(near) => format!("did you mean `$({near})`?"),
        None => format!("declared are {}; write `$$({name})` for the text itself", list(&names)),
    };
    (format!("nothing is bound to `{name}`"), help)
}

/// The bindings that a file declares under a key: names with texts.
pub(crate) fn declared(root: &Node, key: &str) -> Bindings {
    let entries = root.get(key).and_then(Node::entries).unwrap_or_default();
    let texts = entries.iter().filter_map(|(name, text)| {
        Some((name.as_scalar()?.to_owned(), text.as_scalar()?.to_owned()))
    });
    texts.collect()
}
