//! Executing a tree: text, branches, ranges and calls of other templates.
//!
//! Source of the rules and messages: Go `text/template` `exec.go`, with
//! `missingkey=zero` as Helm sets it. Start at [`Execution::run`].

use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::sync::Arc;

use super::call::Functions;
use super::node::{At, Branch, Node, Pipe};
use super::templates::{Parsed, Template, Templates};
use crate::bounds;
use crate::error::ExecError;
use crate::go;
use crate::host::Host;
use crate::value::{ItemType, Val};

/// How deep templates may call one another. Go stops at 100,000 and says so; real charts
/// stay below a hundred.
const DEPTH: usize = 5_000;
/// How often a template may be inside itself through `include` (Helm's `recursionMaxNums`).
const INCLUDES: usize = 1_000;
/// Stack that must be left for one more template, and what is added where it is not.
const RED_ZONE: usize = 1 << 20;
const STACK: usize = 8 << 20;
/// The longest text a chart may make.
const LONGEST: usize = 256 << 20;
/// The most steps (nodes walked, items ranged over) of one execution.
const STEPS: u64 = 50_000_000;
/// The most text that functions may make, in bytes.
const MADE: usize = 512 << 20;

/// A value together with whether Go would still see the interface around it.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) value: Val,
    pub(crate) wrapped: bool,
}

impl Seen {
    pub(crate) fn plain(value: Val) -> Self {
        Self { value, wrapped: false }
    }

    /// As an item of a collection of this kind holds it.
    pub(crate) fn wrapped(value: Val) -> Self {
        Self { value, wrapped: true }
    }

    /// The static type that messages name.
    pub(crate) fn type_name(&self) -> &'static str {
        if self.wrapped { "interface {}" } else { self.value.type_name() }
    }
}

/// Which templates and functions there are, and how much may still be done.
pub(crate) struct Execution<'a, 'h> {
    templates: Templates,
    functions: Functions,
    /// Whom functions may ask.
    pub(crate) host: &'a mut Host<'h>,
    steps: u64,
    written: usize,
    made: usize,
    depth: usize,
    /// How often each template is inside itself through `include`.
    includes: BTreeMap<Arc<str>, usize>,
    /// Texts given to `tpl`, parsed.
    texts: BTreeMap<Arc<str>, Parsed>,
}

/// What a list of nodes ends with.
#[derive(PartialEq, Eq)]
pub(super) enum Flow {
    On,
    Break,
    Continue,
}

