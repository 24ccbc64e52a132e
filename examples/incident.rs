//! The loop closes, live: a shop of real services is broken for real; evenkeel notices, locates, acts under
//! guards, verifies.
//!
//! ```text
//! cargo run --release -p evenkeel-examples --example incident -- [--seed N] [--all | --two | --soak SECONDS] [--plain] [--policy rules|planner|none|random] [--control] [--journal FILE] [--report FILE.html] [--picture FILE.svg]
//! ```
//!
//! `--report` and `--picture` need the feature `report`: `cargo run --release -p evenkeel-examples --features report --example incident -- --report FILE.html`.
//!
//! Exit status: 0 all as required; 1 a wrong action; 2 a fault missed, mislocated, taken for another kind, or
//! not ended; 3 the same, but the machine was too busy for a result.

#![expect(clippy::print_stderr, reason = "a program speaks to people")]

use evenkeel::Name;
use evenkeel::remedy::action::Plan as Steps;
use evenkeel::remedy::policy::{Decision, Policy, Situation, Tried};
use evenkeel::remedy::verb::StandardVerb;
use evenkeel::remedy::{Action, Target};
use evenkeel::stats::Generator;
use evenkeel_examples::incident::scoring::{RunScore, Verdict, score};
#[cfg(feature = "report")]
use evenkeel_examples::incident::{OBJECTIVE, Recorder};
use evenkeel_examples::incident::{Rules, Screen, Watch};
use evenkeel_examples::printing::ended;
use evenkeel_examples::say;
use evenkeel_examples::shop::chaos::{Chaos, Fault, Plan, Step};
use evenkeel_examples::shop::{self, Service, Settings, Shop, ShopEvent};
use std::io;
#[cfg(feature = "report")]
use std::path::Path;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const USAGE: &str =
    "usage: incident [--seed N] [--all | --two | --soak SECONDS] [--plain] [--policy rules|planner|none|random] [--control] [--journal FILE] [--report FILE.html] [--picture FILE.svg]
  --seed N         draws order, victims, sizes and times (default: fresh, and printed)
  --all            every victim and variant; takes some minutes
  --two            two faults at once, for those who buy and those who browse: two incidents
  --plain          lines alone, no live picture
  --policy NAME    rules (default); planner: what costs least by what helps how often; none: nobody acts;
                   random: anything is proposed
  --soak SECONDS   no faults at all: nothing may be done
  --control        the same faults without evenkeel: what they really cost
  --journal FILE   where intents are written ahead, and read back from (default: a file that is removed at the end)
  --report FILE    writes a page about the run: signals, causes, services, timeline, users (feature `report`)
  --picture FILE   draws the first incident that ended well, and the same for a phone into FILE-phone (feature `report`)";

struct Arguments {
    seed: u64,
    all: bool,
    two: bool,
    plain: bool,
    policy: String,
    soak: Option<u64>,
    control: bool,
    journal: Option<PathBuf>,
    report: Option<PathBuf>,
    picture: Option<PathBuf>,
}

fn main() -> ExitCode {
    shop::run_if_service();
    let arguments = match arguments() {
        Ok(Some(arguments)) => arguments,
        Ok(None) => {
            let said = say!("{USAGE}").map(|()| ExitCode::SUCCESS);
            return ended("incident", said.map_err(Into::into), 70);
        }
        Err(why) => {
            eprintln!("incident: {why}\n{USAGE}");
            return ExitCode::from(64);
        }
    };
    ended("incident", run(&arguments), 70)
}

