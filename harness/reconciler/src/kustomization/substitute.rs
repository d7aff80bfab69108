//! Phase substitute: variables in the built objects.
//!
//! Rules from fluxcd/pkg: kustomize/kustomize_varsub.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use client::Target;
use objects::{Gvk, Map, Object, Value};

use super::envsubst::expand;
use super::reconcile::Run;

/// The variables of a Kustomization.
pub(super) type Variables = BTreeMap<String, String>;

impl Run {
    /// Whether anything may be substituted.
    pub(super) fn substitutes(&self) -> bool {
        self.ks.0.at(&["spec", "postBuild"]).is_some_and(|value| !value.is_null())
    }

    /// The variables; a problem is worded as the error of one object's substitution.
    pub(super) async fn variables(&self) -> Result<Variables, String> {
        let mut variables = Variables::new();
        for reference in self.ks.0.list_at(&["spec", "postBuild", "substituteFrom"]) {
            self.load(reference, &mut variables).await?;
        }
        let own = self.ks.0.at(&["spec", "postBuild", "substitute"]).and_then(Value::as_map);
        for (name, value) in own.into_iter().flat_map(Map::iter) {
            let text = value.as_str().unwrap_or_default();
            variables.insert(name.to_string(), text.replace('\n', ""));
        }
        let pattern = "^[_[:alpha:]][_[:alpha:][:digit:]]*$";
        match variables.keys().find(|name| !is_name(name)) {
            Some(wrong) => Err(format!(
                "envsubst error: '{wrong}' var name is invalid, must match '{pattern}'"
            )),
            None => Ok(variables),
        }
    }

    async fn load(&self, reference: &Value, variables: &mut Variables) -> Result<(), String> {
        let text = |key| reference.str_at(&[key]).unwrap_or_default();
        let (kind, name) = (text("kind"), text("name"));
        let target = Target::new(Gvk::new("", "v1", kind), &self.name.0, name);
        let optional = reference.bool_at(&["optional"]).unwrap_or(false);
        let found = match self.world.api.get(target).await {
            Ok(found) => found,
            Err(status) if optional && status.is_not_found() => return Ok(()),
            Err(status) => return Err(format!("substitute from '{kind}/{name}' error: {status}")),
        };
        for (key, value) in
            found.get("data").and_then(Value::as_map).into_iter().flat_map(Map::iter)
        {
            let value = value.as_str().unwrap_or_default();
            let decoded = if kind == "Secret" {
                let bytes = STANDARD.decode(value).unwrap_or_default();
                String::from_utf8_lossy(&bytes).into_owned()
            } else {
                value.to_owned()
            };
            variables.insert(key.to_string(), decoded.replace('\n', ""));
        }
        Ok(())
    }

    /// Whether objects are evaluated at all with these variables.
    pub(super) fn evaluates(&self, variables: &Variables) -> bool {
        let always = self.ks.text(&["postBuild", "substituteStrategy"]) == Some("Always");
        always || !variables.is_empty()
    }

    /// One object with its expressions replaced.
    pub(super) fn substitute(
        &self,
        object: &Object,
        variables: &Variables,
    ) -> Result<Object, String> {
        let text = objects::to_yaml(&object.0);
        if !text.contains('$') {
            return Ok(object.clone());
        }
        let strict = self.world.settings.release.substitutes_strictly();
        let replaced = expand(&text, variables, strict).map_err(|problem| {
            format!("envsubst error: variable substitution failed: {problem}")
        })?;
        let mut documents = objects::load_yaml(&replaced, yaml::Schema::Yaml11)
            .map_err(|problem| format!("envsubst error: YAMLToJSON: {problem}"))?;
        if documents.is_empty() {
            return Err("UnmarshalJSON: unexpected end of JSON input".to_owned());
        }
        Ok(Object(documents.swap_remove(0)))
    }
}

/// Whether the object opts out.
pub(super) fn is_disabled(object: &Object) -> bool {
    let key = "kustomize.toolkit.fluxcd.io/substitute";
    object.label(key) == Some("disabled") || object.annotation(key) == Some("disabled")
}

fn is_name(name: &str) -> bool {
    let mut letters = name.chars();
    letters.next().is_some_and(|c| c == '_' || c.is_ascii_alphabetic())
        && letters.all(|c| c == '_' || c.is_ascii_alphanumeric())
}
