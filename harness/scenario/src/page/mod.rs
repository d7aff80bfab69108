//! The reference page: a guide written by hand, with the keys of every part put in
//! from the declarations that the parser reads by.
//!
//! Start at [`reference`].

use std::collections::BTreeMap;

use crate::header::Scenario;
use crate::read::Read;
use crate::shape::{Body, Field, Part, Shape};
use crate::step::StepsFile;

const GUIDE: &str = include_str!("guide.md");
const MARK: &str = "<!-- part: ";

/// The whole language on one page, as Markdown that reads well in a terminal.
#[must_use]
pub fn reference() -> String {
    let parts = parts();
    let mut out = String::with_capacity(GUIDE.len() * 3);
    for line in GUIDE.lines() {
        match line.strip_prefix(MARK).and_then(|rest| rest.strip_suffix(" -->")) {
            Some(name) => parts.get(name).into_iter().for_each(|part| describe(part, &mut out)),
            None => {
                out.push_str(line);
                out.push('\n');
            }
        }
    }
    out
}

/// Every named part of the language, by name.
fn parts() -> BTreeMap<&'static str, Part> {
    let mut found = BTreeMap::new();
    collect(&Scenario::shape(), &mut found);
    collect(&StepsFile::shape(), &mut found);
    found
}

fn collect(shape: &Shape, found: &mut BTreeMap<&'static str, Part>) {
    match shape {
        Shape::List(inner) | Shape::Map { value: inner, .. } => collect(inner, found),
        Shape::OneOf(shapes) => shapes.iter().for_each(|shape| collect(shape, found)),
        Shape::Part(part) => {
            let part = part();
            if found.insert(part.name, part.clone()).is_none() {
                collect_body(&part.body, found);
            }
        }
        Shape::Text { .. } | Shape::Number | Shape::Flag | Shape::Any => {}
    }
}

fn collect_body(body: &Body, found: &mut BTreeMap<&'static str, Part>) {
    match body {
        Body::Record { fields, short, rest } => {
            fields.iter().for_each(|field| collect(&field.shape, found));
            short.iter().for_each(|short| collect(short, found));
            rest.iter().for_each(|rest| collect(&rest.shape, found));
        }
        Body::Choice { common, options } => {
            common.iter().chain(options).for_each(|field| collect(&field.shape, found));
        }
        Body::Words(_) => {}
    }
}

fn describe(part: &Part, out: &mut String) {
    out.push_str(&format!("\n### {}\n\n{}\n\n", title(part.name), unwrapped(&part.doc)));
    match &part.body {
        Body::Words(words) => {
            for (word, doc) in words {
                out.push_str(&format!("- `{word}`: {}\n", unwrapped(doc)));
            }
        }
        Body::Record { fields, short, rest } => {
            if let Some(short) = short {
                out.push_str(&format!("Short form: {}.\n\n", look(short)));
            }
            fields.iter().for_each(|field| key(field, out));
            for rest in rest {
                out.push_str(&format!("- other keys: {}\n", rest.doc));
            }
        }
        Body::Choice { common, options } => {
            options.iter().chain(common).for_each(|field| key(field, out));
        }
    }
}

fn key(field: &Field, out: &mut String) {
    let required = if field.required { ", required" } else { "" };
    let look = look(&field.shape);
    out.push_str(&format!("- `{}` ({look}{required}): {}\n", field.key, unwrapped(&field.doc)));
}

/// What may stand behind a key, in words.
fn look(shape: &Shape) -> String {
    match shape {
        Shape::Text { what, .. } => {
            what.split_once(" such as ").map_or(*what, |(first, _)| first).to_owned()
        }
        Shape::Number => "a whole number".to_owned(),
        Shape::Flag => "true or false".to_owned(),
        Shape::Any => "any value".to_owned(),
        Shape::List(item) => format!("a list of: {}", look(item)),
        Shape::Map { key: "text", value } => format!("a map from names to: {}", look(value)),
        Shape::Map { key, value } => {
            let key = key.split_once(" such as ").map_or(*key, |(first, _)| first);
            format!("a map from {key} to: {}", look(value))
        }
        Shape::OneOf(shapes) => match shapes.as_slice() {
            [one, Shape::List(item)] if look(one) == look(item) => {
                format!("{}, or a list of these", look(one))
            }
            many => many.iter().map(look).collect::<Vec<_>>().join(", or "),
        },
        Shape::Part(part) => format!("see {}", title(part().name)),
    }
}

/// `CherryPick` is "Cherry-pick".
fn title(name: &str) -> String {
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push('-');
            words.extend(letter.to_lowercase());
        } else {
            words.push(letter);
        }
    }
    words
}

/// A doc comment with its line breaks inside paragraphs removed.
fn unwrapped(doc: &str) -> String {
    let paragraphs = doc.split("\n\n").map(|paragraph| paragraph.replace('\n', " "));
    paragraphs.collect::<Vec<_>>().join("\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_the_language_stands_on_the_page_once() {
        let marks: Vec<&str> = GUIDE
            .lines()
            .filter_map(|line| line.strip_prefix(MARK)?.strip_suffix(" -->"))
            .collect();
        let parts = parts();
        for name in parts.keys() {
            let times = marks.iter().filter(|mark| *mark == name).count();
            assert_eq!(times, 1, "{name} stands on the page {times} times");
        }
        for mark in marks {
            assert!(parts.contains_key(mark), "there is no part {mark}");
        }
    }

    #[test]
    fn every_example_of_the_page_is_read_without_a_mistake() {
        let page = reference();
        let blocks: Vec<(&str, &str)> = page
            .split("```yaml")
            .skip(1)
            .filter_map(|rest| rest.split_once("```")?.0.split_once('\n'))
            .collect();
        assert!(blocks.len() > 15, "the examples are gone");
        for (kind, text) in blocks {
            let read = if kind.trim() == "steps" { as_steps(text) } else { text.to_owned() };
            if let Err(mistakes) = crate::parse("page.yaml", &read) {
                let shown: Vec<String> = mistakes.iter().map(crate::Diagnostic::render).collect();
                panic!("{text}\n{}", shown.join("\n\n"));
            }
        }
    }

    /// A file of steps, as a scenario that has the same ones.
    fn as_steps(text: &str) -> String {
        format!("cluster: .\n{}", text.replace("parameters:", "bindings:"))
    }
}
