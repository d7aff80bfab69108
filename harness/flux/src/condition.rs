//! Conditions, set and ordered as Flux's runtime does.
//!
//! Rules from fluxcd/pkg: runtime/conditions. Start at [`Conditions::set`].

use objects::{Object, Value};

/// Whether a condition holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the words of the API")]
pub enum State {
    True,
    False,
    Unknown,
}

impl State {
    /// As the API writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::True => "True",
            Self::False => "False",
            Self::Unknown => "Unknown",
        }
    }

    fn parse(text: &str) -> Self {
        match text {
            "True" => Self::True,
            "False" => Self::False,
            _ => Self::Unknown,
        }
    }
}

/// One condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// Its type: `Ready`, `Reconciling`, …
    pub kind: String,
    /// Whether it holds.
    pub state: State,
    /// Why, as one word.
    pub reason: String,
    /// Why, for people.
    pub message: String,
    /// Generation of the object it was last set for.
    pub observed_generation: i64,
    /// When state, reason or message last changed, RFC 3339.
    pub since: String,
}

/// The longest message; longer ones are cut (fluxcd/pkg: runtime/conditions).
const LONGEST_MESSAGE: usize = 32_768;

/// The conditions of one object, in their stored order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Conditions {
    list: Vec<Condition>,
    generation: i64,
    now: String,
}

impl Conditions {
    /// Reads those of an object; `now` (RFC 3339, whole seconds) stamps what is set from here on.
    #[must_use]
    pub fn of(object: &Object, now: String) -> Self {
        let list = object.list_at(&["status", "conditions"]).iter().map(read).collect();
        Self { list, generation: object.generation(), now }
    }

    /// Moves the stamp on.
    pub fn at(&mut self, now: String) {
        self.now = now;
    }

    /// A condition by type.
    #[must_use]
    pub fn get(&self, kind: &str) -> Option<&Condition> {
        self.list.iter().find(|condition| condition.kind == kind)
    }

    /// Whether a condition is there and `True`.
    #[must_use]
    pub fn is_true(&self, kind: &str) -> bool {
        self.get(kind).is_some_and(|condition| condition.state == State::True)
    }

    /// Whether a condition is there and `False`.
    #[must_use]
    pub fn is_false(&self, kind: &str) -> bool {
        self.get(kind).is_some_and(|condition| condition.state == State::False)
    }

    /// Ready, and neither reconciling nor stalled (fluxcd/pkg: `IsReady`).
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.is_true("Ready") && !self.is_true("Reconciling") && !self.is_true("Stalled")
    }

    /// Sets one; its time changes only with state, reason or message, and the order is restored.
    pub fn set(&mut self, kind: &str, state: State, reason: &str, message: &str) {
        let message = cut(message);
        let found = self.list.iter_mut().find(|condition| condition.kind == kind);
        if let Some(known) = found {
            if known.state != state || known.reason != reason || known.message != message {
                known.state = state;
                reason.clone_into(&mut known.reason);
                message.clone_into(&mut known.message);
                self.now.clone_into(&mut known.since);
            }
            known.observed_generation = self.generation;
        } else {
            self.list.push(Condition {
                kind: kind.to_owned(),
                state,
                reason: reason.to_owned(),
                message: message.to_owned(),
                observed_generation: self.generation,
                since: self.now.clone(),
            });
        }
        self.list.sort_by(|a, b| order(a).cmp(&order(b)));
    }

    /// Removes one.
    pub fn delete(&mut self, kind: &str) {
        self.list.retain(|condition| condition.kind != kind);
    }

    /// Makes one condition another, which keeps its time; nothing if it is not there.
    pub fn replace(&mut self, kind: &str, by: &str, state: State, reason: &str, message: &str) {
        let Some(since) = self.get(kind).map(|known| known.since.clone()) else { return };
        self.delete(by);
        self.delete(kind);
        self.set(by, state, reason, message);
        if let Some(new) = self.list.iter_mut().find(|condition| condition.kind == by) {
            new.since = since;
        }
    }

    /// Removes all.
    pub fn clear(&mut self) {
        self.list.clear();
    }

    /// `Reconciling=True`, and no longer `Stalled`.
    pub fn reconciling(&mut self, reason: &str, message: &str) {
        self.delete("Stalled");
        self.set("Reconciling", State::True, reason, message);
    }

    /// `Stalled=True`, and no longer `Reconciling`.
    pub fn stalled(&mut self, reason: &str, message: &str) {
        self.delete("Reconciling");
        self.set("Stalled", State::True, reason, message);
    }

    /// `Reconciling=True`; also `Ready=Unknown` if there is drift, no `Ready` or an unknown one
    /// (fluxcd/pkg: `ProgressiveStatus`).
    pub fn progressive(&mut self, drift: bool, reason: &str, message: &str) {
        self.reconciling(reason, message);
        let unknown = self.get("Ready").is_none_or(|ready| ready.state == State::Unknown);
        if drift || unknown {
            self.set("Ready", State::Unknown, reason, message);
        }
    }

    /// All of them, in their stored order.
    #[must_use]
    pub fn list(&self) -> &[Condition] {
        &self.list
    }

    /// As `status.conditions` holds them.
    #[must_use]
    pub fn to_value(&self) -> Value {
        self.list.iter().map(write).collect()
    }
}

