//! What lies outside the repositories: charts, OCI artifacts and image tags, by URL.

use crate::record::record;
use crate::scalar::{Entries, Many};

record! {
    /// A chart that a URL serves. Its short form is a folder that holds the chart, or
    /// one chart in each of its folders, or packed charts; or an `index.yaml` as it was
    /// saved, with the archives it names beside it. Under `oci://…` the version is the tag,
    /// and the URL ends with the chart's name or gets it.
    pub struct Chart {
        /// The folder or the packed chart, relative to the scenario file.
        "from" from: String,
        /// The version to serve it as, where it is not the chart's own.
        "version" version: Option<String>,
        /// More versions of the same chart.
        "versions" versions: Many<String>,
    }
    short String = |from| Self { from, ..Self::default() };
}

record! {
    /// An OCI artifact that a URL serves. Its short form is the folder it holds, a packed
    /// layer, or an OCI layout. The folder under `s3://HOST/NAME` is a bucket.
    pub struct Artifact {
        /// The folder, relative to the scenario file.
        "from" from: String,
        /// Its tags; `latest` without them.
        "tags" tags: Many<String>,
        /// Annotations of the manifest, such as `org.opencontainers.image.revision`.
        "annotations" annotations: Entries<String, String>,
    }
    short String = |from| Self { from, ..Self::default() };
}

record! {
    /// The tags of an image repository. Its short form is the list of tags.
    pub struct ImageTags {
        /// The tags.
        "tags" tags: Many<String>,
        /// Whether pulling any other tag fails.
        "only" only: bool,
    }
    short Many<String> = |tags| Self { tags, ..Self::default() };
}
