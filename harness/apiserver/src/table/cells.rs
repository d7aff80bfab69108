//! Cells of built-in kinds.
//!
//! Source: kubernetes `pkg/printers/internalversion/printers.go`, and recorded tables.

mod core;
mod more;
mod workloads;

use clock::Moment;
use objects::{Object, Value};

use crate::catalogue::Kind;

/// The cells of one object, one a column.
pub(crate) fn cells(now: Moment, kind: &Kind, object: &Object) -> Vec<Value> {
    let made = || age(now, object.str_at(&["metadata", "creationTimestamp"]));
    workloads::cells(now, kind, object)
        .or_else(|| core::cells(now, kind, object))
        .or_else(|| more::cells(now, kind, object))
        .unwrap_or_else(|| match kind.gvk.kind.as_str() {
            "LimitRange" | "ClusterRole" | "Role" | "CustomResourceDefinition" => {
                vec![object.name().into(), stamp(object)]
            }
            _ => vec![object.name().into(), made()],
        })
}

/// The creation time as it stands.
pub(crate) fn stamp(object: &Object) -> Value {
    object.at(&["metadata", "creationTimestamp"]).cloned().unwrap_or_default()
}

/// How long ago, as kubectl prints it; `<unknown>` where there is no time.
pub(crate) fn age(now: Moment, time: Option<&str>) -> Value {
    let Some(time) = time else { return "<unknown>".into() };
    match Moment::parse(time) {
        Some(moment) => human(now.since(moment).as_secs()).into(),
        None => "<invalid>".into(),
    }
}

/// A duration in kubectl's words (kubernetes apimachinery, `util/duration`).
pub(crate) fn human(seconds: u64) -> String {
    let minutes = seconds / 60;
    let hours = minutes / 60;
    let days = hours / 24;
    let two = |large: u64, unit: &str, small: u64, part: &str| {
        if small == 0 { format!("{large}{unit}") } else { format!("{large}{unit}{small}{part}") }
    };
    match seconds {
        0..120 => format!("{seconds}s"),
        120..600 => two(minutes, "m", seconds % 60, "s"),
        600..10_800 => format!("{minutes}m"),
        10_800..28_800 => two(hours, "h", minutes % 60, "m"),
        28_800..172_800 => format!("{hours}h"),
        172_800..691_200 => two(days, "d", hours % 24, "h"),
        691_200..63_072_000 => format!("{days}d"),
        63_072_000..252_288_000 => two(days / 365, "y", days % 365, "d"),
        _ => format!("{}y", days / 365),
    }
}

/// Labels or a plain selector as `a=b,c=d`; `<none>` for none.
pub(crate) fn labels(map: Option<&Value>) -> String {
    let parts: Vec<String> = map
        .and_then(Value::as_map)
        .into_iter()
        .flat_map(objects::Map::iter)
        .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()))
        .collect();
    if parts.is_empty() { "<none>".to_owned() } else { parts.join(",") }
}

/// A label selector in one line.
pub(crate) fn selector(selector: Option<&Value>) -> String {
    let Some(selector) = selector else { return "<none>".to_owned() };
    let mut parts: Vec<String> = Vec::new();
    if let Some(map) = selector.at(&["matchLabels"]).and_then(Value::as_map) {
        parts.extend(
            map.iter().map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default())),
        );
    }
    for expression in selector.list_at(&["matchExpressions"]) {
        let key = expression.str_at(&["key"]).unwrap_or_default();
        let values: Vec<&str> =
            expression.list_at(&["values"]).iter().filter_map(Value::as_str).collect();
        let values = values.join(",");
        parts.push(match expression.str_at(&["operator"]) {
            Some("In") => format!("{key} in ({values})"),
            Some("NotIn") => format!("{key} notin ({values})"),
            Some("DoesNotExist") => format!("!{key}"),
            _ => key.to_owned(),
        });
    }
    if parts.is_empty() { "<none>".to_owned() } else { parts.join(",") }
}

/// Names and images of a template's containers.
pub(crate) fn containers(spec: Option<&Value>) -> (Value, Value) {
    let items = spec.map(|spec| spec.list_at(&["containers"])).unwrap_or_default();
    let join = |key: &str| -> Value {
        let texts: Vec<&str> = items.iter().filter_map(|item| item.str_at(&[key])).collect();
        texts.join(",").into()
    };
    (join("name"), join("image"))
}

/// A number at a path, 0 where there is none.
pub(crate) fn number(object: &Value, path: &[&str]) -> i64 {
    object.int_at(path).unwrap_or(0)
}
