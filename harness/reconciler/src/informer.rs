//! Watches and the caches they keep, as informers do.
//!
//! Knows which changes are of interest to a controller. Start at [`Informers::take_in`].

use std::collections::BTreeMap;

use client::{Api, Change, ChangeKind, Watch};
use flux::{Conditions, FluxKind, REQUESTED_AT};
use objects::{Gvk, Object};

use crate::queue::Name;

/// A change that may start a reconciliation.
#[derive(Debug, Clone)]
pub(crate) enum Stir {
    /// An object appeared, its generation or its request changed.
    Own(FluxKind, Name),
    /// A source has another revision than before, or is new.
    Source(FluxKind, Object),
    /// A source of charts has another revision than before, or has become ready.
    Chart(FluxKind, Object),
    /// A ConfigMap or Secret that asks to be watched has changed.
    Config(Object),
}

#[derive(Default)]
pub(crate) struct Informers {
    kinds: BTreeMap<FluxKind, Informer>,
    configs: BTreeMap<&'static str, Box<dyn Watch>>,
}

struct Informer {
    watch: Box<dyn Watch>,
    objects: BTreeMap<Name, Object>,
}

const WATCHED_CONFIG: &str = "reconcile.fluxcd.io/watch";

impl Informers {
    /// Opens what can be opened and is not open yet.
    pub(crate) fn open(&mut self, api: &dyn Api) {
        for kind in FluxKind::ALL {
            if !self.kinds.contains_key(&kind)
                && let Ok(watch) = api.watch(&kind.gvk())
            {
                self.kinds.insert(kind, Informer { watch, objects: BTreeMap::new() });
            }
        }
        for kind in ["ConfigMap", "Secret"] {
            if !self.configs.contains_key(kind)
                && let Ok(watch) = api.watch(&Gvk::new("", "v1", kind))
            {
                self.configs.insert(kind, watch);
            }
        }
    }

    /// Takes in what changed and gives what it stirs, in order.
    pub(crate) fn take_in(&mut self) -> Vec<Stir> {
        let mut stirs = Vec::new();
        for (kind, informer) in &mut self.kinds {
            while let Some(change) = informer.watch.next() {
                informer.take(*kind, change, &mut stirs);
            }
        }
        for watch in self.configs.values_mut() {
            while let Some(change) = watch.next() {
                let enabled = change.object.label(WATCHED_CONFIG) == Some("Enabled");
                if enabled && change.kind == ChangeKind::Modified {
                    stirs.push(Stir::Config(change.object));
                }
            }
        }
        stirs
    }

    pub(crate) fn get(&self, kind: FluxKind, namespace: &str, name: &str) -> Option<Object> {
        let key = (namespace.to_owned(), name.to_owned());
        self.kinds.get(&kind)?.objects.get(&key).cloned()
    }

    pub(crate) fn list(&self, kind: FluxKind) -> impl Iterator<Item = &Object> {
        self.kinds.get(&kind).into_iter().flat_map(|informer| informer.objects.values())
    }
}

impl Informer {
    fn take(&mut self, kind: FluxKind, change: Change, stirs: &mut Vec<Stir>) {
        let name = (change.object.namespace().to_owned(), change.object.name().to_owned());
        if change.kind == ChangeKind::Deleted {
            self.objects.remove(&name);
            stirs.push(Stir::Own(kind, name));
            return;
        }
        let old = self.objects.insert(name.clone(), change.object.clone());
        if old.as_ref().is_none_or(|old| is_own(old, &change.object)) {
            stirs.push(Stir::Own(kind, name));
        }
        let is_new = is_new_revision(old.as_ref(), &change.object);
        let holds_charts = matches!(kind, FluxKind::HelmChart | FluxKind::OciRepository);
        if let Some(old) = old.filter(|_| holds_charts)
            && (is_new || (!is_ready(&old) && is_ready(&change.object)))
        {
            stirs.push(Stir::Chart(kind, change.object.clone()));
        }
        let feeds_charts = kind == FluxKind::HelmRepository;
        if (kind.is_source() || feeds_charts) && is_new {
            stirs.push(Stir::Source(kind, change.object));
        }
    }
}

/// Generation, deletion and the value of the request start a reconciliation; nothing else does.
fn is_own(old: &Object, new: &Object) -> bool {
    old.uid() != new.uid()
        || old.generation() != new.generation()
        || old.is_deleting() != new.is_deleting()
        || old.annotation(REQUESTED_AT) != new.annotation(REQUESTED_AT)
}

fn is_ready(object: &Object) -> bool {
    Conditions::of(object, String::new()).is_ready()
}

fn is_new_revision(old: Option<&Object>, new: &Object) -> bool {
    let revision =
        |object: &Object| object.str_at(&["status", "artifact", "revision"]).map(str::to_owned);
    let known = revision(new);
    known.is_some() && known != old.and_then(revision)
}
