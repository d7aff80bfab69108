//! A release as text: the record that the real helm reads, and back.
//!
//! Rules from helm/helm: pkg/storage/driver/util (base64 of gzip of JSON). Records are bounded
//! when read: 64 MiB at most.

use std::fmt::Write as _;
use std::io::{Read, Write as _};
use std::rc::Rc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clock::Moment;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use objects::{Map, Value};

use super::release::{Hook, Info, Release};
use crate::chart_fields::{MAINTAINER, METADATA};

const LARGEST: u64 = 64 << 20;
const GZIP: [u8; 3] = [0x1f, 0x8b, 0x08];

/// Go's JSON of a value: compact, keys sorted, `<`, `>` and `&` escaped.
pub(crate) fn go_json(value: &Value) -> String {
    let text = objects::to_json(value);
    if !text.contains(['<', '>', '&', '\u{2028}', '\u{2029}']) {
        return text;
    }
    let mut out = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        match letter {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(letter));
            }
            other => out.push(other),
        }
    }
    out
}

/// A moment as Go writes it: RFC 3339 with as many digits as it has.
pub(crate) fn nanos(moment: Moment) -> String {
    let whole = moment.rfc3339();
    let rest = moment.unix_nanos().rem_euclid(1_000_000_000);
    if rest == 0 {
        return whole;
    }
    let digits = format!("{rest:09}");
    format!("{}.{}Z", whole.trim_end_matches('Z'), digits.trim_end_matches('0'))
}

/// A moment as JSON.
pub(crate) fn time_json(moment: Moment) -> String {
    format!("\"{}\"", nanos(moment))
}

const DEPENDENCY: [&str; 8] =
    ["name", "version", "repository", "condition", "tags", "enabled", "import-values", "alias"];

/// A chart's metadata as Go writes it.
pub(crate) fn chart_metadata_json(metadata: &Value) -> String {
    ordered(metadata, &METADATA, &|key, value| match key {
        "maintainers" => list(value, &MAINTAINER),
        "dependencies" => list(value, &DEPENDENCY),
        _ => go_json(value),
    })
}

fn list(value: &Value, fields: &[&str]) -> String {
    let items = value.as_list().unwrap_or_default().iter();
    let items: Vec<String> = items.map(|item| ordered(item, fields, &|_, v| go_json(v))).collect();
    format!("[{}]", items.join(","))
}

fn ordered(value: &Value, fields: &[&str], write: &dyn Fn(&str, &Value) -> String) -> String {
    let present = fields.iter().filter_map(|key| {
        let found = value.get(key).filter(|found| !is_empty(found))?;
        Some(format!("\"{key}\":{}", write(key, found)))
    });
    format!("{{{}}}", present.collect::<Vec<_>>().join(","))
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::List(items) => items.is_empty(),
        Value::Map(map) => map.is_empty(),
        _ => false,
    }
}

/// The record's text.
pub(crate) fn encode(release: &Release) -> Result<String, std::io::Error> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::best());
    packer.write_all(objects::to_json(&to_value(release)).as_bytes())?;
    Ok(STANDARD.encode(packer.finish()?))
}

/// Reads a record's text.
///
/// # Errors
/// Why it is none.
pub(crate) fn decode(text: &str) -> Result<Release, String> {
    let bytes = STANDARD.decode(text).map_err(|problem| problem.to_string())?;
    let json = if bytes.starts_with(&GZIP) {
        let mut json = Vec::new();
        let mut reader = GzDecoder::new(bytes.as_slice()).take(LARGEST);
        reader.read_to_end(&mut json).map_err(|problem| problem.to_string())?;
        json
    } else {
        bytes
    };
    let value = objects::from_json(&json).map_err(|problem| problem.to_string())?;
    Ok(read(&value))
}

fn to_value(release: &Release) -> Value {
    let text = |text: &str| Value::from(text);
    let mut map: Map = [
        ("name", text(&release.name)),
        ("info", info(&release.info)),
        ("chart", (*release.chart).clone()),
        ("version", release.version.into()),
    ]
    .into_iter()
    .collect();
    if release.config.as_map().is_some_and(|config| !config.is_empty()) {
        map.insert("config", release.config.clone());
    }
    for (key, value) in [
        ("manifest", &*release.manifest),
        ("namespace", &release.namespace),
        ("apply_method", &release.apply_method),
    ] {
        if !value.is_empty() {
            map.insert(key, value);
        }
    }
    if !release.hooks.is_empty() {
        map.insert("hooks", release.hooks.iter().map(hook).collect::<Value>());
    }
    map.into()
}

fn info(info: &Info) -> Value {
    let times = [
        ("first_deployed", info.first_deployed),
        ("last_deployed", info.last_deployed),
        ("deleted", info.deleted),
    ];
    let times = times.into_iter().filter_map(|(key, at)| Some((key, nanos(at?))));
    let texts = [
        ("description", info.description.clone()),
        ("status", info.status.clone()),
        ("notes", info.notes.clone()),
    ];
    texts_of(times.chain(texts)).into()
}

