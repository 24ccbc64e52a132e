//! Spectral residual: saliency of the newest value in its window.

use super::saliency::Saliency;
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use evenkeel_core::{Direction, Error, Score, Stage, observed};

/// Notices values that stand out of the texture of the last ones: spikes, dips, broken cycles, without a
/// model and without training.
///
/// *When*: single values or short events in a series of any rhythm. Not for slow changes and lasting shifts,
/// which are salient only as they begin.
///
/// *Method*: with each value the window is transformed anew, and its [saliency](Saliency::trailing) compared
/// with the values before: H. Ren et al., KDD 2019, doi:10.1145/3292500.3330680, arXiv:1906.03821. The last
/// value of a window has a poor saliency, so that, as in the paper, the window is continued by `extension`
/// copies of a guess: from the values *before* the newest one, with the mean slope of five, so that an
/// anomaly is not taken for the beginning of something.
///
/// *Parameters*
///
/// | | range | default | why |
/// | --- | --- | --- | --- |
/// | `window` | 16 to 65,536 values, the extension among them | 256 | several cycles; powers of 2 are fast, and all of it is transformed for each value |
/// | `spectrum_width` | 1 to 1,000,000 frequencies | 3 | the paper's |
/// | `score_width` | 1 to 1,000,000 values | 21 | the paper's |
/// | `extension` | 0 to `window` / 2 values | 5 | the paper's |
///
/// *Score*: by how much the saliency exceeds the mean of the last `score_width`, in units of that mean: 0 =
/// as salient as usual, below 0 less, 3 = the threshold that the paper takes. No direction. Nothing is said
/// before the window is full.
///
/// *Deviation*: the window is centered and scaled before it is transformed, so that levels and units mean
/// nothing. A window without any variation scores 0.
///
/// *Missing data*: no score; time goes on, with the last value in its place. Those at the very beginning are
/// skipped.
///
/// *Cost*: three real transforms, O(`window` log `window`). The bits of a score may differ between processors
/// with other vector units; the state does not. *State*: about 160 `window` bytes; a snapshot takes 8
/// `window`.
///
/// ```
/// use evenkeel_core::Stage;
/// use evenkeel_detect::outlier::SpectralResidual;
///
/// let mut detector = SpectralResidual::builder().window(128).build()?;
/// let value = |t: u32| f64::from(t % 12).sqrt() + if t == 250 { 3.0 } else { 0.0 };
/// let scores: Vec<f64> = (0..300).map(|t| detector.update(value(t)).map_or(0.0, |s| s.value())).collect();
/// let highest = (0..300).max_by(|a, b| scores[*a].total_cmp(&scores[*b]));
/// assert_eq!(highest, Some(250));
/// assert!(scores[250] > 3.0);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct SpectralResidual {
    settings: SpectralResidualBuilder,
    /// The last values, at most the window less the extension.
    values: VecDeque<f64>,
    scaled: Scratch,
    kernel: Saliency,
}

/// Settings of a [`SpectralResidual`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[must_use]
pub struct SpectralResidualBuilder {
    window: usize,
    spectrum_width: usize,
    score_width: usize,
    extension: usize,
}

/// The input of the kernel: not part of the state.
#[derive(Debug, Clone, Default)]
struct Scratch(Vec<f64>);

impl PartialEq for Scratch {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// How many slopes the guess of what comes next is made of.
const SLOPES: usize = 5;

impl SpectralResidualBuilder {
    /// How many values are transformed, the extension among them, in [16, 65,536]. Default 256.
    pub fn window(mut self, values: usize) -> Self {
        self.window = values;
        self
    }

    /// How many frequencies are averaged, in [1, 1,000,000]. Default 3.
    pub fn spectrum_width(mut self, frequencies: usize) -> Self {
        self.spectrum_width = frequencies;
        self
    }

    /// With how many values a saliency is compared, itself among them, in [1, 1,000,000]. Default 21.
    pub fn score_width(mut self, values: usize) -> Self {
        self.score_width = values;
        self
    }

    /// By how many guessed values the window is continued, at most half of it. Default 5.
    pub fn extension(mut self, values: usize) -> Self {
        self.extension = values;
        self
    }

