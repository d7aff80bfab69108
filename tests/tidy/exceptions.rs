//! Every exception to the house rules, with its reason.

/// (rule, name, limit, reason)
const LIMITS: &[(&str, &str, usize, &str)] = &[
    (
        "lines",
        "harness/yaml/src/parser.rs",
        650,
        "one state machine: libyaml's productions side by side",
    ),
    ("public items", "helm", 19, "charts, values and renderings, each with its parts and errors"),
    ("public items", "yaml", 21, "a parser, an emitter and an editor on one node type"),
    (
        "public items",
        "runner",
        16,
        "`fluxrig get` looks into a run, beside planning and running it",
    ),
];

/// (crate, reason)
const CIRCLES: &[(&str, &str)] = &[
    ("runner", "what lies outside a file is part of loading it, and is reported as its mistake"),
    ("scenario", "a file that is read whole parses the files it uses"),
    ("schema", "an applied object is decoded, and decoding knows what apply leaves out"),
    ("reconciler", "the world starts each controller, and each controller acts through the world"),
];

/// (file, word, reason)
const MAY_SAY: &[(&str, &str, &str)] = &[];

/// The limit of a rule for a name, where it is not the usual one.
pub(crate) fn limit(rule: &str, name: &str) -> Option<usize> {
    LIMITS.iter().find(|(r, n, ..)| *r == rule && *n == name).map(|(_, _, limit, _)| *limit)
}

/// Whether a crate may have modules in a circle.
pub(crate) fn circle_is_excused(krate: &str) -> bool {
    CIRCLES.iter().any(|(name, _)| *name == krate)
}

/// Whether a file may say a forbidden word.
pub(crate) fn may_say(file: &str, word: &str) -> bool {
    MAY_SAY.iter().any(|(f, w, _)| *f == file && *w == word)
}
