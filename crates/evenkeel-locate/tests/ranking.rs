//! Rankings: order and ties.

use evenkeel_core::Signal;
use evenkeel_locate::{Ranking, Suspect};

fn suspect(name: &str, score: f64) -> Suspect {
    Suspect::new(name, score).unwrap()
}

#[test]
fn ties_are_resolved_by_name() {
    let ranking = Ranking::new(vec![suspect("c", 1.0), suspect("b", 2.0), suspect("a", 1.0)], Vec::new());
    let names: Vec<&str> = ranking.suspects().iter().map(|suspect| suspect.component().as_str()).collect();
    assert_eq!(names, ["b", "a", "c"]);
    let zeros = Ranking::new(vec![suspect("b", 0.0), suspect("a", -0.0)], Vec::new());
    assert_eq!(zeros.first().unwrap().component(), &"a");
}

#[test]
fn a_component_ranks_where_its_first_metric_does() {
    let metric = |component, metric, score| (Signal::new(component, metric), score);
    let ranking = Ranking::of_metrics(vec![
        metric("a", "x", 1.0),
        metric("b", "y", 3.0),
        metric("a", "z", 2.0),
        metric("c", "n", f64::NAN),
        metric("b", "y", 1.0),
    ]);
    assert_eq!(ranking.metrics().len(), 3);
    let suspects: Vec<_> = ranking.suspects().iter().map(|s| (s.component().as_str(), s.score())).collect();
    assert_eq!(suspects, [("b", 3.0), ("a", 2.0)]);
    assert_eq!(ranking.suspects()[1].metric().unwrap(), &"z");
}

#[test]
fn names_come_once_and_scores_are_finite() {
    let ranking = Ranking::new(vec![suspect("a", 1.0), suspect("a", 2.0)], Vec::new());
    assert_eq!((ranking.suspects().len(), ranking.first().unwrap().score()), (1, 2.0));
    assert!(Suspect::new("a", f64::NAN).is_err() && Suspect::new("a", f64::INFINITY).is_err());
}

#[test]
fn suspects_are_taken_out_in_order_and_without_a_copy() {
    let ranking = Ranking::new(vec![suspect("a", 1.0), suspect("b", 2.0)], Vec::new());
    let (place, expected) = (ranking.suspects().as_ptr(), ranking.suspects().to_vec());
    let suspects = ranking.into_suspects();
    assert_eq!((suspects.as_ptr(), suspects.len()), (place, 2));
    assert_eq!(suspects, expected);
}

#[test]
fn the_margin_is_relative() {
    let margin = |scores: &[f64]| {
        let suspects = scores.iter().zip(["a", "b", "c"]).map(|(score, name)| suspect(name, *score));
        Ranking::new(suspects.collect(), Vec::new()).margin()
    };
    assert_eq!(margin(&[]), None);
    assert_eq!(margin(&[2.0]), Some(1.0));
    assert_eq!(margin(&[1.0, 4.0]), Some(0.75));
    assert_eq!(margin(&[3.0, 3.0]), Some(0.0));
    assert_eq!(margin(&[3.0, -3.0]), Some(1.0));
    assert_eq!(margin(&[0.0, -1.0]), Some(0.0));
}
