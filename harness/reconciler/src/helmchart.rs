//! HelmChart: a chart of a repository, or of files, becomes a packed chart.
//!
//! Rules from fluxcd/source-controller: helmchart_controller and internal/helm/chart.
//! Start at [`reconcile::reconcile`].

mod build;
mod dependencies;
mod local;
mod metadata;
mod package;
mod reconcile;
mod remote;
mod triggers;

pub(crate) use reconcile::reconcile;
pub(crate) use triggers::stirred_by_source;
