//! The five scenarios that the language was designed on.

#[test]
fn each_example_is_read_without_a_mistake() {
    for file in
        std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/examples")).unwrap()
    {
        let path = file.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        if let Err(mistakes) = scenario::parse(name, &text) {
            let shown: Vec<String> = mistakes.iter().map(scenario::Diagnostic::render).collect();
            panic!("{}", shown.join("\n\n"));
        }
    }
}
