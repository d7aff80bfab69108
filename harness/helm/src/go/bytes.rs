//! Go's strings hold any bytes; ours hold UTF-8. Bytes that are none travel as characters
//! of a private range and come back as they were.

use std::borrow::Cow;

/// The last private plane; a byte `b` of 0x80 and above travels as this plus `b`.
const PRIVATE: u32 = 0x10_fe00;

/// Text of bytes, whatever they are.
pub(crate) fn text_of_bytes(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(bytes.len() + 16);
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        let strangers = chunk.invalid().iter();
        text.extend(strangers.filter_map(|byte| char::from_u32(PRIVATE + u32::from(*byte))));
    }
    Cow::Owned(text)
}

/// The bytes of a text.
pub(crate) fn bytes_of_text(text: &str) -> Cow<'_, [u8]> {
    // Characters of the last plane begin with this byte.
    if !text.as_bytes().contains(&0xf4) || !text.chars().any(is_stranger) {
        return Cow::Borrowed(text.as_bytes());
    }
    let mut bytes = Vec::with_capacity(text.len());
    for c in text.chars() {
        if is_stranger(c) {
            bytes.push((c as u32 & 0xff) as u8);
        } else {
            bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }
    Cow::Owned(bytes)
}

/// Whether a character stands for a byte that is no UTF-8.
pub(crate) fn is_stranger(c: char) -> bool {
    (PRIVATE + 0x80..=PRIVATE + 0xff).contains(&(c as u32))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_bytes_come_back_as_they_were() {
        for bytes in [
            &b"plain"[..],
            b"\xff\x00\xfea",
            "h\u{e9}".as_bytes(),
            b"a\xe9b",
            "\u{10ffff}".as_bytes(),
        ] {
            let text = text_of_bytes(bytes);
            assert_eq!(bytes_of_text(&text).as_ref(), bytes);
        }
    }
}
