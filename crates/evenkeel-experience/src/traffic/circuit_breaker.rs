//! The circuit breaker.

use super::admission_control::{AdmissionControl, CallInfo, Refusal, RefusalReason};
use super::call_outcome::CallOutcome;
use super::slot::{Slot, Slots};
use alloc::boxed::Box;
use alloc::vec;
use core::time::Duration;
use evenkeel_core::{Error, Timestamp};

/// Whether calls go through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum BreakerState {
    /// Calls go through, and their failures are counted.
    Closed,
    /// No call goes through.
    Open,
    /// Some calls go through, to find out whether the callee is well again.
    HalfOpen,
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(BreakerState);

/// The right to make one call. Give it back with [`CircuitBreaker::record`]; dropping it is the same as
/// [`CallOutcome::Ignored`].
#[derive(Debug)]
#[must_use = "a permit that is dropped gives its place back"]
pub struct CallPermit {
    slot: Option<Slot>,
    generation: u64,
}

/// Why a call may not be made, and when to ask again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[must_use]
pub struct Rejected {
    /// Before this time has passed the answer is the same, unless calls that are under way end.
    pub retry_after: Duration,
}

/// A circuit breaker: stops calling what keeps failing, and tries again with a few calls after a while.
///
/// Closed, it keeps the outcomes of the last `window` calls. When there are at least `minimum` of them and
/// the percentage of failures is at or above `threshold`, it opens and forgets them. After `open_for` it is half
/// open: as many calls as `probes` go through, and when all of them have ended the percentage decides whether it
/// opens again or closes. Source: M. T. Nygard, Release It! (2nd ed. 2018), ch. 5; the behavior of
/// resilience4j's count-based breaker, with these differences, each of which is a known fault there:
///
/// - *No permit leaks.* A probe that is cancelled or dropped gives its place back, so another call can be the
///   probe (issues 903, 935, 2093).
/// - *Nothing waits for ever.* If the probes have not ended within `patience` it opens again.
/// - *An outcome counts where its call began.* A call that started before the breaker opened says nothing
///   about the callee now; [`late`](Self::late) counts them.
///
/// | parameter | range | default |
/// | --- | --- | --- |
/// | `window` | 1 to 10^5 calls | 100 |
/// | `minimum` | 1 to 10^5, at most the window counts | 20 |
/// | `threshold` | (0, 100] percent | 50 |
/// | `probes` | 1 to 10^4 calls | 5 |
/// | `open_for`, `patience` | above 0 | 30 s, 60 s |
///
/// A time before the latest counts as the latest. O(1), no allocation a call; one at each change of state.
///
/// ```
/// use core::time::Duration;
/// use evenkeel_core::Timestamp;
/// use evenkeel_experience::traffic::{BreakerState, CallOutcome, CircuitBreaker};
///
/// let mut breaker = CircuitBreaker::builder().window(10, 5).build()?;
/// let now = Timestamp::EPOCH;
/// for _ in 0..5 {
///     let permit = breaker.acquire(now).unwrap();
///     breaker.record(now, permit, CallOutcome::Failure);
/// }
/// assert_eq!(breaker.acquire(now).unwrap_err().retry_after, Duration::from_secs(30));
/// let later = now + Duration::from_secs(30);
/// for _ in 0..5 {
///     let probe = breaker.acquire(later).unwrap();
///     breaker.record(later, probe, CallOutcome::Success);
/// }
/// assert_eq!(breaker.state(), BreakerState::Closed);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug)]
pub struct CircuitBreaker {
    minimum: usize,
    threshold: f64,
    probes: u32,
    open_for: Duration,
    patience: Duration,
    state: BreakerState,
    /// When the state began.
    since: Timestamp,
    latest: Timestamp,
    generation: u64,
    late: u64,
    /// Failures of the last calls while closed, as a ring.
    ring: Box<[bool]>,
    next: usize,
    /// Calls that ended in this state, at most the window while closed, and failures among them.
    ended: usize,
    failures: usize,
    slots: Slots,
}

/// Builds a [`CircuitBreaker`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct CircuitBreakerBuilder {
    window: usize,
    minimum: usize,
    threshold: f64,
    probes: u32,
    open_for: Duration,
    patience: Duration,
}

impl CircuitBreakerBuilder {
    /// How many calls are kept while closed, and how many it takes until they count.
    pub fn window(mut self, window: usize, minimum: usize) -> Self {
        (self.window, self.minimum) = (window, minimum);
        self
    }

    /// The percentage of failures from which on it opens.
    pub fn threshold(mut self, percent: f64) -> Self {
        self.threshold = percent;
        self
    }

