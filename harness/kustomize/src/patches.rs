//! Patches: strategic merges and JSON patches, from files or inline.

use objects::Value;

use crate::context::Context as Build;
use crate::decode::Decoder;
use crate::error::{BuildError, Context, Result, fail};
use crate::go;
use crate::jsonpatch::JsonPatch;
use crate::loader::Loader;
use crate::merge;
use crate::read;
use crate::resmap::ResMap;
use crate::resource::Resource;
use crate::selector::Selector;
use crate::{id, json, node};

/// One entry of `patches` or `patchesJson6902`.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct PatchEntry {
    pub(crate) path: String,
    pub(crate) patch: String,
    pub(crate) target: Option<Selector>,
    pub(crate) options: Option<PatchOptions>,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct PatchOptions {
    pub(crate) allow_name_change: bool,
    pub(crate) allow_kind_change: bool,
}

impl PatchEntry {
    pub(crate) fn decode(d: &mut Decoder, value: &Value) -> Self {
        Self::decode_as(d, value, "types.Patch")
    }

    pub(crate) fn decode_as(d: &mut Decoder, value: &Value, title: &'static str) -> Self {
        let names = &["path", "patch", "target", "options"];
        let mut made = Self::default();
        d.fields(value, title, names, |d, name, value| match name {
            "path" => made.path = d.text(value),
            "patch" => made.patch = d.text(value),
            "target" if !value.is_null() => made.target = Some(Selector::decode(d, value)),
            "options" if !value.is_null() => made.options = Some(PatchOptions::decode(d, value)),
            _ => {}
        });
        made
    }

    /// The entry as kustomize writes it into messages.
    fn shown(&self, patch_key: &str) -> String {
        let mut map = Value::map();
        if !self.path.is_empty() {
            map.set(&["path"], self.path.as_str());
        }
        if !self.patch.is_empty() {
            map.set(&[patch_key], self.patch.as_str());
        }
        if let Some(target) = &self.target {
            map.set(&["target"], target.to_value());
        }
        if let Some(options) = &self.options {
            map.set(&["options"], Value::map());
            if options.allow_name_change {
                map.set(&["options", "allowNameChange"], true);
            }
            if options.allow_kind_change {
                map.set(&["options", "allowKindChange"], true);
            }
        }
        objects::to_yaml(&map)
    }
}

impl PatchOptions {
    fn decode(d: &mut Decoder, value: &Value) -> Self {
        let mut made = Self::default();
        let names = &["allowNameChange", "allowKindChange"];
        d.fields(value, "types.PatchArgs", names, |d, name, value| match name {
            "allowNameChange" => made.allow_name_change = d.flag(value),
            _ => made.allow_kind_change = d.flag(value),
        });
        made
    }
}

impl Selector {
    pub(crate) fn decode(d: &mut Decoder, value: &Value) -> Self {
        let names = &[
            "group",
            "version",
            "kind",
            "name",
            "namespace",
            "annotationSelector",
            "labelSelector",
        ];
        let mut made = Self::default();
        d.fields(value, "types.Selector", names, |d, name, value| match name {
            "group" => made.id.gvk.group = d.embedded(value, &["ResId", "Gvk"]),
            "version" => made.id.gvk.version = d.embedded(value, &["ResId", "Gvk"]),
            "kind" => made.id.gvk.kind = d.embedded(value, &["ResId", "Gvk"]),
            "name" => made.id.name = d.embedded(value, &["ResId"]),
            "namespace" => made.id.namespace = d.embedded(value, &["ResId"]),
            "annotationSelector" => made.annotation_selector = d.text(value),
            _ => made.label_selector = d.text(value),
        });
        made
    }

    pub(crate) fn to_value(&self) -> Value {
        let mut map = Value::map();
        let fields = [
            ("group", &self.id.gvk.group),
            ("version", &self.id.gvk.version),
            ("kind", &self.id.gvk.kind),
            ("name", &self.id.name),
            ("namespace", &self.id.namespace),
            ("annotationSelector", &self.annotation_selector),
            ("labelSelector", &self.label_selector),
        ];
        for (name, text) in fields {
            if !text.is_empty() {
                map.set(&[name], text.as_str());
            }
        }
        map
    }
}

/// A patch that is ready to be applied.
pub(crate) enum Patch {
    /// Strategic merges, each to the object it names, or one to all that are selected.
    Merge { patches: Vec<Resource>, target: Option<Selector>, source: String },
    /// A JSON patch; `remembers` says whether the object's former name is kept.
    Json { patch: JsonPatch, target: Option<Selector>, source: String, remembers: bool },
}

/// Reads an entry of `patches`.
pub(crate) fn configure(entry: &PatchEntry, loader: &Loader<'_>) -> Result<Patch> {
    let shown = entry.shown("patch");
    configure_entry(entry, &shown, loader)
        .map_err(|error| wrong("PatchTransformer", &shown, &error))
}

fn wrong(kind: &str, shown: &str, error: &BuildError) -> BuildError {
    BuildError(format!("trouble configuring builtin {kind} with config: `\n{shown}`: {error}"))
}

