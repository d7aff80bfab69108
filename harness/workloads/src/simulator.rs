//! The loop: changes come in, work is done in order, timers fall due.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use client::{ChangeKind, Status};
use clock::{Moment, Seed};
use objects::Object;

use crate::behaviour::{Behaviours, Rule};
use crate::cluster::Cluster;
use crate::kind::Kind;
use crate::mirror::Mirror;
use crate::recorder::Recorder;
use crate::work::{Controller, Work, asked};
use crate::world::World;
use crate::{control, foreign, net, node, storage};

/// All controllers, the scheduler and the kubelets of one cluster.
#[derive(Debug)]
pub struct Simulator {
    behaviours: Behaviours,
    recorder: Recorder,
    mirror: Mirror,
    position: u64,
    queue: VecDeque<Work>,
    queued: BTreeSet<Work>,
    timers: BTreeMap<(Moment, u64), Work>,
    earliest: BTreeMap<Work, (Moment, u64)>,
    sequence: u64,
    failures: BTreeMap<Work, u32>,
    kubelet: node::Kubelet,
}

/// How much work one call of [`Simulator::run`] does at most; what is left waits for the next call.
const MOST: u64 = 20_000;

/// What is due later than this is due never.
const NEVER: Duration = Duration::from_secs(365 * 24 * 3_600);

impl Simulator {
    /// A simulator that has seen nothing yet.
    #[must_use]
    pub fn new(behaviours: Behaviours, seed: Seed) -> Self {
        Self {
            behaviours,
            recorder: Recorder::new(seed.stream("workload events")),
            mirror: Mirror::default(),
            position: 0,
            queue: VecDeque::new(),
            queued: BTreeSet::new(),
            timers: BTreeMap::new(),
            earliest: BTreeMap::new(),
            sequence: 0,
            failures: BTreeMap::new(),
            kubelet: node::Kubelet::default(),
        }
    }

    /// Adds a rule from now on; it wins over earlier ones. Takes effect at the next [`Simulator::run`].
    pub fn behave(&mut self, rule: Rule) {
        self.behaviours.rules.push(rule);
        self.reconsider();
    }

    /// Replaces every rule and setting. Takes effect at the next [`Simulator::run`].
    pub fn set_behaviours(&mut self, behaviours: Behaviours) {
        self.behaviours = behaviours;
        self.reconsider();
    }

    /// When there is something to do without any change: the moment to call
    /// [`Simulator::run`] again. `None` when everything has settled.
    #[must_use]
    pub fn next_due(&self) -> Option<Moment> {
        if !self.queue.is_empty() {
            return Some(Moment::default());
        }
        self.timers.keys().next().map(|(moment, _)| *moment)
    }

    /// Whether nothing moves but schedules, and what takes longer than anybody waits.
    #[must_use]
    pub fn is_at_rest(&self, now: Moment) -> bool {
        let moves = |((due, _), work): (&(Moment, u64), &Work)| {
            work.controller != Controller::CronJob && due.since(now) < NEVER
        };
        self.queue.is_empty() && !self.timers.iter().any(moves)
    }

