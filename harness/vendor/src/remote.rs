//! Remote bases of kustomizations: files over HTTP, and repositories of GitHub at a ref.

use std::path::Path;

use tree::TreePath;
use tree::archive::{Limits, unpack};

use crate::VendorError;
use crate::http::{Client, wrong};

/// Fetches a file, or the folder of a repository that a URL means.
pub(crate) fn fetch(client: &Client, url: &str, target: &Path) -> Result<(), VendorError> {
    let Some(archive) = Archive::of(url) else {
        let is_file = url.ends_with(".yaml") || url.ends_with(".yml") || url.ends_with(".json");
        if !is_file {
            return Err(VendorError::Unclear {
                url: url.to_owned(),
                target: target.display().to_string(),
                problem: "only files and repositories of github.com are fetched: clone it there",
            });
        }
        let bytes = client.get(url, "*/*")?;
        return write(target, &bytes);
    };
    let bytes = client.get(&archive.url, "*/*")?;
    let files = unpack(&bytes, Limits::default())
        .map_err(|cause| wrong(&archive.url, &cause.to_string()))?;
    let root = files.iter().find_map(|(path, _)| path.parts().next().map(str::to_owned));
    let folder = format!("{}/{}", root.unwrap_or_default(), archive.folder);
    let folder = TreePath::new(&folder).map_err(|cause| wrong(&archive.url, &cause.to_string()))?;
    let inside = files.subtree(&folder);
    if inside.iter().next().is_none() {
        return Err(wrong(&archive.url, &format!("it has no folder {}", archive.folder)));
    }
    for (path, file) in inside.iter() {
        write(&target.join(path.as_str()), &file.contents)?;
    }
    Ok(())
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), VendorError> {
    let made = path.parent().map_or(Ok(()), std::fs::create_dir_all);
    made.and_then(|()| std::fs::write(path, bytes))
        .map_err(|cause| VendorError::Write { path: path.to_owned(), cause })
}

/// A repository of GitHub at a ref, as one archive, and the folder that is meant.
#[derive(Debug, PartialEq, Eq)]
struct Archive {
    url: String,
    folder: String,
}

impl Archive {
    fn of(url: &str) -> Option<Self> {
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
        let rest = rest.strip_prefix("github.com/")?;
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let wanted = query
            .split('&')
            .find_map(|pair| pair.strip_prefix("ref=").or_else(|| pair.strip_prefix("version=")));
        let wanted = wanted.unwrap_or("HEAD");
        let (repository, folder) = match place.split_once("//") {
            Some((repository, folder)) => (repository.to_owned(), folder.to_owned()),
            None => {
                let mut parts = place.splitn(3, '/');
                let repository = format!("{}/{}", parts.next()?, parts.next()?);
                (repository, parts.next().unwrap_or_default().to_owned())
            }
        };
        let repository = repository.trim_end_matches(".git");
        let url = format!("https://codeload.github.com/{repository}/tar.gz/{wanted}");
        Some(Self { url, folder })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bases_on_github_are_one_archive_at_a_ref() {
        let of = |url: &str| Archive::of(url).map(|archive| (archive.url, archive.folder));
        let archive = |rest: &str| format!("https://codeload.github.com/{rest}");
        for (url, expected) in [
            (
                "https://github.com/org/repo//base?ref=v1",
                Some((archive("org/repo/tar.gz/v1"), "base")),
            ),
            (
                "github.com/org/repo/deep/base?ref=main",
                Some((archive("org/repo/tar.gz/main"), "deep/base")),
            ),
            ("https://github.com/org/repo.git", Some((archive("org/repo/tar.gz/HEAD"), ""))),
            ("https://example.com/a.yaml", None),
        ] {
            assert_eq!(of(url), expected.map(|(url, folder)| (url, folder.to_owned())), "{url}");
        }
    }
}