    /// How many calls decide while half open.
    pub fn probes(mut self, probes: u32) -> Self {
        self.probes = probes;
        self
    }

    /// How long it stays open.
    pub fn open_for(mut self, open_for: Duration) -> Self {
        self.open_for = open_for;
        self
    }

    /// How long the probes may take.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// The breaker, closed.
    ///
    /// # Errors
    /// If a setting is outside of its range.
    pub fn build(self) -> Result<CircuitBreaker, Error> {
        Error::require((1..=100_000).contains(&self.window), "window", "from 1 to 10^5", self.window)?;
        let breaker = CircuitBreaker {
            minimum: self.minimum,
            threshold: self.threshold,
            probes: self.probes,
            open_for: self.open_for,
            patience: self.patience,
            state: BreakerState::Closed,
            since: Timestamp::MIN,
            latest: Timestamp::MIN,
            generation: 0,
            late: 0,
            ring: vec![false; self.window].into_boxed_slice(),
            next: 0,
            ended: 0,
            failures: 0,
            slots: Slots::new(),
        };
        breaker.validate()?;
        Ok(breaker)
    }
}

impl CircuitBreaker {
    /// With the settings of the table.
    pub fn builder() -> CircuitBreakerBuilder {
        CircuitBreakerBuilder {
            window: 100,
            minimum: 20,
            threshold: 50.0,
            probes: 5,
            open_for: Duration::from_secs(30),
            patience: Duration::from_secs(60),
        }
    }

    fn validate(&self) -> Result<(), Error> {
        let (window, minimum) = (self.ring.len(), self.minimum);
        Error::require((1..=100_000).contains(&window), "window", "from 1 to 10^5", window)?;
        Error::require((1..=100_000).contains(&minimum), "minimum", "from 1 to 10^5", minimum)?;
        let percent = self.threshold > 0.0 && self.threshold <= 100.0;
        Error::require(percent, "threshold", "in (0, 100]", self.threshold)?;
        Error::require((1..=10_000).contains(&self.probes), "probes", "from 1 to 10^4", self.probes)?;
        Error::require(self.open_for > Duration::ZERO, "open_for", "above 0", 0)?;
        Error::require(self.patience > Duration::ZERO, "patience", "above 0", 0)?;
        Error::require(self.next < window, "next", "in the window", self.next)?;
        let most = match self.state {
            BreakerState::Closed => window,
            BreakerState::Open => 0,
            BreakerState::HalfOpen => self.probes as usize - 1,
        };
        Error::require(self.ended <= most, "ended", "at most what the state holds", self.ended)?;
        let kept = self.ring.iter().filter(|failed| **failed).count();
        let failures = match self.state {
            BreakerState::Closed => self.failures == kept,
            BreakerState::Open => self.failures == 0,
            BreakerState::HalfOpen => self.failures <= self.ended,
        };
        Error::require(failures, "failures", "those of the window", self.failures)
    }

    /// Asks to make a call.
    ///
    /// # Errors
    /// [`Rejected`] while open, and while half open when enough calls are under way.
    pub fn acquire(&mut self, now: Timestamp) -> Result<CallPermit, Rejected> {
        self.go_on(now);
        match self.state {
            BreakerState::Closed => Ok(CallPermit { slot: None, generation: self.generation }),
            BreakerState::Open => Err(self.rejected(self.open_for)),
            BreakerState::HalfOpen => {
                let left = self.probes.saturating_sub(self.ended as u32);
                match self.slots.take(left) {
                    Some((slot, _)) => Ok(CallPermit { slot: Some(slot), generation: self.generation }),
                    None => Err(self.rejected(self.patience)),
                }
            }
        }
    }

    fn rejected(&self, lasts: Duration) -> Rejected {
        Rejected { retry_after: (self.since + lasts).since(self.latest) }
    }

    /// A call ended.
    pub fn record(&mut self, now: Timestamp, permit: CallPermit, outcome: CallOutcome) {
        self.go_on(now);
        let is_of_this_state = permit.generation == self.generation
            && permit.slot.as_ref().is_none_or(|slot| self.slots.owns(slot));
        drop(permit);
        if !is_of_this_state {
            self.late = self.late.saturating_add(1);
            return;
        }
        let failed = match outcome {
            CallOutcome::Success => false,
            CallOutcome::Failure | CallOutcome::Overloaded => true,
            CallOutcome::Ignored => return,
        };
        match self.state {
            BreakerState::Closed => self.count(failed),
            BreakerState::HalfOpen => {
                self.ended += 1;
                self.failures += usize::from(failed);
                if self.ended >= self.probes as usize {
                    let next = if self.is_failing() { BreakerState::Open } else { BreakerState::Closed };
                    self.turn(next);
                }
            }
            // No permit is of this state.
            BreakerState::Open => {}
        }
    }

