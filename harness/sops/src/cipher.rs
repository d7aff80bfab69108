//! Single values: `ENC[AES256_GCM,data:…,iv:…,tag:…,type:…]`.
//!
//! The place of a value in its document is part of its seal. Rules from getsops/sops:
//! aes/cipher.go. Start at [`open`].

use aes_gcm::aead::consts::U32;
use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::aes::Aes256;
use aes_gcm::{AesGcm, Nonce};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use objects::{Map, Value};

use crate::Error;

/// sops takes nonces of 32 bytes.
type Cipher = AesGcm<Aes256, U32>;

const MARK: &str = "ENC[AES256_GCM,";

/// A document or a part of it with every value opened; `place` is its path, each name
/// followed by a colon. Places in lists do not count.
pub(crate) fn open(value: &Value, key: &[u8], place: &str) -> Result<Value, Error> {
    match value {
        Value::String(text) if text.starts_with(MARK) => value_of(text, key, place),
        Value::List(items) => {
            let items: Result<Vec<Value>, Error> =
                items.iter().map(|item| open(item, key, place)).collect();
            Ok(items?.into())
        }
        Value::Map(map) => {
            let mut plain = Map::new();
            for (name, value) in map.iter() {
                plain.insert(name.clone(), open(value, key, &format!("{place}{name}:"))?);
            }
            Ok(plain.into())
        }
        other => Ok(other.clone()),
    }
}

/// Whether a text is a sealed value.
pub(crate) fn is_sealed(text: &str) -> bool {
    text.starts_with(MARK)
}

/// The value behind a sealed text.
pub(crate) fn value_of(text: &str, key: &[u8], place: &str) -> Result<Value, Error> {
    let (plain, kind) = opened(text, key, place)?;
    let wrong = || Error::Tree(format!("Could not convert {plain:?} to {kind}"));
    Ok(match kind.as_str() {
        "int" => plain.parse::<i64>().map_err(|_| wrong())?.into(),
        "float" => Value::Float(plain.parse::<f64>().map_err(|_| wrong())?),
        "bool" => Value::Bool(plain.eq_ignore_ascii_case("true")),
        _ => plain.into(),
    })
}

/// The clear text and its type.
pub(crate) fn opened(text: &str, key: &[u8], place: &str) -> Result<(String, String), Error> {
    let format = || Error::Tree(format!("Input string {text} does not match sops' data format"));
    let body =
        text.strip_prefix(MARK).and_then(|rest| rest.strip_suffix(']')).ok_or_else(format)?;
    let part = |name: &str| {
        let found = body.split(',').find_map(|part| part.strip_prefix(name));
        found.ok_or_else(format)
    };
    let bytes = |name: &str| STANDARD.decode(part(name)?).map_err(|_| format());
    let (mut sealed, nonce, tag) = (bytes("data:")?, bytes("iv:")?, bytes("tag:")?);
    sealed.extend(tag);
    let failed = |_| {
        Error::Tree(
            "Could not decrypt with AES_GCM: cipher: message authentication failed".to_owned(),
        )
    };
    let nonce: [u8; 32] = nonce.try_into().map_err(|_| format())?;
    let cipher = Cipher::new_from_slice(key).map_err(|_| {
        Error::Tree(format!(
            "Could not initialize AES GCM encryption cipher: crypto/aes: invalid key size {}",
            key.len()
        ))
    })?;
    let payload = Payload { msg: &sealed, aad: place.as_bytes() };
    let plain = cipher.decrypt(Nonce::from_slice(&nonce), payload).map_err(failed)?;
    let plain = String::from_utf8_lossy(&plain).into_owned();
    Ok((plain, part("type:")?.to_owned()))
}
