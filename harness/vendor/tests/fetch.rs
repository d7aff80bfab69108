//! What is fetched from a server of this machine, and locked.
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;

use registry::{Content, Question, Registry};
use tree::archive::{Packing, pack};
use tree::{Tree, TreePath};
use vendor::{Outcome, fetch, plan};

fn chart() -> Vec<u8> {
    let mut files = Tree::new();
    let text = b"apiVersion: v2\nname: app\nversion: 1.0.0\n".as_slice();
    files.insert(TreePath::new("Chart.yaml").unwrap(), text);
    pack(&files, Packing { prefix: "app", ..Packing::default() })
}

/// Answers one request after the other as the declared servers do.
fn serve(servers: Registry, listener: TcpListener) {
    let host = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = Vec::new();
            let mut byte = [0];
            while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap_or(0) == 1 {
                request.push(byte[0]);
            }
            let text = String::from_utf8(request).unwrap();
            let path = text.split(' ').nth(1).unwrap_or_default();
            let answer = answer(&servers, &host, path);
            let (status, body) = answer.map_or((404, Vec::new()), |body| (200, body));
            let head = format!(
                "HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                body.len()
            );
            stream.write_all(head.as_bytes()).unwrap();
            stream.write_all(&body).unwrap();
        }
    });
}

fn answer(servers: &Registry, host: &str, path: &str) -> Option<Vec<u8>> {
    let Some(rest) = path.strip_prefix("/v2/") else {
        return servers.get(&format!("http://{host}{path}"), None).ok().map(|bytes| bytes.to_vec());
    };
    let (name, question) = if let Some((name, tag)) = rest.split_once("/manifests/") {
        (name, Question::Manifest(tag.to_owned()))
    } else {
        let (name, digest) = rest.split_once("/blobs/")?;
        (name, Question::Blob(digest.to_owned()))
    };
    servers.ask((host, name), &question, true, None).ok().map(|bytes| bytes.to_vec())
}

fn scenario_in(folder: &Path, host: &str) -> scenario::Scenario {
    let text = format!(
        "scenario: outside things\ncluster: .\nrepository: .\n\
         charts:\n  http://{host}/charts: vendor/app-1.0.0.tgz\n  oci://{host}/helm: vendor/oci/app-1.0.0.tgz\n\
         artifacts:\n  oci://{host}/org/platform: {{from: vendor/platform, tags: [stable]}}\n\
         remotes:\n  http://{host}/charts/index.yaml: vendor/index.yaml\n\
         expect: {{every: Kustomization, is: Ready}}\n"
    );
    let path = folder.join("scenario.yaml");
    std::fs::write(&path, text).unwrap();
    let read = |path: &str| std::fs::read_to_string(path).map_err(|cause| cause.to_string());
    let loaded = scenario::load(path.to_str().unwrap(), &read, &BTreeMap::new());
    loaded.unwrap().remove(0)
}

#[test]
fn what_is_missing_is_fetched_once_and_locked() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let mut servers = Registry::default();
    let start = clock::Moment::START;
    servers.publish_chart(&format!("http://{host}/charts"), &chart(), start).unwrap();
    servers.publish_chart(&format!("oci://{host}/helm"), &chart(), start).unwrap();
    let layer = Content::Flux(b"layer".to_vec());
    servers.push(&format!("{host}/org/platform"), layer, &["stable".to_owned()], &[]);
    serve(servers, listener);

    let folder = tempfile::tempdir().unwrap();
    let wanted = scenario_in(folder.path(), &host);
    let file = folder.path().join("scenario.yaml");
    let items = plan(&file, &wanted).unwrap();
    assert_eq!(items.len(), 4);
    for item in &items {
        assert_eq!(fetch(item).unwrap(), Outcome::Fetched, "{}", item.label());
    }
    let at = |path: &str| folder.path().join("vendor").join(path);
    assert_eq!(std::fs::read(at("app-1.0.0.tgz")).unwrap(), chart());
    assert_eq!(std::fs::read(at("oci/app-1.0.0.tgz")).unwrap(), chart());
    let index = std::fs::read_to_string(at("platform/index.json")).unwrap();
    assert!(index.contains("\"org.opencontainers.image.ref.name\":\"stable\""), "{index}");
    let lock = std::fs::read_to_string(at("vendor.lock")).unwrap();
    for name in ["app-1.0.0.tgz:", "platform:", "index.yaml:"] {
        assert!(lock.contains(name), "{lock}");
    }
    for item in plan(&file, &wanted).unwrap() {
        assert_eq!(fetch(&item).unwrap(), Outcome::Kept, "{}", item.label());
    }
    std::fs::write(at("app-1.0.0.tgz"), b"other").unwrap();
    let refused = registry::lock::verify(&at("app-1.0.0.tgz")).unwrap_err().to_string();
    assert!(refused.contains("fetch it again with `fluxrig vendor`"), "{refused}");
}

#[test]
fn a_server_that_refuses_is_named() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap().to_string();
    serve(Registry::default(), listener);
    let folder = tempfile::tempdir().unwrap();
    let wanted = scenario_in(folder.path(), &host);
    let items = plan(&folder.path().join("scenario.yaml"), &wanted).unwrap();
    let problem = fetch(&items[0]).unwrap_err().to_string();
    assert_eq!(problem, format!("get http://{host}/charts/index.yaml: the server answers 404"));
    assert!(!items[0].target.exists(), "nothing is left behind");
}
