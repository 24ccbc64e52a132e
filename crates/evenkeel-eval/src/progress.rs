//! Progress reports.

use std::fmt;
use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// Where to report progress, and how: a line that is written over on a terminal, a line now and then
/// elsewhere.
///
/// ```no_run
/// use evenkeel_eval::{Contest, Progress};
///
/// let contest = Contest::new("nab", "nab")?;
/// let result = contest.run_telling(&mut Progress::standard_error())?; // 3 of 58 files
/// # Ok::<(), evenkeel_eval::Failure>(())
/// ```
pub struct Progress<'a> {
    out: Option<Box<dyn Write + Send + Sync + 'a>>,
    overwrites: bool,
    every: Duration,
    /// When the task began, and when progress was last reported.
    times: Option<(Instant, Instant)>,
}

/// The shortest time between two reports where lines stay.
const EVERY: Duration = Duration::from_secs(10);

impl<'a> Progress<'a> {
    /// Reports nothing.
    #[must_use]
    pub fn silent() -> Self {
        Self { out: None, overwrites: false, every: EVERY, times: None }
    }

    /// For a terminal: one line, written over after each case.
    pub fn terminal(out: impl Write + Send + Sync + 'a) -> Self {
        Self { out: Some(Box::new(out)), overwrites: true, every: Duration::ZERO, times: None }
    }

    /// For a file or a log: a line after ten seconds, and then whenever the time passed has grown by a tenth,
    /// but not before another ten seconds; one at the end in any case.
    pub fn lines(out: impl Write + Send + Sync + 'a) -> Self {
        Self { out: Some(Box::new(out)), overwrites: false, every: EVERY, times: None }
    }

    /// The standard error, in the form that fits a terminal or a file.
    #[must_use]
    pub fn standard_error() -> Self {
        let out = std::io::stderr();
        if out.is_terminal() { Self::terminal(out) } else { Self::lines(out) }
    }

    /// Sets the shortest time between two lines instead of ten seconds.
    #[must_use]
    pub fn every(mut self, time: Duration) -> Self {
        self.every = time;
        self
    }

    /// Reports that `done` of `total` cases are done. Errors of writing are ignored: they are no reason to
    /// stop.
    pub(crate) fn report(&mut self, done: usize, total: usize, what: &str) {
        let Some(out) = &mut self.out else { return };
        let now = Instant::now();
        let (began, last) = *self.times.get_or_insert((now, now));
        let is_last = done == total;
        if self.overwrites {
            let _ = write!(out, "\r{done} of {total} {what}{}", if is_last { "\n" } else { "" });
            let _ = out.flush();
        } else if is_last || now - last >= self.every.max((now - began) / 10) {
            let _ = writeln!(out, "{done} of {total} {what}");
            self.times = Some((began, now));
        }
        if is_last {
            self.times = None;
        }
    }

    /// Starts the clock of a task, so that the first line does not wait from the first case on.
    pub(crate) fn begin(&mut self) {
        let now = Instant::now();
        self.times = Some((now, now));
    }
}

impl fmt::Debug for Progress<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Progress").field("silent", &self.out.is_none()).field("every", &self.every).finish()
    }
}
