//! The embedded API behind the ordinary face.
//!
//! One rule: every answer is ready at once. Start at [`Embedded`].

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use apiserver::ApiServer;
use client::{Answer, Api, Call, Change, ChangeKind, Discovery, Resource, Status, Watch};
use clock::Clock;
use objects::{GroupKind, Gvk, Object, Value};
use workloads::Changes;

/// One cluster's API, shared by everything that calls it.
#[derive(Debug, Clone)]
pub(crate) struct Embedded {
    server: Rc<RefCell<ApiServer>>,
    clock: Clock,
}

impl Embedded {
    pub(crate) fn new(server: ApiServer, clock: Clock) -> Self {
        Self { server: Rc::new(RefCell::new(server)), clock }
    }

    /// The server, for what is no call.
    pub(crate) fn server(&self) -> &RefCell<ApiServer> {
        &self.server
    }

    /// A call, without the future around it.
    pub(crate) fn now(&self, call: &Call) -> Result<Value, Status> {
        self.server.borrow_mut().call(self.clock.now(), call)
    }
}

impl workloads::Cluster for Embedded {
    fn call(&mut self, call: &Call) -> Result<Value, Status> {
        self.now(call)
    }

    fn changes(&mut self, since: u64) -> Changes {
        let server = self.server.borrow();
        let news = server.changes_after(since).into_iter();
        let changes = news.map(|entry| Change { kind: entry.kind, object: entry.object.clone() });
        Changes { position: server.revision(), changes: changes.collect() }
    }
}

impl Api for Embedded {
    fn call(&self, call: Call) -> Answer<'_, Value> {
        let answer = self.now(&call);
        Box::pin(std::future::ready(answer))
    }

    fn resource(&self, gvk: &Gvk) -> Answer<'_, Resource> {
        let answer = self.server.borrow().resource(gvk);
        Box::pin(std::future::ready(answer))
    }

    fn discovery(&self) -> Answer<'_, Discovery> {
        let answer = Ok(self.server.borrow().discovery());
        Box::pin(std::future::ready(answer))
    }

    fn watch(&self, gvk: &Gvk) -> Result<Box<dyn Watch>, Status> {
        let gvk = self.server.borrow().resource(gvk)?.gvk;
        let mut cursor = Cursor {
            server: Rc::clone(&self.server),
            kind: gvk.group_kind(),
            api_version: gvk.api_version(),
            since: 0,
            waiting: VecDeque::new(),
        };
        cursor.list();
        Ok(Box::new(cursor))
    }
}

/// A place in the log of one kind.
struct Cursor {
    server: Rc<RefCell<ApiServer>>,
    kind: GroupKind,
    api_version: String,
    since: u64,
    waiting: VecDeque<Change>,
}

impl Cursor {
    /// Starts over from what exists.
    fn list(&mut self) {
        let server = self.server.borrow();
        let found = server.objects_of(&self.kind);
        let added = found.map(|object| Change { kind: ChangeKind::Added, object: object.clone() });
        self.waiting = added.collect();
        self.since = server.revision();
    }

    fn read(&mut self) {
        let server = self.server.borrow();
        if server.revision() == self.since {
            return;
        }
        match server.changes(&self.kind, self.since) {
            Ok(entries) => {
                let changes = entries.iter().map(|entry| (entry.kind, entry.object.clone()));
                self.waiting.extend(changes.map(|(kind, object)| Change { kind, object }));
                self.since = server.revision();
            }
            Err(_) => {
                drop(server);
                self.list();
            }
        }
    }

    /// Versions of one kind differ in their name alone: Flux's and Kubernetes' own that are watched here.
    fn in_version(&self, mut object: Object) -> Object {
        if object.api_version() != self.api_version {
            object.set(&["apiVersion"], self.api_version.as_str());
        }
        object
    }
}

impl Watch for Cursor {
    fn next(&mut self) -> Option<Change> {
        if self.waiting.is_empty() {
            self.read();
        }
        let change = self.waiting.pop_front()?;
        Some(Change { kind: change.kind, object: self.in_version(change.object) })
    }
}
