//! Logs of real programs, and times in all forms.

use crate::captures;
use evenkeel_core::Timestamp;
use evenkeel_ingest::log::{
    JsonLines, Lines, Severity, TimestampPattern, access_line, journald_export, journald_json,
    upstream_values,
};
use evenkeel_ingest::{AttributeValue, Error, FindingKind, Limits};
use proptest::prelude::*;

#[test]
fn captured_access_lines() {
    let combined = captures::text("nginx/combined.log");
    let custom = captures::text("nginx/upstream-format.log");
    assert!(combined.lines().count() > 10);
    let statuses = |text: &str| -> Vec<u16> {
        text.lines()
            .map(|line| access_line(line).unwrap_or_else(|why| panic!("{line}: {why}")).status)
            .collect()
    };
    // The same requests in two formats.
    assert_eq!(statuses(&combined), statuses(&custom));
    let records: Vec<_> = custom.lines().map(|line| access_line(line).unwrap()).collect();
    let retried = records.iter().find(|record| record.field("us") == Some("502, 200")).unwrap();
    assert_eq!(upstream_values(retried.field("us").unwrap()), [Some(502.0), Some(200.0)]);
    assert_eq!(upstream_values(retried.field("uct").unwrap()), [None, Some(0.001)]);
    assert_eq!(retried.field("rt"), Some("0.002"));
    assert!(records.iter().any(|record| record.field("h") == Some("a\"b\\c\té")));
    let garbage = records.iter().find(|record| record.request == "GARBAGE").unwrap();
    assert_eq!((garbage.status, garbage.method_and_target()), (400, None));
    let gone = records.iter().find(|record| record.status == 499).unwrap();
    assert_eq!((gone.bytes, upstream_values(gone.field("us").unwrap())), (0, vec![None]));
    let first = access_line(combined.lines().next().unwrap()).unwrap();
    assert_eq!(first.quoted, ["-", "curl/7.88.1"]);
    assert_eq!(first.time.unwrap().to_string(), "2026-11-29T12:02:04Z");
    for broken in [
        "",
        "x",
        "a [29/Nov/2026:12:02:04 +0000",
        "a [x] \"GET\" 200",
        "a [29/Nov/2026:12:02:04 +0000] \"GET 200",
        "a [29/Nov/2026:12:02:04 +0000] \"GET\"",
        "a [29/Nov/2026:12:02:04 +0000] \"GET\" 99 1",
        "a [29/Nov/2026:12:02:04 +0000] \"GET\" 200 x",
    ] {
        assert!(matches!(access_line(broken), Err(Error::Malformed { line: 1, .. })), "{broken}");
    }
}

#[test]
fn captured_json_lines() {
    let logs = JsonLines::default()
        .message("req")
        .parse(&captures::bytes("nginx/json-format.log"), &Limits::default())
        .unwrap();
    assert!(logs.findings.is_empty());
    assert_eq!(logs.records[0].time, Some(Timestamp::from_millis(1_795_953_724_800)));
    assert_eq!(logs.records[1].message, "GET /u/ HTTP/1.1");
    let h = logs.records[5].attributes.iter().find(|pair| pair.0 == "h").unwrap();
    assert_eq!(h.1, AttributeValue::Text("a\"b\\c\té".into()));
}

#[test]
fn captured_journal() {
    let logs = journald_json(&captures::bytes("journald/o-json.jsonl"), &Limits::default()).unwrap();
    let said: Vec<_> = logs.records.iter().map(|record| record.message.as_str()).collect();
    assert_eq!(said, ["bad \u{fffd} byte", "two", "esc \u{1b}[31mred", "plain é", "", "", ""]);
    assert_eq!(logs.records[0].severity, Some(Severity::Error));
    assert_eq!(logs.records[1].time, Some(Timestamp::from_seconds(1_700_000_002)));
    let tags = logs.records[1].attributes.iter().find(|pair| pair.0 == "TAG").unwrap();
    assert_eq!(tags.1.to_string(), "[a,b]");
    // Two were too large to be given; one was not there.
    assert_eq!(logs.findings.count(FindingKind::NoValue), 2);
}

#[test]
fn the_export_format_of_the_journal() {
    let mut body = b"__REALTIME_TIMESTAMP=1700000001000000\nMESSAGE\n".to_vec();
    body.extend(9u64.to_le_bytes());
    body.extend(
        b"two\nlines\nPRIORITY=4\n_SYSTEMD_UNIT=a.service\nEMPTY=\n\n\n__REALTIME_TIMESTAMP=x\nMESSAGE=b=c\n",
    );
    let logs = journald_export(&body, &Limits::default()).unwrap();
    assert_eq!(logs.records.len(), 2);
    assert_eq!(
        (logs.records[0].message.as_str(), logs.records[0].severity),
        ("two\nlines", Some(Severity::Warn))
    );
    assert_eq!(logs.records[0].resource.as_ref().unwrap().service, "a.service");
    assert_eq!((logs.records[1].message.as_str(), logs.records[1].time), ("b=c", None));
    assert_eq!(logs.findings.count(FindingKind::NoValue), 1);
    for broken in [
        &b"MESSAGE\n"[..],
        b"MESSAGE\n\xff\xff\xff\xff\xff\xff\xff\xff",
        b"A=b\nMESSAGE\n\x01\0\0\0\0\0\0\0ab",
    ] {
        assert!(matches!(journald_export(broken, &Limits::default()), Err(Error::Malformed { line: 0, .. })));
    }
}

