//! Fetching what a scenario declares of the world outside, once.
//!
//! Knows chart repositories, OCI registries and remote files by their URLs, and where the
//! scenario wants each of them. The only crate that reaches the network. Must not know
//! clusters, Flux, or how a scenario runs. Start at [`plan`] and [`fetch`].

mod charts;
mod error;
mod http;
mod oci;
mod plan;
mod remote;

pub use error::VendorError;
pub use plan::{Item, plan};

use registry::lock::{Entry, Lock, NAME, digest_of};

/// What came of one item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was fetched and locked.
    Fetched,
    /// It is there already, as its lock says.
    Kept,
}

/// Fetches one item into its place and locks it; what is there already is checked.
///
/// # Errors
/// If it cannot be fetched or written, or what is there differs from its lock.
pub fn fetch(item: &Item) -> Result<Outcome, VendorError> {
    if item.target.exists() {
        registry::lock::verify(&item.target).map_err(VendorError::Lock)?;
        return Ok(Outcome::Kept);
    }
    let folder = item.target.parent().map(std::path::Path::to_owned).unwrap_or_default();
    let failed = |cause| VendorError::Write { path: item.target.clone(), cause };
    std::fs::create_dir_all(&folder).map_err(failed)?;
    let client = http::Client::new();
    match &item.what {
        plan::What::Chart { url, name, version } if url.starts_with("oci://") => {
            let bytes = oci::chart(&client, url, name, version)?;
            std::fs::write(&item.target, bytes).map_err(failed)?;
        }
        plan::What::Chart { url, name, version } => {
            let bytes = charts::fetch(&client, url, name, version)?;
            std::fs::write(&item.target, bytes).map_err(failed)?;
        }
        plan::What::Artifact { url, tags } => oci::layout(&client, url, tags, &item.target)?,
        plan::What::Remote { url } => remote::fetch(&client, url, &item.target)?,
    }
    lock(item, &folder)?;
    Ok(Outcome::Fetched)
}

fn lock(item: &Item, folder: &std::path::Path) -> Result<(), VendorError> {
    let mut lock = Lock::of_folder(folder).map_err(VendorError::Lock)?;
    let digest = digest_of(&item.target).map_err(VendorError::Lock)?;
    let name = item.target.file_name().unwrap_or_default().to_string_lossy().into_owned();
    lock.0.insert(name, Entry { url: item.what.url().to_owned(), digest });
    let path = folder.join(NAME);
    std::fs::write(&path, lock.to_text()).map_err(|cause| VendorError::Write { path, cause })
}
