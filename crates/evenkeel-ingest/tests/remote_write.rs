//! Remote write: bodies of a real sender, the reference body, hostile bodies.

use crate::captures;
use evenkeel_core::Timestamp;
use evenkeel_ingest::exposition::FamilyType;
use evenkeel_ingest::remote_write::{Version, WriteRequest, apply_metadata, encode};
use evenkeel_ingest::{
    Error, FindingKind, Findings, Labels, Limits, STALE_MARKER, Sample, Series, SeriesKind, merge_series,
};
use proptest::prelude::*;
use prost::Message;
use serde_json::Value;

fn decode(version: Version, body: &[u8]) -> Result<WriteRequest, Error> {
    WriteRequest::decode(version, body, &Limits::default())
}

fn base64(text: &str) -> Vec<u8> {
    let digit =
        |c| b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".iter().position(|&b| b == c);
    let digits: Vec<usize> = text.bytes().filter_map(digit).collect();
    let group = |four: &[usize]| {
        let bits = four.iter().fold(0, |bits, digit| bits << 6 | digit) << (6 * (4 - four.len()));
        (0..four.len() - 1).map(move |i| (bits >> (16 - 8 * i)) as u8)
    };
    digits.chunks(4).flat_map(group).collect()
}

/// A value as the captures write it: a number, a name, or the bits of a NaN.
fn bits(value: &Value) -> u64 {
    match value {
        Value::String(text) => match text.strip_prefix("NaN:") {
            Some(hex) => u64::from_str_radix(hex, 16).unwrap(),
            None => text.parse::<f64>().unwrap().to_bits(),
        },
        number => number.as_f64().unwrap().to_bits(),
    }
}

/// Python writes infinities bare.
fn json(text: &str) -> Value {
    serde_json::from_str(&text.replace(": Infinity", ": \"inf\"").replace(": -Infinity", ": \"-inf\""))
        .unwrap()
}

#[test]
fn reference_body_is_read() {
    let expected: Value = serde_json::from_slice(&captures::reference("remote_write.json")).unwrap();
    let body = base64(expected["body_base64"].as_str().unwrap());
    let request = decode(Version::V1, &body).unwrap();
    let plain = base64(expected["uncompressed_base64"].as_str().unwrap());
    let direct = WriteRequest::decode_message(Version::V1, &plain, &Limits::default()).unwrap();
    // Compared as text, in which a NaN equals itself.
    assert_eq!(format!("{request:?}"), format!("{direct:?}"));
    let series = expected["series"].as_array().unwrap();
    assert_eq!(request.series.len(), series.len());
    for (found, expected) in request.series.iter().zip(series) {
        let labels = expected["labels"].as_object().unwrap();
        let labels = Labels::new(labels.iter().map(|(n, v)| (n.as_str(), v.as_str().unwrap()))).unwrap();
        assert_eq!(found.labels, labels);
        let samples = expected["samples"].as_array().unwrap();
        assert_eq!(found.samples.len(), samples.len());
        for (sample, expected) in found.samples.iter().zip(samples) {
            let value: f64 = expected[0].as_str().unwrap().parse().unwrap();
            assert!(sample.value == value || sample.value.is_nan() && value.is_nan());
            assert_eq!(sample.time, Timestamp::from_millis(expected[1].as_i64().unwrap()));
        }
    }
    assert_eq!(
        (request.status(), i64::from(request.status())),
        (204, expected["server_status"].as_i64().unwrap())
    );
}

