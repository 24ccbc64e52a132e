//! A bad release and a good one on a shop of real processes: a new version of the payments gets more of the
//! traffic only while it is no worse than the old one beside it.
//!
//! ```text
//! cargo run --release -p evenkeel-examples --example canary -- [--seed N] [--seeds COUNT]
//! ```
//!
//! Exit status: 0 the bad version is back at 0 % and the good one at 100 %, and the bad one cost at most a
//! fifth of the bad requests that it costs when it gets all of the traffic at once; 1 otherwise; 3 the same,
//! but the machine was too busy for a result.

#![expect(clippy::print_stderr, reason = "a program speaks to people")]

use evenkeel::Name;
use evenkeel::experience::canary::ArmCounts;
use evenkeel::remedy::Notice;
use evenkeel::stats::Generator;
use evenkeel_examples::canary::{Ended, Happening, LiveRollout};
use evenkeel_examples::printing::ended;
use evenkeel_examples::say;
use evenkeel_examples::shop::{self, Outcome, RequestCounts, Service, Settings, Shop, ShopEvent};
use std::error::Error;
use std::io;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

const USAGE: &str = "usage: canary [--seed N] [--seeds COUNT]
  --seed N       draws how bad the bad version is, and who buys (default: fresh, and printed)
  --seeds COUNT  does it for so many seeds from N on, and tells the medians";

/// Requests a second: enough for a hundredth of them to say something within seconds.
const RATE: f64 = 500.0;
/// A rollout that takes longer does not come to an end.
const PATIENCE: Duration = Duration::from_secs(120);
/// The most that the canary may cost of what a full release costs.
const SHARE: f64 = 0.2;

fn main() -> ExitCode {
    shop::run_if_service();
    let (seed, seeds) = match arguments() {
        Ok(Some(arguments)) => arguments,
        Ok(None) => {
            let said = say!("{USAGE}").map(|()| ExitCode::SUCCESS);
            return ended("canary", said.map_err(Into::into), 70);
        }
        Err(why) => {
            eprintln!("canary: {why}\n{USAGE}");
            return ExitCode::from(64);
        }
    };
    ended("canary", run(seed, seeds), 70)
}

/// What one seed gave.
struct Run {
    seed: u64,
    failing: f64,
    bad: Ended,
    /// Bad requests of users while the bad version was shifted, and while it had all of the traffic for as
    /// long.
    cost: RequestCounts,
    full: RequestCounts,
    good: Ended,
    good_cost: RequestCounts,
    /// Rounds of the sampler, and how many of them were late.
    rounds: u32,
    late: u32,
}

impl Run {
    fn is_back(&self) -> bool {
        self.bad.share == Some(0) && self.bad.back.is_some() && self.bad.highest > 0
    }

    fn has_arrived(&self) -> bool {
        self.good.share == Some(100) && self.good.back.is_none()
    }

    /// Of the bad requests of a full release.
    fn share(&self) -> f64 {
        self.cost.bad as f64 / self.full.bad as f64
    }
}

fn run(first: u64, seeds: u64) -> Result<ExitCode, Box<dyn Error>> {
    let mut results = Vec::new();
    for seed in first..first.saturating_add(seeds) {
        say!("seed {seed}")?;
        results.push(one(seed)?);
    }
    table(&results)?;
    Ok(status(&results)?)
}

/// The shop, with what it tells.
struct Live {
    shop: Arc<Shop>,
    events: Receiver<ShopEvent>,
    rollout: LiveRollout,
    begun: Instant,
    rounds: u32,
    late: u32,
}

