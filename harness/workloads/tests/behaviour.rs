//! Workloads move as declared, and come to rest.

#![expect(clippy::unwrap_used, reason = "a broken test should stop")]

mod common;

use std::time::Duration;

use clock::Seed;
use common::Memory;
use objects::{Object, Value, from_json};
use workloads::{Behaviour, Behaviours, Foreign, Matcher, PodLife, Rule, Simulator};

fn json(text: &str) -> Value {
    from_json(text.as_bytes()).unwrap()
}

fn deployment(name: &str, image: &str, replicas: i64) -> Value {
    json(&format!(
        r#"{{"apiVersion":"apps/v1","kind":"Deployment","metadata":{{"name":"{name}","namespace":"apps"}},
        "spec":{{"replicas":{replicas},"progressDeadlineSeconds":600,"revisionHistoryLimit":10,
        "selector":{{"matchLabels":{{"app":"{name}"}}}},"template":{{"metadata":{{"labels":{{"app":"{name}"}}}},
        "spec":{{"containers":[{{"name":"main","image":"{image}"}}]}}}}}}}}"#
    ))
}

fn ruled(rules: Vec<Rule>) -> Simulator {
    Simulator::new(Behaviours { rules, ..Behaviours::default() }, Seed(1))
}

fn for_image(image: &str, life: PodLife) -> Rule {
    let matcher = Matcher { image: Some(image.to_owned()), ..Matcher::default() };
    Rule { matcher, behaviour: Behaviour::Pod(life) }
}

fn verdict(memory: &Memory, kind: &str, name: &str) -> (String, String) {
    let object = memory.get(kind, "apps", name).unwrap();
    let progressing = object.condition("Progressing");
    let reason = progressing.and_then(|c| c.str_at(&["reason"])).unwrap_or_default();
    let count = |field: &str| object.int_at(&["status", field]).unwrap_or(0);
    (reason.to_owned(), format!("{}/{}", count("availableReplicas"), count("replicas")))
}

#[test]
fn a_deployment_becomes_available_and_the_world_comes_to_rest() {
    let (mut memory, mut simulator) = (Memory::new(1), ruled(Vec::new()));
    memory.apply(deployment("web", "app:1", 3));
    memory.run(&mut simulator, 5);
    assert_eq!(
        verdict(&memory, "Deployment", "web"),
        ("NewReplicaSetAvailable".into(), "3/3".into())
    );
    assert_eq!(simulator.next_due(), None);
    memory.apply(deployment("web", "app:2", 3));
    memory.run(&mut simulator, 10);
    assert_eq!(
        verdict(&memory, "Deployment", "web"),
        ("NewReplicaSetAvailable".into(), "3/3".into())
    );
    assert_eq!(memory.list("ReplicaSet").len(), 2);
    assert_eq!(memory.list("Pod").len(), 3);
    assert_eq!(simulator.next_due(), None);
    memory.delete("Deployment", "apps", "web");
    memory.run(&mut simulator, 5);
    assert!(memory.list("Pod").is_empty());
    assert_eq!(simulator.next_due(), None);
}

#[test]
fn an_image_that_cannot_be_pulled_passes_the_deadline_until_its_behaviour_changes() {
    let rule = for_image("app:bad", PodLife::ImagePull("not found".into()));
    let (mut memory, mut simulator) = (Memory::new(1), ruled(vec![rule]));
    memory.apply(deployment("web", "app:bad", 1));
    memory.run(&mut simulator, 599);
    assert_eq!(verdict(&memory, "Deployment", "web").0, "ReplicaSetUpdated");
    memory.run(&mut simulator, 10);
    assert_eq!(verdict(&memory, "Deployment", "web").0, "ProgressDeadlineExceeded");
    assert_eq!(simulator.next_due(), None);
    simulator.behave(for_image("app:bad", PodLife::Ready(Duration::from_secs(1))));
    memory.run(&mut simulator, 5);
    assert_eq!(
        verdict(&memory, "Deployment", "web"),
        ("NewReplicaSetAvailable".into(), "1/1".into())
    );
}

