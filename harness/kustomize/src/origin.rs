//! Where a resource came from, and which transformers changed it (`buildMetadata`).

use objects::Value;

use crate::error::Result;
use crate::resource::Resource;

pub(crate) const ORIGIN: &str = "config.kubernetes.io/origin";
pub(crate) const TRANSFORMATIONS: &str = "alpha.config.kubernetes.io/transformations";

/// A place: of a resource's file, or of the configuration that made it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Origin {
    pub(crate) path: String,
    pub(crate) configured_in: String,
    /// apiVersion, kind, name and namespace of a generator or transformer.
    pub(crate) configured_by: [String; 4],
}

impl Origin {
    pub(crate) fn append(&self, path: &str) -> Self {
        Self { path: clean_join(&self.path, path), ..self.clone() }
    }

    /// Of a built-in transformer or generator of a kustomization file.
    pub(crate) fn builtin(&self, file: &str, kind: &str) -> Self {
        Self {
            path: String::new(),
            configured_in: clean_join(&self.path, file),
            configured_by: ["builtin".into(), kind.into(), String::new(), String::new()],
        }
    }

    /// Of a transformer or generator that is a resource with an origin itself.
    pub(crate) fn of_plugin(resource: &Resource) -> Option<Self> {
        let text = resource.annotations().remove(ORIGIN)?;
        let read = crate::decode::yaml_to_json(&text).ok()?;
        let id = resource.id();
        Some(Self {
            path: String::new(),
            configured_in: read.str_at(&["path"]).unwrap_or_default().to_owned(),
            configured_by: [id.gvk.api_version(), id.gvk.kind, id.name, id.namespace],
        })
    }

    /// Lines of the annotation, in the order in which kustomize writes them.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let line = |name: &str, text: &str| format!("{name}: {}", scalar(text));
        if !self.path.is_empty() {
            lines.push(line("path", &self.path));
        }
        if !self.configured_in.is_empty() {
            lines.push(line("configuredIn", &self.configured_in));
        }
        if self.configured_by.iter().any(|part| !part.is_empty()) {
            lines.push("configuredBy:".into());
            let names = ["apiVersion", "kind", "name", "namespace"];
            for (name, text) in names.iter().zip(&self.configured_by) {
                if !text.is_empty() {
                    lines.push(format!("  {}", line(name, text)));
                }
            }
        }
        lines
    }

    pub(crate) fn text(&self) -> String {
        let lines = self.lines();
        if lines.is_empty() { "{}\n".into() } else { lines.join("\n") + "\n" }
    }
}

/// A text value as the encoder writes it behind a key.
fn scalar(text: &str) -> String {
    let printed = objects::to_yaml(&Value::from(text));
    printed.trim_end().to_owned()
}

fn clean_join(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Gives resources without an origin this one.
pub(crate) fn add_origin(resources: &mut [Resource], origin: Option<&Origin>) -> Result<()> {
    let Some(origin) = origin else { return Ok(()) };
    for resource in resources {
        let mut annotations = resource.annotations();
        if !annotations.contains_key(ORIGIN) {
            annotations.insert(ORIGIN.into(), origin.text());
            resource.set_annotations(&annotations)?;
        }
    }
    Ok(())
}

/// Records a transformer on every resource; what has no origin was made by it.
pub(crate) fn add_transformation(resources: &mut [Resource], origin: &Origin) -> Result<()> {
    for resource in resources {
        let mut annotations = resource.annotations();
        if annotations.contains_key(ORIGIN) {
            let list = annotations.entry(TRANSFORMATIONS.into()).or_default();
            if list == "[]\n" {
                list.clear();
            }
            for (at, line) in origin.lines().iter().enumerate() {
                let dash = if at == 0 { "- " } else { "  " };
                list.push_str(&format!("{dash}{line}\n"));
            }
        } else {
            annotations.insert(ORIGIN.into(), origin.text());
        }
        resource.set_annotations(&annotations)?;
    }
    Ok(())
}
