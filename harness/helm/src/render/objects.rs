//! The Go objects behind `.Capabilities` and `.Files`.

use std::any::Any;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use base64::Engine;
use regex::Regex;

use crate::capabilities::{Capabilities, KubeVersion};
use crate::error::ExecError;
use crate::functions::to_yaml;
use crate::go;
use crate::value::{Argument, Bytes, Native, Val};

/// `*common.Capabilities`
#[derive(Debug)]
pub(super) struct CapabilitiesObject(pub(super) Arc<Capabilities>);

impl Native for CapabilitiesObject {
    fn type_name(&self) -> &'static str {
        "*common.Capabilities"
    }

    fn kind(&self) -> &'static str {
        "ptr"
    }

    fn field(&self, name: &str) -> Option<Val> {
        let capabilities = &self.0;
        Some(match name {
            "KubeVersion" => native(KubeVersionObject(capabilities.kube_version.clone())),
            "APIVersions" => native(VersionSet(capabilities.clone())),
            "HelmVersion" => native(BuildInfo(capabilities.helm_version.clone())),
            _ => return None,
        })
    }

    fn plain(&self) -> Val {
        let fields = ["APIVersions", "HelmVersion", "KubeVersion"];
        let fields = fields.map(|name| (name.into(), self.field(name).unwrap_or(Val::Nil)));
        Val::dict(fields)
    }

    fn ordered(&self) -> Option<Vec<(&'static str, Val)>> {
        let fields = ["KubeVersion", "APIVersions", "HelmVersion"];
        Some(fields.map(|name| (name, self.field(name).unwrap_or(Val::Nil))).into())
    }

    fn print(&self) -> String {
        let fields = ["KubeVersion", "APIVersions", "HelmVersion"];
        let shown = fields.map(|name| go::print(&self.field(name).unwrap_or(Val::Nil)));
        format!("&{{{}}}", shown.join(" "))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn native(object: impl Native + 'static) -> Val {
    Val::Native(Rc::new(object))
}

#[derive(Debug)]
struct KubeVersionObject(KubeVersion);

impl Native for KubeVersionObject {
    fn type_name(&self) -> &'static str {
        "common.KubeVersion"
    }

    fn field(&self, name: &str) -> Option<Val> {
        let version = &self.0;
        Some(Val::Str(match name {
            "Version" => version.full.clone(),
            "Major" => version.major.clone(),
            "Minor" => version.minor.clone(),
            _ => return None,
        }))
    }

    fn method(&self, name: &str) -> Option<&'static [Argument]> {
        matches!(name, "String" | "GitVersion").then_some(&[])
    }

    fn call(&self, name: &str, _: &[Val]) -> Result<Val, ExecError> {
        let version = &self.0;
        Ok(Val::Str(if name == "String" { version.normal.clone() } else { version.full.clone() }))
    }

    fn plain(&self) -> Val {
        let fields = ["Version", "Major", "Minor"];
        Val::dict(fields.map(|name| (name.into(), self.field(name).unwrap_or(Val::Nil))))
    }

    fn ordered(&self) -> Option<Vec<(&'static str, Val)>> {
        let fields = ["Version", "Major", "Minor"];
        Some(fields.map(|name| (name, self.field(name).unwrap_or(Val::Nil))).into())
    }

    fn print(&self) -> String {
        let KubeVersion { full, normal, major, minor } = &self.0;
        format!("{{{full} {normal} {major} {minor}}}")
    }

    fn print_directly(&self) -> String {
        self.0.normal.to_string()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

#[derive(Debug)]
struct VersionSet(Arc<Capabilities>);

impl Native for VersionSet {
    fn type_name(&self) -> &'static str {
        "common.VersionSet"
    }

    fn kind(&self) -> &'static str {
        "slice"
    }

    fn method(&self, name: &str) -> Option<&'static [Argument]> {
        (name == "Has").then_some(&[Argument::Text])
    }

    fn call(&self, _: &str, arguments: &[Val]) -> Result<Val, ExecError> {
        let wanted = arguments.first().and_then(Val::as_str);
        Ok(Val::Bool(wanted.is_some_and(|wanted| self.0.api_versions.contains(wanted))))
    }

    fn plain(&self) -> Val {
        Val::strings(self.0.api_versions.iter().cloned())
    }

    fn print(&self) -> String {
        go::print(&self.plain())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

#[derive(Debug)]
struct BuildInfo(Arc<str>);

impl BuildInfo {
    /// Fields with their names in JSON.
    fn fields(&self) -> [(&'static str, &'static str, Arc<str>); 5] {
        [
            ("Version", "version", self.0.clone()),
            ("GitCommit", "git_commit", "".into()),
            ("GitTreeState", "git_tree_state", "clean".into()),
            ("GoVersion", "go_version", "go1.27".into()),
            ("KubeClientVersion", "kube_client_version", "v1.37".into()),
        ]
    }
}

impl Native for BuildInfo {
    fn type_name(&self) -> &'static str {
        "version.BuildInfo"
    }

    fn field(&self, name: &str) -> Option<Val> {
        let fields = self.fields();
        fields.into_iter().find(|(known, ..)| *known == name).map(|(_, _, text)| Val::Str(text))
    }

    fn plain(&self) -> Val {
        let fields = self.fields().into_iter().filter(|(.., text)| !text.is_empty());
        Val::dict(fields.map(|(_, name, text)| (name.into(), Val::Str(text))))
    }

    fn ordered(&self) -> Option<Vec<(&'static str, Val)>> {
        let fields = self.fields().into_iter().filter(|(.., text)| !text.is_empty());
        Some(fields.map(|(_, name, text)| (name, Val::Str(text))).collect())
    }

    fn print(&self) -> String {
        let fields = self.fields().map(|(.., text)| text.to_string());
        format!("{{{}}}", fields.join(" "))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// `engine.files`: the files of a chart.
#[derive(Debug)]
pub(super) struct Files(pub(super) BTreeMap<Arc<str>, Arc<[u8]>>);

impl Files {
    fn get(&self, name: &str) -> &[u8] {
        self.0.get(name).map_or(&[], |bytes| bytes)
    }

    fn glob(&self, pattern: &str) -> Self {
        let matches = glob(pattern);
        let kept =
            self.0.iter().filter(|(name, _)| matches.as_ref().is_none_or(|m| m.is_match(name)));
        Self(kept.map(|(name, bytes)| (name.clone(), bytes.clone())).collect())
    }

    /// The files as one YAML map by the last part of their paths.
    fn yaml(&self, show: impl Fn(&[u8]) -> String) -> Val {
        let entries =
            self.0.iter().map(|(path, bytes)| (Arc::from(go::base(path)), Val::str(show(bytes))));
        Val::str(to_yaml(&Val::dict(entries)))
    }

    fn lines(&self, name: &str) -> Val {
        let text = go::text_of_bytes(self.get(name));
        if text.is_empty() {
            return Val::strings(Vec::<String>::new());
        }
        Val::strings(text.strip_suffix('\n').unwrap_or(&text).split('\n'))
    }
}

impl Native for Files {
    fn type_name(&self) -> &'static str {
        "engine.files"
    }

    fn kind(&self) -> &'static str {
        "map"
    }

    fn method(&self, name: &str) -> Option<&'static [Argument]> {
        match name {
            "Get" | "GetBytes" | "Glob" | "Lines" => Some(&[Argument::Text]),
            "AsConfig" | "AsSecrets" => Some(&[]),
            _ => None,
        }
    }

    fn field(&self, name: &str) -> Option<Val> {
        Some(native(Bytes(self.0.get(name).cloned().unwrap_or_else(|| Arc::from([])))))
    }

    fn call(&self, name: &str, arguments: &[Val]) -> Result<Val, ExecError> {
        let text = arguments.first().and_then(Val::as_str).map_or("", |text| text);
        Ok(match name {
            "Get" => Val::str(go::text_of_bytes(self.get(text)).into_owned()),
            "GetBytes" => native(Bytes(self.get(text).into())),
            "Glob" => native(self.glob(text)),
            "Lines" => self.lines(text),
            "AsConfig" => self.yaml(|bytes| go::text_of_bytes(bytes).into_owned()),
            _ => self.yaml(|bytes| base64::engine::general_purpose::STANDARD.encode(bytes)),
        })
    }

    fn plain(&self) -> Val {
        Val::dict(self.0.iter().map(|(name, bytes)| (name.clone(), native(Bytes(bytes.clone())))))
    }

    fn print(&self) -> String {
        go::print(&self.plain())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// A pattern of `gobwas/glob` with `/` between parts; `None`, which matches all, for a broken one.
fn glob(pattern: &str) -> Option<Regex> {
    let mut out = String::from("^(?s:");
    let mut chars = pattern.chars().peekable();
    let mut depth = 0;
    while let Some(c) = chars.next() {
        match c {
            '*' if chars.next_if_eq(&'*').is_some() => {
                while chars.next_if_eq(&'*').is_some() {}
                out.push_str(".*");
            }
            '*' => out.push_str("[^/]*"),
            '?' => out.push_str("[^/]"),
            '[' => {
                out.push('[');
                if chars.next_if_eq(&'!').is_some() {
                    out.push('^');
                }
                for c in chars.by_ref() {
                    if c == ']' {
                        out.push(']');
                        break;
                    }
                    if matches!(c, '\\' | '[' | '^' | '&' | '~') {
                        out.push('\\');
                    }
                    out.push(c);
                }
            }
            '{' => {
                depth += 1;
                out.push_str("(?:");
            }
            '}' if depth > 0 => {
                depth -= 1;
                out.push(')');
            }
            ',' if depth > 0 => out.push('|'),
            '\\' => out.push_str(&regex::escape(&chars.next()?.to_string())),
            c => out.push_str(&regex::escape(&c.to_string())),
        }
    }
    out.push_str(")$");
    Regex::new(&out).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_the_files_that_gobwas_glob_matches() {
        for (pattern, path, matched) in [
            ("config/*", "config/a.yaml", true),
            ("config/*", "config/x/a.yaml", false),
            ("config/**", "config/x/a.yaml", true),
            ("**.yaml", "x/y.yaml", true),
            ("*.{yaml,yml}", "a.yml", true),
            ("file[0-9].txt", "file7.txt", true),
            ("file[!0-9].txt", "file7.txt", false),
            ("a?c", "abc", true),
            ("a?c", "a/c", false),
            ("a.c", "abc", false),
        ] {
            let found = glob(pattern).is_some_and(|glob| glob.is_match(path));
            assert_eq!(found, matched, "{pattern} {path}");
        }
    }
}
