//! The metrics of localization by hand.

use evenkeel_core::Signal;
use evenkeel_eval::tasks::Outcome;
use evenkeel_locate::{Calibration, Ranking};

#[test]
fn ties_count_against_the_method() {
    let metric = |component: &str, score| (Signal::new(component, "m"), score);
    let ranking =
        Ranking::of_metrics(vec![metric("a", 2.0), metric("b", 2.0), metric("c", 1.0), metric("d", 3.0)]);
    let score =
        |component: &str| Outcome::new(&ranking, component, Some(&Signal::new(component, "m")), None, 0.0);
    assert_eq!(score("d").place, Some(1));
    // Equal to b, whose name comes later.
    assert_eq!((score("a").place, score("b").place), (Some(3), Some(3)));
    assert_eq!((score("c").place, score("c").metric_place), (Some(4), Some(4)));
    assert_eq!((score("e").place, score("e").metric_place), (None, None));
    assert_eq!(score("a").first.unwrap(), "d");
}

#[test]
fn all_equal_is_no_answer() {
    let metrics = (0..10).map(|i| (Signal::new(format!("c{i}"), "m"), 0.0)).collect();
    let outcome = Outcome::new(&Ranking::of_metrics(metrics), "c0", None, Some(&Calibration::default()), 0.0);
    assert_eq!((outcome.place, outcome.metric_place, outcome.probability), (Some(10), None, None));
}
