use crate::stream::normal;
use core::f64::consts::TAU;
use evenkeel_core::{Error, Stage};
use evenkeel_detect::outlier::{Saliency, SpectralResidual};
use proptest::prelude::*;

type Complex = (f64, f64);

/// The transform by its definition.
fn transform(x: &[Complex], sign: f64) -> Vec<Complex> {
    let n = x.len();
    let at = |k: usize| {
        x.iter().enumerate().fold((0.0, 0.0), |(re, im), (t, (a, b))| {
            let (s, c) = (sign * TAU * (k * t % n) as f64 / n as f64).sin_cos();
            (re + a * c - b * s, im + a * s + b * c)
        })
    };
    (0..n).map(at).collect()
}

/// The saliency, step by step as the paper has it.
fn plain(series: &[f64], width: usize) -> Vec<f64> {
    let n = series.len();
    let spectrum = transform(&series.iter().map(|x| (*x, 0.0)).collect::<Vec<_>>(), -1.0);
    let magnitudes: Vec<f64> = spectrum.iter().map(|(re, im)| re.hypot(*im)).collect();
    let logarithms: Vec<f64> = magnitudes.iter().map(|m| if *m > 1e-8 { m.ln() } else { 0.0 }).collect();
    let residual = |k: usize| {
        let some = &logarithms[(k + 1).saturating_sub(width)..=k];
        logarithms[k] - some.iter().sum::<f64>() / some.len() as f64
    };
    let turned: Vec<Complex> = (0..n)
        .map(|k| {
            let gain = if magnitudes[k] > 1e-8 { residual(k).exp() / magnitudes[k] } else { 0.0 };
            (spectrum[k].0 * gain, spectrum[k].1 * gain)
        })
        .collect();
    transform(&turned, 1.0).iter().map(|(re, im)| re.hypot(*im) / n as f64).collect()
}

proptest! {
    #[test]
    fn it_is_what_the_paper_says(
        series in prop::collection::vec(-10.0..10.0, 1..70),
        width in 1_usize..9,
    ) {
        let mut kernel = Saliency::new();
        let ours = kernel.trailing(&series, width).unwrap().to_vec();
        let theirs = plain(&series, width);
        let scale = theirs.iter().fold(0.0, |m: f64, x| m.max(*x));
        prop_assert_eq!(ours.len(), theirs.len());
        for (a, b) in ours.iter().zip(&theirs) {
            prop_assert!((a - b).abs() < 1e-8 * scale, "{a} {b}");
        }
        let at = series.len() - 1;
        let mean = ours[at.saturating_sub(4)..].iter().sum::<f64>() / ours.len().min(5) as f64;
        prop_assert!((kernel.excess(at, 5).unwrap() - (ours[at] - mean) / mean.max(1e-8)).abs() < 1e-9);
    }

    /// Level, unit and sign of the values mean nothing.
    #[test]
    fn it_is_invariant(seed in 0_u64..1_000, by in prop_oneof![Just(-1.0), Just(1e6)], to in -100.0..100.0) {
        let run = |by: f64, to: f64| -> Vec<f64> {
            let mut detector = SpectralResidual::builder().window(40).build().unwrap();
            normal(seed).take(60).filter_map(|x| detector.update(x * by + to)).map(|s| s.value()).collect()
        };
        let (one, other) = (run(1.0, 0.0), run(by, to));
        prop_assert!(one.len() == 26);
        for (a, b) in one.iter().zip(&other) {
            prop_assert!((a - b).abs() < 1e-6 * (1.0 + a.abs()), "{a} {b}");
        }
    }
}

/// The stage scores the last value by the kernel, on a window that is continued by the guess.
#[test]
fn the_stage_is_the_kernel_on_a_continued_window() {
    let values: Vec<f64> = normal(8).take(100).collect();
    let mut detector = SpectralResidual::builder().window(32).extension(4).build().unwrap();
    for (t, x) in values.iter().enumerate() {
        let Some(score) = detector.update(*x) else {
            assert!(t < 27);
            continue;
        };
        let window = &values[t - 27..=t];
        let mean = window.iter().sum::<f64>() / 28.0;
        let largest = window.iter().fold(0.0, |m: f64, x| m.max((x - mean).abs()));
        let mut scaled: Vec<f64> = window.iter().map(|x| (x - mean) / largest).collect();
        // x(n - 4) + 5 * the mean slope from there and nearer to x(n), of the values before the newest.
        let n = 26;
        let slopes: f64 = (1..=5).map(|i| (scaled[n] - scaled[n - i]) / i as f64).sum();
        let guess = scaled[n - 4] + slopes;
        scaled.extend([guess; 4]);
        let mut kernel = Saliency::new();
        kernel.trailing(&scaled, 3).unwrap();
        assert!((score.value() - kernel.excess(27, 21).unwrap()).abs() < 1e-9);
    }
}

#[test]
fn constants_and_gaps_are_survived() {
    let mut detector = SpectralResidual::builder().window(16).extension(0).build().unwrap();
    for t in 0..40 {
        let score = detector.update(5.0);
        assert_eq!(score.map(|s| s.value()), (t >= 15).then_some(0.0));
    }
    assert!(detector.update(f64::NAN).is_none());
    assert!(detector.update(6.0).unwrap().value() > 1.0);
}

#[test]
fn settings_and_series_are_validated() {
    let builder = SpectralResidual::builder();
    for (builder, name) in [
        (builder.window(15), "window"),
        (builder.window(65_537), "window"),
        (builder.spectrum_width(0), "spectrum_width"),
        (builder.spectrum_width(1_000_001), "spectrum_width"),
        (builder.score_width(0), "score_width"),
        (builder.extension(129), "extension"),
    ] {
        let refused = builder.build().unwrap_err();
        assert!(matches!(refused, Error::Parameter { name: n, .. } if n == name), "{name}: {refused}");
    }
    let mut kernel = Saliency::new();
    assert_eq!(kernel.trailing(&[], 3), Err(Error::TooShort { needed: 1, got: 0 }));
    assert_eq!(kernel.trailing(&[1.0, f64::NAN], 3), Err(Error::Missing { at: 1 }));
    assert!(kernel.trailing(&[1.0], 0).is_err());
    assert_eq!(kernel.centered(&[1.0, 2.0]), Err(Error::TooShort { needed: 3, got: 2 }));
    assert!(kernel.centered(&[1.0, 1.0, 1.0]).is_err());
    assert!(kernel.excess(5, 1).is_none());
}
