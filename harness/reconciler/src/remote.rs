//! The clients of source-controller: what they ask, when they ask again, how they fail.
//!
//! One rule: a client gives the words that Go's libraries give, and nothing about
//! conditions. Start at [`http`] for charts and [`registry`] for OCI.

pub(crate) mod http;
pub(crate) mod oras;
pub(crate) mod registry;

use std::time::Duration;

use objects::ObjectId;

use crate::FetchError;
use crate::world::World;

/// As Go's `net/http` names a status.
pub(crate) fn status_text(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        408 => "Request Timeout",
        409 => "Conflict",
        410 => "Gone",
        418 => "I'm a teapot",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "",
    }
}

/// Why no connection came about, as Go's dialer words it; `None` where one did.
fn dial_problem(problem: &FetchError, host: &str) -> Option<String> {
    match problem {
        FetchError::Unreachable(cause) => Some(cause.clone()),
        FetchError::NotDeclared { .. } => {
            let name = host.split(':').next().unwrap_or(host);
            Some(format!("dial tcp: lookup {name} on 10.96.0.10:53: no such host"))
        }
        _ => None,
    }
}

/// Notes for an object that what it asks for is declared nowhere.
fn note_undeclared(world: &World, object: &ObjectId, problem: &FetchError) {
    if let FetchError::NotDeclared { url } = problem {
        let why = format!("{url} is not declared: Flux sees an unreachable host");
        world.note(object.clone(), why);
    }
}

/// Waits before another try: the delay and up to a tenth of it.
async fn back_off(world: &World, delay: Duration) {
    world.clock.sleep(world.stretched(delay)).await;
}
