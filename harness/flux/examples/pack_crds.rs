//! Packs CRDs into `data/VERSION.json.gz`.
//!
//! `cargo run -p fluxrig-flux --example pack_crds -- OUT.json.gz CRD.yaml…`
//! Descriptions are dropped; keys are sorted, so equal input gives equal bytes.

use std::io::Write;

use objects::{Map, Value};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let out = arguments.next().ok_or("usage: pack_crds OUT.json.gz CRD.yaml…")?;
    let mut crds = Vec::new();
    for file in arguments {
        let documents = objects::load_yaml(&std::fs::read_to_string(file)?, yaml::Schema::Yaml11)?;
        let kind = |value: &Value| value.str_at(&["kind"]) == Some("CustomResourceDefinition");
        crds.extend(documents.into_iter().filter(kind).map(|crd| bare(&crd, false)));
    }
    crds.sort_by_key(|crd| crd.str_at(&["metadata", "name"]).map(str::to_owned));
    let file = std::fs::File::create(out)?;
    let mut packer = flate2::write::GzEncoder::new(file, flate2::Compression::best());
    packer.write_all(objects::to_json(&Value::from(crds)).as_bytes())?;
    packer.finish()?;
    Ok(())
}

/// Without descriptions; below `properties` a key of that name is a field and stays.
fn bare(value: &Value, names: bool) -> Value {
    match value {
        Value::Map(map) => {
            let kept = map.iter().filter(|(key, _)| names || key.as_ref() != "description");
            let entry = |(key, value): (&std::sync::Arc<str>, &Value)| {
                (key.clone(), bare(value, !names && key.as_ref() == "properties"))
            };
            kept.map(entry).collect::<Map>().into()
        }
        Value::List(items) => items.iter().map(|item| bare(item, false)).collect(),
        other => other.clone(),
    }
}