/// [`configure`] without the words in front of mistakes.
pub(crate) fn configure_entry(
    entry: &PatchEntry,
    shown: &str,
    loader: &Loader<'_>,
) -> Result<Patch> {
    let inline = entry.patch.trim();
    let (text, source) = match (inline.is_empty(), entry.path.is_empty()) {
        (true, true) => {
            return fail(format!("must specify one of patch and path in\n{shown}"));
        }
        (false, false) => {
            return fail(format!("patch and path can't be set at the same time\n{shown}"));
        }
        (false, true) => (inline.to_owned(), format!("[patch: {}]", go::quote(inline))),
        (true, false) => {
            let text = loader.load_text(&entry.path).map_err(|error| {
                BuildError(format!(
                    "failed to get the patch file from path({}): {error}",
                    entry.path
                ))
            })?;
            (text, format!("[path: {}]", go::quote(&entry.path)))
        }
    };
    let merges = read::resources(&text);
    let patch = read::json_patch(&text).and_then(|value| JsonPatch::decode(&value));
    let has = |merges: &Result<Vec<Resource>>, patch: &Result<JsonPatch>| {
        merges.as_ref().is_ok_and(|merges| !merges.is_empty())
            && patch.as_ref().is_ok_and(|patch| !patch.is_empty())
    };
    if has(&merges, &patch) {
        return fail(format!("illegally qualifies as both an SM and JSON patch: {source}"));
    }
    let target = entry.target.clone();
    match (merges, patch) {
        (Ok(mut patches), _) => {
            let options = entry.options.clone().unwrap_or_default();
            for patch in &mut patches {
                allow(patch, &options)?;
            }
            Ok(Patch::Merge { patches, target, source })
        }
        (Err(_), Ok(patch)) => Ok(Patch::Json { patch, target, source, remembers: true }),
        (Err(_), Err(_)) => fail(format!("unable to parse SM or JSON patch from {source}")),
    }
}

fn allow(patch: &mut Resource, options: &PatchOptions) -> Result<()> {
    patch.memory.allow_name_change = options.allow_name_change;
    patch.memory.allow_kind_change = options.allow_kind_change;
    if options.allow_name_change || options.allow_kind_change {
        // Writing the permission down makes texts of all annotations.
        let annotations = patch.annotations();
        patch.set_annotations(&annotations)?;
    }
    Ok(())
}

/// Reads an entry of `patchesJson6902`.
pub(crate) fn configure_json(entry: &PatchEntry, loader: &Loader<'_>) -> Result<Patch> {
    configure_json_entry(entry, loader)
        .map_err(|error| wrong("PatchJson6902Transformer", &entry.shown("jsonOp"), &error))
}

/// [`configure_json`] without the words in front of mistakes.
pub(crate) fn configure_json_entry(entry: &PatchEntry, loader: &Loader<'_>) -> Result<Patch> {
    let named = entry.target.as_ref().is_some_and(|target| !target.id.name.is_empty());
    if !named {
        return fail("must specify the target name");
    }
    let text = match (entry.path.is_empty(), entry.patch.is_empty()) {
        (true, true) => return fail("empty file path and empty jsonOp"),
        (false, false) => return fail("must specify a file path or jsonOp, not both"),
        (true, false) => entry.patch.clone(),
        (false, true) => loader.load_text(&entry.path)?,
    };
    if text.is_empty() {
        return fail(format!("patch file '{}' empty seems to be empty", entry.path));
    }
    let value = crate::decode::yaml_to_json(&text)?;
    let shown = if text.starts_with('[') { text } else { go::json(&value) };
    let patch = JsonPatch::decode(&value).context(|| format!("decoding {shown}"))?;
    if patch.is_empty() {
        return fail(format!("patch appears to be empty; file={}, JsonOp={shown}", entry.path));
    }
    Ok(Patch::Json { patch, target: entry.target.clone(), source: shown, remembers: false })
}

/// Reads `patchesStrategicMerge`.
pub(crate) fn configure_merges(paths: &[String], loader: &Loader<'_>) -> Result<Vec<Resource>> {
    configure_merge_list(paths, "", loader).map_err(|error| {
        let mut map = Value::map();
        map.set(
            &["paths"],
            paths.iter().map(|path| Value::from(path.as_str())).collect::<Vec<_>>(),
        );
        wrong("PatchStrategicMergeTransformer", &objects::to_yaml(&map), &error)
    })
}

/// Patches that are inline, or in files.
pub(crate) fn configure_merge_list(
    paths: &[String],
    inline: &str,
    loader: &Loader<'_>,
) -> Result<Vec<Resource>> {
    if paths.is_empty() && inline.is_empty() {
        return fail("empty file path and empty patch content");
    }
    let mut patches = Vec::new();
    for path in paths {
        match read::resources(path) {
            Ok(found) => patches.extend(found),
            Err(_) => {
                let text = loader.load_text(path)?;
                let found = read::resources(&text);
                patches.extend(found.map_err(|error| in_file(error, path))?);
            }
        }
    }
    if !inline.is_empty() {
        patches.extend(read::resources(inline)?);
    }
    if patches.is_empty() {
        return fail(format!(
            "patch appears to be empty; files={}, Patch={inline}",
            go::list(paths)
        ));
    }
    Ok(patches)
}

