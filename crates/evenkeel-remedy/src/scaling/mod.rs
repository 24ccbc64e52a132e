//! Scaling: how many replicas a component needs, by a rule, kept calm and safe around it.
//!
//! A [`ScalingRule`] says how many replicas a reading of the load calls for. A [`Scaler`] asks it, and lets
//! through only what its tolerance, stabilization windows, rate limits and bounds allow. It never scales on
//! missing data and never below one replica. What it gives is a wish: as an
//! [`action`](Sizing::action) it goes through the guards like any other.
//!
//! | what | in one line |
//! | --- | --- |
//! | [`PodAverage`], [`Pods`] | the rule of the Kubernetes horizontal pod autoscaler |
//! | [`WaitingTime`] | as many servers as keep the waiting time (Erlang C) |
//! | [`DemandQuantile`], [`ForecastQuantile`] | enough for a quantile of what is predicted |
//! | [`ProportionalIntegral`] | feedback on utilization, without windup |
//! | [`Largest`] | the larger of two rules; none scales in without both |
//! | [`Scaler`], [`Workload`], [`Sizing`] | a rule with all that keeps it safe |
//! | [`Stabilizer`], [`Behavior`], [`RatePolicy`] | stabilization windows and rate limits, as in Kubernetes |
//! | [`queueing`] | Erlang B and C, M/M/c, M/M/1/K, M/G/1 |

mod behavior;
mod demand_quantile;
mod largest;
mod pod_average;
mod proportional_integral;
pub mod queueing;
mod scaler;
mod scaling_rule;
mod sizing;
mod stabilizer;
mod waiting_time;

pub use behavior::{Behavior, RatePolicy, Select};
pub use demand_quantile::{DemandQuantile, ForecastQuantile};
pub use largest::Largest;
pub use pod_average::{PodAverage, Pods, Usage};
pub use proportional_integral::{ProportionalIntegral, ProportionalIntegralBuilder};
pub use scaler::{Scaler, ScalerBuilder, Workload};
pub use scaling_rule::ScalingRule;
pub use sizing::Sizing;
pub use stabilizer::{Stabilizer, StabilizerBuilder};
pub use waiting_time::WaitingTime;
