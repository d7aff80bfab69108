//! Writes `data/kubernetes.bin` from published API descriptions.
//!
//! Usage: `cargo run -p fluxrig-schema --example pack -- API.json LIFECYCLE.json ENUMS.json OUT`
//! where API.json holds `minors`, `resources` and `schemas` pools.

use std::collections::BTreeMap;
use std::io::Write;

use objects::Value;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [api, lifecycle, enums, out] = args.as_slice() else {
        return Err("usage: pack API.json LIFECYCLE.json ENUMS.json OUT".into());
    };
    let read = |path: &String| -> Result<Value, Box<dyn std::error::Error>> {
        Ok(objects::from_json(&std::fs::read(path)?)?)
    };
    let mut packer = Packer { enums: read(enums)?, ..Packer::default() };
    let bytes = packer.pack(&read(api)?, &read(lifecycle)?);
    let mut deflate = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    deflate.write_all(&bytes)?;
    let packed = deflate.finish()?;
    println!("{} nodes, {} bytes plain, {} packed", packer.nodes.len(), bytes.len(), packed.len());
    std::fs::write(out, packed)?;
    Ok(())
}

#[derive(Default)]
struct Packer {
    enums: Value,
    strings: Vec<String>,
    string_numbers: BTreeMap<String, u32>,
    nodes: BTreeMap<Vec<u8>, u32>,
    node_bytes: Vec<u8>,
    definitions: Vec<String>,
    definition_numbers: BTreeMap<String, u32>,
}

