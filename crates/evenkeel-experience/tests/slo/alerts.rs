//! Burn-rate alerts beyond the reference values: little traffic, no traffic, wrong times.

use core::time::Duration;
use evenkeel_core::{At, Stage, Timestamp};
use evenkeel_experience::slo::{BurnRateMonitor, BurnRule, BurnState, Events, Objective, Severity};
use evenkeel_stats::Generator;

fn monitor(objective: &str) -> BurnRateMonitor {
    BurnRateMonitor::builder(objective.parse().unwrap()).build().unwrap()
}

fn minute(i: i64, events: Events) -> At<Events> {
    At::new(Timestamp::from_seconds(60 * i), events)
}

#[test]
fn one_error_among_three_requests_pages_nobody() {
    for objective in ["99%", "99.9%", "99.99%", "99.9999%"] {
        let mut evident = monitor(objective);
        let mut plain =
            BurnRateMonitor::builder(objective.parse().unwrap()).without_evidence().build().unwrap();
        for (i, events) in [Events::new(1, 0), Events::new(1, 0), Events::new(0, 1)].into_iter().enumerate() {
            let status = evident.update(minute(i as i64, events)).unwrap();
            assert_eq!((status.severity, status.firing), (None, 0), "{objective}");
            // But it is not green either.
            assert!(!status.is_healthy() && status.unknown > 0, "{objective}");
            let _ = plain.update(minute(i as i64, events));
        }
        assert!(evident.states().iter().all(|state| *state == BurnState::Undecided), "{objective}");
        // The rule of the book alone does page: the test is not vacuous.
        assert_eq!(plain.states()[0], BurnState::Firing, "{objective}");
    }
}

#[test]
fn an_outage_at_low_traffic_does_page() {
    // Five requests an hour, and then all of them fail.
    let mut monitor = monitor("99.9%");
    let mut paged = None;
    for i in 0..3000_i64 {
        let arrives = i % 12 == 0;
        let events = match (arrives, i >= 1500) {
            (false, _) => Events::NONE,
            (true, false) => Events::new(1, 0),
            (true, true) => Events::new(0, 1),
        };
        let status = monitor.update(minute(i, events)).unwrap();
        assert!(i >= 1500 || status.severity.is_none());
        if paged.is_none() && status.severity == Some(Severity::Page) {
            paged = Some((i - 1500) / 12 + 1);
        }
    }
    // After four to six errors.
    assert!((4..=6).contains(&paged.unwrap()), "{paged:?}");
}

#[test]
fn false_alarms_stay_within_their_budget() {
    // Errors exactly as often as the objective allows, at a traffic at which one error is a high burn rate.
    let mut noise = Generator::new(1);
    let (mut evident, mut plain) = (0_u32, 0_u32);
    let updates = 200_000;
    let objective: Objective = "99%".parse().unwrap();
    let mut with = BurnRateMonitor::builder(objective).evidence(1e-3).build().unwrap();
    let mut without = BurnRateMonitor::builder(objective).without_evidence().build().unwrap();
    for i in 0..updates {
        let bad = u64::from(noise.bernoulli(0.01));
        let events = if i % 5 == 0 { Events::new(1 - bad, bad) } else { Events::NONE };
        let before: Vec<bool> = with.states().iter().map(|state| *state == BurnState::Firing).collect();
        let _ = with.update(minute(i, events));
        for (before, state) in before.iter().zip(with.states()) {
            evident += u32::from(!before && *state == BurnState::Firing);
        }
        let was = without.states()[0] == BurnState::Firing;
        let _ = without.update(minute(i, events));
        plain += u32::from(!was && without.states()[0] == BurnState::Firing);
    }
    // At most once in 1000 updates a rule; four rules.
    assert!(evident <= 800, "{evident}");
    assert!(evident < plain, "{evident} {plain}");
}

#[test]
fn silence_is_not_health() {
    let mut monitor = monitor("99.9%");
    for i in 0..5000 {
        let _ = monitor.update(minute(i, Events::new(5000, 0)));
    }
    assert!(monitor.update(minute(5000, Events::new(5000, 0))).unwrap().is_healthy());
    // The traffic stops; the short windows run empty one after the other.
    for i in 5001..5006 {
        let _ = monitor.update(minute(i, Events::NONE));
    }
    let status = monitor.update(minute(5006, Events::NONE)).unwrap();
    assert_eq!(monitor.states()[0], BurnState::NoData);
    assert!(!status.is_healthy());
    // The longest window of all is empty after three days.
    let status = monitor.update(minute(5006 + 4400, Events::NONE)).unwrap();
    let _ = status;
    let status = monitor.update(minute(5006 + 4401, Events::NONE)).unwrap();
    assert_eq!(status.unknown, 4);
    assert!(monitor.states().iter().all(|state| *state == BurnState::NoData));
}

#[test]
fn an_alert_ends_when_the_short_window_does() {
    let mut monitor = monitor("99.9%");
    let mut firing = Vec::new();
    for i in 0..400_i64 {
        let bad = if (100..140).contains(&i) { 100 } else { 0 };
        let status = monitor.update(minute(i, Events::new(1000 - bad, bad))).unwrap();
        if status.severity == Some(Severity::Page) {
            firing.push(i);
        }
    }
    assert!(firing[0] < 115 && *firing.last().unwrap() < 140 + 30, "{firing:?}");
}

