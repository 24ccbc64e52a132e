//! Asking for the same query again and again, without holes and without repetition.

use crate::prometheus::range::{POINTS_PER_SERIES, Range};
use crate::sample::Series;
use core::time::Duration;
use evenkeel_core::{At, Error, Timestamp};

/// Says which range to ask for next, so that every step is asked for once, also after an outage.
///
/// When to use: for a detector that wants a value a step. [`due`](Self::due) gives a range, you ask a server
/// for it, and tell by [`answered`](Self::answered) that it did answer; if it did not, the same range is due
/// again, and longer by then. [`steps`](Self::steps) makes of the answer a value for every step, or none:
/// what a server has no data for is missing, never 0.
///
/// Times are whole multiples of the step since 1970, so that two that ask the same see the same.
///
/// ```
/// use core::time::Duration;
/// use evenkeel_core::Timestamp;
/// use evenkeel_ingest::prometheus::Backfill;
///
/// let at = Timestamp::from_seconds;
/// let mut polls = Backfill::new(Duration::from_secs(10), Duration::from_secs(5), Duration::from_secs(3600))?;
/// let first = polls.due(at(1007)).unwrap();
/// assert_eq!((first.start, first.end), (at(1000), at(1000)));
/// polls.answered(first);
/// assert_eq!(polls.due(at(1014)), None);
/// // The server was away for half a minute: all of it is asked for.
/// let all = polls.due(at(1047)).unwrap();
/// assert_eq!((all.start, all.end, all.len()), (at(1010), at(1040), 4));
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct Backfill {
    step: Duration,
    delay: Duration,
    longest: Duration,
    /// The next time to ask for.
    next: Option<Timestamp>,
    given_up: u64,
}

impl Backfill {
    /// Asks every `step`, for what is at least `delay` old (so that samples have arrived: a scrape interval or
    /// more), and after an outage for no more than `longest` back.
    ///
    /// # Errors
    /// [`Error::Parameter`] if `step` is below a millisecond or longer than 292 years.
    pub fn new(step: Duration, delay: Duration, longest: Duration) -> Result<Self, Error> {
        Range::new(Timestamp::EPOCH, Timestamp::EPOCH, step)?;
        Ok(Self { step, delay, longest, next: None, given_up: 0 })
    }

    /// Begins at a time in the past instead of now.
    pub fn since(mut self, start: Timestamp) -> Self {
        self.next = Some(self.floor(start));
        self
    }

    /// How many steps were never asked for, as an outage was too long.
    #[must_use]
    pub fn given_up(&self) -> u64 {
        self.given_up
    }

    fn floor(&self, time: Timestamp) -> Timestamp {
        // Checked in `new`.
        let step = i64::try_from(self.step.as_nanos()).unwrap_or(i64::MAX);
        Timestamp::from_nanos(time.as_nanos().div_euclid(step).saturating_mul(step))
    }

    /// What to ask for now, if anything is due: as much as one query may hold ([`POINTS_PER_SERIES`]); what is
    /// left is due after the answer.
    #[must_use]
    pub fn due(&mut self, now: Timestamp) -> Option<Range> {
        let newest = self.floor(now - self.delay);
        let oldest = self.floor(newest - self.longest);
        let start = match self.next {
            None => newest,
            Some(next) if next < oldest => {
                let lost = oldest.since(next).as_nanos() / self.step.as_nanos();
                self.given_up = self.given_up.saturating_add(u64::try_from(lost).unwrap_or(u64::MAX));
                oldest
            }
            Some(next) => next,
        };
        self.next = Some(start);
        let all = Range::new(start, newest, self.step).ok()?;
        all.split(POINTS_PER_SERIES).next()
    }

    /// A range was answered: what comes after it is due next.
    pub fn answered(&mut self, range: Range) {
        self.next = self.next.max(Some(range.end + self.step));
    }

    /// A value for each time of a range, or none where the answer has none, or not a number. Times of the
    /// answer that are not those of the range are left out.
    #[must_use]
    pub fn steps(range: Range, series: &Series) -> Vec<At<Option<f64>>> {
        let n = usize::try_from(range.len()).unwrap_or(usize::MAX).min(POINTS_PER_SERIES as usize + 1);
        let mut samples = series.samples.iter().peekable();
        let mut time = range.start;
        let mut steps = Vec::with_capacity(n);
        for _ in 0..n {
            while samples.next_if(|sample| sample.time < time).is_some() {}
            let here = samples.next_if(|sample| sample.time == time);
            steps.push(At::new(time, here.map(|sample| sample.value).filter(|value| !value.is_nan())));
            time = time + range.step;
        }
        steps
    }
}
