//! `fluxrig render kustomize`: a folder built as `kustomize build` builds it.
//!
//! One rule: the disk is read here, file by file as the builder asks.

use std::borrow::Cow;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use kustomize::{Entry, Files, LoadRestrictions};

/// Build a kustomization folder and print its objects.
#[derive(Debug, Args)]
pub(super) struct RenderKustomize {
    /// Which files a kustomization may read.
    #[arg(long, value_enum, default_value = "LoadRestrictionsRootOnly")]
    load_restrictor: Restrictor,
    /// The folder that holds the kustomization file.
    #[arg(default_value = ".")]
    dir: PathBuf,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Restrictor {
    /// Files in or below the kustomization's own folder.
    #[value(name = "LoadRestrictionsRootOnly")]
    RootOnly,
    /// Files from anywhere.
    #[value(name = "LoadRestrictionsNone")]
    None,
}

impl RenderKustomize {
    pub(super) fn run(self) -> ExitCode {
        let restrictions = match self.load_restrictor {
            Restrictor::RootOnly => LoadRestrictions::RootOnly,
            Restrictor::None => LoadRestrictions::None,
        };
        let folder = std::path::absolute(&self.dir).unwrap_or(self.dir);
        let folder = folder.to_string_lossy();
        let (warnings, built) = kustomize::build_files(&Disk, &folder, restrictions);
        for warning in warnings {
            anstream::eprintln!("{warning}");
        }
        match built {
            Ok(built) => print(&built.to_yaml()),
            Err(error) => {
                anstream::eprintln!("error: {error}");
                ExitCode::FAILURE
            }
        }
    }
}

fn print(text: &str) -> ExitCode {
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// The disk of this machine.
struct Disk;

impl Files for Disk {
    fn resolve(&self, path: &str) -> Result<(String, Entry), String> {
        let found = std::fs::canonicalize(path).map_err(|_| first_missing(path))?;
        let entry = if found.is_dir() { Entry::Folder } else { Entry::File };
        Ok((found.to_string_lossy().into_owned(), entry))
    }

    fn read(&self, path: &str) -> Option<Cow<'_, [u8]>> {
        std::fs::read(path).ok().map(Cow::Owned)
    }
}

/// The first part of a path at which nothing stands.
fn first_missing(path: &str) -> String {
    let mut at = PathBuf::new();
    for part in Path::new(path) {
        at.push(part);
        if std::fs::symlink_metadata(&at).is_err() {
            break;
        }
    }
    at.to_string_lossy().into_owned()
}
