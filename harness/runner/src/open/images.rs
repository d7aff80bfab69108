//! Image overrides: what the scenario declares, and the images that stand for it.

use environment::ImageOverride;

use crate::RunOptions;
use crate::plan::Case;

/// The overrides that are set: by `--image` or the environment, by the row, by the counterproof.
pub(super) fn overrides(case: &Case, options: &RunOptions) -> Vec<ImageOverride> {
    let values = values(case, options);
    let declared = case.scenario.images.iter();
    let set = declared.filter_map(|(name, rule)| {
        let (_, image) = values.iter().rev().find(|(known, _)| known == name)?;
        let workload = rule.workload.as_ref();
        let workload_name = workload.map(|pattern| pattern.name.clone());
        let workload_namespace = workload.and_then(|pattern| pattern.namespace.clone());
        Some(ImageOverride {
            origin: name.clone(),
            repository: rule.repository.clone(),
            workload: rule.deployment.clone().or(workload_name),
            namespace: rule.namespace.clone().or(workload_namespace),
            container: rule.container.clone(),
            image: image.clone(),
        })
    });
    set.collect()
}

/// Variables and images; a later one wins.
fn values(case: &Case, options: &RunOptions) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = Vec::new();
    if let Some(row) = &case.row {
        all.extend(row.set.iter().cloned());
    }
    all.extend(options.images.iter().cloned());
    let changes = case.counterproof.iter().flat_map(|proof| proof.change.iter());
    for change in changes {
        if let scenario::counterproof::Change::Set(set) = change {
            all.extend(set.iter().cloned());
        }
    }
    all
}
