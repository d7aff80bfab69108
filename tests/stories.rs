//! What a user sees of each class of failure: the whole output and the exit code.
//!
//! A case is a scenario below `tests/cases/stories`; its snapshot holds what the command
//! prints for it, real times left out.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::path::Path;
use std::process::Command;

#[test]
fn each_class_of_failure_is_told_to_its_cause() {
    insta::glob!("cases/stories/*.yaml", |path| {
        insta::assert_snapshot!(told(path));
    });
}

/// Runs a scenario; the exit code and what is printed.
fn told(path: &Path) -> String {
    let done = Command::new(env!("CARGO_BIN_EXE_fluxrig"))
        .args(["test", path.file_name().unwrap().to_str().unwrap()])
        .current_dir(path.parent().unwrap())
        .env("NO_COLOR", "1")
        .env("CI", "1")
        .output()
        .unwrap();
    let out = String::from_utf8(done.stdout).unwrap() + &String::from_utf8(done.stderr).unwrap();
    let lines = out.lines().map(without_real_time).collect::<Vec<_>>().join("\n");
    format!("exit code {}\n{lines}", done.status.code().unwrap())
}

/// `[   0.071s, 30s virtual]` becomes `[30s virtual]`, and `[   0.071s]` vanishes.
fn without_real_time(line: &str) -> String {
    let Some((before, rest)) = line.split_once('[') else { return line.trim_end().to_owned() };
    let Some((inside, after)) = rest.split_once(']') else { return line.trim_end().to_owned() };
    let real = inside.trim_start().starts_with(|c: char| c.is_ascii_digit());
    match inside.split_once("s, ") {
        Some((_, virtual_time)) if real => format!("{before}[{virtual_time}]{after}"),
        None if real && inside.ends_with('s') => format!("{before}{}", after.trim_start()),
        _ => line.trim_end().to_owned(),
    }
}