fn one(seed: u64) -> Result<Run, Box<dyn Error>> {
    let settings = Settings { seed, rate: RATE, ..Settings::default() };
    let (shop, events) = Shop::open(settings)?;
    let shop = Arc::new(shop);
    let rollout = LiveRollout::new(&shop)?;
    let mut live = Live { shop, events, rollout, begun: Instant::now(), rounds: 0, late: 0 };
    let failing = 0.3 + 0.2 * Generator::stream(seed, 5).uniform();
    shop::chaos::spoil(&live.shop, Service::Payments, &"v2".into(), failing);

    live.tell(&format!(
        "v2 of the payments goes out; it will fail {:.0} % of its requests",
        100.0 * failing
    ))?;
    let (bad, cost) = live.roll_out("v2")?;
    live.tell("the same version gets all of the traffic at once, for as long")?;
    let full = live.full_release(bad.took.max(Duration::from_secs(2)))?;
    live.tell(&format!("{} of {} requests were bad; it is taken back", full.bad, full.requests))?;
    live.tell("v3 of the payments goes out; nothing is wrong with it")?;
    let (good, good_cost) = live.roll_out("v3")?;
    let Live { rounds, late, .. } = live;
    Ok(Run { seed, failing, bad, cost, full, good, good_cost, rounds, late })
}

impl Live {
    fn tell(&self, what: &str) -> io::Result<()> {
        say!("{:>5.1} s  {what}", self.begun.elapsed().as_secs_f64())
    }

    /// Starts a version beside the old one, and shifts the traffic to it, or back.
    fn roll_out(&mut self, version: &str) -> Result<(Ended, RequestCounts), Box<dyn Error>> {
        match self.shop.release(Service::Payments, &Name::from(version)) {
            Outcome::Done => {}
            other => return Err(format!("{version} could not be started: {other}").into()),
        }
        for happened in self.rollout.begin(self.shop.now())? {
            self.show(&happened, version)?;
        }
        let (mut counts, begun) = (RequestCounts::default(), Instant::now());
        while self.rollout.ended().is_none() {
            let event = self.next()?;
            counts.observe(&event);
            for happened in self.rollout.hear(&event)? {
                self.show(&happened, version)?;
            }
            if begun.elapsed() > PATIENCE {
                let verdict = self.rollout.verdict(self.shop.now());
                return Err(format!("the rollout of {version} does not end: {verdict}").into());
            }
        }
        // What was sent to it while it was taken back ends within a second.
        let rest = self.watch(Duration::from_millis(500))?;
        counts.requests += rest.requests;
        counts.bad += rest.bad;
        let ended = self.rollout.ended().ok_or("the rollout has not ended")?;
        Ok((ended, counts))
    }

    /// Gives the version that runs as the canary all of the traffic for so long.
    fn full_release(&mut self, length: Duration) -> Result<RequestCounts, Box<dyn Error>> {
        let mut counts = RequestCounts::default();
        for (attempt, percent, length) in [(0, 100, length), (1, 0, Duration::from_millis(500))] {
            let order = self.rollout.order_between(attempt);
            match self.shop.split(Service::Payments, percent, order) {
                Outcome::Done => {}
                other => return Err(format!("the traffic could not be shifted: {other}").into()),
            }
            let more = self.watch(length)?;
            counts.requests += more.requests;
            counts.bad += more.bad;
        }
        Ok(counts)
    }

    /// Counts what users get for so long.
    fn watch(&mut self, length: Duration) -> Result<RequestCounts, Box<dyn Error>> {
        let (mut counts, begun) = (RequestCounts::default(), Instant::now());
        while begun.elapsed() < length {
            counts.observe(&self.next()?);
        }
        Ok(counts)
    }

    /// What happens next.
    fn next(&mut self) -> Result<ShopEvent, Box<dyn Error>> {
        let event = self.events.recv_timeout(Duration::from_secs(5)).map_err(|_| "the shop went silent")?;
        if let ShopEvent::Tick { wake_delay, load_late, .. } = &event {
            self.rounds += 1;
            self.late += u32::from((*wake_delay).max(*load_late) > Duration::from_millis(60));
        }
        Ok(event)
    }

