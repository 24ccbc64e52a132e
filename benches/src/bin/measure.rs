//! Our side of the comparison with Python peers: reads a JSON list of works, prints one JSON line for each
//! with what it computed and the seconds that it took. Started by `benches/peers/run`.

#![expect(clippy::print_stdout, reason = "a program speaks")]

use core::hint::black_box;
use evenkeel::detect::Adwin;
use evenkeel::detect::adapt::Univariate;
use evenkeel::detect::multivariate::HalfSpaceTrees;
use evenkeel::detect::pattern::LeftMatrixProfile;
use evenkeel::models::arima::{ArimaParameters, Constant};
use evenkeel::models::hmm::{Covariance, Gaussian};
use evenkeel::models::state_space::StateSpace;
use evenkeel::models::theta::{Theta, ThetaKind};
use evenkeel::models::{Arima, AutoArima, AutoEts, Hmm, HmmModel, Structural};
use evenkeel::prelude::{Fit, Forecaster, Prediction, Stage};
use evenkeel::series::Stl;
use evenkeel::series::denoise::Loess;
use evenkeel::series::segmentation::{Cost, Pelt, Penalty};
use evenkeel::series::spectral::Spectral;
use serde::{Deserialize, Serialize};
use std::error::Error;
use std::time::Instant;

/// A piece of work that every side does on the same data.
#[derive(Deserialize)]
#[serde(tag = "work", rename_all = "snake_case", deny_unknown_fields)]
enum Work {
    /// The exact Gaussian log-likelihood at given coefficients.
    ArimaLikelihood {
        name: String,
        order: [usize; 3],
        season: [usize; 4],
        ar: Vec<f64>,
        ma: Vec<f64>,
        sar: Vec<f64>,
        sma: Vec<f64>,
        y: Vec<f64>,
    },
    /// A whole fit; what is compared is the log-likelihood reached.
    ArimaFit { name: String, order: [usize; 3], y: Vec<f64> },
    /// The choice of an order; what is compared is AICc: smaller is better, and none may be larger than a
    /// peer's.
    AutoArima { name: String, period: usize, y: Vec<f64> },
    /// The choice of a form of exponential smoothing; what is compared is AICc without the constants, as R
    /// and its ports have it.
    AutoEts { name: String, period: usize, y: Vec<f64> },
    /// The dynamic optimized theta model; what is compared is the next value.
    Theta { name: String, period: usize, y: Vec<f64> },
    /// A decomposition with statsmodels' defaults, every value fitted; what is compared is a sum over all
    /// components.
    Stl { name: String, period: usize, robust: bool, y: Vec<f64> },
    /// Autocorrelations by transforms.
    Autocorrelation { name: String, lags: usize, y: Vec<f64> },
    /// The optimal changes of the level; what is compared is the objective.
    Pelt { name: String, penalty: f64, y: Vec<f64> },
    /// A window without a change; what is compared is the sum of its widths.
    Adwin { name: String, y: Vec<f64> },
    /// Scores and updates; what is compared is how many spikes are among as many highest scores.
    HalfSpaceTrees { name: String, y: Vec<f64> },
    /// The values after a history, one by one; what is compared is the greatest distance among them.
    LeftProfile { name: String, window: usize, history: usize, pruned: bool, y: Vec<f64> },
    /// So many steps of EM from a given start; what is compared is the log-likelihood after them.
    HmmFit {
        name: String,
        iterations: usize,
        initial: Vec<f64>,
        transitions: Vec<Vec<f64>>,
        means: Vec<f64>,
        variances: Vec<f64>,
        y: Vec<f64>,
    },
    /// The most probable path; what is compared is the logarithm of its probability.
    HmmDecode {
        name: String,
        initial: Vec<f64>,
        transitions: Vec<Vec<f64>>,
        means: Vec<f64>,
        variances: Vec<f64>,
        y: Vec<f64>,
    },
    /// The exact diffuse log-likelihood of a local linear trend with given variances of noise, level, slope.
    TrendLikelihood { name: String, variances: [f64; 3], y: Vec<f64> },
    /// A whole fit of a basic structural model; what is compared is the log-likelihood reached.
    StructuralFit { name: String, period: usize, y: Vec<f64> },
}

/// A Gaussian hidden Markov model of one coordinate with given parameters.
fn hidden(
    initial: Vec<f64>,
    transitions: &[Vec<f64>],
    means: Vec<f64>,
    variances: Vec<f64>,
) -> Result<HmmModel, Box<dyn Error>> {
    let emission = Gaussian::from_parameters(1, Covariance::Diagonal, means, variances)?;
    Ok(HmmModel::from_parameters(initial, transitions.concat(), emission)?)
}

