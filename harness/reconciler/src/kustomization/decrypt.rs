//! Phase decrypt: SOPS documents are opened with the keys of a Secret, files that
//! generators and patches name before the build, objects after it.
//!
//! Rules and words from fluxcd/kustomize-controller: internal/decryptor. What is closed
//! with a key that is not reproduced (PGP, cloud keys) stands as placeholders, and the
//! object and its Kustomization are noted as unknown.

use std::collections::BTreeSet;
use std::rc::Rc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use client::Target;
use objects::{Gvk, Map, Object, Value};
use sops::{Error, Format, Keys};
use tree::{Tree, TreePath};

use super::build::resource_label;
use super::dry_run::says;
use super::failure::Failure;
use super::generate::find_file;
use super::reconcile::Run;

/// What stands where an encrypted value was.
const PLACEHOLDER: &str = "encrypted";
/// fluxcd/kustomize-controller: `maxEncryptedFileSize`.
const MOST_BYTES: usize = 5 << 20;

impl Run {
    pub(super) fn decrypts(&self) -> bool {
        self.ks.text(&["decryption", "provider"]).is_some()
    }

    /// The keys at hand; none where nothing is decrypted or no Secret is named.
    pub(super) async fn keys(&self) -> Result<Keys, Failure> {
        let mut keys = Keys::default();
        let name = self.ks.text(&["decryption", "secretRef", "name"]);
        let Some(name) = name.filter(|_| self.decrypts()) else { return Ok(keys) };
        let target = Target::new(Gvk::new("", "v1", "Secret"), &self.name.0, name);
        let label = format!("{}/{name}", self.name.0);
        let secret = self.world.api.get(target).await.map_err(|status| {
            let missing = status.is_not_found();
            let text = format!("cannot get sops decryption Secret '{label}': {status}");
            Failure::build(if missing { status.to_string() } else { text })
        })?;
        let data = secret.get("data").and_then(Value::as_map).into_iter().flat_map(Map::iter);
        for (key, value) in data.filter(|(key, _)| key.ends_with(".agekey")) {
            let bytes = STANDARD.decode(value.as_str().unwrap_or_default()).unwrap_or_default();
            keys.add_age(&String::from_utf8_lossy(&bytes)).map_err(|problem| {
                Failure::build(format!(
                    "failed to import '{key}' data from sops decryption Secret '{label}': \
                     failed to parse and add to age identities: {problem}"
                ))
            })?;
        }
        Ok(keys)
    }

    /// The files with those opened that generators and patches of a folder, and of the
    /// folders below it, name.
    pub(super) fn decrypt_sources(
        &self,
        files: &Rc<Tree>,
        path: &TreePath,
        keys: &Keys,
    ) -> Result<Rc<Tree>, Failure> {
        let mut opened = Rc::clone(files);
        let mut folders = vec![path.clone()];
        let mut seen = BTreeSet::new();
        while let Some(folder) = folders.pop() {
            let Some(file) = find_file(files, &folder).filter(|_| seen.insert(folder.clone()))
            else {
                continue;
            };
            let text = files.text(&file).unwrap_or_default();
            let documents = objects::load_yaml(text, yaml::Schema::Yaml11).unwrap_or_default();
            for document in &documents {
                for (name, format) in named_files(document) {
                    self.decrypt_file(&mut opened, &folder, (name, format), keys)?;
                }
                let lists = ["resources", "components"].into_iter();
                let listed = lists.flat_map(|list| document.list_at(&[list]));
                let below = listed.filter_map(|name| folder.join(name.as_str()?).ok());
                folders.extend(below.filter(|below| files.is_dir(below)));
            }
        }
        Ok(opened)
    }

    fn decrypt_file(
        &self,
        files: &mut Rc<Tree>,
        folder: &TreePath,
        (name, format): (&str, Format),
        keys: &Keys,
    ) -> Result<(), Failure> {
        let Ok(path) = folder.join(name) else { return Ok(()) };
        let Some(file) = files.get(&path) else { return Ok(()) };
        let failed =
            |problem: String| Failure::build(format!("error decrypting sources: {problem}"));
        if file.contents.len() > MOST_BYTES {
            let size = file.contents.len();
            return Err(failed(format!(
                "cannot decrypt file with size ({size} bytes) exceeding limit ({MOST_BYTES})"
            )));
        }
        match sops::decrypt_file(&file.contents, format, format, keys) {
            Ok(None) => {}
            Ok(Some(plain)) => {
                let mut changed = (**files).clone();
                changed.insert(path, plain);
                *files = Rc::new(changed);
            }
            Err(Error::Unknown(what)) => {
                let why = format!("{path} is encrypted for {what}, which is not reproduced");
                self.world.note(self.ks.0.id(), why);
            }
            Err(problem) => return Err(failed(problem.to_string())),
        }
        Ok(())
    }