/// The state of one template that runs.
pub(super) struct Frame<'t> {
    pub(super) template: &'t Template,
    pub(super) name: &'t str,
    pub(super) variables: Vec<(&'t str, Seen)>,
    pub(super) node: Option<(At, &'t dyn Display)>,
}

impl<'t> Frame<'t> {
    /// Remembers the node that an error would name.
    pub(super) fn at(&mut self, at: At, node: &'t dyn Display) {
        self.node = Some((at, node));
    }

    pub(super) fn error(&self, problem: impl Display) -> ExecError {
        ExecError::new(self.words(problem))
    }

    /// A problem behind the place where it happened.
    pub(super) fn words(&self, problem: impl Display) -> String {
        let Template { file, .. } = self.template;
        let name = go::quote(self.name);
        match self.node {
            None => format!("template: {file}: {problem}"),
            Some((at, node)) => {
                let (line, column) = self.template.place(at);
                format!("template: {file}:{line}:{column}: executing {name} at <{node}>: {problem}")
            }
        }
    }
}

/// Helm takes out what Go prints for absent values.
pub(crate) fn without_no_value(text: String) -> String {
    if text.contains("<no value>") { text.replace("<no value>", "") } else { text }
}

impl<'a, 'h> Execution<'a, 'h> {
    pub(crate) fn new(templates: Templates, functions: Functions, host: &'a mut Host<'h>) -> Self {
        Self {
            templates,
            functions,
            host,
            steps: 0,
            written: 0,
            made: 0,
            depth: 0,
            includes: BTreeMap::new(),
            texts: BTreeMap::new(),
        }
    }

    /// Executes a template by name.
    pub(crate) fn run(&mut self, name: &str, dot: Val) -> Result<String, ExecError> {
        let Some(template) = self.templates.get(name).cloned() else {
            let name = go::quote(name);
            return Err(ExecError::new(format!(
                "template: no template {name} associated with template \"gotpl\""
            )));
        };
        let mut out = String::new();
        self.template(name, &template, Seen::plain(dot), &mut out)?;
        Ok(out)
    }

    /// Helm's `include`.
    pub(crate) fn include(&mut self, name: &Arc<str>, dot: Val) -> Result<String, ExecError> {
        let inside = self.includes.entry(name.clone()).or_default();
        if *inside > INCLUDES {
            return Err(ExecError::new("unable to execute template")
                .within(&format!("rendering template has a nested reference name: {name}: ")));
        }
        *inside += 1;
        let result = self.run(name, dot);
        if let Some(inside) = self.includes.get_mut(name) {
            *inside -= 1;
        }
        result
    }

    /// Helm's `tpl`: what the text defines is seen by all that it includes.
    pub(crate) fn tpl(&mut self, text: &Arc<str>, dot: Val) -> Result<String, ExecError> {
        const NAME: &str = "gotpl";
        if !text.contains("{{") {
            return Ok(without_no_value(text.to_string()));
        }
        let parsed = match self.texts.get(text) {
            Some(parsed) => parsed.clone(),
            None => {
                let parsed = Parsed::new(NAME, text, self.functions).map_err(|problem| {
                    let quoted = go::quote(text);
                    ExecError::new(problem.to_string())
                        .within(&format!("cannot parse template {quoted}: "))
                })?;
                self.texts.insert(text.clone(), parsed.clone());
                parsed
            }
        };
        let name: Arc<str> = NAME.into();
        let Some(template) = parsed.own(&name) else { return Ok(String::new()) };
        let with = self.templates.with(&name, &parsed);
        let outer = std::mem::replace(&mut self.templates, with);
        let mut out = String::new();
        let result = self.template(NAME, &template, Seen::plain(dot), &mut out);
        self.templates = outer;
        match result {
            Ok(()) => Ok(without_no_value(out)),
            Err(problem) => {
                let quoted = go::quote(text);
                let words = format!("error during tpl function execution for {quoted}: ");
                Err(problem.within(&words))
            }
        }
    }

    fn template(
        &mut self,
        name: &str,
        template: &Template,
        dot: Seen,
        out: &mut String,
    ) -> Result<(), ExecError> {
        self.depth += 1;
        let variables = vec![("$", dot.clone())];
        let mut frame = Frame { template, name, variables, node: None };
        let flow = if self.depth > DEPTH {
            Err(ExecError::new(format!("templates call one another more than {DEPTH} deep")))
        } else {
            stacker::maybe_grow(RED_ZONE, STACK, || {
                self.list(&mut frame, &template.body, &dot, out)
            })
        };
        self.depth -= 1;
        flow.map(|_| ())
    }

    /// Counts a step of work.
    pub(super) fn step(&mut self, frame: &Frame<'_>) -> Result<(), ExecError> {
        self.steps += 1;
        if self.steps > STEPS {
            return Err(frame.error(format!("the template takes more than {STEPS} steps")));
        }
        Ok(())
    }

    /// Counts what a function made, and refuses what passed a bound on the way.
    pub(super) fn check_made(&mut self, value: &Val) -> Result<(), ExecError> {
        if let Some(problem) = bounds::passed() {
            return Err(ExecError::new(problem));
        }
        if let Val::Str(text) = value {
            self.made += text.len();
        }
        if self.made > MADE {
            return Err(ExecError::new("the functions make more than 512 MiB of text"));
        }
        Ok(())
    }

    fn write(&mut self, frame: &Frame<'_>, text: &str, out: &mut String) -> Result<(), ExecError> {
        if let Some(problem) = bounds::passed() {
            return Err(frame.error(problem));
        }
        self.written += text.len();
        if self.written > LONGEST {
            return Err(frame.error("the templates print more than 256 MiB"));
        }
        out.push_str(text);
        Ok(())
    }

    pub(super) fn list<'t>(
        &mut self,
        frame: &mut Frame<'t>,
        nodes: &'t [Node],
        dot: &Seen,
        out: &mut String,
    ) -> Result<Flow, ExecError> {
        for node in nodes {
            self.step(frame)?;
            let flow = self.node(frame, node, dot, out)?;
            if flow != Flow::On {
                return Ok(flow);
            }
        }
        Ok(Flow::On)
    }

    fn node<'t>(
        &mut self,
        frame: &mut Frame<'t>,
        node: &'t Node,
        dot: &Seen,
        out: &mut String,
    ) -> Result<Flow, ExecError> {
        match node {
            Node::Text(text) => self.write(frame, text, out)?,
            Node::Action(pipe) => self.action(frame, pipe, dot, out)?,
            Node::If(branch) => return self.condition(frame, branch, dot, out, false),
            Node::With(branch) => return self.condition(frame, branch, dot, out, true),
            Node::Range(branch) => return self.range(frame, branch, dot, out),
            Node::Template { at, name, pipe } => {
                frame.at(*at, node);
                self.call_template(frame, name, pipe.as_ref(), dot, out)?;
            }
            Node::Break => return Ok(Flow::Break),
            Node::Continue => return Ok(Flow::Continue),
        }
        Ok(Flow::On)
    }

    fn action<'t>(
        &mut self,
        frame: &mut Frame<'t>,
        pipe: &'t Pipe,
        dot: &Seen,
        out: &mut String,
    ) -> Result<(), ExecError> {
        let value = self.pipeline(frame, dot, pipe)?;
        if pipe.variables.is_empty() {
            match &value.value {
                Val::Missing | Val::Nil => self.write(frame, "<no value>", out)?,
                Val::Str(text) => self.write(frame, text, out)?,
                Val::Native(native) => self.write(frame, &native.print_directly(), out)?,
                value => self.write(frame, &go::print(value), out)?,
            }
        }
        Ok(())
    }

    fn call_template<'t>(
        &mut self,
        frame: &mut Frame<'t>,
        name: &str,
        pipe: Option<&'t Pipe>,
        dot: &Seen,
        out: &mut String,
    ) -> Result<(), ExecError> {
        let Some(template) = self.templates.get(name).cloned() else {
            return Err(frame.error(format!("template {} not defined", go::quote(name))));
        };
        if self.depth >= DEPTH {
            return Err(frame.error("exceeded maximum template depth (100000)"));
        }
        let dot = match pipe {
            Some(pipe) => self.pipeline(frame, dot, pipe)?,
            None => Seen::plain(Val::Missing),
        };
        self.template(name, &template, dot, out)
    }

    fn condition<'t>(
        &mut self,
        frame: &mut Frame<'t>,
        branch: &'t Branch,
        dot: &Seen,
        out: &mut String,
        with: bool,
    ) -> Result<Flow, ExecError> {
        let mark = frame.variables.len();
        let value = self.pipeline(frame, dot, &branch.pipe)?;
        let flow = if value.value.is_true() {
            self.list(frame, &branch.then, if with { &value } else { dot }, out)?
        } else {
            match &branch.otherwise {
                Some(nodes) => self.list(frame, nodes, dot, out)?,
                None => Flow::On,
            }
        };
        frame.variables.truncate(mark);
        Ok(flow)
    }

    fn range<'t>(
        &mut self,
        frame: &mut Frame<'t>,
        branch: &'t Branch,
        dot: &Seen,
        out: &mut String,
    ) -> Result<Flow, ExecError> {
        let mark = frame.variables.len();
        let over = self.pipeline(frame, dot, &branch.pipe)?;
        let mut items = items(&over.value).map_err(|problem| frame.error(problem))?.peekable();
        if matches!(over.value, Val::Int(..)) && branch.pipe.variables.len() > 1 {
            let text = go::print(&over.value);
            return Err(
                frame.error(format!("can't use {text} to iterate over more than one variable"))
            );
        }
        let mut flow = Flow::On;
        if items.peek().is_none() {
            if let Some(nodes) = &branch.otherwise {
                flow = self.list(frame, nodes, dot, out)?;
            }
        } else {
            let inside = frame.variables.len();
            for (index, item) in items {
                self.step(frame)?;
                bind(frame, &branch.pipe, index, &item);
                let end = self.list(frame, &branch.then, &item, out)?;
                frame.variables.truncate(inside);
                if end == Flow::Break {
                    break;
                }
            }
        }
        frame.variables.truncate(mark);
        Ok(flow)
    }
}

