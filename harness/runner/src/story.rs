//! One case from its first step to its outcome.
//!
//! One rule: forward only; what a step leaves behind is a mark. Start at [`tell`].

use std::time::Duration;

use assertion::snapshot::Store;
use assertion::{Observation, StepKind};
use client::ChangeKind;
use clock::{Moment, Stopwatch};
use events::{Event, Failure, Outcome, StepVerdict, Transition, Verdict};
use scenario::step::{Action, Step};

use crate::look::SeenStep;
use crate::plan::Case;
use crate::refusal::Refusal;
use crate::steps::{Done, carry_out};
use crate::world::World;
use crate::{RunOptions, counterproof, snapshots};

/// A case while it is told.
pub(crate) struct Story<'a> {
    pub(crate) world: World<'a>,
    pub(crate) events: Vec<Event>,
    pub(crate) started: Moment,
    /// The world as expectations see it.
    pub(crate) observation: Observation,
    /// How much of each journal was seen.
    seen: Vec<usize>,
    /// The steps that ended.
    pub(crate) ended: Vec<SeenStep>,
    /// The snapshots beside the scenario.
    pub(crate) store: Store,
}

/// Where a case ended.
pub(crate) struct End {
    pub(crate) verdict: Verdict,
    /// Id of the step that was not met.
    pub(crate) step: Option<String>,
}

/// Tells a case: its events, and how it ended.
pub(crate) fn tell(case: &Case, options: &RunOptions) -> (Vec<Event>, Outcome) {
    let watch = Stopwatch::start();
    let mut events = vec![Event::ScenarioStarted {
        scenario: case.name.clone(),
        file: case.file.display().to_string(),
        seed: case.seed,
        at: Moment::START,
    }];
    let (outcome, virtual_time) = if case.unknown.is_empty() {
        tell_world(case, options, &mut events)
    } else {
        let scenario = || case.name.clone();
        let reasons = case.unknown.iter();
        events.extend(
            reasons.map(|reason| Event::Unknown { scenario: scenario(), reason: reason.clone() }),
        );
        (Outcome::Judged(Verdict::Unknown(case.unknown.clone())), Duration::ZERO)
    };
    events.push(Event::ScenarioFinished {
        scenario: case.name.clone(),
        outcome: outcome.clone(),
        virtual_time,
        real_time: watch.elapsed(),
    });
    (events, outcome)
}

fn tell_world(case: &Case, options: &RunOptions, events: &mut Vec<Event>) -> (Outcome, Duration) {
    match play(case, options) {
        Ok((mut story, outcome)) => {
            events.append(&mut story.events);
            (outcome, story.world.place.now().since(story.started))
        }
        Err(error) => (Outcome::Broken { error }, Duration::ZERO),
    }
}

/// Plays a case to its end; the chain of errors if its world could not be opened.
pub(crate) fn play<'a>(
    case: &'a Case,
    options: &RunOptions,
) -> Result<(Story<'a>, Outcome), Vec<String>> {
    let world = crate::open::open(case, options).map_err(|refusal| refusal.chain)?;
    let mut story = Story::new(world, options);
    let outcome = match story.steps() {
        Ok(end) => Outcome::Judged(counterproof::turn(case, end)),
        Err(refusal) => Outcome::Broken { error: refusal.chain },
    };
    Ok((story, outcome))
}

impl<'a> Story<'a> {
    fn new(world: World<'a>, options: &RunOptions) -> Self {
        let names: Vec<&str> = world.clusters.iter().map(|name| world.shown(name)).collect();
        let started = world.place.now();
        let observation = Observation::new(started, &world.default_namespace(), &names);
        let seen = vec![0; world.clusters.len()];
        let store = snapshots::store(world.case, options);
        let (events, ended) = (Vec::new(), Vec::new());
        Self { world, events, started, observation, seen, store, ended }
    }

    fn steps(&mut self) -> Result<End, Refusal> {
        let case = self.world.case;
        let steps = counterproof::steps(case);
        counterproof::prepare(&mut self.world)?;
        let mut verdict = Verdict::Met;
        for (number, step) in steps.iter().enumerate() {
            let found = self.step(number + 1, step)?;
            let failed = matches!(found, Verdict::NotMet(_));
            verdict = verdict.and(found);
            if failed {
                return Ok(End { verdict, step: step.id.clone() });
            }
        }
        if !case.is_counterproof() {
            snapshots::tell_vanished(self);
        }
        Ok(End { verdict, step: None })
    }

