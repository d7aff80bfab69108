//! `fmt.Sprintf` over template values.
//!
//! Source: Go `fmt`: verbs, flags, width and precision, and the `%!` texts of mistakes.
//! Start at [`sprintf`].

use std::cell::Cell;

use super::{format_float, quote};
use crate::bounds;
use crate::value::{IntType, ItemType, Val};

/// The widest field and the longest precision, so that a template cannot ask for gigabytes.
const WIDEST: usize = 1_000_000;

/// `fmt.Sprintf`
pub(crate) fn sprintf(format: &str, arguments: &[Val]) -> String {
    let budget = Budget::default();
    let mut out = String::new();
    let mut next = 0;
    let mut reordered = false;
    let mut chars = format.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut spec = Spec::new(&budget);
        spec.read(&mut chars, arguments, &mut next, &mut out);
        let indexed = chars.peek() == Some(&'[');
        let known = !indexed || index(&mut chars, arguments.len(), &mut next);
        reordered |= indexed;
        match chars.next() {
            Some(verb) if !known => out.push_str(&format!("%!{verb}(BADINDEX)")),
            None => out.push_str("%!(NOVERB)"),
            Some('%') => out.push('%'),
            Some(verb) => match arguments.get(next) {
                Some(argument) => {
                    next += 1;
                    out.push_str(&spec.format(verb, argument));
                }
                None => out.push_str(&format!("%!{verb}(MISSING)")),
            },
        }
    }
    if !reordered && next < arguments.len() {
        let extra = arguments[next..].iter().map(|value| match value {
            Val::Nil | Val::Missing => "<nil>".to_owned(),
            value => format!("{}={}", value.type_name(), print(value)),
        });
        out.push_str(&format!("%!(EXTRA {})", extra.collect::<Vec<_>>().join(", ")));
    }
    out
}

/// Reads `[n]`; whether there is such an argument.
fn index(
    chars: &mut std::iter::Peekable<std::str::Chars<'_>>,
    count: usize,
    next: &mut usize,
) -> bool {
    chars.next();
    let mut text = String::new();
    while let Some(c) = chars.peek().copied().filter(|c| *c != ']') {
        if text.len() > 10 {
            break;
        }
        text.push(c);
        chars.next();
    }
    chars.next_if_eq(&']');
    match text.parse::<usize>() {
        Ok(number) if (1..=count).contains(&number) => {
            *next = number - 1;
            true
        }
        _ => false,
    }
}

/// `fmt.Sprint` of one value: `%v`.
pub(crate) fn print(value: &Val) -> String {
    Spec::new(&Budget::default()).format('v', value)
}

/// What may still be printed, and how deep the printer is inside a value.
#[derive(Debug, Default)]
struct Budget {
    printed: Cell<usize>,
    depth: Cell<usize>,
}

impl Budget {
    /// Counts text; whether there is still room for it.
    fn allows(&self, bytes: usize) -> bool {
        let printed = self.printed.get().saturating_add(bytes.max(32));
        self.printed.set(printed);
        if printed > bounds::LONGEST {
            bounds::too_long();
        }
        if self.depth.get() > bounds::NESTING {
            bounds::too_deep();
        }
        printed <= bounds::LONGEST && self.depth.get() <= bounds::NESTING
    }
}

#[derive(Debug, Clone, Copy)]
struct Spec<'b> {
    budget: &'b Budget,
    plus: bool,
    minus: bool,
    sharp: bool,
    space: bool,
    zero: bool,
    width: Option<usize>,
    precision: Option<usize>,
}

impl<'b> Spec<'b> {
    fn new(budget: &'b Budget) -> Self {
        Self {
            budget,
            plus: false,
            minus: false,
            sharp: false,
            space: false,
            zero: false,
            width: None,
            precision: None,
        }
    }

