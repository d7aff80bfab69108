//! What a place cannot do of what a scenario asks, known before the run.
//!
//! One rule: a scenario that rests on such a thing is *unknown*, never silently green.
//! Start at [`unknown`].

use environment::Abilities;
use scenario::Scenario;
use scenario::step::{Action, Fault, Publish, Step};

/// A reason for each thing that the place does not have.
pub(crate) fn unknown(scenario: &Scenario, place: Abilities) -> Vec<String> {
    let mut reasons: Vec<String> =
        scenario.steps.iter().filter_map(|step| of_step(step, place)).collect();
    reasons.dedup();
    reasons
}

fn of_step(step: &Step, place: Abilities) -> Option<String> {
    let (able, what) = match &step.action {
        Action::Probe(_) => (place.real_pods, "a service is probed, which needs real pods"),
        Action::Publish(publish) => published(publish, place),
        Action::Fault(fault) => broken(fault, place),
        Action::Webhook(_) => (place.notifications, "a Receiver gets a webhook"),
        Action::Controllers(_) => (place.stop_controllers, "controllers are stopped and started"),
        Action::Push(_)
        | Action::Merge(_)
        | Action::Revert(_)
        | Action::CherryPick(_)
        | Action::Rebase(_)
        | Action::Reset(_)
        | Action::Tag(_)
        | Action::Branch(_)
        | Action::Apply(_)
        | Action::Patch(_)
        | Action::Delete(_)
        | Action::Reconcile(_)
        | Action::Suspend(_)
        | Action::Resume(_)
        | Action::Wait(_)
        | Action::Behave(_)
        | Action::Expect(_)
        | Action::Hold(_)
        | Action::Never(_)
        | Action::Snapshot(_)
        | Action::Use(_)
        | Action::Heal(_)
        | Action::Bootstrap(_)
        | Action::Uninstall(_) => (true, ""),
    };
    let line = step.place.line;
    (!able).then(|| {
        format!("step in line {line}: {what}: the {} place does not do that yet", place.name)
    })
}

fn published(publish: &Publish, place: Abilities) -> (bool, &'static str) {
    match publish {
        Publish { chart: Some(_), .. } => (place.artifacts, "a chart is published"),
        Publish { artifact: Some(_), .. } => (place.artifacts, "an OCI artifact is published"),
        _ => (place.image_automation, "image tags are published"),
    }
}

fn broken(fault: &Fault, place: Abilities) -> (bool, &'static str) {
    match fault {
        Fault { charts: Some(_), .. } => (place.artifacts, "a chart repository breaks"),
        Fault { artifacts: Some(_), .. } => (place.artifacts, "an OCI registry breaks"),
        Fault { node: Some(_), .. } => (place.nodes, "a node is lost"),
        _ => (true, ""),
    }
}
