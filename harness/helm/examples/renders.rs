//! How many renderings a second a chart allows.
//!
//! `renders CHART SECONDS [VALUES]`: prints the median of a rendering and the rate, the chart loaded once.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a tool for developers stops where it fails"
)]

use std::path::Path;

use clock::Clock;
use helm::{Capabilities, Chart, Release, Seam, Values};
use tree::{Tree, TreePath};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, seconds, files @ ..] = &arguments[..] else {
        eprintln!("usage: renders CHART SECONDS [VALUES]...");
        return;
    };
    let seconds: u64 = seconds.parse().expect("seconds");
    let tree = Tree::from_dir(Path::new(folder)).expect("a folder");
    let chart = Chart::from_tree(&tree, &TreePath::root()).expect("a chart");
    let mut values = Values::default();
    for file in files {
        let text = std::fs::read_to_string(file).expect("a file");
        values.merge(&Values::parse(&text).expect("values"));
    }
    let release =
        Release { name: "r".into(), namespace: "n".into(), revision: 1, is_install: true };
    let clock = Clock::real();
    let start = clock.now();
    let mut times = Vec::new();
    while clock.now().since(start).as_secs() < seconds {
        let before = clock.now();
        helm::render(&chart, &release, &values, &Capabilities::default(), &(), Seam::default())
            .unwrap();
        times.push(clock.now().since(before));
    }
    times.sort();
    let total = clock.now().since(start).as_secs_f64();
    let median = times[times.len() / 2].as_secs_f64() * 1e3;
    println!(
        "{} renderings, {:.1} a second, median {median:.2} ms",
        times.len(),
        times.len() as f64 / total
    );
}
