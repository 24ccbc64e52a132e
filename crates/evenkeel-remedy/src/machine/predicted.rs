//! What is predicted: a metric that will reach its limit, and when.

use core::fmt;
use evenkeel_core::{Signal, Timestamp, Unit};
use evenkeel_stats::Deadline;

/// A metric that will reach its limit if nothing is done: what an incident is about that was predicted.
///
/// Its `Display` is the sentence for people, in UTC.
///
/// ```
/// use core::time::Duration;
/// use evenkeel_core::{Signal, Timestamp, Unit};
/// use evenkeel_remedy::machine::Predicted;
/// use evenkeel_stats::{CrossingTime, Deadline, Limit};
///
/// let now = Timestamp::from_seconds(1_772_416_800);
/// let time = CrossingTime::random_walk(82e6, 4.6e6, 5e6)?;
/// let deadline = Deadline::new(now, Duration::from_secs(60), time, 430e6, Limit::Above(512e6))?;
/// let memory = Signal::new("cart", "memory").at_instance("cart-2");
/// let predicted = Predicted::new(memory, Unit::Bytes, deadline);
/// assert_eq!(
///     predicted.to_string(),
///     "memory of cart-2 reaches 512 MB between 02:12 and 02:23 (80 %), now 430 MB"
/// );
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Predicted {
    signal: Signal,
    unit: Unit,
    deadline: Deadline,
}

impl Predicted {
    /// This metric, in that unit, reaches its limit then.
    #[must_use]
    pub fn new(signal: Signal, unit: Unit, deadline: Deadline) -> Self {
        Self { signal, unit, deadline }
    }

    /// The metric.
    #[must_use]
    pub fn signal(&self) -> &Signal {
        &self.signal
    }

    /// The unit of its value and of the limit.
    #[must_use]
    pub fn unit(&self) -> Unit {
        self.unit
    }

    /// When it reaches its limit, as a distribution.
    #[must_use]
    pub fn deadline(&self) -> &Deadline {
        &self.deadline
    }

    /// Whether a newer prediction leaves a quarter less of the time until the tenth part of the distribution:
    /// who waits for this one waits too long.
    pub(crate) fn is_sooner_in(&self, newer: &Self) -> bool {
        let Some(soon) = newer.deadline.quantile(0.1) else { return false };
        let Some(before) = self.deadline.quantile(0.1) else { return true };
        let left = before.since(self.deadline.from());
        soon + left / 4 <= before
    }
}

impl fmt::Display for Predicted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (deadline, unit) = (&self.deadline, self.unit);
        let limit = Quantity(deadline.limit().value(), unit);
        write!(f, "{} of {} reaches {limit} ", self.signal.metric, self.signal.place())?;
        let time = |at: Timestamp| Clock { at, from: deadline.from() };
        match (deadline.quantile(0.1), deadline.quantile(0.9)) {
            (Some(early), Some(late)) => write!(f, "between {} and {} (80 %)", time(early), time(late))?,
            (Some(early), None) => write!(f, "not before {} (90 %)", time(early))?,
            _ => f.write_str("hardly ever")?,
        }
        write!(f, ", now {}", Quantity(deadline.value(), unit))
    }
}

/// A time as people say it: without the day if it lies within one.
struct Clock {
    at: Timestamp,
    from: Timestamp,
}

impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let minutes = self.at.as_seconds().div_euclid(60).rem_euclid(1440);
        if self.at.since(self.from).as_secs() >= 86_400 {
            // The year, the month and the day of RFC 3339, of years of any length.
            let text = alloc::format!("{}", self.at);
            write!(f, "{} ", text.split('T').next().unwrap_or_default())?;
        }
        write!(f, "{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

/// Three digits, and the unit with its prefix.
struct Quantity(f64, Unit);

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (x, unit) = (self.0, self.1);
        let (x, unit) = match unit {
            Unit::Bytes => {
                let prefixes = [("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)];
                let fitting = prefixes.into_iter().find(|(_, size)| x.abs() >= *size);
                fitting.map_or((x, "B"), |(name, size)| (x / size, name))
            }
            Unit::Ratio => (100.0 * x, "%"),
            Unit::Seconds => {
                let lengths = [("d", 86_400.0), ("h", 3_600.0), ("min", 60.0)];
                let fitting = lengths.into_iter().find(|(_, length)| x.abs() >= 2.0 * *length);
                fitting.map_or((x, "s"), |(name, length)| (x / length, name))
            }
            Unit::PerSecond => (x, "/s"),
            _ => (x, ""),
        };
        let magnitude = x.abs();
        if magnitude != 0.0 && !(1e-3..1e7).contains(&magnitude) {
            write!(f, "{x:.2e}")?;
        } else {
            let decimals = if magnitude == 0.0 { 0 } else { 2 - libm::floor(libm::log10(magnitude)) as i32 };
            let scale = libm::pow(10.0, f64::from(decimals.max(0)));
            write!(f, "{}", libm::round(x * scale) / scale)?;
        }
        if unit.is_empty() { Ok(()) } else { write!(f, " {unit}") }
    }
}
