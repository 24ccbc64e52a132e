//! Instructions of one update, which repeat exactly where times do not.
//!
//! `cargo bench --bench instructions` runs itself once for each case under `valgrind --tool=callgrind`, which
//! collects inside of `measured` alone, and prints a table. Needs valgrind on the path. `-- WORD` runs the
//! cases whose name contains WORD.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program speaks to people")]
#![expect(clippy::unwrap_used, reason = "settings are known to be valid")]

use core::hint::black_box;
use core::time::Duration;
use evenkeel::detect::adapt::{Univariate, ValueAsScore};
use evenkeel::detect::change::{Bocpd, Focus, NormalGamma};
use evenkeel::detect::chart::{EwmaChart, PageHinkley, Shewhart};
use evenkeel::detect::multivariate::RandomCutForest;
use evenkeel::detect::{Alarm, Cusum, Dspot, Spot, Surprise};
use evenkeel::models::Arima;
use evenkeel::models::arima::ArimaParameters;
use evenkeel::models::simple_smoothing::SimpleSmoothing;
use evenkeel::prelude::{At, Fit, Forecaster, Prediction, Stage, Timed, Timestamp};
use evenkeel::series::rolling::{Decay, RollingExtremes};
use evenkeel::series::segmentation::{Cost, Pelt};
use evenkeel::series::{Ewm, Mstl, RollingMoments, Stl};
use evenkeel_benches::{arima_212, changing, noise, seasonal};
use std::env;
use std::process::{Command, ExitCode};

/// Everything between here and its return is counted.
#[inline(never)]
fn measured(work: &mut dyn FnMut()) {
    work();
}

const N: usize = 2_000;

/// Counts updates of a stage in its steady state.
fn updates<S: Stage<f64>>(stage: S) {
    updates_on(stage, &noise(5 * N));
}

/// Counts updates by the last `N` values of a stream.
fn updates_on<S: Stage<f64>>(mut stage: S, stream: &[f64]) {
    let (before, stream) = stream.split_at(stream.len() - N);
    stage.run(before.iter().copied()).for_each(drop);
    measured(&mut || {
        for x in stream {
            black_box(stage.update(*x));
        }
    });
}

fn bocpd() -> Bocpd<NormalGamma> {
    Bocpd::builder(NormalGamma::new(0.0, 0.01, 1.0, 1.0), 250.0).build().unwrap()
}

