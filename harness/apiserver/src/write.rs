//! Writes: create, update, patch, apply.
//!
//! One rule: however a write comes, it ends in [`store_new`] or [`store_changed`],
//! where ownership, admission, preparation, rules and storage follow one another.

mod body;
mod change;
mod create;
mod kinds;
mod patch;
mod prepare;

pub(crate) use body::{check_kind, place};
pub(crate) use change::{Change, store_changed, update};
pub(crate) use create::{create, store_new};
pub(crate) use patch::{PatchBody, patch};

use objects::Object;

/// What a write left behind.
#[derive(Debug, Clone)]
pub(crate) struct Written {
    pub(crate) object: Object,
    pub(crate) created: bool,
}
