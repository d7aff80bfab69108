//! One value against one schema.
//!
//! The order of the checks is the library's. Start at [`Validator::root`].

use std::collections::{BTreeMap, BTreeSet};

use objects::Value;
use regex::Regex;

use super::document::{Document, Target, type_name};
use super::format;
use super::words::{Kind, Problem, display, number, quote};
use crate::functions::{compile_pattern, deep_equal};
use crate::value::Val;

/// How deep schemas may lead into one another.
const DEPTH: usize = 600;
const RED_ZONE: usize = 128 << 10;
const STACK: usize = 2 << 20;

/// What is needed to judge values.
pub(super) struct Validator<'d> {
    pub(super) document: &'d Document,
    pub(super) patterns: BTreeMap<String, Option<Regex>>,
    /// Why the schema itself cannot be used.
    pub(super) broken: Option<String>,
}

/// What of a value has been looked at: names of an object, places of a list.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    pub(super) names: BTreeSet<String>,
    pub(super) places: BTreeSet<usize>,
}

impl Seen {
    fn merge(&mut self, other: Self) {
        self.names.extend(other.names);
        self.places.extend(other.places);
    }
}

/// A value at its place.
#[derive(Clone, Copy)]
pub(super) struct At<'v> {
    pub(super) value: &'v Val,
    pub(super) path: &'v [String],
    pub(super) depth: usize,
}

impl At<'_> {
    pub(super) fn problem(&self, text: impl Into<String>) -> Problem {
        Problem {
            path: self.path.to_vec(),
            text: text.into(),
            kind: Kind::Plain,
            causes: Vec::new(),
        }
    }
}

/// What a schema makes of a value.
pub(super) type Verdict = Result<Seen, Problem>;

/// The problems of one value on their way.
pub(super) struct Judging<'s> {
    pub(super) schema: &'s Val,
    pub(super) problems: Vec<Problem>,
    pub(super) seen: Seen,
}

impl Judging<'_> {
    pub(super) fn add(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    pub(super) fn get(&self, keyword: &str) -> Option<Val> {
        self.schema.get(keyword)
    }

    /// A bound such as `maxItems`.
    pub(super) fn limit(&self, keyword: &str) -> Option<usize> {
        as_number(&self.get(keyword)?).map(|number| number as usize)
    }
}

pub(super) fn as_number(value: &Val) -> Option<f64> {
    match value {
        Val::Int(number, _) => Some(*number as f64),
        Val::Float(number) => Some(*number),
        _ => None,
    }
}

pub(super) fn items_of(value: Option<Val>) -> Vec<Val> {
    match value {
        Some(Val::List(list)) => list.items.borrow().clone(),
        _ => Vec::new(),
    }
}

/// Equal as JSON: kinds of numbers do not count.
pub(super) fn equal(a: &Val, b: &Val) -> bool {
    match (a, b) {
        (Val::List(x), Val::List(y)) => {
            let (x, y) = (x.items.borrow(), y.items.borrow());
            x.len() == y.len() && x.iter().zip(y.iter()).all(|(x, y)| equal(x, y))
        }
        (Val::Map(x), Val::Map(y)) => {
            let (x, y) = (x.entries.borrow(), y.entries.borrow());
            x.len() == y.len()
                && x.iter().zip(y.iter()).all(|((k, x), (l, y))| k == l && equal(x, y))
        }
        (a, b) => match (as_number(a), as_number(b)) {
            (Some(a), Some(b)) => a == b,
            _ => deep_equal(a, b),
        },
    }
}

