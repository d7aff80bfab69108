//! Rules against what a live server refused (needs `FLUXRIG_CORPORA`).

use objects::{Object, Value};
use schema::{Schemas, builtin, decode, summary};

/// Refusals that need storage, allocation or a request: the server crate's work.
fn is_ours(case: &Value) -> bool {
    let about = case.str_at(&["about"]).unwrap_or_default();
    let elsewhere = ["clusterIP", "nodePort", "manualSelector", "apply", "scale"];
    case.str_at(&["method"]) == Some("POST")
        && case.int_at(&["code"]) == Some(422)
        && case.at(&["body", "kind"]).is_some()
        && !elsewhere.iter().any(|word| about.contains(word))
}

#[test]
fn refusals_are_those_of_a_live_server() {
    let Ok(corpora) = std::env::var("FLUXRIG_CORPORA") else {
        eprintln!("SKIPPED: FLUXRIG_CORPORA is not set, nothing was checked");
        return;
    };
    let path = format!("{corpora}/../reference/kubernetes/refused-1.36.json");
    let cases = objects::from_json(&std::fs::read(path).unwrap()).unwrap();
    let schemas = Schemas::for_minor("1.36").unwrap();
    let mut problems = Vec::new();
    let mut count = 0;
    for case in cases.as_list().unwrap().iter().filter(|case| is_ours(case)) {
        let mut object = case.get("body").cloned().unwrap();
        object.set(&["metadata", "uid"], "uid");
        let shape = schemas.shape(&Object(object.clone()).gvk()).unwrap();
        decode::decode(&shape, &mut object).unwrap();
        builtin::default(&mut object);
        if object.str_at(&["kind"]) == Some("Job") {
            // The server makes the selector.
            let labels = objects::from_json(br#"{"batch.kubernetes.io/controller-uid":"uid"}"#);
            object.set(&["spec", "selector", "matchLabels"], labels.as_ref().unwrap().clone());
            object.set(&["spec", "template", "metadata", "labels"], labels.unwrap());
        }
        let found = summary(&builtin::validate(&object, None));
        let message = case.str_at(&["status", "message"]).unwrap();
        let expected = message.split_once("is invalid: ").map_or(message, |(_, text)| text);
        count += 1;
        if found != expected {
            let about = case.str_at(&["about"]).unwrap();
            problems.push(format!("{about}:\n  found    {found}\n  expected {expected}"));
        }
    }
    assert!(count > 30, "only {count} refusals were checked");
    assert!(problems.is_empty(), "{} of {count}\n{}", problems.len(), problems.join("\n"));
}
