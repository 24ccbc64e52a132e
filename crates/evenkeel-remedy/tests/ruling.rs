//! Algebraic properties of rulings and guards.

use crate::stand::at;
use evenkeel_remedy::guard::{Approval, Freeze, Guard, OneAtATime, Rate, Reason, Ruling, SourceHealthy};
use evenkeel_remedy::ledger::Ledger;
use evenkeel_remedy::machine::Effect;
use evenkeel_remedy::simulator::{Moment, Observer, Scenario};
use evenkeel_remedy::verb::StandardVerb;
use evenkeel_remedy::{Action, BlastRadius, Cooldown, ErrorRatio, Remediator, Runbook};
use proptest::prelude::*;
use std::sync::{Arc, Mutex};
use std::time::Duration;

fn ruling() -> impl Strategy<Value = Ruling> {
    let why = ("[ab]", 0..3_i32).prop_map(|(guard, x)| Reason::new(guard, format!("{x}"), f64::from(x), 1.0));
    (0..5, -2..3_i64, why).prop_map(|(kind, t, why)| match kind {
        0 => Ruling::permit(),
        1 => Ruling::deny(why),
        2 => Ruling::advise(why),
        3 => Ruling::ask(why),
        _ => Ruling::defer(at(t), why),
    })
}

proptest! {
    #[test]
    fn rulings_meet_in_any_order(a in ruling(), b in ruling(), c in ruling()) {
        let (x, y) = (a.clone().meet(b.clone()), b.clone().meet(a.clone()));
        prop_assert_eq!(&x, &y);
        prop_assert_eq!(x.clone().meet(c.clone()), a.clone().meet(b.clone().meet(c.clone())));
        prop_assert_eq!(x.clone().meet(x.clone()), x.clone());
        prop_assert_eq!(x.clone().meet(Ruling::permit()), x);
    }

    #[test]
    fn one_more_never_permits_more(a in ruling(), b in ruling(), now in -3..4_i64, approved: bool) {
        if a.clone().meet(b.clone()).permits(at(now), approved) {
            prop_assert!(a.permits(at(now), approved) && b.permits(at(now), approved));
        }
    }
}

/// Several guards as one, in a given order; notes where another order says something else, or one more
/// permits more.
#[derive(Debug)]
struct Shuffled(Vec<Box<dyn Guard<StandardVerb>>>, Arc<Mutex<(u64, u64)>>);

impl Guard<StandardVerb> for Shuffled {
    fn rule(&self, action: &Action<StandardVerb>, ledger: &Ledger<'_, StandardVerb>) -> Ruling {
        let rulings: Vec<Ruling> = self.0.iter().map(|g| g.rule(action, ledger)).collect();
        let forth = rulings.iter().cloned().fold(Ruling::permit(), Ruling::meet);
        let back = rulings.iter().rev().cloned().fold(Ruling::permit(), Ruling::meet);
        assert_eq!(forth, back, "the order of guards matters");
        let mut seen = self.1.lock().unwrap();
        seen.0 += 1;
        for without in 0..rulings.len() {
            let others = rulings.iter().enumerate().filter(|(i, _)| *i != without);
            let fewer = others.fold(Ruling::permit(), |r, (_, more)| r.meet(more.clone()));
            for approved in [false, true] {
                let (less, more) =
                    (forth.permits(ledger.now(), approved), fewer.permits(ledger.now(), approved));
                assert!(more || !less, "one more guard permits more");
                seen.1 += u64::from(more && !less);
            }
        }
        forth
    }
}

#[test]
fn guards_are_free_of_order_in_real_worlds() {
    let seen = Arc::new(Mutex::new((0, 0)));
    let guards: Vec<Box<dyn Guard<StandardVerb>>> = vec![
        Box::new(BlastRadius::new(0.3).unwrap()),
        Box::new(Cooldown::new(Duration::from_secs(60))),
        Box::new(Rate::new(2, Duration::from_secs(300)).unwrap()),
        Box::new(Freeze::new().window(at(1_000_100), at(1_000_200)).unwrap()),
        Box::new(SourceHealthy::all()),
        Box::new(OneAtATime::everywhere()),
        Box::new(Approval::of(["drain"])),
    ];
    let settings =
        Remediator::builder(ErrorRatio::builder(0.01).build().unwrap()).guard(Shuffled(guards, seen.clone()));
    for seed in 0..300 {
        let _ = Scenario::new().chaos(1.0).unwrap().run(seed, &settings, &mut Runbook::standard(), &mut Deaf);
    }
    let (rulings, mattered) = *seen.lock().unwrap();
    assert!(rulings > 3_000 && mattered > 1_000, "{rulings} rulings, {mattered} decided by one guard alone");
}

struct Deaf;

impl Observer for Deaf {}

/// All that happens in a world, as text.
#[derive(Default)]
struct Scribe(Vec<String>);

impl Observer for Scribe {
    fn wants(&mut self, at: Moment, effect: &Effect<StandardVerb>) {
        self.0.push(format!("{at:?} {effect:?}"));
    }
}

#[test]
fn worlds_repeat() {
    let settings =
        Remediator::builder(ErrorRatio::builder(0.01).build().unwrap()).guard(BlastRadius::default());
    for seed in 0..20 {
        let once = || {
            let mut scribe = Scribe::default();
            let scenario = Scenario::new().machines(2).unwrap().chaos(0.8).unwrap();
            let report = scenario.run(seed, &settings, &mut Runbook::standard(), &mut scribe);
            assert!(report.logs_agree());
            scribe.0
        };
        let (first, second) = (once(), once());
        assert!(first.len() > 100);
        assert_eq!(first, second);
    }
}
