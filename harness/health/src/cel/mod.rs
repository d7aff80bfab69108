//! CEL as Flux uses it: cel-go's behaviour and words.
//!
//! The grammar and its error texts come from the `cel` crate's parser; the
//! evaluation is ours, because texts and corner cases of cel-go matter.
//! Environment (fluxcd/pkg `runtime/cel/expression.go`): optional types, the
//! string, set and encoder extensions, numbers comparable across types.
//! Start at [`Program`].

mod ast;
mod check;
mod convert;
mod eval;
mod functions;
mod operators;
mod pattern;
mod strings;
#[cfg(test)]
mod tests;
mod time;
mod value;

use objects::Value;

use ast::Node;
use eval::Evaluation;
use value::Val;
pub(crate) use value::format_double;

/// What is wrong with an expression or its evaluation, in cel-go's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct CelError(pub(crate) String);

impl CelError {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    fn no_overload() -> Self {
        Self::new("no such overload")
    }
}

/// An expression that was read and can be evaluated many times.
#[derive(Debug, Clone)]
pub struct Program {
    text: String,
    root: Node,
}

impl Program {
    /// Reads an expression without checking names or types; those show at evaluation.
    ///
    /// # Errors
    /// If it does not parse, or a constant part of it (a pattern, a conversion) is wrong.
    pub fn parse(text: &str) -> Result<Self, CelError> {
        let (root, _) = ast::parse(text).map_err(|error| unparsed(text, &error))?;
        Self::build(text, root)
    }

    /// Reads an expression that must give a boolean, over declared variables that hold objects.
    ///
    /// # Errors
    /// As [`Program::parse`]; also for undeclared names and a result that is not
    /// surely a boolean.
    pub fn compile(text: &str, variables: &[&str]) -> Result<Self, CelError> {
        let (root, source) = ast::parse(text).map_err(|error| unparsed(text, &error))?;
        let output =
            check::check(&root, variables, &source).map_err(|error| unparsed(text, &error))?;
        if output != "bool" {
            let text = format!("CEL expression output type mismatch: expected bool, got {output}");
            return Err(CelError(text));
        }
        Self::build(text, root)
    }

    fn build(text: &str, root: Node) -> Result<Self, CelError> {
        eval::constants(&root)
            .map_err(|error| CelError(format!("failed to create CEL program: {error}")))?;
        Ok(Self { text: text.to_owned(), root })
    }

    /// The expression as it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its value with these variables. Times and durations come back as text.
    ///
    /// # Errors
    /// As cel-go says it: `no such key: phase`.
    pub fn evaluate(&self, variable: &dyn Fn(&str) -> Option<Value>) -> Result<Value, CelError> {
        Ok(Evaluation::new(variable).run(&self.root)?.to_value())
    }

    /// Its value as a boolean, with Flux's error texts.
    ///
    /// # Errors
    /// If evaluation fails or gives anything but a boolean.
    pub fn is_true(&self, variable: &dyn Fn(&str) -> Option<Value>) -> Result<bool, CelError> {
        let text = &self.text;
        match Evaluation::new(variable).run(&self.root) {
            Ok(Val::Bool(flag)) => Ok(flag),
            Ok(_) => {
                Err(CelError(format!("failed to evaluate CEL expression as boolean: '{text}'")))
            }
            Err(error) => {
                Err(CelError(format!("failed to evaluate the CEL expression '{text}': {error}")))
            }
        }
    }
}

fn unparsed(text: &str, error: &CelError) -> CelError {
    CelError(format!("failed to parse the CEL expression '{text}': {error}"))
}

/// Reads and evaluates an expression once.
///
/// # Errors
/// If it does not parse or its evaluation fails.
pub fn evaluate(text: &str, variables: &[(&str, Value)]) -> Result<Value, CelError> {
    let lookup = |name: &str| {
        variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone())
    };
    Program::parse(text)?.evaluate(&lookup)
}
