//! SOPS documents.
//!
//! Knows encrypted YAML, JSON, dotenv and binary files and the keys that open
//! them. Must not know clusters or Flux.
