//! Who calls whom, by the spans of a program.

use core::time::Duration;
use evenkeel_core::Timestamp;
use evenkeel_ingest::FindingKind;
use evenkeel_ingest::in_process::{SpanLayer, SpanReader, SpanReadings};
use std::thread;
use tracing::{Dispatch, dispatcher, error, field, info_span};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry;

fn at(second: i64) -> Timestamp {
    Timestamp::from_seconds(second)
}

fn within(layer: SpanLayer, reader: &mut SpanReader, program: impl FnOnce()) -> SpanReadings {
    let dispatch = Dispatch::new(registry().with(layer));
    dispatcher::with_default(&dispatch, program);
    reader.read(at(10))
}

fn read(program: impl FnOnce()) -> SpanReadings {
    let (layer, mut reader) = SpanLayer::new("shop", at(0), 16).unwrap();
    within(layer, &mut reader, program)
}

fn calls(readings: &SpanReadings) -> Vec<(&str, &str, u64, u64)> {
    readings.calls.iter().map(|one| (one.from.as_str(), one.to.as_str(), one.calls, one.errors)).collect()
}

fn served(readings: &SpanReadings) -> Vec<(&str, u64, u64)> {
    readings.served.iter().map(|one| (one.component.as_str(), one.requests, one.failed)).collect()
}

#[test]
fn components_call_each_other_whatever_lies_between() {
    let readings = read(|| {
        let request = info_span!("request").entered();
        let helper = info_span!("helper", detail = 3).entered();
        let cart = info_span!("add", component = "cart").entered();
        info_span!("inner").in_scope(|| {
            info_span!("insert", peer.service = "database")
                .in_scope(|| thread::sleep(Duration::from_millis(3)));
            info_span!("own", component = "cart").in_scope(|| ());
        });
        // A component that calls on behalf of another says both.
        info_span!("both", component = "mail", peer.service = "relay").in_scope(|| {
            info_span!("in process", component = "spool").in_scope(|| ());
        });
        drop((cart, helper, request));
        // What runs in a thread of its own names its parent.
        let request = info_span!("request");
        let parent = request.clone();
        let dispatch = dispatcher::get_default(Dispatch::clone);
        let in_thread = move || {
            dispatcher::with_default(&dispatch, || {
                info_span!(parent: &parent, "insert", peer.service = "database").in_scope(|| ());
            });
        };
        thread::spawn(in_thread).join().unwrap();
    });
    let expected = [
        ("cart", "database", 1, 0),
        ("cart", "mail", 1, 0),
        ("mail", "relay", 1, 0),
        ("relay", "spool", 1, 0),
        ("shop", "cart", 1, 0),
        ("shop", "database", 1, 0),
    ];
    assert_eq!(calls(&readings), expected);
    assert_eq!(served(&readings), [("shop", 2, 0)]);
    let slow = &readings.calls[0];
    assert!(slow.total >= Duration::from_millis(3));
    assert_eq!((slow.total, slow.longest), (slow.longest, slow.total));
    assert!(slow.median <= slow.longest && slow.median >= slow.longest.mul_f64(0.9), "{slow:?}");
    assert!(readings.served[0].total >= slow.total);
    assert!(readings.findings.is_empty());
}

#[test]
fn roots_are_requests_unless_they_call() {
    let readings = read(|| {
        info_span!("request").in_scope(|| ());
        info_span!("request", component = "api").in_scope(|| ());
        info_span!("poll", peer.service = "queue").in_scope(|| {
            info_span!("message", otel.kind = "server", component = "worker").in_scope(|| ());
        });
        info_span!("request").in_scope(|| info_span!("inner", otel.kind = "SERVER").in_scope(|| ()));
    });
    assert_eq!(served(&readings), [("api", 1, 0), ("shop", 3, 0), ("worker", 1, 0)]);
    assert_eq!(calls(&readings), [("queue", "worker", 1, 0), ("shop", "queue", 1, 0)]);
}

