//! A point in time, in whole nanoseconds.

use std::fmt;
use std::time::Duration;

/// Nanoseconds since 1970-01-01T00:00:00Z. Ordered, cheap, and blind to time zones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Moment(i64);

impl Moment {
    /// Where virtual time begins: 2026-01-01T00:00:00Z.
    pub const START: Self = Self(1_767_225_600_000_000_000);

    /// From whole seconds since 1970.
    #[must_use]
    pub const fn from_unix_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1_000_000_000))
    }

    /// Whole seconds since 1970, rounded down.
    #[must_use]
    pub const fn unix_seconds(self) -> i64 {
        self.0.div_euclid(1_000_000_000)
    }

    /// Nanoseconds since 1970.
    #[must_use]
    pub const fn unix_nanos(self) -> i64 {
        self.0
    }

    /// Time since an earlier moment; zero if that one is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// As Kubernetes writes it in `metav1.Time`: `2026-01-01T00:00:00Z`.
    #[must_use]
    pub fn rfc3339(self) -> String {
        self.timestamp().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    }

    /// As Kubernetes writes it in `metav1.MicroTime`: `2026-01-01T00:00:00.000000Z`.
    #[must_use]
    pub fn rfc3339_micros(self) -> String {
        self.timestamp().strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string()
    }

    /// Reads RFC 3339 text with any offset.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let stamp: jiff::Timestamp = text.parse().ok()?;
        i64::try_from(stamp.as_nanosecond()).ok().map(Self)
    }

    fn timestamp(self) -> jiff::Timestamp {
        jiff::Timestamp::from_nanosecond(i128::from(self.0)).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
    }
}

impl std::ops::Add<Duration> for Moment {
    type Output = Self;

    fn add(self, rhs: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(rhs.as_nanos()).unwrap_or(i64::MAX)))
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.rfc3339())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_and_read_as_rfc_3339() {
        let later = Moment::START + Duration::from_millis(90_500);
        assert_eq!(later.rfc3339(), "2026-01-01T00:01:30Z");
        assert_eq!(later.rfc3339_micros(), "2026-01-01T00:01:30.500000Z");
        assert_eq!(Moment::parse("2026-01-01T02:01:30.5+02:00"), Some(later));
        assert_eq!(later.since(Moment::START), Duration::from_millis(90_500));
        assert_eq!(Moment::START.since(later), Duration::ZERO);
    }
}
