//! Builds every case of a folder of cases again and again: cases per second.
//!
//! `cargo run --release -p fluxrig-kustomize --example bench -- FOLDER [ROUNDS]`, where
//! FOLDER holds `CASE/case.json` and `CASE/input/`.

use std::path::Path;

use kustomize::{LoadRestrictions, Options, build};
use tree::{Tree, TreePath};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let Some(folder) = arguments.next() else {
        println!("usage: bench FOLDER [ROUNDS]");
        return;
    };
    let rounds: u32 = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(5);
    let cases = read(Path::new(&folder));
    let options = Options {
        load_restrictions: LoadRestrictions::None,
        root: "/repo/tree".into(),
        ..Options::default()
    };
    #[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
    let began = std::time::Instant::now();
    let mut bytes = 0;
    for _ in 0..rounds {
        for (tree, folder) in &cases {
            bytes += build(tree, folder, &options).map_or(0, |built| built.to_yaml().len());
        }
    }
    let seconds = began.elapsed().as_secs_f64();
    let count = cases.len() as f64 * f64::from(rounds);
    println!("{} cases, {rounds} rounds, {bytes} bytes printed", cases.len());
    println!("{:.0} cases per second, {:.3} ms a case", count / seconds, 1_000.0 * seconds / count);
}

fn read(folder: &Path) -> Vec<(Tree, TreePath)> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let cases = entries.filter_map(|entry| {
        let meta = std::fs::read(entry.path().join("case.json")).ok()?;
        let meta = objects::from_json(&meta).ok()?;
        let tree = Tree::from_dir(&entry.path().join("input")).ok()?;
        let path = TreePath::new(meta.str_at(&["path"])?).ok()?;
        Some((tree, path))
    });
    cases.collect()
}
