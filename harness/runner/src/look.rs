//! Looking into a scenario's world: what was there at any moment, and why it was so.
//!
//! One rule: the whole scenario runs first; every earlier moment is told from what it left.
//! Start at [`look`].

use std::collections::BTreeMap;
use std::time::Duration;

use assertion::{ClusterView, explain};
use clock::Moment;
use events::{Cause, Outcome};
use objects::{Object, ObjectId};
use scenario::terms::ObjectPattern;

use crate::RunOptions;
use crate::judge::Repositories;
use crate::plan::Case;
use crate::story::{Story, play};

/// A scenario that ran, and all that its world ever held.
#[derive(Debug)]
pub struct Seen {
    /// How it ended.
    pub outcome: Outcome,
    /// Its steps as far as they came.
    pub steps: Vec<SeenStep>,
    /// When its world began.
    pub started: Moment,
    /// Its clusters by name; one with an empty name where there is one.
    pub clusters: BTreeMap<String, ClusterView>,
    /// What stands behind each object that was asked for, or that is not Ready: cluster, object, chain.
    pub causes: Vec<(String, ObjectId, Vec<Cause>)>,
}

/// A step that was carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenStep {
    /// Its id, or what it does.
    pub name: String,
    /// When it ended.
    pub at: Moment,
    /// By cluster, in the order of names: how much had happened when it ended.
    pub(crate) happened: Vec<usize>,
}

/// A moment of a scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum At {
    /// Its end.
    End,
    /// The end of the step of this id, or of this number from 1.
    Step(String),
    /// So long after its beginning, in virtual time.
    Moment(Duration),
}

/// Runs a case and looks at what its world held.
///
/// # Errors
/// The chain of errors, if its world could not be opened.
pub fn look(
    case: &Case,
    options: &RunOptions,
    about: Option<&ObjectPattern>,
) -> Result<Seen, Vec<String>> {
    let (mut story, outcome) = play(case, options)?;
    story.look();
    let causes = causes(&story, about);
    Ok(Seen {
        outcome,
        steps: std::mem::take(&mut story.ended),
        started: story.started,
        clusters: std::mem::take(&mut story.observation.clusters),
        causes,
    })
}

fn causes(story: &Story<'_>, about: Option<&ObjectPattern>) -> Vec<(String, ObjectId, Vec<Cause>)> {
    let namespace = story.world.default_namespace();
    let git = Repositories(&story.world);
    let mut all = Vec::new();
    for (cluster, view) in &story.observation.clusters {
        let asked = |id: &ObjectId, object: &Object| match about {
            Some(pattern) => pattern.matches(id, &namespace),
            None => is_red(object),
        };
        for (id, _) in view.objects.iter().filter(|(id, object)| asked(id, object)) {
            let chain = explain(&story.observation, cluster, id, &git);
            all.push((cluster.clone(), id.clone(), chain));
        }
    }
    all
}

/// Whether a Flux object is not Ready.
fn is_red(object: &Object) -> bool {
    let ready = object.condition("Ready").and_then(|ready| ready.str_at(&["status"]));
    object.api_version().contains(".toolkit.fluxcd.io/") && ready.is_some_and(|s| s != "True")
}

impl Seen {
    /// The objects of a cluster at a moment; `None` if there is no such cluster or step.
    #[must_use]
    pub fn objects(&self, cluster: &str, at: &At) -> Option<BTreeMap<ObjectId, Object>> {
        let view = self.clusters.get(cluster)?;
        let log = view.log();
        let count = match at {
            At::End => log.len(),
            At::Moment(after) => {
                let moment = self.started + *after;
                log.partition_point(|entry| entry.at <= moment)
            }
            At::Step(name) => {
                let index = self.clusters.keys().position(|known| known == cluster)?;
                let number = name.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
                let by_name = self.steps.iter().find(|step| &step.name == name);
                let step = by_name.or_else(|| self.steps.get(number?))?;
                step.happened.get(index).copied().unwrap_or_default()
            }
        };
        let mut objects = BTreeMap::new();
        for entry in &log[..count.min(log.len())] {
            match &entry.after {
                Some(object) => objects.insert(entry.id.clone(), object.clone()),
                None => objects.remove(&entry.id),
            };
        }
        Some(objects)
    }
}
