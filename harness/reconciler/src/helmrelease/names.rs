//! Names that Helm has room for (fluxcd/helm-controller: internal/release/name).

use sha2::{Digest, Sha256};

const LONGEST: usize = 53;
const HEAD: usize = 40;
const HASH: usize = 6;

/// A release name as it is stored: long ones end in a hash.
pub(super) fn shorten(name: &str) -> String {
    if name.len() <= LONGEST {
        return name.to_owned();
    }
    let hash = Sha256::digest(name.as_bytes());
    let hex: String = hash.iter().take(HASH).map(|byte| format!("{byte:02x}")).collect();
    let head: String = name.chars().take(HEAD).collect();
    format!("{head}-{hex}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_end_in_a_hash() {
        assert_eq!(shorten("app"), "app");
        let long = "release-name-with-very-long-name-which-is-longer-than-53-characters";
        assert_eq!(shorten(long), "release-name-with-very-long-name-which-i-788ca0d0d7b0");
    }
}
