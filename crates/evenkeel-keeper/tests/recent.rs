//! What is shown of the recent past.

use crate::world::{USERS, calls};
use core::time::Duration;
use evenkeel_core::{Name, Signal, Timestamp};
use evenkeel_keeper::{Observer, Symptom};

#[test]
fn what_was_observed_is_shown_as_long_as_it_is_kept() {
    let builder = Observer::builder(Symptom::requests(USERS, 0.02).unwrap());
    let builder = builder.symptom(
        Symptom::limit("load", Signal::new("b", "load"), evenkeel_core::Direction::Up, 9.0).unwrap(),
    );
    let mut observer = builder.step(Duration::from_secs(1)).rows(60).build().unwrap();
    let at = Timestamp::from_seconds;
    let load = Signal::new("a", "load").at_instance("a-1");
    observer.member("b", "b-1");
    for second in 100..300 {
        observer.tick(at(second)).for_each(drop);
        // Not in every row, and nothing at all in the last ten.
        if second % 3 == 0 && second < 290 {
            observer.observe(at(second), &load, second as f64);
        }
        if second < 290 {
            observer.request(at(second), 10 + second as u64, 3);
        }
        for to in ["b", "b-1", "c"] {
            observer.call(at(second), "a", to, calls(2, 0, 0.1));
        }
        if second == 105 {
            // Before there are sixty rows, there is nothing from before the first.
            assert_eq!(observer.recent(&load).first().unwrap().time, at(100));
            assert_eq!(observer.recent_requests(observer.symptom(USERS).unwrap()).len(), 6);
        }
    }
    let recent = observer.recent(&load);
    assert_eq!((recent.len(), recent[0].time, recent[59].time), (60, at(240), at(299)));
    for row in &recent {
        let second = row.time.as_nanos() / 1_000_000_000;
        let expected = (second % 3 == 0 && second < 290).then_some(second as f64);
        assert_eq!(Some(row.value).filter(|x| !x.is_nan()), expected, "{second}");
    }
    let requests = observer.recent_requests(observer.symptom(USERS).unwrap());
    assert_eq!(requests.len(), 50);
    assert_eq!((requests[0].time, requests[0].value), (at(240), (250, 3)));
    assert!(observer.recent_requests(observer.symptom("load").unwrap()).is_empty());
    assert!(observer.recent(&Signal::new("a", "load")).is_empty(), "of another instance");
    let name = |name: &str| Name::from(name);
    // Instances count with what they are instances of.
    assert_eq!(observer.call_counts(), [(name("a"), name("b"), 800.0), (name("a"), name("c"), 400.0)]);
    let known: Vec<String> = observer.known_signals().map(|(signal, _)| signal.to_string()).collect();
    assert_eq!(known.len(), observer.signals());
    assert!(known.contains(&load.to_string()) && known.contains(&"c/latency seen by a".into()), "{known:?}");
}
