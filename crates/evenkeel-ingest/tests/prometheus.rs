//! Answers of a real server, and what could be taken for one.

use crate::captures;
use core::time::Duration;
use evenkeel_core::Timestamp;
use evenkeel_ingest::prometheus::{Answer, Data, POINTS_PER_SERIES, Range};
use evenkeel_ingest::{Error, Histogram, Limits, Sample, Series};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn reference(file: &str) -> Answer {
    Answer::parse(&captures::reference(file)).unwrap_or_else(|why| panic!("{file}: {why}"))
}

fn captured(file: &str) -> Answer {
    Answer::parse(&captures::bytes(file)).unwrap_or_else(|why| panic!("{file}: {why}"))
}

/// What a plain reading of the JSON gives: times, values as text, by the position of the series.
fn plain(body: &[u8]) -> Vec<Vec<(f64, String)>> {
    let json: serde_json::Value = serde_json::from_slice(body).unwrap();
    let pair = |pair: &serde_json::Value| (pair[0].as_f64().unwrap(), pair[1].as_str().unwrap().to_owned());
    let result = json["data"]["result"].as_array().unwrap();
    let of = |series: &serde_json::Value| match series.get("value") {
        Some(value) => vec![pair(value)],
        None => series["values"].as_array().map_or(Vec::new(), |values| values.iter().map(pair).collect()),
    };
    result.iter().map(of).filter(|values| !values.is_empty()).collect()
}

fn assert_same(series: &[Series], body: &[u8]) {
    let expected = plain(body);
    assert_eq!(series.len(), expected.len());
    for (series, expected) in series.iter().zip(expected) {
        assert_eq!(series.samples.len(), expected.len());
        for (sample, (time, text)) in series.samples.iter().zip(expected) {
            let value: f64 = text.parse().unwrap();
            assert!(value == sample.value || value.is_nan() && sample.value.is_nan(), "{text}");
            assert!((sample.time.as_nanos() as f64 / 1e9 - time).abs() < 1e-6);
            assert_eq!(sample.time.as_nanos() % 1_000_000, 0, "stamps are whole milliseconds");
        }
    }
}

#[test]
fn reference_answers_are_read() {
    for file in [
        "prom_query_vector.json",
        "prom_query_nan.json",
        "prom_range_matrix.json",
        "prom_range_buckets.json",
        "prom_range_quantile.json",
    ] {
        let answer = reference(file);
        assert_eq!(matches!(answer.data, Data::Vector(_)), file.contains("query"), "{file}");
        assert_same(&answer.data.into_series(), &captures::reference(file));
    }
    assert!(reference("prom_query_empty.json").data.is_empty());
    assert!(matches!(
        reference("prom_query_scalar_inf.json").data,
        Data::Scalar(Sample { value: f64::INFINITY, .. })
    ));
    assert!(matches!(reference("prom_query_string.json").data, Data::String(text) if !text.value.is_empty()));
    let refused = Answer::parse(&captures::reference("prom_query_error.json")).unwrap_err();
    assert!(
        matches!(refused, Error::Answered { kind, message } if kind == "bad_data" && !message.is_empty())
    );
}

/// The quantiles that the server computed from its buckets, computed from the same buckets here: for some
/// level and some window, which the files do not name, all of them agree.
#[test]
fn reference_quantiles_follow_from_buckets() {
    let buckets = reference("prom_range_buckets.json").data.into_series();
    let expected = reference("prom_range_quantile.json").data.into_series();
    let same = |labels: &evenkeel_ingest::Labels| labels.without("le").without("__name__");
    let mut compared = 0;
    for series in &expected {
        let own: Vec<_> = buckets.iter().filter(|bucket| same(&bucket.labels) == series.labels).collect();
        let agree = |q: f64, back: usize| -> Option<usize> {
            let mut n = 0;
            for (i, sample) in series.samples.iter().enumerate().skip(back) {
                let increase = own.iter().map(|bucket| {
                    let le: f64 = bucket.labels.get("le").unwrap().parse().unwrap();
                    (le, bucket.samples[i].value - bucket.samples[i - back].value)
                });
                let quantile = Histogram::classic(increase).unwrap().quantile(q).unwrap().unwrap();
                if (quantile - sample.value).abs() > 1e-12 * sample.value {
                    return None;
                }
                n += 1;
            }
            Some(n)
        };
        let levels = [0.5, 0.75, 0.9, 0.95, 0.99];
        let all = levels.iter().flat_map(|&q| (1..series.samples.len()).map(move |back| (q, back)));
        let most = all.filter_map(|(q, back)| agree(q, back)).max();
        compared += most.unwrap_or_else(|| panic!("no level and window for {}", series.labels));
    }
    assert!(compared >= 2, "only {compared} quantiles compared");
}

#[test]
fn captured_answers_are_read() {
    for file in captures::files("prometheus-api", ".json") {
        if file.ends_with("targets.json") {
            // An answer to another question: no result, so not one of ours.
            assert!(Answer::parse(&captures::bytes(&file)).is_err());
            continue;
        }
        let answer = captured(&file);
        let body = captures::bytes(&file);
        if !matches!(answer.data, Data::Scalar(_) | Data::String(_)) {
            assert_same(&answer.data.into_series(), &body);
        }
    }
}

#[test]
fn a_captured_native_histogram_has_no_samples() {
    let answer = captured("prometheus-api/query-native-histogram.json");
    assert!(answer.data.is_empty());
    let histogram = &answer.histograms[0].histograms[0].value;
    // This source contradicts itself: what it states is kept beside what its buckets hold.
    assert_eq!(
        (histogram.count(), histogram.stated_count(), histogram.sum()),
        (13.0, Some(12.0), Some(18.4))
    );
    // 9.5 of 13 values: half of the way through the 7 of the last bucket, from 8 to 16.
    let half = histogram.quantile(9.5 / 13.0).unwrap().unwrap();
    assert!((half - 12.0).abs() < 1e-12, "{half}");
    assert_eq!(
        captured("prometheus-api/query_range-native-histogram.json").histograms[0].histograms.len(),
        3
    );
}

