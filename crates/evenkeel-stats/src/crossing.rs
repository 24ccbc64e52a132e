//! First-passage time: when a series reaches a limit.

use alloc::vec::Vec;
use core::fmt;
use evenkeel_core::{Error, gaussian};

/// A limit, and the side from which it is reached.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Limit {
    /// Reached by a value at or above it.
    Above(f64),
    /// Reached by a value at or below it.
    Below(f64),
}

impl Limit {
    /// Whether the value has reached the limit; a missing value (NaN) has not.
    #[must_use]
    pub fn is_reached_by(self, x: f64) -> bool {
        match self {
            Self::Above(limit) => x >= limit,
            Self::Below(limit) => x <= limit,
        }
    }

    /// How far the value is from the limit: positive before it is reached.
    #[must_use]
    pub fn distance_from(self, x: f64) -> f64 {
        match self {
            Self::Above(limit) => limit - x,
            Self::Below(limit) => x - limit,
        }
    }

    /// Its value.
    #[must_use]
    pub fn value(self) -> f64 {
        match self {
            Self::Above(limit) | Self::Below(limit) => limit,
        }
    }
}

/// A [`CrossingTime`] in a few numbers, in steps from now: all 0 where the limit has been reached.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct CrossingSummary {
    /// With probability 95 % it takes at least so long. `None` where it is hardly reached at all.
    pub earliest: Option<f64>,
    /// It is as likely to take longer as not. `None` where it is rather not reached.
    pub median: Option<f64>,
    /// With probability 95 % it is reached by then. `None` where that is not so certain.
    pub latest: Option<f64>,
    /// The probability that it is never reached, or for paths not within their horizon.
    pub never: f64,
}

/// The distribution of the time at which a limit is reached first, in steps of the series; it may be never.
///
/// [`random_walk`](Self::random_walk) is exact for a Brownian motion with drift,
/// [`uncertain_walk`](Self::uncertain_walk) for one whose drift is known up to a standard error;
/// [`from_paths`](Self::from_paths) counts simulated futures of any model, up to a horizon.
///
/// Its `Display` says in a sentence what is known at 90 %; [`describe`](Self::describe) does so in units of
/// the reader.
///
/// # Method
/// The first passage of a Brownian motion with drift m and variance s² a step at distance a is inverse
/// Gaussian (Schrödinger 1915; M. C. K. Tweedie 1957, doi:10.1214/aoms/1177706964):
/// `P(T <= t) = F((m t - a) / (s √t)) + exp(2 m a / s²) F(-(m t + a) / (s √t))` with the standard normal
/// distribution function F. With a drift away from the limit it is never reached with probability
/// `1 - exp(2 m a / s²)`. The process is watched continuously: one that is looked at once a step reaches the
/// limit a little later, as if it were 0.583 s farther off (Siegmund 1979, Advances in
/// Applied Probability 11, 701), which can be added to the distance.
///
/// Where the drift itself is normal with mean m and standard error e, the mixture of these distributions is known
/// in closed form (Whitmore 1986, Scandinavian Journal of Statistics 13, 211): with `r² = s² t + e² t²`,
/// `P(T <= t) = F((m t - a) / r) + exp(2 m a / s² + 2 e² a² / s⁴) F(-(2 e² a t / s² + m t + a) / r)`.
///
/// ```
/// use evenkeel_stats::{CrossingTime, Limit};
///
/// // 30 GB are left, 5 GB more are used a day, give or take 2.
/// let full = CrossingTime::random_walk(Limit::Above(100.0).distance_from(70.0), 5.0, 2.0)?;
/// assert_eq!(full.describe("days", 1.0).to_string(), "in 4.5 to 7.7 days, 90 %");
/// assert!(full.probability_within(7.0) > 0.8);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "Known", into = "Known")
)]
pub struct CrossingTime {
    known: Known,
}

