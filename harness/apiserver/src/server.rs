//! The server: its parts, and the doors to them.

use client::{Call, Resource, Status};
use clock::Moment;
use objects::{GroupKind, Gvk, Object, Value};

use crate::fault::Faults;
use crate::storage::Storage;
use crate::{
    Body, Chunk, Entry, Expired, Fault, FaultId, ImageLanding, ImageOverride, Request, Response,
    Settings, SettingsError, WatchStream,
};

/// One embedded Kubernetes API.
///
/// Synchronous and told the time; nothing happens in it between calls except
/// what [`ApiServer::tick`] does. A clone is an independent copy of the whole state.
#[derive(Debug, Clone)]
pub struct ApiServer {
    settings: Settings,
    pub(crate) storage: Storage,
    faults: Faults,
    images: Vec<ImageOverride>,
    landed: Vec<ImageLanding>,
}

impl ApiServer {
    /// A new cluster's API at a moment: the standing namespaces and roles, nothing else.
    ///
    /// # Errors
    /// If the Kubernetes version is not known.
    pub fn new(settings: Settings, now: Moment) -> Result<Self, SettingsError> {
        let _ = now;
        Ok(Self {
            settings,
            storage: Storage::default(),
            faults: Faults::default(),
            images: Vec::new(),
            landed: Vec::new(),
        })
    }

    /// The settings it was made from.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Answers one request as HTTP shapes it. The caller has authenticated as cluster administrator;
    /// impersonation headers are honoured.
    pub fn handle(&mut self, now: Moment, request: &Request) -> Response {
        let _ = (now, request);
        Response { status: 501, headers: Vec::new(), body: Body::Bytes(Vec::new()) }
    }

    /// Reads what an open watch has to say since it was last read.
    pub fn read_watch(&mut self, now: Moment, watch: &mut WatchStream) -> Chunk {
        let _ = (now, &watch.kind, watch.since);
        Chunk::default()
    }

    /// Answers one call in process: the same core as [`ApiServer::handle`], without text.
    /// Lists answer with a `List`; deletes with the object or a `Status`.
    ///
    /// # Errors
    /// The refusal, as the server words it.
    pub fn call(&mut self, now: Moment, call: &Call) -> Result<Value, Status> {
        let _ = now;
        let id = &call.target;
        let (namespace, name) = (id.namespace.as_deref(), id.name.as_deref());
        let struck = self.faults.strike(
            call.verb,
            &id.gvk.group_kind(),
            namespace.unwrap_or_default(),
            name.unwrap_or_default(),
        );
        Err(struck.unwrap_or_else(|| Status::new(501, "NotImplemented", "not served yet")))
    }

    /// What discovery says of a kind; an empty version means the preferred one.
    ///
    /// # Errors
    /// `NotFound` if it is not served.
    pub fn resource(&self, gvk: &Gvk) -> Result<Resource, Status> {
        let message =
            format!("no matches for kind {:?} in version {:?}", gvk.kind, gvk.api_version());
        Err(Status::new(404, "NotFound", message))
    }

    /// Changes of a kind after a revision, oldest first; revision 0 stands for the beginning.
    /// The objects are in the version they are stored in.
    ///
    /// # Errors
    /// If changes after that revision were forgotten already: list again.
    pub fn changes(&self, kind: &GroupKind, since: u64) -> Result<&[Entry], Expired> {
        self.storage.changes(kind, since)
    }

    /// Revision of the last change of anything.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.storage.revision()
    }

    /// Every stored object, in the order of kind, namespace and name, in the version it is stored in.
    pub fn objects(&self) -> impl Iterator<Item = &Object> {
        self.storage.all()
    }

    /// Lets the API's own controllers do everything that is due: namespaces, owners, default
    /// service accounts, definitions, aggregated roles, quota. Says whether anything changed.
    pub fn tick(&mut self, now: Moment) -> bool {
        let _ = now;
        false
    }

    /// When [`ApiServer::tick`] has something to do: at once (a moment that has passed), later, or nothing.
    #[must_use]
    pub fn next_due(&self) -> Option<Moment> {
        None
    }

    /// Lets calls fail until healed.
    pub fn inject(&mut self, fault: Fault) -> FaultId {
        self.faults.inject(fault)
    }

    /// Ends a fault.
    pub fn heal(&mut self, id: FaultId) {
        self.faults.heal(id);
    }

    /// Sets the image overrides that take effect from the next write on.
    pub fn override_images(&mut self, overrides: Vec<ImageOverride>) {
        self.images = overrides;
    }

    /// Where image overrides took effect so far, in order.
    #[must_use]
    pub fn images_landed(&self) -> &[ImageLanding] {
        &self.landed
    }

    /// Takes an independent copy of the whole state.
    #[must_use]
    pub fn snapshot(&self) -> Self {
        self.clone()
    }
}
