//! Many cases: found, filtered, played, compared and written.

use std::path::{Path, PathBuf};

use globset::Glob;

use crate::ConformError;
use crate::case::Case;
use crate::marks::{Marks, compare};
use crate::play::Play;
use crate::record::Recorded;

/// What to play.
#[derive(Debug, Clone)]
pub struct Request {
    /// The folder with `AREA/NAME/case.yaml`.
    pub cases: PathBuf,
    /// Only cases whose `AREA/NAME` fits this glob.
    pub only: Option<String>,
    /// Where to write what happened; nothing is written without it.
    pub out: Option<PathBuf>,
}

/// What came of one case.
#[derive(Debug)]
pub struct CaseResult {
    /// `AREA/NAME`
    pub name: String,
    /// Its marks, or why it could not be played to its end.
    pub marks: Marks,
    /// Why it could not be played to its end.
    pub error: Option<String>,
}

/// Plays every case that was asked for, in the order of their names.
///
/// # Errors
/// If there are no cases, or something cannot be read or written.
pub fn play_all(request: &Request) -> Result<Vec<CaseResult>, ConformError> {
    let names = find(request)?;
    let half = names.len().div_ceil(2);
    std::thread::scope(|scope| {
        let work = |names: &[String]| {
            names.iter().map(|name| play_one(request, name)).collect::<Result<Vec<_>, _>>()
        };
        let (first, second) = names.split_at(half);
        let other = scope.spawn(move || work(second));
        let mut results = work(first)?;
        let rest = other.join().map_err(|_| ConformError::Place("a case broke off".to_owned()))?;
        results.extend(rest?);
        Ok(results)
    })
}

fn find(request: &Request) -> Result<Vec<String>, ConformError> {
    let glob = request.only.as_deref().unwrap_or("*/*");
    let matcher =
        Glob::new(glob).map_err(|_| ConformError::Glob(glob.to_owned()))?.compile_matcher();
    let mut names = Vec::new();
    for area in folders(&request.cases)? {
        for case in folders(&request.cases.join(&area))? {
            let name = format!("{area}/{case}");
            let is_case = request.cases.join(&name).join("case.yaml").exists();
            if is_case && matcher.is_match(&name) {
                names.push(name);
            }
        }
    }
    if names.is_empty() {
        return Err(ConformError::Nothing(request.cases.clone()));
    }
    Ok(names)
}

fn folders(path: &Path) -> Result<Vec<String>, ConformError> {
    let io = |cause| ConformError::File { path: path.to_owned(), cause };
    let mut names = Vec::new();
    for entry in std::fs::read_dir(path).map_err(io)? {
        let entry = entry.map_err(io)?;
        if entry.file_type().map_err(io)?.is_dir() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

fn play_one(request: &Request, name: &str) -> Result<CaseResult, ConformError> {
    let folder = request.cases.join(name);
    let case = Case::read(&folder, name.to_owned())?;
    let (recorded, error) = match played(&case) {
        Ok((recorded, None)) => (recorded, None),
        Ok((recorded, Some(problem))) => (recorded, Some(problem.to_string())),
        Err(problem) => (Recorded::new(), Some(problem.to_string())),
    };
    if let Some(out) = &request.out {
        write(&out.join(name), &recorded)?;
    }
    let marks = compare(&folder.join("expected"), &recorded)?;
    Ok(CaseResult { name: case.name, marks, error })
}

/// What happened until the end, or until a step could not be carried out.
fn played(case: &Case) -> Result<(Recorded, Option<ConformError>), ConformError> {
    let mut play = Play::open(case)?;
    let problem = play.run().err();
    Ok((play.recorded()?, problem))
}

fn write(folder: &Path, files: &Recorded) -> Result<(), ConformError> {
    let io = |cause| ConformError::File { path: folder.to_owned(), cause };
    std::fs::create_dir_all(folder).map_err(io)?;
    for (name, value) in files {
        std::fs::write(folder.join(name), objects::to_yaml(value)).map_err(io)?;
    }
    Ok(())
}
