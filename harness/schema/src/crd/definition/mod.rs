//! Rules for `CustomResourceDefinition` objects.
//!
//! Source: apiextensions-apiserver `apis/apiextensions/validation`.

mod schema;
mod structural;

use objects::Value;

use super::node::Node;
use crate::cause::{go_json, quote};
use crate::meta::validate_meta;
use crate::{Cause, names};

/// Every rule that a `CustomResourceDefinition` breaks; `old` for updates.
/// The object must have its defaults (`builtin::default`).
#[must_use]
pub fn validate_definition(definition: &Value, old: Option<&Value>) -> Vec<Cause> {
    let mut out = Vec::new();
    let name = definition.str_at(&["metadata", "name"]).unwrap_or_default();
    let (group, plural) = (at(definition, "group"), at(definition, "names.plural"));
    match old {
        None => {
            let mut problems = names::subdomain(name);
            if name != format!("{plural}.{group}") {
                problems.push("must be spec.names.plural+\".\"+spec.group".to_owned());
            }
            let name = Value::from(name);
            out.extend(problems.iter().map(|p| Cause::invalid("metadata.name", &name, p)));
        }
        Some(old) => out.extend(validate_meta(definition, Some(old))),
    }
    spec(definition, &mut out);
    if let Some(old) = old {
        immutable(definition, old, &mut out);
    }
    stored_versions(definition, &mut out);
    approval(definition, old, &mut out);
    out
}

fn at<'a>(definition: &'a Value, path: &str) -> &'a str {
    let path: Vec<&str> = std::iter::once("spec").chain(path.split('.')).collect();
    definition.str_at(&path).unwrap_or_default()
}

/// What the internal form hoists: the value of a per-version field if all versions agree.
fn hoisted<'a>(versions: &'a [Value], path: &[&str]) -> Option<&'a Value> {
    let (first, rest) = versions.split_first()?;
    let value = first.at(path)?;
    rest.iter().all(|version| version.at(path) == Some(value)).then_some(value)
}

fn spec(definition: &Value, out: &mut Vec<Cause>) {
    let group = at(definition, "group");
    if group.is_empty() {
        out.push(Cause::required("spec.group", ""));
    } else {
        let problems = names::subdomain(group);
        if !problems.is_empty() {
            out.push(Cause::invalid("spec.group", &group.into(), &problems.join(",")));
        } else if !group.contains('.') {
            let detail = "should be a domain with at least one dot";
            out.push(Cause::invalid("spec.group", &group.into(), detail));
        }
    }
    scope(at(definition, "scope"), out);
    let versions = definition.list_at(&["spec", "versions"]);
    for (at, version) in versions.iter().enumerate() {
        if version.at(&["schema", "openAPIV3Schema"]).is_none_or(Value::is_null) {
            let field = format!("spec.versions[{at}].schema.openAPIV3Schema");
            out.push(Cause::required(&field, ""));
        }
    }
    for (at, version) in versions.iter().enumerate() {
        version_rules(version, &format!("spec.versions[{at}]"), versions, out);
    }
    version_set(versions, out);
    required_names(definition, out);
    name_rules(definition, out);
    hoisted_rules(versions, out);
    conversion(definition, out);
}

fn scope(scope: &str, out: &mut Vec<Cause>) {
    match scope {
        "" => out.push(Cause::required("spec.scope", "")),
        "Cluster" | "Namespaced" => {}
        other => {
            let known = ["Cluster", "Namespaced"];
            out.push(Cause::not_supported("spec.scope", &other.into(), &known));
        }
    }
}

fn version_rules(version: &Value, field: &str, versions: &[Value], out: &mut Vec<Cause>) {
    let name = version.get("name").cloned().unwrap_or_default();
    let problems = names::label_1035(name.as_str().unwrap_or_default());
    if !problems.is_empty() {
        out.push(Cause::invalid(&format!("{field}.name"), &name, &problems.join(",")));
    }
    let own = |path: &[&str]| version.at(path).filter(|_| hoisted(versions, path).is_none());
    if let Some(schema) = own(&["schema", "openAPIV3Schema"]) {
        schema::validate(schema, &format!("{field}.schema.openAPIV3Schema"), out);
    }
    if let Some(subresources) = own(&["subresources"]) {
        self::subresources(subresources, &format!("{field}.subresources"), out);
    }
    if let Some(columns) = own(&["additionalPrinterColumns"]) {
        self::columns(columns, &format!("{field}.additionalPrinterColumns"), out);
    }
    if let (Some(fields), Some(schema)) =
        (own(&["selectableFields"]), version.at(&["schema", "openAPIV3Schema"]))
    {
        selectable(fields, schema, &format!("{field}.selectableFields"), out);
    }
}

