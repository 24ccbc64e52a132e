//! A service level of OpenSLO and a day of counts: budget, burn, who spent it, and who would have been woken.
//!
//! ```text
//! cargo run -p evenkeel-examples --features slo --example slo
//! cargo run -p evenkeel-examples --features slo --example slo -- --rules
//! cargo run -p evenkeel-examples --features slo --example slo -- FILE.yaml COUNTS.csv
//! ```
//!
//! `COUNTS.csv` has a line `minute,who,good,bad` for whatever spends the budget, in the order of time. Without it
//! the counts come from a generator: three regions, more traffic by day than by night, one request in 5,000
//! failing, and two faults: from 14:10 a bad release in `eu`, and from 19:00 something that leaks in `us`.

#![expect(clippy::print_stdout, reason = "a program speaks to people")]

use evenkeel::experience::slo::openslo::{self, ServiceLevel, TimeWindow};
use evenkeel::experience::slo::{BudgetLedger, BurnState, Events, exhaustion};
use evenkeel::prelude::{At, Stage, Timestamp};
use evenkeel::stats::Generator;
use std::error::Error;
use std::time::Duration;

const DAY: i64 = 24 * 60;

/// What one spender had in one minute.
type Count = (i64, String, Events);

fn main() -> Result<(), Box<dyn Error>> {
    let (mut seed, mut prints_rules, mut files) = (1, false, Vec::new());
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            lexopt::Arg::Long("seed") => seed = arguments.value()?.to_string_lossy().parse()?,
            lexopt::Arg::Long("rules") => prints_rules = true,
            lexopt::Arg::Value(path) if files.len() < 2 => files.push(path),
            other => {
                let usage = "usage: slo [--seed N] [--rules] [FILE.yaml [COUNTS.csv]]";
                return Err(format!("{}\n{usage}", other.unexpected()).into());
            }
        }
    }
    let text = match files.first() {
        Some(path) => std::fs::read_to_string(path)?,
        None => include_str!("checkout.openslo.yaml").to_owned(),
    };
    let levels = openslo::read(&text)?;
    let level = levels.first().ok_or("there is no SLO in the file")?;
    if prints_rules {
        print!("{}", level.prometheus_rules(0)?.to_yaml()?);
        return Ok(());
    }
    let (counts, source) = match files.get(1) {
        Some(path) => (parse(&std::fs::read_to_string(path)?)?, path.to_string_lossy().into_owned()),
        None => (generate(seed), format!("generated, seed {seed}")),
    };
    report(level, &counts, &source)
}

