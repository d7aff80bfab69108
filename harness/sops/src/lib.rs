//! SOPS documents.
//!
//! Knows encrypted YAML, JSON, dotenv and binary files and the age keys that open
//! them. Must not know clusters or Flux. What it cannot open (PGP, cloud keys, INI) is
//! an error that says so. Start at [`decrypt`] and [`decrypt_file`].

mod age;
mod bech32;
mod cipher;
mod error;
mod file;
mod format;
mod keys;

use objects::Value;

pub use error::Error;
pub use file::decrypt_file;
pub use format::{Format, marked};
pub use keys::Keys;

/// Opens a document that was read: its values in clear text, without `sops`.
///
/// # Errors
/// If no key opens it, or a value does not fit its place.
pub fn decrypt(document: &Value, keys: &Keys) -> Result<Value, Error> {
    let data_key = keys.data_key(document.get("sops").unwrap_or(&Value::Null))?;
    let mut plain = document.clone();
    plain.remove(&["sops"]);
    cipher::open(&plain, &data_key, "")
}
