//! What a rendering may ask its surroundings for: objects of the cluster, the time, random numbers.
//!
//! All three come from the caller, so that equal inputs give equal bytes.

use std::collections::BTreeSet;

use clock::{Moment, Random, Seed};
use objects::Value;

/// Answers of the template function `lookup`.
///
/// `()` answers as `helm template` does: there is nothing.
pub trait Lookup {
    /// One object; `None` if there is no such object.
    ///
    /// # Errors
    /// Why the cluster cannot be asked, such as an unknown kind.
    fn get(
        &self,
        api_version: &str,
        kind: &str,
        namespace: &str,
        name: &str,
    ) -> Result<Option<Value>, String>;

    /// The whole list object of a kind, of all namespaces where none is named; `None` where there is no list.
    ///
    /// # Errors
    /// As [`Lookup::get`].
    fn list(&self, api_version: &str, kind: &str, namespace: &str)
    -> Result<Option<Value>, String>;
}

impl Lookup for () {
    fn get(&self, _: &str, _: &str, _: &str, _: &str) -> Result<Option<Value>, String> {
        Ok(None)
    }

    fn list(&self, _: &str, _: &str, _: &str) -> Result<Option<Value>, String> {
        Ok(None)
    }
}

/// Where templates get the time and random numbers from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seam {
    /// What `now` says.
    pub now: Moment,
    /// What random functions start from.
    pub seed: Seed,
}

impl Default for Seam {
    /// The beginning of virtual time, and seed 0.
    fn default() -> Self {
        Self { now: Moment::START, seed: Seed(0) }
    }
}

/// The surroundings of one rendering.
pub(crate) struct Host<'a> {
    pub(crate) lookup: &'a dyn Lookup,
    now: Moment,
    random: Random,
    used: BTreeSet<&'static str>,
}

impl<'a> Host<'a> {
    pub(crate) fn new(lookup: &'a dyn Lookup, seam: Seam) -> Self {
        let random = seam.seed.stream("helm");
        Self { lookup, now: seam.now, random, used: BTreeSet::new() }
    }

    /// Notes that a function was called whose answer the inputs of the chart do not decide.
    pub(crate) fn note(&mut self, function: &'static str) {
        self.used.insert(function);
    }

    /// The time, for a function.
    pub(crate) fn now(&mut self, function: &'static str) -> Moment {
        self.note(function);
        self.now
    }

    /// Random numbers, for a function.
    pub(crate) fn random(&mut self, function: &'static str) -> &mut Random {
        self.note(function);
        &mut self.random
    }

    /// Every function noted, sorted.
    pub(crate) fn used(self) -> Vec<&'static str> {
        self.used.into_iter().collect()
    }
}
