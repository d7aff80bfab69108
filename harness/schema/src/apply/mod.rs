//! Server-side apply and the ownership of fields.
//!
//! Knows managers, field sets, merging and conflicts, after
//! kubernetes-sigs/structured-merge-diff and apimachinery `managedfields`.
//! Must not know storage or time: the caller gives the moment. Start at [`apply`].

mod check;
mod element;
mod last_applied;
mod managers;
mod memo;
mod merge;
mod set;
mod update;
mod walk;
mod zero;

pub(crate) use check::go_plain;
use objects::Value;
pub(crate) use walk::same;

use crate::Shape;
use managers::{Id, Managers};
use set::Set;
use update::Updater;

/// One write, as ownership sees it.
#[derive(Debug, Clone, Copy)]
pub struct Write<'a> {
    /// Field manager.
    pub manager: &'a str,
    /// `apiVersion` of the request.
    pub api_version: &'a str,
    /// Subresource written to, empty for the object itself.
    pub subresource: &'a str,
    /// Now, RFC 3339 in seconds.
    pub time: &'a str,
    /// Field paths that this write may not own (see `builtin::reset_fields`).
    pub reset: &'a [&'a [&'a str]],
}

/// Types and conversions for the versions that managers used.
pub trait Versions {
    /// The type in a version; `None` for a version that is gone (its fields are forgotten).
    fn shape(&self, api_version: &str) -> Option<Shape>;

    /// The object in another version.
    fn convert(&self, object: &Value, api_version: &str) -> Option<Value>;
}

/// One field that another manager owns with another value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Conflict {
    /// `conflict with "x" using v1`, with subresource and time where the server tells them.
    pub message: String,
    /// `.data.a`
    pub field: String,
}

/// Why a write of fields is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// 409, one cause a field (reason `FieldManagerConflict`).
    #[error("{}", conflict_text(.0))]
    Conflict(Vec<Conflict>),
    /// 400: the body carries managed fields or none that can be read.
    #[error("{0}")]
    BadRequest(String),
    /// 500: a value does not fit its type.
    #[error("{0}")]
    Typed(String),
}

fn conflict_text(conflicts: &[Conflict]) -> String {
    if let [one] = conflicts {
        return format!("Apply failed with 1 conflict: {}: {}", one.message, one.field);
    }
    let mut lines = Vec::new();
    let mut last = "";
    for conflict in conflicts {
        if conflict.message != last {
            lines.push(format!("{}:", conflict.message.replacen("conflict", "conflicts", 1)));
            last = &conflict.message;
        }
        lines.push(format!("- {}", conflict.field));
    }
    format!("Apply failed with {} conflicts: {}", conflicts.len(), lines.join("\n"))
}

/// Merges an applied configuration into the live object and settles ownership.
///
/// `live` is the stored object with its `managedFields`, in the version of the
/// request; `None` makes a new one. The result still lacks defaults. Applying
/// to `scale` is applying `spec.replicas` to the object with that subresource.
///
/// # Errors
/// Conflicts unless `force`; values that do not fit their types.
pub fn apply(
    versions: &dyn Versions,
    shape: &Shape,
    live: Option<&Value>,
    config: &Value,
    write: &Write<'_>,
    force: bool,
) -> Result<Value, ApplyError> {
    check_config(shape, config, write)?;
    let updater = Updater::new(versions, shape, write);
    let mut bare = live.map_or_else(|| empty(config), Clone::clone);
    bare.remove(&["metadata", "managedFields"]);
    let mut managers = match live {
        Some(live) => managers::decode(live.list_at(&["metadata", "managedFields"]))
            .ok_or_else(|| ApplyError::Typed("failed to decode managed fields".to_owned()))?,
        None => Managers::new(),
    };
    if managers.is_empty() && live.is_some() {
        let before = id("before-first-apply", write, true);
        updater.update(&zero::zero(shape, &bare), &bare, &mut managers, &before);
    }
    let own = id(write.manager, write, false);
    let merged = settle(&updater, &bare, config, &mut managers, &own, force)?;
    let mut result = match merged {
        Some(merged) => {
            if let Some(owned) = managers.get_mut(&own) {
                owned.time = moment(write);
            }
            merged
        }
        None => bare,
    };
    if write.manager == "kubectl" {
        last_applied::renew(&mut result, config);
    }
    put(&mut result, &managers, live);
    Ok(result)
}

/// Applies; conflicts that client-side apply explains are forced for `kubectl`.
fn settle(
    updater: &Updater<'_>,
    live: &Value,
    config: &Value,
    managers: &mut Managers,
    own: &Id,
    force: bool,
) -> Result<Option<Value>, ApplyError> {
    let retries = own.manager == "kubectl";
    let before = retries.then(|| managers.clone());
    let conflicts = match updater.apply(live, config, managers, own, force) {
        Ok(merged) => return Ok(merged),
        Err(conflicts) => conflicts,
    };
    let allowed = match own.manager.as_str() {
        "kubectl" => last_applied::fields(updater, live).unwrap_or_default(),
        _ => Set::default(),
    };
    let left: Vec<_> = conflicts
        .into_iter()
        .map(|(id, set)| (id, set.difference(&allowed)))
        .filter(|(_, set)| !set.is_empty())
        .collect();
    match before {
        Some(before) if left.is_empty() => *managers = before,
        _ => return Err(ApplyError::Conflict(update::causes(&left))),
    }
    let forced = updater.apply(live, config, managers, own, true);
    forced.map_err(|conflicts| ApplyError::Conflict(update::causes(&conflicts)))
}

