//! Readiness of an object, as kstatus computes it and as health check
//! expressions say.
//!
//! Knows status fields of every kind and CEL. Must not know clients or time.
