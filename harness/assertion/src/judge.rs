//! From an expectation and an observation to a verdict.
//!
//! One function routes each key of an expectation to the module that judges it.
//! Start at [`judge`].

use std::collections::BTreeMap;

use events::{Failure, FieldError, Verdict};
use objects::Value;
use scenario::expect::{
    Cause, Every, Except, Expectation, ImagesCheck, NotificationCheck, ObjectCheck, State, Table,
};
use scenario::terms::{BranchName, ObjectPattern};

use crate::git::Git;
use crate::lists::Happened;
use crate::observation::{ClusterView, Notification, Observation};
use crate::place::Place;
use crate::{causes, check, git, lists, normal, relation, table, text};

/// A verdict, and whether time alone can still change it.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// Met, not met or unknown.
    pub verdict: Verdict,
    /// Whether waiting is of no use: something happened that should never have, or a
    /// Flux object is Stalled.
    pub settled: bool,
}

impl Judgement {
    pub(crate) fn met() -> Self {
        Self { verdict: Verdict::Met, settled: false }
    }

    pub(crate) fn not_met(failure: Failure, settled: bool) -> Self {
        Self { verdict: Verdict::NotMet(vec![failure]), settled }
    }

    pub(crate) fn all_not_met(failures: Vec<Failure>) -> Self {
        Self { verdict: Verdict::NotMet(failures), settled: false }
    }

    pub(crate) fn unknown(reason: String) -> Self {
        Self { verdict: Verdict::Unknown(vec![reason]), settled: false }
    }

    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let settled = self.settled || other.settled;
        Self { verdict: self.verdict.and(other.verdict), settled }
    }
}

/// Judges an expectation against the world as it was seen so far.
#[must_use]
pub fn judge(expectation: &Expectation, world: &Observation, git: &dyn Git) -> Judgement {
    judge_with(expectation, world, git, true)
}

/// [`judge`] for those who only ask whether to wait on: failures carry no diffs,
/// transitions and causes, which makes it cheap.
#[must_use]
pub fn glance(expectation: &Expectation, world: &Observation, git: &dyn Git) -> Judgement {
    judge_with(expectation, world, git, false)
}

fn judge_with(
    expectation: &Expectation,
    world: &Observation,
    git: &dyn Git,
    details: bool,
) -> Judgement {
    let since = match &expectation.since {
        None => (world.last_action(), world.last_wish()),
        Some(id) => match world.step(id) {
            Some(step) => (step, step),
            None => {
                return Judgement::not_met(Failure::new(format!("no step {id} came before")), true);
            }
        },
    };
    let mut all = around(expectation, world, git, since.0);
    for (name, view) in &world.clusters {
        let place = Place { name, view, world, git, since: since.0, lists_since: since.1, details };
        all = all.and(cluster(expectation, &place));
        if let Some(check) = expectation.clusters.get(name) {
            all = all.and(cluster(check, &place));
        }
    }
    for (name, _) in
        expectation.clusters.iter().filter(|(name, _)| !world.clusters.contains_key(name))
    {
        all =
            all.and(Judgement::not_met(Failure::new(format!("there is no cluster {name}")), true));
    }
    all
}

/// The chain from an object of a cluster down to what is behind its state, nearest
/// first; empty where nothing is behind it.
#[must_use]
pub fn explain(
    world: &Observation,
    cluster: &str,
    id: &objects::ObjectId,
    git: &dyn Git,
) -> Vec<events::Cause> {
    let Some(view) = world.clusters.get(cluster) else { return Vec::new() };
    let place = Place { name: cluster, view, world, git, since: 0, lists_since: 0, details: true };
    causes::causes(&place, id)
}

/// What is about no cluster: branches and notifications.
fn around(
    expectation: &Expectation,
    world: &Observation,
    git: &dyn Git,
    since: usize,
) -> Judgement {
    let mut all = Judgement::met();
    for (branch, check) in expectation.git.iter() {
        let verdict = git::judge(branch, check, world, git, since);
        all = all.and(Judgement { verdict, settled: false });
    }
    for check in expectation.notifications.iter() {
        all = all.and(notification(check, world, since));
    }
    all
}