impl Validator<'_> {
    /// Judges the values of a chart.
    pub(super) fn root(&mut self, values: &Value) -> Option<Problem> {
        let value = Val::from(values);
        let root = self.document.root.clone();
        self.judge(&root, At { value: &value, path: &[], depth: 0 }).err()
    }

    pub(super) fn is_recent(&self) -> bool {
        self.document.draft >= 2019
    }

    /// A pattern, compiled once; `None` where it is none.
    pub(super) fn pattern(&mut self, pattern: &str) -> Option<Regex> {
        if let Some(known) = self.patterns.get(pattern) {
            return known.clone();
        }
        let compiled = compile_pattern(pattern).ok();
        self.patterns.insert(pattern.to_owned(), compiled.clone());
        compiled
    }

    /// One value against one schema.
    pub(super) fn judge(&mut self, schema: &Val, at: At<'_>) -> Verdict {
        if at.depth > DEPTH {
            return Err(at.problem("the schema leads in a circle or nests too deep"));
        }
        stacker::maybe_grow(RED_ZONE, STACK, || self.judge_here(schema, at))
    }

    fn judge_here(&mut self, schema: &Val, at: At<'_>) -> Verdict {
        match schema {
            Val::Bool(true) => return Ok(Seen::default()),
            Val::Bool(false) => return Err(at.problem("false schema")),
            _ => {}
        }
        let mut judging = Judging { schema, problems: Vec::new(), seen: Seen::default() };
        simple(schema, at)?;
        if let Some(Val::Str(name)) = schema.get("format")
            && !self.is_recent()
            && let Some(problem) = format::problem(&name, at.value)
        {
            let text = format!("{} is not valid {name}: {problem}", display(at.value));
            return Err(at.problem(text));
        }
        if let Some(Val::Str(reference)) = schema.get("$ref") {
            let verdict = self.reference(&reference, at);
            if !self.is_recent() {
                return verdict;
            }
            absorb(&mut judging, verdict);
        }
        match at.value {
            Val::Map(_) => self.object(&mut judging, at),
            Val::List(_) => self.list(&mut judging, at),
            Val::Str(text) => self.text(&mut judging, at, text),
            value => {
                if let Some(found) = as_number(value) {
                    numeric(&mut judging, at, found);
                }
            }
        }
        for keyword in ["$recursiveRef", "$dynamicRef"] {
            if let Some(Val::Str(reference)) = schema.get(keyword).filter(|_| self.is_recent()) {
                let verdict = self.reference(&reference, at);
                absorb(&mut judging, verdict);
            }
        }
        self.conditions(&mut judging, at);
        if self.is_recent() {
            self.rest(&mut judging, at);
        }
        let Judging { mut problems, seen, .. } = judging;
        match problems.len() {
            0 => Ok(seen),
            1 => Err(problems.remove(0)),
            _ => Err(Problem {
                path: at.path.to_vec(),
                text: "validation failed".to_owned(),
                kind: Kind::Group,
                causes: problems,
            }),
        }
    }

    fn reference(&mut self, reference: &str, at: At<'_>) -> Verdict {
        let target = match self.document.resolve(reference) {
            Ok(Target::Schema(schema)) => schema,
            Ok(Target::Anything) => return Ok(Seen::default()),
            Err(problem) => {
                self.broken.get_or_insert(problem);
                return Ok(Seen::default());
            }
        };
        self.judge(&target, At { depth: at.depth + 1, ..at }).map_err(|problem| Problem {
            path: at.path.to_vec(),
            text: "validation failed".to_owned(),
            kind: Kind::Reference,
            causes: match problem.kind {
                Kind::Group => problem.causes,
                _ => vec![problem],
            },
        })
    }

    fn text(&mut self, judging: &mut Judging<'_>, at: At<'_>, text: &str) {
        let length = text.chars().count();
        if let Some(least) = judging.limit("minLength").filter(|least| length < *least) {
            judging.add(at.problem(sizes("minLength", length, least)));
        }
        if let Some(most) = judging.limit("maxLength").filter(|most| length > *most) {
            judging.add(at.problem(sizes("maxLength", length, most)));
        }
        if let Some(Val::Str(pattern)) = judging.get("pattern")
            && self.pattern(&pattern).is_some_and(|regex| !regex.is_match(text))
        {
            let text = format!("{} does not match pattern {}", quote(text), quote(&pattern));
            judging.add(at.problem(text));
        }
    }

    /// `not`, `allOf`, `anyOf`, `oneOf`, `if`.
    fn conditions(&mut self, judging: &mut Judging<'_>, at: At<'_>) {
        let at = At { depth: at.depth + 1, ..at };
        if let Some(schema) = judging.get("not")
            && self.judge(&schema, at).is_ok()
        {
            judging.add(at.problem("'not' failed"));
        }
        let mut causes = Vec::new();
        for schema in items_of(judging.get("allOf")) {
            match self.judge(&schema, at) {
                Ok(seen) => judging.seen.merge(seen),
                Err(problem) => causes.push(problem),
            }
        }
        if !causes.is_empty() {
            judging.add(Problem { causes, ..at.problem("'allOf' failed") });
        }
        self.any_of(judging, at);
        self.one_of(judging, at);
        if let Some(schema) = judging.get("if") {
            let met = self.judge(&schema, at);
            let branch = if met.is_ok() { "then" } else { "else" };
            if let Ok(seen) = met {
                judging.seen.merge(seen);
            }
            if let Some(schema) = judging.get(branch) {
                let verdict = self.judge(&schema, at);
                absorb(judging, verdict);
            }
        }
    }

    fn any_of(&mut self, judging: &mut Judging<'_>, at: At<'_>) {
        let schemas = items_of(judging.get("anyOf"));
        let mut causes = Vec::new();
        let mut matched = schemas.is_empty();
        for schema in schemas {
            match self.judge(&schema, at) {
                Ok(seen) => {
                    matched = true;
                    judging.seen.merge(seen);
                }
                Err(problem) => causes.push(problem),
            }
        }
        if !matched {
            judging.add(Problem { causes, ..at.problem("'anyOf' failed") });
        }
    }

    fn one_of(&mut self, judging: &mut Judging<'_>, at: At<'_>) {
        let schemas = items_of(judging.get("oneOf"));
        if schemas.is_empty() {
            return;
        }
        let mut causes = Vec::new();
        let mut matched = None;
        for (number, schema) in schemas.iter().enumerate() {
            match (self.judge(schema, at), matched) {
                (Ok(seen), None) => {
                    matched = Some(number);
                    judging.seen.merge(seen);
                }
                (Ok(_), Some(first)) => {
                    let text = format!("'oneOf' failed, subschemas {first}, {number} matched");
                    judging.add(at.problem(text));
                    return;
                }
                (Err(problem), _) => causes.push(problem),
            }
        }
        if matched.is_none() {
            judging.add(Problem { causes, ..at.problem("'oneOf' failed, none matched") });
        }
    }
}

