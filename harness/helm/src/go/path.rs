//! Go's `path`: cleaning, and the parts of a path.

/// `path.Clean`
pub(crate) fn clean_path(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    match (rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}

/// `path.Base`
pub(crate) fn base(path: &str) -> &str {
    if path.is_empty() {
        return ".";
    }
    let path = path.trim_end_matches('/');
    if path.is_empty() { "/" } else { path.rsplit('/').next().unwrap_or(path) }
}

/// `path.Dir`
pub(crate) fn dir(path: &str) -> String {
    clean_path(path.rfind('/').map_or("", |at| &path[..=at]))
}

/// `path.Ext`
pub(crate) fn ext(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rfind('.').map_or("", |at| &name[at..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_taken_apart_as_in_go() {
        for (path, clean, base_name, folder, extension) in [
            ("a/b/../c.tar.gz", "a/c.tar.gz", "c.tar.gz", "a", ".gz"),
            ("/a//b/", "/a/b", "b", "/a/b", ""),
            ("", ".", ".", ".", ""),
            ("/", "/", "/", "/", ""),
            ("../../x", "../../x", "x", "../..", ""),
            ("/../x", "/x", "x", "/", ""),
        ] {
            let found = (clean_path(path), base(path), dir(path), ext(path));
            assert_eq!(found, (clean.into(), base_name, folder.into(), extension), "{path}");
        }
    }
}
