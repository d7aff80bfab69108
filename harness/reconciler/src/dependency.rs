//! A dependency that does not hold, and the expression that may decide it.
//!
//! One rule: Kustomizations and HelmReleases judge `readyExpr` alike and in the same
//! words (fluxcd/pkg: runtime/cel). Start at [`ready_by_expression`].

use objects::Object;

/// A dependency that does not hold.
pub(crate) enum Unmet {
    /// It is not there yet.
    NotReady(String),
    /// Its expression is wrong.
    Terminal(String),
}

/// Whether `readyExpr` says that `dep` is ready for `own`; `name` and `label` are its names in messages.
pub(crate) fn ready_by_expression(
    expression: &str,
    (own, dep): (&Object, &Object),
    (name, label): (&str, &str),
) -> Result<(), Unmet> {
    let variables = [("self", own.0.clone()), ("dep", dep.0.clone())];
    match crate::cel::boolean(expression, &variables) {
        Ok(true) => Ok(()),
        Ok(false) => Err(Unmet::NotReady(format!(
            "dependency '{label}' is not ready according to readyExpr eval"
        ))),
        Err(crate::cel::Wrong::Compile(problem)) => Err(Unmet::Terminal(format!(
            "terminal error: failed to evaluate dependency {name}: {problem}"
        ))),
        Err(crate::cel::Wrong::Evaluate(problem)) => Err(Unmet::NotReady(problem)),
    }
}
