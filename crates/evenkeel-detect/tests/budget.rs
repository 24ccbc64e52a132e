//! Whether a budget of false alarms is held, and at what delay: independent values of many distributions.

use evenkeel_core::{Calibrated, Direction, Score, Stage};
use evenkeel_detect::{RankCusum, Spot, Tails};
use evenkeel_stats::{Generator, Normal, StudentT};
use std::fmt::Write as _;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Source {
    Normal,
    Lognormal,
    Exponential,
    /// Student's t with 3 degrees of freedom.
    StudentT,
    /// Of mean 5.
    Poisson,
    /// The number of failures before a success of probability 0.2.
    Geometric,
    /// Standard normal, rounded to whole numbers.
    Rounded,
    /// First-order autoregression with coefficient 0.9, seen through the one-step errors of a model that was
    /// fitted to the calibration.
    Autoregressive,
}

const SOURCES: [Source; 8] = [
    Source::Normal,
    Source::Lognormal,
    Source::Exponential,
    Source::StudentT,
    Source::Poisson,
    Source::Geometric,
    Source::Rounded,
    Source::Autoregressive,
];

fn poisson(k: f64) -> f64 {
    if k < 0.0 {
        0.0
    } else {
        (k * 5_f64.ln() - 5.0 - (1..=k as u64).map(|i| (i as f64).ln()).sum::<f64>()).exp()
    }
}

impl Source {
    /// The values; of [`Source::Autoregressive`] the innovations.
    fn draw(self, g: &mut Generator) -> f64 {
        match self {
            Self::Normal | Self::Autoregressive => g.normal(),
            Self::Lognormal => g.normal().exp(),
            Self::Exponential => -(1.0 - g.uniform()).ln(),
            Self::StudentT => g.normal() / ((0..3).map(|_| g.normal().powi(2)).sum::<f64>() / 3.0).sqrt(),
            Self::Poisson => {
                let (mut k, mut product) = (0.0, g.uniform());
                while product > (-5_f64).exp() {
                    product *= g.uniform();
                    k += 1.0;
                }
                k
            }
            Self::Geometric => ((1.0 - g.uniform()).ln() / 0.8_f64.ln()).floor(),
            Self::Rounded => g.normal().round(),
        }
    }

    /// So many standard deviations, in the unit of the values; whole numbers where the values are.
    fn shift(self, sds: f64) -> f64 {
        match self {
            Self::Normal | Self::Exponential | Self::Autoregressive => sds,
            Self::Lognormal => sds * (1_f64.exp() * (1_f64.exp() - 1.0)).sqrt(),
            Self::StudentT => sds * 3_f64.sqrt(),
            Self::Poisson => (sds * 5_f64.sqrt()).round(),
            Self::Geometric => (sds * 20_f64.sqrt()).round(),
            Self::Rounded => sds.round(),
        }
    }

    /// Density or probability, up to a factor.
    fn density(self, x: f64) -> f64 {
        match self {
            Self::Normal | Self::Autoregressive => (-0.5 * x * x).exp(),
            Self::Lognormal if x <= 0.0 => 0.0,
            Self::Lognormal => (-0.5 * x.ln().powi(2)).exp() / x,
            Self::Exponential if x < 0.0 => 0.0,
            Self::Exponential => (-x).exp(),
            Self::StudentT => StudentT::new(3.0, 0.0, 1.0).unwrap().density(x),
            Self::Poisson => poisson(x),
            Self::Geometric if x < 0.0 => 0.0,
            Self::Geometric => 0.8_f64.powf(x),
            Self::Rounded => {
                let normal = Normal::new(0.0, 1.0).unwrap();
                let x = x.abs();
                normal.upper(x - 0.5) - normal.upper(x + 0.5)
            }
        }
    }

    /// The log likelihood ratio of a shift against none.
    fn evidence(self, x: f64, shift: f64) -> f64 {
        (self.density(x - shift) / self.density(x)).ln().clamp(-1e3, 1e3)
    }
}

/// Values as a detector sees them: as they are, or as errors of a fitted autoregression.
struct Stream {
    source: Source,
    generator: Generator,
    level: f64,
    coefficient: f64,
    mean: f64,
}

