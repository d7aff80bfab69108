//! What every report needs to remember while events arrive: which scenario, which step.

use clock::Moment;
use events::{Event, StepVerdict};

/// A step, as reports name it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) number: usize,
    pub(crate) name: String,
    pub(crate) line: usize,
}

/// The scenario that events speak of now.
#[derive(Debug, Clone, Default)]
pub(crate) struct Story {
    pub(crate) file: String,
    pub(crate) start: Moment,
    /// The step that runs, or the one the scenario ended at.
    pub(crate) step: Step,
    /// The first step that was not met.
    pub(crate) failed: Option<Step>,
}

impl Story {
    /// Follows an event.
    pub(crate) fn hear(&mut self, event: &Event) {
        match event {
            Event::ScenarioStarted { file, at, .. } => {
                *self = Self { file: file.clone(), start: *at, ..Self::default() };
            }
            Event::StepStarted { step, name, line, .. } => {
                self.step = Step { number: *step, name: name.clone(), line: *line };
            }
            Event::StepFinished { verdict: StepVerdict::NotMet, .. } if self.failed.is_none() => {
                self.failed = Some(self.step.clone());
            }
            Event::RunStarted { .. }
            | Event::Progress { .. }
            | Event::Transition { .. }
            | Event::Snapshot { .. }
            | Event::Unknown { .. }
            | Event::StepFinished { .. }
            | Event::ScenarioFinished { .. }
            | Event::RunFinished { .. } => {}
        }
    }

    /// Line in the scenario's file that the failure belongs to; 1 where no step is known.
    pub(crate) fn line(&self) -> usize {
        self.failed.as_ref().unwrap_or(&self.step).line.max(1)
    }

    /// `step 3 (bump), scenarios/a.yaml:31`, or the file alone.
    pub(crate) fn place(&self) -> String {
        match &self.failed {
            Some(step) if step.line > 0 => {
                format!("step {} ({}), {}:{}", step.number, step.name, self.file, step.line)
            }
            Some(step) => format!("step {} ({}), {}", step.number, step.name, self.file),
            None => self.file.clone(),
        }
    }

    /// Virtual time since the scenario began: `9m30s`.
    pub(crate) fn since_start(&self, at: Moment) -> String {
        clock::format_duration(at.since(self.start))
    }
}
