//! A resource as Go's `%#v` writes its map of untyped values, for messages.
//!
//! One rule: the text is Go's, down to its order of keys. Start at [`syntax`].

use yaml::{Node, NodeKind};

use crate::check::check;
use crate::go::{plain_float, quote};
use crate::node;
use crate::typed::{Typed, typed};

/// A resource as `%#v` writes its map of untyped values; `nil` where it has none.
pub(crate) fn syntax(root: &Node) -> String {
    let mut out = String::new();
    if check(root).is_err_and(|error| error.0.starts_with("yaml:")) {
        return "map[string]interface {}(nil)".into();
    }
    write_syntax(root, true, &mut out);
    out
}

fn write_syntax(at: &Node, top: bool, out: &mut String) {
    match &at.kind {
        NodeKind::Mapping(entries) => {
            let texts = entries.iter().all(|(key, _)| node::is_text_key(key));
            let kind = if texts || top { "string" } else { "interface {}" };
            out.push_str(&format!("map[{kind}]interface {{}}{{"));
            let mut sorted: Vec<_> = entries.iter().collect();
            // Texts stand before numbers, each in order.
            sorted.sort_by(|(a, _), (b, _)| {
                let rank = |key: &Node| rank_of(key);
                let number = |key: &Node| node::value(key).parse::<f64>().unwrap_or(0.0);
                let both = (rank(a), rank(b));
                both.0.cmp(&both.1).then_with(|| match both {
                    (2, 2) => number(a).total_cmp(&number(b)),
                    _ => node::value(a).cmp(node::value(b)),
                })
            });
            for (index, (key, value)) in sorted.into_iter().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                if texts || top || node::is_text_key(key) {
                    out.push_str(&quote(node::value(key)));
                } else {
                    write_syntax(key, false, out);
                }
                out.push(':');
                write_syntax(value, false, out);
            }
            out.push('}');
        }
        NodeKind::Sequence(items) => {
            out.push_str("[]interface {}{");
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                write_syntax(item, false, out);
            }
            out.push('}');
        }
        _ => match typed(at, false) {
            Ok(Typed::Null) | Err(_) => out.push_str("interface {}(nil)"),
            Ok(Typed::Bool(flag)) => out.push_str(&flag.to_string()),
            Ok(Typed::Int(number)) => out.push_str(&number.to_string()),
            Ok(Typed::Unsigned(number)) => out.push_str(&format!("{number:#x}")),
            Ok(Typed::Float(number)) => out.push_str(&plain_float(number)),
            Ok(Typed::Text(text)) if at.full_tag() == "!!timestamp" => out.push_str(&date(&text)),
            Ok(Typed::Text(text)) => out.push_str(&quote(&text)),
        },
    }
}

/// Keys of several types: nothing, texts, numbers, booleans.
fn rank_of(key: &Node) -> u8 {
    match key.full_tag() {
        _ if node::is_text_key(key) => 1,
        "!!null" => 0,
        "" if yaml::implicit_tag(node::value(key)) == "!!null" => 0,
        "!!bool" => 3,
        "" if yaml::implicit_tag(node::value(key)) == "!!bool" => 3,
        _ => 2,
    }
}

/// A time as `%#v` writes it.
fn date(text: &str) -> String {
    let months = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let part = |from: usize, to: usize| text.get(from..to).and_then(|p| p.parse::<usize>().ok());
    let number = |from: usize, to: usize| part(from, to).unwrap_or(0);
    let month = months.get(number(5, 7).saturating_sub(1)).unwrap_or(&"January");
    format!(
        "time.Date({}, time.{month}, {}, {}, {}, {}, 0, time.UTC)",
        number(0, 4),
        number(8, 10),
        number(11, 13),
        number(14, 16),
        number(17, 19)
    )
}
