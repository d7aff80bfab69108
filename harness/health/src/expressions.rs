//! Health check expressions: a verdict by CEL over an object's own fields.
//!
//! Source: fluxcd/pkg `runtime/cel/{status_evaluator,status_reader}.go`.

use std::collections::BTreeMap;

use objects::{GroupKind, Gvk, Object};

use crate::cel::{CelError, Program};
use crate::{Health, Status};

/// The expressions of one check, as written; empty for "not given".
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CheckExpressions {
    /// `apiVersion` of the kind; its version does not matter.
    pub api_version: String,
    /// The kind; empty for every kind of the group.
    pub kind: String,
    /// When it is `Current`.
    pub current: String,
    /// When it has failed.
    pub failed: String,
    /// When it is on its way.
    pub in_progress: String,
}

/// What is wrong with health check expressions, in Flux's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExpressionError {
    /// `current` is missing.
    #[error("expression Current not specified")]
    NoCurrent,
    /// One does not compile.
    #[error("failed to parse the expression {name}: {error}")]
    Unparsed {
        /// `Current`, `Failed` or `InProgress`.
        name: &'static str,
        /// What the compiler says.
        error: CelError,
    },
    /// One check of a list is wrong.
    #[error("failed to create custom status evaluator for healthchecks[{index}]: {problem}")]
    Check {
        /// Its place in the list.
        index: usize,
        /// What is wrong with it.
        problem: Box<ExpressionError>,
    },
    /// Two checks for one kind.
    #[error("duplicate custom health check for GroupKind {kind} at healthchecks[{index}]")]
    Duplicate {
        /// The kind and its group, with a dot between.
        kind: String,
        /// Place of the second.
        index: usize,
    },
}

/// Compiled expressions.
#[derive(Debug, Clone)]
pub struct Expressions {
    current: Program,
    failed: Option<Program>,
    in_progress: Option<Program>,
}

impl Expressions {
    /// Compiles the expressions of a check.
    ///
    /// # Errors
    /// If `current` is missing or one does not parse.
    pub fn compile(check: &CheckExpressions) -> Result<Self, ExpressionError> {
        if check.current.is_empty() {
            return Err(ExpressionError::NoCurrent);
        }
        let program = |name, text: &str| {
            Program::parse(text).map_err(|error| ExpressionError::Unparsed { name, error })
        };
        let optional = |name, text: &str| match text.is_empty() {
            true => Ok(None),
            false => program(name, text).map(Some),
        };
        Ok(Self {
            current: program("Current", &check.current)?,
            in_progress: optional("InProgress", &check.in_progress)?,
            failed: optional("Failed", &check.failed)?,
        })
    }

    /// The verdict on an object; its message is empty.
    ///
    /// # Errors
    /// If an expression that is looked at fails or gives no boolean.
    pub fn evaluate(&self, object: &Object) -> Result<Health, CelError> {
        let observed = object.int_at(&["status", "observedGeneration"]);
        let wanted = object.int_at(&["metadata", "generation"]);
        if let (Some(observed), Some(wanted)) = (observed, wanted)
            && observed != wanted
        {
            return Ok(Health::plain(Status::InProgress, ""));
        }
        let field = |name: &str| object.get(name).cloned();
        let order = [
            (self.in_progress.as_ref(), Status::InProgress),
            (self.failed.as_ref(), Status::Failed),
            (Some(&self.current), Status::Current),
        ];
        for (program, status) in order {
            if let Some(program) = program
                && program.is_true(&field)?
            {
                return Ok(Health::plain(status, ""));
            }
        }
        Ok(Health::plain(Status::InProgress, ""))
    }
}

/// The checks of one Kustomization or HelmRelease, by kind.
#[derive(Debug, Clone, Default)]
pub struct HealthChecks(BTreeMap<GroupKind, Expressions>);

impl HealthChecks {
    /// Compiles a list of checks.
    ///
    /// # Errors
    /// For the first check that does not compile or names a kind again.
    pub fn compile(checks: &[CheckExpressions]) -> Result<Self, ExpressionError> {
        let mut compiled = BTreeMap::new();
        for (index, check) in checks.iter().enumerate() {
            let kind = Gvk::from_api_version(&check.api_version, &check.kind).group_kind();
            if compiled.contains_key(&kind) {
                let kind = format!("{}.{}", kind.kind, kind.group);
                return Err(ExpressionError::Duplicate { kind, index });
            }
            let expressions = Expressions::compile(check)
                .map_err(|problem| ExpressionError::Check { index, problem: Box::new(problem) })?;
            compiled.insert(kind, expressions);
        }
        Ok(Self(compiled))
    }

    /// The expressions for a kind: its own, else those of its whole group.
    #[must_use]
    pub fn for_kind(&self, kind: &GroupKind) -> Option<&Expressions> {
        let group = || GroupKind { group: kind.group.clone(), kind: String::new() };
        self.0.get(kind).or_else(|| self.0.get(&group()))
    }
}
