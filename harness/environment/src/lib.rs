//! A place to run.
//!
//! Knows how to open and close each kind of place, what it can do, the bundled
//! reconciler in it, pushing trees, reading an observation. Must not know the YAML
//! language, verdicts, or reporters.
