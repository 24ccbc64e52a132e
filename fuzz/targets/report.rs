//! Drawings, pages, digests and queries of hostile names, values and times: well-formed, within their limits, never a panic.

#![no_main]

use evenkeel::locate::{Case, Graph, Metric};
use evenkeel::prelude::{At, Prediction, Signal, Timestamp};
use evenkeel::report::{
    AlertSpan, Digest, GraphChart, IncidentReport, Query, SeriesChart, StateChart, Timeline, TimelineChart,
    TimelineKind,
};
use std::time::Duration;

type Input = (String, Vec<(i64, f64)>, Vec<f64>, u32, (i64, i64), Vec<(u8, u8)>, usize);

libfuzzer_sys::fuzz_target!(|input: Input| {
    let (text, samples, column, width, span, edges, tokens) = input;
    if let Ok(query) = text.parse::<Query>() {
        assert_eq!(query.to_string().parse(), Ok(query));
    }
    let time = Timestamp::from_nanos;
    let samples: Vec<At<f64>> = samples.into_iter().map(|(t, x)| At::new(time(t), x)).collect();
    let predictions =
        samples.iter().filter_map(|x| Some(At::new(x.time, Prediction::new(x.value, x.value.abs())?)));
    let chart = SeriesChart::new(&text, &samples)
        .expected(0.9, predictions)
        .expect("a level in its range")
        .alert(AlertSpan::new(time(span.0), Some(time(span.1)), &text))
        .mark(time(span.0), &text);
    let mut timeline = Timeline::new();
    for (i, x) in samples.iter().enumerate().take(50) {
        timeline.push(x.time, TimelineKind::ALL[i % 7], Some(i as u64 % 3), &text);
    }
    let names: Vec<String> = (0..=255).map(|i| format!("{text}{i}")).collect();
    let edges = edges
        .iter()
        .take(300)
        .map(|(a, b)| (names[usize::from(*a)].as_str(), names[usize::from(*b)].as_str(), 1.0));
    let graph = Graph::from_edges(edges).expect("weights are 1");
    let mut drawings = vec![
        chart.draw(width),
        TimelineChart::new(&text, &timeline).draw(width),
        GraphChart::new(&text, &graph).symptom_at(names[0].as_str()).draw(width),
    ];
    let states: Vec<usize> = (0..samples.len()).map(|i| i % 5).collect();
    if let Ok(chart) = StateChart::new(&text, &samples, &states) {
        drawings.push(chart.draw(width));
    }
    for drawing in drawings {
        is_well_formed(&drawing.to_string());
    }
    let mut report = IncidentReport::new(&text);
    report.signal(chart);
    report.graph(&graph, Some(names[0].as_str().into()));
    *report.timeline_mut() = timeline.clone();
    report.incident(0).outcome = Some(text.clone());
    is_well_formed(&report.to_string());

    let start = time(span.0);
    let metric = Metric::new(Signal::new(text.as_str(), text.as_str()), column.as_slice());
    let case =
        Case::builder(start, Duration::from_secs(1), start + Duration::from_secs(column.len() as u64 / 2));
    let (Ok(case), tokens) = (case.metric(metric).graph(&graph).build(), 400 + tokens % 2_000) else {
        return;
    };
    let digest =
        Digest::builder(&case).tokens(tokens).timeline(&timeline).build().expect("tokens in their range");
    assert!(digest.tokens() <= tokens);
    for (query, answer) in digest.facts().iter().take(5) {
        assert_eq!(query.answer(&case, &timeline).to_string(), answer.to_string());
    }
});

/// Elements are closed in order, and no character is one that XML forbids.
fn is_well_formed(markup: &str) {
    let mut open = Vec::new();
    let mut rest = markup;
    while let Some(start) = rest.find('<') {
        let end = start + rest[start..].find('>').expect("a tag ends");
        let tag = &rest[start + 1..end];
        rest = &rest[end + 1..];
        let name = |tag: &str| tag.chars().take_while(char::is_ascii_alphanumeric).collect::<String>();
        match tag.strip_prefix('/') {
            Some(closed) => assert_eq!(open.pop(), Some(name(closed))),
            None if tag.starts_with('!')
                || tag.ends_with('/')
                || ["meta", "link", "br"].contains(&name(tag).as_str()) => {}
            None => open.push(name(tag)),
        }
    }
    assert!(open.is_empty());
    assert!(markup.chars().all(
        |c| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
    ));
}