fn hoisted_rules(versions: &[Value], out: &mut Vec<Cause>) {
    if let Some(schema) = hoisted(versions, &["schema", "openAPIV3Schema"]) {
        schema::validate(schema, "spec.validation.openAPIV3Schema", out);
    }
    if let Some(found) = hoisted(versions, &["subresources"]) {
        subresources(found, "spec.subresources", out);
    }
    if let Some(found) = hoisted(versions, &["additionalPrinterColumns"]) {
        columns(found, "spec.additionalPrinterColumns", out);
    }
    if let (Some(fields), Some(schema)) = (
        hoisted(versions, &["selectableFields"]),
        versions.first().and_then(|version| version.at(&["schema", "openAPIV3Schema"])),
    ) {
        selectable(fields, schema, "spec.selectableFields", out);
    }
}

fn version_set(versions: &[Value], out: &mut Vec<Cause>) {
    let name = |version: &Value| version.str_at(&["name"]).unwrap_or_default().to_owned();
    let mut sorted: Vec<String> = versions.iter().map(name).collect();
    sorted.sort();
    if sorted.windows(2).any(|pair| pair[0] == pair[1]) {
        let shown = shown_versions(versions);
        out.push(Cause::invalid_shown(
            "spec.versions",
            &shown,
            "must contain unique version names",
        ));
    }
    let stored = versions.iter().filter(|v| v.bool_at(&["storage"]) == Some(true)).count();
    if stored != 1 {
        let shown = shown_versions(versions);
        let detail = "must have exactly one version marked as storage version";
        out.push(Cause::invalid_shown("spec.versions", &shown, detail));
    }
}

/// Versions as Go prints its internal type; what is hoisted shows as null.
fn shown_versions(versions: &[Value]) -> String {
    let one = |version: &Value| {
        let flag = |key: &str| version.bool_at(&[key]).unwrap_or(false);
        let warning = version.get("deprecationWarning").map_or("null".to_owned(), go_json);
        format!(
            "{{\"Name\":{},\"Served\":{},\"Storage\":{},\"Deprecated\":{},\"DeprecationWarning\":{warning},\"Schema\":null,\"Subresources\":null,\"AdditionalPrinterColumns\":null,\"SelectableFields\":null}}",
            quote(version.str_at(&["name"]).unwrap_or_default()),
            flag("served"),
            flag("storage"),
            flag("deprecated"),
        )
    };
    format!("[{}]", versions.iter().map(one).collect::<Vec<_>>().join(","))
}

fn required_names(definition: &Value, out: &mut Vec<Cause>) {
    for key in ["plural", "singular", "kind", "listKind"] {
        if at(definition, &format!("names.{key}")).is_empty() {
            out.push(Cause::required(&format!("spec.names.{key}"), ""));
        }
    }
}

fn name_rules(definition: &Value, out: &mut Vec<Cause>) {
    let mut check = |field: &str, text: &str, mixed: bool| {
        let lower = if mixed { text.to_lowercase() } else { text.to_owned() };
        let problems = names::label_1035(&lower);
        if text.is_empty() || problems.is_empty() {
            return;
        }
        let head = if mixed { "may have mixed case, but should otherwise match: " } else { "" };
        let detail = format!("{head}{}", problems.join(","));
        out.push(Cause::invalid(&format!("spec.names.{field}"), &text.into(), &detail));
    };
    check("plural", at(definition, "names.plural"), false);
    check("singular", at(definition, "names.singular"), false);
    check("kind", at(definition, "names.kind"), true);
    check("listKind", at(definition, "names.listKind"), true);
    for (at, name) in definition.list_at(&["spec", "names", "shortNames"]).iter().enumerate() {
        check(&format!("shortNames[{at}]"), name.as_str().unwrap_or_default(), false);
    }
    for (at, name) in definition.list_at(&["spec", "names", "categories"]).iter().enumerate() {
        check(&format!("categories[{at}]"), name.as_str().unwrap_or_default(), false);
    }
    let (kind, list) = (at(definition, "names.kind"), at(definition, "names.listKind"));
    if !kind.is_empty() && kind == list {
        let detail = "kind and listKind may not be the same";
        out.push(Cause::invalid("spec.names.listKind", &list.into(), detail));
    }
}

