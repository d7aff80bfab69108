//! What people do to branches, told as small stories over one helper.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::path::Path;
use std::time::Duration;

use clock::Moment;
use gitserver::{
    Error, FastForward, Merge, Merged, Note, Rebase, Repository, Signature, Workspace,
};
use tree::{Tree, TreePath};

struct Story {
    repository: Repository,
    minute: u64,
    _folder: tempfile::TempDir,
}

impl Story {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let repository = Repository::create(folder.path()).unwrap();
        Self { repository, minute: 0, _folder: folder }
    }

    fn by(&mut self) -> Signature {
        self.minute += 1;
        let when = Moment::START + Duration::from_secs(60 * self.minute);
        Signature::new("Ada", "ada@example.com", when)
    }

    /// Commits files on top of what the branch holds; an empty text removes.
    fn push(&mut self, branch: &str, files: &[(&str, &str)]) -> gitserver::CommitId {
        let mut tree = self.repository.tree(branch).unwrap_or_default();
        for (path, text) in files {
            let path = TreePath::new(path).unwrap();
            if text.is_empty() {
                tree.remove(&path);
            } else {
                tree.insert(path, text.as_bytes());
            }
        }
        let by = self.by();
        self.repository.commit(branch, &tree, &Note::new(&format!("{files:?}"), &by)).unwrap()
    }

    fn branch(&mut self, name: &str, at: &str) {
        let at = self.repository.resolve(at).unwrap();
        self.repository.create_branch(name, at).unwrap();
    }

    fn merge(
        &mut self,
        from: &str,
        into: &str,
        fast_forward: FastForward,
    ) -> Result<Merged, Error> {
        let by = self.by();
        self.repository.merge(&Merge { from, into, fast_forward, message: None, by: &by })
    }

    fn rebase(
        &mut self,
        branch: &str,
        onto: &str,
        merges: bool,
    ) -> Result<gitserver::CommitId, Error> {
        let by = self.by();
        self.repository.rebase(&Rebase { branch, onto, merges, by: &by })
    }

    fn file(&self, rev: &str, path: &str) -> Option<String> {
        let tree = self.repository.tree(rev).unwrap();
        tree.text(&TreePath::new(path).unwrap()).map(str::to_owned)
    }
}

const LINES: &str = "a\nb\nc\nd\ne\nf\ng\nh\n";

#[test]
fn a_promotion_leaves_a_merge_commit_even_where_a_fast_forward_was_possible() {
    let mut story = Story::new();
    story.push("main", &[("x", "1")]);
    story.branch("dev", "main");
    let head = story.push("main", &[("x", "2")]);
    let Merged::Commit(id) = story.merge("main", "dev", FastForward::Never).unwrap() else {
        panic!("no merge commit");
    };
    let commit = story.repository.read(id).unwrap();
    assert_eq!(commit.parents.len(), 2);
    assert_eq!(commit.subject(), "Merge branch 'main' into dev");
    assert_eq!(story.file("dev", "x").unwrap(), "2");
    assert_eq!(story.merge("main", "dev", FastForward::Never).unwrap(), Merged::UpToDate);
    let moved = story.merge("dev", "main", FastForward::Only).unwrap();
    assert_eq!(moved, Merged::FastForward(id));
    assert!(story.repository.is_ancestor(head, id).unwrap());
}

#[test]
fn a_fast_forward_of_parted_branches_is_refused() {
    let mut story = Story::new();
    story.push("main", &[("x", "1")]);
    story.branch("dev", "main");
    story.push("main", &[("x", "2")]);
    story.push("dev", &[("y", "2")]);
    let error = story.merge("main", "dev", FastForward::Only).unwrap_err();
    assert_eq!(
        error.to_string(),
        "dev cannot be fast-forwarded to main: it has commits of its own"
    );
}

#[test]
fn changes_to_different_lines_of_one_file_merge() {
    let mut story = Story::new();
    story.push("main", &[("f", LINES)]);
    story.branch("dev", "main");
    story.push("main", &[("f", &LINES.replace('a', "A"))]);
    story.push("dev", &[("f", &LINES.replace('h', "H"))]);
    story.merge("main", "dev", FastForward::Never).unwrap();
    assert_eq!(story.file("dev", "f").unwrap(), LINES.replace('a', "A").replace('h', "H"));
}

