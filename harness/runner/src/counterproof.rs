//! Counterproofs: derived scenarios that must fail, and where.
//!
//! One rule: a counterproof is met exactly when the scenario under it fails as it says.
//! Start at [`turn`].

use std::borrow::Cow;

use environment::Busy;
use events::{Failure, Verdict};
use scenario::counterproof::{Change, Counterproof, Fails, Insert};
use scenario::expect::Expectation;
use scenario::step::{Action, Step};
use scenario::terms::ObjectPattern;

use crate::plan::Case;
use crate::refusal::Refusal;
use crate::story::{End, Story};
use crate::world::World;

fn changes(case: &Case) -> impl Iterator<Item = &Change> {
    case.counterproof.iter().flat_map(|proof| proof.change.iter())
}

/// The steps of a case: those of the file, the short form `expect`, and what is put in.
pub(crate) fn steps(case: &Case) -> Cow<'_, [Step]> {
    let scenario = &case.scenario;
    let mut steps = Cow::Borrowed(scenario.steps.as_slice());
    if let Some(wanted) = &scenario.expect {
        steps.to_mut().push(expect_step(wanted));
    }
    for change in changes(case) {
        if let Change::Insert(insert) = change {
            put_in(steps.to_mut(), insert);
        }
    }
    steps
}

fn expect_step(wanted: &Expectation) -> Step {
    Step {
        id: None,
        allow_empty: false,
        action: Action::Expect(wanted.clone()),
        place: wanted.place.clone(),
    }
}

fn put_in(steps: &mut Vec<Step>, insert: &Insert) {
    let find = |id: &String| steps.iter().position(|step| step.id.as_ref() == Some(id));
    let before = insert.before.as_ref().and_then(find);
    let after = insert.after.as_ref().and_then(find).map(|at| at + 1);
    let at = before.or(after).unwrap_or(0);
    steps.splice(at..at, insert.steps.iter().cloned());
}

/// Whether a counterproof leaves a step out.
pub(crate) fn skips(case: &Case, step: &Step) -> bool {
    let Some(id) = &step.id else { return false };
    changes(case).any(|change| matches!(change, Change::Skip(ids) if ids.contains(id)))
}

/// Changes the world as a counterproof says, before anything happens.
pub(crate) fn prepare(world: &mut World<'_>) -> Result<(), Refusal> {
    let case = world.case;
    for change in changes(case) {
        match change {
            Change::Edit(edits) => crate::steps::edit_everywhere(world, edits)?,
            Change::Push(push) => crate::steps::push_everywhere(world, push)?,
            Change::Drop(patterns) => crate::steps::drop_everywhere(world, patterns)?,
            Change::Behave(all) => crate::open::behave(world, all)?,
            Change::Fault(fault) => {
                crate::steps::break_it(world, fault)?;
            }
            // Read where images and bindings are; put in, or skipped, where steps are.
            Change::Set(_) | Change::With(_) | Change::Skip(_) | Change::Insert(_) => {}
        }
    }
    Ok(())
}

/// A changed world that never comes to rest does not meet the scenario: what is busy, and
/// what was expected of it.
pub(crate) fn restless(story: &mut Story<'_>, step: &Step, refusal: &Refusal) -> Verdict {
    let never = |one: &Busy| Failure {
        object: Some(one.object.clone()),
        cluster: story.world.shown(&one.cluster).to_owned(),
        ..Failure::new("never comes to rest")
    };
    let mut failures: Vec<Failure> = refusal.busy.iter().map(never).collect();
    if let Action::Expect(wanted) = &step.action {
        story.look();
        if let Verdict::NotMet(more) = crate::judge::judge(story, wanted).verdict {
            failures.extend(more);
        }
    }
    Verdict::NotMet(failures)
}

/// The verdict of a case: for a counterproof, whether it failed as it says.
pub(crate) fn turn(case: &Case, end: End) -> Verdict {
    let Some(proof) = &case.counterproof else { return end.verdict };
    match end.verdict {
        Verdict::Unknown(reasons) => Verdict::Unknown(reasons),
        Verdict::Met => {
            let what = "the scenario is still met under this counterproof: an expectation that cannot fail proves nothing";
            Verdict::NotMet(vec![Failure::new(what)])
        }
        Verdict::NotMet(failures) => {
            let namespace = case.scenario.namespace.as_deref().unwrap_or("default");
            let as_said =
                |wanted: &Fails| fails_as(wanted, &failures, end.step.as_deref(), namespace);
            if proof.fails.is_empty() || proof.fails.iter().all(as_said) {
                return Verdict::Met;
            }
            Verdict::NotMet(elsewhere(proof, failures))
        }
    }
}

fn fails_as(wanted: &Fails, failures: &[Failure], step: Option<&str>, namespace: &str) -> bool {
    let in_step = wanted.step.is_none() || wanted.step.as_deref() == step;
    let fits = |failure: &Failure| {
        let object = wanted.object.as_ref();
        let about = object.is_none_or(|object| is_about(failure, object, namespace));
        let says = wanted.message.as_ref().is_none_or(|message| {
            let mut texts = texts_of(failure);
            texts.any(|text| assertion::text_holds(message, text))
        });
        about && says
    };
    in_step && failures.iter().any(fits)
}

fn is_about(failure: &Failure, object: &ObjectPattern, namespace: &str) -> bool {
    failure.object.as_ref().is_some_and(|id| object.matches(id, namespace))
}

fn texts_of(failure: &Failure) -> impl Iterator<Item = &str> {
    let fields = failure.fields.iter().flat_map(|field| [field.expected.as_str(), &field.found]);
    let transitions = failure.transitions.iter().map(|one| one.message.as_str());
    let causes = failure.causes.iter().map(|cause| cause.what.as_str());
    std::iter::once(failure.what.as_str()).chain(fields).chain(transitions).chain(causes)
}

fn elsewhere(proof: &Counterproof, failures: Vec<Failure>) -> Vec<Failure> {
    let wanted = proof.fails.iter().map(|fails| match (&fails.object, &fails.step) {
        (Some(object), _) => object.to_string(),
        (None, Some(step)) => format!("step {step}"),
        (None, None) => "the message it names".to_owned(),
    });
    let wanted: Vec<String> = wanted.collect();
    let what = format!("the counterproof fails elsewhere than at {}:", wanted.join(", "));
    std::iter::once(Failure::new(what)).chain(failures).collect()
}
