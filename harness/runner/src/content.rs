//! What the files of a scenario's world hold: folders, bundles, texts.
//!
//! One rule: a folder is read once in a process, however many scenarios name it.
//! Start at [`folder`].

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use scenario::terms::Entries;
use scenario::world::Content;
use tree::{File, Mode, Tree, TreePath};

use crate::load::read_text;
use crate::refusal::Refusal;

static READ: Mutex<BTreeMap<PathBuf, Tree>> = Mutex::new(BTreeMap::new());

/// A folder of the disk as a tree.
pub(crate) fn folder(path: &Path) -> Result<Tree, Refusal> {
    let real = path
        .canonicalize()
        .map_err(|cause| Refusal::chain([format!("read {}", path.display()), cause.to_string()]))?;
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = read.get(&real) {
        return Ok(known.clone());
    }
    let tree = Tree::from_dir(&real).map_err(|cause| Refusal::of(&cause))?;
    read.insert(real, tree.clone());
    Ok(tree)
}

/// A folder, or a file as a tree that holds nothing else.
pub(crate) fn folder_or_file(path: &Path) -> Result<Tree, Refusal> {
    if !path.is_file() {
        return folder(path);
    }
    let bytes = std::fs::read(path)
        .map_err(|cause| Refusal::chain([format!("read {}", path.display()), cause.to_string()]))?;
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("file");
    let mut tree = Tree::new();
    tree.insert(inside(name)?, bytes);
    Ok(tree)
}

/// Whether a path is a git repository or a bundle, and not a folder of files.
pub(crate) fn is_git(path: &Path) -> bool {
    path.is_file() || path.join(".git").exists() || path.join("HEAD").is_file()
}

/// Lays files over a tree.
pub(crate) fn lay_over(
    tree: &mut Tree,
    files: &Entries<String, Content>,
    base: &Path,
) -> Result<(), Refusal> {
    for (path, content) in files.iter() {
        let path = inside(path)?;
        tree.insert_file(path, file(content, base)?);
    }
    Ok(())
}

/// A path that stays inside its repository.
pub(crate) fn inside(path: &str) -> Result<TreePath, Refusal> {
    TreePath::new(path).map_err(|cause| Refusal::of(&cause))
}

fn file(content: &Content, base: &Path) -> Result<File, Refusal> {
    if let Some(target) = &content.link {
        return Ok(File { mode: Mode::Symlink, contents: target.as_bytes().into() });
    }
    let mode = if content.executable { Mode::Executable } else { Mode::File };
    let bytes = match (&content.text, &content.from) {
        (Some(text), _) => text.as_bytes().to_vec(),
        (None, Some(from)) => std::fs::read(base.join(from))
            .map_err(|cause| Refusal::chain([format!("read {from}"), cause.to_string()]))?,
        (None, None) => Vec::new(),
    };
    Ok(File { mode, contents: bytes.into() })
}

/// Takes paths out of a tree; whether any was there.
pub(crate) fn without(tree: &mut Tree, patterns: &[String]) -> Result<bool, Refusal> {
    let gone = matching(tree, patterns)?;
    gone.iter().for_each(|path| {
        tree.remove(path);
    });
    Ok(!gone.is_empty())
}

/// Paths of a tree that patterns mean: files, folders with all below, `*` and `**`.
pub(crate) fn matching(tree: &Tree, patterns: &[String]) -> Result<Vec<TreePath>, Refusal> {
    let mut set = globset::GlobSetBuilder::new();
    for pattern in patterns {
        let pattern = pattern.trim_start_matches("./").trim_end_matches('/');
        inside(pattern)?;
        for text in [pattern.to_owned(), format!("{pattern}/**")] {
            let glob = globset::GlobBuilder::new(&text).literal_separator(true).build();
            set.add(glob.map_err(|cause| Refusal::of(&cause))?);
        }
    }
    let set = set.build().map_err(|cause| Refusal::of(&cause))?;
    let all = tree.iter().map(|(path, _)| path);
    Ok(all.filter(|path| set.is_match(path.as_str())).cloned().collect())
}

/// The objects of manifest files and folders of them, in order of path.
pub(crate) fn manifests(base: &Path, files: &[String]) -> Result<Vec<objects::Object>, Refusal> {
    let mut all = Vec::new();
    for name in files {
        let path = base.join(name);
        if path.is_dir() {
            for (below, _) in folder(&path)?.iter() {
                if below.as_str().ends_with(".yaml") || below.as_str().ends_with(".yml") {
                    all.extend(documents(&path.join(below.as_str()))?);
                }
            }
        } else {
            all.extend(documents(&path)?);
        }
    }
    Ok(all)
}

fn documents(path: &Path) -> Result<Vec<objects::Object>, Refusal> {
    let shown = path.display().to_string();
    let text = read_text(path).map_err(|problem| Refusal::chain([shown.clone(), problem]))?;
    let values = objects::load_yaml(&text, yaml::Schema::Yaml11);
    let values = values.map_err(|cause| Refusal::chain([shown, cause.to_string()]))?;
    Ok(values.into_iter().flat_map(items).collect())
}

/// The items of a `List`, or the object itself.
fn items(value: objects::Value) -> Vec<objects::Object> {
    let is_list = value.str_at(&["kind"]).is_some_and(|kind| kind.ends_with("List"));
    match value.get("items").and_then(objects::Value::as_list) {
        Some(items) if is_list => items.iter().cloned().map(objects::Object).collect(),
        _ => vec![objects::Object(value)],
    }
}
