//! Finding scenario files: by file, by folder, by glob.
//!
//! One rule: below a folder every `.yaml` file is a scenario, except what begins with
//! `_` or `.`, and except the material beside a `scenario.yaml`. Start at [`find`].

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A scenario file and the name that its place gives it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    /// Path below the folder that was searched, without ending.
    pub name: String,
    /// The file.
    pub file: PathBuf,
}

/// Why the files could not be found.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// Nothing lies there.
    #[error("{0} does not exist")]
    Absent(PathBuf),
    /// The system refused.
    #[error("read {path}")]
    Io {
        /// File or folder.
        path: PathBuf,
        /// What the system says.
        #[source]
        cause: std::io::Error,
    },
    /// A name is not UTF-8.
    #[error("{0:?} has a name that is not UTF-8: rename it")]
    Name(PathBuf),
    /// The glob cannot be read.
    #[error("{glob:?} is no glob")]
    Glob {
        /// As written.
        glob: String,
        /// What is wrong with it.
        #[source]
        cause: globset::Error,
    },
    /// A link leads back to a folder above it.
    #[error("{0} is a link that leads back to a folder it lies in")]
    Loop(PathBuf),
    /// Folders lie in folders without end.
    #[error("{0} lies deeper than {MOST_DEPTH} folders")]
    TooDeep(PathBuf),
}

const MOST_DEPTH: usize = 64;

/// The scenario files that paths name, sorted by name, each once.
///
/// # Errors
/// If a path names nothing or something below it cannot be read.
pub fn find(paths: &[PathBuf]) -> Result<Vec<Found>, FindError> {
    let mut all = BTreeMap::new();
    for path in paths {
        let found = if path.is_dir() {
            folder(path)?
        } else if path.is_file() {
            vec![Found { name: name_of_file(path)?, file: path.clone() }]
        } else {
            glob(path)?
        };
        all.extend(found.into_iter().map(|one| (one.file.clone(), one)));
    }
    let mut all: Vec<Found> = all.into_values().collect();
    all.sort();
    Ok(all)
}

/// A file that is named alone is called as it would be below a folder `scenarios`.
fn name_of_file(path: &Path) -> Result<String, FindError> {
    let text = path.to_str().ok_or_else(|| FindError::Name(path.to_owned()))?;
    let below = text.rsplit_once("scenarios/").map_or_else(
        || path.file_name().and_then(|name| name.to_str()).unwrap_or(text),
        |(_, below)| below,
    );
    Ok(without_ending(below))
}

fn without_ending(path: &str) -> String {
    let path = path.strip_suffix(".yaml").or_else(|| path.strip_suffix(".yml")).unwrap_or(path);
    path.strip_suffix("/scenario").unwrap_or(path).to_owned()
}

/// A folder within one that is called `scenarios` gives its part of the path to the names.
fn folder(root: &Path) -> Result<Vec<Found>, FindError> {
    let mut search = Search { above: Vec::new(), found: Vec::new() };
    let text = root.to_str().ok_or_else(|| FindError::Name(root.to_owned()))?;
    let inside = text.rsplit_once("scenarios/").map_or("", |(_, inside)| inside);
    search.folder(root, inside.trim_matches('/'))?;
    Ok(search.found)
}

/// The scenario files of one folder, those below it left out.
fn beside(root: &Path) -> Result<Vec<Found>, FindError> {
    let mut search = Search { above: Vec::new(), found: Vec::new() };
    let io = |cause| FindError::Io { path: root.to_owned(), cause };
    for entry in std::fs::read_dir(root).map_err(io)? {
        let path = entry.map_err(io)?.path();
        if !path.is_dir() {
            search.entry(&path, "")?;
        }
    }
    Ok(search.found)
}

struct Search {
    /// The real paths of the folders that are being read, outermost first.
    above: Vec<PathBuf>,
    found: Vec<Found>,
}

