//! The command line.

mod help;
mod parse;
mod run;

pub use help::usage;
pub use run::run;
