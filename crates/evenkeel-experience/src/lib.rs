//! What users feel, and what to do about it: service levels, experiments that may be looked at at any time,
//! canaries, traffic under control, feedback.
//!
//! ```
//! use evenkeel_core::{At, Stage, Timestamp};
//! use evenkeel_experience::slo::{BurnRateMonitor, Events, Severity};
//!
//! let mut monitor = BurnRateMonitor::builder("99.9%".parse()?).build()?;
//! let minute = |i: i64, good, bad| At::new(Timestamp::from_seconds(60 * i), Events::new(good, bad));
//!
//! // One error among three requests pages nobody. It is not green either.
//! let quiet = monitor.update(minute(0, 2, 1)).unwrap();
//! assert!(quiet.severity.is_none() && !quiet.is_healthy());
//!
//! // Four percent of a thousand a minute do page, after twenty minutes.
//! let paged = (1..60).find(|i| monitor.update(minute(*i, 960, 40)).unwrap().severity == Some(Severity::Page));
//! assert!(paged.is_some());
//! # Ok::<(), evenkeel_core::Error>(())
//! ```
//!
//! | module | in one line |
//! | --- | --- |
//! | [`slo`] | events and objectives, error budgets, burn-rate alerts that know when there is too little traffic, when a budget is gone and who spent it; the same alerts as rules of Prometheus; OpenSLO |
//! | [`experiment`] | Mann-Whitney, Welch, Fisher, CUPED; comparisons valid whenever they are read; group sequential designs; sample-ratio mismatch; sample sizes; false discoveries |
//! | [`canary`] | the judge of a canary per metric and overall, at the end or while it runs, and how much of the traffic it may have; no data is never a pass |
//! | [`traffic`] | concurrency limits, token bucket and GCRA, adaptive throttling, priority shedding, circuit breaker, outlier ejection |
//! | [`feedback`] | net promoter score with limits, feedback as time series, ratings that become worse |
//!
//! Whatever watches a stream is a [`Stage`](evenkeel_core::Stage) and keeps its contract. Time is passed in;
//! there is no clock, thread or I/O in here.
//!
//! # Features
//! - `std` (default): nothing in here needs it; without it the crate is `no_std` with `alloc`.
//! - `serde`: snapshots of everything that has a state.
//! - `remedy`: rollouts of canaries carried out by `evenkeel-remedy`, under its guards (`canary::shift`).
//! - `openslo`: service levels from OpenSLO documents in YAML; needs `std`.
//! - `tower`: a [layer](traffic::layer) around whatever decides on calls; needs `std`.
//!
//! # What it is not
//! No assignment of users to arms and no collection of their data; no proxy (it decides, they enforce); no allocation of traffic to many arms, which is `evenkeel_stats::bandit`.

#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;
#[cfg(feature = "tower")]
extern crate std;

pub mod canary;
pub mod experiment;
pub mod feedback;
pub mod slo;
pub mod traffic;

evenkeel_core::assert_shared!(
    canary::Advice,
    canary::ArmCounts,
    canary::AtDeadline,
    canary::BadDirection,
    canary::CanaryBatch<'static>,
    canary::CanaryScore,
    canary::CanaryScorer,
    canary::CanaryValue,
    canary::CanaryWatch,
    canary::ExcessEvidence,
    canary::Label,
    canary::LabeledMetric,
    canary::MetricJudge,
    canary::MetricJudgement,
    canary::MetricKind,
    canary::PairedCounts,
    canary::RateExcess,
    canary::Reading<'static>,
    canary::Rollout,
    canary::RolloutBuilder,
    canary::StepVerdict,
    canary::TrafficShares,
    canary::Verdict,
    canary::WatchedMetric,
    experiment::Arm,
    experiment::BoundedComparison,
    experiment::Cuped,
    experiment::EffectSize,
    experiment::ExactP,
    experiment::FisherExact,
    experiment::GroupSequential,
    experiment::MannWhitney,
    experiment::MeanComparison,
    experiment::MismatchEvidence,
    experiment::Proportion,
    experiment::RateComparison,
    experiment::SampleRatio,
    experiment::SequentialSampleRatio,
    experiment::Sides,
    experiment::Spending,
    experiment::Welch,
    feedback::DriftEvidence,
    feedback::FeedbackSeries,
    feedback::NetPromoter,
    feedback::RatingDrift,
    slo::Apdex,
    slo::BudgetLedger,
    slo::BudgetShare,
    slo::BudgetStatus,
    slo::BurnRateBuilder,
    slo::BurnRateMonitor,
    slo::BurnRule,
    slo::BurnState,
    slo::BurnStatus,
    slo::CalendarBudget,
    slo::CounterIncrease,
    slo::Counters,
    slo::Events,
    slo::Exhaustion,
    slo::Objective,
    slo::Period,
    slo::PrometheusCounter,
    slo::PrometheusIndicator,
    slo::PrometheusRules,
    slo::RollingBudget,
    slo::Severity,
    slo::TimeSlices,
    traffic::AdaptiveThrottle,
    traffic::Admission,
    traffic::Aimd,
    traffic::BreakerState,
    traffic::CallInfo,
    traffic::CallOutcome,
    traffic::CallPermit,
    traffic::CircuitBreaker,
    traffic::CircuitBreakerBuilder,
    traffic::ConcurrencyLimiter<traffic::Vegas>,
    traffic::ConcurrencyPermit,
    traffic::EjectionReport,
    traffic::Gcra,
    traffic::Gradient2,
    traffic::Gradient2Builder,
    traffic::GradientController,
    traffic::HostGate,
    traffic::HostPermit,
    traffic::HostRequests,
    traffic::OutlierEjection,
    traffic::OutlierEjectionBuilder,
    traffic::PriorityShedder,
    traffic::Rate,
    traffic::Refusal,
    traffic::RefusalReason,
    traffic::Rejected,
    traffic::RequestSample,
    traffic::TokenBucket,
    traffic::Vegas,
    traffic::Windowed<traffic::Vegas>,
);
#[cfg(feature = "remedy")]
evenkeel_core::assert_shared!(
    canary::shift::CanaryController,
    canary::shift::CanaryPolicy,
    canary::shift::CanaryVerifier,
    canary::shift::MostCanaries,
    canary::shift::RaisesOnly<canary::shift::MostCanaries>,
    canary::shift::SplitError,
    canary::shift::SplitState,
);
#[cfg(feature = "remedy")]
evenkeel_core::assert_dyn_compatible!(dyn canary::shift::TrafficSplit);
#[cfg(feature = "openslo")]
evenkeel_core::assert_shared!(
    slo::openslo::AlertPolicy,
    slo::openslo::CivilTime,
    slo::openslo::Comparison,
    slo::openslo::Length,
    slo::openslo::ServiceLevel,
    slo::openslo::TimeWindow,
);
evenkeel_core::assert_dyn_compatible!(
    dyn traffic::ConcurrencyLimit,
    dyn traffic::AdmissionControl<Permit = ()>
);

#[cfg(feature = "tower")]
evenkeel_core::assert_shared!(
    traffic::layer::AdmissionError<evenkeel_core::Error>,
    traffic::layer::AdmissionLayer<traffic::CircuitBreaker>,
    traffic::layer::AdmissionService<(), traffic::CircuitBreaker>,
    traffic::layer::Alike,
    traffic::layer::ByResult,
);

/// The programs in the readme are tested like those of the documentation.
#[cfg(all(doctest, feature = "tower"))]
#[doc = include_str!("../README.md")]
mod readme {}
