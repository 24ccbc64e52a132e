//! Verification of recovery.

use crate::stand::at;
use evenkeel_core::{At, Stage};
use evenkeel_remedy::verify::{Verdict, Verifier};
use evenkeel_remedy::{ErrorRatio, Sample};
use evenkeel_stats::Generator;

/// What operators are promised, and the error probability.
const OBJECTIVE: f64 = 0.01;
const ALPHA: f64 = 0.01;
/// A sample every 5 s for 5 min.
const EVERY: u64 = 5;
const SAMPLES: u64 = 60;

fn verifier() -> ErrorRatio {
    ErrorRatio::builder(OBJECTIVE).alpha(ALPHA).build().unwrap()
}

/// The rule that this crate does not have: recovered after three good windows of 10 s in a row. No request is
/// no bad one.
#[derive(Default)]
struct ThreeGoodWindows {
    good: u64,
    bad: u64,
    samples: u64,
    in_a_row: u32,
}

impl ThreeGoodWindows {
    fn update(&mut self, good: u64, bad: u64) -> bool {
        self.good += good;
        self.bad += bad;
        self.samples += 1;
        if self.samples.is_multiple_of(2) {
            let fine = (self.bad as f64) <= OBJECTIVE * (self.good + self.bad) as f64;
            self.in_a_row = if fine { self.in_a_row + 1 } else { 0 };
            (self.good, self.bad) = (0, 0);
        }
        self.in_a_row >= 3
    }
}

/// Seconds until each rule says "recovered", if it does.
fn incident(random: &mut Generator, rate: u64, p: f64) -> [Option<u64>; 2] {
    let (mut test, mut windows) = (verifier(), ThreeGoodWindows::default());
    let mut said = [None; 2];
    for i in 1..=SAMPLES {
        let n = rate * EVERY;
        let bad = (0..n).map(|_| u64::from(random.bernoulli(p))).sum::<u64>();
        let second = i * EVERY;
        let sample = At::new(at(i64::try_from(second).unwrap()), Sample::Counts { good: n - bad, bad });
        let recovered = test.update(sample).is_some_and(|r| r.verdict() == Verdict::Recovered);
        if recovered {
            said[0] = said[0].or(Some(second));
        }
        if windows.update(n - bad, bad) {
            said[1] = said[1].or(Some(second));
        }
        if said.iter().all(Option::is_some) {
            break;
        }
    }
    said
}

#[test]
fn recovered_is_rarely_false() {
    const INCIDENTS: u64 = 10_000;
    std::thread::scope(|scope| {
        for (i, times) in [1.2, 2.0].into_iter().enumerate() {
            scope.spawn(move || {
                for rate in [5, 20, 100] {
                    let mut random = Generator::stream(rate, i as u64);
                    let mut falsely = [0_u64; 2];
                    for _ in 0..INCIDENTS {
                        let said = incident(&mut random, rate, times * OBJECTIVE);
                        for (count, said) in falsely.iter_mut().zip(said) {
                            *count += u64::from(said.is_some());
                        }
                    }
                    let [test, windows] = falsely.map(|n| 100.0 * n as f64 / INCIDENTS as f64);
                    println!(
                        "errors at {times} x the objective, {rate} requests/s: falsely recovered in {test:.2} % of \
                         incidents; three good windows: {windows:.2} %"
                    );
                    assert!(falsely[0] as f64 <= ALPHA * INCIDENTS as f64);
                    assert!(rate > 5 || windows > 50.0, "the comparison says nothing");
                }
            });
        }
    });
}

#[test]
fn a_fix_that_works_is_seen_in_time() {
    for (rate, limit) in [(5, 200), (20, 60), (100, 15)] {
        let mut random = Generator::new(rate);
        let mut seconds: Vec<u64> =
            (0..500).map(|_| incident(&mut random, rate, 0.1 * OBJECTIVE)[0].unwrap_or(u64::MAX)).collect();
        seconds.sort_unstable();
        println!(
            "errors at 0.1 x the objective, {rate} requests/s: recovered after {} s (median)",
            seconds[250]
        );
        assert!(seconds[250] <= limit);
    }
}

#[test]
fn failing_is_seen_and_rarely_false() {
    let mut random = Generator::new(1);
    let mut share = |p: f64| {
        let failing = (0..1000).filter(|_| {
            let mut test = verifier();
            (1..=SAMPLES).any(|i| {
                let bad = (0..100).map(|_| u64::from(random.bernoulli(p))).sum::<u64>();
                let sample = At::new(at(i64::try_from(i).unwrap()), Sample::Counts { good: 100 - bad, bad });
                test.update(sample).is_some_and(|r| r.verdict() == Verdict::Failing)
            })
        });
        failing.count()
    };
    assert!(share(5.0 * OBJECTIVE) > 990);
    assert!(share(0.9 * OBJECTIVE) <= 10);
}

