//! Builds damaged cases for a while: no panic, no slow build, and what is printed can be read.
//!
//! `cargo run --release -p fluxrig-kustomize --example fuzz -- FOLDER SECONDS [SEED] [OUT]`,
//! where FOLDER holds `CASE/case.json` and `CASE/input/`. Each finding is written as a case
//! below OUT (default: `target/fuzz-kustomize`). The same seed damages in the same way.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use kustomize::{LoadRestrictions, Options, build};
use tree::{Tree, TreePath};

const SLOW: Duration = Duration::from_secs(1);
/// Words that mean something to YAML, to kustomize or to Go.
const WORDS: &[&str] = &[
    "&a ",
    "*a",
    "<<: *a",
    "? ",
    ": ",
    "- ",
    "|\n",
    ">-\n",
    "!!binary ",
    "!!str ",
    "'",
    "\"",
    "#",
    "{",
    "}",
    "[",
    "]",
    "~",
    "null",
    "true",
    "0x1F",
    "1e999",
    "-0",
    "9223372036854775808",
    "---\n",
    "...\n",
    "%YAML 1.1\n",
    "\t",
    "\r\n",
    "\u{feff}",
    "\u{2028}",
    "\u{0}",
    "é",
    "😀",
    "$patch: delete",
    "$patch: replace",
    "$retainKeys: [a]",
    "$(VAR)",
    "*",
    ".",
    "..",
    "../",
    "/",
    "~1",
    "~0",
    "[name=x]",
    "metadata:",
    "name:",
    "kind: List",
    "items:",
    "namespace:",
    "(?i)x*",
    "(((",
    "a|b",
    "\\",
];

struct Case {
    tree: Tree,
    folder: TreePath,
    files: Vec<(TreePath, Vec<u8>)>,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, seconds, rest @ ..] = arguments.as_slice() else {
        println!("usage: fuzz FOLDER SECONDS [SEED] [OUT]");
        return;
    };
    let seed = rest.first().and_then(|text| text.parse().ok()).unwrap_or(1);
    let out = PathBuf::from(rest.get(1).map_or("target/fuzz-kustomize", String::as_str));
    let limit = Duration::from_secs(seconds.parse().unwrap_or(60));
    let cases = read(Path::new(folder));
    if cases.is_empty() {
        println!("{folder} holds no cases");
        std::process::exit(2);
    }
    std::panic::set_hook(Box::new(|_| {}));
    let (rounds, findings) = run(&cases, limit, &mut Dice(seed), &out);
    println!("{rounds} damaged builds of {} cases, seed {seed}: {findings} findings", cases.len());
    std::process::exit(i32::from(findings > 0));
}

#[expect(
    clippy::disallowed_methods,
    reason = "a fuzzer stops after real time and looks for slow builds"
)]
fn run(cases: &[Case], limit: Duration, dice: &mut Dice, out: &Path) -> (u64, u64) {
    let began = Instant::now();
    let (mut rounds, mut findings) = (0, 0);
    while began.elapsed() < limit {
        let case = &cases[dice.below(cases.len())];
        let (tree, path) = damaged(case, &cases[dice.below(cases.len())], dice);
        let started = Instant::now();
        let mut told = check(&tree, &case.folder);
        if told.is_none() && started.elapsed() > SLOW {
            told = slowness(&tree, &case.folder);
        }
        rounds += 1;
        if let Some(told) = told {
            findings += 1;
            keep(&tree, case, &path, &told, &out.join(format!("{findings:04}")));
        }
    }
    (rounds, findings)
}

/// How slow a build is, where it is: the best of three, since a machine has other work too.
#[expect(clippy::disallowed_methods, reason = "a fuzzer looks for slow builds")]
fn slowness(tree: &Tree, folder: &TreePath) -> Option<String> {
    let mut best = Duration::MAX;
    for _ in 0..3 {
        let started = Instant::now();
        check(tree, folder);
        best = best.min(started.elapsed());
        if best <= SLOW {
            return None;
        }
    }
    Some(format!("took {best:?}"))
}

