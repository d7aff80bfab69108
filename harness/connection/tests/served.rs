//! A connection to a served API: calls, refusals and watches as a controller sees them.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]

use std::path::PathBuf;
use std::sync::mpsc;
use std::time::Duration;

use apiserver::serve::{Door, Still, serve};
use client::{Api, Call, Change, ChangeKind, Options, Patch, Target, Verb, Watch};
use connection::{Bell, ConnectError, Connection, Context};
use objects::{Gvk, Object, Value};

/// Serves an empty API on a thread of its own until the test ends.
fn served() -> (tempfile::TempDir, Context) {
    let folder = tempfile::tempdir().unwrap();
    let kubeconfig: PathBuf = folder.path().join("kubeconfig");
    let door = Door { kubeconfig: Some(kubeconfig.clone()), ..Door::default() };
    let (open, opened) = mpsc::channel();
    std::thread::spawn(move || {
        let server =
            apiserver::ApiServer::new(apiserver::Settings::default(), clock::Clock::real().now())
                .unwrap();
        serve(server, Box::new(Still), &door, |_| open.send(()).unwrap()).unwrap();
    });
    opened.recv_timeout(Duration::from_secs(20)).unwrap();
    (folder, Context { name: "fluxrig".into(), kubeconfig: Some(kubeconfig) })
}

fn config_map(name: &str, value: &str) -> Object {
    let mut object = Object(Value::map());
    object.set(&["apiVersion"], "v1");
    object.set(&["kind"], "ConfigMap");
    object.set(&["metadata", "name"], name);
    object.set(&["metadata", "namespace"], "default");
    object.set(&["data", "k"], value);
    object
}

fn apply(object: &Object) -> Call {
    Call {
        verb: Verb::Patch(Patch::Apply),
        target: Target::of(object),
        body: Some(object.0.clone()),
        options: Options { manager: "tester".into(), force: true, ..Options::default() },
        impersonate: None,
    }
}

/// The next change of object `a` that a watch brings; the API has objects of its own.
fn next(watch: &mut Box<dyn Watch>, bell: &Bell) -> Change {
    for _ in 0..100 {
        while let Some(change) = watch.next() {
            if change.object.name() == "a" {
                return change;
            }
        }
        let _rang = bell.wait(Duration::from_millis(100));
    }
    panic!("no change came within ten seconds");
}

#[test]
fn what_is_applied_is_read_watched_and_deleted() {
    let (_folder, context) = served();
    let connection = Connection::open(&context).unwrap();
    assert!(connection.version().starts_with("v1."), "{}", connection.version());
    let kind = Gvk::new("", "v1", "ConfigMap");
    connection.now(&apply(&config_map("a", "one"))).unwrap();
    let mut watch = connection.watch(&kind).unwrap();
    let bell = connection.bell();
    let first = next(&mut watch, &bell);
    assert_eq!(first.kind, ChangeKind::Added);
    assert_eq!(first.object.gvk(), kind);

    connection.now(&apply(&config_map("a", "two"))).unwrap();
    let second = next(&mut watch, &bell);
    assert_eq!(
        (second.kind, second.object.str_at(&["data", "k"])),
        (ChangeKind::Modified, Some("two"))
    );

    let target = Target::new(kind, "default", "a");
    connection.now(&Call::new(Verb::Delete, target.clone())).unwrap();
    assert_eq!(next(&mut watch, &bell).kind, ChangeKind::Deleted);
    let refusal = connection.now(&Call::new(Verb::Get, target)).unwrap_err();
    assert_eq!(refusal.message, "configmaps \"a\" not found");
    assert!(refusal.is_not_found());
}

#[test]
fn discovery_knows_a_kind_without_its_version_and_refuses_an_unknown_one() {
    let (_folder, context) = served();
    let connection = Connection::open(&context).unwrap();
    let api: &dyn Api = &connection;
    let found =
        wait(&connection.bell(), api.resource(&Gvk::new("apps", "", "Deployment"))).unwrap();
    assert_eq!((found.plural.as_str(), found.gvk.version.as_str()), ("deployments", "v1"));
    assert!(found.namespaced && found.has_status);
    let none = wait(&connection.bell(), api.resource(&Gvk::new("apps", "v1", "Nothing")));
    assert_eq!(none.unwrap_err().message, "no matches for kind \"Nothing\" in version \"apps/v1\"");
}

#[test]
fn only_a_context_that_is_named_is_used() {
    let (_folder, mut context) = served();
    context.name = "production".into();
    match Connection::open(&context) {
        Err(ConnectError::NoContext { known, .. }) => assert_eq!(known, ["fluxrig"]),
        other => panic!("{:?}", other.err()),
    }
    context.kubeconfig = Some(PathBuf::from("/nowhere/kubeconfig"));
    assert!(matches!(Connection::open(&context), Err(ConnectError::Kubeconfig { .. })));
}

/// Polls as the loop of a place does: whenever the bell rings.
fn wait<T>(bell: &Bell, future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    for _ in 0..200 {
        if let std::task::Poll::Ready(answer) = future.as_mut().poll(&mut context) {
            return answer;
        }
        let _rang = bell.wait(Duration::from_millis(100));
    }
    panic!("no answer within twenty seconds");
}

#[test]
fn a_value_goes_both_ways_unchanged() {
    let (_folder, context) = served();
    let connection = Connection::open(&context).unwrap();
    let object = config_map("b", "ü 😀");
    let api: &dyn Api = &connection;
    let answer = wait(&connection.bell(), api.apply(object, "tester", true)).unwrap();
    assert_eq!(answer.get("data"), Some(&Value::from([("k", Value::from("ü 😀"))])));
}
