//! The call gap: suspects and cleared components.

use core::time::Duration;
use evenkeel_core::{Name, Signal, Timestamp, Unit};
use evenkeel_locate::{CallColumns, CallGap, Case, Fusion, Graph, Localizer, Metric};

const STEP: Duration = Duration::from_secs(1);
const START: Timestamp = Timestamp::from_seconds(1_700_000_000);
/// Rows before the stated time, the last four of them in doubt, and rows from it on.
const BEFORE: usize = 24;
const AFTER: usize = 4;

fn case<'a>(calls: impl IntoIterator<Item = CallColumns<'a>>) -> Case<'a> {
    let builder = Case::builder(START, STEP, START + 24 * STEP);
    calls.into_iter().fold(builder, |builder, calls| builder.calls(calls)).build().unwrap()
}

fn column(before: f64, after: f64) -> Vec<f64> {
    (0..BEFORE + AFTER).map(|row| if row < BEFORE { before } else { after }).collect()
}

/// Calls with these mean seconds before and since, failing since.
fn calls(from: &str, to: &str, seconds: (f64, f64), failing: f64) -> CallColumns<'static> {
    CallColumns::new(from, to, column(seconds.0, seconds.1), column(0.0, failing))
}

fn cleared<'a>(calls: impl IntoIterator<Item = CallColumns<'a>>) -> Vec<Name> {
    CallGap::default().clears(&case(calls))
}

fn ranked<'a>(calls: impl IntoIterator<Item = CallColumns<'a>>) -> Vec<Name> {
    let ranking = CallGap::default().rank(&case(calls));
    ranking.suspects().iter().map(|suspect| suspect.component().clone()).collect()
}

#[test]
fn who_waits_for_the_culprit_is_cleared() {
    let chain = || {
        [
            calls("users", "edge", (0.04, 0.34), 0.0),
            calls("edge", "cart", (0.02, 0.32), 0.0),
            calls("edge", "catalog", (0.02, 0.02), 0.0),
            calls("cart", "payments", (0.01, 0.31), 0.0),
            calls("cart", "store", (0.01, 0.01), 0.0),
        ]
    };
    assert_eq!(cleared(chain()), ["cart", "catalog", "edge", "store"]);
    assert_eq!(ranked(chain()), ["payments"]);
    let evidence = CallGap::default().rank(&case(chain())).suspects()[0].evidence()[0].to_string();
    assert_eq!(
        evidence,
        "calls cart → payments is 0.31 s, expected 0.01 s, since 2023-11-14T22:13:44Z (call gap, weight 1.00)"
    );
}

#[test]
fn who_is_slow_itself_is_not() {
    let own = [calls("edge", "cart", (0.02, 0.62), 0.0), calls("cart", "store", (0.01, 0.012), 0.0)];
    assert_eq!(cleared(own.clone()), ["store"]);
    assert_eq!(ranked(own), ["cart"]);
    // A callee that is a little slower does not explain a caller that is much slower.
    let both = [calls("edge", "cart", (0.02, 0.62), 0.0), calls("cart", "store", (0.01, 0.06), 0.0)];
    assert_eq!(cleared(both.clone()), Vec::<Name>::new());
    assert_eq!(ranked(both), ["cart", "store"]);
}

#[test]
fn errors_are_followed_down() {
    let passed = [calls("edge", "cart", (0.02, 0.02), 0.4), calls("cart", "store", (0.01, 0.01), 0.4)];
    assert_eq!(cleared(passed), ["cart"]);
    let own = [calls("edge", "cart", (0.02, 0.02), 0.4), calls("cart", "store", (0.01, 0.01), 0.0)];
    assert_eq!(cleared(own), ["store"]);
}

#[test]
fn where_nothing_is_seen_nothing_is_examined() {
    for calm in [vec![calls("a", "b", (0.02, 0.02), 0.0)], vec![]] {
        assert_eq!(cleared(calm.clone()), Vec::<Name>::new());
        assert_eq!(ranked(calm), Vec::<Name>::new());
    }
    // Two that call each other explain each other: then both remain.
    let circle = [calls("a", "b", (0.02, 0.5), 0.0), calls("b", "a", (0.02, 0.5), 0.0)];
    assert_eq!(cleared(circle.clone()), Vec::<Name>::new());
    assert_eq!(ranked(circle), ["a", "b"]);
}

/// Nobody can say of whom nobody calls any more that he is well, nor of whom was never called before.
#[test]
fn without_calls_nobody_is_cleared() {
    let seen = |to: &str, before: usize, after: usize| {
        let some = |x: f64| -> Vec<f64> {
            let is_there = |row: usize| if row < BEFORE { row < before } else { row < BEFORE + after };
            (0..BEFORE + AFTER).map(|row| if is_there(row) { x } else { f64::NAN }).collect()
        };
        CallColumns::new("cart", to, some(0.01), some(0.0))
    };
    let cart = || calls("edge", "cart", (0.02, 0.62), 0.0);
    assert_eq!(cleared([cart(), seen("store", 20, 4)]), ["store"]);
    assert_eq!(cleared([cart(), seen("store", 20, 1)]), ["store"], "seldom is often enough");
    assert_eq!(cleared([cart(), seen("store", 20, 0)]), Vec::<Name>::new());
    assert_eq!(cleared([cart(), seen("store", 0, 4)]), Vec::<Name>::new());
    assert_eq!(cleared([cart(), seen("store", 0, 0)]), Vec::<Name>::new());
    // One that another caller still sees is examined by that.
    let other = calls("catalog", "store", (0.01, 0.01), 0.0);
    assert_eq!(cleared([cart(), seen("store", 20, 0), other]), ["store"]);
}

