//! Pieces of work, and which change asks for which.

use objects::Object;

use crate::kind::{Key, Kind};
use crate::meta;
use crate::mirror::Mirror;

/// Who works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Controller {
    Deployment,
    ReplicaSet,
    StatefulSet,
    DaemonSet,
    Job,
    CronJob,
    Scheduler,
    Kubelet,
    EndpointSlice,
    Endpoints,
    Balancer,
    Claim,
    Volume,
    Protection,
    Node,
    Autoscaler,
    Budget,
    Foreign,
}

/// One piece of work: a controller looks at one object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Work {
    pub(crate) controller: Controller,
    /// Kind and group, for foreign kinds and load balancers; empty otherwise.
    pub(crate) kind: String,
    pub(crate) key: Key,
}

impl Work {
    pub(crate) fn new(controller: Controller, key: Key) -> Self {
        Self { controller, kind: String::new(), key }
    }

    pub(crate) fn on(controller: Controller, object: &Object) -> Self {
        Self::new(controller, Key::of(object))
    }

    pub(crate) fn foreign(object: &Object) -> Self {
        let kind = meta::foreign_kind(object);
        Self { controller: Controller::Foreign, kind, key: Key::of(object) }
    }

    /// The load balancer's work on a Service or Ingress.
    pub(crate) fn balance(object: &Object) -> Self {
        let kind = object.kind().to_owned();
        Self { controller: Controller::Balancer, kind, key: Key::of(object) }
    }
}

/// What a change asks for; `before` is the object as it was.
pub(crate) fn asked(
    mirror: &Mirror,
    before: Option<&Object>,
    object: &Object,
    gone: bool,
) -> Vec<Work> {
    let mut work = Vec::new();
    let mut own = |controller| work.push(Work::on(controller, object));
    match Kind::of(object) {
        Kind::Deployment => own(Controller::Deployment),
        Kind::ReplicaSet => own(Controller::ReplicaSet),
        Kind::StatefulSet => own(Controller::StatefulSet),
        Kind::DaemonSet => own(Controller::DaemonSet),
        Kind::Job => own(Controller::Job),
        Kind::CronJob => own(Controller::CronJob),
        Kind::Service => {
            own(Controller::EndpointSlice);
            own(Controller::Endpoints);
            work.push(Work::balance(object));
        }
        Kind::Ingress => work.push(Work::balance(object)),
        Kind::Claim => {
            own(Controller::Claim);
            own(Controller::Protection);
        }
        Kind::Volume => own(Controller::Volume),
        Kind::Autoscaler => own(Controller::Autoscaler),
        Kind::Budget => own(Controller::Budget),
        Kind::Foreign | Kind::Namespace if !gone => work.push(Work::foreign(object)),
        Kind::Pod => pod(mirror, before, object, gone, &mut work),
        Kind::Node => node(mirror, object, gone, &mut work),
        Kind::StorageClass => all(mirror, Kind::Claim, Controller::Claim, &mut work),
        _ => {}
    }
    owner(before, object, &mut work);
    neighbours(mirror, object, &mut work);
    work
}

/// The controllers of an object, now and before.
fn owner(before: Option<&Object>, object: &Object, work: &mut Vec<Work>) {
    for one in [Some(object), before].into_iter().flatten() {
        let Some(owner) = meta::controller(one) else { continue };
        let controller = match Kind::named(owner.api_version, owner.kind) {
            Kind::Deployment => Controller::Deployment,
            Kind::ReplicaSet => Controller::ReplicaSet,
            Kind::StatefulSet => Controller::StatefulSet,
            Kind::DaemonSet => Controller::DaemonSet,
            Kind::Job => Controller::Job,
            Kind::CronJob => Controller::CronJob,
            _ => continue,
        };
        let asked = Work::new(controller, Key::new(one.namespace(), owner.name));
        if !work.contains(&asked) {
            work.push(asked);
        }
    }
}