fn subresources(found: &Value, field: &str, out: &mut Vec<Cause>) {
    let Some(scale) = found.get("scale").filter(|scale| !scale.is_null()) else { return };
    for (key, under) in [("specReplicasPath", ".spec"), ("statusReplicasPath", ".status")] {
        let path = scale.str_at(&[key]).unwrap_or_default();
        let field = format!("{field}.scale.{key}");
        if path.is_empty() {
            out.push(Cause::required(&field, ""));
        } else if !simple_path(path, &field, out) {
            continue;
        } else if !path.starts_with(&format!("{under}.")) {
            let detail = format!("should be a json path under {under}");
            out.push(Cause::invalid(&field, &path.into(), &detail));
        }
    }
    if let Some(path) = scale.str_at(&["labelSelectorPath"]).filter(|path| !path.is_empty()) {
        let field = format!("{field}.scale.labelSelectorPath");
        let under = path.starts_with(".spec.") || path.starts_with(".status.");
        if simple_path(path, &field, out) && !under {
            let detail = "should be a json path under either .spec or .status";
            out.push(Cause::invalid(&field, &path.into(), detail));
        }
    }
}

/// `.a.b['c']`: whether a path is one that columns and scales may use.
fn simple_path(path: &str, field: &str, out: &mut Vec<Cause>) -> bool {
    let legal = |letter: char| {
        letter.is_ascii_alphanumeric() || "_-.[]'\"@?()<>=&|! *,:\\/".contains(letter)
    };
    let spaced = path.contains(' ') && !path.contains('[');
    if !path.starts_with('.') || spaced || !path.chars().all(legal) {
        let detail = "must be a simple json path starting with .";
        out.push(Cause::invalid(field, &path.into(), detail));
        return false;
    }
    true
}

fn columns(columns: &Value, field: &str, out: &mut Vec<Cause>) {
    const TYPES: &str = "boolean,date,integer,number,string";
    const FORMATS: &str = "byte,date,date-time,double,float,int32,int64,password";
    for (at, column) in columns.as_list().unwrap_or_default().iter().enumerate() {
        let field = format!("{field}[{at}]");
        let text = |key: &str| column.str_at(&[key]).unwrap_or_default();
        if text("name").is_empty() {
            out.push(Cause::required(&format!("{field}.name"), ""));
        }
        let (kind, format) = (text("type"), text("format"));
        let detail = format!("must be one of {TYPES}");
        if kind.is_empty() {
            out.push(Cause::required(&format!("{field}.type"), &detail));
        } else if !TYPES.split(',').any(|known| known == kind) {
            out.push(Cause::invalid(&format!("{field}.type"), &kind.into(), &detail));
        }
        if !format.is_empty() && !FORMATS.split(',').any(|known| known == format) {
            let detail = format!("must be one of {FORMATS}");
            out.push(Cause::invalid(&format!("{field}.format"), &format.into(), &detail));
        }
        let place = format!("{field}.JSONPath");
        match text("jsonPath") {
            "" => out.push(Cause::required(&place, "")),
            path => drop(simple_path(path, &place, out)),
        }
    }
}

fn selectable(fields: &Value, schema: &Value, field: &str, out: &mut Vec<Cause>) {
    let root = Node::parse(schema);
    let mut seen: Vec<&str> = Vec::new();
    for (at, item) in fields.as_list().unwrap_or_default().iter().enumerate() {
        let place = format!("{field}[{at}].jsonPath");
        let path = item.str_at(&["jsonPath"]).unwrap_or_default();
        if path.is_empty() {
            out.push(Cause::required(&place, ""));
            continue;
        }
        let invalid = |detail: &str| Cause::invalid(&place, &path.into(), detail);
        match structural::field_at(&root, path) {
            Err(problem) => out.push(invalid(&format!("is an invalid path: {problem}"))),
            Ok(found) if !matches!(found.kind.as_str(), "string" | "boolean" | "integer") => {
                out.push(invalid("must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed."));
            }
            Ok(_) => {}
        }
        if seen.contains(&path) {
            out.push(Cause::duplicate(&place, &path.into()));
        }
        seen.push(path);
    }
}

