//! How workloads behave, as the place wants to know it.
//!
//! One rule: the language's words become rules of the simulator; what they cannot say
//! is refused, never dropped. Start at [`behave`].

use std::time::Duration;

use environment::behaviour::{
    Balancer, Behaviour as Fare, Claim, Foreign, Listed, Matcher, PodLife, Rule,
};
use objects::Value;
use scenario::step::Fault;
use scenario::terms::ObjectPattern;
use scenario::world::{Behaviour, Crash, Creation, Pull};

use crate::content;
use crate::refusal::Refusal;
use crate::world::{Broken, Rules, World};

const CRASHES: Duration = Duration::from_secs(1);

/// Lets objects behave as declared from now on.
pub(crate) fn behave(world: &mut World<'_>, behaviours: &[Behaviour]) -> Result<(), Refusal> {
    for one in behaviours {
        for cluster in world.clusters_of(one.cluster.as_ref())? {
            let matchers = matchers(one, &world.default_namespace());
            let rules = world.rules.entry(cluster).or_default();
            if one.reset {
                rules.forget(&matchers);
            }
            let fares = fares(one, &world.base)?;
            for matcher in &matchers {
                let rule = |fare: &Fare| Rule { matcher: matcher.clone(), behaviour: fare.clone() };
                rules.add(fares.iter().map(rule));
            }
        }
    }
    if behaviours.is_empty() && world.listed.is_empty() { Ok(()) } else { tell(world) }
}

/// Tells every cluster its rules. An image that no repository has can be pulled by nobody,
/// whatever else is declared.
pub(crate) fn tell(world: &mut World<'_>) -> Result<(), Refusal> {
    let unlisted: Vec<Rule> = world.listed.iter().map(unlisted).collect();
    for cluster in world.clusters.clone() {
        let mut rules = world.rules.get(&cluster).map(Rules::all).unwrap_or_default();
        rules.extend(unlisted.iter().cloned());
        world.place.cluster(&cluster)?.behave(rules);
    }
    Ok(())
}

fn unlisted(listed: &Listed) -> Rule {
    let Listed { repository, tags } = listed;
    let message = format!(
        "failed to pull and unpack image: {repository} has no such tag: declared are {}",
        tags.join(", ")
    );
    Rule {
        matcher: Matcher { unlisted: Some(listed.clone()), ..Matcher::default() },
        behaviour: Fare::Pod(PodLife::ImagePull(message)),
    }
}

fn matchers(one: &Behaviour, default_namespace: &str) -> Vec<Matcher> {
    let any = Matcher { image: one.image.clone(), ..Matcher::default() };
    if one.objects.is_empty() {
        return vec![any];
    }
    one.objects.iter().map(|pattern| matcher(pattern, default_namespace, any.clone())).collect()
}

fn matcher(pattern: &ObjectPattern, default_namespace: &str, any: Matcher) -> Matcher {
    let exact = |text: &str| (text != "*").then(|| text.to_owned());
    let cluster_scoped = ["Namespace", "Node", "PersistentVolume", "ClusterRole", "StorageClass"];
    let namespace = match &pattern.namespace {
        Some(namespace) => exact(namespace),
        None if cluster_scoped.contains(&pattern.kind.as_str()) => None,
        None => Some(default_namespace.to_owned()),
    };
    Matcher { kind: exact(&pattern.kind), namespace, name: exact(&pattern.name), ..any }
}

/// What the objects do, in the simulator's words.
fn fares(one: &Behaviour, base: &std::path::Path) -> Result<Vec<Fare>, Refusal> {
    let mut all = Vec::new();
    if let Some(life) = life(one) {
        all.push(Fare::Pod(life));
    }
    if let Some(message) = &one.unschedulable {
        all.push(Fare::Unschedulable(message.clone()));
    }
    if let Some(time) = one.deletes_after {
        all.push(Fare::SlowDelete(time));
    }
    if one.never_deletes {
        all.push(Fare::SlowDelete(Duration::from_secs(u64::from(u32::MAX))));
    }
    if let Some(address) = &one.address {
        let after = one.ready_after.unwrap_or_default();
        all.push(Fare::LoadBalancer(match address.as_str() {
            "none" => Balancer::Pending,
            address => Balancer::Assigned(address.to_owned(), after),
        }));
    }
    if one.never_ready {
        all.push(Fare::Claim(Claim::Pending));
        all.push(Fare::LoadBalancer(Balancer::Pending));
    } else if let Some(after) = one.ready_after {
        all.push(Fare::Claim(Claim::Bound(after)));
    }
    if let Some(foreign) = foreign(one, base)? {
        all.push(Fare::Foreign(foreign));
    }
    Ok(all)
}

