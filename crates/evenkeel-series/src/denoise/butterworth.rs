//! The Butterworth filter.

use super::complex::Complex;
use super::second_order_sections::{Section, both_ways, settle, step};
use crate::clean::Interpolation;
use alloc::vec;
use alloc::vec::Vec;
use core::f64::consts::PI;
use evenkeel_core::{Error, Stage, observed};

/// The highest order.
const HIGHEST: usize = 16;
/// The least distance of a pole from the unit circle: nearer, it would take ten million values to forget one.
const MARGIN: f64 = 1e-7;

/// Which frequencies pass.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
enum Band {
    Below(#[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))] f64),
    Above(#[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))] f64),
    Inside(
        #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))] f64,
        #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))] f64,
    ),
    Outside(
        #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))] f64,
        #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))] f64,
    ),
}

/// The Butterworth filter, low pass, high pass, band pass or band stop: maximally flat in its pass band.
///
/// *For* separating slow from fast components by their period: a trend from its jitter, a daily season from
/// its drift. *Not for* spikes, which make it ring (remove them first by [`Hampel`](crate::clean::Hampel)).
///
/// *Method*: the analog prototype of S. Butterworth, Wireless Engineer 7 (1930) 536-541, transferred by the
/// bilinear transform with prewarped frequencies, as second-order sections (A. V. Oppenheim, R. W. Schafer,
/// Discrete-Time Signal Processing, 3rd edition, 2010, chapter 7). The amplitude at a cutoff is 1/√2; beyond
/// it falls by a factor of about 2^order for each doubling.
///
/// ```
/// use core::f64::consts::TAU;
/// use evenkeel_series::denoise::Butterworth;
///
/// // A slow wave of 100 values, and a fast one of 4 that is in the way.
/// let slow = |t: i32| (TAU * f64::from(t) / 100.0).sin();
/// let y: Vec<f64> = (0..400).map(|t| slow(t) + 0.5 * (TAU * f64::from(t) / 4.0).cos()).collect();
/// let smooth = Butterworth::low_pass(4, 1.0 / 20.0).apply(&y)?;
/// assert!((100..300).all(|t| (smooth[t] - slow(t as i32)).abs() < 1e-4));
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
///
/// *Settings*: the order, 1 to 16: 2 or 4 is usual; higher ones cut more sharply and ring longer. The cutoffs
/// in cycles a value, in (0, 0.5): 1 / T for waves of T values. A band pass or band stop has twice the order
/// in poles.
///
/// *Missing* values: [`apply`](Self::apply) draws lines across gaps before it filters, and leaves missing
/// what lies before the first and after the last observed value; [`filter`](Self::filter) continues as if the
/// last value had come again, without an output.
///
/// *Complexity*: O(n order) time, O(n) memory.
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct Butterworth {
    order: usize,
    band: Band,
    from_rest: bool,
}

impl Butterworth {
    /// Passes frequencies below the cutoff.
    pub const fn low_pass(order: usize, cutoff: f64) -> Self {
        Self { order, band: Band::Below(cutoff), from_rest: false }
    }

    /// Passes frequencies above the cutoff.
    pub const fn high_pass(order: usize, cutoff: f64) -> Self {
        Self { order, band: Band::Above(cutoff), from_rest: false }
    }

    /// Passes frequencies between two cutoffs.
    pub const fn band_pass(order: usize, low: f64, high: f64) -> Self {
        Self { order, band: Band::Inside(low, high), from_rest: false }
    }

    /// Removes frequencies between two cutoffs.
    pub const fn band_stop(order: usize, low: f64, high: f64) -> Self {
        Self { order, band: Band::Outside(low, high), from_rest: false }
    }

    /// Starts a stream from zero. By default it starts as if the first value had always been there, which
    /// avoids a transient at the start.
    pub const fn from_rest(mut self) -> Self {
        self.from_rest = true;
        self
    }

    /// The amplitude that is left of a wave of this frequency, in cycles a value, by one pass as
    /// [`filter`](Self::filter) does; [`apply`](Self::apply) leaves its square.
    ///
    /// # Errors
    /// If a setting is out of range.
    pub fn gain(&self, frequency: f64) -> Result<f64, Error> {
        let inside = (0.0..=0.5).contains(&frequency);
        Error::require(inside, "frequency", "in [0, 0.5] cycles a value", frequency)?;
        Ok(self.design()?.iter().map(|section| section.response(frequency).magnitude()).product())
    }

    /// The filtered values of a finished history, without any delay: filtered forwards, and the result
    /// backwards (F. Gustafsson, IEEE Transactions on Signal Processing 44 (1996) 988-992,
    /// doi:10.1109/78.492552, discusses the ends: here the series is turned over beyond each of them, by
    /// three times the length of the filter, and the filter starts settled).
    ///
    /// Between the outermost observed values every place gets a value.
    ///
    /// # Errors
    /// If a setting is out of range; [`Error::TooShort`] if nothing is observed.
    pub fn apply(&self, values: &[f64]) -> Result<Vec<f64>, Error> {
        let sections = self.design()?;
        let mut whole = Interpolation::linear().inside_only().apply(values)?.into_values();
        let (Some(first), Some(last)) =
            (whole.iter().position(|x| !x.is_nan()), whole.iter().rposition(|x| !x.is_nan()))
        else {
            return Err(Error::TooShort { needed: 1, got: 0 });
        };
        let part = &mut whole[first..=last];
        let short = usize::from(sections.iter().any(Section::is_first_order));
        let pad = (3 * (2 * sections.len() + 1 - short)).min(part.len() - 1);
        let smooth = both_ways(&sections, part, pad);
        part.copy_from_slice(&smooth);
        whole.iter_mut().for_each(|x| *x = observed(*x).unwrap_or(f64::NAN));
        Ok(whole)
    }

    /// The same for a stream, which the filter delays: slow waves by about `order / (2 π cutoff)` values.
    ///
    /// # Errors
    /// If a setting is out of range.
    pub fn filter(&self) -> Result<ButterworthFilter, Error> {
        let sections = self.design()?;
        let states = vec![[0.0; 2]; sections.len()];
        Ok(ButterworthFilter { settings: *self, sections, states, last: None })
    }

    fn validate(&self) -> Result<(), Error> {
        Error::require((1..=HIGHEST).contains(&self.order), "order", "in 1..=16", self.order)?;
        let (low, high) = match self.band {
            Band::Below(cutoff) | Band::Above(cutoff) => (cutoff, cutoff),
            Band::Inside(low, high) | Band::Outside(low, high) => {
                Error::require(low < high, "high", "above low", high)?;
                (low, high)
            }
        };
        for cutoff in [low, high] {
            let inside = cutoff > 0.0 && cutoff < 0.5;
            Error::require(inside, "cutoff", "in (0, 0.5) cycles a value", cutoff)?;
        }
        Ok(())
    }

    /// The sections, those with the shortest memory first.
    fn design(&self) -> Result<Vec<Section>, Error> {
        self.validate()?;
        let warp = |cutoff: f64| libm::tan(PI * cutoff);
        // Zeros as the coefficients of a numerator, and where the gain is 1.
        let (zeros, reference) = match self.band {
            Band::Below(_) => ([1.0, 2.0, 1.0], 0.0),
            Band::Above(_) => ([1.0, -2.0, 1.0], 0.5),
            Band::Inside(low, high) => {
                ([1.0, 0.0, -1.0], libm::atan(libm::sqrt(warp(low) * warp(high))) / PI)
            }
            Band::Outside(low, high) => {
                let notch = 2.0 * libm::atan(libm::sqrt(warp(low) * warp(high)));
                ([1.0, -2.0 * libm::cos(notch), 1.0], 0.0)
            }
        };
        let mut sections: Vec<(f64, Section)> = Vec::with_capacity(self.order);
        let mut add = |zeros: [f64; 3], size: f64, a: [f64; 2]| {
            let mut section = Section { b: zeros, a };
            let gain = section.response(reference).magnitude();
            section.b.iter_mut().for_each(|b| *b /= gain);
            sections.push((size, section));
        };
        for k in 0..self.order.div_ceil(2) {
            // The poles of the prototype in the upper half plane, the real one last.
            let pole = Complex::on_unit_circle(PI * (0.5 + (2 * k + 1) as f64 / (2 * self.order) as f64));
            let real = 2 * k + 1 == self.order;
            let pole = if real { Complex::new(-1.0, 0.0) } else { pole };
            match self.band {
                Band::Below(cutoff) | Band::Above(cutoff) => {
                    let low = matches!(self.band, Band::Below(_));
                    let z = bilinear(if low { pole } else { pole.inverse() }.scaled(warp(cutoff)));
                    if real {
                        add([zeros[0], zeros[1] / 2.0, 0.0], z.re.abs(), [-z.re, 0.0]);
                    } else {
                        add(zeros, z.magnitude(), pair(z));
                    }
                }
                Band::Inside(low, high) | Band::Outside(low, high) => {
                    let inside = matches!(self.band, Band::Inside(..));
                    let half =
                        if inside { pole } else { pole.inverse() }.scaled(0.5 * (warp(high) - warp(low)));
                    // The two poles s with s² - 2 half s + center² = 0.
                    let center = warp(low) * warp(high);
                    let root = half.times(half).plus(Complex::new(-center, 0.0)).root();
                    let (one, other) = (bilinear(half.plus(root)), bilinear(half.plus(root.scaled(-1.0))));
                    if real {
                        // Together they are conjugate, or both real.
                        let product = one.times(other).re;
                        add(zeros, one.magnitude().max(other.magnitude()), [-(one.re + other.re), product]);
                    } else {
                        add(zeros, one.magnitude(), pair(one));
                        add(zeros, other.magnitude(), pair(other));
                    }
                }
            }
        }
        sections.sort_by(|a, b| a.0.total_cmp(&b.0));
        let sound = |(size, section): &(f64, Section)| {
            *size <= 1.0 - MARGIN && section.b.iter().chain(&section.a).all(|x| x.is_finite())
        };
        if !sections.iter().all(sound) {
            return Err(Error::Numerical { what: "the cutoffs are too close to 0, to 0.5 or to each other" });
        }
        Ok(sections.into_iter().map(|(_, section)| section).collect())
    }
}

/// From the left half plane into the unit circle: (1 + s) / (1 - s).
fn bilinear(s: Complex) -> Complex {
    Complex::new(1.0 + s.re, s.im).times(Complex::new(1.0 - s.re, -s.im).inverse())
}

/// The denominator of a pole and its conjugate.
fn pair(z: Complex) -> [f64; 2] {
    [-2.0 * z.re, z.re * z.re + z.im * z.im]
}

/// The Butterworth filter of a stream, made by [`Butterworth::filter`].
///
/// ```
/// use evenkeel_core::Stage;
/// use evenkeel_series::denoise::Butterworth;
///
/// // A level of 5 that jitters, and goes to 8.
/// let level = |t: i32| if t < 50 { 5.0 } else { 8.0 };
/// let mut filter = Butterworth::low_pass(2, 0.05).filter()?;
/// let out: Vec<f64> = filter.run((0..120).map(|t| level(t) + f64::from(t % 2))).flatten().collect();
/// assert!((out[49] - 5.5).abs() < 0.02 && (out[119] - 8.5).abs() < 0.02);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
///
/// There is an output for every observed value from the first on, none for a missing one, which counts as a
/// repetition of the last. The filter has infinite memory: the effect of a value fades within some multiples
/// of `1 / cutoff` values. One that is s times as large as the usual ones is below a millionth of them after
/// about (ln s + 14) / (2 π f sin(π / 2n)) values, with n the order and f the lowest cutoff: of 2⁶⁴ 570
/// values at order 5 and 0.05. Remove extreme values before ([`Hampel`](crate::clean::Hampel)). O(order) time
/// and memory.
#[derive(Debug, Clone, PartialEq)]
pub struct ButterworthFilter {
    settings: Butterworth,
    sections: Vec<Section>,
    states: Vec<[f64; 2]>,
    last: Option<f64>,
}

impl Stage<f64> for ButterworthFilter {
    type Output = f64;

    fn update(&mut self, x: f64) -> Option<f64> {
        let new = observed(x);
        let x = new.or(self.last)?;
        if self.last.is_none() && !self.settings.from_rest {
            settle(&self.sections, &mut self.states, x);
        }
        self.last = Some(x);
        let y = step(&self.sections, &mut self.states, x);
        new.and_then(|_| observed(y))
    }

    fn reset(&mut self) {
        self.states.fill([0.0; 2]);
        self.last = None;
    }
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(Band);

evenkeel_core::state! {
    ButterworthFilter as struct SavedButterworthFilter("ButterworthFilter@1") {
        order: usize,
        band: Band,
        from_rest: bool,
        /// Two numbers for each section.
        states: Vec<f64>,
        last: Option<f64>,
    }
}

#[cfg(feature = "serde")]
impl From<&ButterworthFilter> for SavedButterworthFilter {
    fn from(filter: &ButterworthFilter) -> Self {
        let Butterworth { order, band, from_rest } = filter.settings;
        Self { order, band, from_rest, states: filter.states.concat(), last: filter.last }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<SavedButterworthFilter> for ButterworthFilter {
    type Error = Error;

    fn try_from(state: SavedButterworthFilter) -> Result<Self, Error> {
        let settings = Butterworth { order: state.order, band: state.band, from_rest: state.from_rest };
        let mut filter = settings.filter()?;
        let (pairs, rest) = state.states.as_chunks::<2>();
        let fits = rest.is_empty() && pairs.len() == filter.states.len();
        Error::require(fits, "states", "two for each section", state.states.len())?;
        // The largest states that values up to 1e100 can cause, with room for the slowest filters.
        if let Some(x) = state.states.iter().find(|x| x.is_nan() || x.abs() > 1e140) {
            return Err(Error::parameter("states", "at most 1e140", x));
        }
        let untouched = state.states.iter().all(|x| *x == 0.0);
        let seen = state.last.map_or(untouched, |x| observed(x).is_some());
        Error::require(seen, "last", "observed, and there if the states are not 0", "not so")?;
        filter.states.copy_from_slice(pairs);
        filter.last = state.last;
        Ok(filter)
    }
}
