//! Why a text is not YAML.

use std::fmt;

use crate::Place;

/// A syntax error or a passed limit, at its place.
///
/// It prints as go-yaml v3 reports it (`line 3: did not find expected key`), with
/// the line that go-yaml names, which is not always the line of [`Error::place`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// What is wrong, in the words of libyaml where it has words for it.
    pub problem: String,
    /// Where the reader stood.
    pub place: Place,
    /// The lines that go-yaml would name: by its v3 and by its v2; 0 for none.
    pub reported: Reported,
}

/// Lines as the two generations of go-yaml count them; 0 where they name none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reported {
    /// go-yaml v3, which prefers the beginning of the construct.
    pub v3: usize,
    /// go-yaml v2 (sigs.k8s.io/yaml), which prefers the offending place.
    pub v2: usize,
}

impl Error {
    /// An error at a place.
    #[must_use]
    pub fn new(problem: impl Into<String>, place: Place) -> Self {
        let reported = Reported { v3: place.line, v2: place.line };
        Self { problem: problem.into(), place, reported }
    }

    /// The text as go-yaml v2 reports it.
    #[must_use]
    pub fn as_v2(&self) -> String {
        with_line(self.reported.v2, &self.problem)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&with_line(self.reported.v3, &self.problem))
    }
}

impl std::error::Error for Error {}

fn with_line(line: usize, problem: &str) -> String {
    if line == 0 { problem.to_owned() } else { format!("line {line}: {problem}") }
}
