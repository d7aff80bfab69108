//! Bech32 without its limit of length, as age writes keys (BIP 173).

const LETTERS: &[u8] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/// The bytes of a text with this prefix; `None` where it is none.
pub(crate) fn decode(prefix: &str, text: &str) -> Option<Vec<u8>> {
    let lower = text.to_lowercase();
    if lower != text && text.to_uppercase() != text {
        return None;
    }
    let (found, data) = lower.rsplit_once('1')?;
    if found != prefix || data.len() < 6 {
        return None;
    }
    let letter = |byte: u8| LETTERS.iter().position(|known| *known == byte);
    let values: Option<Vec<u8>> =
        data.bytes().map(|byte| letter(byte).and_then(|at| u8::try_from(at).ok())).collect();
    let values = values?;
    if checksum(prefix, &values) != 1 {
        return None;
    }
    regroup(&values[..values.len() - 6])
}

fn checksum(prefix: &str, values: &[u8]) -> u32 {
    const GENERATOR: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    let high = prefix.bytes().map(|byte| byte >> 5);
    let low = prefix.bytes().map(|byte| byte & 31);
    let all = high.chain(std::iter::once(0)).chain(low).chain(values.iter().copied());
    all.fold(1_u32, |sum, value| {
        let top = sum >> 25;
        let next = ((sum & 0x01ff_ffff) << 5) ^ u32::from(value);
        let bits = GENERATOR.iter().enumerate().filter(|(bit, _)| (top >> bit) & 1 == 1);
        bits.fold(next, |next, (_, part)| next ^ part)
    })
}

/// Groups of five bits as bytes; `None` where more than padding is left over.
fn regroup(values: &[u8]) -> Option<Vec<u8>> {
    let (mut kept, mut bits, mut bytes) = (0_u32, 0_u32, Vec::new());
    for value in values {
        kept = ((kept << 5) | u32::from(*value)) & 0xfff;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from((kept >> bits) & 0xff).ok()?);
        }
    }
    (bits < 5 && kept & ((1 << bits) - 1) == 0).then_some(bytes)
}
