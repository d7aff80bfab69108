//! Bodies in Kubernetes' protobuf form, as kubectl sends them for some built-in kinds.
//!
//! Field numbers are data (`data/protobuf.txt`, one message a line in the order of
//! its Go struct; facts of the published `generated.proto` files). What is read is
//! the same value that the JSON form has; defaults of Go are dropped later, by
//! decoding. Start at [`read`].

use std::collections::BTreeMap;
use std::sync::OnceLock;

use objects::{Gvk, Map, Value};

const DATA: &str = include_str!("../data/protobuf.txt");
/// Deepest nesting that is followed.
const MOST_DEPTH: usize = 64;

/// One field of a message.
struct Field {
    number: u64,
    name: &'static str,
    many: Many,
    kind: &'static str,
}

#[derive(Clone, Copy, PartialEq)]
enum Many {
    One,
    List,
    Map,
}

type Messages = BTreeMap<&'static str, Vec<Field>>;

fn messages() -> &'static Messages {
    static MESSAGES: OnceLock<Messages> = OnceLock::new();
    MESSAGES.get_or_init(|| DATA.lines().filter_map(message).collect())
}

fn message(line: &'static str) -> Option<(&'static str, Vec<Field>)> {
    let mut words = line.split(' ');
    let name = words.next()?;
    let fields = words.filter_map(|word| {
        let (head, kind) = word.split_once(':')?;
        let digits = head.bytes().take_while(u8::is_ascii_digit).count();
        let (many, kind) = match kind.as_bytes().first()? {
            b'*' => (Many::List, &kind[1..]),
            b'%' => (Many::Map, &kind[1..]),
            _ => (Many::One, kind),
        };
        Some(Field { number: head[..digits].parse().ok()?, name: &head[digits..], many, kind })
    });
    Some((name, fields.collect()))
}

/// Reads a body: the envelope, and the object in it.
///
/// Errors: what is wrong with it, in words.
pub(crate) fn read(bytes: &[u8]) -> Result<Value, String> {
    let rest = bytes.strip_prefix(b"k8s\0").ok_or("the body has no protobuf envelope")?;
    let mut envelope = Envelope::default();
    let mut reader = Reader(rest);
    while let Some((number, part)) = reader.field()? {
        match (number, part) {
            (1, Part::Bytes(meta)) => envelope.names(meta)?,
            (2, Part::Bytes(raw)) => envelope.raw = raw,
            (4, Part::Bytes(text)) => envelope.content = text,
            _ => {}
        }
    }
    envelope.open()
}

#[derive(Default)]
struct Envelope<'a> {
    api_version: String,
    kind: String,
    raw: &'a [u8],
    content: &'a [u8],
}

impl Envelope<'_> {
    fn names(&mut self, meta: &[u8]) -> Result<(), String> {
        let mut reader = Reader(meta);
        while let Some((number, part)) = reader.field()? {
            match (number, part) {
                (1, Part::Bytes(text)) => self.api_version = text_of(text)?.to_owned(),
                (2, Part::Bytes(text)) => self.kind = text_of(text)?.to_owned(),
                _ => {}
            }
        }
        Ok(())
    }

    fn open(&self) -> Result<Value, String> {
        if self.content == b"application/json" {
            return objects::from_json(self.raw).map_err(|problem| problem.to_string());
        }
        let gvk = Gvk::from_api_version(&self.api_version, &self.kind);
        let name = match self.kind.as_str() {
            "DeleteOptions" => "meta.DeleteOptions".to_owned(),
            _ => message_of(&gvk),
        };
        let fields = messages().get(name.as_str()).ok_or_else(|| {
            format!("{} in {} is not read from protobuf: send JSON", self.kind, self.api_version)
        })?;
        let mut map = Map::new();
        fill(fields, self.raw, &mut map, 0)?;
        map.insert("apiVersion", self.api_version.as_str());
        map.insert("kind", self.kind.as_str());
        Ok(map.into())
    }
}

/// The fields of a message in the order of its Go struct, each with the message that it
/// holds (empty for anything else); embedded structs are spread out.
pub(crate) fn go_fields(message: &str) -> Vec<(&'static str, &'static str)> {
    let fields = messages().get(message).map(Vec::as_slice).unwrap_or_default();
    let spread = fields.iter().flat_map(|field| match is_inline(field.name) {
        true => go_fields(field.kind),
        false if field.many == Many::Map => vec![(field.name, "")],
        false => vec![(field.name, field.kind)],
    });
    spread.collect()
}

