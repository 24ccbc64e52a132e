//! Recording and alerting rules for an objective.

use super::counter::PrometheusCounter;
use super::yaml::{block, quoted};
use crate::experiment::moments::require_alpha;
use crate::slo::{BurnRule, Objective, Severity};
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::time::Duration;
use evenkeel_core::{Error, Name};

/// What an objective is about, in Prometheus.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PrometheusIndicator {
    /// Good events of all valid ones.
    Good {
        /// The good ones.
        good: PrometheusCounter,
        /// The valid ones.
        total: PrometheusCounter,
    },
    /// Bad events of all valid ones.
    Bad {
        /// The bad ones.
        bad: PrometheusCounter,
        /// The valid ones.
        total: PrometheusCounter,
    },
}

impl PrometheusIndicator {
    /// Good events of all valid ones.
    ///
    /// # Errors
    /// As [`PrometheusCounter::new`].
    pub fn good(good: &str, total: &str) -> Result<Self, Error> {
        Ok(Self::Good { good: PrometheusCounter::new(good)?, total: PrometheusCounter::new(total)? })
    }

    /// Bad events of all valid ones.
    ///
    /// # Errors
    /// As [`PrometheusCounter::new`].
    pub fn bad(bad: &str, total: &str) -> Result<Self, Error> {
        Ok(Self::Bad { bad: PrometheusCounter::new(bad)?, total: PrometheusCounter::new(total)? })
    }

    fn total(&self, window: &str, seconds: u64) -> String {
        let (Self::Good { total, .. } | Self::Bad { total, .. }) = self;
        total.increase(window, seconds)
    }

    /// Bad events over a window. Where the series of the good or the bad ones does not exist, since none has
    /// come yet, there were none: all of them are bad, or none is.
    fn bad_events(&self, window: &str, seconds: u64) -> String {
        let total = self.total(window, seconds);
        match self {
            Self::Good { good, .. } => {
                let good = good.increase(window, seconds);
                format!("clamp_min(\n  ({total})\n  - (({good}) or 0 * ({total})),\n  0\n)")
            }
            Self::Bad { bad, .. } => {
                let bad = bad.increase(window, seconds);
                format!("({bad})\nor 0 * ({total})")
            }
        }
    }
}

/// Writes the rules of Prometheus that alert as a [`BurnRateMonitor`](crate::slo::BurnRateMonitor) does.
///
/// One group: for every window the valid and the bad events (`slo:valid_events:1h`, `slo:bad_events:1h`) and
/// the burn rate (`slo:burn_rate:1h`), and for every rule an alert. All have the label `slo` with the name.
/// The alert of a rule fires under the conditions of the monitor: bad events above the factor over both
/// windows, and, when it begins, [evidence](Self::evidence) in the events of the long one; once it fires, it
/// goes on by the burn rates alone. *Low traffic* is treated alike, thus one error among three requests pages
/// nobody.
///
/// *No traffic* has no burn rate: the record has no value then, and is not 0. Whoever shows it as green does so
/// on his own; [`alert_without_data`](Self::alert_without_data) adds an alert for it. A total outage in which
/// not one good event has been counted yet is one, and no missing series.
///
/// What differs: Prometheus extrapolates increases to the ends of a window, so its counts are no integers and
/// an alert may come a scrape earlier or later; and it has nothing that corresponds to
/// [undecided](crate::slo::BurnState::Undecided). `for` is left out: the short window does what it is for.
///
/// ```
/// use evenkeel_experience::slo::{PrometheusIndicator, PrometheusRules};
///
/// let indicator = PrometheusIndicator::bad(r#"requests_total{code=~"5.."}"#, "requests_total")?;
/// let rules = PrometheusRules::new("checkout", "99.9%".parse()?, indicator).to_yaml()?;
/// assert!(rules.contains("record: slo:burn_rate:5m") && rules.contains("severity: page"));
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct PrometheusRules {
    name: Name,
    objective: Objective,
    indicator: PrometheusIndicator,
    rules: Option<Vec<BurnRule>>,
    labels: Vec<(String, String)>,
    evidence: Option<f64>,
    without_data: Option<Severity>,
}

