//! A pod template as Go prints its struct, which is what Kubernetes hashes.
//!
//! Source: apimachinery `util/dump` (spew, `%#v`), and the fields of `k8s.io/api`
//! 1.36 in their order, in `pod_template.txt`: a line a type, `Type = Base` for a
//! named simple type, else `Type Field:json:Type …` with an empty JSON name for
//! an embedded struct.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use objects::Value;

use crate::quantity::Quantity;

static TABLE: LazyLock<Table> = LazyLock::new(|| Table::read(include_str!("pod_template.txt")));

#[derive(Default)]
struct Table {
    simple: BTreeMap<&'static str, &'static str>,
    structs: BTreeMap<&'static str, Vec<(&'static str, &'static str, &'static str)>>,
}

impl Table {
    fn read(text: &'static str) -> Self {
        let mut table = Self::default();
        for line in text.lines() {
            let Some((name, rest)) = line.split_once(' ') else { continue };
            if let Some(base) = rest.strip_prefix("= ") {
                table.simple.insert(name, base);
                continue;
            }
            let fields = rest.split(' ').filter_map(|field| {
                let mut parts = field.splitn(3, ':');
                Some((parts.next()?, parts.next()?, parts.next()?))
            });
            table.structs.insert(name, fields.collect());
        }
        table
    }
}

/// The template as Go prints it.
pub(super) fn pod_template(template: &Value) -> String {
    let mut printer = Printer { out: String::with_capacity(8192) };
    printer.value("v1.PodTemplateSpec", Some(template), true);
    printer.out
}

struct Printer {
    out: String,
}

impl Printer {
    fn put(&mut self, text: &str) {
        self.out.push_str(text);
    }

    /// A value of a type; `named` puts the type before it.
    fn value(&mut self, kind: &'static str, value: Option<&Value>, named: bool) {
        let value = value.filter(|value| !value.is_null());
        if named {
            self.put("(");
            self.put(kind);
            self.put(")");
        }
        if let Some(inner) = kind.strip_prefix('*') {
            match value {
                None => self.put("<nil>"),
                Some(value) => {
                    if !named {
                        self.put("<*>");
                    }
                    self.value(inner, Some(value), false);
                }
            }
        } else if let Some(item) = kind.strip_prefix("[]") {
            self.list(item, value);
        } else if let Some(rest) = kind.strip_prefix("map[") {
            let item = rest.split_once(']').map_or("string", |(_, item)| item);
            self.map(item, value);
        } else {
            self.plain(kind, value);
        }
    }

    fn list(&mut self, item: &'static str, value: Option<&Value>) {
        let items = value.and_then(Value::as_list).unwrap_or_default();
        if items.is_empty() {
            return self.put("<nil>");
        }
        self.put("[");
        for (at, one) in items.iter().enumerate() {
            if at > 0 {
                self.put(" ");
            }
            self.value(item, Some(one), false);
        }
        self.put("]");
    }

    fn map(&mut self, item: &'static str, value: Option<&Value>) {
        let Some(map) = value.and_then(Value::as_map).filter(|map| !map.is_empty()) else {
            return self.put("<nil>");
        };
        self.put("map[");
        for (at, (key, one)) in map.iter().enumerate() {
            if at > 0 {
                self.put(" ");
            }
            self.put(key);
            self.put(":");
            self.value(item, Some(one), false);
        }
        self.put("]");
    }

    fn plain(&mut self, kind: &'static str, value: Option<&Value>) {
        match kind {
            "string" | "types.UID" => {
                self.put(value.and_then(Value::as_str).unwrap_or_default());
            }
            "bool" => {
                let flag = value.and_then(Value::as_bool).unwrap_or(false);
                self.put(if flag { "true" } else { "false" });
            }
            "int" | "int32" | "int64" | "uint8" => {
                self.put(&value.and_then(Value::as_int).unwrap_or(0).to_string());
            }
            "v1.Time" => self
                .put("{Time:(time.Time){wall:(uint64)0 ext:(int64)0 loc:(*time.Location)<nil>}}"),
            "v1.FieldsV1" => self.put("{Raw:([]uint8)<nil>}"),
            "intstr.IntOrString" => self.int_or_string(value),
            "resource.Quantity" => {
                self.quantity(value.and_then(Value::as_str).unwrap_or_default());
            }
            _ => match TABLE.simple.get(kind) {
                Some(base) => self.value(base, value, false),
                None => self.structure(kind, value),
            },
        }
    }

    fn structure(&mut self, kind: &'static str, value: Option<&Value>) {
        self.put("{");
        let fields = TABLE.structs.get(kind).map(Vec::as_slice).unwrap_or_default();
        for (at, (name, json, field)) in fields.iter().enumerate() {
            if at > 0 {
                self.put(" ");
            }
            self.put(name);
            self.put(":");
            let inner = if json.is_empty() { value } else { value.and_then(|v| v.get(json)) };
            self.value(field, inner, true);
        }
        self.put("}");
    }

    fn int_or_string(&mut self, value: Option<&Value>) {
        let (kind, number, text) = match value {
            Some(Value::String(text)) => (1, 0, text.to_string()),
            other => (0, other.and_then(Value::as_int).unwrap_or(0), String::new()),
        };
        self.put(&format!(
            "{{Type:(intstr.Type){kind} IntVal:(int32){number} StrVal:(string){text}}}"
        ));
    }

    /// As `ParseQuantity` stores it (its fast path).
    fn quantity(&mut self, text: &str) {
        let canonical = Quantity::parse(text).map(|quantity| quantity.to_string());
        let text = canonical.as_deref().unwrap_or(text);
        let end = text.find(|c: char| !(c.is_ascii_digit() || "+-.".contains(c)));
        let (number, suffix) = text.split_at(end.unwrap_or(text.len()));
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let digits: i64 = format!("{whole}{fraction}").parse().unwrap_or(0);
        let binary = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"].iter().position(|one| *one == suffix);
        let decimal = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
        let (value, exponent, format) = match binary {
            Some(at) => (digits.saturating_mul(1 << (10 * (at + 1))), 0, "BinarySI"),
            None => match decimal.iter().position(|one| *one == suffix) {
                Some(at) => (digits, at as i64 * 3 - 9, "DecimalSI"),
                None => {
                    let power = suffix.strip_prefix(['e', 'E']).and_then(|p| p.parse().ok());
                    (digits, power.unwrap_or(0), "DecimalExponent")
                }
            },
        };
        let scale = exponent - fraction.len() as i64;
        // What is in canonical form keeps its text; the rest is left to be written again.
        let kept = match format {
            "BinarySI" => digits & 7 != 0,
            _ => scale % 3 == 0 && !whole.ends_with("000") && !whole.starts_with('0'),
        };
        let kept = if kept || text == "0" { text } else { "" };
        self.put(&format!(
            "{{i:(resource.int64Amount){{value:(int64){value} scale:(resource.Scale){scale}}} \
             d:(resource.infDecAmount){{Dec:(*inf.Dec)<nil>}} s:(string){kept} \
             Format:(resource.Format){format}}}"
        ));
    }
}
