//! From a scenario to an open place with its repositories filled and its clusters empty.
//!
//! One rule: translation only; defaults that need no world were applied by the language.
//! Start at [`open`].

mod behaviour;
mod clusters;
mod images;
mod repositories;
mod served;

use std::collections::BTreeMap;
use std::path::Path;

use environment::Place;
use environment::behaviour::Listed;
use environment::settings::{ClusterSettings, RepositorySettings, Settings};
use scenario::world::{Cluster, Repository};

use crate::plan::Case;
use crate::refusal::Refusal;
use crate::world::{ONE_CLUSTER, ONE_REPOSITORY, World};
use crate::{RunOptions, content};

pub(crate) use behaviour::{behave, break_image, heal_image};
pub(crate) use clusters::{begin, bootstrap, build};
pub(crate) use served::publish;

/// Opens the world of a case.
pub(crate) fn open<'a>(case: &'a Case, options: &RunOptions) -> Result<World<'a>, Refusal> {
    let base = case.file.parent().unwrap_or(Path::new("")).to_owned();
    let declared = repositories_of(case);
    let place = Place::open(settings(case, options, &declared, &base)?)?;
    let mut world = World {
        case,
        base,
        place,
        repositories: declared.iter().map(|(name, _)| (*name).to_owned()).collect(),
        clusters: clusters_of(case).iter().map(|(name, _)| (*name).to_owned()).collect(),
        begun: Vec::new(),
        commits: BTreeMap::new(),
        rules: BTreeMap::new(),
        listed: listed(case),
        broken: BTreeMap::new(),
        ends: Vec::new(),
    };
    for (name, one) in declared {
        repositories::fill(&mut world, name, one)?;
    }
    served::declare(&mut world)?;
    behave(&mut world, &case.scenario.behaviour)?;
    Ok(world)
}

/// The image repositories that have no other tags than those declared.
fn listed(case: &Case) -> Vec<Listed> {
    let only = case.scenario.image_tags.iter().filter(|(_, declared)| declared.only);
    only.map(|(repository, declared)| Listed {
        repository: repository.clone(),
        tags: declared.tags.to_vec(),
    })
    .collect()
}

/// The repositories by name.
pub(crate) fn repositories_of(case: &Case) -> Vec<(&str, &Repository)> {
    let one = case.scenario.repository.iter().map(|one| (ONE_REPOSITORY, one));
    let several = case.scenario.repositories.iter().map(|(name, one)| (name.as_str(), one));
    one.chain(several).collect()
}

/// The clusters by name; one without anything where the scenario declares none.
pub(crate) fn clusters_of(case: &Case) -> Vec<(&str, Option<&Cluster>)> {
    let one = case.scenario.cluster.iter().map(|one| (ONE_CLUSTER, Some(one)));
    let several = case.scenario.clusters.iter().map(|(name, one)| (name.as_str(), Some(one)));
    let all: Vec<_> = one.chain(several).collect();
    if all.is_empty() { vec![(ONE_CLUSTER, None)] } else { all }
}

fn settings(
    case: &Case,
    options: &RunOptions,
    declared: &[(&str, &Repository)],
    base: &Path,
) -> Result<Settings, Refusal> {
    let row = case.row.as_ref();
    let repositories = declared.iter().map(|(name, one)| RepositorySettings {
        name: (*name).to_owned(),
        urls: one.url.to_vec(),
        credentials: one.credentials.to_vec(),
    });
    let images = images::overrides(case, options);
    let clusters = clusters_of(case).into_iter().map(|(name, one)| {
        let own = one.and_then(|one| one.kubernetes.clone());
        let common = row.and_then(|row| row.kubernetes.clone());
        let kubernetes = own.or(common).or_else(|| case.scenario.kubernetes.clone());
        ClusterSettings {
            name: name.to_owned(),
            kubernetes: kubernetes.unwrap_or_default(),
            images: images.clone(),
        }
    });
    let remotes = case.scenario.remotes.iter().map(|(url, from)| {
        let path = base.join(from);
        environment::registry::lock::verify(&path).map_err(|cause| Refusal::of(&cause))?;
        content::folder_or_file(&path).map(|tree| (url.clone(), tree))
    });
    Ok(Settings {
        seed: case.seed,
        repositories: repositories.collect(),
        clusters: clusters.collect(),
        remotes: remotes.collect::<Result<_, _>>()?,
        ..Settings::default()
    })
}
