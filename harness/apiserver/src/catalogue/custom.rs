//! What a CustomResourceDefinition makes served.

use std::cmp::Ordering;
use std::sync::Arc;

use objects::{Gvk, Object, Value};
use schema::crd::CustomVersion;

use super::{Kind, Rules, Sub};

/// Where the scale subresource finds its numbers: paths without the leading dot, split.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ScalePaths {
    pub(crate) spec: Vec<String>,
    pub(crate) status: Vec<String>,
    pub(crate) selector: Option<Vec<String>>,
}

/// An additional printer column.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) format: String,
    pub(crate) description: String,
    pub(crate) priority: i64,
    pub(crate) path: String,
}

/// What only custom kinds have.
#[derive(Debug, Clone)]
pub(crate) struct Custom {
    /// Name of the definition.
    pub(crate) definition: String,
    pub(crate) scale: Option<ScalePaths>,
    pub(crate) columns: Vec<Column>,
    pub(crate) selectable: Vec<String>,
    /// The warning that every call of a deprecated version gets.
    pub(crate) deprecation: Option<String>,
    /// Objects that were stored after this revision have the definition's present form and defaults.
    pub(crate) since: u64,
    /// The definition is being deleted: no new objects.
    pub(crate) terminating: bool,
    /// `openAPIV3Schema` of the version.
    pub(crate) schema: Value,
    /// The treatment of its objects.
    pub(crate) version: CustomVersion,
    /// The treatment of what is stored: its defaults are those of every read.
    pub(crate) stored: CustomVersion,
}

/// The kinds that an accepted definition serves, one a served version.
/// `since` is the revision from which they do.
pub(crate) fn custom_kinds(definition: &Object, since: u64) -> Vec<Kind> {
    let group = definition.str_at(&["spec", "group"]).unwrap_or_default();
    let versions = definition.list_at(&["spec", "versions"]);
    let stored = versions.iter().find(|v| v.bool_at(&["storage"]) == Some(true));
    let stored = stored.and_then(|v| v.str_at(&["name"])).unwrap_or_default();
    let stored: Arc<str> = format!("{group}/{stored}").into();
    let served = versions.iter().filter(|version| version.bool_at(&["served"]) == Some(true));
    served.filter_map(|version| one(definition, version, &stored, since)).collect()
}

fn one(definition: &Object, version: &Value, stored: &Arc<str>, since: u64) -> Option<Kind> {
    let text = |path: &[&str]| definition.str_at(path).unwrap_or_default().to_owned();
    let names = |path: &[&str]| -> Vec<Arc<str>> {
        definition.list_at(path).iter().filter_map(Value::as_str).map(Into::into).collect()
    };
    let empty = Value::from([("type", "object")]);
    let schema = version.at(&["schema", "openAPIV3Schema"]).unwrap_or(&empty);
    let name = version.str_at(&["name"])?;
    let compiled = CustomVersion::compile(definition, name)?;
    let stored_name = stored.rsplit('/').next().unwrap_or_default();
    let stored_version = CustomVersion::compile(definition, stored_name);
    let group = text(&["spec", "group"]);
    let gvk = Gvk::new(&group, name, &text(&["status", "acceptedNames", "kind"]));
    let verbs = ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"];
    let scale = version.at(&["subresources", "scale"]).map(scale_paths);
    let custom = Custom {
        definition: definition.name().to_owned(),
        scale: scale.clone(),
        columns: version.list_at(&["additionalPrinterColumns"]).iter().map(column).collect(),
        selectable: version
            .list_at(&["selectableFields"])
            .iter()
            .filter_map(|field| field.str_at(&["jsonPath"]))
            .map(|path| path.trim_start_matches('.').to_owned())
            .collect(),
        deprecation: deprecation(definition, version, &gvk),
        since,
        terminating: definition.is_deleting(),
        schema: schema.clone(),
        stored: stored_version.unwrap_or_else(|| compiled.clone()),
        version: compiled,
    };
    Some(Kind {
        api_version: gvk.api_version().into(),
        store: gvk.group_kind(),
        plural: text(&["status", "acceptedNames", "plural"]).as_str().into(),
        singular: text(&["status", "acceptedNames", "singular"]),
        list_kind: text(&["status", "acceptedNames", "listKind"]),
        short_names: names(&["status", "acceptedNames", "shortNames"]),
        categories: names(&["status", "acceptedNames", "categories"]),
        namespaced: definition.str_at(&["spec", "scope"]) == Some("Namespaced"),
        verbs: verbs.map(Arc::from).to_vec(),
        subs: subs(version, &gvk, scale.is_some()),
        storage_hash: "hash".to_owned(),
        storage_version: stored.clone(),
        preferred: false,
        shape: custom.version.shape().clone(),
        rules: Rules::CUSTOM,
        custom: Some(Arc::new(custom)),
        gvk,
    })
}

