//! Quantities (`500m`, `1Gi`) after apimachinery `api/resource`.
//!
//! One rule: a value is a count of nano units in 128 bits; what does not fit
//! keeps its text.

/// Why a text is no quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum QuantityError {
    Form,
    Suffix,
    Number,
}

impl QuantityError {
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Form => {
                "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
            }
            Self::Suffix => "unable to parse quantity's suffix",
            Self::Number => "unable to parse numeric part of quantity",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Decimal,
    Binary,
    Exponent,
}

/// A parsed quantity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Quantity {
    /// Billionths; saturated where they do not fit.
    pub(crate) nanos: i128,
    form: Form,
    /// The text, where it is canonical already.
    text: Option<String>,
}

/// A quantity as the server writes it back.
///
/// # Errors
/// The words of Go's parser.
pub fn canonical_quantity(text: &str) -> Result<String, super::DecodeError> {
    let parsed = parse_quantity(text).map_err(|error| super::DecodeError(error.to_owned()))?;
    Ok(parsed.text.clone().unwrap_or_else(|| format(&parsed)))
}

/// Parses a quantity; the error is Go's text.
pub(crate) fn parse_quantity(text: &str) -> Result<Quantity, &'static str> {
    parse(text.trim()).map_err(QuantityError::text)
}

fn parse(text: &str) -> Result<Quantity, QuantityError> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let negative = text.starts_with('-');
    let number = unsigned.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
    let (number, suffix) = unsigned.split_at(number);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if number.is_empty() || number == "." || fraction.contains('.') || !is_suffix(suffix) {
        return Err(QuantityError::Form);
    }
    let (form, base, power) = read_suffix(suffix).ok_or(QuantityError::Suffix)?;
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let digits = format!("{whole}{fraction}");
    let count: i128 = digits.parse().map_err(|_| QuantityError::Number)?;
    let scale = fraction.len() as i32;
    let nanos = match base {
        10 => scaled(count, power - scale + 9),
        _ => {
            let doubled = count.checked_shl(power as u32).unwrap_or(i128::MAX);
            scaled(doubled, 9 - scale)
        }
    };
    let kept = match form {
        Form::Binary => fraction.is_empty() && count & 7 != 0 && digits.len() < 10,
        _ => {
            let fits = digits.len() < 18 && power - scale >= -9;
            fits && (power - scale) % 3 == 0 && !digits.ends_with("000") && !digits.starts_with('0')
        }
    };
    let kept = (kept || text == "0").then(|| text.to_owned());
    Ok(Quantity { nanos: if negative { -nanos } else { nanos }, form, text: kept })
}

/// `count * 10^power`, rounded up.
fn scaled(count: i128, power: i32) -> i128 {
    let factor = 10_i128.checked_pow(power.unsigned_abs());
    match (power >= 0, factor) {
        (true, Some(factor)) => count.checked_mul(factor).unwrap_or(i128::MAX),
        (true, None) => {
            if count == 0 {
                0
            } else {
                i128::MAX
            }
        }
        (false, Some(factor)) => count / factor + i128::from(count % factor != 0),
        (false, None) => i128::from(count != 0),
    }
}

fn is_suffix(suffix: &str) -> bool {
    let letters = suffix.bytes().take_while(|byte| b"eEinumkKMGTP".contains(byte)).count();
    let rest = &suffix[letters..];
    let digits = rest.strip_prefix(['+', '-']).unwrap_or(rest);
    digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Form, base and power of a suffix.
fn read_suffix(suffix: &str) -> Option<(Form, u8, i32)> {
    let decimal = |power| Some((Form::Decimal, 10, power));
    let binary = |power| Some((Form::Binary, 2, power));
    match suffix {
        "n" => decimal(-9),
        "u" => decimal(-6),
        "m" => decimal(-3),
        "" => decimal(0),
        "k" => decimal(3),
        "M" => decimal(6),
        "G" => decimal(9),
        "T" => decimal(12),
        "P" => decimal(15),
        "E" => decimal(18),
        "Ki" => binary(10),
        "Mi" => binary(20),
        "Gi" => binary(30),
        "Ti" => binary(40),
        "Pi" => binary(50),
        "Ei" => binary(60),
        other => {
            let power: i32 = other.strip_prefix(['e', 'E'])?.parse().ok()?;
            (power.abs() < 100).then_some((Form::Exponent, 10, power))
        }
    }
}

fn format(quantity: &Quantity) -> String {
    const UNIT: i128 = 1_000_000_000;
    let nanos = quantity.nanos;
    if nanos == 0 {
        return "0".to_owned();
    }
    let small = nanos.abs() < 1024 * UNIT;
    if quantity.form == Form::Binary && !small && nanos % UNIT == 0 {
        let (mut count, mut power) = (nanos / UNIT, 0);
        while count % 1024 == 0 && power < 6 {
            count /= 1024;
            power += 1;
        }
        return format!("{count}{}", ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"][power]);
    }
    let (mut count, mut power) = (nanos, 0);
    while count % 1000 == 0 && power < 9 {
        count /= 1000;
        power += 1;
    }
    if quantity.form == Form::Exponent {
        let exponent = power as i32 * 3 - 9;
        return if exponent == 0 { count.to_string() } else { format!("{count}e{exponent}") };
    }
    format!("{count}{}", ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"][power])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_come_back_in_canonical_form_or_as_written_where_that_is_canonical() {
        let cases = [
            ("512Mi", "512Mi"),
            ("2048Mi", "2Gi"),
            ("0.25", "250m"),
            ("2.5Gi", "2560Mi"),
            ("2000000", "2M"),
            ("3e6", "3e6"),
            ("2000m", "2"),
            ("1700m", "1700m"),
            ("+3", "+3"),
            ("007", "007"),
            ("2.0", "2"),
            ("0", "0"),
            ("0.0", "0"),
            ("1.5", "1500m"),
            ("-200m", "-200m"),
            ("987654321Ki", "987654321Ki"),
            ("0.1n", "1n"),
        ];
        for (text, expected) in cases {
            assert_eq!(canonical_quantity(text).unwrap(), expected, "{text}");
        }
        for text in ["", "x", "1x", "1.2.3", "--1", "1Zi", "."] {
            assert!(canonical_quantity(text).is_err(), "{text}");
        }
    }
}