fn report(level: &ServiceLevel, counts: &[Count], source: &str) -> Result<(), Box<dyn Error>> {
    let objective = level.objectives[0].target;
    let Some(TimeWindow::Rolling { length }) = &level.window else {
        return Err("this example is about rolling windows".into());
    };
    let title = level.display_name.as_deref().unwrap_or(level.name.as_str());
    println!("{title}: {} % of the requests over {length}\nCounts: {source}\n", 100.0 * objective.share());

    let mut monitor = level.monitor(0)?.build()?;
    let mut ledger = BudgetLedger::new(objective, 1000)?;
    let mut before = vec![BurnState::NoData; monitor.rules().len()];
    let (mut total, mut recent) = (Events::NONE, Events::NONE);
    let last = counts.iter().map(|(minute, ..)| *minute).max().ok_or("there are no counts")?;
    let mut rest = counts.iter().peekable();
    for minute in 0..=last {
        let mut events = Events::NONE;
        while let Some((_, who, more)) = rest.next_if(|(at, ..)| *at <= minute) {
            events += *more;
            ledger.enter(&who.as_str().into(), *more);
        }
        total += events;
        recent += if minute > last - 6 * 60 { events } else { Events::NONE };
        let _ = monitor.update(At::new(Timestamp::from_seconds(60 * minute), events));
        for (i, rule) in monitor.rules().iter().enumerate() {
            let (is, was) = (monitor.states()[i] == BurnState::Firing, before[i] == BurnState::Firing);
            let (time, name) = (format!("{:02}:{:02}", minute / 60, minute % 60), rule.name().as_str());
            if is && !was {
                let (severity, limit) = (format!("{:?}:", rule.severity()), rule.factor());
                let (short, long) = monitor.burn_rates(i).unwrap_or_default();
                let rate = |rate: Option<f64>, span: Duration| (rate.unwrap_or(0.0), span.as_secs() / 60);
                let ((long, minutes), (short, last)) = (rate(long, rule.long()), rate(short, rule.short()));
                println!("{time}  {severity:<7} {name}: the error budget burned {long:.1} times as");
                println!("               fast as allowed over {minutes} minutes, and {short:.1} times");
                println!("               over the last {last} (limit {limit}).");
            } else if was && !is {
                println!("{time}  Over:   {name}");
            }
        }
        before.copy_from_slice(monitor.states());
    }

    // The rest of the window is expected to have as much traffic as this stretch.
    let window = length.duration();
    let expected = (total.valid() as f64 * window.as_secs_f64() / (60 * (last + 1)) as f64) as u64;
    let (spent, burn) = (total.bad as f64 / objective.allowed(expected), objective.burn_rate(total));
    let burn = burn.map_or("no burn rate".to_owned(), |burn| format!("{burn:.2} times as many as allowed"));
    println!("\n{} of {} requests failed: {burn}.", total.bad, total.valid());
    let bar = "#".repeat(((40.0 * spent) as usize).min(40));
    println!("Budget of {length}  [{bar:<40}] {:.0} % spent", 100.0 * spent);
    let days = |span: Duration| span.as_secs_f64() / 86_400.0;
    // Without traffic lately, nothing is known.
    if let Ok(gone) = exhaustion(objective, expected, total, recent, Duration::from_secs(6 * 3600), 0.9) {
        let (median, early, late) = (days(gone.median), days(gone.earliest), days(gone.latest));
        println!("As in the last 6 hours, the rest lasts {median:.1} days ({early:.1} to {late:.1}).");
    }
    println!("\nWho spent it          requests   failed   of all   beyond its share");
    for one in ledger.ranking().iter().take(10) {
        let (name, valid, bad) = (one.spender.as_str(), one.events.valid(), one.events.bad);
        println!("{name:<20} {valid:>9} {bad:>8} {:>7.1}% {:>18.0}", 100.0 * one.share, one.excess);
    }
    println!("\nThe same alerts for Prometheus: --rules");
    Ok(())
}

fn parse(text: &str) -> Result<Vec<Count>, Box<dyn Error>> {
    let read = |line: &str| {
        let [minute, who, good, bad] = *line.split(',').map(str::trim).collect::<Vec<_>>() else {
            return None;
        };
        let events = Events::new(good.parse().ok()?, bad.parse().ok()?);
        Some((minute.parse().ok()?, who.to_owned(), events))
    };
    // The first line may be the names of the columns.
    let lines = text.lines().enumerate().filter(|(i, line)| *i > 0 || read(line).is_some());
    let wrong = |i, line| format!("line {}: expected minute,who,good,bad, found `{line}`", i + 1).into();
    lines.map(|(i, line)| read(line).ok_or_else(|| wrong(i, line))).collect()
}

fn generate(seed: u64) -> Vec<Count> {
    let mut noise = Generator::new(seed);
    let mut counts = Vec::new();
    for minute in 0..DAY {
        let day = 0.5 - 0.5 * (std::f64::consts::TAU * (minute - 180) as f64 / DAY as f64).cos();
        for (who, busy) in [("eu", 300.0), ("us", 240.0), ("asia", 60.0)] {
            let p = match who {
                "eu" if (850..875).contains(&minute) => 0.08,
                "us" if minute >= 1140 => 0.0002 + 0.00004 * (minute - 1140) as f64,
                _ => 0.0002,
            };
            let valid = (busy * (0.15 + 0.85 * day) * (0.9 + 0.2 * noise.uniform())) as u64;
            let bad = (0..valid).filter(|_| noise.bernoulli(p)).count() as u64;
            counts.push((minute, who.to_owned(), Events::new(valid - bad, bad)));
        }
    }
    counts
}
