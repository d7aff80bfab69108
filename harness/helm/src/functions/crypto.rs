//! Passwords and ciphers.
//!
//! Source: sprig `crypto.go`; salts come from the seam.

use aes::Aes256;
use aes::cipher::generic_array::GenericArray;
use aes::cipher::{BlockDecrypt, BlockEncrypt, KeyInit};
use sha2::{Digest, Sha256};

use super::strings::string;
use super::{Answer, Entry, encoding, refuse, text};
use crate::go;
use crate::host::Host;
use crate::template::Param::{Str, Uint32};
use crate::value::Val;

const BLOCK: usize = 16;

pub(super) fn function(name: &str) -> Option<Entry> {
    let entry: Entry = match name {
        "bcrypt" => {
            (&[Str], None, |execution, a| string(bcrypted(execution.host, "bcrypt", text(&a[0]))))
        }
        "htpasswd" => (&[Str, Str], None, |execution, a| {
            let (user, password) = (text(&a[0]), text(&a[1]));
            if user.contains(':') {
                return string(format!("invalid username: {user}"));
            }
            let hash = bcrypted(execution.host, "htpasswd", password);
            string(format!("{user}:{hash}"))
        }),
        "derivePassword" => (&[Uint32, Str, Str, Str, Str], None, |_, a| derive(&a)),
        "encryptAES" => {
            (&[Str, Str], None, |execution, a| encrypt(execution.host, text(&a[0]), text(&a[1])))
        }
        "decryptAES" => (&[Str, Str], None, |_, a| decrypt(text(&a[0]), text(&a[1]))),
        _ => return None,
    };
    Some(entry)
}

/// Random bytes for salts.
fn salt(host: &mut Host<'_>, function: &'static str) -> [u8; BLOCK] {
    let random = host.random(function);
    let mut salt = [0; BLOCK];
    salt[..8].copy_from_slice(&random.next_u64().to_be_bytes());
    salt[8..].copy_from_slice(&random.next_u64().to_be_bytes());
    salt
}

fn bcrypted(host: &mut Host<'_>, function: &'static str, password: &str) -> String {
    const COST: u32 = 10;
    let bytes = go::bytes_of_text(password);
    if bytes.len() > 72 {
        return "failed to encrypt string with bcrypt: bcrypt: password length exceeds 72 bytes"
            .to_owned();
    }
    match bcrypt::hash_with_salt(&bytes, COST, salt(host, function)) {
        Ok(parts) => parts.format_for_version(bcrypt::Version::TwoA),
        Err(problem) => format!("failed to encrypt string with bcrypt: {problem}"),
    }
}

fn cipher(password: &str) -> Aes256 {
    let bytes = go::bytes_of_text(password);
    let mut key = [0; 32];
    let length = bytes.len().min(32);
    key[..length].copy_from_slice(&bytes[..length]);
    Aes256::new(GenericArray::from_slice(&key))
}

fn encrypt(host: &mut Host<'_>, password: &str, plain: &str) -> Answer {
    if plain.is_empty() {
        return string("");
    }
    let cipher = cipher(password);
    let mut bytes = go::bytes_of_text(plain).into_owned();
    let padding = BLOCK - bytes.len() % BLOCK;
    bytes.extend(std::iter::repeat_n(padding as u8, padding));
    let mut last = salt(host, "encryptAES");
    let mut out = last.to_vec();
    for chunk in bytes.chunks_exact(BLOCK) {
        let mixed: Vec<u8> = chunk.iter().zip(last).map(|(a, b)| a ^ b).collect();
        let mut block = GenericArray::clone_from_slice(&mixed);
        cipher.encrypt_block(&mut block);
        last.copy_from_slice(&block);
        out.extend_from_slice(&block);
    }
    string(encoding::base64(&out))
}

