//! Every streaming type on hostile streams: no panic, finite outputs, and a snapshot in the middle changes nothing.

#![no_main]

use core::fmt::Debug;
use core::time::Duration;
use evenkeel::core::{Snapshot, restore};
use evenkeel::detect::{Alarm, Cusum, Dspot, EwmaChart, Identity, Innovations, Spot, Surprise, Tails};
use evenkeel::models::{Arima, ArimaModel, SimpleSmoothing, SimpleSmoothingModel};
use evenkeel::prelude::{At, Fit, Stage, Timed, Timestamp};
use evenkeel::series::{Decay, Ewm, RollingExtremes, RollingMoments};
use std::sync::OnceLock;

/// A history to fit models to, once.
fn history() -> Vec<f64> {
    (0..200_u64).map(|i| 10.0 + (i.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40) as f64 / 1e6).collect()
}

fn arima() -> ArimaModel {
    static MODEL: OnceLock<ArimaModel> = OnceLock::new();
    MODEL.get_or_init(|| Arima::new(2, 1, 1).fit(&history()).expect("a plain history")).clone()
}

fn smoothing() -> SimpleSmoothingModel {
    static MODEL: OnceLock<SimpleSmoothingModel> = OnceLock::new();
    MODEL.get_or_init(|| SimpleSmoothing::new().fit(&history()).expect("a plain history")).clone()
}

/// Runs the stream with and without a snapshot at `cut`; whatever is said must be the same and hold no NaN and no infinity.
fn drive<X: Copy, S>(mut stage: S, stream: &[X], cut: usize)
where
    S: Stage<X> + Snapshot + Clone,
    S::Output: Debug,
{
    let mut other = stage.clone();
    for (i, x) in stream.iter().enumerate() {
        if i == cut {
            let bytes = postcard::to_allocvec(&other.snapshot()).expect("a state can be written");
            other = restore(&mut postcard::Deserializer::from_bytes(&bytes)).expect("what was written can be read");
        }
        let (a, b) = (format!("{:?}", stage.update(*x)), format!("{:?}", other.update(*x)));
        assert_eq!(a, b);
        assert!(!a.contains("NaN") && !a.contains("inf"), "{a}");
    }
}

libfuzzer_sys::fuzz_target!(|input: (u8, u8, Vec<(i64, f64)>)| {
    let (which, cut, stream) = input;
    let values: Vec<f64> = stream.iter().map(|(_, x)| *x).collect();
    let timed: Vec<At<f64>> = stream.iter().map(|(t, x)| At::new(Timestamp::from_nanos(*t), *x)).collect();
    let cut = usize::from(cut);
    let spot = || Spot::builder(1e-2).calibration(10).level(0.8).max_peaks(8);
    match which % 13 {
        0 => drive(EwmaChart::builder(0.0, 1.0).build().unwrap(), &values, cut),
        1 => drive(Cusum::builder(0.0, 1.0).build().unwrap(), &values, cut),
        2 => drive(Identity.then(spot().build().unwrap()), &values, cut),
        3 => drive(Identity.then(spot().tails(Tails::Both).build().unwrap()), &values, cut),
        4 => drive(Dspot::builder(1e-2).depth(3).calibration(10).level(0.8).max_peaks(8).build().unwrap(), &values, cut),
        5 => drive(arima(), &values, cut),
        6 => drive(smoothing(), &values, cut),
        7 => drive(Surprise::new(arima()), &values, cut),
        8 => drive(Innovations::new(smoothing()), &values, cut),
        9 => drive(RollingMoments::builder(5).build().unwrap(), &values, cut),
        10 => drive(RollingExtremes::builder(5).build().unwrap(), &values, cut),
        11 => drive(Ewm::builder(Decay::Alpha(0.3)).build().unwrap(), &values, cut),
        _ => {
            let seconds = |s| Duration::from_secs(s);
            let alarm = Alarm::builder(1e-2).min_duration(seconds(1)).clear_after(seconds(2)).refractory(seconds(5)).max_gap(seconds(9));
            let line = Timed(Surprise::new(arima()).then(spot().build().unwrap())).then(alarm.build().unwrap());
            drive(line, &timed, cut);
        }
    }
});
