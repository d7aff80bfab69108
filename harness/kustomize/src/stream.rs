//! Manifests outside any kustomization: marked with their file, changed, given back file by file.
//!
//! Rules from helm/helm: pkg/action (annotateAndMerge, splitAndDeannotate) and
//! fluxcd/helm-controller: internal/postrender. Start at [`Stream::read`].

use std::collections::BTreeMap;

use objects::{Map, Value};
use tree::{Tree, TreePath};
use yaml::Node;

use crate::error::{BuildError, Result, fail};
use crate::fieldspec::FieldSpec;
use crate::node;
use crate::options::{LoadRestrictions, Options};
use crate::resmap::ResMap;
use crate::resource::Resource;
use crate::{build, json, read, transformers};

/// Where an object remembers its file.
const MARK: &str = "postrenderer.helm.sh/postrender-filename";

/// Objects on their way from one change to the next, as Helm's post-renderers see them.
#[derive(Debug, Clone, Default)]
pub struct Stream {
    nodes: Vec<Node>,
}

impl Stream {
    /// Reads documents, each with the name of the file that it stands in.
    ///
    /// # Errors
    /// The first document that is no YAML, by its file.
    pub fn read<'a>(
        documents: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> std::result::Result<Self, BuildError> {
        let mut nodes = Vec::new();
        for (file, text) in documents {
            let read = read::documents(text)
                .map_err(|problem| BuildError(format!("parsing {file}: {problem}")))?;
            for root in read {
                let mut resource = Resource::new(root);
                let mut annotations = resource.annotations();
                annotations.insert(MARK.to_owned(), file.to_owned());
                resource
                    .set_annotations(&annotations)
                    .map_err(|problem| BuildError(format!("annotating {file}: {problem}")))?;
                nodes.push(resource.node);
            }
        }
        Ok(Self { nodes })
    }

    /// Runs a kustomization with these objects as its only resource.
    ///
    /// # Errors
    /// The message of kustomize v5.8.1.
    pub fn kustomize(
        self,
        patches: &[Value],
        images: &[Value],
    ) -> std::result::Result<Self, BuildError> {
        const INPUT: &str = "helm-output.yaml";
        let texts: Vec<String> = self.nodes.iter().map(yaml::emit).collect();
        let mut file = Map::new();
        file.insert("apiVersion", "kustomize.config.k8s.io/v1beta1");
        file.insert("kind", "Kustomization");
        file.insert("resources", vec![Value::from(INPUT)]);
        for (key, list) in [("images", images), ("patches", patches)] {
            if !list.is_empty() {
                file.insert(key, list.to_vec());
            }
        }
        let mut tree = Tree::new();
        let path =
            |name: &str| TreePath::new(name).map_err(|problem| BuildError(problem.to_string()));
        tree.insert(path(INPUT)?, texts.join("---\n").as_bytes());
        let text = objects::to_json(&file.into());
        tree.insert(path("kustomization.yaml")?, text.as_bytes());
        let options = Options { load_restrictions: LoadRestrictions::None, ..Options::default() };
        let built = build::build(&tree, &TreePath::root(), &options)?;
        Ok(Self { nodes: built.into_nodes() })
    }

    /// Sets labels or annotations (`field`) on every object.
    ///
    /// # Errors
    /// If an object is none that kustomize takes, or stands there twice.
    pub fn set_metadata(
        self,
        field: &str,
        entries: &BTreeMap<String, String>,
    ) -> std::result::Result<Self, BuildError> {
        let mut map = ResMap::default();
        map.append_all(read::resources_of(self.nodes)?)?;
        let spec = FieldSpec::at(&format!("metadata/{field}"), true);
        transformers::set_entries(&mut map, entries, &[spec])?;
        let nodes = map.into_list().into_iter().map(|resource| resource.node).collect();
        Ok(Self { nodes })
    }

    /// The texts by file, without the marks; objects that lost theirs get files of their own.
    ///
    /// # Errors
    /// If an object cannot be printed.
    pub fn files(
        self,
        fallback: &str,
    ) -> std::result::Result<BTreeMap<String, String>, BuildError> {
        let mut files: BTreeMap<String, String> = BTreeMap::new();
        for (at, root) in self.nodes.iter().enumerate() {
            let text = json::print(root)?;
            let parsed = yaml::parse_first(&text);
            let parsed = parsed.map_err(|problem| BuildError(format!("yaml: {problem}")))?;
            let Some(root) = parsed else { return fail("an object printed nothing") };
            let (file, text) = unmarked(root)?;
            let file = file.unwrap_or_else(|| match fallback {
                "" => format!("generated-by-postrender-{at}.yaml"),
                group => format!("generated-by-postrender-{group}-{at}.yaml"),
            });
            files
                .entry(file)
                .and_modify(|known| {
                    known.push_str("---\n");
                    known.push_str(&text);
                })
                .or_insert(text);
        }
        Ok(files)
    }
}

/// The file that an object remembers, and its text without the memory.
fn unmarked(mut root: Node) -> Result<(Option<String>, String)> {
    let mut file = None;
    if let Some(metadata) = node::field_mut(&mut root, "metadata") {
        let mut is_empty = false;
        if let Some(annotations) = node::field_mut(metadata, "annotations") {
            file = node::field(annotations, MARK).map(|mark| node::value(mark).to_owned());
            node::clear(annotations, MARK)?;
            is_empty = node::is_null_or_empty_map(annotations);
        }
        if is_empty {
            node::clear(metadata, "annotations")?;
        }
    }
    Ok((file.filter(|file| !file.is_empty()), yaml::emit(&root)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  labels: {x: y}\ndata:\n  b: \"1\"\n";

    fn labels() -> BTreeMap<String, String> {
        BTreeMap::from([("team".to_owned(), "a".to_owned())])
    }

    #[test]
    fn objects_come_back_in_their_files_with_new_labels() {
        let read = Stream::read([("c/t/a.yaml", CONFIG), ("c/t/b.yaml", "kind: List\n")]).unwrap();
        let files = read.set_metadata("labels", &labels()).unwrap().files("").unwrap();
        let expected = "apiVersion: v1\ndata:\n  b: \"1\"\nkind: ConfigMap\nmetadata:\n  labels:\n    team: a\n    x: \"y\"\n  name: a\n";
        assert_eq!(files["c/t/a.yaml"], expected);
    }

    #[test]
    fn mistakes_name_the_file_or_the_object() {
        let problem = Stream::read([("c/t/a.yaml", "a: [")]).unwrap_err().to_string();
        assert!(problem.starts_with("parsing c/t/a.yaml: MalformedYAMLError: yaml: "), "{problem}");
        let twice = Stream::read([("a", CONFIG), ("b", CONFIG)]).unwrap();
        let problem = twice.set_metadata("labels", &labels()).unwrap_err().to_string();
        assert_eq!(
            problem,
            "may not add resource with an already registered id: ConfigMap.v1.[noGrp]/a.[noNs]"
        );
    }

    #[test]
    fn images_are_replaced_by_a_kustomization() {
        let pod = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\nspec:\n  containers:\n  - image: nginx\n    name: c\n";
        let image = Value::from([("name", "nginx"), ("newTag", "2")]);
        let files = Stream::read([("p", pod)]).unwrap().kustomize(&[], &[image]).unwrap();
        let files = files.files("").unwrap();
        assert!(files["p"].contains("image: nginx:2"), "{}", files["p"]);
    }
}
