//! Season detection.

use super::fourier_transform::Spectral;
use super::seasonal_fold::{Fold, cut};
use super::spectrum::hann;
use crate::missing::missing_as_nan;
use crate::quantile::median_of_mut;
use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use evenkeel_core::Error;

/// A season that was found.
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct FoundSeason {
    period: usize,
    strength: f64,
    p: f64,
}

impl FoundSeason {
    /// The period in samples.
    #[must_use]
    pub fn period(&self) -> usize {
        self.period
    }

    /// The share of the variance that it explains of what shorter seasons left, without the trend and
    /// corrected for its number of phases: up to 1.
    #[must_use]
    pub fn strength(&self) -> f64 {
        self.strength
    }

    /// How probable a season of this strength would be in a series without one, before the correction for
    /// having looked at many.
    #[must_use]
    pub fn p(&self) -> f64 {
        self.p
    }
}

/// Finds the seasons of a series: none, one, or several, robust to trends, outliers and gaps.
///
/// For operations data that nobody has described: a daily season in a metric, and a weekly one above it. A
/// pattern is a season if it stands out from the rest of the series; noise and random walks have none.
///
/// *Method*: peaks of the periodogram above its own surroundings are candidates, refined to the nearest hill
/// of the autocorrelation (the idea of M. Vlachos, P. Yu, V. Castelli, AUTOPERIOD, SIAM International
/// Conference on Data Mining (2005) 449-460, doi:10.1137/1.9781611972757.40; outliers are cut as in robust
/// variants of it, Q. Wen et al., RobustPeriod, SIGMOD (2021), doi:10.1145/3448016.3452779). A candidate has
/// to pass an F test of the series folded by it: does the mean of each phase explain more than chance would,
/// given how correlated neighbors are? So slow wandering, which looks periodic for a few cycles, does not
/// pass. The remainder decides on that: where it is white, neighbors are correlated by the season alone. The
/// shortest season that passes is removed, and the search is repeated on the rest; a period counts as a
/// season of its own beside a multiple of it only if it explains at least half of what the multiple does.
///
/// *Settings*: [`alpha`](Self::alpha), the probability of finding any season where there is none, by default
/// 0.01, shared out among periods in proportion to their logarithms; [`longest`](Self::longest), by default a
/// third of the series: three cycles must be there.
///
/// *False detections*, simulated 300 times each with 30, 60, 120, 300, 1000 and 3000 values and the defaults:
/// white noise 0 to 2.3 %, autoregressions of 0.9 0.7 to 3.7 %, random walks 0 to 2.7 %, random walks under
/// noise 1 to 2.7 %. *Power*: of waves that explain 85 % of the variance, with periods of 7 to 60, 40 of 40
/// are found in four cycles and 37 to 40 in a little more than three.
///
/// *Missing* values are left out everywhere. *Complexity*: O(n log n) for each of at most 40 candidates and
/// each season found.
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct SeasonDetection {
    alpha: f64,
    longest: usize,
    limit: usize,
    weakest: f64,
}

/// The number of peaks of the periodogram that are tested.
const CANDIDATES: usize = 24;
/// Multiples of a season that was found are tested up to this one.
const NESTED: usize = 12;
/// The number of hills of the autocorrelation that are tested.
const HILLS: usize = 8;
/// Of periods with up to so many cycles, all peaks are tested.
const FEW: usize = 12;
/// The least number of cycles.
const CYCLES: usize = 3;
/// A period must explain so much of what its multiple does to be a season of its own.
const OWN: f64 = 0.5;
/// The share for periods above a known season: half of a week is hardly ever a season, but a harmonic of one.
const OWN_ABOVE: f64 = 0.75;

impl Default for SeasonDetection {
    fn default() -> Self {
        Self::new()
    }
}

impl SeasonDetection {
    /// With the defaults.
    pub const fn new() -> Self {
        Self { alpha: 0.01, longest: usize::MAX, limit: 4, weakest: 0.1 }
    }

    /// The probability of finding a season in a series without any, in (0, 0.5].
    pub const fn alpha(self, alpha: f64) -> Self {
        Self { alpha, ..self }
    }

    /// The longest period to look for; never more than a third of the series.
    pub const fn longest(self, longest: usize) -> Self {
        Self { longest, ..self }
    }

    /// The least [strength](FoundSeason::strength), from 0 on; 0.1 by default: a weaker season is not worth a
    /// model, and in long series hardly anything is too weak to be significant.
    pub const fn weakest(self, weakest: f64) -> Self {
        Self { weakest, ..self }
    }

    /// How many seasons to find at most; 4 by default.
    pub const fn limit(self, limit: usize) -> Self {
        Self { limit, ..self }
    }

