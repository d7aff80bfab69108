//! Charts that mean harm end soon, with an error that says what was too much.
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::io::Write;

use helm::{Capabilities, Chart, Release, Seam, Values};
use tree::{Tree, TreePath};

fn chart(template: &str) -> Tree {
    let mut tree = Tree::new();
    let mut put =
        |path: &str, text: &str| tree.insert(TreePath::new(path).unwrap(), text.as_bytes());
    put("Chart.yaml", "apiVersion: v2\nname: c\nversion: 1.0.0\n");
    put("templates/a.yaml", template);
    tree
}

fn outcome(template: &str) -> String {
    let chart = Chart::from_tree(&chart(template), &TreePath::root()).unwrap();
    let release =
        Release { name: "r".into(), namespace: "n".into(), revision: 1, is_install: true };
    let values = Values::default();
    let done =
        helm::render(&chart, &release, &values, &Capabilities::default(), &(), Seam::default());
    match done {
        Ok(rendered) => format!("rendered {} bytes", rendered.manifest.len()),
        Err(problem) => problem.to_string(),
    }
}

#[test]
fn templates_without_end_or_measure_are_stopped() {
    for (template, refusal) in [
        (
            "{{ define \"a\" }}{{ include \"a\" . }}{{ end }}{{ include \"a\" . }}",
            "unable to execute template",
        ),
        (
            "{{ define \"a\" }}{{ template \"a\" . }}{{ end }}{{ template \"a\" . }}",
            "exceeded maximum template depth",
        ),
        (
            "{{ define \"a\" }}{{ include \"b\" . }}{{ end }}{{ define \"b\" }}{{ tpl \"{{ include \\\"a\\\" . }}\" . }}{{ end }}{{ include \"a\" . }}",
            "unable to execute template",
        ),
        ("{{ range 1000000000 }}{{ end }}", "more than 50000000 steps"),
        ("{{ range until 1000000000 }}x{{ end }}", "would be longer than"),
        ("{{ repeat 1000000000 \"x\" }}", "longer than 64 MiB"),
        ("{{ indent 1000000000 \"x\" }}", "longer than 64 MiB"),
        ("{{ $s := \"x\" }}{{ range 60 }}{{ $s = print $s $s }}{{ end }}", "64 MiB"),
        (
            "{{ $s := \"x\" }}{{ range 10000000 }}{{ $s = cat $s \"yyyyyyyy\" }}{{ end }}",
            "more than 512 MiB of text",
        ),
        ("{{ $l := list 1 }}{{ range 60 }}{{ $l = concat $l $l }}{{ end }}", "too long"),
        ("{{ $l := list 1 }}{{ range 10000000 }}{{ $l = append $l 1 }}{{ end }}", "the list"),
        (
            "{{ $d := dict }}{{ range 60 }}{{ $d = dict \"a\" $d \"b\" $d }}{{ end }}{{ toYaml $d }}",
            "100,000,000 values",
        ),
        (
            "{{ $d := dict }}{{ range 60 }}{{ $d = dict \"a\" $d \"b\" $d }}{{ end }}{{ $d }}",
            "64 MiB",
        ),
        (
            "{{ $d := dict }}{{ range 60 }}{{ $d = list $d $d }}{{ end }}{{ deepCopy $d | len }}",
            "100,000,000 values",
        ),
        (
            "{{ $d := dict }}{{ range 2000 }}{{ $d = dict \"a\" $d }}{{ end }}{{ $d }}",
            "nests deeper than 400 levels",
        ),
        (
            "{{ $d := dict }}{{ range 2000 }}{{ $d = dict \"a\" $d }}{{ end }}{{ mustToJson $d }}",
            "nests deeper than 400 levels",
        ),
        ("{{ $d := dict }}{{ $_ := set $d \"d\" $d }}{{ $d }}", "nests deeper than 400 levels"),
        ("# {{ printf \"%99999999d\" 1 | len }}", "rendered"),
        (
            "{{ replace \"a\" (repeat 10000000 \"b\") (repeat 10000000 \"a\") }}",
            "longer than 64 MiB",
        ),
        ("{{ join (repeat 10000000 \"b\") (until 100000) }}", "longer than 64 MiB"),
        (
            "{{ regexReplaceAll \"a\" (repeat 1000000 \"a\") (repeat 1000 \"b\") }}",
            "longer than 64 MiB",
        ),
        ("# {{ regexMatch \"(a{1000}){1000}\" \"a\" }}", "rendered"),
        (
            &format!("{}{}", "{{ if true }}".repeat(3000), "{{ end }}".repeat(3000)),
            "nested deeper than 500 levels",
        ),
        (
            &format!("{{{{ {}1{} }}}}", "(".repeat(100_000), ")".repeat(100_000)),
            "nested deeper than 500 levels",
        ),
    ] {
        let found = outcome(template);
        let shown = &template[..template.len().min(120)];
        let found = &found[found.len().saturating_sub(300)..];
        assert!(found.contains(refusal), "{shown}: {found}");
    }
}

