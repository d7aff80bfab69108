//! Reading our own sources: sizes, functions, public items, modules.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use syn::spanned::Spanned;
use syn::visit::Visit;
use tree::{Tree, TreePath};

/// One file, by its path from the root of the repository.
pub(crate) struct SourceFile {
    pub(crate) name: String,
    pub(crate) text: String,
}

/// Every Rust file of ours, in order.
pub(crate) fn all() -> Vec<SourceFile> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    ["harness", "src", "tests"].iter().flat_map(|folder| below(root, folder)).collect()
}

fn below(root: &Path, folder: &str) -> Vec<SourceFile> {
    let tree = Tree::from_dir(&root.join(folder)).expect("our own sources can be read");
    let is_source =
        |path: &TreePath| path.as_str().ends_with(".rs") && !path.as_str().contains("tests/cases/");
    let files = tree.iter().filter(|(path, _)| is_source(path));
    files
        .map(|(path, _)| SourceFile {
            name: format!("{folder}/{path}"),
            text: tree.text(path).expect("sources are UTF-8").to_owned(),
        })
        .collect()
}

impl SourceFile {
    /// Tests, benches and examples are under looser rules.
    pub(crate) fn is_test(&self) -> bool {
        ["tests/", "/benches/", "/examples/"]
            .iter()
            .any(|part| format!("/{}", self.name).contains(&part[..]))
    }

    pub(crate) fn krate(&self) -> String {
        let mut parts = self.name.split('/');
        match parts.next() {
            Some("harness") => parts.next().unwrap_or_default().to_owned(),
            _ => "fluxrig".to_owned(),
        }
    }

    pub(crate) fn lines_without_tests(&self) -> usize {
        self.code().lines().count()
    }

    /// The text before the inline tests.
    fn code(&self) -> &str {
        self.text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default()
    }

    pub(crate) fn code_has(&self, word: &str) -> bool {
        self.code().lines().any(|line| {
            let code = line.split("//").next().unwrap_or_default();
            code.match_indices(word)
                .any(|(at, _)| !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
        })
    }

    pub(crate) fn functions(&self) -> Vec<(String, usize)> {
        let parsed = syn::parse_file(self.code())
            .unwrap_or_else(|problem| panic!("{}: {problem}", self.name));
        let mut found = Functions { file: &self.name, sizes: Vec::new() };
        found.visit_file(&parsed);
        found.sizes
    }

    pub(crate) fn public_items(&self) -> usize {
        let parsed = syn::parse_file(self.code())
            .unwrap_or_else(|problem| panic!("{}: {problem}", self.name));
        parsed.items.iter().map(public_names).sum()
    }

    /// The module of the crate's root that this file belongs to; `None` for the root itself.
    pub(crate) fn top_module(&self) -> Option<String> {
        let inside = self.name.split_once("src/")?.1;
        let first = inside.split('/').next()?.trim_end_matches(".rs");
        (!["lib", "main"].contains(&first)).then(|| first.to_owned())
    }

    /// Other modules of the crate's root that this file names.
    pub(crate) fn modules_used(&self) -> Vec<String> {
        let own = self.top_module();
        let after = self.code().split("crate::").skip(1);
        let names = after.flat_map(|rest| match rest.strip_prefix('{') {
            Some(list) => {
                list.split('}').next().unwrap_or_default().split(',').map(first_word).collect()
            }
            None => vec![first_word(rest)],
        });
        let modules: BTreeSet<_> =
            names.filter(|name| name.starts_with(char::is_lowercase)).collect();
        modules.into_iter().filter(|name| Some(name) != own.as_ref()).collect()
    }
}

fn first_word(text: &str) -> String {
    text.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

fn public_names(item: &syn::Item) -> usize {
    let is_public = |vis: &syn::Visibility| matches!(vis, syn::Visibility::Public(_));
    match item {
        syn::Item::Use(found) if is_public(&found.vis) => names_in(&found.tree),
        syn::Item::Fn(found) => usize::from(is_public(&found.vis)),
        syn::Item::Struct(found) => usize::from(is_public(&found.vis)),
        syn::Item::Enum(found) => usize::from(is_public(&found.vis)),
        syn::Item::Trait(found) => usize::from(is_public(&found.vis)),
        syn::Item::Const(found) => usize::from(is_public(&found.vis)),
        syn::Item::Type(found) => usize::from(is_public(&found.vis)),
        syn::Item::Mod(found) => usize::from(is_public(&found.vis)),
        _ => 0,
    }
}

fn names_in(tree: &syn::UseTree) -> usize {
    match tree {
        syn::UseTree::Path(path) => names_in(&path.tree),
        syn::UseTree::Group(group) => group.items.iter().map(names_in).sum(),
        _ => 1,
    }
}

struct Functions<'a> {
    file: &'a str,
    sizes: Vec<(String, usize)>,
}

impl Functions<'_> {
    fn add(&mut self, name: &syn::Ident, block: &syn::Block) {
        let (start, end) = (name.span().start().line, block.span().end().line);
        self.sizes.push((format!("{}: {name}", self.file), end - start + 1));
    }
}

impl<'ast> Visit<'ast> for Functions<'_> {
    fn visit_item_fn(&mut self, found: &'ast syn::ItemFn) {
        self.add(&found.sig.ident, &found.block);
        syn::visit::visit_item_fn(self, found);
    }

    fn visit_impl_item_fn(&mut self, found: &'ast syn::ImplItemFn) {
        self.add(&found.sig.ident, &found.block);
        syn::visit::visit_impl_item_fn(self, found);
    }
}

/// A circle in a graph of names, if there is one.
pub(crate) fn circle(graph: &BTreeMap<String, Vec<String>>) -> Option<Vec<String>> {
    let mut done = BTreeSet::new();
    graph.keys().find_map(|start| walk(graph, start, &mut Vec::new(), &mut done))
}

fn walk(
    graph: &BTreeMap<String, Vec<String>>,
    at: &str,
    path: &mut Vec<String>,
    done: &mut BTreeSet<String>,
) -> Option<Vec<String>> {
    if let Some(start) = path.iter().position(|name| name == at) {
        let closing = std::iter::once(at.to_owned());
        return Some(path[start..].iter().cloned().chain(closing).collect());
    }
    if done.contains(at) || !graph.contains_key(at) {
        return None;
    }
    path.push(at.to_owned());
    let found = graph[at].iter().find_map(|next| walk(graph, next, path, done));
    path.pop();
    done.insert(at.to_owned());
    found
}
