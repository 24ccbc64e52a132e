//! Building a series from hostile samples: an error, or a series that keeps its promises, whatever the order of the samples.

#![no_main]

use core::time::Duration;
use evenkeel::prelude::{At, Timestamp};
use evenkeel::series::{Aggregate, Resample};

libfuzzer_sys::fuzz_target!(|input: (u64, u8, Vec<(i64, f64)>)| {
    let (step, aggregate, samples) = input;
    let aggregate = [
        Aggregate::Mean,
        Aggregate::Sum,
        Aggregate::Last,
        Aggregate::Min,
        Aggregate::Max,
        Aggregate::Count,
        Aggregate::Rate,
    ][usize::from(aggregate % 7)];
    let Ok(resample) = Resample::new(Duration::from_nanos(step), aggregate) else { return };
    let resample = resample.max_cells(10_000);
    let samples: Vec<At<f64>> =
        samples.into_iter().map(|(t, x)| At::new(Timestamp::from_nanos(t), x)).collect();
    let Ok(resampled) = resample.run(samples.iter().copied()) else { return };
    let series = resampled.series();
    assert!(series.len() <= 10_000);
    assert_eq!(series.iter().count(), series.len());
    assert!(series.values().iter().all(|x| x.is_nan() || x.is_finite()));
    if let Some(first) = series.iter().next() {
        assert_eq!(series.index(first.time), Some(0));
    }
});
