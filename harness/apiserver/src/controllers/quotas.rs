//! What quotas of a namespace have used.

use clock::Moment;
use objects::Value;

use crate::admission::quota;
use crate::state::State;

/// Counts a namespace's use into the status of its quotas.
pub(crate) fn count(state: &mut State, _now: Moment, namespace: &str) {
    let Some(kind) = state.kind("", "ResourceQuota") else { return };
    let quotas: Vec<_> = state.storage.list(&kind.store, Some(namespace)).cloned().collect();
    for mut quota in quotas {
        let hard = quota.at(&["spec", "hard"]).cloned().unwrap_or_default();
        let used = quota::usage(state, &quota);
        let status = Value::from([("hard", hard), ("used", used)]);
        if quota.get("status") != Some(&status) {
            quota.set(&["status"], status);
            state.commit(&kind, quota);
        }
    }
}