impl Search {
    fn folder(&mut self, folder: &Path, prefix: &str) -> Result<(), FindError> {
        let io = |cause| FindError::Io { path: folder.to_owned(), cause };
        let real = folder.canonicalize().map_err(io)?;
        if self.above.contains(&real) {
            return Err(FindError::Loop(folder.to_owned()));
        }
        if self.above.len() >= MOST_DEPTH {
            return Err(FindError::TooDeep(folder.to_owned()));
        }
        self.above.push(real);
        let single = folder.join("scenario.yaml");
        if !prefix.is_empty() && single.is_file() {
            self.found.push(Found { name: prefix.to_owned(), file: single });
        } else {
            for entry in std::fs::read_dir(folder).map_err(io)? {
                self.entry(&entry.map_err(io)?.path(), prefix)?;
            }
        }
        self.above.pop();
        Ok(())
    }

    fn entry(&mut self, path: &Path, prefix: &str) -> Result<(), FindError> {
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.ok_or_else(|| FindError::Name(path.to_owned()))?;
        if name.starts_with(['_', '.']) {
            return Ok(());
        }
        let between = if prefix.is_empty() { "" } else { "/" };
        let full = format!("{prefix}{between}{name}");
        if path.is_dir() {
            self.folder(path, &full)?;
        } else if name.ends_with(".yaml") || name.ends_with(".yml") {
            self.found.push(Found { name: without_ending(&full), file: path.to_owned() });
        }
        Ok(())
    }
}

/// Files that a glob matches, below the part of it that has no wildcard.
fn glob(pattern: &Path) -> Result<Vec<Found>, FindError> {
    let text = pattern.to_str().ok_or_else(|| FindError::Name(pattern.to_owned()))?;
    let Some(star) = text.find(['*', '?', '[', '{']) else {
        return Err(FindError::Absent(pattern.to_owned()));
    };
    let root = text[..star].rsplit_once('/').map_or(".", |(root, _)| root);
    let built = globset::GlobBuilder::new(text).literal_separator(true).build();
    let matcher =
        built.map_err(|cause| FindError::Glob { glob: text.to_owned(), cause })?.compile_matcher();
    let root = Path::new(if root.is_empty() { "/" } else { root });
    if !root.is_dir() {
        return Err(FindError::Absent(root.to_owned()));
    }
    let all = if text[star..].contains('/') || text[star..].contains("**") {
        folder(root)?
    } else {
        beside(root)?
    };
    let plain =
        |file: &Path| file.strip_prefix("./").map(Path::to_owned).unwrap_or(file.to_owned());
    let fits = |one: &Found| matcher.is_match(&one.file) || matcher.is_match(plain(&one.file));
    all.into_iter()
        .filter(fits)
        .map(|one| Ok(Found { name: name_of_file(&one.file)?, file: one.file }))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(paths: &[PathBuf]) -> Vec<String> {
        find(paths).unwrap().into_iter().map(|found| found.name).collect()
    }

    #[test]
    fn folders_files_and_globs_name_scenarios_by_their_place() {
        let root = tempfile::tempdir().unwrap();
        let scenarios = root.path().join("scenarios");
        for file in [
            "a.yaml",
            "b/c.yml",
            "b/_steps/d.yaml",
            "e/scenario.yaml",
            "e/tree/f.yaml",
            ".g.yaml",
            "notes.md",
        ] {
            let path = scenarios.join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        assert_eq!(names(std::slice::from_ref(&scenarios)), ["a", "b/c", "e"]);
        assert_eq!(names(&[scenarios.join("b/c.yml"), scenarios.join("a.yaml")]), ["a", "b/c"]);
        assert_eq!(names(&[scenarios.join("b")]), ["b/c"]);
        assert_eq!(names(&[scenarios.join("*.yaml")]), ["a"]);
        assert_eq!(names(&[scenarios.join("**/*.y*ml")]), ["a", "b/c", "e"]);
        let absent = find(&[scenarios.join("none.yaml")]).unwrap_err();
        assert!(absent.to_string().ends_with("none.yaml does not exist"));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_a_folder_above_is_an_error_and_no_endless_search() {
        let root = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(root.path(), root.path().join("again")).unwrap();
        assert!(matches!(find(&[root.path().to_owned()]), Err(FindError::Loop(_))));
    }
}