fn subs(version: &Value, gvk: &Gvk, scale: bool) -> Vec<Sub> {
    let verbs = || ["get", "patch", "update"].map(Arc::from).to_vec();
    let mut subs = Vec::new();
    if version.at(&["subresources", "status"]).is_some() {
        subs.push(Sub { name: "status".to_owned(), kind: gvk.clone(), verbs: verbs() });
    }
    if scale {
        let kind = Gvk::new("autoscaling", "v1", "Scale");
        subs.push(Sub { name: "scale".to_owned(), kind, verbs: verbs() });
    }
    subs
}

fn scale_paths(scale: &Value) -> ScalePaths {
    let path = |key: &str| -> Option<Vec<String>> {
        let text = scale.str_at(&[key]).filter(|text| !text.is_empty())?;
        Some(text.trim_start_matches('.').split('.').map(str::to_owned).collect())
    };
    ScalePaths {
        spec: path("specReplicasPath").unwrap_or_default(),
        status: path("statusReplicasPath").unwrap_or_default(),
        selector: path("labelSelectorPath"),
    }
}

fn column(column: &Value) -> Column {
    let text = |key: &str| column.str_at(&[key]).unwrap_or_default().to_owned();
    Column {
        name: text("name"),
        kind: text("type"),
        format: text("format"),
        description: text("description"),
        priority: column.int_at(&["priority"]).unwrap_or(0),
        path: text("jsonPath"),
    }
}

fn deprecation(definition: &Object, version: &Value, gvk: &Gvk) -> Option<String> {
    version.bool_at(&["deprecated"]).filter(|deprecated| *deprecated)?;
    let own = version.str_at(&["deprecationWarning"]).map(str::to_owned);
    let fresh = definition.list_at(&["spec", "versions"]).iter().filter(|other| {
        other.bool_at(&["served"]) == Some(true) && other.bool_at(&["deprecated"]) != Some(true)
    });
    let mut fresh: Vec<&str> = fresh.filter_map(|other| other.str_at(&["name"])).collect();
    fresh.sort_by(|a, b| version_order(a, b));
    let better = fresh.first().filter(|name| version_order(name, &gvk.version) == Ordering::Less);
    let frame = format!("{} {} is deprecated", gvk.api_version(), gvk.kind);
    Some(own.unwrap_or_else(|| match better {
        Some(better) => format!("{frame}; use {}/{better} {}", gvk.group, gvk.kind),
        None => frame,
    }))
}

/// Stable versions first, newer before older, then what is no version by name.
pub(crate) fn version_order(a: &str, b: &str) -> Ordering {
    match (parsed(a), parsed(b)) {
        (Some(a), Some(b)) => b.cmp(&a),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => a.cmp(b),
    }
}

/// Stability, major and minor of `v1`, `v1beta2`, `v1alpha1`.
fn parsed(version: &str) -> Option<(u8, u64, u64)> {
    let rest = version.strip_prefix('v')?;
    let digits = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
    let major = rest[..digits].parse().ok()?;
    let rest = &rest[digits..];
    if rest.is_empty() {
        return Some((2, major, 0));
    }
    let (level, number) = match rest.strip_prefix("beta") {
        Some(number) => (1, number),
        None => (0, rest.strip_prefix("alpha")?),
    };
    Some((level, major, number.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_stand_by_stability_then_by_number() {
        let mut versions = ["v1alpha1", "foo", "v1", "v10", "v2beta1", "v2", "v1beta2"];
        versions.sort_by(|a, b| version_order(a, b));
        assert_eq!(versions, ["v10", "v2", "v1", "v2beta1", "v1beta2", "v1alpha1", "foo"]);
    }
}
