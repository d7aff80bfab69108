//! Phase generate: the kustomization file that the build starts from.
//!
//! Rules from fluxcd/pkg: kustomize/kustomize_generator. An existing file is completed, a
//! missing one is made from the manifests that lie there.

use std::rc::Rc;

use objects::Value;
use tree::{Tree, TreePath};

use super::failure::Failure;
use super::reconcile::Run;

pub(super) const FILE_NAMES: [&str; 3] =
    ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// The files to build; `None` where there is nothing to build from.
pub(super) type Generated = Option<Rc<Tree>>;

impl Run {
    /// The folder of `spec.path`, which never leaves the artifact.
    pub(super) fn find_path(&self, files: &Tree, scratch: &str) -> Result<TreePath, Failure> {
        let mut clean = TreePath::root();
        for part in self.ks.path().split('/') {
            clean = match part {
                ".." => clean.parent().unwrap_or_else(TreePath::root),
                part => clean.join(part).unwrap_or(clean),
            };
        }
        let at_root = clean.as_str().is_empty();
        if at_root || files.is_dir(&clean) || files.get(&clean).is_some() {
            return Ok(clean);
        }
        let message = format!(
            "kustomization path not found: stat {scratch}/{clean}: no such file or directory"
        );
        Err(Failure::artifact(message))
    }

    pub(super) fn generate(
        &self,
        files: &Rc<Tree>,
        path: &TreePath,
        scratch: &str,
    ) -> Result<Generated, Failure> {
        if files.get(path).is_some() {
            let file = format!("{scratch}/{path}/kustomization.yaml");
            let problem = format!("open {file}: not a directory remove {file}: not a directory");
            return Err(Failure::build(problem));
        }
        let Some(known) = find_file(files, path) else {
            return self.generate_new(files, path, scratch);
        };
        let text = files.text(&known).unwrap_or_default();
        let mut documents = objects::load_yaml(text, yaml::Schema::Yaml11).map_err(|problem| {
            Failure::build(format!("error converting YAML to JSON: {problem}"))
        })?;
        let mut file = if documents.is_empty() { Value::map() } else { documents.swap_remove(0) };
        let before = file.clone();
        drop_unknown(&mut file);
        // Old words become new ones as the file is read (kustomize: FixKustomizationPostUnmarshalling).
        if file.list_at(&["resources"]).is_empty() && file.list_at(&["bases"]).is_empty() {
            file.set(&["buildMetadata"], Value::from(vec!["originAnnotations".into()]));
        }
        self.complete(&mut file, files, path)?;
        if file == before {
            return Ok(Some(files.clone()));
        }
        Ok(Some(Rc::new(with_file(files, &known, &file))))
    }

    fn generate_new(
        &self,
        files: &Rc<Tree>,
        path: &TreePath,
        scratch: &str,
    ) -> Result<Generated, Failure> {
        let resources = scan(files, path, scratch)?;
        if resources.is_empty() {
            return Ok(None);
        }
        let mut file = Value::from([
            ("apiVersion", Value::from("kustomize.config.k8s.io/v1beta1")),
            ("kind", "Kustomization".into()),
            ("resources", resources.into_iter().map(Value::from).collect()),
        ]);
        self.complete(&mut file, files, path)?;
        let name = path.join(FILE_NAMES[0]).map_err(|p| Failure::build(p.to_string()))?;
        Ok(Some(Rc::new(with_file(files, &name, &file))))
    }

    /// Writes the fields of the spec over or behind those of the file.
    fn complete(&self, file: &mut Value, files: &Tree, path: &TreePath) -> Result<(), Failure> {
        for (from, to) in [
            ("targetNamespace", "namespace"),
            ("namePrefix", "namePrefix"),
            ("nameSuffix", "nameSuffix"),
        ] {
            if let Some(text) = self.ks.text(&[from]) {
                file.set(&[to], text);
            }
        }
        for field in ["patches", "patchesStrategicMerge", "patchesJson6902"] {
            self.append(file, field);
        }
        self.append_components(file, files, path)?;
        self.merge_images(file);
        let metadata = self.ks.0.list_at(&["spec", "buildMetadata"]);
        if !metadata.is_empty() {
            file.set(&["buildMetadata"], metadata.to_vec());
        }
        Ok(())
    }

    fn append(&self, file: &mut Value, field: &str) {
        let own = self.ks.0.list_at(&["spec", field]);
        if own.is_empty() {
            return;
        }
        let mut all = file.list_at(&[field]).to_vec();
        match field {
            "patchesStrategicMerge" => all.extend(own.iter().map(|p| objects::to_json(p).into())),
            _ => all.extend_from_slice(own),
        }
        file.set(&[field], all);
    }

