//! Every scenario below `scenarios/`, and every counterproof, is a test.

testing::scenarios!("scenarios");