    /// The detector.
    ///
    /// # Errors
    /// If a setting is out of its range.
    pub fn build(self) -> Result<SpectralResidual, Error> {
        let widths = 1..=1_000_000;
        let window = (16..=65_536).contains(&self.window);
        Error::require(window, "window", "in [16, 65,536]", self.window)?;
        let frequencies = self.spectrum_width;
        Error::require(widths.contains(&frequencies), "spectrum_width", "in [1, 1,000,000]", frequencies)?;
        Error::require(
            widths.contains(&self.score_width),
            "score_width",
            "in [1, 1,000,000]",
            self.score_width,
        )?;
        let extension = self.extension <= self.window / 2;
        Error::require(extension, "extension", "at most half the window", self.extension)?;
        let mut kernel = Saliency::new();
        // Plans and buffers are made now.
        kernel.trailing(&alloc::vec![0.0; self.window], self.spectrum_width)?;
        Ok(SpectralResidual {
            settings: self,
            values: VecDeque::with_capacity(self.window),
            scaled: Scratch(Vec::with_capacity(self.window)),
            kernel,
        })
    }
}

impl SpectralResidual {
    /// A detector with the paper's settings.
    pub fn builder() -> SpectralResidualBuilder {
        SpectralResidualBuilder { window: 256, spectrum_width: 3, score_width: 21, extension: 5 }
    }

    /// The values, centered and scaled, and their continuation. False if nothing varies.
    fn scale(&mut self) -> bool {
        let values = &self.values;
        let n = values.len() as f64;
        let mean = values.iter().map(|x| x / n).sum::<f64>();
        let largest = values.iter().fold(0.0, |m: f64, x| m.max((x - mean).abs()));
        let magnitude = values.iter().fold(0.0, |m: f64, x| m.max(x.abs()));
        // What rounding leaves of a constant is no variation.
        if largest <= 1e-14 * magnitude || largest < f64::MIN_POSITIVE {
            return false;
        }
        let scaled = &mut self.scaled.0;
        scaled.clear();
        scaled.extend(values.iter().map(|x| (x - mean) / largest));
        let before = scaled.len() - 1;
        let last = scaled[before - 1];
        let slopes = (1..=SLOPES).map(|back| (last - scaled[before - 1 - back]) / back as f64);
        let next = scaled[before - SLOPES] + slopes.sum::<f64>();
        scaled.extend(core::iter::repeat_n(next, self.settings.extension));
        true
    }
}

impl Stage<f64> for SpectralResidual {
    type Output = Score;

    fn update(&mut self, x: f64) -> Option<Score> {
        let x = observed(x);
        let value = x.or(self.values.back().copied())?;
        let SpectralResidualBuilder { window, spectrum_width, score_width, extension } = self.settings;
        if self.values.len() == window - extension {
            self.values.pop_front();
        }
        self.values.push_back(value);
        if x.is_none() || self.values.len() < window - extension {
            return None;
        }
        if !self.scale() {
            return Score::new(0.0, Direction::Either);
        }
        self.kernel.trailing(&self.scaled.0, spectrum_width).ok()?;
        Score::new(self.kernel.excess(window - extension - 1, score_width)?, Direction::Either)
    }

    fn reset(&mut self) {
        self.values.clear();
    }
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(SpectralResidualBuilder);

#[cfg(feature = "serde")]
evenkeel_core::state! {
    SpectralResidual as struct Saved("SpectralResidual@1") {
        settings: SpectralResidualBuilder,
        values: VecDeque<f64>,
    }
}

#[cfg(feature = "serde")]
impl From<&SpectralResidual> for Saved {
    fn from(s: &SpectralResidual) -> Self {
        Self { settings: s.settings, values: s.values.clone() }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<Saved> for SpectralResidual {
    type Error = Error;

    fn try_from(p: Saved) -> Result<Self, Error> {
        let mut fresh = p.settings.build()?;
        let fits = p.values.len() <= p.settings.window - p.settings.extension;
        Error::require(fits, "values", "at most a window", p.values.len())?;
        let all = p.values.iter().all(|x| observed(*x).is_some());
        Error::require(all, "values", "observed", "one that is not")?;
        fresh.values.extend(p.values);
        Ok(fresh)
    }
}
