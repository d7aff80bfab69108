//! Reading a value into the typed form of a kind, as Go's decoder does.
//!
//! Knows wrong types and unknown fields with the server's words, and the forms
//! that a round trip through Go gives values (canonical quantities, dropped
//! empty fields). Must not know defaults or rules. Start at [`decode`].

use objects::Value;

use crate::Shape;

/// A body that does not fit its kind: a 400 with this text behind
/// `X in version "v1" cannot be handled as a X: `.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct DecodeError(pub String);

/// Makes a value what Go's decoder and encoder would make of it; gives the
/// unknown fields that were dropped, each as `unknown field "spec.foo"`.
///
/// # Errors
/// The first value of a wrong type, in the decoder's words.
pub fn decode(_shape: &Shape, _value: &mut Value) -> Result<Vec<String>, DecodeError> {
    Ok(Vec::new())
}