#[test]
fn a_conflict_names_the_file_and_shows_both_texts_and_moves_nothing() {
    let mut story = Story::new();
    story.push("main", &[("app/f", "image: 1\n"), ("gone", "x\n")]);
    story.branch("dev", "main");
    story.push("main", &[("app/f", "image: 2\n"), ("gone", "")]);
    let before = story.push("dev", &[("app/f", "image: 3\n"), ("gone", "y\n")]);
    let error = story.merge("main", "dev", FastForward::Never).unwrap_err();
    assert_eq!(
        error.to_string(),
        "merge main into dev: 2 conflicts\napp/f: changed in both dev and main\n  | <<<<<<< dev\n  \
         | image: 3\n  | =======\n  | image: 2\n  | >>>>>>> main\n\
         gone: changed in dev, deleted in main\n  | y"
    );
    assert_eq!(story.repository.head("dev"), Some(before));
}

#[test]
fn a_file_renamed_here_and_edited_there_keeps_both_changes() {
    let mut story = Story::new();
    story.push("main", &[("old", LINES)]);
    story.branch("dev", "main");
    story.push("main", &[("old", ""), ("new", LINES)]);
    story.push("dev", &[("old", &LINES.replace('c', "C"))]);
    story.merge("main", "dev", FastForward::Never).unwrap();
    assert_eq!(story.file("dev", "new").unwrap(), LINES.replace('c', "C"));
    assert_eq!(story.file("dev", "old"), None);
}

#[test]
fn a_revert_undoes_one_commit_and_keeps_what_came_later() {
    let mut story = Story::new();
    story.push("main", &[("x", "1"), ("y", "1")]);
    let fault = story.push("main", &[("x", "2")]);
    story.push("main", &[("y", "2")]);
    let by = story.by();
    let id = story.repository.revert("main", fault, None, &by).unwrap();
    assert_eq!(
        (story.file("main", "x").unwrap(), story.file("main", "y").unwrap()),
        ("1".into(), "2".into())
    );
    let message = story.repository.read(id).unwrap().note.message;
    assert!(message.ends_with(&format!("\n\nThis reverts commit {fault}.\n")), "{message}");
    let again = story.repository.revert("main", fault, None, &by).unwrap_err();
    assert!(again.to_string().ends_with("changes nothing"), "{again}");
}

#[test]
fn a_promotion_is_taken_back_by_reverting_its_merge() {
    let mut story = Story::new();
    story.push("main", &[("x", "1")]);
    story.branch("dev", "main");
    story.push("main", &[("x", "2")]);
    let Merged::Commit(merge) = story.merge("main", "dev", FastForward::Never).unwrap() else {
        panic!("no merge commit");
    };
    let by = story.by();
    let main_side = story.repository.revert_merge("dev", merge, 2, None, &by).unwrap_err();
    assert!(main_side.to_string().ends_with("changes nothing"), "{main_side}");
    story.repository.revert("dev", merge, None, &by).unwrap();
    assert_eq!(story.file("dev", "x").unwrap(), "1");
    let none = story.repository.revert_merge("dev", merge, 3, None, &by).unwrap_err();
    assert_eq!(none.to_string(), format!("commit {merge} has no parent 3"));
}

#[test]
fn a_squash_brings_the_change_in_one_ordinary_commit() {
    let mut story = Story::new();
    story.push("main", &[("x", "1")]);
    story.branch("dev", "main");
    story.push("dev", &[("x", "2")]);
    story.push("dev", &[("y", "2")]);
    let Merged::Commit(id) = story.merge("dev", "main", FastForward::Squash).unwrap() else {
        panic!("no commit");
    };
    assert_eq!(story.repository.read(id).unwrap().parents.len(), 1);
    assert_eq!(story.repository.tree("main").unwrap(), story.repository.tree("dev").unwrap());
}

#[test]
fn a_hotfix_on_prod_is_picked_to_main_and_the_next_promotion_does_not_conflict() {
    let mut story = Story::new();
    story.push("main", &[("f", LINES)]);
    story.branch("prod", "main");
    story.push("main", &[("g", "1")]);
    let hotfix = story.push("prod", &[("f", &LINES.replace('d', "D"))]);
    let by = story.by();
    story.repository.cherry_pick("main", hotfix, &by).unwrap();
    story.merge("main", "prod", FastForward::Never).unwrap();
    assert_eq!(story.repository.tree("main").unwrap(), story.repository.tree("prod").unwrap());
}

