//! Mutates templates, values and archives and renders them: nothing may panic, hang or differ
//! when done again.
//!
//! `fuzz FOLDER SECONDS SEED`: FOLDER holds charts; what goes wrong is printed with its seed.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a tool for developers stops where it fails"
)]

use std::path::{Path, PathBuf};

use clock::{Clock, Random, Seed};
use helm::{Capabilities, Chart, Release, Seam, Values};
use tree::{Tree, TreePath};

const WORDS: [&str; 40] = [
    "{{",
    "}}",
    "{{-",
    "-}}",
    "|",
    "(",
    ")",
    ".",
    "$",
    ":=",
    "range",
    "end",
    "if",
    "else",
    "with",
    "define \"x\"",
    "include \"x\" .",
    "tpl . .",
    "toYaml",
    "fromYaml",
    "index",
    "dict",
    "list",
    "printf \"%d\"",
    "nil",
    "-1",
    "1e300",
    "0x7fffffffffffffff",
    "\"\\xff\"",
    "'a'",
    "\u{10ffff}",
    "trunc -3",
    "substr 1 0",
    "slice",
    "until 5",
    "regexMatch \"[\"",
    "---\n",
    "\t",
    "&a [*a]",
    "<<: {}",
];

fn mutate(text: &str, random: &mut Random) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len() as u64 + 1) as usize;
        match random.below(5) {
            0 if at < bytes.len() => {
                bytes.remove(at);
            }
            1 if at < bytes.len() => bytes[at] = random.below(256) as u8,
            2 => {
                let end = bytes.len().min(at + random.below(40) as usize);
                bytes.drain(at..end);
            }
            3 => {
                let end = bytes.len().min(at + random.below(60) as usize);
                let copy = bytes[at..end].to_vec();
                let to = random.below(bytes.len() as u64 + 1) as usize;
                bytes.splice(to..to, copy);
            }
            _ => {
                let word = WORDS[random.below(WORDS.len() as u64) as usize];
                bytes.splice(at..at, word.bytes());
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Every outcome as text.
fn outcome(tree: &Tree) -> String {
    let chart = match Chart::from_tree(tree, &TreePath::root()) {
        Ok(chart) => chart,
        Err(problem) => return problem.to_string(),
    };
    let release =
        Release { name: "r".into(), namespace: "n".into(), revision: 1, is_install: true };
    let values = Values::default();
    let done =
        helm::render(&chart, &release, &values, &Capabilities::default(), &(), Seam::default());
    done.map_or_else(|problem| problem.to_string(), |rendered| rendered.template_output(true))
}

fn packed(tree: &Tree) -> Vec<u8> {
    let mut tar =
        tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    for (path, file) in tree.iter() {
        let mut header = tar::Header::new_gnu();
        header.set_size(file.contents.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, format!("c/{path}"), &file.contents[..]).unwrap();
    }
    tar.into_inner().unwrap().finish().unwrap()
}

fn charts(folder: &Path) -> Vec<(PathBuf, Tree)> {
    let mut found: Vec<(PathBuf, Tree)> = std::fs::read_dir(folder)
        .expect("a folder of charts")
        .flatten()
        .filter_map(|entry| Some((entry.path(), Tree::from_dir(&entry.path()).ok()?)))
        .collect();
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, seconds, seed] = &arguments[..] else {
        eprintln!("usage: fuzz FOLDER SECONDS SEED");
        return;
    };
    let seconds: u64 = seconds.parse().expect("seconds");
    let seed: u64 = seed.parse().expect("a seed");
    let charts = charts(Path::new(folder));
    let clock = Clock::real();
    let start = clock.now();
    let (mut done, mut slow) = (0_u64, 0_u64);
    while clock.now().since(start).as_secs() < seconds {
        let mut random = Seed(seed + done).stream("fuzz");
        let (path, tree) = &charts[random.below(charts.len() as u64) as usize];
        let files: Vec<TreePath> = tree.iter().map(|(path, _)| path.clone()).collect();
        let file = &files[random.below(files.len() as u64) as usize];
        let Some(text) = tree.text(file) else {
            done += 1;
            continue;
        };
        let mut changed = tree.clone();
        changed.insert(file.clone(), mutate(text, &mut random).into_bytes());
        let before = clock.now();
        let shown = format!("{} {file} seed {}", path.display(), seed + done);
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let first = outcome(&changed);
            assert_eq!(first, outcome(&changed), "two renderings differ");
            let mut bytes = packed(&changed);
            let at = random.below(bytes.len() as u64) as usize;
            bytes[at] ^= 1 << random.below(8);
            let _ = Chart::from_archive(&bytes);
        }));
        if result.is_err() {
            println!("PANIC {shown}");
        }
        if clock.now().since(before).as_secs() >= 10 {
            slow += 1;
            println!("SLOW {shown}");
        }
        done += 1;
    }
    println!("{done} mutated charts, {slow} slow");
}
