//! What a cluster holds when its time begins: setup, applied folders, Flux.
//!
//! One rule: clusters begin at the first step that lets time pass or acts on one.
//! Start at [`begin`].

use std::time::Duration;

use environment::flux::{Bootstrap, Join};
use environment::kubectl::User;
use environment::settings::FluxSettings;
use objects::{Object, Value};
use scenario::world::{self, Apply, Cluster, ForeignKind, Scope, Setup, Sync};
use tree::TreePath;

use crate::refusal::Refusal;
use crate::world::World;
use crate::{content, open};

/// Begins every cluster that has not begun, except those that wait for a step.
pub(crate) fn begin(world: &mut World<'_>) -> Result<(), Refusal> {
    let case = world.case;
    for (name, declared) in open::clusters_of(case) {
        if world.begun.iter().any(|known| known == name) {
            continue;
        }
        world.begun.push(name.to_owned());
        if let Some(setup) = &case.scenario.setup {
            set_up(world, name, setup)?;
        }
        apply_all(world, name, &case.scenario.apply)?;
        if let Some(declared) = declared {
            begin_one(world, name, declared)?;
        }
    }
    Ok(())
}

fn begin_one(world: &mut World<'_>, name: &str, declared: &Cluster) -> Result<(), Refusal> {
    if let Some(setup) = &declared.setup {
        set_up(world, name, setup)?;
    }
    apply_all(world, name, &declared.apply)?;
    if declared.later {
        return Ok(());
    }
    if let Some(wanted) = &declared.bootstrap {
        bootstrap(world, name, wanted, wanted.version.is_some())?;
    }
    for sync in declared.sync.iter() {
        join(world, name, declared, sync)?;
    }
    Ok(())
}

fn apply_all(world: &mut World<'_>, name: &str, folders: &[Apply]) -> Result<(), Refusal> {
    for folder in folders {
        let objects = build(world, folder)?;
        let user = User::default();
        world.place.cluster(name)?.apply(&objects, &user)?;
    }
    Ok(())
}

/// The objects of a folder of a repository, as `kustomize build` gives them.
pub(crate) fn build(world: &World<'_>, folder: &Apply) -> Result<Vec<Object>, Refusal> {
    let repository = world.repository_name(folder.repository.as_deref())?;
    let branch = folder.branch.as_deref().unwrap_or("main");
    let path: TreePath = content::inside(folder.path.trim_start_matches('/'))?;
    Ok(world.place.build(&repository, branch, &path)?)
}

fn set_up(world: &mut World<'_>, name: &str, setup: &Setup) -> Result<(), Refusal> {
    let mut objects = content::manifests(&world.base, &setup.crds)?;
    objects.extend(setup.kinds.iter().map(open_definition));
    objects.extend(content::manifests(&world.base, &setup.files)?);
    objects.extend(setup.objects.iter().cloned().map(Object));
    let namespace = world.default_namespace();
    for (pattern, keys) in setup.secrets.iter() {
        let mut data = Value::map();
        for (key, file) in keys.files.iter() {
            let text = crate::load::read_text(&world.path(file));
            data.set(&[key], text.map_err(|cause| Refusal::chain([file.clone(), cause]))?);
        }
        keys.texts.iter().for_each(|(key, text)| data.set(&[key], text.as_str()));
        for (key, cluster) in keys.kubeconfigs.iter() {
            let cluster = world.cluster_name(Some(cluster))?;
            data.set(&[key], environment::kubectl::kubeconfig(&cluster));
        }
        let namespace = pattern.namespace.as_deref().unwrap_or(&namespace);
        objects.push(secret(namespace, &pattern.name, data));
    }
    let user = User { server_side: true, force: true, ..User::default() };
    world.place.cluster(name)?.apply(&objects, &user)?;
    Ok(())
}

fn secret(namespace: &str, name: &str, data: Value) -> Object {
    let metadata = Value::from([("name", Value::from(name)), ("namespace", namespace.into())]);
    Object(Value::from([
        ("apiVersion", Value::from("v1")),
        ("kind", "Secret".into()),
        ("metadata", metadata),
        ("stringData", data),
    ]))
}

