//! What a new cluster has: standing namespaces, roles, priority classes, its own Service.

use clock::Moment;
use objects::Value;

use crate::context::Context;
use crate::state::State;
use crate::{controllers, write};

const STANDING: &str = include_str!("../data/standing.json");

/// Makes it.
pub(crate) fn fill(state: &mut State, now: Moment) {
    // Revisions below are what "too old" means on a cluster that just began.
    for _ in 0..100 {
        state.storage.next_revision();
    }
    state.first_revision = state.storage.revision();
    for name in ["default", "kube-node-lease", "kube-public", "kube-system"] {
        let metadata = Value::from([("name", name)]);
        make(state, now, "", "Namespace", "", Value::from([("metadata", metadata)]));
    }
    let standing = objects::from_json(STANDING.as_bytes()).unwrap_or_default();
    for item in standing.as_list().unwrap_or_default() {
        let (api_version, kind) = (item.str_at(&["apiVersion"]), item.str_at(&["kind"]));
        let (Some(api_version), Some(kind)) = (api_version, kind) else { continue };
        let group = api_version.split_once('/').map_or("", |(group, _)| group).to_owned();
        let namespace = item.str_at(&["metadata", "namespace"]).unwrap_or_default().to_owned();
        make(state, now, &group, kind, &namespace, item.clone());
    }
    controllers::run(state, now);
}

fn make(state: &mut State, now: Moment, group: &str, kind: &str, namespace: &str, body: Value) {
    let Some(kind) = state.kind(group, kind) else { return };
    let mut context = Context::controller(now, "kube-apiserver");
    // Data of this crate; a test makes sure that all of it is accepted.
    let _ = write::create(state, &mut context, &kind, namespace, body);
}
