//! Single calls through the face that controllers use.

use std::error::Error;
use std::task::{Context, Poll, Waker};

use client::{Answer, Api, Call, Options, Patch, Target, Verb};
use objects::{Gvk, Object, Value};

use crate::{measure, world};

/// Measures gets, applies that change nothing, applies that change a field, and status patches.
pub(crate) fn run(count: u32) -> Result<(), Box<dyn Error>> {
    let mut place = world::open(1)?;
    world::converge(&mut place, 1)?;
    let api = place.cluster(world::NAME)?.client();
    let deployment = Target::new(Gvk::new("apps", "v1", "Deployment"), "default", "app-0");
    let kustomization = Gvk::new("kustomize.toolkit.fluxcd.io", "v1", "Kustomization");
    let kustomization = Target::new(kustomization, "flux-system", "app-0");
    time("get a Deployment", count, |_| once(&*api, get(&deployment)))?;
    time("get a Kustomization", count, |_| once(&*api, get(&kustomization)))?;
    time("apply a ConfigMap that is the same", count, |_| once(&*api, config_map(0)))?;
    time("apply a ConfigMap with another value", count, |number| {
        once(&*api, config_map(number + 1))
    })?;
    time("patch the status of a Kustomization", count, |number| {
        let status = Value::from([("lastAttemptedRevision", format!("main@{number}"))]);
        let target = kustomization.clone().subresource("status");
        let body = Some(Value::from([("status", status)]));
        once(&*api, call(Verb::Patch(Patch::Merge), target, body))
    })
}

fn time(
    what: &str,
    count: u32,
    mut one: impl FnMut(u32) -> Result<(), Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    let before = measure::cpu();
    (0..count).try_for_each(&mut one)?;
    let own = measure::cpu().saturating_sub(before);
    println!("{what:>40} {:>8.2} us", own.as_secs_f64() * 1e6 / f64::from(count.max(1)));
    Ok(())
}

fn call(verb: Verb, target: Target, body: Option<Value>) -> Call {
    let options = Options { manager: "bench".into(), ..Options::default() };
    Call { body, options, ..Call::new(verb, target) }
}

fn get(target: &Target) -> Call {
    call(Verb::Get, target.clone(), None)
}

fn config_map(number: u32) -> Call {
    let data = Value::from([("a", format!("value {number}")), ("b", "another value".to_owned())]);
    let metadata = Value::from([("name", "bench"), ("namespace", "default")]);
    let object = Object(Value::from([
        ("apiVersion", Value::from("v1")),
        ("kind", "ConfigMap".into()),
        ("metadata", metadata),
        ("data", data),
    ]));
    call(Verb::Patch(Patch::Apply), Target::of(&object), Some(object.0))
}

/// The embedded API answers at the first poll.
fn once(api: &dyn Api, call: Call) -> Result<(), Box<dyn Error>> {
    let mut answer: Answer<'_, Value> = api.call(call);
    match answer.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => Ok(answer.map(drop)?),
        Poll::Pending => Err("the embedded API did not answer at once".into()),
    }
}
