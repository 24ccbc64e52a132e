//! Spans and log lines as evidence: what they tell, and that they stay within their bounds.

use core::time::Duration;
use evenkeel_core::{Diagnosis, FaultKind, Signal, Snapshot, Timestamp, restore};
use evenkeel_keeper::{Event, Observer, ObserverBuilder, State, Symptom};
use evenkeel_locate::traces::Span;

/// When the fault begins.
const FAULT: i64 = 150;

fn builder() -> ObserverBuilder {
    let builder = Observer::builder(Symptom::requests("users", 0.02).unwrap());
    builder.step(Duration::from_secs(1)).rows(200).evidence(Duration::from_secs(8))
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_seconds(1_000_000 + second)
}

/// Tells an observer of each second by `tell`, and users' requests; gives back the first diagnosis.
fn diagnosed(observer: &mut Observer, tell: impl Fn(&mut Observer, i64)) -> Option<Diagnosis> {
    let mut first = None;
    for second in 0..200 {
        tell(observer, second);
        let bad = if second >= FAULT { 40 } else { 0 };
        observer.request(at(second), 100 - bad, bad);
        for event in observer.tick(at(second)) {
            if let Event::Opened { diagnosis, .. } = event {
                first.get_or_insert(diagnosis);
            }
        }
    }
    first
}

/// The spans of a request that goes from the edge to a cart, which takes so many milliseconds.
fn request(observer: &mut Observer, second: i64, number: i64, cart: &str, took: i64) {
    let start = at(second).as_nanos() - 500_000_000 + 1_000 * number;
    let ms = |from: i64, to: i64| (start + 1_000_000 * from, start + 1_000_000 * to);
    let trace = format!("{second}-{number}");
    observer.span(Span::new("1", None, "edge", "GET /", ms(0, took + 10)).in_trace(&trace));
    observer.span(Span::new("2", Some("1"), cart, "list", ms(5, took + 5)).in_trace(&trace));
}

fn first(diagnosis: Option<Diagnosis>) -> String {
    diagnosis.unwrap().causes().first().map_or_else(String::new, |cause| cause.component.to_string())
}

#[test]
fn spans_of_instances_are_those_of_their_component() {
    let mut observer = builder().build().unwrap();
    observer.member("cart", "cart-1");
    observer.member("cart", "cart-2");
    let diagnosis = diagnosed(&mut observer, |observer, second| {
        for number in 0..4 {
            let took = if second >= FAULT { 300 } else { 20 + number };
            request(observer, second, number, if number % 2 == 0 { "cart-1" } else { "cart-2" }, took);
        }
    });
    assert_eq!(first(diagnosis), "cart");
    assert_eq!(observer.dropped().spans, 0);
}

#[test]
fn lines_alone_name_the_culprit() {
    for trace in [None, Some(())] {
        let mut observer = builder().build().unwrap();
        let diagnosis = diagnosed(&mut observer, |observer, second| {
            for number in 0..4 {
                let name = format!("{second}-{number}");
                let trace = trace.map(|()| &*name);
                observer.log(at(second), "edge", trace, &format!("GET /cart/{number}"));
                let text = if second >= FAULT { "could not reserve" } else { "reserved" };
                observer.log(at(second), "cart", trace, &format!("{text} {number} items"));
            }
        });
        assert_eq!(first(diagnosis), "cart");
        assert_eq!(observer.dropped().lines, 0);
    }
}

#[test]
fn of_too_many_spans_whole_traces_are_left_out_and_the_rest_tells_as_much() {
    let mut observer = builder().max_spans(600).build().unwrap();
    let diagnosis = diagnosed(&mut observer, |observer, second| {
        for number in 0..30 {
            request(observer, second, number, "cart", if second >= FAULT { 300 } else { 20 + number % 5 });
        }
    });
    assert_eq!(first(diagnosis), "cart");
    // What is kept at the end is at most the cap.
    let kept = 200 * 30 * 2 - observer.dropped().spans;
    assert!(kept <= 600 + 2 * 30 * 200 / 4, "{kept}");
    assert!(observer.dropped().spans > 6_000, "{:?}", observer.dropped());
}

#[test]
fn of_too_many_lines_a_part_is_left_out_and_rates_stay_comparable() {
    // The store's one line in twenty is written three times as often; the load is far beyond the cap, and
    // three times as high in the first minute.
    let mut observer = builder().max_lines(1_500).build().unwrap();
    let diagnosis = diagnosed(&mut observer, |observer, second| {
        let load = if second < 60 { 240 } else { 80 };
        for number in 0..load {
            observer.log(at(second), "edge", None, &format!("GET /cart/{number}"));
        }
        for number in 0..if second >= FAULT { 36 } else { 12 } {
            observer.log(at(second), "store", None, &format!("waited {number} ms for a connection"));
        }
    });
    assert_eq!(first(diagnosis), "store");
    assert!(observer.dropped().lines > 10_000, "{:?}", observer.dropped());

    // Nothing but the load has changed, and that before the incident: nobody is blamed for his lines.
    let mut observer = builder().max_lines(1_500).build().unwrap();
    let diagnosis = diagnosed(&mut observer, |observer, second| {
        for number in 0..if second < 60 { 240 } else { 20 } {
            observer.log(at(second), "edge", None, &format!("GET /cart/{number}"));
            observer.log(at(second), "store", None, &format!("read {number} rows"));
        }
    });
    let diagnosis = diagnosis.unwrap();
    let sure = diagnosis.causes().iter().map(|cause| cause.probability()).fold(0.0, f64::max);
    assert!(sure < 0.6, "{diagnosis:?}");
}

