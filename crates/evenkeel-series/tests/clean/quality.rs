//! Defects, made one at a time and found; and on real files.

use super::at;
use evenkeel_core::{At, SourceHealth, Stage, Timestamp, Unreliable};
use evenkeel_series::Series;
use evenkeel_series::clean::{Defect, Quality, QualityReport};
use evenkeel_testing::{Source, reference};
use proptest::prelude::*;
use std::fs;
use std::time::Duration;

const STEP: i64 = 60;

/// A gauge as it should be.
fn clean(n: usize) -> Vec<At<f64>> {
    let mut source = Source::new(7);
    (0..n).map(|i| at(STEP * i as i64, 10.0 + source.normal())).collect()
}

fn check(samples: &[At<f64>]) -> QualityReport {
    Quality::new().check(samples).unwrap()
}

#[track_caller]
fn only(samples: &[At<f64>]) -> Defect {
    let report = check(samples);
    assert_eq!(report.findings().len(), 1, "{report}");
    report.findings()[0].defect()
}

#[test]
fn settings_are_validated() {
    let refused = |quality: Quality| quality.check(&[]).is_err() && quality.watch().is_err();
    assert!(refused(Quality::new().gap(1.0)));
    assert!(refused(Quality::new().late(0.0)));
    assert!(refused(Quality::new().stale(0.5)));
    assert!(refused(Quality::new().broken(2.0)));
    assert!(refused(Quality::new().stuck(1)));
    assert!(refused(Quality::new().outlier(f64::NAN)));
    assert!(refused(Quality::new().patience(1)));
    assert!(refused(Quality::new().tolerated(1.1)));
    assert!(refused(Quality::new().step(Duration::ZERO)));
}

#[test]
fn nothing_is_found_where_nothing_is_wrong() {
    let report = check(&clean(2000));
    assert!(report.is_clean(), "{report}");
    assert_eq!((report.samples(), report.observed(), report.completeness()), (2000, 2000, 1.0));
    assert_eq!(report.step(), Some(Duration::from_secs(60)));
    // Constant, empty and single histories are not wrong either.
    let constant: Vec<_> = (0..100).map(|i| at(STEP * i, 5.0)).collect();
    assert!(check(&constant).is_clean());
    assert!(check(&[]).is_clean());
    assert_eq!(check(&[]).completeness(), 0.0);
    assert_eq!(check(&[at(5, 1.0)]).completeness(), 1.0);
}