#[test]
fn captured_bodies_are_read() {
    for file in captures::files("remote-write", ".json") {
        let expected = json(&captures::text(&file));
        let body = captures::bytes(&file.replace(".json", ".snappy"));
        let headers = &expected["headers"];
        let header = |name: &str| headers[name].as_str().unwrap();
        let version = Version::of(header("Content-Type"), header("Content-Encoding")).unwrap();
        let request = decode(version, &body).unwrap_or_else(|why| panic!("{file}: {why}"));
        assert!(request.findings.is_empty());
        let all = expected["body"]["timeseries"].as_array().unwrap();
        let of = |one: &Value| {
            let pairs = one["labels"].as_array().unwrap();
            Labels::new(pairs.iter().map(|pair| (pair[0].as_str().unwrap(), pair[1].as_str().unwrap())))
                .unwrap()
        };
        let with_samples: Vec<_> = all.iter().filter(|one| one["samples"].is_array()).collect();
        assert_eq!(request.series.len(), with_samples.len(), "{file}");
        for (found, expected) in request.series.iter().zip(with_samples) {
            assert_eq!(found.labels, of(expected));
            let samples = expected["samples"].as_array().unwrap();
            let got: Vec<_> = found.samples.iter().map(|s| (s.value.to_bits(), s.time)).collect();
            let want = samples
                .iter()
                .map(|s| (bits(&s["value"]), Timestamp::from_millis(s["ts"].as_i64().unwrap())));
            assert_eq!(got, want.collect::<Vec<_>>());
        }
        let exemplars = all.iter().filter_map(|one| one["exemplars"].as_array()).flatten().count();
        assert_eq!(request.exemplars.len(), exemplars, "{file}");
        let metadata = expected["body"]["metadata"].as_array().unwrap();
        assert_eq!(request.metadata.len(), metadata.len(), "{file}");
        for (found, expected) in request.metadata.iter().zip(metadata) {
            assert_eq!(found.family, expected["name"].as_str().unwrap());
            assert_eq!(found.help, expected["help"].as_str().unwrap_or_default());
        }
    }
}

#[test]
fn a_captured_stale_marker_is_told_from_a_nan() {
    let request = decode(Version::V1, &captures::bytes("remote-write/req-0007.snappy")).unwrap();
    let value = |name| request.series.iter().find(|one| one.labels.metric() == name).unwrap().samples[0];
    assert!(value("demo_gone").is_stale());
    assert!(value("demo_nan").value.is_nan() && !value("demo_nan").is_stale());
    assert_eq!(value("demo_inf").value, f64::INFINITY);
}

#[test]
fn captured_metadata_says_what_series_are() {
    let metadata = decode(Version::V1, &captures::bytes("remote-write/req-0002.snappy")).unwrap();
    assert_eq!((metadata.series.len(), metadata.metadata.len(), metadata.status()), (0, 2, 204));
    assert_eq!(metadata.metadata[0].kind, FamilyType::Histogram);
    let mut request = decode(Version::V1, &captures::bytes("remote-write/req-0001.snappy")).unwrap();
    apply_metadata(&metadata.metadata, &mut request.series);
    for series in &request.series {
        let name = series.labels.metric();
        let counted = name.starts_with("lat_") || name == "demo_requests_total";
        assert_eq!(series.kind == SeriesKind::Counter, counted, "{name}");
    }
    assert_eq!(request.exemplars[0].exemplar.labels.get("trace_id"), Some("0af7"));
}

#[test]
fn a_captured_backlog_sends_one_series_many_times() {
    let request = decode(Version::V1, &captures::bytes("remote-write/req-0071.snappy")).unwrap();
    let n = request.series.len();
    let mut findings = Findings::default();
    let merged = merge_series(request.series, &mut findings);
    assert!(merged.len() < n);
    assert!(merged.iter().any(|series| series.samples.len() == 6));
    assert!(findings.is_empty(), "in order, and none twice: {findings:?}");
}

#[test]
fn headers_decide() {
    let unsupported = |content: &str, encoding: &str| Version::of(content, encoding).unwrap_err().status();
    assert_eq!(
        Version::of("application/x-protobuf; proto=prometheus.WriteRequest", "Snappy"),
        Ok(Version::V1)
    );
    assert_eq!(Version::of(Version::V2.content_type(), "snappy"), Ok(Version::V2));
    assert_eq!(unsupported("application/x-protobuf", "zstd"), 415);
    assert_eq!(unsupported("application/x-protobuf;proto=other", "snappy"), 415);
    assert_eq!(unsupported("application/json", "snappy"), 415);
}

/// Messages of version 2 by hand, with the field that newer senders no longer set.
#[derive(Clone, PartialEq, Message)]
struct Old {
    #[prost(string, repeated, tag = "4")]
    symbols: Vec<String>,
    #[prost(message, repeated, tag = "5")]
    timeseries: Vec<OldSeries>,
}

#[derive(Clone, PartialEq, Message)]
struct OldSeries {
    #[prost(uint32, repeated, tag = "1")]
    refs: Vec<u32>,
    #[prost(message, repeated, tag = "2")]
    samples: Vec<OldSample>,
    #[prost(message, repeated, tag = "3")]
    histograms: Vec<Native>,
    #[prost(message, optional, tag = "5")]
    metadata: Option<OldMetadata>,
    #[prost(int64, tag = "6")]
    created: i64,
}

