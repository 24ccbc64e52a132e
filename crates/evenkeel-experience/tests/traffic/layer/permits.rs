//! A permit comes back exactly once, however a call ends.

use super::scripted::{Books, Script, Scripted, Where, finish, poll};
use core::task::Poll;
use evenkeel_experience::traffic::layer::{AdmissionError, AdmissionLayer, AdmissionService};
use evenkeel_experience::traffic::{Aimd, ConcurrencyLimiter, RefusalReason};
use evenkeel_stats::Generator;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use tower::{Layer, Service};

fn service(script: Script, most: usize) -> AdmissionService<Scripted, Books> {
    let inner = Scripted::new(script);
    let mut books = Books::new(most);
    books.inside = Some(Arc::clone(&inner.counts));
    AdmissionLayer::new(books).layer(inner)
}

fn out(service: &AdmissionService<Scripted, Books>) -> usize {
    service.with_control(|books| books.out())
}

#[test]
fn a_call_that_ends_gives_its_permit_back() {
    let mut well = service(Script { ready_after: 2, done_after: 3, ..Script::default() }, 1);
    assert_eq!(finish(well.call(())), Ok("done"));
    let mut ill = service(Script { fails: true, ..Script::default() }, 1);
    assert_eq!(finish(ill.call(())), Err(AdmissionError::Inner("failed")));
    assert_eq!((out(&well), out(&ill)), (0, 0));
    assert_eq!(well.with_control(|books| books.ended("success")), 1);
    assert_eq!(ill.with_control(|books| books.ended("failure")), 1);
}

#[test]
fn a_cancelled_call_gives_its_permit_back_wherever_it_is() {
    let script = Script { ready_after: 2, done_after: 2, ..Script::default() };
    // Not polled at all: there was no permit. Then while it waits for readiness, and while it runs.
    for polls in 0..4 {
        let mut service = service(script, 1);
        let mut call = Box::pin(service.call(()));
        for _ in 0..polls {
            assert!(poll(call.as_mut()).is_pending());
        }
        assert_eq!(out(&service), usize::from(polls > 0));
        let other = finish(service.clone().call(()));
        if polls == 0 {
            assert_eq!(other, Ok("done"));
        } else {
            let full = RefusalReason::Other("full");
            assert_eq!(other.unwrap_err().refusal().map(|why| why.reason), Some(full));
        }
        drop(call);
        assert_eq!(out(&service), 0);
        assert_eq!(service.with_control(|books| books.ended("ignored")), u64::from(polls > 0));
        assert_eq!(finish(service.call(())), Ok("done"));
    }
}

#[test]
fn a_call_that_panics_gives_its_permit_back_and_is_a_failure() {
    for place in [Where::Readiness, Where::Call, Where::Response] {
        let mut service = service(Script { panics: Some(place), ..Script::default() }, 1);
        for round in 1..=3 {
            // The future outlives the panic, as it does in a runtime.
            let mut call = Box::pin(service.call(()));
            assert!(catch_unwind(AssertUnwindSafe(|| poll(call.as_mut()))).is_err());
            drop(call);
            assert_eq!(service.with_control(|books| (books.out(), books.ended("failure"))), (0, round));
            // And the other way: it is dropped by the unwinding.
            let call = service.clone().call(());
            assert!(catch_unwind(AssertUnwindSafe(|| finish(call))).is_err());
            service.with_control(|books| *books.ended.entry("failure").or_default() -= 1);
            assert_eq!(out(&service), 0);
        }
    }
}

#[test]
fn a_classifier_that_panics_leaks_nothing() {
    let layer = AdmissionLayer::new(Books::new(1)).classify(
        |_: &Result<&'static str, &'static str>| -> evenkeel_experience::traffic::CallOutcome {
            std::panic::resume_unwind(Box::new("a bug of the user's"))
        },
    );
    let mut service = layer.layer(Scripted::new(Script::default()));
    for _ in 0..3 {
        let call = service.call(());
        assert!(catch_unwind(AssertUnwindSafe(|| finish(call))).is_err());
        assert_eq!(layer.with_control(|books| books.out()), 0);
    }
    assert_eq!(layer.with_control(|books| books.ended("failure")), 3);
}