    fn read(
        &mut self,
        chars: &mut std::iter::Peekable<std::str::Chars<'_>>,
        arguments: &[Val],
        next: &mut usize,
        out: &mut String,
    ) {
        while let Some(flag) = chars.peek() {
            match flag {
                '+' => self.plus = true,
                '-' => self.minus = true,
                '#' => self.sharp = true,
                ' ' => self.space = true,
                '0' => self.zero = true,
                _ => break,
            }
            chars.next();
        }
        self.zero &= !self.minus;
        self.width = size(chars, arguments, next, out, "WIDTH", &mut self.minus);
        if chars.peek() == Some(&'.') {
            chars.next();
            let found = size(chars, arguments, next, out, "PREC", &mut false);
            self.precision = Some(found.unwrap_or(0));
        }
    }

    fn format(&self, verb: char, value: &Val) -> String {
        let size = value.as_str().map_or(self.width.unwrap_or(0), |text| text.len());
        if !self.budget.allows(size) {
            return String::new();
        }
        self.budget.depth.set(self.budget.depth.get() + 1);
        let text = self.format_inside(verb, value);
        self.budget.depth.set(self.budget.depth.get() - 1);
        text
    }

    fn format_inside(&self, verb: char, value: &Val) -> String {
        match verb {
            'T' => return self.pad(value.type_name().to_owned(), false),
            'v' if self.sharp => return self.pad(go_syntax(value), false),
            'v' if self.plus => return Self { plus: false, ..*self }.format(verb, value),
            _ => {}
        }
        match value {
            Val::Missing | Val::Nil if verb == 'v' => self.pad("<nil>".to_owned(), false),
            Val::Missing | Val::Nil => format!("%!{verb}(<nil>)"),
            Val::Bool(flag) if matches!(verb, 't' | 'v') => self.pad(flag.to_string(), false),
            Val::Int(number, _) => self.integer(verb, *number, value),
            Val::Float(number) => self.float(verb, *number, value),
            Val::Str(text) => self.text(verb, text, value),
            Val::List(list) => self.list(verb, &list.items.borrow(), list.of),
            Val::Map(_) => self.map(verb, value),
            Val::Native(native) => match (native.bytes(), verb) {
                (Some(bytes), 's' | 'q' | 'x' | 'X') => {
                    let text = super::text_of_bytes(bytes);
                    self.text(verb, &text, value)
                }
                _ if matches!(verb, 'v' | 's') => self.pad(native.print(), false),
                _ => self.format(verb, &native.plain()),
            },
            _ => bad(verb, value),
        }
    }

    fn pad(&self, text: String, zeros: bool) -> String {
        let length = text.chars().count();
        let missing = self.width.unwrap_or(0).saturating_sub(length);
        if missing == 0 {
            text
        } else if self.minus {
            format!("{text}{}", " ".repeat(missing))
        } else if zeros && self.zero {
            let split = usize::from(text.starts_with(['-', '+', ' ']));
            format!("{}{}{}", &text[..split], "0".repeat(missing), &text[split..])
        } else {
            format!("{}{text}", if self.zero { "0" } else { " " }.repeat(missing))
        }
    }

    fn signed(&self, negative: bool, digits: String) -> String {
        let sign = match (negative, self.plus, self.space) {
            (true, ..) => "-",
            (_, true, _) => "+",
            (_, _, true) => " ",
            _ => "",
        };
        format!("{sign}{digits}")
    }

    fn integer(&self, verb: char, number: i64, value: &Val) -> String {
        let size = number.unsigned_abs();
        let (digits, prefix) = match verb {
            'd' | 'v' => (size.to_string(), ""),
            'b' => (format!("{size:b}"), "0b"),
            'o' => (format!("{size:o}"), "0"),
            'O' => return self.pad(self.signed(number < 0, format!("0o{size:o}")), true),
            'x' => (format!("{size:x}"), "0x"),
            'X' => (format!("{size:X}"), "0X"),
            'c' => return self.pad(character(number).to_string(), false),
            'q' => return self.pad(format!("'{}'", character(number)), false),
            'U' => return self.pad(format!("U+{number:04X}"), false),
            _ => return bad(verb, value),
        };
        let zeros = self.precision.unwrap_or(0).saturating_sub(digits.len());
        let prefix = if self.sharp { prefix } else { "" };
        let digits = format!("{prefix}{}{digits}", "0".repeat(zeros));
        self.pad(self.signed(number < 0, digits), self.precision.is_none())
    }

