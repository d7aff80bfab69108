//! The scenario language.
//!
//! Knows the grammar, defaults that need no world, places in the text, the
//! reference text, the schema. Must not know clusters, time, the file system
//! beyond the text it is handed, or how anything is carried out. Types are inert.
//!
//! Each part of the language is declared once, by the macros of `record`: the
//! type, its parser, the JSON Schema and the reference page come from the same
//! lines. Start at [`load`], [`parse`] and [`Scenario`].

mod check;
pub mod counterproof;
mod diagnostic;
pub mod expect;
mod header;
mod load;
mod matcher;
mod page;
mod parse;
mod place;
mod prepare;
mod read;
mod record;
mod reference;
mod scalar;
mod schema;
mod shape;
mod sources;
pub mod step;
pub mod terms;
pub mod world;

pub use diagnostic::Diagnostic;
pub use header::{Limits, Scenario};
pub use load::load;
pub use page::reference;
pub use parse::parse;
pub use place::Place;
pub use schema::json_schema;
