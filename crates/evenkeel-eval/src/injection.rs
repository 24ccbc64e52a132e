//! Anomalies of known kinds, put into series that have none, at places drawn by a seed.

use evenkeel_stats::Generator;

/// A kind of anomaly. Sizes are in standard deviations of what comes before the part that may be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Injection {
    /// One to three rows off by 2 to 5 standard deviations.
    Spike,
    /// A level off by 1 to 3 standard deviations.
    Step,
    /// Deviations from the mean of the stretch, multiplied by 0.2 to 0.5 or 2 to 3.
    Amplitude,
    /// The value of its first row throughout.
    Flat,
    /// The series played 1.5 to 2 times as fast or slowly.
    Frequency,
    /// The shape of another series, with the mean, the spread and the ends of what it replaces.
    Shape,
    /// A straight line added, up or down to 1 to 3 standard deviations.
    Trend,
    /// Normal noise added, of 0.5 to 1 standard deviations.
    Noise,
}

impl Injection {
    /// All kinds.
    pub const ALL: [Self; 8] = [
        Self::Spike,
        Self::Step,
        Self::Amplitude,
        Self::Flat,
        Self::Frequency,
        Self::Shape,
        Self::Trend,
        Self::Noise,
    ];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Spike => "spike",
            Self::Step => "step",
            Self::Amplitude => "amplitude",
            Self::Flat => "flat",
            Self::Frequency => "frequency",
            Self::Shape => "shape",
            Self::Trend => "trend",
            Self::Noise => "noise",
        }
    }
}

/// Where an anomaly was put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Anomaly {
    /// Its kind.
    pub kind: Injection,
    /// Its first row.
    pub first: usize,
    /// Its last row.
    pub last: usize,
}

/// How many places are tried.
const TRIALS: usize = 30;
/// How much the rows must change to be called abnormal: their mean absolute change in standard deviations.
const LEAST: f64 = 0.1;
/// Rows of the shortest series that is accepted.
const SHORTEST: usize = 300;

/// Puts one anomaly into a series, somewhere in its last third, and says where. `other` is the series from
/// which a foreign shape is taken. `None`, with the series as it was, if it has fewer than 300 rows, does not
/// vary or is not finite, `other` is too short or flat, or no place is found in thirty trials at which the
/// rows change by a tenth of a standard deviation on average: a flat stretch cannot get flatter.
///
/// An anomaly, spikes excepted, takes 1 to 3 hundredths of the series, at least 20 rows; a trend three times
/// that, but no more than a tenth. The standard deviation is that of the first two thirds.
///
/// ```
/// use evenkeel_eval::injection::{Injection, inject};
/// use evenkeel_stats::Generator;
///
/// let mut series: Vec<f64> = (0..900).map(|t| (0.2 * t as f64).sin()).collect();
/// let before = series.clone();
/// let place = inject(&mut series, &[], Injection::Flat, &mut Generator::new(1)).unwrap();
/// assert!(place.first >= 600 && place.last < 900);
/// assert_eq!(series[..place.first], before[..place.first]);
/// assert!(series[place.first..=place.last].iter().all(|x| *x == series[place.first]));
/// ```
pub fn inject(
    series: &mut [f64],
    other: &[f64],
    kind: Injection,
    generator: &mut Generator,
) -> Option<Anomaly> {
    let n = series.len();
    if n < SHORTEST || series.iter().any(|x| !x.is_finite()) {
        return None;
    }
    let (_, sd) = moments(&series[..2 * n / 3]);
    if !(sd > 0.0 && sd.is_finite()) {
        return None;
    }
    for _ in 0..TRIALS {
        let rows = match kind {
            Injection::Spike => 1 + generator.uniform_below(3) as usize,
            Injection::Trend => (3 * length(n, generator)).min(n / 10),
            _ => length(n, generator),
        };
        // Room behind it for what is played faster, and so that what follows an event is seen too.
        let (from, to) = (2 * n / 3 + 1, n - n / 30);
        let room = to.checked_sub(from + rows)?;
        let first = from + generator.uniform_below(room as u64 + 1) as usize;
        let rows = first..first + rows;
        let changed = changed(series, other, kind, rows.clone(), sd, generator)?;
        let change: f64 = changed.iter().zip(&series[rows.clone()]).map(|(a, b)| (a - b).abs()).sum();
        if change.is_finite() && change >= LEAST * sd * rows.len() as f64 {
            series[rows.clone()].copy_from_slice(&changed);
            return Some(Anomaly { kind, first, last: rows.end - 1 });
        }
    }
    None
}

