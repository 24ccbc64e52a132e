//! Concurrency limits in closed loop with a simulated server whose capacity changes, as `limits.md` has them:
//! `cargo run --release -p evenkeel-experience --example limits >crates/evenkeel-experience/limits.md`.

#![expect(clippy::print_stdout, reason = "the table is what it is for")]

#[path = "../tests/traffic/closed_loop/server.rs"]
mod server;

use server::contenders::{
    aimd, bounded_gradient2, gradient_controller, gradient2, published_gradient2, vegas,
    vegas_without_probes, windowed, windowed_quantile,
};
use server::{CAPACITIES, Capacity, Fixed, Outcome, WORKS, Work, best_fixed, run};

const SECONDS: f64 = 60.0;
const LONG: f64 = 1_200.0;
const SEEDS: [u64; 3] = [1, 2, 3];

type Contender = (&'static str, fn(Capacity, Work, f64, u64) -> Outcome);

/// Those that decide on each sample, and then those in windows.
const CONTENDERS: [Contender; 13] = [
    ("`Aimd`", |c, w, s, seed| run(aimd(w), c, w, s, seed)),
    ("`Vegas`", |c, w, s, seed| run(vegas(), c, w, s, seed)),
    ("`Gradient2`, defaults", |c, w, s, seed| run(gradient2(), c, w, s, seed)),
    ("`Gradient2`, as published", |c, w, s, seed| run(published_gradient2(), c, w, s, seed)),
    ("`GradientController`, 10 samples", |c, w, s, seed| run(gradient_controller(w, 10), c, w, s, seed)),
    ("`GradientController`, 200 samples", |c, w, s, seed| run(gradient_controller(w, 200), c, w, s, seed)),
    ("**`Windowed`, 95 %: `Aimd`**", |c, w, s, seed| run(windowed_quantile(aimd(w), 0.95), c, w, s, seed)),
    ("`Windowed`, mean: `Vegas`", |c, w, s, seed| run(windowed(vegas()), c, w, s, seed)),
    ("`Windowed`, mean: `Vegas` without probes", |c, w, s, seed| {
        run(windowed(vegas_without_probes()), c, w, s, seed)
    }),
    ("`Windowed`, mean: `Gradient2`, defaults", |c, w, s, seed| run(windowed(gradient2()), c, w, s, seed)),
    ("`Windowed`, mean: `Gradient2`, as published", |c, w, s, seed| {
        run(windowed(published_gradient2()), c, w, s, seed)
    }),
    ("**`Windowed`, mean: `Gradient2`, tolerance 1.3, drift 1.1**", |c, w, s, seed| {
        run(windowed(bounded_gradient2()), c, w, s, seed)
    }),
    ("**`Windowed`, 50 %: `GradientController`, 1 sample**", |c, w, s, seed| {
        run(windowed_quantile(gradient_controller(w, 1), 0.5), c, w, s, seed)
    }),
];

fn main() {
    println!("{}\n", include_str!("limits_head.md").trim_end());
    for work in WORKS {
        println!("## Work of {}\n", work.name);
        print!("| limit |");
        CAPACITIES.iter().for_each(|capacity| print!(" {} |", capacity.name));
        println!("\n| --- |{}", " --- |".repeat(CAPACITIES.len()));
        let best =
            CAPACITIES.map(|capacity| SEEDS.map(|seed| best_fixed(4..=100, capacity, work, SECONDS, seed)));
        print!("| best fixed limit |");
        for seeds in best {
            let (limit, Outcome { throughput, p99, .. }) = seeds[0];
            print!(" {limit}: {throughput:.0} a second, p99 {:.2}× |", p99 / work.p99);
        }
        println!();
        for (name, contender) in CONTENDERS {
            print!("| {name} |");
            for (capacity, best) in CAPACITIES.into_iter().zip(best) {
                // The worst of all seeds.
                let (mut throughput, mut p99) = (f64::INFINITY, 0.0_f64);
                for (seed, (_, best)) in SEEDS.into_iter().zip(best) {
                    let outcome = contender(capacity, work, SECONDS, seed);
                    throughput = throughput.min(outcome.throughput / best.throughput);
                    p99 = p99.max(outcome.p99 / work.p99);
                }
                let failed = if throughput < 0.95 || p99 > 2.0 { " ✗" } else { "" };
                print!(" {throughput:.3}, {p99:.2}×{failed} |");
            }
            println!();
        }
        println!();
    }
    println!("## Twenty minutes of steady overload\n");
    println!("{}\n", include_str!("limits_long.md").trim_end());
    println!("| limit | {} | {} |\n| --- | --- | --- |", WORKS[0].name, WORKS[1].name);
    for (name, contender) in CONTENDERS {
        print!("| {name} |");
        for work in WORKS {
            let all = run(Fixed(100), CAPACITIES[0], work, LONG, 1).throughput;
            let Outcome { throughput, p99, highest: (first, second) } =
                contender(CAPACITIES[0], work, LONG, 1);
            let (share, p99) = (throughput / all, p99 / work.p99);
            print!(" {first}, {second}; {share:.3}, {p99:.2}× |");
        }
        println!();
    }
}
