//! Watches as values: a cursor into a kind's log, shown through a selection.

use std::collections::VecDeque;
use std::sync::Arc;

use client::{ChangeKind, Status};
use clock::Moment;
use objects::{Object, Value};

use crate::catalogue::Kind;
use crate::form::Shape;
use crate::perform::Act;
use crate::read::ListOptions;
use crate::state::State;
use crate::storage::{Entry, Expired};
use crate::{read, refusal, table};

/// An open watch. Costs nothing until it is read.
#[derive(Debug)]
pub struct WatchStream {
    kind: Arc<Kind>,
    namespace: Option<String>,
    options: ListOptions,
    shape: Shape,
    include: String,
    since: u64,
    pending: VecDeque<Value>,
    ends: Option<Moment>,
    closed: bool,
    columns_told: bool,
}

/// What a watch had to say when it was read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Chunk {
    /// Event lines, ready to be sent; empty where nothing happened.
    pub bytes: Vec<u8>,
    /// Whether the stream ends here.
    pub closed: bool,
}

/// What a watch asks for beyond a list.
#[derive(Debug, Clone, Default)]
pub(crate) struct Asked {
    /// Seconds until it ends; 0 for no end.
    pub(crate) seconds: u64,
    /// `sendInitialEvents`, as given.
    pub(crate) initial: Option<String>,
    pub(crate) bookmarks: bool,
    /// What rows of tables carry.
    pub(crate) include: String,
}

/// Opens a watch as a request asks for it.
pub(crate) fn open(
    state: &State,
    now: Moment,
    act: &Act,
    asked: &Asked,
    shape: Shape,
) -> Result<WatchStream, Status> {
    let version = act.list.version.clone();
    let seconds = asked.seconds;
    let ends = (seconds > 0).then(|| now + std::time::Duration::from_secs(seconds));
    let initial = asked.initial.as_deref();
    check_initial(initial, act)?;
    let mut stream = WatchStream {
        kind: act.kind.clone(),
        namespace: act.scope().map(str::to_owned),
        options: ListOptions {
            version: String::new(),
            version_match: String::new(),
            ..act.list.clone()
        },
        shape,
        include: asked.include.clone(),
        since: state.storage.revision(),
        pending: VecDeque::new(),
        ends,
        closed: false,
        columns_told: false,
    };
    let initial = initial.map(|text| !matches!(text, "0" | "false"));
    if let Some(send) = initial {
        if send {
            stream.fill(state)?;
            if asked.bookmarks {
                let mark = stream.bookmark(state.storage.revision());
                stream.pending.push_back(mark);
            }
        }
        return Ok(stream);
    }
    match version.as_str() {
        "" | "0" => stream.fill(state)?,
        given => {
            let since: u64 = given.parse().map_err(|_| {
                let text = format!("Internal error occurred: strconv.ParseUint: parsing \"{given}\": invalid syntax");
                Status::new(500, "InternalError", text)
            })?;
            stream.since = since;
        }
    }
    Ok(stream)
}

fn check_initial(initial: Option<&str>, act: &Act) -> Result<(), Status> {
    let matched = act.list.version_match.as_str();
    let mut causes = Vec::new();
    match initial {
        Some(_) if matched != "NotOlderThan" => {
            let text = "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan";
            causes.push(schema::Cause::forbidden("resourceVersionMatch", text));
        }
        None if !matched.is_empty() => {
            let text =
                "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided";
            causes.push(schema::Cause::forbidden("resourceVersionMatch", text));
        }
        _ => {}
    }
    if causes.is_empty() {
        return Ok(());
    }
    let named = "ListOptions.meta.k8s.io";
    Err(refusal::invalid_named("meta.k8s.io", "ListOptions", named, "", &causes))
}

impl WatchStream {
    fn fill(&mut self, state: &State) -> Result<(), Status> {
        let (_, items) = read::list(state, &self.kind, self.namespace.as_deref(), &self.options)?;
        for item in items {
            let event = self.event("ADDED", item);
            self.pending.push_back(event);
        }
        Ok(())
    }

    fn bookmark(&self, revision: u64) -> Value {
        let metadata = Value::from([
            ("annotations", Value::from([("k8s.io/initial-events-end", "true")])),
            ("resourceVersion", revision.to_string().into()),
        ]);
        let mut object = Object(Value::from([("metadata", metadata)]));
        self.kind.stamp(&mut object);
        let shown = match self.shape {
            Shape::Metadata => crate::partial::partial(&object),
            _ => object.0,
        };
        Value::from([("type", Value::from("BOOKMARK")), ("object", shown)])
    }

    fn event(&mut self, word: &str, object: Object) -> Value {
        let shown = match self.shape {
            Shape::Whole => object.0,
            Shape::Metadata => crate::partial::partial(&object),
            Shape::Table => {
                let metadata = Value::from([("resourceVersion", object.resource_version())]);
                let columns = !self.columns_told;
                self.columns_told = true;
                table::table(
                    Moment::default(),
                    &self.kind,
                    metadata,
                    &[object],
                    &self.include,
                    columns,
                )
            }
        };
        Value::from([("type", Value::from(word)), ("object", shown)])
    }

    /// What happened since it was last read.
    pub(crate) fn read(&mut self, state: &State, now: Moment) -> Chunk {
        let mut chunk = Chunk::default();
        if self.closed {
            chunk.closed = true;
            return chunk;
        }
        self.gather(state);
        while let Some(event) = self.pending.pop_front() {
            chunk.bytes.extend_from_slice(objects::to_json(&event).as_bytes());
            chunk.bytes.push(b'\n');
        }
        self.closed |= self.ends.is_some_and(|ends| now >= ends);
        chunk.closed = self.closed;
        chunk
    }

    fn gather(&mut self, state: &State) {
        let entries = match changes(state, &self.kind, self.since) {
            Ok(entries) => entries.to_vec(),
            Err(expired) => {
                let status = refusal::expired(expired.to_string()).to_value();
                self.pending
                    .push_back(Value::from([("type", Value::from("ERROR")), ("object", status)]));
                self.closed = true;
                return;
            }
        };
        for entry in entries {
            self.since = entry.revision;
            if let Some((word, object)) = self.seen(entry) {
                let event = self.event(word, object);
                self.pending.push_back(event);
            }
        }
    }

    /// What a change looks like through the selection.
    fn seen(&self, entry: Entry) -> Option<(&'static str, Object)> {
        let here = self.namespace.as_deref().is_none_or(|space| space == entry.object.namespace());
        if !here {
            return None;
        }
        let fits = |object: &Object| self.options.selection.matches(&self.kind, object);
        let after = State::present(&self.kind, &entry.object);
        let before = entry.before.as_ref().map(|object| State::present(&self.kind, object));
        if entry.kind == ChangeKind::Deleted {
            let was = before.as_ref().is_some_and(fits) || fits(&after);
            return was.then_some(("DELETED", after));
        }
        let was = before.as_ref().is_some_and(fits);
        match (was, fits(&after)) {
            (false, true) => Some(("ADDED", after)),
            (true, true) => Some(("MODIFIED", after)),
            (true, false) => {
                let mut last = before?;
                last.set(&["metadata", "resourceVersion"], after.resource_version());
                Some(("DELETED", last))
            }
            (false, false) => None,
        }
    }
}

/// The changes of a kind; versions from before the server's first moment are too old.
fn changes<'a>(state: &'a State, kind: &Kind, since: u64) -> Result<&'a [Entry], Expired> {
    if since < state.first_revision {
        return Err(Expired { asked: since, oldest: state.first_revision });
    }
    state.storage.changes(&kind.store, since)
}