/// Values that nest a million deep are dropped without a deep stack.
#[test]
fn deep_and_circular_values_are_dropped_flat() {
    for template in [
        "{{ $d := dict }}{{ range 1000000 }}{{ $d = dict \"a\" $d }}{{ end }}a: b",
        "{{ $d := dict }}{{ $top := $d }}{{ range 1000000 }}{{ $n := dict }}{{ $_ := set $d \"a\" $n }}{{ $d = $n }}{{ end }}a: b",
        "{{ $l := list }}{{ range 1000000 }}{{ $l = list $l }}{{ end }}a: b",
        "{{ $d := dict }}{{ $_ := set $d \"d\" $d }}a: b",
    ] {
        assert!(outcome(template).starts_with("rendered"), "{template}");
    }
}

fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut tar =
        tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    for (path, data) in entries {
        let mut header = tar::Header::new_gnu();
        header.set_size(data.len() as u64);
        header.set_mode(0o644);
        // As an evil archive has it; the builder would refuse such paths.
        let name = &mut header.as_old_mut().name;
        name[..path.len()].copy_from_slice(path.as_bytes());
        header.set_cksum();
        tar.append(&header, *data).unwrap();
    }
    tar.into_inner().unwrap().finish().unwrap()
}

#[test]
fn archives_that_are_bombs_or_leave_their_root_are_refused() {
    let described = ("c/Chart.yaml", &b"apiVersion: v2\nname: c\nversion: 1.0.0\n"[..]);
    let zeros = vec![0; 60 << 20];
    for (bytes, refusal) in [
        (
            archive(&[described, ("c/../../etc/passwd", b"x")]),
            "illegally references parent directory",
        ),
        (archive(&[described, ("c//etc/passwd", b"x")]), "illegally contains absolute paths"),
        (archive(&[described, ("c/a", &zeros), ("c/b", &zeros)]), "larger than the maximum size"),
        (archive(&[]), "no files in chart archive"),
        (b"not an archive".to_vec(), "invalid header"),
        (archive(&[described])[..40].to_vec(), ""),
    ] {
        let problem = Chart::from_archive(&bytes).map(drop).unwrap_err().to_string();
        assert!(problem.contains(refusal), "{problem}");
    }
}

#[test]
fn charts_inside_charts_end() {
    let mut inner = archive(&[("c/Chart.yaml", b"apiVersion: v2\nname: c\nversion: 1.0.0\n")]);
    for _ in 0..60 {
        inner = archive(&[
            ("c/Chart.yaml", b"apiVersion: v2\nname: c\nversion: 1.0.0\n"),
            ("c/charts/c.tgz", &inner),
        ]);
    }
    let problem = Chart::from_archive(&inner).map(drop).unwrap_err().to_string();
    assert!(problem.contains("charts lie more than 50 deep in one another"), "{problem}");
}

#[test]
fn a_schema_that_leads_in_a_circle_ends() {
    let mut tree = chart("a: b\n");
    let mut encoder = Vec::new();
    encoder.write_all(br##"{"$ref":"#"}"##).unwrap();
    tree.insert(TreePath::new("values.schema.json").unwrap(), encoder);
    let chart = Chart::from_tree(&tree, &TreePath::root()).unwrap();
    let release =
        Release { name: "r".into(), namespace: "n".into(), revision: 1, is_install: true };
    let done = helm::render(
        &chart,
        &release,
        &Values::default(),
        &Capabilities::default(),
        &(),
        Seam::default(),
    );
    assert!(done.unwrap_err().to_string().contains("leads in a circle"));
}
