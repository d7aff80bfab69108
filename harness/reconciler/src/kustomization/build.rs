//! Phase build: from files to objects.

use std::collections::BTreeMap;
use std::rc::Rc;

use objects::{Object, ObjectId, Value};
use sha2::{Digest, Sha256};
use sops::Keys;
use tree::{Tree, TreePath};

use super::apply::is_encrypted;
use super::failure::Failure;
use super::order::stages;
use super::reconcile::Run;
use super::substitute::{Variables, is_disabled};

/// What a build is made of: equal keys give equal builds.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct BuildKey {
    digest: String,
    spec: Option<Value>,
    variables: Option<Result<Variables, String>>,
}

/// What a build gives.
pub(super) struct Built {
    /// The objects as they are applied, by stage and in order.
    pub(super) stages: [Vec<Object>; 3],
    /// The first Secret that is still encrypted.
    pub(super) encrypted: Option<ObjectId>,
    /// `sha256:…` over the objects as built, as `status.history` shows it.
    pub(super) digest: String,
}

impl Run {
    pub(super) async fn build(
        &self,
        (files, digest): (&Rc<Tree>, &str),
        path: &TreePath,
        scratch: &str,
    ) -> Result<Rc<Built>, Failure> {
        let variables = if self.substitutes() { Some(self.variables().await) } else { None };
        let key =
            BuildKey { digest: digest.to_owned(), spec: self.ks.0.get("spec").cloned(), variables };
        self.world.work(self.world.settings.costs.build).await;
        if let Some(known) = self.world.memory.borrow().built(&self.name, &key) {
            return Ok(known);
        }
        let keys = self.keys().await?;
        let objects = match self.generate(files, path, scratch)? {
            Some(generated) if self.decrypts() => {
                let opened = self.decrypt_sources(&generated, path, &keys)?;
                self.run_kustomize(&opened, path, scratch)?
            }
            Some(generated) => self.run_kustomize(&generated, path, scratch)?,
            None => Vec::new(),
        };
        let objects = self.complete_objects(objects, key.variables.as_ref(), &keys)?;
        let digest = digest_of(&objects);
        let objects: Vec<Object> = objects.iter().map(|object| self.prepare(object)).collect();
        let encrypted = objects.iter().find(|object| is_encrypted(object)).map(Object::id);
        let built = Rc::new(Built { stages: stages(objects), encrypted, digest });
        self.world.memory.borrow_mut().keep_build(self.name.clone(), key, built.clone());
        Ok(built)
    }

    fn run_kustomize(
        &self,
        files: &Tree,
        path: &TreePath,
        scratch: &str,
    ) -> Result<Vec<Object>, Failure> {
        let options = kustomize::Options {
            load_restrictions: kustomize::LoadRestrictions::None,
            root: scratch.to_owned(),
            remotes: self.remotes(files),
        };
        let built = kustomize::build(files, path, &options)
            .map_err(|problem| Failure::build(format!("kustomize build failed: {problem}")))?;
        Ok(built.objects())
    }

    /// The trees behind remote bases that kustomization files name.
    fn remotes(&self, files: &Tree) -> BTreeMap<String, Tree> {
        let mut remotes = BTreeMap::new();
        if self.world.settings.no_remote_bases {
            return remotes;
        }
        let named =
            files.iter().filter(|(path, _)| super::generate::FILE_NAMES.contains(&path.name()));
        for (path, _) in named {
            let text = files.text(path).unwrap_or_default();
            let mentions =
                text.contains("://") || text.contains("github.com") || text.contains("git@");
            if !mentions {
                continue;
            }
            let documents = objects::load_yaml(text, yaml::Schema::Yaml11).unwrap_or_default();
            for url in documents.iter().flat_map(bases) {
                if !remotes.contains_key(url)
                    && let Some(tree) = self.world.fetch.base(url)
                {
                    remotes.insert(url.to_owned(), tree);
                }
            }
        }
        remotes
    }

    /// Decrypts and substitutes what was built, and drops what is no object.
    fn complete_objects(
        &self,
        objects: Vec<Object>,
        variables: Option<&Result<Variables, String>>,
        keys: &Keys,
    ) -> Result<Vec<Object>, Failure> {
        let mut done = Vec::with_capacity(objects.len());
        for mut object in objects {
            if self.decrypts() {
                object = self.decrypt(object, keys)?;
            }
            let object = match variables {
                Some(variables) => self.substituted(object, variables)?,
                None => object,
            };
            flatten(object, &mut done);
        }
        Ok(done)
    }

    fn substituted(
        &self,
        object: Object,
        variables: &Result<Variables, String>,
    ) -> Result<Object, Failure> {
        if is_disabled(&object) {
            return Ok(object);
        }
        let replaced = match variables {
            Err(problem) => Err(problem.clone()),
            Ok(variables) if !self.evaluates(variables) => return Ok(object),
            Ok(variables) => self.substitute(&object, variables),
        };
        replaced.map_err(|problem| {
            let label = resource_label(&object);
            Failure::build(format!("post build failed for '{label}': {problem}"))
        })
    }
}

/// `ConfigMap.v1.[noGrp]/name`
pub(super) fn resource_label(object: &Object) -> String {
    let gvk = object.gvk();
    let group = if gvk.group.is_empty() { "[noGrp]" } else { &gvk.group };
    format!("{}.{}.{group}/{}", gvk.kind, gvk.version, object.name())
}

fn bases(file: &Value) -> impl Iterator<Item = &str> {
    let lists = ["resources", "components", "bases"].into_iter();
    lists.flat_map(|key| file.list_at(&[key])).filter_map(Value::as_str)
}

/// Lists become their items; what has no name or kind is dropped.
fn flatten(object: Object, into: &mut Vec<Object>) {
    if object.kind().ends_with("List") && object.get("items").is_some() {
        into.extend(object.list_at(&["items"]).iter().cloned().map(Object));
        return;
    }
    let kustomization = object.kind() == "Kustomization"
        && object.api_version().starts_with("kustomize.config.k8s.io");
    let complete =
        !object.kind().is_empty() && !object.name().is_empty() && !object.api_version().is_empty();
    if complete && !kustomization {
        into.push(object);
    }
}

fn digest_of(objects: &[Object]) -> String {
    let mut hash = Sha256::new();
    for object in objects {
        hash.update(objects::to_json(&object.0));
        hash.update("\n");
    }
    let hex: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}
