//! One minor version of Kubernetes: which resources it serves and their types.
//!
//! One rule: the data is read once a process and shared; a minor's view holds
//! numbers, not copies. Start at [`Schemas::for_minor`].

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use objects::Gvk;

use crate::pack::{Lifecycle, PackedMinor, PackedResource, Unpacked, unpack};
use crate::pool::NONE;
use crate::types::{Shape, TypeSet};

/// The oldest minor that is known, as the number after `1.`.
const OLDEST: u32 = 20;

/// A resource of a minor version, as discovery tells of it.
#[derive(Debug, Clone)]
pub struct Resource {
    /// Group, version and kind.
    pub gvk: Gvk,
    /// Name in paths.
    pub plural: String,
    /// Singular name.
    pub singular: String,
    /// Short names of kubectl.
    pub short_names: Vec<Arc<str>>,
    /// Categories such as `all`.
    pub categories: Vec<Arc<str>>,
    /// Whether its objects live in namespaces.
    pub namespaced: bool,
    /// Verbs, in discovery's order.
    pub verbs: Vec<Arc<str>>,
    /// Subresources, in discovery's order.
    pub subresources: Vec<Subresource>,
    /// `group/version` (or `v1`) in which it is stored; empty where nothing is stored.
    pub storage_version: String,
    /// Hash that discovery shows for it.
    pub storage_hash: String,
    /// Whether its version is the group's preferred one.
    pub preferred: bool,
    /// Whether it is served unless switched off (betas since 1.24 and alphas are not).
    pub served_by_default: bool,
    shape: Shape,
}

impl Resource {
    /// The type of its objects.
    #[must_use]
    pub fn shape(&self) -> &Shape {
        &self.shape
    }
}

/// A subresource.
#[derive(Debug, Clone)]
pub struct Subresource {
    /// Name in paths: `status`, `scale`, …
    pub name: String,
    /// The kind it takes and gives.
    pub kind: Gvk,
    /// Verbs.
    pub verbs: Vec<Arc<str>>,
}

/// Everything that one minor version serves.
#[derive(Debug)]
pub struct Schemas {
    minor: String,
    release: String,
    types: Arc<TypeSet>,
    resources: Vec<Resource>,
    by_gvk: BTreeMap<Gvk, usize>,
    names: &'static [Arc<str>],
}

struct Data {
    unpacked: Unpacked,
    views: Vec<OnceLock<Arc<Schemas>>>,
}

fn data() -> &'static Data {
    static DATA: OnceLock<Data> = OnceLock::new();
    DATA.get_or_init(|| {
        let unpacked = unpack();
        let views = (OLDEST..=newest(&unpacked)).map(|_| OnceLock::new()).collect();
        Data { unpacked, views }
    })
}

fn newest(unpacked: &Unpacked) -> u32 {
    unpacked.minors.iter().filter_map(|minor| number_of(&minor.name)).max().unwrap_or(OLDEST)
}

fn number_of(minor: &str) -> Option<u32> {
    minor.strip_prefix("1.")?.parse().ok()
}

impl Schemas {
    /// The view of a minor version (`1.20` to the newest known); `None` for others.
    ///
    /// Older than 1.32: the types of 1.32, cut down to the kinds that were served then.
    #[must_use]
    pub fn for_minor(minor: &str) -> Option<Arc<Self>> {
        let data = data();
        let number = number_of(minor)?;
        let slot = data.views.get(number.checked_sub(OLDEST)? as usize)?;
        Some(slot.get_or_init(|| Arc::new(Self::build(&data.unpacked, number))).clone())
    }

    /// The minor versions that are known, oldest first.
    #[must_use]
    pub fn minors() -> Vec<String> {
        (OLDEST..=newest(&data().unpacked)).map(|minor| format!("1.{minor}")).collect()
    }

    /// `1.36`
    #[must_use]
    pub fn minor(&self) -> &str {
        &self.minor
    }

    /// The release that the data is from (`v1.36.3`); `v1.NN.0` for cut-down views.
    #[must_use]
    pub fn release(&self) -> &str {
        &self.release
    }

