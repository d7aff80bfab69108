//! What the parser makes of texts: structure, places, comments, and mistakes.

use yaml::{Node, NodeKind, Style};

/// A node in one short notation: `{key: value}`, `[item]`, marks for style and comments.
fn show(node: &Node, out: &mut String) {
    if let Some(anchor) = &node.anchor {
        out.push_str(&format!("&{anchor} "));
    }
    if let Some(tag) = &node.tag {
        out.push_str(&format!("{tag} "));
    }
    match &node.kind {
        NodeKind::Scalar(text) => {
            let mark = match node.style {
                Style::SingleQuoted => "'",
                Style::DoubleQuoted => "\"",
                Style::Literal => "|",
                Style::Folded => ">",
                _ => "",
            };
            out.push_str(&format!("{mark}{}", text.replace('\n', "\\n")));
        }
        NodeKind::Alias(name) => out.push_str(&format!("*{name}")),
        NodeKind::Sequence(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push_str(", ");
                }
                show(item, out);
            }
            out.push(']');
        }
        NodeKind::Mapping(entries) => {
            out.push('{');
            for (at, (key, value)) in entries.iter().enumerate() {
                if at > 0 {
                    out.push_str(", ");
                }
                show(key, out);
                out.push_str(": ");
                show(value, out);
            }
            out.push('}');
        }
    }
    if let Some(comments) = &node.comments {
        for (mark, text) in [("^", &comments.head), ("<", &comments.line), ("_", &comments.foot)] {
            if !text.is_empty() {
                out.push_str(&format!("({mark}{})", text.replace('\n', "\\n")));
            }
        }
    }
}

fn check(table: &[(&str, &str)]) {
    for (text, expected) in table {
        let found = match yaml::parse(text) {
            Ok(documents) => {
                let shown = documents.iter().map(|document| {
                    let mut out = String::new();
                    show(document, &mut out);
                    out
                });
                shown.collect::<Vec<_>>().join(" --- ")
            }
            Err(error) => format!("error: {error}"),
        };
        assert_eq!(found, *expected, "of {text:?}");
    }
}

#[test]
fn structure_is_read_in_block_and_flow_form() {
    check(&[
        ("", ""),
        ("a: 1\nb:\n- x\n- y: z\n", "{a: 1, b: [x, {y: z}]}"),
        ("- - a\n  - b\n-\n- c\n", "[[a, b], , c]"),
        ("{a: [1, 2], 'b c': \"d\\n\", e: , f}\n", "{a: [1, 2], 'b c: \"d\\n, e: , f: }"),
        ("[a: b, c]", "[{a: b}, c]"),
        ("? a\n: b\n? c\n", "{a: b, c: }"),
        (
            "a: &x {b: c}\nd: *x\ne: !!str 1\nf: !t g\n",
            "{a: &x {b: c}, d: *x, e: !!str 1, f: !t g}",
        ),
        ("a: b\n---\nc: d\n...\n---\n- e\n", "{a: b} --- {c: d} --- [e]"),
        ("---\n---\na: b\n", " --- {a: b}"),
        ("a: b c\n  d\n\n  e\nf: g\n", "{a: b c d\\ne, f: g}"),
        (
            "a: |\n  x\n   y\n\n  z\n\nb: >-\n  x\n  y\n\n  z\n",
            "{a: |x\\n y\\n\\nz\\n, b: >x y\\nz}",
        ),
        ("a: |+\n  x\n\nb: |2-\n   x\n", "{a: |x\\n\\n, b: | x}"),
        ("a: \"x\\\n  y\\u00e9 \\x41\"\nb: 'it''s'\n", "{a: \"xyé A, b: 'it's}"),
        ("http://a:8080/b: c:d\n", "{http://a:8080/b: c:d}"),
    ]);
}

#[test]
fn comments_are_attached_as_go_yaml_does() {
    check(&[
        ("# h\na: 1 # l\n# f\n\nb: 2\n", "{a(^# h)(_# f): 1(<# l), b: 2}"),
        ("a:\n  # h\n  b: 1\n  # f\nc: 2\n", "{a: {b(^# h)(_# f): 1}, c: 2}"),
        ("a:\n# h\n- b # l\n# h2\n- c\n", "{a: [b(^# h)(<# l), c(^# h2)]}"),
        ("- # h\n  a: 1\n", "[{a(^# h): 1}]"),
        ("# doc\n\n# h\na: 1\n", "{a(^# h): 1}"),
    ]);
}

#[test]
fn mistakes_are_told_in_the_words_of_libyaml() {
    check(&[
        ("x: 1\na: b: c\n", "error: line 2: mapping values are not allowed in this context"),
        ("a: b: c\n", "error: mapping values are not allowed in this context"),
        ("a:\n  - b\n  c\n", "error: line 3: could not find expected ':'"),
        ("a:\n  - b\n  c: d\n", "error: line 1: did not find expected '-' indicator"),
        ("a: [1, 2\nb: 3\n", "error: line 1: did not find expected ',' or ']'"),
        ("a: *b\n", "error: unknown anchor 'b' referenced"),
        ("a: \"b\n", "error: line 2: found unexpected end of stream"),
        ("a: @b\n", "error: found character that cannot start any token"),
        ("a:\n\t- b\n", "error: line 2: found character that cannot start any token"),
        ("a: \u{1}\n", "error: control characters are not allowed"),
        ("a: b\n c: d\n", "error: line 2: mapping values are not allowed in this context"),
    ]);
}

#[test]
fn places_count_lines_and_columns_from_one_and_bytes_from_zero() {
    let documents = yaml::parse("é: x\nb:\n  - 'y z'\n").unwrap();
    let entries = documents[0].entries().unwrap();
    let place = entries[1].1.items().unwrap()[0].place;
    assert_eq!((place.line, place.column, place.offset, place.length), (3, 5, 13, 5));
    let key = entries[0].0.place;
    assert_eq!((key.line, key.column, key.offset, key.length), (1, 1, 0, 2));
}
