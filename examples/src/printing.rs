//! Printing, and the quiet end of a program whose output nobody reads any more, as in `watch | head`.

use std::error::Error;
use std::fmt::Arguments;
use std::io::{self, ErrorKind, Write, stderr, stdout};
use std::process::ExitCode;

/// The exit status where the standard output was closed before everything was said: what a shell reports of a
/// program that the signal of a closed pipe ended.
pub const CLOSED: u8 = 141;

/// Like `println!`, but where `println!` panics this gives the reason as an [`io::Result`].
#[macro_export]
macro_rules! say {
    () => { $crate::printing::line(format_args!("")) };
    ($($text:tt)+) => { $crate::printing::line(format_args!($($text)+)) };
}

/// Writes a line to the standard output: what [`say!`](crate::say) does.
///
/// # Errors
/// If nothing can be written, as to a closed pipe.
pub fn line(text: Arguments<'_>) -> io::Result<()> {
    writeln!(stdout().lock(), "{text}")
}

/// Whether an error says that nobody reads the output any more.
#[must_use]
pub fn is_closed(why: &(dyn Error + 'static)) -> bool {
    why.downcast_ref::<io::Error>().is_some_and(|why| why.kind() == ErrorKind::BrokenPipe)
}

/// How a program ends: with its own status; quietly with [`CLOSED`] where nobody reads any more; else with
/// `failed`, and a sentence on the standard error.
#[must_use]
pub fn ended(name: &str, outcome: Result<ExitCode, Box<dyn Error>>, failed: u8) -> ExitCode {
    match outcome {
        Ok(status) => status,
        Err(why) if is_closed(&*why) => ExitCode::from(CLOSED),
        Err(why) => {
            // Nothing is left to be done if that cannot be said either.
            let _ = writeln!(stderr(), "{name}: {why}");
            ExitCode::from(failed)
        }
    }
}