    fn show(&self, happened: &Happening, version: &str) -> io::Result<()> {
        match happened {
            Happening::Share { from: 0, to, .. } => {
                self.tell(&format!("{version} has {to} % of the traffic, as its callers say"))
            }
            Happening::Share { from, to, canary, baseline } => self.tell(&format!(
                "{from} % -> {to} %: {}, {} beside it",
                failed(*canary),
                failed(*baseline)
            )),
            Happening::GoesBack(why) => self.tell(&format!("{version} is {why}: back to 0 %")),
            Happening::Notice(Notice::Ruled { ruling, .. }) if ruling.not_before().is_some() => {
                self.tell(&format!("a guard holds the next step up: {ruling}"))
            }
            Happening::Notice(_) => Ok(()),
        }
    }
}

/// Failures among calls.
fn failed(counts: ArmCounts) -> String {
    format!("{} of {} calls failed", counts.events, counts.trials())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => values[middle],
        _ => 0.5 * (values[middle - 1] + values[middle]),
    }
}

fn table(results: &[Run]) -> io::Result<()> {
    say!("\n          fails  bad version         bad requests            good version")?;
    say!("    seed         highest  seconds  canary  full  share   arrives  seconds  bad")?;
    for result in results {
        let Run { seed, failing, bad, cost, full, good, good_cost, .. } = result;
        say!(
            "{seed:>8}  {:>3.0} %  {:>5} %  {:>7.1}  {:>6}  {:>4}  {:>5.3}  {:>6} %  {:>7.1}  {:>3}",
            100.0 * failing,
            bad.highest,
            bad.took.as_secs_f64(),
            cost.bad,
            full.bad,
            result.share(),
            good.share.map_or("?".into(), |share| share.to_string()),
            good.took.as_secs_f64(),
            good_cost.bad
        )?;
    }
    say!("full: the bad version with all of the traffic for as long as its rollout took")
}

fn status(results: &[Run]) -> io::Result<ExitCode> {
    let n = results.len();
    let share = median(results.iter().map(Run::share).collect());
    let back = results.iter().filter(|result| result.is_back()).count();
    let arrived = results.iter().filter(|result| result.has_arrived()).count();
    let (late, rounds) = results.iter().fold((0, 0), |(l, r), result| (l + result.late, r + result.rounds));
    if n > 1 {
        let of = |of: fn(&Run) -> f64| median(results.iter().map(of).collect());
        say!(
            "medians of {n} seeds: {:.0} bad requests instead of {:.0}; good after {:.1} s",
            of(|r| r.cost.bad as f64),
            of(|r| r.full.bad as f64),
            of(|r| r.good.took.as_secs_f64())
        )?;
    }
    say!("the sampler was late in {late} of {rounds} rounds")?;
    let is_good = back == n && arrived == n && share <= SHARE;
    say!(
        "{}\nThe bad version went back to 0 % in {back} of {n}, at {:.1} % of the bad requests\nof a full release; the good one got all of the traffic in {arrived} of {n}.",
        if is_good { "As it should be." } else { "NOT as it should be." },
        100.0 * share
    )?;
    Ok(if is_good { ExitCode::SUCCESS } else { ExitCode::from(if 20 * late > rounds { 3 } else { 1 }) })
}

/// The seed, and how many; `None` for `--help`.
fn arguments() -> Result<Option<(u64, u64)>, lexopt::Error> {
    use lexopt::prelude::{Long, Short, ValueExt};
    let fresh =
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |d| d.as_secs() ^ u64::from(d.subsec_nanos()));
    let (mut seed, mut seeds) = (fresh % 1_000_000, 1_u64);
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("help") | Short('h') => return Ok(None),
            Long("seed") => seed = parser.value()?.parse()?,
            Long("seeds") => {
                seeds = parser.value()?.parse()?;
                if !(1..=1000).contains(&seeds) {
                    return Err(format!("--seeds is from 1 to 1000, was {seeds}").into());
                }
            }
            other => return Err(other.unexpected()),
        }
    }
    Ok(Some((seed, seeds)))
}
