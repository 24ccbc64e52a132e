//! What it costs to count and trace from within a program, and how fast telemetry is read. With the feature
//! `peers` beside the no-op recorder of `metrics`, its exporter for Prometheus, and other readers.

#![expect(clippy::unwrap_used, reason = "settings and bodies are known to be valid")]

use core::hint::black_box;
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use evenkeel_core::Timestamp;
use evenkeel_ingest::exposition::{Exposition, Parser};
use evenkeel_ingest::in_process::{MetricsRecorder, SpanLayer};
use evenkeel_ingest::otlp::{self, Encoding};
use evenkeel_ingest::remote_write::{self, Version, WriteRequest};
use evenkeel_ingest::{Findings, Labels, Limits, Sample, Series, SeriesKind};
use metrics::{counter, gauge, histogram, with_local_recorder};
use std::fmt::Write as _;
use tracing::{Dispatch, dispatcher, info_span};
use tracing_subscriber::layer::SubscriberExt as _;

/// The scrape at which everything was measured.
fn now() -> Timestamp {
    Timestamp::from_seconds(1_795_000_000)
}

/// What a recorder costs: by handles that are kept, and by the macros.
fn record(group: &mut BenchmarkGroup<'_, WallTime>, name: &str) {
    let (kept, level, length) = (counter!("kept_total"), gauge!("level"), histogram!("seconds"));
    let mut value = 0.0_f64;
    let mut next = || {
        value = (value + 0.37) % 10.0;
        value
    };
    group.bench_function(format!("counter handle, {name}"), |b| b.iter(|| black_box(&kept).increment(1)));
    group.bench_function(format!("gauge handle, {name}"), |b| b.iter(|| black_box(&level).set(next())));
    group.bench_function(format!("histogram handle, {name}"), |b| {
        b.iter(|| black_box(&length).record(next()));
    });
    group.bench_function(format!("counter macro, {name}"), |b| {
        b.iter(|| counter!("requests_total", "method" => "GET", "code" => "200").increment(1));
    });
    group.bench_function(format!("histogram macro, {name}"), |b| {
        b.iter(|| histogram!("request_seconds", "method" => "GET").record(next()));
    });
}

/// A request with a call in it, and a span that says nothing.
fn trace(group: &mut BenchmarkGroup<'_, WallTime>, name: &str) {
    group.bench_function(format!("root span, {name}"), |b| {
        b.iter(|| info_span!("request").in_scope(|| ()));
    });
    let _root = info_span!("request").entered();
    group.bench_function(format!("call span, {name}"), |b| {
        b.iter(|| info_span!("insert", peer.service = "database").in_scope(|| ()));
    });
    group.bench_function(format!("plain span, {name}"), |b| {
        b.iter(|| info_span!("render", page = 3).in_scope(|| ()));
    });
}

fn in_process(c: &mut Criterion) {
    let mut group = c.benchmark_group("in_process");
    let (recorder, mut reader) = MetricsRecorder::new(now(), 4096).unwrap();
    with_local_recorder(&recorder, || record(&mut group, "evenkeel"));
    let mut at = now();
    group.bench_function("reading 5 series", |b| {
        b.iter(|| {
            at = at + core::time::Duration::from_secs(1);
            reader.read(at)
        });
    });
    record(&mut group, "no-op");
    #[cfg(feature = "peers")]
    {
        let exporter = metrics_exporter_prometheus::PrometheusBuilder::new();
        let recorder = exporter.set_buckets(&[0.01, 0.1, 1.0, 5.0, 10.0]).unwrap().build_recorder();
        with_local_recorder(&recorder, || record(&mut group, "exporter of Prometheus"));
    }
    let (layer, _reader) = SpanLayer::new("shop", now(), 256).unwrap();
    let registry = tracing_subscriber::registry;
    dispatcher::with_default(&Dispatch::new(registry().with(layer)), || trace(&mut group, "evenkeel"));
    dispatcher::with_default(&Dispatch::new(registry()), || trace(&mut group, "registry alone"));
    group.finish();
}

/// A page of a service with many label sets; the same in both formats but for the end.
fn page() -> String {
    let mut page = String::new();
    for family in 0..50 {
        let name = format!("http_server_requests_{family}");
        writeln!(page, "# HELP {name} How many requests were served, by route.\n# TYPE {name} counter")
            .unwrap();
        for i in 0..100 {
            let (route, code) = (i / 4, [200, 302, 404, 503][i % 4]);
            let value = (i * 7919 + family * 104_729) as f64 * 1.25;
            writeln!(
                page,
                "{name}_total{{instance=\"10.0.3.17:9100\",job=\"checkout\",route=\"/v1/carts/{route}\",code=\"{code}\"}} {value}",
            )
            .unwrap();
        }
    }
    page
}

