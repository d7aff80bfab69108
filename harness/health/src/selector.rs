//! Label selectors, as far as readers of workloads need them.

use objects::{Map, Object, Value};

use crate::HealthError;
use crate::access;

/// A workload's `spec.selector`.
pub(crate) struct Selector<'a>(&'a Map);

impl<'a> Selector<'a> {
    /// Reads it from a workload.
    ///
    /// # Errors
    /// If there is none or it is no map.
    pub(crate) fn of(object: &'a Object) -> Result<Self, HealthError> {
        let found = access::nested_map(object, &["spec", "selector"])?;
        found.map(Self).ok_or_else(|| HealthError("no selector found".to_owned()))
    }

    /// Whether an object's labels satisfy every requirement.
    pub(crate) fn matches(&self, object: &Object) -> bool {
        let labels = self.0.get("matchLabels").and_then(Value::as_map);
        let expressions = self.0.get("matchExpressions").and_then(Value::as_list);
        labels.is_none_or(|labels| {
            labels.iter().all(|(key, value)| object.label(key) == value.as_str())
        }) && expressions.unwrap_or_default().iter().all(|one| requirement(one, object))
    }
}

fn requirement(expression: &Value, object: &Object) -> bool {
    let label = object.label(expression.str_at(&["key"]).unwrap_or_default());
    let values = expression.list_at(&["values"]);
    let among = label.is_some_and(|label| values.iter().any(|v| v.as_str() == Some(label)));
    match expression.str_at(&["operator"]).unwrap_or_default() {
        "In" => among,
        "NotIn" => !among,
        "Exists" => label.is_some(),
        "DoesNotExist" => label.is_none(),
        _ => false,
    }
}
