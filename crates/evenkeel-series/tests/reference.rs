//! Replays `models/primitives.json`: pandas' rolling and weighted statistics and resampling, numpy's
//! quantiles, scipy's filters.

use core::time::Duration;
use evenkeel_core::{At, Stage, Timestamp};
use evenkeel_series::clean::{Interpolation, InterpolationMethod};
use evenkeel_series::correlation::{correlation, cross_correlation};
use evenkeel_series::decompose::HodrickPrescott;
use evenkeel_series::denoise::{Butterworth, EdgeMode, Loess, MedianFilter, SavitzkyGolay};
use evenkeel_series::quantile::{Quantile, QuantileDefinition, mad};
use evenkeel_series::rolling::{Decay, RollingExtremes, TimeExtremes, TimeMoments, TimeQuantile};
use evenkeel_series::transform::Differencing;
use evenkeel_series::{Aggregate, Ewm, Resample, RollingMoments, RollingQuantile};
use evenkeel_testing::assert_close;
use evenkeel_testing::reference::{self, Number, Unmatched, values};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeMap;

const FILE: &str = "primitives.json";
/// Relative and absolute: computed in doubles by other algorithms.
const REL: f64 = 1e-9;
/// pandas' sliding sums of fourth powers are off by up to 6e-8 here (rational arithmetic agrees with ours to
/// 1e-15).
const PANDAS_KURTOSIS: f64 = 1e-6;

fn read<T: DeserializeOwned>(name: &str, value: &Value) -> T {
    match serde_json::from_value(value.clone()) {
        Ok(read) => read,
        Err(why) => panic!("{FILE} {name}: {why}"),
    }
}

#[track_caller]
fn compare(name: &str, actual: impl IntoIterator<Item = Option<f64>>, expected: &[Number]) {
    within(REL, name, actual, expected);
}

#[track_caller]
fn within(tolerance: f64, name: &str, actual: impl IntoIterator<Item = Option<f64>>, expected: &[Number]) {
    let actual: Vec<_> = actual.into_iter().collect();
    assert_eq!(actual.len(), expected.len(), "{name}");
    for (i, (actual, expected)) in actual.into_iter().zip(expected).enumerate() {
        assert_close!(actual.unwrap_or(f64::NAN), expected.0, tolerance, tolerance, "{name}[{i}]");
    }
}