fn number(out: &mut Vec<u8>, mut number: u32) {
    while number >= 0x80 {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

impl Packer {
    fn pack(&mut self, api: &Value, lifecycle: &Value) -> Vec<u8> {
        let mut tail = Vec::new();
        let minors = api.get("minors").and_then(Value::as_map).cloned().unwrap_or_default();
        let mut packed_minors = Vec::new();
        number(&mut packed_minors, minors.len() as u32);
        for (name, minor) in &minors {
            self.minor(&mut packed_minors, name, minor, api);
        }
        let resources = api.list_at(&["resources"]);
        number(&mut tail, resources.len() as u32);
        for resource in resources {
            self.resource(&mut tail, resource);
        }
        tail.extend(packed_minors);
        self.lifecycles(&mut tail, lifecycle);
        let mut out = Vec::new();
        let mut names = Vec::new();
        number(&mut names, self.definitions.len() as u32);
        for name in self.definitions.clone() {
            self.string(&mut names, &name);
            self.string(&mut names, &go_name(&name));
        }
        number(&mut out, self.strings.len() as u32);
        for text in &self.strings {
            number(&mut out, text.len() as u32);
            out.extend(text.as_bytes());
        }
        number(&mut out, self.nodes.len() as u32);
        out.extend(&self.node_bytes);
        out.extend(names);
        out.extend(tail);
        out
    }

    fn string(&mut self, out: &mut Vec<u8>, text: &str) {
        let next = self.strings.len() as u32;
        let at = *self.string_numbers.entry(text.to_owned()).or_insert(next);
        if at == next {
            self.strings.push(text.to_owned());
        }
        number(out, at);
    }

    fn texts(&mut self, out: &mut Vec<u8>, items: &[Value]) {
        number(out, items.len() as u32);
        for item in items {
            self.string(out, item.as_str().unwrap_or_default());
        }
    }

    fn definition(&mut self, name: &str) -> u32 {
        let next = self.definitions.len() as u32;
        let at = *self.definition_numbers.entry(name.to_owned()).or_insert(next);
        if at == next {
            self.definitions.push(name.to_owned());
        }
        at
    }

    fn minor(&mut self, out: &mut Vec<u8>, name: &str, minor: &Value, api: &Value) {
        self.string(out, name);
        self.string(out, minor.str_at(&["kubernetes"]).unwrap_or_default());
        let definitions =
            minor.get("definitions").and_then(Value::as_map).cloned().unwrap_or_default();
        number(out, definitions.len() as u32);
        for (definition, at) in &definitions {
            let schema = &api.list_at(&["schemas"])[at.as_int().unwrap_or(0) as usize];
            let node = self.named(definition, schema);
            let definition = self.definition(definition);
            number(out, definition);
            number(out, node);
        }
        let resources = minor.list_at(&["resources"]);
        number(out, resources.len() as u32);
        for at in resources {
            number(out, at.as_int().unwrap_or(0) as u32);
        }
    }

    fn named(&mut self, name: &str, schema: &Value) -> u32 {
        let special = match name.rsplit('.').next().unwrap_or_default() {
            "Quantity" => Some(8),
            "IntOrString" => Some(9),
            "Time" => Some(10),
            "MicroTime" => Some(11),
            _ => None,
        };
        let raw = ["RawExtension", "FieldsV1", "Patch"]
            .iter()
            .any(|end| name.ends_with(end) && schema.get("properties").is_none());
        if let Some(kind) = special.filter(|_| schema.get("properties").is_none()) {
            self.add(kind, 0, Vec::new(), Vec::new())
        } else if raw {
            let atom = self.add(1, 0, Vec::new(), Vec::new());
            let mut item = Vec::new();
            number(&mut item, atom);
            self.add(14, 0, item, Vec::new())
        } else {
            self.schema(name, schema)
        }
    }

    fn add(&mut self, kind: u32, flags: u32, middle: Vec<u8>, end: Vec<u8>) -> u32 {
        let mut bytes = Vec::new();
        number(&mut bytes, kind);
        number(&mut bytes, flags);
        bytes.extend(middle);
        bytes.extend(end);
        let next = self.nodes.len() as u32;
        if let Some(at) = self.nodes.get(&bytes) {
            return *at;
        }
        self.node_bytes.extend(&bytes);
        self.nodes.insert(bytes, next);
        next
    }

    fn schema(&mut self, place: &str, schema: &Value) -> u32 {
        let mut middle = Vec::new();
        let mut flags = 0_u32;
        let text = |key: &str| schema.str_at(&[key]).unwrap_or_default();
        let kind = self.body(place, schema, &mut middle);
        let list = text("x-kubernetes-list-type");
        flags |= u32::from(list == "set");
        let map_type = text("x-kubernetes-map-type");
        flags |= u32::from(map_type == "atomic") << 2 | u32::from(map_type == "granular") << 3;
        let strategy = text("x-kubernetes-patch-strategy");
        flags |= u32::from(strategy.contains("merge")) << 5;
        flags |= u32::from(strategy.contains("retainKeys")) << 6;
        flags |= u32::from(strategy == "replace") << 7;
        let mut end = Vec::new();
        if list == "map" {
            flags |= 1 << 1;
            self.texts(&mut end, schema.list_at(&["x-kubernetes-list-map-keys"]));
        }
        if let Some(default) = schema.get("default") {
            flags |= 1 << 8;
            self.string(&mut end, &objects::to_json(default));
        }
        if schema.get("x-kubernetes-patch-merge-key").is_some() {
            flags |= 1 << 9;
            self.string(&mut end, text("x-kubernetes-patch-merge-key"));
        }
        let allowed = self.enums.list_at(&[place]).to_vec();
        if !allowed.is_empty() {
            flags |= 1 << 10;
            self.texts(&mut end, &allowed);
        }
        self.add(kind, flags, middle, end)
    }

    fn body(&mut self, place: &str, schema: &Value, middle: &mut Vec<u8>) -> u32 {
        if let Some(name) = schema.str_at(&["$ref"]) {
            let at = self.definition(name);
            number(middle, at);
            return 15;
        }
        match (schema.str_at(&["type"]), schema.str_at(&["format"])) {
            (Some("string"), Some("byte")) => 3,
            (Some("string"), _) => 2,
            (Some("boolean"), _) => 4,
            (Some("integer"), Some("int32")) => 5,
            (Some("integer"), _) => 6,
            (Some("number"), _) => 7,
            (Some("array"), _) => {
                let items = schema.get("items").cloned().unwrap_or_default();
                let item = self.schema(&format!("{place}.items"), &items);
                number(middle, item);
                13
            }
            (Some("object"), _) => match schema.get("additionalProperties") {
                Some(values) if values.as_map().is_some() => {
                    let item = self.schema(&format!("{place}.additionalProperties"), values);
                    number(middle, item);
                    14
                }
                _ => self.object(place, schema, middle),
            },
            _ => 0,
        }
    }

    fn object(&mut self, place: &str, schema: &Value, middle: &mut Vec<u8>) -> u32 {
        let fields = schema.get("properties").and_then(Value::as_map).cloned().unwrap_or_default();
        let numbered: Vec<_> = fields
            .iter()
            .map(|(name, field)| {
                (name.clone(), self.schema(&format!("{place}.properties.{name}"), field))
            })
            .collect();
        number(middle, numbered.len() as u32);
        for (name, node) in numbered {
            self.string(middle, &name);
            number(middle, node);
        }
        self.texts(middle, schema.list_at(&["required"]));
        12
    }

    fn resource(&mut self, out: &mut Vec<u8>, resource: &Value) {
        let text = |key: &str| resource.str_at(&[key]).unwrap_or_default();
        for key in ["group", "version", "kind", "plural", "singular", "storageVersion"] {
            self.string(out, text(key));
        }
        self.string(out, text("storageVersionHash"));
        let definition = self.definition(text("definition"));
        number(out, definition);
        let flag = |key: &str| u32::from(resource.bool_at(&[key]).unwrap_or(false));
        let flags =
            flag("namespaced") | flag("preferredVersion") << 1 | flag("servedByDefault") << 2;
        number(out, flags);
        for key in ["shortNames", "categories", "verbs"] {
            self.texts(out, resource.list_at(&[key]));
        }
        let subresources = resource.list_at(&["subresources"]);
        number(out, subresources.len() as u32);
        for subresource in subresources {
            let text = |path: &[&str]| subresource.str_at(path).unwrap_or_default();
            self.string(out, text(&["name"]));
            self.string(out, text(&["kind"]));
            self.string(out, text(&["responseKind", "group"]));
            self.string(out, text(&["responseKind", "version"]));
            self.texts(out, subresource.list_at(&["verbs"]));
        }
    }

    fn lifecycles(&mut self, out: &mut Vec<u8>, lifecycle: &Value) {
        let kinds = lifecycle.list_at(&["kinds"]);
        number(out, kinds.len() as u32);
        for kind in kinds {
            for key in ["group", "version", "kind"] {
                self.string(out, kind.str_at(&[key]).unwrap_or_default());
            }
            for key in ["introduced", "removed"] {
                let minor = kind.str_at(&[key]).and_then(|text| text.split_once('.'));
                number(out, minor.and_then(|(_, minor)| minor.parse().ok()).unwrap_or(0));
            }
        }
    }
}

/// `io.k8s.api.core.v1.PodSpec` is `v1.PodSpec` in Go's messages.
fn go_name(definition: &str) -> String {
    let mut parts = definition.rsplit('.');
    let (kind, version) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    format!("{version}.{kind}")
}
