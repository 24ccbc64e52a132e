//! The clock of the machine, robust against readings that jump.

use core::time::Duration;
use evenkeel_core::Timestamp;

/// What time it is, made of readings of a clock that may jump both ways.
///
/// | a reading | what is made of it |
/// | --- | --- |
/// | the first | is believed: there is nothing to compare it with |
/// | not before the time, and at most five minutes ([`LARGEST_JUMP`](Self::LARGEST_JUMP)) after it or after the time at which one is expected | is believed at once; after a jump of more than that, one that is again where it was before it takes it back at once |
/// | further ahead | is doubted, and the time stands still, until another reading follows that is later still; one that is near the time ends the doubt |
/// | up to a minute ([`LARGEST_LAG`](Self::LARGEST_LAG)) before the time | is late: the time stands still |
/// | further back | is doubted, and the time stands still, until another reading follows that is later than it and still further back than a minute: then the clock was set back, and [`read`](Self::read) says by how much |
///
/// So one wrong reading that is further ahead than five minutes, or further back than one, changes nothing,
/// unless it is about when one was expected. After a clock that was ahead for longer and is right again, the
/// time is right from the second differing reading on, or a minute later at most; that is how long nothing
/// moves. What measures lengths of time has to move its own times back by what `read` says: then nothing that
/// was under way takes longer, or less long, than it would have.
///
/// It reads no clock itself. *Cost*: O(1).
///
/// ```
/// use core::time::Duration;
/// use evenkeel_core::Timestamp;
/// use evenkeel_remedy::machine::Clock;
///
/// let (at, day) = (Timestamp::from_seconds, 86_400);
/// let mut clock = Clock::default();
/// for reading in [10, 11, day + 12, 13] {
///     assert!(clock.read(at(reading), Timestamp::MIN).is_zero());
/// }
/// assert_eq!((clock.now(), clock.doubted()), (Some(at(13)), 1));
/// // A day ahead for good; and right again.
/// let back: Vec<Duration> = [day + 14, day + 15, 16, 17].map(|s| clock.read(at(s), Timestamp::MIN)).to_vec();
/// assert_eq!(back[3], Duration::from_secs(86_398));
/// assert_eq!((clock.now(), clock.set_back()), (Some(at(17)), 1));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Clock {
    now: Option<Timestamp>,
    /// The readings that are doubted, one on each side: two clocks that alternate must not stop the time for
    /// ever.
    ahead: Option<Timestamp>,
    behind: Option<Timestamp>,
    /// The time before a jump that was believed because it was expected, until another reading bears it out.
    before: Option<Timestamp>,
    doubted: u64,
    late: u64,
    set_back: u64,
}

impl Clock {
    /// How far ahead a reading may be to be believed at once: five minutes, which no deadline of an incident
    /// should be shorter than.
    pub const LARGEST_JUMP: Duration = Duration::from_secs(300);
    /// How far back a reading may be to count as late, rather than as a clock that was set back: a minute.
    pub const LARGEST_LAG: Duration = Duration::from_secs(60);

    /// A clock that goes on at a time.
    #[must_use]
    pub fn from_time(now: Timestamp) -> Self {
        Self { now: Some(now), ..Self::default() }
    }

    /// Takes a reading. A jump to `expected` is none: to when one sleeps; [`Timestamp::MIN`] if there is no
    /// such time. Gives by how much the clock was set back: zero but in the rare case.
    pub fn read(&mut self, reading: Timestamp, expected: Timestamp) -> Duration {
        let Some(now) = self.now else {
            self.now = Some(reading);
            return Duration::ZERO;
        };
        let is_ahead = reading > now.max(expected) + Self::LARGEST_JUMP;
        if !is_ahead && reading + Self::LARGEST_LAG >= now {
            self.late = self.late.saturating_add(u64::from(reading < now));
            if reading > now {
                self.before = Some(now).filter(|now| reading > *now + Self::LARGEST_JUMP);
            }
            self.go_to(now.max(reading));
            return Duration::ZERO;
        }
        let is_near = |t: Timestamp| reading + Self::LARGEST_LAG >= t && reading <= t + Self::LARGEST_JUMP;
        if !is_ahead && self.before.is_some_and(is_near) {
            self.before = None;
            self.go_to(reading);
            self.set_back = self.set_back.saturating_add(1);
            return now.since(reading);
        }
        let doubt = if is_ahead { &mut self.ahead } else { &mut self.behind };
        match *doubt {
            Some(doubt) if reading > doubt => {
                self.go_to(reading);
                self.before = None;
                self.set_back = self.set_back.saturating_add(u64::from(!is_ahead));
                now.since(reading)
            }
            // The same once more: somebody reads a clock once and says so several times.
            Some(doubt) if reading == doubt => Duration::ZERO,
            _ => {
                *doubt = Some(reading);
                self.doubted = self.doubted.saturating_add(1);
                Duration::ZERO
            }
        }
    }

    fn go_to(&mut self, now: Timestamp) {
        (self.now, self.ahead, self.behind) = (Some(now), None, None);
    }

    /// The time; `None` before the first reading.
    #[must_use]
    pub fn now(&self) -> Option<Timestamp> {
        self.now
    }

    /// The last reading, if it is so far ahead that it is doubted.
    #[must_use]
    pub fn doubt_ahead(&self) -> Option<Timestamp> {
        self.ahead
    }

    /// How many readings were doubted.
    #[must_use]
    pub fn doubted(&self) -> u64 {
        self.doubted
    }

    /// How many readings were late.
    #[must_use]
    pub fn late(&self) -> u64 {
        self.late
    }

    /// How often the clock was set back.
    #[must_use]
    pub fn set_back(&self) -> u64 {
        self.set_back
    }
}
