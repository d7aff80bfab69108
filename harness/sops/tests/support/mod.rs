//! Sealing with fixed numbers: a test key, a data key and nonces that never change.

use aes_gcm::aead::consts::U32;
use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::aes::Aes256;
use aes_gcm::{AesGcm, Nonce};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use ring::{aead, hkdf, hmac};
use x25519_dalek::{PublicKey, StaticSecret};

/// The private key that opens everything sealed here.
pub(crate) const IDENTITY: &str =
    "AGE-SECRET-KEY-1QURSWPC8QURSWPC8QURSWPC8QURSWPC8QURSWPC8QURSWPC8QURSKMP32K";

const SECRET: [u8; 32] = [7; 32];
const DATA_KEY: [u8; 32] = [9; 32];

/// A text with its marks sealed: `@@value|place:@@` becomes the sealed value, `@@AGE@@`
/// the armoured data key on one line with `\n`, `@@AGE 8@@` the same with an indentation.
pub(crate) fn seal(text: &str) -> String {
    let mut out = String::new();
    for (at, part) in text.split("@@").enumerate() {
        match part.split_once('|') {
            _ if at % 2 == 0 => out.push_str(part),
            Some((value, place)) => out.push_str(&sealed(value, place)),
            None if part == "AGE" => out.push_str(&armoured().replace('\n', "\\n")),
            None => {
                let indent = part.trim_start_matches("AGE ").parse().unwrap_or(0);
                out.push_str(
                    &armoured().trim_end().replace('\n', &format!("\n{}", " ".repeat(indent))),
                );
            }
        }
    }
    out
}

fn sealed(value: &str, place: &str) -> String {
    let nonce = [value.len() as u8; 32];
    let cipher = AesGcm::<Aes256, U32>::new_from_slice(&DATA_KEY).unwrap();
    let payload = Payload { msg: value.as_bytes(), aad: place.as_bytes() };
    let bytes = cipher.encrypt(Nonce::from_slice(&nonce), payload).unwrap();
    let (data, tag) = bytes.split_at(bytes.len() - 16);
    let [data, nonce, tag] = [data, &nonce, tag].map(|bytes| STANDARD.encode(bytes));
    format!("ENC[AES256_GCM,data:{data},iv:{nonce},tag:{tag},type:str]")
}

fn armoured() -> String {
    let body = STANDARD.encode(age());
    let lines: Vec<&str> =
        body.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!(
        "-----BEGIN AGE ENCRYPTED FILE-----\n{}\n-----END AGE ENCRYPTED FILE-----\n",
        lines.join("\n")
    )
}

fn age() -> Vec<u8> {
    let (identity, file_key) = (StaticSecret::from(SECRET), [3; 16]);
    let ephemeral = StaticSecret::from([5; 32]);
    let (share, recipient) = (PublicKey::from(&ephemeral), PublicKey::from(&identity));
    let shared = ephemeral.diffie_hellman(&recipient);
    let salt = [share.as_bytes().as_slice(), recipient.as_bytes()].concat();
    let wrap = derive(&salt, shared.as_bytes(), b"age-encryption.org/v1/X25519");
    let mut bytes = format!(
        "age-encryption.org/v1\n-> X25519 {}\n{}\n---",
        STANDARD_NO_PAD.encode(share.as_bytes()),
        STANDARD_NO_PAD.encode(chunk(&wrap, [0; 12], &file_key))
    )
    .into_bytes();
    let code = hmac::Key::new(hmac::HMAC_SHA256, &derive(&[], &file_key, b"header"));
    let code = STANDARD_NO_PAD.encode(hmac::sign(&code, &bytes));
    bytes.extend(format!(" {code}\n").bytes());
    bytes.extend([4; 16]);
    let mut last = [0; 12];
    last[11] = 1;
    bytes.extend(chunk(&derive(&[4; 16], &file_key, b"payload"), last, &DATA_KEY));
    bytes
}

fn derive(salt: &[u8], secret: &[u8], info: &[u8]) -> [u8; 32] {
    let mut key = [0; 32];
    let salt = hkdf::Salt::new(hkdf::HKDF_SHA256, salt);
    salt.extract(secret).expand(&[info], hkdf::HKDF_SHA256).unwrap().fill(&mut key).unwrap();
    key
}

fn chunk(key: &[u8; 32], nonce: [u8; 12], plain: &[u8]) -> Vec<u8> {
    let key = aead::LessSafeKey::new(aead::UnboundKey::new(&aead::CHACHA20_POLY1305, key).unwrap());
    let mut bytes = plain.to_vec();
    let nonce = aead::Nonce::assume_unique_for_key(nonce);
    key.seal_in_place_append_tag(nonce, aead::Aad::empty(), &mut bytes).unwrap();
    bytes
}
