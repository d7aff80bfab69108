//! What breaks outside the clusters or in their API, and what heals it.

use client::{Status, Verb};
use environment::fault::{ApiFault, RemoteFault};
use objects::GroupKind;
use scenario::step::{self, Fault};

use super::Done;
use crate::refusal::Refusal;
use crate::world::{Broken, World};

pub(super) fn fault(
    world: &mut World<'_>,
    fault: &Fault,
    id: Option<&str>,
) -> Result<Done, Refusal> {
    let broken = break_it(world, fault)?;
    if let Some(lasts) = fault.lasts {
        world.ends.push((world.place.now() + lasts, broken.clone()));
    }
    if let Some(id) = id {
        world.broken.insert(id.to_owned(), broken);
    }
    Ok(Done::acted())
}

/// Breaks what a fault names; what heals each part of it.
pub(crate) fn break_it(world: &mut World<'_>, fault: &Fault) -> Result<Vec<Broken>, Refusal> {
    if let Some(git) = &fault.git {
        let remote = RemoteFault {
            answer: fault.answer.and_then(|status| u16::try_from(status).ok()),
            message: fault.message.clone(),
            delay: fault.delay,
            times: fault.times,
        };
        return Ok(vec![Broken::Repository(world.place.break_repository(git, remote)?)]);
    }
    if let Some(image) = &fault.image {
        return crate::open::break_image(world, image, fault);
    }
    if let Some(url) = fault.charts.as_ref().or(fault.artifacts.as_ref()) {
        return break_served(world, url, fault);
    }
    match &fault.api {
        Some(api) => break_api(world, fault, api),
        None => Err(Refusal::new("the embedded place cannot break that yet")),
    }
}

/// Breaks what is served under a URL of charts or artifacts.
fn break_served(world: &mut World<'_>, url: &str, fault: &Fault) -> Result<Vec<Broken>, Refusal> {
    let known = world.place.outside(url, |registry| registry.knows(url));
    if !known {
        return Err(Refusal::new(format!("nothing is served under {url}")));
    }
    let place = match url.strip_prefix("oci://").and_then(|rest| rest.split_once('/')) {
        Some((host, name)) => format!("{host}/v2/{}/", name.trim_end_matches('/')),
        None => format!("{}/", url.trim_start_matches("s3://").trim_end_matches('/')),
    };
    let broken = environment::registry::Fault {
        answer: fault.answer.and_then(|status| u16::try_from(status).ok()),
        message: fault.message.clone(),
        delay: fault.delay,
        times: fault.times,
        damage: fault.damage.as_ref().map(|damage| match damage {
            step::Damage::Truncated => environment::registry::Damage::Truncated,
            step::Damage::WrongDigest => environment::registry::Damage::WrongDigest,
        }),
    };
    let id = world.place.outside(url, |registry| registry.break_below(&place, broken));
    Ok(vec![Broken::Served(url.to_owned(), id)])
}

fn break_api(
    world: &mut World<'_>,
    fault: &Fault,
    api: &step::ApiFault,
) -> Result<Vec<Broken>, Refusal> {
    let status = status(fault);
    let verbs: Vec<Verb> = api.verbs.iter().flat_map(|verb| verbs_of(verb)).collect();
    let times = fault.times.and_then(|times| u32::try_from(times).ok());
    let any = ApiFault { kind: None, namespace: None, name: None, verbs, status, times };
    let mut faults = Vec::new();
    for pattern in api.objects.iter() {
        let exact = |text: &str| (text != "*").then(|| text.to_owned());
        let group = pattern.group.clone().unwrap_or_else(|| group_of(&pattern.kind));
        faults.push(ApiFault {
            kind: exact(&pattern.kind).map(|kind| GroupKind { group, kind }),
            namespace: pattern.namespace.as_deref().and_then(exact),
            name: exact(&pattern.name),
            ..any.clone()
        });
    }
    if faults.is_empty() {
        faults.push(any);
    }
    let mut broken = Vec::new();
    for cluster in world.clusters_of(fault.cluster.as_ref())? {
        for fault in &faults {
            let id = world.place.cluster(&cluster)?.break_api(fault.clone());
            broken.push(Broken::Api(cluster.clone(), id));
        }
    }
    Ok(broken)
}

fn status(fault: &Fault) -> Status {
    let code = fault.answer.and_then(|code| u16::try_from(code).ok()).unwrap_or(500);
    let (reason, usual) = match code {
        401 => ("Unauthorized", "Unauthorized"),
        403 => ("Forbidden", "forbidden"),
        404 => ("NotFound", "the server could not find the requested resource"),
        409 => (
            "Conflict",
            "the object has been modified; please apply your changes to the latest version and try again",
        ),
        429 => (
            "TooManyRequests",
            "the server has received too many requests and has asked us to try again later",
        ),
        503 => ("ServiceUnavailable", "the server is currently unable to handle the request"),
        504 => ("Timeout", "the server was unable to return a response in the time allotted"),
        _ => ("InternalError", "an error on the server has prevented the request from succeeding"),
    };
    Status::new(code, reason, fault.message.clone().unwrap_or_else(|| usual.to_owned()))
}

fn verbs_of(verb: &str) -> Vec<Verb> {
    use client::Patch::{Apply, Json, Merge, Strategic};
    match verb {
        "get" => vec![Verb::Get],
        "list" => vec![Verb::List],
        "create" => vec![Verb::Create],
        "update" => vec![Verb::Update],
        "patch" => [Json, Merge, Strategic, Apply].map(Verb::Patch).into(),
        "delete" => vec![Verb::Delete, Verb::DeleteCollection],
        _ => Vec::new(),
    }
}

/// The group of a kind that is written without one.
fn group_of(kind: &str) -> String {
    let group = match kind {
        "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" => "apps",
        "Job" | "CronJob" => "batch",
        "Ingress" | "NetworkPolicy" => "networking.k8s.io",
        "Kustomization" => "kustomize.toolkit.fluxcd.io",
        "HelmRelease" => "helm.toolkit.fluxcd.io",
        "GitRepository" | "HelmRepository" | "OCIRepository" | "HelmChart" | "Bucket" => {
            "source.toolkit.fluxcd.io"
        }
        "CustomResourceDefinition" => "apiextensions.k8s.io",
        "Role" | "RoleBinding" | "ClusterRole" | "ClusterRoleBinding" => {
            "rbac.authorization.k8s.io"
        }
        _ => "",
    };
    group.to_owned()
}

pub(super) fn heal(world: &mut World<'_>, ids: &[String]) -> Result<Done, Refusal> {
    for id in ids {
        let broken = world.broken.remove(id);
        let broken = broken.ok_or_else(|| Refusal::new(format!("no fault has the id {id:?}")))?;
        heal_all(world, &broken)?;
    }
    Ok(Done::acted())
}

/// Heals what was broken.
pub(crate) fn heal_all(world: &mut World<'_>, broken: &[Broken]) -> Result<(), Refusal> {
    for one in broken {
        match one {
            Broken::Image(cluster, rule) => crate::open::heal_image(world, cluster, *rule)?,
            Broken::Served(url, id) => {
                world.place.outside(url, |registry| registry.heal(*id));
            }
            Broken::Repository(id) => world.place.heal_repository(*id),
            Broken::Api(cluster, id) => world.place.cluster(cluster)?.heal_api(*id),
        }
    }
    Ok(())
}
