//! The kinds of Flux's API.

use objects::Gvk;

/// A kind of Flux's API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names of the kinds say it")]
pub enum FluxKind {
    GitRepository,
    OciRepository,
    Bucket,
    HelmRepository,
    HelmChart,
    ExternalArtifact,
    Kustomization,
    HelmRelease,
    Alert,
    Provider,
    Receiver,
    ImageRepository,
    ImagePolicy,
    ImageUpdateAutomation,
    ArtifactGenerator,
}

impl FluxKind {
    /// Every kind, sources first.
    pub const ALL: [Self; 15] = [
        Self::GitRepository,
        Self::OciRepository,
        Self::Bucket,
        Self::HelmRepository,
        Self::HelmChart,
        Self::ExternalArtifact,
        Self::Kustomization,
        Self::HelmRelease,
        Self::Alert,
        Self::Provider,
        Self::Receiver,
        Self::ImageRepository,
        Self::ImagePolicy,
        Self::ImageUpdateAutomation,
        Self::ArtifactGenerator,
    ];

    /// The kind as manifests write it.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::GitRepository => "GitRepository",
            Self::OciRepository => "OCIRepository",
            Self::Bucket => "Bucket",
            Self::HelmRepository => "HelmRepository",
            Self::HelmChart => "HelmChart",
            Self::ExternalArtifact => "ExternalArtifact",
            Self::Kustomization => "Kustomization",
            Self::HelmRelease => "HelmRelease",
            Self::Alert => "Alert",
            Self::Provider => "Provider",
            Self::Receiver => "Receiver",
            Self::ImageRepository => "ImageRepository",
            Self::ImagePolicy => "ImagePolicy",
            Self::ImageUpdateAutomation => "ImageUpdateAutomation",
            Self::ArtifactGenerator => "ArtifactGenerator",
        }
    }

    /// The API group.
    #[must_use]
    pub const fn group(self) -> &'static str {
        match self {
            Self::Kustomization => "kustomize.toolkit.fluxcd.io",
            Self::HelmRelease => "helm.toolkit.fluxcd.io",
            Self::Alert | Self::Provider | Self::Receiver => "notification.toolkit.fluxcd.io",
            Self::ImageRepository | Self::ImagePolicy | Self::ImageUpdateAutomation => {
                "image.toolkit.fluxcd.io"
            }
            Self::ArtifactGenerator => "source.extensions.fluxcd.io",
            _ => "source.toolkit.fluxcd.io",
        }
    }

    /// The controller that reconciles it (fluxcd/flux2: the names of the Deployments).
    #[must_use]
    pub const fn controller(self) -> &'static str {
        match self {
            Self::Kustomization => "kustomize-controller",
            Self::HelmRelease => "helm-controller",
            Self::Alert | Self::Provider | Self::Receiver => "notification-controller",
            Self::ImageRepository | Self::ImagePolicy => "image-reflector-controller",
            Self::ImageUpdateAutomation => "image-automation-controller",
            Self::ArtifactGenerator => "source-watcher",
            _ => "source-controller",
        }
    }

    /// The kind of a group and kind; `None` where it is not Flux's.
    #[must_use]
    pub fn of(group: &str, kind: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.kind() == kind && known.group() == group)
    }

    /// The kind of an object; `None` where it is not Flux's.
    #[must_use]
    pub fn of_gvk(gvk: &Gvk) -> Option<Self> {
        Self::of(&gvk.group, &gvk.kind)
    }

    /// Group and kind with an empty version: "any that is served".
    #[must_use]
    pub fn gvk(self) -> Gvk {
        Gvk::new(self.group(), "", self.kind())
    }

    /// Whether a Kustomization may take its manifests from it.
    #[must_use]
    pub const fn is_source(self) -> bool {
        matches!(
            self,
            Self::GitRepository | Self::OciRepository | Self::Bucket | Self::ExternalArtifact
        )
    }
}
