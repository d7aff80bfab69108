//! Versions and ranges of versions.
//!
//! Source: `Masterminds/semver` v3.5: loose versions, constraints with `^`, `~`, `x`, hyphens
//! and commas, and its words. Start at [`Version`] and [`Constraint`].

mod constraint;

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use crate::go;

pub(crate) use constraint::Constraint;

/// The longest text that is read as a version, in bytes.
const LONGEST: usize = 256;

/// A semantic version, perhaps written without minor or patch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Version {
    pub(crate) major: u64,
    pub(crate) minor: u64,
    pub(crate) patch: u64,
    pub(crate) pre: Arc<str>,
    pub(crate) metadata: Arc<str>,
    /// As it was written.
    pub(crate) original: Arc<str>,
}

impl Version {
    /// Reads a loose version: `v1`, `1.2`, `1.2.3-rc.1+build`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if text.len() > LONGEST {
            return Err(format!("version string is too long (max {LONGEST} bytes)"));
        }
        let invalid = || "invalid semantic version".to_owned();
        let rest = text.strip_prefix('v').unwrap_or(text);
        let (rest, metadata) = rest.split_once('+').map_or((rest, ""), |(rest, tail)| (rest, tail));
        let (numbers, pre) = rest.split_once('-').map_or((rest, ""), |(rest, tail)| (rest, tail));
        if (rest.len() > numbers.len() && !is_tail(pre))
            || (text.contains('+') && !is_tail(metadata))
        {
            return Err(invalid());
        }
        let mut parts = [0; 3];
        for (count, part) in numbers.split('.').enumerate() {
            if count == 3 || part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(invalid());
            }
            parts[count] = part.parse().map_err(|_| {
                let part = go::quote(part);
                format!("error parsing version segment: strconv.ParseUint: parsing {part}: value out of range")
            })?;
        }
        let padded = |part: &str| {
            part.len() > 1 && part.starts_with('0') && part.bytes().all(|b| b.is_ascii_digit())
        };
        if pre.split('.').any(padded) {
            return Err("version segment starts with 0".to_owned());
        }
        let [major, minor, patch] = parts;
        Ok(Self {
            major,
            minor,
            patch,
            pre: pre.into(),
            metadata: metadata.into(),
            original: text.into(),
        })
    }
}

/// Identifiers of letters, digits and hyphens, joined by dots.
fn is_tail(text: &str) -> bool {
    let good = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    text.split('.').all(good)
}

/// The order of semantic versions; metadata does not count.
pub(crate) fn compare(a: &Version, b: &Version) -> Ordering {
    let numbers = |v: &Version| (v.major, v.minor, v.patch);
    numbers(a).cmp(&numbers(b)).then_with(|| compare_pre(&a.pre, &b.pre))
}

fn compare_pre(a: &str, b: &str) -> Ordering {
    match (a.is_empty(), b.is_empty()) {
        (true, true) => return Ordering::Equal,
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => {}
    }
    let (mut a, mut b) = (a.split('.'), b.split('.'));
    loop {
        match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(x), Some(y)) if x == y => {}
            (Some(x), Some(y)) => {
                return match (x.parse::<u64>(), y.parse::<u64>()) {
                    (Ok(x), Ok(y)) => x.cmp(&y),
                    (Ok(_), Err(_)) => Ordering::Less,
                    (Err(_), Ok(_)) => Ordering::Greater,
                    (Err(_), Err(_)) => x.cmp(y),
                };
            }
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}.{}.{}", self.major, self.minor, self.patch)?;
        if !self.pre.is_empty() {
            write!(out, "-{}", self.pre)?;
        }
        if !self.metadata.is_empty() {
            write!(out, "+{}", self.metadata)?;
        }
        Ok(())
    }
}

/// Whether a version lies in a range; what cannot be read lies in none.
pub(crate) fn is_in_range(range: &str, version: &str) -> bool {
    match (Version::parse(version), Constraint::parse(range)) {
        (Ok(version), Ok(range)) => range.allows(&version),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_lie_in_the_ranges_that_masterminds_semver_says() {
        for (range, version, allowed) in [
            (">=1.25.0-0", "1.28.4", true),
            (">=1.25.0-0", "v1.31.3-eks-7f9249a", true),
            (">=1.25.0", "v1.31.3-eks-7f9249a", false),
            (">=1.24.0 <1.29.0", "1.28.4", true),
            (">=1.24.0, <1.28.0 || 1.30.x", "1.30.1", true),
            ("~1.31.0", "1.31.9", true),
            ("~1.31.0", "1.32.0", false),
            ("^1.2", "1.9.0", true),
            ("^0.2.3", "0.3.0", false),
            ("^0", "0.9.0", true),
            ("1.x", "1.4.5", true),
            ("*", "1.4.5", true),
            ("*", "1.4.5-rc1", false),
            ("!=1.2.x", "1.2.3", false),
            (">1.2", "1.2.9", false),
            (">1.2", "1.3.0", true),
            ("<=1.2", "1.2.9", true),
            ("1.2 - 1.4.5", "1.4.5", true),
            ("1.2 - 1.4.5", "1.4.6", false),
            ("=1.2.3", "1.2.3+build", true),
            ("not a constraint", "1.2.3", false),
            ("", "1.2.3", false),
        ] {
            assert_eq!(is_in_range(range, version), allowed, "{range} {version}");
        }
        let refusal = Constraint::parse("x y").map(|_| ()).unwrap_err();
        assert_eq!(refusal, "improper constraint: \"x y\"");
    }

    #[test]
    fn versions_are_refused_in_its_words() {
        for (text, refusal) in [
            ("a", "invalid semantic version"),
            ("1.2.3.4", "invalid semantic version"),
            ("1.2.3-01", "version segment starts with 0"),
            ("1.2.3-", "invalid semantic version"),
            ("", "invalid semantic version"),
        ] {
            assert_eq!(Version::parse(text).unwrap_err(), refusal, "{text}");
        }
        assert_eq!(Version::parse("v1.2-rc.1+b").unwrap().to_string(), "1.2.0-rc.1+b");
    }
}
