//! Running a plan: one world a thread, events in the order of the plan.
//!
//! One rule: who listens hears the same in every run, whatever the threads do.
//! Start at [`run`].

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};

use clock::Stopwatch;
use events::{Event, Outcome, Sink, Summary, Verdict};

use crate::story::tell;
use crate::{Plan, RunOptions};

/// Deep trees and templates recurse; a world has room for it.
const STACK: usize = 64 << 20;

struct Told {
    index: usize,
    events: Vec<Event>,
    outcome: Outcome,
}

/// Runs every case of a plan and says what happens.
pub fn run(plan: &Plan, options: &RunOptions, sink: &mut dyn Sink) -> Summary {
    let watch = Stopwatch::start();
    sink.event(&Event::RunStarted {
        version: events::record::VERSION,
        place: environment::Abilities::EMBEDDED.name.to_owned(),
        seed: plan.seed,
        scenarios: plan.cases.len(),
    });
    let mut summary = run_all(plan, options, sink);
    summary.not_run = plan.cases.len() - summary.run();
    summary.real_time = watch.elapsed();
    sink.event(&Event::RunFinished { summary });
    summary
}

fn run_all(plan: &Plan, options: &RunOptions, sink: &mut dyn Sink) -> Summary {
    let next = AtomicUsize::new(0);
    let stop = AtomicBool::new(false);
    let (sender, receiver) = channel();
    std::thread::scope(|scope| {
        for number in 0..options.jobs.max(1).min(plan.cases.len()) {
            let (sender, next, stop) = (sender.clone(), &next, &stop);
            let work = move || work(plan, options, next, stop, &sender);
            let thread = std::thread::Builder::new().name(format!("world-{number}"));
            // A thread that cannot start leaves its share to the others; without any, this one works.
            if thread.stack_size(STACK).spawn_scoped(scope, work).is_err() && number == 0 {
                break;
            }
        }
        drop(sender);
        listen(plan, options, &receiver, &stop, sink)
    })
}

fn work(
    plan: &Plan,
    options: &RunOptions,
    next: &AtomicUsize,
    stop: &AtomicBool,
    sender: &Sender<Told>,
) {
    while !stop.load(Ordering::Relaxed) {
        let index = next.fetch_add(1, Ordering::Relaxed);
        let Some(case) = plan.cases.get(index) else { return };
        let (events, outcome) = tell(case, options);
        if sender.send(Told { index, events, outcome }).is_err() {
            return;
        }
    }
}

/// Hands on what was told, in the order of the plan.
fn listen(
    plan: &Plan,
    options: &RunOptions,
    told: &Receiver<Told>,
    stop: &AtomicBool,
    sink: &mut dyn Sink,
) -> Summary {
    let mut waiting: BTreeMap<usize, Told> = BTreeMap::new();
    let mut summary = Summary::default();
    let (mut next, mut done) = (0, 0);
    for one in told {
        done += 1;
        let running = plan.cases.get(one.index).map(|case| case.name.clone()).unwrap_or_default();
        sink.event(&Event::Progress { done, total: plan.cases.len(), running });
        waiting.insert(one.index, one);
        while let Some(one) = waiting.remove(&next) {
            next += 1;
            one.events.iter().for_each(|event| sink.event(event));
            summary.count(&one.outcome);
            if options.fail_fast && is_bad(&one.outcome) {
                stop.store(true, Ordering::Relaxed);
                return summary;
            }
        }
    }
    summary
}

fn is_bad(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Broken { .. } | Outcome::Judged(Verdict::NotMet(_)))
}