fn check_config(shape: &Shape, config: &Value, write: &Write<'_>) -> Result<(), ApplyError> {
    let version = config.str_at(&["apiVersion"]).unwrap_or_default();
    if version != write.api_version {
        return Err(ApplyError::BadRequest(format!(
            "Incorrect version specified in apply patch. Specified patch version: {version}, expected: {}",
            write.api_version
        )));
    }
    if config.at(&["metadata", "managedFields"]).is_some_and(|fields| !fields.is_null()) {
        return Err(ApplyError::BadRequest("metadata.managedFields must be nil".to_owned()));
    }
    check::check(shape.top(), config).map_err(|problem| {
        let meta = |key: &str| config.str_at(&["metadata", key]).unwrap_or_default();
        let gvk = objects::Object(config.clone()).gvk();
        let version = match gvk.group.is_empty() {
            true => format!("/{}", gvk.version),
            false => format!("{}/{}", gvk.group, gvk.version),
        };
        ApplyError::Typed(format!(
            "failed to create typed patch object ({}/{}; {version}, Kind={}): {problem}",
            meta("namespace"),
            meta("name"),
            gvk.kind
        ))
    })
}

fn empty(config: &Value) -> Value {
    let text = |key: &str| config.get(key).cloned().unwrap_or_default();
    Value::from([("apiVersion", text("apiVersion")), ("kind", text("kind"))])
}

fn id(manager: &str, write: &Write<'_>, update: bool) -> Id {
    Id {
        manager: if manager.is_empty() { "unknown" } else { manager }.to_owned(),
        update,
        version: if update { write.api_version } else { "" }.to_owned(),
        subresource: write.subresource.to_owned(),
    }
}

/// When a write owns its fields; entries made through `scale` have no time
/// (apimachinery: `scalehandler`).
fn moment(write: &Write<'_>) -> Option<String> {
    (write.subresource != "scale").then(|| write.time.to_owned())
}

/// Writes `managedFields`; if nothing but times differs from the live object, its times stay.
fn put(object: &mut Value, managers: &Managers, live: Option<&Value>) {
    let entries = managers::encode(managers);
    let entries = match live {
        Some(live) if only_times_differ(object, &entries, live) => {
            live.list_at(&["metadata", "managedFields"]).to_vec()
        }
        _ => entries,
    };
    if entries.is_empty() {
        object.remove(&["metadata", "managedFields"]);
    } else {
        object.set(&["metadata", "managedFields"], entries);
    }
}

fn only_times_differ(object: &Value, entries: &[Value], live: &Value) -> bool {
    let known = live.list_at(&["metadata", "managedFields"]);
    let equal = |(a, b): (&Value, &Value)| walk::same(a, b);
    if known.len() != entries.len() || known.iter().zip(entries).all(equal) {
        return false;
    }
    // Managers stand in a list once each, so equal lengths make this an equality of sets.
    let has_twin = |entry: &Value| known.iter().any(|known| is_timeless_twin(known, entry));
    if !entries.iter().all(has_twin) {
        return false;
    }
    let mut live = live.clone();
    live.remove(&["metadata", "managedFields"]);
    walk::same(object, &live)
}

/// Whether two entries say the same but for their times.
fn is_timeless_twin(left: &Value, right: &Value) -> bool {
    let said = |entry: &'_ Value| -> Option<usize> {
        let map = entry.as_map()?;
        Some(map.len() - usize::from(map.contains_key("time")))
    };
    let entries = left.as_map().into_iter().flatten().filter(|(key, _)| key.as_ref() != "time");
    said(left) == said(right)
        && entries
            .into_iter()
            .all(|(key, value)| right.get(key).is_some_and(|other| walk::same(value, other)))
}

/// Gives `new` (complete, with defaults) the ownership that a plain write makes.
///
/// `managedFields` in `new` are taken as the client sent them: `[]` or `[{}]`
/// resets ownership, other readable entries replace the live ones.
#[must_use]
pub fn update(
    versions: &dyn Versions,
    shape: &Shape,
    live: Option<&Value>,
    new: &Value,
    write: &Write<'_>,
) -> Value {
    let mut managers = sent_managers(live, new, write);
    let mut result = new.clone();
    result.remove(&["metadata", "managedFields"]);
    if managers.is_empty() && live.is_some() {
        return result;
    }
    let updater = Updater::new(versions, shape, write);
    let mut old = match live {
        Some(live) => live.clone(),
        None => zero::zero(shape, new),
    };
    old.remove(&["metadata", "managedFields"]);
    let own = id(write.manager, write, true);
    updater.update(&old, &result, &mut managers, &own);
    managers::cap(&mut managers);
    put(&mut result, &managers, live);
    result
}

fn sent_managers(live: Option<&Value>, new: &Value, write: &Write<'_>) -> Managers {
    let stored = || {
        let entries = live.map(|live| live.list_at(&["metadata", "managedFields"]));
        managers::decode(entries.unwrap_or_default()).unwrap_or_default()
    };
    let sent = new.at(&["metadata", "managedFields"]).and_then(Value::as_list);
    match sent {
        None => stored(),
        Some(_) if !write.subresource.is_empty() => stored(),
        Some([]) => Managers::new(),
        Some([one]) if one.as_map().is_some_and(objects::Map::is_empty) => Managers::new(),
        Some(entries) => {
            managers::decode(entries).filter(|managers| !managers.is_empty()).unwrap_or_else(stored)
        }
    }
}

#[cfg(test)]
mod tests;
