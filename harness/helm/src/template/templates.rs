//! A set of named templates that call one another.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::node::Node;
use super::parser::{self, ParseError};

/// One template: its tree, and the text it was parsed from for places in errors.
#[derive(Debug)]
pub(crate) struct Template {
    pub(crate) body: Vec<Node>,
    /// The name of the text it stands in.
    pub(crate) file: Rc<str>,
    pub(crate) text: Rc<str>,
}

/// Templates by name. A later definition of a name replaces an earlier one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Templates(BTreeMap<Rc<str>, Rc<Template>>);

impl Templates {
    /// Parses a text and adds it under its name, with all that it defines.
    pub(crate) fn add(
        &mut self,
        name: &str,
        text: &str,
        is_function: &dyn Fn(&str) -> bool,
    ) -> Result<(), ParseError> {
        let file: Rc<str> = name.into();
        let shared: Rc<str> = text.into();
        for definition in parser::parse(name, text, is_function)? {
            let known = self.0.contains_key(&definition.name);
            if known && is_blank(&definition.body) {
                continue;
            }
            let template =
                Template { body: definition.body, file: file.clone(), text: shared.clone() };
            self.0.insert(definition.name, Rc::new(template));
        }
        Ok(())
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Rc<Template>> {
        self.0.get(name)
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
