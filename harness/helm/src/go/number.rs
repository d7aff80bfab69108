//! Numbers: reading constants, and printing floats.

/// `strconv.ParseInt(text, 0, 64)`: any base by prefix, underscores between digits.
pub(crate) fn parse_int(text: &str) -> Option<i64> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let lower = digits.to_ascii_lowercase();
    let (base, rest) = match lower.get(..2) {
        Some("0x") => (16, &lower[2..]),
        Some("0b") => (2, &lower[2..]),
        Some("0o") => (8, &lower[2..]),
        _ if lower.len() > 1 && lower.starts_with('0') => (8, &lower[1..]),
        _ => (10, lower.as_str()),
    };
    let has_prefix = rest.len() < lower.len();
    let plain = without_underscores(rest, has_prefix)?;
    let value = i128::from(u64::from_str_radix(&plain, base).ok()?);
    i64::try_from(if negative { -value } else { value }).ok()
}

fn without_underscores(digits: &str, has_prefix: bool) -> Option<String> {
    let bad =
        digits.ends_with('_') || digits.contains("__") || (digits.starts_with('_') && !has_prefix);
    let plain = digits.replace('_', "");
    (!bad && !plain.is_empty() && plain.chars().all(|c| c.is_ascii_hexdigit())).then_some(plain)
}

/// `strconv.ParseFloat(text, 64)` for decimal numbers.
pub(crate) fn parse_float(text: &str) -> Option<f64> {
    let plain = text.replace('_', "");
    if plain.trim_start_matches(['+', '-']).to_ascii_lowercase().starts_with("0x") {
        return parse_hex_float(&plain);
    }
    let valid =
        plain.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | '+' | '-' | 'e' | 'E'));
    let value: f64 = plain.parse().ok().filter(|_| valid)?;
    value.is_finite().then_some(value)
}

/// `0x1.8p3`
fn parse_hex_float(text: &str) -> Option<f64> {
    let negative = text.starts_with('-');
    let lower = text.trim_start_matches(['+', '-']).to_ascii_lowercase();
    let (mantissa, power) = lower.strip_prefix("0x")?.split_once('p')?;
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && part.is_empty() {
        return None;
    }
    let mut value = 0.0;
    for digit in whole.chars().chain(part.chars()) {
        value = value * 16.0 + f64::from(digit.to_digit(16)?);
    }
    let power: i32 = power.parse().ok()?;
    let scale = power.checked_sub(4 * i32::try_from(part.len()).ok()?)?;
    let value = value * 2_f64.powi(scale);
    value.is_finite().then_some(if negative { -value } else { value })
}

/// `%x` of a number that is not negative: `0x1.8p+03`.
pub(crate) fn hex_float(value: f64) -> String {
    if value == 0.0 {
        return "0x0p+00".to_owned();
    }
    let bits = value.to_bits();
    let mut power = i64::from((bits >> 52) as u32 & 0x7ff) - 1023;
    let mut fraction = bits & ((1 << 52) - 1);
    if power == -1023 {
        let shift = fraction.leading_zeros() - 11;
        fraction = (fraction << shift) & ((1 << 52) - 1);
        power = -1022 - i64::from(shift);
    }
    let digits = format!("{fraction:013x}");
    let digits = digits.trim_end_matches('0');
    let point = if digits.is_empty() { "" } else { "." };
    let sign = if power < 0 { '-' } else { '+' };
    format!("0x1{point}{digits}p{sign}{:02}", power.abs())
}

/// The digits of the shortest text that reads back, and the decimal exponent of the first.
fn shortest(value: f64) -> (String, i32) {
    let text = format!("{value:e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    (mantissa.replace('.', ""), exponent.parse().unwrap_or(0))
}

/// A float with the fewest digits that read back; with an exponent from 10 to the power of `limit`
/// (6 for `%v`, 21 for JSON).
pub(crate) fn format_float(value: f64, limit: i32) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let sign = if value.is_sign_negative() { "-" } else { "" };
    let (digits, exponent) = shortest(value.abs());
    if exponent < -4 || exponent >= limit {
        return format!("{sign}{}", scientific(&digits, exponent));
    }
    format!("{sign}{}", plain(&digits, exponent))
}

fn scientific(digits: &str, exponent: i32) -> String {
    let (first, rest) = digits.split_at(1);
    let point = if rest.is_empty() { "" } else { "." };
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{first}{point}{rest}e{sign}{:02}", exponent.abs())
}

fn plain(digits: &str, exponent: i32) -> String {
    let Ok(whole) = usize::try_from(exponent + 1) else {
        let zeros = usize::try_from(-exponent - 1).unwrap_or(0);
        return format!("0.{}{digits}", "0".repeat(zeros));
    };
    match whole {
        0 => format!("0.{digits}"),
        _ if digits.len() <= whole => format!("{digits}{}", "0".repeat(whole - digits.len())),
        _ => format!("{}.{}", &digits[..whole], &digits[whole..]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_are_read_in_any_base() {
        for (text, value) in [
            ("0x1F", Some(31)),
            ("010", Some(8)),
            ("1_000", Some(1000)),
            ("0b11", Some(3)),
            ("-7", Some(-7)),
            ("08", None),
            ("1__0", None),
            ("0", Some(0)),
        ] {
            assert_eq!(parse_int(text), value, "{text}");
        }
    }

    #[test]
    fn floats_print_as_go_prints_them() {
        for (value, text) in [
            (1_000_000.0, "1e+06"),
            (123_456.0, "123456"),
            (123_456_789.0, "1.23456789e+08"),
            (0.000_01, "1e-05"),
            (2.5, "2.5"),
            (0.1, "0.1"),
            (-0.0, "-0"),
            (100.0, "100"),
        ] {
            assert_eq!(format_float(value, 6), text);
        }
        assert_eq!(format_float(1e20, 21), "100000000000000000000");
        assert_eq!(format_float(1e21, 21), "1e+21");
    }
}
