//! The text formats: reference values, captured pages, malformed lines.

use crate::captures;
use evenkeel_core::Timestamp;
use evenkeel_ingest::exposition::{Exposition, Parser};
use evenkeel_ingest::{Error, FindingKind, Findings, SeriesKind};
use proptest::prelude::*;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectedFamily {
    family: String,
    r#type: String,
    help: String,
    unit: String,
    samples: Vec<ExpectedSample>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectedSample {
    name: String,
    labels: BTreeMap<String, String>,
    value: String,
    timestamp: Option<String>,
    exemplar: Option<ExpectedExemplar>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectedExemplar {
    labels: BTreeMap<String, String>,
    value: f64,
    timestamp: Option<String>,
}

fn same(text: &str, value: f64) -> bool {
    let expected: f64 = text.parse().unwrap();
    expected == value || expected.is_nan() && value.is_nan()
}

/// Decimal seconds with up to nine digits after the point.
fn time(text: &str) -> Timestamp {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let nanos: i64 = format!("{fraction:0<9}").parse().unwrap();
    Timestamp::from_nanos(whole.parse::<i64>().unwrap() * 1_000_000_000 + nanos)
}

fn labels(expected: &BTreeMap<String, String>) -> Vec<(&str, &str)> {
    expected.iter().filter(|pair| !pair.1.is_empty()).map(|(n, v)| (n.as_str(), v.as_str())).collect()
}

#[test]
fn reference_page_is_read() {
    let expected: Vec<ExpectedFamily> =
        serde_json::from_slice(&captures::reference("openmetrics_expected.json")).unwrap();
    let page = Exposition::openmetrics(captures::reference("openmetrics.txt")).unwrap();
    assert_eq!(page.families.len(), expected.len());
    for (found, expected) in page.families.iter().zip(&expected) {
        assert_eq!(
            (&found.name, found.kind.to_string(), &found.help, &found.unit),
            (&expected.family, expected.r#type.clone(), &expected.help, &expected.unit)
        );
        assert_eq!(found.points.len(), expected.samples.len(), "{}", found.name);
        for (point, expected) in found.points.iter().zip(&expected.samples) {
            assert_eq!(point.labels.metric(), expected.name);
            let others: Vec<_> = point.labels.iter().filter(|pair| pair.0 != "__name__").collect();
            assert_eq!(others, labels(&expected.labels));
            assert!(same(&expected.value, point.value), "{}", point.labels);
            assert_eq!(point.time, expected.timestamp.as_deref().map(time));
            assert_eq!(point.exemplar.is_some(), expected.exemplar.is_some());
            if let (Some(found), Some(expected)) = (&point.exemplar, &expected.exemplar) {
                assert_eq!(found.labels.iter().collect::<Vec<_>>(), labels(&expected.labels));
                assert_eq!(found.value, expected.value);
                assert_eq!(found.time, expected.timestamp.as_deref().map(time));
            }
        }
    }
}

#[test]
fn reference_malformed_pages_are_refused() {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Case {
        name: String,
        text: String,
        reference_parser_accepts: bool,
    }

    let cases: Vec<Case> =
        serde_json::from_slice(&captures::reference("openmetrics_malformed.json")).unwrap();
    assert!(!cases.is_empty());
    for case in cases {
        let result = Exposition::openmetrics(&case.text);
        assert_eq!(result.is_ok(), case.reference_parser_accepts, "{}: {result:?}", case.name);
        if let Err(why) = result {
            assert!(matches!(why, Error::Malformed { line: 1.., column: 1.., .. }), "{}: {why}", case.name);
        }
    }
}

#[test]
fn captured_pages_are_read() {
    for file in
        captures::files("expositions", ".txt").into_iter().chain(["prometheus-api/federate.txt".into()])
    {
        let text = captures::text(&file);
        let page = Exposition::text(&text).unwrap_or_else(|why| panic!("{file}: {why}"));
        assert!(page.findings.is_empty(), "{file}: {:?}", page.findings);
        let points: usize = page.families.iter().map(|family| family.points.len()).sum();
        let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).count();
        assert_eq!(points, lines, "{file}");
        let series = page.into_series(Timestamp::from_seconds(1), &mut Findings::default());
        assert_eq!(series.len(), points, "{file}");
        println!("{file}: {points} points");
    }
}

#[test]
fn a_captured_federation_is_understood() {
    let page = Exposition::text(captures::bytes("prometheus-api/federate.txt")).unwrap();
    // An empty label is none, every type is untyped, times are in milliseconds.
    let big = page.families.iter().find(|family| family.name == "v_big").unwrap();
    assert_eq!((big.points[0].labels.len(), big.points[0].value), (1, 1e21));
    assert_eq!(big.points[0].time, Some(Timestamp::from_millis(1_795_956_566_355)));
    let series = page.into_series(Timestamp::EPOCH, &mut Findings::default());
    assert!(series.iter().all(|series| series.kind == SeriesKind::Unknown));
}

#[test]
fn what_fails_a_scrape_fails_here() {
    let text = |page: &str| Exposition::text(page).map_err(|why| why.to_string());
    assert_eq!(text("a 1\r\n").unwrap_err(), "line 1, column 4: a carriage return at the end of the line");
    assert_eq!(text("a 0x10\n").unwrap_err(), "line 1, column 3: expected a number, found \"0x10\"");
    assert!(text("a 1 # {trace_id=\"x\"} 1\n").is_err());
    assert!(text("a 1_000\n").is_err());
    assert!(text("a 1e999\n").is_err());
    assert!(text("a{b=\"1\",b=\"2\"} 1\n").unwrap_err().contains("the label b is there twice"));
    assert!(text("a{b=1} 1\n").is_err() && text("a{=\"1\"} 1\n").is_err() && text("1a 1\n").is_err());
    assert!(text("a 1 2 3\n").is_err() && text("a\n").is_err() && text("a 1 1.5\n").is_err());
    assert!(text("# TYPE a gauge\n# TYPE a gauge\na 1\n").is_err());
    assert!(text("a 1\n# TYPE a gauge\n").is_err());
    assert!(text("# TYPE a thing\n").is_err());
    let bad = Exposition::text(b"a 1\nb{x=\"\xff\"} 1\n").unwrap_err();
    assert_eq!(bad.to_string(), "line 2, column 6: not UTF-8");
}

#[test]
fn what_a_server_accepts_is_accepted() {
    for page in [
        "",
        "\n",
        "a 1",
        "a 1\n\n# a remark\nb 2\n",
        "  a\t{ x = \"1\" , }  1   17 \n",
        "a +Inf\nb -inf\nc nan\n",
    ] {
        Exposition::text(page).unwrap_or_else(|why| panic!("{page:?}: {why}"));
    }
    // Text 0.0.4: lines of one family apart, and a repetition, of which the first counts.
    let page =
        Exposition::text("# TYPE h histogram\nh_bucket{le=\"1\"} 2\nb 1\nh_count 2\nb 2\nb 1\n").unwrap();
    assert_eq!(page.families[0].points.len(), 2);
    assert_eq!(page.families[1].points.len(), 1);
    assert_eq!(page.findings.count(FindingKind::ConflictingSamples), 1);
    assert_eq!(page.findings.count(FindingKind::RepeatedSample), 1);
}

#[test]
fn label_values_keep_all_their_characters() {
    // The characters that a simpler parser trips over.
    let page = Exposition::text("a{x=\"1,2=3}4{\",y=\" \\\" # \\\\ \\n \\q\"} 1\n").unwrap();
    let labels = &page.families[0].points[0].labels;
    assert_eq!(labels.get("x"), Some("1,2=3}4{"));
    assert_eq!(labels.get("y"), Some(" \" # \\ \n \\q"));
}

#[test]
fn names_in_quotes() {
    let text = "# TYPE \"http.requests\" counter\n{\"http.requests_total\",\"a b\"=\"1\",c=\"2\"} 3\n# EOF\n";
    let page = Exposition::openmetrics(text).unwrap();
    assert_eq!(page.families[0].name, "http.requests");
    assert_eq!(page.families[0].points[0].labels.to_string(), r#"{"http.requests_total","a b"="1",c="2"}"#);
    assert!(Exposition::text("{\"a\",\"b\"} 1\n").is_err());
    assert!(Exposition::text("{b=\"1\"} 1\n").is_err());
    assert!(Exposition::text("a{\"b\"} 1\n").is_err());
}

#[test]
fn openmetrics_demands_consistent_families() {
    let refused = |page: &str| Exposition::openmetrics(format!("{page}# EOF\n")).unwrap_err().to_string();
    let accepted = |page: &str| {
        drop(Exposition::openmetrics(format!("{page}# EOF\n")).unwrap_or_else(|e| panic!("{page}: {e}")));
    };
    let h = "# TYPE h histogram\n";
    accepted(&format!("{h}h_bucket{{le=\"1\"}} 1\nh_bucket{{le=\"+Inf\"}} 2\nh_count 2\nh_sum 3\n"));
    for (page, why) in [
        (format!("{h}h_bucket{{le=\"1\"}} 1\nh_count 1\nh_sum 1\n"), "no bucket +Inf"),
        (
            format!("{h}h_bucket{{le=\"1\"}} 3\nh_bucket{{le=\"+Inf\"}} 2\n"),
            "holds those of the buckets before",
        ),
        (format!("{h}h_bucket{{le=\"2\"}} 1\nh_bucket{{le=\"1\"}} 2\n"), "bounds of buckets must go up"),
        (format!("{h}h_bucket{{le=\"+Inf\"}} 2\nh_count 3\nh_sum 1\n"), "another count"),
        (format!("{h}h_bucket 2\n"), "label le must be a number"),
        (format!("{h}h_bucket{{le=\"+Inf\"}} -1\n"), "at least 0"),
        (
            format!("{h}h_bucket{{le=\"-1\"}} 1\nh_bucket{{le=\"+Inf\"}} 1\nh_count 1\nh_sum 1\n"),
            "negative bounds",
        ),
        ("# TYPE c counter\nc_total -1\n".into(), "at least 0"),
        ("# TYPE c counter\nc_total NaN\n".into(), "at least 0"),
        ("# TYPE c counter\nc 1\n".into(), "end in one of _total"),
        ("# TYPE c counter\nc_total 1\nc_total 2\n".into(), "twice"),
        ("# TYPE c counter\nc_total 1 5\nc_total 2 4\n".into(), "go up"),
        ("# TYPE c counter\nc_total 1\nc_total 2 4\n".into(), "given for all"),
        (
            "# TYPE c counter\nc_total{a=\"1\"} 1 1\nc_total{a=\"2\"} 1 1\nc_total{a=\"1\"} 2 2\n".into(),
            "one piece",
        ),
        ("# TYPE g gauge\ng 1\n# TYPE f gauge\nf 1\ng{a=\"b\"} 2\n".into(), "one piece"),
        ("# TYPE g gauge\ng 1 # {a=\"b\"} 1\n".into(), "only counters and buckets"),
        ("# TYPE i info\ni_info 2\n".into(), "must be 1"),
        ("# TYPE s stateset\ns{s=\"a\"} 2\n".into(), "0 or 1"),
        ("# TYPE s stateset\ns 1\n".into(), "label s is missing"),
        ("# TYPE q summary\nq{quantile=\"1.5\"} 2\n".into(), "[0, 1]"),
        ("# TYPE q summary\nq 2\n".into(), "must be a number"),
        ("# UNIT a seconds\n# TYPE a gauge\na 1\n".into(), "does not end in the unit"),
        ("# TYPE a_b info\n# UNIT a_b b\na_b_info 1\n".into(), "must not have"),
        ("# TYPE a counter\na_total 1\n# TYPE a_total gauge\na_total 1\n".into(), ""),
        ("# TYPE a gauge\na 1\n# HELP a late\n".into(), "after its samples"),
        ("a  1\n".into(), "expected a number"),
        ("\na 1\n".into(), "an empty line"),
        ("# a remark\n".into(), "expected HELP"),
        (format!("# TYPE c counter\nc_total 1 # {{a=\"{}\"}} 1\n", "x".repeat(128)), "128 characters"),
    ] {
        let found = refused(&page);
        assert!(found.contains(why), "{page}: {found}");
        // A server is less strict with what concerns families, and not with the form of lines.
        let lenient = Parser::openmetrics().as_prometheus().parse(format!("{page}# EOF\n").as_bytes());
        let form = ["expected a number", "an empty line", "expected HELP", "after its samples"];
        assert_eq!(lenient.is_err(), form.contains(&why), "{page}: {lenient:?}");
    }
    let lenient = Parser::openmetrics().as_prometheus();
    let page = lenient.parse(b"# TYPE c counter\nc 1\n# EOF\n").unwrap();
    assert_eq!(page.findings.count(FindingKind::CounterWithoutTotal), 1);
    assert!(lenient.parse(b"c 1\n").is_err());
}

#[test]
fn times_are_exact() {
    let page = Exposition::openmetrics(
        "a 1 1795000000.123456789\nb 1 1.795e9\nc 1 -0.5\nd 1 1795000000.1234567899\ne 1 5e-324\n# EOF\n",
    );
    let page = page.unwrap();
    let times: Vec<_> = page.families.iter().map(|f| f.points[0].time.unwrap().as_nanos()).collect();
    let expected =
        [1_795_000_000_123_456_789, 1_795_000_000_000_000_000, -500_000_000, 1_795_000_000_123_456_789, 0];
    assert_eq!(times, expected);
    for time in ["1e10", "x", "1.2.3", ".", "1e", "NaN", "1e99999999999"] {
        assert!(Exposition::openmetrics(format!("a 1 {time}\n# EOF\n")).is_err(), "{time}");
    }
}

#[test]
fn times_of_creation_become_starts() {
    let page = "# TYPE h histogram\nh_bucket{a=\"1\",le=\"+Inf\"} 1\nh_count{a=\"1\"} 1\nh_sum{a=\"1\"} 2\nh_created{a=\"1\"} 5.5\n# EOF\n";
    let series =
        Exposition::openmetrics(page).unwrap().into_series(Timestamp::EPOCH, &mut Findings::default());
    assert_eq!(series.len(), 3);
    assert!(series.iter().all(|one| one.samples[0].start == Some(Timestamp::from_millis(5500))));
    // In text 0.0.4 they are gauges of their own.
    let text = Exposition::text(page.replace("# EOF\n", "")).unwrap();
    assert_eq!(text.into_series(Timestamp::EPOCH, &mut Findings::default()).len(), 4);
}

#[test]
fn the_content_type_chooses() {
    let is = |content: &str| Parser::for_content_type(content);
    assert_eq!(is("application/openmetrics-text; version=1.0.0; charset=utf-8"), Ok(Parser::openmetrics()));
    assert_eq!(is("text/plain; version=0.0.4; charset=utf-8; escaping=values"), Ok(Parser::text()));
    assert_eq!(is(""), Ok(Parser::text()));
    let protobuf =
        is("application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily").unwrap_err();
    assert_eq!(protobuf.status(), 415);
}

proptest! {
    /// Cut anywhere, with any byte changed: an error with a place, or a page; no panic.
    #[test]
    fn broken_pages_do_no_harm(cut in 0usize..1200, at in 0usize..1200, byte: u8) {
        let mut page = captures::reference("openmetrics.txt");
        page.truncate(cut.min(page.len()));
        if let Some(there) = page.get_mut(at) {
            *there = byte;
        }
        for parser in [Parser::text(), Parser::openmetrics(), Parser::openmetrics().as_prometheus()] {
            if let Err(why) = parser.parse(&page) {
                prop_assert!(matches!(why, Error::Malformed { .. }), "{}", why);
            }
        }
    }

    #[test]
    fn what_is_written_is_read(pairs in proptest::collection::btree_map("[a-z.é]{1,6}", "[ -~é\n\\\\]{1,9}", 0..5), value: f64) {
        let labels = evenkeel_ingest::Labels::new(pairs.iter()).unwrap().with("__name__", "a.metric");
        let page = Exposition::text(format!("{labels} {value}\n")).unwrap();
        let point = &page.families[0].points[0];
        prop_assert_eq!(&point.labels, &labels);
        prop_assert!(point.value == value || value.is_nan());
    }
}
