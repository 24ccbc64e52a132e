//! The loop on a real monitoring stack: a real Prometheus scrapes the shop, evenkeel asks it, finds what is
//! wrong and where, and tells a real Alertmanager.
//!
//! ```text
//! cargo run --release -p evenkeel-examples --features prometheus --example prometheus -- [--seed N] [--instance store-1]
//! ```
//!
//! Everything listens on loopback and ends with this program. Exit status: 0 the right cause was found and the
//! alert came and went; 1 not so; 3 Prometheus is not installed.

#![forbid(unsafe_code)]
#![expect(clippy::print_stderr, reason = "a program speaks to people")]

use evenkeel::ingest::alertmanager::{self, Alert, AlertSink};
use evenkeel::ingest::collector::{Collector, Origin};
use evenkeel::ingest::prometheus::{Backfill, Client, Range};
use evenkeel::ingest::{ClientError, Labels};
use evenkeel::keeper::{Event, Observer, Symptom};
use evenkeel::prelude::{Name, Timestamp};
use evenkeel_examples::exporter::{Daemon, Exporter, free_port, installed};
use evenkeel_examples::printing::ended;
use evenkeel_examples::say;
use evenkeel_examples::shop::chaos::{Chaos, Fault, Plan, Planned, Step};
use evenkeel_examples::shop::{self, Action, Settings, Shop};
use lexopt::ValueExt;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

const STEP: Duration = Duration::from_secs(1);
/// How long all is well before something breaks: monitors need 30 values to know a metric.
const CALM: Duration = Duration::from_secs(45);
/// How long the fault is left alone, and how long after its cure is waited at most.
const HARM: Duration = Duration::from_secs(15);
const AFTER: Duration = Duration::from_secs(60);

fn main() -> ExitCode {
    shop::run_if_service();
    ended("prometheus", run(), 1)
}

/// What was found on the way.
#[derive(Default)]
struct Found {
    blamed: Option<Name>,
    told: bool,
    resolved: bool,
}

/// The parts that the loop is made of.
struct Stack {
    prometheus: Client,
    alertmanager: Option<alertmanager::Client>,
    polls: Backfill,
    collector: Collector,
    observer: Observer,
    sink: AlertSink,
    labels: Labels,
}

