//! Charts that were loaded already: loading is pure, so equal archives give equal charts.

use std::collections::BTreeMap;

use super::render::Loaded;

/// How many charts are remembered.
const MOST: usize = 256;

#[derive(Default)]
pub(crate) struct Memory {
    charts: BTreeMap<String, Loaded>,
}

impl Memory {
    pub(super) fn chart(&self, digest: &str) -> Option<Loaded> {
        self.charts.get(digest).cloned()
    }

    pub(super) fn keep_chart(&mut self, digest: &str, chart: &Loaded) {
        if self.charts.len() >= MOST {
            self.charts.clear();
        }
        self.charts.insert(digest.to_owned(), chart.clone());
    }
}
