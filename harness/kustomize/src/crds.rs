//! Fields of custom kinds that hold names, labels or annotations, from `crds` files.

use objects::Value;

use crate::config::{Config, NameReference, merge_one};
use crate::error::{BuildError, Result};
use crate::fieldspec::FieldSpec;
use crate::id::Gvk;
use crate::loader::Loader;

/// Types that refer to each other without end are followed this far.
const DEEPEST: usize = 64;

/// The configuration that `crds` files give.
pub(crate) fn load(loader: &Loader<'_>, paths: &[String]) -> Result<Config> {
    let mut config = Config::default();
    for path in paths {
        let text = loader.load_text(path)?;
        let types = crate::decode::yaml_to_json(&text).map_err(|error| {
            BuildError(format!("unable to parse open API definition from '{path}': {error}"))
        })?;
        let Some(map) = types.as_map() else { continue };
        let words = if text.starts_with('{') {
            ""
        } else {
            "error unmarshaling JSON: while decoding JSON: "
        };
        for (name, definition) in map {
            let found = match definition {
                Value::Map(_) | Value::Null => None,
                Value::List(_) => Some("array"),
                Value::String(_) => Some("string"),
                Value::Bool(_) => Some("bool"),
                Value::Int(_) | Value::Float(_) => Some("number"),
            };
            if let Some(found) = found {
                return Err(BuildError(format!(
                    "unable to parse open API definition from '{path}': {words}json: cannot unmarshal {found} into Go value of type accumulator.OpenAPIDefinition"
                )));
            }
            if !looks_like_a_kind(definition) {
                continue;
            }
            let kind = name.rsplit('.').next().unwrap_or_default();
            let mut own = Config::default();
            collect(&mut own, kind, &types, name, &[])?;
            config = config.merge(&own)?;
        }
    }
    Ok(config)
}

fn properties(definition: &Value) -> Option<&objects::Map> {
    let schema = definition.get("Schema").or_else(|| definition.get("schema"))?;
    schema.get("properties")?.as_map()
}

fn looks_like_a_kind(definition: &Value) -> bool {
    properties(definition).is_some_and(|properties| {
        ["kind", "apiVersion", "metadata"].iter().all(|name| properties.contains_key(name))
    })
}

fn collect(
    config: &mut Config,
    kind: &str,
    types: &Value,
    name: &str,
    path: &[&str],
) -> Result<()> {
    let definition = types.get(name).and_then(properties);
    let Some(properties) = definition.filter(|_| path.len() < DEEPEST) else { return Ok(()) };
    for (property, schema) in properties {
        let mut below = path.to_vec();
        below.push(property);
        let spec = |path: &[&str]| FieldSpec {
            gvk: Gvk { kind: kind.into(), ..Gvk::default() },
            path: path.join("/"),
            create: false,
        };
        let text = |key: &str| schema.str_at(&[key]);
        if text("x-kubernetes-annotation").is_some() {
            merge_one(&mut config.common_annotations, &spec(&below))?;
        }
        if text("x-kubernetes-label-selector").is_some() {
            merge_one(&mut config.common_labels, &spec(&below))?;
        }
        if text("x-kubernetes-identity").is_some() {
            merge_one(&mut config.name_prefix, &spec(&below))?;
        }
        let version = text("x-kubernetes-object-ref-api-version");
        if let (Some(version), Some(target)) = (version, text("x-kubernetes-object-ref-kind")) {
            let key = text("x-kubernetes-object-ref-name-key").unwrap_or("name");
            let mut named = below.clone();
            named.push(key);
            config.add_reference(&NameReference {
                target: Gvk { group: String::new(), version: version.into(), kind: target.into() },
                referrers: vec![spec(&named)],
            })?;
        }
        if let Some(reference) = text("$ref") {
            collect(config, kind, types, reference, &below)?;
        }
    }
    Ok(())
}
