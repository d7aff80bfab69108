//! Which files of a source stay out of its artifact.
//!
//! Rules from fluxcd/pkg: sourceignore (a variant of gitignore: the last pattern that
//! matches decides, and children of an excluded folder may come back). Start at [`Ignore`].

use tree::{Tree, TreePath};

const VCS: &str = ".git/ .gitignore .gitmodules .gitattributes";
const EXT: &str = "*.jpg *.jpeg *.gif *.png *.wmv *.flv *.tar.gz *.zip";
const CI: &str = ".github/ .circleci/ .travis.yml .gitlab-ci.yml appveyor.yml .drone.yml \
                  cloudbuild.yaml codeship-services.yml codeship-steps.yml";
const EXTRA: &str = "**/.goreleaser.yml **/.sops.yaml **/.flux.yaml";

/// The patterns of one source.
#[derive(Debug)]
pub(crate) struct Ignore(Vec<Pattern>);

#[derive(Debug)]
struct Pattern {
    domain: Vec<String>,
    segments: Vec<String>,
    include: bool,
    only_folders: bool,
    rooted: bool,
}

impl Ignore {
    /// The patterns of a git tree: `.sourceignore` files, `spec.ignore`, or the defaults.
    pub(crate) fn of(tree: &Tree, spec: Option<&str>) -> Self {
        let mut own = Vec::new();
        for (path, _) in tree.iter().filter(|(path, _)| path.name() == ".sourceignore") {
            let folder = path.parent().unwrap_or_else(TreePath::root);
            let domain: Vec<String> = folder.parts().map(str::to_owned).collect();
            own.extend(read(tree.text(path).unwrap_or_default(), &domain));
        }
        own.extend(read(spec.unwrap_or_default(), &[]));
        let words = if own.is_empty() { vec![VCS, EXT, CI, EXTRA] } else { vec![VCS] };
        let fixed = words.iter().flat_map(|words| words.split_whitespace());
        Self(fixed.filter_map(|line| Pattern::read(line, &[])).chain(own).collect())
    }

    /// These patterns and no others, as a bucket has them.
    pub(crate) fn only(text: &str) -> Self {
        Self(read(text, &[]))
    }

    /// Whether a file is left out.
    pub(crate) fn leaves_out(&self, path: &TreePath) -> bool {
        self.matches(path, false)
    }

    /// The tree without what is ignored and without links, as an artifact holds it.
    pub(crate) fn filter(&self, tree: &Tree) -> Tree {
        let mut kept = Tree::new();
        for (path, file) in tree.iter() {
            if file.mode != tree::Mode::Symlink && !self.matches(path, false) {
                kept.insert_file(path.clone(), file.clone());
            }
        }
        kept
    }

    /// The folders that an artifact holds, also where all their files are ignored.
    pub(crate) fn folders(&self, tree: &Tree) -> Vec<TreePath> {
        let mut folders = std::collections::BTreeSet::new();
        for (path, _) in tree.iter() {
            let mut folder = path.parent();
            while let Some(at) = folder.filter(|at| !folders.contains(at)) {
                folder = at.parent();
                folders.insert(at);
            }
        }
        folders.into_iter().filter(|folder| !self.matches(folder, true)).collect()
    }

    fn matches(&self, path: &TreePath, is_folder: bool) -> bool {
        let parts: Vec<&str> = path.parts().collect();
        let deciding = self.0.iter().rev().find(|pattern| pattern.matches(&parts, is_folder));
        deciding.is_some_and(|pattern| !pattern.include)
    }
}

fn read(text: &str, domain: &[String]) -> Vec<Pattern> {
    text.lines().filter_map(|line| Pattern::read(line, domain)).collect()
}

impl Pattern {
    fn read(line: &str, domain: &[String]) -> Option<Self> {
        if line.starts_with('#') || line.trim().is_empty() {
            return None;
        }
        let line = line.strip_suffix('\r').unwrap_or(line);
        let line = if line.ends_with("\\ ") { line } else { line.trim_end_matches(' ') };
        let (include, line) = line.strip_prefix('!').map_or((false, line), |rest| (true, rest));
        let (only_folders, line) =
            line.strip_suffix('/').map_or((false, line), |rest| (true, rest));
        Some(Self {
            domain: domain.to_vec(),
            rooted: line.contains('/'),
            segments: line.split('/').map(str::to_owned).collect(),
            include,
            only_folders,
        })
    }

    fn matches(&self, path: &[&str], is_folder: bool) -> bool {
        let inside = path.len() > self.domain.len()
            && self.domain.iter().zip(path).all(|(domain, part)| domain == part);
        if !inside {
            return false;
        }
        let path = &path[self.domain.len()..];
        if self.rooted {
            self.matches_rooted(path, is_folder)
        } else {
            self.matches_any(path, is_folder)
        }
    }

