//! Claims: bound to a volume that fits, or to one made for them.

use std::time::Duration;

use objects::{Object, Value};

use crate::behaviour::{Behaviour, Claim};
use crate::kind::{Key, Kind};
use crate::meta;
use crate::quantity::Quantity;
use crate::recorder::reference;
use crate::work::{Controller, Work};
use crate::world::{Done, World};

const PROTECTION: &str = "kubernetes.io/pvc-protection";
const COMPLETED: &str = "pv.kubernetes.io/bind-completed";
const BY_CONTROLLER: &str = "pv.kubernetes.io/bound-by-controller";

/// One look at a claim.
pub(crate) fn sync(world: &mut World<'_>, key: &Key) -> Done {
    let Some(claim) = world.get(Kind::Claim, &key.namespace, &key.name) else { return Ok(()) };
    if claim.is_deleting() || claim.str_at(&["status", "phase"]) == Some("Bound") {
        return Ok(());
    }
    let told = world.behaviour(&claim, |behaviour| match behaviour {
        Behaviour::Claim(claim) => Some(claim.clone()),
        _ => None,
    });
    if told == Some(Claim::Pending) {
        return Ok(());
    }
    if let Some(volume) = fitting(world, &claim) {
        return bind(world, &claim, &volume);
    }
    match told {
        Some(Claim::Bound(wait)) => provision_after(world, key, &claim, wait),
        _ if has_provisioner(world, &claim) => {
            if waits_for_consumer(world, &claim) && !has_consumer(world, &claim) {
                let message = "waiting for first consumer to be created before binding";
                world.event(&claim, "WaitForFirstConsumer", message);
                return Ok(());
            }
            provision_after(world, key, &claim, world.behaviours.ready_after)
        }
        _ => complain(world, &claim),
    }
}

fn provision_after(world: &mut World<'_>, key: &Key, claim: &Object, wait: Duration) -> Done {
    let due = meta::created(claim) + wait;
    if due > world.now {
        world.at(due, Work::new(Controller::Claim, key.clone()));
        return Ok(());
    }
    let volume = world.create(new_volume(claim).0)?;
    bind(world, claim, &volume)
}

fn class_of<'a>(world: &'a World<'_>, claim: &'a Object) -> Option<&'a str> {
    if let Some(name) = claim.str_at(&["spec", "storageClassName"]) {
        return Some(name).filter(|name| !name.is_empty());
    }
    let default = "storageclass.kubernetes.io/is-default-class";
    let classes = world.mirror.all(Kind::StorageClass).into_iter();
    classes.into_iter().find(|one| one.annotation(default) == Some("true")).map(Object::name)
}

fn class<'a>(world: &'a World<'_>, claim: &'a Object) -> Option<&'a Object> {
    world.mirror.get(Kind::StorageClass, "", class_of(world, claim)?)
}

fn has_provisioner(world: &World<'_>, claim: &Object) -> bool {
    let provisioner = class(world, claim).and_then(|class| class.str_at(&["provisioner"]));
    provisioner.is_some_and(|name| name != "kubernetes.io/no-provisioner")
}

/// Whether a claim is bound only when a pod uses it.
pub(crate) fn waits_for_consumer(world: &World<'_>, claim: &Object) -> bool {
    class(world, claim).and_then(|class| class.str_at(&["volumeBindingMode"]))
        == Some("WaitForFirstConsumer")
}

fn uses(one: &Object, claim: &Object) -> bool {
    let volumes = one.list_at(&["spec", "volumes"]).iter();
    volumes
        .into_iter()
        .any(|v| v.str_at(&["persistentVolumeClaim", "claimName"]) == Some(claim.name()))
}

fn has_consumer(world: &World<'_>, claim: &Object) -> bool {
    world.mirror.list(Kind::Pod, claim.namespace()).into_iter().any(|one| uses(one, claim))
}

fn complain(world: &mut World<'_>, claim: &Object) -> Done {
    if claim.str_at(&["spec", "volumeName"]).is_some_and(|name| !name.is_empty()) {
        return Ok(());
    }
    match class_of(world, claim).map(str::to_owned) {
        None => {
            let message =
                "no persistent volumes available for this claim and no storage class is set";
            world.event(claim, "FailedBinding", message);
        }
        Some(name) if class(world, claim).is_none() => {
            let message = format!("storageclass.storage.k8s.io \"{name}\" not found");
            world.warn(claim, "ProvisioningFailed", message);
        }
        Some(_) => {}
    }
    Ok(())
}

/// The smallest free volume that fits; one reserved for the claim comes first.
fn fitting(world: &World<'_>, claim: &Object) -> Option<Object> {
    let wanted = claim.str_at(&["spec", "volumeName"]).filter(|name| !name.is_empty());
    let reserved = |volume: &Object| {
        let text = |key: &str| volume.str_at(&["spec", "claimRef", key]).unwrap_or_default();
        let uid = text("uid");
        text("name") == claim.name()
            && text("namespace") == claim.namespace()
            && (uid.is_empty() || uid == claim.uid())
    };
    let mut free: Vec<&Object> = world
        .mirror
        .all(Kind::Volume)
        .into_iter()
        .filter(|volume| !volume.is_deleting())
        .filter(|volume| volume.at(&["spec", "claimRef"]).is_none() || reserved(volume))
        .filter(|volume| wanted.is_none_or(|name| name == volume.name()))
        .filter(|volume| fits(world, claim, volume))
        .collect();
    free.sort_by_key(|volume| (!reserved(volume), capacity(volume)));
    free.first().map(|volume| (*volume).clone())
}

