//! Changing image names, tags and digests.

use objects::Value;
use regex::Regex;
use yaml::{Node, NodeKind};

use crate::decode::Decoder;
use crate::error::Result;
use crate::fieldspec::FieldSpec;
use crate::id;
use crate::node::{self, Kind};
use crate::regexp::compile;

/// One entry of `images`.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Image {
    pub(crate) name: String,
    pub(crate) new_name: String,
    pub(crate) tag_suffix: String,
    pub(crate) new_tag: String,
    pub(crate) digest: String,
}

impl Image {
    pub(crate) fn decode(d: &mut Decoder, value: &Value) -> Self {
        let names = &["name", "newName", "tagSuffix", "newTag", "digest"];
        let mut made = Self::default();
        d.fields(value, "types.Image", names, |d, name, value| match name {
            "name" => made.name = d.text(value),
            "newName" => made.new_name = d.text(value),
            "tagSuffix" => made.tag_suffix = d.text(value),
            "newTag" => made.new_tag = d.text(value),
            _ => made.digest = d.text(value),
        });
        made
    }

    fn pattern(&self) -> Option<Regex> {
        let tail = "(:[a-zA-Z0-9_.{}-]*)?(@sha256:[a-zA-Z0-9_.{}-]*)?$";
        compile(&format!("^{}{tail}", self.name)).ok()
    }

    /// Changes every container of an object, then the fields of the configuration.
    pub(crate) fn apply(&self, root: &mut Node, specs: &[FieldSpec]) -> Result<()> {
        if id::kind_of(root) == "CustomResourceDefinition" {
            return Ok(());
        }
        let updater = Updater { image: self, pattern: self.pattern() };
        updater.containers(root)?;
        for spec in specs {
            spec.apply(root, None, &mut |node| updater.update(node))?;
        }
        Ok(())
    }

    /// The changed image.
    fn changed(&self, old: &str) -> String {
        let (mut name, mut tag, mut digest) = split(old);
        if !self.new_name.is_empty() {
            name.clone_from(&self.new_name);
        }
        if !self.new_tag.is_empty() {
            tag.clone_from(&self.new_tag);
            digest.clone_from(&self.digest);
        } else if !self.digest.is_empty() {
            tag.clear();
            digest.clone_from(&self.digest);
        } else if !self.tag_suffix.is_empty() {
            tag.push_str(&self.tag_suffix);
            digest.clear();
        }
        if !tag.is_empty() {
            name = format!("{name}:{tag}");
        }
        if !digest.is_empty() {
            name = format!("{name}@{digest}");
        }
        name
    }
}

struct Updater<'a> {
    image: &'a Image,
    pattern: Option<Regex>,
}

impl Updater<'_> {
    fn containers(&self, at: &mut Node) -> Result<()> {
        match &mut at.kind {
            NodeKind::Mapping(entries) => {
                for (key, value) in entries {
                    self.containers(value)?;
                    let name = node::value(key);
                    if matches!(name, "containers" | "initContainers")
                        && let NodeKind::Sequence(items) = &mut value.kind
                    {
                        items.iter_mut().try_for_each(|item| self.container(item))?;
                    }
                }
                Ok(())
            }
            NodeKind::Sequence(items) => {
                items.iter_mut().try_for_each(|item| self.containers(item))
            }
            _ => Ok(()),
        }
    }

    fn container(&self, item: &mut Node) -> Result<()> {
        node::expect(item, Kind::Mapping)?;
        node::field_mut(item, "image").map_or(Ok(()), |image| self.update(image))
    }

    fn update(&self, at: &mut Node) -> Result<()> {
        node::expect(at, Kind::Scalar)?;
        let old = node::value(at);
        if self.pattern.as_ref().is_some_and(|pattern| pattern.is_match(old)) {
            let new = self.image.changed(old);
            node::set_scalar(at, node::untagged(new))?;
        }
        Ok(())
    }
}

/// Name, tag and digest; a colon in the registry's name is none.
fn split(image: &str) -> (String, String, String) {
    let from = image.find('/').filter(|at| *at > 0).unwrap_or(0);
    let (tag, digest) = (image[from..].find(':'), image[from..].find('@'));
    let (tag, digest) = (tag.map(|at| at + from), digest.map(|at| at + from));
    let part = |from: usize, to: usize| image[from..to].trim_start_matches([':', '@']).to_owned();
    match (tag, digest) {
        (None, None) => (image.to_owned(), String::new(), String::new()),
        (Some(tag), Some(digest)) if tag < digest => {
            (image[..tag].to_owned(), part(tag, digest), part(digest, image.len()))
        }
        (_, Some(digest)) => (image[..digest].to_owned(), String::new(), part(digest, image.len())),
        (Some(tag), None) => (image[..tag].to_owned(), part(tag, image.len()), String::new()),
    }
}
