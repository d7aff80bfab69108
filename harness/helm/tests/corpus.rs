//! Recorded renderings of the real tool: how many come out byte for byte may not fall.
//!
//! The recordings stand outside the repository; `FLUXRIG_CORPORA` names their folder.
#![expect(clippy::expect_used, reason = "a test stops where it fails")]

use std::path::{Path, PathBuf};

use helm::{Capabilities, Chart, KubeVersion, Release, Seam, Values};
use objects::Value;
use tree::{Tree, TreePath};

/// Recorded renderings that come out byte for byte, and recorded failures with their text.
const EQUAL: usize = 703;
const SAME_FAILURES: usize = 215;

struct Case {
    name: String,
    folder: PathBuf,
    meta: Value,
}

fn cases(corpus: &Path) -> Vec<Case> {
    let mut cases: Vec<Case> = std::fs::read_dir(corpus.join("cases"))
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let folder = entry.path();
            let meta = std::fs::read(folder.join("case.json")).ok()?;
            let meta = objects::from_json(&meta).ok()?;
            Some(Case { name: entry.file_name().to_string_lossy().into_owned(), folder, meta })
        })
        .collect();
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    cases
}

/// What `helm template` prints for a case, or why it fails.
fn rendered(corpus: &Path, case: &Case) -> Result<String, String> {
    let text = |key: &str| case.meta.str_at(&[key]).unwrap_or_default();
    let flag = |key: &str| case.meta.bool_at(&[key]).unwrap_or_default();
    let kube_version = KubeVersion::parse(text("kube_version")).map_err(|p| p.to_string())?;
    let mut capabilities = Capabilities { kube_version, ..Capabilities::default() };
    let more = case.meta.list_at(&["api_versions"]).iter().filter_map(Value::as_str);
    capabilities.api_versions.extend(more.map(Into::into));
    let mut values = Values::default();
    for file in case.meta.list_at(&["values"]) {
        let name = file.as_str().unwrap_or_default();
        let file = std::fs::read(case.folder.join(name)).map_err(|p| p.to_string())?;
        let file = Values::parse(&String::from_utf8_lossy(&file));
        let shown = format!("<ROOT>/cases/{}/{name}", case.name);
        values.merge(&file.map_err(|problem| format!("failed to parse {shown}: {problem}"))?);
    }
    let tree = Tree::from_dir(&corpus.join(text("chart"))).map_err(|p| p.to_string())?;
    let chart = Chart::from_tree(&tree, &TreePath::root()).map_err(|p| p.to_string())?;
    let missing = chart.missing_dependencies();
    if !missing.is_empty() {
        return Err(format!("missing in charts/ directory: {}", missing.join(", ")));
    }
    let release = Release {
        name: text("release").into(),
        namespace: text("namespace").into(),
        revision: 1,
        is_install: !flag("is_upgrade"),
    };
    let rendered = helm::render(&chart, &release, &values, &capabilities, &(), Seam::default());
    let rendered = rendered.map_err(|problem| problem.to_string())?;
    Ok(rendered.template_output(flag("include_crds")))
}

/// Whether a case comes out as it was recorded; the lines of a failure in any order.
fn is_met(corpus: &Path, case: &Case) -> bool {
    let outcome = rendered(corpus, case);
    match std::fs::read_to_string(case.folder.join("expected.yaml")) {
        Ok(wanted) => outcome.is_ok_and(|text| text == wanted),
        Err(_) => {
            let wanted = std::fs::read_to_string(case.folder.join("expected.stderr"));
            let wanted = wanted.expect("a recorded failure has a text");
            let mut left: Vec<&str> = wanted.lines().collect();
            outcome.is_err_and(|problem| {
                problem.lines().all(|line| {
                    let found = left.iter().position(|known| known.ends_with(line));
                    found.map(|at| left.swap_remove(at)).is_some()
                })
            })
        }
    }
}

#[test]
fn recorded_renderings_come_out_byte_for_byte() {
    let Some(corpora) = std::env::var_os("FLUXRIG_CORPORA") else {
        eprintln!("SKIPPED: FLUXRIG_CORPORA is not set, so no recorded rendering was compared");
        return;
    };
    let corpus = PathBuf::from(corpora).join("helm");
    let (mut equal, mut failed, mut missed) = (0, 0, Vec::new());
    for case in cases(&corpus) {
        match (is_met(&corpus, &case), case.meta.str_at(&["outcome"])) {
            (true, Some("ok")) => equal += 1,
            (true, _) => failed += 1,
            (false, _) => missed.push(case.name),
        }
    }
    assert!(
        equal >= EQUAL && failed >= SAME_FAILURES,
        "{equal} of {EQUAL} are equal, {failed} of {SAME_FAILURES} fail alike; not: {missed:?}"
    );
}
