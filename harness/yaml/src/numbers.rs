//! Which texts are numbers, and which are timestamps.

use crate::Scalar;

/// `.inf` and `.nan` in the spellings that both schemas know.
pub(crate) fn special(text: &str) -> Option<f64> {
    match text {
        ".nan" | ".NaN" | ".NAN" => Some(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Some(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Some(f64::NEG_INFINITY),
        _ => None,
    }
}

/// Numbers of the YAML 1.2 core schema.
pub(crate) fn core12(text: &str) -> Option<Scalar> {
    if let Some(digits) = text.strip_prefix("0o") {
        return digits_in(digits, 8).then(|| integer(digits, 8, false)).flatten();
    }
    if let Some(digits) = text.strip_prefix("0x") {
        return digits_in(digits, 16).then(|| integer(digits, 16, false)).flatten();
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits_in(unsigned, 10) {
        return text.parse().map(Scalar::Int).ok().or_else(|| decimal(text));
    }
    decimal(text)
}

/// Numbers as go-yaml reads them: Go's integer literals, underscores, YAML floats.
pub(crate) fn go(text: &str) -> Option<Scalar> {
    if text.starts_with('.') {
        // Here underscores stay, and make it text.
        return decimal(text);
    }
    if is_timestamp(text) {
        return None;
    }
    let stripped: String;
    let plain = if text.contains('_') {
        stripped = text.replace('_', "");
        &stripped
    } else {
        text
    };
    go_integer(plain).or_else(|| decimal(plain))
}

/// `strconv.ParseInt(text, 0, 64)`, then `ParseUint`.
fn go_integer(text: &str) -> Option<Scalar> {
    let (negative, digits, signed) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..], true),
        b'+' => (false, &text[1..], true),
        _ => (false, text, false),
    };
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &digits[2..]),
        [b'0', b'b' | b'B', ..] => (2, &digits[2..]),
        [b'0', b'o' | b'O', ..] => (8, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    if !digits_in(digits, radix) {
        return None;
    }
    match integer(digits, radix, negative) {
        Some(Scalar::Float(_)) if signed => None,
        found => found,
    }
}

fn digits_in(text: &str, radix: u32) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_digit(radix))
}

/// Digits in a base; beyond 64 bits with sign it becomes floating point, beyond 64 bits nothing.
fn integer(digits: &str, radix: u32, negative: bool) -> Option<Scalar> {
    let magnitude = u64::from_str_radix(digits, radix).ok()?;
    if negative {
        return 0_i64.checked_sub_unsigned(magnitude).map(Scalar::Int);
    }
    Some(i64::try_from(magnitude).map_or(Scalar::Float(magnitude as f64), Scalar::Int))
}

/// Whether go-yaml reads it as a whole number that needs all 64 bits.
pub(crate) fn is_unsigned(text: &str) -> bool {
    matches!(go_integer(&text.replace('_', "")), Some(Scalar::Float(_)))
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`, within range.
fn decimal(text: &str) -> Option<Scalar> {
    let rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match rest.find(['e', 'E']) {
        Some(at) => (&rest[..at], Some(&rest[at + 1..])),
        None => (rest, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let only_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let well_formed = only_digits(whole)
        && only_digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && exponent.is_none_or(|e| digits_in(e.strip_prefix(['+', '-']).unwrap_or(e), 10));
    if !well_formed {
        return None;
    }
    text.parse().ok().filter(|number: &f64| number.is_finite()).map(Scalar::Float)
}

/// Whether go-yaml takes a plain text for a timestamp: a date, or date and time.
pub(crate) fn is_timestamp(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.len() < 8 || bytes[4] != b'-' || !bytes[..4].iter().all(u8::is_ascii_digit) {
        return false;
    }
    timestamp(text).is_some()
}

fn timestamp(text: &str) -> Option<()> {
    let year: u32 = text.get(..4)?.parse().ok()?;
    let mut rest = text.get(5..)?;
    let month = number(&mut rest, 1..=12)?;
    expect(&mut rest, &['-'])?;
    number(&mut rest, 1..=days(year, month))?;
    if rest.is_empty() {
        return Some(());
    }
    let separator = expect(&mut rest, &['T', 't', ' '])?;
    number(&mut rest, 0..=23)?;
    expect(&mut rest, &[':'])?;
    number(&mut rest, 0..=59)?;
    expect(&mut rest, &[':'])?;
    number(&mut rest, 0..=59)?;
    if let Some(fraction) = rest.strip_prefix(['.', ',']) {
        let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
        rest = (digits > 0).then(|| &fraction[digits..])?;
    }
    match separator {
        ' ' => rest.is_empty().then_some(()),
        _ if rest == "Z" => Some(()),
        _ => {
            expect(&mut rest, &['+', '-'])?;
            let zone = rest.as_bytes();
            let digit = |at: usize| zone.get(at).is_some_and(u8::is_ascii_digit);
            (zone.len() == 5 && digit(0) && digit(1) && zone[2] == b':' && digit(3) && digit(4))
                .then_some(())?;
            let (hours, minutes): (u32, u32) = (rest[..2].parse().ok()?, rest[3..].parse().ok()?);
            (hours <= 24 && minutes < 60).then_some(())
        }
    }
}

fn days(year: u32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        _ => 31,
    }
}

/// One or two digits within a range.
fn number(rest: &mut &str, range: std::ops::RangeInclusive<u32>) -> Option<u32> {
    let digits = rest.bytes().take(2).take_while(u8::is_ascii_digit).count();
    let found = rest.get(..digits)?.parse().ok()?;
    *rest = &rest[digits..];
    range.contains(&found).then_some(found)
}

fn expect(rest: &mut &str, one_of: &[char]) -> Option<char> {
    let first = rest.chars().next().filter(|c| one_of.contains(c))?;
    *rest = &rest[first.len_utf8()..];
    Some(first)
}

/// Base 60 numbers of YAML 1.1 (`12:30`), which go-yaml quotes and never reads.
pub(crate) fn is_base60(text: &str) -> bool {
    let rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, fraction) = rest.split_once('.').unwrap_or((rest, ""));
    let mut parts = whole.split(':');
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    let first = parts.next().unwrap_or_default();
    let mut count = 0;
    let minutes = parts.all(|part| {
        count += 1;
        matches!(part.as_bytes(), [b'0'..=b'9'] | [b'0'..=b'5', b'0'..=b'9'])
    });
    first.starts_with(|c: char| c.is_ascii_digit())
        && digits(first)
        && minutes
        && count > 0
        && digits(fraction)
}
