//! The library for `cargo test`.
//!
//! Knows turning a folder of scenarios into test cases. Must not know anything
//! that the facade does not re-export. Start at [`scenarios!`].
//!
//! Three lines make every scenario and every counterproof of a folder a test, listed and
//! filtered in the usual way and by nextest. In `Cargo.toml`:
//!
//! ```toml
//! [[test]]
//! name = "scenarios"
//! harness = false
//! ```
//!
//! and in `tests/scenarios.rs`:
//!
//! ```
//! testing::scenarios!("scenarios");
//! # fn cargo_calls_this() -> std::process::ExitCode { main() }
//! ```

mod cases;
mod written;

pub use cases::{Folder, run};

/// A whole test file: every scenario below a folder (relative to the package) becomes a test.
///
/// A scenario that stays unknown is shown as ignored, with its reason.
#[macro_export]
macro_rules! scenarios {
    ($folder:literal) => {
        fn main() -> ::std::process::ExitCode {
            let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/", $folder);
            $crate::run(&[$crate::Folder::new(folder)])
        }
    };
}
