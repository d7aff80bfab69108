//! `spec.ignore`: fields whose drift does not count.

use objects::{Object, Value};
use regex::Regex;

use super::reconcile::Run;

impl Run {
    /// The object without the fields that are ignored for it.
    pub(super) fn without_ignored(&self, object: &Object) -> Object {
        let rules = self.ks.0.list_at(&["spec", "ignore"]);
        let mut object = object.clone();
        for rule in rules.iter().filter(|rule| selects(rule, &object)).cloned().collect::<Vec<_>>()
        {
            for pointer in rule.list_at(&["paths"]).iter().filter_map(Value::as_str) {
                remove(&mut object.0, &parts(pointer));
            }
        }
        object
    }

    /// What is sent for an object that exists: ignored fields keep their live value.
    pub(super) fn with_live_values(&self, desired: &Object, live: &Object) -> Object {
        let rules = self.ks.0.list_at(&["spec", "ignore"]);
        let mut object = desired.clone();
        for rule in rules.iter().filter(|rule| selects(rule, desired)) {
            for pointer in rule.list_at(&["paths"]).iter().filter_map(Value::as_str) {
                let parts = parts(pointer);
                match find(&live.0, &parts) {
                    Some(value) if find(&object.0, &parts).is_some() => {
                        let value = value.clone();
                        if let Some(place) = find_mut(&mut object.0, &parts) {
                            *place = value;
                        }
                    }
                    _ => {
                        remove(&mut object.0, &parts);
                    }
                }
            }
        }
        object
    }
}

fn selects(rule: &Value, object: &Object) -> bool {
    let gvk = object.gvk();
    let fits = |key: &str, actual: &str| {
        let wanted = rule.str_at(&["target", key]).filter(|wanted| !wanted.is_empty());
        wanted.is_none_or(|wanted| {
            Regex::new(&format!("^(?:{wanted})$")).is_ok_and(|regex| regex.is_match(actual))
        })
    };
    let labels = |key: &str, field: &str| {
        let wanted = rule.str_at(&["target", key]).unwrap_or_default();
        wanted.split(',').filter(|term| !term.trim().is_empty()).all(|term| {
            let value = |name: &str| object.str_at(&["metadata", field, name.trim()]);
            match term.split_once("!=").map(|pair| (pair, false)).or_else(|| {
                term.split_once("==").or_else(|| term.split_once('=')).map(|pair| (pair, true))
            }) {
                Some(((name, wanted), equal)) => (value(name) == Some(wanted.trim())) == equal,
                None => value(term).is_some(),
            }
        })
    };
    fits("group", &gvk.group)
        && fits("version", &gvk.version)
        && fits("kind", &gvk.kind)
        && fits("name", object.name())
        && fits("namespace", object.namespace())
        && labels("labelSelector", "labels")
        && labels("annotationSelector", "annotations")
}

/// The names of a JSON pointer.
fn parts(pointer: &str) -> Vec<String> {
    let names = pointer.split('/').skip(1);
    names.map(|name| name.replace("~1", "/").replace("~0", "~")).collect()
}

fn find<'a>(value: &'a Value, parts: &[String]) -> Option<&'a Value> {
    parts.iter().try_fold(value, |value, part| match value {
        Value::List(items) => items.get(part.parse::<usize>().ok()?),
        value => value.get(part),
    })
}

fn find_mut<'a>(value: &'a mut Value, parts: &[String]) -> Option<&'a mut Value> {
    parts.iter().try_fold(value, |value, part| match value {
        Value::List(_) => value.as_list_mut()?.get_mut(part.parse::<usize>().ok()?),
        value => value.as_map_mut()?.get_mut(part),
    })
}

fn remove(value: &mut Value, parts: &[String]) {
    let Some((last, parents)) = parts.split_last() else { return };
    match find_mut(value, parents) {
        Some(parent @ Value::List(_)) => {
            if let (Some(items), Ok(at)) = (parent.as_list_mut(), last.parse::<usize>())
                && at < items.len()
            {
                items.remove(at);
            }
        }
        Some(parent) => {
            if let Some(map) = parent.as_map_mut() {
                map.remove(last);
            }
        }
        None => {}
    }
}
