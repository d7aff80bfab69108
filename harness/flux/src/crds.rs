//! Flux's CustomResourceDefinitions by release.
//!
//! The files under `data/` are made by `examples/pack_crds.rs` from the CRDs of the
//! controllers' own releases, without descriptions. Start at [`crds`].

use std::io::Read;
use std::sync::LazyLock;

use objects::{Object, Value};

use crate::Release;

type Pack = LazyLock<Vec<Object>>;

macro_rules! packs {
    ($(($major:literal, $minor:literal, $file:literal)),* $(,)?) => {
        [$((($major, $minor), {
            static PACK: Pack = LazyLock::new(|| unpack(include_bytes!(concat!("../data/", $file))));
            &PACK
        })),*]
    };
}

/// The CRDs that a release installs. Between two releases whose data is known, the older one's.
#[must_use]
pub fn crds(release: Release) -> Vec<Object> {
    let known: [((u16, u16), &'static Pack); 11] = packs![
        (0, 13, "0.13.json.gz"),
        (0, 27, "0.27.json.gz"),
        (0, 31, "0.31.json.gz"),
        (0, 41, "0.41.json.gz"),
        (2, 0, "2.0.json.gz"),
        (2, 2, "2.2.json.gz"),
        (2, 4, "2.4.json.gz"),
        (2, 6, "2.6.json.gz"),
        (2, 7, "2.7.json.gz"),
        (2, 8, "2.8.json.gz"),
        (2, 9, "2.9.json.gz"),
    ];
    let fits =
        |(major, minor): (u16, u16)| Release::new(major, minor).is_ok_and(|known| known <= release);
    let found = known.iter().rev().find(|(version, _)| fits(*version));
    found.map(|(_, pack)| pack.to_vec()).unwrap_or_default()
}

fn unpack(packed: &[u8]) -> Vec<Object> {
    let mut text = Vec::new();
    let read = flate2::read::GzDecoder::new(packed).read_to_end(&mut text);
    let value =
        if read.is_ok() { objects::from_json(&text).unwrap_or_default() } else { Value::Null };
    value.as_list().unwrap_or_default().iter().cloned().map(Object).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_release_brings_its_kinds_in_its_versions() {
        let served = |release: &str, kind: &str| {
            let crds = crds(release.parse().unwrap());
            let crd = crds.iter().find(|crd| crd.str_at(&["spec", "names", "kind"]) == Some(kind));
            let versions = crd.map(|crd| crd.list_at(&["spec", "versions"]).to_vec());
            let names = versions.unwrap_or_default();
            names.iter().filter_map(|v| v.str_at(&["name"]).map(str::to_owned)).collect::<Vec<_>>()
        };
        assert_eq!(served("0.13", "Kustomization"), ["v1beta1"]);
        assert_eq!(served("2.9", "Kustomization"), ["v1"]);
        assert_eq!(served("2.5", "Kustomization"), served("2.4", "Kustomization"));
        assert_eq!(served("0.13", "OCIRepository"), [""; 0]);
        for release in
            ["0.13", "0.27", "0.31", "0.41", "2.0", "2.2", "2.4", "2.6", "2.7", "2.8", "2.9"]
        {
            assert!(crds(release.parse().unwrap()).len() >= 12, "{release}");
        }
    }
}
