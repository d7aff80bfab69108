//! `spec.healthCheckExprs`, compiled.

use flux::parts::HealthExpression;
use health::{CheckExpressions, HealthChecks};

/// Compiles the expressions of a spec.
///
/// # Errors
/// What the controllers say of the first that is wrong.
pub(crate) fn compile(expressions: Vec<HealthExpression>) -> Result<HealthChecks, String> {
    let written: Vec<CheckExpressions> = expressions
        .into_iter()
        .map(|check| CheckExpressions {
            api_version: check.api_version,
            kind: check.kind,
            current: check.current,
            failed: check.failed,
            in_progress: check.in_progress,
        })
        .collect();
    HealthChecks::compile(&written).map_err(|problem| problem.to_string())
}
