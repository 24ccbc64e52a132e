//! The configuration.

use crate::quantity::{Length, Series, Size};
use serde::Deserialize;
use std::fmt;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Everything that can be set, as one TOML file. Unknown keys are refused; see the readme for the keys.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Configuration {
    #[serde(default = "step")]
    pub(crate) step: Length,
    pub(crate) runbook: Option<PathBuf>,
    pub(crate) state: Option<StateFolder>,
    pub(crate) listen: Option<Listen>,
    pub(crate) prometheus: Option<Prometheus>,
    pub(crate) alertmanager: Option<Alertmanager>,
    #[serde(default)]
    pub(crate) scrape: Vec<Target>,
    pub(crate) symptom: Vec<SymptomSettings>,
    #[serde(default)]
    pub(crate) watch: Watch,
    #[serde(default)]
    pub(crate) limits: Caps,
}

/// Where what is known survives a restart.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StateFolder {
    pub(crate) folder: PathBuf,
    #[serde(default = "five_minutes")]
    pub(crate) save_every: Length,
}

/// What is received.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Listen {
    #[serde(default = "loopback")]
    pub(crate) address: SocketAddr,
    #[serde(default)]
    pub(crate) otlp: bool,
    #[serde(default)]
    pub(crate) remote_write: bool,
    #[serde(default = "yes")]
    pub(crate) report: bool,
    #[serde(default = "four_mebibytes")]
    pub(crate) max_body: Size,
    #[serde(default = "eight_mebibytes")]
    pub(crate) max_decoded: Size,
    #[serde(default = "fifty")]
    pub(crate) requests_per_second: u32,
}

/// A Prometheus that is asked.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Prometheus {
    pub(crate) url: String,
    pub(crate) queries: Vec<String>,
    pub(crate) delay: Option<Length>,
    #[serde(default = "one_hour")]
    pub(crate) backfill: Length,
    #[serde(default = "ten_seconds")]
    pub(crate) timeout: Length,
    pub(crate) authorization_file: Option<PathBuf>,
}

/// An Alertmanager that is told.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Alertmanager {
    pub(crate) url: String,
    #[serde(default = "one_minute")]
    pub(crate) resend: Length,
    #[serde(default = "ten_seconds")]
    pub(crate) timeout: Length,
    pub(crate) authorization_file: Option<PathBuf>,
}

/// A page that is scraped.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Target {
    pub(crate) url: String,
    pub(crate) component: String,
    pub(crate) instance: Option<String>,
    pub(crate) every: Option<Length>,
    pub(crate) timeout: Option<Length>,
    pub(crate) authorization_file: Option<PathBuf>,
}

/// What opens an incident.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SymptomSettings {
    pub(crate) name: String,
    pub(crate) at: Option<String>,
    pub(crate) objective: Option<f64>,
    pub(crate) all: Option<Series>,
    pub(crate) bad: Option<Series>,
    pub(crate) spans: Option<String>,
    #[serde(default)]
    pub(crate) may_stop: bool,
    pub(crate) component: Option<String>,
    pub(crate) instance: Option<String>,
    pub(crate) metric: Option<String>,
    pub(crate) above: Option<f64>,
    pub(crate) below: Option<f64>,
}

/// Which series are watched, and what names their place.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Watch {
    pub(crate) keep: Vec<Series>,
    pub(crate) ignore: Vec<Series>,
    pub(crate) component_labels: Option<Vec<String>>,
    pub(crate) instance_labels: Option<Vec<String>>,
    /// Whether spans and log lines are evidence of their own, beside what is counted of them.
    pub(crate) traces_and_logs: bool,
}

/// What bounds memory.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Caps {
    pub(crate) max_series: usize,
    pub(crate) max_spans: usize,
    pub(crate) max_lines: usize,
    pub(crate) rows: usize,
}

impl Default for Caps {
    fn default() -> Self {
        Self { max_series: 20_000, max_spans: 20_000, max_lines: 50_000, rows: 240 }
    }
}

fn step() -> Length {
    Length(Duration::from_secs(15))
}
fn five_minutes() -> Length {
    Length(Duration::from_secs(300))
}
fn one_minute() -> Length {
    Length(Duration::from_secs(60))
}
fn ten_seconds() -> Length {
    Length(Duration::from_secs(10))
}
fn one_hour() -> Length {
    Length(Duration::from_secs(3600))
}
fn loopback() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 9464))
}
fn four_mebibytes() -> Size {
    Size(4 << 20)
}
fn eight_mebibytes() -> Size {
    Size(8 << 20)
}
const fn yes() -> bool {
    true
}
const fn fifty() -> u32 {
    50
}

/// Why a configuration was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigurationError(String);

impl ConfigurationError {
    pub(crate) fn new(what: impl fmt::Display) -> Self {
        Self(what.to_string())
    }
}

impl fmt::Display for ConfigurationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConfigurationError {}

