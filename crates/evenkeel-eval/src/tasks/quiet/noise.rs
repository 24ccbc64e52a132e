//! What is drawn: noise of known distributions, and changes of it.

use evenkeel_stats::Generator;

/// A kind of noise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Noise {
    /// Standard normal.
    Normal,
    /// The exponential of it.
    LogNormal,
    /// Exponential.
    Exponential,
    /// Student's t of three degrees of freedom.
    Student,
    /// Poisson of mean 5.
    Poisson,
    /// Geometric of probability 0.3, from 0 on.
    Geometric,
    /// Standard normal, rounded to whole numbers.
    Rounded,
    /// Autoregression of order one with a coefficient of 0.9 and normal innovations.
    Autoregressive,
    /// Standard normal around a random walk whose steps have a standard deviation of 0.02.
    Wander,
    /// Standard normal around a season of 288 rows: a wave of amplitude 3 and one of 1, twice as fast.
    Season,
}

/// How long a season is, in rows: a day.
const DAY: f64 = 288.0;

/// What happens to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Change {
    /// The level rises by one standard deviation of the noise.
    Step1,
    /// By three.
    Step3,
    /// By six.
    Step6,
    /// The level rises by a twentieth of a standard deviation a row.
    Ramp,
    /// Deviations from the mean become three times as large.
    Variance,
    /// The season has 0.3 of its amplitude, a quarter of a day late.
    Season,
}

impl Noise {
    /// All kinds.
    pub const ALL: [Self; 10] = [
        Self::Normal,
        Self::LogNormal,
        Self::Exponential,
        Self::Student,
        Self::Poisson,
        Self::Geometric,
        Self::Rounded,
        Self::Autoregressive,
        Self::Wander,
        Self::Season,
    ];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::LogNormal => "lognormal",
            Self::Exponential => "exponential",
            Self::Student => "t3",
            Self::Poisson => "poisson5",
            Self::Geometric => "geometric",
            Self::Rounded => "rounded",
            Self::Autoregressive => "ar.9",
            Self::Wander => "wander",
            Self::Season => "season",
        }
    }

    /// Mean and standard deviation of each draw by itself.
    #[must_use]
    pub fn moments(self) -> (f64, f64) {
        let e = std::f64::consts::E;
        match self {
            Self::LogNormal => (e.sqrt(), ((e - 1.0) * e).sqrt()),
            Self::Exponential => (1.0, 1.0),
            Self::Student => (0.0, 3.0_f64.sqrt()),
            Self::Poisson => (5.0, 5.0_f64.sqrt()),
            Self::Geometric => (0.7 / 0.3, 0.7_f64.sqrt() / 0.3),
            // Of a rounded normal: the twelfth of a unit that rounding adds, to nine digits.
            Self::Rounded => (0.0, (13.0_f64 / 12.0).sqrt()),
            _ => (0.0, 1.0),
        }
    }

    /// The standard deviation that changes are measured in: that of the noise, which autocorrelation widens.
    #[must_use]
    pub fn unit(self) -> f64 {
        match self {
            Self::Autoregressive => 1.0 / (1.0_f64 - 0.81).sqrt(),
            _ => self.moments().1,
        }
    }

    /// One draw by itself.
    pub(super) fn draw(self, generator: &mut Generator) -> f64 {
        match self {
            Self::LogNormal => generator.normal().exp(),
            Self::Exponential => generator.exponential(),
            Self::Student => {
                let square: f64 = (0..3).map(|_| generator.normal().powi(2)).sum();
                generator.normal() / (square / 3.0).sqrt()
            }
            Self::Poisson => {
                // As many arrivals as there are in five units of time.
                let (mut time, mut count) = (generator.exponential(), 0.0);
                while time < 5.0 {
                    time += generator.exponential();
                    count += 1.0;
                }
                count
            }
            Self::Geometric => (generator.exponential() / -(0.7_f64.ln())).floor(),
            Self::Rounded => generator.normal().round(),
            _ => generator.normal(),
        }
    }

    /// So many rows, changed from a row on, and what one sees who knows all of it but the change: innovations
    /// of mean 0 and standard deviation 1.
    pub(super) fn rows(
        self,
        n: usize,
        change: Option<(Change, usize)>,
        generator: &mut Generator,
    ) -> (Vec<f64>, Vec<f64>) {
        let ((mean, sd), unit) = (self.moments(), self.unit());
        let phase = generator.uniform() * DAY;
        let season = |t: f64| {
            let turn = 2.0 * std::f64::consts::PI * (t + phase) / DAY;
            3.0 * turn.sin() + (2.0 * turn + 1.0).sin()
        };
        let (mut level, mut last, mut last_seen) = (0.0, unit * generator.normal(), None);
        let (mut rows, mut known) = (Vec::with_capacity(n), Vec::with_capacity(n));
        for t in 0..n {
            let drawn = self.draw(generator);
            let since = change.filter(|(_, at)| t >= *at).map(|(change, at)| (change, (t - at) as f64));
            let is = |wanted: Change| since.is_some_and(|(change, _)| change == wanted);
            let spread = if is(Change::Variance) { 3.0 } else { 1.0 };
            let shift = unit
                * match since {
                    Some((Change::Step1, _)) => 1.0,
                    Some((Change::Step3, _)) => 3.0,
                    Some((Change::Step6, _)) => 6.0,
                    Some((Change::Ramp, rows)) => 0.05 * (rows + 1.0),
                    _ => 0.0,
                };
            // Without the season and the wander, which are known.
            let noise = match self {
                Self::Autoregressive => {
                    last = 0.9 * last + drawn;
                    spread * last
                }
                _ => mean + spread * (drawn - mean),
            };
            let seen = noise + shift;
            let mut background = 0.0;
            if self == Self::Wander {
                level += 0.02 * generator.normal();
                background = level;
            }
            let mut off = 0.0;
            if self == Self::Season {
                background = season(t as f64);
                if is(Change::Season) {
                    off = 0.3 * season(t as f64 - DAY / 4.0) - background;
                }
            }
            rows.push(seen + background + off);
            let innovation = match (self, last_seen) {
                (Self::Autoregressive, Some(before)) => seen - 0.9 * before,
                (Self::Autoregressive, None) => drawn,
                _ => (seen + off - mean) / sd,
            };
            last_seen = Some(seen);
            known.push(innovation);
        }
        (rows, known)
    }
}

impl Change {
    /// All changes.
    pub const ALL: [Self; 6] =
        [Self::Step1, Self::Step3, Self::Step6, Self::Ramp, Self::Variance, Self::Season];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Step1 => "step1",
            Self::Step3 => "step3",
            Self::Step6 => "step6",
            Self::Ramp => "ramp",
            Self::Variance => "variance",
            Self::Season => "season",
        }
    }

    /// Whether a kind of noise can change so.
    pub(super) fn fits(self, noise: Noise) -> bool {
        self != Self::Season || noise == Noise::Season
    }
}
