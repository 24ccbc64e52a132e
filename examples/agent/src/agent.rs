//! The loop.

use crate::alerts::Alerts;
use crate::configuration::{Caps, Configuration, ConfigurationError, SymptomSettings, Watch};
use crate::incident_reports::{Felt, IncidentReports, Telemetry};
use crate::intake::Intake;
use crate::page::Page;
use crate::saved_state;
use evenkeel::ingest::collector::{Collector, Origin};
use evenkeel::ingest::{FindingKind, Findings};
use evenkeel::keeper::{Observer, ObserverBuilder, Symptom};
use evenkeel::remedy::driver::{Driver, DryRun, Journal, Log, MemoryLog};
use evenkeel::remedy::machine::{Record, RemediatorBuilder};
use evenkeel::remedy::verb::StandardVerb;
use evenkeel::remedy::{ErrorRatio, Remediator, Runbook};
use evenkeel::{Direction, Name, Signal, Timestamp};
use evenkeel_report::IncidentReport;
use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// Why the agent cannot start or go on.
#[derive(Debug)]
#[non_exhaustive]
pub enum AgentError {
    /// The configuration cannot be carried out.
    Configuration(ConfigurationError),
    /// A file of the state, and what is wrong with it.
    State(PathBuf, String),
    /// The journal failed: nothing more is decided.
    Journal(io::Error),
}

impl fmt::Display for AgentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Configuration(why) => write!(f, "{why}"),
            Self::State(path, why) => write!(f, "{}: {why}", path.display()),
            Self::Journal(why) => write!(f, "the journal: {why}"),
        }
    }
}

impl std::error::Error for AgentError {}

impl From<ConfigurationError> for AgentError {
    fn from(why: ConfigurationError) -> Self {
        Self::Configuration(why)
    }
}

/// Where the records of the machine go.
#[derive(Debug)]
enum Records {
    Memory(MemoryLog<StandardVerb>),
    File(Journal<StandardVerb>),
}

impl Log<StandardVerb> for Records {
    fn append(&mut self, record: &Record<StandardVerb>) -> io::Result<()> {
        match self {
            Self::Memory(log) => log.append(record),
            Self::File(log) => log.append(record),
        }
    }

    fn sync(&mut self) -> io::Result<()> {
        match self {
            Self::Memory(log) => Log::<StandardVerb>::sync(log),
            Self::File(log) => log.sync(),
        }
    }
}

/// The loop: telemetry in, alerts out. It looks at no clock and speaks to nobody; its only files are those of
/// the state.
#[derive(Debug)]
pub struct Agent {
    collector: Collector,
    observer: Observer,
    driver: Driver<Runbook<StandardVerb>, DryRun<StandardVerb>, Records>,
    alerts: Alerts,
    reports: IncidentReports,
    symptoms: Vec<Felt>,
    step: Duration,
    /// How long telemetry is kept.
    kept: Duration,
    state: Option<PathBuf>,
    findings: BTreeMap<FindingKind, u64>,
    counts: BTreeMap<&'static str, u64>,
    /// Whether alerts are on their way.
    sending: bool,
    /// What is to be shown.
    lines: Vec<String>,
}

/// So many silent signals are named in a report.
const SILENT: usize = 10;

fn refused(why: impl fmt::Display) -> AgentError {
    AgentError::Configuration(ConfigurationError::new(why))
}

fn signal(component: &str, metric: &str, instance: Option<&str>) -> Signal {
    let signal = Signal::new(component, metric);
    match instance {
        Some(instance) => signal.at_instance(instance),
        None => signal,
    }
}

/// What reports need to know of a symptom; `None` if the observer does not follow it.
fn felt(settings: &SymptomSettings, observer: &Observer) -> Option<Felt> {
    let named = settings.component.as_deref().zip(settings.metric.as_deref());
    let signal = named.map(|(component, metric)| signal(component, metric, settings.instance.as_deref()));
    // Where a signal is, the symptom is felt, if nothing else is said.
    let at = settings.at.as_deref().map(Name::from);
    let at = at.or_else(|| signal.as_ref().map(|signal| signal.component.clone()));
    let (name, objective) = (Name::from(settings.name.as_str()), settings.objective);
    Some(Felt { id: observer.symptom(name.as_str())?, name, objective, at, signal })
}

