//! Measures many Kustomizations of four objects each, from empty to Ready, then a quiet hour.
//!
//! `cargo run --release -p fluxrig-conform --example thousand -- 1000`

use std::error::Error;
use std::time::Duration;

use clock::Stopwatch;
use environment::Place;
use environment::git::Words;
use environment::kubectl::User;
use environment::settings::{ClusterSettings, FluxSettings, RepositorySettings, Settings};
use objects::Object;
use tree::{Tree, TreePath};

fn main() -> Result<(), Box<dyn Error>> {
    let count: usize = std::env::args().nth(1).map_or(Ok(1_000), |text| text.parse())?;
    let watch = Stopwatch::start();
    let mut place = Place::open(Settings {
        repositories: vec![RepositorySettings {
            name: "r".to_owned(),
            urls: vec!["https://git.example.com/r".to_owned()],
            ..Default::default()
        }],
        clusters: vec![ClusterSettings { name: "c".to_owned(), ..Default::default() }],
        ..Default::default()
    })?;
    place.push("r", "main", &files(count)?, &Words::default())?;
    let flux = FluxSettings { bare: true, ..Default::default() };
    place.cluster("c")?.install_flux(&flux)?;
    println!("opened after {:?}", watch.elapsed());
    let user = User { server_side: true, ..Default::default() };
    place.cluster("c")?.apply(&objects(count)?, &user)?;
    println!("applied after {:?}", watch.elapsed());
    let start = place.now();
    run(&mut place, Duration::from_secs(300))?;
    let ready = place.cluster("c")?.objects().iter().filter(|object| is_ready(object)).count();
    println!("{ready} of {count} ready after {:?}", watch.elapsed());
    let quiet = Stopwatch::start();
    run(&mut place, Duration::from_secs(3_600))?;
    let runs = count * 6;
    let each = quiet.elapsed() / u32::try_from(runs)?;
    println!("a quiet hour, {runs} reconciliations: {:?}, {each:?} each", quiet.elapsed());
    println!("virtual time {:?}", place.now().since(start));
    Ok(())
}

fn run(place: &mut Place, time: Duration) -> Result<(), Box<dyn Error>> {
    let end = place.now() + time;
    loop {
        place.run_ready()?;
        match place.next_due() {
            Some(due) if due <= end => place.advance_to(due),
            _ => break,
        }
    }
    place.advance_to(end);
    Ok(())
}

fn is_ready(object: &Object) -> bool {
    object.kind() == "Kustomization"
        && object.condition("Ready").and_then(|c| c.str_at(&["status"])) == Some("True")
}

fn files(count: usize) -> Result<Tree, Box<dyn Error>> {
    let mut tree = Tree::new();
    for number in 0..count {
        let folder = format!("apps/app-{number:04}");
        let text = manifests(number);
        tree.insert(TreePath::new(&format!("{folder}/all.yaml"))?, text.into_bytes());
        let list = "resources:\n- all.yaml\n";
        tree.insert(TreePath::new(&format!("{folder}/kustomization.yaml"))?, list.as_bytes());
    }
    Ok(tree)
}

fn manifests(number: usize) -> String {
    let name = format!("app-{number:04}");
    let head = |api: &str, kind: &str| {
        format!("apiVersion: {api}\nkind: {kind}\nmetadata:\n  name: {name}\n  namespace: apps\n")
    };
    format!(
        "{}spec:\n  selector:\n    matchLabels:\n      app: {name}\n  template:\n    metadata:\n      labels:\n        app: {name}\n    spec:\n      containers:\n      - name: app\n        image: example.com/app:1.0\n---\n{}---\n{}spec:\n  selector:\n    app: {name}\n  ports:\n  - port: 80\n---\n{}spec:\n  rules:\n  - host: {name}.example.com\n    http:\n      paths:\n      - path: /\n        pathType: Prefix\n        backend:\n          service:\n            name: {name}\n            port:\n              number: 80\n",
        head("apps/v1", "Deployment"),
        head("v1", "ServiceAccount"),
        head("v1", "Service"),
        head("networking.k8s.io/v1", "Ingress"),
    )
}

fn objects(count: usize) -> Result<Vec<Object>, Box<dyn Error>> {
    let mut text = String::from(
        "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: apps\n---\napiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata:\n  name: repo\n  namespace: apps\nspec:\n  interval: 10m\n  url: https://git.example.com/r\n  ref:\n    branch: main\n",
    );
    for number in 0..count {
        text.push_str(&format!(
            "---\napiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata:\n  name: app-{number:04}\n  namespace: apps\nspec:\n  interval: 10m\n  path: ./apps/app-{number:04}\n  prune: true\n  wait: true\n  sourceRef:\n    kind: GitRepository\n    name: repo\n"
        ));
    }
    let documents = objects::load_yaml(&text, yaml::Schema::Yaml11)?;
    Ok(documents.into_iter().map(Object).collect())
}
