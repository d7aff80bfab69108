//! The world before the first step: the header, and everything that is declared.
//!
//! Start at [`Scenario`].

mod behaviour;
mod cluster;
mod content;
mod images;
mod repository;
mod scenario;

pub use behaviour::{Behaviour, ConditionEffect, Crash, Creation, Pull};
pub use cluster::{Apply, Bootstrap, Cluster, KeyFiles, Setup, Sync};
pub use content::{Artifact, Chart, ImageTags};
pub use images::{ImageOverride, MatrixRow, Port};
pub use repository::{Branch, Content, Refs, Repository};
pub use scenario::{Limits, Scenario};
