//! Hostile input: no panic, and deterministic answers.

use crate::shop::{START, STEP};
use evenkeel_core::{MetricKind, Signal, Timestamp, Unit};
use evenkeel_locate::logs::{LogChange, LogSet};
use evenkeel_locate::traces::{CallChange, Span, TraceSet, TraceTime};
use evenkeel_locate::{
    CallColumns, CallGap, Case, Change, ExcessFlow, ExplainAway, Fusion, Graph, Localizer, Metric,
    MetricShift, NSigma, RobustScorer, SymptomCorrelation,
};
use proptest::prelude::*;

type CaseLocalizer = dyn for<'a> Localizer<Case<'a>> + Send + Sync;

fn localizers() -> Vec<Box<CaseLocalizer>> {
    vec![
        Box::new(MetricShift::default()),
        Box::new(ExplainAway::default()),
        Box::new(SymptomCorrelation::default()),
        Box::new(CallGap::default()),
        Box::new(ExcessFlow),
        Box::new(TraceTime),
        Box::new(CallChange),
        Box::new(LogChange),
        Box::new(NSigma),
        Box::new(RobustScorer::new()),
        Box::new(RobustScorer::by_rank().in_bytes()),
        Box::new(Fusion::default().with(SymptomCorrelation::default(), 1.0).unwrap()),
    ]
}

fn value() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => -10.0..10.0_f64,
        1 => Just(0.0),
        1 => prop::sample::select(vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e100, -1e100, 1e300, 5e-324, -0.0]),
    ]
}

fn column() -> impl Strategy<Value = Vec<f64>> {
    prop_oneof![
        4 => prop::collection::vec(value(), 0..60),
        1 => (value(), 0..60_usize).prop_map(|(x, n)| vec![x; n]),
    ]
}

/// A row, or a time that no clock tells.
fn row() -> impl Strategy<Value = i64> {
    prop_oneof![8 => -10..80_i64, 1 => Just(i64::MIN), 1 => Just(i64::MAX)]
}

/// Spans that name themselves, each other or nobody as parents, of few ids, some without end.
fn spans() -> impl Strategy<Value = Vec<(u8, u8, u8, u8, i64, i64, bool)>> {
    let lasts = prop_oneof![4 => 0..2_000_000_000_i64, 1 => Just(0), 1 => Just(i64::MAX)];
    prop::collection::vec((0..40_u8, 0..45_u8, 0..7_u8, 0..6_u8, row(), lasts, any::<bool>()), 0..60)
}

/// Lines of few and of many templates, in any order.
fn lines() -> impl Strategy<Value = Vec<(i64, u8, u8, String)>> {
    let text = prop_oneof![
        2 => "served /[a-c]/[0-9]{1,3} in [0-9]{1,4} ms",
        1 => Just(String::new()),
        1 => "\\PC{0,40}",
        1 => "([a-z]{1,3} ){0,30}",
    ];
    prop::collection::vec((row(), 0..6_u8, 0..4_u8, text), 0..80)
}

