//! Fault localization over hostile metrics, calls, spans and log lines: rankings that don't depend on the order of spans, probabilities
//! that add up to at most one, never a panic.

#![no_main]

use evenkeel::locate::logs::{Drain, LogSet};
use evenkeel::locate::traces::{Span, TraceSet};
use evenkeel::locate::{CallColumns, Case, Fusion, Graph, Localizer, Metric};
use evenkeel::prelude::{Signal, Timestamp};
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use std::time::Duration;

#[derive(Debug, Arbitrary)]
struct Input<'a> {
    metrics: Vec<(u8, u8, Vec<f64>)>,
    calls: Vec<(u8, u8, Vec<f64>, Vec<f64>)>,
    edges: Vec<(u8, u8)>,
    spans: Vec<(u8, u8, u8, i64, i64, bool)>,
    lines: Vec<(i64, u8, &'a str)>,
    step: u32,
    stated: i64,
}

const METRICS: [&str; 6] = ["latency_p99", "errors", "cpu", "memory_bytes", "requests", "up"];

fn component(number: u8) -> String {
    format!("c{}", number % 8)
}

libfuzzer_sys::fuzz_target!(|input: Input<'_>| {
    let Input { metrics, calls, edges, spans, lines, step, stated } = input;

    let mut spans: Vec<Span> = spans
        .into_iter()
        .map(|(id, parent, of, from, lasts, failed)| {
            let ends = from.saturating_add(lasts.saturating_abs());
            let parent = (parent < 200).then(|| format!("s{}", parent % 32));
            let span = Span::new(
                &format!("s{}", id % 32),
                parent.as_deref(),
                component(of),
                format!("o{}", of / 64),
                (from, ends),
            )
            .in_trace(&format!("t{}", id / 32));
            if failed { span.failed() } else { span }
        })
        .collect();
    let traces = TraceSet::new(spans.clone()).expect("spans end after they start");
    spans.reverse();
    let reversed = TraceSet::new(spans).expect("the same spans");
    let _ = traces.graph();

    // Small limits, so that forgetting is tried, too.
    let drain = Drain::builder().max_templates(8).max_bytes(64).build().expect("limits above zero");
    let mut logs = LogSet::new(drain);
    for (at, of, text) in lines {
        logs.line(Timestamp::from_nanos(at), component(of), (of > 128).then_some("t1"), text);
    }
    assert!(logs.templates().len() <= 8);

    let edges = edges.iter().map(|(from, to)| (component(*from), component(*to), 1.0));
    let graph = Graph::from_edges(edges).expect("weights are 1");
    let case = |traces: &TraceSet| {
        let start = Timestamp::from_nanos(stated.saturating_sub(40 * i64::from(step)));
        let mut case =
            Case::builder(start, Duration::from_nanos(u64::from(step.max(1))), Timestamp::from_nanos(stated))
                .graph(&graph)
                .traces(traces)
                .logs(&logs)
                .symptom_at("c0");
        let mut seen = std::collections::BTreeSet::new();
        for (of, name, values) in &metrics {
            let signal = Signal::new(component(*of), METRICS[usize::from(*name) % METRICS.len()]);
            if seen.insert(signal.clone()) {
                case = case.metric(Metric::new(signal, values.clone()));
            }
        }
        for (from, to, seconds, failed) in &calls {
            case = case.calls(CallColumns::new(
                component(*from),
                component(*to),
                seconds.clone(),
                failed.clone(),
            ));
        }
        let case = case.build().expect("every signal comes once");
        let fusion = Fusion::default();
        let ranking = fusion.rank(&case);
        for suspect in ranking.suspects() {
            assert!(suspect.score().is_finite());
            suspect.evidence().iter().for_each(|evidence| assert!(!evidence.to_string().is_empty()));
        }
        let sum: f64 =
            fusion.diagnose(&case).iter().flat_map(|d| d.causes()).map(|cause| cause.probability()).sum();
        assert!((0.0..=1.0 + 1e-9).contains(&sum), "{sum}");
        ranking
    };
    assert_eq!(case(&traces), case(&reversed), "the order of spans");
});