/// Takes over what another schema saw of the same value, or its problem.
pub(super) fn absorb(judging: &mut Judging<'_>, verdict: Verdict) {
    match verdict {
        Ok(seen) => judging.seen.merge(seen),
        Err(problem) => judging.add(problem),
    }
}

/// `minItems: got 1, want 2`
pub(super) fn sizes(keyword: &str, got: usize, want: usize) -> String {
    use super::words::count;
    format!("{keyword}: got {}, want {}", count(got), count(want))
}

/// `type`, `const` and `enum`, each of which ends the check.
fn simple(schema: &Val, at: At<'_>) -> Result<(), Problem> {
    let wanted = match schema.get("type") {
        Some(Val::Str(kind)) => vec![kind],
        kinds => items_of(kinds).iter().filter_map(|kind| kind.as_str().cloned()).collect(),
    };
    let got = type_name(at.value);
    let is_whole = || as_number(at.value).is_some_and(|number| number.fract() == 0.0);
    let fits = |kind: &str| kind == got || (kind == "integer" && is_whole());
    if !wanted.is_empty() && !wanted.iter().any(|kind| fits(kind)) {
        return Err(at.problem(format!("got {got}, want {}", ordered(wanted).join(" or "))));
    }
    if let Some(wanted) = schema.get("const")
        && !equal(at.value, &wanted)
    {
        return Err(at.problem(match &wanted {
            Val::List(_) | Val::Map(_) => "'const' failed".to_owned(),
            wanted => format!("value must be {}", display(wanted)),
        }));
    }
    let choices = items_of(schema.get("enum"));
    if choices.is_empty() || choices.iter().any(|choice| equal(at.value, choice)) {
        return Ok(());
    }
    let shown: Vec<_> = choices.iter().map(display).collect();
    Err(at.problem(match &shown[..] {
        _ if choices.iter().any(|c| matches!(c, Val::List(_) | Val::Map(_))) => {
            "'enum' failed".to_owned()
        }
        [one] => format!("value must be {one}"),
        many => format!("value must be one of {}", many.join(", ")),
    }))
}

/// Types in the library's order.
fn ordered(wanted: Vec<std::sync::Arc<str>>) -> Vec<String> {
    const ORDER: [&str; 7] = ["null", "boolean", "number", "integer", "string", "array", "object"];
    let all = ORDER.iter().filter(|kind| wanted.iter().any(|wanted| wanted.as_ref() == **kind));
    all.map(|kind| (*kind).to_owned()).collect()
}

/// A keyword of bounds, its word in messages, and whether a number breaks it.
type Bound = (&'static str, fn(f64, f64) -> bool);

fn numeric(judging: &mut Judging<'_>, at: At<'_>, found: f64) {
    let old = |keyword: &str| matches!(judging.get(keyword), Some(Val::Bool(true)));
    let (above, below) = (old("exclusiveMinimum"), old("exclusiveMaximum"));
    let bounds: [Bound; 5] = [
        ("minimum", if above { |a, b| a <= b } else { |a, b| a < b }),
        ("maximum", if below { |a, b| a >= b } else { |a, b| a > b }),
        ("exclusiveMinimum", |a, b| a <= b),
        ("exclusiveMaximum", |a, b| a >= b),
        ("multipleOf", |a, b| b != 0.0 && !is_multiple(a, b)),
    ];
    for (keyword, breaks) in bounds {
        let Some(wanted) = judging.get(keyword).as_ref().and_then(as_number) else { continue };
        if breaks(found, wanted) {
            let word = match keyword {
                "minimum" if above => "exclusiveMinimum",
                "maximum" if below => "exclusiveMaximum",
                keyword => keyword,
            };
            let text = format!("{word}: got {}, want {}", number(found), number(wanted));
            judging.add(at.problem(text));
        }
    }
}

/// By the decimals that are written, not by their binary neighbours.
fn is_multiple(number: f64, of: f64) -> bool {
    let ratio = number / of;
    (ratio - ratio.round()).abs() < 1e-9 * ratio.abs().max(1.0)
}
