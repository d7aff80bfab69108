//! What a user does to a cluster with kubectl and flux.

use client::Propagation;
use environment::kubectl::{User, UserPatch};
use objects::{Object, ObjectId};
use scenario::step::{
    self, ApplyObjects, BootstrapStep, Controllers, DeleteObjects, PatchObject, Reconcile, Switch,
    Uninstall,
};
use scenario::terms::ObjectPattern;
use scenario::world::Bootstrap;

use super::{Done, expected_refusal};
use crate::content;
use crate::refusal::Refusal;
use crate::world::World;

/// The user behind `--as`; ServiceAccounts may be written `namespace/name`.
fn user(name: Option<&String>) -> User {
    let name = name.cloned().unwrap_or_default();
    let name = match name.split_once('/') {
        Some((namespace, account)) => format!("system:serviceaccount:{namespace}:{account}"),
        None => name,
    };
    User { name, ..User::default() }
}

pub(super) fn apply(world: &mut World<'_>, apply: &ApplyObjects) -> Result<Done, Refusal> {
    let mut objects: Vec<Object> = apply.objects.iter().cloned().map(Object).collect();
    objects.extend(content::manifests(&world.base, &apply.files)?);
    if let Some(folder) = &apply.folder {
        objects.extend(crate::open::build(world, folder)?);
    }
    let user = User {
        manager: apply.field_manager.clone().unwrap_or_default(),
        server_side: apply.server_side,
        force: apply.force_conflicts,
        ..user(apply.as_user.as_ref())
    };
    let mut refused = None;
    for cluster in world.clusters_of(apply.cluster.as_ref())? {
        if let Err(cause) = world.place.cluster(&cluster)?.apply(&objects, &user) {
            refused = Some(Refusal::from(cause));
        }
    }
    finish(apply.refused.as_ref(), refused)
}

/// A refusal is an error, unless it is what was wanted.
fn finish(
    wanted: Option<&scenario::terms::TextMatch>,
    refused: Option<Refusal>,
) -> Result<Done, Refusal> {
    match (wanted, refused) {
        (Some(wanted), refused) => expected_refusal(wanted, refused.as_ref()),
        (None, Some(refused)) => Err(refused),
        (None, None) => Ok(Done::acted()),
    }
}

/// The objects of a cluster that patterns mean; at least one for each pattern.
fn meant(
    world: &mut World<'_>,
    cluster: &str,
    patterns: &[ObjectPattern],
) -> Result<Vec<ObjectId>, Refusal> {
    let namespace = world.default_namespace();
    let objects = world.place.cluster(cluster)?.objects();
    let mut all = Vec::new();
    for pattern in patterns {
        let ids = objects.iter().map(Object::id).filter(|id| pattern.matches(id, &namespace));
        let before = all.len();
        all.extend(ids);
        if all.len() == before {
            return Err(Refusal::new(format!("{pattern} means no object of the cluster")));
        }
    }
    Ok(all)
}

pub(super) fn patch(world: &mut World<'_>, patch: &PatchObject) -> Result<Done, Refusal> {
    let change = match (&patch.merge, &patch.json, &patch.strategic) {
        (Some(body), None, None) => UserPatch::Merge(body.clone()),
        (None, Some(body), None) => UserPatch::Json(body.clone()),
        (None, None, Some(body)) => UserPatch::Strategic(body.clone()),
        _ => return Err(Refusal::new("write exactly one of merge, json and strategic")),
    };
    let user = User {
        manager: patch.field_manager.clone().unwrap_or_default(),
        ..user(patch.as_user.as_ref())
    };
    let cluster = world.cluster_name(patch.cluster.as_ref())?;
    let mut refused = None;
    let mut changed = false;
    for id in meant(world, &cluster, std::slice::from_ref(&patch.object))? {
        let place = world.place.cluster(&cluster)?;
        let before = place.get(&id).map(|object| object.resource_version().to_owned());
        match place.patch(&id, &change, patch.subresource.as_deref(), &user) {
            Ok(after) => changed |= before.as_deref() != Some(after.resource_version()),
            Err(cause) => refused = Some(Refusal::from(cause)),
        }
    }
    match finish(patch.refused.as_ref(), refused)? {
        Done::Acted { commit, .. } if patch.refused.is_none() => {
            Ok(Done::Acted { changed, commit })
        }
        done => Ok(done),
    }
}