#[test]
fn one_number_in_three_spellings() {
    let value = |file: &str| captured(file).data.into_series()[0].samples[0].value;
    assert_eq!(value("prometheus-api/query-scalar-1e21.json"), 1e21);
    assert_eq!(value("prometheus-api/query-raw-range.json"), 1e21);
    let special = captured("prometheus-api/query-vector-special-values.json").data.into_series();
    let by_name: BTreeMap<_, _> = special.iter().map(|s| (s.labels.metric(), s.samples[0].value)).collect();
    assert!(by_name["v_neg0"] == 0.0 && by_name["v_neg0"].is_sign_negative());
    assert_eq!((by_name["v_big"], by_name["v_ninf"]), (1e21, f64::NEG_INFINITY));
}

#[test]
fn warnings_and_infos_are_kept() {
    let body = br#"{"status":"success","data":{"resultType":"vector","result":[]},"warnings":["partial"],"infos":["i"]}"#;
    let answer = Answer::parse(body).unwrap();
    assert_eq!((answer.warnings, answer.infos), (vec!["partial".to_owned()], vec!["i".to_owned()]));
}

#[test]
fn what_is_no_answer_is_refused() {
    let with = |result: &str| {
        format!(r#"{{"status":"success","data":{{"resultType":"vector","result":{result}}}}}"#)
    };
    let refused = |body: &str| Answer::parse(body.as_bytes()).unwrap_err();
    assert!(matches!(refused("<html>503</html>"), Error::Malformed { line: 1, column: 1, .. }));
    assert!(matches!(refused(&with("[").replace("]}", "")), Error::Malformed { .. }));
    for result in [
        r#"[{"metric":{},"value":[1,"x"]}]"#,
        r#"[{"metric":{},"value":[1,"0x1"]}]"#,
        r#"[{"metric":{},"value":[1,2]}]"#,
        r#"[{"metric":{},"value":[1e300,"2"]}]"#,
        r#"[{"metric":{},"value":["1","2"]}]"#,
        r#"[{"metric":{},"values":[[1,"2"]]}]"#,
        r#"[{"metric":{}}]"#,
        r#"[{"metric":{"a":1},"value":[1,"2"]}]"#,
        r#"[{"metric":{"":"1"},"value":[1,"2"]}]"#,
        r#"[{"metric":{},"histogram":[1,{"count":"1","sum":"1","buckets":[[0,"2","1","1"]]}]}]"#,
        r#"{}"#,
    ] {
        refused(&with(result));
    }
    assert!(matches!(refused(&with("[]").replace("vector", "tensor")), Error::Unsupported { .. }));
    assert!(matches!(refused(r#"{"status":"success"}"#), Error::Malformed { .. }));
    assert!(matches!(refused(r#"{"status":"perhaps"}"#), Error::Malformed { .. }));
    // The place is that in the body, not that in its part.
    let body = with("[\n{\"metric\":{},\"value\":[1,2]}]");
    assert!(matches!(refused(&body), Error::Malformed { line: 2, column: 24.., .. }), "{}", refused(&body));
    // Nested beyond all reason.
    refused(&with(&"[".repeat(100_000)));
    let mut limits = Limits::default();
    limits.points = 1;
    let two = with(r#"[{"metric":{},"value":[1,"2"]},{"metric":{"a":"b"},"value":[1,"2"]}]"#);
    assert!(matches!(Answer::parse_within(two.as_bytes(), &limits), Err(Error::TooLarge { .. })));
}

proptest! {
    #[test]
    fn parts_of_a_range_are_the_range(start in -1_000_000i64..1_000_000, length in 0u64..500_000, step in 1u64..5_000, limit in 0u32..50) {
        let begin = Timestamp::from_millis(start);
        let whole = Range::new(begin, begin + Duration::from_millis(length), Duration::from_millis(step)).unwrap();
        let mut next = begin;
        let mut points = 0;
        for part in whole.split(limit) {
            prop_assert_eq!(part.start, next);
            prop_assert!(part.len() <= u64::from(limit) + 1);
            prop_assert_eq!(part.end, part.start + Duration::from_millis(step * (part.len() - 1)));
            points += part.len();
            next = part.end + Duration::from_millis(step);
        }
        prop_assert_eq!(points, length / step + 1);
        prop_assert!(next > whole.end);
    }

    #[test]
    fn broken_answers_do_no_harm(cut in 0usize..1500, at in 0usize..1500, byte: u8) {
        let mut body = captures::reference("prom_range_buckets.json");
        body.truncate(cut);
        if let Some(there) = body.get_mut(at) {
            *there = byte;
        }
        let _ = Answer::parse(&body);
    }
}

#[test]
fn ranges_at_the_ends_of_time() {
    let all = Range::new(Timestamp::MIN, Timestamp::MAX, Duration::from_millis(1)).unwrap();
    let first = all.split(POINTS_PER_SERIES).next().unwrap();
    assert_eq!((first.start, first.len()), (Timestamp::MIN, 11_001));
    assert!(Range::new(Timestamp::MAX, Timestamp::MIN, Duration::from_secs(1)).is_err());
    assert!(Range::new(Timestamp::MIN, Timestamp::MAX, Duration::MAX).is_err());
    assert!(Range::new(Timestamp::MIN, Timestamp::MAX, Duration::ZERO).is_err());
}
