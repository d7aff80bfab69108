//! Charts, artifacts and image tags: from what the scenario names to what servers serve.
//!
//! One rule: what is declared at the beginning and what a step publishes go the same way.
//! Start at [`declare`].

use std::path::{Path, PathBuf};

use environment::registry::lock::verify;
use environment::registry::{ChartError, Content, Registry};
use scenario::step::Publish;
use scenario::world::{Artifact, Chart};
use tree::archive::{Packing, pack};
use tree::{Tree, TreePath};

use crate::content;
use crate::refusal::Refusal;
use crate::world::World;

/// Serves what the scenario declares.
pub(super) fn declare(world: &mut World<'_>) -> Result<(), Refusal> {
    let scenario = &world.case.scenario;
    for (url, charts) in scenario.charts.iter() {
        for chart in charts.iter() {
            serve_chart(world, url, chart)
                .map_err(|refusal| refusal.within(&format!("serve the charts of {url}")))?;
        }
    }
    for (url, artifacts) in scenario.artifacts.iter() {
        for artifact in artifacts.iter() {
            serve_artifact(world, url, artifact)
                .map_err(|refusal| refusal.within(&format!("serve the artifacts of {url}")))?;
        }
    }
    for (repository, declared) in scenario.image_tags.iter() {
        for tag in declared.tags.iter() {
            push_image(world, repository, tag);
        }
    }
    Ok(())
}

/// Publishes what a step names.
pub(crate) fn publish(world: &mut World<'_>, wanted: &Publish) -> Result<(), Refusal> {
    let url = wanted.to.clone().unwrap_or_default();
    if let Some(from) = &wanted.chart {
        let version = wanted.version.clone();
        let chart = Chart { from: from.clone(), version, ..Chart::default() };
        return serve_chart(world, &url, &chart);
    }
    if let Some(from) = &wanted.artifact {
        let artifact = Artifact {
            from: from.clone(),
            tags: wanted.tag.clone(),
            annotations: wanted.annotations.clone(),
            ..Artifact::default()
        };
        return serve_artifact(world, &url, &artifact);
    }
    for image in wanted.image.iter() {
        let Some((repository, tag)) = image.rsplit_once(':') else {
            return Err(Refusal::new(format!("the image {image} has no tag")));
        };
        push_image(world, repository, tag);
    }
    Ok(())
}

fn push_image(world: &mut World<'_>, repository: &str, tag: &str) {
    let mark = format!("{repository}:{tag}");
    world.place.outside(repository, |registry| {
        registry.push(repository, Content::Image(mark), &[tag.to_owned()], &[])
    });
}

fn serve_chart(world: &mut World<'_>, url: &str, chart: &Chart) -> Result<(), Refusal> {
    let from = world.path(&chart.from);
    let at = world.place.now();
    if from.file_name().is_some_and(|name| name == "index.yaml") {
        return serve_index(world, url, &from);
    }
    let versions: Vec<&String> = chart.version.iter().chain(chart.versions.iter()).collect();
    for archive in archives(&from)? {
        let wanted: Vec<Vec<u8>> = if versions.is_empty() {
            vec![archive]
        } else {
            let with = |version: &&String| at_version(&archive, version);
            versions.iter().map(with).collect::<Result<_, _>>()?
        };
        for archive in wanted {
            let published =
                world.place.outside(url, |registry| registry.publish_chart(url, &archive, at));
            published.map_err(|cause| of_chart(&from, &cause))?;
        }
    }
    Ok(())
}

fn of_chart(from: &Path, cause: &ChartError) -> Refusal {
    Refusal::of(cause).within(&format!("publish {}", from.display()))
}

/// An index as it was saved, and the archives that lie beside it.
fn serve_index(world: &mut World<'_>, url: &str, index: &Path) -> Result<(), Refusal> {
    let bytes = read(index)?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let documents = objects::load_yaml(&text, yaml::Schema::Yaml11);
    let value = documents.map_err(|cause| Refusal::of(&cause))?.into_iter().next();
    let beside = index.parent().unwrap_or(Path::new(""));
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    let entries = value.as_ref().and_then(|value| value.get("entries"));
    let entries = entries.and_then(objects::Value::as_map);
    let versions = entries.into_iter().flat_map(|map| map.values());
    let urls = versions
        .flat_map(|list| list.as_list().unwrap_or_default())
        .filter_map(|entry| entry.list_at(&["urls"]).first().and_then(objects::Value::as_str));
    for reference in urls {
        let name = reference.rsplit('/').next().unwrap_or_default();
        let path = beside.join(name);
        if path.is_file() {
            let whole = match reference.contains("://") {
                true => reference.to_owned(),
                false => format!("{}/{reference}", url.trim_end_matches('/')),
            };
            files.push((whole, read(&path)?));
        }
    }
    world.place.outside(url, |registry: &mut Registry| {
        registry.set_index(url, &bytes);
        files.iter().for_each(|(url, bytes)| registry.put_file(url, bytes));
    });
    Ok(())
}

/// The packed charts of a path: an archive, a chart's folder, or a folder of both.
fn archives(from: &Path) -> Result<Vec<Vec<u8>>, Refusal> {
    if from.is_file() {
        return Ok(vec![read(from)?]);
    }
    if from.join("Chart.yaml").is_file() {
        return Ok(vec![packed(&content::folder(from)?)?]);
    }
    let failed = |cause: &std::io::Error| {
        Refusal::chain([format!("read {}", from.display()), cause.to_string()])
    };
    let mut paths: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(from).map_err(|cause| failed(&cause))? {
        paths.push(entry.map_err(|cause| failed(&cause))?.path());
    }
    paths.sort();
    let is_chart = |path: &PathBuf| {
        path.join("Chart.yaml").is_file() || path.extension().is_some_and(|kind| kind == "tgz")
    };
    let charts: Vec<PathBuf> = paths.into_iter().filter(is_chart).collect();
    if charts.is_empty() {
        return Err(Refusal::new(format!("{} holds no chart", from.display())));
    }
    let mut all = Vec::new();
    for path in charts {
        all.extend(archives(&path)?);
    }
    Ok(all)
}

