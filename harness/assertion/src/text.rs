//! Comparing a text with what is expected of it.

use scenario::terms::{NumberMatch, TextMatch};

use crate::shown;

/// Whether a text is as expected.
#[must_use]
pub fn holds(wanted: &TextMatch, text: &str) -> bool {
    wanted.equals.as_ref().is_none_or(|equal| equal == text)
        && wanted.contains.iter().all(|part| text.contains(part.as_str()))
        && wanted.matches.as_ref().is_none_or(|pattern| matches(&pattern.0, text))
        && wanted.not.as_ref().is_none_or(|not| !holds(not, text))
}

/// Whether a regular expression matches somewhere; one that is wrong never does.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let built = regex::RegexBuilder::new(pattern).size_limit(1 << 20).build();
    built.is_ok_and(|regex| regex.is_match(text))
}

/// What is expected, in words.
pub(crate) fn words(wanted: &TextMatch) -> String {
    let mut parts = Vec::new();
    if let Some(equal) = &wanted.equals {
        parts.push(shown::text(equal));
    }
    parts.extend(wanted.contains.iter().map(|part| format!("contains {}", shown::text(part))));
    parts.extend(
        wanted.matches.iter().map(|pattern| format!("matches {}", shown::text(&pattern.0))),
    );
    parts.extend(wanted.not.iter().map(|not| format!("not {}", words(not))));
    parts.join(" and ")
}

/// A number that is expected, in words.
pub(crate) fn number(wanted: Option<&NumberMatch>) -> String {
    let Some(wanted) = wanted else { return String::new() };
    let least = wanted.at_least.map(|least| format!("at least {least}"));
    let most = wanted.at_most.map(|most| format!("at most {most}"));
    let equal = wanted.equals.map(|number| number.to_string());
    equal.into_iter().chain(least).chain(most).collect::<Vec<_>>().join(" and ")
}
