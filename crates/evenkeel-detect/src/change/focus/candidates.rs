//! The candidate change points of FOCuS for shifts to one side.

use alloc::boxed::Box;
use alloc::vec;
#[cfg(feature = "serde")]
use alloc::vec::Vec;
#[cfg(feature = "serde")]
use evenkeel_core::Error;

/// A factor that keeps a bound valid in spite of rounding.
const ROUNDED: f64 = 1.0 + 1e-12;

/// The direction of a shift.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Up,
    Down,
}

/// Corners of the hull of the cumulative sum: of the lower hull for a shift up. Sums of the other side are
/// turned round, so that both are lower hulls. Between neighbors the slope grows from corner to corner;
/// against a known mean it is above zero.
#[derive(Debug, Clone)]
pub(super) struct Candidates {
    sign: f64,
    known: bool,
    /// Times and (turned) sums, the first `len`.
    times: Box<[f64]>,
    sums: Box<[f64]>,
    len: usize,
    /// How many candidates were dropped because there was no room.
    dropped: u64,
    /// No statistic is larger.
    bound: f64,
}

/// What is behind the last candidate is not looked at.
impl PartialEq for Candidates {
    fn eq(&self, other: &Self) -> bool {
        let of = |c: &Self| (c.sign, c.known, c.times.len(), c.len, c.dropped, c.bound);
        of(self) == of(other)
            && self.times[..self.len] == other.times[..self.len]
            && self.sums[..self.len] == other.sums[..self.len]
    }
}

impl Candidates {
    pub(super) fn new(side: Side, known: bool, most: usize) -> Self {
        let empty = || vec![0.0; most].into_boxed_slice();
        let sign = if side == Side::Up { 1.0 } else { -1.0 };
        Self { sign, known, times: empty(), sums: empty(), len: 0, dropped: 0, bound: 0.0 }
    }

