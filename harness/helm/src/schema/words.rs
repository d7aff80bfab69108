//! What is wrong, as a tree, and how the library prints it.

use crate::go;
use crate::value::Val;

/// One thing that is wrong, with what it follows from.
#[derive(Debug, Clone)]
pub(super) struct Problem {
    /// Steps to the value.
    pub(super) path: Vec<String>,
    pub(super) text: String,
    pub(super) kind: Kind,
    pub(super) causes: Vec<Problem>,
}

/// What a problem stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Plain,
    /// Several problems of one value.
    Group,
    /// A reference whose target is not met.
    Reference,
}

impl Problem {
    /// Every problem, one a line.
    pub(super) fn report(&self) -> String {
        let mut out = String::new();
        let causes = match self.kind {
            Kind::Group => &self.causes[..],
            _ => std::slice::from_ref(self),
        };
        for cause in causes {
            cause.show(&mut out, 0);
        }
        out
    }

    fn show(&self, out: &mut String, depth: usize) {
        let skipped = self.kind == Kind::Reference && self.causes.len() == 1;
        if !skipped {
            if !out.is_empty() {
                out.push('\n');
            }
            out.extend(std::iter::repeat_n("  ", depth));
            let at: String = self
                .path
                .iter()
                .map(|part| format!("/{}", part.replace('~', "~0").replace('/', "~1")))
                .collect();
            out.push_str(&format!("- at {}: {}", quote(&at), self.text));
        }
        for cause in &self.causes {
            cause.show(out, if skipped { depth } else { depth + 1 });
        }
    }
}

/// Text in single quotes.
pub(super) fn quote(text: &str) -> String {
    let quoted = go::quote(text).replace("\\\"", "\"").replace('\'', "\\'");
    format!("'{}'", &quoted[1..quoted.len() - 1])
}

pub(super) fn quoted(texts: &[String]) -> String {
    texts.iter().map(|text| quote(text)).collect::<Vec<_>>().join(", ")
}

/// A plain value.
pub(super) fn display(value: &Val) -> String {
    match value {
        Val::Str(text) => quote(text),
        Val::List(_) | Val::Map(_) => "value".to_owned(),
        value => go::print(value),
    }
}

/// A whole number with commas between thousands.
pub(super) fn count(number: usize) -> String {
    grouped(&number.to_string())
}

fn grouped(digits: &str) -> String {
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A number as English prints it: `70,000`, `1.5×10⁰⁶`.
pub(super) fn number(number: f64) -> String {
    let text = go::format_float(number.abs(), 6);
    let sign = if number < 0.0 { "-" } else { "" };
    if let Some((digits, power)) = text.split_once('e') {
        const RAISED: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
        let raised = power.chars().filter_map(|c| match c {
            '-' => Some('⁻'),
            c => c.to_digit(10).map(|digit| RAISED[digit as usize]),
        });
        return format!("{sign}{digits}×10{}", raised.collect::<String>());
    }
    match text.split_once('.') {
        Some((whole, part)) => format!("{sign}{}.{part}", grouped(whole)),
        None => format!("{sign}{}", grouped(&text)),
    }
}
