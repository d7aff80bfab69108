//! What a place can do, known before anything starts.

/// What a place can do. What it cannot is *unknown* in every report, never an error half-way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Abilities {
    /// Its name in reports.
    pub name: &'static str,
    /// Time is virtual: waiting costs nothing and is exact.
    pub virtual_time: bool,
    /// Real pods run, so that services answer.
    pub real_pods: bool,
    /// Charts are rendered and released: HelmReleases, HelmRepositories, HelmCharts.
    pub helm: bool,
    /// Charts, OCI artifacts and buckets are served.
    pub artifacts: bool,
    /// Image automation runs.
    pub image_automation: bool,
    /// Notifications are sent and webhooks received.
    pub notifications: bool,
    /// Controllers can be stopped one by one.
    pub stop_controllers: bool,
    /// Nodes can be lost.
    pub nodes: bool,
}

impl Abilities {
    /// The embedded place.
    pub const EMBEDDED: Self = Self {
        name: "embedded",
        virtual_time: true,
        real_pods: false,
        helm: false,
        artifacts: true,
        image_automation: false,
        notifications: false,
        stop_controllers: true,
        nodes: false,
    };
}
