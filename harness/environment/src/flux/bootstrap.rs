//! `flux bootstrap`: components and sync objects, committed and applied.
//!
//! One rule: what the path holds already is kept (a bootstrapped repository is
//! bootstrapped again, not changed). Source: fluxcd/flux2 `internal/bootstrap`.

use std::time::Duration;

use kustomize::{LoadRestrictions, Options};
use objects::{Object, Value};
use tree::{Tree, TreePath};

use super::components::{components, version};
use super::install::{flux_user, kinds_version, release_of};
use crate::{FluxSettings, Place, PlaceError, Words};

/// What to bootstrap on.
#[derive(Debug, Clone, Default)]
pub struct Bootstrap {
    /// Cluster.
    pub cluster: String,
    /// Repository.
    pub repository: String,
    /// Branch.
    pub branch: String,
    /// `--path`
    pub path: String,
    /// The repository's URL, as the GitRepository gets it.
    pub url: String,
    /// `--interval` of the Kustomization; 10m without it.
    pub interval: Option<Duration>,
    /// Whether components of another version that the path holds are replaced.
    pub upgrade: bool,
    /// Data of the Secret with the credentials.
    pub secret: Vec<(String, String)>,
    /// The controllers.
    pub flux: FluxSettings,
}

impl Place {
    /// Bootstraps Flux on a path.
    ///
    /// # Errors
    /// If the path leaves the repository, its Flux objects cannot be built, or one is refused.
    pub fn bootstrap(&mut self, wanted: &Bootstrap) -> Result<(), PlaceError> {
        let impossible = |cause: tree::PathError| PlaceError::Impossible(cause.to_string());
        let folder = TreePath::new(wanted.path.trim_start_matches('/')).map_err(impossible)?;
        let folder = folder.join("flux-system").map_err(impossible)?;
        let release = release_of(&wanted.flux)?;
        self.commit_components(wanted, &folder)?;
        self.cluster(&wanted.cluster)?.install_flux(&wanted.flux)?;
        self.commit_sync(wanted, &folder)?;
        let tree = self.tree(&wanted.repository, &wanted.branch)?;
        let objects = build(&tree, &folder)?;
        let cluster = self.cluster(&wanted.cluster)?;
        if let Some(secret) = secret(wanted, &objects) {
            cluster.apply(&[secret], &flux_user())?;
        }
        cluster.apply(&objects, &flux_user())?;
        cluster.start_flux(&wanted.flux, release);
        Ok(())
    }

    fn commit_components(
        &mut self,
        wanted: &Bootstrap,
        folder: &TreePath,
    ) -> Result<(), PlaceError> {
        let release = release_of(&wanted.flux)?;
        let made = components(release)?;
        let version = version(release);
        let message = format!("Add Flux {version} component manifests");
        let path = child(folder, "gotk-components.yaml")?;
        if wanted.upgrade && self.head(&wanted.repository, &wanted.branch).is_some() {
            let mut tree = self.tree(&wanted.repository, &wanted.branch)?;
            let mark = format!("# Flux Version: {version}\n");
            if tree.text(&path).is_some_and(|known| !known.contains(&mark)) {
                tree.remove(&path);
                return self.write_file(wanted, tree, path, &made.text, &message);
            }
        }
        self.add_file(wanted, folder, "gotk-components.yaml", &made.text, &message)
    }

    fn commit_sync(&mut self, wanted: &Bootstrap, folder: &TreePath) -> Result<(), PlaceError> {
        let mut tree = self.tree(&wanted.repository, &wanted.branch)?;
        let sync = sync_text(wanted);
        let list = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n- gotk-components.yaml\n- gotk-sync.yaml\n";
        let mut changed = false;
        for (name, text) in [("gotk-sync.yaml", sync.as_str()), ("kustomization.yaml", list)] {
            let path = child(folder, name)?;
            // A second bootstrap writes the sync file anew, and leaves the list of files alone.
            let stale = wanted.upgrade && name == "gotk-sync.yaml";
            if tree.text(&path).is_none_or(|known| stale && known != text) {
                tree.remove(&path);
                tree.insert(path, text.as_bytes());
                changed = true;
            }
        }
        if changed { self.commit_tree(wanted, &tree, "Add Flux sync manifests") } else { Ok(()) }
    }

