//! Carrying out one step.
//!
//! One rule: exactly one action a step; only `wait`, `hold` and `expect` let time pass.
//! Start at [`carry_out`].

mod diff;
mod edit;
mod git;
mod outside;
mod push;
mod time;
mod user;

pub(crate) use outside::{break_it, heal_all};
pub(crate) use push::{drop_everywhere, edit_everywhere, push_everywhere};

use events::{Failure, Verdict};
use scenario::step::{Action, Step};

use crate::refusal::Refusal;
use crate::story::Story;
use crate::world::Made;

/// What a step did.
pub(crate) enum Done {
    /// Something, or nothing.
    Acted {
        /// Whether it changed anything.
        changed: bool,
        /// The commit it made.
        commit: Option<Made>,
    },
    /// It was an expectation.
    Judged(Verdict),
}

impl Done {
    fn acted() -> Self {
        Self::Acted { changed: true, commit: None }
    }
}

/// Carries out a step.
pub(crate) fn carry_out(story: &mut Story<'_>, step: &Step) -> Result<Done, Refusal> {
    if needs_clusters(&step.action) {
        crate::open::begin(&mut story.world)?;
    }
    match &step.action {
        Action::Push(push) => push::push(&mut story.world, push, step.allow_empty),
        Action::Merge(merge) => git::merge(&mut story.world, merge),
        Action::Revert(revert) => git::revert(&mut story.world, revert),
        Action::CherryPick(pick) => git::cherry_pick(&mut story.world, pick),
        Action::Rebase(rebase) => git::rebase(&mut story.world, rebase),
        Action::Reset(reset) => git::reset(&mut story.world, reset),
        Action::Tag(tag) => git::tag(&mut story.world, tag),
        Action::Branch(branch) => git::branch(&mut story.world, branch),
        Action::Apply(apply) => user::apply(&mut story.world, apply),
        Action::Patch(patch) => user::patch(&mut story.world, patch),
        Action::Delete(delete) => user::delete(&mut story.world, delete),
        Action::Reconcile(wanted) => user::reconcile(&mut story.world, wanted),
        Action::Suspend(switch) => user::suspend(&mut story.world, switch, true),
        Action::Resume(switch) => user::suspend(&mut story.world, switch, false),
        Action::Bootstrap(wanted) => user::bootstrap(&mut story.world, wanted),
        Action::Uninstall(wanted) => user::uninstall(&mut story.world, wanted),
        Action::Behave(all) => crate::open::behave(&mut story.world, all).map(|()| Done::acted()),
        Action::Fault(fault) => outside::fault(&mut story.world, fault, step.id.as_deref()),
        Action::Heal(ids) => outside::heal(&mut story.world, ids),
        Action::Wait(wait) => time::wait(story, wait),
        Action::Expect(expectation) => time::expect(story, expectation),
        Action::Hold(hold) => time::hold(story, hold),
        Action::Never(expectation) => time::never(story, expectation),
        Action::Snapshot(snapshot) => time::snapshot(story, snapshot),
        Action::Use(wanted) => {
            Err(Refusal::new(format!("the steps of {} were not put in", wanted.file)))
        }
        Action::Controllers(wanted) => user::controllers(&mut story.world, wanted),
        Action::Publish(wanted) => {
            crate::open::publish(&mut story.world, wanted).map(|()| Done::acted())
        }
        Action::Probe(_) | Action::Webhook(_) => {
            let reason = "the embedded place does not do that yet".to_owned();
            Ok(Done::Judged(Verdict::Unknown(vec![reason])))
        }
    }
}

fn needs_clusters(action: &Action) -> bool {
    matches!(
        action,
        Action::Apply(_)
            | Action::Patch(_)
            | Action::Delete(_)
            | Action::Reconcile(_)
            | Action::Suspend(_)
            | Action::Resume(_)
            | Action::Bootstrap(_)
            | Action::Uninstall(_)
            | Action::Controllers(_)
            | Action::Wait(_)
            | Action::Expect(_)
            | Action::Hold(_)
            | Action::Never(_)
            | Action::Snapshot(_)
    )
}

/// A refusal that was expected must come, and say what it should.
fn expected_refusal(
    wanted: &scenario::terms::TextMatch,
    found: Option<&Refusal>,
) -> Result<Done, Refusal> {
    let Some(found) = found else {
        return Ok(Done::Judged(Verdict::NotMet(vec![Failure::new("was not refused")])));
    };
    let text = found.chain.join(": ");
    if found.chain.iter().chain([&text]).any(|part| assertion::text_holds(wanted, part)) {
        return Ok(Done::acted());
    }
    let what = format!("was refused with other words: {text}");
    Ok(Done::Judged(Verdict::NotMet(vec![Failure::new(what)])))
}
