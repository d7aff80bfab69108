//! Words that belong to the machine a thing was made on, not to the product.

use std::path::Path;

use tree::Tree;

const FOREIGN: [&str; 4] = ["/work/", "/root/", "static.crates.io", "proxy.golang.org"];

/// Files that hold such a word, with the word.
pub(crate) fn foreign() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = ["harness", "src", "tests", "scenarios", "clusters", ".ci", ".github"];
    folders
        .iter()
        .filter(|folder| root.join(folder).is_dir())
        .flat_map(|folder| in_folder(root, folder))
        .collect()
}

fn in_folder(root: &Path, folder: &str) -> Vec<String> {
    let tree = Tree::from_dir(&root.join(folder)).expect("our own files can be read");
    let mut found = Vec::new();
    for (path, _) in tree.iter().filter(|(path, _)| path.name() != "words.rs") {
        let text = tree.text(path).unwrap_or_default();
        found.extend(
            FOREIGN
                .iter()
                .filter(|word| text.contains(**word))
                .map(|word| format!("{folder}/{path}: {word}")),
        );
    }
    found
}
