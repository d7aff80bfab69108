//! Regular expressions, with Go's words for what is wrong with them.

use regex::Regex;

use super::CelError;

/// Compiles a pattern (RE2's syntax is nearly that of the `regex` crate).
///
/// # Errors
/// As Go's `regexp/syntax` says it.
pub(super) fn compile(pattern: &str) -> Result<Regex, CelError> {
    let sized = regex::RegexBuilder::new(pattern).size_limit(1 << 20).build();
    sized.map_err(|error| {
        let text = error.to_string();
        CelError(format!("error parsing regexp: {}", go_words(pattern, &text)))
    })
}

fn go_words(pattern: &str, error: &str) -> String {
    let known: [(&str, &str, char); 3] = [
        ("unclosed character class", "missing closing ]", '['),
        ("repetition operator missing expression", "missing argument to repetition operator", '*'),
        ("unrecognized escape sequence", "invalid escape sequence", '\\'),
    ];
    if error.contains("unclosed group") {
        return format!("missing closing ): `{pattern}`");
    }
    if error.contains("unopened group") {
        return format!("unexpected ): `{pattern}`");
    }
    if error.contains("incomplete escape sequence") {
        return "trailing backslash at end of expression: ``".to_owned();
    }
    if error.contains("look-around") {
        let at = pattern.find("(?").unwrap_or(0);
        let shown: String = pattern[at..].chars().take(3).collect();
        return format!("invalid or unsupported Perl syntax: `{shown}`");
    }
    for (words, go, mark) in known {
        if error.contains(words) {
            let at = pattern.find(|c| c == mark || (mark == '*' && "+?".contains(c))).unwrap_or(0);
            let rest = match mark {
                '[' => pattern[at..].to_owned(),
                '*' => pattern[at..].chars().take(1).collect(),
                _ => pattern[at..].chars().take(2).collect(),
            };
            return format!("{go}: `{rest}`");
        }
    }
    format!("invalid pattern: `{pattern}`")
}
