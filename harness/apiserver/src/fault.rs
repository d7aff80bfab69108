//! Faults as data: calls that fail until healed.

use client::{Status, Verb};
use objects::GroupKind;

/// Calls that fail. What is `None` matches everything.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// Calls to this kind.
    pub kind: Option<GroupKind>,
    /// Calls in this namespace.
    pub namespace: Option<String>,
    /// Calls to this object.
    pub name: Option<String>,
    /// Calls of these verbs; empty for all.
    pub verbs: Vec<Verb>,
    /// The refusal they get.
    pub status: Status,
    /// Calls it still hits; `None` until healed.
    pub times: Option<u32>,
}

/// Names one injected fault, to heal it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct FaultId(pub(crate) u64);

/// The faults in force, in the order they were injected.
#[derive(Debug, Clone, Default)]
pub(crate) struct Faults {
    next: u64,
    active: Vec<(FaultId, Fault)>,
}

impl Faults {
    pub(crate) fn inject(&mut self, fault: Fault) -> FaultId {
        let id = FaultId(self.next);
        self.next += 1;
        self.active.push((id, fault));
        id
    }

    pub(crate) fn heal(&mut self, id: FaultId) {
        self.active.retain(|(known, _)| *known != id);
    }

    /// The refusal that a call gets, if any fault hits it; uses up one of its times.
    pub(crate) fn strike(
        &mut self,
        verb: Verb,
        kind: &GroupKind,
        namespace: &str,
        name: &str,
    ) -> Option<Status> {
        let at = self.active.iter().position(|(_, fault)| {
            fault.kind.as_ref().is_none_or(|wanted| wanted == kind)
                && fault.namespace.as_deref().is_none_or(|wanted| wanted == namespace)
                && fault.name.as_deref().is_none_or(|wanted| wanted == name)
                && (fault.verbs.is_empty() || fault.verbs.contains(&verb))
        })?;
        let fault = &mut self.active[at].1;
        let status = fault.status.clone();
        if let Some(times) = &mut fault.times {
            *times = times.saturating_sub(1);
            if *times == 0 {
                self.active.remove(at);
            }
        }
        Some(status)
    }
}