#[test]
fn each_defect_alone_is_found_alone() {
    let base = clean(400);

    let mut samples = base.clone();
    samples.drain(100..103);
    let report = check(&samples);
    assert_eq!(report.findings()[0].defect(), Defect::Gap { missing: 3, length: Duration::from_secs(180) });
    assert_eq!((report.findings()[0].index(), report.findings()[0].from()), (99, base[99].time));
    assert_eq!(report.completeness(), 397.0 / 400.0);

    let mut samples = base.clone();
    samples[50..54].iter_mut().for_each(|x| x.value = f64::INFINITY);
    assert_eq!(only(&samples), Defect::Missing);

    let mut samples = base.clone();
    samples.insert(10, samples[9]);
    samples.insert(10, samples[9]);
    assert_eq!(only(&samples), Defect::Duplicate);
    assert_eq!(check(&samples).findings()[0].samples(), 2);

    samples[11].value = 11.5;
    let (low, high) = (samples[9].value.min(11.5), samples[9].value.max(11.5));
    assert_eq!(only(&samples), Defect::Conflict { lowest: low, highest: high });

    let mut samples = base.clone();
    samples.swap(200, 201);
    assert_eq!(only(&samples), Defect::Disorder { by: Duration::from_secs(60) });

    let mut samples = base.clone();
    let delayed = samples.remove(200);
    samples.insert(210, delayed);
    assert_eq!(only(&samples), Defect::Late { by: Duration::from_secs(600) });

    let mut samples = base.clone();
    samples[300..320].iter_mut().for_each(|x| x.value = 10.5);
    assert_eq!(only(&samples), Defect::Stuck { value: 10.5 });
    assert_eq!(check(&samples).findings()[0].samples(), 20);

    let mut samples = base.clone();
    samples[77].value = 30.0;
    let Defect::Outlier { value, expected, deviations } = only(&samples) else { panic!() };
    assert_eq!(value, 30.0);
    assert!((expected - 10.0).abs() < 1.0 && deviations > 10.0, "{expected} {deviations}");

    // From the middle on every five minutes.
    let mut samples: Vec<_> = (0..200).map(|i| at(STEP * i, (i as f64).sin())).collect();
    samples.extend((1..100).map(|i| at(STEP * 199 + 5 * STEP * i, (i as f64).sin())));
    let step = Defect::Step { expected: Duration::from_secs(60), found: Duration::from_secs(300) };
    assert_eq!(only(&samples), step);
    // And altogether other than was said.
    let report = Quality::new().step(Duration::from_secs(30)).check(&base).unwrap();
    let step = Defect::Step { expected: Duration::from_secs(30), found: Duration::from_secs(60) };
    assert_eq!((report.findings().len(), report.findings()[0].defect()), (1, step));

    // The clock is set back by 20 minutes.
    let mut samples = base.clone();
    samples[200..].iter_mut().for_each(|x| x.time = x.time - Duration::from_secs(1230));
    let report = check(&samples);
    let skew = report.findings().iter().find(|f| matches!(f.defect(), Defect::ClockSkew { .. })).unwrap();
    assert_eq!(skew.defect(), Defect::ClockSkew { by: Duration::from_secs(1170) });
    assert_eq!(skew.index(), 200);
    assert_eq!(report.count(|d| matches!(d, Defect::Late { .. } | Defect::Disorder { .. })), 0, "{report}");

    // Against our own clock.
    let end = base.last().unwrap().time;
    let now = |now| Quality::new().now(now).check(&base).unwrap();
    assert!(now(end + Duration::from_secs(180)).is_clean());
    let report = now(end + Duration::from_secs(181));
    assert_eq!(report.findings()[0].defect(), Defect::Stale { age: Duration::from_secs(181) });
    assert!(now(end - Duration::from_secs(60)).is_clean());
    let report = now(end - Duration::from_secs(61));
    assert_eq!(report.findings()[0].defect(), Defect::ClockSkew { by: Duration::from_secs(61) });
}

#[test]
fn a_counter_is_recognized_and_its_reset_found() {
    let mut total = 0.0;
    let mut source = Source::new(3);
    let mut samples = Vec::new();
    for i in 0..300 {
        if i == 150 {
            total = 0.0;
        }
        total += if (100..130).contains(&i) { 0.0 } else { source.uniform() * 10.0 };
        samples.push(at(STEP * i, total));
    }
    let Defect::Reset { from, to } = only(&samples) else { panic!() };
    assert_eq!((from, to), (samples[149].value, samples[150].value));
    assert!(check(&samples).is_counter());
    let report = Quality::new().counter(false).check(&samples).unwrap();
    assert!(!report.is_counter() && report.count(|d| matches!(d, Defect::Stuck { .. })) == 1, "{report}");
}

#[test]
fn values_that_often_repeat_are_not_stuck() {
    // Idle most of the time: long runs of 0 are what it does.
    let mut source = Source::new(11);
    let samples: Vec<_> = (0..3000)
        .map(|i| at(STEP * i, if source.uniform() < 0.05 { source.uniform() } else { 0.0 }))
        .collect();
    let report = Quality::new().outlier(f64::INFINITY).check(&samples).unwrap();
    assert!(report.is_clean(), "{report}");
}

#[test]
fn a_series_is_checked_as_its_samples_are() {
    let mut values: Vec<f64> = clean(300).iter().map(|x| x.value).collect();
    values[20..23].fill(f64::NAN);
    let series = Series::new(Timestamp::EPOCH, Duration::from_secs(60), values).unwrap();
    let report = Quality::new().check_series(&series).unwrap();
    assert_eq!(report.findings().len(), 1);
    let finding = report.findings()[0];
    assert_eq!((finding.defect(), finding.index(), finding.samples()), (Defect::Missing, 20, 3));
    assert_eq!(report.completeness(), 0.99);
    assert_eq!(
        finding.to_string(),
        "3 samples without a usable value from 1970-01-01T00:20:00Z to 1970-01-01T00:22:00Z"
    );
}

