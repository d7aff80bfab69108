//! A step and its one action.

use yaml::{Node, NodeKind};

use crate::Place;
use crate::expect::Expectation;
use crate::read::{Entries, Read, Reader};
use crate::record::{choice, only_key};
use crate::scalar::Many;
use crate::shape::{Body, Field, Part, Shape, doc};
use crate::step::{
    ApplyObjects, BootstrapStep, BranchStep, CherryPick, Controllers, DeleteObjects, Fault, Hold,
    Merge, PatchObject, Probe, Publish, Push, Rebase, Reconcile, Reset, Revert, Snapshot, Switch,
    TagStep, Uninstall, Use, Wait, Webhook,
};
use crate::world::Behaviour;

/// One thing done or expected.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The name by which other steps refer to it.
    pub id: Option<String>,
    /// Whether it may change or match nothing.
    pub allow_empty: bool,
    /// What it does.
    pub action: Action,
    /// Where it stands.
    pub place: Place,
}

choice! {
    /// One thing done or expected: a map with exactly one action. `id` and `allow-empty`
    /// may stand beside the action or, where it is a map, inside it.
    pub enum Action {
        /// Makes a commit on a branch.
        "push" Push(Push),
        /// Merges a branch into another.
        "merge" Merge(Merge),
        /// Makes a commit that takes an earlier one back.
        "revert" Revert(Revert),
        /// Makes a copy of a commit on another branch.
        "cherry-pick" CherryPick(CherryPick),
        /// Puts the commits of a branch on top of another.
        "rebase" Rebase(Rebase),
        /// Moves a branch by force, as `git reset --hard` and `git push --force` do.
        "reset" Reset(Reset),
        /// Makes, moves or deletes a tag.
        "tag" Tag(TagStep),
        /// Makes or deletes a branch.
        "branch" Branch(BranchStep),
        /// Applies objects as a user with kubectl does.
        "apply" Apply(ApplyObjects),
        /// Patches an object as a user with kubectl does.
        "patch" Patch(PatchObject),
        /// Deletes objects as a user with kubectl does.
        "delete" Delete(DeleteObjects),
        /// Asks for a reconciliation, as `flux reconcile` does.
        "reconcile" Reconcile(Reconcile),
        /// Suspends Flux objects, as `flux suspend` does.
        "suspend" Suspend(Switch),
        /// Resumes them, as `flux resume` does.
        "resume" Resume(Switch),
        /// Lets time pass.
        "wait" Wait(Wait),
        /// Changes how workloads and foreign kinds behave from now on.
        "behave" Behave(Many<Behaviour>),
        /// Lets the world come to rest, or to the expected state, and judges it.
        "expect" Expect(Expectation),
        /// Lets time pass and expects something at every moment of it.
        "hold" Hold(Hold),
        /// Expects that something held at no moment since the step before.
        "never" Never(Expectation),
        /// Compares the state of the world with an accepted snapshot.
        "snapshot" Snapshot(Snapshot),
        /// Does the steps of another file.
        "use" Use(Use),
        /// Publishes a chart, an OCI artifact or image tags.
        "publish" Publish(Publish),
        /// Breaks something outside or in the cluster, until a step `heal`.
        "fault" Fault(Box<Fault>),
        /// Ends faults, by the ids of their steps.
        "heal" Heal(Many<String>),
        /// Asks a service from outside. Where no real pods run the outcome is unknown.
        "probe" Probe(Probe),
        /// Sends an event to a Flux Receiver.
        "webhook" Webhook(Webhook),
        /// Bootstraps Flux, again or on a cluster that waits for it.
        "bootstrap" Bootstrap(Box<BootstrapStep>),
        /// Removes Flux, as `flux uninstall` does.
        "uninstall" Uninstall(Uninstall),
        /// Stops and starts controllers.
        "controllers" Controllers(Controllers),
    }
}

fn common() -> Vec<Field> {
    let field = |key, text: &str, shape| Field { key, doc: doc(&[text]), shape, required: false };
    vec![
        field("id", "The name by which other steps refer to it.", String::shape()),
        field("allow-empty", "Whether it may change or match nothing.", Shape::Flag),
    ]
}

fn part() -> Part {
    let body = Body::Choice { common: common(), options: Action::options() };
    Part { name: "Step", doc: Action::doc(), body }
}

impl Read for Step {
    fn shape() -> Shape {
        Shape::Part(part)
    }

    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let mut entries = Entries::of(node, "a step", reader)?;
        let mut id = entries.take::<Option<String>>("id", reader);
        let mut allow_empty = entries.take::<bool>("allow-empty", reader);
        let found = only_key(&mut entries, "a step", Action::KEYS, reader);
        let known: Vec<&str> = ["id", "allow-empty"].iter().chain(Action::KEYS).copied().collect();
        entries.refuse_unknown("a step", &known, reader);
        let (key, node) = found?;
        let (inner, rest) = split_common(node);
        if let Some(inner) = inner {
            let mut inner = Entries::of(&inner, "a step", reader)?;
            id = one_of(id, inner.take("id", reader));
            allow_empty = one_of(allow_empty, inner.take("allow-empty", reader));
        }
        let action = Action::read_option(key, rest.as_ref().unwrap_or(node), reader);
        let clean = entries.left().is_empty();
        let place = reader.place(node);
        clean.then_some(())?;
        Some(Self { id: id?, allow_empty: allow_empty?, action: action?, place })
    }
}

fn one_of<T: Default + PartialEq>(outer: Option<T>, inner: Option<T>) -> Option<T> {
    let (outer, inner) = (outer?, inner?);
    Some(if outer == T::default() { inner } else { outer })
}

/// Splits an action into its common keys and the others; `None` where it has none.
fn split_common(node: &Node) -> (Option<Node>, Option<Node>) {
    let is_common = |(key, _): &(Node, Node)| matches!(key.as_scalar(), Some("id" | "allow-empty"));
    let Some(entries) = node.entries() else { return (None, None) };
    if !entries.iter().any(is_common) {
        return (None, None);
    }
    let (inner, rest) = entries.iter().cloned().partition(is_common);
    let with = |entries| Node { kind: NodeKind::Mapping(entries), ..empty_like(node) };
    (Some(with(inner)), Some(with(rest)))
}

fn empty_like(node: &Node) -> Node {
    Node { place: node.place, style: node.style, ..Node::new(NodeKind::Mapping(Vec::new())) }
}
