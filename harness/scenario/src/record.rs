//! The macros that declare a part of the language once: type, parser, schema and
//! reference text come from the same lines.
//!
//! A record is a map with known keys; a word is one of several texts; a choice is
//! a map with exactly one key.

use yaml::Node;

use crate::Place;
use crate::read::{Entries, Reader};
use crate::shape::{Body, Field, Part, Rest, Shape};

/// A map with keys of ours.
pub(crate) trait Record: Sized {
    /// Name in schema and reference.
    const NAME: &'static str;

    /// What it is for.
    fn doc() -> String;

    /// Its keys.
    fn fields() -> Vec<Field>;

    /// Keys that follow a rule.
    fn rest() -> Vec<Rest> {
        Vec::new()
    }

    /// What may stand instead of the map.
    fn short() -> Option<Shape> {
        None
    }

    /// Reads what stands instead of the map.
    fn read_short(_node: &Node, _reader: &mut Reader<'_>) -> Option<Self> {
        None
    }

    /// Takes its keys.
    fn build(entries: &mut Entries<'_>, place: Place, reader: &mut Reader<'_>) -> Option<Self>;
}

/// The description of a record.
pub(crate) fn part_of<T: Record>() -> Part {
    let body = Body::Record { fields: T::fields(), short: T::short(), rest: T::rest() };
    Part { name: T::NAME, doc: T::doc(), body }
}

/// Reads a record: the map, or what may stand instead.
pub(crate) fn read_record<T: Record>(node: &Node, reader: &mut Reader<'_>) -> Option<T> {
    if node.entries().is_none() && T::short().is_some() {
        return T::read_short(node, reader);
    }
    let what = words_of(T::NAME);
    let mut entries = Entries::of(node, &what, reader)?;
    let place = reader.place(node);
    let built = T::build(&mut entries, place, reader);
    if !entries.left().is_empty() {
        let fields = T::fields();
        let known: Vec<&str> = fields.iter().map(|field| field.key).collect();
        entries.refuse_unknown(&what, &known, reader);
        return None;
    }
    built
}

/// Names of parts that are not called as they look in a sentence.
const CALLED: [(&str, &str); 16] = [
    ("TextMatch", "a comparison of text"),
    ("NumberMatch", "a comparison of numbers"),
    ("ObjectCheck", "what is expected of an object"),
    ("ConditionCheck", "what is expected of a condition"),
    ("GitCheck", "what is expected of a branch"),
    ("EventCheck", "what is expected of an event"),
    ("NotificationCheck", "what is expected of a notification"),
    ("Switch", "a suspend or resume"),
    ("ApplyObjects", "an apply"),
    ("PatchObject", "a patch"),
    ("DeleteObjects", "a delete"),
    ("TagStep", "a tag"),
    ("BranchStep", "a branch"),
    ("BootstrapStep", "a bootstrap"),
    ("MatrixRow", "a row of the matrix"),
    ("StepsFile", "a file of steps"),
];

/// The name of a part in a sentence: `CherryPick` is "a cherry-pick".
pub(crate) fn words_of(name: &str) -> String {
    if let Some((_, called)) = CALLED.iter().find(|(part, _)| *part == name) {
        return (*called).to_owned();
    }
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push('-');
        }
        words.extend(letter.to_lowercase());
    }
    let article = if words.starts_with(['a', 'e', 'i', 'o']) { "an" } else { "a" };
    format!("{article} {words}")
}