    fn step(&mut self, number: usize, step: &Step) -> Result<Verdict, Refusal> {
        self.look();
        self.observation.begin(step.id.as_deref(), kind_of(&step.action), self.world.heads());
        let scenario = self.world.case.name.clone();
        self.events.push(Event::StepStarted {
            scenario: scenario.clone(),
            step: number,
            name: name_of(step),
            line: step.place.line,
            at: self.world.place.now(),
        });
        let skipped = counterproof::skips(self.world.case, step);
        let done = if skipped {
            Ok(Done::Acted { changed: true, commit: None })
        } else {
            carry_out(self, step)
        };
        let verdict = match done {
            Err(refusal) if refusal.place_failed => {
                let restless = self.world.case.is_counterproof() && !refusal.busy.is_empty();
                if !restless {
                    return Err(refusal.within(&format!("carry out step {}", shown(step))));
                }
                counterproof::restless(self, step, &refusal)
            }
            Err(refusal) => refused(step, &refusal),
            Ok(done) => self.done(step, done, skipped),
        };
        self.look();
        let clusters = self.observation.clusters.values();
        self.ended.push(SeenStep {
            name: name_of(step),
            at: self.world.place.now(),
            happened: clusters.map(|view| view.log().len()).collect(),
        });
        self.events.push(Event::StepFinished {
            scenario,
            step: number,
            verdict: match &verdict {
                Verdict::Met => StepVerdict::Done,
                Verdict::NotMet(_) => StepVerdict::NotMet,
                Verdict::Unknown(_) => StepVerdict::Unknown,
            },
            at: self.world.place.now(),
        });
        Ok(verdict)
    }

    fn done(&mut self, step: &Step, done: Done, skipped: bool) -> Verdict {
        let commit = match done {
            Done::Judged(verdict) => return verdict,
            Done::Acted { changed: false, .. } if !step.allow_empty => {
                let what = format!(
                    "step {} changed nothing: say `allow-empty: true` if that may be",
                    shown(step)
                );
                return Verdict::NotMet(vec![Failure::new(what)]);
            }
            Done::Acted { commit, .. } if skipped => commit.or_else(|| self.world.any_commit()),
            Done::Acted { commit, .. } => commit,
        };
        if let (Some(id), Some(made)) = (&step.id, commit) {
            self.world.commits.insert(id.clone(), made);
        }
        Verdict::Met
    }

    /// Takes in what happened since it was last looked at, and tells how conditions changed.
    pub(crate) fn look(&mut self) {
        self.observation.now = self.world.place.now();
        self.observation.at_rest = false;
        for (index, cluster) in self.world.place.clusters().iter().enumerate() {
            let shown = self.world.shown(cluster.name());
            let (Some(view), Some(seen)) =
                (self.observation.clusters.get_mut(shown), self.seen.get_mut(index))
            else {
                continue;
            };
            let journal = cluster.journal();
            for entry in &journal[*seen..] {
                let gone = entry.kind == ChangeKind::Deleted;
                let after = (!gone).then(|| entry.object.clone());
                let before = entry.before.clone().or_else(|| gone.then(|| entry.object.clone()));
                view.record(entry.at, before, after);
                if let Some(transition) = transition(entry) {
                    self.events.push(Event::Transition {
                        scenario: self.world.case.name.clone(),
                        cluster: shown.to_owned(),
                        object: entry.object.id(),
                        transition,
                    });
                }
            }
            *seen = journal.len();
        }
    }
}

/// The change of the Ready condition that an entry tells of.
fn transition(entry: &environment::Entry) -> Option<Transition> {
    if !entry.object.api_version().contains(".toolkit.fluxcd.io/") {
        return None;
    }
    let gone = entry.kind == ChangeKind::Deleted;
    if gone {
        return Some(Transition {
            at: entry.at,
            state: "deleted".to_owned(),
            reason: String::new(),
            message: String::new(),
        });
    }
    let ready = entry.object.condition("Ready")?;
    let part = |key: &str| ready.str_at(&[key]).unwrap_or_default().to_owned();
    let same = |before: &objects::Object| {
        let known = before.condition("Ready");
        ["status", "reason", "message"]
            .iter()
            .all(|key| known.and_then(|known| known.str_at(&[key])) == ready.str_at(&[key]))
    };
    if entry.before.as_ref().is_some_and(same) {
        return None;
    }
    Some(Transition {
        at: entry.at,
        state: format!("Ready={}", part("status")),
        reason: part("reason"),
        message: part("message"),
    })
}

/// What a step does to the question since when history counts.
fn kind_of(action: &Action) -> StepKind {
    match action {
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
        | Action::Publish(_)
        | Action::Bootstrap(_)
        | Action::Uninstall(_) => StepKind::Wants,
        Action::Reconcile(_)
        | Action::Suspend(_)
        | Action::Resume(_)
        | Action::Wait(_)
        | Action::Behave(_)
        | Action::Hold(_)
        | Action::Use(_)
        | Action::Fault(_)
        | Action::Heal(_)
        | Action::Webhook(_)
        | Action::Controllers(_) => StepKind::Acts,
        Action::Expect(_) | Action::Never(_) | Action::Snapshot(_) | Action::Probe(_) => {
            StepKind::Looks
        }
    }
}

/// The step's id, or what it does.
fn name_of(step: &Step) -> String {
    step.id.clone().unwrap_or_else(|| step.action.key().to_owned())
}

fn shown(step: &Step) -> String {
    match &step.id {
        Some(id) => format!("{id} ({}, line {})", step.action.key(), step.place.line),
        None => format!("{} in line {}", step.action.key(), step.place.line),
    }
}

/// A step that could not be carried out means that the scenario did not come true.
fn refused(step: &Step, refusal: &Refusal) -> Verdict {
    let what = format!("step {} failed: {}", shown(step), refusal.chain.join(": "));
    Verdict::NotMet(vec![Failure::new(what)])
}
