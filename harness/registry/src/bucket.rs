//! Buckets of an object store.

use std::sync::Arc;

use tree::Tree;

use crate::hex::md5;

/// One object of a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketObject {
    /// Its key.
    pub key: String,
    /// Its entity tag: the MD5 of its bytes.
    pub etag: String,
    /// Its bytes.
    pub contents: Arc<[u8]>,
}

/// The objects that files give.
pub(crate) fn objects_of(files: &Tree) -> Vec<BucketObject> {
    let object = |(path, file): (&tree::TreePath, &tree::File)| BucketObject {
        key: path.as_str().to_owned(),
        etag: md5(&file.contents),
        contents: file.contents.clone(),
    };
    files.iter().map(object).collect()
}
