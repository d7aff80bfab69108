//! Aggregated cluster roles.
//!
//! Source: kubernetes `pkg/controller/clusterroleaggregation`.

use clock::Moment;
use objects::{Object, Value};

use crate::selector::label_selector_matches;
use crate::state::State;

/// Gives every aggregating role the rules of the roles it selects.
pub(crate) fn aggregate(state: &mut State, now: Moment) {
    let Some(kind) = state.kind("rbac.authorization.k8s.io", "ClusterRole") else { return };
    let all: Vec<Object> = state.storage.list(&kind.store, None).cloned().collect();
    for role in &all {
        let selectors = role.list_at(&["aggregationRule", "clusterRoleSelectors"]);
        if selectors.is_empty() {
            continue;
        }
        let mut rules: Vec<Value> = Vec::new();
        for selector in selectors {
            for part in all.iter().filter(|part| part.name() != role.name()) {
                if label_selector_matches(selector, part.at(&["metadata", "labels"])) {
                    for rule in part.list_at(&["rules"]) {
                        if !rules.contains(rule) {
                            rules.push(rule.clone());
                        }
                    }
                }
            }
        }
        if rules == role.list_at(&["rules"]) {
            continue;
        }
        let context =
            crate::context::Context::controller(now, "clusterrole-aggregation-controller");
        let config = Value::from([
            ("apiVersion", Value::String(kind.api_version.clone())),
            ("kind", "ClusterRole".into()),
            ("metadata", Value::from([("name", role.name())])),
            ("rules", rules.into()),
        ]);
        let merged =
            crate::typed::apply(&state.catalogue, &context, &kind, "", Some(role), &config, true);
        if let Ok(next) = merged {
            state.commit(&kind, next);
        }
    }
}
