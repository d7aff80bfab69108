//! How workloads and foreign kinds behave, as far as it is not the default:
//! healthy after a short delay.

use std::time::Duration;

use objects::Value;

use crate::record::{record, words};
use crate::reference::ObjectPattern;
use crate::scalar::{Entries, Many};

record! {
    /// How objects behave from now on. A later entry wins over an earlier one.
    pub struct Behaviour {
        /// The objects. Pods behave as their workload does.
        "objects" objects: Many<ObjectPattern>,
        /// Instead, or as well: containers whose image matches, `*` for any text.
        "image" image: Option<String>,
        /// In this cluster only.
        "cluster" cluster: Option<String>,
        /// How long until it is ready.
        "ready-after" ready_after: Option<Duration>,
        /// Whether it never becomes ready.
        "never-ready" never_ready: bool,
        /// Whether its image can be pulled.
        "pull" pull: Pull,
        /// How its container crashes.
        "crash" crash: Option<Crash>,
        /// How long a Job runs.
        "completes-after" completes_after: Option<Duration>,
        /// Exit code of a Job's container; 0 without it.
        "exit-code" exit_code: Option<u64>,
        /// Why its Pods cannot be scheduled: the scheduler's message.
        "unschedulable" unschedulable: Option<String>,
        /// Address that a LoadBalancer or an Ingress gets; `none` for one that stays pending.
        "address" address: Option<String>,
        /// Conditions that it shows.
        "conditions" conditions: Entries<String, ConditionEffect>,
        /// Status that it shows, merged over its own.
        "status" status: Option<Value>,
        /// When conditions and status are shown; at once without it.
        "after" after: Option<Duration>,
        /// Objects that its controller creates.
        "creates" creates: Many<Creation>,
        /// How long its finalizers take to let it go.
        "deletes-after" deletes_after: Option<Duration>,
        /// Whether its finalizers never let it go.
        "never-deletes" never_deletes: bool,
        /// Whether earlier entries for the same objects are forgotten.
        "reset" reset: bool,
    }
}

words! {
    /// Whether an image can be pulled.
    pub enum Pull {
        /// It can.
        "works" Works,
        /// It cannot: ErrImagePull, then ImagePullBackOff.
        "fails" Fails,
        /// It is refused: the registry asks for credentials.
        "denied" Denied,
    }
    default Works
}

record! {
    /// How a container crashes. Its short form is how long it runs before it does.
    pub struct Crash {
        /// How long it runs each time; 1s without it.
        "after" after: Option<Duration>,
        /// How often; without it for ever.
        "times" times: Option<u64>,
        /// Its exit code; 1 without it.
        "exit-code" exit_code: Option<u64>,
        /// Its reason: `Error` without it, or `OOMKilled`.
        "reason" reason: Option<String>,
    }
    short Duration = |after| Self { after: Some(after), ..Self::default() };
}

record! {
    /// A condition that an object shows. Its short form is the status.
    pub struct ConditionEffect {
        /// `"True"`, `"False"` or `Unknown`.
        "status" status: String,
        /// Its reason.
        "reason" reason: Option<String>,
        /// Its message.
        "message" message: Option<String>,
    }
    short String = |status| Self { status, ..Self::default() };
}

record! {
    /// Objects that a controller creates for each object that it finds. In their
    /// texts `<name>` and `<namespace>` are those of the object.
    pub struct Creation {
        /// The objects, written here.
        "objects" objects: Vec<Value>,
        /// Files of objects, relative to the scenario file.
        "files" files: Many<String>,
        /// How long it takes.
        "after" after: Option<Duration>,
        /// Whether they belong to the object and go with it.
        "owned" owned: bool,
    }
}
