//! Steps that let time pass, and judge what is there.

use events::Event;
use scenario::expect::Expectation;
use scenario::step::{Hold, Snapshot, Wait};

use super::Done;
use crate::judge::judge;
use crate::refusal::Refusal;
use crate::settle::{pass, settle};
use crate::story::Story;

pub(super) fn wait(story: &mut Story<'_>, wait: &Wait) -> Result<Done, Refusal> {
    pass(story, wait.duration, None)?;
    Ok(Done::acted())
}

pub(super) fn expect(story: &mut Story<'_>, wanted: &Expectation) -> Result<Done, Refusal> {
    settle(story, wanted).map(Done::Judged)
}

pub(super) fn hold(story: &mut Story<'_>, hold: &Hold) -> Result<Done, Refusal> {
    pass(story, hold.duration, Some(&hold.expectation)).map(Done::Judged)
}

/// Looks back at every moment since the step before.
pub(super) fn never(story: &mut Story<'_>, wanted: &Expectation) -> Result<Done, Refusal> {
    story.world.place.run_ready()?;
    story.look();
    let never = Expectation { never: Some(Box::new(wanted.clone())), ..Expectation::default() };
    Ok(Done::Judged(judge(story, &never).verdict))
}

pub(super) fn snapshot(story: &mut Story<'_>, wanted: &Snapshot) -> Result<Done, Refusal> {
    settle(story, &Expectation::default())?;
    let (state, verdict) = crate::snapshots::compare(story, wanted)?;
    let scenario = story.world.case.name.clone();
    story.events.push(Event::Snapshot {
        scenario,
        name: wanted.name.clone(),
        state: state.to_owned(),
    });
    Ok(Done::Judged(verdict))
}
