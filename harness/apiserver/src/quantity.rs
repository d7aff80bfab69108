//! Amounts of resources: exact, comparable, printed canonically.
//!
//! Source: kubernetes apimachinery, `api/resource`.

use std::fmt;

use objects::Value;

/// The suffix family an amount is printed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Form {
    #[default]
    Decimal,
    Binary,
}

/// An amount in nano units.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Quantity {
    nanos: i128,
    form: Form,
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Self) -> bool {
        self.nanos == other.nanos
    }
}

impl Eq for Quantity {}

impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Quantity {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.nanos.cmp(&other.nanos)
    }
}

const NANO: i128 = 1_000_000_000;
const BINARY: [(&str, u32); 6] =
    [("Ki", 10), ("Mi", 20), ("Gi", 30), ("Ti", 40), ("Pi", 50), ("Ei", 60)];
const DECIMAL: [(&str, i32); 10] = [
    ("n", -9),
    ("u", -6),
    ("m", -3),
    ("", 0),
    ("k", 3),
    ("M", 6),
    ("G", 9),
    ("T", 12),
    ("P", 15),
    ("E", 18),
];

impl Quantity {
    /// A whole number of units.
    pub(crate) fn whole(number: i64) -> Self {
        Self { nanos: i128::from(number) * NANO, form: Form::Decimal }
    }

    /// An amount as it stands in an object.
    pub(crate) fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Int(number) => Some(Self::whole(*number)),
            Value::String(text) => Self::parse(text),
            _ => None,
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let end = text.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '+' | '-')));
        let (number, suffix) = text.split_at(end.unwrap_or(text.len()));
        let digits = decimal(number)?;
        if let Some((_, bits)) = BINARY.iter().find(|(name, _)| *name == suffix) {
            let nanos = digits.checked_mul(1_i128 << bits)?;
            return Some(Self { nanos, form: Form::Binary });
        }
        let power = match DECIMAL.iter().find(|(name, _)| *name == suffix) {
            Some((_, power)) => *power,
            None => suffix.strip_prefix(['e', 'E'])?.parse().ok()?,
        };
        let factor = 10_i128.checked_pow(power.unsigned_abs())?;
        let nanos = if power >= 0 { digits.checked_mul(factor)? } else { digits / factor };
        Some(Self { nanos, form: Form::Decimal })
    }

    pub(crate) fn plus(self, other: Self) -> Self {
        let form = if self.nanos == 0 { other.form } else { self.form };
        Self { nanos: self.nanos.saturating_add(other.nanos), form }
    }

    pub(crate) fn as_f64(self) -> f64 {
        self.nanos as f64 / NANO as f64
    }
}

fn decimal(text: &str) -> Option<i128> {
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    if whole.is_empty() && part.is_empty() {
        return None;
    }
    let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let mut nanos = whole.checked_mul(NANO)?;
    let mut unit = NANO / 10;
    for digit in part.chars() {
        nanos += i128::from(digit.to_digit(10)?) * unit;
        unit /= 10;
    }
    Some(if negative { -nanos } else { nanos })
}

impl fmt::Display for Quantity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.nanos == 0 {
            return out.write_str("0");
        }
        if self.form == Form::Binary && self.nanos % NANO == 0 && (self.nanos / NANO).abs() >= 1024
        {
            let whole = self.nanos / NANO;
            let fits = BINARY.iter().rev().find(|(_, bits)| whole % (1_i128 << bits) == 0);
            return match fits {
                Some((name, bits)) => write!(out, "{}{name}", whole >> bits),
                None => write!(out, "{whole}"),
            };
        }
        for (name, power) in DECIMAL.iter().rev() {
            let unit = 10_i128.pow((power + 9).unsigned_abs());
            if self.nanos % unit == 0 {
                return write!(out, "{}{name}", self.nanos / unit);
            }
        }
        write!(out, "{}n", self.nanos)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_add_compare_and_print_canonically() {
        let parse = |text| Quantity::parse(text).unwrap();
        for (text, printed) in
            [("0.5", "500m"), ("1024Mi", "1Gi"), ("1500M", "1500M"), ("1e3", "1k"), ("0", "0")]
        {
            assert_eq!(parse(text).to_string(), printed, "{text}");
        }
        assert_eq!(parse("500m").plus(parse("1")).to_string(), "1500m");
        assert!(parse("1Gi") > parse("1G"));
        assert!(Quantity::parse("x").is_none());
    }
}
