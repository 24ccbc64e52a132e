//! Limits in closed loop with a server whose capacity changes. The whole table: `cargo run --release -p
//! evenkeel-experience --example limits`.

mod server;

use server::contenders::{
    aimd, bounded_gradient2, gradient_controller, gradient2, published_gradient2, vegas,
    vegas_without_probes, windowed, windowed_quantile,
};
use server::{CAPACITIES, Capacity, Outcome, WORKS, Work, best_fixed, run};

const SECONDS: f64 = 40.0;

#[test]
fn limits_in_windows_do_as_well_as_the_best_fixed_one() {
    type Contender = (&'static str, fn(Capacity, Work) -> Outcome);
    let contenders: [Contender; 5] = [
        ("AIMD", |capacity, work| run(windowed_quantile(aimd(work), 0.95), capacity, work, SECONDS, 2)),
        ("Vegas", |capacity, work| run(windowed(vegas()), capacity, work, SECONDS, 2)),
        ("Vegas without probes", |capacity, work| {
            run(windowed(vegas_without_probes()), capacity, work, SECONDS, 2)
        }),
        ("Gradient2", |capacity, work| run(windowed(bounded_gradient2()), capacity, work, SECONDS, 2)),
        ("gradient controller", |capacity, work| {
            run(windowed_quantile(gradient_controller(work, 1), 0.5), capacity, work, SECONDS, 2)
        }),
    ];
    for (capacity, work) in CAPACITIES.into_iter().zip(WORKS.into_iter().cycle()) {
        let (fixed, best) = best_fixed((12..=84).step_by(6), capacity, work, SECONDS, 2);
        assert!(fixed > 0, "no fixed limit keeps latency bounded");
        for (what, contender) in contenders {
            let Outcome { throughput, p99, highest } = contender(capacity, work);
            let (throughput, p99) = (throughput / best.throughput, p99 / work.p99);
            println!(
                "{}, {}, {what}: {throughput:.3} of the throughput of {fixed}, p99 {p99:.2} times, {highest:?}",
                capacity.name, work.name
            );
            assert!(throughput >= 0.95 && p99 <= 2.0 && highest.0.max(highest.1) <= 120, "{what}");
        }
    }
}

/// That the comparison can fail.
#[test]
fn laws_that_move_with_each_sample_or_learn_from_overload_do_not() {
    let (capacity, work) = (CAPACITIES[2], WORKS[0]);
    let published = run(published_gradient2(), capacity, work, 60.0, 2);
    assert!(published.p99 > 10.0 * work.p99 && published.highest.1 > 1_000, "{published:?}");
    let alone = run(gradient2(), capacity, work, SECONDS, 2);
    assert!(alone.p99 > 2.0 * work.p99, "{alone:?}");
}
