//! From an expectation and an observation to a verdict.
//!
//! One function routes each key of an expectation to the module that judges it.
//! Start at [`judge`].

use events::Failure;
use objects::Value;
use scenario::expect::{Every, Except, Expectation, ObjectCheck, State, Table};
use scenario::terms::{BranchName, ObjectPattern};

use crate::git::Git;
use crate::judgement::Judgement;
use crate::lists::Happened;
use crate::observation::Observation;
use crate::place::Place;
use crate::{cause, causes, check, git, images, lists, normal, notifications, relation, table};

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
        all = all.and(notifications::judge(check, world, since));
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
        all = all.and(images::judge(images_check, place));
    }
    if let Some(wanted) = &expectation.cause {
        all = all.and(cause::judge(wanted, place));
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