/// Most updates only ask whether their events could change anything; a restored monitor looks at all rules.
#[test]
fn what_is_not_looked_at_would_not_have_changed() {
    let rule = |name, long, short, factor| {
        let minutes = |n: u64| Duration::from_secs(60 * n);
        BurnRule::new(name, Severity::Page, minutes(long), minutes(short), factor).unwrap()
    };
    let rules = || [rule("fast", 6, 2, 14.4), rule("slow", 20, 5, 1.0)];
    let mut seen = [0_u32; 4];
    for (seed, has_evidence) in [(1, true), (2, false), (3, true)] {
        let builder = BurnRateMonitor::builder("99%".parse().unwrap()).rules(rules());
        let builder = if has_evidence { builder } else { builder.without_evidence() };
        let (mut monitor, mut noise) = (builder.build().unwrap(), Generator::new(seed));
        let (mut time, mut gap, mut rate, mut size) = (0, 1000, 0.0, 1);
        for i in 0..6_000 {
            if i % 250 == 0 {
                gap = [100, 1000, 20_000, 200_000][noise.uniform_below(4) as usize];
                rate = [0.0, 0.005, 0.01, 0.02, 0.15, 0.5][noise.uniform_below(6) as usize];
                size = [1, 1, 30, 1_000_000][noise.uniform_below(4) as usize];
            }
            time += noise.uniform_below(2 * gap) as i64;
            let bad = (0..30).filter(|_| noise.bernoulli(rate)).count() as u64 * size / 30;
            let bad = if size == 1 { u64::from(noise.bernoulli(rate)) } else { bad };
            let events =
                if noise.uniform_below(4) == 0 { Events::NONE } else { Events::new(size - bad, bad) };
            let x = At::new(Timestamp::from_millis(time), events);
            let text = serde_json::to_string(&evenkeel_core::Snapshot::snapshot(&monitor)).unwrap();
            let mut careful: BurnRateMonitor =
                evenkeel_core::restore(&mut serde_json::Deserializer::from_str(&text)).unwrap();
            assert_eq!(monitor.update(x), careful.update(x), "{seed} {i}");
            assert_eq!(monitor, careful, "{seed} {i}");
            for state in monitor.states() {
                seen[*state as usize] += 1;
            }
        }
    }
    assert!(seen.iter().all(|count| *count > 50), "{seen:?}");
}

#[test]
fn late_and_wild_times_do_not_break_the_sums() {
    let mut monitor = monitor("99%");
    let mut noise = Generator::new(4);
    for i in 0..20_000_i64 {
        let wild = match noise.uniform_below(50) {
            0 => i64::MAX,
            1 => i64::MIN,
            2 => (i - 1000) * 60_000_000_000,
            _ => i * 60_000_000_000,
        };
        let events = Events::new(noise.uniform_below(100), noise.uniform_below(2));
        let _ = monitor.update(At::new(Timestamp::from_nanos(wild), events));
    }
    let (short, long) = monitor.burn_rates(0).unwrap();
    assert!(short.unwrap() < 100.0 && long.unwrap() < 100.0);
    let text = serde_json::to_string(&evenkeel_core::Snapshot::snapshot(&monitor)).unwrap();
    let again: BurnRateMonitor =
        evenkeel_core::restore(&mut serde_json::Deserializer::from_str(&text)).unwrap();
    assert_eq!(again, monitor);
}

#[test]
fn what_is_refused() {
    let objective: Objective = "99%".parse().unwrap();
    let minutes = |n: u64| Duration::from_secs(60 * n);
    let rule =
        |long, short, factor| BurnRule::new("rule", Severity::Page, minutes(long), minutes(short), factor);
    for factor in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e9, 1.234_567_8] {
        assert!(rule(60, 5, factor).is_err(), "{factor}");
    }
    assert!(rule(5, 60, 2.0).is_err() && rule(60, 0, 2.0).is_err());
    let build = |rules: Vec<BurnRule>| BurnRateMonitor::builder(objective).rules(rules).build();
    assert!(build(Vec::new()).is_err());
    // Not even an error rate of 1 burns 100 times as fast as one percent.
    assert!(build(vec![rule(60, 5, 100.0).unwrap()]).is_err());
    assert!(build(vec![rule(60, 5, 99.0).unwrap()]).is_ok());
    let plain = BurnRateMonitor::builder(objective).rules([rule(60, 5, 100.0).unwrap()]).without_evidence();
    assert!(plain.build().is_ok());
    let odd = |resolution| BurnRateMonitor::builder(objective).resolution(resolution).build();
    assert!(
        odd(Duration::ZERO).is_err() && odd(minutes(7)).is_err() && odd(Duration::from_micros(1)).is_err()
    );
    assert!(BurnRateMonitor::builder(objective).evidence(0.0).build().is_err());
    assert!(BurnRateMonitor::builder(objective).doubt(1.0).build().is_err());
    for text in
        ["", "1", "0", "100%", "0%", "1.5", "-0.9", "nan", "999/0", "1/1", "99.99999999999%", "a/b", "9 9%"]
    {
        assert!(text.parse::<Objective>().is_err(), "{text}");
    }
    assert!(Objective::new(f64::NAN).is_err() && Objective::new(0.1 + 0.2).is_err());
    assert_eq!("99.95 %".parse::<Objective>().unwrap().to_string(), "1999/2000");
}
