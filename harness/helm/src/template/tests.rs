//! Templates and what they print or refuse, as Go does.

use std::sync::Arc;

use super::{Execution, Parsed, Templates};
use crate::host::{Host, Seam};
use crate::value::Val;

fn data() -> Val {
    let text = |key: &str, text: &str| (Arc::from(key), Val::str(text));
    let entry = |key: &str, value: Val| (Arc::from(key), value);
    Val::dict([
        text("s", "abc"),
        entry("n", Val::Float(3.0)),
        entry("b", Val::Bool(true)),
        entry("nil", Val::Nil),
        entry("l", Val::list(vec![Val::str("x"), Val::int(2)])),
        entry("m", Val::dict([text("k", "v"), text("a", "w")])),
    ])
}

fn run(text: &str) -> String {
    let name: Arc<str> = "t".into();
    let parsed = match Parsed::new("t", text, |_| None) {
        Ok(parsed) => parsed,
        Err(problem) => return problem.to_string(),
    };
    let mut templates = Templates::default();
    templates.add(&name, &parsed);
    let mut host = Host::new(&(), Seam::default());
    let done = Execution::new(templates, |_| None, &mut host).run("t", data());
    done.unwrap_or_else(|problem| problem.to_string())
}

#[test]
fn templates_print_what_go_prints() {
    for (text, printed) in [
        ("a {{ .s }} b", "a abc b"),
        ("a {{- .s -}} b", "aabcb"),
        ("{{/* c */}}x{{- /* d */ -}} y", "xy"),
        ("{{ if .b }}1{{ else }}2{{ end }}", "1"),
        ("{{ if .nope }}1{{ else if .s }}2{{ else }}3{{ end }}", "2"),
        ("{{ with .m }}{{ .k }}{{ $.s }}{{ end }}", "vabc"),
        ("{{ with .nope }}1{{ else with .s }}{{ . }}{{ end }}", "abc"),
        ("{{ range .l }}[{{ . }}]{{ end }}", "[x][2]"),
        ("{{ range $i, $e := .l }}{{ $i }}={{ $e }};{{ end }}", "0=x;1=2;"),
        ("{{ range $k, $v := .m }}{{ $k }}={{ $v }};{{ end }}", "a=w;k=v;"),
        ("{{ range .nope }}1{{ else }}none{{ end }}", "none"),
        ("{{ range 3 }}{{ . }}{{ end }}", "012"),
        ("{{ range .l }}{{ if eq (print .) \"2\" }}{{ break }}{{ end }}{{ . }}{{ end }}", "x"),
        ("{{ range .l }}{{ if eq (print .) \"x\" }}{{ continue }}{{ end }}{{ . }}{{ end }}", "2"),
        ("{{ $x := 1 }}{{ range .l }}{{ $x = . }}{{ end }}{{ $x }}", "2"),
        ("{{ define \"d\" }}<{{ . }}>{{ end }}{{ template \"d\" .s }}", "<abc>"),
        ("{{ block \"e\" .m }}{{ .k }}{{ end }}", "v"),
        ("{{ .nope }}|{{ .nil }}", "<no value>|<no value>"),
        ("{{ (.nope).x.y }}", "<no value>"),
        ("{{ printf \"%s-%v\" .s .n | printf \"%q\" }}", "\"abc-3\""),
        ("{{ index .l 1 }} {{ index .m \"k\" }} {{ len .s }} {{ slice .s 1 2 }}", "2 v 3 b"),
        ("{{ and 1 0 2 }} {{ or 0 \"\" \"z\" }} {{ not 0 }}", "0 z true"),
        (
            "{{ 1_000 }} {{ 0x10 }} {{ 1.5 }} {{ 'a' }} {{ 1e3 }} {{ `raw` }}",
            "1000 16 1.5 97 1000 raw",
        ),
        (
            "{{ lt 1 2 }} {{ ge \"b\" \"a\" }} {{ ne .s \"x\" }} {{ eq .s \"x\" \"abc\" }}",
            "true true true true",
        ),
        ("{{ .m }} {{ .l }} {{ .n }}", "map[a:w k:v] [x 2] 3"),
        ("{{ html \"<a & b>\" }} {{ urlquery \"a b/c\" }}", "&lt;a &amp; b&gt; a+b%2Fc"),
    ] {
        assert_eq!(run(text), printed, "{text}");
    }
}

#[test]
fn refusals_have_gos_words_and_places() {
    for (text, refusal) in [
        (
            "x\n{{ .m.k.z }}",
            "template: t:2:5: executing \"t\" at <.m.k.z>: can't evaluate field z in type interface {}",
        ),
        (
            "{{ .nope.x }}",
            "template: t:1:8: executing \"t\" at <.nope.x>: nil pointer evaluating interface {}.x",
        ),
        (
            "{{ eq 1 \"x\" }}",
            "template: t:1:3: executing \"t\" at <eq 1 \"x\">: error calling eq: incompatible types for comparison: int and string",
        ),
        (
            "{{ eq 1 }}",
            "template: t:1:3: executing \"t\" at <eq 1>: error calling eq: missing argument for comparison",
        ),
        (
            "{{ len .n }}",
            "template: t:1:3: executing \"t\" at <len .n>: error calling len: len of type float64",
        ),
        (
            "{{ index .nope \"x\" }}",
            "template: t:1:3: executing \"t\" at <index .nope \"x\">: error calling index: index of untyped nil",
        ),
        (
            "{{ range .s }}{{ end }}",
            "template: t:1:9: executing \"t\" at <.s>: range can't iterate over abc",
        ),
        (
            "{{ template \"no\" }}",
            "template: t:1:12: executing \"t\" at <{{template \"no\"}}>: template \"no\" not defined",
        ),
        (
            "{{ 3 4 }}",
            "template: t:1:3: executing \"t\" at <3>: can't give argument to non-function 3",
        ),
        ("{{ nil }}", "template: t:1:3: executing \"t\" at <nil>: nil is not a command"),
        ("{{ printf 5 }}", "template: t:1:10: executing \"t\" at <5>: expected string; found 5"),
        ("{{ if }}", "template: t:1: missing value for if"),
        ("{{ if .x }}", "template: t:1: unexpected EOF"),
        ("{{ end }}", "template: t:1: unexpected {{end}}"),
        ("{{ nosuch }}", "template: t:1: function \"nosuch\" not defined"),
        ("{{ $y }}", "template: t:1: undefined variable \"$y\""),
        ("{{ \"a }}", "template: t:1: unterminated quoted string"),
        ("{{ .a-b }}", "template: t:1: bad character U+002D '-'"),
        ("{{ .x\n", "template: t:2: unclosed action started at t:1"),
        ("{{ break }}", "template: t:1: {{break}} outside {{range}}"),
        ("{{ range $a, $b, $c := .l }}{{ end }}", "template: t:1: too many declarations in range"),
        ("{{ 1 | 2 }}", "template: t:1: non executable command in pipeline stage 2"),
        (
            "{{ define \"f\" }}{{ template \"f\" . }}{{ end }}{{ template \"f\" . }}",
            "template: t:1:28: executing \"f\" at <{{template \"f\" .}}>: exceeded maximum template depth (100000)",
        ),
    ] {
        assert_eq!(run(text), refusal, "{text}");
    }
}

#[test]
fn nesting_without_end_is_refused() {
    let text = format!("{{{{ {}1{} }}}}", "(".repeat(5_000), ")".repeat(5_000));
    assert_eq!(run(&text), "template: t:1: nested deeper than 500 levels");
}