/// A definition that accepts anything of a foreign kind such as `Certificate.cert-manager.io`.
/// Kinds named like `ClusterIssuer` and `GatewayClass` lie in no namespace.
fn open_definition(declared: &ForeignKind) -> Object {
    let (kind, group) = declared.kind.split_once('.').unwrap_or((&declared.kind, "example.com"));
    let (group, version) = group.split_once('/').unwrap_or((group, "v1"));
    let singular = kind.to_lowercase();
    let usual = || match singular.as_bytes() {
        [.., b's' | b'x'] => format!("{singular}es"),
        [.., b'y'] => format!("{}ies", &singular[..singular.len() - 1]),
        _ => format!("{singular}s"),
    };
    let plural = declared.plural.clone().unwrap_or_else(usual);
    let open = Value::from([
        ("type", Value::from("object")),
        ("x-kubernetes-preserve-unknown-fields", true.into()),
    ]);
    let version = Value::from([
        ("name", Value::from(version)),
        ("served", true.into()),
        ("storage", true.into()),
        ("schema", Value::from([("openAPIV3Schema", open)])),
        ("subresources", Value::from([("status", Value::map())])),
    ]);
    let wide = kind.starts_with("Cluster") || kind.ends_with("Class");
    let usual = if wide { Scope::Cluster } else { Scope::Namespaced };
    let scope = declared.scope.unwrap_or(usual).word();
    let names = Value::from([
        ("kind", Value::from(kind)),
        ("listKind", format!("{kind}List").into()),
        ("plural", plural.as_str().into()),
        ("singular", singular.as_str().into()),
    ]);
    let spec = Value::from([
        ("group", Value::from(group)),
        ("scope", scope.into()),
        ("names", names),
        ("versions", vec![version].into()),
    ]);
    Object(Value::from([
        ("apiVersion", Value::from("apiextensions.k8s.io/v1")),
        ("kind", "CustomResourceDefinition".into()),
        ("metadata", Value::from([("name", format!("{plural}.{group}"))])),
        ("spec", spec),
    ]))
}

/// Bootstraps Flux as a declaration says; again, files of the path that differ are replaced.
pub(crate) fn bootstrap(
    world: &mut World<'_>,
    cluster: &str,
    wanted: &world::Bootstrap,
    again: bool,
) -> Result<(), Refusal> {
    let repository = world.repository_name(wanted.repository.as_deref())?;
    let flux = FluxSettings {
        release: wanted.version.clone().unwrap_or_else(|| release(world, cluster)),
        concurrent: wanted.concurrent.and_then(|number| usize::try_from(number).ok()),
        no_cross_namespace_refs: wanted.no_cross_namespace_refs,
        no_remote_bases: wanted.no_remote_bases,
        default_service_account: wanted.default_service_account.clone().unwrap_or_default(),
        ..FluxSettings::default()
    };
    let bootstrap = Bootstrap {
        cluster: cluster.to_owned(),
        url: url_of(world, &repository),
        repository,
        branch: wanted.branch.clone().unwrap_or_else(|| "main".to_owned()),
        path: wanted.path.clone(),
        upgrade: again,
        interval: wanted.interval,
        secret: wanted.secret.to_vec(),
        flux,
    };
    Ok(world.place.bootstrap(&bootstrap)?)
}

fn join(
    world: &mut World<'_>,
    cluster: &str,
    declared: &Cluster,
    sync: &Sync,
) -> Result<(), Refusal> {
    if let Some(url) = &sync.artifact {
        return Err(Refusal::new(format!("the embedded place does not serve artifact {url} yet")));
    }
    let repository = world.repository_name(sync.repository.as_deref())?;
    let release = declared.flux.clone().unwrap_or_else(|| release(world, cluster));
    let flux = FluxSettings { release, bare: true, ..FluxSettings::default() };
    let given = |text: &Option<String>| text.clone().unwrap_or_else(|| "flux-system".to_owned());
    let pinned = sync.tag.is_some() || sync.semver.is_some();
    let main = (!pinned).then(|| "main".to_owned());
    let wanted = Join {
        url: url_of(world, &repository),
        branch: sync.branch.clone().or(main),
        tag: sync.tag.clone(),
        semver: sync.semver.clone(),
        path: sync.path.clone().unwrap_or_default(),
        name: given(&sync.name),
        namespace: given(&sync.namespace),
        interval: sync.interval.unwrap_or(Duration::from_secs(60)),
        prune: sync.prune.unwrap_or(true),
        wait: sync.wait,
        spec: sync.spec.clone(),
        flux,
    };
    Ok(world.place.cluster(cluster)?.join(&wanted)?)
}

/// The Flux release of a cluster: the row's, its own, the scenario's.
fn release(world: &World<'_>, cluster: &str) -> String {
    let case = world.case;
    let declared = open::clusters_of(case).into_iter().find(|(name, _)| *name == cluster);
    let own = declared.and_then(|(_, one)| one?.flux.clone());
    let row = case.row.as_ref().and_then(|row| row.flux.clone());
    row.or(own).or_else(|| case.scenario.flux.clone()).unwrap_or_default()
}

/// The URL that manifests carry; a made-up one where the repository answers to any.
fn url_of(world: &World<'_>, repository: &str) -> String {
    let declared = open::repositories_of(world.case);
    let urls = declared.into_iter().find(|(name, _)| *name == repository);
    let url = urls.and_then(|(_, one)| one.url.first().cloned());
    url.unwrap_or_else(|| format!("https://git.example.com/{repository}"))
}