fn pod(mirror: &Mirror, before: Option<&Object>, pod: &Object, gone: bool, work: &mut Vec<Work>) {
    if gone {
        orphaned_work(mirror, pod, work);
    } else if meta::pod::is_scheduled(pod) {
        work.push(Work::on(Controller::Kubelet, pod));
    } else if !pod.is_deleting() {
        work.push(Work::on(Controller::Scheduler, pod));
    } else {
        work.push(Work::on(Controller::Kubelet, pod));
    }
    let namespace = pod.namespace();
    let mut services = mirror.services_of(pod);
    services.extend(before.map(|old| mirror.services_of(old)).unwrap_or_default());
    for service in services {
        work.push(Work::on(Controller::EndpointSlice, service));
        work.push(Work::on(Controller::Endpoints, service));
    }
    let selected = |one: &Object, selector: Option<&objects::Value>| meta::selects(selector, one);
    for budget in mirror.list(Kind::Budget, namespace) {
        let selector = budget.at(&["spec", "selector"]);
        if selected(pod, selector) || before.is_some_and(|old| selected(old, selector)) {
            work.push(Work::on(Controller::Budget, budget));
        }
    }
    if meta::controller(pod).is_none() {
        for (kind, controller) in ADOPTERS {
            for one in mirror.list(kind, namespace) {
                if selected(pod, one.at(&["spec", "selector"])) {
                    work.push(Work::on(controller, one));
                }
            }
        }
    }
}

const ADOPTERS: [(Kind, Controller); 4] = [
    (Kind::ReplicaSet, Controller::ReplicaSet),
    (Kind::StatefulSet, Controller::StatefulSet),
    (Kind::DaemonSet, Controller::DaemonSet),
    (Kind::Job, Controller::Job),
];

/// What waits for a pod to be gone: its Deployment, and the claims it used.
fn orphaned_work(mirror: &Mirror, pod: &Object, work: &mut Vec<Work>) {
    for above in mirror.controllers(pod) {
        if Kind::of(above) == Kind::Deployment {
            work.push(Work::on(Controller::Deployment, above));
        }
    }
    for claim in mirror.list(Kind::Claim, pod.namespace()) {
        if claim.is_deleting() {
            work.push(Work::on(Controller::Protection, claim));
        }
    }
}

fn node(mirror: &Mirror, node: &Object, gone: bool, work: &mut Vec<Work>) {
    if !gone {
        work.push(Work::on(Controller::Node, node));
        all(mirror, Kind::DaemonSet, Controller::DaemonSet, work);
    }
    for pod in mirror.all(Kind::Pod) {
        let there = pod.str_at(&["spec", "nodeName"]).filter(|name| !name.is_empty());
        match there {
            Some(name) if name == node.name() => work.push(Work::on(Controller::Kubelet, pod)),
            None if !gone => work.push(Work::on(Controller::Scheduler, pod)),
            _ => {}
        }
    }
}

fn all(mirror: &Mirror, kind: Kind, controller: Controller, work: &mut Vec<Work>) {
    work.extend(mirror.all(kind).into_iter().map(|one| Work::on(controller, one)));
}

/// What in the same namespace (or cluster) looks at objects of this kind.
fn neighbours(mirror: &Mirror, object: &Object, work: &mut Vec<Work>) {
    let namespace = object.namespace();
    let kind = Kind::of(object);
    if matches!(kind, Kind::Deployment | Kind::StatefulSet | Kind::ReplicaSet) {
        for scaler in mirror.list(Kind::Autoscaler, namespace) {
            if scaler.str_at(&["spec", "scaleTargetRef", "name"]) == Some(object.name()) {
                work.push(Work::on(Controller::Autoscaler, scaler));
            }
        }
    }
    if matches!(kind, Kind::Deployment | Kind::StatefulSet | Kind::ReplicaSet | Kind::Job) {
        for budget in mirror.list(Kind::Budget, namespace) {
            work.push(Work::on(Controller::Budget, budget));
        }
    }
    if matches!(kind, Kind::Claim | Kind::Volume) {
        claims(mirror, object, work);
    }
}

/// Claims and volumes that may now find each other, and pods that wait for a claim.
fn claims(mirror: &Mirror, object: &Object, work: &mut Vec<Work>) {
    if Kind::of(object) == Kind::Volume {
        match object.str_at(&["spec", "claimRef", "name"]) {
            Some(name) => {
                let namespace = object.str_at(&["spec", "claimRef", "namespace"]);
                let key = Key::new(namespace.unwrap_or_default(), name);
                work.push(Work::new(Controller::Claim, key));
            }
            None => all(mirror, Kind::Claim, Controller::Claim, work),
        }
        return;
    }
    if let Some(volume) = object.str_at(&["spec", "volumeName"]) {
        work.push(Work::new(Controller::Volume, Key::new("", volume)));
    }
    for pod in mirror.list(Kind::Pod, object.namespace()) {
        if !meta::pod::is_scheduled(pod) {
            work.push(Work::on(Controller::Scheduler, pod));
        }
    }
}