#[test]
fn failures_are_told_in_several_ways() {
    let call = |program: fn(&tracing::Span)| {
        let readings = read(|| {
            let _request = info_span!("request").entered();
            let span = info_span!(
                "call",
                component = "bank",
                error = field::Empty,
                otel.status_code = field::Empty,
                http.response.status_code = field::Empty,
            );
            span.in_scope(|| program(&span));
        });
        assert_eq!(readings.served.iter().map(|one| one.failed).sum::<u64>(), 0);
        let [(from, to, 1, failed)] = calls(&readings)[..] else { panic!("{readings:?}") };
        assert_eq!((from, to), ("shop", "bank"));
        failed
    };
    let failures: [fn(&tracing::Span); 9] = [
        |span| {
            span.record("error", true);
        },
        |span| {
            span.record("error", "refused");
        },
        |span| {
            span.record("error", field::display("refused"));
        },
        |span| {
            span.record("otel.status_code", "ERROR");
        },
        |span| {
            span.record("http.response.status_code", 503);
        },
        |span| {
            span.record("http.response.status_code", field::display(500));
        },
        |_| error!("no route"),
        |_| info_span!("inner").in_scope(|| error!("no route")),
        |span| {
            let why: &(dyn std::error::Error + 'static) = &std::fmt::Error;
            span.record("error", why);
        },
    ];
    assert_eq!(failures.map(call), [1; 9]);
    let others: [fn(&tracing::Span); 6] = [
        |_| (),
        |span| {
            span.record("error", false);
        },
        |span| {
            span.record("error", "");
        },
        |span| {
            span.record("otel.status_code", "OK");
        },
        |span| {
            span.record("http.response.status_code", 404);
        },
        |_| tracing::warn!("slow"),
    ];
    assert_eq!(others.map(call), [0; 6]);
}

#[test]
fn a_failed_call_is_no_failed_request_and_events_can_be_ignored() {
    let program = || {
        let request = info_span!("request").entered();
        info_span!("call", peer.service = "bank").in_scope(|| error!("refused"));
        drop(request);
        info_span!("request").in_scope(|| error!("broken"));
    };
    let readings = read(program);
    assert_eq!(calls(&readings), [("shop", "bank", 1, 1)]);
    assert_eq!(served(&readings), [("shop", 2, 1)]);
    let (layer, mut reader) = SpanLayer::new("shop", at(0), 16).unwrap();
    let readings = within(layer.errors_by_events(false), &mut reader, program);
    assert_eq!(calls(&readings), [("shop", "bank", 1, 0)]);
    assert_eq!(served(&readings), [("shop", 2, 0)]);
}

#[test]
fn nothing_is_lost_under_eight_threads_and_the_cap_holds() {
    const THREADS: u64 = 8;
    const ROUNDS: u64 = 2_000;
    // Requests of the shop are one pair, so two are left.
    let (layer, mut reader) = SpanLayer::new("shop", at(0), 3).unwrap();
    let dispatch = Dispatch::new(registry().with(layer));
    let (mut requests, mut failed, mut counted, mut beyond) = (0, 0, 0, 0);
    thread::scope(|scope| {
        let threads = (0..THREADS).map(|_| {
            scope.spawn(|| {
                dispatcher::with_default(&dispatch, || {
                    for i in 0..ROUNDS {
                        let request = info_span!("request", error = i % 5 == 0).entered();
                        let name = format!("shard-{}", i % 10);
                        info_span!("call", peer.service = name).in_scope(|| ());
                        drop(request);
                    }
                });
            })
        });
        let threads: Vec<_> = threads.collect();
        let mut second = 0;
        loop {
            let is_over = threads.iter().all(thread::ScopedJoinHandle::is_finished);
            second += 1;
            let readings = reader.read(at(second));
            for served in &readings.served {
                assert!(served.failed <= served.requests);
                requests += served.requests;
                failed += served.failed;
            }
            counted += readings.calls.iter().map(|call| call.calls).sum::<u64>();
            beyond += readings.findings.count(FindingKind::BeyondCap);
            assert!(readings.calls.len() <= 2);
            if is_over {
                break;
            }
        }
    });
    assert_eq!((requests, failed), (THREADS * ROUNDS, THREADS * ROUNDS / 5));
    assert_eq!(counted + beyond, THREADS * ROUNDS);
    assert_eq!(counted, 2 * THREADS * ROUNDS / 10);
}

#[test]
fn ever_new_names_are_told_by_their_number() {
    let readings = read(|| {
        for i in 0..1000 {
            info_span!("poll", peer.service = format!("shard-{i}")).in_scope(|| ());
        }
    });
    assert_eq!(readings.calls.len(), 16);
    let beyond: u64 = readings.findings.iter().map(|one| one.count).sum();
    assert_eq!((beyond, readings.findings.count(FindingKind::BeyondCap)), (984, 984));
    // Names are kept for twice as many as pairs, and the program itself.
    assert_eq!(readings.findings.to_vec().len(), 17);
}

#[test]
fn a_clock_that_was_set_back_loses_nothing() {
    let (layer, mut reader) = SpanLayer::new("shop", at(5), 16).unwrap();
    dispatcher::with_default(&Dispatch::new(registry().with(layer)), || {
        info_span!("request").in_scope(|| ());
        let readings = reader.read(at(4));
        assert_eq!((readings.served.len(), readings.findings.count(FindingKind::OutOfOrder)), (0, 1));
        assert_eq!(served(&reader.read(at(6))), [("shop", 1, 0)]);
        assert!(reader.read(at(7)).served.is_empty());
    });
    assert!(SpanLayer::new("shop", at(0), 0).is_err());
}