fn run(arguments: &Arguments) -> Result<ExitCode, Box<dyn std::error::Error>> {
    say!("seed {}", arguments.seed)?;
    let settings = Settings { seed: arguments.seed, ..Settings::default() };
    let step = settings.scrape_every;
    let plan = match arguments.soak {
        Some(seconds) => Plan { steps: Vec::new(), length: Duration::from_secs(seconds) },
        None if arguments.all => Plan::all(arguments.seed),
        None if arguments.two => Plan::two(arguments.seed),
        None => Plan::new(arguments.seed),
    };
    let planned = |fault: &Fault| {
        let step = plan.steps.iter().find(|p| matches!(&p.step, Step::Fault(f) if f == fault));
        step.map_or(Duration::ZERO, |p| p.until.saturating_sub(p.at))
    };
    let policy: Rules = match arguments.policy.as_str() {
        "rules" => Watch::runbook(),
        "planner" => Watch::planner()?,
        "none" => Box::new(Nobody),
        _ => Box::new(Anything(Generator::new(arguments.seed))),
    };
    let (shop, events) = Shop::open(settings)?;
    let shop = Arc::new(shop);
    let temporary =
        Temporary(std::env::temp_dir().join(format!("evenkeel-incident-{}.journal", std::process::id())));
    let journal = arguments.journal.as_deref().unwrap_or(&temporary.0);
    let mut watch = Watch::new(&shop, step, policy, journal, arguments.two)?;
    let mut screen = Screen::new(arguments.seed, arguments.plain || arguments.control, shop.now());
    #[cfg(feature = "report")]
    let mut recorder = Recorder::new(format!("Incidents of seed {}", arguments.seed), step, OBJECTIVE)?;
    let (mut bad, mut ticks, mut late) = (Vec::new(), 0_u32, 0_u32);
    let chaos = Chaos::start(&shop, plan.clone());
    while !chaos.is_over() {
        let Ok(event) = events.recv_timeout(Duration::from_secs(5)) else {
            return Err("the shop went silent".into());
        };
        match &event {
            ShopEvent::Request { at, good: false, .. } => bad.push(*at),
            ShopEvent::Tick { wake_delay, load_late, .. } => {
                ticks += 1;
                late += u32::from((*wake_delay).max(*load_late) > step / 4);
            }
            _ => {}
        }
        if arguments.control {
            continue;
        }
        screen.see(&event);
        #[cfg(feature = "report")]
        recorder.see(&event)?;
        for said in watch.hear(&event)? {
            #[cfg(feature = "report")]
            recorder.hear(shop.now(), &said);
            screen.show(&said, shop.now(), &watch)?;
        }
        if matches!(event, ShopEvent::Tick { .. }) {
            screen.refresh(shop.now(), &watch)?;
        }
    }
    screen.close();
    let happened = chaos.finish();
    let hands = watch.hands();
    let scored = score(&happened, screen.told(), hands.deeds(), &bad, planned);
    table(&scored, arguments, bad.len())?;
    #[cfg(feature = "report")]
    if let Some(file) = &arguments.picture {
        draw(&recorder, file)?;
    }
    #[cfg(feature = "report")]
    if let Some(file) = &arguments.report {
        std::fs::write(file, recorder.finish(&watch)?.to_string())?;
        say!("reported in {}", file.display())?;
    }
    if !hands.broken().is_empty() {
        hands.broken().iter().try_for_each(|what| say!("GUARD BROKEN: {what}"))?;
        return Ok(ExitCode::from(1));
    }
    Ok(status(&scored, arguments, (late, ticks), hands.deeds().len())?)
}

/// A file that is gone at the end, however it comes; one that was never written is not missed.
struct Temporary(PathBuf);

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// The widths of the picture: for a desk, and for a phone.
#[cfg(feature = "report")]
const WIDTHS: (u32, u32) = (880, 360);

/// Draws the first incident that ended well.
#[cfg(feature = "report")]
fn draw(recorder: &Recorder, file: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let name = |end: &str| file.file_stem().map(|stem| format!("{}{end}.svg", stem.to_string_lossy()));
    let phone = file.with_file_name(name("-phone").ok_or("--picture needs the name of a file")?);
    for (file, width) in [(file, WIDTHS.0), (&phone, WIDTHS.1)] {
        match recorder.picture(width)? {
            Some(drawing) => {
                std::fs::write(file, drawing.to_string())?;
                say!("drawn into {}: {}", file.display(), drawing.description())?;
            }
            None => say!("no incident ended well that could be drawn")?,
        }
    }
    Ok(())
}

/// What the exit status says.
fn status(
    scored: &RunScore,
    arguments: &Arguments,
    (late, ticks): (u32, u32),
    deeds: usize,
) -> io::Result<ExitCode> {
    say!("the sampler was late in {late} of {ticks} rounds")?;
    let too_busy = 20 * late > ticks;
    if arguments.control {
        return Ok(ExitCode::SUCCESS);
    }
    if arguments.soak.is_some() {
        return Ok(if deeds == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) });
    }
    if !scored.wrong.is_empty() {
        scored.wrong.iter().try_for_each(|deed| say!("WRONG: {deed} at {}", deed.at))?;
        return Ok(ExitCode::from(1));
    }
    if scored.verdicts.iter().all(Verdict::is_good) {
        return Ok(ExitCode::SUCCESS);
    }
    Ok(ExitCode::from(if too_busy { 3 } else { 2 }))
}

