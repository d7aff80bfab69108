//! Quoted text: `strconv.Quote`, `Unquote` and the `%#U` of a character.

/// `strconv.Quote`
pub(crate) fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    text.chars().for_each(|c| escape(&mut out, c, '"'));
    out.push('"');
    out
}

fn escape(out: &mut String, c: char, quote: char) {
    match c {
        '\\' => out.push_str("\\\\"),
        c if c == quote => {
            out.push('\\');
            out.push(c);
        }
        '\u{7}' => out.push_str("\\a"),
        '\u{8}' => out.push_str("\\b"),
        '\u{c}' => out.push_str("\\f"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\u{b}' => out.push_str("\\v"),
        c if is_print(c) => out.push(c),
        c if (c as u32) < 0x80 => out.push_str(&format!("\\x{:02x}", c as u32)),
        c if (c as u32) < 0x1_0000 => out.push_str(&format!("\\u{:04x}", c as u32)),
        c => out.push_str(&format!("\\U{:08x}", c as u32)),
    }
}

/// Whether Go prints the character as it is: letters, marks, numbers, punctuation, symbols, and the plain space.
pub(crate) fn is_print(c: char) -> bool {
    if c == ' ' {
        return true;
    }
    let is_format = matches!(c as u32, 0xad | 0x600..=0x605 | 0x61c | 0x6dd | 0x70f | 0x180e
        | 0x200b..=0x200f | 0x202a..=0x202e | 0x2060..=0x206f | 0xfeff | 0xfff0..=0xfffb | 0xe000..=0xf8ff
        | 0xe0000..=0x10_ffff);
    !(c.is_control() || c.is_whitespace() || is_format || (c as u32) & 0xfffe == 0xfffe)
}

/// `strconv.CanBackquote`
pub(crate) fn can_backquote(text: &str) -> bool {
    !text.chars().any(|c| c == '`' || c == '\u{7f}' || c == '\u{feff}' || (c < ' ' && c != '\t'))
}

/// `%#U`: `U+002D '-'`
pub(crate) fn unicode(c: char) -> String {
    if is_print(c) { format!("U+{:04X} '{c}'", c as u32) } else { format!("U+{:04X}", c as u32) }
}

/// `strconv.Unquote` for text in `"` or backquotes.
pub(crate) fn unquote(text: &str) -> Option<String> {
    if let Some(raw) = text.strip_prefix('`') {
        return raw.strip_suffix('`').map(|raw| raw.replace('\r', ""));
    }
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    let bytes = unescape(inner, '"')?;
    Some(super::text_of_bytes(&bytes).into_owned())
}

/// The character of a constant in single quotes.
pub(crate) fn unquote_char(text: &str) -> Option<char> {
    let inner = text.strip_prefix('\'')?.strip_suffix('\'')?;
    let bytes = unescape(inner, '\'')?;
    let text = String::from_utf8(bytes).ok()?;
    let mut chars = text.chars();
    let first = chars.next()?;
    chars.next().is_none().then_some(first)
}

fn unescape(inner: &str, quote: char) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            '\n' => return None,
            c if c == quote => return None,
            '\\' => unescape_one(&mut out, &mut chars, quote)?,
            c => push(&mut out, c),
        }
    }
    Some(out)
}

fn push(out: &mut Vec<u8>, c: char) {
    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

fn unescape_one(out: &mut Vec<u8>, chars: &mut std::str::Chars<'_>, quote: char) -> Option<()> {
    let simple = match chars.next()? {
        'a' => 7,
        'b' => 8,
        'f' => 0xc,
        'n' => b'\n',
        'r' => b'\r',
        't' => b'\t',
        'v' => 0xb,
        '\\' => b'\\',
        c if c == quote => c as u8,
        'x' => u8::try_from(hex(chars, 2)?).ok()?,
        'u' => return char::from_u32(hex(chars, 4)?).map(|c| push(out, c)),
        'U' => return char::from_u32(hex(chars, 8)?).map(|c| push(out, c)),
        c @ '0'..='7' => octal(c, chars)?,
        _ => return None,
    };
    out.push(simple);
    Some(())
}

fn hex(chars: &mut std::str::Chars<'_>, digits: usize) -> Option<u32> {
    (0..digits).try_fold(0_u32, |value, _| Some(value * 16 + chars.next()?.to_digit(16)?))
}

fn octal(first: char, chars: &mut std::str::Chars<'_>) -> Option<u8> {
    let start = first.to_digit(8)?;
    let value = (0..2).try_fold(start, |value, _| Some(value * 8 + chars.next()?.to_digit(8)?))?;
    u8::try_from(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_quoted_and_unquoted_as_in_go() {
        for (text, quoted) in [
            ("a\"b\\c", r#""a\"b\\c""#),
            ("tab\tnul\0é\u{200b}", r#""tab\tnul\x00é\u200b""#),
            ("日本", r#""日本""#),
        ] {
            assert_eq!(quote(text), quoted);
            assert_eq!(unquote(quoted).as_deref(), Some(text));
        }
        assert_eq!(unquote("`a\\n`").as_deref(), Some("a\\n"));
        assert_eq!(unquote(r#""\q""#), None);
        assert_eq!(unquote_char(r"'\''"), Some('\''));
        assert_eq!(unicode('-'), "U+002D '-'");
    }
}