#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
enum Known {
    Reached,
    Walk {
        #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
        distance: f64,
        #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
        drift: f64,
        #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
        sd: f64,
    },
    Uncertain {
        #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
        distance: f64,
        #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
        drift: f64,
        #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
        error: f64,
        #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
        sd: f64,
    },
    /// Times in rising order, of so many paths up to a horizon.
    Paths {
        times: Vec<u32>,
        paths: u32,
        horizon: u32,
    },
}

impl CrossingTime {
    /// The limit has been reached.
    #[must_use]
    pub fn reached() -> Self {
        Self { known: Known::Reached }
    }

    /// Of a Brownian motion at this `distance` from the limit, whose value moves by `drift` a step towards it
    /// (negative: away), with standard deviation `sd`. A distance of 0 and less has been reached.
    ///
    /// # Errors
    /// [`Error::Parameter`] unless all are finite, below 1e100, and `sd >= 0`.
    pub fn random_walk(distance: f64, drift: f64, sd: f64) -> Result<Self, Error> {
        let sane = |x: f64| x.abs() < 1e100;
        Error::require(sane(distance), "distance", "finite, below 1e100", distance)?;
        Error::require(sane(drift), "drift", "finite, below 1e100", drift)?;
        Error::require(sane(sd) && sd >= 0.0, "sd", "in [0, 1e100)", sd)?;
        if distance <= 0.0 {
            return Ok(Self::reached());
        }
        Ok(Self { known: Known::Walk { distance, drift, sd } })
    }

