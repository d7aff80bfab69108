//! Objects of kinds that no controller here knows: they fare as declared.

use objects::{Object, Value};

use crate::behaviour::{Behaviour, Foreign};
use crate::kind::Kind;
use crate::meta::{self, moment_at};
use crate::work::Work;
use crate::world::{Done, World};

/// Where the wait for a generation began, on the object itself.
const CONDITION: &str = "Ready";

/// One look at a foreign object.
pub(crate) fn sync(world: &mut World<'_>, work: &Work) -> Done {
    let namespace = world.mirror.get(Kind::Namespace, "", &work.key.name);
    let namespace = namespace.filter(|_| work.kind == "Namespace");
    let found = world.mirror.foreign(&work.kind, &work.key).or(namespace);
    let Some(object) = found.cloned() else { return Ok(()) };
    if object.is_deleting() {
        return Ok(());
    }
    let told = world.behaviour(&object, |behaviour| match behaviour {
        Behaviour::Foreign(foreign) => Some(foreign.clone()),
        _ => None,
    });
    let Some(foreign) = told else { return Ok(()) };
    create_later(world, work, &object, &foreign)?;
    if is_built_in(&object) {
        return foreign.creates.iter().try_for_each(|made| create(world, &object, made));
    }
    let outcome = outcome(&foreign);
    let seen = object.int_at(&["status", "observedGeneration"]) == Some(observed(&object));
    let ready = object.condition(CONDITION);
    let reason = ready.and_then(|one| one.str_at(&["reason"]));
    let message = ready.and_then(|one| one.str_at(&["message"]));
    if seen && reason == Some(&outcome.1) && message == Some(&outcome.2) {
        return Ok(());
    }
    let begun = ready.filter(|_| seen && reason == Some("Progressing"));
    let Some(begun) = begun else {
        if foreign.after.is_zero() {
            return finish(world, &object, &foreign);
        }
        world.after(foreign.after, work.clone());
        return write(
            world,
            &object,
            "Unknown",
            "Progressing",
            "Reconciliation in progress",
            &Value::Null,
        );
    };
    let due = moment_at(begun, &["lastTransitionTime"]).unwrap_or(world.now) + foreign.after;
    if due > world.now {
        world.at(due, work.clone());
        return Ok(());
    }
    finish(world, &object, &foreign)
}

fn observed(object: &Object) -> i64 {
    object.generation()
}

fn outcome(foreign: &Foreign) -> (&'static str, String, String) {
    match &foreign.failure {
        Some((reason, message)) => ("False", reason.clone(), message.clone()),
        None => ("True", "Succeeded".to_owned(), "Reconciliation finished".to_owned()),
    }
}

fn finish(world: &mut World<'_>, object: &Object, foreign: &Foreign) -> Done {
    if foreign.failure.is_none() {
        for made in &foreign.creates {
            create(world, object, made)?;
        }
    }
    let (status, reason, message) = outcome(foreign);
    let fields = foreign.status.clone().unwrap_or_default();
    write(world, object, status, &reason, &message, &fields)
}

/// Whether a kind is one of Kubernetes' own, whose status is not ours to write.
fn is_built_in(object: &Object) -> bool {
    let group = object.gvk().group;
    !group.contains('.') || group.ends_with(".k8s.io")
}

fn write(
    world: &mut World<'_>,
    object: &Object,
    status: &str,
    reason: &str,
    message: &str,
    fields: &Value,
) -> Done {
    let mut copy = object.clone();
    for (key, value) in fields.as_map().into_iter().flatten() {
        copy.set(&["status", key], value.clone());
    }
    copy.set(&["status", "observedGeneration"], observed(object));
    let mut conditions = object.list_at(&["status", "conditions"]).to_vec();
    conditions.retain(|one| one.str_at(&["type"]) != Some("Stalled"));
    meta::set_condition(
        &mut conditions,
        condition(world, object, CONDITION, status, reason, message),
    );
    if status == "False" {
        conditions.push(condition(world, object, "Stalled", "True", reason, message));
    }
    copy.set(&["status", "conditions"], conditions);
    match world.update_status(&copy) {
        // A kind without a status subresource takes the status as part of the object.
        Err(error) if error.is_not_found() => world.update(&copy).map(|_| ()),
        other => other.map(|_| ()),
    }
}

fn condition(
    world: &World<'_>,
    object: &Object,
    kind: &str,
    status: &str,
    reason: &str,
    message: &str,
) -> Value {
    Value::from([
        ("type", Value::from(kind)),
        ("status", status.into()),
        ("reason", reason.into()),
        ("message", message.into()),
        ("observedGeneration", observed(object).into()),
        ("lastTransitionTime", world.stamp()),
    ])
}

fn create(world: &mut World<'_>, object: &Object, made: &Value) -> Done {
    let mut made = Object(filled(made, object, 0));
    if made.at(&["metadata", "namespace"]).is_none() && !object.namespace().is_empty() {
        made.set(&["metadata", "namespace"], object.namespace());
    }
    match world.create(made.0) {
        Err(error) if !error.already_exists() => Err(error),
        _ => Ok(()),
    }
}

/// Makes what is due so long after the object appeared.
fn create_later(world: &mut World<'_>, work: &Work, object: &Object, foreign: &Foreign) -> Done {
    for (after, made) in &foreign.later {
        let due = meta::created(object) + *after;
        if due > world.now {
            world.at(due, work.clone());
        } else {
            create(world, object, made)?;
        }
    }
    Ok(())
}

/// Fills `${name}`, `${namespace}` and what else is the object's own in.
fn filled(value: &Value, object: &Object, depth: usize) -> Value {
    match value {
        Value::String(text) if text.contains("${") => text
            .replace("${name}", object.name())
            .replace("${namespace}", object.namespace())
            .replace("${uid}", object.uid())
            .replace("${apiVersion}", object.api_version())
            .replace("${kind}", object.kind())
            .into(),
        Value::List(items) if depth < 64 => {
            items.iter().map(|item| filled(item, object, depth + 1)).collect()
        }
        Value::Map(map) if depth < 64 => map
            .iter()
            .map(|(key, value)| (key.clone(), filled(value, object, depth + 1)))
            .collect::<objects::Map>()
            .into(),
        other => other.clone(),
    }
}