    /// Whether the last [`Simulator::run`] left work that is due.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        !self.queue.is_empty()
    }

    /// Takes in every change since the last call and does all work that is due.
    pub fn run(&mut self, now: Moment, cluster: &mut dyn Cluster) {
        self.take_in(now, cluster);
        let mut done: u64 = 0;
        while done < MOST {
            if self.queue.is_empty() && !self.ring(now) {
                break;
            }
            // Controllers run side by side: what one of a round does, the others see in the next.
            for work in std::mem::take(&mut self.queue) {
                done += 1;
                self.queued.remove(&work);
                self.work(now, &work, cluster);
            }
            self.take_in(now, cluster);
        }
    }

    fn take_in(&mut self, now: Moment, cluster: &mut dyn Cluster) {
        loop {
            let news = cluster.changes(self.position);
            self.position = news.position;
            if news.changes.is_empty() {
                return;
            }
            for change in &news.changes {
                if Kind::of(&change.object) == Kind::Event {
                    continue;
                }
                let before = self.mirror.apply(change);
                let gone = change.kind == ChangeKind::Deleted;
                for work in asked(&self.mirror, before.as_ref(), &change.object, gone) {
                    match delay(&work, &change.object) {
                        Duration::ZERO => self.enqueue(work),
                        wait => self.set_timer(now + wait, work),
                    }
                }
            }
        }
    }

    fn enqueue(&mut self, work: Work) {
        if self.queued.insert(work.clone()) {
            self.queue.push_back(work);
        }
    }

    /// Moves the next piece of work that is due from the timers to the queue, alone:
    /// on a cluster no two things happen at once. Whether there was one.
    fn ring(&mut self, now: Moment) -> bool {
        let Some(entry) = self.timers.first_entry().filter(|entry| entry.key().0 <= now) else {
            return false;
        };
        let work = entry.remove();
        self.earliest.remove(&work);
        self.enqueue(work);
        true
    }

    fn set_timer(&mut self, moment: Moment, work: Work) {
        if let Some(known) = self.earliest.get(&work) {
            if known.0 <= moment {
                return;
            }
            self.timers.remove(known);
        }
        self.sequence += 1;
        let place = (moment, self.sequence);
        self.earliest.insert(work.clone(), place);
        self.timers.insert(place, work);
    }

    fn work(&mut self, now: Moment, work: &Work, cluster: &mut dyn Cluster) {
        if let Some(place) = self.earliest.remove(work) {
            self.timers.remove(&place);
        }
        let mut later = Vec::new();
        let mut world = World {
            now,
            mirror: &self.mirror,
            behaviours: &self.behaviours,
            recorder: &mut self.recorder,
            later: &mut later,
            cluster,
            component: component(work.controller),
        };
        let outcome = perform(&mut world, &mut self.kubelet, work);
        for (moment, work) in later {
            self.set_timer(moment, work);
        }
        match outcome {
            Ok(()) => {
                self.failures.remove(work);
            }
            Err(_) => self.retry(now, work),
        }
    }

    /// Tries again later, each time twice as late (client-go: 5 ms to 1000 s).
    fn retry(&mut self, now: Moment, work: &Work) {
        let failures = self.failures.entry(work.clone()).or_default();
        let delay = Duration::from_millis(5 << (*failures).min(18)).min(Duration::from_secs(1000));
        *failures += 1;
        self.set_timer(now + delay, work.clone());
    }

    /// Everything whose behaviour may have changed is looked at again.
    fn reconsider(&mut self) {
        self.kubelet.forget_plans();
        let mut again: Vec<Work> = self
            .mirror
            .all(Kind::Node)
            .into_iter()
            .map(|n| Work::on(Controller::Node, n))
            .collect();
        for pod in self.mirror.all(Kind::Pod) {
            again.push(Work::on(Controller::Kubelet, pod));
            again.push(Work::on(Controller::Scheduler, pod));
        }
        for claim in self.mirror.all(Kind::Claim) {
            again.push(Work::on(Controller::Claim, claim));
        }
        for kind in [Kind::Service, Kind::Ingress] {
            again.extend(self.mirror.all(kind).into_iter().map(Work::balance));
        }
        again.extend(self.mirror.all_foreign().map(Work::foreign));
        again.into_iter().for_each(|work| self.enqueue(work));
    }
}

/// Controllers that let changes gather before they look.
fn delay(work: &Work, cause: &Object) -> Duration {
    match (work.controller, Kind::of(cause)) {
        // kubernetes: `syncJobBatchPeriod`
        (Controller::Job, Kind::Pod) => Duration::from_secs(1),
        // kubernetes: `--horizontal-pod-autoscaler-sync-period`
        (Controller::Autoscaler, _) => Duration::from_secs(15),
        // Unbound claims are looked at again by the periodic resync (15 s).
        (Controller::Claim, Kind::Volume) => Duration::from_secs(10),
        _ => Duration::ZERO,
    }
}

fn component(controller: Controller) -> &'static str {
    match controller {
        Controller::Deployment => "deployment-controller",
        Controller::ReplicaSet => "replicaset-controller",
        Controller::StatefulSet => "statefulset-controller",
        Controller::DaemonSet => "daemonset-controller",
        Controller::Job => "job-controller",
        Controller::CronJob => "cronjob-controller",
        Controller::Scheduler => "default-scheduler",
        Controller::Kubelet => "kubelet",
        Controller::EndpointSlice => "endpoint-slice-controller",
        Controller::Endpoints => "endpoint-controller",
        Controller::Balancer => "service-controller",
        Controller::Claim | Controller::Volume | Controller::Protection => {
            "persistentvolume-controller"
        }
        Controller::Node => "node-controller",
        Controller::Autoscaler => "horizontal-pod-autoscaler",
        Controller::Budget => "controllermanager",
        Controller::Foreign => "foreign-controller",
    }
}

fn perform(world: &mut World<'_>, kubelet: &mut node::Kubelet, work: &Work) -> Result<(), Status> {
    let key = &work.key;
    match work.controller {
        Controller::Deployment => control::deployment(world, key),
        Controller::ReplicaSet => control::replica_set(world, key),
        Controller::StatefulSet => control::stateful_set(world, key),
        Controller::DaemonSet => control::daemon_set(world, key),
        Controller::Job => control::job(world, key),
        Controller::CronJob => control::cron_job(world, key),
        Controller::Autoscaler => control::autoscaler(world, key),
        Controller::Budget => control::budget(world, key),
        Controller::Scheduler => node::schedule(world, key),
        Controller::Kubelet => kubelet.sync(world, key),
        Controller::EndpointSlice => net::endpoint_slices(world, key),
        Controller::Endpoints => net::endpoints(world, key),
        Controller::Balancer => net::balance(world, work),
        Controller::Claim => storage::claim(world, key),
        Controller::Volume => storage::volume(world, key),
        Controller::Protection => storage::protect(world, key),
        Controller::Node => node::register(world, key),
        Controller::Foreign => foreign::sync(world, work),
    }
}
