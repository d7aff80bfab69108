//! Files of steps, rows of the matrix, bindings, and input that means harm.

use std::collections::BTreeMap;

use scenario::step::Action;
use scenario::{Diagnostic, Scenario};

fn load(files: &[(&str, &str)], with: &[(&str, &str)]) -> Result<Vec<Scenario>, String> {
    let files: BTreeMap<&str, &str> = files.iter().copied().collect();
    let with = with.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    let read = |path: &str| {
        files.get(path).map(|text| (*text).to_owned()).ok_or_else(|| "no such file".to_owned())
    };
    scenario::load("s/main.yaml", &read, &with).map_err(|mistakes| {
        mistakes.iter().map(Diagnostic::render).collect::<Vec<_>>().join("\n\n")
    })
}

fn pushed(scenario: &Scenario) -> Vec<(Option<&str>, String)> {
    let steps = scenario.steps.iter().filter_map(|step| match &step.action {
        Action::Push(push) => Some((step.id.as_deref(), push.files.0[0].0.clone())),
        _ => None,
    });
    steps.collect()
}

#[test]
fn steps_of_other_files_stand_in_the_place_of_use() {
    let main = "cluster: .\nsteps:\n  - use: {file: ../lib/tenant.yaml, with: {tenant: bhs}}\n  - {id: second, use: {file: ../lib/tenant.yaml, with: {tenant: mhr, folder: t}}}\n";
    let tenant = "parameters: {tenant: '', folder: tenants}\nsteps:\n  - use: inner.yaml\n  - push: {id: 'add-$(tenant)', files: {'$(folder)/$(tenant).yaml': x}}\n";
    let inner = "steps:\n  - push: {files: {inner: x}}\n";
    let files = [("s/main.yaml", main), ("lib/tenant.yaml", tenant), ("lib/inner.yaml", inner)];
    let loaded = load(&files, &[]).unwrap();
    assert_eq!(
        pushed(&loaded[0]),
        [
            (None, "inner".to_owned()),
            (Some("add-bhs"), "tenants/bhs.yaml".to_owned()),
            (Some("second"), "inner".to_owned()),
            (Some("add-mhr"), "t/mhr.yaml".to_owned()),
        ]
    );
    assert_eq!(loaded[0].steps[1].place.to_string(), "lib/tenant.yaml:4:11");
}

#[test]
fn each_row_of_the_matrix_is_a_scenario_of_its_own() {
    let main = "cluster: $(path)\nkubernetes: '1.30'\nlabels: [all]\nbindings: {path: a}\nimages: {UI: x/ui}\nmatrix:\n  - {name: one, set: {UI: 'x/ui:2'}}\n  - {name: two, with: {path: b}, kubernetes: '1.28', flux: '2.4', labels: [old]}\nexpect: unchanged\n";
    let loaded = load(&[("s/main.yaml", main)], &[]).unwrap();
    let path = |at: usize| {
        loaded[at].cluster.as_ref().and_then(|c| c.bootstrap.as_ref()).map(|b| b.path.as_str())
    };
    assert_eq!((loaded.len(), path(0), path(1)), (2, Some("a"), Some("b")));
    assert_eq!(loaded[0].matrix.len(), 1);
    assert_eq!(loaded[0].matrix[0].set.get("UI").map(String::as_str), Some("x/ui:2"));
    let versions = (loaded[1].kubernetes.as_deref(), loaded[1].flux.as_deref());
    assert_eq!(versions, (Some("1.28"), Some("2.4")));
    assert_eq!(loaded[1].labels, ["all", "old"]);
    let bound = load(&[("s/main.yaml", main)], &[("path", "c")]).unwrap();
    assert_eq!(bound[1].cluster.as_ref().unwrap().bootstrap.as_ref().unwrap().path, "c");
}