    /// Every known resource, served by default or not, in discovery's order of groups.
    #[must_use]
    pub fn resources(&self) -> &[Resource] {
        &self.resources
    }

    /// A resource by its kind.
    #[must_use]
    pub fn resource(&self, gvk: &Gvk) -> Option<&Resource> {
        self.by_gvk.get(gvk).map(|at| &self.resources[*at])
    }

    /// The type of a kind, also of kinds that are no resource (`Scale`, `DeleteOptions`, `Status`).
    #[must_use]
    pub fn shape(&self, gvk: &Gvk) -> Option<Shape> {
        if let Some(resource) = self.resource(gvk) {
            return Some(resource.shape.clone());
        }
        let group = gvk.group.split('.').next().unwrap_or_default();
        let group = if group.is_empty() { "core" } else { group };
        let ends = [
            format!("api.{group}.{}.{}", gvk.version, gvk.kind),
            format!("apis.meta.{}.{}", gvk.version, gvk.kind),
        ];
        let at = ends.iter().find_map(|end| self.names.iter().position(|n| n.ends_with(end)))?;
        let root = *self.types.definitions.get(at)?;
        (root != NONE).then(|| Shape { set: self.types.clone(), root, name: at as u32 })
    }

    /// The type of `metadata` of every object.
    #[must_use]
    pub fn object_meta(&self) -> Shape {
        let at = self.names.iter().position(|name| name.ends_with("apis.meta.v1.ObjectMeta"));
        let root = at.and_then(|at| self.types.definitions.get(at)).copied();
        Shape { set: self.types.clone(), root: root.unwrap_or(NONE), name: NONE }
    }

    fn build(unpacked: &'static Unpacked, number: u32) -> Self {
        let exact = unpacked.minors.iter().find(|minor| number_of(&minor.name) == Some(number));
        let Some(minor) = exact.or_else(|| unpacked.minors.first()) else {
            return Self::empty(number);
        };
        let mut definitions = vec![NONE; unpacked.definitions.len()];
        for (definition, node) in &minor.definitions {
            if let Some(slot) = definitions.get_mut(*definition as usize) {
                *slot = *node;
            }
        }
        let types = Arc::new(TypeSet { pool: unpacked.pool.clone(), definitions });
        let resources = match exact {
            Some(_) => exact_resources(unpacked, minor, &types),
            None => crate::schemas::old::resources(unpacked, minor, &types, number),
        };
        let release = match exact {
            Some(_) => minor.release.to_string(),
            None => format!("v1.{number}.0"),
        };
        let by_gvk =
            resources.iter().enumerate().map(|(at, found)| (found.gvk.clone(), at)).collect();
        let minor = format!("1.{number}");
        Self { minor, release, types, resources, by_gvk, names: &unpacked.definitions }
    }

    fn empty(number: u32) -> Self {
        Self {
            minor: format!("1.{number}"),
            release: format!("v1.{number}.0"),
            types: Shape::open().set,
            resources: Vec::new(),
            by_gvk: BTreeMap::new(),
            names: &[],
        }
    }
}

fn exact_resources(
    unpacked: &Unpacked,
    minor: &PackedMinor,
    types: &Arc<TypeSet>,
) -> Vec<Resource> {
    let numbers = minor.resources.iter();
    let packed = numbers.filter_map(|at| unpacked.resources.get(*at as usize));
    packed.map(|packed| resource(packed, types)).collect()
}