/// What is about a cluster.
fn cluster(expectation: &Expectation, place: &Place<'_>) -> Judgement {
    let mut all = every(expectation, place);
    for (pattern, wanted) in expectation.objects.iter() {
        all = all.and(check::judge_objects(place, pattern, wanted));
    }
    if let Some(same_as) = &expectation.same_as {
        all = all.and(relation::judge(place, same_as, &expectation.except));
    }
    all = all.and(listed(expectation, place));
    if let Some(images_check) = expectation.images {
        all = all.and(images(images_check, place));
    }
    if let Some(wanted) = &expectation.cause {
        all = all.and(cause(wanted, place));
    }
    if !expectation.events.is_empty() {
        all = all.and(lists::judge_events(place, &expectation.events));
    }
    all.and(more(expectation, place))
}

fn listed(expectation: &Expectation, place: &Place<'_>) -> Judgement {
    let lists = [
        (Happened::Deleted, &expectation.deleted),
        (Happened::Recreated, &expectation.recreated),
        (Happened::Created, &expectation.created),
        (Happened::Changed, &expectation.changed),
    ];
    let given = lists.into_iter().filter_map(|(what, list)| Some((what, list.as_ref()?)));
    given
        .map(|(what, list)| lists::judge_list(place, what, list))
        .fold(Judgement::met(), Judgement::and)
}

fn more(expectation: &Expectation, place: &Place<'_>) -> Judgement {
    let mut all = Judgement::met();
    for (pattern, branch) in expectation.revisions.iter() {
        all = all.and(revision(place, pattern, branch));
    }
    for (pattern, wanted) in expectation.count.iter() {
        all = all.and(lists::judge_count(place, pattern, wanted));
    }
    for wanted in expectation.table.iter() {
        all = all.and(table_is(wanted, place));
    }
    for expression in expectation.that.iter() {
        all = all.and(expression_is(expression, place));
    }
    if !expectation.order.is_empty() {
        all = all.and(lists::judge_order(place, &expectation.order));
    }
    if let Some(never) = &expectation.never {
        all = all.and(never_was(never, place));
    }
    all
}

/// `every: Kind, is: …` and `every: unchanged`.
fn every(expectation: &Expectation, place: &Place<'_>) -> Judgement {
    let Some(every) = &expectation.every else { return Judgement::met() };
    let in_namespace = |id: &objects::ObjectId| {
        let namespace = expectation.namespace.as_ref();
        namespace.is_none_or(|pattern| scenario::terms::glob(pattern, &id.namespace))
    };
    let excepted = |id: &objects::ObjectId| {
        expectation.except.iter().any(|except| match except {
            Except::Objects(rule) => rule.fields.is_empty() && relation::rule_means(rule, id),
            _ => false,
        })
    };
    let ids = every_of(every, place);
    let ids: Vec<_> = ids.into_iter().filter(|id| in_namespace(id) && !excepted(id)).collect();
    let check = match every {
        Every::All => ObjectCheck::from(State::Unchanged),
        Every::Kinds(_) => {
            expectation.is.clone().unwrap_or_else(|| ObjectCheck::from(State::Present))
        }
    };
    if ids.is_empty() && *every != Every::All {
        let kinds = kinds_of(every);
        let failure = Failure::new(format!("there is no {kinds}, so `every` says nothing"));
        return Judgement::not_met(Failure { cluster: place.name.to_owned(), ..failure }, false);
    }
    ids.iter()
        .map(|id| check::judge_present_or_gone(place, id, &check))
        .fold(Judgement::met(), Judgement::and)
}

fn kinds_of(every: &Every) -> String {
    match every {
        Every::All => "object".to_owned(),
        Every::Kinds(kinds) => {
            kinds.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ")
        }
    }
}

fn every_of(every: &Every, place: &Place<'_>) -> Vec<objects::ObjectId> {
    match every {
        Every::Kinds(kinds) => {
            let ids = place.view.objects.keys();
            ids.filter(|id| kinds.iter().any(|kind| kind.matches(id))).cloned().collect()
        }
        Every::All => {
            let entries = place.view.since(place.since).iter();
            let counted = entries.filter(|entry| {
                let object = entry.after.as_ref().or(entry.before.as_ref());
                object.is_some_and(|object| normal::counts(&entry.id, object))
            });
            let ids: std::collections::BTreeSet<_> =
                counted.map(|entry| entry.id.clone()).collect();
            ids.into_iter().collect()
        }
    }
}