/// How many of the spikes, one in each hundred values of the second half, are among as many highest scores
/// there.
fn found(scores: &[f64]) -> u8 {
    let half = scores.len() / 2;
    let mut late: Vec<usize> = (half..scores.len()).collect();
    late.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]));
    let highest = late.iter().take((scores.len() - half).div_ceil(100));
    highest.map(|i| u8::from((i - half).is_multiple_of(100))).sum()
}

/// One number of several components in which every value counts and no two cancel.
fn digest(components: &[&[f64]]) -> f64 {
    let each = |c: &[f64]| c.iter().zip(1..).map(|(x, i)| x * f64::from(i % 97)).sum::<f64>();
    components.iter().zip(1..).map(|(c, i)| f64::from(i) * each(c)).sum()
}

#[derive(Serialize)]
struct Measured {
    name: String,
    checksum: f64,
    seconds: f64,
}

/// The seconds of one call: the least of several batches, each of at least a few milliseconds.
fn seconds<T>(mut call: impl FnMut() -> T) -> f64 {
    let mut best = f64::INFINITY;
    let mut calls = 1_u32;
    for _ in 0..30 {
        let started = Instant::now();
        for _ in 0..calls {
            black_box(call());
        }
        let elapsed = started.elapsed().as_secs_f64();
        if elapsed < 5e-3 {
            calls *= 2;
        } else {
            best = best.min(elapsed / f64::from(calls));
        }
    }
    best
}

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("usage: measure WORKS.json")?;
    let works: Vec<Work> = serde_json::from_reader(std::fs::File::open(path)?)?;
    for work in works {
        let measured = match work {
            Work::ArimaLikelihood { name, order: [p, d, q], season, ar, ma, sar, sma, y } => {
                let [sp, sd, sq, period] = season;
                let settings = Arima::new(p, d, q).seasonal(sp, sd, sq, period).constant(Constant::None);
                let mut likelihood = settings.likelihood(&y)?;
                let parameters = ArimaParameters::new(ar, ma).seasonal(sar, sma);
                let checksum = likelihood.log_likelihood(&parameters)?;
                Measured {
                    name,
                    checksum,
                    seconds: seconds(|| likelihood.log_likelihood(black_box(&parameters))),
                }
            }
            Work::ArimaFit { name, order: [p, d, q], y } => {
                let settings = Arima::new(p, d, q);
                let checksum = settings.fit(&y)?.report().criteria().log_likelihood();
                Measured { name, checksum, seconds: seconds(|| settings.fit(black_box(&y))) }
            }
            Work::Autocorrelation { name, lags, y } => {
                let mut spectral = Spectral::new();
                let checksum = digest(&[&spectral.autocorrelation(&y, lags)?]);
                Measured {
                    name,
                    checksum,
                    seconds: seconds(|| spectral.autocorrelation(black_box(&y), lags)),
                }
            }
            Work::Pelt { name, penalty, y } => {
                let pelt = Pelt::new(Cost::L2).penalty(Penalty::Value(penalty));
                let changes = pelt.fit(&y)?;
                let mut start = 0;
                let costs = changes.iter().copied().chain([y.len()]).map(|end| {
                    let part = &y[std::mem::replace(&mut start, end)..end];
                    let mean = part.iter().sum::<f64>() / part.len() as f64;
                    part.iter().map(|x| (x - mean).powi(2)).sum::<f64>()
                });
                let checksum = costs.sum::<f64>() + penalty * changes.len() as f64;
                Measured { name, checksum, seconds: seconds(|| pelt.fit(black_box(&y))) }
            }
            Work::Stl { name, period, robust, y } => {
                let trend = (1.5 * period as f64 / (1.0 - 1.5 / 7.0)).ceil() as usize | 1;
                let stl = Stl::new(period)
                    .seasonal(Loess::new(7))
                    .trend(Loess::new(trend))
                    .low_pass(Loess::new((period + 1) | 1));
                let stl = if robust { stl.inner(2).outer(15) } else { stl.inner(5) };
                let parts = stl.fit(&y)?;
                let checksum = digest(&[parts.trend(), parts.seasons()[0].values()]);
                Measured { name, checksum, seconds: seconds(|| stl.fit(black_box(&y))) }
            }
            Work::AutoEts { name, period, y } => {
                let settings = AutoEts::new(period);
                let n = y.len() as f64;
                let constants = n * ((n / std::f64::consts::TAU).ln() - 1.0);
                let checksum = settings.fit(&y)?.report().criteria().aicc() + constants;
                Measured { name, checksum, seconds: seconds(|| settings.fit(black_box(&y))) }
            }
            Work::Theta { name, period, y } => {
                let settings = Theta::new(ThetaKind::DynamicOptimized, period);
                let mut next = [Prediction::default()];
                settings.fit(&y)?.forecast_into(&mut next);
                Measured { name, checksum: next[0].mean(), seconds: seconds(|| settings.fit(black_box(&y))) }
            }
            Work::Adwin { name, y } => {
                let window = Adwin::builder().restarting().build()?;
                let widths = || {
                    let mut window = window.clone();
                    let after = |x: &f64| {
                        window.update(*x);
                        window.width()
                    };
                    y.iter().map(after).sum::<u64>()
                };
                Measured { name, checksum: widths() as f64, seconds: seconds(widths) }
            }
            Work::HalfSpaceTrees { name, y } => {
                let trees = HalfSpaceTrees::builder(1).trees(25).depth(8).window(250).range(&[(0.0, 1.0)]);
                let trees = Univariate(trees.build()?);
                let scores = || -> Vec<f64> {
                    trees.clone().run(y.iter().copied()).map(|s| s.map_or(0.0, |s| s.value())).collect()
                };
                Measured { name, checksum: f64::from(found(&scores())), seconds: seconds(scores) }
            }
            Work::LeftProfile { name, window, history, pruned, y } => {
                // The peer's exclusion zone, and as many windows as it holds.
                let builder = LeftMatrixProfile::builder(window)
                    .history(history - window)
                    .exclusion(window.div_ceil(4));
                let mut known = if pruned { builder.pruned(history) } else { builder }.build()?;
                let (before, after) = y.split_at(history);
                known.run(before.iter().copied()).for_each(drop);
                let greatest = |known: &LeftMatrixProfile| {
                    let mut known = known.clone();
                    known.run(after.iter().copied()).flatten().map(|s| s.value()).fold(0.0, f64::max)
                };
                let checksum = greatest(&known);
                // A copy of the history belongs to the measuring, not to the work.
                let copying = seconds(|| known.clone());
                Measured { name, checksum, seconds: seconds(|| greatest(black_box(&known))) - copying }
            }
            Work::HmmFit { name, iterations, initial, transitions, means, variances, y } => {
                let start = hidden(initial, &transitions, means, variances)?;
                let settings = Hmm::from_model(&start).iterations(iterations).tolerance(0.0);
                let model = settings.fit(&y)?;
                let taken = model.report().iterations();
                if taken != iterations {
                    return Err(format!("{name}: the fit took {taken} steps").into());
                }
                let checksum = model.log_likelihood(&y)?;
                Measured { name, checksum, seconds: seconds(|| settings.fit(black_box(&y))) }
            }
            Work::HmmDecode { name, initial, transitions, means, variances, y } => {
                let model = hidden(initial, &transitions, means, variances)?;
                let checksum = model.decode(&y)?.1;
                Measured { name, checksum, seconds: seconds(|| model.decode(black_box(&y))) }
            }
            Work::TrendLikelihood { name, variances: [noise, level, slope], y } => {
                let model = StateSpace::new(2, 1)
                    .transition(&[1.0, 1.0, 0.0, 1.0])
                    .design(&[1.0, 0.0])
                    .observation_covariance(&[noise])
                    .state_covariance(&[level, 0.0, 0.0, slope]);
                let checksum = model.log_likelihood(&y)?;
                Measured { name, checksum, seconds: seconds(|| model.log_likelihood(black_box(&y))) }
            }
            Work::StructuralFit { name, period, y } => {
                let settings = Structural::basic(period);
                let checksum = settings.fit(&y)?.report().criteria().log_likelihood();
                Measured { name, checksum, seconds: seconds(|| settings.fit(black_box(&y))) }
            }
            Work::AutoArima { name, period, y } => {
                let settings = AutoArima::new().period(period);
                let checksum = settings.fit(&y)?.report().criteria().aicc();
                Measured { name, checksum, seconds: seconds(|| settings.fit(black_box(&y))) }
            }
        };
        println!("{}", serde_json::to_string(&measured)?);
    }
    Ok(())
}
