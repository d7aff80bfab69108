//! Whether a webhook or a policy is about a write: rules, selectors, conditions.
//!
//! Source: kubernetes apiserver `plugin/policy/matching` and `plugin/webhook/predicates`.

use objects::{Object, Value};
use schema::crd::{Evaluated, evaluate};

use super::Operation;
use crate::context::Context;
use crate::selector::label_selector_matches;
use crate::state::State;

/// One write, as rules and expressions see it.
#[derive(Debug)]
pub(crate) struct Write<'a> {
    pub(crate) state: &'a State,
    pub(crate) context: &'a Context,
    pub(crate) operation: &'a Operation<'a>,
    pub(crate) object: &'a Object,
}

impl Write<'_> {
    fn verb(&self) -> &'static str {
        if self.operation.old.is_some() { "UPDATE" } else { "CREATE" }
    }

    /// Whether a rule with groups, versions, operations and resources names this write.
    pub(crate) fn fits_rule(&self, rule: &Value) -> bool {
        let kind = self.operation.kind;
        let has = |key: &str, wanted: &str| {
            let listed = rule.list_at(&[key]).iter().filter_map(Value::as_str);
            listed.into_iter().any(|item| item == "*" || item == wanted)
        };
        let scope = match rule.str_at(&["scope"]) {
            Some("Cluster") => !kind.namespaced,
            Some("Namespaced") => kind.namespaced,
            _ => true,
        };
        let names = rule.list_at(&["resourceNames"]);
        let named =
            names.is_empty() || names.iter().any(|name| name.as_str() == Some(self.object.name()));
        let sub = self.operation.sub;
        let resources = rule.list_at(&["resources"]).iter().filter_map(Value::as_str);
        let mut resources = resources.map(|text| text.split_once('/').unwrap_or((text, "")));
        let resource = resources.any(|(plural, part)| {
            let plural = plural == "*" || plural == kind.plural.as_ref();
            plural && (part == sub || part == "*")
        });
        scope
            && named
            && resource
            && has("apiGroups", &kind.gvk.group)
            && has("apiVersions", &kind.gvk.version)
            && has("operations", self.verb())
    }

    /// Whether `namespaceSelector` and `objectSelector` of a holder choose this write.
    pub(crate) fn fits_selectors(&self, holder: &Value) -> bool {
        let chosen = |selector: Option<&Value>, labels: Option<&Value>| {
            selector.is_none_or(|selector| label_selector_matches(selector, labels))
        };
        let labels = |object: &Object| object.at(&["metadata", "labels"]).cloned();
        let own = labels(self.object);
        let old = self.operation.old.and_then(labels);
        let selector = holder.get("objectSelector");
        let object =
            chosen(selector, own.as_ref()) || (old.is_some() && chosen(selector, old.as_ref()));
        let place = match self.namespace() {
            Some(namespace) => {
                let mut labels = labels(&namespace).unwrap_or_else(Value::map);
                labels.set(&["kubernetes.io/metadata.name"], namespace.name());
                chosen(holder.get("namespaceSelector"), Some(&labels))
            }
            None => true,
        };
        object && place
    }

    /// The namespace that the write is in, or is.
    pub(crate) fn namespace(&self) -> Option<Object> {
        let kind = self.operation.kind;
        if kind.gvk.kind == "Namespace" && kind.gvk.group.is_empty() {
            return Some(self.object.clone());
        }
        let name = self.object.namespace();
        kind.namespaced.then(|| self.state.core("Namespace", "", name).cloned()).flatten()
    }

    /// Variables of expressions.
    pub(crate) fn variables(&self) -> Vec<(&'static str, Value)> {
        let kind = self.operation.kind;
        let user = &self.context.user;
        let groups: Value = user.groups.iter().map(|group| Value::from(group.as_str())).collect();
        let gvk = |name: &str| {
            Value::from([
                ("group", Value::from(kind.gvk.group.as_str())),
                (name, if name == "kind" { kind.gvk.kind.as_str() } else { &kind.plural }.into()),
                ("version", kind.gvk.version.as_str().into()),
            ])
        };
        let request = Value::from([
            ("dryRun", Value::from(self.context.dry_run)),
            ("kind", gvk("kind")),
            ("name", self.object.name().into()),
            ("namespace", self.object.namespace().into()),
            ("operation", self.verb().into()),
            ("resource", gvk("resource")),
            ("subResource", self.operation.sub.into()),
            (
                "userInfo",
                Value::from([("groups", groups), ("username", user.name.as_str().into())]),
            ),
        ]);
        let old = self.operation.old.map(|old| old.0.clone()).unwrap_or_default();
        let namespace = self.namespace().map(|namespace| namespace.0).unwrap_or_default();
        vec![
            ("object", self.object.0.clone()),
            ("oldObject", old),
            ("request", request),
            ("namespaceObject", namespace),
        ]
    }

    /// Whether every condition of a holder holds; the error of one that cannot be told.
    pub(crate) fn fits_conditions(
        &self,
        holder: &Value,
        variables: &[(&str, &Value)],
    ) -> Result<bool, String> {
        for condition in holder.list_at(&["matchConditions"]) {
            let expression = condition.str_at(&["expression"]).unwrap_or_default();
            match evaluate(expression, variables)? {
                Evaluated::Bool(true) => {}
                _ => return Ok(false),
            }
        }
        Ok(true)
    }
}

/// The variables as expressions take them.
pub(crate) fn borrowed<'a>(
    variables: &'a [(&'static str, Value)],
) -> Vec<(&'static str, &'a Value)> {
    variables.iter().map(|(name, value)| (*name, value)).collect()
}
