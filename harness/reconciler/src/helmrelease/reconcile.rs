//! One reconciliation of a HelmRelease, from its object to its outcome.

use std::rc::Rc;

use client::Api;
use clock::format_duration;
use flux::parts::{Snapshots, State};
use flux::{Conditions, FluxKind, HelmRelease, reason};
use health::HealthChecks;
use objects::Value;

use super::end::End;
use super::render::Loaded;
use crate::checks::compile;
use crate::persist::Persist;
use crate::queue::{Name, Outcome};
use crate::world::World;

pub(super) const CONTROLLER: &str = "helm-controller";

/// One run; every step reads and changes it.
pub(super) struct Run {
    pub(super) world: Rc<World>,
    pub(super) name: Name,
    pub(super) hr: HelmRelease,
    pub(super) conditions: Conditions,
    pub(super) persist: Persist,
    pub(super) checks: Rc<HealthChecks>,
    /// The cluster that the release goes to.
    pub(super) target: Rc<dyn Api>,
    /// The chart in hand, once it is loaded.
    pub(super) chart: Option<Loaded>,
    /// The definitions in its `crds/` folder: file and text.
    pub(super) definitions: Vec<(String, String)>,
    /// The values in hand.
    pub(super) values: Value,
    /// Whether the history holds moments that the API has not cut to seconds.
    pub(super) is_history_new: bool,
    /// What `Drifted` said when the run began.
    pub(super) loaded_drifted: Drifted,
    /// What of `Drifted` this run has written.
    pub(super) drifted: Option<Drifted>,
}

/// State and message of the condition `Drifted`.
pub(super) type Drifted = Option<(State, String)>;

pub(crate) async fn reconcile(world: Rc<World>, name: Name) -> Outcome {
    let Some(object) = world.cached(FluxKind::HelmRelease, &name.0, &name.1) else {
        return Outcome::Done;
    };
    let conditions = Conditions::of(&object, world.stamp());
    let persist = Persist::new(object.clone(), CONTROLLER);
    let loaded_drifted =
        conditions.get("Drifted").map(|found| (found.state, found.message.clone()));
    let target = world.api.clone();
    let mut run = Run {
        world,
        name,
        hr: HelmRelease(object),
        conditions,
        persist,
        checks: Rc::default(),
        target,
        chart: None,
        definitions: Vec::new(),
        values: Value::map(),
        is_history_new: false,
        loaded_drifted,
        drifted: None,
    };
    if run.hr.chart().is_some() == run.hr.chart_ref().is_some() {
        return Outcome::Done;
    }
    let end = run.steps().await;
    run.finish(end).await
}

impl Run {
    async fn steps(&mut self) -> End {
        if self.hr.0.is_deleting() {
            return self.finalize().await;
        }
        if !crate::source::has_finalizer(&self.hr.0) {
            crate::source::add_finalizer(&mut self.hr.0);
            return End::Backoff;
        }
        if self.hr.is_suspended() {
            return End::Rest;
        }
        match compile(self.hr.health_expressions()) {
            Ok(checks) => self.checks = Rc::new(checks),
            Err(problem) => return self.terminal(&problem).await,
        }
        if self.reconcile_chart().await.is_err() {
            return End::Backoff;
        }
        self.stamped().reconciling(reason::PROGRESSING, "Fulfilling prerequisites");
        self.save().await;
        match self.prerequisites().await {
            Ok(()) => self.release().await,
            Err(end) => end,
        }
    }

    /// Everything that must be there before a release can be looked at.
    async fn prerequisites(&mut self) -> Result<(), End> {
        self.check_dependencies().await?;
        self.reset(&[reason::DEPENDENCY_NOT_READY]);
        let source = self.source().await?;
        self.reset(&[reason::ACCESS_DENIED, reason::ARTIFACT_FAILED]);
        self.check_source(&source)?;
        self.reset(&[reason::SOURCE_NOT_READY]);
        self.compose_values().await?;
        self.reset(&[reason::VALUES_ERROR]);
        self.load_chart(&source).await?;
        self.reset(&[reason::ARTIFACT_FAILED]);
        self.track_digest(&source)?;
        self.find_definitions();
        self.check_kubeconfig().await?;
        self.reset(&["RESTClientError"]);
        Ok(())
    }

    async fn release(&mut self) -> End {
        if self.is_target_changed() {
            return self.leave_target().await;
        }
        let storage = self.hr.storage_namespace().to_owned();
        self.hr.set_status_text("storageNamespace", &storage);
        if self.must_reset_failures() {
            self.hr.clear_failures();
        }
        self.note_attempt();
        self.atomic().await
    }

    /// A failure of a step that is over: `Ready` is open again.
    fn reset(&mut self, reasons: &[&str]) {
        let ready = self.conditions.get("Ready").map(|ready| ready.reason.clone());
        if ready.is_some_and(|known| reasons.contains(&known.as_str())) {
            let text = "reconciliation in progress";
            self.stamped().set("Ready", State::Unknown, reason::PROGRESSING, text);
        }
    }

    /// A mistake in the spec that only a change of it heals.
    pub(super) async fn terminal(&mut self, problem: &str) -> End {
        let message =
            format!("Reconciliation failed terminally due to configuration error: {problem}");
        self.not_ready(reason::INVALID_CEL_EXPRESSION, &message);
        self.stamped().stalled(reason::INVALID_CEL_EXPRESSION, &message);
        self.event(true, reason::INVALID_CEL_EXPRESSION, problem, Vec::new()).await;
        End::Terminal
    }

    pub(super) fn not_ready(&mut self, reason: &str, message: &str) {
        self.stamped().set("Ready", State::False, reason, message);
    }

    /// Sets conditions with the present moment.
    pub(super) fn stamped(&mut self) -> &mut Conditions {
        self.conditions.at(self.world.stamp());
        &mut self.conditions
    }

    /// Puts the history of this run.
    pub(super) fn put_history(&mut self, history: &Snapshots) {
        self.is_history_new = !history.0.is_empty();
        self.hr.set_history(history);
    }

    /// The source is not there or not ready: when to look again.
    pub(super) fn wait_for_dependency(&self) -> String {
        format_duration(self.world.settings.requeue_dependency)
    }
}
