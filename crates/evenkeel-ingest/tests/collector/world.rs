//! A service with two instances that are scraped, a collector, an observer and a machine that may act.

use core::time::Duration;
use evenkeel_core::{At, Timestamp};
use evenkeel_ingest::collector::{Collector, Origin};
use evenkeel_ingest::exposition::Exposition;
use evenkeel_ingest::{Findings, STALE_MARKER, Sample};
use evenkeel_keeper::{Event, Observer, Symptom};
use evenkeel_remedy::driver::{Driver, DryRun, MemoryLog};
use evenkeel_remedy::guard::SourceHealthy;
use evenkeel_remedy::verb::StandardVerb;
use evenkeel_remedy::{ErrorRatio, Event as Told, Health, Remediator, Runbook, Target};

pub(super) const STEP: Duration = Duration::from_secs(5);

/// What is wrong with a scrape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scrape {
    Fine,
    /// Nobody asks: the collector itself has stopped, or a server that is queried.
    None,
    /// Nobody answers.
    Refused,
    /// What is answered is no page.
    Garbage,
    /// What Prometheus sends for a target that does not answer any more.
    Stale,
    /// The page lacks the counter of requests that went well.
    Partial,
}

/// Counters of an instance.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counters {
    pub(super) good: u64,
    pub(super) bad: u64,
}

#[derive(Debug)]
pub(super) struct World {
    pub(super) collector: Collector,
    pub(super) observer: Observer,
    pub(super) driver: Driver<Runbook<StandardVerb>, DryRun<StandardVerb>, MemoryLog<StandardVerb>>,
    pub(super) counters: [Counters; 2],
    pub(super) events: Vec<(i64, Event)>,
    pub(super) notices: Vec<String>,
    pub(super) second: i64,
    /// Whether the first instance waits long for connections.
    is_broken: bool,
}

pub(super) fn at(second: i64) -> Timestamp {
    Timestamp::from_seconds(1_795_000_000 + second)
}

fn origin(instance: usize) -> Origin {
    Origin::new("cart", format!("cart-{}", instance + 1))
}

impl World {
    pub(super) fn new() -> Self {
        let symptom = Symptom::requests("users", 0.02).unwrap().at("cart");
        let observer = Observer::builder(symptom).step(STEP).evidence(3 * STEP).build().unwrap();
        let machine = Remediator::builder(ErrorRatio::builder(0.02).build().unwrap())
            .guard(SourceHealthy::of(["users"]))
            .enable("restart")
            .without_lease()
            .build()
            .unwrap();
        let collector = Collector::builder(STEP)
            .requests("users", "requests_total", r#"requests_total{code="5*"}"#)
            .unwrap()
            .build()
            .unwrap();
        Self {
            collector,
            observer,
            driver: Driver::new(machine, Runbook::standard(), DryRun::new(), MemoryLog::new()),
            counters: [Counters::default(); 2],
            events: Vec::new(),
            notices: Vec::new(),
            second: 0,
            is_broken: false,
        }
    }

    pub(super) fn page(&self, instance: usize, with_good: bool) -> String {
        let Counters { good, bad } = self.counters[instance];
        let wobble = (self.second / 5 % 7) as f64;
        let mut page = String::from("# TYPE requests_total counter\n");
        if with_good {
            page += &format!("requests_total{{code=\"200\"}} {good}\n");
        }
        page += &format!("requests_total{{code=\"503\"}} {bad}\n");
        let slow = instance == 0 && self.is_broken;
        let seconds = if slow { 0.9 } else { 0.03 + 0.001 * wobble };
        page += &format!("# TYPE pool_wait_seconds gauge\npool_wait_seconds {seconds}\n");
        page += &format!("# TYPE queue_depth gauge\nqueue_depth {}\n", 3.0 + wobble);
        page
    }

    /// A step passes: requests are served, both instances are scraped, the circle turns.
    pub(super) fn step(&mut self, requests: u64, bad_share: f64, scrapes: [Scrape; 2]) {
        self.second += STEP.as_secs() as i64;
        let now = at(self.second);
        self.is_broken = bad_share >= 0.1;
        for (instance, scrape) in scrapes.into_iter().enumerate() {
            // All bad ones are the first instance's.
            let bad = if instance == 0 { (2.0 * requests as f64 * bad_share).round() as u64 } else { 0 };
            self.counters[instance].good += requests - bad;
            self.counters[instance].bad += bad;
            let page = match scrape {
                Scrape::None => continue,
                Scrape::Refused => {
                    self.collector.failed(now, &origin(instance));
                    continue;
                }
                Scrape::Garbage => "<html><h1>502 Bad Gateway</h1></html>".to_owned(),
                Scrape::Fine | Scrape::Stale => self.page(instance, true),
                Scrape::Partial => self.page(instance, false),
            };
            match Exposition::text(&page) {
                Ok(page) => {
                    let mut series = page.into_series(now, &mut Findings::default());
                    if scrape == Scrape::Stale {
                        for one in &mut series {
                            one.samples = vec![Sample::new(now, f64::from_bits(STALE_MARKER))];
                        }
                        self.collector.series(now, &origin(instance), series);
                    } else {
                        self.collector.scraped(now, &origin(instance), series);
                    }
                }
                Err(_) => self.collector.failed(now, &origin(instance)),
            }
            let is_bad = instance == 0 && self.is_broken;
            let health = At::new(now, if is_bad { Health::Failing } else { Health::Serving });
            let target = Target::instance("cart", format!("cart-{}", instance + 1));
            let report = Told::Health { target, health };
            for notice in self.driver.step(now, report).unwrap() {
                self.observer.heed(&notice);
            }
        }
        self.collector.feed(now, &mut self.observer).unwrap();
        for event in self.observer.tick(now) {
            if event.is_news() {
                self.events.push((self.second, event.clone()));
            }
            for notice in self.driver.step(now, event).unwrap() {
                self.observer.heed(&notice);
                self.notices.push(format!("{} {notice}", self.second));
            }
        }
    }

    pub(super) fn steps(&mut self, n: usize, requests: u64, bad_share: f64, scrapes: [Scrape; 2]) {
        for _ in 0..n {
            self.step(requests, bad_share, scrapes);
        }
    }

    pub(super) fn opened(&self) -> usize {
        self.count(|event| matches!(event, Event::Opened { .. }))
    }

    pub(super) fn breached(&self) -> usize {
        self.count(|event| matches!(event, Event::ObjectiveBreached { .. }))
    }

    pub(super) fn count(&self, is: impl Fn(&Event) -> bool) -> usize {
        self.events.iter().filter(|(_, event)| is(event)).count()
    }

    /// What was said of the health of a source after a time, in order.
    pub(super) fn health(&self, source: &str, after: i64) -> Vec<String> {
        let of = |event: &Event| match event {
            Event::Source { name, health, .. } if name.as_str() == source => Some(health.value.to_string()),
            _ => None,
        };
        self.events.iter().filter(|(second, _)| *second > after).filter_map(|(_, event)| of(event)).collect()
    }

    /// What was done.
    pub(super) fn actions(&self) -> usize {
        self.driver.executor().done().len()
    }
}
