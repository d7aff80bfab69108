//! The reasons of conditions and events, as Flux writes them.
//!
//! Facts from fluxcd/pkg: apis/meta and the API packages of the controllers.

/// fluxcd/pkg: the work of a reconciliation goes on.
pub const PROGRESSING: &str = "Progressing";
/// fluxcd/pkg: it failed and will be tried again.
pub const PROGRESSING_WITH_RETRY: &str = "ProgressingWithRetry";
/// fluxcd/pkg: it succeeded.
pub const SUCCEEDED: &str = "Succeeded";
/// fluxcd/pkg: it failed.
pub const FAILED: &str = "Failed";
/// kustomize-controller: an apply was carried through.
pub const RECONCILIATION_SUCCEEDED: &str = "ReconciliationSucceeded";
/// kustomize-controller: the apply failed.
pub const RECONCILIATION_FAILED: &str = "ReconciliationFailed";
/// kustomize-controller: the source or its artifact is not there.
pub const ARTIFACT_FAILED: &str = "ArtifactFailed";
/// kustomize-controller: generation, build or substitution failed.
pub const BUILD_FAILED: &str = "BuildFailed";
/// kustomize-controller: a dependency is not ready.
pub const DEPENDENCY_NOT_READY: &str = "DependencyNotReady";
/// kustomize-controller: a health check failed.
pub const HEALTH_CHECK_FAILED: &str = "HealthCheckFailed";
/// kustomize-controller: garbage collection failed.
pub const PRUNE_FAILED: &str = "PruneFailed";
/// fluxcd/pkg: a CEL expression is wrong.
pub const INVALID_CEL_EXPRESSION: &str = "InvalidCELExpression";
/// fluxcd/pkg: a feature gate is off.
pub const FEATURE_GATE_DISABLED: &str = "FeatureGateDisabled";
/// fluxcd/pkg: a reference is not allowed.
pub const ACCESS_DENIED: &str = "AccessDenied";
/// source-controller: a git operation failed.
pub const GIT_OPERATION_FAILED: &str = "GitOperationFailed";
/// source-controller: a git operation changed nothing.
pub const GIT_OPERATION_SUCCEEDED: &str = "GitOperationSucceeded";
/// source-controller: credentials are missing or wrong.
pub const AUTHENTICATION_FAILED: &str = "AuthenticationFailed";
/// source-controller: the URL is no URL.
pub const URL_INVALID: &str = "URLInvalid";
/// source-controller: a new artifact was stored.
pub const NEW_ARTIFACT: &str = "NewArtifact";
/// helm-controller: the source of the chart is not ready.
pub const SOURCE_NOT_READY: &str = "SourceNotReady";
/// helm-controller: the values could not be put together.
pub const VALUES_ERROR: &str = "ValuesError";
/// helm-controller: a chart was installed.
pub const INSTALL_SUCCEEDED: &str = "InstallSucceeded";
/// helm-controller: a chart could not be installed.
pub const INSTALL_FAILED: &str = "InstallFailed";
/// helm-controller: a release was upgraded.
pub const UPGRADE_SUCCEEDED: &str = "UpgradeSucceeded";
/// helm-controller: a release could not be upgraded.
pub const UPGRADE_FAILED: &str = "UpgradeFailed";
/// helm-controller: the tests of a release passed.
pub const TEST_SUCCEEDED: &str = "TestSucceeded";
/// helm-controller: a test of a release failed.
pub const TEST_FAILED: &str = "TestFailed";
/// helm-controller: a release was rolled back.
pub const ROLLBACK_SUCCEEDED: &str = "RollbackSucceeded";
/// helm-controller: a release could not be rolled back.
pub const ROLLBACK_FAILED: &str = "RollbackFailed";
/// helm-controller: a release was uninstalled.
pub const UNINSTALL_SUCCEEDED: &str = "UninstallSucceeded";
/// helm-controller: a release could not be uninstalled.
pub const UNINSTALL_FAILED: &str = "UninstallFailed";
/// helm-controller: the cluster differs from the release.
pub const DRIFT_DETECTED: &str = "DriftDetected";
/// helm-controller: the cluster is as the release says.
pub const NO_DRIFT_DETECTED: &str = "NoDriftDetected";