#[test]
fn primitives() {
    let all: BTreeMap<String, Value> = reference::load("models", FILE);
    let gaps = Unmatched::of("models", &[FILE]);
    let x = values(&read::<Vec<Number>>("x", &all["x"]));
    let mut replayed = 0;
    for (name, value) in &all {
        let parts: Vec<&str> = name.split('_').collect();
        match parts[..] {
            // Information.
            ["x" | "note"] | ["hodges", "note"] => continue,
            _ if gaps.reason(FILE, name).is_some() => continue,
            ["rolling", window, min_periods] => {
                rolling(name, &x, window.parse().unwrap(), min_periods.parse().unwrap(), value);
            }
            ["ewm", alpha, adjust, missing] => {
                weighted(name, &x, alpha.parse().unwrap(), adjust, missing, value);
            }
            ["quantiles"] => quantiles(&x, value),
            ["mad", "raw"] => compare(name, [mad(&x)], &[read(name, value)]),
            ["ccf"] => cross(&read(name, value)),
            ["autocorr", "pairwise"] => {
                for (lag, expected) in read::<BTreeMap<String, Number>>(name, value) {
                    let lag: usize = lag.parse().unwrap();
                    let ours = correlation(&x[lag..], &x[..x.len() - lag]).unwrap();
                    compare(name, [ours], &[expected]);
                }
            }
            ["resample"] => resample(&read(name, value)),
            ["time", "rolling", window, statistic, "left", "open"] => {
                let case: Resampling = read("resample", &all["resample"]);
                let window = Duration::from_secs(window.strip_suffix('s').unwrap().parse().unwrap());
                let said = in_time(&case, window, statistic);
                compare(name, said, &read::<Vec<Number>>(name, value));
            }
            ["hpfilter", lambda, "trend"] => {
                let trend = HodrickPrescott::new(lambda.parse().unwrap()).apply(&interpolated(&x)).unwrap();
                compare(name, trend.into_iter().map(Some), &read::<Vec<Number>>(name, value));
            }
            ["ffill"] => {
                // pandas leaves what is missing at the start.
                let start = x.iter().take_while(|x| x.is_nan()).count();
                let filled = Interpolation::last().apply(&x).unwrap().into_values();
                let filled = filled.into_iter().enumerate().map(|(i, x)| (i >= start).then_some(x));
                compare(name, filled, &read::<Vec<Number>>(name, value));
            }
            ["interpolate", "linear"] => {
                compare(name, interpolated(&x).into_iter().map(Some), &read::<Vec<Number>>(name, value));
            }
            ["interpolate", method @ ("pchip" | "akima" | "cubic")] | ["interpolate", method, "notaknot"] => {
                let method = match method {
                    "pchip" => InterpolationMethod::Monotone,
                    "akima" => InterpolationMethod::Akima,
                    _ => InterpolationMethod::Spline,
                };
                // scipy goes on with its cubics beyond the ends (or leaves them missing); here nothing is
                // said there.
                let inside =
                    |i: usize| x[..=i].iter().any(|x| !x.is_nan()) && x[i..].iter().any(|x| !x.is_nan());
                let filled = Interpolation::new(method).inside_only().apply(&x).unwrap().into_values();
                let mut expected: Vec<Number> = read(name, value);
                (0..x.len()).filter(|i| !inside(*i)).for_each(|i| expected[i] = Number(f64::NAN));
                compare(name, filled.into_iter().map(Some), &expected);
            }
            ["lowess", share, iterations] => {
                let z = interpolated(&x);
                let window = (share.parse::<f64>().unwrap() * z.len() as f64 + 1e-10) as usize;
                let iterations = iterations.strip_prefix("it").unwrap().parse().unwrap();
                let smooth = Loess::new(window).robust(iterations).apply(&z).unwrap();
                compare(name, smooth.into_iter().map(Some), &read::<Vec<Number>>(name, value));
            }
            // The cutoff in units of half a cycle.
            [butter, "sosfilt", cutoff] if butter.starts_with("butter") => {
                let order = butter["butter".len()..].parse().unwrap();
                let cutoff = cutoff.parse::<f64>().unwrap() / 2.0;
                let mut filter = Butterworth::low_pass(order, cutoff).from_rest().filter().unwrap();
                compare(name, filter.run(interpolated(&x)), &read::<Vec<Number>>(name, value));
            }
            ["savgol", window, degree] => {
                let filter = SavitzkyGolay::new(window.parse().unwrap(), degree.parse().unwrap());
                let smooth = filter.apply(&interpolated(&x)).unwrap();
                compare(name, smooth.into_iter().map(Some), &read::<Vec<Number>>(name, value));
            }
            ["medfilt", window] => {
                let half = window.parse::<usize>().unwrap() / 2;
                let filter = MedianFilter::new(half).edges(EdgeMode::Constant(0.0));
                let smooth = filter.apply(&interpolated(&x)).unwrap();
                compare(name, smooth.into_iter().map(Some), &read::<Vec<Number>>(name, value));
            }
            [diff] if diff.starts_with("diff") => {
                let lag: usize = diff["diff".len()..].parse().unwrap();
                let differences = Differencing::new(0).unwrap().with_season(1, lag).unwrap().apply(&x);
                let padded = vec![f64::NAN; lag].into_iter().chain(differences).map(Some);
                compare(name, padded, &read::<Vec<Number>>(name, value));
            }
            _ => panic!("{FILE} has a field `{name}` that is neither replayed nor listed as a gap"),
        }
        replayed += 1;
    }
    assert!(replayed > 0, "nothing was replayed");
    gaps.finish();
}

