//! Reads the packed data file: every type and resource of every minor.
//!
//! One rule: the file is trusted only as far as its bytes go; whatever is
//! missing reads as empty, so a damaged file gives open types and never a
//! panic. `examples/pack.rs` writes it. Start at [`unpack`].
//!
//! Form: numbers are LEB128. Strings; nodes; definitions (name, Go name);
//! resources; minors (definitions as pairs, resource numbers, default group
//! versions, groups in order); lifecycles of kinds.

use std::io::Read;
use std::sync::Arc;

use objects::Value;

use crate::pool::{Node, Pool};
use crate::{Kind, ListKind};

static PACKED: &[u8] = include_bytes!("../data/kubernetes.bin");

/// Everything in the file.
#[derive(Debug, Default)]
pub(crate) struct Unpacked {
    pub(crate) pool: Arc<Pool>,
    /// Full definition names by definition number.
    pub(crate) definitions: Vec<Arc<str>>,
    pub(crate) resources: Vec<PackedResource>,
    pub(crate) minors: Vec<PackedMinor>,
    pub(crate) lifecycles: Vec<Lifecycle>,
}

/// A resource as the pool holds it.
#[derive(Debug, Clone, Default)]
pub(crate) struct PackedResource {
    pub(crate) group: Arc<str>,
    pub(crate) version: Arc<str>,
    pub(crate) kind: Arc<str>,
    pub(crate) plural: Arc<str>,
    pub(crate) singular: Arc<str>,
    pub(crate) storage: Arc<str>,
    pub(crate) storage_hash: Arc<str>,
    pub(crate) definition: u32,
    pub(crate) namespaced: bool,
    pub(crate) preferred: bool,
    pub(crate) by_default: bool,
    pub(crate) short_names: Vec<Arc<str>>,
    pub(crate) categories: Vec<Arc<str>>,
    pub(crate) verbs: Vec<Arc<str>>,
    pub(crate) subresources: Vec<PackedSubresource>,
}

/// A subresource as the pool holds it.
#[derive(Debug, Clone, Default)]
pub(crate) struct PackedSubresource {
    pub(crate) name: Arc<str>,
    pub(crate) kind: Arc<str>,
    pub(crate) group: Arc<str>,
    pub(crate) version: Arc<str>,
    pub(crate) verbs: Vec<Arc<str>>,
}

/// One minor version.
#[derive(Debug, Default)]
pub(crate) struct PackedMinor {
    pub(crate) name: Arc<str>,
    pub(crate) release: Arc<str>,
    /// Pairs of definition number and node.
    pub(crate) definitions: Vec<(u32, u32)>,
    pub(crate) resources: Vec<u32>,
}

/// When a kind was served.
#[derive(Debug, Default)]
pub(crate) struct Lifecycle {
    pub(crate) group: Arc<str>,
    pub(crate) version: Arc<str>,
    pub(crate) kind: Arc<str>,
    /// Minor number (`32` of 1.32).
    pub(crate) introduced: u32,
    /// Minor number, 0 for never.
    pub(crate) removed: u32,
}

/// Reads the data that is built into the program.
pub(crate) fn unpack() -> Unpacked {
    let mut bytes = Vec::with_capacity(1 << 20);
    let _ = flate2::read::DeflateDecoder::new(PACKED).read_to_end(&mut bytes);
    let mut reader = Reader { bytes: &bytes, strings: Vec::new() };
    let strings = reader.many(Reader::text);
    reader.strings = strings;
    let mut nodes = reader.many(Reader::node);
    note_always(&mut nodes);
    let names = reader.many(|reader| (reader.string(), reader.string()));
    let (definitions, names) = names.into_iter().unzip();
    Unpacked {
        pool: Arc::new(Pool { nodes, names }),
        definitions,
        resources: reader.many(Reader::resource),
        minors: reader.many(Reader::minor),
        lifecycles: reader.many(Reader::lifecycle),
    }
}