pub(super) fn delete(world: &mut World<'_>, delete: &DeleteObjects) -> Result<Done, Refusal> {
    let user = user(delete.as_user.as_ref());
    let propagation = match delete.propagation {
        step::Propagation::Background => Propagation::Background,
        step::Propagation::Foreground => Propagation::Foreground,
        step::Propagation::Orphan => Propagation::Orphan,
    };
    let cluster = world.cluster_name(delete.cluster.as_ref())?;
    let mut refused = None;
    for id in meant(world, &cluster, &delete.objects)? {
        let place = world.place.cluster(&cluster)?;
        let mut done = Ok(());
        if place.get(&id).is_some_and(|object| !object.is_deleting()) {
            done = place.delete(&id, propagation, &user);
        }
        if done.is_ok() && delete.finalize {
            done = place.finalize(&id, &user);
        }
        if let Err(cause) = done {
            refused = Some(Refusal::from(cause));
        }
    }
    finish(delete.refused.as_ref(), refused)
}

pub(super) fn reconcile(world: &mut World<'_>, wanted: &Reconcile) -> Result<Done, Refusal> {
    let cluster = world.cluster_name(wanted.cluster.as_ref())?;
    for id in meant(world, &cluster, &wanted.objects)? {
        let place = world.place.cluster(&cluster)?;
        place.reconcile(&id, wanted.with_source, (wanted.force, wanted.reset))?;
    }
    Ok(Done::acted())
}

pub(super) fn suspend(
    world: &mut World<'_>,
    switch: &Switch,
    suspended: bool,
) -> Result<Done, Refusal> {
    let cluster = world.cluster_name(switch.cluster.as_ref())?;
    for id in meant(world, &cluster, &switch.objects)? {
        world.place.cluster(&cluster)?.suspend(&id, suspended)?;
    }
    Ok(Done::acted())
}

pub(super) fn bootstrap(world: &mut World<'_>, wanted: &BootstrapStep) -> Result<Done, Refusal> {
    let cluster = world.cluster_name(wanted.cluster.as_ref())?;
    let case = world.case;
    let declared = crate::open::clusters_of(case).into_iter().find(|(name, _)| *name == cluster);
    let declared = declared.and_then(|(_, one)| one?.bootstrap.as_ref());
    let what = match (&wanted.with, declared) {
        (Some(with), Some(declared)) => over(with, declared),
        (Some(one), None) | (None, Some(one)) => one.clone(),
        (None, None) => return Err(Refusal::new("the cluster declares no bootstrap: say `with`")),
    };
    crate::open::bootstrap(world, &cluster, &what, true)?;
    Ok(Done::acted())
}

/// What a step says of a bootstrap, and else what the cluster declares.
fn over(with: &Bootstrap, declared: &Bootstrap) -> Bootstrap {
    let text = |own: &Option<String>, other: &Option<String>| own.clone().or(other.clone());
    Bootstrap {
        repository: text(&with.repository, &declared.repository),
        branch: text(&with.branch, &declared.branch),
        version: text(&with.version, &declared.version),
        default_service_account: text(
            &with.default_service_account,
            &declared.default_service_account,
        ),
        network_policy: with.network_policy.or(declared.network_policy),
        concurrent: with.concurrent.or(declared.concurrent),
        interval: with.interval.or(declared.interval),
        no_cross_namespace_refs: with.no_cross_namespace_refs || declared.no_cross_namespace_refs,
        no_remote_bases: with.no_remote_bases || declared.no_remote_bases,
        secret: if with.secret.is_empty() { declared.secret.clone() } else { with.secret.clone() },
        ..with.clone()
    }
}

pub(super) fn uninstall(world: &mut World<'_>, wanted: &Uninstall) -> Result<Done, Refusal> {
    world.cluster(wanted.cluster.as_ref())?.uninstall_flux(wanted.keep_namespace)?;
    Ok(Done::acted())
}

pub(super) fn controllers(world: &mut World<'_>, wanted: &Controllers) -> Result<Done, Refusal> {
    let stops = wanted.stop.iter().map(|name| (name, false));
    let starts = wanted.start.iter().map(|name| (name, true));
    for cluster in world.clusters_of(wanted.cluster.as_ref())? {
        for (name, on) in stops.clone().chain(starts.clone()) {
            world.place.cluster(&cluster)?.switch_controller(name, on)?;
        }
    }
    Ok(Done::acted())
}
