//! Workloads behind a served API: the simulator on the clock of the world outside.
//!
//! One rule: controllers see what clients write a moment later, as on a real
//! cluster; what they write themselves they see at once. Start at [`Workloads`].

use std::collections::VecDeque;
use std::time::Duration;

use apiserver::ApiServer;
use apiserver::serve::Driver;
use client::{Call, Change, Status};
use clock::{Moment, Seed};
use environment::behaviour::{Behaviours, Changes, Cluster, Simulator};
use objects::Value;

/// Moves Deployments, Jobs, pods, claims and the like of a served cluster.
#[derive(Debug)]
pub(crate) struct Workloads {
    simulator: Simulator,
    /// From a client's write until controllers see it.
    lag: Duration,
    /// The last revision that is accounted for.
    seen: u64,
    /// Revisions before clients' writes that are too fresh to be seen, and when those came.
    fresh: VecDeque<(u64, Moment)>,
}

impl Workloads {
    /// Workloads that are healthy shortly after they are written; controllers see writes after `lag`.
    pub(crate) fn new(seed: u64, lag: Duration) -> Self {
        let simulator = Simulator::new(Behaviours::default(), Seed(seed));
        Self { simulator, lag, seen: 0, fresh: VecDeque::new() }
    }

    /// The last revision that controllers may see.
    fn limit(&mut self, now: Moment, server: &ApiServer) -> u64 {
        let revision = server.revision();
        if revision != self.seen {
            self.fresh.push_back((self.seen, now));
            self.seen = revision;
        }
        while self.fresh.front().is_some_and(|(_, came)| *came + self.lag <= now) {
            self.fresh.pop_front();
        }
        self.fresh.front().map_or(u64::MAX, |(before, _)| *before)
    }
}

impl Driver for Workloads {
    fn tick(&mut self, now: Moment, server: &mut ApiServer) -> bool {
        let before = server.revision();
        let limit = self.limit(now, server);
        let mut cluster = Direct { server, now, limit };
        self.simulator.run(now, &mut cluster);
        self.seen = server.revision();
        self.seen != before
    }

    fn next_due(&self) -> Option<Moment> {
        let fresh = self.fresh.front().map(|(_, came)| *came + self.lag);
        [fresh, self.simulator.next_due()].into_iter().flatten().min()
    }
}

/// The API as the simulator calls it.
struct Direct<'a> {
    server: &'a mut ApiServer,
    now: Moment,
    limit: u64,
}

impl Cluster for Direct<'_> {
    fn call(&mut self, call: &Call) -> Result<Value, Status> {
        self.server.call(self.now, call)
    }

    fn changes(&mut self, since: u64) -> Changes {
        let news = self.server.changes_after(since).into_iter();
        let news = news.take_while(|entry| entry.revision <= self.limit);
        let changes = news.map(|entry| Change { kind: entry.kind, object: entry.object.clone() });
        let position = self.server.revision().min(self.limit).max(since);
        Changes { position, changes: changes.collect() }
    }
}

#[cfg(test)]
mod tests {
    use client::{Options, Target, Verb};
    use objects::Gvk;

    use super::*;

    fn deployment() -> Value {
        let text = r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"default"},"spec":{"replicas":2,"selector":{"matchLabels":{"app":"web"}},"template":{"metadata":{"labels":{"app":"web"}},"spec":{"containers":[{"name":"web","image":"web:1"}]}}}}"#;
        objects::from_json(text.as_bytes()).unwrap()
    }

    fn target(name: &str) -> Target {
        Target {
            gvk: Gvk::new("apps", "v1", "Deployment"),
            namespace: Some("default".to_owned()),
            name: Some(name.to_owned()),
            subresource: None,
        }
    }

    #[test]
    fn a_deployment_becomes_available_once_controllers_have_seen_it() {
        let start = Moment::START;
        let mut server = ApiServer::new(apiserver::Settings::default(), start).unwrap();
        let mut workloads = Workloads::new(0, Duration::from_secs(1));
        while server.tick(start) {}
        let call = Call {
            verb: Verb::Create,
            target: target("web"),
            body: Some(deployment()),
            options: Options::default(),
            impersonate: None,
        };
        server.call(start, &call).unwrap();
        workloads.tick(start, &mut server);
        let ready = |server: &mut ApiServer, now: Moment| {
            let body = None;
            let options = Options::default();
            let call =
                Call { verb: Verb::Get, target: target("web"), body, options, impersonate: None };
            let found = server.call(now, &call).unwrap();
            found.int_at(&["status", "readyReplicas"]).unwrap_or(0)
        };
        assert_eq!(ready(&mut server, start), 0, "controllers are not that quick");
        let mut now = start;
        while let Some(due) =
            workloads.next_due().filter(|due| *due < start + Duration::from_secs(9))
        {
            now = due.max(now);
            workloads.tick(now, &mut server);
        }
        assert_eq!(ready(&mut server, now), 2);
    }
}
