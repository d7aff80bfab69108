//! The command on bad input: exit code, standard output and standard error together.
//!
//! Every case lies in a folder that the test makes; nothing may be left behind.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::path::Path;
use std::process::Command;

/// Runs the command in a folder with these files; code, output and errors as one text.
fn run(files: &[(&str, &[u8])], arguments: &[&str]) -> (i32, String) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    run_in(folder.path(), arguments)
}

fn run_in(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let done = Command::new(env!("CARGO_BIN_EXE_fluxrig"))
        .args(arguments)
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .env("CI", "1")
        .output()
        .unwrap();
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&done.stdout),
        String::from_utf8_lossy(&done.stderr)
    );
    (done.status.code().unwrap_or(-1), text)
}

fn check(name: &str, text: &[u8], code: i32, says: &[&str]) {
    let (found, output) = run(&[("scenarios/a.yaml", text)], &["test"]);
    assert_eq!(found, code, "{name}: {output}");
    for part in says {
        assert!(output.contains(part), "{name}: no {part:?} in\n{output}");
    }
    assert!(!output.contains("panicked"), "{name}: {output}");
}

#[test]
fn wrong_files_are_refused_with_their_place_and_exit_code_2() {
    let place = "scenarios/a.yaml:";
    let deep = format!("scenario: {}", "[".repeat(100_000));
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let items = format!("*a{}, ", level - 1).repeat(10);
        bomb.push_str(&format!("a{level}: &a{level} [{items}]\n"));
    }
    let cases: [(&str, &[u8], &[&str]); 9] = [
        ("broken YAML", b"steps: [\n", &[place]),
        ("a wrong type", b"labels: {a: b}\nsteps: [{wait: 1m}]\n", &["scenarios/a.yaml:1:"]),
        ("an unknown step", b"steps:\n  - psuh: {}\n", &["scenarios/a.yaml:2:", "push"]),
        ("an unknown key", b"lables: [a]\nsteps: [{wait: 1m}]\n", &["lables", "labels"]),
        ("a file that uses itself", b"steps: [{use: a.yaml}]\n", &[place]),
        ("a missing file of steps", b"steps: [{use: none.yaml}]\n", &["none.yaml"]),
        ("deep nesting", deep.as_bytes(), &[place]),
        ("an alias bomb", bomb.as_bytes(), &[place]),
        ("a file that is not UTF-8", b"scenario: \xff\xfe\n", &["UTF-8"]),
    ];
    for (name, text, says) in cases {
        check(name, text, 2, says);
    }
}

#[test]
fn a_missing_repository_is_refused_before_anything_runs() {
    let text =
        b"repository: ../clusters/none\ncluster: .\nexpect: {every: Kustomization, is: Ready}\n";
    check("a missing repository", text, 2, &["clusters/none"]);
}

#[test]
fn a_selection_of_nothing_has_its_own_exit_code() {
    let files: [(&str, &[u8]); 1] = [("scenarios/a.yaml", b"steps: [{wait: 1m}]\n")];
    let (code, output) = run(&files, &["test", "no-such-name"]);
    assert_eq!(code, 4, "{output}");
    assert!(output.contains("no scenario is selected by \"no-such-name\""), "{output}");
}

#[test]
fn a_met_scenario_and_a_failed_one_have_their_exit_codes() {
    let met: [(&str, &[u8]); 1] = [("scenarios/a.yaml", b"steps: [{wait: 1m}]\n")];
    assert_eq!(run(&met, &["test"]).0, 0);
    let failed: [(&str, &[u8]); 1] =
        [("scenarios/a.yaml", b"expect: {objects: {ConfigMap/default/none: present}}\n")];
    let (code, output) = run(&failed, &["test"]);
    assert_eq!(code, 1, "{output}");
    assert!(output.contains("ConfigMap/default/none"), "{output}");
}

#[test]
fn one_seed_gives_one_record_byte_for_byte() {
    let text = b"steps:\n  - apply: {objects: {apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: default}}}\n  - wait: 10m\n  - expect: {objects: {ConfigMap/default/a: present}}\n";
    let files: [(&str, &[u8]); 2] = [("scenarios/a.yaml", text), ("scenarios/b.yaml", text)];
    let arguments = ["test", "--seed", "7", "--report", "json=-"];
    let record = || {
        let (_, output) = run(&files, &arguments);
        let lines = output.lines().filter(|line| line.starts_with('{'));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    let first = record();
    assert!(first.len() > 8, "{first:?}");
    assert_eq!(first, record());
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_back_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let scenarios = folder.path().join("scenarios");
    std::fs::create_dir_all(&scenarios).unwrap();
    std::os::unix::fs::symlink(&scenarios, scenarios.join("again")).unwrap();
    let (code, output) = run_in(folder.path(), &["test"]);
    assert_eq!(code, 2, "{output}");
    assert!(output.contains("leads back"), "{output}");
}
