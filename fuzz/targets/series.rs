//! Building a series from hostile samples: an error, or a series that keeps its promises, whatever the order
//! of the samples.

#![no_main]

use core::time::Duration;
use evenkeel::prelude::{At, Timestamp};
use evenkeel::series::clean::{Quality, Samples};
use evenkeel::series::correlation::AutoregressiveSpectrum;
use evenkeel::series::denoise::{Butterworth, MedianFilter, SavitzkyGolay};
use evenkeel::series::hypothesis_tests::Ocsb;
use evenkeel::series::{Aggregate, Align, Resample};

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
    let _ = Quality::new().check(&samples);
    let (first, second) = samples.split_at(samples.len() / 2);
    let sources = [
        Samples::new(first),
        Samples::new(second).aggregate(aggregate).clock_ahead(Duration::from_nanos(step)),
    ];
    for align in
        [Align::new(), Align::new().overlap(), Align::new().step(Duration::from_nanos(step)).closed_at_end()]
    {
        if let Ok(aligned) = align.max_cells(1000).apply(&sources) {
            assert!(aligned.len() <= 1000 && aligned.complete() <= aligned.len());
            assert!(aligned.series().iter().all(|one| one.series().len() == aligned.len()));
        }
    }
    let values: Vec<f64> = samples.iter().map(|x| x.value).collect();
    let smooth = [
        SavitzkyGolay::new(5, 2).apply(&values),
        Butterworth::band_pass(2, 0.05, 0.3).apply(&values),
        MedianFilter::new(2).apply(&values),
    ];
    for smooth in smooth.into_iter().flatten() {
        assert!(smooth.len() == values.len() && smooth.iter().all(|x| x.is_nan() || x.is_finite()));
    }
    assert!(!Ocsb::new(3).statistic(&values).is_ok_and(f64::is_nan));
    let _ = AutoregressiveSpectrum::dominant_period(&values, 10.0);
    let Ok(resampled) = resample.apply(samples.iter().copied()) else { return };
    let series = resampled.series();
    assert!(series.len() <= 10_000);
    assert_eq!(series.iter().count(), series.len());
    assert!(series.values().iter().all(|x| x.is_nan() || x.is_finite()));
    if let Some(first) = series.iter().next() {
        assert_eq!(series.index(first.time), Some(0));
    }
});
