//! `.helmignore`: which files of a folder are no part of its chart.
//!
//! Source: Helm `pkg/ignore`: patterns as `path.Match`, `!` negates, a trailing `/`
//! means folders only, `**` is refused.

/// The rules of one file, in order, behind Helm's own rule for `templates/.?*`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ignore {
    rules: Vec<Rule>,
}

#[derive(Debug, Clone)]
struct Rule {
    pattern: String,
    negated: bool,
    folders: bool,
    /// Whether the whole path is compared, not the name alone.
    whole: bool,
}

impl Ignore {
    /// Reads the rules; an impossible pattern is refused by its text.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut rules = vec![Rule {
            pattern: "templates/.?*".into(),
            negated: false,
            folders: false,
            whole: true,
        }];
        for line in text.lines() {
            rules.extend(rule(line.trim())?);
        }
        Ok(Self { rules })
    }

    /// Whether a file, or a folder with all that is in it, is left out.
    pub(crate) fn ignores(&self, path: &str, is_folder: bool) -> bool {
        let name = path.rsplit('/').next().unwrap_or(path);
        for rule in &self.rules {
            let matched = glob(&rule.pattern, if rule.whole { path } else { name });
            if rule.negated {
                if rule.folders && !is_folder {
                    return true;
                }
                if !matched {
                    return true;
                }
            } else if matched && (is_folder || !rule.folders) {
                return true;
            }
        }
        false
    }
}

fn rule(line: &str) -> Result<Option<Rule>, String> {
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    if line.contains("**") {
        return Err("double-star (**) syntax is not supported".to_owned());
    }
    let (negated, pattern) = line.strip_prefix('!').map_or((false, line), |rest| (true, rest));
    let (folders, pattern) =
        pattern.strip_suffix('/').map_or((false, pattern), |rest| (true, rest));
    let (rooted, pattern) = pattern.strip_prefix('/').map_or((false, pattern), |rest| (true, rest));
    let whole = rooted || pattern.contains('/');
    Ok(Some(Rule { pattern: pattern.to_owned(), negated, folders, whole }))
}

/// `path.Match`: `*` and `?` stop at `/`, `[a-z]` and `[^a]` are classes, `\` escapes.
fn glob(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    matches(&pattern, &text)
}

/// Walks both, and goes back to the last star where they part.
fn matches(pattern: &[char], text: &[char]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match one(&pattern[p..], text[t]) {
            Some(Step::Star) => {
                star = Some((p + 1, t));
                p += 1;
            }
            Some(Step::Taken(length)) => {
                p += length;
                t += 1;
            }
            None => match star {
                Some((after, from)) if text[from] != '/' => {
                    star = Some((after, from + 1));
                    p = after;
                    t = from + 1;
                }
                _ => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

enum Step {
    Star,
    Taken(usize),
}

/// What the next part of a pattern makes of a character.
fn one(pattern: &[char], c: char) -> Option<Step> {
    match pattern.first()? {
        '*' => Some(Step::Star),
        '?' => (c != '/').then_some(Step::Taken(1)),
        '[' => class(pattern, c).map(Step::Taken),
        '\\' => (pattern.get(1) == Some(&c)).then_some(Step::Taken(2)),
        plain => (*plain == c).then_some(Step::Taken(1)),
    }
}

/// The length of a class that holds the character.
fn class(pattern: &[char], c: char) -> Option<usize> {
    let negated = pattern.get(1) == Some(&'^');
    let mut at = 1 + usize::from(negated);
    let start = at;
    let mut found = false;
    while at == start || pattern.get(at)? != &']' {
        let low = *pattern.get(at)?;
        let high = if pattern.get(at + 1) == Some(&'-') && pattern.get(at + 2) != Some(&']') {
            at += 2;
            *pattern.get(at)?
        } else {
            low
        };
        found |= low <= c && c <= high;
        at += 1;
    }
    (found != negated).then_some(at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_leave_out_what_helm_leaves_out() {
        let ignore =
            Ignore::parse("# comment\n*.bak\n.git/\n/top.txt\nsub/*.md\nfile[0-9].txt\n").unwrap();
        for (path, is_folder, ignored) in [
            ("a.bak", false, true),
            ("x/a.bak", false, true),
            (".git", true, true),
            (".git", false, false),
            ("top.txt", false, true),
            ("x/top.txt", false, false),
            ("sub/a.md", false, true),
            ("sub/x/a.md", false, false),
            ("file7.txt", false, true),
            ("filex.txt", false, false),
            ("templates/.hidden", false, true),
            ("templates/a.yaml", false, false),
        ] {
            assert_eq!(ignore.ignores(path, is_folder), ignored, "{path}");
        }
        assert!(Ignore::parse("a/**/b").is_err());
    }
}
