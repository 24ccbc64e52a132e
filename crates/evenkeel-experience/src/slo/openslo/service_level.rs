//! Service level objectives of OpenSLO.

use super::alert_policy::{AlertPolicy, Comparison};
use super::time_window::{Length, TimeWindow};
use crate::slo::{
    BurnRateBuilder, BurnRateMonitor, BurnRule, Objective, PrometheusIndicator, PrometheusRules, Severity,
    TimeSlices,
};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use evenkeel_core::{Error, Name};

/// An `SLO` document, with what it refers to put in its place.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ServiceLevel {
    /// Its name.
    pub name: Name,
    /// Its name for people.
    pub display_name: Option<String>,
    /// Its labels; a label has one value or several.
    pub labels: Vec<(String, Vec<String>)>,
    /// Its annotations.
    pub annotations: Vec<(String, String)>,
    /// What it is about.
    pub description: Option<String>,
    /// The service it belongs to.
    pub service: Name,
    /// The time over which the budget holds; the specification lets it be left out.
    pub window: Option<TimeWindow>,
    /// What the budget counts.
    pub budgeting: Budgeting,
    /// The objectives, at least one.
    pub objectives: Vec<LevelObjective>,
    /// Whether each objective has an indicator of its own, weighted or not: a composite.
    pub is_composite: bool,
    /// When somebody is told.
    pub alerts: Vec<AlertPolicy>,
}

/// What an error budget counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Budgeting {
    /// Good and bad events.
    Occurrences,
    /// Good and bad slices of time: a slice is good if enough of its events are.
    Timeslices,
    /// The mean of the shares of good events of all slices of time.
    RatioTimeslices,
}

/// One of the objectives of a [`ServiceLevel`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct LevelObjective {
    /// Its name for people.
    pub display_name: Option<String>,
    /// The share that has to be good.
    pub target: Objective,
    /// What is measured: the indicator of the service level, or its own in a composite.
    pub indicator: Indicator,
    /// How a [threshold metric](Metric::Threshold) is compared with `value`. Of a ratio it says nothing, as
    /// the specification has it, and is never `lt` or `lte`.
    pub comparison: Option<Comparison>,
    /// What a threshold metric is compared with. Of a ratio it says nothing.
    pub value: Option<f64>,
    /// The share of good events, above 0 and at most 1, that makes a slice of time a good one; only with
    /// [`Budgeting::Timeslices`].
    pub slice_target: Option<f64>,
    /// How long a slice of time is; not with [`Budgeting::Occurrences`].
    pub slice: Option<Length>,
    /// Its weight in a composite, at least 0.
    pub weight: Option<f64>,
}

/// What is measured: an `SLI`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Indicator {
    /// Its name, if it has one.
    pub name: Option<Name>,
    /// What it is about.
    pub description: Option<String>,
    /// Where its numbers come from.
    pub metric: Metric,
}

/// Where the numbers of an indicator come from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Metric {
    /// Good events of all valid ones.
    Good {
        /// Whether both only ever rise.
        counter: bool,
        /// The good ones.
        good: MetricSource,
        /// The valid ones.
        total: MetricSource,
    },
    /// Bad events of all valid ones.
    Bad {
        /// Whether both only ever rise.
        counter: bool,
        /// The bad ones.
        bad: MetricSource,
        /// The valid ones.
        total: MetricSource,
    },
    /// A ratio that somebody else computes.
    Raw {
        /// Whether it is the share of good events, or that of bad ones.
        is_success: bool,
        /// The ratio.
        ratio: MetricSource,
    },
    /// A value that is good where it compares with that of the objective.
    Threshold(MetricSource),
}

/// A query to a source of metrics.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct MetricSource {
    /// What kind of source it is, such as `Prometheus`: as the document says, or as the `DataSource` does that
    /// it refers to. None if that is in none of the documents.
    pub kind: Option<String>,
    /// The name of its `DataSource`.
    pub reference: Option<Name>,
    /// What the source needs to know: values by their paths, such as `query` or `dimensions[0].name`.
    pub fields: Vec<(String, String)>,
}

impl MetricSource {
    /// A field by its path.
    #[must_use]
    pub fn field(&self, path: &str) -> Option<&str> {
        self.fields.iter().find(|(name, _)| name == path).map(|(_, value)| value.as_str())
    }

    /// The query: the field `query`, or else `promql`.
    #[must_use]
    pub fn query(&self) -> Option<&str> {
        self.field("query").or_else(|| self.field("promql"))
    }
}