/// Overrides that are set, and where they landed.
fn images(wanted: ImagesCheck, place: &Place<'_>) -> Judgement {
    let view = place.view;
    let mut failures = Vec::new();
    if wanted == ImagesCheck::AsInRepository {
        failures.extend(view.landings.iter().map(|landing| {
            let what = format!(
                "runs {} in {}, set by {}",
                landing.image, landing.container, landing.variable
            );
            Failure::of(place.name, landing.object.clone(), what)
        }));
    } else {
        for set in &view.overrides {
            failures.extend(not_landed(&set.variable, &set.image, view, place.name));
        }
    }
    if failures.is_empty() { Judgement::met() } else { Judgement::all_not_met(failures) }
}

fn not_landed(variable: &str, image: &str, view: &ClusterView, cluster: &str) -> Vec<Failure> {
    let landings: Vec<_> = view.landings.iter().filter(|l| l.variable == variable).collect();
    if landings.is_empty() {
        let what = format!("{variable}={image} matched no container");
        return vec![Failure { cluster: cluster.to_owned(), ..Failure::new(what) }];
    }
    let mut failures = Vec::new();
    for landing in landings {
        let Some(object) = view.objects.get(&landing.object) else { continue };
        let containers = check::containers(object);
        let found = containers.iter().find(|(name, _)| *name == landing.container);
        if found.is_none_or(|(_, found)| *found != image) {
            let what = format!("does not run {image}, which {variable} asks for");
            let found = found.map_or("absent", |(_, found)| *found).to_owned();
            let path = format!("image of {}", landing.container);
            let fields = vec![FieldError { path, expected: image.to_owned(), found }];
            failures.push(Failure { fields, ..Failure::of(cluster, landing.object.clone(), what) });
        }
    }
    failures
}

/// The chain from what is red must reach an object.
fn cause(wanted: &Cause, place: &Place<'_>) -> Judgement {
    let red: Vec<_> = match &wanted.from {
        Some(from) => place.found(from),
        None => place
            .view
            .objects
            .iter()
            .filter(|(id, o)| causes::is_red_flux(id, o))
            .map(|(id, _)| id)
            .collect(),
    };
    let chains: Vec<Vec<events::Cause>> = red.iter().map(|id| causes::causes(place, id)).collect();
    let own = red.iter().any(|id| {
        wanted.object.as_ref().is_some_and(|pattern| place.means(pattern, id))
            && wanted.from.is_none()
            && wanted.message.is_none()
            && wanted.file.is_none()
    });
    if own || chains.iter().any(|chain| chain_fits(wanted, chain, place)) {
        return Judgement::met();
    }
    let subject = cause_words(wanted);
    let what = if red.is_empty() {
        format!("nothing is red, so nothing leads to {subject}")
    } else {
        format!("no failure leads to {subject}")
    };
    let causes = chains.into_iter().next().unwrap_or_default();
    Judgement::not_met(
        Failure { cluster: place.name.to_owned(), causes, ..Failure::new(what) },
        false,
    )
}

/// Whether a chain leads to the object, and what is expected to be said is said there
/// or further down.
fn chain_fits(wanted: &Cause, chain: &[events::Cause], place: &Place<'_>) -> bool {
    let is_object = |link: &events::Cause| match (&wanted.object, &link.object) {
        (Some(pattern), Some(id)) => place.means(pattern, id),
        (wanted, _) => wanted.is_none(),
    };
    let Some(from) = chain.iter().position(is_object) else { return false };
    let below = &chain[from..];
    let says = |message| below.iter().any(|link| text::holds(message, &link.what));
    let names = |file: &String| {
        let mut sources = below.iter().filter_map(|link| link.source.as_ref());
        sources.any(|source| source.file.ends_with(file.as_str()))
    };
    wanted.message.as_ref().is_none_or(says) && wanted.file.as_ref().is_none_or(names)
}

fn cause_words(wanted: &Cause) -> String {
    let object = wanted.object.as_ref().map(ToString::to_string);
    let mut words = object.unwrap_or_else(|| "a cause".to_owned());
    if let Some(message) = &wanted.message {
        words.push_str(&format!(" that says: {}", text::words(message)));
    }
    if let Some(file) = &wanted.file {
        words.push_str(&format!(" in {file}"));
    }
    words
}

