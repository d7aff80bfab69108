//! CEL over whole objects, with the two ways it can be wrong kept apart.

use health::cel::Program;
use objects::Value;

/// How an expression is wrong.
pub(crate) enum Wrong {
    /// It does not compile: only a change of it helps.
    Compile(String),
    /// It compiles and fails on these objects.
    Evaluate(String),
}

/// The value of a boolean expression.
pub(crate) fn boolean(expression: &str, variables: &[(&str, Value)]) -> Result<bool, Wrong> {
    let names: Vec<&str> = variables.iter().map(|(name, _)| *name).collect();
    let program = Program::compile(expression, &names)
        .map_err(|problem| Wrong::Compile(problem.to_string()))?;
    let lookup = |name: &str| {
        variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone())
    };
    program.is_true(&lookup).map_err(|problem| Wrong::Evaluate(problem.to_string()))
}
