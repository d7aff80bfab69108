//! `metadata.managedFields`: who owns what, read and written.
//!
//! After apimachinery `managedfields/internal`: an applier is known by name and
//! subresource, an updater by its version too.

use std::collections::BTreeMap;
use std::sync::Arc;

use objects::Value;

use super::memo;
use super::set::Set;

/// Who wrote. The order is that of the encoded identifiers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Id {
    pub(crate) manager: String,
    /// `false` sorts first: `Apply` before `Update`.
    pub(crate) update: bool,
    /// Empty for appliers.
    pub(crate) version: String,
    pub(crate) subresource: String,
}

impl Id {
    /// As conflicts name it.
    pub(crate) fn shown(&self) -> String {
        let mut text = crate::cause::quote(&self.manager);
        if !self.subresource.is_empty() {
            text = format!("{text} with subresource {}", crate::cause::quote(&self.subresource));
        }
        match self.update {
            true => format!("{text} using {}", self.version),
            false => text,
        }
    }
}

/// What one manager owns.
#[derive(Debug, Clone)]
pub(crate) struct Owned {
    pub(crate) version: String,
    pub(crate) set: Arc<Set>,
    pub(crate) time: Option<String>,
    /// The encoded set, while it is unchanged.
    encoded: Option<Value>,
    /// The entry that it was read from, while its set is unchanged.
    entry: Option<Value>,
}

impl Owned {
    pub(crate) fn new(version: &str, set: Set, time: Option<String>) -> Self {
        let set = Arc::new(set);
        Self { version: version.to_owned(), set, time, encoded: None, entry: None }
    }

    /// The encoded set, while it is unchanged.
    pub(super) fn encoded(&self) -> Option<&Value> {
        self.encoded.as_ref()
    }

    /// The entry that it was read from, if it says all that is to be said.
    fn entry_of(&self, id: &Id) -> Option<&Value> {
        let entry = self.entry.as_ref()?;
        let is = |key: &str, text: &str| entry.str_at(&[key]).unwrap_or_default() == text;
        let same = is("apiVersion", &self.version)
            && is("manager", &id.manager)
            && is("subresource", &id.subresource)
            && entry.str_at(&["time"]) == self.time.as_deref()
            && entry.get("fieldsV1").is_some();
        same.then_some(entry)
    }

    pub(crate) fn replace(&mut self, set: Set) {
        if *self.set != set {
            self.set = Arc::new(set);
            self.encoded = None;
            self.entry = None;
        }
    }
}

/// Every manager of an object.
pub(crate) type Managers = BTreeMap<Id, Owned>;

/// Reads `managedFields`; `None` if an entry cannot be read.
pub(crate) fn decode(entries: &[Value]) -> Option<Managers> {
    entries.iter().map(decode_entry).collect()
}

fn decode_entry(entry: &Value) -> Option<(Id, Owned)> {
    let text = |key: &str| entry.str_at(&[key]).unwrap_or_default().to_owned();
    let update = match entry.str_at(&["operation"])? {
        "Apply" => false,
        "Update" => true,
        _ => return None,
    };
    let version = text("apiVersion");
    if version.is_empty() || entry.str_at(&["fieldsType"]) != Some("FieldsV1") {
        return None;
    }
    let fields = entry.get("fieldsV1").cloned().unwrap_or_else(Value::map);
    let id = Id {
        manager: text("manager"),
        update,
        version: if update { version.clone() } else { String::new() },
        subresource: text("subresource"),
    };
    let time = entry.str_at(&["time"]).map(str::to_owned);
    let set = memo::read(&fields)?;
    let entry = Some(entry.clone());
    Some((id, Owned { version, set, time, encoded: Some(fields), entry }))
}

/// Writes `managedFields` in the server's order: operation, time, manager.
pub(crate) fn encode(managers: &Managers) -> Vec<Value> {
    let mut sorted: Vec<_> = managers.iter().collect();
    sorted.sort_by(|(left, a), (right, b)| sort_key(left, a).cmp(&sort_key(right, b)));
    sorted.into_iter().map(|(id, owned)| encode_entry(id, owned)).collect()
}

fn sort_key<'a>(id: &'a Id, owned: &'a Owned) -> (bool, &'a str, &'a str, &'a str, &'a str) {
    let time = owned.time.as_deref().unwrap_or_default();
    (id.update, time, &id.manager, &owned.version, &id.subresource)
}

fn encode_entry(id: &Id, owned: &Owned) -> Value {
    if let Some(entry) = owned.entry_of(id) {
        return entry.clone();
    }
    let fields = owned.encoded.clone().unwrap_or_else(|| {
        let fields = owned.set.encode();
        memo::keep(&fields, &owned.set);
        fields
    });
    let mut entry = Value::from([
        ("apiVersion", Value::from(owned.version.as_str())),
        ("fieldsType", "FieldsV1".into()),
        ("fieldsV1", fields),
        ("manager", id.manager.as_str().into()),
        ("operation", if id.update { "Update" } else { "Apply" }.into()),
    ]);
    if !id.subresource.is_empty() {
        entry.set(&["subresource"], id.subresource.as_str());
    }
    if let Some(time) = &owned.time {
        entry.set(&["time"], time.as_str());
    }
    entry
}

/// More updaters than this are merged, oldest first (apimachinery: `DefaultMaxUpdateManagers`).
const MOST_UPDATERS: usize = 10;

/// Merges the oldest updaters of a version into `ancient-changes`.
pub(crate) fn cap(managers: &mut Managers) {
    let mut updaters: Vec<Id> = managers.keys().filter(|id| id.update).cloned().collect();
    let mut count = updaters.len();
    if count <= MOST_UPDATERS {
        return;
    }
    updaters.sort_by_key(|id| (managers.get(id).and_then(|owned| owned.time.clone()), id.clone()));
    let mut first_of: BTreeMap<String, Id> = BTreeMap::new();
    for id in updaters {
        if count <= MOST_UPDATERS {
            return;
        }
        let Some(first) = first_of.get(&id.version) else {
            first_of.insert(id.version.clone(), id);
            continue;
        };
        let bucket = Id {
            manager: "ancient-changes".to_owned(),
            update: true,
            version: id.version.clone(),
            subresource: String::new(),
        };
        if !managers.contains_key(&bucket)
            && let Some(owned) = managers.remove(first)
        {
            managers.insert(bucket.clone(), owned);
        }
        if let Some(merged) = managers.remove(&id)
            && let Some(owned) = managers.get_mut(&bucket)
        {
            owned.replace(owned.set.union(&merged.set));
            owned.time = merged.time;
        }
        count -= 1;
    }
}
