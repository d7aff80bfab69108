//! One cluster: an API, workloads that move, and Flux where it is installed.
//!
//! One rule: time stands still while anything can run. Start at [`Cluster::run_ready`].

mod rest;

use std::cell::{Ref, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use apiserver::{ApiServer, ImageLanding};
use client::{Call, Resource, Status};
use clock::{Clock, Moment, Seed};
use objects::{Gvk, Object, ObjectId, Value};
use reconciler::{Note, Reconcilers};
use workloads::{Behaviours, Rule, Simulator};

use crate::api::Embedded;
use crate::error::Busy;
use crate::journal::{Entry, Journal};
use crate::repositories::{Repositories, looks_at};
use crate::{ClusterSettings, PlaceError};
use rest::Rest;

/// A cluster of an open place.
pub struct Cluster {
    name: String,
    pub(crate) seed: Seed,
    pub(crate) api: Embedded,
    pub(crate) clock: Clock,
    pub(crate) repositories: Rc<RefCell<Repositories>>,
    pub(crate) flux: Option<Flux>,
    journal: Journal,
    rest: Rest,
    simulator: Simulator,
    images: Vec<apiserver::ImageOverride>,
}

/// Flux at work in a cluster.
pub(crate) struct Flux {
    pub(crate) controllers: Reconcilers,
}

impl Cluster {
    pub(crate) fn open(
        settings: &ClusterSettings,
        seed: u64,
        clock: &Clock,
        repositories: &Rc<RefCell<Repositories>>,
    ) -> Result<Self, PlaceError> {
        let mut wanted = apiserver::Settings { seed: Seed(seed), ..Default::default() };
        if !settings.kubernetes.is_empty() {
            wanted.kubernetes.clone_from(&settings.kubernetes);
        }
        let failed = |cause| PlaceError::Api { cluster: settings.name.clone(), cause };
        let mut server = ApiServer::new(wanted, clock.now()).map_err(failed)?;
        server.override_images(settings.images.clone());
        Ok(Self {
            name: settings.name.clone(),
            seed: Seed(seed),
            api: Embedded::new(server, clock.clone()),
            clock: clock.clone(),
            repositories: Rc::clone(repositories),
            flux: None,
            journal: Journal::default(),
            rest: Rest::default(),
            simulator: Simulator::new(Behaviours::default(), Seed(seed)),
            images: settings.images.clone(),
        })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The API that stands in this cluster, for what is no call.
    #[must_use]
    pub fn server(&self) -> Ref<'_, ApiServer> {
        self.api.server().borrow()
    }

    /// The API behind the face that controllers use.
    #[must_use]
    pub fn client(&self) -> Rc<dyn client::Api> {
        Rc::new(self.api.clone())
    }

    /// One call, answered at once. Whatever it changes, Flux has yet to react to it.
    ///
    /// # Errors
    /// The refusal, as the server words it.
    pub fn call(&mut self, call: &Call) -> Result<Value, Status> {
        self.rest.disturb();
        self.api.now(call)
    }

    /// Something outside changed that Flux will see at its next intervals.
    pub fn disturb(&mut self) {
        self.rest.disturb();
    }

    pub(crate) fn resource(&self, gvk: &Gvk) -> Result<Resource, Status> {
        self.server().resource(gvk)
    }

    /// An object as it stands, in the version it is stored in.
    #[must_use]
    pub fn get(&self, id: &ObjectId) -> Option<Ref<'_, Object>> {
        let server = self.server();
        Ref::filter_map(server, |server| server.get(&id.kind, &id.namespace, &id.name)).ok()
    }

    /// Every object, by kind, namespace and name. Copies share their contents.
    #[must_use]
    pub fn objects(&self) -> Vec<Object> {
        self.server().objects().cloned().collect()
    }

    /// What happened to its objects so far, oldest first.
    #[must_use]
    pub fn journal(&self) -> &[Entry] {
        self.journal.entries()
    }

    /// The image overrides that are set.
    #[must_use]
    pub fn image_overrides(&self) -> Vec<apiserver::ImageOverride> {
        self.images.clone()
    }

    /// Where image overrides took effect.
    #[must_use]
    pub fn images_landed(&self) -> Vec<ImageLanding> {
        self.server().images_landed().to_vec()
    }

    /// What Flux does here that is not reproduced, by object.
    #[must_use]
    pub fn notes(&self) -> Vec<Note> {
        self.flux.as_ref().map(|flux| flux.controllers.notes()).unwrap_or_default()
    }

    /// Lets the API's controllers take in a new definition.
    pub(crate) fn establish(&mut self) {
        let now = self.clock.now();
        while self.api.server().borrow_mut().tick(now) {}
    }

    /// Runs everything that can run now, once around; whether anything ran.
    pub(crate) fn run_once(&mut self) -> bool {
        let now = self.clock.now();
        let before = self.server().revision();
        let mut ran = self.api.server().borrow_mut().tick(now);
        self.simulator.run(now, &mut self.api);
        if let Some(flux) = &mut self.flux {
            ran |= flux.controllers.run_ready();
        }
        ran || self.simulator.is_busy() || self.server().revision() != before
    }

    /// How much was written to the API so far.
    pub(crate) fn writes(&self) -> u64 {
        self.server().revision()
    }

    /// Objects that are reconciled again and again although time stands still.
    pub(crate) fn endless(&self) -> Vec<ObjectId> {
        self.flux.as_ref().map(|flux| flux.controllers.endless()).unwrap_or_default()
    }

    /// Objects that change again and again, without end.
    pub(crate) fn restless(&self) -> Vec<Busy> {
        let busy = |(object, changes)| Busy { cluster: self.name.clone(), object, changes };
        self.rest.restless().into_iter().map(busy).collect()
    }

    /// What kept it busy since a moment, the busiest first: objects that changed, else those
    /// that wait for their turn.
    #[must_use]
    pub fn busy_since(&self, since: Moment) -> Vec<Busy> {
        let mut counts: BTreeMap<ObjectId, usize> = BTreeMap::new();
        let entries = self.journal().iter().rev().take_while(|entry| entry.at >= since);
        for entry in entries.filter(|entry| rest::is_change(entry)) {
            *counts.entry(entry.object.id()).or_default() += 1;
        }
        counts.retain(|_, changes| *changes > 2);
        if counts.is_empty()
            && let Some(flux) = &self.flux
        {
            let pending = flux.controllers.pending();
            counts.extend(self.rest.busy(&pending).map(|id| (id.clone(), 0)));
        }
        if counts.is_empty() {
            let last = self.journal().iter().rev().filter(|entry| rest::is_change(entry));
            counts.extend(last.take(3).map(|entry| (entry.object.id(), 1)));
        }
        let busy = |(object, changes)| Busy { cluster: self.name.clone(), object, changes };
        let mut all: Vec<Busy> = counts.into_iter().map(busy).collect();
        all.sort_by_key(|one| std::cmp::Reverse(one.changes));
        all
    }

    /// Takes what happened at this moment into the journal.
    pub(crate) fn write_journal(&mut self) {
        let now = self.clock.now();
        let server = self.api.server().borrow();
        let news = self.journal.read(now, &server);
        self.rest.take_in(news);
    }

    /// When anything is next due.
    pub(crate) fn next_due(&self) -> Option<Moment> {
        let flux = self.flux.as_ref().and_then(|flux| flux.controllers.next_due());
        let now = self.clock.now();
        let all = [self.server().next_due(), self.simulator.next_due(), flux];
        all.into_iter().flatten().filter(|due| *due > now).min()
    }

    /// Whether nothing is left but intervals that will change nothing and retries that came out the same.
    pub(crate) fn is_at_rest(&mut self) -> bool {
        if self.server().next_due().is_some() || !self.simulator.is_at_rest(self.clock.now()) {
            return false;
        }
        let Some(flux) = &self.flux else { return true };
        let pending = flux.controllers.pending();
        self.rest.is_reached(&pending, outlook(&self.api, &self.repositories))
    }

    /// Notes what will have run once the clock stands at a moment.
    pub(crate) fn before_advance(&mut self, to: Moment) {
        if let Some(flux) = &self.flux
            && self.rest.wants_to_know()
        {
            let pending = flux.controllers.pending();
            self.rest.advance(&pending, to, outlook(&self.api, &self.repositories));
        }
    }

    /// A repository changed, or how it answers did: those that look at it will see it.
    pub(crate) fn disturb_sources(&mut self, reaches: impl Fn(&str) -> bool) {
        let server = self.api.server().borrow();
        let sources = server.objects().filter(|one| one.kind() == "GitRepository");
        let owed = sources.filter(|one| one.str_at(&["spec", "url"]).is_some_and(&reaches));
        self.rest.disturb_sources(owed.map(Object::id));
    }
}