    /// The seasons, the shortest first; empty if there is none, also if the series is too short or too
    /// constant to tell.
    ///
    /// # Errors
    /// If a setting is out of range.
    pub fn fit(&self, spectral: &mut Spectral, values: &[f64]) -> Result<Vec<FoundSeason>, Error> {
        Error::require(self.alpha > 0.0 && self.alpha <= 0.5, "alpha", "in (0, 0.5]", self.alpha)?;
        Error::require(self.weakest >= 0.0, "weakest", "at least 0", self.weakest)?;
        let longest = self.longest.min(values.len() / CYCLES);
        let known: Vec<f64> = missing_as_nan(values);
        let mut rest = without_line(&known);
        cut(&mut rest);
        let seen = rest.iter().filter(|x| !x.is_nan()).count();
        let mut found = Vec::new();
        if longest < 2 || seen < 3 * CYCLES {
            return Ok(found);
        }
        let (mut shortest, n) = (2, values.len());
        while found.len() < self.limit {
            let folds: Vec<Fold> = candidates(spectral, &rest, shortest, longest)
                .into_iter()
                .chain(found.iter().flat_map(|known: &FoundSeason| {
                    (2..=NESTED).map(|times| times * known.period).take_while(|period| *period <= longest)
                }))
                .map(|period| {
                    // A period that cannot be distinguished from a multiple of a known season counts as that
                    // multiple: calendars nest, and what a slowly changing season leaves lies close to its
                    // multiples.
                    let nested = found
                        .iter()
                        .find_map(|known: &FoundSeason| nearest_multiple(n, period, known.period));
                    nested.unwrap_or(period)
                })
                .filter(|period| (shortest..=longest).contains(period))
                .filter(|period| found.iter().all(|known| differ(n, *period, known.period)))
                .collect::<BTreeSet<_>>()
                .into_iter()
                .filter_map(|period| Fold::new(spectral, &rest, period))
                .filter(|fold| {
                    fold.strength >= self.weakest && fold.p < self.level(n, longest, fold.period, &found)
                })
                .collect();
            let strongest = |fold: &Fold| {
                folds
                    .iter()
                    .filter(|other| is_multiple(n, other.period, fold.period))
                    .map(|other| other.strength)
                    .fold(0.0, f64::max)
            };
            let own = if found.is_empty() { OWN } else { OWN_ABOVE };
            let Some(fold) = folds.iter().find(|fold| fold.strength >= own * strongest(fold)) else { break };
            let nested = found.iter().any(|known| fold.period.is_multiple_of(known.period));
            let fold = if nested { fold.clone() } else { climb(spectral, &rest, fold.clone(), longest) };
            found.push(FoundSeason { period: fold.period, strength: fold.strength, p: fold.p });
            fold.remove(&mut rest);
            // Once the large part is removed, gaps and outliers bias the profiles less.
            for known in &found {
                if let Some(fold) = Fold::new(spectral, &rest, known.period) {
                    fold.remove(&mut rest);
                }
            }
            // A value within the range of the season may be an outlier of the remainder.
            cut(&mut rest);
            shortest = fold.period + 1;
            if shortest > longest {
                break;
            }
        }
        Ok(found)
    }
}

impl SeasonDetection {
    /// How improbable a period must be. The probability is shared out among the frequencies k / n as 1 / k.
    /// The multiples of a season that was found share as much again. The seventh of them, the week of a day,
    /// is a single question asked beforehand, and asked at five times the probability: 0.05 by default.
    fn level(&self, n: usize, longest: usize, period: usize, found: &[FoundSeason]) -> f64 {
        let multiples = found.iter().filter(|known| period.is_multiple_of(known.period)).map(|known| {
            if period == 7 * known.period { 5.0 } else { 1.0 / (longest / known.period).max(1) as f64 }
        });
        let any = 1.0 / ((libm::log(n as f64) + 1.0) * n as f64 / period as f64);
        self.alpha * multiples.fold(any, f64::max)
    }
}

/// Whether two periods are more than one and a half frequencies of the transform apart: closer ones cannot be
/// distinguished.
fn differ(n: usize, a: usize, b: usize) -> bool {
    2.0 * n as f64 * a.abs_diff(b) as f64 > 3.0 * a as f64 * b as f64
}

/// The best of the periods around one: a wrong one blurs the profile, more so with more cycles.
fn climb(spectral: &mut Spectral, values: &[f64], mut best: Fold, longest: usize) -> Fold {
    let mut step = (best.period / 128).max(1);
    while step >= 1 {
        let around = [best.period.saturating_sub(step).max(2), (best.period + step).min(longest)];
        let better = around
            .into_iter()
            .filter_map(|period| Fold::new(spectral, values, period))
            .filter(|fold| fold.strength > best.strength)
            .max_by(|a, b| a.strength.total_cmp(&b.strength));
        match better {
            Some(fold) => best = fold,
            None => step /= 2,
        }
    }
    best
}

/// The multiple of a season that n values cannot distinguish from a longer period.
fn nearest_multiple(n: usize, long: usize, short: usize) -> Option<usize> {
    let multiple = (long + short / 2) / short * short;
    (multiple > short && !differ(n, long, multiple)).then_some(multiple)
}