    fn append_components(
        &self,
        file: &mut Value,
        files: &Tree,
        path: &TreePath,
    ) -> Result<(), Failure> {
        let own = self.ks.0.list_at(&["spec", "components"]);
        let lenient = self.ks.0.bool_at(&["spec", "ignoreMissingComponents"]).unwrap_or(false);
        let mut all = file.list_at(&["components"]).to_vec();
        for component in own {
            let text = component.as_str().unwrap_or_default();
            if text.starts_with('/') || text.contains("://") {
                let problem = format!("component path '{text}' must be local and relative");
                return Err(Failure::build(problem));
            }
            let exists = path.join(text).is_ok_and(|folder| files.is_dir(&folder));
            if exists || !lenient {
                all.push(component.clone());
            }
        }
        if !own.is_empty() {
            file.set(&["components"], all);
        }
        Ok(())
    }

    fn merge_images(&self, file: &mut Value) {
        let own = self.ks.0.list_at(&["spec", "images"]);
        if own.is_empty() {
            return;
        }
        let mut all = file.list_at(&["images"]).to_vec();
        for image in own {
            let same = |known: &&mut Value| known.str_at(&["name"]) == image.str_at(&["name"]);
            match all.iter_mut().find(same) {
                Some(known) => merge_image(known, image),
                None => all.push(image.clone()),
            }
        }
        file.set(&["images"], all);
    }
}

fn merge_image(known: &mut Value, image: &Value) {
    let text = |key: &str| image.str_at(&[key]).filter(|text| !text.is_empty());
    if let Some(name) = text("newName") {
        known.set(&["newName"], name);
    }
    if text("newTag").is_some() || text("digest").is_some() {
        for key in ["newTag", "digest"] {
            match text(key) {
                Some(value) => known.set(&[key], value),
                None => {
                    known.remove(&[key]);
                }
            }
        }
    }
}

fn with_file(files: &Tree, name: &TreePath, file: &Value) -> Tree {
    let mut changed = files.clone();
    changed.insert(name.clone(), objects::to_json(file).into_bytes());
    changed
}

/// The kustomization file of a folder.
pub(super) fn find_file(files: &Tree, folder: &TreePath) -> Option<TreePath> {
    let mut paths = FILE_NAMES.iter().filter_map(|name| folder.join(name).ok());
    paths.find(|path| files.get(path).is_some())
}

/// The manifests below a folder, as resources of a new file.
fn scan(files: &Tree, folder: &TreePath, scratch: &str) -> Result<Vec<String>, Failure> {
    let cut = if folder.as_str().is_empty() { 0 } else { folder.as_str().len() + 1 };
    let mut resources = Vec::new();
    let mut kustomized: Option<TreePath> = None;
    for (path, file) in files.below(folder) {
        let inside = |known: &TreePath| path.as_str().starts_with(&format!("{}/", known.as_str()));
        if kustomized.as_ref().is_some_and(inside) {
            continue;
        }
        if let Some(base) = kustomized_above(files, path, folder) {
            resources.push(format!("./{}", &base.as_str()[cut..]));
            kustomized = Some(base);
            continue;
        }
        let is_yaml = path.name().ends_with(".yaml") || path.name().ends_with(".yml");
        if is_yaml {
            let text = std::str::from_utf8(&file.contents).unwrap_or_default();
            check_manifest(text).map_err(|problem| {
                let file = format!("{scratch}/{path}");
                Failure::build(format!("failed to decode Kubernetes YAML from {file}: {problem}"))
            })?;
            resources.push(format!("./{}", &path.as_str()[cut..]));
        }
    }
    Ok(resources)
}

/// The highest folder between a file and the start that has a kustomization file of its own.
fn kustomized_above(files: &Tree, path: &TreePath, start: &TreePath) -> Option<TreePath> {
    let mut found = None;
    let mut folder = path.parent();
    while let Some(at) = folder.filter(|at| at != start) {
        if find_file(files, &at).is_some() {
            found = Some(at.clone());
        }
        folder = at.parent();
    }
    found
}

/// Whether every document is a Kubernetes object, in the words of kustomize.
fn check_manifest(text: &str) -> Result<(), String> {
    let documents = objects::load_yaml(text, yaml::Schema::Yaml11)
        .map_err(|problem| format!("MalformedYAMLError: {problem}"))?;
    for document in &documents {
        let get = |path: &[&str]| document.str_at(path).unwrap_or_default();
        let (api, kind) = (get(&["apiVersion"]), get(&["kind"]));
        let (name, namespace) = (get(&["metadata", "name"]), get(&["metadata", "namespace"]));
        if document.as_map().is_none()
            || (api.is_empty() && kind.is_empty() && document.get("metadata").is_none())
        {
            return Err("missing Resource metadata".to_owned());
        }
        let shown = format!("{{{{{api} {kind}}} {{{{{name} {namespace}}} map[] map[]}}}}");
        if kind.is_empty() {
            return Err(format!("missing kind in object {shown}"));
        }
        if name.is_empty() && !kind.ends_with("List") {
            return Err(format!("missing metadata.name in object {shown}"));
        }
    }
    Ok(())
}

/// Keys that Flux's reading of the file does not know vanish.
fn drop_unknown(file: &mut Value) {
    if let Some(map) = file.as_map_mut() {
        map.retain(|key, _| kustomize::FIELDS.contains(&key));
    }
}
