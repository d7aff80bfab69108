//! Reading and building metadata, conditions and selectors.

use clock::Moment;
use objects::{Map, Object, Value};

/// The owner that controls an object.
pub(crate) struct Owner<'a> {
    pub(crate) api_version: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) name: &'a str,
    pub(crate) uid: &'a str,
}

/// The controller of an object, as its owner references say.
pub(crate) fn controller(object: &Object) -> Option<Owner<'_>> {
    let owners = object.list_at(&["metadata", "ownerReferences"]);
    let owner = owners.iter().find(|owner| owner.bool_at(&["controller"]) == Some(true))?;
    let text = |key| owner.str_at(&[key]).unwrap_or_default();
    Some(Owner {
        api_version: text("apiVersion"),
        kind: text("kind"),
        name: text("name"),
        uid: text("uid"),
    })
}

/// Whether an object is controlled by the owner of this uid.
pub(crate) fn is_controlled_by(object: &Object, uid: &str) -> bool {
    controller(object).is_some_and(|owner| owner.uid == uid)
}

/// An owner reference that makes its object the controller.
pub(crate) fn owner_reference(owner: &Object) -> Value {
    Value::from([
        ("apiVersion", Value::from(owner.api_version())),
        ("kind", owner.kind().into()),
        ("name", owner.name().into()),
        ("uid", owner.uid().into()),
        ("controller", true.into()),
        ("blockOwnerDeletion", true.into()),
    ])
}

/// A foreign kind's name for caches: kind and group.
pub(crate) fn foreign_kind(object: &Object) -> String {
    object.gvk().group_kind().to_string()
}

/// A moment at a path.
pub(crate) fn moment_at(value: &Value, path: &[&str]) -> Option<Moment> {
    value.str_at(path).and_then(Moment::parse)
}

/// When an object was created.
pub(crate) fn created(object: &Object) -> Moment {
    moment_at(object, &["metadata", "creationTimestamp"]).unwrap_or_default()
}

/// A whole number at a path, or a default.
pub(crate) fn int(value: &Value, path: &[&str], default: i64) -> i64 {
    value.int_at(path).unwrap_or(default)
}

/// The map at a path; empty where there is none.
pub(crate) fn map_at<'a>(value: &'a Value, path: &[&str]) -> Option<&'a Map> {
    value.at(path).and_then(Value::as_map)
}

/// Whether a condition has this status.
pub(crate) fn condition_is(object: &Object, kind: &str, status: &str) -> bool {
    object.condition(kind).and_then(|c| c.str_at(&["status"])) == Some(status)
}

/// Whether labels satisfy a plain selector (`key: value` pairs).
pub(crate) fn matches_labels(selector: &Map, object: &Value, path: &[&str]) -> bool {
    let labels = map_at(object, path);
    selector.iter().all(|(key, value)| labels.and_then(|labels| labels.get(key)) == Some(value))
}

/// Whether an object's labels satisfy a label selector; an absent one matches nothing.
pub(crate) fn selects(selector: Option<&Value>, object: &Object) -> bool {
    let Some(selector) = selector.and_then(Value::as_map) else { return false };
    let pairs = selector.get("matchLabels").and_then(Value::as_map);
    let expressions = selector.get("matchExpressions").and_then(Value::as_list).unwrap_or_default();
    pairs.is_none_or(|pairs| matches_labels(pairs, object, &["metadata", "labels"]))
        && expressions.iter().all(|one| requirement(one, object))
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

/// Puts a condition in place of the one of its type, where it stands, or at the end.
pub(crate) fn set_condition(conditions: &mut Vec<Value>, condition: Value) {
    let kind = condition.str_at(&["type"]).unwrap_or_default().to_owned();
    match conditions.iter_mut().find(|one| one.str_at(&["type"]) == Some(&kind)) {
        Some(place) => *place = condition,
        None => conditions.push(condition),
    }
}

/// Sets a number, or leaves it out when it is zero, as Go's `omitempty` does.
pub(crate) fn set_count(status: &mut Value, key: &str, count: i64) {
    if count != 0 {
        status.set(&[key], count);
    }
}

/// A number or percentage of a total, as Kubernetes' `IntOrString` scales it.
pub(crate) fn scaled(value: Option<&Value>, total: i64, round_up: bool) -> Option<i64> {
    match value? {
        Value::Int(number) => Some(*number),
        Value::String(text) => {
            let percent: i64 = text.strip_suffix('%')?.parse().ok()?;
            let product = percent.checked_mul(total)?;
            Some(if round_up { (product + 99).div_euclid(100) } else { product.div_euclid(100) })
        }
        _ => None,
    }
}

/// A pod as controllers of pods see it.
pub(crate) mod pod {
    use std::time::Duration;

    use super::{condition_is, moment_at};
    use clock::Moment;
    use objects::Object;

    pub(crate) fn phase(pod: &Object) -> &str {
        pod.str_at(&["status", "phase"]).unwrap_or_default()
    }

    pub(crate) fn is_finished(pod: &Object) -> bool {
        matches!(phase(pod), "Succeeded" | "Failed")
    }

    /// Neither finished nor being deleted.
    pub(crate) fn is_active(pod: &Object) -> bool {
        !is_finished(pod) && !pod.is_deleting()
    }

    pub(crate) fn is_ready(pod: &Object) -> bool {
        condition_is(pod, "Ready", "True")
    }

    /// Since when it is ready.
    pub(crate) fn ready_since(pod: &Object) -> Option<Moment> {
        pod.condition("Ready").and_then(|one| moment_at(one, &["lastTransitionTime"]))
    }

    /// Ready for long enough; `Err` with the moment at which it will be.
    pub(crate) fn is_available(pod: &Object, least: i64, now: Moment) -> Result<bool, Moment> {
        if !is_ready(pod) {
            return Ok(false);
        }
        let least = Duration::from_secs(u64::try_from(least).unwrap_or(0));
        match ready_since(pod) {
            _ if least.is_zero() => Ok(true),
            Some(since) if since + least <= now => Ok(true),
            Some(since) => Err(since + least),
            None => Ok(false),
        }
    }

    pub(crate) fn is_scheduled(pod: &Object) -> bool {
        pod.str_at(&["spec", "nodeName"]).is_some_and(|name| !name.is_empty())
    }
}
