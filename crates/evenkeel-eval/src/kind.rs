//! The kinds of methods.

use std::fmt;

/// What kind of method a task takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// Detectors of anomalies ([`detectors`](crate::detectors)).
    Detector,
    /// Forecasters ([`forecasters`](crate::forecasters)).
    Forecaster,
    /// Localizers of faults ([`localizers`](crate::localizers)).
    Localizer,
    /// Methods that find change points ([`segmenters`](crate::segmenters)).
    Segmenter,
    /// Monitors, which raise alarms ([`monitors`](crate::monitors)).
    Monitor,
    /// Methods that group log lines by template ([`log_parsers`](crate::log_parsers)).
    LogParser,
    /// Methods that find the combination of attributes behind a change ([`attributors`](crate::attributors)).
    Attributor,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Detector => "detector",
            Self::Forecaster => "forecaster",
            Self::Localizer => "localizer",
            Self::Segmenter => "segmenter",
            Self::Monitor => "monitor",
            Self::LogParser => "log parser",
            Self::Attributor => "attributor",
        })
    }
}
