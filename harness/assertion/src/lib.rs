//! Expectation against observation.
//!
//! Knows partial match, conditions, absence, counts, order of states, snapshots
//! with redaction and pending files. Must not know clients, async, time passing,
//! or colour.