#[test]
fn a_plain_rebase_loses_merge_commits_and_one_that_keeps_merges_does_not() {
    for (merges, kept) in [(false, 0), (true, 1)] {
        let mut story = Story::new();
        story.push("main", &[("f", LINES)]);
        story.branch("dev", "main");
        story.branch("feature", "main");
        story.push("feature", &[("feature", "1")]);
        story.merge("feature", "dev", FastForward::Never).unwrap();
        story.push("dev", &[("dev", "1")]);
        let old = story.repository.head("dev").unwrap();
        let main = story.push("main", &[("f", &LINES.replace('a', "A"))]);
        let new = story.rebase("dev", "main", merges).unwrap();
        let own = story.repository.between(main, new).unwrap();
        let found = own.iter().filter(|commit| commit.parents.len() > 1).count();
        assert_eq!(found, kept, "merges: {merges}");
        assert!(story.repository.is_rewrite(old, new).unwrap());
        for path in ["feature", "dev"] {
            assert_eq!(story.file("dev", path).as_deref(), Some("1"), "{path}, merges: {merges}");
        }
        assert!(story.file("dev", "f").unwrap().starts_with('A'));
    }
}

#[test]
fn a_rebase_drops_what_the_new_base_has_already() {
    let mut story = Story::new();
    story.push("main", &[("f", LINES)]);
    story.branch("dev", "main");
    let shared = story.push("dev", &[("x", "1")]);
    let by = story.by();
    story.repository.cherry_pick("main", shared, &by).unwrap();
    let head = story.push("main", &[("y", "1")]);
    assert_eq!(story.rebase("dev", "main", false).unwrap(), head);
}

#[test]
fn a_forced_push_is_seen_as_a_rewrite_and_a_push_is_not() {
    let mut story = Story::new();
    let first = story.push("prod", &[("x", "1")]);
    let second = story.push("prod", &[("x", "2")]);
    assert!(!story.repository.is_rewrite(first, second).unwrap());
    assert_eq!(story.repository.reset("prod", first).unwrap(), second);
    assert!(story.repository.is_rewrite(second, first).unwrap());
}

#[test]
fn revisions_are_found_by_branch_tag_id_and_steps_back() {
    let mut story = Story::new();
    let first = story.push("main", &[("x", "1")]);
    let second = story.push("main", &[("x", "2")]);
    story.repository.tag("v1", first).unwrap();
    let by = story.by();
    let object = story.repository.annotated_tag("v2", second, "two\n", &by).unwrap();
    let short = second.to_string()[..8].to_owned();
    for (rev, wanted) in [
        ("HEAD", second),
        ("main", second),
        ("refs/heads/main", second),
        ("v1", first),
        ("v2", second),
        ("main~1", first),
        ("main^", first),
        ("v2~", first),
        (short.as_str(), second),
        (object.as_str(), second),
    ] {
        assert_eq!(story.repository.resolve(rev).unwrap(), wanted, "{rev}");
    }
    for (rev, message) in [
        ("mian", "\"mian\" is no branch, tag or commit of this repository"),
        (
            "V1",
            "\"V1\" is no branch, tag or commit of this repository (did you mean refs/tags/v1?)",
        ),
        (
            "main~7",
            "\"main~7\" is no branch, tag or commit of this repository (did you mean refs/heads/main?)",
        ),
        (
            "main^0x",
            "\"main^0x\" is no branch, tag or commit of this repository (did you mean refs/heads/main?)",
        ),
    ] {
        assert_eq!(story.repository.resolve(rev).unwrap_err().to_string(), message);
    }
    let refs: Vec<_> = story.repository.refs().unwrap();
    let names: Vec<_> = refs.iter().map(|one| (one.name.as_str(), one.annotated)).collect();
    let wanted = [
        ("HEAD", false),
        ("refs/heads/main", false),
        ("refs/tags/v1", false),
        ("refs/tags/v2", true),
    ];
    assert_eq!(names, wanted);
    assert_eq!((refs[3].object.clone(), refs[3].commit), (object, second));
}

#[test]
fn names_that_git_refuses_are_refused() {
    let mut story = Story::new();
    let head = story.push("main", &[("x", "1")]);
    for name in ["a..b", "a b", "-", "main/x", "x.lock", "", "../../../evil", "a\\b", "a:b"] {
        let result = story.repository.create_branch(name, head);
        assert_eq!(result.is_err(), name != "-", "{name:?}");
    }
    assert!(story.repository.create_branch("main", head).is_err());
    assert!(story.repository.delete_branch("nowhere").is_err());
}

#[test]
fn a_repository_is_read_again_from_disk() {
    let mut story = Story::new();
    story.push("main", &[("a/b/c", "1"), ("a-b", "2"), ("a/b.c", "3")]);
    let head = story.push("feature/x", &[("y", "1")]);
    let again = Repository::open(story.repository.folder()).unwrap();
    assert_eq!(again.tree("main").unwrap(), story.repository.tree("main").unwrap());
    assert_eq!(again.resolve("feature/x").unwrap(), head);
    let folder = tempfile::tempdir().unwrap();
    let mut other = Repository::create(folder.path()).unwrap();
    other.import(story.repository.folder()).unwrap();
    assert_eq!(other.tree("main").unwrap(), story.repository.tree("main").unwrap());
    assert_eq!(other.resolve(&head.to_string()[..6]).unwrap(), head);
}

