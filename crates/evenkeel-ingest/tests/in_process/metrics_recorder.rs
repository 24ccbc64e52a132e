//! The recorder under many threads, many names and odd values.

use evenkeel_core::Timestamp;
use evenkeel_ingest::in_process::{MetricsReader, MetricsRecorder, Readings};
use evenkeel_ingest::{FindingKind, SeriesKind};
use metrics::{counter, gauge, histogram, with_local_recorder};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

fn at(second: i64) -> Timestamp {
    Timestamp::from_seconds(second)
}

fn recorder(max_series: usize) -> (MetricsRecorder, MetricsReader) {
    MetricsRecorder::new(at(0), max_series).unwrap()
}

/// Amounts and levels by labels; each must occur once.
fn values(readings: &Readings) -> BTreeMap<String, f64> {
    let mut all = BTreeMap::new();
    for series in &readings.series {
        assert_eq!(series.samples.len(), 1);
        assert_eq!(series.samples[0].time, readings.until);
        let start = (series.kind == SeriesKind::Delta).then_some(readings.since);
        assert_eq!(series.samples[0].start, start);
        assert_eq!(all.insert(series.labels.to_string(), series.samples[0].value), None, "{}", series.labels);
    }
    all
}

#[test]
fn nothing_is_lost_under_eight_threads() {
    const THREADS: usize = 8;
    const ROUNDS: u64 = 20_000;
    let (recorder, mut reader) = recorder(20);
    let (mut sums, mut findings) = (BTreeMap::<String, f64>::new(), 0);
    let mut recorded = 0.0;
    let running = AtomicUsize::new(THREADS);
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (recorder, running) = (&recorder, &running);
            scope.spawn(move || {
                with_local_recorder(recorder, || {
                    let kept = counter!("kept_total");
                    for i in 0..ROUNDS {
                        kept.increment(3);
                        // Ten series fit beside those that others take; which do is chance.
                        counter!("labelled_total", "key" => ((i * 7 + thread as u64) % 40).to_string())
                            .increment(1);
                        histogram!("size").record((i % 100) as f64);
                    }
                });
                running.fetch_sub(1, Ordering::Release);
            });
        }
        // Read while they count.
        let mut second = 0;
        loop {
            let is_over = running.load(Ordering::Acquire) == 0;
            second += 1;
            let readings = reader.read(at(second));
            for (name, value) in values(&readings) {
                if !name.starts_with("size_mean") {
                    *sums.entry(name).or_default() += value;
                }
            }
            for one in &readings.histograms {
                recorded += one.histograms[0].value.sum().unwrap();
                assert_eq!(one.histograms[0].value.count(), one.histograms[0].value.stated_count().unwrap());
            }
            findings += readings.findings.count(FindingKind::BeyondCap);
            if is_over {
                break;
            }
        }
        assert!(second > 1);
    });
    let all = THREADS as f64 * ROUNDS as f64;
    assert_eq!(sums["kept_total"], 3.0 * all);
    assert_eq!(sums["size_count"], all);
    assert_eq!(recorded, 49.5 * all);
    let labelled: f64 =
        sums.iter().filter(|pair| pair.0.starts_with("labelled_total")).map(|pair| pair.1).sum();
    assert_eq!(labelled, all);
    let beyond = sums[r#"labelled_total{"otel.metric.overflow"="true"}"#];
    assert!(beyond > 0.0 && beyond < all);
    assert_eq!(findings as f64, beyond);
    // 20, and one that stands for those beyond.
    assert_eq!(reader.len(), 21);
}

