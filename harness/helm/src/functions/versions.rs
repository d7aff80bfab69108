//! `semver` and `semverCompare`.

use std::any::Any;
use std::rc::Rc;

use super::strings::flag;
use super::{Answer, Entry, refuse, text};
use crate::error::ExecError;
use crate::template::Param::Str;
use crate::value::{Argument, IntType, Native, Val};
use crate::version::{Constraint, Version, compare};

pub(super) fn function(name: &str) -> Option<Entry> {
    let entry: Entry = match name {
        "semver" => (&[Str], None, |_, a| match Version::parse(text(&a[0])) {
            Ok(version) => Ok(Val::Native(Rc::new(VersionObject(version)))),
            Err(problem) => refuse(problem),
        }),
        "semverCompare" => (&[Str, Str], None, |_, a| compares(text(&a[0]), text(&a[1]))),
        _ => return None,
    };
    Some(entry)
}

fn compares(range: &str, version: &str) -> Answer {
    let range = Constraint::parse(range).map_err(ExecError::new)?;
    let version = Version::parse(version).map_err(ExecError::new)?;
    flag(range.allows(&version))
}

/// `*semver.Version`
#[derive(Debug)]
struct VersionObject(Version);

impl VersionObject {
    fn next(&self, name: &str) -> Val {
        let mut version = self.0.clone();
        let is_pre = !version.pre.is_empty();
        match name {
            "IncMajor" => (version.major, version.minor, version.patch) = (version.major + 1, 0, 0),
            "IncMinor" => (version.minor, version.patch) = (version.minor + 1, 0),
            // The release behind a pre-release is its next patch.
            _ if is_pre => {}
            _ => version.patch += 1,
        }
        (version.pre, version.metadata) = ("".into(), "".into());
        let v = if version.original.starts_with('v') { "v" } else { "" };
        version.original = format!("{v}{version}").into();
        Val::Native(Rc::new(Self(version)))
    }
}

impl Native for VersionObject {
    fn type_name(&self) -> &'static str {
        "*semver.Version"
    }

    fn kind(&self) -> &'static str {
        "ptr"
    }

    fn method(&self, name: &str) -> Option<&'static [Argument]> {
        match name {
            "Major" | "Minor" | "Patch" | "Prerelease" | "Metadata" | "Original" | "String"
            | "IncMajor" | "IncMinor" | "IncPatch" => Some(&[]),
            "Compare" | "Equal" | "LessThan" | "GreaterThan" | "LessThanEqual"
            | "GreaterThanEqual" => Some(&[Argument::Any]),
            _ => None,
        }
    }

    fn call(&self, name: &str, arguments: &[Val]) -> Result<Val, ExecError> {
        let version = &self.0;
        let number = |number: u64| Val::Int(number as i64, IntType::Uint64);
        Ok(match name {
            "Major" => number(version.major),
            "Minor" => number(version.minor),
            "Patch" => number(version.patch),
            "Prerelease" => Val::Str(version.pre.clone()),
            "Metadata" => Val::Str(version.metadata.clone()),
            "Original" => Val::Str(version.original.clone()),
            "String" => Val::str(version.to_string()),
            "IncMajor" | "IncMinor" | "IncPatch" => self.next(name),
            _ => {
                let other = match arguments.first() {
                    Some(Val::Native(other)) => other.as_any().downcast_ref::<Self>(),
                    _ => None,
                };
                let Some(Self(other)) = other else {
                    return refuse(format!("{name} takes a version"));
                };
                let order = compare(version, other);
                match name {
                    "Compare" => Val::int(order as i64),
                    "Equal" => Val::Bool(order.is_eq()),
                    "LessThan" => Val::Bool(order.is_lt()),
                    "GreaterThan" => Val::Bool(order.is_gt()),
                    "LessThanEqual" => Val::Bool(order.is_le()),
                    _ => Val::Bool(order.is_ge()),
                }
            }
        })
    }

    fn plain(&self) -> Val {
        Val::str(self.0.to_string())
    }

    fn print(&self) -> String {
        self.0.to_string()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