#[derive(Clone, Copy, PartialEq, Message)]
struct OldSample {
    #[prost(double, tag = "1")]
    value: f64,
    #[prost(int64, tag = "2")]
    time: i64,
    #[prost(int64, tag = "3")]
    start: i64,
}

#[derive(Clone, Copy, PartialEq, Message)]
struct OldMetadata {
    #[prost(int32, tag = "1")]
    kind: i32,
    #[prost(uint32, tag = "4")]
    unit: u32,
}

#[derive(Clone, PartialEq, Message)]
struct Native {
    #[prost(uint64, tag = "1")]
    count: u64,
    #[prost(double, tag = "3")]
    sum: f64,
    #[prost(sint32, tag = "4")]
    schema: i32,
    #[prost(uint64, tag = "6")]
    zero: u64,
    #[prost(message, repeated, tag = "11")]
    spans: Vec<Span>,
    #[prost(sint64, repeated, tag = "12")]
    deltas: Vec<i64>,
    #[prost(int64, tag = "15")]
    time: i64,
    #[prost(double, repeated, tag = "16")]
    bounds: Vec<f64>,
}

#[derive(Clone, Copy, PartialEq, Message)]
struct Span {
    #[prost(sint32, tag = "1")]
    offset: i32,
    #[prost(uint32, tag = "2")]
    length: u32,
}

fn old(refs: Vec<u32>, samples: Vec<OldSample>, histograms: Vec<Native>) -> WriteRequest {
    let metadata = Some(OldMetadata { kind: 1, unit: 3 });
    let series = OldSeries { refs, samples, histograms, metadata, created: 77 };
    let symbols = ["", "__name__", "x_total", "bytes"].map(str::to_owned).to_vec();
    let message = Old { symbols, timeseries: vec![series] }.encode_to_vec();
    WriteRequest::decode_message(Version::V2, &message, &Limits::default()).unwrap()
}

#[test]
fn the_start_of_a_sample_counts_and_the_older_field_does_not() {
    let samples = vec![
        OldSample { value: 1.0, time: 2000, start: 1000 },
        OldSample { value: 2.0, time: 3000, start: 0 },
    ];
    let request = old(vec![1, 2], samples, vec![]);
    let series = &request.series[0];
    assert_eq!((series.kind, series.unit.as_str()), (SeriesKind::Counter, "bytes"));
    assert_eq!(series.samples[0].start, Some(Timestamp::from_seconds(1)));
    assert_eq!(series.samples[1].start, None);
    assert_eq!(request.written().headers().map(|header| header.1), ["2", "0", "0"]);
}

#[test]
fn references_to_no_symbol_are_found() {
    for refs in [vec![1, 9], vec![1], vec![], vec![3, 2], vec![1, 2, 1, 2]] {
        let request = old(refs.clone(), vec![OldSample { value: 1.0, time: 1, start: 0 }], vec![]);
        assert_eq!((request.series.len(), request.status()), (0, 400), "{refs:?}");
        assert_eq!(request.findings.count(FindingKind::Unreadable), 1);
    }
}

#[test]
fn native_histograms_are_read() {
    // Buckets (0.5, 1] and (1, 2], (4, 8] and (8, 16], as in the captured answer of a server.
    let spans = vec![Span { offset: 0, length: 2 }, Span { offset: 1, length: 2 }];
    let native = Native {
        count: 13,
        sum: 18.4,
        zero: 2,
        spans,
        deltas: vec![1, 1, -1, 6],
        time: 5000,
        ..Native::default()
    };
    let stale = Native { sum: f64::from_bits(STALE_MARKER), time: 6000, ..Native::default() };
    let mut contradiction = native.clone();
    contradiction.deltas.pop();
    let custom = Native {
        schema: -53,
        bounds: vec![1.0, 2.0],
        spans: vec![Span { offset: 0, length: 3 }],
        deltas: vec![1, 1, 1],
        time: 7000,
        ..Native::default()
    };
    let request = old(vec![1, 2], vec![], vec![native, stale, contradiction, custom]);
    let found = &request.histograms[0].histograms;
    assert_eq!(found.len(), 2);
    let bounds: Vec<_> = found[0].value.buckets().iter().map(|b| (b.lower, b.upper, b.count)).collect();
    assert_eq!(bounds[1..], [(0.5, 1.0, 1.0), (1.0, 2.0, 2.0), (4.0, 8.0, 1.0), (8.0, 16.0, 7.0)]);
    assert_eq!(found[1].value.buckets().iter().map(|b| b.count).collect::<Vec<_>>(), [1.0, 2.0, 3.0]);
    assert!(request.series[0].samples[0].is_stale());
    assert_eq!(request.status(), 400);
    assert_eq!(request.written().histograms, 2);
}

