//! How workloads behave, as inert data.
//!
//! The last rule that matches wins, so that a later rule changes an earlier one.

use std::collections::BTreeMap;
use std::time::Duration;

use objects::{Object, Value};

/// All rules, and what the simulated cluster has.
#[derive(Debug, Clone, PartialEq)]
pub struct Behaviours {
    /// Rules in order; of several that match the last wins.
    pub rules: Vec<Rule>,
    /// From a pod's binding until it is ready where no rule says otherwise.
    pub ready_after: Duration,
    /// From a pod's deletion until it is gone where no rule says otherwise.
    pub gone_after: Duration,
    /// Whether controllers record events.
    pub events: bool,
    /// Whether pods are bound to this node when the cluster has no Node objects.
    pub implied_node: Option<String>,
}

impl Default for Behaviours {
    fn default() -> Self {
        Self {
            rules: Vec::new(),
            ready_after: Duration::from_secs(1),
            gone_after: Duration::from_secs(1),
            events: true,
            implied_node: Some("node-1".to_owned()),
        }
    }
}

/// One rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// For which objects.
    pub matcher: Matcher,
    /// What they do.
    pub behaviour: Behaviour,
}

/// Which objects a rule is for; what is empty matches everything.
///
/// A pod also answers to the kind and name of its controller and of that one's
/// controller, so that a rule for a Deployment reaches its pods.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Matcher {
    /// Kind, without group.
    pub kind: Option<String>,
    /// Namespace, with `*` and `?`.
    pub namespace: Option<String>,
    /// Name, with `*` and `?`.
    pub name: Option<String>,
    /// An image of one of the containers, with `*` and `?`.
    pub image: Option<String>,
    /// Labels that must be there.
    pub labels: BTreeMap<String, String>,
    /// Annotations that must be there.
    pub annotations: BTreeMap<String, String>,
    /// An image that a repository does not have.
    pub unlisted: Option<Listed>,
}

/// The tags that an image repository has.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listed {
    /// The repository, such as `ghcr.io/org/app`.
    pub repository: String,
    /// Its tags.
    pub tags: Vec<String>,
}

/// What an object does.
#[derive(Debug, Clone, PartialEq)]
pub enum Behaviour {
    /// A pod's life once it is bound.
    Pod(PodLife),
    /// A pod takes this long to go.
    SlowDelete(Duration),
    /// The scheduler finds no node, and says this.
    Unschedulable(String),
    /// A node stops answering: its pods lose readiness.
    NodeLost,
    /// A Service of type LoadBalancer, or an Ingress, gets an address.
    LoadBalancer(Balancer),
    /// A claim for a volume.
    Claim(Claim),
    /// An object of a kind that no built-in controller knows.
    Foreign(Foreign),
}

/// The life of a pod's containers.
#[derive(Debug, Clone, PartialEq)]
pub enum PodLife {
    /// Ready after a while, and stays so.
    Ready(Duration),
    /// Runs after the usual while, ready this much later.
    LateReady(Duration),
    /// Runs, never ready.
    NeverReady,
    /// The image cannot be pulled; the message of the waiting container.
    ImagePull(String),
    /// The image's name is none; the message of the waiting container.
    InvalidImage(String),
    /// The container cannot be made; the message of the waiting container.
    ConfigError(String),
    /// Ready, crashes again and again, and at last stays in its back-off.
    CrashLoop,
    /// Runs, crashes so many times with this code after this long each, then runs on.
    Crash(u32, i64, Duration),
    /// Ready, then killed for its memory.
    OutOfMemory,
    /// Ready, ends with code 0 after this long.
    Complete(Duration),
    /// Ready, ends with this code after this long.
    Fail(i64, Duration),
    /// Ready, loses and regains readiness every so often.
    Flap(Duration),
}

/// What becomes of a load balancer's address.
#[derive(Debug, Clone, PartialEq)]
pub enum Balancer {
    /// None is ever assigned.
    Pending,
    /// This IP address or host name, after a while.
    Assigned(String, Duration),
}

/// What becomes of a claim.
#[derive(Debug, Clone, PartialEq)]
pub enum Claim {
    /// A volume is made for it after a while.
    Bound(Duration),
    /// It waits for ever.
    Pending,
}

