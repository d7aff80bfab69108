//! The scenario language.
//!
//! Knows the grammar, defaults that need no world, places in the text, the
//! reference text, the schema. Must not know clusters, time, the file system
//! beyond the text it is handed, or how anything is carried out. Types are inert.
