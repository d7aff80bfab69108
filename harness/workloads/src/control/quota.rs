//! Resource quotas: what is used of what is allowed.
//!
//! Source: kubernetes `pkg/controller/resourcequota`, `pkg/quota/v1/evaluator/core`.

use objects::{Object, Value};

use crate::kind::{Key, Kind};
use crate::meta::pod;
use crate::quantity::Quantity;
use crate::world::{Done, World};

/// One look at a quota.
pub(crate) fn sync(world: &mut World<'_>, key: &Key) -> Done {
    let Some(mut quota) = world.get(Kind::Quota, &key.namespace, &key.name) else {
        return Ok(());
    };
    let hard = quota.at(&["spec", "hard"]).cloned().unwrap_or_else(Value::map);
    let mut used = Value::map();
    for (name, _) in hard.as_map().into_iter().flatten() {
        if let Some(amount) = usage(world, &quota, name) {
            used.set(&[name], amount.to_string());
        }
    }
    let status = Value::from([("hard", hard), ("used", used)]);
    if quota.at(&["status"]) == Some(&status) {
        return Ok(());
    }
    quota.set(&["status"], status);
    world.update_status(&quota).map(|_| ())
}

/// How much of a resource its namespace uses; `None` for resources nobody counts.
fn usage(world: &World<'_>, quota: &Object, resource: &str) -> Option<Quantity> {
    let namespace = quota.namespace();
    let pods = || {
        let all = world.mirror.list(Kind::Pod, namespace).into_iter();
        all.filter(|one| !pod::is_finished(one) && in_scope(quota, one))
    };
    let count = |number: usize| Some(Quantity::whole(number as i64));
    if let Some(kind) = resource.strip_prefix("count/") {
        return count(objects_of(world, namespace, kind));
    }
    match resource {
        "pods" => count(pods().count()),
        "cpu" | "memory" | "ephemeral-storage" => {
            Some(pods().map(|one| containers(one, "requests", resource)).sum())
        }
        "requests.storage" => Some(
            world
                .mirror
                .list(Kind::Claim, namespace)
                .into_iter()
                .filter_map(|one| one.str_at(&["spec", "resources", "requests", "storage"]))
                .filter_map(Quantity::parse)
                .sum(),
        ),
        "services.loadbalancers" => count(services(world, namespace, "LoadBalancer")),
        "services.nodeports" => count(
            services(world, namespace, "NodePort") + services(world, namespace, "LoadBalancer"),
        ),
        _ => match resource.split_once('.') {
            Some((side @ ("requests" | "limits"), name)) => {
                Some(pods().map(|one| containers(one, side, name)).sum())
            }
            None => count(objects_of(world, namespace, resource)),
            Some(_) => None,
        },
    }
}

fn services(world: &World<'_>, namespace: &str, kind: &str) -> usize {
    let services = world.mirror.list(Kind::Service, namespace).into_iter();
    services.filter(|one| one.str_at(&["spec", "type"]) == Some(kind)).count()
}

/// How many objects of a plural name (with or without group) there are.
fn objects_of(world: &World<'_>, namespace: &str, plural: &str) -> usize {
    let plural = plural.split_once('.').map_or(plural, |(plural, _)| plural);
    let known = match plural {
        "pods" => Some(Kind::Pod),
        "services" => Some(Kind::Service),
        "persistentvolumeclaims" => Some(Kind::Claim),
        "deployments" => Some(Kind::Deployment),
        "replicasets" => Some(Kind::ReplicaSet),
        "statefulsets" => Some(Kind::StatefulSet),
        "daemonsets" => Some(Kind::DaemonSet),
        "jobs" => Some(Kind::Job),
        "cronjobs" => Some(Kind::CronJob),
        "ingresses" => Some(Kind::Ingress),
        "resourcequotas" => Some(Kind::Quota),
        _ => None,
    };
    if let Some(kind) = known {
        return world.mirror.list(kind, namespace).len();
    }
    let fits = |one: &&Object| {
        let kind = one.kind().to_lowercase();
        one.namespace() == namespace
            && (format!("{kind}s") == plural || format!("{kind}es") == plural)
    };
    world.mirror.all_foreign().filter(fits).count()
}

fn containers(one: &Object, side: &str, name: &str) -> Quantity {
    let amount = |container: &Value| {
        container.str_at(&["resources", side, name]).and_then(Quantity::parse).unwrap_or_default()
    };
    let running: Quantity = one.list_at(&["spec", "containers"]).iter().map(amount).sum();
    let before = one.list_at(&["spec", "initContainers"]).iter().map(amount).max();
    running.max(before.unwrap_or_default())
}

fn in_scope(quota: &Object, one: &Object) -> bool {
    let best_effort = one.str_at(&["status", "qosClass"]) == Some("BestEffort");
    let terminating = one.int_at(&["spec", "activeDeadlineSeconds"]).is_some();
    quota.list_at(&["spec", "scopes"]).iter().all(|scope| match scope.as_str() {
        Some("BestEffort") => best_effort,
        Some("NotBestEffort") => !best_effort,
        Some("Terminating") => terminating,
        Some("NotTerminating") => !terminating,
        _ => true,
    })
}