fn table(scored: &RunScore, arguments: &Arguments, bad: usize) -> io::Result<()> {
    let seconds = |d: Option<Duration>| d.map_or("-".into(), |d| format!("{:.1} s", d.as_secs_f64()));
    if scored.verdicts.is_empty() {
        return say!("\nno faults; {bad} bad requests");
    }
    say!("\n{:<27} {:<27} what was done", "fault", "blamed")?;
    for v in &scored.verdicts {
        let marked = |what: String, right: bool| if right { what } else { format!("{what} (wrong)") };
        let blamed = v.blamed.as_ref().map_or("-".into(), |blamed| {
            let kind = blamed.kind.map_or("of no known kind".into(), |kind| kind.to_string());
            let (component, kind) =
                (marked(blamed.component.to_string(), blamed.is_located), marked(kind, blamed.is_of_kind));
            format!("{component}: {kind}")
        });
        let acted: Vec<String> = v.deeds.iter().map(ToString::to_string).collect();
        let acted = if acted.is_empty() { "-".into() } else { acted.join(", ") };
        say!("{:<27} {blamed:<27} {acted}", format!("{}, {}", v.fault.kind(), v.fault.victim()))?;
        let escalated = if v.escalated { ", a person was called" } else { "" };
        say!(
            "    found after {}, over after {}{escalated}; {} bad requests, left alone about {:.0}",
            seconds(v.detected),
            seconds(v.verified),
            v.bad,
            v.projected
        )?;
    }
    say!("left alone: bad requests as often for as long as the fault was planned to last")?;
    if !arguments.control {
        let count = |is: fn(&Verdict) -> bool| scored.verdicts.iter().filter(|v| is(v)).count();
        say!(
            "of {} faults {} detected, {} located, {} of the right kind, {} ended; {} wrong actions",
            scored.verdicts.len(),
            count(|v| v.detected.is_some()),
            count(Verdict::is_located),
            count(Verdict::is_understood),
            count(Verdict::is_ended),
            scored.wrong.len()
        )?;
    }
    let projected: f64 = scored.verdicts.iter().map(|v| v.projected).sum();
    if arguments.control {
        say!("{bad} bad requests without evenkeel")
    } else {
        say!("{bad} bad requests instead of about {projected:.0}")
    }
}

/// The policy that never acts.
struct Nobody;

impl Policy<StandardVerb> for Nobody {
    fn decide(&mut self, _: &Situation<'_, StandardVerb>) -> Decision<StandardVerb> {
        Decision::Escalate { why: "nobody is to act".into() }
    }

    fn learn(&mut self, _: &Tried<StandardVerb>) {}
}

/// The policy that proposes anything.
struct Anything(Generator);

impl Policy<StandardVerb> for Anything {
    fn decide(&mut self, _: &Situation<'_, StandardVerb>) -> Decision<StandardVerb> {
        let service = Service::ALL[usize::try_from(self.0.uniform_below(6)).unwrap_or(0)];
        let instance =
            Name::from(format!("{service}-{}", 1 + self.0.uniform_below(service.instances() as u64)));
        let target = if self.0.bernoulli(0.7) {
            Target::instance(service.name(), instance)
        } else {
            Target::component(service.name())
        };
        let verbs =
            [StandardVerb::Restart, StandardVerb::RollBack, StandardVerb::Degrade, StandardVerb::Restore];
        let verb = verbs[usize::try_from(self.0.uniform_below(4)).unwrap_or(0)];
        Decision::Act(Steps::of(Action::new(verb, target)))
    }

    fn learn(&mut self, _: &Tried<StandardVerb>) {}
}

/// The arguments; `None` for `--help`.
fn arguments() -> Result<Option<Arguments>, lexopt::Error> {
    use lexopt::prelude::{Long, Short, ValueExt};
    let fresh =
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |d| d.as_secs() ^ u64::from(d.subsec_nanos()));
    let mut found = Arguments {
        seed: fresh % 1_000_000,
        all: false,
        two: false,
        plain: false,
        policy: "rules".into(),
        soak: None,
        control: false,
        journal: None,
        report: None,
        picture: None,
    };
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("help") | Short('h') => return Ok(None),
            Long("seed") => found.seed = parser.value()?.parse()?,
            Long("all") => found.all = true,
            Long("two") => found.two = true,
            Long("journal") => found.journal = Some(parser.value()?.into()),
            Long(name @ ("report" | "picture")) => {
                if !cfg!(feature = "report") {
                    return Err(format!(
                        "--{name} needs the feature `report`: cargo run --features report …"
                    )
                    .into());
                }
                let is_report = name == "report";
                let file = Some(parser.value()?.into());
                if is_report { found.report = file } else { found.picture = file }
            }
            Long("plain") => found.plain = true,
            Long("control") => found.control = true,
            Long("soak") => found.soak = Some(parser.value()?.parse()?),
            Long("policy") => {
                found.policy = parser.value()?.string()?;
                if !["rules", "planner", "none", "random"].contains(&found.policy.as_str()) {
                    return Err(format!("`{}` is none of rules, planner, none, random", found.policy).into());
                }
            }
            other => return Err(other.unexpected()),
        }
    }
    Ok(Some(found))
}
