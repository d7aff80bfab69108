//! The first commits of a repository: from folders, bundles, texts.

use std::path::Path;

use environment::git::Words;
use scenario::world::{Branch, Repository};
use tree::Tree;

use crate::content;
use crate::refusal::Refusal;
use crate::world::World;

const FIRST: &str = "Initial commit";

/// Fills a repository with what the scenario declares of it.
pub(super) fn fill(world: &mut World<'_>, name: &str, one: &Repository) -> Result<(), Refusal> {
    let from = one.from.as_ref().map(|from| world.path(from));
    match from {
        Some(path) if content::is_git(&path) && one.at.is_none() => {
            imported(world, name, one, &path)?
        }
        from => made(world, name, one, from.as_deref())?,
    }
    for (tag, what) in one.tags.iter() {
        let at = what.at.as_deref().unwrap_or("main");
        let words = Words { message: what.message.clone(), author: None, ..Words::default() };
        world.place.tag(name, tag, at, &words)?;
    }
    Ok(())
}

/// A repository with a history of its own, which stays.
fn imported(
    world: &mut World<'_>,
    name: &str,
    one: &Repository,
    path: &Path,
) -> Result<(), Refusal> {
    world.place.import(name, path)?;
    for (branch, what) in one.branches.iter() {
        let at = what.at.as_deref().unwrap_or(branch);
        match world.place.head(name, branch) {
            Some(_) => world.place.reset(name, branch, at)?,
            None => world.place.branch(name, branch, at)?,
        }
        over(world, name, branch, what)?;
    }
    if !one.branches.is_empty() {
        let kept = |known: &String| one.branches.iter().any(|(branch, _)| branch == known);
        for branch in world.place.branches(name)?.iter().filter(|known| !kept(known)) {
            world.place.delete_branch(name, branch)?;
        }
    }
    if !one.files.is_empty() || !one.without.is_empty() {
        for branch in world.place.branches(name)? {
            let mut tree = world.place.tree(name, &branch)?;
            content::without(&mut tree, &one.without)?;
            content::lay_over(&mut tree, &one.files, &world.base)?;
            commit(world, name, &branch, &tree, Some("Files of the scenario"))?;
        }
    }
    Ok(())
}

/// A repository whose history begins here.
fn made(
    world: &mut World<'_>,
    name: &str,
    one: &Repository,
    from: Option<&Path>,
) -> Result<(), Refusal> {
    let mut tree = match from {
        None => Tree::new(),
        Some(path) if one.at.is_some() || content::is_git(path) => {
            world.place.read_files(path, one.at.as_deref())?
        }
        Some(path) => content::folder(path)?,
    };
    content::without(&mut tree, &one.without)?;
    content::lay_over(&mut tree, &one.files, &world.base)?;
    let (first, rest) = match one.branches.split_first() {
        None => {
            commit(world, name, "main", &tree, None)?;
            return Ok(());
        }
        Some(split) => split,
    };
    commit(world, name, &first.0, &tree, first.1.message.as_deref())?;
    for (branch, _) in rest {
        world.place.branch(name, branch, &first.0)?;
    }
    for (branch, what) in one.branches.iter() {
        over(world, name, branch, what)?;
    }
    Ok(())
}

/// What a branch has beyond the content that all share.
fn over(world: &mut World<'_>, name: &str, branch: &str, what: &Branch) -> Result<(), Refusal> {
    let mut tree = world.place.tree(name, branch)?;
    if let Some(from) = &what.from {
        let path = world.path(from);
        tree = match content::is_git(&path) {
            true => world.place.read_files(&path, what.at.as_deref())?,
            false => content::folder(&path)?,
        };
    }
    content::lay_over(&mut tree, &what.files, &world.base)?;
    if tree != world.place.tree(name, branch)? {
        commit(world, name, branch, &tree, what.message.as_deref().or(Some(branch)))?;
    }
    for next in &what.commits {
        over(world, name, branch, next)?;
    }
    Ok(())
}

fn commit(
    world: &mut World<'_>,
    name: &str,
    branch: &str,
    tree: &Tree,
    message: Option<&str>,
) -> Result<(), Refusal> {
    let words = Words {
        message: Some(message.unwrap_or(FIRST).to_owned()),
        author: None,
        ..Words::default()
    };
    world.place.push(name, branch, tree, &words)?;
    Ok(())
}