    fn float(&self, verb: char, number: f64, value: &Val) -> String {
        let size = number.abs();
        let digits = match (verb, self.precision) {
            ('v' | 'g' | 'G', None) => format_float(size, 6),
            ('v' | 'g' | 'G', Some(digits)) => general(size, digits),
            ('f' | 'F', digits) => format!("{size:.*}", digits.unwrap_or(6)),
            ('e' | 'E', digits) => exponent(size, digits.unwrap_or(6)),
            ('x' | 'X', _) => super::hex_float(size),
            _ => return bad(verb, value),
        };
        let digits = if verb.is_ascii_uppercase() { digits.to_uppercase() } else { digits };
        let digits = digits.trim_start_matches('+').to_owned();
        self.pad(
            self.signed(number.is_sign_negative() && !number.is_nan(), digits),
            number.is_finite(),
        )
    }

    fn text(&self, verb: char, text: &str, value: &Val) -> String {
        let short: String = match self.precision {
            Some(most) if !matches!(verb, 'x' | 'X') => text.chars().take(most).collect(),
            _ => text.to_owned(),
        };
        let hex = |upper: bool| -> String {
            let byte = |b: &u8| if upper { format!("{b:02X}") } else { format!("{b:02x}") };
            let bytes = super::bytes_of_text(&short);
            let bytes = bytes.iter().take(self.precision.unwrap_or(usize::MAX));
            let prefix = if upper { "0X" } else { "0x" };
            let pairs: Vec<String> = match (self.sharp, self.space) {
                (true, true) => bytes.map(|b| format!("{prefix}{}", byte(b))).collect(),
                _ => bytes.map(byte).collect(),
            };
            let joined = pairs.join(if self.space { " " } else { "" });
            if self.sharp && !self.space { format!("{prefix}{joined}") } else { joined }
        };
        match verb {
            'v' | 's' => self.pad(short, false),
            'q' if self.sharp && !short.contains('`') => self.pad(format!("`{short}`"), false),
            'q' => self.pad(quote(&short), false),
            'x' => self.pad(hex(false), false),
            'X' => self.pad(hex(true), false),
            _ => bad(verb, value),
        }
    }

    fn list(&self, verb: char, items: &[Val], of: ItemType) -> String {
        if of == ItemType::Byte && matches!(verb, 's' | 'q' | 'x' | 'X') {
            let bytes: Vec<u8> = items
                .iter()
                .map(|item| if let Val::Int(byte, _) = item { *byte as u8 } else { 0 })
                .collect();
            let text = String::from_utf8_lossy(&bytes).into_owned();
            return self.text(verb, &text, &Val::str(text.as_str()));
        }
        let items: Vec<_> = items.iter().map(|item| self.inner(verb, item)).collect();
        format!("[{}]", items.join(" "))
    }

    /// Inside a collection nil is shown whatever the verb.
    fn inner(&self, verb: char, value: &Val) -> String {
        if value.is_nil() { self.pad("<nil>".to_owned(), false) } else { self.format(verb, value) }
    }

    fn map(&self, verb: char, value: &Val) -> String {
        let Val::Map(map) = value else { return String::new() };
        let entries = map.entries.borrow();
        let entries = entries.iter().map(|(key, value)| {
            format!("{}:{}", self.format(verb, &Val::Str(key.clone())), self.inner(verb, value))
        });
        format!("map[{}]", entries.collect::<Vec<_>>().join(" "))
    }
}

fn size(
    chars: &mut std::iter::Peekable<std::str::Chars<'_>>,
    arguments: &[Val],
    next: &mut usize,
    out: &mut String,
    word: &str,
    minus: &mut bool,
) -> Option<usize> {
    if chars.peek() == Some(&'*') {
        chars.next();
        let given = arguments.get(*next);
        *next += 1;
        let Some(Val::Int(number, _)) = given else {
            out.push_str(&format!("%!(BAD{word})"));
            return None;
        };
        *minus |= *number < 0;
        return Some((number.unsigned_abs() as usize).min(WIDEST));
    }
    let mut found = None;
    while let Some(digit) = chars.peek().and_then(|c| c.to_digit(10)) {
        chars.next();
        found = Some((found.unwrap_or(0) * 10 + digit as usize).min(WIDEST));
    }
    found
}

