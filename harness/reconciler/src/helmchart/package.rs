//! Packing a chart anew: another version, other default values.

use std::rc::Rc;

use objects::{Map, Value};
use tree::archive::{Packing, pack};
use tree::{Tree, TreePath};

use super::build::{BuildError, Options, Reason};
use super::metadata::Metadata;

const VALUES: &str = "values.yaml";

/// The chart's files as one packed chart of another version, with other values where given.
pub(super) fn package(
    chart: &Tree,
    metadata: &Metadata,
    version: &str,
    values: Option<&Value>,
) -> Result<Rc<[u8]>, BuildError> {
    let failed = |problem: String| BuildError::new(Reason::Package, problem);
    let mut files = chart.clone();
    let path = |text: &str| TreePath::new(text).map_err(|cause| failed(cause.to_string()));
    let mut value = metadata.value.clone();
    value.set(&["version"], version);
    files.insert(path("Chart.yaml")?, objects::to_yaml(&value).into_bytes());
    if let Some(values) = values {
        files.insert(path(VALUES)?, objects::to_yaml(values).into_bytes());
    }
    let packed = pack(&files, Packing { prefix: &metadata.name, ..Packing::default() });
    Ok(packed.into())
}

/// The values of the files that the object names, merged; and which files took part.
///
/// `missing` words that there is no file at a path.
pub(super) fn merged(
    files: &Tree,
    options: &Options,
    missing: impl Fn(&str) -> String,
) -> Result<(Value, Vec<String>), BuildError> {
    let wrong = |problem: String| BuildError::new(Reason::Values, problem);
    let (mut values, mut taken) = (Value::map(), Vec::new());
    for name in &options.values_files {
        let path = TreePath::new(name.trim_start_matches('/')).ok();
        let file = path.as_ref().and_then(|path| files.get(path));
        let Some(file) = file else {
            if options.ignore_missing {
                continue;
            }
            return Err(wrong(missing(name)));
        };
        let text = String::from_utf8_lossy(&file.contents);
        let documents = objects::load_yaml(&text, yaml::Schema::Yaml11).map_err(|cause| {
            wrong(format!(
                "unmarshaling values from '{name}' failed: error converting YAML to JSON: {cause}"
            ))
        })?;
        let more = documents.into_iter().next().filter(|value| value.as_map().is_some());
        values = merge(&values, &more.unwrap_or_else(Value::map));
        taken.push(name.clone());
    }
    Ok((values, taken))
}

/// The second over the first; maps are merged, all else is replaced.
fn merge(one: &Value, other: &Value) -> Value {
    let (Value::Map(below), Value::Map(above)) = (one, other) else { return other.clone() };
    let mut all: Map = (**below).clone();
    for (key, value) in above.iter() {
        let value = match below.get(key) {
            Some(known) if value.as_map().is_some() && known.as_map().is_some() => {
                merge(known, value)
            }
            _ => value.clone(),
        };
        all.insert(key.clone(), value);
    }
    all.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_files_are_merged_in_order() {
        let mut files = Tree::new();
        let mut put = |name: &str, text: &str| {
            files.insert(TreePath::new(name).unwrap(), text.as_bytes());
        };
        put("values.yaml", "a: {b: 1, c: 2}\nl: [1, 2]\n");
        put("more.yaml", "a: {c: 3}\nl: [4]\n");
        let chart = objects::from_json(
            br#"{"spec":{"valuesFiles":["values.yaml","more.yaml","none.yaml"],"ignoreMissingValuesFiles":true}}"#,
        );
        let mut options = Options::of(&objects::Object(chart.unwrap()));
        let (values, taken) = merged(&files, &options, |_| String::new()).unwrap();
        assert_eq!(objects::to_json(&values), r#"{"a":{"b":1,"c":3},"l":[4]}"#);
        assert_eq!(taken, ["values.yaml", "more.yaml"]);
        options.ignore_missing = false;
        let failed = merged(&files, &options, |path| format!("no {path}")).unwrap_err();
        assert_eq!(failed.message(), "values files merge error: no none.yaml");
    }
}