fn decrypt(password: &str, packed: &str) -> Answer {
    if packed.is_empty() {
        return string("");
    }
    let bytes = match encoding::unbase64(packed.as_bytes()) {
        Ok(bytes) => bytes,
        Err(at) => return refuse(format!("illegal base64 data at input byte {at}")),
    };
    if bytes.len() < BLOCK {
        return refuse(format!(
            "runtime error: slice bounds out of range [:16] with capacity {}",
            bytes.len()
        ));
    }
    if bytes.len() % BLOCK != 0 {
        return refuse("crypto/cipher: input not full blocks");
    }
    let cipher = cipher(password);
    let mut out = Vec::with_capacity(bytes.len());
    for pair in bytes.windows(2 * BLOCK).step_by(BLOCK) {
        let mut block = GenericArray::clone_from_slice(&pair[BLOCK..]);
        cipher.decrypt_block(&mut block);
        out.extend(block.iter().zip(&pair[..BLOCK]).map(|(a, b)| a ^ b));
    }
    let padding = usize::from(out.last().copied().unwrap_or(0));
    match out.len().checked_sub(padding) {
        Some(length) if !out.is_empty() => string(go::text_of_bytes(&out[..length])),
        _ => refuse("runtime error: slice bounds out of range"),
    }
}

/// Master Password: what a letter of a template stands for.
fn letters(class: u8) -> &'static [u8] {
    match class {
        b'V' => b"AEIOU",
        b'C' => b"BCDFGHJKLMNPQRSTVWXYZ",
        b'v' => b"aeiou",
        b'c' => b"bcdfghjklmnpqrstvwxyz",
        b'A' => b"AEIOUBCDFGHJKLMNPQRSTVWXYZ",
        b'a' => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz",
        b'n' => b"0123456789",
        b'o' => b"@&%?,=[]_:-+*$#!'^~;()/.",
        _ => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz0123456789!@#$%^&*()",
    }
}

fn templates(kind: &str) -> Option<&'static [&'static str]> {
    Some(match kind {
        "maximum" => &["anoxxxxxxxxxxxxxxxxx", "axxxxxxxxxxxxxxxxxno"],
        "long" => &[
            "CvcvnoCvcvCvcv",
            "CvcvCvcvnoCvcv",
            "CvcvCvcvCvcvno",
            "CvccnoCvcvCvcv",
            "CvccCvcvnoCvcv",
            "CvccCvcvCvcvno",
            "CvcvnoCvccCvcv",
            "CvcvCvccnoCvcv",
            "CvcvCvccCvcvno",
            "CvcvnoCvcvCvcc",
            "CvcvCvcvnoCvcc",
            "CvcvCvcvCvccno",
            "CvccnoCvccCvcv",
            "CvccCvccnoCvcv",
            "CvccCvccCvcvno",
            "CvcvnoCvccCvcc",
            "CvcvCvccnoCvcc",
            "CvcvCvccCvccno",
            "CvccnoCvcvCvcc",
            "CvccCvcvnoCvcc",
            "CvccCvcvCvccno",
        ],
        "medium" => &["CvcnoCvc", "CvcCvcno"],
        "short" => &["Cvcn"],
        "basic" => &["aaanaaan", "aannaaan", "aaannaaa"],
        "pin" => &["nnnn"],
        _ => return None,
    })
}

fn derive(arguments: &[Val]) -> Answer {
    const SEED: &[u8] = b"com.lyndir.masterpassword";
    let counter = super::int(&arguments[0]) as u32;
    let [kind, password, user, site] = [1, 2, 3, 4].map(|at| text(&arguments[at]));
    let Some(templates) = templates(kind) else {
        return string(format!("cannot find password template {kind}"));
    };
    let salted = |word: &str| [SEED, &(word.len() as u32).to_be_bytes(), word.as_bytes()].concat();
    let key = scrypt(password.as_bytes(), &salted(user));
    let mut message = salted(site);
    message.extend_from_slice(&counter.to_be_bytes());
    let seed = hmac(&key, &message);
    let template = templates[usize::from(seed[0]) % templates.len()];
    let chosen = template.bytes().zip(&seed[1..]).map(|(class, byte)| {
        let letters = letters(class);
        char::from(letters[usize::from(*byte) % letters.len()])
    });
    string(chosen.collect::<String>())
}

fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut block = [0_u8; 64];
    if key.len() > 64 {
        block[..32].copy_from_slice(&Sha256::digest(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let inner =
        Sha256::new().chain_update(block.map(|b| b ^ 0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(block.map(|b| b ^ 0x5c)).chain_update(inner).finalize().into()
}

/// PBKDF2 with one round.
fn stretch(password: &[u8], salt: &[u8], length: usize) -> Vec<u8> {
    let mut out = Vec::new();
    for number in 1_u32.. {
        if out.len() >= length {
            break;
        }
        out.extend(hmac(password, &[salt, &number.to_be_bytes()].concat()));
    }
    out.truncate(length);
    out
}

/// scrypt with N = 32768, r = 8, p = 2: a key of 64 bytes.
fn scrypt(password: &[u8], salt: &[u8]) -> Vec<u8> {
    const LANES: usize = 2;
    const LANE: usize = 1024;
    let mut mixed = stretch(password, salt, LANE * LANES);
    for lane in mixed.chunks_exact_mut(LANE) {
        let mut words: Vec<u32> =
            lane.chunks_exact(4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
        mix(&mut words);
        for (bytes, word) in lane.chunks_exact_mut(4).zip(words) {
            bytes.copy_from_slice(&word.to_le_bytes());
        }
    }
    stretch(password, &mixed, 64)
}

fn mix(words: &mut [u32]) {
    const ROUNDS: usize = 32_768;
    let size = words.len();
    let mut seen = Vec::with_capacity(ROUNDS * size);
    for _ in 0..ROUNDS {
        seen.extend_from_slice(words);
        block_mix(words);
    }
    for _ in 0..ROUNDS {
        let at = words[size - 16] as usize % ROUNDS;
        for (word, old) in words.iter_mut().zip(&seen[at * size..]) {
            *word ^= old;
        }
        block_mix(words);
    }
}

fn block_mix(words: &mut [u32]) {
    let blocks = words.len() / 16;
    let mut last = [0_u32; 16];
    last.copy_from_slice(&words[words.len() - 16..]);
    let mut out = vec![0_u32; words.len()];
    for (number, block) in words.chunks_exact(16).enumerate() {
        for (word, new) in last.iter_mut().zip(block) {
            *word ^= new;
        }
        salsa(&mut last);
        let place = if number % 2 == 0 { number / 2 } else { blocks / 2 + number / 2 };
        out[place * 16..place * 16 + 16].copy_from_slice(&last);
    }
    words.copy_from_slice(&out);
}

/// Salsa20/8
fn salsa(block: &mut [u32; 16]) {
    const QUARTERS: [[usize; 4]; 8] = [
        [0, 4, 8, 12],
        [5, 9, 13, 1],
        [10, 14, 2, 6],
        [15, 3, 7, 11],
        [0, 1, 2, 3],
        [5, 6, 7, 4],
        [10, 11, 8, 9],
        [15, 12, 13, 14],
    ];
    let mut x = *block;
    for _ in 0..4 {
        for [a, b, c, d] in QUARTERS {
            x[b] ^= x[a].wrapping_add(x[d]).rotate_left(7);
            x[c] ^= x[b].wrapping_add(x[a]).rotate_left(9);
            x[d] ^= x[c].wrapping_add(x[b]).rotate_left(13);
            x[a] ^= x[d].wrapping_add(x[c]).rotate_left(18);
        }
    }
    for (word, new) in block.iter_mut().zip(x) {
        *word = word.wrapping_add(new);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Seam;

    #[test]
    fn derived_passwords_are_those_of_master_password() {
        let value = |counter: i64, kind: &str, password: &str, user: &str, site: &str| {
            let texts = [kind, password, user, site].map(Val::str);
            let all = [vec![Val::int(counter)], texts.to_vec()].concat();
            derive(&all).map(|value| go::print(&value))
        };
        let derived = value(1, "long", "password", "user", "example.com");
        assert_eq!(derived.as_deref(), Ok("ZedaFaxcZaso9*"));
        let none = value(1, "none", "password", "user", "example.com");
        assert_eq!(none.as_deref(), Ok("cannot find password template none"));
    }

    #[test]
    fn what_is_encrypted_can_be_decrypted() {
        let mut host = Host::new(&(), Seam::default());
        let secret = encrypt(&mut host, "key", "hello").map(|value| go::print(&value));
        let plain = secret.and_then(|secret| decrypt("key", &secret));
        assert_eq!(plain.map(|value| go::print(&value)).as_deref(), Ok("hello"));
        assert_eq!(
            decrypt("secretkey", "AAECAwQFBgcICQoLDA0OD4aChIkqfhLglmmHSXlA6r0=")
                .map(|v| go::print(&v))
                .as_deref(),
            Ok("plaintext")
        );
    }
}
