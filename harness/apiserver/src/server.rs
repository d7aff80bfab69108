//! The server: its parts, and the doors to them.

use client::{Call, Discovery, Options, Resource, Status, Verb};
use clock::Moment;
use objects::{GroupKind, Gvk, Object, Value};
use schema::Schemas;

use crate::context::{Context, Validation};
use crate::delete;
use crate::perform::{self, Act, Outcome};
use crate::read::ListOptions;
use crate::selector::Selection;
use crate::state::State;
use crate::user::User;
use crate::{
    Chunk, Entry, Expired, Fault, FaultId, ImageLanding, ImageOverride, Request, Response,
    Settings, SettingsError, WatchStream, bootstrap, controllers, http, refusal,
};

/// One embedded Kubernetes API.
///
/// Synchronous and told the time; nothing happens in it between calls except
/// what [`ApiServer::tick`] does. A clone is an independent copy of the whole state.
#[derive(Debug, Clone)]
pub struct ApiServer {
    settings: Settings,
    pub(crate) state: State,
}

impl ApiServer {
    /// A new cluster's API at a moment: the standing namespaces and roles, nothing else.
    ///
    /// # Errors
    /// If the Kubernetes version is not known.
    pub fn new(settings: Settings, now: Moment) -> Result<Self, SettingsError> {
        let unknown = || SettingsError::UnknownVersion(settings.kubernetes.clone());
        let schemas = Schemas::for_minor(&settings.kubernetes).ok_or_else(unknown)?;
        let number = settings.kubernetes.strip_prefix("1.").and_then(|text| text.parse().ok());
        let mut state = State::new(schemas, number.ok_or_else(unknown)?, settings.seed);
        bootstrap::fill(&mut state, now);
        Ok(Self { settings, state })
    }

    /// The settings it was made from.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Answers one request as HTTP shapes it. The caller has authenticated as cluster administrator;
    /// impersonation headers are honoured.
    pub fn handle(&mut self, now: Moment, request: &Request) -> Response {
        http::handle(&mut self.state, now, request)
    }

    /// Reads what an open watch has to say since it was last read.
    pub fn read_watch(&mut self, now: Moment, watch: &mut WatchStream) -> Chunk {
        watch.read(&self.state, now)
    }

    /// Answers one call in process: the same core as [`ApiServer::handle`], without text.
    /// Lists answer with a `List`; deletes with the object or a `Status`.
    ///
    /// # Errors
    /// The refusal, as the server words it.
    pub fn call(&mut self, now: Moment, call: &Call) -> Result<Value, Status> {
        let target = &call.target;
        let kind = self.state.catalogue.by_kind(&target.gvk).cloned();
        let kind = kind.ok_or_else(|| no_kind(&target.gvk))?;
        let namespace = if kind.namespaced { target.namespace.as_deref() } else { None };
        let name = target.name.as_deref().unwrap_or_default();
        let sub = target.subresource.as_deref().unwrap_or_default();
        let mut act = Act::new(call.verb, kind, namespace.unwrap_or_default(), name, sub);
        perform::check_verb(&act)?;
        fill(&mut act, call)?;
        let mut context = context(now, call);
        let outcome = perform::perform(&mut self.state, &mut context, &act)?;
        Ok(match outcome {
            Outcome::One { object, .. } => object.0,
            Outcome::Many { metadata, items } => list(&act, metadata, items),
            Outcome::Done { status, .. } => status,
            Outcome::Text(text) => text.into(),
        })
    }

    /// What discovery says of a kind; an empty version means the preferred one.
    ///
    /// # Errors
    /// `NotFound` if it is not served.
    pub fn resource(&self, gvk: &Gvk) -> Result<Resource, Status> {
        self.state.catalogue.by_kind(gvk).map(|kind| kind.resource()).ok_or_else(|| no_kind(gvk))
    }

    /// Everything that discovery lists.
    #[must_use]
    pub fn discovery(&self) -> Discovery {
        let groups = self.state.catalogue.groups();
        let versions = groups.into_iter().flat_map(|(name, group)| {
            group
                .order
                .iter()
                .filter_map(move |version| Some((name, version, group.versions.get(version)?)))
        });
        let kinds = versions.flat_map(|(name, version, kinds)| {
            kinds.all().map(move |kind| Gvk::new(name, version, &kind.resource().gvk.kind))
        });
        Discovery { version: self.state.schemas.release().to_owned(), kinds: kinds.collect() }
    }

