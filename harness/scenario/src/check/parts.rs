//! Parts that exclude each other, and parts that say or do nothing.

use crate::Place;
use crate::expect::{Expectation, ObjectCheck};
use crate::header::Scenario;
use crate::sources::Mistake;
use crate::step::{Action, Edit, Fault, PatchObject, Probe, Publish, Push, Step};

use super::walk;

pub(super) fn check(scenario: &Scenario, found: &mut Vec<Mistake>) {
    header(scenario, found);
    for step in &scenario.steps {
        action(step, found);
    }
    for (_, expectation) in walk::expectations(scenario) {
        expected(expectation, found);
    }
}

fn wrong(found: &mut Vec<Mistake>, place: &Place, message: &str, help: &str) {
    let help = (!help.is_empty()).then(|| help.to_owned());
    found.push((place.clone(), message.to_owned(), help));
}

fn header(scenario: &Scenario, found: &mut Vec<Mistake>) {
    let place = &scenario.place;
    if let (Some(one), false) = (&scenario.repository, scenario.repositories.is_empty()) {
        wrong(
            found,
            &one.place,
            "`repository` and `repositories` exclude each other",
            "put it among the repositories, with a name",
        );
    }
    if let (Some(one), false) = (&scenario.cluster, scenario.clusters.is_empty()) {
        wrong(
            found,
            &one.place,
            "`cluster` and `clusters` exclude each other",
            "put it among the clusters, with a name",
        );
    }
    if let (Some(one), false) = (scenario.apply.first(), scenario.clusters.is_empty()) {
        wrong(
            found,
            &one.place,
            "`apply` is for the one cluster",
            "put `apply` into one of the clusters",
        );
    }
    if scenario.steps.is_empty() && scenario.expect.is_none() {
        wrong(found, place, "the scenario expects nothing", "add `expect`, or `steps`");
    }
    for (text, key) in [(&scenario.kubernetes, "kubernetes"), (&scenario.flux, "flux")] {
        if let Some(text) = text
            && !is_version(text)
        {
            let message = format!("`{key}` is a version such as \"1.36\" or \"2.9\", not `{text}`");
            wrong(found, place, &message, "");
        }
    }
}

fn is_version(text: &str) -> bool {
    let parts: Vec<&str> = text.trim_start_matches('v').split('.').collect();
    (2..=3).contains(&parts.len()) && parts.iter().all(|part| part.parse::<u32>().is_ok())
}

fn action(step: &Step, found: &mut Vec<Mistake>) {
    match &step.action {
        Action::Push(one) => push(one, step, found),
        Action::Patch(one) => patch(one, found),
        Action::Publish(one) => publish(one, found),
        Action::Fault(one) => fault(one, found),
        Action::Probe(one) => probe(one, found),
        Action::Apply(one)
            if one.objects.is_empty() && one.files.is_empty() && one.folder.is_none() =>
        {
            wrong(found, &one.place, "applies nothing", "add `objects`, `files` or `folder`");
        }
        Action::Controllers(one) if one.stop.is_empty() && one.start.is_empty() => {
            wrong(found, &one.place, "stops and starts nothing", "add `stop` or `start`");
        }
        Action::Behave(all) => {
            for one in all.iter().filter(|one| one.objects.is_empty() && one.image.is_none()) {
                wrong(found, &one.place, "a behaviour of nothing", "add `objects` or `image`");
            }
        }
        _ => {}
    }
}

fn push(push: &Push, step: &Step, found: &mut Vec<Mistake>) {
    let nothing = push.edit.is_empty()
        && push.files.is_empty()
        && push.remove.is_empty()
        && push.patch.is_none()
        && push.tree.is_none();
    if nothing && !step.allow_empty && !push.amend {
        let help = "add `edit`, `files`, `remove`, `patch` or `tree`, or say `allow-empty: true`";
        wrong(found, &push.place, "a push that changes nothing", help);
    }
    push.edit.iter().for_each(|one| edit(one, found));
}

fn edit(edit: &Edit, found: &mut Vec<Mistake>) {
    let nothing = edit.set.is_empty()
        && edit.remove.is_empty()
        && edit.append.is_empty()
        && edit.image.is_empty()
        && edit.replace.is_empty();
    if nothing {
        let help = "add `set`, `remove`, `append`, `image` or `replace`";
        wrong(found, &edit.place, "an edit that changes nothing", help);
    }
}

