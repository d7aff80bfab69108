//! The recorded form of a run: one JSON object a line, virtual time only.
//!
//! One seed gives the same bytes. Start at [`to_line`].

use crate::Event;

/// Version of the recorded form. Goes up when a reader of the one before would misread it.
pub const VERSION: u32 = 1;

/// Why a line is no recorded event.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// It is not JSON, or no event of this version.
    #[error("line {line}: {problem}")]
    Line {
        /// Line in the record, from 1.
        line: usize,
        /// What the parser says.
        problem: String,
    },
    /// It was recorded by a version that this one cannot read.
    #[error("the record has version {found}, this fluxrig reads version {VERSION}")]
    Version {
        /// The version it names.
        found: u32,
    },
}

/// One event as one line, without the newline; `None` for what is never recorded.
#[must_use]
pub fn to_line(event: &Event) -> Option<String> {
    if matches!(event, Event::Progress { .. }) {
        return None;
    }
    serde_json::to_string(event).ok()
}

/// Reads an event back.
///
/// # Errors
/// If the line is no event, or starts a run of another version.
pub fn from_line(number: usize, text: &str) -> Result<Event, RecordError> {
    let event = serde_json::from_str(text)
        .map_err(|cause| RecordError::Line { line: number, problem: cause.to_string() })?;
    match event {
        Event::RunStarted { version, .. } if version != VERSION => {
            Err(RecordError::Version { found: version })
        }
        event => Ok(event),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use clock::Moment;
    use objects::{GroupKind, ObjectId};

    use super::*;
    use crate::{Cause, Failure, FieldError, Outcome, Source, Summary, Transition, Verdict};

    fn failure() -> Failure {
        let kind = GroupKind { group: "apps".into(), kind: "Deployment".into() };
        let object = ObjectId { kind, namespace: "podinfo".into(), name: "podinfo".into() };
        let at = Moment::START + Duration::from_millis(1_500);
        Failure {
            fields: vec![FieldError {
                path: "spec.replicas".into(),
                expected: "2".into(),
                found: "1".into(),
            }],
            diff: vec!["-  replicas: 2".into(), "+  replicas: 1".into()],
            transitions: vec![Transition {
                at,
                state: "Available=False".into(),
                reason: "MinimumReplicasUnavailable".into(),
                message: String::new(),
            }],
            causes: vec![Cause {
                object: Some(object.clone()),
                what: "pull failed".into(),
                source: Some(Source {
                    repository: String::new(),
                    file: "apps/podinfo.yaml".into(),
                    line: 7,
                    commit: "0a1b".into(),
                    message: "bump".into(),
                }),
            }],
            ..Failure::of("", object, "is not as expected")
        }
    }

    fn events() -> Vec<Event> {
        let scenario = || "a/b".to_owned();
        let finished = |outcome| Event::ScenarioFinished {
            scenario: scenario(),
            outcome,
            virtual_time: Duration::from_millis(750),
            real_time: Duration::ZERO,
        };
        vec![
            Event::RunStarted { version: VERSION, place: "embedded".into(), seed: 7, scenarios: 3 },
            Event::ScenarioStarted {
                scenario: scenario(),
                file: "a.yaml".into(),
                seed: 7,
                at: Moment::START,
            },
            Event::Transition {
                scenario: scenario(),
                cluster: String::new(),
                object: failure().object.unwrap(),
                transition: failure().transitions[0].clone(),
            },
            finished(Outcome::Judged(Verdict::Met)),
            finished(Outcome::Judged(Verdict::NotMet(vec![failure()]))),
            finished(Outcome::Judged(Verdict::Unknown(vec!["no pods run here".into()]))),
            finished(Outcome::Broken { error: vec!["open".into(), "disk full".into()] }),
            Event::RunFinished { summary: Summary { met: 1, not_met: 2, ..Summary::default() } },
        ]
    }

    #[test]
    fn every_event_is_read_back_as_it_was_recorded() {
        for event in events() {
            let line = to_line(&event).unwrap();
            assert_eq!(from_line(1, &line).unwrap(), event, "{line}");
        }
    }

    #[test]
    fn progress_is_never_recorded() {
        let progress = Event::Progress { done: 1, total: 2, running: String::new() };
        assert_eq!(to_line(&progress), None);
    }

    #[test]
    fn another_version_and_broken_lines_are_refused() {
        let other = r#"{"event":"run-started","version":99,"place":"","seed":0,"scenarios":0}"#;
        assert_eq!(
            from_line(1, other).unwrap_err().to_string(),
            "the record has version 99, this fluxrig reads version 1"
        );
        assert!(from_line(3, "{").unwrap_err().to_string().starts_with("line 3: "));
    }
}
