//! Generated worlds: one repository, one cluster, any number of Kustomizations.

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt::Write as _;
use std::time::Duration;

use clock::Moment;
use environment::flux::Bootstrap;
use environment::git::Words;
use environment::settings::{ClusterSettings, RepositorySettings, Settings};
use environment::{Cluster, Place};
use tree::{Tree, TreePath};

/// The cluster's and the repository's name.
pub(crate) const NAME: &str = "bench";
const URL: &str = "https://git.example.com/bench.git";

/// Opens a place whose repository holds `count` Kustomizations, and bootstraps Flux on it.
pub(crate) fn open(count: usize) -> Result<Place, Box<dyn Error>> {
    let mut place = Place::open(Settings {
        repositories: vec![RepositorySettings {
            name: NAME.into(),
            urls: vec![URL.into()],
            ..RepositorySettings::default()
        }],
        clusters: vec![ClusterSettings { name: NAME.into(), ..ClusterSettings::default() }],
        ..Settings::default()
    })?;
    place.push(NAME, "main", &tree(count)?, &Words::default())?;
    place.bootstrap(&Bootstrap {
        cluster: NAME.into(),
        repository: NAME.into(),
        branch: "main".into(),
        path: "clusters/bench".into(),
        url: URL.into(),
        ..Bootstrap::default()
    })?;
    Ok(place)
}

fn tree(count: usize) -> Result<Tree, tree::PathError> {
    let mut tree = Tree::new();
    let mut put = |path: String, text: String| {
        TreePath::new(&path).map(|path| tree.insert(path, text.into_bytes()))
    };
    let mut children = String::new();
    for number in 0..count {
        let _ = write!(children, "{}", kustomization(number));
        put(format!("apps/app-{number}/app.yaml"), application(number))?;
    }
    put("clusters/bench/apps.yaml".into(), children)?;
    Ok(tree)
}

fn kustomization(number: usize) -> String {
    format!(
        "---\napiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n\
         metadata: {{name: app-{number}, namespace: flux-system}}\n\
         spec:\n  interval: 10m\n  path: ./apps/app-{number}\n  prune: true\n  wait: true\n\
         \x20 sourceRef: {{kind: GitRepository, name: flux-system}}\n"
    )
}

/// A Deployment, a ServiceAccount, a Service and an Ingress.
fn application(number: usize) -> String {
    let name = format!("app-{number}");
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: default}}\n\
         spec:\n  replicas: 1\n  selector: {{matchLabels: {{app: {name}}}}}\n  template:\n    metadata: {{labels: {{app: {name}}}}}\n\
         \x20   spec:\n      serviceAccountName: {name}\n      containers:\n        - name: app\n          image: ghcr.io/example/app:1.{number}.0\n          ports: [{{containerPort: 8080, name: http}}]\n\
         ---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {{name: {name}, namespace: default}}\n\
         ---\napiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: default}}\nspec:\n  selector: {{app: {name}}}\n  ports: [{{name: http, port: 80, targetPort: http}}]\n\
         ---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {{name: {name}, namespace: default}}\nspec:\n  rules:\n    - host: {name}.example.com\n      http:\n        paths:\n          - path: /\n            pathType: Prefix\n            backend: {{service: {{name: {name}, port: {{name: http}}}}}}\n"
    )
}

/// Lets the place run until its clock passes a moment.
pub(crate) fn run_until(place: &mut Place, end: Moment) -> Result<(), Box<dyn Error>> {
    loop {
        place.run_ready()?;
        match place.next_due() {
            Some(due) if due <= end => place.advance_to(due),
            _ => return Ok(()),
        }
    }
}

/// Lets the place run until every Kustomization is Ready, for an hour at the most.
pub(crate) fn converge(place: &mut Place, count: usize) -> Result<Duration, Box<dyn Error>> {
    let (start, end) = (place.now(), place.now() + Duration::from_secs(3_600));
    let mut ready = Ready::default();
    loop {
        place.run_ready()?;
        ready.read(place.cluster(NAME)?);
        if ready.names.len() > count {
            return Ok(place.now().since(start));
        }
        match place.next_due() {
            Some(due) if due <= end => place.advance_to(due),
            _ => {
                let (found, all) = (ready.names.len(), count + 1);
                return Err(format!("only {found} of {all} are Ready after an hour").into());
            }
        }
    }
}

/// The Kustomizations that are Ready, the root among them, as far as the journal was read.
#[derive(Default)]
struct Ready {
    names: BTreeSet<String>,
    read: usize,
}

impl Ready {
    fn read(&mut self, cluster: &Cluster) {
        let journal = cluster.journal();
        for entry in &journal[self.read..] {
            let object = &entry.object;
            if object.kind() != "Kustomization" {
                continue;
            }
            let ready = object.condition("Ready").and_then(|ready| ready.str_at(&["status"]));
            match ready {
                Some("True") => self.names.insert(object.name().to_owned()),
                _ => self.names.remove(object.name()),
            };
        }
        self.read = journal.len();
    }
}