/// Gives the variables of a range their values for one turn.
fn bind<'t>(frame: &mut Frame<'t>, pipe: &'t Pipe, index: Val, item: &Seen) {
    let index = Seen::plain(index);
    match (&pipe.variables[..], pipe.assigns) {
        ([], _) => {}
        ([one], true) => assign(frame, one, item.clone()),
        ([first, second, ..], true) => {
            assign(frame, first, index);
            assign(frame, second, item.clone());
        }
        (names, false) => {
            let top = frame.variables.len();
            frame.variables[top - 1].1 = item.clone();
            if names.len() > 1 {
                frame.variables[top - 2].1 = index;
            }
        }
    }
}

/// Sets the nearest variable of a name.
pub(super) fn assign(frame: &mut Frame<'_>, name: &str, value: Seen) {
    if let Some((_, slot)) = frame.variables.iter_mut().rev().find(|(known, _)| *known == name) {
        *slot = value;
    }
}

type Items = Box<dyn Iterator<Item = (Val, Seen)>>;

/// What a range goes over, with indexes or keys.
fn items(over: &Val) -> Result<Items, String> {
    Ok(match over {
        Val::Missing | Val::Nil => Box::new(std::iter::empty()),
        Val::List(list) => {
            let wrapped = matches!(list.of, ItemType::Any | ItemType::NilAny);
            let items = list.items.borrow().clone().into_iter().enumerate();
            Box::new(items.map(move |(at, value)| (Val::int(at as i64), Seen { value, wrapped })))
        }
        Val::Map(map) => {
            let wrapped = !map.of.is_text();
            let entries = map.entries.borrow().clone().into_iter();
            Box::new(entries.map(move |(key, value)| (Val::Str(key), Seen { value, wrapped })))
        }
        Val::Int(number, kind) => {
            let kind = *kind;
            let numbers = (0..(*number).max(0)).map(move |at| Val::Int(at, kind));
            Box::new(numbers.map(|at| (at.clone(), Seen::plain(at))))
        }
        Val::Native(native) => match native.plain() {
            plain @ (Val::Map(_) | Val::List(_)) => items(&plain)?,
            plain => return Err(cannot(&plain)),
        },
        value => return Err(cannot(value)),
    })
}

fn cannot(value: &Val) -> String {
    format!("range can't iterate over {}", go::print(value))
}

impl fmt::Display for Node {
    /// Only calls of templates are named by their node in errors.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Template { name, pipe: Some(pipe), .. } => {
                write!(out, "{{{{template {} {pipe}}}}}", go::quote(name))
            }
            Self::Template { name, .. } => write!(out, "{{{{template {}}}}}", go::quote(name)),
            _ => Ok(()),
        }
    }
}
