//! The words for the state of an object.

use crate::record::words;

words! {
    /// The state of an object, in a word.
    pub enum State {
        /// Ready for the current generation and, below a source, for the head of its branch.
        "Ready" Ready,
        /// Not so.
        "NotReady" NotReady,
        /// It exists.
        "present" Present,
        /// It did not exist at any moment since the step before.
        "absent" Absent,
        /// It did not change at any moment since the step before; status and the
        /// traces of writing (resource version, managed fields) do not count.
        "unchanged" Unchanged,
        /// It changed since the step before.
        "changed" Changed,
        /// It came into being since the step before.
        "created" Created,
        /// It went since the step before, and is not there.
        "deleted" Deleted,
        /// It went and came again since the step before: another uid.
        "recreated" Recreated,
        /// A workload with all its replicas updated and available.
        "Available" Available,
        /// What kstatus calls current: as its spec wants it.
        "Current" Current,
        /// What kstatus calls in progress.
        "InProgress" InProgress,
        /// What kstatus calls failed; also a Pod or a Job that failed.
        "Failed" Failed,
        /// A Job that is complete, a Pod that succeeded.
        "Complete" Complete,
        /// A Pod that runs with all its containers ready.
        "Running" Running,
        /// A volume claim that is bound.
        "Bound" Bound,
        /// A CustomResourceDefinition that is served.
        "Established" Established,
        /// Condition Stalled: Flux waits for a change.
        "Stalled" Stalled,
        /// `spec.suspend` is set.
        "Suspended" Suspended,
        /// It is being deleted.
        "Terminating" Terminating,
    }
    default Present
}