/// Notes a part that must have exactly one of some keys.
fn exactly_one(found: &mut Vec<Mistake>, place: &Place, what: &str, keys: &[(&str, bool)]) {
    let given: Vec<&str> = keys.iter().filter(|(_, given)| *given).map(|(key, _)| *key).collect();
    let names: Vec<&str> = keys.iter().map(|(key, _)| *key).collect();
    let all = crate::read::list(&names);
    match given.as_slice() {
        [_] => {}
        [] => wrong(found, place, &format!("{what} needs one of {all}"), ""),
        many => {
            let message = format!(
                "{what} has exactly one of {all}, but here are {}",
                crate::read::list(many)
            );
            wrong(found, place, &message, "");
        }
    }
}

fn patch(patch: &PatchObject, found: &mut Vec<Mistake>) {
    let keys = [
        ("merge", patch.merge.is_some()),
        ("json", patch.json.is_some()),
        ("strategic", patch.strategic.is_some()),
    ];
    exactly_one(found, &patch.place, "a patch", &keys);
}

fn publish(publish: &Publish, found: &mut Vec<Mistake>) {
    let keys = [
        ("chart", publish.chart.is_some()),
        ("artifact", publish.artifact.is_some()),
        ("image", !publish.image.is_empty()),
    ];
    exactly_one(found, &publish.place, "a publication", &keys);
    if publish.image.is_empty() && publish.to.is_none() {
        wrong(found, &publish.place, "the key `to` is missing", "add the URL that serves it");
    }
}

fn fault(fault: &Fault, found: &mut Vec<Mistake>) {
    let keys = [
        ("git", fault.git.is_some()),
        ("charts", fault.charts.is_some()),
        ("artifacts", fault.artifacts.is_some()),
        ("image", fault.image.is_some()),
        ("api", fault.api.is_some()),
        ("node", fault.node.is_some()),
    ];
    exactly_one(found, &fault.place, "a fault", &keys);
    if fault.damage.is_some() && fault.charts.is_none() && fault.artifacts.is_none() {
        let help = "name `charts` or `artifacts`";
        wrong(found, &fault.place, "`damage` stands without what is served", help);
    }
}

fn probe(probe: &Probe, found: &mut Vec<Mistake>) {
    let keys = [("http", probe.http.is_some()), ("tcp", probe.tcp.is_some())];
    exactly_one(found, &probe.place, "a probe", &keys);
}

fn expected(expectation: &Expectation, found: &mut Vec<Mistake>) {
    for one in walk::nested(expectation) {
        if says_nothing(one) {
            let help = "add `objects`, `every`, or another key that is judged";
            wrong(found, &one.place, "an expectation of nothing", help);
        }
        if one.is.is_some() && one.every.is_none() {
            wrong(
                found,
                &one.place,
                "`is` stands without `every`",
                "write `every: Kind` beside it",
            );
        }
    }
    for (_, inner) in expectation.clusters.iter() {
        inside_a_cluster(inner, found);
    }
    for check in walk::object_checks(expectation) {
        conditions(check, found);
    }
}

/// Whether an expectation has nothing that is judged.
fn says_nothing(expectation: &Expectation) -> bool {
    let bare = Expectation {
        within: expectation.within,
        since: expectation.since.clone(),
        namespace: expectation.namespace.clone(),
        except: expectation.except.clone(),
        is: expectation.is.clone(),
        place: expectation.place.clone(),
        ..Expectation::default()
    };
    bare == *expectation
}

/// Keys that are about the whole world do not stand below a cluster.
fn inside_a_cluster(inner: &Expectation, found: &mut Vec<Mistake>) {
    let keys = [
        ("within", inner.within.is_some()),
        ("since", inner.since.is_some()),
        ("clusters", !inner.clusters.is_empty()),
        ("git", !inner.git.is_empty()),
        ("notifications", !inner.notifications.is_empty()),
    ];
    for (key, _) in keys.iter().filter(|(_, given)| *given) {
        let message = format!("`{key}` does not stand below a cluster");
        wrong(found, &inner.place, &message, "put it one level up, beside `clusters`");
    }
}

fn conditions(check: &ObjectCheck, found: &mut Vec<Mistake>) {
    for (kind, condition) in check.roots.1.iter().chain(check.conditions.iter()) {
        let status = condition.status.as_ref().and_then(|status| status.equals.as_deref());
        if let Some(status) = status
            && !["True", "False", "Unknown"].contains(&status)
        {
            let message = format!("condition {kind} cannot be `{status}`");
            wrong(
                found,
                &condition.place,
                &message,
                "a condition is \"True\", \"False\" or Unknown",
            );
        }
    }
}