fn symptom(settings: &SymptomSettings) -> Result<Symptom, evenkeel::Error> {
    let name = settings.name.as_str();
    let (Some(component), Some(metric)) = (&settings.component, &settings.metric) else {
        let mut symptom = Symptom::requests(name, settings.objective.unwrap_or(f64::NAN))?;
        if settings.may_stop {
            symptom = symptom.may_stop();
        }
        return Ok(match &settings.at {
            Some(at) => symptom.at(at.as_str()),
            None => symptom,
        });
    };
    let signal = signal(component, metric, settings.instance.as_deref());
    let (direction, limit) = match (settings.above, settings.below) {
        (Some(limit), _) => (Direction::Up, limit),
        (None, limit) => (Direction::Down, limit.unwrap_or(f64::NAN)),
    };
    let symptom = Symptom::limit(name, signal, direction, limit)?;
    Ok(match &settings.at {
        Some(at) => symptom.at(at.as_str()),
        None => symptom,
    })
}

fn observer(configuration: &Configuration) -> Result<ObserverBuilder, AgentError> {
    let step = configuration.step.0;
    let mut builder: Option<ObserverBuilder> = None;
    for settings in &configuration.symptom {
        let symptom =
            symptom(settings).map_err(|why| refused(format!("symptom \"{}\": {why}", settings.name)))?;
        builder = Some(match builder {
            None => Observer::builder(symptom),
            Some(builder) => builder.symptom(symptom),
        });
    }
    let builder = builder.ok_or_else(|| refused("symptom: at least one must be there"))?;
    // What a Prometheus is asked for is as old as its delay, and traces wait for a step.
    let delay = configuration.prometheus.as_ref().and_then(|one| one.delay);
    let delay = delay.map_or(2 * step, |delay| delay.0);
    let late = 3 * step + delay;
    let Caps { rows, max_series, max_spans, max_lines } = configuration.limits;
    // Signals, and the two of each pair of services that call each other.
    let names = max_series.saturating_mul(2).max(1000);
    let builder = builder.step(step).rows(rows).evidence(4 * step).late_after(late).stale_after(late);
    Ok(builder.max_names(names).max_spans(max_spans).max_lines(max_lines))
}

fn collector(configuration: &Configuration) -> Result<Collector, AgentError> {
    let Caps { max_series, max_spans, .. } = configuration.limits;
    let mut builder = Collector::builder(configuration.step.0).max_series(max_series).max_spans(max_spans);
    for settings in &configuration.symptom {
        let name = settings.name.as_str();
        if let (Some(all), Some(bad)) = (&settings.all, &settings.bad) {
            builder = builder.requests(name, &all.0, &bad.0).map_err(refused)?;
        } else if let Some(service) = &settings.spans {
            builder = builder.requests_by_spans(name, service.as_str());
        }
    }
    let Watch { keep, ignore, component_labels, instance_labels, traces_and_logs } = &configuration.watch;
    builder = builder.traces_and_logs_as_evidence(*traces_and_logs);
    for series in keep {
        builder = builder.keep(&series.0).map_err(refused)?;
    }
    for series in ignore {
        builder = builder.ignore(&series.0).map_err(refused)?;
    }
    if let Some(names) = component_labels {
        builder = builder.component_labels(names.iter().map(String::as_str));
    }
    if let Some(names) = instance_labels {
        builder = builder.instance_labels(names.iter().map(String::as_str));
    }
    let longest = (4 * configuration.step.0).max(Duration::from_secs(300));
    builder = builder.longest_gap(longest).forget_after(longest.max(Duration::from_secs(3600)));
    builder.build().map_err(refused)
}

