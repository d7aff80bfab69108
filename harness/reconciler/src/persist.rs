//! Writing an object back: what changed, as merge patches, conditions first.
//!
//! Rules from fluxcd/pkg: runtime/patch (three patches for each persist).

use client::{Call, Options, Patch, Status, Target, Verb};
use objects::{Map, Object, Value};

use crate::world::World;

/// The last state of an object that this reconciliation knows to be stored.
pub(crate) struct Persist {
    stored: Object,
    manager: &'static str,
}

impl Persist {
    pub(crate) fn new(stored: Object, manager: &'static str) -> Self {
        Self { stored, manager }
    }

    /// Writes what differs from what is stored.
    pub(crate) async fn save(&mut self, world: &World, object: &Object) -> Result<(), Status> {
        let before = std::mem::replace(&mut self.stored, object.clone());
        let empty = Value::map();
        let status = |object: &'_ Object| object.get("status").cloned().unwrap_or(empty.clone());
        let (old, new) = (status(&before), status(object));
        let conditions = |status: &Value| status.get("conditions").cloned();
        if conditions(&old) != conditions(&new) {
            let list = conditions(&new).unwrap_or(Value::Null);
            let patch = Value::from([("status", Value::from([("conditions", list)]))]);
            self.patch(world, patch, true).await?;
        }
        if let Some(patch) = merge_difference(&rest(&before), &rest(object)) {
            self.patch(world, patch, false).await?;
        }
        if let Some(status) = merge_difference(&bare(old), &bare(new)) {
            self.patch(world, Value::from([("status", status)]), true).await?;
        }
        Ok(())
    }

    async fn patch(&self, world: &World, body: Value, status: bool) -> Result<(), Status> {
        let target = Target::of(&self.stored);
        let target = if status { target.subresource("status") } else { target };
        let options = Options { manager: self.manager.to_owned(), ..Options::default() };
        let call = Call {
            verb: Verb::Patch(Patch::Merge),
            body: Some(body),
            options,
            ..Call::new(Verb::Get, target)
        };
        match world.api.call(call).await {
            Err(refusal) if !refusal.is_not_found() => Err(refusal),
            _ => Ok(()),
        }
    }
}

/// Metadata and spec: what a patch of the object itself is about.
fn rest(object: &Object) -> Value {
    let keep = ["metadata", "spec"];
    let entries = object.as_map().into_iter().flat_map(Map::iter);
    let kept = entries.filter(|(key, _)| keep.contains(&key.as_ref()));
    kept.map(|(key, value)| (key.clone(), value.clone())).collect::<Map>().into()
}

fn bare(mut status: Value) -> Value {
    status.remove(&["conditions"]);
    status
}

/// The merge patch that leads from one value to the other; `None` if they are equal.
pub(crate) fn merge_difference(old: &Value, new: &Value) -> Option<Value> {
    if old == new {
        return None;
    }
    let (Some(from), Some(to)) = (old.as_map(), new.as_map()) else {
        return Some(new.clone());
    };
    let gone =
        from.keys().filter(|key| !to.contains_key(key)).map(|key| (key.clone(), Value::Null));
    let changed = to.iter().filter_map(|(key, value)| {
        let difference = match from.get(key) {
            Some(known) => merge_difference(known, value)?,
            None => value.clone(),
        };
        Some((key.clone(), difference))
    });
    Some(gone.chain(changed).collect::<Map>().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_merge_patch_names_what_changed_and_what_is_gone() {
        let json = |text: &str| objects::from_json(text.as_bytes()).unwrap();
        let old = json(r#"{"a":1,"b":{"c":1,"d":2},"l":[1]}"#);
        let new = json(r#"{"a":1,"b":{"c":1,"e":3},"l":[2]}"#);
        let patch = merge_difference(&old, &new).unwrap();
        assert_eq!(patch, json(r#"{"b":{"d":null,"e":3},"l":[2]}"#));
        assert_eq!(merge_difference(&old, &old), None);
    }
}