impl Stream {
    /// With its model fitted to `n` values.
    fn new(source: Source, generator: Generator, n: usize) -> Self {
        let mut stream = Self { source, generator, level: 0.0, coefficient: 0.0, mean: 0.0 };
        if source == Source::Autoregressive {
            // From its stationary distribution.
            stream.level = stream.generator.normal() / (1.0 - 0.81_f64).sqrt();
            let values: Vec<f64> = (0..n).map(|_| stream.step(0.0)).collect();
            let mean = values.iter().sum::<f64>() / n as f64;
            let product: f64 = values.windows(2).map(|w| (w[0] - mean) * (w[1] - mean)).sum();
            let square: f64 = values.iter().map(|x| (x - mean).powi(2)).sum();
            (stream.coefficient, stream.mean) = (product / square, mean);
        }
        stream
    }

    fn step(&mut self, disturbance: f64) -> f64 {
        self.level = 0.9 * self.level + self.source.draw(&mut self.generator) + disturbance;
        self.level
    }

    fn next(&mut self, disturbance: f64) -> f64 {
        if self.source != Source::Autoregressive {
            return self.source.draw(&mut self.generator) + disturbance;
        }
        let expected = self.mean + self.coefficient * (self.level - self.mean);
        self.step(disturbance) - expected
    }

    fn with(&self, generator: Generator) -> Self {
        Self { generator, ..*self }
    }
}

/// What of a budget is measured.
#[derive(Debug, Default, Clone)]
struct Held {
    /// Alarms of each series.
    alarms: Vec<usize>,
    /// Mean number of values up to an alarm under lasting shifts of 1, 3 and 6 standard deviations; at most
    /// 2000 count.
    delays: [f64; 3],
    /// The share of single spikes of 6 and 10 standard deviations that alarm.
    spikes: [f64; 2],
}

const SHIFTS: [f64; 3] = [1.0, 3.0, 6.0];
const SPIKES: [f64; 2] = [6.0, 10.0];
const LONGEST: usize = 2000;

fn p<C: Stage<Score, Output = Calibrated>>(calibrator: &mut C, x: f64) -> f64 {
    calibrator.update(Score::new(x, Direction::Up).unwrap()).map_or(1.0, |c| c.p())
}

fn one<C: Stage<Score, Output = Calibrated> + Clone>(
    fresh: &C,
    source: Source,
    (risk, values, n): (f64, usize, usize),
    index: u64,
) -> Held {
    let mut calibrator = fresh.clone();
    let mut stream = Stream::new(source, Generator::stream(7, index), n);
    for _ in 0..n {
        p(&mut calibrator, stream.next(0.0));
    }
    let mut held = Held::default();
    for (i, sds) in SHIFTS.into_iter().enumerate() {
        let (mut calibrator, mut stream) =
            (calibrator.clone(), stream.with(Generator::stream(10 + i as u64, index)));
        let delay = (1..LONGEST).find(|_| p(&mut calibrator, stream.next(source.shift(sds))) <= risk);
        held.delays[i] = delay.unwrap_or(LONGEST) as f64;
    }
    for (i, sds) in SPIKES.into_iter().enumerate() {
        let (mut calibrator, mut stream) = (calibrator.clone(), stream.with(Generator::stream(20, index)));
        held.spikes[i] = f64::from(u8::from(p(&mut calibrator, stream.next(source.shift(sds))) <= risk));
    }
    // The alarm's own rule with its default settings: raised at the risk, over at the first value of ten
    // times it.
    let (mut raised, mut alarms) = (false, 0);
    for _ in 0..values {
        let p = p(&mut calibrator, stream.next(0.0));
        if raised {
            raised = p <= (10.0 * risk).min(0.5);
        } else if p <= risk {
            (raised, alarms) = (true, alarms + 1);
        }
    }
    held.alarms.push(alarms);
    held
}

