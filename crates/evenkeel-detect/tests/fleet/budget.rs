use super::incidents::{STEP, at, builder};
use super::member::Small;
use core::time::Duration;
use evenkeel_core::{At, Error, Stage, Timestamp};
use evenkeel_detect::Fleet;
use evenkeel_detect::fleet::TimeOnly;
use evenkeel_detect::monitor::{Budget, MonitorEvent, Watch};
use evenkeel_stats::Generator;
use proptest::prelude::*;

/// Only keeps its share.
#[derive(Debug, Clone, PartialEq)]
struct Holder {
    share: f64,
    least: f64,
}

impl Stage<At<f64>> for Holder {
    type Output = MonitorEvent;
    fn update(&mut self, _: At<f64>) -> Option<MonitorEvent> {
        None
    }
    fn reset(&mut self) {}
}

impl Watch for Holder {
    fn tick(&mut self, _: Timestamp) -> Option<MonitorEvent> {
        None
    }
    fn set_budget(&mut self, budget: Budget) -> Result<(), Error> {
        Error::require(budget.rate() >= self.least, "budget", "enough", budget)?;
        self.share = budget.rate();
        Ok(())
    }
}

fn week() -> Budget {
    Budget::per_week(1.0).unwrap()
}

proptest! {
    /// Whoever comes and goes: the shares in force add up to at most the budget, and after all had a value to
    /// at least 0.8 of nine tenths of it, unless many have just left.
    #[test]
    fn shares_never_exceed_the_budget(
        steps in prop::collection::vec((0..400_u64, 0..8_u8), 1..600),
        at_least in 1..50_u64,
    ) {
        let holder = Holder { share: 0.0, least: 0.0 };
        let builder = Fleet::builder(holder, week()).capacity(300).shards(3).at_least(at_least);
        let mut fleet = builder.build::<u64>().unwrap();
        let mut most = 0;
        for (key, what) in steps {
            match what {
                0 => { fleet.remove(&key); }
                1 => {
                    let batch: Vec<_> = (0..key % 40).map(|i| ((key + i / 2) % 400, At::new(at(0), 1.0))).collect();
                    fleet.update_all(&batch, &mut Vec::new());
                }
                _ => { fleet.update(&key, At::new(at(0), 1.0)); }
            }
            most = most.max(fleet.len());
            // A share in force is at most the fleet's, as a series is told before its next value.
            let in_force = fleet.share().rate() * fleet.len() as f64;
            prop_assert!(in_force <= 0.9 * week().rate() * (1.0 + 1e-12), "{} series", fleet.len());
        }
        let keys: Vec<u64> = fleet.iter().map(|(key, _)| *key).collect();
        for key in &keys {
            fleet.update(key, At::new(at(1), 1.0));
        }
        let sum: f64 = fleet.iter().map(|(_, holder)| holder.share).sum();
        prop_assert!(sum <= 0.9 * week().rate() * (1.0 + 1e-9));
        if keys.len() as u64 > at_least && keys.len() == most {
            prop_assert!(sum >= 0.79 * 0.9 * week().rate(), "{} of {}", sum, keys.len());
        }
    }
}

#[test]
fn a_monitor_that_refuses_its_share_is_told_at_once_or_held_back() {
    let least = week().rate() / 1_000.0;
    let fleet =
        |capacity| Fleet::builder(Holder { share: 0.0, least }, week()).capacity(capacity).build::<u64>();
    assert!(fleet(500).is_ok());
    assert!(matches!(fleet(5_000), Err(Error::Parameter { name: "budget", .. })));
}

#[test]
fn settings_are_validated() {
    let minute = Duration::from_secs(60);
    for (builder, name) in [
        (builder().capacity(0), "at_least"),
        (builder().at_least(0), "at_least"),
        (builder().idle(Duration::ZERO), "idle"),
        (builder().window(Duration::ZERO).group_wait(Duration::ZERO), "window"),
        (builder().window(minute).group_wait(2 * minute), "window"),
        (builder().fraction(0.0), "fraction"),
        (builder().fraction(f64::NAN), "fraction"),
        (builder().least(1), "least"),
        (builder().spenders(0), "spenders"),
        (builder().shards(0), "shards"),
        (builder().shards(70_000), "shards"),
    ] {
        let refused = builder.build::<String>().unwrap_err();
        assert!(matches!(refused, Error::Parameter { name: n, .. } if n == name), "{name}: {refused}");
    }
}

/// The promise, counted: fleets of series of which nothing is wrong have no more alerts than the budget. At
/// one an hour over 40 series, and a value every ten seconds.
#[test]
fn the_budget_of_a_fleet_is_held() {
    let hour = Budget::new(1.0, Duration::from_secs(3_600)).unwrap();
    let (series, hours) = (40_u64, 25_u32);
    let mut alerts = 0;
    for run in 0..4 {
        let mut fleet =
            Fleet::builder(Small::new(STEP), hour).capacity(100).at_least(series).build::<u64>().unwrap();
        let mut noise: Vec<Generator> = (0..series).map(|i| Generator::stream(100 + run, i)).collect();
        for step in 0..360 * hours {
            for (key, noise) in (0..).zip(&mut noise) {
                fleet.update(&key, At::new(at(step), noise.normal()));
            }
            let _ = fleet.tick(at(step), &TimeOnly);
        }
        alerts += fleet.ledger().alerts();
        assert!(fleet.ledger().pages() <= fleet.ledger().alerts());
    }
    // 50 hours: at most fifty, by Poisson's 99.9 %, and not next to none either.
    println!("{alerts} alerts in 50 hours at a budget of one an hour");
    assert!((8..=73).contains(&alerts), "{alerts}");
}

/// Another budget is divided at once.
#[test]
fn the_budget_can_be_changed() {
    let mut fleet = builder().build::<String>().unwrap();
    fleet.update("a", At::new(at(0), 1.0));
    let before = fleet.monitor("a").unwrap().risk();
    fleet.set_budget(Budget::per_week(0.1).unwrap()).unwrap();
    fleet.update("a", At::new(at(1), 1.0));
    let after = fleet.monitor("a").unwrap().risk();
    assert!((before / after - 10.0).abs() < 1e-9, "{before} {after}");
    assert_eq!(fleet.budget().to_string(), "0.1 a week");
    assert!(fleet.set_budget(Budget::per_week(1e-24).unwrap()).is_err());
    assert_eq!(fleet.budget().to_string(), "0.1 a week");
}