/// As pandas interpolates by default: lines inside, the last value after.
fn interpolated(x: &[f64]) -> Vec<f64> {
    let mut z = Interpolation::linear().apply(x).unwrap().into_values();
    let start = x.iter().take_while(|x| x.is_nan()).count();
    z[..start].fill(f64::NAN);
    z
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rolling {
    mean: Vec<Number>,
    std: Vec<Number>,
    median: Vec<Number>,
    q90: Vec<Number>,
    min: Vec<Number>,
    max: Vec<Number>,
    skew: Vec<Number>,
    kurt: Vec<Number>,
    sum: Vec<Number>,
    count: Vec<Number>,
}

fn rolling(name: &str, x: &[f64], window: usize, min_periods: usize, value: &Value) {
    let expected: Rolling = read(name, value);
    let mut stage = RollingMoments::builder(window).min_periods(min_periods).build().unwrap();
    let moments: Vec<_> = stage.run(x.iter().copied()).collect();
    let mut stage = RollingExtremes::builder(window).min_periods(min_periods).build().unwrap();
    let extremes: Vec<_> = stage.run(x.iter().copied()).collect();
    let of = |field: &str| format!("{name}.{field}");
    compare(&of("mean"), moments.iter().map(|m| Some(m.as_ref()?.mean())), &expected.mean);
    compare(&of("std"), moments.iter().map(|m| m.as_ref()?.sd()), &expected.std);
    compare(&of("sum"), moments.iter().map(|m| Some(m.as_ref()?.sum())), &expected.sum);
    // pandas' count asks for so many rows, observed or not.
    let mut stage = RollingMoments::builder(window).min_periods(1).build().unwrap();
    let counts = stage.run(x.iter().copied()).map(|m| m.map_or(0.0, |m| m.count() as f64));
    compare(
        &of("count"),
        counts.enumerate().map(|(i, n)| (i + 1 >= min_periods).then_some(n)),
        &expected.count,
    );
    compare(&of("min"), extremes.iter().map(|e| Some(e.as_ref()?.min())), &expected.min);
    compare(&of("max"), extremes.iter().map(|e| Some(e.as_ref()?.max())), &expected.max);
    // pandas gives equal values a skewness of 0 and a kurtosis of -3; here they have none.
    let flat = |i: usize| extremes[i].is_some_and(|e| e.span() == 0.0);
    let shape = |field: &str, tolerance, actual: Vec<Option<f64>>, expected: &[Number], of_flat: f64| {
        let filled = actual.into_iter().enumerate().map(|(i, g)| match g {
            None if flat(i) && expected[i].0 == of_flat => Some(of_flat),
            g => g,
        });
        within(tolerance, &of(field), filled, expected);
    };
    shape("skew", REL, moments.iter().map(|m| m.as_ref()?.skewness()).collect(), &expected.skew, 0.0);
    shape(
        "kurt",
        PANDAS_KURTOSIS,
        moments.iter().map(|m| m.as_ref()?.kurtosis()).collect(),
        &expected.kurt,
        -3.0,
    );
    for (field, p, expected) in [("median", 0.5, &expected.median), ("q90", 0.9, &expected.q90)] {
        let builder = RollingQuantile::builder(window).quantile(Quantile::new(p).unwrap());
        let mut stage = builder.min_periods(min_periods).build().unwrap();
        compare(&of(field), stage.run(x.iter().copied()), expected);
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WeightedValues {
    mean: Vec<Number>,
    var: Vec<Number>,
}

fn weighted(name: &str, x: &[f64], alpha: f64, adjust: &str, missing: &str, value: &Value) {
    let expected: WeightedValues = read(name, value);
    let builder =
        Ewm::builder(Decay::Alpha(alpha)).adjust(adjust == "adj").ignore_missing(missing == "ignore");
    let said: Vec<_> = builder.build().unwrap().run(x.iter().copied()).collect();
    compare(&format!("{name}.mean"), said.iter().map(|w| Some(w.as_ref()?.mean())), &expected.mean);
    compare(&format!("{name}.var"), said.iter().map(|w| w.as_ref()?.variance()), &expected.var);
}

/// The probabilities at which the file has quantiles.
const AT: [f64; 6] = [0.01, 0.1, 0.25, 0.5, 0.9, 0.99];

fn quantiles(x: &[f64], value: &Value) {
    let by_type: BTreeMap<String, Vec<Number>> = read("quantiles", value);
    for (name, expected) in by_type {
        let number: u8 = name.strip_prefix("type").and_then(|n| n.parse().ok()).unwrap();
        let definition = QuantileDefinition::try_from(number).unwrap();
        let actual = AT.map(|p| Quantile::new(p).unwrap().definition(definition).of(x));
        compare(&name, actual, &expected);
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cross {
    a: Vec<Number>,
    b: Vec<Number>,
    ccf: Vec<Number>,
}

fn cross(case: &Cross) {
    let ours = cross_correlation(&values(&case.a), &values(&case.b), case.ccf.len() - 1).unwrap();
    compare("ccf", ours.into_iter().map(Some), &case.ccf);
}

#[derive(Deserialize)]
struct Resampling {
    t_ms: Vec<i64>,
    v: Vec<Number>,
    #[serde(flatten)]
    by_rule: BTreeMap<String, Buckets>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Buckets {
    bucket_ms: Vec<i64>,
    count: Vec<Number>,
    mean: Vec<Number>,
    min: Vec<Number>,
    max: Vec<Number>,
    first: Vec<Number>,
    last: Vec<Number>,
    sum: Vec<Number>,
}

impl Resampling {
    fn samples(&self) -> impl Iterator<Item = At<f64>> {
        self.t_ms.iter().zip(&self.v).map(|(t, v)| At::new(Timestamp::from_millis(*t), v.0))
    }
}

fn in_time(case: &Resampling, window: Duration, statistic: &str) -> Vec<Option<f64>> {
    let samples = || case.samples();
    let room = case.t_ms.len();
    let moments = || TimeMoments::builder(window, room).build().unwrap();
    let extremes = || TimeExtremes::builder(window, room).build().unwrap();
    match statistic {
        "mean" => moments().run(samples()).map(|m| Some(m?.mean())).collect(),
        "sum" => moments().run(samples()).map(|m| Some(m?.sum())).collect(),
        "var" => moments().run(samples()).map(|m| m?.variance()).collect(),
        "std" => moments().run(samples()).map(|m| m?.sd()).collect(),
        "min" => extremes().run(samples()).map(|e| Some(e?.min())).collect(),
        "max" => extremes().run(samples()).map(|e| Some(e?.max())).collect(),
        "median" => TimeQuantile::builder(window, room).build().unwrap().run(samples()).collect(),
        other => panic!("{FILE} has a statistic `{other}` of windows by time that is not replayed"),
    }
}

fn resample(case: &Resampling) {
    let samples = || case.samples();
    for (rule, expected) in &case.by_rule {
        let (minutes, side) = rule.split_once("min_").unwrap();
        let step = Duration::from_secs(60 * minutes.parse::<u64>().unwrap());
        for (aggregate, values) in [
            (Aggregate::Count, &expected.count),
            (Aggregate::Mean, &expected.mean),
            (Aggregate::Min, &expected.min),
            (Aggregate::Max, &expected.max),
            (Aggregate::First, &expected.first),
            (Aggregate::Last, &expected.last),
            (Aggregate::Sum, &expected.sum),
        ] {
            let resample = Resample::new(step, aggregate).unwrap();
            let resample = if side == "right" { resample.closed_at_end() } else { resample };
            let series = resample.apply(samples()).unwrap().into_series();
            let times: Vec<i64> = series.iter().map(|x| x.time.as_nanos() / 1_000_000).collect();
            assert_eq!(times, expected.bucket_ms, "{rule}");
            compare(
                &format!("resample.{rule}.{aggregate:?}"),
                series.values().iter().copied().map(Some),
                values,
            );
        }
    }
}
