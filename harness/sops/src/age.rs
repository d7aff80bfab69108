//! age files with X25519 recipients (age-encryption.org/v1), as far as keys need them.
//!
//! Start at [`Identity::parse_all`] and [`open`].

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use ring::{aead, hkdf, hmac};
use x25519_dalek::{PublicKey, StaticSecret};

use crate::bech32;

/// A private key.
#[derive(Clone)]
pub(crate) struct Identity(StaticSecret);

impl std::fmt::Debug for Identity {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Identity")
    }
}

impl Identity {
    /// The identities of a key file (filippo.io/age: `ParseIdentities`).
    pub(crate) fn parse_all(text: &str) -> Result<Vec<Self>, &'static str> {
        let lines = text.lines().map(str::trim);
        let keys = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
        let all: Result<Vec<Self>, _> = keys.map(Self::parse).collect();
        let all = all?;
        if all.is_empty() { Err("no identities found") } else { Ok(all) }
    }

    fn parse(line: &str) -> Result<Self, &'static str> {
        if !line.starts_with("AGE-SECRET-KEY-1") {
            return Err("unknown identity type");
        }
        let bytes =
            bech32::decode("age-secret-key-", line).and_then(|b| <[u8; 32]>::try_from(b).ok());
        bytes.map(|bytes| Self(StaticSecret::from(bytes))).ok_or("malformed secret key")
    }
}

/// Why an age file stays closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Closed {
    /// None of the identities is one of its recipients.
    NoMatch,
    /// It is no whole age file.
    Malformed,
}

/// A file's parts.
struct File<'a> {
    /// Share and wrapped key of each X25519 recipient.
    stanzas: Vec<([u8; 32], Vec<u8>)>,
    /// What the header's code is about.
    header: &'a [u8],
    mac: Vec<u8>,
    payload: &'a [u8],
}

/// What an armoured file holds.
pub(crate) fn open(armoured: &str, identities: &[Identity]) -> Result<Vec<u8>, Closed> {
    let body: String =
        armoured.lines().map(str::trim).filter(|l| !l.starts_with("-----")).collect();
    let bytes = STANDARD.decode(body).map_err(|_| Closed::Malformed)?;
    let file = read(&bytes).ok_or(Closed::Malformed)?;
    for identity in identities {
        for (share, wrapped) in &file.stanzas {
            if let Some(key) = unwrap(identity, share, wrapped) {
                return payload(&file, &key).ok_or(Closed::Malformed);
            }
        }
    }
    Err(Closed::NoMatch)
}

fn read(bytes: &[u8]) -> Option<File<'_>> {
    let mut rest = bytes.strip_prefix(b"age-encryption.org/v1\n")?;
    let mut stanzas = Vec::new();
    loop {
        let line = line(&mut rest)?;
        if let Some(mac) = line.strip_prefix("--- ") {
            let before = bytes.len() - rest.len() - mac.len() - 2;
            let mac = STANDARD_NO_PAD.decode(mac).ok()?;
            return Some(File { stanzas, header: &bytes[..before], mac, payload: rest });
        }
        let share = line.strip_prefix("-> ")?.strip_prefix("X25519 ").map(str::to_owned);
        let mut body = String::new();
        loop {
            let part = self::line(&mut rest)?;
            body.push_str(part);
            if part.len() < 64 {
                break;
            }
        }
        if let Some(share) = share {
            let share = STANDARD_NO_PAD.decode(share).ok()?.try_into().ok()?;
            stanzas.push((share, STANDARD_NO_PAD.decode(body).ok()?));
        }
    }
}

fn line<'a>(rest: &mut &'a [u8]) -> Option<&'a str> {
    let end = rest.iter().position(|byte| *byte == b'\n')?;
    let (line, after) = rest.split_at(end);
    *rest = &after[1..];
    std::str::from_utf8(line).ok()
}

/// The file's key, if it was wrapped for this identity.
fn unwrap(identity: &Identity, share: &[u8; 32], wrapped: &[u8]) -> Option<Vec<u8>> {
    let shared = identity.0.diffie_hellman(&PublicKey::from(*share));
    let mut salt = share.to_vec();
    salt.extend_from_slice(PublicKey::from(&identity.0).as_bytes());
    let key = derive(&salt, shared.as_bytes(), b"age-encryption.org/v1/X25519")?;
    unseal(&key, [0; 12], wrapped)
}

fn payload(file: &File<'_>, key: &[u8]) -> Option<Vec<u8>> {
    let code = hmac::Key::new(hmac::HMAC_SHA256, &derive(&[], key, b"header")?);
    hmac::verify(&code, file.header, &file.mac).ok()?;
    let (nonce, mut rest) = file.payload.split_at_checked(16)?;
    let key = derive(nonce, key, b"payload")?;
    let mut plain = Vec::new();
    for counter in 0_u64.. {
        let (chunk, after) = rest.split_at(rest.len().min((64 << 10) + 16));
        let mut nonce = [0; 12];
        nonce[3..11].copy_from_slice(&counter.to_be_bytes());
        nonce[11] = u8::from(after.is_empty());
        plain.extend(unseal(&key, nonce, chunk)?);
        rest = after;
        if rest.is_empty() {
            break;
        }
    }
    Some(plain)
}

fn derive(salt: &[u8], secret: &[u8], info: &[u8]) -> Option<[u8; 32]> {
    let mut key = [0; 32];
    let salt = hkdf::Salt::new(hkdf::HKDF_SHA256, salt);
    salt.extract(secret).expand(&[info], hkdf::HKDF_SHA256).ok()?.fill(&mut key).ok()?;
    Some(key)
}

fn unseal(key: &[u8; 32], nonce: [u8; 12], sealed: &[u8]) -> Option<Vec<u8>> {
    let key = aead::UnboundKey::new(&aead::CHACHA20_POLY1305, key).ok()?;
    let nonce = aead::Nonce::assume_unique_for_key(nonce);
    let mut bytes = sealed.to_vec();
    let opened = aead::LessSafeKey::new(key).open_in_place(nonce, aead::Aad::empty(), &mut bytes);
    opened.ok().map(|plain| plain.to_vec())
}
