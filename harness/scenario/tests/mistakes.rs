//! Every kind of mistake, as a user sees it.

#[test]
fn each_mistake_is_shown_at_its_place_with_what_to_do() {
    insta::glob!("cases/mistakes/*.yaml", |path| {
        let text = std::fs::read_to_string(path).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        let mistakes = scenario::parse(name, &text).expect_err("the file has mistakes");
        let shown: Vec<String> = mistakes.iter().map(scenario::Diagnostic::render).collect();
        insta::assert_snapshot!(shown.join("\n\n"));
    });
}
