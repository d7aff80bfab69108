//! Plays the recorded readiness corpus, where it is present.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a broken corpus should stop the test")]

use std::path::{Path, PathBuf};
use std::time::Duration;

use clock::Moment;
use health::{CheckExpressions, Expressions, Health, HealthChecks, Polled, Status};
use objects::{Object, Value, load_yaml};
use yaml::Schema;

/// How many cases and snapshots must agree; raise it, never lower it.
const GUARD: usize = 1112;

#[test]
fn readiness_is_computed_as_the_real_libraries_do() {
    let Some(root) = std::env::var_os("FLUXRIG_CORPORA") else {
        eprintln!("SKIPPED: FLUXRIG_CORPORA is not set, the readiness corpus was not played");
        return;
    };
    let root = PathBuf::from(root).join("kstatus");
    let mut tally = Tally::default();
    for file in files(&root) {
        let text = std::fs::read_to_string(&file).unwrap();
        for document in documents(&text) {
            match document.as_list() {
                Some(snapshots) => snapshots.iter().for_each(|one| tally.snapshot(&file, one)),
                None => tally.case(&document),
            }
        }
    }
    for line in tally.wrong.iter().take(60) {
        eprintln!("{line}");
    }
    eprintln!("{} of {} agree", tally.right, tally.right + tally.wrong.len());
    assert!(tally.right >= GUARD, "only {} agree, there were {GUARD}", tally.right);
}

fn documents(text: &str) -> Vec<Value> {
    load_yaml(text, Schema::Yaml11).unwrap()
}

fn files(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(root).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|ext| ext == "yaml") {
            found.push(path);
        }
    }
    found.sort();
    found
}

#[derive(Default)]
struct Tally {
    right: usize,
    wrong: Vec<String>,
}

impl Tally {
    fn compare(&mut self, name: &str, got: &Value, want: &Value) {
        if got == want {
            self.right += 1;
        } else {
            let (got, want) = (objects::to_json(got), objects::to_json(want));
            self.wrong.push(format!("{name}\n   got {got}\n  want {want}"));
        }
    }

    fn snapshot(&mut self, file: &Path, snapshot: &Value) {
        let object = Object(snapshot.get("object").unwrap().clone());
        let name = format!("{} {}", file.display(), snapshot.str_at(&["from"]).unwrap());
        let mut got = status(&object, Moment::START);
        let mut want = snapshot.get("expect").unwrap().clone();
        if let Some(job) = snapshot.get("expectFluxJobReader") {
            got = Value::from([("a", got), ("b", shown(&health::job_reader(&object)))]);
            want = Value::from([("a", want), ("b", job.clone())]);
        }
        self.compare(&name, &got, &want);
    }

    fn case(&mut self, case: &Value) {
        let mut now = Moment::START + Duration::from_secs(86_400);
        let mut object = Object(case.get("object").unwrap().clone());
        if let Some(ago) = case.int_at(&["creationSecondsAgo"]) {
            let created = Moment::from_unix_seconds(now.unix_seconds() - ago).rfc3339();
            object.set(&["metadata", "creationTimestamp"], created);
        } else {
            now = Moment::START + Duration::from_secs(400 * 86_400);
        }
        let got = match case.str_at(&["compute"]).unwrap() {
            "status" => status(&object, now),
            "flux job reader" => shown(&health::job_reader(&object)),
            "health check expressions" => expressions(case, &object),
            "health check reader" => reader(case, &object),
            "poller reader" => {
                let others: Vec<_> =
                    case.list_at(&["others"]).iter().cloned().map(Object).collect();
                polled(&health::poll(&object, &others, now), false)
            }
            other => panic!("{other}"),
        };
        let name = case.str_at(&["id"]).unwrap();
        self.compare(name, &got, case.get("expect").unwrap());
    }
}

fn status(object: &Object, now: Moment) -> Value {
    match health::compute(object, now) {
        Ok(health) => shown(&health),
        Err(error) => Value::from([("error", error.to_string())]),
    }
}

fn shown(health: &Health) -> Value {
    let conditions: Vec<Value> = health
        .condition
        .iter()
        .map(|condition| {
            Value::from([
                ("message", condition.message.as_str()),
                ("reason", condition.reason.as_str()),
                ("status", "True"),
                ("type", condition.kind),
            ])
        })
        .collect();
    let mut out = plain(health);
    out.set(&["conditions"], conditions);
    out
}

fn plain(health: &Health) -> Value {
    Value::from([("message", health.message.clone()), ("status", health.status.to_string())])
}

fn check(value: &Value) -> CheckExpressions {
    let text = |key: &str| value.str_at(&[key]).unwrap_or_default().to_owned();
    CheckExpressions {
        api_version: text("apiVersion"),
        kind: text("kind"),
        current: text("current"),
        failed: text("failed"),
        in_progress: text("inProgress"),
    }
}

fn failure(error: String, stage: &str) -> Value {
    Value::from([("error", error), ("stage", stage.to_owned())])
}

fn expressions(case: &Value, object: &Object) -> Value {
    let expressions = match Expressions::compile(&check(case.get("exprs").unwrap())) {
        Ok(expressions) => expressions,
        Err(error) => return failure(error.to_string(), "compile"),
    };
    match expressions.evaluate(object) {
        Ok(health) => plain(&health),
        Err(error) => failure(error.to_string(), "evaluate"),
    }
}

fn reader(case: &Value, object: &Object) -> Value {
    let checks: Vec<_> = case.list_at(&["checks"]).iter().map(check).collect();
    match HealthChecks::compile(&checks) {
        Ok(checks) => {
            let found = checks.for_kind(&object.gvk().group_kind()).is_some();
            Value::from([("supports", found)])
        }
        Err(error) => Value::from([("error", error.to_string())]),
    }
}

fn polled(found: &Polled, named: bool) -> Value {
    let mut out = plain(&found.health);
    if named {
        let name = format!("{} {}", found.object.kind(), found.object.name());
        out.set(&["object"], name);
    }
    if let Some(error) = &found.error {
        assert_eq!(found.health.status, Status::Unknown);
        out.set(&["error"], error.to_string());
    }
    if !found.generated.is_empty() {
        let generated: Vec<Value> = found.generated.iter().map(|one| polled(one, true)).collect();
        out.set(&["generated"], generated);
    }
    out
}
