//! Letting the world act: the one loop.
//!
//! One rule: drain, then look, then advance. Start at [`settle`].

use std::time::Duration;

use clock::Moment;
use environment::PlaceError;
use events::Verdict;
use scenario::expect::Expectation;

use crate::judge::{glance, judge};
use crate::refusal::Refusal;
use crate::steps::heal_all;
use crate::story::Story;

/// How long a step may take where it says nothing.
const STEP: Duration = Duration::from_secs(6 * 3_600);
/// How long a scenario may take where it says nothing.
const SCENARIO: Duration = Duration::from_secs(30 * 24 * 3_600);

/// Runs until the world is at rest, or with a limit until the goal is met; the verdict then.
/// A goal with a limit may still be met after rest: by an interval, or by a fault that ends.
pub(crate) fn settle(story: &mut Story<'_>, goal: &Expectation) -> Result<Verdict, Refusal> {
    let within = goal.within;
    let limits = story.world.scenario().limits.as_ref();
    let step = within.or(limits.and_then(|limits| limits.step)).unwrap_or(STEP);
    let begun = story.world.place.now();
    let limit = (begun + step).min(end_of(story));
    let mut seen = None;
    loop {
        drain(story)?;
        if within.is_none() && is_at_rest(story) {
            return Ok(judge(story, goal).verdict);
        }
        if within.is_some() && news(story, &mut seen) {
            let seen = glance(story, goal);
            if seen.verdict.is_met() || seen.settled {
                return Ok(judge(story, goal).verdict);
            }
        }
        if !advance(story, limit) {
            drain(story)?;
            return match within {
                Some(within) => Ok(at_limit(story, goal, within)),
                None if is_at_rest(story) => Ok(judge(story, goal).verdict),
                None => Err(restless(story, begun)),
            };
        }
    }
}

fn is_at_rest(story: &mut Story<'_>) -> bool {
    let at_rest = story.world.ends.is_empty() && story.world.place.is_at_rest();
    story.observation.at_rest = at_rest;
    at_rest
}

/// The world does not come to rest, so that nothing can be judged at rest.
fn restless(story: &Story<'_>, begun: Moment) -> Refusal {
    let busy = story.world.place.busy_since(begun);
    let passed = clock::format_duration(story.world.place.now().since(begun));
    let refusal = Refusal::from(PlaceError::Restless { busy });
    let help = "an expectation without `within` is judged at rest: give it `within`, or raise `limits.step`";
    let after = format!("{} after {passed}", refusal.chain.join(": "));
    Refusal { chain: vec![after, help.to_owned()], ..refusal }
}

/// Lets time pass; a goal must hold at every moment of it.
pub(crate) fn pass(
    story: &mut Story<'_>,
    duration: Duration,
    goal: Option<&Expectation>,
) -> Result<Verdict, Refusal> {
    let end = (story.world.place.now() + duration).min(end_of(story));
    let mut seen = None;
    loop {
        drain(story)?;
        if let Some(goal) = goal
            && news(story, &mut seen)
            && !glance(story, goal).verdict.is_met()
        {
            return Ok(judge(story, goal).verdict);
        }
        if story.world.place.now() >= end {
            return Ok(Verdict::Met);
        }
        advance(story, end);
    }
}

fn end_of(story: &Story<'_>) -> Moment {
    let limits = story.world.scenario().limits.as_ref();
    story.started + limits.and_then(|limits| limits.scenario).unwrap_or(SCENARIO)
}

/// Does all that can happen now.
fn drain(story: &mut Story<'_>) -> Result<(), Refusal> {
    let now = story.world.place.now();
    let (over, left): (Vec<_>, Vec<_>) =
        std::mem::take(&mut story.world.ends).into_iter().partition(|(end, _)| *end <= now);
    story.world.ends = left;
    for (_, broken) in over {
        heal_all(&mut story.world, &broken)?;
    }
    story.world.place.run_ready()?;
    story.look();
    Ok(())
}

/// Goes on to the next due moment, at most to the limit; whether anything was due before it.
fn advance(story: &mut Story<'_>, limit: Moment) -> bool {
    let ends = story.world.ends.iter().map(|(end, _)| *end);
    let due = ends.chain(story.world.place.next_due()).min();
    match due {
        Some(due) if due < limit => {
            story.world.place.advance_to(due);
            true
        }
        _ => {
            story.world.place.advance_to(limit);
            false
        }
    }
}

/// Whether anything was written since it was last looked at.
fn news(story: &Story<'_>, seen: &mut Option<Vec<usize>>) -> bool {
    let journal = story.world.place.clusters().iter().map(|cluster| cluster.journal().len());
    let journal: Vec<usize> = journal.collect();
    let fresh = seen.as_ref() != Some(&journal);
    *seen = Some(journal);
    fresh
}

/// Time is over: the verdict then.
fn at_limit(story: &mut Story<'_>, goal: &Expectation, within: Duration) -> Verdict {
    let verdict = judge(story, goal).verdict;
    let Verdict::NotMet(mut failures) = verdict else { return verdict };
    let within = clock::format_duration(within);
    for failure in &mut failures {
        failure.what.push_str(&format!(" (within {within})"));
    }
    Verdict::NotMet(failures)
}