/// Nothing is enabled, so everything is advice.
fn machine(configuration: &Configuration) -> Result<RemediatorBuilder<StandardVerb, ErrorRatio>, AgentError> {
    let verifier = |objective: f64| ErrorRatio::builder(objective).build().map_err(refused);
    let mut builder = Remediator::builder(verifier(0.05)?).without_lease();
    for settings in &configuration.symptom {
        if let Some(objective) = settings.objective {
            builder = builder.verifier_for(settings.name.as_str(), verifier(objective)?);
        }
    }
    Ok(builder)
}

impl Agent {
    /// The loop of a configuration. With a folder for the state it goes on where that was saved; a state that
    /// does not fit the configuration any more is put aside (ending `.refused`) and told.
    ///
    /// # Errors
    /// [`AgentError`].
    pub fn new(configuration: &Configuration) -> Result<Self, AgentError> {
        let runbook = match &configuration.runbook {
            None => Runbook::standard(),
            Some(path) => {
                let told = |why: &dyn fmt::Display| refused(format!("runbook: {}: {why}", path.display()));
                let text = fs::read_to_string(path).map_err(|why| told(&why))?;
                Runbook::from_toml(&text).map_err(|why| told(&why))?
            }
        };
        let mut lines = Vec::new();
        let (mut restored, mut state, mut journal) = (None, None, None);
        if let Some(settings) = &configuration.state {
            let of = |name: &str| settings.folder.join(name);
            let failed = |path: PathBuf, why: String| AgentError::State(path, why);
            fs::create_dir_all(&settings.folder)
                .map_err(|why| failed(settings.folder.clone(), why.to_string()))?;
            let path = of("journal");
            journal = Some(Journal::open(&path).map_err(|why| failed(path, why.to_string()))?);
            let path = of("state");
            match saved_state::read(&path) {
                Ok(found) => restored = found,
                Err(why) => lines.push(put_aside(&path, &why.to_string())?),
            }
            state = Some(path);
        }
        let resend = configuration.alertmanager.as_ref().map_or(Duration::from_secs(60), |one| one.resend.0);
        let mut alerts = Alerts::new(resend).map_err(|why| refused(format!("alertmanager.resend: {why}")))?;
        let mut observed = None;
        if let (Some(restored), Some(path)) = (restored, &state) {
            match observer(configuration)?.restore(restored.observer) {
                Ok(observer) => {
                    lines.push(format!("goes on from {}", path.display()));
                    alerts.sink.resume(restored.alerts);
                    let open = restored.open.into_iter();
                    alerts.open = open.map(|(i, symptoms)| (i, symptoms.into_iter().collect())).collect();
                    alerts.breached = restored.breached.into_iter().collect();
                    observed = Some(observer);
                }
                Err(why) => lines.push(put_aside(path, &why.to_string())?),
            }
        }
        let mut observer = match observed {
            Some(observer) => observer,
            None => observer(configuration)?.build().map_err(refused)?,
        };
        let (records, log) = match journal {
            Some((journal, records)) => (records, Records::File(journal)),
            None => (Vec::new(), Records::Memory(MemoryLog::new())),
        };
        let reports = IncidentReports::of_records(&records);
        let driver = Driver::recover(machine(configuration)?, records, runbook, DryRun::new(), log);
        let driver = driver.map_err(refused)?;
        observer.resume(driver.machine());
        // What ended while nobody was there is not open any more.
        alerts.open.retain(|incident, _| driver.machine().incidents().any(|open| open == *incident));
        let symptoms = configuration.symptom.iter().filter_map(|symptom| felt(symptom, &observer)).collect();
        Ok(Self {
            collector: collector(configuration)?,
            observer,
            driver,
            alerts,
            reports,
            symptoms,
            step: configuration.step.0,
            kept: configuration
                .step
                .0
                .saturating_mul(u32::try_from(configuration.limits.rows).unwrap_or(u32::MAX)),
            state,
            findings: BTreeMap::new(),
            counts: BTreeMap::new(),
            sending: false,
            lines,
        })
    }

    fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    fn find(&mut self, findings: &Findings) {
        for finding in findings.iter() {
            *self.findings.entry(finding.kind).or_default() += finding.count;
        }
    }

    /// Something came.
    pub fn take(&mut self, now: Timestamp, intake: Intake) {
        let nobody = Origin::default();
        match intake {
            Intake::Scraped(origin, series) => {
                self.count("scrapes");
                self.collector.scraped(now, &origin, series);
            }
            Intake::Failed(origin, why) => {
                if self.counts.get("failed_scrapes").copied().unwrap_or_default().is_power_of_two() {
                    self.lines.push(format!("a scrape failed: {why}"));
                }
                self.count("failed_scrapes");
                self.collector.failed(now, &origin);
            }
            Intake::Metrics(series, histograms, findings) => {
                self.count("metrics");
                self.find(&findings);
                self.collector.series(now, &nobody, series);
                self.collector.histograms(now, &nobody, histograms);
            }
            Intake::QueryFailed(why) => {
                if self.counts.get("failed_queries").copied().unwrap_or_default().is_power_of_two() {
                    self.lines.push(format!("a query failed: {why}"));
                }
                self.count("failed_queries");
            }
            Intake::Spans(spans) => {
                self.count("spans");
                self.collector.spans(now, spans);
            }
            Intake::Logs(logs) => {
                self.count("logs");
                self.collector.logs(now, &nobody, &logs);
            }
            Intake::Delivered(result) => {
                self.sending = false;
                self.count(if result.is_ok() { "deliveries" } else { "failed_deliveries" });
                // One that was refused for what it is would be refused again.
                let is_final = result.as_ref().err().is_none_or(|why| why.ends_with(" 400"));
                self.alerts.sink.answered(now, is_final);
                if let Err(why) = result {
                    self.lines.push(format!("alerts were not delivered: {why}"));
                }
            }
            Intake::Report(request) => {
                let report = self.report(now, request.number);
                // Who asked may have gone.
                let _ = request.answer.send(report);
            }
            Intake::Stop => {}
        }
    }

    /// One turn: to be called once a step. `late`: by how much it comes later than it should.
    ///
    /// # Errors
    /// [`AgentError::Journal`], after which nothing more is decided.
    pub fn turn(&mut self, now: Timestamp, late: Duration) -> Result<(), AgentError> {
        self.observer.report_delay(now, late);
        self.collector.feed(now, &mut self.observer).map_err(refused)?;
        for event in self.observer.tick(now) {
            self.alerts.hear(now, &event);
            self.reports.hear(now, &event);
            if event.is_news() {
                self.lines.push(event.to_string());
            }
            for notice in self.driver.step(now, event).map_err(AgentError::Journal)? {
                self.observer.heed(&notice);
                self.alerts.heed(now, &notice);
                self.reports.heed(now, &notice);
                self.lines.push(notice.to_string());
            }
        }
        for gap in self.collector.take_gaps() {
            self.lines.push(gap.to_string());
        }
        if self.reports.is_due(now, self.kept) {
            let mut reports = core::mem::take(&mut self.reports);
            reports.complete(&self.telemetry(now));
            self.reports = reports;
        }
        let symptoms: Vec<(Name, bool)> = self
            .symptoms
            .iter()
            .map(|felt| (felt.name.clone(), self.observer.suspected_since(felt.id).is_some()))
            .collect();
        for symptom in self.alerts.settle(now, &symptoms) {
            self.lines.push(format!("{symptom}: nothing speaks for a breach any more"));
        }
        let found = self.collector.take_findings();
        self.find(&found);
        Ok(())
    }

    /// The report of an incident, or of the newest one: what the loop said of it, and the telemetry that is kept; of one
    /// that is over as it was then. Without any incident it is one of what is known all the same.
    ///
    /// # Errors
    /// If the incident is not kept, with the numbers of those that are.
    pub fn report(&self, now: Timestamp, number: Option<u64>) -> Result<IncidentReport, Vec<u64>> {
        self.reports.report(number, &self.telemetry(now))
    }

