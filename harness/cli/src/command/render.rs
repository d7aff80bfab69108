//! `fluxrig render`: what the renderers make of one folder, without a cluster.

use std::process::ExitCode;

use clap::Subcommand;

use super::render_helm::RenderHelm;
use super::render_kustomize::RenderKustomize;

/// Print what a renderer makes of a folder.
#[derive(Debug, Subcommand)]
pub(super) enum Render {
    Kustomize(RenderKustomize),
    Helm(RenderHelm),
}

impl Render {
    pub(super) fn run(self) -> ExitCode {
        match self {
            Self::Kustomize(command) => command.run(),
            Self::Helm(command) => command.run(),
        }
    }
}
