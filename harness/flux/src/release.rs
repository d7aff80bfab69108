//! Releases of Flux, and which API versions each serves.

use std::fmt;
use std::str::FromStr;

/// A minor release of Flux: `2.9`, `0.13`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Release {
    major: u16,
    minor: u16,
}

/// Why a text names no release that can be played.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReleaseError {
    /// It is no version.
    #[error("{0:?} is no Flux version such as \"2.9\"")]
    NotAVersion(String),
    /// It is older or newer than what is known.
    #[error("Flux {0} is outside 0.13 to 2.9")]
    Unknown(Release),
}

impl Release {
    /// The newest one, and the default.
    pub const LATEST: Self = Self { major: 2, minor: 9 };
    const FIRST: Self = Self { major: 0, minor: 13 };

    /// From its parts.
    ///
    /// # Errors
    /// If it is outside 0.13 to 2.9.
    pub fn new(major: u16, minor: u16) -> Result<Self, ReleaseError> {
        let release = Self { major, minor };
        if release < Self::FIRST || release > Self::LATEST {
            return Err(ReleaseError::Unknown(release));
        }
        Ok(release)
    }

    /// Whether a post-build substitution of an unknown variable fails
    /// (fluxcd/kustomize-controller: `StrictPostBuildSubstitutions`, on since 1.9).
    #[must_use]
    pub fn substitutes_strictly(self) -> bool {
        self >= Self { major: 2, minor: 9 }
    }
}

impl Default for Release {
    fn default() -> Self {
        Self::LATEST
    }
}

impl fmt::Display for Release {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}.{}", self.major, self.minor)
    }
}

impl FromStr for Release {
    type Err = ReleaseError;

    /// Reads `2.9`, `v2.9` or `2.9.4`.
    fn from_str(text: &str) -> Result<Self, ReleaseError> {
        let wrong = || ReleaseError::NotAVersion(text.to_owned());
        let mut parts = text.strip_prefix('v').unwrap_or(text).split('.');
        let mut number =
            || parts.next().and_then(|part| part.parse::<u16>().ok()).ok_or_else(wrong);
        let release = Self::new(number()?, number()?);
        if parts.any(|part| part.parse::<u16>().is_err()) {
            return Err(wrong());
        }
        release
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_read_compared_and_bounded() {
        let read = |text: &str| text.parse::<Release>().map(|release| release.to_string());
        assert_eq!(read("v2.9.4").unwrap(), "2.9");
        assert_eq!(read("0.13").unwrap(), "0.13");
        for wrong in ["0.12", "2.10", "two", "2", "2.x", "2.9.x", ""] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        let older: Release = "2.8".parse().unwrap();
        assert!(!older.substitutes_strictly() && Release::LATEST.substitutes_strictly());
    }
}