/// What is wrong with building this tree, if anything.
fn check(tree: &Tree, folder: &TreePath) -> Option<String> {
    let options = Options {
        load_restrictions: LoadRestrictions::None,
        root: "/r".into(),
        ..Options::default()
    };
    let built = catch_unwind(AssertUnwindSafe(|| {
        build(tree, folder, &options).map(|built| built.to_yaml())
    }));
    match built {
        Err(panic) => {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string));
            Some(format!("panic: {}", text.unwrap_or_default()))
        }
        Ok(Ok(text)) => match catch_unwind(|| yaml::parse(&text).map(|nodes| nodes.len())) {
            Err(_) => Some("panic: reading what was printed".into()),
            Ok(Err(error)) => Some(format!("what was printed cannot be read: {error}")),
            Ok(Ok(_)) => None,
        },
        Ok(Err(_)) => None,
    }
}

fn damaged(case: &Case, other: &Case, dice: &mut Dice) -> (Tree, TreePath) {
    let (path, text) = &case.files[dice.below(case.files.len())];
    let (_, donor) = &other.files[dice.below(other.files.len())];
    let mut text = text.clone();
    for _ in 0..=dice.below(3) {
        damage(&mut text, donor, dice);
    }
    let mut tree = case.tree.clone();
    tree.insert(path.clone(), text.as_slice());
    (tree, path.clone())
}

fn damage(text: &mut Vec<u8>, donor: &[u8], dice: &mut Dice) {
    let at = dice.below(text.len() + 1);
    let end = (at + dice.below(12)).min(text.len());
    match dice.below(8) {
        0 => drop(text.drain(at..end)),
        1 => text.splice(at..at, WORDS[dice.below(WORDS.len())].bytes()).for_each(drop),
        2 => text.splice(at..end, WORDS[dice.below(WORDS.len())].bytes()).for_each(drop),
        3 => {
            let from = dice.below(donor.len() + 1);
            let to = (from + dice.below(200)).min(donor.len());
            text.splice(at..end, donor[from..to].iter().copied()).for_each(drop);
        }
        4 if at < text.len() => text[at] ^= 1 << dice.below(8),
        5 => lines(text, dice, |lines, from, to| lines.swap(from, to)),
        6 => lines(text, dice, |lines, from, to| {
            let line = lines[from].clone();
            lines.insert(to, line);
        }),
        _ => lines(text, dice, |lines, from, _| lines[from].insert_str(0, "  ")),
    }
}

fn lines(text: &mut Vec<u8>, dice: &mut Dice, change: impl Fn(&mut Vec<String>, usize, usize)) {
    let mut found: Vec<String> =
        String::from_utf8_lossy(text).split_inclusive('\n').map(ToString::to_string).collect();
    if !found.is_empty() {
        let (from, to) = (dice.below(found.len()), dice.below(found.len()));
        change(&mut found, from, to);
        *text = found.concat().into_bytes();
    }
}

fn keep(tree: &Tree, case: &Case, path: &TreePath, told: &str, folder: &Path) {
    println!("{}: {} ({path} of {})", folder.display(), told, case.folder);
    for (path, file) in tree.iter() {
        let place = folder.join("input").join(path.as_str());
        let made = place.parent().map_or(Ok(()), std::fs::create_dir_all);
        if let Err(error) = made.and_then(|()| std::fs::write(&place, &file.contents)) {
            println!("cannot write {}: {error}", place.display());
        }
    }
}

fn read(folder: &Path) -> Vec<Case> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    let cases = paths.iter().filter_map(|path| {
        let meta = objects::from_json(&std::fs::read(path.join("case.json")).ok()?).ok()?;
        let tree = Tree::from_dir(&path.join("input")).ok()?;
        let folder = TreePath::new(meta.str_at(&["path"])?).ok()?;
        let files: Vec<_> =
            tree.iter().map(|(path, file)| (path.clone(), file.contents.to_vec())).collect();
        (!files.is_empty()).then_some(Case { tree, folder, files })
    });
    cases.collect()
}

/// A small generator of its own: a fuzzer's dice need no more.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % limit.max(1) as u64) as usize
    }
}