#[test]
fn times_in_many_forms() {
    let read = |pattern: &str, text: &str| {
        TimestampPattern::new(pattern).unwrap().parse(text).map(|time| time.to_string())
    };
    let is =
        |pattern, text, expected: &str| assert_eq!(read(pattern, text).as_deref(), Some(expected), "{text}");
    is("%d/%b/%Y:%H:%M:%S %z", "29/Nov/2026:12:02:04 +0130", "2026-11-29T10:32:04Z");
    is("%FT%T%.f%z", "2024-02-29T23:59:60.5-08:00", "2024-03-01T08:00:00.500Z");
    is("%F %T%.f", "1969-12-31 23:59:59,25", "1969-12-31T23:59:59.250Z");
    is("%s", "1795953724.865", "2026-11-29T12:02:04.865Z");
    is("%F %H:%M", "2000-02-29 00:00", "2000-02-29T00:00:00Z");
    for (pattern, text) in [
        ("%F %T", "2023-02-29 00:00:00"),
        ("%F %T", "2023-13-01 00:00:00"),
        ("%F %T", "2023-01-32 00:00:00"),
        ("%F %T", "2023-01-01 24:00:00"),
        ("%F %T", "2023-01-01 00:60:00"),
        ("%F %T", "9999-01-01 00:00:00"),
        ("%F %T", "2023-01-01 00:00:00 "),
        ("%F %T%z", "2023-01-01 00:00:00+2500"),
        ("%s", ""),
    ] {
        assert_eq!(read(pattern, text), None, "{text}");
    }
    assert!(TimestampPattern::new("%H:%M").is_err() && TimestampPattern::new("%F %").is_err());
    let local = TimestampPattern::new("%F %T").unwrap().offset(3600);
    assert_eq!(local.parse("2026-01-01 00:00:00").unwrap().to_string(), "2025-12-31T23:00:00Z");
    // Syslog: the year is that of the clock, and last year's right after New Year.
    let syslog = TimestampPattern::new("%b %d %T").unwrap();
    assert_eq!(syslog.parse("Dec 31 23:00:00"), None);
    let new_year = Timestamp::from_seconds(1_767_225_900); // 2026-01-01T00:05:00Z
    let syslog = syslog.near(new_year);
    assert_eq!(syslog.parse("Dec 31 23:00:00").unwrap().to_string(), "2025-12-31T23:00:00Z");
    assert_eq!(syslog.parse("Jan  1 00:04:00").unwrap().to_string(), "2026-01-01T00:04:00Z");
    assert_eq!(syslog.parse("Feb 29 00:00:00").unwrap().to_string(), "2024-02-29T00:00:00Z");
}

#[test]
fn lines_with_and_without_times() {
    let lines = Lines::new(TimestampPattern::new("%F %T").unwrap());
    let body = b"starting\n[2026-01-01 00:00:00] [error] one\xff\r\n  at x\n\nhost 2026-01-01 00:00:01 app: an error of info\n";
    let logs = lines.parse(body, &Limits::default()).unwrap();
    let said: Vec<_> = logs.records.iter().map(|r| (r.message.as_str(), r.severity)).collect();
    assert_eq!(
        said,
        [
            ("starting", None),
            ("[error] one\u{fffd}\n  at x", Some(Severity::Error)),
            ("host app: an error of info", None),
        ]
    );
    assert_eq!(logs.findings.count(FindingKind::NoValue), 1);
    let mut limits = Limits::default();
    limits.line = 30;
    let long = format!("2026-01-01 00:00:00 a\n{}", "continued\n".repeat(5));
    assert!(matches!(lines.parse(long.as_bytes(), &limits), Err(Error::TooLarge { .. })));
}

#[test]
fn times_in_json_by_their_size() {
    let time = |value: &str| {
        let logs = JsonLines::default()
            .parse(format!("{{\"ts\":{value}}}\n").as_bytes(), &Limits::default())
            .unwrap();
        (logs.records[0].time.map(|time| time.to_string()), logs.findings.count(FindingKind::NoValue))
    };
    for value in [
        "1795953724",
        "1795953724000",
        "1795953724000000",
        "1795953724000000000",
        "\"2026-11-29T12:02:04Z\"",
        "\"2026-11-29 13:02:04+01:00\"",
        "\"1795953724\"",
        "1795953724.0",
    ] {
        assert_eq!(time(value).0.as_deref(), Some("2026-11-29T12:02:04Z"), "{value}");
    }
    for value in ["\"yesterday\"", "null", "[]", "1e300"] {
        assert_eq!(time(value), (None, 1), "{value}");
    }
    let broken = JsonLines::default().parse(b"{\"a\":1}\nnot json\n[]\n", &Limits::default()).unwrap();
    assert_eq!((broken.records.len(), broken.findings.count(FindingKind::Unreadable)), (1, 2));
}

proptest! {
    #[test]
    fn what_a_timestamp_shows_is_read(nanos in -9_000_000_000_000_000_000i64..9_000_000_000_000_000_000) {
        let time = Timestamp::from_nanos(nanos);
        let patterns = TimestampPattern::rfc_3339();
        prop_assert_eq!(patterns[0].parse(&time.to_string()), Some(time));
    }

    #[test]
    fn anything_does_no_harm(bytes in proptest::collection::vec(any::<u8>(), 0..200), text in "[0-9a-z\\[\\]\"\\\\= :/+.-]{0,80}") {
        let limits = Limits::default();
        let _ = journald_export(&bytes, &limits);
        let _ = journald_json(&bytes, &limits);
        let _ = access_line(&text);
        let _ = access_line(&format!("a [29/Nov/2026:12:02:04 +0000] \"{text}"));
        for pattern in ["%F %T%.f%z", "%b %d %T", "%s"] {
            let pattern = TimestampPattern::new(pattern).unwrap().near(Timestamp::MAX);
            let _ = Lines::new(pattern.clone()).parse(&bytes, &limits);
            let _ = pattern.find(&text);
        }
    }
}