#[test]
fn dollar_signs_stay_where_nothing_is_bound() {
    let plain =
        "repository: {files: {a: 'echo $(date) $$(x) ${y}'}}\ncluster: .\nexpect: unchanged\n";
    let bound = format!("bindings: {{x: '1'}}\n{}", plain.replace("$(date)", "$(x) $(a b) $("));
    let text =
        |loaded: Vec<Scenario>| loaded[0].repository.as_ref().unwrap().files.0[0].1.text.clone();
    assert_eq!(
        text(load(&[("s/main.yaml", plain)], &[]).unwrap()).unwrap(),
        "echo $(date) $$(x) ${y}"
    );
    assert_eq!(
        text(load(&[("s/main.yaml", &bound)], &[]).unwrap()).unwrap(),
        "echo 1 $(a b) $( $(x) ${y}"
    );
}

#[test]
fn mistakes_of_files_that_are_used_are_shown_where_they_stand() {
    let cases: [(&str, &[(&str, &str)]); 6] = [
        (
            "a circle",
            &[("s/a.yaml", "steps: [{use: b.yaml}]\n"), ("s/b.yaml", "steps:\n  - use: a.yaml\n")],
        ),
        ("no such file", &[]),
        (
            "wrong inside",
            &[("s/a.yaml", "steps:\n  - pusch: {}\n  - expect: {objects: {Pod/a/b: Redy}}\n")],
        ),
        (
            "a parameter is missing",
            &[("s/a.yaml", "parameters: {tenant: ''}\nsteps: [{wait: 1m}]\n")],
        ),
        ("an id stands twice", &[("s/a.yaml", "steps: [{id: x, wait: 1m}, {id: x, wait: 1m}]\n")]),
        ("unknown key", &[("s/a.yaml", "step: []\nsteps: [{heal: y}]\n")]),
    ];
    let mut shown = String::new();
    for (name, files) in cases {
        let mut files = files.to_vec();
        files.push(("s/main.yaml", "cluster: .\nsteps:\n  - use: a.yaml\n"));
        shown.push_str(&format!("# {name}\n{}\n\n", load(&files, &[]).unwrap_err()));
    }
    let with = "cluster: .\nsteps:\n  - use: {file: a.yaml, with: {tenat: x}}\n";
    let files =
        [("s/main.yaml", with), ("s/a.yaml", "parameters: {tenant: a}\nsteps: [{wait: 1m}]\n")];
    shown.push_str(&format!("# an unknown parameter\n{}\n\n", load(&files, &[]).unwrap_err()));
    shown.push_str(&format!("# the file itself\n{}\n", load(&[], &[]).unwrap_err()));
    insta::assert_snapshot!(shown);
}

#[test]
fn input_that_means_harm_is_refused_and_not_followed() {
    let deep = format!("expect: {}{}", "{never: ".repeat(5_000), "}".repeat(5_000));
    let wide = format!("labels: [{}]", "a,".repeat(3_000_000));
    let bomb: String = (1..12)
        .map(|at| format!("l{at}: &l{at} [{}]\n", format!("*l{},", at - 1).repeat(10)))
        .collect();
    let bomb = format!("l0: &l0 [a]\n{bomb}");
    let many = format!("steps:\n{}", "  - pusch: {}\n".repeat(20_000));
    let binding = format!(
        "bindings: {{a: '{}'}}\nscenario: '{}'\n",
        "x".repeat(50_000),
        "$(a)".repeat(1_000)
    );
    let itself = "a: &a [*a]\n".to_owned();
    for text in [deep, wide, bomb, many, binding, itself, "\u{0}".to_owned(), "- [".repeat(9)] {
        let start: String = text.chars().take(20).collect();
        let mistakes = scenario::parse("harm.yaml", &text).expect_err(&start);
        assert!(!mistakes.is_empty() && mistakes.len() <= 50, "{start}: {}", mistakes.len());
        assert!(mistakes.iter().all(|one| one.render().len() < 4_000), "{start}");
    }
}

#[test]
fn a_chain_of_files_that_never_ends_is_cut() {
    let read = |path: &str| {
        let number: usize =
            path.trim_start_matches("s/").trim_end_matches(".yaml").parse().unwrap_or(0);
        let head = if number == 0 { "cluster: .\n" } else { "" };
        Ok(format!("{head}steps:\n  - use: {}.yaml\n", number + 1))
    };
    let mistakes = scenario::load("s/main.yaml", &read, &BTreeMap::new()).unwrap_err();
    assert!(mistakes[0].message.contains("more than 16 deep"), "{}", mistakes[0]);
}
