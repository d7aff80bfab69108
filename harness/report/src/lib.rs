//! How a run is shown.
//!
//! Knows terminal, JUnit, JSON Lines, CI annotations, fan-out, and reading a
//! recorded run. Must not know scenarios, environments, or how a verdict came
//! about.