#[test]
fn a_file_where_a_folder_is_cannot_be_stored() {
    let mut tree = Tree::new();
    tree.insert(TreePath::new("a").unwrap(), *b"1");
    tree.insert(TreePath::new("a/b").unwrap(), *b"2");
    let mut story = Story::new();
    let by = story.by();
    let error = story.repository.commit("main", &tree, &Note::new("x", &by)).unwrap_err();
    assert_eq!(error.to_string(), "path \"a\" is both a file and a folder");
}

#[test]
fn leftovers_of_dead_runs_are_removed_and_those_of_living_ones_are_not() {
    let place = tempfile::tempdir().unwrap();
    let left = |name: &str| place.path().join(name);
    std::fs::create_dir_all(left("fluxrig-999999-0/objects")).unwrap();
    std::fs::write(left("fluxrig-999999-0.lock"), "").unwrap();
    std::fs::write(left("fluxrig-notes.lock"), "").unwrap();
    let living = Workspace::create_in(place.path()).unwrap();
    let other = Workspace::create_in(place.path()).unwrap();
    assert!(!left("fluxrig-999999-0").exists() && !left("fluxrig-999999-0.lock").exists());
    assert!(
        living.folder().is_dir() && other.folder().is_dir() && left("fluxrig-notes.lock").exists()
    );
    drop((living, other));
    let rest = std::fs::read_dir(place.path()).unwrap().count();
    assert_eq!(rest, 1);
}

fn git(folder: &Path, arguments: &[&str]) -> Option<(bool, String)> {
    let mut command = std::process::Command::new("git");
    let output = command.current_dir(folder).args(arguments).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Some((output.status.success(), text + &String::from_utf8_lossy(&output.stderr)))
}

#[test]
fn git_itself_finds_our_repositories_sound() {
    let mut story = Story::new();
    story.push("main", &[("a/b", LINES), ("a-b", "1"), ("z", &"long ".repeat(9000))]);
    story.branch("dev", "main");
    story.push("main", &[("a/b", &LINES.replace('a', "A"))]);
    story.push("dev", &[("c", "1")]);
    story.merge("main", "dev", FastForward::Never).unwrap();
    let by = story.by();
    let head = story.repository.head("dev").unwrap();
    story.repository.annotated_tag("v1", head, "one\n", &by).unwrap();
    let folder = story.repository.folder();
    let Some((sound, text)) = git(folder, &["fsck", "--full", "--strict"]) else {
        eprintln!("SKIPPED: there is no git to look at our repository");
        return;
    };
    assert!(sound, "{text}");
    let log = git(folder, &["log", "--format=%H", "v1"]).unwrap().1;
    let ours = story.repository.log(head).unwrap();
    let ours: Vec<String> = ours.iter().map(|commit| commit.id.to_string()).collect();
    assert_eq!(log.lines().collect::<Vec<_>>(), ours);
}

#[test]
fn a_bundle_brings_in_its_branches() {
    let mut story = Story::new();
    story.push("main", &[("a", LINES)]);
    story.branch("dev", "main");
    story.push("dev", &[("a", &LINES.replace('a', "A"))]);
    let place = tempfile::tempdir().unwrap();
    let bundle = place.path().join("x.bundle");
    let arguments = ["bundle", "create", bundle.to_str().unwrap(), "--all"];
    if git(story.repository.folder(), &arguments).is_none() {
        eprintln!("SKIPPED: there is no git to make a bundle");
        return;
    }
    let tree = gitserver::read_tree(&bundle, Some("dev"), &place.path().join("scratch")).unwrap();
    assert_eq!(tree, story.repository.tree("dev").unwrap());
    let text = std::fs::read(&bundle).unwrap();
    for (name, bytes, message) in [
        ("cut", &text[..text.len() - 30], "is damaged"),
        (
            "other",
            b"# v9 git bundle\n\n".as_slice(),
            "is neither a folder, a git repository nor a git bundle",
        ),
        ("short", &text[..30], "is damaged: it ends within its header"),
    ] {
        let path = place.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let error =
            gitserver::read_tree(&path, None, &place.path().join(format!("{name}-scratch")))
                .unwrap_err();
        assert!(error.to_string().contains(message), "{name}: {error}");
    }
}