fn series() -> Vec<Series> {
    let page = Exposition::text(page()).unwrap();
    page.into_series(now(), &mut Findings::default())
}

/// A protobuf message, written by hand.
#[derive(Default)]
struct Message(Vec<u8>);

impl Message {
    fn variable(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    fn bytes(mut self, field: u64, bytes: &[u8]) -> Self {
        self.variable(field << 3 | 2);
        self.variable(bytes.len() as u64);
        self.0.extend(bytes);
        self
    }

    fn message(self, field: u64, message: &Self) -> Self {
        self.bytes(field, &message.0)
    }

    fn number(mut self, field: u64, number: u64) -> Self {
        self.variable(field << 3);
        self.variable(number);
        self
    }

    fn fixed(mut self, field: u64, number: u64) -> Self {
        self.variable(field << 3 | 1);
        self.0.extend(number.to_le_bytes());
        self
    }
}

fn attribute(name: &str, value: &str) -> Message {
    Message::default().bytes(1, name.as_bytes()).message(2, &Message::default().bytes(1, value.as_bytes()))
}

const ATTRIBUTES: [(&str, &str); 4] = [
    ("http.request.method", "GET"),
    ("http.route", "/v1/carts/{id}"),
    ("server.address", "checkout.internal"),
    ("network.protocol.version", "1.1"),
];

/// Sums of 40 metrics with 50 points each, as OTLP in protobuf.
fn otlp_metrics() -> Vec<u8> {
    let mut scope = Message::default();
    for metric in 0..40 {
        let mut sum = Message::default();
        for i in 0..50_u64 {
            let mut point =
                Message::default().fixed(2, 1_795_000_000_000_000_000).fixed(3, 1_795_000_060_000_000_000);
            point = point
                .fixed(4, (i as f64 * 1.5).to_bits())
                .message(7, &attribute("shard", &format!("shard-{i}")));
            for (name, value) in ATTRIBUTES {
                point = point.message(7, &attribute(name, value));
            }
            sum = sum.message(1, &point);
        }
        let sum = sum.number(2, 2).number(3, 1);
        let name = format!("http.server.requests.{metric}");
        let metric = Message::default().bytes(1, name.as_bytes()).bytes(3, b"{request}").message(7, &sum);
        scope = scope.message(2, &metric);
    }
    let resource = Message::default().message(1, &attribute("service.name", "checkout"));
    Message::default().message(1, &Message::default().message(1, &resource).message(2, &scope)).0
}

/// 2,000 spans, as OTLP in protobuf.
fn otlp_traces() -> Vec<u8> {
    let mut scope = Message::default();
    for i in 1..=2_000_u64 {
        let mut trace = [7; 16];
        trace[..8].copy_from_slice(&(i / 10).to_be_bytes());
        let mut span = Message::default().bytes(1, &trace).bytes(2, &i.to_be_bytes());
        span =
            span.bytes(4, &(i / 10 * 10).max(1).to_be_bytes()).bytes(5, b"GET /v1/carts/{id}").number(6, 2);
        span = span.fixed(7, 1_795_000_000_000_000_000 + i).fixed(8, 1_795_000_000_250_000_000 + i);
        for (name, value) in ATTRIBUTES {
            span = span.message(9, &attribute(name, value));
        }
        scope = scope.message(2, &span);
    }
    let resource = Message::default().message(1, &attribute("service.name", "checkout"));
    Message::default().message(1, &Message::default().message(1, &resource).message(2, &scope)).0
}

/// The same metrics in JSON.
fn otlp_json() -> String {
    let attribute =
        |(name, value): (&str, &str)| format!(r#"{{"key":"{name}","value":{{"stringValue":"{value}"}}}}"#);
    let attributes = ATTRIBUTES.map(attribute).join(",");
    let metrics = (0..40).map(|metric| {
        let points = (0..50).map(|i| {
            let shard = attribute(("shard", &format!("shard-{i}")));
            let value = f64::from(i) * 1.5;
            format!(
                r#"{{"attributes":[{shard},{attributes}],"startTimeUnixNano":"1795000000000000000","timeUnixNano":"1795000060000000000","asDouble":{value:?}}}"#,
            )
        });
        let points = points.collect::<Vec<_>>().join(",");
        format!(
            r#"{{"name":"http.server.requests.{metric}","unit":"{{request}}","sum":{{"aggregationTemporality":2,"isMonotonic":true,"dataPoints":[{points}]}}}}"#,
        )
    });
    let metrics = metrics.collect::<Vec<_>>().join(",");
    let service = attribute(("service.name", "checkout"));
    format!(
        r#"{{"resourceMetrics":[{{"resource":{{"attributes":[{service}]}},"scopeMetrics":[{{"scope":{{"name":"m"}},"metrics":[{metrics}]}}]}}]}}"#,
    )
}

/// What a snappy block says of its size.
fn decompressed(block: &[u8]) -> u64 {
    let bytes = block.iter().enumerate().map(|(i, byte)| u64::from(byte & 0x7f) << (7 * i));
    bytes.take(1 + block.iter().position(|byte| *byte < 0x80).unwrap()).sum()
}

#[expect(clippy::print_stdout, reason = "what samples take belongs to how long they take")]
fn read(c: &mut Criterion) {
    let limits = Limits::default();
    let mut group = c.benchmark_group("read");
    let text = page();
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("text 0.0.4", |b| b.iter(|| Exposition::text(black_box(&text)).unwrap()));
    let openmetrics = format!("{text}# EOF\n");
    let parser = Parser::openmetrics();
    group.bench_function("OpenMetrics", |b| {
        b.iter(|| parser.parse(black_box(openmetrics.as_bytes())).unwrap());
    });
    let lenient = parser.as_prometheus();
    group.bench_function("OpenMetrics as Prometheus", |b| {
        b.iter(|| lenient.parse(black_box(openmetrics.as_bytes())).unwrap());
    });
    #[cfg(feature = "peers")]
    group.bench_function("text 0.0.4, prometheus-parse", |b| {
        b.iter(|| {
            prometheus_parse::Scrape::parse(black_box(&text).lines().map(|line| Ok(line.to_owned()))).unwrap()
        });
    });
    let series = series();
    for (version, name) in [(Version::V1, "remote write 1.0"), (Version::V2, "remote write 2.0")] {
        let body = remote_write::encode(version, &series).unwrap();
        group.throughput(Throughput::Bytes(decompressed(&body)));
        group.bench_function(name, |b| {
            b.iter(|| WriteRequest::decode(version, black_box(&body), &limits).unwrap());
        });
    }
    let bodies = [("OTLP metrics", otlp_metrics()), ("OTLP metrics in JSON", otlp_json().into_bytes())];
    for (encoding, (name, body)) in [Encoding::Protobuf, Encoding::Json].into_iter().zip(&bodies) {
        let read = otlp::metrics(body, encoding, &limits).unwrap();
        assert!(read.series.len() == 2000 && read.findings.is_empty());
        group.throughput(Throughput::Bytes(body.len() as u64));
        group
            .bench_function(*name, |b| b.iter(|| otlp::metrics(black_box(body), encoding, &limits).unwrap()));
    }
    #[cfg(feature = "peers")]
    {
        use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest as Request;
        use prost::Message as _;
        group.throughput(Throughput::Bytes(bodies[0].1.len() as u64));
        group.bench_function("OTLP metrics, opentelemetry-proto", |b| {
            b.iter(|| Request::decode(black_box(bodies[0].1.as_slice())).unwrap());
        });
        group.throughput(Throughput::Bytes(bodies[1].1.len() as u64));
        group.bench_function("OTLP metrics in JSON, opentelemetry-proto", |b| {
            b.iter(|| serde_json::from_slice::<Request>(black_box(&bodies[1].1)).unwrap());
        });
    }
    let traces = otlp_traces();
    let spans = otlp::traces(&traces, Encoding::Protobuf, &limits).unwrap();
    assert!(spans.spans.len() == 2000 && spans.findings.is_empty());
    group.throughput(Throughput::Bytes(traces.len() as u64));
    group.bench_function("OTLP traces", |b| {
        b.iter(|| otlp::traces(black_box(&traces), Encoding::Protobuf, &limits).unwrap());
    });
    group.finish();
    // A series of one sample, with what its labels take, by the arithmetic of its types.
    let labels: usize =
        series.iter().map(|one| one.labels.iter().map(|(n, v)| n.len() + v.len() + 8).sum::<usize>()).sum();
    let bytes = series.len() * (size_of::<Series>() + size_of::<Sample>()) + labels;
    println!("a million samples, one a series: {} MB", bytes / series.len());
    let mut one = Series::new(Labels::default(), SeriesKind::Counter);
    one.samples.reserve_exact(1_000_000);
    println!(
        "a million samples in one series: {} MB",
        one.samples.capacity() * size_of::<Sample>() / 1_000_000
    );
}

criterion_group!(benches, in_process, read);
criterion_main!(benches);