impl Cluster {
    /// Charts, artifacts or buckets changed at an address: those that look at it will see it.
    pub(crate) fn disturb_outside(&mut self, address: &str) {
        let server = self.api.server().borrow();
        let owed = server.objects().filter(|one| {
            let kind = objects::GroupKind {
                kind: "HelmRepository".to_owned(),
                group: "source.toolkit.fluxcd.io".to_owned(),
            };
            let name = one.str_at(&["spec", "sourceRef", "name"]);
            let is_chart = one.kind() == "HelmChart";
            let name = name.filter(|_| is_chart);
            let repository = name.and_then(|name| server.get(&kind, one.namespace(), name));
            looks_at(one, repository, address)
        });
        self.rest.disturb_sources(owed.map(Object::id));
    }
}

/// What a GitRepository would find now, if that is new.
fn outlook(
    api: &Embedded,
    repositories: &Rc<RefCell<Repositories>>,
) -> impl Fn(&ObjectId) -> Option<String> {
    |id| {
        let server = api.server().borrow();
        let source = server.get(&id.kind, &id.namespace, &id.name)?;
        (id.kind.kind == "GitRepository").then(|| repositories.borrow().outlook(source)).flatten()
    }
}

impl Cluster {
    /// Lets calls to the API fail until healed.
    pub fn break_api(&mut self, fault: apiserver::Fault) -> apiserver::FaultId {
        self.rest.disturb();
        self.api.server().borrow_mut().inject(fault)
    }

    /// Ends a fault of the API.
    pub fn heal_api(&mut self, fault: apiserver::FaultId) {
        self.rest.disturb();
        self.api.server().borrow_mut().heal(fault);
    }

    /// Lets objects behave by other rules from now on; of several that match the last wins.
    pub fn behave(&mut self, rules: Vec<Rule>) {
        self.rest.disturb();
        self.simulator.set_behaviours(Behaviours { rules, ..Behaviours::default() });
    }
}