#[test]
fn one_endless_trace_takes_the_room_of_nobody_for_long() {
    let mut observer = builder().max_spans(400).build().unwrap();
    let diagnosis = diagnosed(&mut observer, |observer, second| {
        if second < 20 {
            for number in 0..1_000 {
                let start = at(second).as_nanos() - 1_000 * number;
                let id = format!("{second}-{number}");
                observer.span(Span::new(&id, None, "edge", "loop", (start, start)).in_trace("endless"));
            }
        }
        request(observer, second, 0, "cart", if second >= FAULT { 300 } else { 20 + second % 5 });
    });
    assert_eq!(first(diagnosis), "cart");
}

#[test]
fn what_is_of_another_time_is_counted_and_not_kept() {
    let mut observer = builder().max_lines(0).build().unwrap();
    let _ = observer.tick(at(0));
    let span = |from: i64, to: i64| Span::new("1", None, "edge", "GET /", (from, to));
    let now = at(0).as_nanos();
    for (from, to) in [(0, 1), (now, now + 10_000_000_000), (now, now - 1), (i64::MIN, i64::MAX)] {
        observer.span(span(from, to));
    }
    assert_eq!(observer.dropped().spans, 4);
    observer.span(span(now - 1, now));
    assert_eq!(observer.dropped().spans, 4);
    observer.log(at(0), "edge", None, "no line is kept");
    observer.log(Timestamp::MAX, "edge", None, "nor one of the end of time");
    observer.log(Timestamp::MIN, "edge", None, "nor one of its beginning");
    assert_eq!(observer.dropped().lines, 3);
}

#[test]
fn before_the_first_tick_any_time_may_be_right_and_after_a_clock_that_was_set_back_all_is_new() {
    let mut observer = builder().build().unwrap();
    request(&mut observer, 0, 0, "cart", 20);
    assert_eq!(observer.dropped().spans, 0);
    let _ = observer.tick(at(0));
    request(&mut observer, 1, 0, "cart", 20);
    // An hour back, again and again, until the clock is believed.
    for second in 0..400 {
        let _ = observer.tick(at(second - 3_600));
    }
    let before = observer.dropped().spans;
    request(&mut observer, 399 - 3_600, 0, "cart", 20);
    assert_eq!(observer.dropped().spans, before);
}

#[test]
fn a_component_that_is_gone_is_called_dead_though_its_calls_look_like_a_bad_network() {
    let mut observer = builder().build().unwrap();
    let up = Signal::new("cart", "up");
    let diagnosis = diagnosed(&mut observer, |observer, second| {
        let is_gone = second >= FAULT;
        observer.observe(at(second), &up, if is_gone { 0.0 } else { 1.0 });
        for number in 0..4 {
            let start = at(second).as_nanos() - 900_000_000 + 1_000 * number;
            let ms = |from: i64, to: i64| (start + 1_000_000 * from, start + 1_000_000 * to);
            let trace = format!("{second}-{number}");
            let took = if is_gone { 800 } else { 20 + number };
            observer.span(Span::new("1", None, "edge", "GET /", ms(0, took + 10)).in_trace(&trace));
            let call = Span::new("2", Some("1"), "edge", "call", ms(5, took + 5)).in_trace(&trace);
            observer.span(call.calling("cart"));
            if !is_gone {
                observer.span(Span::new("3", Some("2"), "cart", "list", ms(6, took + 4)).in_trace(&trace));
            }
        }
    });
    let diagnosis = diagnosis.unwrap();
    let cause = &diagnosis.causes()[0];
    assert_eq!((cause.component.as_str(), cause.kind), ("cart", Some(FaultKind::Dead)));
}

#[test]
fn a_restart_begins_without_them_and_goes_on() {
    let mut observer = builder().build().unwrap();
    for second in 0..50 {
        request(&mut observer, second, 0, "cart", 20);
        observer.request(at(second), 100, 0);
        let _ = observer.tick(at(second));
    }
    let text = serde_json::to_string(&observer.state().snapshot()).unwrap();
    assert!(!text.contains("GET /"), "spans are in the state");
    let state: State = restore(&mut serde_json::Deserializer::from_str(&text)).unwrap();
    let mut observer = builder().restore(state).unwrap();
    let diagnosis = diagnosed(&mut observer, |observer, second| {
        request(observer, second, 0, "cart", if second >= FAULT { 300 } else { 20 + second % 3 });
    });
    assert_eq!(first(diagnosis), "cart");
}
