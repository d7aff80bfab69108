//! The three-way merge of trees: file by file, and line by line within a file.
//!
//! Pure: trees in, a tree or conflicts out. Start at [`merge_trees`].

use std::collections::BTreeSet;
use std::sync::Arc;

use diffy::{ConflictStyle, MergeOptions};
use tree::{File, Mode, Tree, TreePath};

use crate::Conflict;

/// Merges what `ours` and `theirs` each changed since `base`; labels name the sides in conflicts.
///
/// A file renamed on one side and edited on the other keeps both changes.
///
/// # Errors
/// Every file that both sides changed in ways that do not fit together.
pub fn merge_trees(
    base: &Tree,
    ours: (&str, &Tree),
    theirs: (&str, &Tree),
) -> Result<Tree, Vec<Conflict>> {
    let (mut base, mut our, mut their) = (base.clone(), ours.1.clone(), theirs.1.clone());
    follow_renames(&mut base, &our, &mut their);
    follow_renames(&mut base, &their, &mut our);
    let sides = Sides { labels: (ours.0, theirs.0) };
    let mut merged = Tree::new();
    let mut conflicts = Vec::new();
    let paths: BTreeSet<&TreePath> = [&base, &our, &their]
        .into_iter()
        .flat_map(|tree| tree.iter().map(|(path, _)| path))
        .collect();
    for path in paths {
        match sides.merge(path, [base.get(path), our.get(path), their.get(path)]) {
            Ok(Some(file)) => merged.insert_file(path.clone(), file),
            Ok(None) => {}
            Err(conflict) => conflicts.push(*conflict),
        }
    }
    conflicts.extend(files_that_are_folders(&merged));
    if conflicts.is_empty() { Ok(merged) } else { Err(conflicts) }
}

struct Sides<'a> {
    labels: (&'a str, &'a str),
}

impl Sides<'_> {
    fn merge(
        &self,
        path: &TreePath,
        [base, ours, theirs]: [Option<&File>; 3],
    ) -> Result<Option<File>, Box<Conflict>> {
        if ours == theirs || base == theirs {
            return Ok(ours.cloned());
        }
        if base == ours {
            return Ok(theirs.cloned());
        }
        let (our, their) = self.labels;
        match (ours, theirs) {
            (Some(ours), Some(theirs)) => self.contents(path, base, ours, theirs).map(Some),
            (Some(file), None) => {
                Err(conflict(path, format!("changed in {our}, deleted in {their}"), text(file)))
            }
            (None, theirs) => Err(conflict(
                path,
                format!("deleted in {our}, changed in {their}"),
                theirs.map(text).unwrap_or_default(),
            )),
        }
    }

    fn contents(
        &self,
        path: &TreePath,
        base: Option<&File>,
        ours: &File,
        theirs: &File,
    ) -> Result<File, Box<Conflict>> {
        let (our, their) = self.labels;
        let reason = match base {
            Some(_) => format!("changed in both {our} and {their}"),
            None => format!("added in both {our} and {their}"),
        };
        let mode =
            if base.is_some_and(|base| base.mode == ours.mode) { theirs.mode } else { ours.mode };
        let linked = ours.mode == Mode::Symlink || theirs.mode == Mode::Symlink;
        let empty: Arc<[u8]> = Arc::from([]);
        let base = base.map_or(&empty, |base| &base.contents);
        if ours.contents == theirs.contents || *base == theirs.contents {
            return Ok(File { mode, contents: ours.contents.clone() });
        }
        if *base == ours.contents {
            return Ok(File { mode, contents: theirs.contents.clone() });
        }
        let texts = [base, &ours.contents, &theirs.contents].map(|bytes| plain(bytes));
        let [Some(base), Some(ours), Some(theirs)] = texts else {
            return Err(conflict(path, format!("{reason}, and it is not text"), String::new()));
        };
        if linked {
            return Err(conflict(path, format!("{reason}, and it is a link"), String::new()));
        }
        let merged =
            MergeOptions::new().set_conflict_style(ConflictStyle::Merge).merge(base, ours, theirs);
        match merged {
            Ok(merged) => Ok(File { mode, contents: merged.into_bytes().into() }),
            Err(marked) => Err(conflict(path, reason, self.labelled(&marked))),
        }
    }

    fn labelled(&self, marked: &str) -> String {
        let (our, their) = self.labels;
        let line = |line: &str| match line.trim_end() {
            "<<<<<<< ours" => format!("<<<<<<< {our}\n"),
            ">>>>>>> theirs" => format!(">>>>>>> {their}\n"),
            _ => line.to_owned(),
        };
        marked.split_inclusive('\n').map(line).collect()
    }
}

fn conflict(path: &TreePath, reason: String, text: String) -> Box<Conflict> {
    Box::new(Conflict { path: path.to_string(), reason, text })
}

fn plain(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok().filter(|text| !text.contains('\0'))
}

fn text(file: &File) -> String {
    plain(&file.contents).unwrap_or_default().to_owned()
}

fn files_that_are_folders(tree: &Tree) -> Vec<Conflict> {
    let above = |path: &TreePath| std::iter::successors(path.parent(), TreePath::parent);
    let folders: BTreeSet<TreePath> = tree.iter().flat_map(|(path, _)| above(path)).collect();
    let both = folders.iter().filter(|path| tree.get(path).is_some());
    both.map(|path| {
        *conflict(path, "a file on one side, a folder on the other".into(), String::new())
    })
    .collect()
}

const MOST_PAIRS: usize = 40_000;

// Where `side` renamed a file, base and the other side are renamed alike, so that
// the three texts meet under one name.
fn follow_renames(base: &mut Tree, side: &Tree, other: &mut Tree) {
    for (old, new) in renames(base, side) {
        if base.get(&new).is_some() {
            continue;
        }
        if let Some(file) = base.remove(&old) {
            base.insert_file(new.clone(), file);
        }
        if other.get(&new).is_none()
            && let Some(file) = other.remove(&old)
        {
            other.insert_file(new, file);
        }
    }
}

fn renames(base: &Tree, side: &Tree) -> Vec<(TreePath, TreePath)> {
    let gone: Vec<_> = base.iter().filter(|(path, _)| side.get(path).is_none()).collect();
    let mut new: Vec<_> = side.iter().filter(|(path, _)| base.get(path).is_none()).collect();
    if gone.len() * new.len() > MOST_PAIRS {
        return Vec::new();
    }
    let mut out = Vec::new();
    for (old, file) in gone {
        let score = |other: &File| similarity(file, other);
        let best = new.iter().enumerate().map(|(at, (_, other))| (score(other), at));
        let best = best.max_by_key(|(score, at)| (*score, std::cmp::Reverse(*at)));
        if let Some((score, at)) = best
            && score >= 50
        {
            out.push((old.clone(), new.remove(at).0.clone()));
        }
    }
    out
}

// Share of lines in common, in per cent; git calls a file renamed from 50 on.
fn similarity(one: &File, other: &File) -> usize {
    if one.contents.is_empty() || other.contents.is_empty() || one.mode != other.mode {
        return 0;
    }
    if one.contents == other.contents {
        return 100;
    }
    let lines = |file: &File| {
        let mut lines: Vec<Vec<u8>> =
            file.contents.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
        lines.sort_unstable();
        lines
    };
    let (one_lines, mut other_lines) = (lines(one), lines(other));
    let mut shared = 0;
    for line in one_lines {
        if let Ok(at) = other_lines.binary_search(&line) {
            shared += other_lines.remove(at).len();
        }
    }
    shared * 100 / one.contents.len().max(other.contents.len())
}
