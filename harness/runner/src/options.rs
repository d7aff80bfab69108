//! How a plan is run.

/// How a plan is run.
#[derive(Debug, Clone, Default)]
pub struct RunOptions {
    /// How many worlds run at a time; 0 counts as 1.
    pub jobs: usize,
    /// Whether the first failure ends the run.
    pub fail_fast: bool,
    /// Images by environment variable, over what the scenario sets.
    pub images: Vec<(String, String)>,
    /// Whether changed snapshots may be written beside the accepted ones.
    pub write_snapshots: bool,
}