#[test]
fn sizes_are_checked_before_memory_is_taken() {
    // A snappy header that claims 4 GiB.
    let claim = [0xff, 0xff, 0xff, 0xff, 0x0f, 0];
    assert!(matches!(
        decode(Version::V1, &claim),
        Err(Error::TooLarge { what: "bytes of a decompressed body", .. })
    ));
    let refused = |version, message: &[u8]| {
        let body = snap::raw::Encoder::new().compress_vec(message).unwrap();
        decode(version, &body).unwrap_err()
    };
    let nested = |tag: u8, inner: &[u8]| {
        let mut message = vec![tag];
        prost::encoding::encode_varint(inner.len() as u64, &mut message);
        message.extend(inner);
        message
    };
    // Millions of messages of nothing, which would be a hundred times as much in memory.
    assert!(matches!(
        refused(Version::V1, &[10, 0].repeat(2_000_000)),
        Error::TooLarge { what: "points", .. }
    ));
    let labels = nested(10, &[10, 0].repeat(1000));
    assert!(matches!(refused(Version::V1, &labels), Error::TooLarge { what: "labels of a series", .. }));
    let exemplar = nested(10, &nested(26, &[10, 0].repeat(1000)));
    assert!(matches!(refused(Version::V1, &exemplar), Error::TooLarge { what: "labels of an exemplar", .. }));
    assert!(matches!(
        refused(Version::V2, &[34, 0].repeat(2_000_000)),
        Error::TooLarge { what: "points", .. }
    ));
    for message in
        [&b"\x0a\xff"[..], b"\x00", b"\x0b", b"\x22\x01\xff", b"\x22\x01a", b"\x0a\x05\x0a\x03\x0a\x01\xff"]
    {
        for version in [Version::V1, Version::V2] {
            let result = WriteRequest::decode_message(version, message, &Limits::default());
            if let Err(why) = result {
                assert_eq!(why.status(), 400);
            }
        }
    }
    assert!(matches!(
        refused(Version::V1, b"\x0a\x05\x0a\x03\x0a\x01\xff"),
        Error::Malformed { line: 0, column: 6, .. }
    ));
    assert!(matches!(decode(Version::V1, b"not snappy"), Err(Error::Malformed { .. })));
}

/// `prost` writes -0 as 0.
fn plain(value: f64) -> f64 {
    if value == 0.0 { 0.0 } else { value }
}

proptest! {
    #[test]
    fn what_is_written_is_read(values in proptest::collection::vec((any::<f64>(), -1_000_000i64..1_000_000), 1..20), v2: bool) {
        let mut series = Series::new(Labels::new([("__name__", "x"), ("é", "ü\"")]).unwrap(), SeriesKind::Unknown);
        series.samples = values.iter().map(|&(v, t)| Sample::new(Timestamp::from_millis(t), plain(v))).collect();
        let version = if v2 { Version::V2 } else { Version::V1 };
        let all = [series.clone(), series];
        let read = decode(version, &encode(version, &all).unwrap()).unwrap().series;
        prop_assert_eq!(format!("{read:?}"), format!("{all:?}"));
    }

    #[test]
    fn broken_bodies_do_no_harm(cut in 0usize..1500, at in 0usize..1500, byte: u8) {
        let body = captures::bytes("remote-write/req-0001.snappy");
        let mut message = snap::raw::Decoder::new().decompress_vec(&body).unwrap();
        message.truncate(cut);
        if let Some(there) = message.get_mut(at) {
            *there = byte;
        }
        for version in [Version::V1, Version::V2] {
            if let Err(why) = WriteRequest::decode_message(version, &message, &Limits::default()) {
                prop_assert!(matches!(why.status(), 400 | 413));
            }
        }
    }
}
