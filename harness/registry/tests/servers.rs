//! What the declared servers answer, before any client has worded it.
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use clock::Moment;
use registry::{Content, Damage, Fault, Login, Question, Refusal, Registry, read_chart};
use tree::archive::{Packing, pack};
use tree::{Tree, TreePath};

fn chart(version: &str) -> Vec<u8> {
    let mut files = Tree::new();
    let text =
        format!("apiVersion: v2\nname: app\nversion: {version}\nappVersion: \"{version}\"\n");
    files.insert(TreePath::new("Chart.yaml").unwrap(), text.into_bytes());
    pack(&files, Packing { prefix: "app", ..Packing::default() })
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn an_index_names_what_is_published_newest_first() {
    let mut servers = Registry::default();
    let url = "https://charts.example.com/stable";
    for version in ["1.0.0", "1.1.0"] {
        servers.publish_chart(url, &chart(version), Moment::START).unwrap();
    }
    let index = text(&servers.get(&format!("{url}/index.yaml"), None).unwrap());
    let lines: Vec<&str> = index.lines().filter(|line| !line.contains("digest:")).collect();
    let expected = "apiVersion: v1\nentries:\n  app:\n  - apiVersion: v2\n    appVersion: 1.1.0\n    \
                    created: '2026-01-01T00:00:00Z'\n    name: app\n    urls:\n    - app-1.1.0.tgz\n    \
                    version: 1.1.0\n  - apiVersion: v2\n    appVersion: 1.0.0\n    \
                    created: '2026-01-01T00:00:00Z'\n    name: app\n    urls:\n    - app-1.0.0.tgz\n    \
                    version: 1.0.0\ngenerated: '2026-01-01T00:00:00Z'";
    assert_eq!(lines.join("\n"), expected);
    assert_eq!(*servers.get(&format!("{url}/app-1.0.0.tgz"), None).unwrap(), *chart("1.0.0"));
    assert!(servers.withdraw_chart(url, "app", "1.0.0"));
    let gone = servers.get(&format!("{url}/app-1.0.0.tgz"), None).unwrap_err();
    assert_eq!(gone, Refusal::Status { status: 404, body: "Not Found".to_owned() });
}

#[test]
fn hosts_answer_or_are_not_there() {
    let mut servers = Registry::default();
    servers.publish_chart("https://a.example.com/x", &chart("1.0.0"), Moment::START).unwrap();
    servers.serve_host("plain.example.com", true);
    let status = |answer: Result<_, Refusal>| answer.map(|_| ()).unwrap_err().to_string();
    for (url, expected) in [
        ("https://A.example.com/y/index.yaml", "status 404: Not Found"),
        ("https://b.example.com/index.yaml", "nothing is declared there"),
        ("http://plain.example.com/index.yaml", "status 404: Not Found"),
        ("https://plain.example.com/index.yaml", "connection refused"),
    ] {
        assert_eq!(status(servers.get(url, None)), expected, "{url}");
    }
}

#[test]
fn a_registry_answers_as_the_reference_registry() {
    let mut servers = Registry::default();
    let place = "ghcr.io/org/app";
    let login = Login { username: "u".to_owned(), password: "p".to_owned() };
    servers.push(place, Content::Flux(b"layer".to_vec()), &["latest".to_owned()], &[]);
    servers.publish_chart("oci://ghcr.io/charts", &chart("1.0.0+1"), Moment::START).unwrap();
    servers.declare_repository("ghcr.io/org/private", Some(login.clone()));
    let ask = |name: &str, question: &Question, login: Option<&Login>| {
        servers
            .ask(("ghcr.io", name), question, false, login)
            .map_or_else(|r| r.to_string(), |b| text(&b))
    };
    let manifest = |reference: &str| Question::Manifest(reference.to_owned());
    assert_eq!(ask("org/app", &Question::Tags, None), r#"{"name":"org/app","tags":["latest"]}"#);
    assert_eq!(
        ask("charts/app", &Question::Tags, None),
        r#"{"name":"charts/app","tags":["1.0.0_1"]}"#
    );
    assert!(ask("org/app", &manifest("latest"), None).contains("vnd.cncf.flux.content.v1"));
    assert!(ask("charts/app", &manifest("1.0.0_1"), None).contains("vnd.cncf.helm.chart.content"));
    let missing = ask("org/app", &manifest("nope"), None);
    assert!(
        missing.contains("MANIFEST_UNKNOWN") && missing.contains(r#"{"Tag":"nope"}"#),
        "{missing}"
    );
    assert!(ask("org/none", &Question::Tags, None).contains("NAME_UNKNOWN"));
    assert!(ask("org/private", &Question::Tags, None).contains("UNAUTHORIZED"));
    assert!(ask("org/private", &Question::Tags, Some(&login)).contains("NAME_UNKNOWN"));
}

#[test]
fn faults_strike_below_their_place_and_as_often_as_they_say() {
    let mut servers = Registry::default();
    let once = Fault { answer: Some(503), times: Some(1), ..Fault::default() };
    let cut = Fault { damage: Some(Damage::Truncated), ..Fault::default() };
    servers.break_below("https://charts.example.com/x/", once);
    let id = servers.break_below("https://charts.example.com/x/app-", cut);
    let mut strike = |url: &str| {
        let fault = servers.strike(url, false);
        fault.map(|fault| (fault.answer, fault.damage))
    };
    assert_eq!(strike("https://charts.example.com/y/index.yaml"), None);
    assert_eq!(strike("http://Charts.example.com/x/index.yaml"), Some((Some(503), None)));
    assert_eq!(strike("https://charts.example.com/x/index.yaml"), None);
    let archive = "https://charts.example.com/x/app-1.tgz";
    assert_eq!(strike(archive), Some((None, Some(Damage::Truncated))));
    assert!(servers.heal(id) && !servers.heal(id));
    assert_eq!(servers.strike(archive, false), None);
}

#[test]
fn what_is_no_chart_says_why() {
    for (bytes, expected) in [
        (b"nothing".to_vec(), "unpack the chart"),
        (pack(&Tree::new(), Packing::default()), "find Chart.yaml in the chart"),
        (chart(""), "read Chart.yaml: it has no version"),
    ] {
        assert_eq!(read_chart(&bytes).unwrap_err().to_string(), expected);
    }
}
