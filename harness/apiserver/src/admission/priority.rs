//! Priority and default tolerations of new pods (kubernetes `Priority`, `DefaultTolerationSeconds`).

use client::Status;
use objects::{GroupKind, Object, Value};

use super::Operation;
use crate::refusal;
use crate::state::State;

/// Gives a new pod its priority and the two tolerations every pod has.
pub(crate) fn mutate(
    state: &State,
    operation: &Operation<'_>,
    pod: &mut Object,
) -> Result<(), Status> {
    let kind = &operation.kind.gvk;
    let is_pod = kind.kind == "Pod" && kind.group.is_empty() && operation.sub.is_empty();
    if !is_pod {
        return Ok(());
    }
    if operation.old.is_none() {
        set_priority(state, operation, pod)?;
    }
    tolerate(pod);
    Ok(())
}

fn set_priority(state: &State, operation: &Operation<'_>, pod: &mut Object) -> Result<(), Status> {
    let classes =
        GroupKind { group: "scheduling.k8s.io".to_owned(), kind: "PriorityClass".to_owned() };
    let named = pod.str_at(&["spec", "priorityClassName"]).unwrap_or_default().to_owned();
    let class = if named.is_empty() {
        let default = |class: &&Object| class.bool_at(&["globalDefault"]) == Some(true);
        state.storage.list(&classes, None).find(default).cloned()
    } else {
        let found = state.storage.get(&classes, "", &named).cloned();
        if found.is_none() {
            let why = format!("no PriorityClass with name {named} was found");
            return Err(refusal::forbidden(operation.kind, pod.name(), &why));
        }
        found
    };
    let value = class.as_ref().and_then(|class| class.int_at(&["value"])).unwrap_or(0);
    let given = pod.int_at(&["spec", "priority"]);
    if given.is_some_and(|given| given != value) {
        let why = format!(
            "the integer value of priority ({}) must not be provided in pod spec; priority admission controller computed {value} from the given PriorityClass name",
            given.unwrap_or_default()
        );
        return Err(refusal::forbidden(operation.kind, pod.name(), &why));
    }
    if named.is_empty()
        && let Some(class) = &class
    {
        pod.set(&["spec", "priorityClassName"], class.name());
    }
    let policy = class.as_ref().and_then(|class| class.str_at(&["preemptionPolicy"]));
    pod.set(&["spec", "priority"], value);
    pod.set(&["spec", "preemptionPolicy"], policy.unwrap_or("PreemptLowerPriority"));
    Ok(())
}

fn tolerate(pod: &mut Object) {
    let mut tolerations = pod.list_at(&["spec", "tolerations"]).to_vec();
    for key in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
        let covered = tolerations.iter().any(|toleration| {
            let name = toleration.str_at(&["key"]).unwrap_or_default();
            let effect = toleration.str_at(&["effect"]).unwrap_or_default();
            (name == key || name.is_empty()) && (effect.is_empty() || effect == "NoExecute")
        });
        if !covered {
            tolerations.push(Value::from([
                ("effect", Value::from("NoExecute")),
                ("key", key.into()),
                ("operator", "Exists".into()),
                ("tolerationSeconds", 300.into()),
            ]));
        }
    }
    pod.set(&["spec", "tolerations"], tolerations);
}
