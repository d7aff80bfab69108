//! One context of a kubeconfig, chosen by its name and nothing else.
//!
//! One rule: the current context never counts, so no cluster is touched that was not
//! named. Start at [`Context`].

use std::path::PathBuf;

use kube::config::{Config, KubeConfigOptions, Kubeconfig};

use crate::error::{ConnectError, place};

/// Which cluster, by the name of its context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// The context's name.
    pub name: String,
    /// The kubeconfig; where absent, `KUBECONFIG` and then `~/.kube/config`, as kubectl reads them.
    pub kubeconfig: Option<PathBuf>,
}

impl Context {
    fn read(&self) -> Result<Kubeconfig, ConnectError> {
        let read = match &self.kubeconfig {
            Some(path) => Kubeconfig::read_from(path),
            None => Kubeconfig::read(),
        };
        read.map_err(|problem| ConnectError::Kubeconfig {
            from: place(self.kubeconfig.as_ref()),
            reason: crate::answer::chain(&problem),
        })
    }

    /// Address, certificates and credentials of this context.
    pub(crate) async fn config(&self) -> Result<Config, ConnectError> {
        let file = self.read()?;
        let known: Vec<String> = file.contexts.iter().map(|one| one.name.clone()).collect();
        if !known.contains(&self.name) {
            let from = place(self.kubeconfig.as_ref());
            return Err(ConnectError::NoContext { from, name: self.name.clone(), known });
        }
        let options =
            KubeConfigOptions { context: Some(self.name.clone()), ..KubeConfigOptions::default() };
        let config = Config::from_custom_kubeconfig(file, &options).await;
        config.map_err(|problem| ConnectError::Unusable {
            name: self.name.clone(),
            reason: crate::answer::chain(&problem),
        })
    }
}
