//! The sliding history on one grid.

use core::time::Duration;
use evenkeel_core::{Snapshot, Timestamp, restore};
use evenkeel_locate::History;
use proptest::prelude::*;
use std::collections::BTreeMap;

fn at(second: i64) -> Timestamp {
    Timestamp::from_seconds(1_700_000_000 + second)
}

fn read(history: &mut History, column: usize) -> Vec<f64> {
    history.settle();
    let (older, newer) = history.column(column);
    older.iter().chain(newer).copied().collect()
}

#[test]
fn a_pause_is_missing_and_what_is_late_is_counted() {
    let mut history = History::new(Duration::from_secs(1), 4).unwrap();
    let (a, b) = (history.add(), history.add());
    history.put(a, at(0), 1.0);
    history.put(b, at(0), 2.0);
    history.increase(a, at(0), 5.0);
    history.put(a, at(2), f64::INFINITY);
    history.put(a, at(3), 4.0);
    assert_eq!(history.start(), at(0));
    assert_eq!(read(&mut history, a)[..2].iter().map(|x| x.to_bits()).collect::<Vec<_>>()[0], 6f64.to_bits());
    assert!(read(&mut history, a)[1..3].iter().all(|x| x.is_nan()));
    assert!(read(&mut history, b)[1..].iter().all(|x| x.is_nan()));
    history.advance(at(5));
    assert_eq!(history.start(), at(2));
    history.put(b, at(1), 9.0);
    assert_eq!(history.late(), 1);
    history.advance(at(1_000_000_000));
    assert!(read(&mut history, a).iter().all(|x| x.is_nan()));
    history.clear();
    history.put(b, at(-5), 9.0);
    assert_eq!((history.start(), read(&mut history, b)[3]), (at(-8), 9.0));
}

#[test]
fn steps_have_a_range() {
    let bad = [Duration::ZERO, Duration::from_nanos(1), Duration::MAX];
    assert!(bad.into_iter().all(|step| History::new(step, 10).is_err()));
    assert!(History::new(Duration::from_secs(1), 0).is_err());
    assert!(History::new(Duration::from_secs(1), usize::MAX).is_err());
}

proptest! {
    /// Whatever comes in which order: the cells are those of a map from rows to values, and a snapshot goes
    /// on like it.
    #[test]
    fn it_is_a_window_on_a_map(steps in proptest::collection::vec((0..3usize, -20..60i64, -9.0..9.0f64), 1..60), cut in 0..60usize) {
        let mut history = History::new(Duration::from_secs(1), 8).unwrap();
        (0..3).for_each(|_| { history.add(); });
        let (mut map, mut origin, mut newest) = (BTreeMap::new(), None, 0);
        for (i, (column, second, value)) in steps.into_iter().enumerate() {
            if i == cut {
                let text = serde_json::to_string(&history.snapshot()).unwrap();
                let again: History = restore(&mut serde_json::Deserializer::from_str(&text)).unwrap();
                for column in 0..3 {
                    let bits = |h: &mut History| read(h, column).iter().map(|x| x.to_bits()).collect::<Vec<_>>();
                    prop_assert_eq!(bits(&mut history.clone()), bits(&mut again.clone()));
                }
                history = again;
            }
            let row = (second - *origin.get_or_insert(second)).max(0);
            newest = newest.max(row);
            history.put(column, at(second), value);
            if newest - row < 8 {
                map.insert((column, row), value);
            }
        }
        for column in 0..3 {
            for (i, cell) in (0..).zip(read(&mut history, column)) {
                let expected = map.get(&(column, newest - 7 + i)).copied();
                prop_assert_eq!(expected, Some(cell).filter(|x| !x.is_nan()));
            }
        }
    }
}

#[test]
fn a_snapshot_that_is_wrong_is_refused() {
    let mut history = History::new(Duration::from_secs(1), 4).unwrap();
    history.add();
    history.put(0, at(0), 1.0);
    let text = serde_json::to_string(&history.snapshot()).unwrap();
    for (good, bad) in
        [("\"rows\":4", "\"rows\":5"), ("\"rows\":4", "\"rows\":0"), ("\"secs\":1,", "\"secs\":0,")]
    {
        assert!(text.contains(good), "{text}");
        let tampered = text.replace(good, bad);
        assert!(restore::<History, _>(&mut serde_json::Deserializer::from_str(&tampered)).is_err());
    }
}
