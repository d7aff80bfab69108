//! The real kubectl against `fluxrig serve`: what users type, what they see, how it ends.
//!
//! Skipped, aloud, where no kubectl is on the PATH.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

const DEPLOYMENT: &str = r#"apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - {name: web, image: "web:1", ports: [{containerPort: 80}]}
"#;

/// A running server; ended when dropped.
struct Server {
    child: Child,
    folder: tempfile::TempDir,
}

impl Server {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_fluxrig"))
            .args(["serve", "--kubeconfig"])
            .arg(folder.path().join("config"))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let told = lines.map_while(Result::ok).any(|line| line.contains("KUBECONFIG"));
        assert!(told, "the server did not say where it is");
        std::fs::write(folder.path().join("web.yaml"), DEPLOYMENT).unwrap();
        let changed = DEPLOYMENT.replace("web:1", "web:2");
        std::fs::write(folder.path().join("changed.yaml"), changed).unwrap();
        Self { child, folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs one line of kubectl in the folder; its code, output and errors.
    fn kubectl(&self, line: &str) -> (i32, String) {
        let done = Command::new("kubectl")
            .args(words(line))
            .current_dir(self.folder.path())
            .env("KUBECONFIG", self.path("config"))
            .env("HOME", self.folder.path())
            .output()
            .unwrap();
        let text = [done.stdout, done.stderr].concat();
        (done.status.code().unwrap_or(-1), String::from_utf8_lossy(&text).into_owned())
    }

    fn check(&self, line: &str, code: i32, says: &[&str]) {
        let (found, output) = self.kubectl(line);
        assert_eq!(found, code, "kubectl {line}\n{output}");
        for part in says {
            assert!(output.contains(part), "kubectl {line}: no {part:?} in\n{output}");
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Words of a line; single quotes hold one together.
fn words(line: &str) -> Vec<String> {
    let parts = line.split('\'').enumerate();
    parts
        .flat_map(|(at, part)| match at % 2 {
            0 => part.split_whitespace().map(str::to_owned).collect(),
            _ => vec![part.to_owned()],
        })
        .collect()
}

/// Whether there is a kubectl; says so where there is none.
fn is_there() -> bool {
    let found = Command::new("kubectl").args(["version", "--client"]).output();
    let found = found.is_ok_and(|done| done.status.success());
    if !found {
        eprintln!("SKIPPED: no kubectl on the PATH, so `fluxrig serve` was not tried with it");
    }
    found
}

#[test]
fn kubectl_creates_changes_watches_and_deletes_as_on_a_cluster() {
    if !is_there() {
        return;
    }
    let server = Server::start();
    let steps: &[(&str, i32, &[&str])] = &[
        ("create namespace demo", 0, &["namespace/demo created"]),
        ("config set-context --current --namespace demo", 0, &[]),
        ("create secret generic s --from-literal a=b", 0, &["secret/s created"]),
        ("create configmap c --from-literal a=b", 0, &["configmap/c created"]),
        ("create serviceaccount bob", 0, &["serviceaccount/bob created"]),
        ("create role r --verb get --resource pods", 0, &["created"]),
        ("create rolebinding r --role r --serviceaccount demo:bob", 0, &["created"]),
        ("create cronjob tick --image a:1 --schedule '*/5 * * * *'", 0, &["created"]),
        ("create job once --image a:1 -- true", 0, &["job.batch/once created"]),
        ("apply -f web.yaml", 0, &["deployment.apps/web created"]),
        ("wait --for condition=Available deployment/web --timeout 60s", 0, &["condition met"]),
        ("get deployment web", 0, &["READY", "2/2"]),
        ("get deployment web -o yaml", 0, &["kind: Deployment", "readyReplicas: 2"]),
        ("apply -f web.yaml", 0, &["deployment.apps/web unchanged"]),
        ("diff -f changed.yaml", 1, &["-      - image: web:1", "+      - image: web:2"]),
        ("apply --server-side -f changed.yaml", 0, &["serverside-applied"]),
        ("rollout status deployment/web --timeout 60s", 0, &["successfully rolled out"]),
        ("rollout history deployment/web", 0, &["REVISION"]),
        ("rollout undo deployment/web", 0, &["rolled back"]),
        ("rollout restart deployment/web", 0, &["restarted"]),
        ("rollout status deployment/web --timeout 60s", 0, &["successfully rolled out"]),
        ("scale deployment/web --replicas 3", 0, &["scaled"]),
        (
            "wait --for 'jsonpath={.status.readyReplicas}=3' deployment/web --timeout 60s",
            0,
            &["condition met"],
        ),
        ("label deployment web tier=front", 0, &["labeled"]),
        ("annotate deployment web note=x", 0, &["annotated"]),
        ("patch deployment web -p '{\"spec\":{\"replicas\":1}}'", 0, &["patched"]),
        ("patch deployment web --type merge -p '{\"spec\":{\"replicas\":2}}'", 0, &["patched"]),
        (
            "patch deployment web --type json -p '[{\"op\":\"replace\",\"path\":\"/spec/replicas\",\"value\":1}]'",
            0,
            &["patched"],
        ),
        ("set image deployment/web web=web:3", 0, &["image updated"]),
        ("describe deployment web", 0, &["RollingUpdateStrategy", "ScalingReplicaSet"]),
        ("explain deployment.spec.replicas", 0, &["FIELD: replicas"]),
        ("api-resources --api-group apps", 0, &["deployments", "deploy"]),
        ("auth can-i create pods", 0, &["yes"]),
        ("auth can-i list secrets --as system:serviceaccount:demo:bob", 1, &["no"]),
        ("auth can-i get pods --as system:serviceaccount:demo:bob", 0, &["yes"]),
        ("create token bob", 0, &["."]),
        ("wait --for condition=Complete job/once --timeout 60s", 0, &["condition met"]),
        ("delete deployment web --cascade=orphan", 0, &["deleted"]),
        ("get replicasets -l app=web -o name", 0, &["replicaset.apps/web-"]),
        ("delete replicaset -l app=web --cascade=foreground --timeout 60s", 0, &["deleted"]),
        ("wait --for delete pod -l app=web --timeout 60s", 0, &[]),
        ("delete namespace demo --timeout 60s", 0, &["deleted"]),
        ("get namespace demo", 1, &["NotFound"]),
    ];
    for (line, code, says) in steps {
        server.check(line, *code, says);
    }
}

#[test]
fn kubectl_replaces_and_watches_what_it_read() {
    if !is_there() {
        return;
    }
    let server = Server::start();
    server.check("apply -f web.yaml", 0, &["created"]);
    server.check("rollout status deployment/web --timeout 60s", 0, &["rolled out"]);
    let (code, text) = server.kubectl("get deployment web -o yaml");
    assert_eq!(code, 0, "{text}");
    let edited = text.replace("revisionHistoryLimit: 10", "revisionHistoryLimit: 4");
    assert_ne!(text, edited);
    std::fs::write(server.path("edited.yaml"), edited).unwrap();
    server.check("replace -f edited.yaml", 0, &["deployment.apps/web replaced"]);
    let path = "jsonpath={.spec.revisionHistoryLimit}";
    server.check(&format!("get deployment web -o {path}"), 0, &["4"]);
    let mut watch = Command::new("kubectl")
        .args(["get", "pods", "--watch", "--output", "name", "--request-timeout", "60s"])
        .env("KUBECONFIG", server.path("config"))
        .env("HOME", server.path(""))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(watch.stdout.take().unwrap()).lines();
    let first = lines.next().unwrap().unwrap();
    assert!(first.starts_with("pod/web-"), "{first}");
    server.check("scale deployment/web --replicas 3", 0, &["scaled"]);
    let mut known = vec![first];
    for line in lines.map_while(Result::ok) {
        if !known.contains(&line) {
            known.push(line);
        }
        if known.len() == 3 {
            break;
        }
    }
    watch.kill().unwrap();
    watch.wait().unwrap();
    assert_eq!(known.len(), 3, "{known:?}");
}

#[test]
fn what_an_embedded_cluster_does_not_have_is_refused_aloud() {
    if !is_there() {
        return;
    }
    let server = Server::start();
    server.check("run one --image a:1", 0, &["pod/one created"]);
    server.check("wait --for condition=Ready pod/one --timeout 60s", 0, &["condition met"]);
    let nothing = "nothing runs in the containers of an embedded cluster";
    let steps: &[(&str, i32, &[&str])] = &[
        ("logs one", 0, &[nothing]),
        ("exec one -- ls", 1, &[nothing]),
        ("attach one", 1, &[nothing]),
        ("port-forward one 8080:80", 1, &[nothing]),
        ("top pods", 1, &["Metrics API not available"]),
        ("get widgets", 1, &["the server doesn't have a resource type \"widgets\""]),
        ("get pod none", 1, &["pods \"none\" not found"]),
        ("run One --image a:1", 1, &["Invalid value: \"One\""]),
    ];
    for (line, code, says) in steps {
        server.check(line, *code, says);
    }
    assert!(Path::new(&server.path("config")).exists());
}
