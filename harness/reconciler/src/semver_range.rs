//! Version ranges as Flux reads them.
//!
//! Rules from Masterminds/semver: `||` and `,`, comparison signs, `^`, `~`, wildcards,
//! hyphen ranges; pre-releases only where the range names one.

use semver::Version;

/// A range.
#[derive(Debug, Clone)]
pub(crate) struct Range(Vec<Vec<Bound>>);

#[derive(Debug, Clone)]
struct Bound {
    sign: Sign,
    version: Version,
    /// How many of major, minor, patch were given.
    given: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    Equal,
    NotEqual,
    Greater,
    GreaterEqual,
    Less,
    LessEqual,
    Tilde,
    Caret,
}

/// A version of three parts, with or without a leading `v`.
pub(crate) fn parse_version(text: &str) -> Option<Version> {
    Version::parse(text.strip_prefix('v').unwrap_or(text)).ok()
}

impl Range {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("improper constraint: {text:?}");
        let alternatives = text.split("||").map(|part| bounds(part).ok_or_else(wrong));
        alternatives.collect::<Result<_, _>>().map(Self)
    }

    pub(crate) fn allows(&self, version: &Version) -> bool {
        self.0.iter().any(|bounds| bounds.iter().all(|bound| bound.allows(version)))
    }
}

fn bounds(text: &str) -> Option<Vec<Bound>> {
    if let Some((from, to)) = text.split_once(" - ") {
        let low = Bound::read(&format!(">={}", from.trim()))?;
        let high = Bound::read(&format!("<={}", to.trim()))?;
        return Some(vec![low, high]);
    }
    let mut joined = String::new();
    for letter in text.trim().chars() {
        let after_sign = joined.ends_with(['=', '>', '<', '~', '^', '!']);
        if !(letter == ' ' && (after_sign || joined.ends_with(' '))) {
            joined.push(letter);
        }
    }
    let parts = joined.split([',', ' ']).filter(|part| !part.is_empty());
    let bounds: Option<Vec<Bound>> = parts.map(Bound::read).collect();
    bounds.filter(|bounds| !bounds.is_empty())
}

impl Bound {
    fn read(text: &str) -> Option<Self> {
        let signs = [
            ("!=", Sign::NotEqual),
            (">=", Sign::GreaterEqual),
            ("=>", Sign::GreaterEqual),
            ("<=", Sign::LessEqual),
            ("=<", Sign::LessEqual),
            ("~>", Sign::Tilde),
            (">", Sign::Greater),
            ("<", Sign::Less),
            ("~", Sign::Tilde),
            ("^", Sign::Caret),
            ("=", Sign::Equal),
        ];
        let found = signs.iter().find_map(|(mark, sign)| Some((*sign, text.strip_prefix(mark)?)));
        let (sign, rest) = found.unwrap_or((Sign::Equal, text));
        let rest = rest.strip_prefix('v').unwrap_or(rest);
        let core = rest.split(['-', '+']).next().unwrap_or_default();
        let tail = &rest[core.len()..];
        let wild = |part: &str| matches!(part, "x" | "X" | "*");
        let parts: Vec<&str> = core.split('.').collect();
        let given = parts.iter().position(|part| wild(part)).unwrap_or(parts.len());
        if parts.len() > 3 || parts.iter().any(|part| part.is_empty()) {
            return None;
        }
        let number = |at: usize| if at < given { parts[at] } else { "0" };
        let tail = if given == 3 { tail } else { "" };
        let version = Version::parse(&format!("{}.{}.{}{tail}", number(0), number(1), number(2)));
        Some(Self { sign, version: version.ok()?, given })
    }

    fn allows(&self, version: &Version) -> bool {
        if !version.pre.is_empty() && self.version.pre.is_empty() {
            return false;
        }
        let order = version.cmp_precedence(&self.version);
        match self.sign {
            Sign::Equal if self.given < 3 => self.is_within(version, self.given),
            Sign::Equal => order.is_eq(),
            Sign::NotEqual if self.given < 3 => !self.is_within(version, self.given),
            Sign::NotEqual => order.is_ne(),
            Sign::Greater if self.given < 3 => {
                order.is_gt() && !self.is_within(version, self.given)
            }
            Sign::Greater => order.is_gt(),
            Sign::GreaterEqual => order.is_ge(),
            Sign::Less => order.is_lt(),
            Sign::LessEqual if self.given < 3 => {
                order.is_lt() || self.is_within(version, self.given)
            }
            Sign::LessEqual => order.is_le(),
            Sign::Tilde => order.is_ge() && self.is_within(version, self.given.min(2)),
            Sign::Caret => order.is_ge() && self.is_within(version, self.caret()),
        }
    }

    /// How many leading parts `^` holds fast.
    fn caret(&self) -> usize {
        let Version { major, minor, .. } = self.version;
        match (major, minor) {
            (1.., _) => self.given.min(1),
            (0, 1..) => self.given.min(2),
            (0, 0) => self.given,
        }
    }

    fn is_within(&self, version: &Version, parts: usize) -> bool {
        let own = [self.version.major, self.version.minor, self.version.patch];
        let other = [version.major, version.minor, version.patch];
        own[..parts] == other[..parts]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_allow_what_masterminds_allows() {
        for (range, allowed, refused) in [
            ("*", "1.2.3", "1.2.3-rc.1"),
            (">=1.0.0 <2.0.0", "1.9.9", "2.0.0"),
            (">= 1.0.0, < 2.0.0", "1.0.0", "0.9.0"),
            ("^1.2.3", "1.9.0", "2.0.0"),
            ("^0.2.3", "0.2.9", "0.3.0"),
            ("^0.0.3", "0.0.3", "0.0.4"),
            ("~1.2.3", "1.2.9", "1.3.0"),
            ("~1", "1.9.0", "2.0.0"),
            ("1.x", "1.5.0", "2.0.0"),
            ("1.2", "1.2.7", "1.3.0"),
            ("1.0.0 - 1.4", "1.4.9", "1.5.0"),
            ("<1.0.0 || >=3.0.0", "3.1.0", "2.0.0"),
            (">=1.0.0-0", "1.1.0-rc.1", "0.9.0"),
            ("!=1.2.3", "1.2.4", "1.2.3"),
            (">1.2", "1.3.0", "1.2.9"),
        ] {
            let parsed = Range::parse(range).unwrap();
            assert!(parsed.allows(&parse_version(allowed).unwrap()), "{range} allows {allowed}");
            assert!(!parsed.allows(&parse_version(refused).unwrap()), "{range} refuses {refused}");
        }
        assert!(Range::parse("one.two").is_err());
        assert!(Range::parse("").is_err());
        assert!(parse_version("v1.2").is_none());
    }
}
