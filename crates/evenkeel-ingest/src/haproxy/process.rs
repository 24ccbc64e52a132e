//! `show info`.

use crate::error::Error;
use evenkeel_core::Timestamp;

/// Which process answers. After a reload it is another one behind the same socket: drains and weights set at
/// run time are gone, and counters begin again at 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Process {
    /// Its number at the operating system.
    pub pid: u64,
    /// When it started, to the second; not known of versions before 2.5.
    pub start: Option<Timestamp>,
}

/// Reads `show info`.
///
/// # Errors
/// [`Error::Malformed`] if there is no line `Pid`, or a number is none.
pub fn process(text: &str) -> Result<Process, Error> {
    let number = |name: &str| {
        let lines = text.lines().enumerate();
        let mut found = lines.filter_map(|(i, line)| Some((i, line.strip_prefix(name)?.strip_prefix(':')?)));
        match found.next() {
            None => Ok(None),
            Some((i, value)) => match value.trim().parse::<u64>() {
                Ok(value) => Ok(Some(value)),
                Err(_) => Err(Error::at(i + 1, name.len() + 2, format!("{name} must be a whole number"))),
            },
        }
    };
    let pid = number("Pid")?.ok_or_else(|| Error::at(1, 1, "no line Pid"))?;
    let seconds = number("Start_time_sec")?;
    let start = seconds.and_then(|s| i64::try_from(s).ok()).map(Timestamp::from_seconds);
    Ok(Process { pid, start })
}
