//! Kubernetes schemas as data, and the arithmetic on typed values.
//!
//! Knows kinds, fields, list-map keys, defaults and validation of every served
//! version; server-side apply with field ownership; JSON, merge and strategic
//! merge patches. Must not know storage, HTTP, async or time.
