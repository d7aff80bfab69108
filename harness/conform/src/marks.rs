//! Marks: what a recording says and a run must say too.
//!
//! The same seven marks as the recordings' own scorer; what varied there is not compared.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use objects::{Map, Value};

use crate::ConformError;
use crate::case::load;
use crate::record::Recorded;
use crate::steps::entries;

/// The names of the marks, in the order they are shown.
pub const MARKS: [&str; 7] =
    ["ready", "status", "objects", "managers", "events", "transitions", "times"];

/// How many of a case's marks were reached, and what was missed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Marks {
    /// Reached and possible, by mark.
    pub counts: BTreeMap<&'static str, (usize, usize)>,
    /// What was missed, a line each.
    pub missed: Vec<String>,
}

impl Marks {
    /// Whether every mark was reached.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.counts.values().all(|(reached, possible)| reached == possible)
    }

    fn mark(&mut self, mark: &'static str, reached: bool, what: impl FnOnce() -> String) {
        let count = self.counts.entry(mark).or_default();
        count.1 += 1;
        if reached {
            count.0 += 1;
        } else {
            self.missed.push(format!("{mark}: {}", what()));
        }
    }
}

/// Compares the files of a run with a folder of recorded ones.
pub(crate) fn compare(expected: &Path, actual: &Recorded) -> Result<Marks, ConformError> {
    let mut marks = Marks::default();
    let io = |cause| ConformError::File { path: expected.to_owned(), cause };
    let mut names = Vec::new();
    for entry in std::fs::read_dir(expected).map_err(io)? {
        names.push(entry.map_err(io)?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    let empty = Value::map();
    let snapshots = names.iter().filter(|name| name.starts_with(|c: char| c.is_ascii_digit()));
    for name in snapshots {
        let seen = mask(actual.get(name).unwrap_or(&empty));
        snapshot(name, &mask(&load(&expected.join(name))?), &seen, &mut marks);
    }
    let pair = |name: &str| -> Result<(Value, Value), ConformError> {
        let path = expected.join(name);
        let recorded = if path.exists() { load(&path)? } else { Value::Null };
        Ok((mask(&recorded), mask(actual.get(name).unwrap_or(&Value::Null))))
    };
    let (recorded, seen) = pair("events.yaml")?;
    events(&recorded, &seen, &mut marks);
    let (recorded, seen) = pair("transitions.yaml")?;
    transitions(&recorded, &seen, &mut marks);
    Ok(marks)
}

/// Digests and sizes depend on how an archive was packed.
fn mask(value: &Value) -> Value {
    match value {
        Value::Map(map) => {
            let packed = map.contains_key("digest") && map.contains_key("path");
            let entries = map.iter().map(|(key, value)| {
                let value =
                    if packed && key.as_ref() == "size" { "<size>".into() } else { mask(value) };
                (key.clone(), value)
            });
            entries.collect::<Map>().into()
        }
        Value::List(items) => items.iter().map(mask).collect(),
        Value::String(text) => mask_digest(text).into(),
        other => other.clone(),
    }
}

fn mask_digest(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("sha256:") {
        let hex = &rest[at + 7..];
        let long = hex.bytes().take(64).filter(u8::is_ascii_hexdigit).count() == 64;
        out.push_str(&rest[..at]);
        out.push_str(if long { "<sha256>" } else { "sha256:" });
        rest = if long { &hex[64..] } else { hex };
    }
    out.push_str(rest);
    out
}

/// Equal where the recording itself did not vary.
fn like(expected: &Value, actual: &Value) -> bool {
    match (expected, actual) {
        (Value::String(text), _) if text.as_ref() == "<varies>" => true,
        (Value::Map(one), Value::Map(other)) => {
            one.len() == other.len()
                && one.iter().all(|(key, value)| other.get(key).is_some_and(|o| like(value, o)))
        }
        (Value::List(one), Value::List(other)) => {
            one.len() == other.len() && one.iter().zip(other.iter()).all(|(a, b)| like(a, b))
        }
        _ => expected == actual,
    }
}

fn ident(object: &Value) -> String {
    let text = |path: &[&str]| object.str_at(path).unwrap_or_default().to_owned();
    let (api, kind) = (text(&["apiVersion"]), text(&["kind"]));
    format!("{api} {kind}/{}/{}", text(&["metadata", "namespace"]), text(&["metadata", "name"]))
}

fn snapshot(file: &str, expected: &Value, actual: &Value, marks: &mut Marks) {
    let all = |snapshot: &Value| -> Vec<Value> {
        [snapshot.list_at(&["flux"]), snapshot.list_at(&["objects"])].concat()
    };
    let seen: BTreeMap<String, Value> = all(actual).into_iter().map(|o| (ident(&o), o)).collect();
    let absent = Value::from([("metadata", Value::map())]);
    for object in expected.list_at(&["flux"]) {
        let name = ident(object);
        let found = seen.get(&name).unwrap_or(&absent);
        let (wanted, got) = (conditions(object), conditions(found));
        marks.mark("ready", like(&wanted, &got), || {
            format!(
                "{file} {name}: {} instead of {}",
                objects::to_json(&got),
                objects::to_json(&wanted)
            )
        });
        let (wanted, got) = (rest(object), rest(found));
        marks.mark("status", like(&wanted, &got), || {
            format!("{file} {name}: {}", difference(&wanted, &got))
        });
    }
    for object in all(expected) {
        let name = ident(&object);
        let found = seen.get(&name);
        let wanted = stripped(&object);
        let got = found.map(stripped).unwrap_or_default();
        marks.mark("objects", found.is_some() && like(&wanted, &got), || {
            format!("{file} {name}: {}", difference(&wanted, &got))
        });
        let managers = object.at(&["metadata", "managedFields"]);
        if let Some(managers) =
            managers.filter(|list| list.as_list().is_some_and(|l| !l.is_empty()))
        {
            let got = found.and_then(|found| found.at(&["metadata", "managedFields"]));
            let got = got.cloned().unwrap_or_default();
            marks.mark("managers", like(managers, &got), || {
                format!("{file} {name}: {}", difference(managers, &got))
            });
        }
    }
    let known: BTreeSet<String> = all(expected).iter().map(ident).collect();
    for name in seen.keys().filter(|name| !known.contains(*name)) {
        marks.mark("objects", false, || format!("{file} unexpected {name}"));
    }
}

fn short(condition: &Value) -> Value {
    let keys = ["type", "status", "reason", "message"];
    let kept = keys.into_iter().filter_map(|key| Some((key, condition.get(key)?.clone())));
    kept.collect::<Map>().into()
}

fn conditions(object: &Value) -> Value {
    object.list_at(&["status", "conditions"]).iter().map(short).collect()
}

fn rest(object: &Value) -> Value {
    let kept = entries(object.get("status")).filter(|(key, _)| *key != "conditions");
    kept.map(|(key, value)| (key, value.clone())).collect::<Map>().into()
}

/// Without status, uids and managers.
fn stripped(object: &Value) -> Value {
    let mut bare = object.clone();
    bare.remove(&["status"]);
    bare.remove(&["metadata", "uid"]);
    bare.remove(&["metadata", "managedFields"]);
    let owners: Value = object
        .list_at(&["metadata", "ownerReferences"])
        .iter()
        .map(|owner| {
            let mut owner = owner.clone();
            owner.remove(&["uid"]);
            owner
        })
        .collect();
    bare.set(&["metadata", "ownerReferences"], owners);
    bare
}

/// The first places where two values differ.
fn difference(expected: &Value, actual: &Value) -> String {
    let mut found = Vec::new();
    differences(expected, actual, String::new(), &mut found);
    found.truncate(3);
    found.join("; ")
}

fn differences(expected: &Value, actual: &Value, at: String, found: &mut Vec<String>) {
    if like(expected, actual) {
        return;
    }
    match (expected, actual) {
        (Value::Map(one), Value::Map(other)) => {
            let keys: BTreeSet<_> = one.keys().chain(other.keys()).collect();
            for key in keys {
                let (a, b) = (one.get(key), other.get(key));
                let (a, b) = (a.cloned().unwrap_or_default(), b.cloned().unwrap_or_default());
                differences(&a, &b, format!("{at}.{key}"), found);
            }
        }
        (Value::List(one), Value::List(other)) if one.len() == other.len() => {
            for (number, (a, b)) in one.iter().zip(other.iter()).enumerate() {
                differences(a, b, format!("{at}[{number}]"), found);
            }
        }
        _ => {
            let (got, wanted) = (objects::to_json(actual), objects::to_json(expected));
            found.push(format!("{at} is {got} instead of {wanted}"));
        }
    }
}

fn involved(event: &Value) -> String {
    let text = |key: &str| event.str_at(&["involvedObject", key]).unwrap_or_default();
    format!("{}/{}", text("kind"), text("name"))
}

fn events(expected: &Value, actual: &Value, marks: &mut Marks) {
    let group = |events: &Value| {
        let mut groups: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for event in events.as_list().unwrap_or_default() {
            groups.entry(involved(event)).or_default().push(event.clone());
        }
        groups
    };
    let seen = group(actual);
    for (name, wanted) in group(expected) {
        if wanted.iter().any(|event| event.bool_at(&["stable"]) == Some(false)) {
            continue;
        }
        let got = seen.get(&name).cloned().unwrap_or_default();
        let pairs = wanted.iter().zip(&got);
        let wrong = pairs.clone().find(|(wanted, got)| !is_near(wanted, got));
        let reached = wanted.len() == got.len() && wrong.is_none();
        marks.mark("events", reached, || match wrong {
            Some((wanted, got)) => format!("{name}: {} instead of {}", shown(got), shown(wanted)),
            None => {
                let more = wanted.get(got.len()).or(got.get(wanted.len()));
                let extra = more.map(shown).unwrap_or_default();
                format!("{name}: {} events instead of {}: {extra}", got.len(), wanted.len())
            }
        });
    }
}

fn shown(event: &Value) -> String {
    let keys = ["type", "reason", "message", "count", "annotations"];
    let kept = keys.into_iter().filter_map(|key| Some((key, event.get(key)?.clone())));
    objects::to_json(&kept.collect::<Map>().into())
}

fn is_near(expected: &Value, actual: &Value) -> bool {
    let same = ["type", "reason", "message", "annotations"].into_iter().all(|key| {
        let of = |event: &Value| event.get(key).cloned().unwrap_or_default();
        like(&of(expected), &of(actual))
    });
    let counts = match expected.get("count") {
        Some(Value::List(range)) => range.iter().filter_map(Value::as_int).collect(),
        Some(count) => vec![count.as_int().unwrap_or(0)],
        None => vec![0],
    };
    let got = actual.int_at(&["count"]).unwrap_or(0);
    let (first, last) = (counts.first().copied(), counts.last().copied());
    let slack = i64::from(counts.len() > 1);
    same && first.is_some_and(|first| first <= got) && last.is_some_and(|last| got <= last + slack)
}

fn transitions(expected: &Value, actual: &Value, marks: &mut Marks) {
    for (name, recorded) in entries(Some(expected)) {
        if recorded.bool_at(&["stable"]) != Some(true) {
            continue;
        }
        let wanted = recorded.list_at(&["states"]);
        let got = open_cut(recorded, actual.get(name));
        let core = |state: &Value| {
            let mut state = state.clone();
            state.remove(&["t"]);
            state
        };
        let (one, other) = (wanted.iter().map(core), got.iter().map(core));
        let reached =
            wanted.len() == got.len() && one.clone().zip(other.clone()).all(|(a, b)| a == b);
        marks.mark("transitions", reached, || {
            let wrong = one.zip(other).position(|(a, b)| a != b);
            let at = wrong.unwrap_or(wanted.len().min(got.len()));
            let json = |state: Option<&Value>| state.map(objects::to_json).unwrap_or_default();
            format!(
                "{name}: state {at} is {} instead of {}",
                json(got.get(at)),
                json(wanted.get(at))
            )
        });
        if reached {
            times(name, wanted, &got, marks);
        }
    }
}

/// In open steps only as many states count as were recorded.
fn open_cut(recorded: &Value, actual: Option<&Value>) -> Vec<Value> {
    let open: Vec<i64> = recorded.list_at(&["open"]).iter().filter_map(Value::as_int).collect();
    let step = |state: &Value| state.int_at(&["step"]).unwrap_or(-1);
    let mut taken: BTreeMap<i64, usize> = BTreeMap::new();
    let states = actual.map(|actual| actual.list_at(&["states"]).to_vec()).unwrap_or_default();
    let keep = |state: &Value| {
        let at = step(state);
        let known = recorded.list_at(&["states"]).iter().filter(|state| step(state) == at).count();
        let count = taken.entry(at).or_default();
        *count += 1;
        !open.contains(&at) || *count <= known
    };
    states.into_iter().filter(keep).collect()
}

fn times(name: &str, wanted: &[Value], got: &[Value], marks: &mut Marks) {
    let numbers = |state: &Value| -> Vec<f64> {
        match state.get("t") {
            Some(Value::List(list)) => list.iter().filter_map(Value::as_f64).collect(),
            Some(one) => one.as_f64().into_iter().collect(),
            None => Vec::new(),
        }
    };
    for (wanted, got) in wanted.iter().zip(got) {
        let recorded = numbers(wanted);
        let seen = numbers(got).first().copied().unwrap_or(f64::INFINITY);
        let near = |value: &f64| (value - seen).abs() <= (0.15 * value).max(1.5);
        marks.mark("times", recorded.iter().any(near), || {
            format!("{name}: {seen} instead of {recorded:?}")
        });
    }
}
