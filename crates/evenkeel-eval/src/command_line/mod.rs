//! The command line.

mod detect;
mod help;
mod parse;
mod run;

pub use help::usage;
pub use run::run;
