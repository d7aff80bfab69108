//! A watch that goes on: listed once, followed, and listed again when its history is gone.
//!
//! One rule: what is told is the difference to what was told before, so a break in the
//! connection shows neither twice nor never. Start at [`Watcher::list`].
//! Source: kubernetes.io/docs/reference/using-api/api-concepts, efficient detection of changes.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::Duration;

use client::{Change, ChangeKind, Resource, Status, Watch};
use futures_util::{AsyncBufReadExt, TryStreamExt};
use http::Request;
use objects::{Object, Value, from_json};

use crate::Bell;
use crate::answer::refusal;
use crate::request::group_path;
use crate::wire::Wire;

/// How long to wait before a broken watch is opened again.
const PAUSE: Duration = Duration::from_secs(1);

/// The side of the world.
pub(crate) struct Changes(Receiver<Change>);

impl Watch for Changes {
    fn next(&mut self) -> Option<Change> {
        self.0.try_recv().ok()
    }
}

/// The side of the sockets.
pub(crate) struct Watcher {
    wire: Arc<Wire>,
    resource: Resource,
    sender: Sender<Change>,
    bell: Bell,
    known: BTreeMap<(String, String), Object>,
    version: String,
    is_unheard: bool,
}

/// Why following ended.
enum End {
    /// The world no longer listens.
    Unheard,
    /// The server closed the stream, as it does now and then.
    Closed,
    /// The history from our version on is gone.
    Expired,
    /// Anything else.
    Broken,
}

impl Watcher {
    /// A watch of a kind, and the side that hears of its changes.
    pub(crate) fn new(wire: Arc<Wire>, resource: Resource, bell: Bell) -> (Self, Changes) {
        let (sender, receiver) = mpsc::channel();
        let (known, version) = (BTreeMap::new(), String::new());
        let watcher = Self { wire, resource, sender, bell, known, version, is_unheard: false };
        (watcher, Changes(receiver))
    }

    fn path(&self) -> String {
        format!("{}/{}", group_path(&self.resource.gvk.api_version()), self.resource.plural)
    }

    /// Reads what exists and tells how it differs from what was known.
    pub(crate) async fn list(&mut self) -> Result<(), Status> {
        let list = self.wire.get(&self.path()).await?;
        let version = list.str_at(&["metadata", "resourceVersion"]).unwrap_or_default();
        self.version = version.to_owned();
        let mut gone = std::mem::take(&mut self.known);
        for item in list.list_at(&["items"]) {
            let mut object = Object(item.clone());
            // Items of a list do not say what they are.
            object.set(&["apiVersion"], self.resource.gvk.api_version().as_str());
            object.set(&["kind"], self.resource.gvk.kind.as_str());
            match gone.remove(&key(&object)) {
                Some(old) if old.0 == object.0 => drop(self.known.insert(key(&old), old)),
                Some(_) => self.tell(ChangeKind::Modified, object),
                None => self.tell(ChangeKind::Added, object),
            }
        }
        gone.into_values().for_each(|object| self.tell(ChangeKind::Deleted, object));
        Ok(())
    }

    /// Follows for as long as anybody listens.
    pub(crate) async fn run(mut self) {
        loop {
            let listed = match self.follow().await {
                End::Unheard => return,
                End::Closed => continue,
                End::Expired => self.list().await,
                End::Broken => {
                    tokio::time::sleep(PAUSE).await;
                    self.list().await
                }
            };
            if listed.is_err() {
                tokio::time::sleep(PAUSE).await;
            }
        }
    }

    async fn follow(&mut self) -> End {
        let uri = format!(
            "{}?watch=true&allowWatchBookmarks=true&resourceVersion={}",
            self.path(),
            self.version
        );
        let Ok(request) = Request::get(uri).body(Vec::new()) else { return End::Broken };
        let client = self.wire.client.clone();
        let Ok(stream) = client.request_stream(request).await else { return End::Expired };
        let mut lines = Box::pin(stream.lines());
        loop {
            match lines.try_next().await {
                Ok(Some(line)) => {
                    if let Some(end) = self.take(line.as_bytes()) {
                        return end;
                    }
                }
                Ok(None) => return End::Closed,
                Err(_) => return End::Broken,
            }
        }
    }

    /// One line of the stream.
    fn take(&mut self, line: &[u8]) -> Option<End> {
        let Ok(event) = from_json(line) else { return Some(End::Broken) };
        let object = Object(event.get("object").cloned().unwrap_or(Value::Null));
        let kind = match event.str_at(&["type"])? {
            "ADDED" | "MODIFIED" if self.known.contains_key(&key(&object)) => ChangeKind::Modified,
            "ADDED" | "MODIFIED" => ChangeKind::Added,
            "DELETED" => ChangeKind::Deleted,
            "ERROR" => {
                let gone = refusal(0, &object.0).code == 410;
                return Some(if gone { End::Expired } else { End::Broken });
            }
            _ => {
                self.version = version(&object);
                return None;
            }
        };
        self.version = version(&object);
        self.tell(kind, object);
        self.is_unheard.then_some(End::Unheard)
    }

    fn tell(&mut self, kind: ChangeKind, object: Object) {
        match kind {
            ChangeKind::Deleted => drop(self.known.remove(&key(&object))),
            _ => drop(self.known.insert(key(&object), object.clone())),
        }
        self.is_unheard |= self.sender.send(Change { kind, object }).is_err();
        self.bell.ring();
    }
}

fn key(object: &Object) -> (String, String) {
    (object.namespace().to_owned(), object.name().to_owned())
}

fn version(object: &Object) -> String {
    object.str_at(&["metadata", "resourceVersion"]).unwrap_or_default().to_owned()
}
