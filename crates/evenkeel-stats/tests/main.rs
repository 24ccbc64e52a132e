//! The integration tests of `evenkeel-stats`, one binary.

mod contract;
mod reference;
mod sequential;
