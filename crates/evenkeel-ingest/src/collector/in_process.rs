//! What a program says of itself, to what is watched.

use crate::collector::collector::Collector;
use crate::collector::origin::Origin;
#[cfg(feature = "metrics")]
use crate::in_process::Readings;
#[cfg(feature = "tracing")]
use crate::in_process::SpanReadings;
#[cfg(feature = "tracing")]
use core::time::Duration;
#[cfg(feature = "tracing")]
use evenkeel_core::Signal;

impl Collector {
    /// Metrics of the program itself, as [`MetricsReader::read`](crate::in_process::MetricsReader::read) gives
    /// them: [series](Self::series) and [histograms](Self::histograms).
    #[cfg(feature = "metrics")]
    #[cfg_attr(docsrs, doc(cfg(feature = "metrics")))]
    pub fn readings(&mut self, now: evenkeel_core::Timestamp, origin: &Origin, readings: Readings) {
        self.find(&readings.findings);
        self.series(now, origin, readings.series);
        self.histograms(now, origin, readings.histograms);
    }

    /// Calls and requests of the program itself, as [`SpanReader::read`](crate::in_process::SpanReader::read)
    /// gives them. Calls go to the observer as they are; requests to the symptoms whose
    /// [rule](crate::collector::CollectorBuilder::requests_by_spans) names the component that served them, and their length as two
    /// values of that component, `request_seconds_p50` and `request_seconds_p99`.
    #[cfg(feature = "tracing")]
    #[cfg_attr(docsrs, doc(cfg(feature = "tracing")))]
    pub fn calls(&mut self, readings: SpanReadings) {
        use crate::collector::quantiles::QUANTILES;
        self.find(&readings.findings);
        let at = readings.until;
        self.add_calls(at, readings.calls);
        // They ended before the reading: at a whole step they are of the one that is over.
        let ended = readings.since.max(at - Duration::from_nanos(1));
        for served in readings.served {
            let (good, bad) = (served.requests.saturating_sub(served.failed), served.failed);
            self.add_requests(ended, &served.component, good, bad);
            for (q, ending) in QUANTILES {
                if let Ok(Some(value)) = served.durations.quantile(q) {
                    let signal = Signal::new(served.component.clone(), format!("request_seconds{ending}"));
                    self.value(at, signal, value);
                }
            }
        }
    }
}
