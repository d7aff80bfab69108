//! Digests that say whether something changed.
//!
//! Rules from fluxcd/pkg: chartutil (values as go-yaml v2 writes them, keys sorted by bytes) and
//! fluxcd/helm-controller: internal/release, internal/postrender (Go's JSON and a line break).

use objects::Value;
use sha2::{Digest, Sha256};
use yaml::Canonical;

use crate::action::{Hook, Release, chart_metadata_json, go_json, time_json};

fn sha256(text: &str) -> String {
    let hex: String =
        Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

/// Digest of values; none and an empty map are the same.
pub(super) fn values(values: &Value) -> String {
    match values.as_map() {
        Some(map) if !map.is_empty() => {
            let mut out = Canonical::new();
            write(values, &mut out);
            sha256(&out.finish())
        }
        _ => sha256(""),
    }
}

fn write(value: &Value, out: &mut Canonical) {
    match value {
        Value::Null => out.plain("null"),
        Value::Bool(flag) => out.plain(if *flag { "true" } else { "false" }),
        Value::Int(number) => out.plain(&number.to_string()),
        Value::Float(number) if number.fract() == 0.0 && number.abs() < 1e18 => {
            out.plain(&format!("{number:.0}"));
        }
        Value::Float(number) => out.plain(&yaml::format_float(*number)),
        Value::String(text) => out.text(text),
        Value::List(items) => {
            out.start_sequence(items.is_empty());
            items.iter().for_each(|item| write(item, out));
            out.end();
        }
        Value::Map(map) => {
            out.start_mapping(map.is_empty());
            for (key, value) in map.iter() {
                out.key(key);
                write(value, out);
            }
            out.end();
        }
    }
}

/// Digest of a part of the spec; empty where it is absent.
pub(super) fn spec(value: Option<&Value>, write: impl Fn(&Value) -> String) -> String {
    match value {
        Some(value) if !value.is_null() => sha256(&format!("{}\n", write(value))),
        _ => String::new(),
    }
}

/// `spec.commonMetadata` as Go writes it.
pub(super) fn common_metadata(value: &Value) -> String {
    fields(value, &["annotations", "labels"], &|_, value| go_json(value))
}

/// `spec.postRenderers` as Go writes it.
pub(super) fn post_renderers(value: &Value) -> String {
    list(value, &|item| {
        fields(item, &["kustomize"], &|_, value| {
            fields(value, &["patches", "images"], &|key, value| match key {
                "patches" => list(value, &patch),
                _ => list(value, &|image| {
                    fields(image, &["name", "newName", "newTag", "digest"], &|_, v| go_json(v))
                }),
            })
        })
    })
}

fn patch(value: &Value) -> String {
    const TARGET: [&str; 7] =
        ["group", "version", "kind", "namespace", "name", "annotationSelector", "labelSelector"];
    fields(value, &["patch", "target"], &|key, value| match key {
        "target" => fields(value, &TARGET, &|_, value| go_json(value)),
        _ => go_json(value),
    })
}

fn list(value: &Value, write: &dyn Fn(&Value) -> String) -> String {
    let items: Vec<String> = value.as_list().unwrap_or_default().iter().map(write).collect();
    format!("[{}]", items.join(","))
}

fn fields(value: &Value, keys: &[&str], write: &dyn Fn(&str, &Value) -> String) -> String {
    let present = keys.iter().filter_map(|key| {
        let found =
            value.get(key).filter(|found| !found.is_null() && found.as_str() != Some(""))?;
        Some(format!("\"{key}\":{}", write(key, found)))
    });
    format!("{{{}}}", present.collect::<Vec<_>>().join(","))
}

/// Digest of a release as the controller observes it; tests do not count.
pub(super) fn release(release: &Release, oci_digest: &str) -> String {
    let config = match release.config.as_map() {
        Some(map) if !map.is_empty() => go_json(&release.config),
        _ => "null".to_owned(),
    };
    let empty = Value::map();
    let metadata = release.chart.get("metadata").unwrap_or(&empty);
    let oci = match oci_digest {
        "" => String::new(),
        digest => format!(",\"ociDigest\":{}", text(digest)),
    };
    sha256(&format!(
        "{{\"name\":{},\"version\":{},\"info\":{},\"chartMetadata\":{},\"config\":{config},\"manifest\":{},\"hooks\":{},\"namespace\":{}{oci}}}\n",
        text(&release.name),
        release.version,
        info(release),
        chart_metadata_json(metadata),
        text(&release.manifest),
        hooks(&release.hooks),
        text(&release.namespace),
    ))
}

fn text(text: &str) -> String {
    go_json(&Value::from(text))
}

fn pairs(pairs: impl IntoIterator<Item = (&'static str, Option<String>)>) -> String {
    let present = pairs.into_iter().filter_map(|(key, json)| Some(format!("\"{key}\":{}", json?)));
    format!("{{{}}}", present.collect::<Vec<_>>().join(","))
}

fn some_text(value: &str) -> Option<String> {
    (!value.is_empty()).then(|| text(value))
}

fn info(release: &Release) -> String {
    let info = &release.info;
    pairs([
        ("first_deployed", info.first_deployed.map(time_json)),
        ("last_deployed", info.last_deployed.map(time_json)),
        ("deleted", info.deleted.map(time_json)),
        ("description", some_text(&info.description)),
        ("status", some_text(&info.status)),
        ("notes", some_text(&info.notes)),
    ])
}

fn hooks(hooks: &[Hook]) -> String {
    let counted: Vec<String> =
        hooks.iter().filter(|hook| !hook.is_for("test")).map(hook_json).collect();
    if counted.is_empty() { "null".to_owned() } else { format!("[{}]", counted.join(",")) }
}

fn hook_json(hook: &Hook) -> String {
    let texts = |list: &[String]| {
        let items: Vec<String> = list.iter().map(|item| text(item)).collect();
        (!items.is_empty()).then(|| format!("[{}]", items.join(",")))
    };
    let run = pairs([
        ("started_at", hook.started.map(time_json)),
        ("completed_at", hook.completed.map(time_json)),
        ("phase", Some(text(&hook.phase))),
    ]);
    pairs([
        ("name", some_text(&hook.name)),
        ("kind", some_text(&hook.kind)),
        ("path", some_text(&hook.path)),
        ("manifest", some_text(&hook.manifest)),
        ("events", texts(&hook.events)),
        ("last_run", Some(run)),
        ("weight", (hook.weight != 0).then(|| hook.weight.to_string())),
        ("delete_policies", texts(&hook.delete_policies)),
        ("output_log_policies", texts(&hook.log_policies)),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Value {
        objects::from_json(text.as_bytes()).unwrap()
    }

    #[test]
    fn digests_are_those_of_the_real_controller() {
        for (text, expected) in [
            ("{}", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            (
                r#"{"replicas":3,"image":{"tag":"latest","repository":"nginx"},"ports":[{"protocol":"TCP","port":8080},{"port":9090,"protocol":"UDP"}]}"#,
                "fcdc2b0de1581a3633ada4afee3f918f6eaa5b5ab38c3fef03d5b48d3f85d9f6",
            ),
            (
                r#"{"replicas":3,"test":{"632bd80235a05f4192aefade":"value1","632bd80ddf416cf32fd50679":"value2","632bd817c559818a52307da2":"value3","632bd82398e71231a98004b6":"value4"}}"#,
                "8a980fcbeadd6f05818f07e8aec14070c22250ca3d96af1fcd5f93b3e85b4d70",
            ),
            (
                r#"{"replicaCount":2}"#,
                "e15c415d62760896bd8bec192a44c5716dc224db9e0fc609b9ac14718f8f9e56",
            ),
        ] {
            assert_eq!(values(&json(text)), format!("sha256:{expected}"), "{text}");
        }
    }

    #[test]
    fn parts_of_the_spec_are_written_field_by_field() {
        let renderers = json(r#"[{"kustomize":{"images":[{"newTag":"1.27","name":"nginx"}]}}]"#);
        assert_eq!(
            spec(Some(&renderers), post_renderers),
            "sha256:25bc839a425e56445107e4282b873ae65f8dcb8d6666642098381073983dce2f"
        );
        let metadata = json(r#"{"labels":{"team":"a"}}"#);
        assert_eq!(
            spec(Some(&metadata), common_metadata),
            "sha256:1ee554205d3f7c5362b678b7855c7fc947fbc8a986fa78f182288c599b0e4fbb"
        );
        assert_eq!(spec(None, common_metadata), "");
    }
}
