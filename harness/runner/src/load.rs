//! From files to scenarios, every mistake of every file at once.
//!
//! One rule: nothing is done before all files are read. Start at [`load`].

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use scenario::{Diagnostic, Scenario};

use crate::Found;
use crate::outside::missing;

/// Longest scenario file that is read, in bytes.
const MOST_BYTES: u64 = 8 << 20;

/// A scenario file that was read.
#[derive(Debug, Clone)]
pub(crate) struct Loaded {
    pub(crate) name: String,
    pub(crate) file: PathBuf,
    /// One for each row of the matrix.
    pub(crate) scenarios: Vec<Arc<Scenario>>,
}

/// A mistake that stops a run before anything is done.
#[derive(Debug, Clone)]
pub enum Mistake {
    /// At a place in a scenario file.
    At(Diagnostic),
    /// Of a file as a whole, or of what it names.
    Of {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        problem: String,
    },
}

impl Mistake {
    pub(crate) fn of(file: &Path, problem: impl Into<String>) -> Self {
        Self::Of { file: file.to_owned(), problem: problem.into() }
    }

    /// Plain text for people, without a line break at the end.
    #[must_use]
    pub fn render(&self) -> String {
        match self {
            Self::At(diagnostic) => diagnostic.render(),
            Self::Of { file, problem } => format!("error: {problem}\n --> {}", file.display()),
        }
    }
}

/// Reads and parses every file.
pub(crate) fn load(found: &[Found]) -> Result<Vec<Loaded>, Vec<Mistake>> {
    let mut loaded = Vec::new();
    let mut mistakes = Vec::new();
    for one in found {
        match load_one(one) {
            Ok(one) => loaded.push(one),
            Err(more) => mistakes.extend(more),
        }
    }
    if mistakes.is_empty() { Ok(loaded) } else { Err(mistakes) }
}

fn load_one(found: &Found) -> Result<Loaded, Vec<Mistake>> {
    let scenarios = load_with(&found.file, &BTreeMap::new())?;
    if let Some(first) = scenarios.first() {
        let missing = missing(&found.file, first);
        if !missing.is_empty() {
            return Err(missing);
        }
    }
    Ok(Loaded { name: found.name.clone(), file: found.file.clone(), scenarios })
}

/// The scenarios of a file, one for each row of its matrix, with other texts for bindings.
pub(crate) fn load_with(
    file: &Path,
    with: &BTreeMap<String, String>,
) -> Result<Vec<Arc<Scenario>>, Vec<Mistake>> {
    let shown = file.to_str();
    let shown = shown.ok_or_else(|| vec![Mistake::of(file, "the file's name is not UTF-8")])?;
    let read = |path: &str| read_text(Path::new(path));
    let loaded = scenario::load(shown, &read, with);
    let loaded = loaded.map_err(|all| all.into_iter().map(Mistake::At).collect::<Vec<_>>())?;
    Ok(loaded.into_iter().map(Arc::new).collect())
}

/// The text of a file that is not too large.
pub(crate) fn read_text(file: &Path) -> Result<String, String> {
    let length = std::fs::metadata(file).map_err(|cause| format!("read: {cause}"))?.len();
    if length > MOST_BYTES {
        return Err(format!("the file has {length} bytes, more than {MOST_BYTES}"));
    }
    let bytes = std::fs::read(file).map_err(|cause| format!("read: {cause}"))?;
    String::from_utf8(bytes).map_err(|cause| {
        format!("the file is not UTF-8: byte {} cannot be read", cause.utf8_error().valid_up_to())
    })
}