/// A file, checked against the lock beside it where one names it.
fn read(path: &Path) -> Result<Vec<u8>, Refusal> {
    verify(path).map_err(|cause| Refusal::of(&cause))?;
    std::fs::read(path)
        .map_err(|cause| Refusal::chain([format!("read {}", path.display()), cause.to_string()]))
}

/// When everything is made that a scenario packs itself.
fn packing(prefix: &str, folders: bool) -> Packing<'_> {
    let modified = u64::try_from(clock::Moment::START.unix_seconds()).unwrap_or_default();
    Packing { prefix, folders, modified }
}

/// A chart's folder as a packed chart.
fn packed(files: &Tree) -> Result<Vec<u8>, Refusal> {
    let chart_file = TreePath::new("Chart.yaml").map_err(|cause| Refusal::of(&cause))?;
    let text = files.text(&chart_file).unwrap_or_default();
    let documents = objects::load_yaml(text, yaml::Schema::Yaml11);
    let documents = documents.map_err(|cause| Refusal::of(&cause).within("read Chart.yaml"))?;
    let chart = documents.into_iter().next().unwrap_or_default();
    let name = chart.str_at(&["name"]).unwrap_or("chart");
    Ok(pack(files, packing(name, false)))
}

/// A packed chart under another version.
fn at_version(archive: &[u8], version: &str) -> Result<Vec<u8>, Refusal> {
    let limits = tree::archive::Limits::default();
    let files = tree::archive::unpack(archive, limits).map_err(|cause| Refusal::of(&cause))?;
    let is_chart = |path: &TreePath| path.name() == "Chart.yaml" && path.parts().count() == 2;
    let found = files.iter().map(|(path, _)| path.clone()).find(is_chart);
    let path = found.ok_or_else(|| Refusal::new("the chart has no Chart.yaml"))?;
    let folder = path.parent().unwrap_or_else(TreePath::root);
    let text = files.text(&path).unwrap_or_default();
    let steps = yaml::edit::path("version").map_err(|cause| Refusal::of(&cause))?;
    let value = yaml::edit::NewValue::Text(version.to_owned());
    let changed = yaml::edit::set(text, 0, &steps, &value).map_err(|cause| Refusal::of(&cause))?;
    let mut files = files.clone();
    files.insert(path, changed.into_bytes());
    Ok(pack(&files.subtree(&folder), packing(folder.as_str(), false)))
}

fn serve_artifact(world: &mut World<'_>, url: &str, artifact: &Artifact) -> Result<(), Refusal> {
    let from = world.path(&artifact.from);
    if let Some(place) = url.strip_prefix("s3://") {
        let (endpoint, bucket) = place.split_once('/').unwrap_or((place, ""));
        let files = content::folder(&from)?;
        world.place.outside(place, |registry| registry.put_bucket(endpoint, bucket, &files));
        return Ok(());
    }
    let Some(place) = url.strip_prefix("oci://") else {
        return Err(Refusal::new(format!(
            "{url} is no URL such as oci://HOST/NAME or s3://HOST/NAME"
        )));
    };
    let mut tags: Vec<String> = artifact.tags.to_vec();
    if from.join("oci-layout").is_file() {
        return serve_layout(world, place, &from, &tags);
    }
    if tags.is_empty() {
        tags.push("latest".to_owned());
    }
    let layer = match from.is_file() {
        true => read(&from)?,
        false => pack(&content::folder(&from)?, packing("", true)),
    };
    let annotations: Vec<(String, String)> = artifact.annotations.to_vec();
    world
        .place
        .outside(place, |registry| registry.push(place, Content::Flux(layer), &tags, &annotations));
    Ok(())
}

/// An OCI image layout: its manifests under their names, or under the tags given.
fn serve_layout(
    world: &mut World<'_>,
    place: &str,
    folder: &Path,
    tags: &[String],
) -> Result<(), Refusal> {
    verify(folder).map_err(|cause| Refusal::of(&cause))?;
    let json = |bytes: &[u8]| objects::from_json(bytes).map_err(|cause| Refusal::of(&cause));
    let blob = |digest: &str| read(&folder.join("blobs").join(digest.replace(':', "/")));
    let index = json(&read(&folder.join("index.json"))?)?;
    for manifest in index.list_at(&["manifests"]) {
        let digest = manifest.str_at(&["digest"]).unwrap_or_default();
        let bytes = blob(digest)?;
        let value = json(&bytes)?;
        let parts = value.get("config").into_iter().chain(value.list_at(&["layers"]));
        let digests = parts.filter_map(|part| part.str_at(&["digest"]));
        let blobs = digests.map(blob).collect::<Result<Vec<_>, _>>()?;
        let name = manifest.str_at(&["annotations", "org.opencontainers.image.ref.name"]);
        let own: Vec<String> = name.map(str::to_owned).into_iter().collect();
        let tags = if tags.is_empty() { own } else { tags.to_vec() };
        world.place.outside(place, |registry| {
            registry.put_manifest(place, &bytes, None, &blobs);
            for tag in &tags {
                registry.put_manifest(place, &bytes, Some(tag), &[]);
            }
        });
    }
    Ok(())
}
