//! Settings of a collector.

use crate::collector::collector::Collector;
use crate::collector::requests::{RequestRule, Source};
use crate::collector::series_track::PlaceLabels;
use crate::collector::settings::Settings;
use core::time::Duration;
use evenkeel_core::{Error, Name};

/// Settings of a [`Collector`].
#[derive(Debug, Clone)]
#[must_use]
pub struct CollectorBuilder {
    settings: Settings,
    rules: Vec<RequestRule>,
    trace_wait: Option<Duration>,
}

impl Collector {
    /// A collector for an observer of this step.
    pub fn builder(step: Duration) -> CollectorBuilder {
        CollectorBuilder::new(step)
    }
}

fn texts(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.into()).collect()
}

impl CollectorBuilder {
    fn new(step: Duration) -> Self {
        let settings = Settings {
            step,
            places: PlaceLabels {
                component: texts(&["service", "service.name", "service_name", "job"]),
                instance: texts(&["instance", "service.instance.id", "service_instance_id", "pod"]),
            },
            keep: Vec::new(),
            ignore: Vec::new(),
            longest_gap: Duration::from_secs(300),
            forget_after: Duration::from_secs(3600),
            trace_wait: step,
            max_series: 100_000,
            max_spans: 100_000,
            gives_evidence: false,
        };
        Self { settings, rules: Vec::new(), trace_wait: None }
    }

    /// Requests of a symptom by counters: of all of them, and of those that are bad, as
    /// [selectors](crate::collector::Selector). What fits both is bad; what fits only the second counts for nothing.
    ///
    /// # Errors
    /// [`Malformed`](crate::Error::Malformed) if one of them cannot be read.
    pub fn requests(mut self, symptom: impl Into<Name>, all: &str, bad: &str) -> Result<Self, crate::Error> {
        let source = Source::Counters { all: all.parse()?, bad: bad.parse()? };
        self.rules.push(RequestRule::new(symptom.into(), source));
        Ok(self)
    }

    /// Requests of a symptom by the spans of a service: those in which it is the called side, and those that
    /// begin a trace. Bad are those that failed.
    pub fn requests_by_spans(mut self, symptom: impl Into<Name>, service: impl Into<Name>) -> Self {
        let source = Source::Spans { service: service.into() };
        self.rules.push(RequestRule::new(symptom.into(), source));
        self
    }

    /// The labels that name a component, the first that a series has. Default `service`, `service.name`,
    /// `service_name`, `job`; without any of them the component is that of the
    /// [origin](crate::collector::Origin).
    pub fn component_labels<'a>(mut self, names: impl IntoIterator<Item = &'a str>) -> Self {
        self.settings.places.component = names.into_iter().map(Into::into).collect();
        self
    }

    /// The labels that name an instance, the first that a series has. Default `instance`,
    /// `service.instance.id`, `service_instance_id`, `pod`.
    pub fn instance_labels<'a>(mut self, names: impl IntoIterator<Item = &'a str>) -> Self {
        self.settings.places.instance = names.into_iter().map(Into::into).collect();
        self
    }

    /// Which series are watched; may be said several times. Default: all. What counts requests is counted in
    /// any case.
    ///
    /// # Errors
    /// [`Malformed`](crate::Error::Malformed) if it cannot be read.
    pub fn keep(mut self, series: &str) -> Result<Self, crate::Error> {
        self.settings.keep.push(series.parse()?);
        Ok(self)
    }

    /// Which of them are not watched; may be said several times. Default: none.
    ///
    /// # Errors
    /// [`Malformed`](crate::Error::Malformed) if it cannot be read.
    pub fn ignore(mut self, series: &str) -> Result<Self, crate::Error> {
        self.settings.ignore.push(series.parse()?);
        Ok(self)
    }

    /// What a counter grew by over more than this is no rate of now, and its requests are not those of now:
    /// they are left out. Default 5 minutes, after which a series ends for a Prometheus query too.
    pub fn longest_gap(mut self, length: Duration) -> Self {
        self.settings.longest_gap = length;
        self
    }

    /// A series of which nothing came for so long is forgotten. Until then it is not known whether requests
    /// that it counted have stopped. Default 1 hour.
    pub fn forget_after(mut self, length: Duration) -> Self {
        self.settings.forget_after = length;
        self
    }

    /// How long no span of a trace may come until the trace counts as whole. Default a step.
    pub fn trace_wait(mut self, length: Duration) -> Self {
        self.trace_wait = Some(length);
        self
    }

    /// How many series are kept at most; others are counted as [`FindingKind::BeyondCap`]. Default 100,000.
    ///
    /// [`FindingKind::BeyondCap`]: crate::FindingKind::BeyondCap
    pub fn max_series(mut self, n: usize) -> Self {
        self.settings.max_series = n;
        self
    }

    /// How many spans wait for their traces at most. Default 100,000.
    pub fn max_spans(mut self, n: usize) -> Self {
        self.settings.max_spans = n;
        self
    }

    /// Gives the observer spans and log records as they are, too, for its localizer: [`Observer::span`],
    /// [`Observer::log`]. Default: no. On recorded faults of two shops (Nezha) the first cause is right in .83 of
    /// cases with them and in .45 without; but in a system where a service dies and writes nothing any more, or where
    /// all of a fault is seen in metrics, what its callers log can be taken for the cause, and the kind of a fault for
    /// that of its errors. Try it on incidents of your own before anything is done by it.
    ///
    /// [`Observer::span`]: evenkeel_keeper::Observer::span
    /// [`Observer::log`]: evenkeel_keeper::Observer::log
    pub fn traces_and_logs_as_evidence(mut self, is_wanted: bool) -> Self {
        self.settings.gives_evidence = is_wanted;
        self
    }

    /// The collector.
    ///
    /// # Errors
    /// [`Error::Parameter`] if the step is below a millisecond or above 366 days, or if series
    /// would be forgotten within the longest gap.
    pub fn build(self) -> Result<Collector, Error> {
        let (step, forget) = (self.settings.step, self.settings.forget_after);
        let fits = step >= Duration::from_millis(1) && step <= Duration::from_secs(366 * 86_400);
        Error::require(fits, "step", "from 1 ms to 366 days", format_args!("{step:?}"))?;
        let fits = forget >= self.settings.longest_gap;
        Error::require(fits, "forget_after", "at least longest_gap", format_args!("{forget:?}"))?;
        let settings = Settings { trace_wait: self.trace_wait.unwrap_or(step), ..self.settings };
        Ok(Collector::assemble(settings, self.rules))
    }
}
