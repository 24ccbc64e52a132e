//! Reading telemetry from hostile bytes: an error that a sender must not answer by sending again, or values
//! within the limits; never a panic. The first byte selects the format.

#![no_main]

use core::time::Duration;
use evenkeel::Timestamp;
use evenkeel::ingest::collector::{Collector, Origin, Selector};
use evenkeel::ingest::exposition::{Exposition, Parser};
use evenkeel::ingest::log::{
    JsonLines, Lines, TimestampPattern, access_line, journald_export, journald_json,
};
use evenkeel::ingest::otlp::{self, Encoding, Metrics};
use evenkeel::ingest::prometheus::Answer;
use evenkeel::ingest::remote_write::{Version, WriteRequest};
use evenkeel::ingest::trace::{ServiceGraph, Spans, jaeger, zipkin};
use evenkeel::ingest::{
    Error, Findings, Histogram, HistogramSeries, Limits, Series, collectd, decompress, haproxy, merge_series,
    sanitize_series,
};
use evenkeel::keeper::{Observer, Symptom};

/// What holds of whatever was read.
fn series(all: Vec<Series>) {
    let mut findings = Findings::default();
    let mut all = merge_series(all, &mut findings);
    for one in &all {
        assert!(one.samples.is_sorted_by_key(|sample| sample.time));
        let grid = one.on_grid(Timestamp::EPOCH, Duration::from_secs(1), 3, Duration::MAX);
        assert!(grid.is_ok_and(|grid| grid.len() == 3));
        let _ = one.gaps(Duration::from_secs(1));
    }
    assert!(all.windows(2).all(|pair| pair[0].labels < pair[1].labels));
    sanitize_series(&mut all, &mut findings);
}

fn histograms(all: &[HistogramSeries]) {
    let all: Vec<&Histogram> =
        all.iter().flat_map(|one| &one.histograms).map(|at| &at.value).take(16).collect();
    for one in &all {
        for q in [0.0, 0.5, 1.0] {
            let quantile = one.quantile(q).expect("a share in range");
            assert!(quantile.is_none_or(f64::is_finite));
        }
    }
    for pair in all.windows(2) {
        let both = pair[0].merge(pair[1]);
        let (parts, whole) = (pair[0].count() + pair[1].count(), both.count());
        assert!((parts - whole).abs() <= 1e-9 * parts, "{parts} {whole}");
        let _ = both.increase_since(pair[0]);
    }
}

fn page(page: Exposition) {
    series(page.into_series(Timestamp::EPOCH, &mut Findings::default()));
}

fn answer(answer: Answer) {
    histograms(&answer.histograms);
    series(answer.data.into_series());
}

fn request(request: WriteRequest) {
    assert!(matches!(request.status(), 204 | 400));
    histograms(&request.histograms);
    series(request.series);
}

fn metrics(metrics: Metrics) {
    histograms(&metrics.histograms);
    series(metrics.series);
}

/// What a collector takes from a page changes nothing that an observer of nothing else could say: it panics
/// never, keeps within its cap, and what it gives is finite.
fn collected(page: Exposition) {
    let step = Duration::from_secs(10);
    let builder = Collector::builder(step).max_series(64).requests("users", "*", "*{code=\"5*\"}");
    let Ok(Ok(mut collector)) = builder.map(|builder| builder.build()) else { return };
    let symptom = Symptom::requests("users", 0.02).expect("an objective in range");
    let mut observer = Observer::builder(symptom).step(step).rows(20).build().expect("settings in range");
    for turn in 0..4_i64 {
        let now = Timestamp::from_seconds(10 * turn);
        let series = page.clone().into_series(now, &mut Findings::default());
        collector.scraped(now, &Origin::new("a", "b"), series);
        assert!(collector.feed(now, &mut observer).is_ok());
        let _ = observer.tick(now);
        assert!(collector.len() <= 128);
        let _ = (collector.silent(now), collector.take_gaps());
    }
}

fn spans(spans: Spans) {
    let graph = ServiceGraph::from_spans(&spans.spans);
    assert!(graph.spans <= spans.spans.len());
    assert!(graph.edges.iter().all(|edge| edge.calls > 0 && edge.errors <= edge.calls));
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((&format, body)) = bytes.split_first() else { return };
    let mut limits = Limits::default();
    limits.points = 10_000;
    limits.decoded = 1 << 20;
    let text = String::from_utf8_lossy(body);
    let lines = |pattern| TimestampPattern::new(pattern).map(|p| Lines::new(p.near(Timestamp::EPOCH)));
    let refused: Option<Error> = match format % 27 {
        0 => Parser::text().limits(limits).parse(body).map(page).err(),
        1 => Parser::openmetrics().limits(limits).parse(body).map(page).err(),
        2 => Parser::openmetrics().as_prometheus().limits(limits).parse(body).map(page).err(),
        3 => Answer::parse_within(body, &limits).map(answer).err(),
        4 => WriteRequest::decode(Version::V1, body, &limits).map(request).err(),
        5 => WriteRequest::decode(Version::V2, body, &limits).map(request).err(),
        6 => WriteRequest::decode_message(Version::V1, body, &limits).map(request).err(),
        7 => WriteRequest::decode_message(Version::V2, body, &limits).map(request).err(),
        8 => otlp::traces(body, Encoding::Json, &limits).map(spans).err(),
        9 => otlp::traces(body, Encoding::Protobuf, &limits).map(spans).err(),
        10 => otlp::metrics(body, Encoding::Json, &limits).map(metrics).err(),
        11 => otlp::metrics(body, Encoding::Protobuf, &limits).map(metrics).err(),
        12 => otlp::logs(body, Encoding::Json, &limits).err(),
        13 => otlp::logs(body, Encoding::Protobuf, &limits).err(),
        14 => zipkin(body, &limits).map(spans).err(),
        15 => jaeger(body, &limits).map(spans).err(),
        16 => journald_json(body, &limits).err(),
        17 => journald_export(body, &limits).err(),
        18 => JsonLines::default().parse(body, &limits).err(),
        19 => lines("%b %d %T").map_err(Error::from).and_then(|lines| lines.parse(body, &limits)).err(),
        20 => access_line(&text).err(),
        21 => haproxy::statistics(&text, &limits).err(),
        22 => haproxy::server_states(&text, &limits).err(),
        23 => decompress(body, "gzip", &limits).map(|plain| assert!(plain.len() <= limits.decoded)).err(),
        24 => Parser::text().limits(limits).parse(body).map(collected).err(),
        25 => text.parse::<Selector>().map(|one| assert_eq!(one.to_string().parse(), Ok(one))).err(),
        _ => collectd::packet(body, &limits).map(series).err(),
    };
    if let Some(why) = refused {
        assert!((400..429).contains(&why.status()), "{why}");
    }
});
