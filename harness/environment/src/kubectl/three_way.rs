//! The patch of a client-side apply.
//!
//! One rule: what was applied last and is wanted no more goes; what is wanted and
//! differs is set; everything else stays (kubectl: `CreateThreeWayMergePatch`).

use objects::{Map, Object, Value};

use super::LAST_APPLIED;

/// The patch from what is stored to what is wanted.
pub(super) fn patch(stored: &Object, wanted: &Object, strategic: bool) -> Value {
    let last = stored.annotation(LAST_APPLIED).map(|text| objects::from_json(text.as_bytes()));
    let last = last.and_then(Result::ok).unwrap_or_default();
    let mut wanted = wanted.0.clone();
    // The server keeps the status of its own; kubectl sends none that differs.
    wanted.remove(&["status"]);
    difference(&last, &stored.0, &wanted, strategic).unwrap_or_else(Value::map)
}

fn difference(last: &Value, stored: &Value, wanted: &Value, strategic: bool) -> Option<Value> {
    match (stored.as_map(), wanted.as_map()) {
        (Some(stored), Some(wanted)) => {
            let patch = maps(last.as_map(), stored, wanted, strategic);
            (!patch.is_empty()).then(|| patch.into())
        }
        _ => match (stored.as_list(), wanted.as_list()) {
            (Some(stored), Some(wanted)) if strategic => {
                lists(last.as_list().unwrap_or_default(), stored, wanted)
            }
            _ => (stored != wanted).then(|| wanted.clone()),
        },
    }
}

fn maps(last: Option<&Map>, stored: &Map, wanted: &Map, strategic: bool) -> Map {
    let mut patch = Map::new();
    for (key, value) in wanted {
        match stored.get(key) {
            None if value.is_null() => {}
            None => {
                patch.insert(key.clone(), value.clone());
            }
            Some(there) => {
                let before = last.and_then(|last| last.get(key)).cloned().unwrap_or_default();
                if let Some(part) = difference(&before, there, value, strategic) {
                    patch.insert(key.clone(), part);
                }
            }
        }
    }
    let gone = last.into_iter().flat_map(Map::keys);
    for key in gone.filter(|key| !wanted.contains_key(key) && stored.contains_key(key)) {
        patch.insert(key.clone(), Value::Null);
    }
    patch
}

/// Keys by which Kubernetes merges lists of maps, the most telling first.
const KEYS: [&str; 6] = ["name", "containerPort", "port", "mountPath", "ip", "topologyKey"];

/// Lists of maps that share a key are merged by it; every other list is replaced.
fn lists(last: &[Value], stored: &[Value], wanted: &[Value]) -> Option<Value> {
    let all = || last.iter().chain(stored).chain(wanted);
    let key = KEYS.into_iter().find(|key| all().all(|item| item.get(key).is_some()));
    let Some(key) = key.filter(|_| !wanted.is_empty()) else {
        return (stored != wanted).then(|| wanted.to_vec().into());
    };
    let with = |list: &[Value], name: &Value| {
        list.iter().find(|item| item.get(key) == Some(name)).cloned()
    };
    let mut patch = Vec::new();
    for item in wanted {
        let Some(name) = item.get(key) else { continue };
        let Some(there) = with(stored, name) else {
            patch.push(item.clone());
            continue;
        };
        let before = with(last, name).unwrap_or_default();
        if let Some(mut part) = difference(&before, &there, item, true) {
            part.set(&[key], name.clone());
            patch.push(part);
        }
    }
    for name in last.iter().filter_map(|item| item.get(key)) {
        if with(wanted, name).is_none() && with(stored, name).is_some() {
            patch.push(Value::from([("$patch", "delete".into()), (key, name.clone())]));
        }
    }
    (!patch.is_empty()).then(|| patch.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(json: &str) -> Value {
        objects::from_json(json.as_bytes()).unwrap()
    }

    #[test]
    fn a_patch_sets_what_differs_and_takes_away_only_what_was_applied_before() {
        for (last, stored, wanted, patch) in [
            (r#"{"a":1,"b":2}"#, r#"{"a":1,"b":2,"c":3}"#, r#"{"a":1}"#, r#"{"b":null}"#),
            (r#"{}"#, r#"{"a":1,"c":3}"#, r#"{"a":2}"#, r#"{"a":2}"#),
            (
                r#"{"l":[{"name":"x","v":1},{"name":"y"}]}"#,
                r#"{"l":[{"name":"x","v":1,"d":0},{"name":"y"},{"name":"z"}]}"#,
                r#"{"l":[{"name":"x","v":2}]}"#,
                r#"{"l":[{"name":"x","v":2},{"$patch":"delete","name":"y"}]}"#,
            ),
            (r#"{"l":[1,2]}"#, r#"{"l":[1,2]}"#, r#"{"l":[1]}"#, r#"{"l":[1]}"#),
            (r#"{"a":1}"#, r#"{"a":1}"#, r#"{"a":1}"#, r#"{}"#),
        ] {
            let found = difference(&value(last), &value(stored), &value(wanted), true);
            assert_eq!(found.unwrap_or_else(Value::map), value(patch), "{wanted}");
        }
    }
}
