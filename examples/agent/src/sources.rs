//! What is asked for: pages of metrics, and a Prometheus. Each in a thread of its own.

use crate::configuration::{Configuration, ConfigurationError, Prometheus, Target, authorization};
use crate::intake::Intake;
use evenkeel::Timestamp;
use evenkeel::ingest::collector::Origin;
use evenkeel::ingest::exposition::Scraper;
use evenkeel::ingest::prometheus::{Backfill, Client};
use evenkeel::ingest::{Findings, Limits};
use std::path::PathBuf;
use std::sync::mpsc::SyncSender;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The time, which before 1970 is 1970.
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_nanos(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}

/// What bounds a body that was asked for.
pub(crate) fn limits(configuration: &Configuration) -> Limits {
    let mut limits = Limits::default();
    limits.body = 16 << 20;
    limits.decoded = 32 << 20;
    limits.points = configuration.limits.max_series.saturating_mul(8).max(10_000);
    limits
}

/// Starts the threads.
pub(crate) fn start(
    configuration: &Configuration,
    to: &SyncSender<Intake>,
) -> Result<(), ConfigurationError> {
    let limits = limits(configuration);
    let n = configuration.scrape.len().max(1) as f64;
    for (i, target) in configuration.scrape.iter().enumerate() {
        // Not all at once.
        scrape(target, i as f64 / n, configuration.step.0, limits, to.clone())?;
    }
    match &configuration.prometheus {
        Some(settings) => query(settings, configuration.step.0, limits, to),
        None => Ok(()),
    }
}

fn header(path: Option<&PathBuf>) -> Result<Option<String>, ConfigurationError> {
    path.map(|path| authorization(path)).transpose()
}

/// Calls at even intervals; what was missed is not made up for.
fn regularly(every: Duration, delay: f64, mut each: impl FnMut() -> bool) {
    thread::sleep(every.mul_f64(delay));
    let mut due = Instant::now();
    while each() {
        due += every;
        let now = Instant::now();
        if due < now {
            due = now;
        }
        thread::sleep(due - now);
    }
}

fn scrape(
    target: &Target,
    delay: f64,
    step: Duration,
    limits: Limits,
    to: SyncSender<Intake>,
) -> Result<(), ConfigurationError> {
    let every = target.every.map_or(step, |length| length.0).max(Duration::from_millis(100));
    let timeout = target.timeout.map_or(every, |length| length.0).min(every);
    let refused = |why| ConfigurationError::new(format!("scrape.url: {why}"));
    let mut scraper = Scraper::new(&target.url).map_err(refused)?.timeout(timeout).limits(limits);
    if let Some(value) = header(target.authorization_file.as_ref())? {
        scraper = scraper.header("Authorization", value);
    }
    let mut origin = Origin::component(target.component.as_str());
    origin.instance = target.instance.as_deref().map(Into::into);
    thread::spawn(move || {
        regularly(every, delay, || {
            let asked = now();
            let intake = match scraper.scrape() {
                Ok(page) => {
                    let mut findings = Findings::default();
                    Intake::Scraped(origin.clone(), page.into_series(asked, &mut findings))
                }
                Err(why) => Intake::Failed(origin.clone(), why.to_string()),
            };
            to.send(intake).is_ok()
        });
    });
    Ok(())
}

fn query(
    settings: &Prometheus,
    step: Duration,
    limits: Limits,
    to: &SyncSender<Intake>,
) -> Result<(), ConfigurationError> {
    let refused = |why| ConfigurationError::new(format!("prometheus.url: {why}"));
    let mut client = Client::new(&settings.url).map_err(refused)?.timeout(settings.timeout.0).limits(limits);
    if let Some(value) = header(settings.authorization_file.as_ref())? {
        client = client.header("Authorization", value);
    }
    let delay = settings.delay.map_or(2 * step, |length| length.0);
    let polls = Backfill::new(step, delay, settings.backfill.0);
    let polls = polls.map_err(|why| ConfigurationError::new(format!("prometheus: {why}")))?;
    for query in settings.queries.clone() {
        let (client, mut polls) = (client.clone(), polls);
        let to = to.clone();
        thread::spawn(move || {
            regularly(step, 0.0, || {
                while let Some(range) = polls.due(now()) {
                    let (intake, is_answered) = match client.query_range(&query, range) {
                        Ok(answer) => {
                            let histograms = answer.histograms;
                            let series = answer.data.into_series();
                            (Intake::Metrics(series, histograms, Findings::default()), true)
                        }
                        Err(why) => (Intake::QueryFailed(format!("{query}: {why}")), false),
                    };
                    if is_answered {
                        polls.answered(range);
                    }
                    if to.send(intake).is_err() {
                        return false;
                    }
                    if !is_answered {
                        break;
                    }
                }
                true
            });
        });
    }
    Ok(())
}
