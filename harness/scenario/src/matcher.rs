//! How a text and a number are compared.

use crate::record::record;
use crate::scalar::{Many, Written, read_written};

record! {
    /// How a text is compared. A plain text must be equal; keys that stand
    /// together must all hold.
    pub struct TextMatch {
        /// The text, whole.
        "equals" equals: Option<String>,
        /// Parts that must occur.
        "contains" contains: Many<String>,
        /// A regular expression that must match somewhere (Rust's `regex` syntax).
        "matches" matches: Option<Pattern>,
        /// What must not hold.
        "not" not: Option<Box<TextMatch>>,
    }
    short String = |text| Self { equals: Some(text), ..Self::default() };
}

record! {
    /// How a number is compared. A plain number must be equal.
    pub struct NumberMatch {
        /// The number.
        "equals" equals: Option<u64>,
        /// The smallest that will do.
        "at-least" at_least: Option<u64>,
        /// The largest that will do.
        "at-most" at_most: Option<u64>,
    }
    short u64 = |number| Self { equals: Some(number), ..Self::default() };
}

impl NumberMatch {
    /// Whether a number will do.
    #[must_use]
    pub fn holds(&self, number: u64) -> bool {
        self.equals.is_none_or(|wanted| number == wanted)
            && self.at_least.is_none_or(|least| number >= least)
            && self.at_most.is_none_or(|most| number <= most)
    }
}

/// A regular expression whose syntax was checked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pattern(pub String);

impl Written for Pattern {
    const WHAT: &'static str = "a regular expression";

    fn parse(text: &str) -> Result<Self, (String, Option<String>)> {
        let built = regex::RegexBuilder::new(text).size_limit(1 << 20).build();
        match built {
            Ok(_) => Ok(Self(text.to_owned())),
            Err(error) => {
                let reason = error.to_string();
                let last = reason.lines().last().unwrap_or_default();
                let last = last.strip_prefix("error: ").unwrap_or(last);
                Err((format!("not a regular expression: {last}"), None))
            }
        }
    }
}

read_written!(Pattern);