fn run() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let (mut seed, mut victim) = (1, Name::from("store-1"));
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            lexopt::Arg::Long("seed") => seed = arguments.value()?.parse()?,
            lexopt::Arg::Long("instance") => victim = arguments.value()?.string()?.into(),
            other => {
                let usage = "usage: prometheus [--seed N] [--instance NAME]";
                return Err(format!("{}\n{usage}", other.unexpected()).into());
            }
        }
    }
    if !installed("prometheus") {
        eprintln!("prometheus is not installed: apt-get install prometheus prometheus-alertmanager");
        return Ok(ExitCode::from(3));
    }
    let (shop, events) = Shop::open(Settings { seed, scrape_every: STEP / 2, ..Settings::default() })?;
    let shop = Arc::new(shop);
    let exporter = Exporter::open(events)?;
    let port = free_port()?;
    let _prometheus = Daemon::prometheus(port, exporter.port(), STEP)?;
    let alerts = free_port()?;
    let daemon = if installed("prometheus-alertmanager") {
        Some(Daemon::alertmanager(alerts, None)?)
    } else {
        eprintln!("prometheus-alertmanager is not installed: alerts are only printed");
        None
    };
    let local = |port: u16| format!("http://127.0.0.1:{port}");
    let users = Symptom::requests("users", 0.02)?;
    let late = 5 * STEP;
    let observer = Observer::builder(users).step(STEP).evidence(5 * STEP).stale_after(late).late_after(late);
    let collector = Collector::builder(STEP)
        .requests("users", "shop_user_requests_total", r#"shop_user_requests_total{outcome="bad"}"#)?
        .ignore("scrape_*")?
        .ignore("shop_cpu_seconds")?;
    let mut stack = Stack {
        prometheus: Client::new(&local(port))?.timeout(STEP),
        alertmanager: daemon.as_ref().map(|_| alertmanager::Client::new(&local(alerts))).transpose()?,
        // What is asked for is two seconds old, so that it has been scraped.
        polls: Backfill::new(STEP, 2 * STEP, 60 * STEP)?,
        collector: collector.build()?,
        observer: observer.build()?,
        sink: AlertSink::new(10 * STEP)?,
        labels: Labels::new([("alertname", "UsersServedBadly"), ("service", "shop")])?,
    };
    say!("prometheus on {}, the shop's metrics on {}", local(port), local(exporter.port()))?;
    let fault = Fault::PoolDry { instance: victim.clone() };
    let (begun, mut chaos, mut cured) = (Instant::now(), None, false);
    let mut found = Found::default();
    while begun.elapsed() < CALM + HARM + AFTER && !found.resolved {
        let passed = begun.elapsed();
        if passed >= CALM && chaos.is_none() {
            say!("{:4.0} s  -- {fault}", passed.as_secs_f64())?;
            let step = Step::Fault(fault.clone());
            let planned = Planned { at: Duration::ZERO, until: AFTER, step };
            chaos = Some(Chaos::start(&shop, Plan { steps: vec![planned], length: AFTER }));
        }
        if passed >= CALM + HARM && !cured {
            cured = true;
            say!("{:4.0} s  -- an operator restarts {victim}", passed.as_secs_f64())?;
            let _ = shop.apply("cure", &Action::Restart(victim.clone()));
        }
        stack.turn(shop.now(), passed, &mut found)?;
        thread::sleep(STEP.saturating_sub(begun.elapsed().saturating_sub(passed)));
    }
    let service = shop.instances().into_iter().find(|i| i.name == victim).map(|i| i.service.name());
    let is_right = found.blamed.as_ref().map(Name::as_str) == service;
    let is_told = stack.alertmanager.is_none() || (found.told && found.resolved);
    let blamed = found.blamed.as_ref().map_or("nobody", |name| name.as_str());
    say!(
        "blamed: {blamed}; the alert came: {}, and went: {}; {} gaps",
        found.told,
        found.resolved,
        stack.collector.gaps()
    )?;
    Ok(if is_right && is_told { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

impl Stack {
    /// One turn: ask, observe, tell.
    fn turn(
        &mut self,
        now: Timestamp,
        passed: Duration,
        found: &mut Found,
    ) -> Result<(), Box<dyn std::error::Error>> {
        while let Some(range) = self.polls.due(now) {
            match self.ask(now, range) {
                Ok(()) => self.polls.answered(range),
                // It is due again at the next turn, with what comes until then.
                Err(why) if why.may_pass() => break,
                Err(why) => return Err(why.into()),
            }
        }
        self.collector.feed(now, &mut self.observer)?;
        for event in self.observer.tick(now) {
            let is_shown = event.is_news() && !matches!(event, Event::Alert { .. });
            if is_shown {
                say!("{:4.0} s  {event}", passed.as_secs_f64())?;
            }
            match event {
                Event::Opened { diagnosis, .. } => {
                    let mut alert = Alert::new(self.labels.clone(), now);
                    if let Some(cause) = diagnosis.causes().first() {
                        found.blamed = Some(cause.component.clone());
                        alert = alert.annotate("cause", cause.component.as_str());
                        for evidence in cause.evidence.iter().take(3) {
                            say!("           {evidence}")?;
                        }
                    }
                    self.sink.raise(alert);
                }
                Event::Subsided { .. } => {
                    self.sink.resolve(&self.labels, now);
                }
                _ => {}
            }
        }
        let Some(client) = &self.alertmanager else { return Ok(()) };
        client.flush(&mut self.sink, now)?;
        let fires = client.alerts()?.iter().any(|alert| alert.labels == self.labels && alert.end.is_none());
        if fires != (found.told && !found.resolved) {
            say!(
                "{:4.0} s  alertmanager: {}",
                passed.as_secs_f64(),
                if fires { "firing" } else { "resolved" }
            )?;
            (found.told, found.resolved) = (true, !fires);
        }
        Ok(())
    }

    fn ask(&mut self, now: Timestamp, range: Range) -> Result<(), ClientError> {
        let answer = self.prometheus.query_range(r#"{job="shop"}"#, range)?;
        self.collector.series(now, &Origin::default(), answer.data.into_series());
        Ok(())
    }
}
