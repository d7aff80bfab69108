//! The fields of a chart in the order in which Helm writes them.
//!
//! One rule: the order of Go's structs, since digests and sizes rest on every byte.
//! Start at [`METADATA`].

/// The fields of a chart's metadata in the order of Go's struct (helm/helm: chart/v2/metadata).
pub(crate) const METADATA: [&str; 17] = [
    "name",
    "home",
    "sources",
    "version",
    "description",
    "keywords",
    "maintainers",
    "icon",
    "apiVersion",
    "condition",
    "tags",
    "appVersion",
    "deprecated",
    "annotations",
    "kubeVersion",
    "dependencies",
    "type",
];
/// The fields of a maintainer (helm/helm: chart/v2/metadata).
pub(crate) const MAINTAINER: [&str; 3] = ["name", "email", "url"];
