//! Decimal numbers of any length, as `shopspring/decimal` computes with them.

use num_bigint::{BigInt, Sign};

/// Digits behind the point of a quotient.
const PRECISION: i64 = 16;
/// The longest exponent, so that sums of far numbers stay small.
const FARTHEST: i64 = 700;

/// `coefficient * 10^exponent`
pub(super) struct Decimal {
    coefficient: BigInt,
    exponent: i64,
}

impl Decimal {
    /// The shortest decimal that reads back as this number; 0 for what is none.
    pub(super) fn of(number: f64) -> Self {
        let text = if number.is_finite() { format!("{number:e}") } else { "0e0".to_owned() };
        let (digits, power) = text.split_once('e').unwrap_or((&text, "0"));
        let places = digits.split_once('.').map_or(0, |(_, places)| places.len() as i64);
        let coefficient = digits.replace('.', "").parse().unwrap_or_default();
        let power: i64 = power.parse().unwrap_or(0);
        Self { coefficient, exponent: power - places }
    }

    pub(super) fn float(&self) -> f64 {
        format!("{}e{}", self.coefficient, self.exponent).parse().unwrap_or(0.0)
    }

    /// Both coefficients for one exponent.
    fn aligned(&self, other: &Self) -> (BigInt, BigInt, i64) {
        let exponent = self.exponent.min(other.exponent).max(-FARTHEST);
        let at = |number: &Self| {
            let places = u32::try_from(number.exponent - exponent).unwrap_or(0);
            &number.coefficient * BigInt::from(10).pow(places)
        };
        (at(self), at(other), exponent)
    }

    pub(super) fn add(&self, other: &Self) -> Self {
        let (a, b, exponent) = self.aligned(other);
        Self { coefficient: a + b, exponent }
    }

    pub(super) fn sub(&self, other: &Self) -> Self {
        let (a, b, exponent) = self.aligned(other);
        Self { coefficient: a - b, exponent }
    }

    pub(super) fn mul(&self, other: &Self) -> Self {
        let exponent = self.exponent + other.exponent;
        Self { coefficient: &self.coefficient * &other.coefficient, exponent }
    }

    /// Rounded half away from zero behind 16 places; the divisor must not be 0.
    pub(super) fn div(&self, other: &Self) -> Self {
        let (mut a, mut b, _) = self.aligned(other);
        if b.sign() == Sign::NoSign {
            return Self { coefficient: BigInt::default(), exponent: 0 };
        }
        a *= BigInt::from(10).pow(PRECISION as u32);
        if b.sign() == Sign::Minus {
            (a, b) = (-a, -b);
        }
        let half: BigInt = &b / 2;
        let negative = a.sign() == Sign::Minus;
        let size = if negative { -a } else { a };
        let rounded = (size + half) / b;
        let coefficient = if negative { -rounded } else { rounded };
        Self { coefficient, exponent: -PRECISION }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_and_quotients_have_no_binary_rounding() {
        let of = Decimal::of;
        assert_eq!(of(0.1).add(&of(0.2)).float(), 0.3);
        assert_eq!(of(1.1).mul(&of(1.1)).float(), 1.21);
        assert_eq!(of(10.0).div(&of(3.0)).float(), 3.333_333_333_333_333_5);
        assert_eq!(
            of(12_345_678_901_234_567_000.0).add(&of(0.5)).float(),
            12_345_678_901_234_567_000.0
        );
        assert_eq!(of(1e300).sub(&of(1e-300)).float(), 1e300);
    }
}
