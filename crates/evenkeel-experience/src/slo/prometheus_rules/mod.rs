//! The same alerts as rules of Prometheus.

mod counter;
mod prometheus_rules;
mod yaml;

pub use counter::PrometheusCounter;
pub use prometheus_rules::{PrometheusIndicator, PrometheusRules};
