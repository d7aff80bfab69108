//! Which revision an object should carry: that of its source's branch.

use objects::{Object, ObjectId};

use crate::place::Place;

/// What an object should carry, and what it carries.
pub(crate) struct Revisions {
    /// Full commit id, or the revision of a source that is no branch; empty where unknown.
    pub(crate) wanted: String,
    /// What stands in its status; empty where nothing does.
    pub(crate) found: String,
}

impl Revisions {
    /// Whether the object carries what it should.
    pub(crate) fn agree(&self) -> bool {
        self.wanted.is_empty() || self.found.contains(&self.wanted)
    }
}

/// The revision that an object carries: its artifact's, or what it applied last.
pub(crate) fn carried(object: &Object) -> &str {
    let artifact = object.str_at(&["status", "artifact", "revision"]);
    let applied = object.str_at(&["status", "lastAppliedRevision"]);
    artifact.or(applied).unwrap_or_default()
}

/// Revisions of a source or a Kustomization; `None` for kinds without.
pub(crate) fn of(place: &Place<'_>, object: &Object) -> Option<Revisions> {
    let gvk = object.gvk();
    let wanted = match (gvk.group.as_str(), gvk.kind.as_str()) {
        ("source.toolkit.fluxcd.io", "GitRepository") => head_of(place, object),
        ("kustomize.toolkit.fluxcd.io", "Kustomization") => source_revision(place, object),
        _ => return None,
    };
    Some(Revisions { wanted: wanted.unwrap_or_default(), found: carried(object).to_owned() })
}

/// Commit that a GitRepository should have fetched; `None` where it is not known.
fn head_of(place: &Place<'_>, source: &Object) -> Option<String> {
    if source.bool_at(&["spec", "suspend"]) == Some(true) {
        return Some(carried(source).to_owned());
    }
    let at = |key| source.str_at(&["spec", "ref", key]).filter(|text| !text.is_empty());
    if let Some(commit) = at("commit") {
        return Some(commit.to_owned());
    }
    if at("semver").is_some() {
        return None;
    }
    let repository = place.git.repository_of(source.str_at(&["spec", "url"])?)?;
    let name = at("name")
        .map(|name| name.trim_start_matches("refs/heads/").trim_start_matches("refs/tags/"));
    let reference = name.or(at("tag")).or(at("branch")).unwrap_or("master");
    place.git.head(&repository, reference)
}

/// Revision that a Kustomization should have applied: its source's.
fn source_revision(place: &Place<'_>, kustomization: &Object) -> Option<String> {
    if kustomization.bool_at(&["spec", "suspend"]) == Some(true) {
        return None;
    }
    let source = source_of(place, kustomization)?;
    match source.kind() {
        "GitRepository" => head_of(place, source),
        _ => Some(carried(source).to_owned()),
    }
}

/// The source that an object names.
pub(crate) fn source_of<'a>(place: &Place<'a>, object: &Object) -> Option<&'a Object> {
    let reference = object.at(&["spec", "sourceRef"])?;
    let namespace = reference.str_at(&["namespace"]).unwrap_or_else(|| object.namespace());
    find(place, reference.str_at(&["kind"])?, namespace, reference.str_at(&["name"])?)
}

/// A Flux object by kind, namespace and name.
pub(crate) fn find<'a>(
    place: &Place<'a>,
    kind: &str,
    namespace: &str,
    name: &str,
) -> Option<&'a Object> {
    let view = place.view;
    let group = match kind {
        "Kustomization" => "kustomize.toolkit.fluxcd.io",
        "HelmRelease" => "helm.toolkit.fluxcd.io",
        _ => "source.toolkit.fluxcd.io",
    };
    let kind = objects::GroupKind { group: group.to_owned(), kind: kind.to_owned() };
    view.objects.get(&ObjectId { kind, namespace: namespace.to_owned(), name: name.to_owned() })
}