impl PrometheusRules {
    /// For an objective of this name: with the [recommended](BurnRule::recommended) rules and evidence of
    /// 1e-4.
    pub fn new(name: impl Into<Name>, objective: Objective, indicator: PrometheusIndicator) -> Self {
        Self {
            name: name.into(),
            objective,
            indicator,
            rules: None,
            labels: Vec::new(),
            evidence: Some(1e-4),
            without_data: None,
        }
    }

    /// Other rules than the recommended ones.
    pub fn rules(mut self, rules: impl IntoIterator<Item = BurnRule>) -> Self {
        self.rules = Some(rules.into_iter().collect());
        self
    }

    /// One more label for all of them. The names `slo`, `rule`, `severity` and `alertname` are taken.
    pub fn label(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.labels.push((name.into(), value.into()));
        self
    }

    /// How rarely an alert may begin by chance: once in `1 / alpha` evaluations a minute apart, as
    /// [`BurnRateBuilder::evidence`](crate::slo::BurnRateBuilder::evidence).
    pub fn evidence(mut self, alpha: f64) -> Self {
        self.evidence = Some(alpha);
        self
    }

    /// By burn rates alone, as in the book: one error among few requests alerts.
    pub fn without_evidence(mut self) -> Self {
        self.evidence = None;
        self
    }

    /// An alert of this severity where the longest of the short windows has no events.
    pub fn alert_without_data(mut self, severity: Severity) -> Self {
        self.without_data = Some(severity);
        self
    }

    /// The rules as a file of Prometheus.
    ///
    /// # Errors
    /// If there are no rules or two with one name, a window is no whole number of seconds, alpha is not in
    /// (0, 1), a factor is so large that not even an error rate of 1 exceeds it, or the name of a label is
    /// taken, given twice, or none for Prometheus.
    pub fn to_yaml(&self) -> Result<String, Error> {
        let rules = match &self.rules {
            Some(rules) => rules.clone(),
            None => BurnRule::recommended()?,
        };
        self.validate(&rules)?;
        let mut windows = BTreeSet::new();
        for rule in &rules {
            windows.insert(rule.long());
            windows.insert(rule.short());
        }
        let mut out = String::from("groups:\n");
        out.push_str(&format!("  - name: {}\n", quoted(&format!("slo:{}", self.name.as_str()))));
        out.push_str("    interval: 1m\n    rules:\n");
        for window in windows {
            self.record(&mut out, window)?;
        }
        for rule in &rules {
            self.alert(&mut out, rule)?;
        }
        if let (Some(severity), Some(window)) = (self.without_data, rules.iter().map(BurnRule::short).max()) {
            let expr = format!("absent(slo:burn_rate:{}{})", span(window)?, self.matchers());
            let summary = format!("{} has no events, so nothing is known of it.", self.name.as_str());
            self.push_alert(&mut out, "SloWithoutData", "without_data", severity, &expr, &summary);
        }
        Ok(out)
    }

    fn validate(&self, rules: &[BurnRule]) -> Result<(), Error> {
        Error::require(!rules.is_empty(), "rules", "at least one", 0)?;
        if let Some(alpha) = self.evidence {
            require_alpha(alpha)?;
        }
        for (i, rule) in rules.iter().enumerate() {
            let is_new = rules[..i].iter().all(|other| other.name() != rule.name());
            Error::require(is_new, "rules", "of different names", rule.name().as_str())?;
            let reachable = self.evidence.is_none() || rule.factor() * self.objective.budget() < 1.0;
            Error::require(reachable, "factor", "below 1 / (1 - objective)", rule.factor())?;
        }
        for (i, (name, _)) in self.labels.iter().enumerate() {
            let mut chars = name.chars();
            let is_name = chars.next().is_some_and(|c| c == '_' || c.is_ascii_alphabetic())
                && chars.all(|c| c == '_' || c.is_ascii_alphanumeric())
                && !name.starts_with("__");
            Error::require(is_name, "label", "letters, digits and underscores", name)?;
            let is_free = !["slo", "rule", "severity", "alertname"].contains(&name.as_str())
                && self.labels[..i].iter().all(|(other, _)| other != name);
            Error::require(is_free, "label", "a name that is not taken", name)?;
        }
        Ok(())
    }

    /// What selects the records of this objective in an expression.
    fn matchers(&self) -> String {
        let mut matchers = format!("{{slo={}", promql_string(self.name.as_str()));
        for (name, value) in &self.labels {
            matchers.push_str(&format!(",{name}={}", promql_string(value)));
        }
        matchers.push('}');
        matchers
    }