/// Names the file of an error in YAML.
pub(crate) fn in_file(error: BuildError, path: &str) -> BuildError {
    let text = &error.0;
    if text.contains("error converting YAML to JSON") || text.contains("error unmarshaling JSON") {
        return BuildError(format!("YAML file [{path}] encounters a format error.\n{text}\n"));
    }
    if text.contains("MalformedYAMLError") {
        return BuildError(format!("{text} in File: {path}"));
    }
    error
}

/// Applies `patchesStrategicMerge`.
pub(crate) fn apply_merges(
    patches: &[Resource],
    map: &mut ResMap,
    build: &Build<'_>,
) -> Result<()> {
    for patch in patches {
        let target = map.by_any_id(&patch.original_id())?;
        apply_to(&[target], patch, map, build)?;
    }
    Ok(())
}

impl Patch {
    pub(crate) fn apply(&self, map: &mut ResMap, build: &Build<'_>) -> Result<()> {
        match self {
            Self::Merge { patches, target: Some(target), source } => {
                let [patch] = patches.as_slice() else {
                    if patches.is_empty() {
                        return Ok(());
                    }
                    return fail(format!(
                        "Multiple Strategic-Merge Patches in one `patches` entry is not allowed to set `patches.target` field: {source}"
                    ));
                };
                let selected = map.select(target).map_err(|error| {
                    BuildError(format!(
                        "unable to find patch target {} in `resources`: {error}",
                        go::quote(&target.to_string())
                    ))
                })?;
                apply_to(&selected, patch, map, build)
            }
            Self::Merge { patches, target: None, .. } => {
                for patch in patches {
                    let id = patch.original_id();
                    let target = map.by_any_id(&id).map_err(|error| {
                        BuildError(format!(
                            "no resource matches strategic merge patch \"{id}\": {error}"
                        ))
                    })?;
                    merge_into(&mut map.list_mut()[target], patch, build)?;
                }
                Ok(())
            }
            Self::Json { patch, target, source, remembers } => {
                let Some(target) = target else {
                    return fail(format!("must specify a target for JSON patch {source}"));
                };
                for at in map.select(target)? {
                    apply_json(patch, &mut map.list_mut()[at], *remembers)?;
                }
                Ok(())
            }
        }
    }
}

fn apply_json(patch: &JsonPatch, resource: &mut Resource, remembers: bool) -> Result<()> {
    if remembers {
        resource.remember_id();
    }
    let document = json::to_value(&resource.node_with_memory()?)?;
    let patched = patch.apply(&document)?;
    if patched.as_map().is_none() {
        let found = if patched.as_list().is_some() { "array" } else { "string" };
        return fail(format!(
            "json: cannot unmarshal {found} into Go value of type map[string]interface {{}}"
        ));
    }
    resource.node = json::from_value(&patched);
    let annotations = resource.annotations();
    resource.set_annotations(&annotations)?;
    resource.strip_memory_annotations()
}

/// Merges one patch into several resources, as `patches` with a target does.
fn apply_to(
    selected: &[usize],
    patch: &Resource,
    map: &mut ResMap,
    build: &Build<'_>,
) -> Result<()> {
    for at in selected {
        let mut copy = patch.clone();
        copy.set_labels(&patch.labels())?;
        copy.set_annotations(&patch.annotations())?;
        copy.set_name(id::name_of(&patch.node))?;
        copy.set_namespace(id::namespace_of(&patch.node))?;
        let gvk = map.list()[*at].gvk();
        copy.set_gvk(&gvk)?;
        copy.set_kind(id::kind_of(&patch.node))?;
        merge_into(&mut map.list_mut()[*at], &copy, build)?;
    }
    let list: Vec<_> = std::mem::take(map.list_mut());
    map.append_all(list.into_iter().filter(|resource| !resource.is_empty()).collect())
}

fn merge_into(resource: &mut Resource, patch: &Resource, build: &Build<'_>) -> Result<()> {
    let id = resource.id();
    let (name_changes, kind_changes) =
        (patch.memory.allow_name_change, patch.memory.allow_kind_change);
    if name_changes || kind_changes {
        resource.remember_id();
    }
    let dest = std::mem::replace(&mut resource.node, yaml::Node::scalar("null"));
    let merged = build.with_schemas(|schemas| merge::merge(dest, patch.node.clone(), schemas))?;
    let Some(merged) = merged.filter(|merged| !node::is_null_or_empty(merged)) else {
        return Ok(());
    };
    resource.node = merged;
    if !kind_changes {
        resource.set_kind(&id.gvk.kind)?;
    }
    if !name_changes {
        resource.set_name(&id.name)?;
    }
    resource.set_namespace(&id.namespace)
}