fn bad(verb: char, value: &Val) -> String {
    format!("%!{verb}({}={})", value.type_name(), print(value))
}

fn character(number: i64) -> char {
    u32::try_from(number).ok().and_then(char::from_u32).unwrap_or('\u{fffd}')
}

fn exponent(size: f64, digits: usize) -> String {
    let text = format!("{size:.digits$e}");
    let (mantissa, power) = text.split_once('e').unwrap_or((&text, "0"));
    let power: i32 = power.parse().unwrap_or(0);
    format!("{mantissa}e{}{:02}", if power < 0 { '-' } else { '+' }, power.abs())
}

fn general(size: f64, digits: usize) -> String {
    let digits = digits.max(1);
    let rounded = format!("{size:.*e}", digits - 1);
    let (mantissa, power) = rounded.split_once('e').unwrap_or((&rounded, "0"));
    let power: i32 = power.parse().unwrap_or(0);
    if power < -4 || power >= digits as i32 {
        let mantissa = trim_zeros(mantissa);
        return format!("{mantissa}e{}{:02}", if power < 0 { '-' } else { '+' }, power.abs());
    }
    let places = usize::try_from(digits as i32 - 1 - power).unwrap_or(0);
    trim_zeros(&format!("{size:.places$}")).to_owned()
}

fn trim_zeros(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

/// `%#v`
pub(crate) fn go_syntax(value: &Val) -> String {
    syntax_at(value, 0)
}

fn syntax_at(value: &Val, depth: usize) -> String {
    if depth > bounds::NESTING {
        bounds::too_deep();
    }
    if depth > bounds::NESTING || !bounds::spend(1) {
        return String::new();
    }
    let go_item = |item: &Val| {
        // A nil inside a collection shows its interface.
        if item.is_nil() { "interface {}(nil)".to_owned() } else { syntax_at(item, depth + 1) }
    };
    let join = |items: Vec<String>| items.join(", ");
    match value {
        Val::Missing | Val::Nil => "<nil>".to_owned(),
        Val::Str(text) => quote(text),
        Val::Int(number, IntType::Uint8 | IntType::Uint64) => {
            format!("{number:#x}")
        }
        Val::List(list) => {
            let items = list.items.borrow().iter().map(&go_item).collect();
            format!("{}{{{}}}", value.type_name(), join(items))
        }
        Val::Map(map) => {
            let entries = map.entries.borrow();
            let items =
                entries.iter().map(|(key, value)| format!("{}:{}", quote(key), go_item(value)));
            format!("{}{{{}}}", value.type_name(), join(items.collect()))
        }
        value => print(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verbs_flags_and_mistakes_print_as_in_go() {
        let text = Val::str("hé");
        let float = Val::Float(3.0);
        for (format, arguments, expected) in [
            ("%s|%5s|%-5s|%q|%x", vec![text.clone(); 5], "hé|   hé|hé   |\"hé\"|68c3a9"),
            ("%d %05d %+d %x", vec![Val::int(42); 4], "42 00042 +42 2a"),
            ("%v %.2f %e %g", vec![float.clone(); 4], "3 3.00 3.000000e+00 3"),
            ("%d", vec![float.clone()], "%!d(float64=3)"),
            ("%d", vec![text.clone()], "%!d(string=hé)"),
            ("%s %s", vec![text.clone()], "hé %!s(MISSING)"),
            ("x", vec![Val::int(1)], "x%!(EXTRA int=1)"),
            ("%s", vec![Val::Nil], "%!s(<nil>)"),
            ("%v", vec![Val::list(vec![Val::int(1), Val::str("a")])], "[1 a]"),
            ("%5.1f|%-6.2f|%06.2f", vec![Val::Float(2.25); 3], "  2.2|2.25  |002.25"),
            ("100%% %", vec![], "100% %!(NOVERB)"),
            ("%t %T", vec![Val::Bool(true), float], "true float64"),
        ] {
            assert_eq!(sprintf(format, &arguments), expected, "{format}");
        }
    }
}