    fn record(&self, out: &mut String, window: Duration) -> Result<(), Error> {
        let (name, seconds) = (span(window)?, window.as_secs());
        let of = self.matchers();
        let budget = self.objective.budget();
        let records = [
            ("valid_events", self.indicator.total(&name, seconds)),
            ("bad_events", self.indicator.bad_events(&name, seconds)),
            (
                "burn_rate",
                // Nothing over nothing is no number, and is left out.
                format!("slo:bad_events:{name}{of}\n/ ({budget} * (slo:valid_events:{name}{of} > 0))"),
            ),
        ];
        for (record, expr) in records {
            out.push_str(&format!("      - record: slo:{record}:{name}\n"));
            out.push_str(&format!("        expr: {}\n        labels:\n", block(&expr, 10)));
            out.push_str(&format!("          slo: {}\n", quoted(self.name.as_str())));
            for (name, value) in &self.labels {
                out.push_str(&format!("          {name}: {}\n", quoted(value)));
            }
        }
        Ok(())
    }

    fn alert(&self, out: &mut String, rule: &BurnRule) -> Result<(), Error> {
        let of = self.matchers();
        let (long, short) = (span(rule.long())?, span(rule.short())?);
        let burning = |window: &str| {
            let (budget, factor) = (self.objective.budget(), rule.factor());
            format!("slo:bad_events:{window}{of}\n> {factor} * {budget} * slo:valid_events:{window}{of}")
        };
        let mut expr = format!("{}\nand\n{}", burning(&long), burning(&short));
        let alert = match rule.severity() {
            Severity::Page => "SloBurnRatePage",
            Severity::Ticket => "SloBurnRateTicket",
        };
        if let Some(evidence) = rule.evidence(self.objective, self.evidence) {
            // The alert of this rule alone, by all of its labels.
            let own = of.trim_start_matches('{');
            let rule = promql_string(rule.name().as_str());
            expr.push_str(&format!(
                "\nand on (slo) (\n  {} * slo:bad_events:{long}{of}\n  - {} * (\n    \
                 slo:valid_events:{long}{of}\n    - slo:bad_events:{long}{of}\n  ) >= {}\n  or on (slo)\n  \
                 ALERTS{{alertname=\"{alert}\",alertstate=\"firing\",rule={rule},{own}\n)",
                evidence.bad, -evidence.good, evidence.threshold
            ));
        }
        let summary = format!(
            "{} spends its error budget more than {} times as fast as allowed, over {long} and over {short}.",
            self.name.as_str(),
            rule.factor()
        );
        self.push_alert(out, alert, rule.name().as_str(), rule.severity(), &expr, &summary);
        Ok(())
    }

    fn push_alert(
        &self,
        out: &mut String,
        alert: &str,
        rule: &str,
        severity: Severity,
        expr: &str,
        summary: &str,
    ) {
        out.push_str(&format!("      - alert: {alert}\n        expr: {}\n", block(expr, 10)));
        let severity = match severity {
            Severity::Page => "page",
            Severity::Ticket => "ticket",
        };
        out.push_str(&format!("        labels:\n          severity: {severity}\n"));
        let own = [("slo", self.name.as_str()), ("rule", rule)];
        for (name, value) in own.into_iter().chain(self.labels.iter().map(|(n, v)| (n.as_str(), v.as_str())))
        {
            out.push_str(&format!("          {name}: {}\n", quoted(&literal(value))));
        }
        out.push_str(&format!("        annotations:\n          summary: {}\n", quoted(&literal(summary))));
    }
}

/// What Prometheus does not take for a template: labels and annotations of alerts are.
fn literal(text: &str) -> String {
    text.replace("{{", "{{ \"{{\" }}")
}

fn promql_string(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A length of time as Prometheus writes it, in its largest units: 1h30m.
fn span(window: Duration) -> Result<String, Error> {
    let is_whole = window.subsec_nanos() == 0 && window.as_secs() > 0;
    Error::require(is_whole, "window", "a whole number of seconds", window.as_secs_f64())?;
    let mut left = window.as_secs();
    let mut out = String::new();
    for (unit, seconds) in [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)] {
        if left >= seconds {
            out.push_str(&(left / seconds).to_string());
            out.push_str(unit);
            left %= seconds;
        }
    }
    Ok(out)
}
