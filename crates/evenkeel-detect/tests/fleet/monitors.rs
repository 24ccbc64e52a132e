//! A fleet of the monitors that are recommended.

use super::incidents::{STEP, at};
use evenkeel_core::{At, Direction, Snapshot, restore};
use evenkeel_detect::ensemble::Tier;
use evenkeel_detect::fleet::{FleetEvent, IncidentKind, Scope, TimeOnly};
use evenkeel_detect::monitor::{Budget, MonitorEvent};
use evenkeel_detect::{Fleet, Monitor};
use evenkeel_stats::Generator;

const SERIES: u64 = 20;
type Monitors = Fleet<u64, Monitor>;

fn build() -> Monitors {
    let week = Budget::per_week(1.0).unwrap();
    let monitor = Monitor::builder(week).tier(Tier::Fast).step(STEP).build().unwrap();
    Fleet::builder(monitor, week).at_least(SERIES).build().unwrap()
}

fn value(key: u64, step: u32) -> f64 {
    100.0 + 3.0 * Generator::stream(key, u64::from(step)).normal()
}

fn step(fleet: &mut Monitors, step: u32, wrong: impl Fn(u64, u32) -> Option<f64>) -> Vec<FleetEvent<u64>> {
    let inputs: Vec<(u64, At<f64>)> = (0..SERIES)
        .filter_map(|key| Some((key, At::new(at(step), wrong(key, step)? + value(key, step)))))
        .collect();
    let mut outputs: Vec<Option<MonitorEvent>> = Vec::new();
    fleet.update_all(&inputs, &mut outputs);
    assert_eq!(outputs.len(), inputs.len());
    fleet.tick(at(step), &TimeOnly)
}

/// Half of the series shift: one page; neither what is normal tells anything, nor one series of twenty that
/// goes silent. In the middle of it all the fleet is saved, and goes on bit for bit.
#[test]
fn a_shift_of_many_is_paged_once() {
    let wrong = |key: u64, step: u32| match step {
        1_200..1_260 if key < 10 => Some(40.0),
        1_500..1_600 if key == 3 => None,
        _ => Some(0.0),
    };
    let mut fleet = build();
    let mut told = Vec::new();
    let mut restored: Option<Monitors> = None;
    for i in 0..1_700 {
        let now = step(&mut fleet, i, wrong);
        if let Some(other) = &mut restored {
            assert_eq!(step(other, i, wrong), now, "{i}");
        }
        if i == 1_205 {
            let text = serde_json::to_string(&fleet.snapshot()).unwrap();
            restored = Some(restore(&mut serde_json::Deserializer::from_str(&text)).unwrap());
        }
        told.extend(now.into_iter().map(|event| (i, event)));
    }
    assert!(restored.unwrap() == fleet);
    let pages: Vec<_> = told.iter().filter(|(_, event)| matches!(event, FleetEvent::Page(_))).collect();
    assert_eq!(pages.len(), 1, "{:?}", told.iter().map(|(i, e)| format!("{i} {e}")).collect::<Vec<_>>());
    let shift = pages[0].1.incident();
    assert_eq!(shift.kind(), IncidentKind::Abnormal);
    assert!((1_200..1_300).contains(&pages[0].0), "{} {}", pages[0].0, pages[0].1);
    assert_eq!(shift.direction(), Direction::Up);
    assert!((at(1_200)..at(1_215)).contains(&shift.since()), "{}", pages[0].1);
    assert!(!matches!(shift.scope(), Scope::Series), "{:?}", shift.scope());
    assert_eq!(fleet.incidents().count(), 0, "it is over");
}

/// The budget of the fleet is that of its monitors together.
#[test]
fn monitors_have_their_share() {
    let mut fleet = build();
    for i in 0..20 {
        let _ = step(&mut fleet, i, |_, _| Some(0.0));
    }
    let of = |fleet: &Monitors| {
        let each = fleet.monitor(&7).unwrap().budget();
        assert_eq!(each, fleet.share());
        let together = each.rate() * f64::from(SERIES as u32);
        assert!(together <= fleet.budget().rate() * (1.0 + 1e-9));
        together
    };
    let week = of(&fleet);
    fleet.set_budget(Budget::per_day(1.0).unwrap()).unwrap();
    for i in 20..30 {
        let _ = step(&mut fleet, i, |_, _| Some(0.0));
    }
    assert!((of(&fleet) / (7.0 * week) - 1.0).abs() < 1e-9);
}