    /// As [`random_walk`](Self::random_walk), of a drift that is known up to this standard error: normally
    /// distributed around `drift`. With an error of 0 it is the same.
    ///
    /// ```
    /// use evenkeel_stats::CrossingTime;
    ///
    /// // The same pace, known well or hardly at all: then it may well never come to it.
    /// let known = CrossingTime::uncertain_walk(30.0, 5.0, 0.1, 2.0)?;
    /// let vague = CrossingTime::uncertain_walk(30.0, 5.0, 4.0, 2.0)?;
    /// assert!(known.probability_within(9.0) > 0.98 && known.never() < 1e-9);
    /// assert!(vague.probability_within(9.0) < 0.75 && vague.never() > 0.05);
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Parameter`] unless all are finite, below 1e100, and `error` and `sd` are not negative.
    pub fn uncertain_walk(distance: f64, drift: f64, error: f64, sd: f64) -> Result<Self, Error> {
        Error::require((0.0..1e100).contains(&error), "error", "in [0, 1e100)", error)?;
        let walk = Self::random_walk(distance, drift, sd)?;
        match walk.known {
            Known::Walk { .. } if error > 0.0 => {
                Ok(Self { known: Known::Uncertain { distance, drift, error, sd } })
            }
            _ => Ok(walk),
        }
    }

    /// Of simulated paths: for each the step (1 is the next value) at which it reached the limit, `None` if
    /// it did not within the `horizon`.
    ///
    /// # Errors
    /// [`Error::TooShort`] without a path; [`Error::Parameter`] for a horizon of 0, or a step that is 0 or
    /// beyond the horizon.
    pub fn from_paths(steps: impl IntoIterator<Item = Option<u32>>, horizon: u32) -> Result<Self, Error> {
        let (mut times, mut paths) = (Vec::new(), 0_u32);
        for step in steps {
            paths = paths.saturating_add(1);
            times.extend(step);
        }
        times.sort_unstable();
        Self::try_from(Known::Paths { times, paths, horizon })
    }

    /// As [`from_paths`](Self::from_paths) in place, in the memory that is there: without allocation if it
    /// held as many paths before.
    ///
    /// # Errors
    /// As `from_paths`; it then says that the limit has been reached.
    pub fn refill(
        &mut self,
        steps: impl IntoIterator<Item = Option<u32>>,
        horizon: u32,
    ) -> Result<(), Error> {
        let (mut times, mut paths) = (Vec::new(), 0_u32);
        if let Known::Paths { times: kept, .. } = &mut self.known {
            times = core::mem::take(kept);
            times.clear();
        }
        for step in steps {
            paths = paths.saturating_add(1);
            times.extend(step);
        }
        times.sort_unstable();
        *self = Self::reached();
        *self = Self::try_from(Known::Paths { times, paths, horizon })?;
        Ok(())
    }

    /// What most readers want to know of it, in a few numbers.
    #[must_use]
    pub fn summary(&self) -> CrossingSummary {
        CrossingSummary {
            earliest: self.quantile(0.05),
            median: self.quantile(0.5),
            latest: self.quantile(0.95),
            never: self.never(),
        }
    }

    /// The probability that the limit is reached within so many steps from now; for paths at most their
    /// horizon is known, and longer times have its probability.
    #[must_use]
    pub fn probability_within(&self, steps: f64) -> f64 {
        if steps.is_nan() || steps < 0.0 {
            return 0.0;
        }
        match &self.known {
            Known::Reached => 1.0,
            Known::Walk { distance, drift, sd } => passage(*distance, *drift, *sd, steps),
            Known::Uncertain { distance, drift, error, sd } => {
                uncertain_passage(*distance, *drift, *error, *sd, steps)
            }
            Known::Paths { times, paths, .. } => {
                let within = times.partition_point(|time| f64::from(*time) <= steps);
                within as f64 / f64::from(*paths)
            }
        }
    }

    /// The probability that it is never reached; for paths that it is not within their horizon.
    #[must_use]
    pub fn never(&self) -> f64 {
        match &self.known {
            Known::Walk { drift, sd, .. } if *drift <= 0.0 && *sd == 0.0 => 1.0,
            Known::Walk { distance, drift, sd } if *drift <= 0.0 => {
                -libm::expm1(exponent(*distance, *drift, *sd))
            }
            Known::Uncertain { distance, drift, error, sd } => {
                1.0 - uncertain_passage(*distance, *drift, *error, *sd, f64::INFINITY)
            }
            Known::Reached | Known::Walk { .. } => 0.0,
            Known::Paths { .. } => 1.0 - self.probability_within(f64::INFINITY),
        }
    }

    /// How far paths were followed, in steps; `None` where all times are known.
    #[must_use]
    pub fn horizon(&self) -> Option<u32> {
        match self.known {
            Known::Paths { horizon, .. } => Some(horizon),
            Known::Reached | Known::Walk { .. } | Known::Uncertain { .. } => None,
        }
    }

    /// The number of steps within which the limit is reached with probability `p`. `None` if that is never
    /// so certain, beyond the horizon of paths, or if `p` is not in (0, 1).
    #[must_use]
    pub fn quantile(&self, p: f64) -> Option<f64> {
        if !(p > 0.0 && p < 1.0) {
            return None;
        }
        match &self.known {
            Known::Reached => Some(0.0),
            Known::Paths { times, paths, .. } => {
                // Rounding must not take the next path.
                let needed = libm::ceil(p * f64::from(*paths) - 1e-9).max(1.0);
                times.get(needed as usize - 1).map(|time| f64::from(*time))
            }
            Known::Walk { distance, drift, sd: 0.0 } => {
                (*drift > 0.0).then(|| distance / drift).filter(|steps| steps.is_finite())
            }
            Known::Walk { distance, drift, sd } => self.by_bisection(p, *distance, *drift, *sd),
            Known::Uncertain { distance, drift, error, sd } => {
                self.by_bisection(p, *distance, drift.max(*error), *sd)
            }
        }
    }

    /// A quantile of a walk, about as far as noise alone, or the drift, takes to go the distance.
    fn by_bisection(&self, p: f64, distance: f64, drift: f64, sd: f64) -> Option<f64> {
        if p >= 1.0 - self.never() {
            return None;
        }
        // The time in which noise alone goes the distance is the scale of all others.
        let scale = (distance / sd) * (distance / sd);
        let by_drift = if drift > 0.0 { distance / drift } else { scale };
        let (mut low, mut high) = (libm::log(scale.min(by_drift)), libm::log(scale.max(by_drift)));
        if !high.is_finite() {
            high = low;
        }
        let within = |log: f64| self.probability_within(libm::exp(log));
        for _ in 0..60 {
            if within(low) <= p {
                break;
            }
            low -= 2.0;
        }
        for _ in 0..60 {
            if within(high) >= p {
                break;
            }
            high += 2.0;
        }
        if within(high) < p {
            return None;
        }
        for _ in 0..80 {
            let middle = 0.5 * (low + high);
            if within(middle) < p {
                low = middle;
            } else {
                high = middle;
            }
        }
        Some(libm::exp(0.5 * (low + high))).filter(|steps| steps.is_finite())
    }

    /// The central interval that holds the time with probability `level`, in steps. The end is `None` where
    /// the limit may well never be reached, or not within the horizon; both are if it is hardly reached at
    /// all.
    ///
    /// # Errors
    /// [`Error::Parameter`] if `level` is not in (0, 1).
    pub fn interval(&self, level: f64) -> Result<(Option<f64>, Option<f64>), Error> {
        Error::require(level > 0.0 && level < 1.0, "level", "in (0, 1)", level)?;
        let tail = 0.5 * (1.0 - level);
        Ok((self.quantile(tail), self.quantile(1.0 - tail)))
    }

    /// The sentence of `Display` in other units: `steps_per_unit` steps are one `unit`, as in "days".
    #[must_use]
    pub fn describe<'a>(&'a self, unit: &'a str, steps_per_unit: f64) -> impl fmt::Display + 'a {
        Described { time: self, unit, steps_per_unit }
    }
}

impl fmt::Display for CrossingTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.describe("steps", 1.0).fmt(f)
    }
}

struct Described<'a> {
    time: &'a CrossingTime,
    unit: &'a str,
    steps_per_unit: f64,
}

impl Described<'_> {
    /// Two digits are all that a forecast of time has.
    fn number(&self, steps: f64) -> Rounded {
        Rounded(steps / self.steps_per_unit)
    }
}

struct Rounded(f64);

impl fmt::Display for Rounded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = usize::from(self.0 < 10.0 && libm::fabs(self.0 - libm::round(self.0)) > 0.05);
        write!(f, "{:.digits$}", self.0)
    }
}

/// A probability in whole percent that never claims certainty.
fn percent(p: f64) -> f64 {
    libm::floor(100.0 * p + 1e-9).min(99.0)
}

impl fmt::Display for Described<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (time, unit) = (self.time, self.unit);
        if time.known == Known::Reached {
            return f.write_str("reached");
        }
        match (time.quantile(0.05), time.quantile(0.95)) {
            (Some(low), Some(high)) => {
                let (low, high) = (self.number(low), self.number(high));
                write!(f, "in {low} to {high} {unit}, 90 %")
            }
            (Some(low), None) => write!(f, "not before {} {unit}, 95 %", self.number(low)),
            (None, _) => match time.horizon() {
                Some(horizon) => {
                    let within = self.number(f64::from(horizon));
                    write!(f, "not within {within} {unit}, {} %", percent(time.never()))
                }
                None => write!(f, "never, {} %", percent(time.never())),
            },
        }
    }
}

/// `2 m a / s²`.
fn exponent(distance: f64, drift: f64, sd: f64) -> f64 {
    // Not 0 times infinity.
    if drift == 0.0 { 0.0 } else { 2.0 * (drift / sd) * (distance / sd) }
}

/// P(T <= steps), by its smaller terms.
fn passage(distance: f64, drift: f64, sd: f64, steps: f64) -> f64 {
    if steps == 0.0 {
        return 0.0;
    }
    if sd == 0.0 {
        return if drift > 0.0 && drift * steps >= distance { 1.0 } else { 0.0 };
    }
    if steps.is_infinite() {
        return if drift >= 0.0 { 1.0 } else { libm::exp(exponent(distance, drift, sd)) };
    }
    let root = sd * libm::sqrt(steps);
    // Within what the normal distribution and squares can take.
    let scaled = |x: f64| (x / root).clamp(-1e100, 1e100);
    let (arrived, reflected) = (scaled(distance - drift * steps), scaled(distance + drift * steps));
    let exponent = exponent(distance, drift, sd);
    passed(arrived, reflected, exponent)
}

/// P(T <= steps) of a walk whose drift has a standard error above 0.
fn uncertain_passage(distance: f64, drift: f64, error: f64, sd: f64, steps: f64) -> f64 {
    if steps == 0.0 {
        return 0.0;
    }
    // All in units of the distance, and of the time that noise or drift would take: nothing overflows that
    // matters.
    let clamp = |x: f64| if x.is_nan() { 0.0 } else { x.clamp(-1e100, 1e100) };
    if sd == 0.0 {
        // Without noise it is there in time if the drift is at least what that takes.
        return gaussian::upper(clamp((distance / steps - drift) / error));
    }
    // The standard deviation of the position at that time, for each step of it.
    let spread = libm::hypot(sd / libm::sqrt(steps), error);
    let (arrived, ratio) = ((distance / steps - drift) / spread, error / sd);
    let reflected = clamp((2.0 * ratio * ratio * distance + drift + distance / steps) / spread);
    let arrived = clamp(arrived);
    let a = distance / sd;
    let exponent = 2.0 * a * (drift / sd + ratio * ratio * a);
    passed(arrived, reflected, exponent)
}

/// F(-arrived) + exp(exponent) F(-reflected) of the standard normal distribution F, where either factor of the
/// product may be beyond floats, and exponent - reflected² / 2 = -arrived² / 2.
fn passed(arrived: f64, reflected: f64, exponent: f64) -> f64 {
    let mirrored = if exponent < 700.0 && gaussian::upper(reflected) > 1e-300 {
        libm::exp(exponent) * gaussian::upper(reflected)
    } else {
        // F(-b) = density(b) / b (1 - 1 / b² + …).
        let b2 = reflected * reflected;
        let series = 1.0 - 1.0 / b2 * (1.0 - 3.0 / b2 * (1.0 - 5.0 / b2 * (1.0 - 7.0 / b2)));
        libm::exp(-0.5 * arrived * arrived) * series / (reflected * libm::sqrt(core::f64::consts::TAU))
    };
    let sum = gaussian::upper(arrived) + if mirrored.is_finite() { mirrored } else { 0.0 };
    sum.clamp(0.0, 1.0)
}

impl TryFrom<Known> for CrossingTime {
    type Error = Error;

    fn try_from(known: Known) -> Result<Self, Error> {
        match &known {
            Known::Reached => {}
            Known::Walk { distance, drift, sd } => return Self::random_walk(*distance, *drift, *sd),
            Known::Uncertain { distance, drift, error, sd } => {
                return Self::uncertain_walk(*distance, *drift, *error, *sd);
            }
            Known::Paths { times, paths, horizon } => {
                Error::require(*horizon > 0, "horizon", "at least 1", horizon)?;
                if *paths == 0 {
                    return Err(Error::TooShort { needed: 1, got: 0 });
                }
                let count = times.len() as u64 <= u64::from(*paths);
                Error::require(count, "times", "at most one a path", times.len())?;
                let inside = times.iter().all(|time| (1..=*horizon).contains(time));
                Error::require(inside, "steps", "from 1 to the horizon", "not")?;
                let rising = times.windows(2).all(|pair| pair[0] <= pair[1]);
                Error::require(rising, "times", "in rising order", "not")?;
            }
        }
        Ok(Self { known })
    }
}

impl From<CrossingTime> for Known {
    fn from(time: CrossingTime) -> Self {
        time.known
    }
}