#[test]
fn extreme_times_are_survived() {
    let samples = [
        At::new(Timestamp::MIN, 1.0),
        At::new(Timestamp::MAX, 1e100),
        At::new(Timestamp::EPOCH, -1e100),
        At::new(Timestamp::from_nanos(1), f64::NAN),
    ];
    for quality in [Quality::new(), Quality::new().step(Duration::from_nanos(1)).now(Timestamp::MIN)] {
        let report = quality.check(&samples).unwrap();
        assert!((0.0..=1.0).contains(&report.completeness()), "{report}");
    }
}

fn watched(samples: &[At<f64>]) -> Vec<SourceHealth> {
    let mut watch = Quality::new().step(Duration::from_secs(60)).watch().unwrap();
    watch.run(samples.iter().copied()).map(Option::unwrap).collect()
}

#[test]
fn a_stream_tells_what_is_wrong_and_recovers() {
    use SourceHealth::{Broken, Fresh, Unreliable as Doubt};
    let base = clean(400);
    assert!(watched(&base).iter().all(|health| *health == Fresh));

    // An outage of 30 samples: once back, it is not trusted until the gap is a tenth of the newest 64.
    let mut samples = base.clone();
    samples.drain(200..230);
    let health = watched(&samples);
    assert_eq!(health[200], Doubt(Unreliable::Gaps));
    let back = health[200..].iter().position(|h| *h == Fresh).unwrap();
    // 64 samples hold at most 6 of them.
    assert_eq!(back, 57);

    // Polls that bring nothing.
    let mut samples = base.clone();
    samples[200..230].iter_mut().for_each(|x| x.value = f64::NAN);
    let health = watched(&samples);
    assert_eq!(health[202], Fresh);
    assert_eq!(health[203], SourceHealth::Stale);
    assert_eq!((health[219], health[220]), (SourceHealth::Stale, Broken));

    // A clock set back: called late at first, then taken as it is.
    let mut samples = base.clone();
    samples[200..].iter_mut().for_each(|x| x.time = x.time - Duration::from_secs(7200));
    let health = watched(&samples);
    assert_eq!(health[204], Doubt(Unreliable::ClockSkew));
    assert_eq!(*health.last().unwrap(), Fresh);

    // Every other pair swapped.
    let mut samples = base.clone();
    samples[200..].chunks_exact_mut(4).for_each(|four| four.swap(1, 2));
    assert_eq!(*watched(&samples).last().unwrap(), Doubt(Unreliable::Disorder));
    // Every fourth ten minutes late.
    let mut samples = base.clone();
    samples[200..].iter_mut().step_by(4).for_each(|x| x.time = x.time - Duration::from_secs(600));
    assert_eq!(*watched(&samples).last().unwrap(), Doubt(Unreliable::Late));
    // Stuck, and moving again.
    let mut samples = base;
    samples[200..230].iter_mut().for_each(|x| x.value = 3.0);
    let health = watched(&samples);
    assert_eq!((health[205], health[209], health[230]), (Fresh, Doubt(Unreliable::Stuck), Fresh));
}

#[test]
fn a_stream_learns_its_step() {
    let mut watch = Quality::new().watch().unwrap();
    let said: Vec<_> = watch.run(clean(30)).collect();
    assert!(said[..16].iter().all(Option::is_none) && said[16..].iter().all(Option::is_some));
    assert_eq!(watch.step(), Some(Duration::from_secs(60)));
}