    /// Changes of a kind after a revision, oldest first; revision 0 stands for the beginning.
    /// The objects are in the version they are stored in.
    ///
    /// # Errors
    /// If changes after that revision were forgotten already: list again.
    pub fn changes(&self, kind: &GroupKind, since: u64) -> Result<&[Entry], Expired> {
        self.state.storage.changes(kind, since)
    }

    /// An object in the version of a kind, as a watcher of that version sees it.
    #[must_use]
    pub fn present(&self, gvk: &Gvk, object: &Object) -> Object {
        match self.state.catalogue.by_kind(gvk) {
            Some(kind) => State::present(kind, object),
            None => object.clone(),
        }
    }

    /// Revision of the last change of anything.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.state.storage.revision()
    }

    /// Every stored object, in the order of kind, namespace and name, in the version it is stored in.
    pub fn objects(&self) -> impl Iterator<Item = &Object> {
        self.state.storage.all()
    }

    /// Lets the API's own controllers do everything that is due: namespaces, owners, default
    /// service accounts, definitions, aggregated roles, quota. Says whether anything changed.
    pub fn tick(&mut self, now: Moment) -> bool {
        controllers::run(&mut self.state, now)
    }

    /// When [`ApiServer::tick`] has something to do: at once (a moment that has passed), or nothing.
    #[must_use]
    pub fn next_due(&self) -> Option<Moment> {
        (!self.state.work.is_empty()).then_some(Moment::default())
    }

    /// Lets calls fail until healed.
    pub fn inject(&mut self, fault: Fault) -> FaultId {
        self.state.faults.inject(fault)
    }

    /// Ends a fault.
    pub fn heal(&mut self, id: FaultId) {
        self.state.faults.heal(id);
    }

    /// Sets the image overrides that take effect from the next write on.
    pub fn override_images(&mut self, overrides: Vec<ImageOverride>) {
        self.state.images = overrides;
    }

    /// Where image overrides took effect so far, in order.
    #[must_use]
    pub fn images_landed(&self) -> &[ImageLanding] {
        &self.state.landed
    }

    /// Whether a bearer token was given out by this server, for one of its service accounts.
    #[must_use]
    pub fn issued(&self, token: &str) -> bool {
        self.state.issued.contains(token)
    }

    /// Takes an independent copy of the whole state.
    #[must_use]
    pub fn snapshot(&self) -> Self {
        self.clone()
    }
}

fn no_kind(gvk: &Gvk) -> Status {
    let version = if gvk.version.is_empty() { gvk.group.clone() } else { gvk.api_version() };
    let message = format!("no matches for kind \"{}\" in version \"{version}\"", gvk.kind);
    Status::new(404, "NotFound", message)
}

fn list(act: &Act, metadata: Value, items: Vec<Object>) -> Value {
    Value::from([
        ("apiVersion", Value::String(act.kind.api_version.clone())),
        ("kind", act.kind.list_kind.as_str().into()),
        ("metadata", metadata),
        ("items", items.into_iter().map(|item| item.0).collect()),
    ])
}

fn context(now: Moment, call: &Call) -> Context {
    let Options { manager, dry_run, strict, .. } = &call.options;
    let user = match &call.impersonate {
        Some(other) => User::named(&other.user, &other.groups),
        None => User::admin(),
    };
    Context {
        now,
        user,
        manager: if manager.is_empty() { "fluxrig".to_owned() } else { manager.clone() },
        dry_run: *dry_run,
        validation: if *strict { Validation::Strict } else { Validation::Ignore },
        warnings: Vec::new(),
        order: Vec::new(),
        doubled: Vec::new(),
    }
}

fn fill(act: &mut Act, call: &Call) -> Result<(), Status> {
    let options = &call.options;
    act.body = call.body.clone();
    act.force = options.force;
    act.delete = delete::Options {
        propagation: options.propagation,
        grace: options.grace_seconds,
        uid: options.uid.clone(),
        version: options.resource_version.clone(),
    };
    if matches!(call.verb, Verb::List | Verb::DeleteCollection) {
        let labels = options.label_selector.as_deref();
        let fields = options.field_selector.as_deref();
        act.list = ListOptions {
            selection: Selection::parse(&act.kind, labels, fields)?,
            ..ListOptions::default()
        };
    }
    let needs_body = matches!(call.verb, Verb::Create | Verb::Update | Verb::Patch(_));
    if needs_body && call.body.is_none() {
        return Err(refusal::bad_request("the call has no body"));
    }
    Ok(())
}
