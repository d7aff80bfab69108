//! Sets of field paths, and their arithmetic.
//!
//! One rule: entries are sorted and none is empty (neither member nor parent),
//! so every operation is one merge of two sorted lists. Start at [`Set`].

use std::cmp::Ordering;

use objects::{Map, Value};

use super::element::Element;
use crate::{Kind, Type};

/// A set of field paths.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Set {
    entries: Vec<Entry>,
}

/// What a set says of one path: is it a member, and what lies below it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Mark {
    pub(crate) member: bool,
    pub(crate) below: Set,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    element: Element,
    mark: Mark,
}

impl Mark {
    pub(crate) const MEMBER: Mark = Mark { member: true, below: Set { entries: Vec::new() } };

    pub(crate) fn is_empty(&self) -> bool {
        !self.member && self.below.is_empty()
    }
}

/// Which side of two merged sets an entry stands on.
enum Side<'a> {
    Left(&'a Entry),
    Right(&'a Entry),
    Both(&'a Entry, &'a Entry),
}

impl Set {
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Adds an entry at the end; the caller keeps the order or calls [`Self::sort`].
    pub(crate) fn push(&mut self, element: Element, mark: Mark) {
        if !mark.is_empty() {
            self.entries.push(Entry { element, mark });
        }
    }

    /// Restores the order after pushes; equal elements are united.
    pub(crate) fn sort(&mut self) {
        if self.entries.is_sorted_by(|left, right| left.element < right.element) {
            return;
        }
        self.entries.sort_by(|left, right| left.element.cmp(&right.element));
        self.entries.dedup_by(|later, kept| {
            let equal = later.element == kept.element;
            if equal {
                kept.mark.member |= later.mark.member;
                kept.mark.below = kept.mark.below.union(&later.mark.below);
            }
            equal
        });
    }

    pub(crate) fn get(&self, element: &Element) -> Option<&Mark> {
        let found = self.entries.binary_search_by(|entry| entry.element.cmp(element));
        found.ok().map(|at| &self.entries[at].mark)
    }

    pub(crate) fn get_field(&self, name: &str) -> Option<&Mark> {
        let found = self.entries.binary_search_by(|entry| match &entry.element {
            Element::Field(known) => known.as_ref().cmp(name),
            _ => Ordering::Greater,
        });
        found.ok().map(|at| &self.entries[at].mark)
    }

    /// The set of one path of fields.
    pub(crate) fn of_fields(path: &[&str]) -> Self {
        let mut set = Self::default();
        if let Some((first, rest)) = path.split_first() {
            let mark = match rest {
                [] => Mark::MEMBER,
                rest => Mark { member: false, below: Self::of_fields(rest) },
            };
            set.push(Element::Field((*first).into()), mark);
        }
        set
    }

    pub(crate) fn union(&self, other: &Self) -> Self {
        if other.is_empty() {
            return self.clone();
        }
        if self.is_empty() {
            return other.clone();
        }
        self.zip(other, |side| match side {
            Side::Left(entry) | Side::Right(entry) => entry.mark.clone(),
            Side::Both(left, right) => Mark {
                member: left.mark.member || right.mark.member,
                below: left.mark.below.union(&right.mark.below),
            },
        })
    }

    /// Members of this set that are no members of the other.
    pub(crate) fn difference(&self, other: &Self) -> Self {
        if other.is_empty() {
            return self.clone();
        }
        self.zip(other, |side| match side {
            Side::Left(entry) => entry.mark.clone(),
            Side::Right(_) => Mark::default(),
            Side::Both(left, right) => Mark {
                member: left.mark.member && !right.mark.member,
                below: left.mark.below.difference(&right.mark.below),
            },
        })
    }

    /// [`Self::difference`] of a set that is no longer needed: untouched parts are kept as they are.
    pub(crate) fn minus(mut self, other: &Self) -> Self {
        if !other.is_empty() {
            for entry in &mut self.entries {
                if let Some(mark) = other.get(&entry.element) {
                    entry.mark.member &= !mark.member;
                    entry.mark.below = std::mem::take(&mut entry.mark.below).minus(&mark.below);
                }
            }
            self.entries.retain(|entry| !entry.mark.is_empty());
        }
        self
    }

    /// As [`Self::minus`], and without what lies below members of the other.
    pub(crate) fn minus_all_below(mut self, other: &Self) -> Self {
        if !other.is_empty() {
            for entry in &mut self.entries {
                match other.get(&entry.element) {
                    Some(mark) if mark.member => entry.mark = Mark::default(),
                    Some(mark) => {
                        let below = std::mem::take(&mut entry.mark.below);
                        entry.mark.below = below.minus_all_below(&mark.below);
                    }
                    None => {}
                }
            }
            self.entries.retain(|entry| !entry.mark.is_empty());
        }
        self
    }

    /// Whether every member is a member of the other too.
    pub(crate) fn is_subset(&self, other: &Self) -> bool {
        self.entries.iter().all(|entry| match other.get(&entry.element) {
            Some(mark) => {
                (!entry.mark.member || mark.member) && entry.mark.below.is_subset(&mark.below)
            }
            None => false,
        })
    }

    pub(crate) fn intersection(&self, other: &Self) -> Self {
        if self.is_empty() || other.is_empty() {
            return Self::default();
        }
        self.zip(other, |side| match side {
            Side::Left(_) | Side::Right(_) => Mark::default(),
            Side::Both(left, right) => Mark {
                member: left.mark.member && right.mark.member,
                below: left.mark.below.intersection(&right.mark.below),
            },
        })
    }

    fn zip(&self, other: &Self, mark: impl Fn(Side<'_>) -> Mark) -> Self {
        let mut out = Self { entries: Vec::with_capacity(self.entries.len()) };
        let (mut left, mut right) = (self.entries.as_slice(), other.entries.as_slice());
        loop {
            let side = match (left.split_first(), right.split_first()) {
                (Some((l, rest)), None) => {
                    left = rest;
                    Side::Left(l)
                }
                (None, Some((r, rest))) => {
                    right = rest;
                    Side::Right(r)
                }
                (Some((l, left_rest)), Some((r, right_rest))) => match l.element.cmp(&r.element) {
                    Ordering::Less => {
                        left = left_rest;
                        Side::Left(l)
                    }
                    Ordering::Greater => {
                        right = right_rest;
                        Side::Right(r)
                    }
                    Ordering::Equal => {
                        (left, right) = (left_rest, right_rest);
                        Side::Both(l, r)
                    }
                },
                (None, None) => return out,
            };
            let element = match &side {
                Side::Left(entry) | Side::Right(entry) | Side::Both(entry, _) => &entry.element,
            };
            let element = element.clone();
            out.push(element, mark(side));
        }
    }

    /// Makes every declared field that has paths below it a member too
    /// (structured-merge-diff: `EnsureNamedFieldsAreMembers`).
    pub(crate) fn with_named_fields(&self, of: Type<'_>) -> Self {
        let mut out = Self { entries: Vec::with_capacity(self.entries.len()) };
        for entry in &self.entries {
            let (named, below) = match &entry.element {
                Element::Field(name) => {
                    let declared = of.kind() == Kind::Object && of.declares(name);
                    (declared, of.field(name).unwrap_or(of.open()))
                }
                Element::Key(_) => (false, of.item()),
                _ => (false, of.open()),
            };
            let mark = Mark {
                member: entry.mark.member || (named && !entry.mark.below.is_empty()),
                below: entry.mark.below.with_named_fields(below),
            };
            out.push(entry.element.clone(), mark);
        }
        out
    }

    /// Cuts paths below what is atomic (the type may have been granular before);
    /// `None` where nothing is to be cut.
    pub(crate) fn collapsed(&self, of: Type<'_>) -> Option<Self> {
        if !self.reaches_below_atomic(of) {
            return None;
        }
        let mut changed = false;
        let mut out = Self { entries: Vec::with_capacity(self.entries.len()) };
        for entry in &self.entries {
            let below = match &entry.element {
                Element::Field(name) => of.field(name).unwrap_or(of.open()),
                _ => of.item(),
            };
            let collection = matches!(below.kind(), Kind::Object | Kind::Map | Kind::List);
            if collection && below.is_atomic() && !entry.mark.below.is_empty() {
                changed = true;
                out.push(entry.element.clone(), Mark::MEMBER);
                continue;
            }
            match entry.mark.below.collapsed(below) {
                Some(cut) => {
                    changed = true;
                    out.push(entry.element.clone(), Mark { member: entry.mark.member, below: cut });
                }
                None => out.push(entry.element.clone(), entry.mark.clone()),
            }
        }
        changed.then_some(out)
    }

    fn reaches_below_atomic(&self, of: Type<'_>) -> bool {
        self.entries.iter().filter(|entry| !entry.mark.below.is_empty()).any(|entry| {
            let below = match &entry.element {
                Element::Field(name) => of.field(name).unwrap_or(of.open()),
                _ => of.item(),
            };
            let collection = matches!(below.kind(), Kind::Object | Kind::Map | Kind::List);
            collection && below.is_atomic() || entry.mark.below.reaches_below_atomic(below)
        })
    }

    /// Paths of all members, parents before children's levels, as conflicts list them.
    pub(crate) fn paths(&self) -> Vec<String> {
        let mut out = Vec::new();
        self.collect_paths("", &mut out);
        out
    }

    fn collect_paths(&self, prefix: &str, out: &mut Vec<String>) {
        for entry in self.entries.iter().filter(|entry| entry.mark.member) {
            out.push(format!("{prefix}{}", entry.element));
        }
        for entry in self.entries.iter().filter(|entry| !entry.mark.below.is_empty()) {
            entry.mark.below.collect_paths(&format!("{prefix}{}", entry.element), out);
        }
    }

    /// As `fieldsV1`.
    pub(crate) fn encode(&self) -> Value {
        let entries = self.entries.iter().map(|entry| {
            let mut below = match entry.mark.below.encode() {
                Value::Map(map) => map,
                _ => Default::default(),
            };
            if entry.mark.member && !entry.mark.below.is_empty() {
                std::sync::Arc::make_mut(&mut below).insert(".", Value::map());
            }
            (entry.element.encode(), Value::Map(below))
        });
        entries.collect::<Map>().into()
    }

    /// Reads `fieldsV1`; `None` if it is something else.
    pub(crate) fn decode(fields: &Value) -> Option<Self> {
        Some(decode_mark(fields, 0)?.below)
    }
}

fn decode_mark(fields: &Value, depth: usize) -> Option<Mark> {
    let map = fields.as_map().filter(|_| depth < 200)?;
    let mut mark = Mark::default();
    for (key, value) in map {
        if key.as_ref() == "." {
            mark.member = true;
            continue;
        }
        let below = match value.as_map().is_some_and(Map::is_empty) {
            true => Mark::MEMBER,
            false => decode_mark(value, depth + 1)?,
        };
        mark.below.push(Element::decode(key)?, below);
    }
    mark.below.sort();
    Some(mark)
}
