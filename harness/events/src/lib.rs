//! What a run says.
//!
//! Knows run, scenario, step, verdict and failure details, the virtual time of
//! each event, the serialised form with its version, and the exit codes. Must not
//! know terminals, colour, clusters, or who is listening.
