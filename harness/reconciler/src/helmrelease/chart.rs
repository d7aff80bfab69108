//! The HelmChart that a release asks for (fluxcd/helm-controller: helmchart_template).

use client::{Options, Patch, Target, Verb};
use clock::{format_duration, parse_duration};
use flux::FluxKind;
use objects::{Gvk, Map, Object, Value};

use super::reconcile::{CONTROLLER, Run};
use crate::caller::Client;
use crate::compare::has_drifted;

const LABELS: [&str; 2] = ["helm.toolkit.fluxcd.io/name", "helm.toolkit.fluxcd.io/namespace"];

impl Run {
    /// Makes the HelmChart what the template says, or deletes one that is no longer wanted.
    pub(super) async fn reconcile_chart(&mut self) -> Result<(), ()> {
        let wanted = self.hr.chart().map(|_| {
            let (namespace, name) = self.hr.chart_object();
            format!("{namespace}/{name}")
        });
        let known = self.hr.status_text("helmChart").map(str::to_owned);
        let is_other = known.is_some() && known != wanted;
        if is_other || self.hr.0.is_deleting() {
            self.delete_chart().await?;
        }
        let Some(wanted) = wanted else { return Ok(()) };
        if self.hr.0.is_deleting() {
            return Ok(());
        }
        let (namespace, _) = self.hr.chart_object();
        if self.world.settings.no_cross_namespace && namespace != self.name.0 {
            return Err(());
        }
        self.apply_chart().await?;
        self.hr.set_status_text("helmChart", &wanted);
        Ok(())
    }

    async fn apply_chart(&self) -> Result<(), ()> {
        let chart = self.new_chart();
        let client = Client::new(self.world.api.clone(), None);
        let target = Target::of(&chart);
        let options = |dry_run| Options {
            manager: CONTROLLER.to_owned(),
            force: true,
            dry_run,
            ..Options::default()
        };
        let apply = Verb::Patch(Patch::Apply);
        let live = client.get(target.clone()).await.ok();
        let body = Some(chart.0.clone());
        let dry = client.call(apply, target.clone(), body.clone(), options(true)).await;
        let (word, written) = match (&live, dry) {
            (Some(live), Ok(dry)) if !has_drifted(live, &dry) => return Ok(()),
            (Some(_), Ok(_)) => {
                ("Configured", client.call(apply, target, body, options(false)).await)
            }
            (None, Ok(_)) => ("Created", client.call(apply, target, body, options(false)).await),
            (_, Err(status)) => ("", Err(status)),
        };
        if let Err(status) = written {
            let message = format!("failed to run server-side apply: {status}");
            self.event(false, "HelmChartSyncErr", &message, Vec::new()).await;
            return Err(());
        }
        let source = |key| chart.str_at(&["spec", "sourceRef", key]).unwrap_or_default();
        let (namespace, name) = (chart.namespace(), chart.name());
        let message = format!(
            "{word} HelmChart/{namespace}/{name} with SourceRef '{}/{namespace}/{}'",
            source("kind"),
            source("name")
        );
        self.event(false, &format!("HelmChart{word}"), &message, Vec::new()).await;
        Ok(())
    }

    fn new_chart(&self) -> Object {
        let template = self.hr.chart().cloned().unwrap_or_default();
        let (namespace, name) = self.hr.chart_object();
        let mut chart = Object::default();
        chart.set(&["apiVersion"], "source.toolkit.fluxcd.io/v1");
        chart.set(&["kind"], "HelmChart");
        chart.set(&["metadata", "namespace"], namespace);
        chart.set(&["metadata", "name"], name);
        for field in ["labels", "annotations"] {
            let entries = template.at(&["metadata", field]).and_then(Value::as_map);
            for (key, value) in entries.into_iter().flat_map(Map::iter) {
                chart.set(&["metadata", field, key], value.clone());
            }
        }
        let [name_label, namespace_label] = LABELS;
        chart.set(&["metadata", "labels", name_label], self.name.1.as_str());
        chart.set(&["metadata", "labels", namespace_label], self.name.0.as_str());
        let interval = template.str_at(&["spec", "interval"]).unwrap_or(self.hr.interval());
        let interval = parse_duration(interval).map(format_duration).unwrap_or_default();
        chart.set(&["spec", "interval"], interval);
        let copied = [
            "chart",
            "version",
            "reconcileStrategy",
            "valuesFiles",
            "ignoreMissingValuesFiles",
            "verify",
        ];
        for key in copied {
            let value = template.at(&["spec", key]).filter(|value| !is_zero(value));
            value.into_iter().for_each(|value| chart.set(&["spec", key], value.clone()));
        }
        for key in ["kind", "name"] {
            let value = template.str_at(&["spec", "sourceRef", key]).unwrap_or_default();
            chart.set(&["spec", "sourceRef", key], value);
        }
        chart
    }

    async fn delete_chart(&mut self) -> Result<(), ()> {
        let Some(known) = self.hr.status_text("helmChart").map(str::to_owned) else {
            return Ok(());
        };
        if self.hr.is_suspended() {
            return Ok(());
        }
        let (namespace, name) = known.split_once('/').unwrap_or(("", &known));
        if self.world.settings.no_cross_namespace && namespace != self.name.0 {
            return Err(());
        }
        let target = Target::new(chart_kind(), namespace, name);
        let client = Client::new(self.world.api.clone(), None);
        if client.get(target.clone()).await.is_ok() {
            let deleted = client.call(Verb::Delete, target, None, Options::default()).await;
            if deleted.is_err_and(|status| !status.is_not_found()) {
                return Err(());
            }
            let message = format!("deleted HelmChart '{known}'");
            self.event(false, "HelmChartDeleted", &message, Vec::new()).await;
        }
        self.hr.set_status_text("helmChart", "");
        Ok(())
    }
}

pub(super) fn chart_kind() -> Gvk {
    FluxKind::HelmChart.gvk()
}

/// What Go leaves out of JSON.
fn is_zero(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::List(items) => items.is_empty(),
        _ => false,
    }
}
