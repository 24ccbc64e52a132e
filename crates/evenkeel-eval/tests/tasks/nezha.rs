//! Microservices with metrics, traces and logs, in miniature.

use crate::folder::Folder;
use evenkeel_eval::{Contest, EvidenceKind, tasks};

const SPANS: &str =
    "TraceID,SpanID,ParentID,PodName,OperationName,StartTimeUnixNano,EndTimeUnixNano,Duration\n";
const LINES: &str = "TimeUnixNano,Node,PodName,TraceID,SpanID,Log\n";

/// The traces and lines of ten minutes from a second on, one a second; from `fault` on the store takes long
/// and says something else.
fn record(from: i64, seconds: i64, fault: i64) -> (String, String) {
    let (mut spans, mut lines) = (SPANS.to_owned(), LINES.to_owned());
    for second in from..from + seconds {
        let is_faulty = second >= fault;
        let long = if is_faulty { 300_000_000 } else { 10_000_000 + second % 7 * 100_000 };
        let start = second * 1_000_000_000;
        for (id, parent, pod, from, to) in [
            ("1", "root", "shop-edge-5c-x", 0, long + 20_000_000),
            ("2", "1", "store-1a-y", 5_000_000, long + 10_000_000),
        ] {
            spans.push_str(&format!("{second},{id},{parent},{pod},call,{},{},0\n", start + from, start + to));
        }
        let said =
            if is_faulty { "09:00:00.1 INFO s.Store#40 gave up" } else { "09:00:00.1 INFO s.Store#31 found" };
        lines
            .push_str(&format!("{start},node,store-1a-y,{second},2,\"{{\"\"log\"\":\"\"{said}\\n\"\"}}\"\n"));
        lines.push_str(&format!("{start},node,shop-edge-5c-x,{second},1,served {second}\n"));
    }
    (spans, lines)
}

fn metrics(from: i64, rows: i64) -> String {
    let mut text = "timestamp,shop-edge|CpuUsageRate(%),store|CpuUsageRate(%),@front_service|LatencyP90(s),@source_50|shop-edge_store\n".to_owned();
    for row in 0..rows {
        text.push_str(&format!("{},{},{},0.1,0.05\n", from + 60 * row, 20 + row % 3, 30 + row % 4));
    }
    text
}

fn folder() -> Folder {
    let folder = Folder::new();
    let (spans, lines) = record(0, 60, i64::MAX);
    folder.write("Shop/2024-01-01_normal_metrics.csv", metrics(0, 60));
    folder.write("Shop/2024-01-01_normal_trace.csv", &spans);
    folder.write("Shop/2024-01-01_normal_log.csv", &lines);
    folder.write("Shop/2024-01-02_dependency.csv", "Source,Target,Weight\nshop-edge,store,1\n");
    let (spans, lines) = record(100_000, 120, 100_060);
    folder.write("Shop/a/trace_03_46.csv", &spans);
    folder.write("Shop/a/log_03_46.csv", &lines);
    folder.write("Shop/a/metrics.csv", metrics(100_000 - 180, 8));
    folder.write(
        "labels.json",
        r#"[{"case": "Shop/a", "day": "2024-01-02", "service": "store", "fault": "return", "inject_timestamp": 100060}]"#,
    );
    folder
}

#[test]
fn traces_and_lines_tell_what_metrics_do_not() {
    let folder = folder();
    let incident = tasks::nezha::read(folder.path(), "Shop/a").unwrap();
    assert_eq!((incident.traces.len(), incident.logs.len()), (180, 360));
    // Those of the store name their statements; the other's are one template.
    assert_eq!(incident.logs.templates().len(), 1);
    assert_eq!((incident.metrics.len(), incident.calls.len(), incident.graph.len()), (2, 1, 2));
    let case = incident.case(0).unwrap();
    // 60 rows of normal minutes, and four that are not after the injection.
    assert_eq!((case.rows(), case.stated_row()), (68, 64));
    let run = |kinds: &[EvidenceKind]| {
        let contest = Contest::new("nezha", folder.path()).unwrap();
        contest.evidence(kinds.iter().copied()).with_whole_library().run().unwrap()
    };
    let result = run(&[]);
    assert!(result.skipped.is_empty(), "{:?}", result.skipped);
    for method in ["evenkeel", "trace-time", "log-change"] {
        assert_eq!(result.method(method).unwrap().score("ac1"), Some(1.0), "{method}");
    }
    assert_eq!(result.method("evenkeel").unwrap().score("ac1_Shop, return"), Some(1.0));
    let metrics_alone = run(&[EvidenceKind::Metrics]);
    for method in ["trace-time", "log-change"] {
        assert_eq!(metrics_alone.method(method).unwrap().score("ac1"), Some(0.0), "{method}");
    }
    assert_eq!(run(&[EvidenceKind::Logs]).method("log-change").unwrap().score("ac1"), Some(1.0));
}

#[test]
fn what_is_not_of_the_format_is_skipped_or_refused() {
    for (file, text, why) in [
        ("Shop/a/metrics.csv", "time,a|b\n1,2\n", "there is no column timestamp"),
        ("Shop/a/metrics.csv", "timestamp,ab\n1,2\n", "is not SERVICE|METRIC"),
        ("Shop/a/metrics.csv", "timestamp,x|b\n1,2\n", ""),
        ("Shop/a/trace_03_46.csv", "TraceID\nx\n", "missing field"),
        ("Shop/a/log_03_46.csv", "TimeUnixNano,PodName,TraceID,Log\nsoon,a,b,c\n", "invalid digit"),
        ("Shop/2024-01-02_dependency.csv", "From,To\na,b\n", "missing field"),
    ] {
        let folder = folder();
        folder.write(file, text);
        let result = Contest::new("nezha", folder.path()).unwrap().run().unwrap();
        // A service that has only normal metrics is one that may be named.
        let said: Vec<&str> = result.skipped.iter().map(|skipped| skipped.why.as_str()).collect();
        assert!(
            if why.is_empty() { said.is_empty() } else { said.len() == 1 && said[0].contains(why) },
            "{said:?}"
        );
    }
    let folder = folder();
    let refused = |text: &str| {
        folder.write("labels.json", text);
        Contest::new("nezha", folder.path()).unwrap().run().unwrap_err().to_string()
    };
    assert!(refused("[]").contains("there is no case"));
    assert!(refused("[{}]").contains("missing field"));
    let label = r#"{"case": "Shop/a", "day": "d", "service": "store", "fault": "f", "inject_timestamp": 1}"#;
    assert!(refused(&format!("[{label}, {label}]")).contains("two labels are of Shop/a"));
}

#[test]
fn the_recordings() {
    let Some(folder) = evenkeel_testing::reference::data("rca/nezha") else {
        return; // Not on this machine; the small folder above goes the same way.
    };
    let result = Contest::new("nezha", folder).unwrap().with_library_only(["trace-time"]).run().unwrap();
    assert!(result.skipped.is_empty());
    let score = |metric: &str| result.method("evenkeel").unwrap().score(metric).unwrap();
    assert!(score("ac1") >= 0.75 && score("ac3") >= 0.93, "{} {}", score("ac1"), score("ac3"));
    assert!(score("calibration_error") < 0.12, "{}", score("calibration_error"));
}