#[test]
fn what_is_beyond_the_cap_is_added_up_by_name_and_reported() {
    let (recorder, mut reader) = recorder(2);
    with_local_recorder(&recorder, || {
        for user in 0..10 {
            counter!("logins_total", "user" => user.to_string()).increment(5);
            gauge!("level", "user" => user.to_string()).set(1.0);
            histogram!("seconds", "user" => user.to_string()).record(1.0);
        }
        // More names than are told apart.
        for name in 0..200 {
            counter!(format!("other_{name}_total")).increment(1);
        }
        let long = "x".repeat(5000);
        counter!("long_total", "text" => long).increment(1);
    });
    let readings = reader.read(at(1));
    let values = values(&readings);
    assert_eq!(values[r#"logins_total{user="0"}"#], 5.0);
    assert_eq!(values[r#"level{user="0"}"#], 1.0);
    assert_eq!(values[r#"logins_total{"otel.metric.overflow"="true"}"#], 45.0);
    assert_eq!(values[r#"seconds_count{"otel.metric.overflow"="true"}"#], 10.0);
    assert!(!values.keys().any(|name| name.starts_with("level{\"")));
    let found = |name: &str| {
        let mut all = readings.findings.iter();
        all.find(|one| one.kind == FindingKind::BeyondCap && one.subject == name).map(|one| one.count)
    };
    assert_eq!([found("logins_total"), found("level"), found("seconds")], [Some(9), Some(9), Some(10)]);
    assert_eq!(found("other_7_total"), Some(1));
    // Three names have a place of their own, and 61 of the others.
    assert_eq!(found(""), Some(200 - 61 + 1));
    assert_eq!(readings.findings.count(FindingKind::BeyondCap), 9 + 9 + 10 + 200 + 1);
    // Reported once.
    assert!(reader.read(at(2)).findings.is_empty());
}

#[test]
fn two_spellings_of_labels_are_one_series_and_a_repeated_label_is_reported() {
    let (recorder, mut reader) = recorder(10);
    with_local_recorder(&recorder, || {
        counter!("a_total", "x" => "1", "y" => "2").increment(1);
        counter!("a_total", "y" => "2", "x" => "1").increment(2);
        // An empty label is none, for Prometheus and for us.
        counter!("a_total", "y" => "2", "x" => "1", "z" => "").increment(4);
        counter!("b_total", "x" => "1", "x" => "2").increment(8);
        // A gauge of the same name is another series.
        gauge!("b_total", "x" => "2").set(16.0);
    });
    let readings = reader.read(at(1));
    let expected =
        [(r#"a_total{x="1",y="2"}"#, 7.0), (r#"b_total{x="1"}"#, 8.0), (r#"b_total{x="2"}"#, 16.0)];
    assert_eq!(values(&readings), expected.map(|(name, value)| (name.to_owned(), value)).into());
    assert_eq!(readings.findings.to_vec().len(), 1);
    assert_eq!(readings.findings.iter().next().unwrap().kind, FindingKind::UnreadableAttribute);
}

#[test]
fn a_gauge_that_was_never_set_has_no_value() {
    let (recorder, mut reader) = recorder(10);
    with_local_recorder(&recorder, || {
        let unset = gauge!("depth");
        assert!(reader.read(at(1)).series.is_empty());
        unset.increment(2.5);
        unset.decrement(1.0);
        assert_eq!(values(&reader.read(at(2)))["depth"], 1.5);
        // A NaN that is set is one that was measured.
        unset.set(f64::from_bits(u64::MAX));
        assert!(values(&reader.read(at(3)))["depth"].is_nan());
    });
}

#[test]
fn the_first_total_of_a_counter_says_nothing_of_when() {
    let (recorder, mut reader) = recorder(10);
    with_local_recorder(&recorder, || {
        let counter = counter!("packets_total");
        counter.absolute(1_000_000);
        assert!(reader.read(at(1)).series.is_empty());
        counter.absolute(1_000_010);
        counter.absolute(1_000_005);
        assert_eq!(values(&reader.read(at(2)))["packets_total"], 10.0);
        assert_eq!(values(&reader.read(at(3)))["packets_total"], 0.0);
        // It goes on where 64 bits end.
        counter.increment(u64::MAX - 1_000_010);
        assert_eq!(values(&reader.read(at(4)))["packets_total"], (u64::MAX - 1_000_010) as f64);
        counter.increment(3);
        assert_eq!(values(&reader.read(at(5)))["packets_total"], 3.0);
    });
}

#[test]
fn a_clock_that_was_set_back_loses_nothing() {
    let (recorder, mut reader) = recorder(10);
    with_local_recorder(&recorder, || counter!("a_total").increment(1));
    assert_eq!(values(&reader.read(at(10)))["a_total"], 1.0);
    with_local_recorder(&recorder, || counter!("a_total").increment(2));
    for second in [9, 10] {
        let readings = reader.read(at(second));
        assert!(readings.series.is_empty());
        assert_eq!(readings.findings.count(FindingKind::OutOfOrder), 1);
    }
    assert_eq!(values(&reader.read(at(11)))["a_total"], 2.0);
}

#[test]
fn values_of_any_size_find_their_bucket() {
    let (recorder, mut reader) = recorder(10);
    let record = |value: f64| with_local_recorder(&recorder, || histogram!("x").record(value));
    let mut second = 0;
    let mut read = || {
        second += 1;
        reader.read(at(second))
    };
    let mut value = 1e-9;
    while value < 1e14 {
        // Each alone: the median of a bucket is within 9% of what is in it, on both signs.
        for value in [value, -value] {
            record(value);
            let readings = read();
            let histogram = &readings.histograms[0].histograms[0].value;
            let median = histogram.quantile(0.5).unwrap().unwrap();
            assert!((median / value - 1.0).abs() < 0.091, "{value} {median}");
            assert_eq!(values(&readings)["x_mean"], value);
        }
        value *= 1.37;
    }
    // Powers of two end their buckets, as OTLP has it.
    for power in [-30_i32, -1, 0, 1, 40] {
        record(f64::from(power).exp2());
        let readings = read();
        let buckets = readings.histograms[0].histograms[0].value.buckets();
        let [bucket] = buckets[..] else { panic!("{buckets:?}") };
        assert_eq!(bucket.upper, f64::from(power).exp2());
    }
    // What is not a number is in none, and what is too large is in the last.
    for value in [f64::NAN, f64::INFINITY, 1e300, f64::MIN_POSITIVE, 5e-324, 0.0, -0.0] {
        record(value);
    }
    let readings = read();
    assert_eq!(readings.findings.count(FindingKind::NoValue), 2);
    assert_eq!(readings.findings.count(FindingKind::BeyondCap), 1);
    assert_eq!(values(&readings)["x_count"], 5.0);
    let histogram = &readings.histograms[0].histograms[0].value;
    assert_eq!((histogram.count(), histogram.sum()), (5.0, Some(1e300)));
    // Without values there is no mean, and that there were none is said.
    let readings = read();
    assert_eq!(values(&readings), [("x_count".into(), 0.0)].into());
    assert!(readings.histograms.is_empty());
    with_local_recorder(&recorder, || histogram!("x").record_many(2.0, 1000));
    let readings = read();
    assert_eq!((values(&readings)["x_count"], values(&readings)["x_mean"]), (1000.0, 2.0));
}

#[test]
fn units_that_are_described_come_with_their_series() {
    let (recorder, mut reader) = recorder(10);
    with_local_recorder(&recorder, || {
        for _ in 0..100 {
            metrics::describe_histogram!("wait", metrics::Unit::Seconds, "how long");
        }
        histogram!("wait").record(1.0);
        counter!("done").increment(1);
    });
    let readings = reader.read(at(1));
    let units: Vec<_> = readings.series.iter().map(|one| (one.labels.metric(), one.unit.as_str())).collect();
    assert_eq!(units, [("wait_count", ""), ("wait_mean", "seconds"), ("done", "")]);
    // Described before it is used, and after the first reading.
    with_local_recorder(&recorder, || {
        metrics::describe_counter!("later", metrics::Unit::Bytes, "");
        counter!("unrelated").increment(1);
    });
    reader.read(at(2));
    with_local_recorder(&recorder, || counter!("later").increment(1));
    let readings = reader.read(at(3));
    let later = readings.series.iter().find(|one| one.labels.metric() == "later").unwrap();
    assert_eq!(later.unit, "bytes");
}

#[test]
fn a_cap_of_nothing_is_refused() {
    assert!(MetricsRecorder::new(at(0), 0).is_err());
}
