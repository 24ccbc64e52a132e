use super::incidents::{STEP, at};
use core::time::Duration;
use evenkeel_core::{
    At, Calibrated, Direction, Error, Score, Snapshot, Stage, Timestamp, Transition, TransitionKind,
};
use evenkeel_detect::Fleet;
use evenkeel_detect::fleet::TimeOnly;
use evenkeel_detect::monitor::{Alert, Budget, MonitorEvent, Watch};
use evenkeel_stats::Generator;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Raises at each value above 1, and clears at the next below.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Threshold {
    is_raised: bool,
}

impl Stage<At<f64>> for Threshold {
    type Output = MonitorEvent;

    fn update(&mut self, At { time, value }: At<f64>) -> Option<MonitorEvent> {
        if (value > 1.0) == self.is_raised {
            return None;
        }
        self.is_raised = value > 1.0;
        let kind = if self.is_raised { TransitionKind::Raised } else { TransitionKind::Cleared };
        let peak = At::new(time, Calibrated::clamped(1e-9, Score::new(value, Direction::Up)?));
        let end = (!self.is_raised).then_some(time);
        Some(Alert::new(Transition { kind, at: time, start: time, peak, end }, value)?.into())
    }

    fn reset(&mut self) {
        self.is_raised = false;
    }
}

impl Watch for Threshold {
    fn tick(&mut self, _: Timestamp) -> Option<MonitorEvent> {
        None
    }

    fn set_budget(&mut self, _: Budget) -> Result<(), Error> {
        Ok(())
    }
}

impl Snapshot for Threshold {
    fn schema() -> String {
        "Threshold@1".into()
    }
}

/// Few series have most alerts: the ledger of a hundred finds them among two thousand, with the error it says.
#[test]
fn top_spenders_are_found_among_many() {
    let mut fleet = Fleet::builder(Threshold::default(), Budget::per_day(1.0).unwrap())
        .spenders(100)
        .group_wait(Duration::ZERO)
        .window(STEP)
        .build::<u64>()
        .unwrap();
    let mut g = Generator::new(3);
    let (mut counts, mut all) = (BTreeMap::<u64, u64>::new(), 0);
    for step in 0..6_000 {
        // Half of all alerts are those of twenty series.
        let key = if g.uniform() < 0.5 { g.uniform_below(20) } else { g.uniform_below(2_000) };
        fleet.update(&key, At::new(at(2 * step), 2.0));
        let _ = fleet.tick(at(2 * step), &TimeOnly);
        fleet.update(&key, At::new(at(2 * step + 1), 0.0));
        let _ = fleet.tick(at(2 * step + 1), &TimeOnly);
        *counts.entry(key).or_default() += 1;
        all += 1;
    }
    let ledger = fleet.ledger();
    assert_eq!((ledger.alerts(), ledger.pages()), (all, all));
    let top: Vec<u64> = ledger.top(20).iter().map(|(key, _)| **key).collect();
    assert!(top.iter().all(|key| *key < 20), "{top:?}");
    for (key, count) in &counts {
        match ledger.spent(key) {
            Some(spent) => {
                assert!(spent.alerts >= *count && spent.alerts - spent.excess <= *count, "{key}: {spent}");
            }
            // What is not kept had no more than one in a hundred of all.
            None => assert!(*count <= all / 100, "{key}: {count}"),
        }
    }
    assert!(ledger.top(usize::MAX).len() == 100 && counts.len() > 1_500);
    let spent = ledger.top(1)[0].1;
    assert!(spent.to_string().contains(" alerts and ") && spent.first < spent.last, "{spent}");
}