/// What failed before as it does now is not what is wrong now; what never failed and fails once in a billion
/// is not either.
#[test]
fn only_what_rose_is_harm() {
    let failing = |to: &str, before: f64, after: f64| {
        CallColumns::new("edge", to, column(0.02, 0.02), column(before, after))
    };
    let slow = || calls("edge", "cart", (0.02, 0.62), 0.0);
    assert_eq!(cleared([slow(), failing("ads", 0.3, 0.3)]), ["ads"]);
    assert_eq!(cleared([slow(), failing("ads", 0.0, 1e-9)]), ["ads"]);
    assert_eq!(cleared([slow(), failing("ads", 0.3, 0.6)]), Vec::<Name>::new());
    assert_eq!(cleared([slow(), failing("ads", 0.0, 0.2)]), Vec::<Name>::new());
}

#[test]
fn rows_in_doubt_are_left_out() {
    // The fault began ten rows before it was noticed.
    let early =
        |x: f64| (0..BEFORE + AFTER).map(|row| if row < BEFORE - 10 { 0.02 } else { x }).collect::<Vec<_>>();
    let build = |uncertainty: Duration| {
        Case::builder(START, STEP, START + 24 * STEP)
            .calls(CallColumns::new("edge", "cart", early(0.6), column(0.0, 0.0)))
            .uncertainty(uncertainty)
            .build()
            .unwrap()
    };
    let suspects =
        |seconds: u64| CallGap::default().rank(&build(Duration::from_secs(seconds))).suspects().len();
    assert_eq!((suspects(0), suspects(10)), (0, 1));
}

#[test]
fn calls_that_have_not_ended_since_speak_by_the_last_that_did() {
    // Payments answers what waits all at once, just before users notice, and then nothing; other calls of the
    // cart are fine.
    let gone = |last: f64| -> Vec<f64> {
        let row = |row: usize| match row {
            23 => last,
            row if row >= BEFORE - 3 => f64::NAN,
            _ => 0.01,
        };
        (0..BEFORE + AFTER).map(row).collect()
    };
    let fail =
        |last: f64| gone(last).iter().map(|x| if x.is_nan() { f64::NAN } else { 0.0 }).collect::<Vec<_>>();
    let chain = |last: f64| {
        [
            calls("edge", "cart", (0.02, 0.02), 0.0),
            CallColumns::new("cart", "payments", gone(last), fail(last)),
            calls("cart", "store", (0.01, 0.01), 0.0),
        ]
    };
    assert_eq!(ranked(chain(0.37)), ["payments"]);
    assert_eq!(cleared(chain(0.37)), ["cart", "store"]);
    // If the last answers were as ever, nobody knows why none has come since.
    assert_eq!(ranked(chain(0.01)), Vec::<Name>::new());
    let mut with_slow = chain(0.01).to_vec();
    with_slow.push(calls("edge", "ads", (0.02, 0.5), 0.0));
    assert_eq!(cleared(with_slow), ["cart", "store"]);
}

/// A metric that leaps on a component whose callers see nothing wrong does not make it a cause, however far
/// it leaps.
#[test]
fn a_fusion_takes_out_who_is_cleared() {
    let graph = Graph::from_edges([("edge", "cart", 10.0), ("cart", "store", 10.0)]).unwrap();
    let noise = |level: f64, after: f64| -> Vec<f64> {
        (0..BEFORE + AFTER)
            .map(|row| if row < BEFORE { level } else { after } * (1.0 + 0.01 * (row % 5) as f64))
            .collect()
    };
    let build = |with_calls: bool| {
        let mut case =
            Case::builder(START, STEP, START + 24 * STEP).graph(&graph).symptom_at("edge").metrics([
                Metric::new(Signal::new("cart", "latency"), noise(0.02, 0.2)).unit(Unit::Seconds),
                Metric::new(Signal::new("store", "memory"), noise(0.02, 900.0)),
            ]);
        if with_calls {
            case = case.calls(calls("edge", "cart", (0.02, 0.2), 0.0)).calls(calls(
                "cart",
                "store",
                (0.01, 0.01),
                0.0,
            ));
        }
        case.build().unwrap()
    };
    let first = |with_calls| {
        let diagnosis = Fusion::default().diagnose(&build(with_calls)).unwrap();
        diagnosis.causes()[0].component.clone()
    };
    assert_eq!(first(false), "store");
    assert_eq!(first(true), "cart");
}

#[test]
fn the_instances_that_are_called_tell_themselves_apart() {
    let of = |instance: &str, after: f64| calls("edge", "cart", (0.02, after), 0.0).to_instance(instance);
    let ranking = CallGap::default().rank(&case([of("cart-1", 0.02), of("cart-2", 0.6), of("cart-3", 0.5)]));
    assert_eq!(ranking.first().unwrap().instances(), ["cart-2", "cart-3"]);
}

#[test]
fn settings_have_their_ranges() {
    let refused = [
        CallGap::builder().least_seconds(0.0),
        CallGap::builder().least_seconds(f64::NAN),
        CallGap::builder().least_failing(0.6),
        CallGap::builder().explained(0.0),
        CallGap::builder().explained(1.5),
    ];
    assert!(refused.into_iter().all(|builder| builder.build().is_err()));
}
