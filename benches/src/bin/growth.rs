//! How time grows with the length of a series: `cargo run --release -p evenkeel-benches --bin growth` prints
//! one table.

#![expect(clippy::print_stdout, reason = "a program speaks")]

use core::hint::black_box;
use evenkeel::models::decomposed::Decomposed;
use evenkeel::models::simple_smoothing::SimpleSmoothing;
use evenkeel::models::theta::{Theta, ThetaKind};
use evenkeel::models::{Arima, Auto, AutoArima, AutoEts, SparseAr};
use evenkeel::prelude::Fit;
use evenkeel::series::segmentation::{Cost, Pelt};
use evenkeel::series::spectral::Spectral;
use evenkeel::series::{Mstl, Segmentation, Stl};
use evenkeel_benches::{arima_212, seasonal};
use std::error::Error;
use std::time::Instant;

const LENGTHS: [usize; 3] = [1_000, 10_000, 100_000];

/// A name, what its documentation says of it, and the work on a series with a season of 24.
type Work = (&'static str, &'static str, fn(&[f64]) -> Result<(), Box<dyn Error>>);

fn done<T>(result: Result<T, evenkeel::Error>) -> Result<(), Box<dyn Error>> {
    black_box(result?);
    Ok(())
}

const WORKS: &[Work] = &[
    ("simple smoothing", "n", |y| done(SimpleSmoothing::new().fit(y))),
    ("ARIMA(2,1,2)", "n", |y| done(Arima::new(2, 1, 2).fit(y))),
    ("ARIMA(2,0,1)(0,1,1) of 24", "n", |y| done(Arima::new(2, 0, 1).seasonal(0, 1, 1, 24).fit(y))),
    ("AutoArima", "n", |y| done(AutoArima::new().fit(y))),
    ("AutoEts of 24", "n", |y| done(AutoEts::new(24).fit(y))),
    ("DOTM of 24", "n", |y| done(Theta::new(ThetaKind::DynamicOptimized, 24).fit(y))),
    ("SparseAr", "n log n", |y| done(SparseAr::new().fit(y))),
    ("MSTL of 24 and 168 with ETS", "n", |y| done(Decomposed::mstl([24, 168], AutoEts::new(1)).fit(y))),
    ("Auto", "n log n", |y| done(Auto::new().fit(y))),
    ("STL of 24, robust", "n", |y| done(Stl::new(24).robust().fit(y))),
    ("MSTL of 24 and 168", "n", |y| done(Mstl::new([24, 168]).fit(y))),
    ("autocorrelations, 1,000", "n log n", |y| {
        done(Spectral::new().autocorrelation(y, 1_000.min(y.len() - 1)))
    }),
    ("PELT, squares, a season's changes", "n to n²", |y| done(Pelt::new(Cost::L2).fit(y))),
    ("segmentation without settings", "n to n²", |y| done(Segmentation::new().fit(y))),
];

/// The least seconds of three calls.
fn seconds(mut work: impl FnMut() -> Result<(), Box<dyn Error>>) -> Result<f64, Box<dyn Error>> {
    let mut best = f64::INFINITY;
    for _ in 0..3 {
        let started = Instant::now();
        work()?;
        best = best.min(started.elapsed().as_secs_f64());
        if best > 10.0 {
            break;
        }
    }
    Ok(best)
}

fn shown(seconds: f64) -> String {
    match seconds {
        s if s < 1e-3 => format!("{:.0} µs", s * 1e6),
        s if s < 1.0 => format!("{:.1} ms", s * 1e3),
        s => format!("{s:.2} s"),
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    println!(
        "| work | documented | n = 1,000 | 10,000 | 100,000 | exponent |\n| --- | --- | --- | --- | --- | --- |"
    );
    for (name, documented, work) in WORKS {
        let mut times = Vec::new();
        for n in LENGTHS {
            let season = seasonal(n, 24);
            let wander = arima_212(n);
            let y: Vec<f64> = season.iter().zip(wander).map(|(a, b)| a + 0.1 * b).collect();
            times.push(seconds(|| work(black_box(&y)))?);
        }
        let exponent = (times[2] / times[1]).log10();
        let cells: Vec<String> = times.iter().map(|t| shown(*t)).collect();
        println!("| {name} | {documented} | {} | {exponent:.2} |", cells.join(" | "));
    }
    Ok(())
}
