//! A method of any kind, entered in a contest.

use crate::{Kind, attributors, detectors, forecasters, localizers, log_parsers, monitors, segmenters};

/// A method of any kind, entered in a contest.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Entry {
    /// A detector of anomalies.
    Detector(detectors::Entry),
    /// A forecaster of series.
    Forecaster(forecasters::Entry),
    /// A localizer of faults.
    Localizer(localizers::Entry),
    /// A method that finds change points.
    Segmenter(segmenters::Entry),
    /// A monitor, which raises alarms.
    Monitor(monitors::Entry),
    /// A method that groups log lines by template.
    LogParser(log_parsers::Entry),
    /// A method that finds the combination of attributes behind a change.
    Attributor(attributors::Entry),
}

impl Entry {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Detector(entry) => entry.name(),
            Self::Forecaster(entry) => entry.name(),
            Self::Localizer(entry) => entry.name(),
            Self::Segmenter(entry) => entry.name(),
            Self::Monitor(entry) => entry.name(),
            Self::LogParser(entry) => entry.name(),
            Self::Attributor(entry) => entry.name(),
        }
    }

    /// What it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Detector(_) => Kind::Detector,
            Self::Forecaster(_) => Kind::Forecaster,
            Self::Localizer(_) => Kind::Localizer,
            Self::Segmenter(_) => Kind::Segmenter,
            Self::Monitor(_) => Kind::Monitor,
            Self::LogParser(_) => Kind::LogParser,
            Self::Attributor(_) => Kind::Attributor,
        }
    }
}

impl From<detectors::Entry> for Entry {
    fn from(entry: detectors::Entry) -> Self {
        Self::Detector(entry)
    }
}

impl From<forecasters::Entry> for Entry {
    fn from(entry: forecasters::Entry) -> Self {
        Self::Forecaster(entry)
    }
}

impl From<localizers::Entry> for Entry {
    fn from(entry: localizers::Entry) -> Self {
        Self::Localizer(entry)
    }
}

impl From<segmenters::Entry> for Entry {
    fn from(entry: segmenters::Entry) -> Self {
        Self::Segmenter(entry)
    }
}

impl From<monitors::Entry> for Entry {
    fn from(entry: monitors::Entry) -> Self {
        Self::Monitor(entry)
    }
}

impl From<log_parsers::Entry> for Entry {
    fn from(entry: log_parsers::Entry) -> Self {
        Self::LogParser(entry)
    }
}

impl From<attributors::Entry> for Entry {
    fn from(entry: attributors::Entry) -> Self {
        Self::Attributor(entry)
    }
}
