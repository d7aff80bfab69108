//! URLs as Go's `net/url` reads them.

/// The scheme of a URL, or why it is none in the words of Go.
pub(crate) fn check_url(url: &str) -> Result<String, String> {
    let wrong = |problem: &str| format!("parse {url:?}: {problem}");
    if url.chars().any(|c| c.is_ascii_control()) {
        return Err(wrong("net/url: invalid control character in URL"));
    }
    let Some((scheme, rest)) = url.split_once("://") else {
        return Err(wrong("first path segment in URL cannot contain colon"));
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    if host.starts_with('[') && !host.contains(']') {
        return Err(wrong("missing ']' in host"));
    }
    let port = host.rsplit_once(']').map_or(host, |(_, port)| port);
    if let Some((_, port)) = port.split_once(':')
        && !port.chars().all(|c| c.is_ascii_digit())
    {
        return Err(wrong(&format!("invalid port {:?} after host", format!(":{port}"))));
    }
    if host.contains(' ') {
        return Err(wrong("invalid character \" \" in host name"));
    }
    Ok(scheme.to_owned())
}
