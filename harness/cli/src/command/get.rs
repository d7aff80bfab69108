//! `fluxrig get`: the tables of `flux get`, for a scenario at any virtual moment.

use std::collections::BTreeMap;
use std::process;

use assertion::table::{kinds_of, table};
use clap::Args;
use events::ExitCode;
use objects::{Object, ObjectId};
use runner::{At, Seen};

use super::one::One;
use crate::failure::{self, Complaint};

/// Show Flux objects of a scenario as `flux get` does, at any virtual moment.
#[derive(Debug, Args)]
pub(crate) struct Get {
    /// What `flux get` lists: kustomizations (ks), helmreleases (hr), sources git, sources all, all.
    #[arg(required = true)]
    what: Vec<String>,
    #[command(flatten)]
    one: One,
    /// The moment: id or number of a step (its end), or a virtual time such as 9m30s; the end without it.
    #[arg(long, value_name = "STEP|TIME")]
    at: Option<String>,
    /// The namespace.
    #[arg(long, short, value_name = "NAMESPACE", default_value = "flux-system")]
    namespace: String,
    /// All namespaces.
    #[arg(long, short = 'A')]
    all_namespaces: bool,
    /// The cluster, where the scenario has several; all of them without it.
    #[arg(long, value_name = "CLUSTER")]
    cluster: Option<String>,
    /// Show the table anew at every moment at which it changed.
    #[arg(long, short)]
    watch: bool,
}

impl Get {
    pub(crate) fn run(self) -> process::ExitCode {
        match self.try_run() {
            Ok(()) => ExitCode::Met.into(),
            Err(complaint) => failure::complain(&complaint),
        }
    }

    fn try_run(&self) -> Result<(), Complaint> {
        let words = self.what.join(" ");
        let kinds = kinds_of(&words).ok_or_else(|| {
            Complaint::Usage(format!("{words:?} is nothing that flux get lists: kustomizations, helmreleases, sources git, sources all, all"))
        })?;
        let seen = self.one.look(None)?;
        let clusters: Vec<&String> = match &self.cluster {
            None => seen.clusters.keys().collect(),
            Some(name) => {
                let found = seen.clusters.keys().find(|known| *known == name);
                vec![
                    found
                        .ok_or_else(|| Complaint::Usage(format!("no cluster is named {name:?}")))?,
                ]
            }
        };
        for cluster in clusters {
            if seen.clusters.len() > 1 {
                anstream::println!("--- {cluster}");
            }
            if self.watch {
                self.replay(kinds, cluster, &seen);
            } else {
                let at = self.at.as_deref().map_or(At::End, at);
                let objects = seen.objects(cluster, &at).ok_or_else(|| {
                    let steps: Vec<&str> =
                        seen.steps.iter().map(|step| step.name.as_str()).collect();
                    Complaint::Usage(format!(
                        "no step is named {:?}: there are {}",
                        self.at.as_deref().unwrap_or_default(),
                        steps.join(", ")
                    ))
                })?;
                anstream::print!("{}", self.table(kinds, &objects));
            }
        }
        Ok(())
    }

    fn table(&self, kinds: &[&str], objects: &BTreeMap<ObjectId, Object>) -> String {
        let namespace = (!self.all_namespaces).then_some(self.namespace.as_str());
        table(kinds, namespace, objects).render()
    }

    /// The table at every moment at which it changed.
    fn replay(&self, kinds: &[&str], cluster: &str, seen: &Seen) {
        let Some(view) = seen.clusters.get(cluster) else { return };
        let mut last = String::new();
        let listed = view.log().iter().filter(|entry| kinds.contains(&entry.id.kind.kind.as_str()));
        let mut moments: Vec<_> = listed.map(|entry| entry.at.since(seen.started)).collect();
        moments.dedup();
        for moment in moments {
            let objects = seen.objects(cluster, &At::Moment(moment)).unwrap_or_default();
            let text = self.table(kinds, &objects);
            if text != last {
                anstream::println!("[{}]\n{text}", clock::format_duration(moment));
                last = text;
            }
        }
    }
}

/// A time is a moment; everything else names a step.
fn at(text: &str) -> At {
    match clock::parse_duration(text) {
        Ok(after) if text.ends_with(|c: char| c.is_ascii_alphabetic()) => At::Moment(after),
        _ => At::Step(text.to_owned()),
    }
}
