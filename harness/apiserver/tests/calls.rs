//! Typed calls against an embedded API: what a caller of the crate may rely on.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail loudly")]

use apiserver::{ApiServer, Fault, ImageOverride, Settings};
use client::{Call, Options, Patch, Propagation, Status, Target, Verb};
use clock::Moment;
use objects::{GroupKind, Gvk, Object, Value};

struct World(ApiServer);

impl World {
    fn new() -> Self {
        let mut server = ApiServer::new(Settings::default(), Moment::START).unwrap();
        server.tick(Moment::START);
        Self(server)
    }

    fn call(&mut self, call: &Call) -> Result<Object, Status> {
        let answer = self.0.call(Moment::START, call).map(Object);
        self.0.tick(Moment::START);
        answer
    }

    fn apply(&mut self, manager: &str, yaml: &str) -> Result<Object, Status> {
        let object = object(yaml);
        let options = Options { manager: manager.to_owned(), ..Options::default() };
        let call = Call {
            body: Some(object.0.clone()),
            options,
            ..Call::new(Verb::Patch(Patch::Apply), Target::of(&object))
        };
        self.call(&call)
    }

    fn get(
        &mut self,
        api_version: &str,
        kind: &str,
        namespace: &str,
        name: &str,
    ) -> Result<Object, Status> {
        let target = Target::new(Gvk::from_api_version(api_version, kind), namespace, name);
        self.call(&Call::new(Verb::Get, target))
    }

    fn delete(
        &mut self,
        api_version: &str,
        kind: &str,
        namespace: &str,
        name: &str,
        how: Option<Propagation>,
    ) -> Result<Object, Status> {
        let target = Target::new(Gvk::from_api_version(api_version, kind), namespace, name);
        let options = Options { propagation: how, ..Options::default() };
        self.call(&Call { options, ..Call::new(Verb::Delete, target) })
    }
}

fn object(yaml: &str) -> Object {
    let mut documents = objects::load_yaml(yaml, yaml::Schema::Yaml11).unwrap();
    Object(documents.remove(0))
}

fn config(name: &str, value: &str) -> String {
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: default}}\ndata: {{key: {value}}}\n"
    )
}

#[test]
fn an_applied_object_is_stored_once_and_an_equal_apply_changes_nothing() {
    let mut world = World::new();
    let first = world.apply("one", &config("a", "x")).unwrap();
    let revision = world.0.revision();
    let second = world.apply("one", &config("a", "x")).unwrap();
    assert_eq!(first.resource_version(), second.resource_version());
    assert_eq!(world.0.revision(), revision);
}

#[test]
fn two_managers_that_disagree_conflict_until_one_forces() {
    let mut world = World::new();
    world.apply("one", &config("a", "x")).unwrap();
    let refused = world.apply("two", &config("a", "z")).unwrap_err();
    assert!(refused.is_conflict());
    assert_eq!(refused.message, "Apply failed with 1 conflict: conflict with \"one\": .data.key");
}

#[test]
fn a_namespace_that_is_deleted_takes_its_content_with_it() {
    let mut world = World::new();
    world.apply("one", "apiVersion: v1\nkind: Namespace\nmetadata: {name: apps}\n").unwrap();
    assert!(world.get("v1", "ServiceAccount", "apps", "default").is_ok());
    world.apply("one", &config("a", "x").replace("namespace: default", "namespace: apps")).unwrap();
    world.delete("v1", "Namespace", "", "apps", None).unwrap();
    assert!(world.get("v1", "Namespace", "", "apps").unwrap_err().is_not_found());
    assert!(world.get("v1", "ConfigMap", "apps", "a").unwrap_err().is_not_found());
}

#[test]
fn dependents_follow_their_owner_unless_they_are_orphaned() {
    for (how, survives) in
        [(None, false), (Some(Propagation::Foreground), false), (Some(Propagation::Orphan), true)]
    {
        let mut world = World::new();
        let owner = world.apply("one", &config("owner", "x")).unwrap();
        let mut dependent = object(&config("child", "x"));
        let reference = Value::from([
            ("apiVersion", "v1"),
            ("kind", "ConfigMap"),
            ("name", "owner"),
            ("uid", owner.uid()),
        ]);
        dependent.set(&["metadata", "ownerReferences"], vec![reference]);
        let target = Target::list(dependent.gvk(), Some("default"));
        world.call(&Call { body: Some(dependent.0), ..Call::new(Verb::Create, target) }).unwrap();
        world.delete("v1", "ConfigMap", "default", "owner", how).unwrap();
        assert_eq!(world.get("v1", "ConfigMap", "default", "child").is_ok(), survives, "{how:?}");
    }
}

