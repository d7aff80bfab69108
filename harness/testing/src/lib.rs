//! The library for `cargo test`.
//!
//! Knows turning a folder of scenarios into test cases. Must not know anything
//! that the facade does not re-export.