fn resource(packed: &PackedResource, types: &Arc<TypeSet>) -> Resource {
    let root = types.definitions.get(packed.definition as usize).copied().unwrap_or(NONE);
    let gvk = Gvk::new(&packed.group, &packed.version, &packed.kind);
    let subresources = packed.subresources.iter().map(|sub| Subresource {
        name: sub.name.to_string(),
        kind: match sub.version.is_empty() {
            true => Gvk { kind: sub.kind.to_string(), ..gvk.clone() },
            false => Gvk::new(&sub.group, &sub.version, &sub.kind),
        },
        verbs: sub.verbs.clone(),
    });
    Resource {
        plural: packed.plural.to_string(),
        singular: packed.singular.to_string(),
        short_names: packed.short_names.clone(),
        categories: packed.categories.clone(),
        namespaced: packed.namespaced,
        verbs: packed.verbs.clone(),
        subresources: subresources.collect(),
        storage_version: packed.storage.to_string(),
        storage_hash: packed.storage_hash.to_string(),
        preferred: packed.preferred,
        served_by_default: packed.by_default,
        shape: Shape { set: types.clone(), root, name: packed.definition },
        gvk,
    }
}

/// Minors before the oldest recorded one: cut down by when kinds came and went.
mod old {
    use super::*;

    /// Kinds whose old versions have another form than their successors.
    const REFORMED: &[(&str, &str, &str)] = &[
        ("extensions", "v1beta1", "Ingress"),
        ("networking.k8s.io", "v1beta1", "Ingress"),
        ("apiextensions.k8s.io", "v1beta1", "CustomResourceDefinition"),
        ("autoscaling", "v2beta1", "HorizontalPodAutoscaler"),
        ("policy", "v1beta1", "PodSecurityPolicy"),
        ("discovery.k8s.io", "v1beta1", "EndpointSlice"),
        ("events.k8s.io", "v1beta1", "Event"),
        ("networking.k8s.io", "v1alpha1", "ClusterCIDR"),
    ];

    pub(super) fn resources(
        unpacked: &Unpacked,
        minor: &PackedMinor,
        types: &Arc<TypeSet>,
        number: u32,
    ) -> Vec<Resource> {
        let mut found: Vec<Resource> = exact_resources(unpacked, minor, types);
        found.retain(|resource| {
            lifecycle(unpacked, &resource.gvk).is_none_or(|life| serves(life, number))
        });
        let gone = unpacked
            .lifecycles
            .iter()
            .filter(|life| life.removed != 0 && serves(life, number) && !holds(&found, life));
        let revived: Vec<_> =
            gone.filter_map(|life| revive(unpacked, types, life, number)).collect();
        for resource in revived {
            let group = &resource.gvk.group;
            let after = found.iter().rposition(|known| known.gvk.group == *group);
            found.insert(after.map_or(found.len(), |at| at + 1), resource);
        }
        prefer(&mut found);
        found
    }

