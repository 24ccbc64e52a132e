//! Limits that decide once in a round trip.

use core::time::Duration;
use evenkeel_core::Stage;
use evenkeel_experience::traffic::{ConcurrencyLimit, RequestSample, Windowed};

/// Keeps what it is told.
#[derive(Debug, Clone, Default)]
struct Recorder(Vec<RequestSample>);

impl ConcurrencyLimit for Recorder {
    fn limit(&self) -> u32 {
        5
    }
}

impl Stage<RequestSample> for Recorder {
    type Output = u32;

    fn update(&mut self, sample: RequestSample) -> Option<u32> {
        self.0.push(sample);
        Some(5)
    }

    fn reset(&mut self) {
        self.0.clear();
    }
}

fn sample(ms: u64, in_flight: u32, dropped: bool) -> RequestSample {
    RequestSample { round_trip: Duration::from_millis(ms), in_flight, dropped }
}

#[test]
fn a_window_is_one_sample() {
    let mut mean = Windowed::mean(Recorder::default(), 1).unwrap();
    let mut median = Windowed::quantile(Recorder::default(), 4, 0.5).unwrap();
    let mut largest = Windowed::quantile(Recorder::default(), 5, 1.0).unwrap();
    // As many samples as the limit, though one would be enough.
    for (i, ms) in [50, 10, 40, 20, 30].into_iter().enumerate() {
        let in_flight = i as u32 + 1;
        for limit in [&mut mean, &mut median, &mut largest] {
            assert_eq!(limit.update(sample(ms, in_flight, false)), Some(5));
        }
    }
    assert_eq!(mean.algorithm().0, [sample(30, 5, false)]);
    assert_eq!(median.algorithm().0, [sample(30, 5, false)]);
    assert_eq!(largest.algorithm().0, [sample(50, 5, false)]);
}

#[test]
fn what_was_in_flight_at_a_decision_teaches_nothing() {
    let mut limit = Windowed::mean(Recorder::default(), 5).unwrap();
    limit.run([sample(10, 7, false); 5]).for_each(drop);
    limit.run([sample(999, 7, true); 5]).for_each(drop);
    limit.run([sample(20, 3, false); 5]).for_each(drop);
    assert_eq!(limit.algorithm().0, [sample(10, 7, false), sample(20, 3, false)]);
    limit.reset();
    limit.run([sample(30, 1, false); 5]).for_each(drop);
    assert_eq!(limit.algorithm().0, [sample(30, 1, false)]);
}

#[test]
fn a_drop_counts_and_its_time_does_not() {
    let mut limit = Windowed::quantile(Recorder::default(), 5, 0.9).unwrap();
    limit.run([10, 10, 10, 10].map(|ms| sample(ms, 0, false))).for_each(drop);
    limit.update(sample(5_000, 0, true));
    limit.run([sample(5_000, 0, true); 5]).for_each(drop);
    assert_eq!(limit.algorithm().0, [sample(10, 0, true), sample(5_000, 0, true)]);
}

#[test]
fn settings_out_of_range() {
    let limit = Recorder::default;
    assert!(Windowed::mean(limit(), 0).is_err() && Windowed::mean(limit(), 1_001).is_err());
    assert!(Windowed::quantile(limit(), 10, 0.0).is_err() && Windowed::quantile(limit(), 10, 1.1).is_err());
    assert!(Windowed::quantile(limit(), 10, f64::NAN).is_err());
}
