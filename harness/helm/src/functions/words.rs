//! Words: cases, initials, wrapping.
//!
//! Source: sprig `strings.go`, `Masterminds/goutils` and `huandu/xstrings` v1.5.

use super::strings::string;
use super::{Answer, Entry, int, text};
use crate::template::Param::{Int, Str};

pub(super) fn function(name: &str) -> Option<Entry> {
    let entry: Entry = match name {
        "title" => (&[Str], None, |_, a| string(title(text(&a[0])))),
        "untitle" => (&[Str], None, |_, a| string(untitle(text(&a[0])))),
        "nospace" => (&[Str], None, |_, a| string(text(&a[0]).replace(char::is_whitespace, ""))),
        "initials" => (&[Str], None, |_, a| string(initials(text(&a[0])))),
        "swapcase" => (&[Str], None, |_, a| string(swapcase(text(&a[0])))),
        "snakecase" => (&[Str], None, |_, a| string(lower_words(text(&a[0]), '_'))),
        "kebabcase" => (&[Str], None, |_, a| string(lower_words(text(&a[0]), '-'))),
        "camelcase" => (&[Str], None, |_, a| string(pascal(text(&a[0])))),
        "wrap" => (&[Int, Str], None, |_, a| wrap(text(&a[1]), int(&a[0]), "\n", false)),
        "wrapWith" => {
            (&[Int, Str, Str], None, |_, a| wrap(text(&a[2]), int(&a[0]), text(&a[1]), true))
        }
        _ => return None,
    };
    Some(entry)
}

/// `strings.Title`: the first letter of each word, where words end at what is no letter, digit, `_` or `'`.
fn title(text: &str) -> String {
    let mut before = ' ';
    let upper = text.chars().map(|c| {
        let starts = !(before.is_alphanumeric() || before == '_' || before == '\'');
        before = c;
        if starts { c.to_uppercase().next().unwrap_or(c) } else { c }
    });
    upper.collect()
}

fn untitle(text: &str) -> String {
    let mut after_space = true;
    let lower = text.chars().map(|c| {
        let start = std::mem::replace(&mut after_space, c.is_whitespace());
        if start && !c.is_whitespace() { c.to_lowercase().next().unwrap_or(c) } else { c }
    });
    lower.collect()
}

fn initials(text: &str) -> String {
    text.split_whitespace().filter_map(|word| word.chars().next()).collect()
}

fn swapcase(text: &str) -> String {
    let swapped = text.chars().map(|c| {
        if c.is_uppercase() {
            c.to_lowercase().next().unwrap_or(c)
        } else {
            c.to_uppercase().next().unwrap_or(c)
        }
    });
    swapped.collect()
}

/// Splits at changes of case, digits and connectors.
fn split_words(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let mut words: Vec<String> = vec![String::new()];
    for (at, c) in chars.iter().copied().enumerate() {
        if c == '_' || c == '-' || c.is_whitespace() {
            words.push(String::new());
            continue;
        }
        let before = at.checked_sub(1).map(|at| chars[at]);
        let after = chars.get(at + 1).copied();
        if starts_word(before, c, after) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.push(c);
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn starts_word(before: Option<char>, c: char, after: Option<char>) -> bool {
    let Some(before) = before else { return false };
    let ends_capitals = before.is_uppercase() && after.is_some_and(char::is_lowercase);
    c.is_uppercase() && (before.is_lowercase() || before.is_ascii_digit() || ends_capitals)
}

fn lower_words(text: &str, connector: char) -> String {
    split_words(text).join(&connector.to_string()).to_lowercase()
}

fn pascal(text: &str) -> String {
    let mut upper = true;
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c == '_' || c == '-' || c.is_whitespace() {
            upper = true;
        } else if std::mem::take(&mut upper) {
            out.extend(c.to_uppercase());
        } else {
            out.push(c);
        }
    }
    out
}

/// `goutils.WrapCustom`: breaks at spaces; words that are too long are broken where asked.
fn wrap(text: &str, width: i64, newline: &str, break_words: bool) -> Answer {
    let width = usize::try_from(width).unwrap_or(1).max(1);
    let added = (text.len() / width).saturating_mul(newline.len());
    if text.len().saturating_add(added) > crate::bounds::LONGEST {
        return super::refuse("the result would be longer than 64 MiB");
    }
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::new();
    let mut at = 0;
    while chars.len() - at > width {
        if chars[at] == ' ' {
            at += 1;
            continue;
        }
        let space = (at..=at + width).rev().find(|place| chars.get(*place) == Some(&' '));
        let (end, next) = match space {
            Some(space) if space >= at => (space, space + 1),
            _ if break_words => (at + width, at + width),
            _ => match (at + width..chars.len()).find(|place| chars[*place] == ' ') {
                Some(space) => (space, space + 1),
                None => break,
            },
        };
        out.extend(&chars[at..end]);
        out.push_str(newline);
        at = next;
    }
    out.extend(&chars[at..]);
    string(out)
}