impl Configuration {
    /// Reads a file.
    ///
    /// # Errors
    /// If it, or a file that it names, cannot be read, with its path; otherwise as [`parse`](Self::parse).
    pub fn read(path: &Path) -> Result<Self, ConfigurationError> {
        let refused = |why: &dyn fmt::Display| ConfigurationError(format!("{}: {why}", path.display()));
        let text = fs::read_to_string(path).map_err(|why| refused(&why))?;
        let configuration = Self::parse(&text).map_err(|why| refused(&why))?;
        configuration.check_files().map_err(|why| refused(&why))?;
        Ok(configuration)
    }

    /// Reads a text.
    ///
    /// # Errors
    /// With the line, the column and the key if it is no TOML, if a key is unknown or missing, or a value is
    /// not as it must be; with the name of the symptom if what it goes by is not clear.
    pub fn parse(text: &str) -> Result<Self, ConfigurationError> {
        let configuration: Self = toml::from_str(text).map_err(ConfigurationError::new)?;
        configuration.check().map_err(ConfigurationError)?;
        Ok(configuration)
    }

    /// The same without a folder for the state.
    #[must_use]
    pub fn without_state(&self) -> Self {
        Self { state: None, ..self.clone() }
    }

    fn check(&self) -> Result<(), String> {
        if self.step.0 < Duration::from_millis(100) || self.step.0 > Duration::from_secs(3600) {
            return Err(format!("step must be from 100ms to 1h, was {:?}", self.step.0));
        }
        if self.symptom.is_empty() {
            return Err("symptom: at least one [[symptom]] must be there".into());
        }
        for (i, symptom) in self.symptom.iter().enumerate() {
            let name = &symptom.name;
            if name.is_empty() {
                return Err("symptom: name must not be empty".into());
            }
            if self.symptom[..i].iter().any(|other| other.name == *name) {
                return Err(format!("symptom \"{name}\" is there twice"));
            }
            symptom.check().map_err(|why| format!("symptom \"{name}\": {why}"))?;
        }
        let receives = self.listen.as_ref().is_some_and(|listen| listen.otlp || listen.remote_write);
        if self.scrape.is_empty() && self.prometheus.is_none() && !receives {
            return Err("there is no source: neither [[scrape]], nor [prometheus], nor [listen] with otlp or remote_write".into());
        }
        if self.scrape.len() > 200 {
            return Err(format!("scrape: at most 200, were {}", self.scrape.len()));
        }
        if let Some(listen) = &self.listen
            && (listen.requests_per_second == 0 || listen.max_body.0 == 0)
        {
            return Err("listen: requests_per_second and max_body must be above 0".into());
        }
        Ok(())
    }

    /// Files that are named must be there now, not only when they are needed.
    fn check_files(&self) -> Result<(), String> {
        let scrape =
            self.scrape.iter().map(|target| ("scrape.authorization_file", &target.authorization_file));
        let prometheus =
            self.prometheus.iter().map(|one| ("prometheus.authorization_file", &one.authorization_file));
        let alertmanager =
            self.alertmanager.iter().map(|one| ("alertmanager.authorization_file", &one.authorization_file));
        let all = scrape.chain(prometheus).chain(alertmanager).chain([("runbook", &self.runbook)]);
        for (key, path) in all {
            if let Some(path) = path {
                fs::metadata(path).map_err(|why| format!("{key}: {}: {why}", path.display()))?;
            }
        }
        Ok(())
    }
}

impl SymptomSettings {
    fn check(&self) -> Result<(), &'static str> {
        let by_counters = self.all.is_some() || self.bad.is_some();
        let by_signal = self.metric.is_some() || self.component.is_some();
        match (by_counters, self.spans.is_some(), by_signal) {
            (true, false, false) if self.all.is_some() && self.bad.is_some() => {}
            (true, false, false) => return Err("all and bad go together"),
            (false, true, false) => {}
            (false, false, true) => {
                if self.metric.is_none() || self.component.is_none() {
                    return Err("component and metric go together");
                }
                if self.above.is_some() == self.below.is_some() {
                    return Err("one of above and below must be there");
                }
                return if self.objective.is_some() { Err("objective is for requests") } else { Ok(()) };
            }
            _ => return Err("it goes by all and bad, or by spans, or by component and metric"),
        }
        if self.above.is_some() || self.below.is_some() || self.instance.is_some() {
            return Err("above, below and instance are for component and metric");
        }
        match self.objective {
            Some(share) if share > 0.0 && share < 1.0 => Ok(()),
            Some(_) => Err("objective must be in (0, 1)"),
            None => Err("objective is missing"),
        }
    }
}

/// The value of the header `Authorization`, as a file holds it: `Bearer …`, `Basic …`.
pub(crate) fn authorization(path: &Path) -> Result<String, ConfigurationError> {
    let text =
        fs::read_to_string(path).map_err(|why| ConfigurationError(format!("{}: {why}", path.display())))?;
    Ok(text.trim().to_owned())
}