    /// One segment, tried against every component of the path.
    fn matches_any(&self, path: &[&str], is_folder: bool) -> bool {
        let hit = path.iter().position(|part| segment_matches(&self.segments[0], part));
        hit.is_some_and(|at| !self.only_folders || is_folder || at + 1 < path.len())
    }

    /// Segment by segment from the start; what leads to the file counts like the file.
    fn matches_rooted(&self, path: &[&str], is_folder: bool) -> bool {
        let segments = &self.segments[usize::from(self.segments[0].is_empty())..];
        let longest = if self.only_folders && !is_folder { path.len() - 1 } else { path.len() };
        (1..=longest).any(|end| segments_match(segments, &path[..end]))
    }
}

fn segments_match(segments: &[String], path: &[&str]) -> bool {
    let Some((first, rest)) = segments.split_first() else {
        return path.is_empty();
    };
    if first == "**" {
        return (0..=path.len()).any(|skip| segments_match(rest, &path[skip..]));
    }
    let Some((part, below)) = path.split_first() else {
        return false;
    };
    segment_matches(first, part) && segments_match(rest, below)
}

/// A shell pattern within one name: `*`, `?`, `[a-z]`, `\`.
fn segment_matches(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let name: Vec<char> = name.chars().collect();
    glob(&pattern, &name, 0)
}

const DEEPEST_GLOB: usize = 64;

fn glob(pattern: &[char], name: &[char], depth: usize) -> bool {
    let Some((first, rest)) = pattern.split_first() else {
        return name.is_empty();
    };
    match first {
        '*' if depth < DEEPEST_GLOB => {
            (0..=name.len()).any(|skip| glob(rest, &name[skip..], depth + 1))
        }
        '?' => !name.is_empty() && glob(rest, &name[1..], depth),
        '[' => class(rest, name, depth),
        '\\' if !rest.is_empty() => {
            name.first() == rest.first() && glob(&rest[1..], &name[1..], depth)
        }
        letter => name.first() == Some(letter) && glob(rest, &name[1..], depth),
    }
}

fn class(pattern: &[char], name: &[char], depth: usize) -> bool {
    let (Some(end), Some(letter)) = (pattern.iter().skip(1).position(|c| *c == ']'), name.first())
    else {
        return false;
    };
    let (set, rest) = (&pattern[..=end], &pattern[end + 2..]);
    let (negated, set) = match set.split_first() {
        Some(('^' | '!', set)) => (true, set),
        _ => (false, set),
    };
    let mut found = false;
    let mut at = 0;
    while at < set.len() {
        let range = set.get(at + 1) == Some(&'-') && at + 2 < set.len();
        let last = if range { set[at + 2] } else { set[at] };
        found |= (set[at]..=last).contains(letter);
        at += if range { 3 } else { 1 };
    }
    found != negated && glob(rest, &name[1..], depth)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(files: &[&str], sourceignore: Option<(&str, &str)>, spec: Option<&str>) -> String {
        let mut tree = Tree::new();
        for path in files {
            tree.insert(TreePath::new(path).unwrap(), b"x".as_slice());
        }
        if let Some((path, text)) = sourceignore {
            tree.insert(TreePath::new(path).unwrap(), text.as_bytes());
        }
        let kept = Ignore::of(&tree, spec).filter(&tree);
        kept.iter().map(|(path, _)| path.to_string()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_an_artifact_holds() {
        let files =
            ["a.yaml", "a.jpg", ".github/w.yml", "deploy/b.yaml", "deploy/x.png", ".gitignore"];
        for (sourceignore, spec, expected) in [
            (None, None, "a.yaml deploy/b.yaml"),
            (None, Some("# nothing\n"), "a.yaml deploy/b.yaml"),
            (None, Some("/*\n!/deploy\n"), "deploy/b.yaml deploy/x.png"),
            (None, Some("*.png"), ".github/w.yml a.jpg a.yaml deploy/b.yaml"),
            (
                Some(("deploy/.sourceignore", "/b.yaml\n")),
                None,
                ".github/w.yml a.jpg a.yaml deploy/.sourceignore deploy/x.png",
            ),
            (Some((".sourceignore", "deploy/\n.sourceignore")), None, ".github/w.yml a.jpg a.yaml"),
            (None, Some("**/x.png\n/a.*"), ".github/w.yml deploy/b.yaml"),
            (None, Some("[!a]*/b.yaml\n[a-b].jpg"), ".github/w.yml a.yaml deploy/x.png"),
        ] {
            assert_eq!(kept(&files, sourceignore, spec), expected, "{sourceignore:?} {spec:?}");
        }
    }
}