#[test]
fn a_control_that_panics_once_is_used_on() {
    let layer = AdmissionLayer::new(Books::new(1));
    let poisoned = catch_unwind(AssertUnwindSafe(|| {
        layer.with_control(|_| std::panic::resume_unwind(Box::new("while it was locked")))
    }));
    assert!(poisoned.is_err());
    assert_eq!(finish(layer.layer(Scripted::new(Script::default())).call(())), Ok("done"));
}

#[test]
fn the_work_is_gone_before_its_place_is_free() {
    // `Books` asserts in each `finish` that no more calls are inside than have permits.
    let mut service = service(Script { done_after: 1, ..Script::default() }, 5);
    let mut calls: Vec<_> = (0..5).map(|_| Box::pin(service.call(()))).collect();
    for call in &mut calls {
        assert!(poll(call.as_mut()).is_pending());
    }
    drop(calls.pop());
    drop(calls.pop());
    for call in calls {
        assert_eq!(finish(call), Ok("done"));
    }
    assert_eq!(service.with_control(|books| (books.ended("ignored"), books.ended("success"))), (2, 3));
}

/// Anything, in any order: after each step as many permits are out as calls hold one.
#[test]
fn permits_balance_after_every_step() {
    let mut noise = Generator::new(11);
    for _ in 0..200 {
        let script = |noise: &mut Generator| Script {
            ready_after: noise.uniform_below(2) as u32,
            readiness_fails: noise.bernoulli(0.1),
            done_after: noise.uniform_below(3) as u32,
            fails: noise.bernoulli(0.2),
            panics: [Some(Where::Readiness), Some(Where::Call), Some(Where::Response)]
                .get(noise.uniform_below(30) as usize)
                .copied()
                .flatten(),
        };
        let layer = AdmissionLayer::new(Books::new(4));
        let mut calls = Vec::new();
        let (mut started, mut refused) = (0, 0);
        for _ in 0..100 {
            match noise.uniform_below(4) {
                0 | 1 => {
                    calls.push((Box::pin(layer.layer(Scripted::new(script(&mut noise))).call(())), false));
                }
                2 if !calls.is_empty() => {
                    let at = noise.uniform_below(calls.len() as u64) as usize;
                    let (call, polled) = &mut calls[at];
                    *polled = true;
                    match catch_unwind(AssertUnwindSafe(|| poll(call.as_mut()))) {
                        Ok(Poll::Pending) => continue,
                        Ok(Poll::Ready(Err(AdmissionError::Refused(_)))) => refused += 1,
                        Ok(Poll::Ready(_)) | Err(_) => started += 1,
                    }
                    drop(calls.swap_remove(at));
                }
                3 if !calls.is_empty() => {
                    let (_, polled) = calls.swap_remove(noise.uniform_below(calls.len() as u64) as usize);
                    started += u64::from(polled);
                }
                _ => {}
            }
            let holding = calls.iter().filter(|(_, polled)| *polled).count();
            layer.with_control(|books| {
                assert_eq!(books.out(), holding);
                assert_eq!(books.admitted(), started + holding as u64);
                assert_eq!(books.refused, refused);
            });
        }
        drop(calls);
        layer.with_control(|books| {
            assert_eq!(books.out(), 0);
            assert_eq!(books.ended.values().sum::<u64>(), books.admitted());
        });
    }
}

#[test]
fn a_call_allocates_nothing() {
    let limit = Aimd::new(1, 50, 100, 0.9, core::time::Duration::from_secs(1)).unwrap();
    let mut service =
        AdmissionLayer::new(ConcurrencyLimiter::new(limit)).layer(Scripted::new(Script::default()));
    let mut done = 0;
    let counted = allocation_counter::measure(|| {
        for _ in 0..1000 {
            done += u32::from(finish(service.call(())).is_ok());
        }
    });
    assert_eq!((counted.count_total, done), (0, 1000));
}