    pub(super) fn start(&mut self) {
        (self.len, self.dropped, self.bound) = (0, 0, 0.0);
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn bound(&self) -> f64 {
        self.bound
    }

    pub(super) fn is_exact(&self) -> bool {
        self.dropped == 0
    }

    pub(super) fn rebase(&mut self, by: f64) {
        self.sums[..self.len].iter_mut().for_each(|sum| *sum -= self.sign * by);
    }

    /// Takes the time before the last value as a candidate and drops those that can never be the best again:
    /// a corner that the last value has hidden is best for no size of a shift any more, those before and
    /// after it are. No statistic grows by more than `gain`.
    #[inline]
    pub(super) fn learn(&mut self, (time, sum): (f64, f64), (now, total): (f64, f64), gain: f64) {
        self.bound = (self.bound + gain) * ROUNDED;
        let (sum, total) = (self.sign * sum, self.sign * total);
        if self.is_hidden(self.len, (time, sum), (now, total)) {
            while let Some(last) = self.len.checked_sub(1)
                && self.is_hidden(last, (self.times[last], self.sums[last]), (now, total))
            {
                self.len = last;
            }
        } else {
            self.push(time, sum);
        }
    }

    /// Whether a corner at this place is hidden by the last value.
    #[inline]
    fn is_hidden(&self, place: usize, (time, sum): (f64, f64), (now, total): (f64, f64)) -> bool {
        let (by_time, by_sum) = (now - time, total - sum);
        // Without a corner before it the known mean is what the slope is measured against.
        let (of_time, of_sum) = match place.checked_sub(1) {
            Some(before) => (time - self.times[before], sum - self.sums[before]),
            None if self.known => (1.0, 0.0),
            None => return false,
        };
        by_sum * of_time <= of_sum * by_time
    }

    /// The largest statistic: twice the logarithm of the likelihood ratio, 0 where no shift to this side is
    /// likelier than none.
    #[inline]
    pub(super) fn best(&mut self, now: f64, total: f64, origin: f64) -> f64 {
        self.bound = self.largest(now, self.sign * total, self.sign * origin);
        self.bound
    }

    fn push(&mut self, time: f64, sum: f64) {
        if self.len == self.times.len() {
            self.drop_flattest();
        }
        (self.times[self.len], self.sums[self.len]) = (time, sum);
        self.len += 1;
    }

    #[inline]
    fn largest(&self, now: f64, total: f64, origin: f64) -> f64 {
        let (times, sums) = (&self.times[..self.len], &self.sums[..self.len]);
        if self.known {
            most(times, sums, |time, sum| of_known(time, sum, now, total))
        } else {
            let slope = (total - origin) / now;
            most(times, sums, |time, sum| of_unknown(time, sum - origin, now, slope))
        }
    }

    /// Statistic, time and sum of the best candidate.
    pub(super) fn argmax(&self, now: f64, total: f64, origin: f64) -> Option<(f64, f64, f64)> {
        let (total, origin) = (self.sign * total, self.sign * origin);
        let slope = (total - origin) / now;
        let mut found = None;
        let mut most = 0.0;
        for at in self.times[..self.len].iter().copied().zip(self.sums[..self.len].iter().copied()) {
            let value = if self.known {
                of_known(at.0, at.1, now, total)
            } else {
                of_unknown(at.0, at.1 - origin, now, slope)
            };
            if value > most {
                (most, found) = (value, Some((value, at.0, self.sign * at.1)));
            }
        }
        found
    }

    /// Drops the corner at which the hull bends least: where the triangle with its neighbors is smallest.
    #[cold]
    fn drop_flattest(&mut self) {
        let corner = |i: usize| {
            let (t, s) = (&self.times, &self.sums);
            (s[i] - s[i - 1]) * (t[i + 1] - t[i]) - (s[i + 1] - s[i]) * (t[i] - t[i - 1])
        };
        let bends = |i: &usize| corner(*i).abs();
        let least = (1..self.len - 1).min_by(|a, b| bends(a).total_cmp(&bends(b))).unwrap_or(0);
        self.times.copy_within(least + 1..self.len, least);
        self.sums.copy_within(least + 1..self.len, least);
        self.len -= 1;
        self.dropped = self.dropped.saturating_add(1);
    }
}

/// The statistic of a change at `time` away from a mean of zero.
#[inline]
fn of_known(time: f64, sum: f64, now: f64, total: f64) -> f64 {
    let shift = total - sum;
    shift * shift / (now - time)
}

/// The statistic of a change at `time` away from any mean, from the sum since the beginning: how far it is
/// below the straight line from beginning to end, whose slope is given. At the beginning it is on the line: 0
/// / 0 is no number, and no larger than another.
#[inline]
fn of_unknown(time: f64, sum: f64, now: f64, slope: f64) -> f64 {
    let below = slope * time - sum;
    let below = if below > 0.0 { below } else { 0.0 };
    below * below * now / (time * (now - time))
}

/// The largest value of a function of time and sum, in lanes that do not wait for each other: divisions take
/// the time.
#[inline]
fn most(times: &[f64], sums: &[f64], value: impl Fn(f64, f64) -> f64) -> f64 {
    let (fours, last_times) = times.as_chunks::<4>();
    let (sums, last_sums) = sums.as_chunks::<4>();
    let mut best = [0.0_f64; 4];
    for (times, sums) in fours.iter().zip(sums) {
        for i in 0..4 {
            best[i] = larger(value(times[i], sums[i]), best[i]);
        }
    }
    let mut rest = 0.0;
    for (time, sum) in last_times.iter().zip(last_sums) {
        rest = larger(value(*time, *sum), rest);
    }
    larger(larger(larger(best[0], best[2]), larger(best[1], best[3])), rest)
}

/// NaN is never larger.
#[inline]
fn larger(a: f64, b: f64) -> f64 {
    if a > b { a } else { b }
}

/// The saved state.
#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct State {
    #[serde(with = "evenkeel_core::exact")]
    times: Vec<f64>,
    #[serde(with = "evenkeel_core::exact")]
    sums: Vec<f64>,
    given_up: u64,
    #[serde(with = "evenkeel_core::exact")]
    bound: f64,
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(State);

#[cfg(feature = "serde")]
impl Candidates {
    pub(super) fn state(&self) -> State {
        let (times, sums) = (self.times[..self.len].to_vec(), self.sums[..self.len].to_vec());
        State { times, sums, given_up: self.dropped, bound: self.bound }
    }

    pub(super) fn restore(&mut self, state: State, n: u64) -> Result<(), Error> {
        let State { times, sums, given_up, bound } = state;
        let rising = times.windows(2).all(|pair| pair[0] < pair[1]);
        let within = times.iter().all(|t| *t >= 0.0 && *t < n as f64 && libm::trunc(*t) == *t);
        let fits = times.len() == sums.len() && times.len() <= self.times.len();
        Error::require(
            rising && within && fits,
            "candidates",
            "rising times before the last value",
            "others",
        )?;
        let finite = sums.iter().all(|s| s.abs() <= 1e300);
        Error::require(finite && bound >= 0.0 && bound.is_finite(), "candidates", "finite sums", "others")?;
        self.len = times.len();
        self.times[..self.len].copy_from_slice(&times);
        self.sums[..self.len].copy_from_slice(&sums);
        (self.dropped, self.bound) = (given_up, bound);
        Ok(())
    }
}
