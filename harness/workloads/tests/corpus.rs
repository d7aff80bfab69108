//! Plays the recorded workloads on the embedded API, where the corpus is present,
//! and compares with the corpus' own tools.

#![expect(clippy::unwrap_used, reason = "a broken corpus should stop the test")]

#[path = "corpus/player.rs"]
mod player;
#[path = "corpus/steps.rs"]
mod steps;

use std::path::PathBuf;
use std::process::Command;

/// States, events, final fields and health states that must agree; raise them, never lower them.
const GUARD: [u64; 4] = [2870, 703, 23_300, 719];

#[test]
fn workloads_move_as_the_real_controllers_move_them() {
    let Some(root) = std::env::var_os("FLUXRIG_CORPORA") else {
        eprintln!("SKIPPED: FLUXRIG_CORPORA is not set, the workloads corpus was not played");
        return;
    };
    let root = PathBuf::from(root).join("workloads");
    let kept = std::env::var_os("FLUXRIG_PLAYED").map(PathBuf::from);
    let folder = tempfile::tempdir().unwrap();
    let out = kept.unwrap_or_else(|| folder.path().to_owned());
    let (raw, got) = (out.join("raw"), out.join("got"));
    std::fs::create_dir_all(&raw).unwrap();
    player::play_all(&root, &raw, &got);
    let python = |tool: &str, args: &[&PathBuf]| {
        let mut command = Command::new("python3");
        command.arg(root.join("tools").join(tool)).args(args).env("PYTHONDONTWRITEBYTECODE", "1");
        let output = command.output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        text + &String::from_utf8_lossy(&output.stderr)
    };
    let notes = python("normalise.py", &[&root, &got, &raw]);
    let report = python("score.py", &[&root, &got]);
    println!("{notes}{report}");
    let total = report.lines().find(|line| line.starts_with("TOTAL")).unwrap();
    let agree: Vec<u64> = total
        .split(' ')
        .filter_map(|word| word.split_once('/'))
        .filter_map(|(agree, _)| agree.parse().ok())
        .collect();
    for (agree, guard) in agree.iter().zip(GUARD) {
        assert!(*agree >= guard, "{total}: there were {GUARD:?}");
    }
}