/// A case: its name, what it is divided by, the work.
type Case = (&'static str, usize, fn());

const CASES: &[Case] = &[
    ("EWMA chart, update", N, || updates(EwmaChart::builder(0.0, 1.0).build().unwrap())),
    ("CUSUM, update", N, || updates(Cusum::builder(0.0, 1.0).build().unwrap())),
    ("Shewhart chart, update", N, || updates(Shewhart::new(0.0, 1.0).unwrap())),
    ("Page-Hinkley, update", N, || updates(PageHinkley::builder().build().unwrap())),
    ("FOCuS, update", N, || updates(Focus::builder(0.0, 1.0).build().unwrap())),
    ("FOCuS, unknown mean, update", N, || updates(Focus::unknown(1.0).build().unwrap())),
    ("BOCPD, update", N, || updates(bocpd())),
    ("BOCPD, mean changes every 100 values, update", N, || updates_on(bocpd(), &changing(5 * N))),
    ("SPOT, update", N, || updates(ValueAsScore.then(Spot::builder(1e-3).build().unwrap()))),
    ("DSPOT, update", N, || updates(Dspot::builder(1e-3).build().unwrap())),
    ("random cut forest, 50 trees of 256, shingle 8, update", N, || {
        updates(Univariate(RandomCutForest::builder(1).build().unwrap()));
    }),
    ("rolling moments of 288, update", N, || updates(RollingMoments::builder(288).build().unwrap())),
    ("rolling extremes of 288, update", N, || updates(RollingExtremes::builder(288).build().unwrap())),
    ("exponentially weighted, update", N, || updates(Ewm::builder(Decay::Alpha(0.1)).build().unwrap())),
    ("simple smoothing, update", N, || updates(SimpleSmoothing::new().fit(&arima_212(500)).unwrap())),
    ("ARIMA(2,1,2), update", N, || updates(Arima::new(2, 1, 2).fit(&arima_212(500)).unwrap())),
    ("ARIMA(2,1,2), surprise, update", N, || {
        updates(Surprise::new(Arima::new(2, 1, 2).fit(&arima_212(500)).unwrap()));
    }),
    ("ARIMA(2,1,2), surprise, SPOT, alarm, update", N, || {
        let spot = Spot::builder(1e-3).build().unwrap();
        let model = Arima::new(2, 1, 2).fit(&arima_212(500)).unwrap();
        let mut line = Timed(Surprise::new(model).then(spot)).then(Alarm::builder(1e-3).build().unwrap());
        let at = |i: usize| Timestamp::EPOCH + Duration::from_secs(60) * u32::try_from(i).unwrap();
        let stream: Vec<At<f64>> = noise(5 * N).iter().enumerate().map(|(i, x)| At::new(at(i), *x)).collect();
        line.run(stream[..4 * N].iter().copied()).for_each(drop);
        measured(&mut || {
            for x in &stream[4 * N..] {
                black_box(line.update(*x));
            }
        });
    }),
    ("ARIMA(2,1,2), exact likelihood of 960", 1, || {
        let mut likelihood = Arima::new(2, 1, 2).likelihood(&arima_212(960)).unwrap();
        let parameters = ArimaParameters::new([1.2, -0.5], [0.4, 0.2]);
        likelihood.log_likelihood(&parameters).unwrap();
        measured(&mut || {
            black_box(likelihood.log_likelihood(black_box(&parameters))).unwrap();
        });
    }),
    ("ARIMA(2,1,2), fit of 960", 1, || {
        let history = arima_212(960);
        measured(&mut || {
            black_box(Arima::new(2, 1, 2).fit(black_box(&history))).unwrap();
        });
    }),
    ("ARIMA(2,1,2), forecast of 1440", 1, || {
        let model = Arima::new(2, 1, 2).fit(&arima_212(960)).unwrap();
        let mut day = vec![Prediction::default(); 1440];
        measured(&mut || {
            black_box(model.forecast_into(black_box(&mut day)));
        });
    }),
    ("STL of 288, 10,000 values", 1, || {
        let values = seasonal(10_000, 288);
        measured(&mut || {
            let _ = black_box(Stl::new(288).fit(black_box(&values))).unwrap();
        });
    }),
    ("STL of 288, robust, 10,000 values", 1, || {
        let values = seasonal(10_000, 288);
        measured(&mut || {
            let _ = black_box(Stl::new(288).robust().fit(black_box(&values))).unwrap();
        });
    }),
    ("MSTL of 24 and 168, 2,000 values", 1, || {
        let values = seasonal(2_000, 24);
        measured(&mut || {
            let _ = black_box(Mstl::new([24, 168]).fit(black_box(&values))).unwrap();
        });
    }),
    ("PELT, squares, 2,000 values without a change", 1, || {
        let values = noise(2_000);
        measured(&mut || {
            black_box(Pelt::new(Cost::L2).fit(black_box(&values))).unwrap();
        });
    }),
];

/// Runs this program for one case under callgrind and reads how many instructions it collected.
fn count(name: &str) -> Result<u64, String> {
    let program = env::current_exe().map_err(|e| e.to_string())?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--toggle-collect=*measured*", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args(["--case", name])
        .output()
        .map_err(|e| format!("valgrind: {e}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    let collected = said.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok());
    collected.ok_or_else(|| format!("valgrind counted nothing: {said}"))
}

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let Some(i) = arguments.iter().position(|a| a == "--case") {
        return match CASES.iter().find(|(name, ..)| arguments.get(i + 1).is_some_and(|a| a == name)) {
            Some((_, _, work)) => {
                work();
                ExitCode::SUCCESS
            }
            None => ExitCode::from(2),
        };
    }
    if arguments.iter().any(|a| a == "--test") {
        CASES.iter().for_each(|(_, _, work)| work());
        println!("{} cases run", CASES.len());
        return ExitCode::SUCCESS;
    }
    // What cargo passes begins with two dashes.
    let words: Vec<&String> = arguments.iter().filter(|a| !a.starts_with("--")).collect();
    let wanted = |name: &str| words.is_empty() || words.iter().any(|word| name.contains(word.as_str()));
    for (name, divisor, _) in CASES.iter().filter(|(name, ..)| wanted(name)) {
        match count(name) {
            Ok(instructions) => println!("{:>12.1}  {name}", instructions as f64 / *divisor as f64),
            Err(why) => {
                eprintln!("{name}: {why}");
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}
