//! Feedback on alerts.

use core::time::Duration;
use evenkeel_core::{Error, Snapshot, Timestamp, restore};
use evenkeel_detect::feedback::{Adjustment, Feedback, FeedbackBuilder, Verdict};
use evenkeel_detect::monitor::Budget;
use evenkeel_stats::Generator;
use proptest::prelude::*;

fn day() -> Budget {
    Budget::per_day(1.0).unwrap()
}

fn builder() -> FeedbackBuilder {
    Feedback::builder(day())
}

/// A world in which false alarms come `ratio` times as often as given, to a power, and real events once in
/// two days.
struct World {
    ratio: f64,
    power: f64,
    flipped: f64,
    judged: f64,
    generator: Generator,
    days: f64,
}

impl World {
    fn new(ratio: f64, power: f64, flipped: f64, judged: f64, seed: u64) -> Self {
        Self { ratio, power, flipped, judged, generator: Generator::stream(seed, 1), days: 0.0 }
    }

    /// False alarms over the stated budget.
    fn realized(&self, feedback: &Feedback) -> f64 {
        self.ratio * (feedback.budget().rate() / day().rate()).powf(self.power)
    }

    /// Goes on to the next verdict.
    fn step(&mut self, feedback: &mut Feedback) -> Option<Adjustment> {
        loop {
            let (wrong, real) = (self.realized(feedback), 0.5);
            self.days += self.generator.exponential() / (wrong + real);
            let at = Timestamp::EPOCH + Duration::from_secs_f64(86_400.0 * self.days);
            let first = feedback.alarm(at);
            let is_wrong = self.generator.uniform() < wrong / (wrong + real);
            if self.generator.uniform() < self.judged {
                let said = is_wrong != self.generator.bernoulli(self.flipped);
                let verdict = if said { Verdict::FalseAlarm } else { Verdict::Confirmed };
                return feedback.verdict(at, verdict).or(first);
            }
        }
    }
}

/// False alarms over the budget, by percentiles of 300 worlds, after so many verdicts.
#[expect(clippy::print_stdout, reason = "the figures that the documentation quotes")]
fn realized(ratio: f64, power: f64, flipped: f64, judged: f64, verdicts: u32) -> [f64; 3] {
    let mut all: Vec<f64> = (0..300)
        .map(|seed| {
            let (mut world, mut feedback) =
                (World::new(ratio, power, flipped, judged, seed), builder().build().unwrap());
            let _ = feedback.advance(Timestamp::EPOCH);
            for _ in 0..verdicts {
                let _ = world.step(&mut feedback);
            }
            world.realized(&feedback)
        })
        .collect();
    all.sort_by(f64::total_cmp);
    let mean = all.iter().sum::<f64>() / all.len() as f64;
    println!(
        "ratio {ratio}, power {power}, {flipped} flipped, {judged} judged, {verdicts} verdicts: {mean:.2} ({:.2} to {:.2})",
        all[15], all[284]
    );
    [all[15], mean, all[284]]
}

/// From five times the budget to at most 1.5 times within 50 verdicts, with a fifth of them flipped to at most
/// twice: in 95 of 100 worlds, not only on average.
#[test]
fn false_alarms_come_down_to_the_budget() {
    for judged in [1.0, 0.5] {
        let power = 1.0;
        let before = realized(5.0, power, 0.0, judged, 0);
        assert_eq!(before, [5.0; 3]);
        let [low, mean, high] = realized(5.0, power, 0.0, judged, 50);
        assert!(mean <= 1.25 && high <= 1.5 && low >= 0.5, "{low} {mean} {high}");
        let [low, mean, high] = realized(5.0, power, 0.2, judged, 50);
        assert!(mean <= 1.6 && high <= 2.0 && low >= 0.5, "{low} {mean} {high}");
    }
}

/// Where false alarms are another power of what thresholds are given, it gets there more slowly.
#[test]
fn another_power_only_takes_longer() {
    let [_, mean, high] = realized(5.0, 0.7, 0.0, 1.0, 50);
    assert!(mean <= 1.5 && high <= 1.75, "{mean} {high}");
    let [low, mean, high] = realized(5.0, 0.7, 0.0, 1.0, 200);
    assert!(low >= 0.7 && mean <= 1.2 && high <= 1.5, "{low} {mean} {high}");
}

/// Where nothing is wrong with the calibration, little is changed.
#[test]
fn a_promise_that_is_kept_stays() {
    let [low, mean, high] = realized(1.0, 1.0, 0.0, 1.0, 50);
    assert!(low >= 0.55 && (0.7..=1.0).contains(&mean) && high <= 1.0, "{low} {mean} {high}");
    // Fewer than promised are no reason to lower thresholds.
    let [low, _, high] = realized(0.2, 1.0, 0.0, 1.0, 50);
    assert!(low >= 0.1 && high <= 0.2, "{low} {high}");
}

