//! The formats of encrypted files, and the marks they are known by.
//!
//! Rules from fluxcd/kustomize-controller: internal/decryptor.

/// A format of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Anything, wrapped in JSON while it is encrypted.
    Binary,
    /// Lines of `KEY=value`.
    Dotenv,
    /// Sections of keys.
    Ini,
    /// JSON.
    Json,
    /// YAML.
    Yaml,
}

impl Format {
    /// The format that a path or key ends in; binary where it says nothing.
    #[must_use]
    pub fn of_path(path: &str) -> Self {
        let ends = |suffix: &str| path.ends_with(suffix);
        match () {
            () if ends(".yaml") || ends(".yml") => Self::Yaml,
            () if ends(".json") || ends(".dockerconfigjson") => Self::Json,
            () if ends(".env") => Self::Dotenv,
            () if ends(".ini") => Self::Ini,
            () => Self::Binary,
        }
    }

    /// Its name in messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Binary => "binary",
            Self::Dotenv => "dotenv",
            Self::Ini => "INI",
            Self::Json => "JSON",
            Self::Yaml => "YAML",
        }
    }

    const fn mark(self) -> &'static [u8] {
        match self {
            Self::Binary | Self::Json => b"\"mac\": \"ENC[",
            Self::Dotenv => b"sops_mac=ENC[",
            Self::Ini => b"[sops]",
            Self::Yaml => b"mac: ENC[",
        }
    }
}

/// The format whose mark encrypted bytes bear.
#[must_use]
pub fn marked(bytes: &[u8]) -> Option<Format> {
    let formats = [Format::Binary, Format::Dotenv, Format::Ini, Format::Yaml];
    formats.into_iter().find(|format| bears(bytes, *format))
}

/// Whether bytes bear the mark of a format.
pub(crate) fn bears(bytes: &[u8], format: Format) -> bool {
    let mark = format.mark();
    bytes.windows(mark.len()).any(|window| window == mark)
}
