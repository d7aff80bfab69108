//! The functions that reach beyond their arguments: other templates, refusals, the cluster.
//!
//! Source: Helm `pkg/engine` `engine.go`.

use super::strings::string;
use super::{Answer, Entry, refuse, text};
use crate::error::ExecError;
use crate::template::Param::{Any, Str};
use crate::value::Val;

/// What stands around the text of `fail` and `required` on its way out.
pub(crate) const WARN_START: &str = "HELM_ERR_START";
/// As [`WARN_START`].
pub(crate) const WARN_END: &str = "HELM_ERR_END";

pub(super) fn function(name: &str) -> Option<Entry> {
    let entry: Entry = match name {
        "include" => (&[Str, Any], None, |execution, a| {
            let Some(name) = a[0].as_str() else { return string("") };
            execution.include(name, a[1].clone()).and_then(string)
        }),
        "tpl" => (&[Str, Any], None, |execution, a| {
            let Some(text) = a[0].as_str() else { return string("") };
            execution.tpl(text, a[1].clone()).and_then(string)
        }),
        "required" => (&[Str, Any], None, |_, a| match &a[1] {
            Val::Missing | Val::Nil => warn(text(&a[0])),
            Val::Str(given) if given.is_empty() => warn(text(&a[0])),
            given => Ok(given.clone()),
        }),
        "fail" => (&[Str], None, |_, a| warn(text(&a[0]))),
        "lookup" => (&[Str, Str, Str, Str], None, |execution, a| {
            let [api_version, kind, namespace, name] = [0, 1, 2, 3].map(|at| text(&a[at]));
            execution.host.note("lookup");
            let lookup = execution.host.lookup;
            let found = if name.is_empty() {
                lookup.list(api_version, kind, namespace)
            } else {
                lookup.get(api_version, kind, namespace, name)
            };
            let found = found.map_err(ExecError::new)?;
            Ok(found.map_or_else(|| Val::dict([]), |object| Val::from(&object)))
        }),
        "getHostByName" => (&[Str], None, |_, _| string("")),
        "hello" => (&[], None, |_, _| string("Hello!")),
        _ => return None,
    };
    Some(entry)
}

fn warn(text: &str) -> Answer {
    refuse(format!("{WARN_START}{text}{WARN_END}"))
}