    fn lifecycle<'a>(unpacked: &'a Unpacked, gvk: &Gvk) -> Option<&'a Lifecycle> {
        unpacked.lifecycles.iter().find(|life| {
            *life.kind == *gvk.kind && *life.group == *gvk.group && *life.version == *gvk.version
        })
    }

    fn serves(life: &Lifecycle, number: u32) -> bool {
        life.introduced <= number && (life.removed == 0 || number < life.removed)
    }

    fn holds(found: &[Resource], life: &Lifecycle) -> bool {
        found.iter().any(|known| {
            *known.gvk.kind == *life.kind
                && *known.gvk.group == *life.group
                && *known.gvk.version == *life.version
        })
    }

    fn revive(
        unpacked: &Unpacked,
        types: &Arc<TypeSet>,
        life: &Lifecycle,
        number: u32,
    ) -> Option<Resource> {
        let group: &str =
            if &*life.group == "extensions" { "networking.k8s.io" } else { &life.group };
        let mut models = unpacked
            .resources
            .iter()
            .filter(|packed| *packed.kind == *life.kind && *packed.group == *group);
        let mut revived = match (models.next(), &*life.kind) {
            (Some(model), _) => resource(model, types),
            (None, "PodSecurityPolicy") => policy(types),
            (None, _) => return None,
        };
        revived.gvk = Gvk::new(&life.group, &life.version, &life.kind);
        let stable = !life.version.contains("alpha") && !life.version.contains("beta");
        // Betas were served by default until 1.24 (KEP-3136); those introduced earlier stayed so.
        let early_beta = life.version.contains("beta") && life.introduced < 24;
        revived.served_by_default = stable || (early_beta && number >= life.introduced);
        let reformed = REFORMED.iter().any(|(group, version, kind)| {
            (*group, *version, *kind) == (&*life.group, &*life.version, &*life.kind)
        });
        if reformed {
            revived.shape = Shape { set: types.clone(), root: NONE, name: NONE };
        }
        Some(revived)
    }

    fn policy(types: &Arc<TypeSet>) -> Resource {
        let verbs =
            ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
        Resource {
            gvk: Gvk::new("policy", "v1beta1", "PodSecurityPolicy"),
            plural: "podsecuritypolicies".to_owned(),
            singular: "podsecuritypolicy".to_owned(),
            short_names: vec!["psp".into()],
            categories: Vec::new(),
            namespaced: false,
            verbs: verbs.map(Into::into).to_vec(),
            subresources: Vec::new(),
            storage_version: "policy/v1beta1".to_owned(),
            storage_hash: String::new(),
            preferred: true,
            served_by_default: true,
            shape: Shape { set: types.clone(), root: NONE, name: NONE },
        }
    }

    /// The first stable version of a group is preferred, else the newest there is.
    fn prefer(found: &mut [Resource]) {
        let mut best: BTreeMap<String, (u8, String)> = BTreeMap::new();
        for resource in found.iter().filter(|resource| resource.served_by_default) {
            let rank = rank(&resource.gvk.version);
            let entry = (rank, resource.gvk.version.clone());
            let slot = best.entry(resource.gvk.group.clone()).or_insert_with(|| entry.clone());
            if entry > *slot {
                *slot = entry;
            }
        }
        for resource in found {
            let chosen = best.get(&resource.gvk.group);
            resource.preferred = chosen.is_none_or(|(_, version)| *version == resource.gvk.version);
        }
    }

    fn rank(version: &str) -> u8 {
        match version {
            alpha if alpha.contains("alpha") => 0,
            beta if beta.contains("beta") => 1,
            _ => 2,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Kind, ListKind};

    #[test]
    fn a_deployment_has_keyed_containers_in_every_minor() {
        for minor in Schemas::minors() {
            let schemas = Schemas::for_minor(&minor).unwrap();
            let deployment = schemas.resource(&Gvk::new("apps", "v1", "Deployment")).unwrap();
            assert_eq!(deployment.plural, "deployments");
            let spec = deployment.shape().top().field("spec").unwrap();
            let pod = spec.field("template").unwrap().field("spec").unwrap();
            let containers = pod.field("containers").unwrap();
            assert_eq!(containers.list_kind(), ListKind::Map, "{minor}");
            assert_eq!(&*containers.list_keys()[0], "name");
            assert_eq!(containers.item().go_name(), Some("v1.Container"));
            let port = containers.item().field("ports").unwrap().item();
            assert_eq!(port.field("containerPort").unwrap().kind(), Kind::Int32);
        }
    }

    #[test]
    fn minors_serve_the_kinds_of_their_time() {
        let cases = [
            ("1.20", "extensions/v1beta1", "Ingress", true),
            ("1.22", "extensions/v1beta1", "Ingress", false),
            ("1.24", "policy/v1beta1", "PodDisruptionBudget", true),
            ("1.25", "policy/v1beta1", "PodDisruptionBudget", false),
            ("1.25", "autoscaling/v2beta2", "HorizontalPodAutoscaler", true),
            ("1.26", "autoscaling/v2beta2", "HorizontalPodAutoscaler", false),
            ("1.22", "autoscaling/v2", "HorizontalPodAutoscaler", false),
            ("1.23", "autoscaling/v2", "HorizontalPodAutoscaler", true),
            ("1.36", "v1", "Pod", true),
        ];
        for (minor, api_version, kind, served) in cases {
            let schemas = Schemas::for_minor(minor).unwrap();
            let found = schemas.resource(&Gvk::from_api_version(api_version, kind));
            let found = found.is_some_and(|resource| resource.served_by_default);
            assert_eq!(found, served, "{minor} {api_version} {kind}");
        }
        assert!(Schemas::for_minor("1.19").is_none());
    }
}
