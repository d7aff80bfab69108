//! A push: edits, files, patches and removals that become one commit.
//!
//! One rule: an edit that changes nothing is an error, unless the step allows it.
//! Start at [`push`].

use environment::git::Words;
use scenario::step::{Edit, Push};
use scenario::terms::ObjectPattern;
use tree::Tree;

use super::{Done, diff, edit};
use crate::content;
use crate::refusal::Refusal;
use crate::world::{Made, World};

pub(super) fn push(world: &mut World<'_>, push: &Push, allow_empty: bool) -> Result<Done, Refusal> {
    let (repository, branch) = world.branch(push.branch.as_ref())?;
    let (commit, changed) = push_to(world, push, (&repository, &branch), allow_empty)?;
    Ok(Done::Acted { changed, commit: Some(Made { repository, branch, commit }) })
}

fn push_to(
    world: &mut World<'_>,
    push: &Push,
    (repository, branch): (&str, &str),
    allow_empty: bool,
) -> Result<(String, bool), Refusal> {
    let before = match world.place.head(repository, branch) {
        Some(_) => world.place.tree(repository, branch)?,
        None => Tree::new(),
    };
    let tree = change(world, push, before.clone(), allow_empty)?;
    if tree == before && !allow_empty {
        return Ok((world.place.head(repository, branch).unwrap_or_default(), false));
    }
    let message = push.message.clone().unwrap_or_else(|| message_of(push));
    let words = Words { message: Some(message), author: push.author.clone(), ..Words::default() };
    let commit = match push.amend {
        true => world.place.amend(repository, branch, &tree, &words)?,
        false => world.place.push(repository, branch, &tree, &words)?,
    };
    Ok((commit, true))
}

/// What a commit without a message of its own says.
fn message_of(push: &Push) -> String {
    let edited = push.edit.iter().map(|edit| edit.file.as_str());
    let written = push.files.iter().map(|(path, _)| path.as_str());
    let removed = push.remove.iter().map(String::as_str);
    let all: Vec<&str> = edited.chain(written).chain(removed).collect();
    if all.is_empty() { "Change files".to_owned() } else { format!("Change {}", all.join(", ")) }
}

/// The tree after the parts of a push, in their order.
fn change(
    world: &World<'_>,
    push: &Push,
    mut tree: Tree,
    allow_empty: bool,
) -> Result<Tree, Refusal> {
    if let Some(from) = &push.tree {
        tree = content::folder(&world.path(from))?;
    }
    if !push.remove.is_empty() && !content::without(&mut tree, &push.remove)? && !allow_empty {
        return Err(Refusal::new(format!("remove {} matches no file", push.remove.join(", "))));
    }
    content::lay_over(&mut tree, &push.files, &world.base)?;
    for one in push.edit.iter() {
        edit_tree(&mut tree, one, allow_empty)?;
    }
    if let Some(text) = &push.patch {
        diff::apply(&mut tree, text)?;
    }
    Ok(tree)
}

fn edit_tree(tree: &mut Tree, wanted: &Edit, allow_empty: bool) -> Result<(), Refusal> {
    let files = content::matching(tree, std::slice::from_ref(&wanted.file))?;
    if files.is_empty() && !allow_empty {
        return Err(Refusal::new(format!("edit: {} matches no file", wanted.file)));
    }
    let mut changed = false;
    for path in files {
        let Some(file) = tree.get(&path).cloned() else { continue };
        let text = std::str::from_utf8(&file.contents)
            .map_err(|_| Refusal::new(format!("edit: {path} is no text")))?;
        let after = edit::apply(text, wanted)
            .map_err(|problem| Refusal::new(format!("edit {path}: {problem}")))?;
        if after != text {
            changed = true;
            let contents = after.into_bytes().into();
            tree.insert_file(path, tree::File { contents, ..file });
        }
    }
    if changed || allow_empty {
        return Ok(());
    }
    Err(Refusal::new(format!("edit of {} changes nothing", wanted.file)))
}

/// Does work on every branch of every repository where it finds something to change; at least on one.
fn everywhere(
    world: &mut World<'_>,
    what: &str,
    work: impl Fn(&World<'_>, Tree) -> Result<Tree, Refusal>,
) -> Result<(), Refusal> {
    let mut last = Refusal::new(format!("the counterproof's {what} changes nothing"));
    let mut done = false;
    for repository in world.repositories.clone() {
        for branch in world.place.branches(&repository)? {
            let before = world.place.tree(&repository, &branch)?;
            match work(world, before.clone()) {
                Ok(tree) if tree != before => {
                    let message = Some(format!("Counterproof: {what}"));
                    let words = Words { message, author: None, ..Words::default() };
                    world.place.push(&repository, &branch, &tree, &words)?;
                    done = true;
                }
                Ok(_) => {}
                Err(refusal) => last = refusal,
            }
        }
    }
    if done { Ok(()) } else { Err(last) }
}

/// Edits files on every branch that has them.
pub(crate) fn edit_everywhere(world: &mut World<'_>, edits: &[Edit]) -> Result<(), Refusal> {
    everywhere(world, "edit", |_, mut tree| {
        edits.iter().try_for_each(|one| edit_tree(&mut tree, one, false))?;
        Ok(tree)
    })
}

/// A whole commit before anything happens; on every branch where it names none.
pub(crate) fn push_everywhere(world: &mut World<'_>, push: &Push) -> Result<(), Refusal> {
    if push.branch.is_some() {
        let (repository, branch) = world.branch(push.branch.as_ref())?;
        return push_to(world, push, (&repository, &branch), false).map(|_| ());
    }
    everywhere(world, "push", |world, tree| change(world, push, tree, false))
}

/// Leaves objects out of the manifests of every branch.
pub(crate) fn drop_everywhere(
    world: &mut World<'_>,
    patterns: &[ObjectPattern],
) -> Result<(), Refusal> {
    let namespace = world.default_namespace();
    everywhere(world, "drop", |_, mut tree| {
        let manifests = tree.iter().map(|(path, file)| (path.clone(), file.clone()));
        let manifests: Vec<_> = manifests
            .filter(|(path, _)| path.as_str().ends_with(".yaml") || path.as_str().ends_with(".yml"))
            .collect();
        for (path, file) in manifests {
            let Ok(text) = std::str::from_utf8(&file.contents) else { continue };
            let left = edit::without(text, patterns, &namespace);
            if left != text {
                let contents = left.into_bytes().into();
                tree.insert_file(path, tree::File { contents, ..file });
            }
        }
        Ok(tree)
    })
}
