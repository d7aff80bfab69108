//! Relative paths that cannot leave their root.

use std::fmt;
use std::sync::Arc;

/// A clean relative path with `/` between its parts; empty for the root itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TreePath(Arc<str>);

/// Why a text is no path inside a tree.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// It climbs above the root.
    #[error("path {0:?} leaves its root")]
    LeavesRoot(String),
    /// It starts at the root of the machine.
    #[error("path {0:?} is absolute")]
    Absolute(String),
}

impl TreePath {
    /// The root of a tree.
    #[must_use]
    pub fn root() -> Self {
        Self("".into())
    }

    /// Reads and cleans a relative path (`./a//b/../c` is `a/c`).
    ///
    /// # Errors
    /// If it is absolute or climbs above the root.
    pub fn new(text: &str) -> Result<Self, PathError> {
        if text.starts_with('/') {
            return Err(PathError::Absolute(text.to_owned()));
        }
        Self::root().join(text)
    }

    /// This path, then another relative one.
    ///
    /// # Errors
    /// If the whole climbs above the root.
    pub fn join(&self, text: &str) -> Result<Self, PathError> {
        let mut parts: Vec<&str> = self.parts().collect();
        for part in text.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop().ok_or_else(|| PathError::LeavesRoot(text.to_owned()))?;
                }
                part => parts.push(part),
            }
        }
        Ok(Self(parts.join("/").into()))
    }

    /// The names between the slashes.
    pub fn parts(&self) -> impl Iterator<Item = &str> {
        self.0.split('/').filter(|part| !part.is_empty())
    }

    /// The folder it stands in; `None` for the root.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        if self.0.is_empty() {
            return None;
        }
        Some(Self(self.0.rsplit_once('/').map_or("", |(parent, _)| parent).into()))
    }

    /// The last name; empty for the root.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TreePath {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(if self.0.is_empty() { "." } else { &self.0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cleaned_and_stay_inside() {
        let clean = |text| TreePath::new(text).map(|path| path.as_str().to_owned());
        assert_eq!(clean("./a//b/../c").unwrap(), "a/c");
        assert_eq!(clean(".").unwrap(), "");
        assert_eq!(clean("a/../../b"), Err(PathError::LeavesRoot("a/../../b".to_owned())));
        assert_eq!(clean("/etc"), Err(PathError::Absolute("/etc".to_owned())));
    }
}