/// The samples of a file of the Numenta Anomaly Benchmark: `2014-02-14 14:30:00,0.132`.
fn nab(text: &str) -> Vec<At<f64>> {
    let rows = text.lines().skip(1).map(|line| {
        let (time, value) = line.split_once(',').unwrap();
        let n = |range: std::ops::Range<usize>| time[range].parse::<i64>().unwrap();
        let (year, month, day) = (n(0..4), n(5..7), n(8..10));
        // Days since the epoch, of the proleptic Gregorian calendar.
        let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
        let days = 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719_468;
        at(days * 86_400 + n(11..13) * 3600 + n(14..16) * 60 + n(17..19), value.parse().unwrap())
    });
    rows.collect()
}

#[test]
fn reports_on_real_telemetry_are_sane() {
    let Some(folder) = reference::data("nab/data") else {
        println!("skipped: the files of the Numenta Anomaly Benchmark are not here");
        return;
    };
    let mut files = 0;
    for group in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir())
    {
        for path in fs::read_dir(group).unwrap().map(|entry| entry.unwrap().path()) {
            if path.extension().is_none_or(|extension| extension != "csv") {
                continue;
            }
            let samples = nab(&fs::read_to_string(&path).unwrap());
            let report = check(&samples);
            let name = path.file_name().unwrap().to_str().unwrap();
            let gaps = report.count(|d| matches!(d, Defect::Gap { .. }));
            let others: Vec<_> =
                report.findings().iter().filter(|f| !matches!(f.defect(), Defect::Gap { .. })).collect();
            println!("{name}: {gaps} gaps, {}, {}", others.len(), report.to_string().lines().next().unwrap());
            others.iter().for_each(|f| println!("    {f}"));
            files += 1;
            assert_eq!((report.samples(), report.observed()), (samples.len(), samples.len()), "{name}");
            // What cannot be seen from the times alone is told sparingly: road sensors lose samples all the
            // time, nothing else does.
            assert!(others.len() * 50 <= samples.len(), "{name}\n{report}");
            assert!(!name.starts_with("art_") || gaps == 0, "made by a program");
            for finding in report.findings() {
                assert!(finding.from() <= finding.to() && finding.index() < samples.len());
                assert!(!finding.to_string().is_empty());
            }
        }
    }
    assert!(files > 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_order_of_samples_matters_for_order_alone(
        seed: u64,
        samples in prop::collection::vec((0_i64..200, prop_oneof![8 => -5.0..5.0, 1 => Just(f64::NAN), 1 => Just(2.0)]), 1..120),
    ) {
        let samples: Vec<_> = samples.into_iter().map(|(t, x)| at(t * STEP, x)).collect();
        let mut shuffled = samples.clone();
        let mut source = Source::new(seed);
        for i in (1..shuffled.len()).rev() {
            shuffled.swap(i, source.below(i + 1));
        }
        let essence = |samples: &[At<f64>]| -> Vec<_> {
            let report = check(samples);
            let about_order = |d| matches!(d, Defect::Disorder { .. } | Defect::Late { .. } | Defect::ClockSkew { .. });
            report.findings().iter().filter(|f| !about_order(f.defect())).map(|f| (f.defect(), f.samples(), f.from(), f.to())).collect()
        };
        prop_assert_eq!(essence(&samples), essence(&shuffled));
        // In order nothing is out of order.
        let mut ordered = samples;
        ordered.sort_by_key(|x| x.time);
        let out_of_order = check(&ordered).count(|d| matches!(d, Defect::Disorder { .. } | Defect::Late { .. } | Defect::ClockSkew { .. }));
        prop_assert_eq!(out_of_order, 0);
    }
}

mod counters {
    use core::time::Duration;
    use evenkeel_core::{At, SourceHealth, Stage, Timestamp, Unreliable};
    use evenkeel_series::clean::Quality;

    fn read(values: &[f64]) -> Vec<At<f64>> {
        values.iter().enumerate().map(|(i, x)| At::new(Timestamp::from_seconds(60 * i as i64), *x)).collect()
    }

    /// What batch and stream say, which must be the same.
    fn is_counter(values: &[f64]) -> bool {
        let samples = read(values);
        let mut watch = Quality::new().step(Duration::from_secs(60)).watch().unwrap();
        samples.iter().for_each(|x| {
            watch.update(*x);
        });
        let batch = Quality::new().check(&samples).unwrap().is_counter();
        assert_eq!(watch.is_counter(), batch);
        batch
    }