/// Whether a period is a multiple of another, as far as n values can tell.
fn is_multiple(n: usize, long: usize, short: usize) -> bool {
    let times = (long + short / 2) / short;
    times >= 2 && (long / times).abs_diff(short) <= (short * short / (2 * n)).max(1).min(short / 3)
}

/// Periods at which the periodogram stands out of its surroundings, refined by the autocorrelation.
fn candidates(spectral: &mut Spectral, values: &[f64], shortest: usize, longest: usize) -> Vec<usize> {
    let n = values.len();
    let Ok(r) = spectral.autocorrelation(values, (n - 1).min(2 * longest)) else { return Vec::new() };
    let mut powers = Vec::with_capacity(n / 2 + 1);
    let windowed = values.iter().zip(hann(n)).map(|(x, w)| if x.is_nan() { 0.0 } else { x * w });
    spectral.powers(windowed, n, &mut powers);
    let mut scratch = Vec::new();
    let mut peaks: Vec<(f64, usize)> = (2..powers.len().saturating_sub(1))
        .filter(|k| powers[*k] >= powers[k - 1] && powers[*k] >= powers[k + 1])
        .filter(|k| n / k <= longest + 1 && n.div_ceil(*k) >= shortest)
        .map(|k| (k, (k / 2).max(1), (2 * k).min(powers.len() - 1)))
        .map(|(k, low, high)| {
            // A sample of the surroundings is enough.
            scratch.clear();
            scratch.extend(powers[low..=high].iter().step_by((high - low) / 64 + 1));
            (powers[k] / median_of_mut(&mut scratch).unwrap_or(0.0).max(f64::MIN_POSITIVE), k)
        })
        .collect();
    peaks.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    // With few cycles there are too few surroundings to compare with: all of their peaks are tested.
    let few = peaks.iter().skip(CANDIDATES).map(|(_, k)| *k).filter(|k| *k <= FEW).collect::<Vec<_>>();
    peaks.truncate(CANDIDATES);
    // The highest hills of the autocorrelation: recurring short spikes have their power in a hundred
    // harmonics.
    let mut hills: Vec<(f64, usize)> = (shortest.max(2)..longest.min(r.len() - 2))
        .filter(|lag| r[*lag] > r[lag - 1] && r[*lag] >= r[lag + 1] && r[*lag] > 0.0)
        .map(|lag| (r[lag], lag))
        .collect();
    hills.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    hills.truncate(HILLS);
    let mut periods: Vec<usize> = peaks
        .into_iter()
        .map(|(_, k)| k)
        .chain(few)
        .filter_map(|k| refine(&r, n, k))
        .chain(hills.into_iter().map(|(_, lag)| lag))
        .filter(|period| (shortest..=longest).contains(period))
        .collect();
    periods.sort_unstable();
    periods.dedup();
    periods
}

/// The period near n / k at which the autocorrelation has its hill, made more precise at its multiples.
fn refine(r: &[f64], n: usize, k: usize) -> Option<usize> {
    let at = |lag: f64| r.get(libm::round(lag) as usize).copied().unwrap_or(f64::NAN);
    // How far the autocorrelation rises above its lows half a period away.
    let rise = |lag: f64, period: f64| at(lag) - 0.5 * (at(lag - 0.5 * period) + at(lag + 0.5 * period));
    let (mut low, mut high) = (n as f64 / (k as f64 + 1.0), n as f64 / (k as f64 - 1.0));
    let (mut period, mut times) = (n as f64 / k as f64, 1.0);
    let mut risen = false;
    while low * times >= 1.0 && (1.5 * times + 1.0) * period < r.len() as f64 || times == 1.0 {
        let (from, to) = (libm::ceil(low * times) as usize, libm::floor(high * times) as usize);
        let best = (from.max(2)..=to)
            .map(|lag| (rise(lag as f64, period), lag))
            .filter(|(rise, _)| !rise.is_nan())
            .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
        let Some((rise, lag)) = best else { break };
        if rise <= 0.0 {
            break;
        }
        risen = true;
        period = lag as f64 / times;
        // A hill is flat on top: noise moves its highest place by a few hundredths of a period.
        let unsure = (0.06 * period).max(0.75) / times;
        (low, high) = (period - unsure, period + unsure);
        times *= 2.0;
    }
    risen.then(|| libm::round(period) as usize)
}

/// Values without a line through the medians of their thirds (Tukey's resistant line).
fn without_line(values: &[f64]) -> Vec<f64> {
    let n = values.len();
    let middle = |part: &[f64]| median_of_mut(&mut part.to_vec());
    let thirds = (middle(&values[..n / 3]), middle(&values[n - n / 3..]));
    let slope = match thirds {
        (Some(a), Some(b)) => (b - a) / (n - n / 3) as f64,
        _ => 0.0,
    };
    values.iter().enumerate().map(|(i, x)| x - slope * i as f64).collect()
}
