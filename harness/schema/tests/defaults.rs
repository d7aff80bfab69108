//! Defaults against what a live server added to manifests (needs `FLUXRIG_CORPORA`).

use objects::{Object, Value};
use schema::{Schemas, builtin, decode};

/// What ids, allocation, admission and strategies add; the server crate's work.
const NOT_DEFAULTS: &[&str] = &[
    "metadata.",
    "status",
    "spec.priority",
    "spec.preemptionPolicy",
    "spec.serviceAccount",
    "spec.tolerations",
    "spec.clusterIP",
    "spec.ipFamil",
    "spec.healthCheckNodePort",
    "spec.finalizers",
    "spec.taints",
    "spec={}",
    "spec.template.metadata",
];

fn expected_lines(case: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    for (path, value) in case.get("added").and_then(Value::as_map).into_iter().flatten() {
        let job_selector = path.as_ref() == "spec.selector" && value.at(&["matchLabels"]).is_some();
        let skip = NOT_DEFAULTS.iter().any(|prefix| path.starts_with(prefix))
            || objects::to_json(value).contains("kube-api-access")
            || objects::to_json(value).contains("kubernetes.io/serviceaccount")
            || value.as_str() == Some("<port>")
            || value.as_str() == Some("<removed>")
            || job_selector;
        if !skip {
            leaves(path, value, &mut lines);
        }
    }
    lines.retain(|line| !NOT_DEFAULTS.iter().any(|prefix| line.starts_with(prefix)));
    lines
}

fn leaves(path: &str, value: &Value, out: &mut Vec<String>) {
    match value {
        Value::Map(map) if !map.is_empty() => {
            for (key, value) in map.iter() {
                leaves(format!("{path}.{key}").trim_start_matches('.'), value, out);
            }
        }
        Value::List(items) if !items.is_empty() => {
            for (at, item) in items.iter().enumerate() {
                leaves(&format!("{path}[{at}]"), item, out);
            }
        }
        other => out.push(format!("{path}={}", objects::to_json(other))),
    }
}

#[test]
fn defaults_are_those_that_a_live_server_added() {
    let Ok(corpora) = std::env::var("FLUXRIG_CORPORA") else {
        eprintln!("SKIPPED: FLUXRIG_CORPORA is not set, nothing was checked");
        return;
    };
    let path = format!("{corpora}/../reference/kubernetes/defaults-1.36.json");
    let cases = objects::from_json(&std::fs::read(path).unwrap()).unwrap();
    let schemas = Schemas::for_minor("1.36").unwrap();
    let mut problems = Vec::new();
    for case in cases.as_list().unwrap() {
        if case.get("added").is_none() {
            continue;
        }
        let mut object = case.get("input").cloned().unwrap();
        let mut before = Vec::new();
        leaves("", &object, &mut before);
        let shape = schemas.shape(&Object(object.clone()).gvk()).unwrap();
        decode::decode(&shape, &mut object).unwrap();
        builtin::default(&mut object);
        let mut after = Vec::new();
        leaves("", &object, &mut after);
        let name = case.str_at(&["case"]).unwrap();
        let expected = expected_lines(case);
        for line in &expected {
            if !after.contains(line) {
                problems.push(format!("{name}: lacks {line}"));
            }
        }
        for line in after {
            let told = expected.contains(&line) || before.contains(&line);
            if !told && !NOT_DEFAULTS.iter().any(|prefix| line.starts_with(prefix)) {
                problems.push(format!("{name}: has {line}"));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
