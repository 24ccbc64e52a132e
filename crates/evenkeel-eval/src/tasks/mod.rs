//! The benchmarks, one file each.

mod contest;
mod gutentag;
mod labeled;
mod localization;
mod m4;
mod nab;
mod skab;
mod smap;
mod sockshop;
mod tcpd;
mod ucr;
mod wsd;

pub use gutentag::Gutentag;
pub use localization::Outcome;
pub use m4::M4;
pub use nab::Nab;
pub use skab::Skab;
pub use smap::Smap;
pub use sockshop::Sockshop;
pub use tcpd::Tcpd;
pub use ucr::Ucr;
pub use wsd::Wsd;

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
        "gutentag" => Some(Box::new(Gutentag::default())),
        "nab" => Some(Box::new(Nab::default())),
        "skab" => Some(Box::new(Skab::default())),
        "smap" => Some(Box::new(Smap::default())),
        "ucr" => Some(Box::new(Ucr::default())),
        "wsd" => Some(Box::new(Wsd::default())),
        "m4" => Some(Box::new(M4::default())),
        "sockshop" => Some(Box::new(Sockshop::default())),
        "tcpd" => Some(Box::new(Tcpd)),
        _ => None,
    }
}
