//! An expectation: what holds of one cluster, of several, and of the world around.

use std::time::Duration;

use yaml::Node;

use crate::matcher::NumberMatch;
use crate::read::{Read, Reader};
use crate::record::{record, words};
use crate::reference::{BranchName, KindPattern, ObjectPattern};
use crate::scalar::{Entries, Many};
use crate::shape::Shape;

use super::object::Objects;
use super::table::Events;
use super::{Cause, Except, GitCheck, NotificationCheck, ObjectCheck, SameAs, Table};

record! {
    /// What is expected. Keys that stand together must all hold. Its short form is
    /// `unchanged`: no object changed since the step before.
    ///
    /// It is judged when the world is at rest, or earlier: as soon as it is met
    /// within `within`, or as soon as it can no longer be met. With several clusters
    /// the keys about objects are about each of them, and below `clusters` about one.
    pub struct Expectation {
        /// Virtual time that it may take. Without it: until the world is at rest.
        "within" within: Option<Duration>,
        /// The id of the step since which history counts. Without it: for words such as
        /// `unchanged`, `never` and `passes` the last step that is no `expect`, `never`,
        /// `snapshot` or `probe`; for the lists (`deleted`, `recreated`, `created`,
        /// `changed`) the last that changes what is wanted (git steps, `apply`,
        /// `patch`, `delete`, `publish`, `bootstrap`).
        "since" since: Option<String>,
        /// A kind of which every object is as `is` says, and of which there is at
        /// least one; or `unchanged`, for every object of every kind.
        "every" every: Option<Every>,
        /// What every object of that kind is.
        "is" is: Option<ObjectCheck>,
        /// The namespace that `every` is about; `*` for any text, all without it.
        "in" namespace: Option<String>,
        /// Objects and what is expected of each.
        "objects" objects: Objects,
        /// Clusters and what is expected of each.
        "clusters" clusters: Entries<String, ClusterCheck>,
        /// The state that it must be the same as: another cluster's, or an earlier one.
        "same-as" same_as: Option<SameAs>,
        /// What `same-as`, `unchanged` and `every` leave out.
        "except" except: Many<Except>,
        /// Exactly the objects that were deleted and are gone.
        "deleted" deleted: Option<Vec<ObjectPattern>>,
        /// Exactly the objects that were deleted and came again.
        "recreated" recreated: Option<Vec<ObjectPattern>>,
        /// Exactly the objects that were created.
        "created" created: Option<Vec<ObjectPattern>>,
        /// Exactly the objects that were changed, status left out.
        "changed" changed: Option<Vec<ObjectPattern>>,
        /// Whether each image override landed and no other image changed.
        "images" images: Option<ImagesCheck>,
        /// The object that the failure must be led back to.
        "cause" cause: Option<Cause>,
        /// Events, in this order.
        "events" events: Events,
        /// Branches whose heads Flux objects carry: the object, and the branch.
        "revisions" revisions: Entries<ObjectPattern, BranchName>,
        /// Branches and tags, and what is expected of each.
        "git" git: Entries<BranchName, GitCheck>,
        /// Notifications that were sent, in any order.
        "notifications" notifications: Many<NotificationCheck>,
        /// Tables as `flux get` prints them.
        "table" table: Many<Table>,
        /// How many objects there are that a pattern means.
        "count" count: Entries<ObjectPattern, NumberMatch>,
        /// An expression in CEL that is true: over `objects`, the list of all objects.
        "that" that: Many<String>,
        /// Objects in the order in which they were first applied.
        "order" order: Vec<ObjectPattern>,
        /// What held at no moment since the step before.
        "never" never: Option<Box<Expectation>>,
    }
    short Unchanged = |_| Self { every: Some(Every::All), ..Self::default() };
}

/// What `every` is about.
#[derive(Debug, Clone, PartialEq)]
pub enum Every {
    /// Every object of every kind is unchanged: `every: unchanged`.
    All,
    /// Every object of these kinds.
    Kinds(Vec<KindPattern>),
}

impl Read for Every {
    fn shape() -> Shape {
        Shape::OneOf(vec![Unchanged::shape(), Many::<KindPattern>::shape()])
    }

    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        if node.as_scalar() == Some("unchanged") {
            return Some(Self::All);
        }
        Many::read(node, reader).map(|kinds| Self::Kinds(kinds.0))
    }
}

words! {
    /// The word for a state that did not change.
    pub enum Unchanged {
        /// No object changed since the step before.
        "unchanged" Unchanged,
    }
    default Unchanged
}

words! {
    /// What is expected of images.
    pub enum ImagesCheck {
        /// Each override that is set landed where it should, and every other image is
        /// as the repository has it.
        "as-overridden" AsOverridden,
        /// Every image is as the repository has it.
        "as-in-repository" AsInRepository,
    }
    default AsOverridden
}

/// What is expected of one of several clusters: the keys of an expectation that are
/// about a cluster, or the word `unchanged`.
pub type ClusterCheck = Expectation;

/// What an object must be, for callers that have a single word.
impl From<super::State> for ObjectCheck {
    fn from(state: super::State) -> Self {
        Self { is: state.into(), ..Self::default() }
    }
}