    /// A multiplicative generator: enough for shapes.
    fn noise(n: u64) -> impl Iterator<Item = f64> {
        (1..=n).map(|i| (i.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40) as f64 / f64::from(1 << 24))
    }

    #[test]
    fn counters_are_found_with_their_restarts() {
        let mut count = 0.0;
        let requests: Vec<f64> = noise(300)
            .enumerate()
            .map(|(i, u)| {
                // Started again twice, once after it had hardly begun.
                count = if i == 200 || i == 290 { 0.0 } else { count } + (40.0 * u).floor();
                count
            })
            .collect();
        assert!(is_counter(&requests) && is_counter(&requests[..60]));
        assert!(!is_counter(&requests[..15]), "too early to tell");
        let seconds: Vec<f64> = requests.iter().map(|x| 0.013 * x).collect();
        assert!(is_counter(&seconds), "processor time, started again");
        assert!(!is_counter(&seconds[..150]), "fractions that only ever rose");
    }

    #[test]
    fn gauges_are_no_counters() {
        let n = 2000;
        let walk: Vec<f64> = noise(n)
            .scan(500.0, |x, u| {
                *x += u - 0.5;
                Some(*x)
            })
            .collect();
        let day: Vec<f64> =
            (0..n).map(|i| 100.0 - 90.0 * (i as f64 * core::f64::consts::TAU / 1440.0).cos()).collect();
        let jitter: Vec<f64> = noise(n).enumerate().map(|(i, u)| i as f64 + (20.0 * u).floor()).collect();
        // A disk that fills and is cleaned by a third; a queue that fills for ten steps and is emptied.
        let disk: Vec<f64> = (0..n).map(|i| (9000 + 30 * (i % 100) - 2000 * (i / 100 % 2)) as f64).collect();
        let queue: Vec<f64> = (0..n).map(|i| (i % 10) as f64).collect();
        let below: Vec<f64> = (0..n).map(|i| i as f64 - 1500.0).collect();
        let memory: Vec<f64> = (0..n).map(|i| (1_000_000 + 4096 * (i % 40)) as f64).collect();
        for (name, gauge) in [
            ("walk", walk),
            ("day", day),
            ("jitter", jitter),
            ("disk", disk),
            ("queue", queue),
            ("below", below),
            ("memory", memory),
        ] {
            // Once it has been seen for long enough to fall, also while it goes on.
            assert!(!is_counter(&gauge), "{name}");
            for end in [100, 300, 500, 720, 1100] {
                let short_of_a_fall = name == "disk" && end <= 100;
                assert!(short_of_a_fall || !is_counter(&gauge[..end]), "{name} {end}");
            }
        }
    }

    #[test]
    fn a_counter_that_rests_is_not_stuck() {
        let counter: Vec<f64> = noise(200)
            .scan(0.0, |x, u| {
                *x += 1.0 + (9.0 * u).floor();
                Some(*x)
            })
            .collect();
        let rest = vec![counter[199]; 40];
        let gauge: Vec<f64> = noise(200).map(|u| (1000.0 * u).floor()).collect();
        let hung = vec![gauge[199]; 40];
        let last = |lively: &[f64], still: &[f64], told: Option<bool>| {
            let mut settings = Quality::new().step(Duration::from_secs(60));
            if let Some(told) = told {
                settings = settings.counter(told);
            }
            settings.watch().unwrap().run(read(&[lively, still].concat())).last().flatten().unwrap()
        };
        let stuck = SourceHealth::Unreliable(Unreliable::Stuck);
        assert_eq!(last(&counter, &rest, None), SourceHealth::Fresh);
        assert_eq!(last(&counter, &rest, Some(false)), stuck);
        assert_eq!(last(&gauge, &hung, None), stuck);
        assert_eq!(last(&gauge, &hung, Some(true)), SourceHealth::Fresh);
    }
}