/// The message of a built-in kind.
pub(crate) fn message_of(gvk: &Gvk) -> String {
    let group = match gvk.group.split('.').next() {
        None | Some("") => "core",
        Some(first) => first,
    };
    format!("{group}.{}.{}", gvk.version, gvk.kind)
}

/// Structs that JSON writes into the struct around them.
fn is_inline(name: &str) -> bool {
    matches!(
        name,
        "volumeSource"
            | "persistentVolumeSource"
            | "ephemeralContainerCommon"
            | "handler"
            | "localObjectReference"
            | "ingressRuleValue"
            | "rule"
            | "ruleWithOperations"
    )
}

fn fill(fields: &[Field], bytes: &[u8], map: &mut Map, depth: usize) -> Result<(), String> {
    if depth > MOST_DEPTH {
        return Err("exceeded max depth".to_owned());
    }
    let mut reader = Reader(bytes);
    let mut lists: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    let mut maps: BTreeMap<&str, Map> = BTreeMap::new();
    while let Some((number, part)) = reader.field()? {
        let Some(field) = fields.iter().find(|field| field.number == number) else { continue };
        match (field.many, part) {
            (Many::One, Part::Bytes(inner)) if is_inline(field.name) => {
                let fields = messages().get(field.kind).map(Vec::as_slice).unwrap_or_default();
                fill(fields, inner, map, depth + 1)?;
            }
            (Many::One, part) => {
                let value = single(field.kind, part, depth)?;
                if !value.is_null() {
                    map.insert(field.name, value);
                }
            }
            (Many::List, part) => {
                lists.entry(field.name).or_default().push(single(field.kind, part, depth)?);
            }
            (Many::Map, Part::Bytes(entry)) => {
                let (key, value) = pair(field.kind, entry, depth)?;
                maps.entry(field.name).or_default().insert(key, value);
            }
            (Many::Map, _) => return Err(format!("{} is no map", field.name)),
        }
    }
    lists.into_iter().for_each(|(name, items)| drop(map.insert(name, items)));
    maps.into_iter().for_each(|(name, entries)| drop(map.insert(name, entries)));
    Ok(())
}

fn pair(kind: &str, bytes: &[u8], depth: usize) -> Result<(String, Value), String> {
    let mut reader = Reader(bytes);
    let (mut key, mut value) = (String::new(), Value::Null);
    while let Some((number, part)) = reader.field()? {
        match (number, part) {
            (1, Part::Bytes(text)) => key = text_of(text)?.to_owned(),
            (2, part) => value = single(kind, part, depth)?,
            _ => {}
        }
    }
    Ok((key, value))
}

fn single(kind: &str, part: Part<'_>, depth: usize) -> Result<Value, String> {
    Ok(match (kind, part) {
        ("i", Part::Number(number)) => Value::Int(number as i64),
        ("b", Part::Number(number)) => (number != 0).into(),
        ("d", Part::Fixed(bits)) => Value::Float(f64::from_bits(bits)),
        ("s", Part::Bytes(text)) => text_of(text)?.into(),
        ("y", Part::Bytes(bytes)) => base64(bytes).into(),
        (_, Part::Bytes(bytes)) => structured(kind, bytes, depth)?,
        (kind, _) => return Err(format!("a field of type {kind} has another form")),
    })
}

