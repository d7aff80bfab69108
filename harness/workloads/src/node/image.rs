//! Names of images: `[host[:port]/]path[:tag][@digest]`.
//!
//! Rules from distribution/reference; words from kubernetes: `pkg/kubelet/images`.
//! Start at [`invalid`].

use objects::Object;

/// What the kubelet says of the first image of a pod whose name is none.
pub(super) fn invalid(pod: &Object) -> Option<String> {
    let lists = ["initContainers", "containers"].into_iter();
    let containers = lists.flat_map(|list| pod.list_at(&["spec", list]));
    let mut images = containers.filter_map(|one| one.str_at(&["image"]));
    images.find_map(|image| {
        let why = problem(image)?;
        Some(format!(
            "Failed to apply default image tag \"{image}\": couldn't parse image name \"{image}\": {why}"
        ))
    })
}

fn problem(image: &str) -> Option<&'static str> {
    const FORMAT: &str = "invalid reference format";
    let (rest, digest) = match image.split_once('@') {
        Some((rest, digest)) => (rest, Some(digest)),
        None => (image, None),
    };
    if digest.is_some_and(|digest| !is_digest(digest)) {
        return Some(FORMAT);
    }
    let slash = rest.rfind('/').map_or(0, |at| at + 1);
    let (name, tag) = match rest[slash..].find(':') {
        Some(at) => (&rest[..slash + at], Some(&rest[slash + at + 1..])),
        None => (rest, None),
    };
    if tag.is_some_and(|tag| !is_tag(tag)) {
        return Some(FORMAT);
    }
    let path = match name.split_once('/') {
        Some((host, path)) if is_host(host) => path,
        _ => name,
    };
    if path.split('/').all(is_component) {
        return None;
    }
    let lower = path.to_lowercase();
    let only_case = lower != path && lower.split('/').all(is_component);
    Some(if only_case {
        "invalid reference format: repository name must be lowercase"
    } else {
        FORMAT
    })
}

fn is_host(text: &str) -> bool {
    text.contains(['.', ':']) || text == "localhost" || text.to_lowercase() != text
}

/// Small letters and digits, parted by `.`, `_`, `__` or any number of `-`.
fn is_component(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let parts: Vec<&str> = text.split(plain).filter(|part| !part.is_empty()).collect();
    text.starts_with(plain)
        && text.ends_with(plain)
        && parts
            .iter()
            .all(|part| [".", "_", "__"].contains(part) || part.chars().all(|letter| letter == '-'))
}

fn is_tag(text: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.starts_with(word)
        && text.len() <= 128
        && text.chars().all(|c| word(c) || c == '.' || c == '-')
}

fn is_digest(text: &str) -> bool {
    let Some((algorithm, hex)) = text.split_once(':') else { return false };
    let length = match algorithm {
        "sha256" => hex.len() == 64,
        "sha512" => hex.len() == 128,
        _ => hex.len() >= 32,
    };
    length
        && algorithm.starts_with(|c: char| c.is_ascii_alphabetic())
        && hex.chars().all(|c| c.is_ascii_digit() || ('a'..='f').contains(&c))
}

#[cfg(test)]
mod tests {
    use super::problem;

    #[test]
    fn names_of_images_are_read_as_registries_read_them() {
        let digest = "a".repeat(64);
        for (image, is_valid) in [
            ("redis", true),
            ("docker.io/library/redis:7.4", true),
            ("localhost:5000/a__b/c-d--e:1_2.3-4", true),
            (&format!("redis:7@sha256:{digest}"), true),
            (&format!("redis@{digest}"), false),
            ("redis@sha256:ab", false),
            ("Redis", false),
            ("ghcr.io/Org/app:1", false),
            ("redis:", false),
            ("redis:-1", false),
            ("a//b", false),
            ("", false),
        ] {
            assert_eq!(problem(image).is_none(), is_valid, "{image}");
        }
    }
}