    /// What reports show of telemetry.
    fn telemetry(&self, now: Timestamp) -> Telemetry<'_> {
        let mut notes = Vec::new();
        let silent = self.collector.silent(now);
        for (signal, since) in silent.iter().take(SILENT) {
            notes.push((signal.to_string(), format!("silent since {since}")));
        }
        if let Some(more) = silent.len().checked_sub(SILENT).filter(|more| *more > 0) {
            notes.push(("other signals".to_owned(), format!("{more} more are silent")));
        }
        for (kind, count) in &self.findings {
            notes.push(("what was sent or scraped".to_owned(), format!("{kind}: {count}")));
        }
        let (step, kept) = (self.step, self.kept);
        Telemetry { now, step, kept, observer: &self.observer, symptoms: &self.symptoms, notes }
    }

    /// What is to be shown since the last time, a line each.
    #[must_use]
    pub fn take_lines(&mut self) -> Vec<String> {
        core::mem::take(&mut self.lines)
    }

    /// The body to send to Alertmanager now, if any is due and none is on its way;
    /// [`Intake::Delivered`] is its answer.
    #[must_use]
    pub fn due_alerts(&mut self, now: Timestamp) -> Option<Vec<u8>> {
        if self.sending {
            return None;
        }
        let body = self.alerts.sink.poll(now);
        self.sending = body.is_some();
        body
    }

    /// The symptoms whose alerts fire.
    pub fn firing(&self) -> impl Iterator<Item = &str> {
        self.alerts.sink.firing().filter_map(|alert| alert.labels.get("symptom"))
    }

    /// Saves the state, if there is a folder for it.
    ///
    /// # Errors
    /// [`AgentError::State`].
    pub fn save(&self, now: Timestamp) -> Result<(), AgentError> {
        let Some(path) = &self.state else { return Ok(()) };
        saved_state::write(path, now, &self.observer, &self.alerts)
            .map_err(|why| AgentError::State(path.clone(), why.to_string()))
    }

    /// The agent's own metrics, in the text format of Prometheus.
    #[must_use]
    pub fn page(&self, now: Timestamp) -> String {
        let mut page = Page::default();
        page.gauge("series", self.collector.len() as f64);
        page.gauge("silent_series", self.collector.silent(now).len() as f64);
        page.gauge("signals", self.observer.signals() as f64);
        page.gauge("open_incidents", self.observer.incidents().count() as f64);
        page.gauge("firing_alerts", self.alerts.sink.firing().count() as f64);
        page.counter("gaps", self.collector.gaps() as f64);
        let dropped = self.observer.dropped();
        page.counter("dropped_names", dropped.names as f64);
        page.counter("late_values", dropped.late_values as f64);
        page.counter("late_requests", dropped.late_requests as f64);
        page.counter("spans_left_out", dropped.spans as f64);
        page.counter("log_lines_left_out", dropped.lines as f64);
        page.counter("skewed_values", self.observer.skewed() as f64);
        page.counters("taken", "what", self.counts.iter().map(|(what, n)| (*what, *n as f64)));
        let findings: Vec<(String, f64)> =
            self.findings.iter().map(|(kind, n)| (kind.to_string(), *n as f64)).collect();
        page.counters("findings", "kind", findings.iter().map(|(kind, n)| (kind.as_str(), *n)));
        page.finish()
    }
}

/// Puts a state aside that cannot be taken up; what is to be shown.
fn put_aside(path: &std::path::Path, why: &str) -> Result<String, AgentError> {
    let aside = path.with_extension("refused");
    fs::rename(path, &aside).map_err(|why| AgentError::State(path.to_owned(), why.to_string()))?;
    Ok(format!("begins anew, for the saved state cannot be taken up: {why} (now {})", aside.display()))
}