fn life(one: &Behaviour) -> Option<PodLife> {
    let image = one.image.as_deref().unwrap_or("the image");
    let failing = |why: &str| PodLife::ImagePull(format!("failed to pull image {image}: {why}"));
    match (&one.crash, one.pull) {
        (_, Pull::Fails) => Some(failing("not found")),
        (_, Pull::Denied) => Some(failing(
            "pull access denied, repository does not exist or may require authorization",
        )),
        (Some(Crash { times: Some(times), after, exit_code, .. }), _) => {
            let code = exit_code.and_then(|code| i64::try_from(code).ok()).unwrap_or(1);
            let times = u32::try_from(*times).unwrap_or(u32::MAX);
            Some(PodLife::Crash(times, code, after.unwrap_or(CRASHES)))
        }
        (Some(crash), _) => Some(match crash.reason.as_deref() {
            Some("OOMKilled") => PodLife::OutOfMemory,
            _ => PodLife::CrashLoop,
        }),
        (None, Pull::Works) => match (one.completes_after, one.exit_code) {
            (after, Some(code)) if code > 0 => {
                let code = i64::try_from(code).unwrap_or(1);
                Some(PodLife::Fail(code, after.unwrap_or(CRASHES)))
            }
            (Some(after), _) => Some(PodLife::Complete(after)),
            _ if one.never_ready => Some(PodLife::NeverReady),
            _ => one.ready_after.map(PodLife::Ready),
        },
    }
}

fn foreign(one: &Behaviour, base: &std::path::Path) -> Result<Option<Foreign>, Refusal> {
    let own = one.after.or(one.ready_after);
    let creation = one.creates.iter().filter_map(|creation| creation.after).max();
    let shows = one.after.is_some()
        || one.ready_after.is_some()
        || one.status.is_some()
        || !one.conditions.is_empty()
        || !one.creates.is_empty();
    if !shows || one.never_ready && one.conditions.is_empty() {
        return Ok(None);
    }
    let failed = one.conditions.get("Ready").filter(|ready| ready.status == "False");
    let failure = failed.map(|ready| {
        let text = |text: &Option<String>, other: &str| text.clone().unwrap_or(other.to_owned());
        (text(&ready.reason, "Failed"), text(&ready.message, "it is declared to fail"))
    });
    let (mut creates, mut later) = (Vec::new(), Vec::new());
    for creation in one.creates.iter() {
        let made = created(creation, base)?;
        match creation.after {
            Some(after) => later.extend(made.into_iter().map(|made| (after, made))),
            None => creates.extend(made),
        }
    }
    let after = own.or(creation).unwrap_or_default();
    Ok(Some(Foreign { after, failure, status: status(one), creates, later }))
}

/// Status and conditions beside Ready.
fn status(one: &Behaviour) -> Option<Value> {
    let mut status = one.status.clone().unwrap_or_else(Value::map);
    let others = one.conditions.iter().filter(|(kind, _)| kind != "Ready");
    let conditions: Vec<Value> = others
        .map(|(kind, effect)| {
            let text = |text: &Option<String>| text.clone().unwrap_or_default();
            Value::from([
                ("type", Value::from(kind.as_str())),
                ("status", effect.status.as_str().into()),
                ("reason", text(&effect.reason).into()),
                ("message", text(&effect.message).into()),
            ])
        })
        .collect();
    if !conditions.is_empty() {
        status.set(&["conditions"], conditions);
    }
    status.as_map().is_some_and(|map| !map.is_empty()).then_some(status)
}

/// Objects that a controller makes; `<name>` and `<namespace>` become the simulator's `${name}` and `${namespace}`.
fn created(creation: &Creation, base: &std::path::Path) -> Result<Vec<Value>, Refusal> {
    let mut all = creation.objects.clone();
    all.extend(content::manifests(base, &creation.files)?.into_iter().map(|object| object.0));
    let mut all: Vec<Value> = all.iter().map(placeholders).collect();
    if creation.owned {
        let text = |part: &str| Value::from(format!("${{{part}}}"));
        let keys = ["apiVersion", "kind", "name", "uid"].map(|part| (part, text(part)));
        let owner = Value::from(keys);
        let owners = |made: &mut Value| {
            made.set(&["metadata", "ownerReferences"], vec![owner.clone()]);
        };
        all.iter_mut().for_each(owners);
    }
    Ok(all)
}

fn placeholders(value: &Value) -> Value {
    match value {
        Value::String(text) => {
            text.replace("<name>", "${name}").replace("<namespace>", "${namespace}").into()
        }
        Value::List(items) => items.iter().map(placeholders).collect::<Vec<_>>().into(),
        Value::Map(map) => map
            .iter()
            .map(|(key, value)| (key.clone(), placeholders(value)))
            .collect::<objects::Map>()
            .into(),
        other => other.clone(),
    }
}

/// Lets the pull of images fail until healed.
pub(crate) fn break_image(
    world: &mut World<'_>,
    image: &str,
    fault: &Fault,
) -> Result<Vec<Broken>, Refusal> {
    let why = fault.message.clone().unwrap_or_else(|| match fault.answer {
        Some(status) => format!("unexpected status from the registry: {status}"),
        None => "dial tcp: connect: connection refused".to_owned(),
    });
    let message = format!("failed to pull image {image}: {why}");
    let mut broken = Vec::new();
    for cluster in world.clusters_of(fault.cluster.as_ref())? {
        let matcher = Matcher { image: Some(image.to_owned()), ..Matcher::default() };
        let behaviour = Fare::Pod(PodLife::ImagePull(message.clone()));
        let rules = world.rules.entry(cluster.clone()).or_default();
        broken.push(Broken::Image(cluster, rules.put(Rule { matcher, behaviour })));
    }
    tell(world)?;
    Ok(broken)
}

/// Ends a rule that a fault put in.
pub(crate) fn heal_image(world: &mut World<'_>, cluster: &str, number: u64) -> Result<(), Refusal> {
    world.rules.entry(cluster.to_owned()).or_default().take(number);
    tell(world)
}
