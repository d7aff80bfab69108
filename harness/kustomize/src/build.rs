//! The way in: from a folder to its objects.

use std::collections::BTreeMap;
use std::rc::Rc;

use objects::{Object, Value};
use tree::{Tree, TreePath};
use yaml::Node;

use crate::check::check;
use crate::context::Context as State;
use crate::error::{BuildError, Context, Result, fail};
use crate::fieldspec::FieldSpec;
use crate::files::{Files, TreeFiles};
use crate::id::{ORDER_FIRST, ORDER_LAST};
use crate::kustomization::Kustomization;
use crate::loader::Loader;
use crate::options::{LoadRestrictions, Options};
use crate::origin::{ORIGIN, TRANSFORMATIONS};
use crate::resmap::ResMap;
use crate::resource::Resource;
use crate::syntax::syntax;
use crate::target::{Accumulator, Target};
use crate::{json, nameref, transformers, vars};

/// What a build gave.
#[derive(Debug, Clone, Default)]
pub struct Build {
    nodes: Vec<Node>,
    /// What kustomize would print on stderr (deprecated fields), a line each.
    pub warnings: Vec<String>,
}

impl Build {
    /// The objects, in order.
    #[must_use]
    pub fn objects(&self) -> Vec<Object> {
        let value = |node: &Node| json::to_value(node).unwrap_or(Value::Null);
        self.nodes.iter().map(|node| Object(value(node))).collect()
    }

    pub(crate) fn into_nodes(self) -> Vec<Node> {
        self.nodes
    }

    /// The text that `kustomize build` prints.
    #[must_use]
    pub fn to_yaml(&self) -> String {
        let texts: Vec<_> = self.nodes.iter().filter_map(|node| json::print(node).ok()).collect();
        texts.join("---\n")
    }
}

/// Builds the kustomization in a folder of a tree.
///
/// # Errors
/// The message of kustomize v5.8.1.
pub fn build(
    tree: &Tree,
    folder: &TreePath,
    options: &Options,
) -> std::result::Result<Build, BuildError> {
    let root = crate::loader::join(&options.root, "");
    let mut files = TreeFiles::new(&root, tree);
    let mut remotes = Vec::new();
    for (number, (url, tree)) in options.remotes.iter().enumerate() {
        let at = format!("/remote-{number}");
        files.mount(at.clone(), tree);
        remotes
            .push((url.clone(), only_file(tree).map_or(at.clone(), |file| format!("{at}/{file}"))));
    }
    let folder = crate::loader::join(&root, folder.as_str());
    run(&files, &folder, options.load_restrictions, remotes).1
}

/// The file of a tree that holds nothing else and is no kustomization: a remote file.
fn only_file(tree: &Tree) -> Option<&TreePath> {
    let mut files = tree.iter().map(|(path, _)| path);
    let first = files.next().filter(|_| files.next().is_none())?;
    let kustomization = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
    (!kustomization.contains(&first.as_str())).then_some(first)
}

/// Builds the kustomization in an absolute folder of a caller's files; the warnings
/// come with a failed build, too.
///
/// # Errors
/// The message of kustomize v5.8.1.
pub fn build_files(
    files: &dyn Files,
    folder: &str,
    restrictions: LoadRestrictions,
) -> (Vec<String>, std::result::Result<Build, BuildError>) {
    run(files, folder, restrictions, Vec::new())
}

fn run(
    files: &dyn Files,
    folder: &str,
    restrictions: LoadRestrictions,
    remotes: Vec<(String, String)>,
) -> (Vec<String>, Result<Build>) {
    let state = State::new();
    let made = nodes(files, folder, restrictions, remotes, &state);
    let warnings = state.warnings.take();
    (warnings.clone(), made.map(|nodes| Build { nodes, warnings }))
}

fn nodes<'a>(
    files: &'a dyn Files,
    folder: &str,
    restrictions: LoadRestrictions,
    remotes: Vec<(String, String)>,
    state: &State<'a>,
) -> Result<Vec<Node>> {
    let loader = Loader::new(files, folder, restrictions, remotes)?;
    let mut target = Target::load(Rc::clone(&loader), state)?;
    target.begin()?;
    let mut all = target.accumulate(Accumulator::default())?;
    transformers::add_hashes(&mut all.map)?;
    if !all.map.list().iter().all(Resource::memory_is_readable) {
        return fail(
            "number of previous names, number of previous namespaces, number of previous kinds not equal",
        );
    }
    nameref::fix(&mut all.map, &all.config.name_references)?;
    vars::resolve(&all.vars, &mut all.map, &all.config.var_references)?;
    let mut map = all.map;
    transformers::drop_local(&mut map)?;
    sort(&mut map, &target.file)?;
    finish(&mut map, &target.file)?;
    let nodes: Vec<Node> = map.into_list().into_iter().map(|resource| resource.node).collect();
    for node in &nodes {
        check(node).context(|| syntax(node))?;
    }
    Ok(nodes)
}

fn sort(map: &mut ResMap, file: &Kustomization) -> Result<()> {
    let default = || {
        let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        (texts(&ORDER_FIRST), texts(&ORDER_LAST))
    };
    let (first, last) = match &file.sort_options {
        None => default(),
        Some(options) => match (options.order.as_str(), &options.legacy) {
            ("fifo", None) => return Ok(()),
            ("fifo", Some(_)) => {
                return fail(
                    "the field 'sortOptions.legacySortOptions' is set but the selected sort order is 'fifo', not 'legacy'",
                );
            }
            ("legacy", legacy) => legacy.clone().unwrap_or_else(default),
            _ => return fail("the field 'sortOptions.order' must be one of [fifo, legacy]"),
        },
    };
    transformers::sort_legacy(map, &first, &last)
}

/// Labels and annotations that belong to the build, not to the objects.
fn finish(map: &mut ResMap, file: &Kustomization) -> Result<()> {
    let wants = |option: &str| file.build_metadata.iter().any(|found| found == option);
    if wants("managedByLabel") {
        let label = ("app.kubernetes.io/managed-by".to_owned(), "kustomize-v5.8.1".to_owned());
        let spec = FieldSpec::at("metadata/labels", true);
        transformers::set_entries(map, &BTreeMap::from([label]), &[spec])?;
    }
    for resource in map.list_mut() {
        let mut annotations = resource.annotations();
        annotations.retain(|key, _| !is_internal(key));
        if !wants("originAnnotations") {
            annotations.remove(ORIGIN);
        }
        if !wants("transformerAnnotations") {
            annotations.remove(TRANSFORMATIONS);
        }
        resource.set_annotations(&annotations)?;
    }
    Ok(())
}

fn is_internal(key: &str) -> bool {
    const NAMES: [&str; 16] = [
        "previousKinds",
        "previousNames",
        "prefixes",
        "suffixes",
        "previousNamespaces",
        "allowNameChange",
        "allowKindChange",
        "refBy",
        "generatorBehavior",
        "needsHashSuffix",
        "path",
        "index",
        "seqindent",
        "id",
        "annotations-migration-resource-id",
        "helm-generated",
    ];
    let internal = key.strip_prefix("internal.config.kubernetes.io/");
    internal.is_some_and(|name| NAMES.contains(&name))
        || matches!(
            key,
            "config.kubernetes.io/path" | "config.kubernetes.io/index" | "config.k8s.io/id"
        )
}
