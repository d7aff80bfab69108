//! Signals to the built command: it ends at once, by the codes of convention, and leaves nothing behind.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]
#![expect(clippy::disallowed_methods, reason = "another process takes real time")]

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Keeps a world open long enough to be interrupted: many moments with something to do.
const LONG: &str = r#"scenario: a world that goes on for a decade
repository:
  files:
    app/settings.yaml: |
      apiVersion: v1
      kind: ConfigMap
      metadata: {name: settings, namespace: default}
cluster: {sync: {path: app}}
steps:
  - wait: 100000h
"#;

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap().flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..600 {
        if holds() {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(holds(), "{what} did not come to be");
}

fn start(folder: &Path, temporary: &Path, arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_fluxrig"))
        .args(arguments)
        .current_dir(folder)
        .env("TMPDIR", temporary)
        .env("NO_COLOR", "1")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn send(signal: &str, child: &Child) {
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

struct Ground {
    folder: tempfile::TempDir,
    temporary: tempfile::TempDir,
}

impl Ground {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("long.yaml"), LONG).unwrap();
        Self { folder, temporary: tempfile::tempdir().unwrap() }
    }

    fn start(&self, arguments: &[&str]) -> Child {
        let child = start(self.folder.path(), self.temporary.path(), arguments);
        until("a file of its own", || !names(self.temporary.path()).is_empty());
        child
    }

    fn left(&self) -> Vec<String> {
        names(self.temporary.path())
    }
}

#[test]
fn a_signal_ends_test_and_serve_at_once_and_nothing_is_left() {
    let commands: [&[&str]; 2] = [&["test", "long.yaml"], &["serve"]];
    for arguments in commands {
        for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
            let ground = Ground::new();
            let mut child = ground.start(arguments);
            send(signal, &child);
            let status = child.wait().unwrap();
            assert_eq!(status.code(), Some(code), "{arguments:?} {signal}");
            assert_eq!(ground.left(), Vec::<String>::new(), "{arguments:?} {signal}");
        }
    }
}

#[test]
fn the_next_run_removes_what_a_killed_one_left() {
    let ground = Ground::new();
    let mut child = ground.start(&["test", "long.yaml"]);
    child.kill().unwrap();
    child.wait().unwrap();
    let left = ground.left();
    assert_eq!(left.len(), 1, "{left:?}");
    let mut next = start(ground.folder.path(), ground.temporary.path(), &["test", "long.yaml"]);
    until("the folder of the killed run to go", || !ground.left().contains(&left[0]));
    send("-TERM", &next);
    next.wait().unwrap();
    assert_eq!(ground.left(), Vec::<String>::new());
}
