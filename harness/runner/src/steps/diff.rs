//! Unified diffs, as `git diff` and `diff -u` write them.
//!
//! One rule: what a hunk takes out or leaves must stand there; it may have moved.
//! Start at [`apply`].

use tree::{File, Mode, Tree, TreePath};

use crate::content::inside;
use crate::refusal::Refusal;

struct Hunk<'a> {
    start: usize,
    old: Vec<&'a str>,
    new: Vec<&'a str>,
}

/// Applies every file of a diff to a tree.
pub(super) fn apply(tree: &mut Tree, text: &str) -> Result<(), Refusal> {
    let mut lines = text.lines().peekable();
    let mut any = false;
    while let Some(line) = lines.next() {
        let Some(old) = line.strip_prefix("--- ") else { continue };
        let Some(new) = lines.next().and_then(|line| line.strip_prefix("+++ ")) else {
            return Err(Refusal::new("patch: a line `--- ` without a line `+++ ` behind it"));
        };
        let mut hunks = Vec::new();
        while let Some(header) = lines.next_if(|line| line.starts_with("@@ ")) {
            let start = start_of(header)
                .ok_or_else(|| Refusal::new(format!("patch: {header:?} is no head of a hunk")))?;
            let mut hunk = Hunk { start, old: Vec::new(), new: Vec::new() };
            while let Some(line) = lines.next_if(|line| is_body(line)) {
                let (sign, rest) = line.split_at(usize::from(!line.is_empty()));
                if sign != "+" {
                    hunk.old.push(rest);
                }
                if sign != "-" {
                    hunk.new.push(rest);
                }
            }
            hunks.push(hunk);
        }
        one_file(tree, path_of(old)?, path_of(new)?, &hunks)?;
        any = true;
    }
    if any { Ok(()) } else { Err(Refusal::new("patch: it changes no file")) }
}

fn is_body(line: &str) -> bool {
    (line.is_empty() || line.starts_with([' ', '+', '-'])) && !line.starts_with("--- ")
}

/// The first line of the old side, from `@@ -12,3 +12,4 @@`.
fn start_of(header: &str) -> Option<usize> {
    let old = header.strip_prefix("@@ -")?.split([',', ' ']).next()?;
    old.parse().ok()
}

/// The path without `a/` or `b/`; `None` for `/dev/null`.
fn path_of(text: &str) -> Result<Option<TreePath>, Refusal> {
    let text = text.split('\t').next().unwrap_or_default().trim_end();
    if text == "/dev/null" {
        return Ok(None);
    }
    let text = text.strip_prefix("a/").or_else(|| text.strip_prefix("b/")).unwrap_or(text);
    inside(text).map(Some)
}

fn one_file(
    tree: &mut Tree,
    old: Option<TreePath>,
    new: Option<TreePath>,
    hunks: &[Hunk<'_>],
) -> Result<(), Refusal> {
    let shown = old.as_ref().or(new.as_ref()).map(ToString::to_string).unwrap_or_default();
    let file = match &old {
        None => File { mode: Mode::File, contents: Vec::new().into() },
        Some(path) => tree
            .get(path)
            .cloned()
            .ok_or_else(|| Refusal::new(format!("patch: there is no file {path}")))?,
    };
    let text = std::str::from_utf8(&file.contents)
        .map_err(|_| Refusal::new(format!("patch: {shown} is no text")))?;
    let mut lines: Vec<&str> = text.lines().collect();
    let mut shift = 0_isize;
    for hunk in hunks {
        let wanted = hunk.start.saturating_sub(1).saturating_add_signed(shift);
        let at = find(&lines, &hunk.old, wanted).ok_or_else(|| {
            Refusal::new(format!("patch: the hunk of {shown} at line {} does not fit", hunk.start))
        })?;
        lines.splice(at..at + hunk.old.len(), hunk.new.iter().copied());
        shift += hunk.new.len().cast_signed() - hunk.old.len().cast_signed();
    }
    let mut after = lines.join("\n");
    if !after.is_empty() {
        after.push('\n');
    }
    if let Some(path) = old {
        tree.remove(&path);
    }
    if let Some(path) = new {
        tree.insert_file(path, File { contents: after.into_bytes().into(), ..file });
    }
    Ok(())
}

/// Where lines stand: where they are expected, else the nearest place.
fn find(lines: &[&str], wanted: &[&str], expected: usize) -> Option<usize> {
    let fits = |at: &usize| lines[*at..].starts_with(wanted);
    let all = 0..=lines.len().checked_sub(wanted.len())?;
    all.filter(fits).min_by_key(|at| at.abs_diff(expected))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diff_changes_makes_and_removes_files() {
        let mut tree = Tree::new();
        tree.insert(inside("a").unwrap(), *b"0\n1\n2\n3\n");
        tree.insert(inside("gone").unwrap(), *b"x\n");
        let diff = "--- a/a\n+++ b/a\n@@ -1,3 +1,3 @@\n 1\n-2\n+two\n 3\n--- /dev/null\n+++ b/new\n@@ -0,0 +1 @@\n+n\n--- a/gone\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n";
        apply(&mut tree, diff).unwrap();
        let text = |path: &str| tree.text(&inside(path).unwrap()).map(str::to_owned);
        assert_eq!(text("a").as_deref(), Some("0\n1\ntwo\n3\n"));
        assert_eq!((text("new").as_deref(), text("gone")), (Some("n\n"), None));
        assert!(apply(&mut tree, diff).is_err());
    }
}
