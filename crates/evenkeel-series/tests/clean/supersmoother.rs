//! The supersmoother, which is private: its file is compiled into the tests.

#[path = "../../src/clean/repair/supersmoother.rs"]
mod source;

use source::{Lines, SPANS, supersmooth};

#[test]
fn running_sums_are_the_sums() {
    let y: Vec<f64> = (0..500).map(|i| f64::from(i * i % 97) + 1e3).collect();
    for span in SPANS {
        let lines = Lines::new(y.len(), span);
        let smooth = lines.smooth(&y);
        for (i, smooth) in smooth.iter().enumerate() {
            let first = lines.first(i);
            let window = &y[first..first + lines.length];
            let mean = window.iter().sum::<f64>() / window.len() as f64;
            let center = 0.5 * (window.len() - 1) as f64;
            let moment: f64 = window.iter().enumerate().map(|(k, y)| (k as f64 - center) * (y - mean)).sum();
            let fit = mean + moment / lines.spread() * lines.off_center(i);
            assert!((fit - smooth).abs() < 1e-9, "{i}: {fit} {smooth}");
        }
    }
}

#[test]
fn lines_stay_lines() {
    for n in 1..60 {
        let line: Vec<f64> = (0..n).map(|i| 3.0 - 0.5 * f64::from(i)).collect();
        let smooth = supersmooth(&line);
        assert!(line.iter().zip(&smooth).all(|(a, b)| (a - b).abs() < 1e-9), "{n}: {smooth:?}");
    }
}