impl LevelObjective {
    /// The stage that turns events into slices of time, which then are what the budget counts.
    ///
    /// # Errors
    /// If the objective has no slices, because its budgeting method is `Occurrences`, or they are as
    /// [`TimeSlices`] refuses them.
    pub fn time_slices(&self) -> Result<TimeSlices, Error> {
        let Some(length) = self.slice else {
            return Err(Error::parameter("budgetingMethod", "Timeslices or RatioTimeslices", "Occurrences"));
        };
        match self.slice_target {
            Some(target) => TimeSlices::new(length.duration(), target),
            None => TimeSlices::ratios(length.duration()),
        }
    }
}

impl ServiceLevel {
    /// The rules of its alert policies, in their order: those that tell when their condition begins to hold.
    ///
    /// # Errors
    /// If a severity is neither `page` nor `ticket`, or as
    /// [`AlertCondition::rule`](super::AlertCondition::rule).
    pub fn burn_rules(&self) -> Result<Vec<BurnRule>, Error> {
        self.alerts
            .iter()
            .filter(|alert| alert.when_breaching)
            .map(|alert| {
                let must = "page or ticket";
                let severity = alert.condition.standard_severity().ok_or_else(|| {
                    let named = alert.name.as_ref().map_or("an alert policy", Name::as_str);
                    let was = format!("{} in {named} of {}", alert.condition.severity, self.name.as_str());
                    Error::parameter("severity", must, was)
                })?;
                alert.condition.rule(severity)
            })
            .collect()
    }

    /// A monitor of one of its objectives: by its alert policies, or by the
    /// [recommended](BurnRule::recommended) rules if it has none. Whom to tell, and whether also of an end or of
    /// missing data, is left to the caller: the policies say it, the monitor's states have it.
    ///
    /// # Errors
    /// If there is no such objective, or as [`burn_rules`](Self::burn_rules).
    pub fn monitor(&self, objective: usize) -> Result<BurnRateBuilder, Error> {
        let found = self.objectives.get(objective);
        let Some(found) = found else {
            return Err(Error::parameter("objective", "the index of an objective", objective));
        };
        let builder = BurnRateMonitor::builder(found.target);
        // Policies of which none tells of a breach are no monitor, and the recommended rules are not theirs.
        Ok(if self.alerts.is_empty() { builder } else { builder.rules(self.burn_rules()?) })
    }

    /// The rules of Prometheus that alert as [`monitor`](Self::monitor) does, and without data where a policy
    /// asks for it. They have the name of the service level, and with several objectives ` #1`, ` #2` after it.
    ///
    /// # Errors
    /// If the budget does not count occurrences, the source is not Prometheus, the metric is neither good nor
    /// bad events of all, or as [`PrometheusIndicator`] and [`monitor`](Self::monitor) have them.
    pub fn prometheus_rules(&self, objective: usize) -> Result<PrometheusRules, Error> {
        let Some(found) = self.objectives.get(objective) else {
            return Err(Error::parameter("objective", "the index of an objective", objective));
        };
        let counts = self.budgeting == Budgeting::Occurrences;
        let was = format!("{:?}", self.budgeting);
        Error::require(counts, "budgetingMethod", "Occurrences for rules of Prometheus", was)?;
        let indicator = match &found.indicator.metric {
            Metric::Good { good, total, .. } => PrometheusIndicator::good(promql(good)?, promql(total)?)?,
            Metric::Bad { bad, total, .. } => PrometheusIndicator::bad(promql(bad)?, promql(total)?)?,
            Metric::Raw { .. } => {
                let must = "good or bad events of all: a ratio does not say of how many events it is";
                return Err(Error::parameter("ratioMetric", must, "raw"));
            }
            Metric::Threshold(_) => {
                return Err(Error::parameter("indicator", "a ratio metric", "a threshold metric"));
            }
        };
        let name = match self.objectives.len() {
            1 => self.name.clone(),
            _ => Name::from(format!("{} #{}", self.name.as_str(), objective + 1).as_str()),
        };
        let mut rules = PrometheusRules::new(name, found.target, indicator);
        if !self.alerts.is_empty() {
            rules = rules.rules(self.burn_rules()?);
        }
        for alert in self.alerts.iter().filter(|alert| alert.when_no_data) {
            rules = rules.alert_without_data(alert.condition.standard_severity().unwrap_or(Severity::Ticket));
        }
        Ok(rules)
    }
}

fn promql(source: &MetricSource) -> Result<&str, Error> {
    let is_prometheus = source.kind.as_ref().is_none_or(|kind| kind.eq_ignore_ascii_case("prometheus"));
    let was = source.kind.as_deref().unwrap_or_default();
    Error::require(is_prometheus, "metricSource.type", "Prometheus", was)?;
    source.query().ok_or_else(|| Error::parameter("metricSource.spec", "with a query", "without"))
}
