//! `fluxrig explain`: from red to cause.

use std::process;

use clap::Args;
use events::{Cause, ExitCode};
use scenario::terms::ObjectPattern;

use super::one::One;
use crate::failure::{self, Complaint};

/// Show what stands behind each object that is not Ready at the end of a scenario.
#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// The object, such as Kustomization/flux-system/apps; every Flux object that is not Ready without it.
    object: Option<String>,
    #[command(flatten)]
    one: One,
}

impl Explain {
    pub(crate) fn run(self) -> process::ExitCode {
        match self.try_run() {
            Ok(()) => ExitCode::Met.into(),
            Err(complaint) => failure::complain(&complaint),
        }
    }

    fn try_run(&self) -> Result<(), Complaint> {
        let about = self.object.as_deref().map(pattern).transpose()?;
        let seen = self.one.look(about.as_ref())?;
        if seen.causes.is_empty() {
            match &self.object {
                Some(object) => {
                    return Err(Complaint::Usage(format!("{object} is not there at the end")));
                }
                None => anstream::println!("every Flux object is Ready"),
            }
        }
        for (cluster, id, chain) in &seen.causes {
            let place = if cluster.is_empty() { String::new() } else { format!(" in {cluster}") };
            anstream::println!("{id}{place}");
            if chain.is_empty() {
                anstream::println!("  nothing is behind it");
            }
            for (depth, cause) in chain.iter().enumerate() {
                show(cause, depth + 1);
            }
        }
        Ok(())
    }
}

fn show(cause: &Cause, depth: usize) {
    let indent = "  ".repeat(depth);
    match &cause.object {
        Some(object) => anstream::println!("{indent}because {object}: {}", cause.what),
        None => anstream::println!("{indent}because {}", cause.what),
    }
    if let Some(source) = &cause.source {
        let commit: String = source.commit.chars().take(10).collect();
        let line = if source.line > 0 { format!(":{}", source.line) } else { String::new() };
        anstream::println!(
            "{indent}  at {}{line}, commit {commit} {}",
            source.file,
            source.message
        );
    }
}

fn pattern(text: &str) -> Result<ObjectPattern, Complaint> {
    let wrong = || Complaint::Usage(format!("{text:?} is no object: write Kind/namespace/name"));
    let parts: Vec<&str> = text.split('/').collect();
    let (kind, namespace, name) = match parts.as_slice() {
        [kind, name] => (*kind, None, *name),
        [kind, namespace, name] => (*kind, Some((*namespace).to_owned()), *name),
        _ => return Err(wrong()),
    };
    let (kind, group) = match kind.split_once('.') {
        Some((kind, group)) => (kind, Some(group.to_owned())),
        None => (kind, None),
    };
    Ok(ObjectPattern { kind: kind.to_owned(), group, namespace, name: name.to_owned() })
}
