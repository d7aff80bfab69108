//! The world before the first step: everything that is declared.
//!
//! Start at [`Repository`] and [`Cluster`].

mod behaviour;
mod cluster;
mod content;
mod images;
mod repository;

pub use behaviour::{Behaviour, ConditionEffect, Crash, Creation, Pull};
pub use cluster::{Apply, Bootstrap, Cluster, ForeignKind, KeyFiles, Scope, Setup, Sync};
pub use content::{Artifact, Chart, ImageTags};
pub use images::{ImageOverride, MatrixRow, Port};
pub use repository::{Branch, Content, Refs, Repository};