    fn count(&mut self, failed: bool) {
        let forgotten = core::mem::replace(&mut self.ring[self.next], failed);
        self.next = (self.next + 1) % self.ring.len();
        self.ended = (self.ended + 1).min(self.ring.len());
        self.failures = self.failures + usize::from(failed) - usize::from(forgotten);
        if self.ended >= self.minimum.min(self.ring.len()) && self.is_failing() {
            self.turn(BreakerState::Open);
        }
    }

    fn is_failing(&self) -> bool {
        100.0 * self.failures as f64 >= self.threshold * self.ended as f64
    }

    /// What happens by time alone.
    fn go_on(&mut self, now: Timestamp) {
        self.latest = self.latest.max(now);
        let lasted = self.latest.since(self.since);
        match self.state {
            BreakerState::Open if lasted >= self.open_for => self.turn(BreakerState::HalfOpen),
            BreakerState::HalfOpen if lasted >= self.patience => self.turn(BreakerState::Open),
            BreakerState::Closed | BreakerState::Open | BreakerState::HalfOpen => {}
        }
    }

    fn turn(&mut self, state: BreakerState) {
        self.state = state;
        self.since = self.latest;
        self.generation = self.generation.wrapping_add(1);
        self.ring.fill(false);
        (self.next, self.ended, self.failures) = (0, 0, 0);
        // Permits of the state before give their places back to a counter that nobody reads any more.
        self.slots = Slots::new();
    }

    /// Opens at once, whatever the outcomes say.
    pub fn force_open(&mut self, now: Timestamp) {
        self.latest = self.latest.max(now);
        self.turn(BreakerState::Open);
    }

    /// The state as of the latest call.
    #[must_use]
    pub fn state(&self) -> BreakerState {
        self.state
    }

    /// How many outcomes came from calls that began in an earlier state.
    #[must_use]
    pub fn late(&self) -> u64 {
        self.late
    }
}

impl AdmissionControl for CircuitBreaker {
    type Permit = CallPermit;

    fn admit(&mut self, now: Timestamp, _: &CallInfo) -> Result<CallPermit, Refusal> {
        let refused = |why: Rejected| Refusal::retry_after(RefusalReason::CircuitOpen, why.retry_after);
        self.acquire(now).map_err(refused)
    }

    fn finish(&mut self, now: Timestamp, permit: CallPermit, outcome: CallOutcome) {
        self.record(now, permit, outcome);
    }
}

#[cfg(feature = "serde")]
evenkeel_core::state! {
    CircuitBreaker as struct SavedBreaker("CircuitBreaker@1") {
        minimum: usize,
        threshold: f64,
        probes: u32,
        open_for: Duration,
        patience: Duration,
        state: BreakerState,
        since: Timestamp,
        latest: Timestamp,
        generation: u64,
        late: u64,
        ring: Box<[bool]>,
        next: usize,
        ended: usize,
        failures: usize,
    }
}

#[cfg(feature = "serde")]
impl From<&CircuitBreaker> for SavedBreaker {
    fn from(breaker: &CircuitBreaker) -> Self {
        Self {
            minimum: breaker.minimum,
            threshold: breaker.threshold,
            probes: breaker.probes,
            open_for: breaker.open_for,
            patience: breaker.patience,
            state: breaker.state,
            since: breaker.since,
            latest: breaker.latest,
            generation: breaker.generation,
            late: breaker.late,
            ring: breaker.ring.clone(),
            next: breaker.next,
            ended: breaker.ended,
            failures: breaker.failures,
        }
    }
}

/// Calls that were under way when it was saved are not known to the restored breaker: their places are free.
#[cfg(feature = "serde")]
impl TryFrom<SavedBreaker> for CircuitBreaker {
    type Error = Error;

    fn try_from(saved: SavedBreaker) -> Result<Self, Error> {
        let breaker = Self {
            minimum: saved.minimum,
            threshold: saved.threshold,
            probes: saved.probes,
            open_for: saved.open_for,
            patience: saved.patience,
            state: saved.state,
            since: saved.since,
            latest: saved.latest,
            generation: saved.generation.wrapping_add(1),
            late: saved.late,
            ring: saved.ring,
            next: saved.next,
            ended: saved.ended,
            failures: saved.failures,
            slots: Slots::new(),
        };
        breaker.validate()?;
        Ok(breaker)
    }
}