#[test]
fn errors_over_a_whole_incident_are_within_alpha() {
    // The fix fails again and again: the verifier begins anew after each try.
    let mut random = Generator::new(2);
    let falsely = (0..2000).filter(|_| {
        let mut test = verifier();
        (0..10).any(|_| {
            test.restart();
            (1..=30).any(|i| {
                let bad = (0..100).map(|_| u64::from(random.bernoulli(1.1 * OBJECTIVE))).sum::<u64>();
                let sample = At::new(at(i), Sample::Counts { good: 100 - bad, bad });
                test.update(sample).is_some_and(|r| r.verdict() == Verdict::Recovered)
            })
        })
    });
    let falsely = falsely.count();
    println!("{falsely} of 2000 incidents with ten tries each falsely recovered");
    assert!(falsely as f64 <= ALPHA * 2000.0);
}

#[test]
fn a_slow_start_is_not_held_against_a_fix_for_ever() {
    let mut test = verifier();
    let mut said = None;
    for i in 1..=60 {
        let bad = if i <= 3 { 50 } else { 0 };
        let sample = At::new(at(i), Sample::Counts { good: 100 - bad, bad });
        if test.update(sample).is_some_and(|r| r.verdict() == Verdict::Recovered) {
            said = said.or(Some(i));
        }
    }
    assert!(said.is_some_and(|i| i <= 15), "{said:?}");
}

#[test]
fn the_limit_shrinks_and_can_be_shown() {
    let mut test = verifier();
    let mut last = 1.0;
    for i in 0..10 {
        let r = test.update(At::new(at(i), Sample::Counts { good: 50, bad: 0 })).unwrap();
        assert!(r.upper() < last && r.lower() == 0.0);
        last = r.upper();
    }
    assert_eq!(test.recovery().unwrap().to_string(), "undecided: at most 1.12 %, objective 1.00 % (n = 500)");
}

#[test]
fn settings_are_validated() {
    for objective in [0.0, 1.0, -0.1, f64::NAN] {
        assert!(ErrorRatio::builder(objective).build().is_err());
    }
    for alpha in [0.0, 0.6, f64::NAN] {
        assert!(ErrorRatio::builder(0.01).alpha(alpha).build().is_err());
    }
}

/// Feeds samples of good requests and gives how many of them counted.
fn counted(test: &mut ErrorRatio, times: impl IntoIterator<Item = i64>) -> usize {
    let good = |t| At::new(at(t), Sample::Counts { good: 100, bad: 0 });
    times.into_iter().filter(|t| test.update(good(*t)).is_some()).count()
}

#[test]
fn late_and_repeated_samples_do_not_count() {
    let mut test = verifier();
    assert_eq!(counted(&mut test, 0..5), 5);
    assert_eq!(counted(&mut test, (0..5).chain(0..5).chain([-1_000_000])), 0);
    assert_eq!((test.late(), test.recovery().unwrap().trials()), (11, 500));
    // Nor after what was done: it is known what was seen before.
    test.restart();
    assert_eq!(counted(&mut test, 0..5), 0);
    assert_eq!(test.recovery(), None);
    // Neither way: what is bad counts once as well.
    let bad = |t| At::new(at(t), Sample::Counts { good: 0, bad: 100 });
    assert_eq!(test.update(bad(6)).unwrap().verdict(), Verdict::Failing);
    assert!(test.update(bad(6)).is_none());
    // What has no requests takes no time.
    assert!(test.update(At::new(at(9), Sample::Counts { good: 0, bad: 0 })).is_none());
    assert_eq!(counted(&mut test, 7..10), 3);
    test.reset();
    assert_eq!((test.late(), counted(&mut test, 0..3)), (0, 3));
}

#[test]
fn a_sample_of_tomorrow_hides_none_of_today() {
    const DAY: i64 = 86_400;
    for tomorrow in [3_700, DAY, 1_000 * DAY] {
        let mut test = verifier();
        assert_eq!(counted(&mut test, (0..5).chain([tomorrow]).chain(5..10)), 10);
        assert_eq!(test.doubted(), 1);
        // The very first of all.
        let mut test = verifier();
        assert_eq!(counted(&mut test, [tomorrow].into_iter().chain(0..10)), 11);
        // A gap is gone over at its second sample.
        let mut test = verifier();
        assert_eq!(counted(&mut test, (0..5).chain(tomorrow..tomorrow + 5)), 9);
    }
}
