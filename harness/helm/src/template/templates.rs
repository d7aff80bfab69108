//! A set of named templates that call one another.
//!
//! A set is cheap to clone; `tpl` works on a clone with a layer of its own on top.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::call::Functions;
use super::node::Node;
use super::parser::{self, Definition, ParseError};

/// One template: its tree, and the text it was parsed from for places in errors.
#[derive(Debug)]
pub(crate) struct Template {
    pub(crate) body: Arc<Vec<Node>>,
    /// The name of the text it stands in.
    pub(crate) file: Arc<str>,
    pub(crate) text: Arc<str>,
}

/// What a text defines, whatever its name: the text's own template comes last.
#[derive(Debug, Clone)]
pub(crate) struct Parsed {
    text: Arc<str>,
    definitions: Arc<Vec<Definition>>,
}

impl Parsed {
    /// Parses a text under a name that only errors show.
    pub(crate) fn new(name: &str, text: &str, functions: Functions) -> Result<Self, ParseError> {
        let definitions = parser::parse(name, text, functions)?;
        Ok(Self { text: text.into(), definitions: Arc::new(definitions) })
    }

    fn template(&self, definition: &Definition, file: &Arc<str>) -> Template {
        Template { body: definition.body.clone(), file: file.clone(), text: self.text.clone() }
    }

    /// The text's own template.
    pub(crate) fn own(&self, name: &Arc<str>) -> Option<Template> {
        self.definitions.last().map(|definition| self.template(definition, name))
    }
}

/// Templates by name. A later definition of a name replaces an earlier one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Templates(Arc<Layer>);

#[derive(Debug, Clone, Default)]
struct Layer {
    own: BTreeMap<Arc<str>, Arc<Template>>,
    below: Option<Arc<Layer>>,
}

impl Templates {
    /// Adds what a text defines, and the text itself under its name.
    pub(crate) fn add(&mut self, name: &Arc<str>, parsed: &Parsed) {
        let mut layer = std::mem::take(&mut self.0);
        self.fill(Arc::make_mut(&mut layer), name, parsed, &parsed.definitions);
        self.0 = layer;
    }

    /// These templates and those that a text defines; the text itself is not among them.
    pub(crate) fn with(&self, name: &Arc<str>, parsed: &Parsed) -> Self {
        let Some((_, inner)) = parsed.definitions.split_last() else { return self.clone() };
        if inner.is_empty() {
            return self.clone();
        }
        let mut layer = Layer { own: BTreeMap::new(), below: Some(self.0.clone()) };
        self.fill(&mut layer, name, parsed, inner);
        Self(Arc::new(layer))
    }

    fn fill(
        &self,
        layer: &mut Layer,
        file: &Arc<str>,
        parsed: &Parsed,
        definitions: &[Definition],
    ) {
        for definition in definitions {
            let name = definition.name.as_ref().unwrap_or(file);
            let known = layer.own.contains_key(name) || self.get(name).is_some();
            if !(known && is_blank(&definition.body)) {
                let template = parsed.template(definition, file);
                layer.own.insert(name.clone(), Arc::new(template));
            }
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Arc<Template>> {
        let mut layer = Some(&self.0);
        while let Some(at) = layer {
            if let Some(found) = at.own.get(name) {
                return Some(found);
            }
            layer = at.below.as_ref();
        }
        None
    }
}

/// A body of nothing but spaces does not replace a template of the same name.
fn is_blank(body: &[Node]) -> bool {
    body.iter().all(|node| matches!(node, Node::Text(text) if text.trim().is_empty()))
}

impl Template {
    /// Line (from 1) and column (bytes, from 0) of an offset in the text.
    pub(crate) fn place(&self, at: usize) -> (usize, usize) {
        let before = &self.text.as_bytes()[..at.min(self.text.len())];
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        let column = before.iter().rev().take_while(|byte| **byte != b'\n').count();
        (line, column)
    }
}
