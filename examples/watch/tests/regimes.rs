use evenkeel_testing::Source;
use evenkeel_watch::regimes::{self, Visit};
use std::time::Duration;

/// Forty steps around 1, forty around 5, and again.
fn two_regimes(n: usize) -> Vec<f64> {
    let mut source = Source::new(3);
    (0..n).map(|i| if i / 40 % 2 == 0 { 1.0 } else { 5.0 } + 0.3 * source.normal()).collect()
}

#[test]
fn regimes_are_found_named_and_drawn() {
    let found = regimes::find(&two_regimes(400), Some(2)).unwrap();
    let truth: Vec<usize> = (0..400).map(|i| i / 40 % 2).collect();
    assert_eq!(found.path, truth);
    assert_eq!(found.visits.len(), 10);
    assert_eq!(found.visits[1], Visit { state: 1, steps: (40, 79) });
    let at = |i: usize| evenkeel::prelude::Timestamp::from_seconds(60 * i as i64);
    let series: Vec<_> =
        two_regimes(400).into_iter().enumerate().map(|(i, x)| evenkeel::prelude::At::new(at(i), x)).collect();
    let drawing = found.picture(&series, "load").unwrap().draw(700);
    assert!(drawing.description().contains("B high 50 % of the time"), "{}", drawing.description());
    assert!(found.picture(&series[1..], "load").is_err());
    assert_eq!(found.strip(10), "ABABABABAB");
    let agree = found.online.iter().zip(&truth).filter(|(a, b)| a == b).count();
    assert!(agree >= 396, "{agree}");
    let table = found.table(Duration::from_secs(60));
    assert!(table.contains("low") && table.contains("high") && table.contains("50.0 %"), "{table}");
    let now = found.now(Duration::from_secs(60));
    assert!(now.starts_with("Now high (100 % sure), for 40.0 min"), "{now}");
}

#[test]
fn bic_chooses_their_number() {
    let found = regimes::find(&two_regimes(400), None).unwrap();
    assert_eq!(found.model.states(), 2);
    let one = regimes::find(&two_regimes(40), None).unwrap();
    assert_eq!(one.model.states(), 1);
    assert!(one.table(Duration::from_secs(1)).contains("for ever"));
    assert!(regimes::find(&[], None).is_err());
}

#[test]
fn lengths_are_told_in_units_that_fit() {
    let told = |seconds: f64| regimes::duration(Duration::from_secs_f64(seconds));
    assert_eq!([told(0.025), told(1.0), told(90.0), told(7_200.0)], ["25.0 ms", "1.0 s", "1.5 min", "2.0 h"]);
    assert_eq!([told(86_400.0), told(0.0004)], ["1.0 d", "0.0004 s"]);
}
