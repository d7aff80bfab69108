//! Judging through `assertion`: the world is shown as it wants to see it.
//!
//! One rule: nothing is judged here. Start at [`judge`].

use std::collections::BTreeMap;

use assertion::{CommitView, Git, Judgement, Landing, Override};
use scenario::expect::Expectation;
use scenario::terms::{BranchName, Revision};

use crate::story::Story;
use crate::world::World;

/// Judges an expectation at this moment.
pub(crate) fn judge(story: &mut Story<'_>, wanted: &Expectation) -> Judgement {
    show(story);
    assertion::judge(wanted, &story.observation, &Repositories(&story.world))
}

/// The same without what only a report needs, for those who may wait on.
pub(crate) fn glance(story: &mut Story<'_>, wanted: &Expectation) -> Judgement {
    show(story);
    assertion::glance(wanted, &story.observation, &Repositories(&story.world))
}

fn show(story: &mut Story<'_>) {
    for cluster in story.world.place.clusters() {
        let shown = story.world.shown(cluster.name());
        let Some(view) = story.observation.clusters.get_mut(shown) else { continue };
        view.notes = cluster.notes().into_iter().map(|note| (note.object, note.why)).collect();
        let overrides = cluster.image_overrides().into_iter();
        view.overrides =
            overrides.map(|one| Override { variable: one.origin, image: one.image }).collect();
        let landed = cluster.images_landed().into_iter();
        view.landings = landed
            .map(|one| Landing {
                variable: one.origin,
                object: one.object,
                container: one.container,
                image: one.after,
            })
            .collect();
    }
}

/// The repositories of a world, as expectations ask of them.
pub(crate) struct Repositories<'a, 'w>(pub(crate) &'a World<'w>);

impl Git for Repositories<'_, '_> {
    fn repository_of(&self, url: &str) -> Option<String> {
        self.0.place.repository_behind(url)
    }

    fn resolve(&self, revision: &str) -> Option<(String, String)> {
        self.0.revision(&Revision(revision.to_owned())).ok()
    }

    fn head(&self, repository: &str, reference: &str) -> Option<String> {
        let branch = self.0.place.head(repository, reference);
        branch.or_else(|| self.0.place.resolve(repository, reference).ok())
    }

    fn commit(&self, repository: &str, id: &str) -> Option<CommitView> {
        let commit = self.0.place.commit(repository, id).ok()?;
        Some(CommitView { parents: commit.parents, message: commit.message, author: commit.author })
    }

    fn files(&self, repository: &str, id: &str) -> BTreeMap<String, Vec<u8>> {
        let tree = self.0.place.tree(repository, id).unwrap_or_default();
        tree.iter().map(|(path, file)| (path.to_string(), file.contents.to_vec())).collect()
    }

    fn branch(&self, name: &BranchName) -> (String, String) {
        let found = self.0.branch(Some(name));
        found.unwrap_or_else(|_| (String::new(), name.to_string()))
    }
}
