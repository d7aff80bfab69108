//! Runtime classes give pods their overhead and place (kubernetes `RuntimeClass`).

use client::Status;
use objects::{GroupKind, Map, Object, Value};

use super::Operation;
use crate::refusal;
use crate::state::State;

/// Gives a new pod what its runtime class says; refuses a missing class.
pub(crate) fn mutate(
    state: &State,
    operation: &Operation<'_>,
    pod: &mut Object,
) -> Result<(), Status> {
    if !operation.creates("Pod") {
        return Ok(());
    }
    let named = pod.str_at(&["spec", "runtimeClassName"]).unwrap_or_default().to_owned();
    if named.is_empty() {
        return Ok(());
    }
    let classes = GroupKind { group: "node.k8s.io".to_owned(), kind: "RuntimeClass".to_owned() };
    let Some(class) = state.storage.get(&classes, "", &named) else {
        let why = format!("pod rejected: RuntimeClass \"{named}\" not found");
        return Err(refusal::forbidden(operation.kind, pod.name(), &why));
    };
    if let Some(overhead) = class.at(&["overhead", "podFixed"]) {
        pod.set(&["spec", "overhead"], overhead.clone());
    }
    let place = class.at(&["scheduling", "nodeSelector"]).and_then(Value::as_map);
    for (key, value) in place.into_iter().flat_map(Map::iter) {
        pod.set(&["spec", "nodeSelector", key], value.clone());
    }
    let more = class.list_at(&["scheduling", "tolerations"]);
    if !more.is_empty() {
        let mut tolerations = pod.list_at(&["spec", "tolerations"]).to_vec();
        tolerations.extend(
            more.iter().filter(|one| !pod.list_at(&["spec", "tolerations"]).contains(one)).cloned(),
        );
        pod.set(&["spec", "tolerations"], tolerations);
    }
    Ok(())
}
