//! The action test (helm/helm: pkg/action/release_testing).

use super::{Actions, Problem, Release, Strategy, Waits};

/// Which tests run.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filters {
    pub(crate) include: Vec<String>,
    pub(crate) exclude: Vec<String>,
}

impl Filters {
    /// Whether a test is among those that run.
    pub(crate) fn select(&self, name: &str) -> bool {
        let named = |list: &[String]| list.iter().any(|known| known == name);
        !named(&self.exclude) && (self.include.is_empty() || named(&self.include))
    }
}

impl Actions {
    /// Runs the tests of the newest revision; gives back which that was.
    ///
    /// # Errors
    /// What went wrong, with the release if it was found.
    pub(crate) async fn test(
        &self,
        name: &str,
        filters: &Filters,
        waits: &Waits,
    ) -> Result<Release, (Option<Release>, Problem)> {
        let mut release = self.storage.last(name).await.map_err(|problem| (None, problem))?;
        let hooks = std::mem::take(&mut release.hooks);
        let (chosen, skipped): (Vec<_>, Vec<_>) =
            hooks.into_iter().partition(|hook| filters.select(&hook.name));
        release.hooks = chosen;
        let waits = Waits { strategy: Strategy::Poller, ..*waits };
        let server_side = release.is_server_side();
        let (remains, result) = self.begin_hooks(&mut release, "test", &waits, server_side).await;
        let ran = release.clone();
        release.hooks.splice(0..0, skipped);
        let stored = self.storage.update(&release).await;
        let _ = self.end_hooks(&ran, remains, &waits).await;
        match result {
            Err(problem) => Err((Some(release), Problem::Failed(problem))),
            Ok(()) => match stored {
                Ok(()) => Ok(release),
                Err(problem) => Err((Some(release), problem)),
            },
        }
    }
}