fn order(condition: &Condition) -> (u8, i64, &str) {
    let rank = match condition.kind.as_str() {
        "Stalled" => 0,
        "Reconciling" => 1,
        "Ready" => 2,
        _ => return (3, -condition.observed_generation, &condition.kind),
    };
    (rank, 0, "")
}

fn cut(message: &str) -> String {
    if message.len() <= LONGEST_MESSAGE {
        return message.to_owned();
    }
    let mut end = LONGEST_MESSAGE - 3;
    while !message.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}...", &message[..end])
}

fn read(value: &Value) -> Condition {
    let text = |key| value.str_at(&[key]).unwrap_or_default().to_owned();
    Condition {
        kind: text("type"),
        state: State::parse(&text("status")),
        reason: text("reason"),
        message: text("message"),
        observed_generation: value.int_at(&["observedGeneration"]).unwrap_or(0),
        since: text("lastTransitionTime"),
    }
}

fn write(condition: &Condition) -> Value {
    let mut value = Value::from([
        ("type", Value::from(condition.kind.as_str())),
        ("status", condition.state.as_str().into()),
        ("reason", condition.reason.as_str().into()),
        ("message", condition.message.as_str().into()),
        ("lastTransitionTime", condition.since.as_str().into()),
    ]);
    if condition.observed_generation != 0 {
        value.set(&["observedGeneration"], condition.observed_generation);
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conditions() -> Conditions {
        let mut object = Object::default();
        object.set(&["metadata", "generation"], 2);
        Conditions::of(&object, "2026-01-01T00:00:00Z".to_owned())
    }

    fn kinds(conditions: &Conditions) -> Vec<&str> {
        conditions.list().iter().map(|condition| condition.kind.as_str()).collect()
    }

    #[test]
    fn stalled_reconciling_and_ready_come_first_then_the_names() {
        let mut conditions = conditions();
        for kind in ["FetchFailed", "ArtifactInStorage", "Ready", "Reconciling"] {
            conditions.set(kind, State::True, "R", "m");
        }
        assert_eq!(
            kinds(&conditions),
            ["Reconciling", "Ready", "ArtifactInStorage", "FetchFailed"]
        );
        conditions.stalled("S", "m");
        assert_eq!(kinds(&conditions), ["Stalled", "Ready", "ArtifactInStorage", "FetchFailed"]);
    }

    #[test]
    fn the_time_changes_only_with_state_reason_or_message() {
        let mut conditions = conditions();
        conditions.set("Ready", State::True, "R", "m");
        conditions.at("2026-01-01T00:01:00Z".to_owned());
        conditions.set("Ready", State::True, "R", "m");
        assert_eq!(conditions.get("Ready").unwrap().since, "2026-01-01T00:00:00Z");
        conditions.set("Ready", State::True, "R", "other");
        assert_eq!(conditions.get("Ready").unwrap().since, "2026-01-01T00:01:00Z");
    }

    #[test]
    fn progress_without_drift_leaves_a_decided_ready_alone() {
        let mut conditions = conditions();
        conditions.set("Ready", State::True, "Succeeded", "m");
        conditions.progressive(false, "Progressing", "p");
        assert!(conditions.is_true("Ready"));
        conditions.progressive(true, "Progressing", "p");
        assert_eq!(conditions.get("Ready").unwrap().state, State::Unknown);
    }

    #[test]
    fn what_is_written_reads_back() {
        let mut conditions = conditions();
        conditions.set("Ready", State::False, "R", &"é".repeat(20_000));
        assert!(conditions.get("Ready").unwrap().message.ends_with("..."));
        let mut object = Object::default();
        object.set(&["metadata", "generation"], 2);
        object.set(&["status", "conditions"], conditions.to_value());
        assert_eq!(Conditions::of(&object, conditions.now.clone()), conditions);
    }
}
