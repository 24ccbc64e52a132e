//! What counts as success.

use evenkeel::prelude::{Name, Timestamp};
use evenkeel::{Cause, Diagnosis, FaultKind};
use evenkeel_examples::incident::Deed;
use evenkeel_examples::incident::scoring::{RunScore, Told, score};
use evenkeel_examples::shop::chaos::{Death, Fault, Happened, Step};
use evenkeel_examples::shop::{Action, Service};
use std::time::Duration;

fn at(second: i64) -> Timestamp {
    Timestamp::from_seconds(second)
}

/// The table says what the story says: what is done without, not who does without it.
#[test]
fn a_deed_is_called_as_it_was_permitted() {
    let deed = |action| Deed { at: at(1), incident: 0, action, undo: false }.to_string();
    assert_eq!(deed(Action::Degrade("catalog".into())), "degrade recommend");
    assert_eq!(deed(Action::Restore("catalog".into())), "restore recommend");
    assert_eq!(deed(Action::Restart("store-1".into())), "restart store-1");
}

fn faults() -> Vec<Fault> {
    let (instance, extra, version) = (Name::from("cart-1"), Duration::from_millis(700), Name::from("v2"));
    vec![
        Fault::PoolDry { instance: "store-1".into() },
        Fault::Slow { instance: instance.clone(), extra },
        Fault::Burn { instance: instance.clone(), millicores: 500 },
        Fault::BadRelease { service: Service::Cart, version: version.clone(), failing: 0.4 },
        Fault::OptionalDead { death: Death::Hung },
        Fault::SlowRelease { instance, version, extra, fuse: Duration::ZERO },
    ]
}

/// A fault that was noticed, ended and verified, and taken for this.
fn scored(fault: &Fault, component: &str, kind: Option<FaultKind>) -> RunScore {
    let step = Step::Fault(fault.clone());
    let happened = Happened { step, began: at(10), cured: Some(at(14)), ended: Some(at(18)) };
    let mut cause = Cause::new(component, 0.9).unwrap();
    cause.kind = kind;
    let told = Told {
        incident: Some(0),
        symptom: "users".into(),
        noticed: at(11),
        diagnosis: Some(Diagnosis::new(at(12), vec![cause]).unwrap()),
        recovered: Some(at(16)),
        escalated: false,
    };
    score(&[happened], &[told], &[], &[], |_| Duration::from_secs(8))
}

/// A right component for a wrong reason is no success, and neither is the right kind elsewhere.
#[test]
fn the_kind_counts_and_the_place_counts() {
    let kinds = [
        FaultKind::CpuExhausted,
        FaultKind::PoolExhausted,
        FaultKind::Slow,
        FaultKind::Errors,
        FaultKind::Dead,
        FaultKind::BadChange,
    ];
    for fault in faults() {
        let service = Service::of(fault.victim().as_str()).unwrap();
        let right = kinds.into_iter().filter(|kind| {
            let verdict = &scored(&fault, service.name(), Some(*kind)).verdicts[0];
            assert!(verdict.is_located() && verdict.is_ended());
            assert_eq!(verdict.is_good(), verdict.is_understood());
            verdict.is_good()
        });
        assert_eq!(right.collect::<Vec<_>>(), [fault.diagnosis()], "{fault}");
        assert!(!scored(&fault, service.name(), None).verdicts[0].is_good());
        let elsewhere = &scored(&fault, "edge", Some(fault.diagnosis())).verdicts[0];
        assert!(!elsewhere.is_located() && !elsewhere.is_understood() && !elsewhere.is_good());
    }
}
