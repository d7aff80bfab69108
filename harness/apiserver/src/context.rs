//! One operation's surroundings: when, for whom, under which name, how strict.

use clock::Moment;

use crate::user::User;

/// What happens with fields that the kind does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Validation {
    /// They are dropped.
    Ignore,
    /// They are dropped with a warning.
    Warn,
    /// The call is refused.
    Strict,
}

/// The surroundings of one operation; warnings gather here.
#[derive(Debug, Clone)]
pub(crate) struct Context {
    pub(crate) now: Moment,
    pub(crate) user: User,
    pub(crate) manager: String,
    pub(crate) dry_run: bool,
    pub(crate) validation: Validation,
    pub(crate) warnings: Vec<String>,
    /// The paths of the body in the order of its text, where that is known.
    pub(crate) order: Vec<String>,
    /// Keys that stand twice in the body; told together with unknown fields.
    pub(crate) doubled: Vec<String>,
}

impl Context {
    /// Of the API's own controllers.
    pub(crate) fn controller(now: Moment, manager: &str) -> Self {
        Self {
            now,
            user: User::admin(),
            manager: manager.to_owned(),
            dry_run: false,
            validation: Validation::Ignore,
            warnings: Vec::new(),
            order: Vec::new(),
            doubled: Vec::new(),
        }
    }

    pub(crate) fn warn(&mut self, text: impl Into<String>) {
        let text = text.into();
        if !self.warnings.contains(&text) {
            self.warnings.push(text);
        }
    }

    /// Now, as metadata tells time.
    pub(crate) fn time(&self) -> String {
        self.now.rfc3339()
    }
}