/// Declares a map with known keys.
macro_rules! record {
    (
        $(#[doc = $doc:literal])+
        pub struct $name:ident {
            $( $(#[doc = $field_doc:literal])+ $key:literal $field:ident: $type:ty, )*
        }
        $( rest $rest:ident: $rest_type:ty = $rest_doc:literal; )?
        $( short $short_type:ty = $short:expr; )?
    ) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Default, PartialEq)]
        pub struct $name {
            $( $(#[doc = $field_doc])+ pub $field: $type, )*
            $( #[doc = $rest_doc] pub $rest: $rest_type, )?
            /// Where it stands.
            pub place: $crate::Place,
        }

        impl $crate::record::Record for $name {
            const NAME: &'static str = stringify!($name);

            fn doc() -> String {
                $crate::shape::doc(&[$($doc),+])
            }

            fn fields() -> Vec<$crate::shape::Field> {
                vec![$( $crate::shape::Field {
                    key: $key,
                    doc: $crate::shape::doc(&[$($field_doc),+]),
                    shape: <$type as $crate::read::Read>::shape(),
                    required: <$type as $crate::read::Read>::absent().is_none(),
                } ),*]
            }

            $(
                fn rest() -> Vec<$crate::shape::Rest> {
                    vec![$crate::shape::Rest {
                        pattern: <$rest_type as $crate::record::RestKeys>::PATTERN,
                        doc: $rest_doc.to_owned(),
                        shape: <$rest_type as $crate::record::RestKeys>::shape(),
                    }]
                }
            )?

            $(
                fn short() -> Option<$crate::shape::Shape> {
                    Some(<$short_type as $crate::read::Read>::shape())
                }

                fn read_short(node: &yaml::Node, reader: &mut $crate::read::Reader<'_>) -> Option<Self> {
                    let value = <$short_type as $crate::read::Read>::read(node, reader)?;
                    let make: fn($short_type) -> Self = $short;
                    Some(Self { place: reader.place(node), ..make(value) })
                }
            )?

            fn build(
                entries: &mut $crate::read::Entries<'_>,
                place: $crate::Place,
                reader: &mut $crate::read::Reader<'_>,
            ) -> Option<Self> {
                $( let $field = entries.take::<$type>($key, reader); )*
                $( let $rest = <$rest_type as $crate::record::RestKeys>::take(entries, reader); )?
                Some(Self { $( $field: $field?, )* $( $rest: $rest?, )? place })
            }
        }

        impl $crate::read::Read for $name {
            fn shape() -> $crate::shape::Shape {
                $crate::shape::Shape::Part($crate::record::part_of::<$name>)
            }

            fn read(node: &yaml::Node, reader: &mut $crate::read::Reader<'_>) -> Option<Self> {
                $crate::record::read_record(node, reader)
            }
        }
    };
}
pub(crate) use record;

/// Keys of a record that follow a rule rather than a list.
pub(crate) trait RestKeys: Sized {
    /// A regular expression for the keys.
    const PATTERN: &'static str;

    /// What stands behind each.
    fn shape() -> Shape;

    /// Takes the keys out of a record.
    fn take(entries: &mut Entries<'_>, reader: &mut Reader<'_>) -> Option<Self>;
}

/// Declares a set of words.
macro_rules! words {
    (
        $(#[doc = $doc:literal])+
        pub enum $name:ident {
            $( $(#[doc = $word_doc:literal])+ $word:literal $variant:ident, )+
        }
        default $default:ident
    ) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name {
            $( $(#[doc = $word_doc])+ $variant, )+
        }

        impl Default for $name {
            fn default() -> Self {
                Self::$default
            }
        }

        impl $name {
            /// The word, as users write it.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self {
                    $( Self::$variant => $word, )+
                }
            }
        }

        impl $crate::scalar::Written for $name {
            const WHAT: &'static str = "one of the words below";

            fn parse(text: &str) -> Result<Self, (String, Option<String>)> {
                match text {
                    $( $word => Ok(Self::$variant), )+
                    _ => Err($crate::record::not_a_word(text, &[$($word),+])),
                }
            }
        }

        impl $crate::read::Read for $name {
            fn shape() -> $crate::shape::Shape {
                fn part() -> $crate::shape::Part {
                    $crate::shape::Part {
                        name: stringify!($name),
                        doc: $crate::shape::doc(&[$($doc),+]),
                        body: $crate::shape::Body::Words(vec![
                            $( ($word, $crate::shape::doc(&[$($word_doc),+])) ),+
                        ]),
                    }
                }
                $crate::shape::Shape::Part(part)
            }

            fn read(node: &yaml::Node, reader: &mut $crate::read::Reader<'_>) -> Option<Self> {
                let text = $crate::scalar::text(node, "a word", reader)?;
                $crate::scalar::written(text, node, reader)
            }

            fn absent() -> Option<Self> {
                Some(Self::default())
            }
        }
    };
}
pub(crate) use words;

/// The mistake of a text that is none of the words.
pub(crate) fn not_a_word(text: &str, words: &[&str]) -> (String, Option<String>) {
    let help = match crate::read::nearest(text, words.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the words are {}", crate::read::list(words)),
    };
    (format!("unknown word `{}`", crate::read::shorten(text)), Some(help))
}

/// Declares a map with exactly one key.
macro_rules! choice {
    (
        $(#[doc = $doc:literal])+
        pub enum $name:ident {
            $( $(#[doc = $option_doc:literal])+ $key:literal $variant:ident($type:ty), )+
        }
    ) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, PartialEq)]
        pub enum $name {
            $( $(#[doc = $option_doc])+ $variant($type), )+
        }

        impl $name {
            /// The key, as users write it.
            #[must_use]
            pub fn key(&self) -> &'static str {
                match self {
                    $( Self::$variant(_) => $key, )+
                }
            }

            pub(crate) fn options() -> Vec<$crate::shape::Field> {
                vec![$( $crate::shape::Field {
                    key: $key,
                    doc: $crate::shape::doc(&[$($option_doc),+]),
                    shape: <$type as $crate::read::Read>::shape(),
                    required: false,
                } ),+]
            }

            pub(crate) fn doc() -> String {
                $crate::shape::doc(&[$($doc),+])
            }

            pub(crate) const KEYS: &'static [&'static str] = &[$($key),+];

            pub(crate) fn read_option(
                key: &str,
                node: &yaml::Node,
                reader: &mut $crate::read::Reader<'_>,
            ) -> Option<Self> {
                match key {
                    $( $key => <$type as $crate::read::Read>::read(node, reader).map(Self::$variant), )+
                    _ => None,
                }
            }
        }
    };
}
pub(crate) use choice;

/// Takes the one key of a choice out of a map: with its node, or after a diagnostic.
pub(crate) fn only_key<'n>(
    entries: &mut Entries<'n>,
    what: &str,
    keys: &[&str],
    reader: &mut Reader<'_>,
) -> Option<(&'n str, &'n Node)> {
    let known =
        |(key, _): &&(&'n Node, &'n Node)| key.as_scalar().is_some_and(|k| keys.contains(&k));
    let found: Vec<_> = entries.left().iter().filter(known).copied().collect();
    let unknown = entries.left().len() > found.len();
    if let [(_, _), (second, _), ..] = found.as_slice() {
        let names: Vec<&str> = found.iter().filter_map(|(key, _)| key.as_scalar()).collect();
        let message =
            format!("{what} does exactly one thing, but here are {}", crate::read::list(&names));
        reader.wrong(second, message);
    } else if found.is_empty() && !unknown {
        let message = format!("{what} does nothing");
        let help = format!("add one of {}", crate::read::list(keys));
        reader.wrong_help(entries.node(), message, help);
    }
    let (key, node) = *found.first()?;
    for (key, _) in &found {
        entries.remove(key.as_scalar().unwrap_or_default());
    }
    (found.len() == 1).then_some((key.as_scalar().unwrap_or_default(), node))
}