fn measure<C: Stage<Score, Output = Calibrated> + Clone + Sync>(
    fresh: &C,
    source: Source,
    setting: (f64, usize, usize),
    series: usize,
) -> Held {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(series);
    let parts: Vec<Held> = std::thread::scope(|scope| {
        let part = |t: usize| {
            scope.spawn(move || {
                let each = (t..series).step_by(threads).map(|i| one(fresh, source, setting, i as u64));
                each.fold(Held::default(), |mut sum, one| {
                    sum.alarms.extend(one.alarms);
                    (0..3).for_each(|i| sum.delays[i] += one.delays[i]);
                    (0..2).for_each(|i| sum.spikes[i] += one.spikes[i]);
                    sum
                })
            })
        };
        let handles: Vec<_> = (0..threads).map(part).collect();
        handles.into_iter().map(|h| h.join().unwrap()).collect()
    });
    let mut held = Held::default();
    for part in parts {
        held.alarms.extend(part.alarms);
        (0..3).for_each(|i| held.delays[i] += part.delays[i] / series as f64);
        (0..2).for_each(|i| held.spikes[i] += part.spikes[i] / series as f64);
    }
    held
}

/// Mean delay of the CUSUM that knows the distribution and the shift of 3 standard deviations, at one false
/// alarm in `1 / risk` values.
fn known(source: Source, risk: f64) -> f64 {
    let shift = source.shift(3.0);
    // Alarms are the excursions from 0 that reach the threshold: so it is the maximum that so many excursions
    // exceed.
    let values = 100.0 / risk;
    let mut g = Generator::new(3);
    let (mut sum, mut peak, mut peaks) = (0.0_f64, 0.0_f64, Vec::new());
    for _ in 0..values as usize {
        sum = (sum + source.evidence(source.draw(&mut g), shift)).max(0.0);
        if sum > 0.0 {
            peak = peak.max(sum);
        } else if peak > 0.0 {
            peaks.push(peak);
            peak = 0.0;
        }
    }
    peaks.sort_unstable_by(|a: &f64, b| b.total_cmp(a));
    // Above it, as a maximum may be that of many excursions.
    let threshold = peaks[100] * (1.0 + 1e-9);
    let delay = |g: &mut Generator| {
        let mut sum = 0.0_f64;
        let step = |_: &usize| {
            sum = (sum + source.evidence(source.draw(g) + shift, shift)).max(0.0);
            sum >= threshold
        };
        (1..LONGEST).find(step).unwrap_or(LONGEST) as f64
    };
    (0..2000).map(|_| delay(&mut g)).sum::<f64>() / 2000.0
}

/// The largest count that a Poisson variable of this mean exceeds in less than 1 % of cases, by its normal
/// approximation.
fn bound(mean: f64) -> f64 {
    mean + 2.326 * mean.sqrt() + 1.0
}

fn beyond_three_times(held: &Held, periods: f64) -> f64 {
    held.alarms.iter().filter(|n| **n as f64 > 3.0 * periods).count() as f64 / held.alarms.len() as f64
}

fn assert_held(held: &Held, periods: f64, what: &str) {
    let (alarms, promised) = (held.alarms.iter().sum::<usize>() as f64, periods * held.alarms.len() as f64);
    assert!(alarms <= bound(promised), "{what}: {alarms} alarms where {promised} were promised");
    assert!(beyond_three_times(held, periods) <= 0.01, "{what}: {:?}", held.alarms);
}

#[test]
fn a_daily_budget_is_held() {
    let (risk, periods) = (60.0 / 86_400.0, 10.0);
    let setting = (risk, 14_400, 300);
    for source in SOURCES {
        let held = measure(&RankCusum::builder(risk).build().unwrap(), source, setting, 40);
        assert_held(&held, periods, &format!("RankCusum, {source:?}"));
        // That silence is no way to pass: of the promise half is used, as one event may reach several
        // thresholds and most single values none.
        let used = held.alarms.iter().sum::<usize>() as f64 / (periods * 40.0);
        assert!(used > 0.3, "{source:?}: {used}");
        assert!(held.delays[1] <= 2.0 * known(source, risk), "{source:?}: {:?}", held.delays);
        let spot = Spot::builder(risk).calibration(300).build().unwrap();
        assert_held(&measure(&spot, source, setting, 40), periods, &format!("Spot, {source:?}"));
    }
}

