//! One recorded case as it lies on the disk.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use objects::{Map, Value};
use tree::{File, Mode, Tree, TreePath};

use crate::ConformError;

/// A case: its description and the folder that its trees lie in.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    /// `AREA/NAME`
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
    pub(crate) body: Value,
}

/// A branch of a repository at the beginning.
#[derive(Debug, Clone)]
pub(crate) struct Branch {
    pub(crate) name: String,
    pub(crate) from: Option<String>,
    pub(crate) tree: Tree,
    pub(crate) message: String,
    pub(crate) tags: Vec<String>,
}

pub(crate) fn load(path: &Path) -> Result<Value, ConformError> {
    let text = std::fs::read_to_string(path)
        .map_err(|cause| ConformError::File { path: path.to_owned(), cause })?;
    let wrong = |problem: String| ConformError::Yaml { path: path.to_owned(), problem };
    let documents = objects::load_yaml(&text, yaml::Schema::Core12)
        .map_err(|problem| wrong(problem.to_string()))?;
    Ok(documents.into_iter().next().unwrap_or_default())
}

impl Case {
    pub(crate) fn read(folder: &Path, name: String) -> Result<Self, ConformError> {
        let body = load(&folder.join("case.yaml"))?;
        Ok(Self { name, folder: folder.to_owned(), body })
    }

    /// The namespaces that are looked at.
    pub(crate) fn namespaces(&self) -> Vec<String> {
        let named = self.body.list_at(&["namespaces"]).iter().filter_map(Value::as_str);
        let mut all: Vec<String> = named.map(str::to_owned).collect();
        for list in ["setup", "apply"] {
            let objects = self.body.list_at(&[list]).iter();
            for object in objects.filter(|object| object.str_at(&["kind"]) == Some("Namespace")) {
                all.extend(object.str_at(&["metadata", "name"]).map(str::to_owned));
            }
        }
        all.sort();
        all.dedup();
        all
    }

    /// Kinds that are looked at although they move by themselves.
    pub(crate) fn watched_kinds(&self) -> Vec<String> {
        let named = self.body.list_at(&["watch_kinds"]).iter().filter_map(Value::as_str);
        named.map(str::to_owned).collect()
    }

    /// The branches of a repository.
    pub(crate) fn branches(&self, repository: &Value) -> Result<Vec<Branch>, ConformError> {
        repository.list_at(&["branches"]).iter().map(|branch| self.branch(branch)).collect()
    }

    fn branch(&self, branch: &Value) -> Result<Branch, ConformError> {
        let text = |key: &str| branch.str_at(&[key]).map(str::to_owned);
        let mut tree = match branch.str_at(&["tree"]) {
            Some(folder) => self.tree(folder)?,
            None => Tree::new(),
        };
        change(&mut tree, branch)?;
        let tags = branch.list_at(&["tags"]).iter();
        Ok(Branch {
            name: text("name").unwrap_or_else(|| "main".to_owned()),
            from: text("from"),
            tree,
            message: text("message").unwrap_or_else(|| "Initial commit".to_owned()),
            tags: tags
                .filter_map(|tag| tag.as_str().or(tag.str_at(&["name"])))
                .map(str::to_owned)
                .collect(),
        })
    }

    pub(crate) fn tree(&self, folder: &str) -> Result<Tree, ConformError> {
        let path = self.folder.join(folder);
        let read = Tree::from_dir(&path).map_err(|cause| ConformError::Place(cause.to_string()))?;
        let mut plain = Tree::new();
        for (path, file) in read.iter() {
            let mode = if file.mode == Mode::Executable { Mode::File } else { file.mode };
            plain.insert_file(path.clone(), File { mode, contents: file.contents.clone() });
        }
        Ok(plain)
    }
}

/// Carries out `set`, `remove`, `exec` and `symlinks`.
pub(crate) fn change(tree: &mut Tree, how: &Value) -> Result<(), ConformError> {
    let path = |text: &str| TreePath::new(text).map_err(|e| ConformError::Place(e.to_string()));
    for (name, text) in how.at(&["set"]).and_then(Value::as_map).into_iter().flat_map(Map::iter) {
        tree.insert(path(name)?, text.as_str().unwrap_or_default().as_bytes());
    }
    for name in how.list_at(&["remove"]).iter().filter_map(Value::as_str) {
        let path = path(name)?;
        let below: Vec<TreePath> = tree.below(&path).map(|(path, _)| path.clone()).collect();
        tree.remove(&path);
        below.iter().for_each(|path| drop(tree.remove(path)));
    }
    for name in how.list_at(&["exec"]).iter().filter_map(Value::as_str) {
        let path = path(name)?;
        let contents = tree.get(&path).map(|file| file.contents.clone());
        tree.insert_file(
            path,
            File { mode: Mode::Executable, contents: contents.unwrap_or_default() },
        );
    }
    let links = how.at(&["symlinks"]).and_then(Value::as_map);
    for (name, target) in links.into_iter().flat_map(Map::iter) {
        let contents = target.as_str().unwrap_or_default().as_bytes().into();
        tree.insert_file(path(name)?, File { mode: Mode::Symlink, contents });
    }
    Ok(())
}

/// Every URL of a GitRepository that a case mentions, anywhere.
pub(crate) fn urls(value: &Value, found: &mut BTreeMap<String, ()>) {
    match value {
        Value::Map(map) => {
            if let Some(url) = map.get("url").and_then(Value::as_str) {
                found.insert(url.to_owned(), ());
            }
            map.values().for_each(|value| urls(value, found));
        }
        Value::List(items) => items.iter().for_each(|item| urls(item, found)),
        _ => {}
    }
}
