//! The checked-in JSON Schema is the one that the types give.

#[test]
fn the_checked_in_schema_is_fresh() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scenarios/schema.json");
    let fresh = scenario::json_schema();
    if std::env::var_os("FLUXRIG_WRITE_GENERATED").is_some() {
        std::fs::write(path, &fresh).unwrap();
    }
    let found = std::fs::read_to_string(path).unwrap_or_default();
    assert!(found == fresh, "scenarios/schema.json is stale: run with FLUXRIG_WRITE_GENERATED=1");
}