#[test]
fn a_definition_serves_its_kind_as_soon_as_the_server_has_ticked() {
    let mut world = World::new();
    let definition = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: widgets.example.dev}\nspec:\n  group: example.dev\n  scope: Namespaced\n  names: {plural: widgets, kind: Widget, singular: widget, listKind: WidgetList}\n  versions:\n  - name: v1\n    served: true\n    storage: true\n    schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {size: {type: integer, default: 3}}}}}}\n";
    let widget = "apiVersion: example.dev/v1\nkind: Widget\nmetadata: {name: w, namespace: default}\nspec: {}\n";
    assert!(world.apply("one", widget).unwrap_err().is_not_found());
    world.apply("one", definition).unwrap();
    let made = world.apply("one", widget).unwrap();
    assert_eq!(made.int_at(&["spec", "size"]), Some(3));
}

#[test]
fn a_fault_hits_its_calls_until_it_is_healed() {
    let mut world = World::new();
    let fault = Fault {
        kind: Some(GroupKind { group: String::new(), kind: "ConfigMap".to_owned() }),
        namespace: None,
        name: None,
        verbs: Vec::new(),
        status: Status::new(429, "TooManyRequests", "slow down"),
        times: None,
    };
    let id = world.0.inject(fault);
    assert_eq!(world.apply("one", &config("a", "x")).unwrap_err().code, 429);
    world.0.heal(id);
    assert!(world.apply("one", &config("a", "x")).is_ok());
}

#[test]
fn an_image_override_lands_in_templates_and_shows_no_drift() {
    let mut world = World::new();
    world.0.override_images(vec![ImageOverride {
        origin: "UI_IMAGE".to_owned(),
        repository: Some("ui".to_owned()),
        workload: None,
        namespace: None,
        container: None,
        image: "registry.example/ui:pr-7".to_owned(),
    }]);
    let deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: default}\nspec:\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec: {containers: [{name: ui, image: 'ui:1'}]}\n";
    let first = world.apply("one", deployment).unwrap();
    let images = first.list_at(&["spec", "template", "spec", "containers"]);
    assert_eq!(images[0].str_at(&["image"]), Some("registry.example/ui:pr-7"));
    let again = world.apply("one", deployment).unwrap();
    assert_eq!(first.resource_version(), again.resource_version());
    assert_eq!(world.0.images_landed().len(), 1);
}

#[test]
fn changes_of_a_kind_can_be_followed_from_any_revision() {
    let mut world = World::new();
    let before = world.0.revision();
    world.apply("one", &config("a", "x")).unwrap();
    world.apply("one", &config("a", "z")).unwrap();
    world.delete("v1", "ConfigMap", "default", "a", None).unwrap();
    let kind = GroupKind { group: String::new(), kind: "ConfigMap".to_owned() };
    let changes: Vec<_> =
        world.0.changes(&kind, before).unwrap().iter().map(|entry| entry.kind).collect();
    use client::ChangeKind::{Added, Deleted, Modified};
    assert_eq!(changes, [Added, Modified, Deleted]);
}

#[test]
fn every_known_kubernetes_version_can_be_served() {
    for minor in 20..=37 {
        let settings = Settings { kubernetes: format!("1.{minor}"), ..Settings::default() };
        let server = ApiServer::new(settings, Moment::START).unwrap();
        let ingress = Gvk::new("networking.k8s.io", "v1beta1", "Ingress");
        assert_eq!(server.resource(&ingress).is_ok(), minor < 22, "1.{minor}");
        let roles = server.objects().filter(|object| object.kind() == "ClusterRole").count();
        assert_eq!(roles, 10, "1.{minor}");
    }
    assert!(
        ApiServer::new(
            Settings { kubernetes: "2.0".to_owned(), ..Settings::default() },
            Moment::START
        )
        .is_err()
    );
}