fn capacity(volume: &Object) -> Quantity {
    volume.str_at(&["spec", "capacity", "storage"]).and_then(Quantity::parse).unwrap_or_default()
}

fn fits(world: &World<'_>, claim: &Object, volume: &Object) -> bool {
    let wanted = claim.str_at(&["spec", "resources", "requests", "storage"]);
    let wanted = wanted.and_then(Quantity::parse).unwrap_or_default();
    let modes = claim.list_at(&["spec", "accessModes"]);
    let offered = volume.list_at(&["spec", "accessModes"]);
    let class = volume.str_at(&["spec", "storageClassName"]).unwrap_or_default();
    let selector = claim.at(&["spec", "selector"]);
    capacity(volume) >= wanted
        && modes.iter().all(|mode| offered.contains(mode))
        && class == class_of(world, claim).unwrap_or_default()
        && selector.is_none_or(|selector| meta::selects(Some(selector), volume))
}

fn new_volume(claim: &Object) -> Object {
    let mut volume = Object(Value::from([("apiVersion", "v1"), ("kind", "PersistentVolume")]));
    volume.set(&["metadata", "name"], format!("pvc-{}", claim.uid()));
    let provisioned = "pv.kubernetes.io/provisioned-by";
    volume.set(&["metadata", "annotations", provisioned], "fluxrig.dev/simulated");
    let size = claim.at(&["spec", "resources", "requests", "storage"]).cloned();
    volume.set(&["spec", "capacity", "storage"], size.unwrap_or_else(|| "1Gi".into()));
    let modes = claim.at(&["spec", "accessModes"]).cloned();
    volume.set(&["spec", "accessModes"], modes.unwrap_or_default());
    if let Some(class) = claim.at(&["spec", "storageClassName"]) {
        volume.set(&["spec", "storageClassName"], class.clone());
    }
    volume.set(&["spec", "persistentVolumeReclaimPolicy"], "Delete");
    let path = format!("/var/lib/volumes/{}", claim.uid());
    volume.set(&["spec", "hostPath", "path"], path);
    volume
}

fn bind(world: &mut World<'_>, claim: &Object, volume: &Object) -> Done {
    let uid = volume.str_at(&["spec", "claimRef", "uid"]);
    if uid != Some(claim.uid()) {
        let mut copy = volume.clone();
        if volume.at(&["spec", "claimRef"]).is_none() {
            copy.set(&["metadata", "annotations", BY_CONTROLLER], "yes");
        }
        copy.set(&["spec", "claimRef"], reference(claim));
        let mut bound = world.update(&copy)?;
        set_phase(world, &mut bound, "Bound")?;
    }
    let mut copy = claim.clone();
    if claim.str_at(&["spec", "volumeName"]) != Some(volume.name()) {
        copy.set(&["metadata", "annotations", BY_CONTROLLER], "yes");
        copy.set(&["spec", "volumeName"], volume.name());
    }
    copy.set(&["metadata", "annotations", COMPLETED], "yes");
    let mut bound = world.update(&copy)?;
    bound.set(&["status", "phase"], "Bound");
    let modes = volume.at(&["spec", "accessModes"]).cloned().unwrap_or_default();
    bound.set(&["status", "accessModes"], modes);
    let size = volume.at(&["spec", "capacity"]).cloned().unwrap_or_default();
    bound.set(&["status", "capacity"], size);
    world.update_status(&bound).map(|_| ())
}

/// Gives a volume a phase.
pub(super) fn set_phase(world: &mut World<'_>, volume: &mut Object, phase: &str) -> Done {
    if volume.str_at(&["status", "phase"]) == Some(phase) {
        return Ok(());
    }
    volume.set(&["status", "phase"], phase);
    let stamp = world.stamp();
    volume.set(&["status", "lastPhaseTransitionTime"], stamp);
    *volume = world.update_status(volume)?;
    Ok(())
}

/// A claim that is being deleted goes when no pod uses it any more.
pub(crate) fn protect(world: &mut World<'_>, key: &Key) -> Done {
    let Some(claim) = world.get(Kind::Claim, &key.namespace, &key.name) else { return Ok(()) };
    if !claim.is_deleting() || has_consumer(world, &claim) {
        return Ok(());
    }
    let all = claim.list_at(&["metadata", "finalizers"]).iter();
    let left: Vec<Value> = all.filter(|one| one.as_str() != Some(PROTECTION)).cloned().collect();
    if left.len() == claim.list_at(&["metadata", "finalizers"]).len() {
        return Ok(());
    }
    let mut patch = Value::map();
    let value = if left.is_empty() { Value::Null } else { left.into() };
    patch.set(&["metadata", "finalizers"], value);
    match world.merge(&claim, patch) {
        Err(error) if !error.is_not_found() => Err(error),
        _ => Ok(()),
    }
}
