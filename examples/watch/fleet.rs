//! Many series under one budget: a `Fleet` of monitors of the fast tier, an incident of one service of 200
//! instances, and what a person is told of it: one page.
//!
//! ```text
//! cargo run --release -p evenkeel-watch --example fleet -- [--series 20000] [--budget 1/7d] [--seed N]
//! ```
//!
//! The series are generated: see `evenkeel_watch::many`. It says how many values a second one thread takes,
//! what a series costs in memory, and how long a snapshot takes. It fails if anything but one page is told, or
//! if that is not of the service.

use evenkeel::detect::Budget;
use evenkeel::detect::fleet::{FleetEvent, Scope};
use evenkeel_watch::arguments::{self, Outcome, budget, text};
use evenkeel_watch::many::{self, Setup};
use evenkeel_watch::regimes::duration;
use evenkeel_watch::say;
use std::process::ExitCode;

const USAGE: &str = "usage: fleet [--series 20000] [--budget 1/7d] [--seed N]
  --series N       how many series, at least 200 (default 20000); some 25 kB of memory each
  --budget N/TIME  false pages of all of them together (default 1/7d)
  --seed N         what is drawn (default 1)";

struct Arguments {
    series: u32,
    budget: Budget,
    seed: u64,
}

fn main() -> ExitCode {
    arguments::run(("fleet", USAGE), arguments(), run)
}

fn run(Arguments { series, budget, seed }: Arguments) -> Outcome {
    let setup = Setup { series, budget, normal: 700, slower: 60, after: 60, seed };
    let (from, until) = setup.incident();
    say!("{series} series, a value every {}; false pages at most {budget}.", duration(many::STEP))?;
    say!("From {from} to {until} service-000 is slower: {} series.\n", many::SERVICE)?;
    let before = many::memory();
    let ran = many::run(setup).map_err(|e| e.to_string())?;
    let after = many::memory();
    for event in &ran.told {
        say!("{event}\n")?;
    }
    let ledger = ran.fleet.ledger();
    say!("Ledger: {} alerts, {} pages; most of them:", ledger.alerts(), ledger.pages())?;
    for (key, spent) in ledger.top(3) {
        say!("  {key}: {spent}")?;
    }
    say!("  each series has a share of {}", ran.fleet.share())?;
    let seconds = ran.updating.as_secs_f64();
    say!(
        "\n{} values in {seconds:.1} s by one thread: {:.2} million a second, {:.2} µs each.",
        ran.updates,
        1e-6 * ran.updates as f64 / seconds,
        1e6 * seconds / ran.updates as f64
    )?;
    let (ticking, ticks) = ran.ticking;
    say!("A tick over all series: {:.2} ms.", 1e3 * ticking.as_secs_f64() / f64::from(ticks))?;
    match (before, after) {
        (Some(before), Some(after)) => {
            let grown = after.saturating_sub(before) as f64;
            say!("Memory: {:.1} kB a series, {:.2} GB.", 1e-3 * grown / f64::from(series), 1e-9 * grown)?;
        }
        _ => say!("Memory: unknown, as this system has no /proc.")?,
    }
    let path = std::env::temp_dir().join(format!("evenkeel-fleet-{}.snapshot", std::process::id()));
    let told = ran.told;
    let (fleet, saved) = many::restart(ran.fleet, &path)?;
    say!(
        "Snapshot: {:.1} kB a series, written in {:.1} s, restored in {:.1} s: {} series, the same to the byte.",
        1e-3 * saved.bytes as f64 / f64::from(series),
        saved.writing.as_secs_f64(),
        saved.restoring.as_secs_f64(),
        fleet.len()
    )?;
    let pages: Vec<_> = told.iter().filter(|event| matches!(event, FleetEvent::Page(_))).collect();
    match pages[..] {
        [page] if matches!(page.incident().scope(), Scope::Label { label, .. } if label == "service-000") => {
            Ok(())
        }
        [page] => Err(format!("the page is not of service-000, but {:?}", page.incident().scope()).into()),
        _ => Err(format!("{} pages where there was one incident", pages.len()).into()),
    }
}

/// The arguments; `None` for `--help`.
fn arguments() -> Result<Option<Arguments>, lexopt::Error> {
    use lexopt::prelude::{Long, Short, ValueExt};
    let mut found = Arguments { series: 20_000, budget: budget("1/7d")?, seed: 1 };
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("help") | Short('h') => return Ok(None),
            Long("series") => found.series = parser.value()?.parse()?,
            Long("budget") => found.budget = budget(&text(parser.value()?)?)?,
            Long("seed") => found.seed = parser.value()?.parse()?,
            other => return Err(other.unexpected()),
        }
    }
    Ok(Some(found))
}
