//! Opens the shop of the examples, breaks it in every way and repairs it: what users feel before, during and
//! after.
//!
//! ```text
//! cargo run --release -p evenkeel-examples --example shop -- [--seed N] [--all] [--plan]
//! ```
//!
//! By default each fault of the plan runs by itself, is left alone for three seconds, and then gets its cure.
//! With `--plan` the whole plan is carried out as it is, without anybody repairing anything.

#![forbid(unsafe_code)]

use evenkeel::prelude::Name;
use evenkeel_examples::printing::ended;
use evenkeel_examples::say;
use evenkeel_examples::shop::chaos::{Chaos, Fault, Plan, Planned, Step};
use evenkeel_examples::shop::{
    Action, RequestCounts, Settings, Shop, ShopEvent, cpu_seconds, run_if_service,
};
use lexopt::ValueExt;
use std::collections::BTreeMap;
use std::io;
use std::process::ExitCode;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

fn main() -> ExitCode {
    run_if_service();
    ended("shop", run(), 2)
}

fn run() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let clock = SystemTime::now().duration_since(UNIX_EPOCH)?;
    let (mut seed, mut all, mut whole) = (u64::from(clock.subsec_nanos()), false, false);
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            lexopt::Arg::Long("seed") => seed = arguments.value()?.string()?.parse()?,
            lexopt::Arg::Long("all") => all = true,
            lexopt::Arg::Long("plan") => whole = true,
            other => {
                return Err(format!("{}\nusage: shop [--seed N] [--all] [--plan]", other.unexpected()).into());
            }
        }
    }
    say!("seed {seed}")?;
    let plan = if all { Plan::all(seed) } else { Plan::new(seed) };
    let (shop, events) = Shop::open(Settings { seed, ..Settings::default() })?;
    if whole {
        carry_out(&shop, &events, plan)?;
        return Ok(ExitCode::SUCCESS);
    }
    base(&events)?;
    say!("{:<16} {:>6} {:>7} {:>6}  what", "fault", "before", "during", "after")?;
    let mut sound = true;
    for (i, fault) in plan.faults().enumerate() {
        sound &= one(&shop, &events, i, fault)?;
    }
    Ok(if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What the shop is like when nothing is wrong.
fn base(events: &Receiver<ShopEvent>) -> io::Result<()> {
    let (mut spent, mut counts, mut slowest) = (BTreeMap::new(), RequestCounts::default(), Duration::ZERO);
    let (start, own) = (Instant::now(), cpu_seconds());
    let mut latencies = Vec::new();
    while let Ok(event) = events.recv_timeout(Duration::from_secs(5).saturating_sub(start.elapsed())) {
        counts.observe(&event);
        match event {
            ShopEvent::Scrape { instance, metrics: Some(metrics), .. } => {
                let first = spent.entry(instance).or_insert((metrics.cpu_seconds, 0.0));
                first.1 = metrics.cpu_seconds - first.0;
            }
            ShopEvent::Tick { wake_delay, .. } => slowest = slowest.max(wake_delay),
            ShopEvent::Request { seconds, .. } => latencies.push(seconds),
            _ => {}
        }
    }
    latencies.sort_unstable_by(f64::total_cmp);
    let quantile = |q: usize| 1000.0 * latencies.get(latencies.len() * q / 100).copied().unwrap_or(f64::NAN);
    let passed = start.elapsed().as_secs_f64();
    let services = spent.values().map(|(_, used)| used).sum::<f64>() / passed;
    let own = (cpu_seconds() - own) / passed;
    say!(
        "nothing wrong: {} requests in {passed:.0} s, {} bad; median {:.0} ms, 99 % within {:.0} ms; {:.3} cores ({services:.3} services, \
         {own:.3} load and sampler); sampler late by at most {slowest:.1?}",
        counts.requests,
        counts.bad,
        quantile(50),
        quantile(99),
        services + own
    )
}

/// Breaks one thing, lets it be, cures it.
fn one(shop: &Shop, events: &Receiver<ShopEvent>, i: usize, fault: &Fault) -> io::Result<bool> {
    let mut fault = fault.clone();
    if let Fault::SlowRelease { fuse, .. } = &mut fault {
        *fuse = Duration::from_secs(1);
    }
    let before = RequestCounts::of(events, Duration::from_secs(1));
    let (at, until) = (Duration::ZERO, Duration::from_secs(3600));
    let step = Planned { at, until, step: Step::Fault(fault.clone()) };
    let chaos = Chaos::start(shop, Plan { steps: vec![step], length: until });
    // A rolling deploy, a fuse, a pool that runs dry: the harm takes its time.
    let _ = RequestCounts::of(events, Duration::from_millis(1500));
    let during = RequestCounts::of(events, Duration::from_millis(2500));
    let mut useless = String::new();
    let apply =
        |what: &str, action: Action| format!("{action}: {}", shop.apply(&format!("{what} {i}"), &action));
    let victim = fault.victim();
    let done = match &fault {
        Fault::PoolDry { .. } | Fault::Slow { .. } | Fault::Burn { .. } => {
            apply("cure", Action::Restart(victim))
        }
        Fault::BadRelease { .. } => apply("cure", Action::RollBack(victim)),
        Fault::OptionalDead { .. } => apply("cure", Action::Degrade(Name::from("catalog"))),
        Fault::SlowRelease { .. } => {
            useless = apply("try", Action::Restart(victim.clone()));
            let _ = RequestCounts::of(events, Duration::from_secs(1));
            let still = RequestCounts::of(events, Duration::from_secs(2));
            useless = format!(" ({useless}, {:.1} % still bad)", 100.0 * still.bad_ratio());
            apply("cure", Action::RollBack(victim))
        }
    };
    // Those in flight are still lost.
    let _ = RequestCounts::of(events, Duration::from_millis(1200));
    let after = RequestCounts::of(events, Duration::from_secs(2));
    let cured = chaos.finish().iter().all(|happened| happened.cured.is_some());
    if matches!(fault, Fault::OptionalDead { .. }) {
        let _ = shop.apply(&format!("restore {i}"), &Action::Restore(Name::from("catalog")));
    }
    let percent = |counts: RequestCounts| format!("{:.1} %", 100.0 * counts.bad_ratio());
    say!(
        "{:<16} {:>6} {:>7} {:>6}  {fault}; {done}{useless}",
        fault.kind(),
        percent(before),
        percent(during),
        percent(after)
    )?;
    Ok(cured && during.bad_ratio() > 0.05 && after.bad_ratio() < 0.02)
}

/// Lets everything happen and tells, second by second, what users feel.
fn carry_out(shop: &Shop, events: &Receiver<ShopEvent>, plan: Plan) -> io::Result<()> {
    say!("{:.0} s", plan.length.as_secs_f64())?;
    let (start, chaos, mut told) = (Instant::now(), Chaos::start(shop, plan), 0);
    while !chaos.is_over() {
        let counts = RequestCounts::of(events, Duration::from_secs(1));
        let happened = chaos.happened();
        let news: Vec<String> = happened[told..].iter().map(|h| h.step.to_string()).collect();
        told = happened.len();
        say!(
            "{:>4.0} s {:>5.1} % bad  {}",
            start.elapsed().as_secs_f64(),
            100.0 * counts.bad_ratio(),
            news.join("; ")
        )?;
    }
    Ok(())
}