fn texts_of<'a>(pairs: impl Iterator<Item = (&'a str, String)>) -> Map {
    let present = pairs.filter(|(_, text)| !text.is_empty());
    present.map(|(key, text)| (key, Value::from(text))).collect()
}

fn hook(hook: &Hook) -> Value {
    let times = [("started_at", hook.started), ("completed_at", hook.completed)];
    let times = times.into_iter().filter_map(|(key, at)| Some((key, nanos(at?))));
    let mut run = texts_of(times);
    run.insert("phase", hook.phase.as_str());
    let texts = [
        ("name", hook.name.clone()),
        ("kind", hook.kind.clone()),
        ("path", hook.path.clone()),
        ("manifest", hook.manifest.clone()),
    ];
    let mut map = texts_of(texts.into_iter());
    map.insert("last_run", run);
    if hook.weight != 0 {
        map.insert("weight", hook.weight);
    }
    let lists = [
        ("events", &hook.events),
        ("delete_policies", &hook.delete_policies),
        ("output_log_policies", &hook.log_policies),
    ];
    for (key, list) in lists.into_iter().filter(|(_, list)| !list.is_empty()) {
        map.insert(key, list.iter().map(|text| Value::from(text.as_str())).collect::<Value>());
    }
    map.into()
}

fn read(value: &Value) -> Release {
    let text = |path: &[&str]| value.str_at(path).unwrap_or_default().to_owned();
    let time = |key: &str| Moment::parse(value.str_at(&["info", key])?);
    Release {
        name: text(&["name"]),
        namespace: text(&["namespace"]),
        version: value.int_at(&["version"]).unwrap_or(0),
        info: Info {
            first_deployed: time("first_deployed"),
            last_deployed: time("last_deployed"),
            deleted: time("deleted"),
            description: text(&["info", "description"]),
            status: text(&["info", "status"]),
            notes: text(&["info", "notes"]),
        },
        chart: Rc::new(value.get("chart").cloned().unwrap_or_default()),
        config: value.get("config").cloned().unwrap_or_else(Value::map),
        manifest: value.str_at(&["manifest"]).unwrap_or_default().into(),
        hooks: value.list_at(&["hooks"]).iter().map(read_hook).collect(),
        apply_method: text(&["apply_method"]),
        labels: Default::default(),
    }
}

fn read_hook(value: &Value) -> Hook {
    let text = |path: &[&str]| value.str_at(path).unwrap_or_default().to_owned();
    let time = |key: &str| Moment::parse(value.str_at(&["last_run", key])?);
    let list = |key: &str| {
        let items = value.list_at(&[key]).iter();
        items.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    Hook {
        name: text(&["name"]),
        kind: text(&["kind"]),
        path: text(&["path"]),
        manifest: text(&["manifest"]),
        events: list("events"),
        started: time("started_at"),
        completed: time("completed_at"),
        phase: text(&["last_run", "phase"]),
        weight: value.int_at(&["weight"]).unwrap_or(0),
        delete_policies: list("delete_policies"),
        log_policies: list("output_log_policies"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_record_reads_back() {
        let at = Moment::START + Duration::from_millis(1_500);
        let release = Release {
            name: "app".to_owned(),
            namespace: "apps".to_owned(),
            version: 3,
            info: Info {
                first_deployed: Some(at),
                status: "deployed".to_owned(),
                ..Info::default()
            },
            chart: Rc::new(objects::from_json(br#"{"metadata":{"name":"c"}}"#).unwrap()),
            config: objects::from_json(br#"{"a":1}"#).unwrap(),
            manifest: "---\na: b\n".into(),
            hooks: vec![Hook {
                name: "h".to_owned(),
                events: vec!["test".to_owned()],
                started: Some(at),
                ..Hook::default()
            }],
            apply_method: "ssa".to_owned(),
            labels: Default::default(),
        };
        assert_eq!(decode(&encode(&release).unwrap()).unwrap(), release);
        assert!(decode("%%").is_err());
    }

    #[test]
    fn moments_have_the_digits_that_they_need() {
        let after = |nanos| super::nanos(Moment::START + Duration::from_nanos(nanos));
        assert_eq!(after(0), "2026-01-01T00:00:00Z");
        assert_eq!(after(120_000_000), "2026-01-01T00:00:00.12Z");
        assert_eq!(after(7), "2026-01-01T00:00:00.000000007Z");
    }

    #[test]
    fn metadata_is_written_in_the_order_of_its_fields() {
        let metadata =
            objects::from_json(br#"{"apiVersion":"v2","name":"a<b","maintainers":[{"url":"u","name":"n"}],"version":"1","tags":""}"#).unwrap();
        let expected = r#"{"name":"a\u003cb","version":"1","maintainers":[{"name":"n","url":"u"}],"apiVersion":"v2"}"#;
        assert_eq!(chart_metadata_json(&metadata), expected);
    }
}
