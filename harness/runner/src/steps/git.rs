//! Merges, reverts, moves of branches and tags.

use environment::git::{MergeMode, Words};
use scenario::step::{self, BranchStep, CherryPick, Merge, Rebase, Reset, Revert, TagStep};
use scenario::terms::Revision;

use super::Done;
use crate::refusal::Refusal;
use crate::world::{Made, World};

fn made(repository: String, branch: String, commit: String, changed: bool) -> Done {
    Done::Acted { changed, commit: Some(Made { repository, branch, commit }) }
}

/// Both ends must lie in one repository.
fn same_repository(one: &str, other: &str) -> Result<(), Refusal> {
    if one == other {
        return Ok(());
    }
    Err(Refusal::new(format!("{one} and {other} are different repositories")))
}

/// A branch or tag as git shows it in messages, where the revision is one; else the commit.
fn shown(world: &World<'_>, revision: &Revision, repository: &str, commit: &str) -> String {
    let text = revision.0.as_str();
    let name = text.strip_prefix(&format!("{repository}/")).unwrap_or(text);
    let same = world.place.resolve(repository, name).is_ok_and(|found| found == commit);
    if same { name.to_owned() } else { commit.to_owned() }
}

pub(super) fn merge(world: &mut World<'_>, merge: &Merge) -> Result<Done, Refusal> {
    let (repository, into) = world.branch(Some(&merge.into))?;
    let (from_repository, commit) = world.revision(&merge.from)?;
    same_repository(&from_repository, &repository)?;
    let from = shown(world, &merge.from, &repository, &commit);
    let mode = match merge.mode {
        step::MergeMode::NoFastForward => MergeMode::NoFastForward,
        step::MergeMode::FastForward => MergeMode::FastForward,
        step::MergeMode::FastForwardOnly => MergeMode::FastForwardOnly,
        step::MergeMode::Squash => MergeMode::Squash,
    };
    let words =
        Words { message: merge.message.clone(), author: merge.author.clone(), ..Words::default() };
    let (commit, moved) = world.place.merge(&repository, (&from, &into), mode, &words)?;
    Ok(made(repository, into, commit, moved))
}

pub(super) fn revert(world: &mut World<'_>, revert: &Revert) -> Result<Done, Refusal> {
    let (repository, commit) = world.revision(&revert.commit)?;
    let branch = match &revert.branch {
        Some(name) => {
            let (named, branch) = world.branch(Some(name))?;
            same_repository(&named, &repository)?;
            branch
        }
        None => branch_of(world, &revert.commit),
    };
    let words = Words { message: revert.message.clone(), author: None, ..Words::default() };
    let mainline = revert.mainline.and_then(|number| usize::try_from(number).ok());
    let commit = world.place.revert(&repository, (&branch, &commit), mainline, &words)?;
    Ok(made(repository, branch, commit, true))
}

/// The branch that a step's commit was made on.
fn branch_of(world: &World<'_>, revision: &Revision) -> String {
    let made = world.commits.get(&revision.0);
    made.map_or_else(|| "main".to_owned(), |made| made.branch.clone())
}

pub(super) fn cherry_pick(world: &mut World<'_>, pick: &CherryPick) -> Result<Done, Refusal> {
    let (repository, commit) = world.revision(&pick.commit)?;
    let (into_repository, into) = world.branch(Some(&pick.into))?;
    same_repository(&repository, &into_repository)?;
    let words = Words { message: pick.message.clone(), author: None, ..Words::default() };
    let commit = world.place.cherry_pick(&repository, &into, &commit, &words)?;
    Ok(made(repository, into, commit, true))
}

pub(super) fn rebase(world: &mut World<'_>, rebase: &Rebase) -> Result<Done, Refusal> {
    let (repository, branch) = world.branch(Some(&rebase.branch))?;
    let (onto_repository, onto) = world.revision(&rebase.onto)?;
    same_repository(&repository, &onto_repository)?;
    let before = world.place.head(&repository, &branch);
    let commit = world.place.rebase(&repository, &branch, &onto, rebase.rebase_merges)?;
    let changed = before.as_deref() != Some(commit.as_str());
    Ok(made(repository, branch, commit, changed))
}

pub(super) fn reset(world: &mut World<'_>, reset: &Reset) -> Result<Done, Refusal> {
    let (repository, branch) = world.branch(Some(&reset.branch))?;
    let (to_repository, to) = world.revision(&reset.to)?;
    same_repository(&repository, &to_repository)?;
    let changed = world.place.head(&repository, &branch).as_deref() != Some(to.as_str());
    world.place.reset(&repository, &branch, &to)?;
    Ok(made(repository, branch, to, changed))
}

/// The commit a step points something at; branch `main` without one.
fn target(world: &World<'_>, at: Option<&Revision>, repository: &str) -> Result<String, Refusal> {
    match at {
        None => Ok(world.place.resolve(repository, "main")?),
        Some(at) => {
            let (found, commit) = world.revision(at)?;
            same_repository(&found, repository)?;
            Ok(commit)
        }
    }
}

pub(super) fn tag(world: &mut World<'_>, tag: &TagStep) -> Result<Done, Refusal> {
    let (repository, name) = world.branch(Some(&tag.name))?;
    let full = format!("refs/tags/{name}");
    let before = world.place.resolve(&repository, &full).ok();
    if tag.delete {
        world.place.delete_tag(&repository, &name)?;
        return Ok(Done::acted());
    }
    let at = target(world, tag.at.as_ref(), &repository)?;
    if before.is_some() && !tag.force {
        let help = "say `force: true` to move it";
        return Err(Refusal::new(format!("tag {name} exists already: {help}")));
    }
    let words = Words { message: tag.message.clone(), author: None, ..Words::default() };
    world.place.tag(&repository, &name, &at, &words)?;
    Ok(made(repository, name, at.clone(), before.as_deref() != Some(at.as_str())))
}

pub(super) fn branch(world: &mut World<'_>, branch: &BranchStep) -> Result<Done, Refusal> {
    let (repository, name) = world.branch(Some(&branch.name))?;
    if branch.delete {
        world.place.delete_branch(&repository, &name)?;
        return Ok(Done::acted());
    }
    let at = target(world, branch.at.as_ref(), &repository)?;
    world.place.branch(&repository, &name, &at)?;
    Ok(made(repository, name, at, true))
}
