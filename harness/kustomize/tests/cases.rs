//! Hand-made folders and what kustomize v5.8.1 makes of them, byte for byte.
//!
//! A case is `tests/cases/NAME/input/`, the folder to build in `path` (the whole input
//! where there is none), and `expected.yaml` or `expected.stderr`.

use std::path::Path;

use kustomize::{Options, build};
use tree::{Tree, TreePath};

fn check(case: &Path) -> Result<(), String> {
    let read = |name: &str| std::fs::read_to_string(case.join(name)).ok();
    let tree = Tree::from_dir(&case.join("input")).map_err(|error| error.to_string())?;
    let folder = read("path").unwrap_or_default();
    let folder = TreePath::new(folder.trim()).map_err(|error| error.to_string())?;
    let options = Options { root: "<ROOT>".into(), ..Options::default() };
    let built = build(&tree, &folder, &options);
    let (found, wanted) = match (read("expected.yaml"), read("expected.stderr")) {
        (Some(wanted), _) => {
            (built.map(|built| built.to_yaml()).map_err(|e| e.to_string()), wanted)
        }
        (None, wanted) => {
            let lines = wanted.unwrap_or_default();
            let lines: Vec<_> = lines.lines().filter(|line| !line.starts_with("# ")).collect();
            let wanted = lines.join("\n").trim_start_matches("error: ").trim().to_owned();
            let failed = built.err().map(|error| error.to_string()).unwrap_or_default();
            (
                Ok(failed
                    .replace("/<ROOT>", "<ROOT>")
                    .replace("0xc000000000", "0xPTR")
                    .trim()
                    .to_owned()),
                wanted,
            )
        }
    };
    match found {
        Ok(found) if found == wanted => Ok(()),
        Ok(found) => Err(format!("{found}\n--- instead of ---\n{wanted}")),
        Err(error) => Err(format!("fails: {error}")),
    }
}

#[test]
fn every_case_comes_out_as_the_real_tool_made_it() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut cases: Vec<_> =
        std::fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path()).collect();
    cases.sort();
    assert!(!cases.is_empty(), "there are no cases");
    let wrong: Vec<_> = cases
        .iter()
        .filter_map(|case| check(case).err().map(|why| format!("{}: {why}", case.display())))
        .collect();
    assert!(wrong.is_empty(), "{} cases differ:\n{}", wrong.len(), wrong.join("\n\n"));
}