/// Notes which fields Go always writes: structs by value have the default `{}`
/// on their reference, the others are required.
fn note_always(nodes: &mut [Node]) {
    let by_value: Vec<bool> = nodes
        .iter()
        .map(|node| {
            let default = node.default.as_ref().and_then(Value::as_map);
            node.kind == Kind::Ref && default.is_some()
        })
        .collect();
    for node in nodes {
        for (at, (name, field)) in node.fields.iter().enumerate() {
            let struct_by_value = by_value.get(*field as usize).copied().unwrap_or(false);
            // Required by its rules, but written with `omitempty`.
            let left_out = name.as_ref() == "validationActions";
            if struct_by_value || node.required.contains(name) && !left_out {
                node.always.push((at as u32, struct_by_value));
            }
        }
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    strings: Vec<Arc<str>>,
}

impl<'a> Reader<'a> {
    fn number(&mut self) -> u32 {
        let (mut number, mut shift) = (0_u32, 0);
        while let Some((byte, rest)) = self.bytes.split_first() {
            self.bytes = rest;
            number |= u32::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
            shift += 7;
            if byte & 0x80 == 0 {
                break;
            }
        }
        number
    }

    fn many<T>(&mut self, read: impl Fn(&mut Self) -> T) -> Vec<T> {
        let count = self.number() as usize;
        let mut items = Vec::with_capacity(count.min(1 << 16));
        for _ in 0..count {
            if self.bytes.is_empty() {
                break;
            }
            items.push(read(self));
        }
        items
    }

    fn text(&mut self) -> Arc<str> {
        let length = (self.number() as usize).min(self.bytes.len());
        let (text, rest) = self.bytes.split_at(length);
        self.bytes = rest;
        std::str::from_utf8(text).unwrap_or_default().into()
    }

    fn string(&mut self) -> Arc<str> {
        let at = self.number() as usize;
        self.strings.get(at).cloned().unwrap_or_default()
    }

    fn strings(&mut self) -> Vec<Arc<str>> {
        self.many(Self::string)
    }

    fn node(&mut self) -> Node {
        let kind = kind_of(self.number());
        let flags = self.number();
        let has = |bit: u32| flags & (1 << bit) != 0;
        let mut node = Node {
            kind,
            list: if has(0) {
                ListKind::Set
            } else if has(1) {
                ListKind::Map
            } else {
                ListKind::Atomic
            },
            atomic: has(2),
            granular: has(3),
            preserve: has(4),
            patch_merge: has(5),
            patch_retain: has(6),
            patch_replace: has(7),
            item: crate::pool::NONE,
            ..Node::default()
        };
        if matches!(kind, Kind::List | Kind::Map | Kind::Ref) {
            node.item = self.number();
        }
        if kind == Kind::Object {
            node.fields = self.many(|reader| (reader.string(), reader.number()));
            node.required = self.strings();
        }
        if has(1) {
            node.keys = self.strings();
        }
        if has(8) {
            node.default = objects::from_json(self.string().as_bytes()).ok();
        }
        if has(9) {
            node.patch_key = Some(self.string());
        }
        if has(10) {
            node.allowed = self.strings();
        }
        node
    }

    fn resource(&mut self) -> PackedResource {
        let mut resource = PackedResource {
            group: self.string(),
            version: self.string(),
            kind: self.string(),
            plural: self.string(),
            singular: self.string(),
            storage: self.string(),
            storage_hash: self.string(),
            definition: self.number(),
            ..PackedResource::default()
        };
        let flags = self.number();
        resource.namespaced = flags & 1 != 0;
        resource.preferred = flags & 2 != 0;
        resource.by_default = flags & 4 != 0;
        resource.short_names = self.strings();
        resource.categories = self.strings();
        resource.verbs = self.strings();
        resource.subresources = self.many(|reader| PackedSubresource {
            name: reader.string(),
            kind: reader.string(),
            group: reader.string(),
            version: reader.string(),
            verbs: reader.strings(),
        });
        resource
    }

    fn minor(&mut self) -> PackedMinor {
        PackedMinor {
            name: self.string(),
            release: self.string(),
            definitions: self.many(|reader| (reader.number(), reader.number())),
            resources: self.many(Self::number),
        }
    }

    fn lifecycle(&mut self) -> Lifecycle {
        Lifecycle {
            group: self.string(),
            version: self.string(),
            kind: self.string(),
            introduced: self.number(),
            removed: self.number(),
        }
    }
}

fn kind_of(number: u32) -> Kind {
    match number {
        1 => Kind::Atom,
        2 => Kind::String,
        3 => Kind::Bytes,
        4 => Kind::Bool,
        5 => Kind::Int32,
        6 => Kind::Int64,
        7 => Kind::Number,
        8 => Kind::Quantity,
        9 => Kind::IntOrString,
        10 => Kind::Time,
        11 => Kind::MicroTime,
        12 => Kind::Object,
        13 => Kind::List,
        14 => Kind::Map,
        15 => Kind::Ref,
        _ => Kind::Any,
    }
}