fn conversion(definition: &Value, out: &mut Vec<Cause>) {
    let Some(conversion) = definition.at(&["spec", "conversion"]) else { return };
    let strategy = conversion.str_at(&["strategy"]).unwrap_or_default();
    let field = "spec.conversion";
    match strategy {
        "" => out.push(Cause::required(&format!("{field}.strategy"), "")),
        "None" | "Webhook" => {}
        other => {
            let known = ["None", "Webhook"];
            out.push(Cause::not_supported(&format!("{field}.strategy"), &other.into(), &known));
        }
    }
    let config = conversion.at(&["webhook", "clientConfig"]);
    if strategy == "Webhook" && config.is_none() {
        let detail = "required when strategy is set to Webhook";
        out.push(Cause::required(&format!("{field}.webhookClientConfig"), detail));
    }
    if strategy == "Webhook"
        && conversion.list_at(&["webhook", "conversionReviewVersions"]).is_empty()
    {
        out.push(Cause::required(&format!("{field}.conversionReviewVersions"), ""));
    }
    if strategy == "None" && config.is_some() {
        let detail = "should not be set when strategy is not set to Webhook";
        out.push(Cause::forbidden(&format!("{field}.webhookClientConfig"), detail));
    }
}

fn immutable(definition: &Value, old: &Value, out: &mut Vec<Cause>) {
    let established = old.list_at(&["status", "conditions"]).iter().any(|condition| {
        condition.str_at(&["type"]) == Some("Established")
            && condition.str_at(&["status"]) == Some("True")
    });
    let mut fields = Vec::new();
    if established {
        fields.extend(["scope", "names.kind"]);
    }
    fields.extend(["group", "names.plural"]);
    for field in fields {
        let value = at(definition, field);
        if value != at(old, field) {
            let place = format!("spec.{field}");
            out.push(Cause::invalid(&place, &value.into(), "field is immutable"));
        }
    }
}

fn stored_versions(definition: &Value, out: &mut Vec<Cause>) {
    let field = "status.storedVersions";
    let stored = definition.list_at(&["status", "storedVersions"]);
    if stored.is_empty() {
        out.push(Cause::invalid(field, &Value::Null, "must have at least one stored version"));
        return;
    }
    let versions = definition.list_at(&["spec", "versions"]);
    for version in versions.iter().filter(|v| v.bool_at(&["storage"]) == Some(true)) {
        let name = version.get("name").cloned().unwrap_or_default();
        if !stored.contains(&name) {
            let name = name.as_str().unwrap_or_default();
            let detail = format!("must have the storage version {name}");
            out.push(Cause::invalid(field, &stored.to_vec().into(), &detail));
        }
    }
    for (at, version) in stored.iter().enumerate() {
        if !versions.iter().any(|known| known.get("name") == Some(version)) {
            let name = version.as_str().unwrap_or_default();
            let detail = format!(
                "missing from spec.versions; {name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in {name} and removes {name} from status.storedVersions"
            );
            out.push(Cause::invalid(&format!("{field}[{at}]"), version, &detail));
        }
    }
}

fn approval(definition: &Value, old: Option<&Value>, out: &mut Vec<Cause>) {
    const KEY: &str = "api-approved.kubernetes.io";
    let group = at(definition, "group");
    let protected = ["k8s.io", "kubernetes.io"]
        .iter()
        .any(|domain| group == *domain || group.ends_with(&format!(".{domain}")));
    let approved = |object: &Value| {
        object.str_at(&["metadata", "annotations", KEY]).unwrap_or_default().to_owned()
    };
    if !protected || old.is_some_and(|old| approved(old) == approved(definition)) {
        return;
    }
    if approved(definition).is_empty() {
        let detail = "protected groups must have approval annotation \"api-approved.kubernetes.io\", see https://github.com/kubernetes/enhancements/pull/1111";
        out.push(Cause::required(&format!("metadata.annotations[{KEY}]"), detail));
    }
}

/// Rules for an embedded resource of a custom resource.
pub(super) fn embedded_rules(path: &str, object: &Value) -> Vec<Cause> {
    let mut out = Vec::new();
    let field = |key: &str| format!("{path}.{key}");
    for key in ["apiVersion", "kind"] {
        let place = field(key);
        match object.get(key) {
            None => out.push(Cause::required(&place, "")),
            Some(Value::String(text)) if text.is_empty() => {
                out.push(Cause::invalid(&place, &"".into(), "must not be empty"));
            }
            Some(value @ Value::String(text)) if key == "apiVersion" => {
                if text.matches('/').count() > 1 {
                    let detail = format!("unexpected GroupVersion string: {text}");
                    out.push(Cause::invalid(&place, value, &detail));
                }
            }
            Some(value @ Value::String(text)) => {
                let problems = names::label_1035(&text.to_lowercase());
                if !problems.is_empty() {
                    let head = "may have mixed case, but should otherwise match: ";
                    let detail = format!("{head}{}", problems.join(","));
                    out.push(Cause::invalid(&place, value, &detail));
                }
            }
            Some(other) => out.push(Cause::invalid(&place, other, "must be a string")),
        }
    }
    out
}
