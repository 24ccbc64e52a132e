use crate::world::machine;
use core::time::Duration;
use evenkeel_core::{Error, Timestamp};
use evenkeel_keeper::Keeper;
use evenkeel_testing::Source;

/// At exactly the objective false triggers are rarer than promised.
#[test]
fn false_triggers_within_the_promise() {
    let alpha = 1e-3;
    let (mut source, mut triggers, requests) = (Source::new(5), 0_u32, 400_000);
    let fresh = || Keeper::builder(0.02, machine().build().unwrap()).alpha(alpha).build().unwrap();
    let mut keeper = fresh();
    for i in 0..requests {
        let bad = u64::from(source.uniform() < 0.02);
        keeper.request(Timestamp::from_millis(10 * i), 1 - bad, bad);
        let (evidence, threshold) = keeper.evidence();
        if evidence >= threshold {
            triggers += 1;
            keeper = fresh();
        }
    }
    assert!(triggers > 0, "the chart can trigger");
    assert!(f64::from(triggers) < alpha * requests as f64, "{triggers} in {requests}");
}

#[test]
fn refuses_what_makes_no_sense() {
    let keeper = |objective| Keeper::builder(objective, machine().build().unwrap());
    for (builder, name) in [
        (keeper(0.0), "objective"),
        (keeper(1.0), "objective"),
        (keeper(f64::NAN), "objective"),
        (keeper(0.02).alternative(0.01), "alternative"),
        (keeper(0.02).alpha(0.0), "alpha"),
        (keeper(0.02).step(Duration::ZERO), "step"),
        (keeper(0.02).step(Duration::MAX), "step"),
        (keeper(0.02).step(Duration::from_secs(1 << 62)), "step"),
        (keeper(0.02).rows(3), "rows"),
        (keeper(0.02).sigmas(f64::NAN), "sigmas"),
        (keeper(0.02).half_life(0.0), "half_life"),
        (keeper(0.02).stuck_after(1), "stuck_after"),
    ] {
        let refused = builder.build().unwrap_err();
        assert!(matches!(refused, Error::Parameter { name: n, .. } if n == name), "{refused}");
    }
}
