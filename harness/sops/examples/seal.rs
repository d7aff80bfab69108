//! Seals a file for tests: `cargo run -p fluxrig-sops --example seal -- FILE KEY=VALUE…`.
//!
//! Prints the file with each `@@KEY:PATH@@` sealed and `@@SOPS@@` as the metadata, for the
//! key of the tests below. Everything in it is fixed, so that equal input gives equal
//! bytes: good for tests, and for nothing else.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_possible_truncation,
    reason = "a tool for making test files"
)]

#[path = "../tests/support/mod.rs"]
#[expect(dead_code, reason = "the key is for tests")]
mod support;

fn main() {
    let path = std::env::args().nth(1).unwrap();
    print!("{}", support::seal(&std::fs::read_to_string(path).unwrap()));
}