/// What becomes of an object of a foreign kind.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Foreign {
    /// How long it takes; counts again for every new generation.
    pub after: Duration,
    /// Reason and message of `Ready=False` and `Stalled=True`; `None` if it becomes ready.
    pub failure: Option<(String, String)>,
    /// Fields merged into its status beside the conditions.
    pub status: Option<Value>,
    /// Objects it makes when it is done; `${name}`, `${namespace}` and `${uid}` are the object's own.
    pub creates: Vec<Value>,
    /// Objects it makes so long after it appeared.
    pub later: Vec<(Duration, Value)>,
}

impl Matcher {
    /// Whether an object, or for kind and name one of its controllers, is meant.
    pub(crate) fn matches(&self, object: &Object, controllers: &[&Object]) -> bool {
        let named = |one: &Object| {
            self.kind.as_deref().is_none_or(|kind| kind == one.kind())
                && self.name.as_deref().is_none_or(|name| glob(name, one.name()))
        };
        (named(object) || controllers.iter().any(|one| named(one)))
            && self.namespace.as_deref().is_none_or(|wanted| glob(wanted, object.namespace()))
            && self.labels.iter().all(|(key, value)| object.label(key) == Some(value))
            && self.annotations.iter().all(|(key, value)| object.annotation(key) == Some(value))
            && self
                .image
                .as_deref()
                .is_none_or(|wanted| has_image(object, |image| glob(wanted, image)))
            && self
                .unlisted
                .as_ref()
                .is_none_or(|listed| has_image(object, |image| listed.lacks(image)))
    }
}

/// Whether any container of a pod has an image that fits.
fn has_image(object: &Object, fits: impl Fn(&str) -> bool) -> bool {
    let lists = ["initContainers", "containers"].into_iter();
    let containers = lists.flat_map(|list| object.list_at(&["spec", list]));
    containers.filter_map(|one| one.str_at(&["image"])).any(fits)
}

impl Listed {
    /// Whether an image is of this repository and has none of its tags. A digest says
    /// nothing of tags.
    fn lacks(&self, image: &str) -> bool {
        if image.contains('@') {
            return false;
        }
        let slash = image.rfind('/').map_or(0, |at| at + 1);
        let (repository, tag) = match image[slash..].rfind(':') {
            Some(at) => (&image[..slash + at], &image[slash + at + 1..]),
            None => (image, "latest"),
        };
        plain(repository) == plain(&self.repository) && !self.tags.iter().any(|known| known == tag)
    }
}

/// A repository without what Docker Hub leaves out.
fn plain(repository: &str) -> &str {
    let short = ["docker.io/library/", "index.docker.io/library/", "docker.io/"];
    short.iter().find_map(|prefix| repository.strip_prefix(prefix)).unwrap_or(repository)
}

/// Whether a text fits a pattern with `*` (any text) and `?` (any letter).
pub(crate) fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(&letter) if letter == '?' || letter == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    p = at + 1;
                    t = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|letter| *letter == '*')
}

#[cfg(test)]
mod tests {
    use super::{Listed, glob};

    #[test]
    fn a_repository_lacks_the_tags_that_nobody_declared() {
        let listed = Listed { repository: "redis".to_owned(), tags: vec!["7.4".to_owned()] };
        for (image, lacks) in [
            ("redis:7.4", false),
            ("docker.io/library/redis:7.4", false),
            ("redis:7", true),
            ("redis", true),
            ("redis@sha256:ab", false),
            ("host:5000/redis:7", false),
            ("other:7", false),
        ] {
            assert_eq!(listed.lacks(image), lacks, "{image}");
        }
    }

    #[test]
    fn stars_and_question_marks_stand_for_text() {
        for (pattern, text, fits) in [
            ("web", "web", true),
            ("*", "", true),
            ("*/app:*", "ghcr.io/x/app:1", true),
            ("web-?", "web-12", false),
            ("a*b*c", "aXbYbZc", true),
            ("", "x", false),
        ] {
            assert_eq!(glob(pattern, text), fits, "{pattern} {text}");
        }
    }
}