proptest! {
    #[test]
    fn nothing_panics(
        columns in prop::collection::vec((0..4_u8, 0..12_u8, 0..3_u8, column()), 0..12),
        symptom in prop::option::of(column()),
        edges in prop::collection::vec((0..7_u8, 0..7_u8), 0..16),
        stated in prop_oneof![3 => -10..80_i64, 1 => Just(i64::MIN), 1 => Just(i64::MAX)],
        changes in prop::collection::vec((0..6_u8, 0..3_u8, -20..90_i64, any::<bool>()), 0..6),
        cleared in prop::collection::vec(0..6_u8, 0..3),
        calls in prop::collection::vec((0..6_u8, 0..6_u8, 0..3_u8, column(), column()), 0..8),
        spans in spans(),
        lines in lines(),
        kind in prop::option::of(prop::sample::select(vec![MetricKind::Latency, MetricKind::Errors, MetricKind::Availability, MetricKind::Traffic])),
    ) {
        let names = [
            "latency", "errors", "cpu", "mem", "requests", "up", "pool", "x", "wait_ms", "errors_percent", "error_share", "count",
        ];
        let units = [Unit::None, Unit::Bytes, Unit::Seconds, Unit::Ratio, Unit::Count, Unit::PerSecond];
        let row = |row: i64| Timestamp::from_nanos(START.as_nanos().saturating_add(row.saturating_mul(250_000_000)));
        let stated = Timestamp::from_nanos(START.as_nanos().saturating_add(stated.saturating_mul(250_000_000)));
        let traces = spans.iter().map(|(id, parent, component, operation, from, lasts, failed)| {
            let parent = (*parent < 40).then(|| format!("s{parent}"));
            let start = row(*from).as_nanos();
            let span = Span::new(&format!("s{id}"), parent.as_deref(), format!("c{component}"), format!("o{operation}"), (start, start.saturating_add(*lasts)))
                .in_trace(&format!("t{}", id % 7));
            let span = if *operation == 5 { span.calling(format!("c{}", component / 2)) } else { span };
            if *failed { span.failed() } else { span }
        });
        let traces = TraceSet::new(traces).unwrap();
        let mut logs = LogSet::default();
        for (at, component, trace, text) in &lines {
            let trace = (*trace > 0).then(|| format!("t{trace}"));
            logs.line(row(*at), format!("c{component}"), trace.as_deref(), text);
        }
        let graph = Graph::from_edges(edges.iter().map(|(a, b)| (format!("c{a}"), format!("c{b}"), 1.0))).unwrap();
        let mut case = Case::builder(START, STEP, stated).graph(&graph).symptom_at("c0").traces(&traces).logs(&logs);
        for (from, to, instance, seconds, failed) in calls {
            let columns = CallColumns::new(format!("c{from}"), format!("c{to}"), seconds, failed);
            case = case.calls(if instance > 0 { columns.to_instance(format!("i{instance}")) } else { columns });
        }
        if let Some(kind) = kind {
            case = case.symptom_kind(kind);
        }
        for (component, instance, at, own) in changes {
            let mut change = Change::new(format!("c{component}"), row(at));
            if instance > 0 {
                change = change.of_instance(format!("i{instance}"));
            }
            case = case.changed(if own { change.own() } else { change });
        }
        for component in &cleared {
            case = case.cleared(format!("c{component}"));
        }
        let mut seen = std::collections::BTreeSet::new();
        for (component, metric, instance, values) in columns {
            let signal = Signal::new(format!("c{component}"), names[usize::from(metric)]);
            if seen.insert((signal.clone(), instance)) {
                let metric = Metric::new(signal, values).unit(units[usize::from(metric) % units.len()]);
                case = case.metric(if instance > 0 { metric.instance(format!("i{instance}")) } else { metric });
            }
        }
        if let Some(symptom) = symptom {
            case = case.symptom(symptom);
        }
        let case = case.build().unwrap();
        for localizer in localizers() {
            let ranking = localizer.rank(&case);
            prop_assert_eq!(&ranking, &localizer.rank(&case));
            prop_assert!(ranking.suspects().iter().all(|suspect| suspect.score().is_finite()));
            prop_assert!(ranking.metrics().iter().all(|(_, score)| score.is_finite()));
            prop_assert!(ranking.suspects().windows(2).all(|pair| pair[0].score() >= pair[1].score()));
            for evidence in ranking.suspects().iter().flat_map(|suspect| suspect.evidence()) {
                prop_assert!(evidence.observed.is_finite() && (0.0..=1.0).contains(&evidence.weight));
                prop_assert!(!evidence.to_string().is_empty());
            }
        }
        let fusion = Fusion::default();
        let ranking = fusion.rank(&case);
        prop_assert!(ranking.suspects().iter().all(|suspect| !case.is_cleared(suspect.component().as_str())));
        let probabilities = fusion.calibration().probabilities(&ranking);
        prop_assert!(probabilities.iter().sum::<f64>() < 1.0 && probabilities.iter().all(|p| *p >= 0.0));
        let _ = fusion.diagnose(&case);
    }
}

#[test]
fn a_stated_time_outside_of_the_data_compares_nothing() {
    for stated in [Timestamp::MIN, START - STEP, START, START + STEP * 61, Timestamp::MAX] {
        let values: Vec<f64> = (0..60).map(f64::from).collect();
        let case = Case::builder(START, STEP, stated)
            .metric(Metric::new(Signal::new("a", "cpu"), values))
            .build()
            .unwrap();
        for localizer in localizers() {
            assert!(localizer.rank(&case).is_empty(), "{stated}");
        }
    }
}

#[test]
fn a_case_without_anything_has_no_suspect() {
    let case = Case::builder(START, STEP, START).build().unwrap();
    assert!(localizers().iter().all(|localizer| localizer.rank(&case).is_empty()));
    assert!(Fusion::default().diagnose(&case).is_none());
}
