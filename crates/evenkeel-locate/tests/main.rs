//! The tests of `evenkeel-locate`, one module a source file.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod attributes;
mod baselines;
mod calibration;
mod call_gap;
mod case;
#[cfg(feature = "causal")]
mod causal;
mod excess_flow;
mod explain_away;
mod fusion;
mod graph;
#[cfg(feature = "serde")]
mod history;
mod hostile;
mod invariances;
mod log_change;
mod logs;
mod metric_kind;
mod metric_shift;
mod propagation;
mod ranking;
mod reference;
mod reference_attributes;
#[cfg(feature = "causal")]
mod reference_causal;
mod reference_drain;
mod shop;
mod spectrum;
mod symptom_correlation;
mod traces;
mod unseen;
