//! The benchmarks, one file each.

mod localization;
mod m4;
mod sockshop;
mod tcpd;

pub use localization::Outcome;
pub use m4::M4;
pub use sockshop::Sockshop;
pub use tcpd::Tcpd;

use crate::{Arguments, Failure, Report};
use std::io::Write;

/// A benchmark.
pub trait Task {
    /// Takes an option of the task's own; `value` reads the argument that follows it. `false` if it has no such option.
    ///
    /// # Errors
    /// If the value is missing or wrong.
    fn option(
        &mut self,
        name: &str,
        value: &mut dyn FnMut() -> Result<String, Failure>,
    ) -> Result<bool, Failure>;

    /// Runs it.
    ///
    /// # Errors
    /// If the folder cannot be read or holds no case. A case that cannot be read is skipped instead.
    fn run(&self, arguments: &Arguments, progress: &mut (dyn Write + Send)) -> Result<Report, Failure>;
}

/// The task of a name.
#[must_use]
pub fn by_name(name: &str) -> Option<Box<dyn Task>> {
    match name {
        "m4" => Some(Box::new(M4::default())),
        "sockshop" => Some(Box::new(Sockshop::default())),
        "tcpd" => Some(Box::new(Tcpd)),
        _ => None,
    }
}
