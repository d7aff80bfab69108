//! The API's own controllers, run when told.
//!
//! One rule: each piece of work looks at the present state and brings it one
//! step on; what it changes makes new work. Start at [`run`].

mod collector;
mod definitions;
mod namespaces;
mod protection;
mod quotas;
mod roles;

use clock::Moment;

use crate::state::{State, Work};

/// No run does more than this, so that two pieces of work cannot chase each other for ever.
const MOST: usize = 1_000_000;

/// Does everything that is due; says whether there was anything.
pub(crate) fn run(state: &mut State, now: Moment) -> bool {
    let mut done = 0;
    while let Some(work) = state.work.take() {
        one(state, now, work);
        done += 1;
        if done >= MOST {
            break;
        }
    }
    done > 0
}

fn one(state: &mut State, now: Moment, work: Work) {
    match work {
        Work::Definition(name) => definitions::look(state, now, &name),
        Work::Namespace(name) => namespaces::look(state, now, &name),
        Work::ClusterRoles => roles::aggregate(state, now),
        Work::Quota(namespace) => quotas::count(state, now, &namespace),
        Work::Owned(id) => collector::owned(state, now, &id),
        Work::Deleting(id) => collector::deleting(state, now, &id),
        Work::Gone(uid) => collector::gone(state, now, &uid),
        Work::Protected(id) => protection::look(state, now, &id),
    }
}
