//! Encodings, sums, paths.
//!
//! Source: sprig `crypto.go` (sums), `strings.go` (base64, base32), Go `path`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256, Sha512};

use super::strings::{flag, string};
use super::{Answer, Entry, text};
use crate::go;
use crate::template::Param::Str;
use crate::value::Val;

pub(super) fn function(name: &str) -> Option<Entry> {
    let entry: Entry = match name {
        "b64enc" => (&[Str], None, |_, a| string(base64(&bytes(&a[0])))),
        "b64dec" => (&[Str], None, |_, a| decoded(&bytes(&a[0]))),
        "b32enc" => (&[Str], None, |_, a| string(base32(&bytes(&a[0])))),
        "b32dec" => (&[Str], None, |_, a| match unbase32(text(&a[0])) {
            Ok(bytes) => string(go::text_of_bytes(&bytes)),
            Err(at) => string(format!("illegal base32 data at input byte {at}")),
        }),
        "sha1sum" => (&[Str], None, |_, a| string(hex(&sha1(&bytes(&a[0]))))),
        "sha256sum" => (&[Str], None, |_, a| string(hex(&Sha256::digest(bytes(&a[0]))))),
        "sha512sum" => (&[Str], None, |_, a| string(hex(&Sha512::digest(bytes(&a[0]))))),
        "adler32sum" => (&[Str], None, |_, a| string(adler32(&bytes(&a[0])).to_string())),
        "base" | "osBase" => (&[Str], None, |_, a| string(go::base(text(&a[0])))),
        "dir" | "osDir" => (&[Str], None, |_, a| string(go::dir(text(&a[0])))),
        "clean" | "osClean" => (&[Str], None, |_, a| string(go::clean_path(text(&a[0])))),
        "ext" | "osExt" => (&[Str], None, |_, a| string(go::ext(text(&a[0])))),
        "isAbs" | "osIsAbs" => (&[Str], None, |_, a| flag(text(&a[0]).starts_with('/'))),
        _ => return None,
    };
    Some(entry)
}

fn bytes(value: &Val) -> std::borrow::Cow<'_, [u8]> {
    go::bytes_of_text(text(value))
}

/// Standard base64 with padding.
pub(super) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Go's decoder skips line ends and names the first byte that does not fit.
pub(super) fn unbase64(text: &[u8]) -> Result<Vec<u8>, usize> {
    let packed: Vec<u8> = text.iter().copied().filter(|b| !matches!(b, b'\n' | b'\r')).collect();
    STANDARD.decode(&packed).map_err(|problem| {
        let good = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/');
        match problem {
            base64::DecodeError::InvalidByte(..) => {
                text.iter().position(|b| !good(b) && !matches!(b, b'\n' | b'\r')).unwrap_or(0)
            }
            base64::DecodeError::InvalidLastSymbol { offset: at, .. } => at.min(text.len()),
            _ => {
                let whole = packed.len() - packed.len() % 4;
                if packed.len().is_multiple_of(4) { packed.len().saturating_sub(1) } else { whole }
            }
        }
    })
}

fn decoded(text: &[u8]) -> Answer {
    match unbase64(text) {
        Ok(bytes) => string(go::text_of_bytes(&bytes)),
        Err(at) => string(format!("illegal base64 data at input byte {at}")),
    }
}

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

fn base32(bytes: &[u8]) -> String {
    let mut out = String::new();
    for chunk in bytes.chunks(5) {
        let mut block = [0_u8; 8];
        block[3..3 + chunk.len()].copy_from_slice(chunk);
        let bits = u64::from_be_bytes(block);
        let used = (chunk.len() * 8).div_ceil(5);
        for at in 0..8 {
            let index = (bits >> (35 - 5 * at)) as usize & 31;
            out.push(if at < used { char::from(BASE32[index]) } else { '=' });
        }
    }
    out
}

fn unbase32(text: &str) -> Result<Vec<u8>, usize> {
    let mut out = Vec::new();
    let digits = text.trim_end_matches('=');
    if !text.len().is_multiple_of(8) {
        return Err(text.len() - text.len() % 8);
    }
    let (mut bits, mut held) = (0_u64, 0);
    for (at, byte) in digits.bytes().enumerate() {
        let digit = BASE32.iter().position(|known| *known == byte).ok_or(at)?;
        bits = (bits << 5) | digit as u64;
        held += 5;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
        }
    }
    Ok(out)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn adler32(bytes: &[u8]) -> u32 {
    let (a, b) = bytes.iter().fold((1_u32, 0_u32), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (b + a) % 65_521)
    });
    (b << 16) | a
}

/// SHA-1, which charts use for names only.
fn sha1(bytes: &[u8]) -> [u8; 20] {
    let mut state = [0x6745_2301_u32, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];
    let mut padded = bytes.to_vec();
    padded.push(0x80);
    padded.resize(padded.len() + (120 - padded.len() % 64) % 64, 0);
    padded.extend_from_slice(&(bytes.len() as u64 * 8).to_be_bytes());
    for block in padded.chunks_exact(64) {
        sha1_block(&mut state, block);
    }
    let mut out = [0; 20];
    for (part, word) in out.chunks_exact_mut(4).zip(state) {
        part.copy_from_slice(&word.to_be_bytes());
    }
    out
}

fn sha1_block(state: &mut [u32; 5], block: &[u8]) {
    let mut words = [0_u32; 80];
    for (word, bytes) in words.iter_mut().zip(block.chunks_exact(4)) {
        *word = bytes.iter().fold(0, |word, byte| (word << 8) | u32::from(*byte));
    }
    for at in 16..80 {
        words[at] =
            (words[at - 3] ^ words[at - 8] ^ words[at - 14] ^ words[at - 16]).rotate_left(1);
    }
    let [mut a, mut b, mut c, mut d, mut e] = *state;
    for (at, word) in words.into_iter().enumerate() {
        let (mix, constant) = match at {
            0..20 => ((b & c) | (!b & d), 0x5a82_7999),
            20..40 => (b ^ c ^ d, 0x6ed9_eba1),
            40..60 => ((b & c) | (b & d) | (c & d), 0x8f1b_bcdc),
            _ => (b ^ c ^ d, 0xca62_c1d6_u32),
        };
        let next = a.rotate_left(5).wrapping_add(mix).wrapping_add(e);
        let next = next.wrapping_add(constant).wrapping_add(word);
        (a, b, c, d, e) = (next, a, b.rotate_left(30), c, d);
    }
    for (held, new) in state.iter_mut().zip([a, b, c, d, e]) {
        *held = held.wrapping_add(new);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_and_encodings_are_the_known_ones() {
        assert_eq!(hex(&sha1(b"abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert_eq!(hex(&sha1(&[b'a'; 64])), "0098ba824b5c16427bd7a1122a5a442a25ec644d");
        assert_eq!(adler32(b"Wikipedia"), 0x11e6_0398);
        assert_eq!(base32(b"foobar"), "MZXW6YTBOI======");
        assert_eq!(unbase32("MZXW6YTBOI======").as_deref(), Ok(&b"foobar"[..]));
        assert_eq!(base64(b"a"), "YQ==");
        assert_eq!(unbase64(b"Y Q=="), Err(1));
        assert_eq!(unbase64(b"YQ=\n="), Ok(b"a".to_vec()));
    }
}
