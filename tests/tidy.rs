//! The house rules, checked by machine: crate edges, module headers, sizes, time and entropy.
//!
//! Exceptions stand in one place, [`exceptions`], each with its reason.

#![expect(clippy::expect_used, clippy::panic, reason = "a test stops where it fails")]

#[path = "tidy/edges.rs"]
mod edges;
#[path = "tidy/exceptions.rs"]
mod exceptions;
#[path = "tidy/source.rs"]
mod source;
#[path = "tidy/words.rs"]
mod words;

use std::collections::BTreeMap;

use source::SourceFile;

/// Aims of the house: above the first number a warning is printed, above the second the test fails.
const FILE_LINES: (usize, usize) = (300, 600);
const FUNCTION_LINES: (usize, usize) = (40, 80);
const CRATE_LINES: (usize, usize) = (8_000, 20_000);
const ROOT_ITEMS: (usize, usize) = (8, 15);

fn check(what: &str, limits: (usize, usize), found: impl IntoIterator<Item = (String, usize)>) {
    let mut failures = Vec::new();
    for (name, size) in found {
        let limit = exceptions::limit(what, &name).unwrap_or(limits.1);
        if size > limit {
            failures.push(format!("{name}: {size} {what}, at most {limit}"));
        } else if size > limits.0 {
            println!("warning: {name}: {size} {what}, better under {}", limits.0);
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn crates_use_only_what_the_code_map_names() {
    let map = edges::code_map();
    let found = edges::from_metadata();
    for (krate, edges) in &found {
        let row =
            map.get(krate).unwrap_or_else(|| panic!("{krate} has no row in harness/README.md"));
        assert_eq!(
            row.may_use, edges.normal,
            "{krate}: see harness/README.md before adding an edge"
        );
        for used in edges.normal.iter().chain(&edges.dev) {
            let lower =
                map[used].rank < row.rank || edges.dev.contains(used) && map[used].rank == row.rank;
            assert!(lower || row.rank == 7, "{krate} uses {used}, which is not of a lower rank");
        }
    }
    let missing: Vec<_> = map.keys().filter(|krate| !found.contains_key(*krate)).collect();
    assert!(missing.is_empty(), "rows of the code map without a crate: {missing:?}");
}

#[test]
fn files_are_small() {
    check(
        "lines",
        FILE_LINES,
        source::all().iter().map(|file| (file.name.clone(), file.lines_without_tests())),
    );
}

#[test]
fn functions_are_short() {
    let found = source::all();
    let functions = found.iter().filter(|file| !file.is_test()).flat_map(SourceFile::functions);
    check("lines of a function", FUNCTION_LINES, functions);
}

#[test]
fn crates_are_small() {
    let mut sizes: BTreeMap<String, usize> = BTreeMap::new();
    for file in source::all().iter().filter(|file| !file.is_test()) {
        *sizes.entry(file.krate()).or_default() += file.lines_without_tests();
    }
    check("lines of a crate", CRATE_LINES, sizes);
}

#[test]
fn the_face_of_a_crate_fits_on_one_screen() {
    let files = source::all();
    let roots = files.iter().filter(|file| file.name.ends_with("src/lib.rs"));
    check("public items", ROOT_ITEMS, roots.map(|file| (file.krate(), file.public_items())));
}

#[test]
fn every_module_says_what_it_is_for() {
    let files = source::all();
    let bare: Vec<_> =
        files.iter().filter(|file| !file.text.starts_with("//! ")).map(|file| &file.name).collect();
    assert!(bare.is_empty(), "modules without a header: {bare:#?}");
}

#[test]
fn modules_of_a_crate_do_not_go_in_circles() {
    let mut graphs: BTreeMap<String, BTreeMap<String, Vec<String>>> = BTreeMap::new();
    for file in source::all().iter().filter(|file| !file.is_test()) {
        if let Some(module) = file.top_module() {
            let graph = graphs.entry(file.krate()).or_default();
            graph.entry(module).or_default().extend(file.modules_used());
        }
    }
    let circles = graphs.iter().filter(|(krate, _)| !exceptions::circle_is_excused(krate));
    let found: Vec<_> = circles
        .filter_map(|(krate, graph)| {
            Some(format!("{krate}: {}", source::circle(graph)?.join(" -> ")))
        })
        .collect();
    assert!(found.is_empty(), "modules in a circle: {found:#?}");
}

#[test]
fn time_and_entropy_come_from_the_clock_alone() {
    let forbidden =
        ["SystemTime::now", "Instant::now", "thread::sleep", "getrandom", "rand::", "OsRng"];
    let mut found = Vec::new();
    for file in source::all().iter().filter(|file| file.krate() != "clock" && !file.is_test()) {
        for word in forbidden {
            if file.code_has(word) && !exceptions::may_say(&file.name, word) {
                found.push(format!("{}: {word}", file.name));
            }
        }
    }
    assert!(found.is_empty(), "only harness/clock may: {found:#?}");
}

#[test]
fn nothing_speaks_of_the_machine_it_was_made_on() {
    let found = words::foreign();
    assert!(found.is_empty(), "{found:#?}");
}
