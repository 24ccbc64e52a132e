//! Budgets, their forecast and their ledger.

use core::time::Duration;
use evenkeel_core::{At, Name, Stage, Timestamp};
use evenkeel_experience::slo::{
    BudgetLedger, CalendarBudget, Events, Objective, Period, RollingBudget, exhaustion,
};
use evenkeel_stats::Generator;
use proptest::prelude::*;

const DAY: Duration = Duration::from_secs(86_400);

fn objective() -> Objective {
    "99.9%".parse().unwrap()
}

#[test]
fn a_rolling_budget_forgives_what_left_the_period() {
    let mut budget = RollingBudget::new(objective(), 28 * DAY, DAY).unwrap();
    assert_eq!(budget.status().spent, None);
    let mut history = Vec::new();
    let mut noise = Generator::new(2);
    for day in 0..200_u32 {
        let events = Events::new(10_000 + noise.uniform_below(1000), noise.uniform_below(30));
        history.push(events);
        let status = budget.update(At::new(Timestamp::EPOCH + day * DAY, events)).unwrap();
        let last = history.iter().rev().take(28).fold(Events::NONE, |sum, events| sum + *events);
        assert_eq!(status.events, last);
        assert_eq!(status.exhausted, 1000 * last.bad > last.valid());
        assert_eq!(status.remaining().unwrap() == 0.0, status.spent.unwrap() >= 1.0);
    }
    // Months of silence, in steps that are plausible.
    for day in 200..260_u32 {
        let _ = budget.update(At::new(Timestamp::EPOCH + day * DAY, Events::NONE));
    }
    assert_eq!(budget.status().spent, None);
    assert!(RollingBudget::new(objective(), DAY, 2 * DAY).is_err());
    assert!(RollingBudget::new(objective(), 28 * DAY, Duration::from_millis(1)).is_err());
}

#[test]
fn calendar_periods_begin_when_they_do() {
    // 2024-02-29 and 2024-03-01, a Thursday and a Friday.
    let (leap, march) = (Timestamp::from_seconds(1_709_208_000), Timestamp::from_seconds(1_709_294_400));
    assert_eq!(Period::Month.index(march, 0), Period::Month.index(leap, 0) + 1);
    assert_eq!(Period::Quarter.index(march, 0), Period::Quarter.index(leap, 0));
    assert_eq!(Period::Week.index(march, 0), Period::Week.index(leap, 0));
    assert_eq!(Period::Year.index(march, 0), 2024);
    // Sunday 23:59:59 and Monday 00:00:00 local time, five hours behind UTC.
    let monday = 1_709_528_400;
    let week = |seconds| Period::Week.index(Timestamp::from_seconds(seconds), -5 * 3600);
    assert_eq!(week(monday), week(monday - 1) + 1);
    for time in [Timestamp::MIN, Timestamp::MAX] {
        for period in [Period::Day, Period::Week, Period::Month, Period::Quarter, Period::Year] {
            let _ = period.index(time, i32::MAX);
        }
    }
    let mut budget = CalendarBudget::new(objective(), Period::Day, 0).unwrap();
    let at = |day: u32, bad| At::new(Timestamp::EPOCH + day * DAY, Events::new(100, bad));
    let _ = budget.update(at(0, 5));
    let _ = budget.update(at(1, 1));
    assert_eq!(budget.previous(), Some(Events::new(100, 5)));
    // A day without an observation: the one before is not known to have been without errors.
    let _ = budget.update(at(3, 0));
    assert_eq!((budget.previous(), budget.status().spent), (None, Some(0.0)));
    assert!(
        budget.set_offset(100_000).is_err() && CalendarBudget::new(objective(), Period::Day, 90_000).is_err()
    );
}

#[test]
fn forecasts_of_exhaustion_hold_as_often_as_they_say() {
    let mut noise = Generator::new(6);
    let (mut inside, mut below, runs) = (0, 0, 4000);
    for _ in 0..runs {
        // Errors at an unknown rate, drawn from what Jeffreys' prior spreads over: between 5 and 20 an hour.
        let rate = 5.0 + 15.0 * noise.uniform();
        let mut count = |hours: f64| {
            let (mut t, mut n) = (0.0, 0);
            loop {
                t += noise.exponential() / rate;
                if t > hours {
                    return n;
                }
                n += 1;
            }
        };
        let recent = Events::new(100_000, count(2.0));
        let left = 50;
        // A million events allow 1000.
        let spent = Events::new(500_000, 1000 - left);
        let hour = Duration::from_secs(3600);
        let gone = exhaustion(objective(), 1_000_000, spent, recent, 2 * hour, 0.8).unwrap();
        let mut t = 0.0;
        for _ in 0..=left {
            t += noise.exponential() / rate;
        }
        let t = hour.mul_f64(t);
        inside += u32::from(gone.earliest <= t && t <= gone.latest);
        below += u32::from(t <= gone.median);
    }
    let share = |n: u32| f64::from(n) / f64::from(runs);
    assert!((share(inside) - 0.8).abs() < 0.03, "{}", share(inside));
    assert!((share(below) - 0.5).abs() < 0.05, "{}", share(below));
}

#[test]
fn forecasts_at_the_ends() {
    let hour = Duration::from_secs(3600);
    let ask = |spent, recent, confidence| exhaustion(objective(), 1_000_000, spent, recent, hour, confidence);
    let gone = ask(Events::new(0, 1001), Events::new(10, 0), 0.9).unwrap();
    assert_eq!(gone.latest, Duration::ZERO);
    // No errors lately: soon is improbable, never is not certain.
    let calm = ask(Events::NONE, Events::new(10_000, 0), 0.9).unwrap();
    assert!(calm.earliest > 100 * hour && calm.latest > 100_000 * hour);
    assert!(ask(Events::NONE, Events::NONE, 0.9).is_err());
    assert!(ask(Events::NONE, Events::new(1, 0), 1.0).is_err());
    assert!(exhaustion(objective(), 10, Events::NONE, Events::new(1, 0), Duration::ZERO, 0.9).is_err());
}

proptest! {
    #[test]
    fn a_ledger_loses_nothing(entries in prop::collection::vec((0_u8..20, 0_u64..100, 0_u64..100), 0..100)) {
        let mut ledger = BudgetLedger::new(objective(), 7).unwrap();
        let mut sum = Events::NONE;
        for (who, good, bad) in entries {
            let events = Events::new(good, bad);
            sum += events;
            ledger.enter(&Name::from(format!("{who}").as_str()), events);
        }
        prop_assert_eq!(ledger.total(), sum);
        let ranking = ledger.ranking();
        prop_assert!(ranking.len() <= 7);
        prop_assert!(ranking.windows(2).all(|pair| pair[0].events.bad >= pair[1].events.bad));
        let named: u64 = ranking.iter().map(|entry| entry.events.bad).sum();
        prop_assert_eq!(named + ledger.others().bad, sum.bad);
    }
}