    /// The object in clear text.
    pub(super) fn decrypt(&self, object: Object, keys: &Keys) -> Result<Object, Failure> {
        let disabled = object.annotation("kustomize.toolkit.fluxcd.io/decrypt").is_some()
            && says(&object, "decrypt", "disabled");
        if disabled {
            return Ok(object);
        }
        let failed = |what: &str, problem: &Error| {
            let (namespace, name, kind) = (object.namespace(), object.name(), object.kind());
            let name =
                if namespace.is_empty() { name.to_owned() } else { format!("{namespace}/{name}") };
            Failure::build(format!(
                "decryption failed for '{}': failed to decrypt and format '{name}' {kind} {what}: {problem}",
                resource_label(&object)
            ))
        };
        if object.str_at(&["sops", "mac"]).is_some_and(|mac| !mac.is_empty()) {
            return match sops::decrypt(&object.0, keys) {
                Ok(plain) => Ok(Object(plain)),
                Err(Error::Unknown(what)) => Ok(self.closed(&object, what)),
                Err(problem) => Err(failed("data", &problem)),
            };
        }
        if object.kind() != "Secret" {
            return Ok(object);
        }
        let mut plain = object.clone();
        let data = object.get("data").and_then(Value::as_map).into_iter().flat_map(Map::iter);
        for (key, value) in data {
            let Ok(bytes) = STANDARD.decode(value.as_str().unwrap_or_default()) else { continue };
            let Some(format) = sops::marked(&bytes) else { continue };
            match sops::decrypt_file(&bytes, format, Format::of_path(key), keys) {
                Ok(Some(opened)) => plain.set(&["data", key], STANDARD.encode(opened)),
                Ok(None) => {}
                Err(Error::Unknown(what)) => return Ok(self.closed(&object, what)),
                Err(problem) => return Err(failed(&format!("field '{key}'"), &problem)),
            }
        }
        Ok(plain)
    }

    /// The object with placeholders for what is encrypted in it.
    fn closed(&self, object: &Object, what: &str) -> Object {
        let mut plain = Object(opened(&object.0, object.kind() == "Secret", false));
        plain.remove(&["sops"]);
        let why = format!(
            "it is encrypted for {what}, which is not reproduced: placeholders stand for its values"
        );
        self.world.note(self.ks.0.id(), format!("{} {why}", plain.id()));
        self.world.note(plain.id(), why);
        plain
    }
}

/// The files that generators and patches of a kustomization name, and their formats.
fn named_files(kustomization: &Value) -> Vec<(&str, Format)> {
    let mut found = Vec::new();
    for generator in kustomization.list_at(&["secretGenerator"]) {
        for file in generator.list_at(&["files"]).iter().filter_map(Value::as_str) {
            let (key, path) = file.split_once('=').unwrap_or((file, file));
            found.push((path, Format::of_path(key)));
        }
        let single = generator.str_at(&["env"]);
        let several = generator.list_at(&["envs"]).iter().filter_map(Value::as_str);
        for path in several.chain(single) {
            let format = Format::of_path(path);
            found.push((path, if format == Format::Binary { Format::Dotenv } else { format }));
        }
    }
    for patch in kustomization.list_at(&["patches"]) {
        let path = patch.str_at(&["path"]).filter(|path| !path.contains("://"));
        found.extend(path.map(|path| (path, Format::of_path(path))));
    }
    found
}

fn opened(value: &Value, secret: bool, in_data: bool) -> Value {
    match value {
        Value::String(text) if text.starts_with("ENC[") && in_data => {
            STANDARD.encode(PLACEHOLDER).into()
        }
        Value::String(text) if text.starts_with("ENC[") => PLACEHOLDER.into(),
        Value::List(items) => items.iter().map(|item| opened(item, false, in_data)).collect(),
        Value::Map(map) => {
            let entries = map.iter().map(|(key, value)| {
                let data = in_data || (secret && key.as_ref() == "data");
                (key.clone(), opened(value, false, data))
            });
            entries.collect::<Map>().into()
        }
        other => other.clone(),
    }
}
