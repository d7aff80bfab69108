//! The steps of a case, carried out one by one.

use std::time::Duration;

use client::{Call, Options, Patch, Propagation, Target, Verb};
use environment::behaviour::{Behaviour, Matcher, PodLife, Rule};
use environment::fault::RemoteFault;
use environment::git::{MergeMode, Words};
use environment::kubectl::User;
use objects::{Gvk, Map, Object, ObjectId, Value};

use crate::ConformError;
use crate::case::change;
use crate::play::{CLUSTER, Play, host_of, label, refused};
use crate::{refs, releases};

/// How long a recorder takes over a step that acts.
const STEP: Duration = Duration::from_millis(100);

impl Play<'_> {
    /// Applies the objects of step 0 and carries out every step.
    pub(crate) fn run(&mut self) -> Result<(), ConformError> {
        self.steps.push((0, self.place.now()));
        let objects = self.case.body.list_at(&["apply"]).to_vec();
        self.apply_all(&objects, &Value::map())?;
        self.pass(STEP)?;
        let steps = self.case.body.list_at(&["steps"]).to_vec();
        for (number, step) in steps.iter().enumerate() {
            let number = number + 1;
            let entry = step.as_map().and_then(|map| map.iter().next());
            let Some((word, what)) = entry else { continue };
            let acts = !matches!(word.as_ref(), "settle" | "observe" | "wait" | "hold");
            if acts {
                self.place.run_ready()?;
                self.steps.push((number, self.place.now()));
            }
            let carried_out = self.step(word, what);
            carried_out.map_err(|problem| ConformError::Step {
                step: number,
                problem: format!("{word}: {problem}"),
            })?;
            if acts {
                self.pass(STEP)?;
            }
        }
        self.place.run_ready()?;
        Ok(())
    }

    fn step(&mut self, word: &str, what: &Value) -> Result<(), ConformError> {
        match word {
            "settle" => {
                self.settle(what)?;
                self.observe(what.str_at(&["name"]).unwrap_or("settled"))
            }
            "observe" => self.observe(what.as_str().unwrap_or_default()),
            "hold" => self.pass(Duration::from_secs_f64(what.as_f64().unwrap_or_default())),
            "wait" => self.wait(what),
            "apply" => match what.as_list() {
                Some(objects) => self.apply_all(objects, &Value::map()),
                None => self.apply_all(what.list_at(&["objects"]), what),
            },
            "patch" => self.patch(what),
            "delete" => self.delete(what),
            "reconcile" => self.reconcile(what),
            "suspend" => self.suspend(what, true),
            "resume" => self.suspend(what, false),
            "fault" => self.fault(what),
            "workload" => self.workload(what),
            "edit-release" => self.edit_release(what),
            "publish" => self.publish(what),
            _ => self.git_step(word, what),
        }
    }

    fn apply_all(&mut self, objects: &[Value], how: &Value) -> Result<(), ConformError> {
        let manager = how.str_at(&["manager"]).unwrap_or("kubectl");
        let force = how.bool_at(&["force"]).unwrap_or(false);
        let may_fail = how.get("rejected").is_some();
        for object in objects {
            let applied = match how.str_at(&["mode"]).unwrap_or("ssa") {
                "client" => self.apply_as_kubectl(object),
                "create" => self.create(object, manager),
                _ => self.apply(object, manager, force).map(drop),
            };
            if !may_fail {
                applied?;
            }
        }
        Ok(())
    }

    fn apply_as_kubectl(&mut self, object: &Value) -> Result<(), ConformError> {
        let object = Object(self.with_commits(object));
        self.place.cluster(CLUSTER)?.apply(&[object], &User::default())?;
        self.place.run_ready()?;
        Ok(())
    }

    fn create(&mut self, object: &Value, manager: &str) -> Result<(), ConformError> {
        let object = Object(self.with_commits(object));
        let target = Target { name: None, ..Target::of(&object) };
        self.call(Verb::Create, target, Some(object.0), manager).map(drop)
    }

    pub(crate) fn call(
        &mut self,
        verb: Verb,
        target: Target,
        body: Option<Value>,
        manager: &str,
    ) -> Result<Value, ConformError> {
        let options = Options {
            manager: manager.to_owned(),
            propagation: (verb == Verb::Delete).then_some(Propagation::Background),
            ..Options::default()
        };
        let call = Call { body, options, ..Call::new(verb, target) };
        let answer = self.place.cluster(CLUSTER)?.call(&call)?;
        self.place.run_ready()?;
        Ok(answer)
    }

    /// The target of a reference, in the version it is served in.
    fn target(&mut self, text: &str) -> Result<(Target, ObjectId), ConformError> {
        let unknown = || ConformError::Place(format!("{text:?} names no object"));
        let (gvk, id) = refs::parse(text).ok_or_else(unknown)?;
        let gvk: Gvk = self.place.cluster(CLUSTER)?.server().resource(&gvk)?.gvk;
        Ok((Target::new(gvk, &id.namespace, &id.name), id))
    }

    fn patch(&mut self, what: &Value) -> Result<(), ConformError> {
        let (mut target, _) = self.target(what.str_at(&["object"]).unwrap_or_default())?;
        target.subresource = what.str_at(&["subresource"]).map(str::to_owned);
        let manager = what.str_at(&["manager"]).unwrap_or("kubectl-patch");
        let body = what.get("patch").map(|patch| self.with_commits(patch));
        self.call(Verb::Patch(Patch::Merge), target, body, manager).map(drop)
    }

    fn delete(&mut self, what: &Value) -> Result<(), ConformError> {
        let (target, _) = self.target(what.as_str().unwrap_or_default())?;
        self.call(Verb::Delete, target, None, "kubectl").map(drop)
    }

    fn reconcile(&mut self, what: &Value) -> Result<(), ConformError> {
        let text = what.as_str().or(what.str_at(&["object"])).unwrap_or_default();
        let (target, id) = self.target(text)?;
        self.requests += 1;
        if what.bool_at(&["source"]).unwrap_or(false) {
            self.reconcile_source(&id)?;
        }
        self.request(target).map(drop)
    }

    /// Asks the object's source and waits until that is handled.
    fn reconcile_source(&mut self, id: &ObjectId) -> Result<(), ConformError> {
        let object = self.place.cluster(CLUSTER)?.get(id).map(|object| object.clone());
        let reference = object.as_ref().and_then(|object| object.at(&["spec", "sourceRef"]));
        let text = |key: &str| reference.and_then(|r| r.str_at(&[key])).unwrap_or_default();
        let namespace = Some(text("namespace")).filter(|n| !n.is_empty()).unwrap_or(&id.namespace);
        let (target, id) =
            self.target(&format!("{}/{namespace}/{}", text("kind"), text("name")))?;
        let token = self.request(target)?;
        let end = self.place.now() + Duration::from_secs(60);
        loop {
            let source = self.place.cluster(CLUSTER)?.get(&id).map(|object| object.clone());
            let handled = source.and_then(|source| {
                source.str_at(&["status", "lastHandledReconcileAt"]).map(str::to_owned)
            });
            if handled.as_deref() == Some(&token) || !self.advance(end)? {
                return Ok(());
            }
        }
    }

    /// Sets the annotation that asks for a reconciliation.
    fn request(&mut self, target: Target) -> Result<String, ConformError> {
        let token = format!("request-{}", self.requests);
        let mut body = Value::map();
        body.set(&["metadata", "annotations", flux::REQUESTED_AT], token.as_str());
        self.call(Verb::Patch(Patch::Merge), target, Some(body), "flux")?;
        Ok(token)
    }

    fn suspend(&mut self, what: &Value, on: bool) -> Result<(), ConformError> {
        let (target, _) = self.target(what.as_str().unwrap_or_default())?;
        let mut body = Value::map();
        body.set(&["spec", "suspend"], if on { Value::Bool(true) } else { Value::Null });
        self.call(Verb::Patch(Patch::Merge), target, Some(body), "flux").map(drop)
    }

    fn fault(&mut self, what: &Value) -> Result<(), ConformError> {
        let text = |key: &str| what.str_at(&[key]).unwrap_or_default().to_owned();
        let (host, path) = (text("host"), text("path"));
        let key = (host.clone(), path.clone());
        for id in self.faults.remove(&key).unwrap_or_default() {
            self.place.heal_repository(id);
        }
        self.break_outside(&key, what);
        let off = what.bool_at(&["off"]).unwrap_or(false) || what.bool_at(&["down"]) == Some(false);
        if off {
            return Ok(());
        }
        let fault = if what.bool_at(&["down"]).unwrap_or(false) {
            refused()
        } else {
            let delay = what.get("slow").and_then(Value::as_f64).map(Duration::from_secs_f64);
            let status = what.int_at(&["status"]).and_then(|code| u16::try_from(code).ok());
            RemoteFault { answer: status, delay, ..RemoteFault::default() }
        };
        let mut ids = Vec::new();
        for repository in self.case.body.list_at(&["repos"]) {
            let name = repository.str_at(&["name"]).unwrap_or_default();
            let below = format!("/{name}.git").starts_with(path.trim_end_matches('/'));
            if host_of(repository) == host && below {
                ids.push(self.place.break_repository(&label(&host, name), fault.clone())?);
            }
        }
        self.faults.insert(key, ids);
        Ok(())
    }

    /// Rewrites the status in a record of Helm, and its label.
    fn edit_release(&mut self, what: &Value) -> Result<(), ConformError> {
        let text = |key: &str| what.str_at(&[key]).unwrap_or_default();
        let secret = Gvk::new("", "v1", "Secret");
        let target = Target::new(secret, text("namespace"), text("secret"));
        let found = self.call(Verb::Get, target.clone(), None, "")?;
        let patch = releases::with_status(&Object(found), text("status"));
        let unreadable = || ConformError::Place("the record cannot be read".to_owned());
        let patch = patch.ok_or_else(unreadable)?;
        self.call(Verb::Patch(Patch::Merge), target, Some(patch), "helm").map(drop)
    }

    /// How workloads behave from the beginning.
    pub(crate) fn first_workloads(&mut self) -> Result<(), ConformError> {
        for what in self.case.body.list_at(&["workloads"]).to_vec() {
            self.workload(&what)?;
        }
        Ok(())
    }

    fn workload(&mut self, what: &Value) -> Result<(), ConformError> {
        let text = |key: &str| what.str_at(&[key]).unwrap_or_default();
        let after = what.get("after").and_then(Value::as_f64).unwrap_or(1.0);
        let after = Duration::from_secs_f64(after);
        let life = match text("be") {
            "unready" => PodLife::NeverReady,
            "crash" => PodLife::CrashLoop,
            "pull" => PodLife::ImagePull("Back-off pulling image".to_owned()),
            "complete" => PodLife::Complete(after),
            "fail" => PodLife::Fail(1, after),
            _ => PodLife::Ready(after),
        };
        let labels = entries(what.get("selector"));
        let matcher = Matcher {
            namespace: Some(text("namespace").to_owned()),
            labels: labels
                .map(|(k, v)| (k.to_owned(), v.as_str().unwrap_or_default().to_owned()))
                .collect(),
            ..Matcher::default()
        };
        let rule = Rule { matcher, behaviour: Behaviour::Pod(life) };
        self.rules.push(rule);
        self.place.cluster(CLUSTER)?.behave(self.rules.clone());
        Ok(())
    }

    fn git_step(&mut self, word: &str, what: &Value) -> Result<(), ConformError> {
        let text = |key: &str| what.str_at(&[key]).map(str::to_owned);
        let name = text("repo").unwrap_or_default();
        let label = self.label(&name);
        let branch = text("branch").unwrap_or_else(|| "main".to_owned());
        let message = |usual: String| text("message").unwrap_or(usual);
        let made = match word {
            "push" => Some(self.push(&label, &branch, what)?),
            "merge" => {
                let (from, into) =
                    (text("from").unwrap_or_default(), text("into").unwrap_or(branch.clone()));
                let words = self.words(&label, &message(format!("Merge {from} into {into}")));
                let pair = (from.as_str(), into.as_str());
                Some(self.place.merge(&label, pair, MergeMode::NoFastForward, &words)?.0)
            }
            "revert" => {
                let words = self.words(&label, &message("Revert".to_owned()));
                Some(self.revert(&label, &branch, &words)?)
            }
            "reset" => {
                let back = what.int_at(&["back"]).unwrap_or(1);
                self.place.reset(&label, &branch, &format!("{branch}~{back}"))?;
                None
            }
            "branch" => {
                let new = text("name").unwrap_or_default();
                self.place.branch(&label, &new, &text("from").unwrap_or(branch.clone()))?;
                None
            }
            "tag" => {
                let annotated = what.bool_at(&["annotated"]).unwrap_or(false);
                let words = match annotated {
                    true => self.words(&label, &message("Tag".to_owned())),
                    false => Words::default(),
                };
                self.place.tag(&label, &text("name").unwrap_or_default(), &branch, &words)?;
                None
            }
            _ => {
                self.other_git_step(word, what, &label, &branch)?;
                None
            }
        };
        if let Some(id) = made {
            self.commits.push((id, name, text("into").unwrap_or(branch)));
        }
        self.place.cluster(CLUSTER)?.disturb();
        Ok(())
    }

    fn other_git_step(
        &mut self,
        word: &str,
        what: &Value,
        label: &str,
        branch: &str,
    ) -> Result<(), ConformError> {
        let name = what.str_at(&["name"]).unwrap_or_default();
        match word {
            "untag" => self.place.delete_tag(label, name)?,
            "ref" => self.place.set_ref(label, name, branch)?,
            "delete-branch" => self.place.delete_branch(label, branch)?,
            "delete-repo" => {
                let message = Some("repository not found\n".to_owned());
                let fault = RemoteFault { answer: Some(404), message, ..RemoteFault::default() };
                self.place.break_repository(label, fault)?;
            }
            _ => return Err(ConformError::Place("the step is not known".to_owned())),
        }
        Ok(())
    }

    fn push(&mut self, label: &str, branch: &str, what: &Value) -> Result<String, ConformError> {
        if let Some(from) = what.str_at(&["from"])
            && self.place.head(label, branch).is_none()
        {
            self.place.branch(label, branch, from)?;
        }
        if let Some(back) = what.int_at(&["force"]) {
            self.place.reset(label, branch, &format!("{branch}~{back}"))?;
        }
        let mut tree = match what.str_at(&["tree"]) {
            Some(folder) => self.case.tree(folder)?,
            None if self.place.head(label, branch).is_some() => self.place.tree(label, branch)?,
            None => tree::Tree::new(),
        };
        change(&mut tree, &self.with_commits(what))?;
        let words = self.words(label, what.str_at(&["message"]).unwrap_or("Change"));
        Ok(self.place.push(label, branch, &tree, &words)?)
    }

    /// Commits the tree before the last commit.
    fn revert(&mut self, label: &str, branch: &str, words: &Words) -> Result<String, ConformError> {
        let tree = self.place.tree(label, &format!("{branch}~1"))?;
        Ok(self.place.push(label, branch, &tree, words)?)
    }

    /// A repository's name in the place.
    fn label(&self, name: &str) -> String {
        let repositories = self.case.body.list_at(&["repos"]).iter();
        let mut found = repositories.filter(|known| known.str_at(&["name"]) == Some(name));
        label(found.next().map_or("git.test", host_of), name)
    }
}

/// Entries of a map, or none.
pub(crate) fn entries(value: Option<&Value>) -> impl Iterator<Item = (&str, &Value)> {
    let map = value.and_then(Value::as_map);
    map.into_iter().flat_map(Map::iter).map(|(key, value)| (key.as_ref(), value))
}