#[test]
fn one_seed_gives_one_history() {
    let history = || {
        let (mut memory, mut simulator) = (Memory::new(3), ruled(Vec::new()));
        memory.apply(deployment("web", "app:1", 4));
        memory.run(&mut simulator, 5);
        memory.apply(deployment("web", "app:2", 2));
        memory.run(&mut simulator, 30);
        let lines = memory.log.iter().map(|(at, change)| format!("{at} {:?}", change));
        lines.collect::<Vec<_>>().join("\n")
    };
    assert_eq!(history(), history());
}

#[test]
fn a_foreign_object_becomes_ready_after_its_while_and_makes_what_it_should() {
    let foreign = Foreign {
        after: Duration::from_secs(20),
        creates: vec![json(
            r#"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"${name}-tls"},"stringData":{"k":"v"}}"#,
        )],
        ..Foreign::default()
    };
    let matcher = Matcher { kind: Some("Certificate".into()), ..Matcher::default() };
    let rule = Rule { matcher, behaviour: Behaviour::Foreign(foreign) };
    let (mut memory, mut simulator) = (Memory::new(1), ruled(vec![rule]));
    memory.apply(json(
        r#"{"apiVersion":"cert-manager.io/v1","kind":"Certificate","metadata":{"name":"web","namespace":"apps"},"spec":{}}"#,
    ));
    let ready = |memory: &Memory| {
        let object = memory.get("Certificate", "apps", "web").unwrap();
        object.condition("Ready").and_then(|c| c.str_at(&["status"])).unwrap().to_owned()
    };
    memory.run(&mut simulator, 19);
    assert_eq!(ready(&memory), "Unknown");
    memory.run(&mut simulator, 2);
    assert_eq!(ready(&memory), "True");
    assert!(memory.get("Secret", "apps", "web-tls").is_some());
    assert_eq!(simulator.next_due(), None);
}

#[test]
fn a_job_completes_and_counts_its_pods_once() {
    let (mut memory, mut simulator) = (Memory::new(1), ruled(Vec::new()));
    memory.apply(json(
        r#"{"apiVersion":"batch/v1","kind":"Job","metadata":{"name":"job","namespace":"apps"},"spec":{"completions":3,
        "parallelism":2,"backoffLimit":6,"template":{"metadata":{"labels":{"app":"job"}},"spec":{"restartPolicy":"Never",
        "containers":[{"name":"main","image":"app:1"}]}}}}"#,
    ));
    memory.run(&mut simulator, 20);
    let job = memory.get("Job", "apps", "job").unwrap();
    assert_eq!(job.int_at(&["status", "succeeded"]), Some(3));
    assert_eq!(job.condition("Complete").and_then(|c| c.str_at(&["status"])), Some("True"));
    assert_eq!(memory.list("Pod").len(), 3);
    assert_eq!(simulator.next_due(), None);
}

#[test]
fn a_stateful_set_starts_its_pods_in_order() {
    let (mut memory, mut simulator) = (Memory::new(1), ruled(Vec::new()));
    memory.apply(json(
        r#"{"apiVersion":"apps/v1","kind":"StatefulSet","metadata":{"name":"db","namespace":"apps"},"spec":{"replicas":3,
        "serviceName":"db","selector":{"matchLabels":{"app":"db"}},"template":{"metadata":{"labels":{"app":"db"}},
        "spec":{"containers":[{"name":"main","image":"app:1"}]}}}}"#,
    ));
    memory.run(&mut simulator, 2);
    assert_eq!(memory.list("Pod").len(), 3);
    let ready = |memory: &Memory| {
        let set: &Object = memory.get("StatefulSet", "apps", "db").unwrap();
        set.int_at(&["status", "readyReplicas"])
    };
    assert_eq!(ready(&memory), Some(2));
    memory.run(&mut simulator, 2);
    assert_eq!(ready(&memory), Some(3));
    assert_eq!(simulator.next_due(), None);
}

#[test]
fn a_thousand_deployments_settle() {
    let (mut memory, mut simulator) = (Memory::new(1), ruled(Vec::new()));
    for number in 0..1000 {
        memory.apply(deployment(&format!("web-{number}"), "app:1", 1));
    }
    memory.run(&mut simulator, 10);
    let settled = memory.list("Deployment").into_iter();
    let settled = settled.filter(|one| one.int_at(&["status", "availableReplicas"]) == Some(1));
    assert_eq!(settled.count(), 1000);
    assert_eq!(simulator.next_due(), None);
}