/// A message; some have a JSON form of their own.
fn structured(kind: &str, bytes: &[u8], depth: usize) -> Result<Value, String> {
    let fields = messages().get(kind).ok_or_else(|| format!("unknown message {kind}"))?;
    let mut map = Map::new();
    let raw = matches!(kind, "meta.FieldsV1" | "runtime.RawExtension");
    if raw {
        let mut reader = Reader(bytes);
        while let Some((number, part)) = reader.field()? {
            if let (1, Part::Bytes(json)) = (number, part) {
                return objects::from_json(json).map_err(|problem| problem.to_string());
            }
        }
        return Ok(Value::Null);
    }
    fill(fields, bytes, &mut map, depth + 1)?;
    let value = Value::from(map);
    let number = |key: &str| value.int_at(&[key]).unwrap_or(0);
    Ok(match kind {
        "api.Quantity" => value.str_at(&["string"]).unwrap_or("0").into(),
        "util.intstr.IntOrString" if number("type") == 1 => {
            value.str_at(&["strVal"]).unwrap_or_default().into()
        }
        "util.intstr.IntOrString" => number("intVal").into(),
        "meta.Time" | "meta.MicroTime" => time(kind, &value),
        "authentication.v1.ExtraValue" | "authorization.v1.ExtraValue" => {
            value.get("items").cloned().unwrap_or_else(|| Value::from(Vec::new()))
        }
        _ => value,
    })
}

fn time(kind: &str, value: &Value) -> Value {
    let Some(seconds) = value.int_at(&["seconds"]) else { return Value::Null };
    let nanos = value.int_at(&["nanos"]).unwrap_or(0).unsigned_abs();
    let since = std::time::Duration::new(seconds.unsigned_abs(), nanos as u32 % 1_000_000_000);
    let Some(epoch) = clock::Moment::parse("1970-01-01T00:00:00Z") else { return Value::Null };
    let moment = epoch + since;
    if kind == "meta.MicroTime" { moment.rfc3339_micros().into() } else { moment.rfc3339().into() }
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let at = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for place in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * place) & 63) as usize];
            out.push(if place > chunk.len() { '=' } else { char::from(letter) });
        }
    }
    out
}

fn text_of(bytes: &[u8]) -> Result<&str, String> {
    std::str::from_utf8(bytes).map_err(|_| "a text is not UTF-8".to_owned())
}

/// What stands behind a field's number.
#[derive(Clone, Copy)]
enum Part<'a> {
    Number(u64),
    Fixed(u64),
    Bytes(&'a [u8]),
}

/// What is left to read.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn field(&mut self) -> Result<Option<(u64, Part<'a>)>, String> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let head = self.number()?;
        let part = match head & 7 {
            0 => Part::Number(self.number()?),
            1 => Part::Fixed(u64::from_le_bytes(self.array()?)),
            2 => {
                let length = usize::try_from(self.number()?).map_err(|_| CUT.to_owned())?;
                Part::Bytes(self.take(length)?)
            }
            5 => Part::Fixed(u64::from(u32::from_le_bytes(self.array()?))),
            other => return Err(format!("unknown wire type {other}")),
        };
        Ok(Some((head >> 3, part)))
    }

    fn number(&mut self) -> Result<u64, String> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.take(1)?[0];
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err("a number is too long".to_owned())
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], String> {
        self.take(N)?.try_into().map_err(|_| CUT.to_owned())
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], String> {
        let (head, rest) = self.0.split_at_checked(length).ok_or(CUT)?;
        self.0 = rest;
        Ok(head)
    }
}

const CUT: &str = "unexpected EOF";

#[cfg(test)]
mod tests {
    use super::*;

    /// What kubectl 1.32 sends for `create namespace x`.
    const NAMESPACE: &[u8] = b"k8s\0\x0a\x0f\x0a\x02v1\x12\x09Namespace\x12\x19\x0a\x11\x0a\x01x\x12\x00\x1a\x00\"\x00*\x002\x008\x00B\x00\x12\x00\x1a\x02\x0a\x00\x1a\x00\"\x00";

    #[test]
    fn a_namespace_from_kubectl_is_read() {
        let value = read(NAMESPACE).unwrap();
        assert_eq!(value.str_at(&["kind"]), Some("Namespace"));
        assert_eq!(value.str_at(&["metadata", "name"]), Some("x"));
        assert_eq!(value.at(&["metadata", "creationTimestamp"]), None);
    }

    #[test]
    fn cut_and_foreign_bodies_are_refused() {
        assert!(read(b"{}").is_err());
        assert!(read(&NAMESPACE[..NAMESPACE.len() - 20]).is_err());
        let unknown = read(b"k8s\0\x0a\x08\x0a\x02v1\x12\x02No");
        assert_eq!(unknown.unwrap_err(), "No in v1 is not read from protobuf: send JSON");
    }

    #[test]
    fn bytes_become_base64() {
        for (bytes, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v")] {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }
}