/// One to three hundredths of a series, at least 20 rows.
fn length(n: usize, generator: &mut Generator) -> usize {
    let least = (n / 100).max(20);
    least + generator.uniform_below(2 * least as u64 + 1) as usize
}

/// What the rows become; `None` if the other series does not do.
fn changed(
    series: &[f64],
    other: &[f64],
    kind: Injection,
    rows: std::ops::Range<usize>,
    sd: f64,
    generator: &mut Generator,
) -> Option<Vec<f64>> {
    let (first, len) = (rows.start, rows.len());
    let stretch = &series[rows];
    let between = |low: f64, high: f64, generator: &mut Generator| low + (high - low) * generator.uniform();
    let signed = |low: f64, high: f64, generator: &mut Generator| {
        let size = between(low, high, generator);
        if generator.bernoulli(0.5) { size } else { -size }
    };
    Some(match kind {
        Injection::Spike => {
            let size = signed(2.0, 5.0, generator) * sd;
            stretch.iter().map(|x| x + size).collect()
        }
        Injection::Step => {
            let size = signed(1.0, 3.0, generator) * sd;
            stretch.iter().map(|x| x + size).collect()
        }
        Injection::Amplitude => {
            let (mean, _) = moments(stretch);
            let factor = match generator.bernoulli(0.5) {
                true => between(0.2, 0.5, generator),
                false => between(2.0, 3.0, generator),
            };
            stretch.iter().map(|x| mean + factor * (x - mean)).collect()
        }
        Injection::Flat => vec![stretch[0]; len],
        Injection::Frequency => {
            let speed = between(1.5, 2.0, generator);
            let speed = if generator.bernoulli(0.5) { speed } else { 1.0 / speed };
            // Played from the first row on, so that it joins on there; the series is long enough behind.
            let at = |i: usize| {
                let place = (first as f64 + speed * i as f64).min((series.len() - 1) as f64);
                let (whole, part) = (place as usize, place.fract());
                let next = series[(whole + 1).min(series.len() - 1)];
                series[whole] + part * (next - series[whole])
            };
            (0..len).map(at).collect()
        }
        Injection::Shape => {
            let start = generator.uniform_below(other.len().checked_sub(len)? as u64 + 1) as usize;
            let shape = &other[start..start + len];
            let ((mean, own), (center, foreign)) = (moments(stretch), moments(shape));
            if !(foreign > 0.0 && foreign.is_finite()) {
                return None;
            }
            let at = |i: usize| mean + own * (shape[i] - center) / foreign;
            // A line is added so that both ends join on: what is abnormal is the shape, no jump.
            let (left, right) = (stretch[0] - at(0), stretch[len - 1] - at(len - 1));
            let line = |i: usize| left + (right - left) * i as f64 / (len - 1) as f64;
            (0..len).map(|i| at(i) + line(i)).collect()
        }
        Injection::Trend => {
            let size = signed(1.0, 3.0, generator) * sd;
            stretch.iter().enumerate().map(|(i, x)| x + size * (i + 1) as f64 / len as f64).collect()
        }
        Injection::Noise => {
            let size = between(0.5, 1.0, generator) * sd;
            stretch.iter().map(|x| x + size * generator.normal()).collect()
        }
    })
}

/// Mean and standard deviation.
fn moments(values: &[f64]) -> (f64, f64) {
    let n = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / n;
    (mean, (values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n).sqrt())
}