/// That the test can fail: the published estimate does not hold the same budget.
#[test]
fn the_plug_in_estimate_does_not_hold_it() {
    let risk = 60.0 / 604_800.0;
    let spot = Spot::builder(risk).plug_in().build().unwrap();
    let held = measure(&spot, Source::Exponential, (risk, 100_800, 1000), 40);
    assert!(held.alarms.iter().sum::<usize>() as f64 > 1.3 * 400.0, "{:?}", held.alarms);
}

/// Of both sides, and with the direction as sign.
#[test]
fn a_budget_of_both_sides_is_held() {
    let risk = 60.0 / 86_400.0;
    let both = RankCusum::builder(risk).tails(Tails::Both).build().unwrap();
    for source in [Source::Normal, Source::Lognormal] {
        let held = measure(&both, source, (risk, 14_400, 300), 40);
        assert_held(&held, 10.0, &format!("{source:?}"));
        assert!(held.delays[1] < 10.0, "{:?}", held.delays);
    }
}

/// A p-value is never 0, and of what was never seen it says no more than the calibration carries.
#[test]
fn no_p_value_is_zero() {
    for kind in SOURCES {
        let mut g = Generator::new(5);
        let mut spot = Spot::builder(1e-4).build().unwrap();
        let mut ranks = RankCusum::builder(1e-4).build().unwrap();
        for _ in 0..2000 {
            let x = kind.draw(&mut g);
            p(&mut spot, x);
            p(&mut ranks, x);
        }
        for huge in [1e3, 1e9, 1e100, f64::MAX] {
            let carried = p(&mut spot.clone(), huge);
            assert!(carried > 0.0, "{kind:?} {huge}");
            assert!(p(&mut ranks.clone(), huge) >= 1e-10, "{kind:?} {huge}");
        }
        let mut published = Spot::builder(1e-4).plug_in().build().unwrap();
        for _ in 0..2000 {
            p(&mut published, kind.draw(&mut g));
        }
        assert!(p(&mut published, f64::MAX) > 0.0, "{kind:?}");
    }
}

/// The table of the comparison page. `EVENKEEL_BUDGET_SERIES` says how many series; of those of 600,000
/// values a fifth is taken.
#[test]
#[ignore = "long: with 500 series an hour on two cores"]
fn every_budget_is_held() {
    let series = std::env::var("EVENKEEL_BUDGET_SERIES").ok().and_then(|n| n.parse().ok()).unwrap_or(100);
    let (day, week) = (86_400.0, 604_800.0);
    let mut failed = String::new();
    for (budget, period) in [("day", day), ("week", week)] {
        for step in [10.0, 60.0] {
            let (risk, values) = (step / period, (10.0 * period / step) as usize);
            let series = if values > 500_000 { series / 5 } else { series };
            for source in SOURCES {
                let known = known(source, risk);
                for n in [300, 1000, 10_000] {
                    let setting = (risk, values, n);
                    let ranks = RankCusum::builder(risk).calibration(n).build().unwrap();
                    let spot = Spot::builder(risk).calibration(n).build().unwrap();
                    let published =
                        Spot::builder(risk).calibration(n).max_peaks(512).plug_in().build().unwrap();
                    for (name, held) in [
                        ("RankCusum", measure(&ranks, source, setting, series)),
                        ("Spot", measure(&spot, source, setting, series)),
                        ("SPOT as published", measure(&published, source, setting, series)),
                    ] {
                        let promised = 10.0 * series as f64;
                        let alarms = held.alarms.iter().sum::<usize>() as f64;
                        let [one, three, six] = held.delays;
                        println!(
                            "| {source:?} | one a {budget}, {step} s | {n} | {name} | {:.2} | {:.1} % | {one:.1} | {three:.1} | {six:.1} | {known:.1} | {:.2} | {:.2} |",
                            alarms / promised,
                            100.0 * beyond_three_times(&held, 10.0),
                            held.spikes[0],
                            held.spikes[1],
                        );
                        // A mean over these series is off by a twentieth.
                        let ok = alarms <= bound(promised) && beyond_three_times(&held, 10.0) <= 0.01;
                        if name != "SPOT as published" && !ok || name == "RankCusum" && three > 2.1 * known {
                            let _ = writeln!(failed, "{name}, {source:?}, one a {budget}, {step} s, {n}");
                        }
                    }
                }
            }
        }
    }
    assert!(failed.is_empty(), "{failed}");
}