    fn add_file(
        &mut self,
        wanted: &Bootstrap,
        folder: &TreePath,
        name: &str,
        contents: &[u8],
        message: &str,
    ) -> Result<(), PlaceError> {
        let head = self.head(&wanted.repository, &wanted.branch);
        let tree = match head {
            Some(_) => self.tree(&wanted.repository, &wanted.branch)?,
            None => Tree::new(),
        };
        let path = child(folder, name)?;
        if tree.get(&path).is_some() {
            return Ok(());
        }
        self.write_file(wanted, tree, path, contents, message)
    }

    fn write_file(
        &mut self,
        wanted: &Bootstrap,
        mut tree: Tree,
        path: TreePath,
        contents: &[u8],
        message: &str,
    ) -> Result<(), PlaceError> {
        tree.insert(path, contents);
        self.commit_tree(wanted, &tree, message)
    }

    fn commit_tree(
        &mut self,
        wanted: &Bootstrap,
        tree: &Tree,
        message: &str,
    ) -> Result<(), PlaceError> {
        let words = Words {
            message: Some(message.to_owned()),
            author: Some(AUTHOR.to_owned()),
            ..Words::default()
        };
        self.push(&wanted.repository, &wanted.branch, tree, &words).map(|_| ())
    }
}

fn child(folder: &TreePath, name: &str) -> Result<TreePath, PlaceError> {
    folder.join(name).map_err(|cause| PlaceError::Impossible(cause.to_string()))
}

/// The author of bootstrap commits (fluxcd/flux2: `--author-name`).
const AUTHOR: &str = "Flux <>";

impl Place {
    /// The objects of a folder at a revision, as `kustomize build` gives them.
    ///
    /// # Errors
    /// If the revision is unknown or the folder cannot be built.
    pub fn build(
        &self,
        repository: &str,
        revision: &str,
        folder: &TreePath,
    ) -> Result<Vec<Object>, PlaceError> {
        build(&self.tree(repository, revision)?, folder)
    }
}

fn build(tree: &Tree, folder: &TreePath) -> Result<Vec<Object>, PlaceError> {
    let options = Options { load_restrictions: LoadRestrictions::None, ..Options::default() };
    let built = kustomize::build(tree, folder, &options)
        .map_err(|cause| PlaceError::Build { path: folder.to_string(), cause })?;
    Ok(built.objects().to_vec())
}

fn sync_text(wanted: &Bootstrap) -> String {
    let interval = wanted.interval.unwrap_or(Duration::from_secs(600));
    let interval = clock::format_duration(interval);
    let path = wanted.path.trim_matches('/').trim_start_matches("./");
    let Bootstrap { branch, url, .. } = wanted;
    let at = kinds_version(release_of(&wanted.flux).unwrap_or_default());
    format!(
        "# This manifest was generated by flux. DO NOT EDIT.\n---\napiVersion: source.toolkit.fluxcd.io/{at}\nkind: GitRepository\nmetadata:\n  name: flux-system\n  namespace: flux-system\nspec:\n  interval: 1m0s\n  ref:\n    branch: {branch}\n  secretRef:\n    name: flux-system\n  url: {url}\n---\napiVersion: kustomize.toolkit.fluxcd.io/{at}\nkind: Kustomization\nmetadata:\n  name: flux-system\n  namespace: flux-system\nspec:\n  interval: {interval}\n  path: ./{path}\n  prune: true\n  sourceRef:\n    kind: GitRepository\n    name: flux-system\n"
    )
}

/// The Secret that the source names, with the credentials given or made up.
fn secret(wanted: &Bootstrap, objects: &[Object]) -> Option<Object> {
    let source = objects.iter().find(|object| object.kind() == "GitRepository")?;
    let name = source.str_at(&["spec", "secretRef", "name"])?;
    let ssh = source.str_at(&["spec", "url"]).unwrap_or_default().starts_with("ssh://");
    let made_up: &[(&str, &str)] = match ssh {
        true => &[
            ("identity", "made up by fluxrig"),
            ("identity.pub", "made up by fluxrig"),
            ("known_hosts", "github.com ssh-ed25519 made+up+by+fluxrig"),
        ],
        false => &[("username", "git"), ("password", "made up by fluxrig")],
    };
    let mut data = Value::map();
    if wanted.secret.is_empty() {
        made_up.iter().for_each(|(key, text)| data.set(&[key], *text));
    }
    wanted.secret.iter().for_each(|(key, text)| data.set(&[key], text.as_str()));
    let metadata =
        Value::from([("name", Value::from(name)), ("namespace", source.namespace().into())]);
    Some(Object(Value::from([
        ("apiVersion", "v1".into()),
        ("kind", "Secret".into()),
        ("metadata", metadata),
        ("stringData", data),
    ])))
}