/// Missed events lower thresholds where false alarms leave room for it, as far as the bound.
#[test]
fn missed_events_lower_thresholds_within_the_budget() {
    let at = |hours: i64| Timestamp::from_seconds(3_600 * hours);
    let run = |false_alarms: i64| {
        let mut feedback = builder().build().unwrap();
        let mut said = Vec::new();
        let _ = feedback.advance(at(0));
        for i in 1..=40 {
            if i % 40 < false_alarms {
                said.extend(feedback.verdict(at(24 * i), Verdict::FalseAlarm));
            }
            said.extend(feedback.verdict(at(24 * i + 1), Verdict::Missed));
        }
        (feedback, said)
    };
    let (feedback, said) = run(0);
    let last = said.last().unwrap();
    assert!(last.is_bounded && (feedback.budget().rate() / day().rate() - 4.0).abs() < 1e-9);
    let text = said[0].to_string();
    assert!(text.starts_with("thresholds lowered at 1970-01-"), "{text}");
    assert!(text.contains("to keep 1 a day") && text.ends_with("5 missed events"), "{text}");
    // As often as promised: misses change nothing.
    let (feedback, _) = run(40);
    assert!(feedback.budget().rate() / day().rate() < 1.5, "{}", feedback.budget());
}

#[test]
fn settings_are_validated() {
    for (builder, name) in [
        (builder().at_least(0.0), "at_least"),
        (builder().at_least(1.1), "at_least"),
        (builder().at_most(0.9), "at_most"),
        (builder().at_most(f64::NAN), "at_most"),
        (builder().mistaken(0.5), "mistaken"),
        (builder().memory(9.0), "memory"),
    ] {
        assert!(matches!(builder.build(), Err(Error::Parameter { name: n, .. }) if n == name), "{name}");
    }
}

proptest! {
    /// Whatever is said, and whenever: the budget stays in its bounds, a step is at most a factor of two, what
    /// is not told does not change, and a copy that was saved goes on the same.
    #[test]
    fn never_silently_and_never_beyond_the_bounds(
        said in prop::collection::vec((any::<i64>(), 0..5_u8), 0..200),
        at_least in 0.001..1.0f64,
        at_most in 1.0..50.0f64,
    ) {
        let mut feedback = builder().at_least(at_least).at_most(at_most).build().unwrap();
        let fresh = feedback;
        for (i, (time, what)) in said.iter().enumerate() {
            let before = feedback.budget();
            let time = if i % 5 == 4 { *time } else { (i as i64) * 7_200_000_000_000 + time % 1_000_000_000 };
            let at = Timestamp::from_nanos(time);
            let changed = match what {
                0 => feedback.advance(at),
                1 => feedback.alarm(at),
                2 => feedback.verdict(at, Verdict::FalseAlarm),
                3 => feedback.verdict(at, Verdict::Confirmed),
                _ => feedback.verdict(at, Verdict::Missed),
            };
            let (after, stated) = (feedback.budget(), feedback.stated().rate());
            prop_assert_eq!(changed.is_some(), before != after);
            if let Some(changed) = changed {
                prop_assert_eq!((changed.from, changed.to), (before, after));
                prop_assert!((0.49..2.01).contains(&(after.rate() / before.rate())));
            }
            prop_assert!((at_least * (1.0 - 1e-12)..=at_most * (1.0 + 1e-12)).contains(&(after.rate() / stated)));
            if i % 20 == 0 {
                let text = serde_json::to_string(&feedback.snapshot()).unwrap();
                let again: Feedback = restore(&mut serde_json::Deserializer::from_str(&text)).unwrap();
                prop_assert_eq!(again, feedback);
                let bytes = postcard::to_allocvec(&feedback.snapshot()).unwrap();
                feedback = restore(&mut postcard::Deserializer::from_bytes(&bytes)).unwrap();
                prop_assert_eq!(again, feedback);
            }
        }
        feedback.reset();
        prop_assert_eq!(feedback, fresh);
    }
}

#[test]
fn the_golden_snapshot_is_read_and_written() {
    let mut feedback = builder().mistaken(0.05).build().unwrap();
    let mut world = World::new(5.0, 1.0, 0.1, 1.0, 7);
    for _ in 0..20 {
        let _ = world.step(&mut feedback);
    }
    let text = serde_json::to_string(&feedback.snapshot()).unwrap();
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../evenkeel-testing/golden/detect/feedback.json");
    if std::env::var_os("EVENKEEL_BLESS").is_some() {
        std::fs::write(&path, format!("{text}\n")).unwrap();
    }
    let golden = std::fs::read_to_string(path).unwrap();
    assert_eq!(golden.trim_end(), text);
    assert_eq!(restore::<Feedback, _>(&mut serde_json::Deserializer::from_str(&golden)).unwrap(), feedback);
}

#[test]
fn what_no_feedback_could_be_is_refused() {
    let mut feedback = builder().build().unwrap();
    let _ = feedback.verdict(Timestamp::EPOCH, Verdict::Missed);
    let good = serde_json::to_value(feedback.snapshot()).unwrap();
    for (field, value, why) in [
        ("scale", "5.0", "scale"),
        ("given", "NaN", "counts"),
        ("wrong", "-1.0", "counts"),
        ("missed", "inf", "counts"),
    ] {
        let mut broken = good.clone();
        broken[1][field] = value.into();
        assert!(restore::<Feedback, _>(&broken).unwrap_err().to_string().contains(why), "{field}");
    }
}