fn revision(place: &Place<'_>, pattern: &ObjectPattern, branch: &BranchName) -> Judgement {
    let check = ObjectCheck { at: Some(branch.clone()), ..ObjectCheck::default() };
    check::judge_objects(place, pattern, &check)
}

fn table_is(wanted: &Table, place: &Place<'_>) -> Judgement {
    if wanted.cluster.as_ref().is_some_and(|cluster| cluster != place.name) {
        return Judgement::met();
    }
    let fields = table::compare(wanted, &place.view.objects);
    if fields.is_empty() {
        return Judgement::met();
    }
    let failure = Failure {
        cluster: place.name.to_owned(),
        fields,
        ..Failure::new("the table is not as expected")
    };
    Judgement::not_met(failure, false)
}

fn expression_is(expression: &str, place: &Place<'_>) -> Judgement {
    let objects: Value = place.view.objects.values().map(|object| object.0.clone()).collect();
    let variable = |name: &str| (name == "objects").then(|| objects.clone());
    let found =
        health::cel::Program::parse(expression).and_then(|program| program.is_true(&variable));
    let what = match found {
        Ok(true) => return Judgement::met(),
        Ok(false) => format!("{expression} is false"),
        Err(error) => format!("{expression}: {error}"),
    };
    Judgement::not_met(Failure { cluster: place.name.to_owned(), ..Failure::new(what) }, false)
}

/// What held at no moment since the step: the objects of an expectation, at every
/// state of each; any other key, now.
fn never_was(never: &Expectation, place: &Place<'_>) -> Judgement {
    let mut all = Judgement::met();
    for (pattern, wanted) in never.objects.iter() {
        let check = ObjectCheck { never: wanted.clone().into(), ..ObjectCheck::default() };
        for id in place.known(pattern) {
            all = all.and(check::judge_present_or_gone(place, id, &check));
        }
    }
    if let (Some(Every::Kinds(kinds)), Some(is)) = (&never.every, &never.is) {
        let check = ObjectCheck { never: is.clone().into(), ..ObjectCheck::default() };
        let ids = place.view.objects.keys().filter(|id| kinds.iter().any(|kind| kind.matches(id)));
        for id in ids {
            all = all.and(check::judge_present_or_gone(place, id, &check));
        }
    }
    all.and(never_now(never, place))
}

/// The keys of `never` that have no history of their own.
fn never_now(never: &Expectation, place: &Place<'_>) -> Judgement {
    let now = Expectation {
        objects: Default::default(),
        every: None,
        is: None,
        never: None,
        ..never.clone()
    };
    let bare = Expectation { place: now.place.clone(), ..Expectation::default() };
    if now == bare || !cluster(&now, place).verdict.is_met() {
        return Judgement::met();
    }
    let failure = Failure::new("what should never hold holds");
    Judgement::not_met(Failure { cluster: place.name.to_owned(), ..failure }, true)
}

fn notification(wanted: &NotificationCheck, world: &Observation, since: usize) -> Judgement {
    let sent = world.notifications_since(since);
    let found = sent.iter().filter(|sent| notification_is(wanted, sent, world)).count() as u64;
    let enough = wanted.count.as_ref().map_or(found > 0, |count| count.holds(found));
    if enough {
        return Judgement::met();
    }
    let expected = wanted
        .count
        .as_ref()
        .map_or_else(|| "at least 1".to_owned(), |count| git::number(Some(count)));
    let field = FieldError { path: "notifications".to_owned(), expected, found: found.to_string() };
    let failure = Failure::new("a notification is not as expected");
    Judgement::not_met(Failure { fields: vec![field], ..failure }, false)
}

fn notification_is(wanted: &NotificationCheck, sent: &Notification, world: &Observation) -> bool {
    let means = |pattern: &ObjectPattern, id| pattern.matches(id, &world.default_namespace);
    wanted.provider.as_ref().is_none_or(|pattern| means(pattern, &sent.provider))
        && wanted.object.as_ref().is_none_or(|pattern| means(pattern, &sent.object))
        && wanted.severity.as_ref().is_none_or(|severity| *severity == sent.severity)
        && wanted.reason.as_ref().is_none_or(|reason| text::holds(reason, &sent.reason))
        && wanted.message.as_ref().is_none_or(|message| text::holds(message, &sent.message))
}

/// Heads by repository and branch, for [`Observation::begin`].
pub type Heads = BTreeMap<(String, String), String>;
