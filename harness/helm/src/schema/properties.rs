//! The properties of an object.

use std::sync::Arc;

use super::validate::{At, Judging, Validator, absorb, items_of, sizes};
use super::words::{Problem, quote, quoted};
use crate::value::{Dict, Val};

type Entries = Vec<(Arc<str>, Val)>;

fn entries(value: Option<&Val>) -> Entries {
    match value {
        Some(Val::Map(Dict { entries, .. })) => {
            entries.borrow().iter().map(|(key, value)| (key.clone(), value.clone())).collect()
        }
        _ => Vec::new(),
    }
}

/// The names of a list that an object lacks.
fn missing(wanted: &[Val], object: &Entries) -> Vec<String> {
    let names = wanted.iter().filter_map(Val::as_str);
    let lacking = names.filter(|name| !object.iter().any(|(known, _)| known == *name));
    lacking.map(|name| name.to_string()).collect()
}

impl Validator<'_> {
    pub(super) fn object(&mut self, judging: &mut Judging<'_>, at: At<'_>) {
        let object = entries(Some(at.value));
        let size = object.len();
        if let Some(least) = judging.limit("minProperties").filter(|least| size < *least) {
            judging.add(at.problem(sizes("minProperties", size, least)));
        }
        if let Some(most) = judging.limit("maxProperties").filter(|most| size > *most) {
            judging.add(at.problem(sizes("maxProperties", size, most)));
        }
        let lacking = missing(&items_of(judging.get("required")), &object);
        match &lacking[..] {
            [] => {}
            [one] => judging.add(at.problem(format!("missing property {}", quote(one)))),
            many => judging.add(at.problem(format!("missing properties {}", quoted(many)))),
        }
        self.dependencies(judging, at, &object, "dependencies");
        self.each_property(judging, at, &object);
        if self.document.draft > 4 {
            self.names(judging, at, &object);
        }
        if self.document.draft > 6 {
            self.dependencies(judging, at, &object, "dependentSchemas");
            self.dependencies(judging, at, &object, "dependentRequired");
        }
    }

    fn dependencies(&mut self, judging: &mut Judging<'_>, at: At<'_>, object: &Entries, key: &str) {
        for (name, needs) in entries(judging.get(key).as_ref()) {
            if !object.iter().any(|(known, _)| *known == name) {
                continue;
            }
            if let Val::List(_) = needs {
                let lacking = missing(&items_of(Some(needs)), object);
                if !lacking.is_empty() {
                    let (lacking, name) = (quoted(&lacking), quote(&name));
                    let text = format!("properties {lacking} required, if {name} exists");
                    judging.add(at.problem(text));
                }
            } else {
                let verdict = self.judge(&needs, At { depth: at.depth + 1, ..at });
                absorb(judging, verdict);
            }
        }
    }

    fn each_property(&mut self, judging: &mut Judging<'_>, at: At<'_>, object: &Entries) {
        let properties = judging.get("properties");
        let patterns = entries(judging.get("patternProperties").as_ref());
        let additional = judging.get("additionalProperties");
        let mut refused = Vec::new();
        for (name, value) in object {
            let mut schemas: Vec<Val> = properties.iter().filter_map(|p| p.get(name)).collect();
            for (pattern, schema) in &patterns {
                if self.pattern(pattern).is_some_and(|regex| regex.is_match(name)) {
                    schemas.push(schema.clone());
                }
            }
            match &additional {
                Some(Val::Bool(false)) if schemas.is_empty() => refused.push(name.to_string()),
                Some(schema) if schemas.is_empty() => schemas.push(schema.clone()),
                _ => {}
            }
            if !schemas.is_empty() {
                judging.seen.names.insert(name.to_string());
            }
            for schema in schemas {
                self.property(judging, at, name, value, &schema);
            }
        }
        if !refused.is_empty() {
            let text = format!("additional properties {} not allowed", quoted(&refused));
            judging.add(at.problem(text));
        }
    }

    fn property(
        &mut self,
        judging: &mut Judging<'_>,
        at: At<'_>,
        name: &str,
        value: &Val,
        schema: &Val,
    ) {
        let path = [at.path, &[name.to_owned()]].concat();
        let verdict = self.judge(schema, At { value, path: &path, depth: at.depth + 1 });
        if let Err(problem) = verdict {
            judging.add(problem);
        }
    }

    fn names(&mut self, judging: &mut Judging<'_>, at: At<'_>, object: &Entries) {
        let Some(schema) = judging.get("propertyNames") else { return };
        for (name, _) in object {
            let value = Val::Str(name.clone());
            let verdict = self.judge(&schema, At { value: &value, path: &[], depth: at.depth + 1 });
            if let Err(problem) = verdict {
                let text = format!("invalid propertyName {}", quote(name));
                let causes = match problem.kind {
                    super::words::Kind::Group => problem.causes,
                    _ => vec![problem],
                };
                judging.add(Problem { causes, ..at.problem(text) });
            }
        }
    }

    /// `unevaluatedProperties` and `unevaluatedItems`.
    pub(super) fn rest(&mut self, judging: &mut Judging<'_>, at: At<'_>) {
        if let Some(schema) = judging.get("unevaluatedProperties") {
            for (name, value) in entries(Some(at.value)) {
                if !judging.seen.names.contains(name.as_ref()) {
                    self.property(judging, at, &name, &value, &schema);
                    judging.seen.names.insert(name.to_string());
                }
            }
        }
        if let Some(schema) = judging.get("unevaluatedItems") {
            for (place, value) in items_of(Some(at.value.clone())).iter().enumerate() {
                if !judging.seen.places.contains(&place) {
                    self.property(judging, at, &place.to_string(), value, &schema);
                    judging.seen.places.insert(place);
                }
            }
        }
    }
}
