//! The case: its grid, and what it refuses.

use crate::shop::{START, STEP, at};
use evenkeel_core::{Signal, Timestamp};
use evenkeel_locate::{Case, Metric};
use std::collections::VecDeque;
use std::time::Duration;

fn three() -> Metric<'static> {
    Metric::new(Signal::new("b", "cpu"), vec![1.0, 2.0, 3.0])
}

#[test]
fn the_stated_row_is_the_first_not_before_the_stated_time() {
    let row =
        |stated: Timestamp| Case::builder(START, STEP, stated).metric(three()).build().unwrap().stated_row();
    assert_eq!(row(START - STEP), 0);
    assert_eq!(row(START), 0);
    assert_eq!(row(START + Duration::from_nanos(1)), 1);
    assert_eq!(row(at(2)), 2);
    assert_eq!(row(at(1000)), 3);
    assert_eq!((row(Timestamp::MIN), row(Timestamp::MAX)), (0, 3));
}

#[test]
fn components_are_in_order_whatever_the_order_of_metrics() {
    let case = Case::builder(START, STEP, START)
        .metrics([
            three(),
            Metric::new(Signal::new("a", "cpu"), vec![1.0]),
            Metric::new(Signal::new("b", "mem"), vec![]),
        ])
        .build()
        .unwrap();
    assert_eq!(case.components(), ["a", "b"]);
    assert_eq!([0, 1, 2].map(|metric| case.component_of(metric)), [1, 0, 1]);
    assert_eq!((case.rows(), case.metrics()[2].is_empty()), (3, true));
}

#[test]
fn a_signal_comes_once_and_a_step_is_positive() {
    assert!(Case::builder(START, STEP, START).metrics([three(), three()]).build().is_err());
    assert!(Case::builder(START, Duration::ZERO, START).build().is_err());
    assert!(Case::builder(START, Duration::MAX, START).build().is_err());
}

#[test]
fn a_ring_reads_as_one_column() {
    let mut ring: VecDeque<f64> = VecDeque::with_capacity(4);
    for i in 0..10 {
        if ring.len() == 4 {
            ring.pop_front();
        }
        ring.push_back(f64::from(i));
    }
    let metric = Metric::ring(Signal::new("a", "cpu"), ring.as_slices());
    for from in 0..6 {
        for to in 0..6 {
            let (first, second) = metric.rows(from..to);
            let expected: Vec<f64> = [6.0, 7.0, 8.0, 9.0].into_iter().take(to).skip(from).collect();
            assert_eq!([first, second].concat(), expected, "{from}..{to}");
        }
    }
}
