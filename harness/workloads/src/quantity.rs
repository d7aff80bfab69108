//! Resource quantities: `500m`, `128Mi`, `2`.
//!
//! Source: kubernetes `apimachinery/pkg/api/resource`.

use std::fmt;

/// An amount in thousandths, and whether it is written with binary suffixes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Quantity {
    thousandths: i128,
    binary: bool,
}

const DECIMAL: [(&str, u32); 6] = [("k", 3), ("M", 6), ("G", 9), ("T", 12), ("P", 15), ("E", 18)];
const BINARY: [(&str, u32); 6] =
    [("Ki", 10), ("Mi", 20), ("Gi", 30), ("Ti", 40), ("Pi", 50), ("Ei", 60)];

impl Quantity {
    /// Reads a quantity; `None` if the text is none.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let end = text.find(|c: char| !(c.is_ascii_digit() || "+-.".contains(c)));
        let (number, suffix) = text.split_at(end.unwrap_or(text.len()));
        let (factor, binary) = match suffix {
            "" => (1000, false),
            "m" => (1, false),
            _ => match BINARY.iter().find(|(known, _)| *known == suffix) {
                Some((_, power)) => (1000_i128 << power, true),
                None => (1000 * 10_i128.pow(power_of_ten(suffix)?), false),
            },
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if fraction.len() > 9 || whole.len() > 19 {
            return None;
        }
        let scale = 10_i128.pow(u32::try_from(fraction.len()).ok()?);
        let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
        let product = digits.checked_mul(factor)?;
        let rounded = product.div_euclid(scale) + i128::from(product.rem_euclid(scale) != 0);
        Some(Self { thousandths: rounded, binary })
    }
}

fn power_of_ten(suffix: &str) -> Option<u32> {
    if let Some((_, power)) = DECIMAL.iter().find(|(known, _)| *known == suffix) {
        return Some(*power);
    }
    let digits = suffix.strip_prefix(['e', 'E'])?;
    digits.parse().ok().filter(|power| *power <= 18)
}

impl fmt::Display for Quantity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.thousandths % 1000 != 0 {
            return write!(out, "{}m", self.thousandths);
        }
        let whole = self.thousandths / 1000;
        if whole != 0 && self.binary {
            for (suffix, power) in BINARY.iter().rev() {
                if whole % (1 << power) == 0 {
                    return write!(out, "{}{suffix}", whole >> power);
                }
            }
        } else if whole != 0 {
            for (suffix, power) in DECIMAL.iter().rev() {
                let unit = 10_i128.pow(*power);
                if whole % unit == 0 {
                    return write!(out, "{}{suffix}", whole / unit);
                }
            }
        }
        write!(out, "{whole}")
    }
}

#[cfg(test)]
mod tests {
    use super::Quantity;

    #[test]
    fn quantities_are_written_in_canonical_form() {
        for (text, canonical) in [
            ("1000m", "1"),
            ("500m", "500m"),
            ("0.5", "500m"),
            ("1024Mi", "1Gi"),
            ("1025Mi", "1025Mi"),
            ("1.5", "1500m"),
            ("1e3", "1k"),
            ("0", "0"),
        ] {
            let quantity = Quantity::parse(text).map(|quantity| quantity.to_string());
            assert_eq!(quantity.as_deref(), Some(canonical), "{text}");
        }
        assert_eq!(Quantity::parse("1Zi"), None);
    }
}
