//! Alertmanager: what is sent when, and what it answers.

use crate::captures;
use core::time::Duration;
use evenkeel_core::Timestamp;
use evenkeel_ingest::alertmanager::{Alert, AlertSink, read_alerts, read_webhook, webhook_body};
use evenkeel_ingest::{Error, Labels, Limits};
use serde_json::Value;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

fn labels(name: &str) -> Labels {
    Labels::new([("alertname", name), ("k8s.pod", "a"), ("k8s_pod", "b")]).unwrap()
}

fn json(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap()
}

#[test]
fn captured_alerts_are_read() {
    let alerts = read_alerts(&captures::bytes("alertmanager/get-alerts.json"), &Limits::default()).unwrap();
    // All have an end in the future, and all fire; one is inhibited.
    assert!(alerts.iter().all(|alert| alert.end.is_none()));
    assert_eq!(alerts.iter().map(|alert| alert.suppressed).collect::<Vec<_>>(), [false, true, false]);
    assert_eq!(alerts[1].annotations["summary"], "demo");
    assert_eq!(alerts[0].start.to_string(), "2026-11-29T12:49:34.603Z");
    assert_eq!(alerts[2].labels.get("alertname"), Some("Long"));
}

#[test]
fn captured_webhooks_are_read() {
    let mut ends = Vec::new();
    for line in captures::text("alertmanager/webhooks.jsonl").lines() {
        let body = json(line.as_bytes())["b"].to_string();
        let alerts = read_webhook(body.as_bytes(), &Limits::default()).unwrap();
        ends.extend(
            alerts
                .iter()
                .map(|alert| (alert.labels.get("alertname").unwrap().to_owned(), alert.end.is_some())),
        );
    }
    let expected = [("An", false), ("A", false), ("F", false), ("A", true), ("F", true), ("F", false)];
    assert_eq!(ends, expected.map(|(name, ended)| (name.to_owned(), ended)));
}

#[test]
fn webhooks_are_written_as_they_are_read() {
    let mut ended = Alert::new(labels("B"), at(100)).annotate("summary", "s");
    ended.end = Some(at(50));
    let alerts = [Alert::new(labels("A"), at(100)).annotate("summary", "s"), ended];
    let body = webhook_body("w", &Labels::new([("zone", "b")]).unwrap(), &alerts);
    let read = read_webhook(&body, &Limits::default()).unwrap();
    assert_eq!((read[0].end, read[1].end), (None, Some(at(100))));
    let body = json(&body);
    assert_eq!((&body["status"], &body["groupKey"]), (&"firing".into(), &"{}:{zone=\"b\"}".into()));
    assert!(body["commonLabels"].get("alertname").is_none());
    assert_eq!(body["commonAnnotations"]["summary"], "s");
    // Names that collide in the old alphabet are kept apart, and none is lost.
    assert_eq!(
        (&body["commonLabels"]["k8s_pod"], &body["commonLabels"]["k8s_pod_2"]),
        (&"b".into(), &"a".into())
    );
    // Every field that a real one has.
    let real = json(captures::text("alertmanager/webhooks.jsonl").lines().next().unwrap().as_bytes());
    for name in real["b"].as_object().unwrap().keys() {
        assert!(body.get(name).is_some(), "{name}");
    }
}

#[test]
fn firing_is_sent_again_and_resolved_once() {
    let mut sink = AlertSink::new(Duration::from_secs(60)).unwrap();
    assert_eq!(sink.poll(at(0)), None);
    sink.raise(Alert::new(labels("A"), at(100)));
    let first = json(&sink.poll(at(101)).unwrap());
    assert_eq!(first[0]["endsAt"], "1970-01-01T00:05:41Z");
    // Not delivered: due at once, and again.
    sink.answered(at(101), false);
    assert!(sink.poll(at(102)).is_some());
    sink.answered(at(102), true);
    assert_eq!(sink.poll(at(161)), None);
    assert!(sink.poll(at(162)).is_some());
    sink.answered(at(162), true);
    // Said again unchanged: nothing to tell. With more to say: at once, and the start stays.
    sink.raise(Alert::new(labels("A"), at(150)));
    assert_eq!(sink.poll(at(163)), None);
    sink.raise(Alert::new(labels("A"), at(150)).annotate("summary", "more"));
    let more = json(&sink.poll(at(163)).unwrap());
    assert_eq!(more[0]["startsAt"], "1970-01-01T00:01:40Z");
    sink.answered(at(163), true);
    // Resolved while it could not be delivered, then once. The start goes along; the end is not before it.
    assert!(sink.resolve(&labels("A"), at(90)));
    assert!(!sink.resolve(&labels("A"), at(95)));
    let end = json(&sink.poll(at(170)).unwrap());
    assert_eq!((&end[0]["startsAt"], &end[0]["endsAt"]), (&end[0]["endsAt"], &"1970-01-01T00:01:40Z".into()));
    sink.answered(at(170), false);
    assert!(sink.poll(at(171)).is_some());
    sink.answered(at(171), true);
    assert_eq!((sink.poll(at(999)), sink.firing().count()), (None, 0));
}

#[test]
fn what_changes_in_flight_is_sent_again() {
    let mut sink = AlertSink::new(Duration::from_secs(60)).unwrap();
    sink.raise(Alert::new(labels("A"), at(100)));
    assert!(sink.poll(at(100)).is_some());
    sink.resolve(&labels("A"), at(101));
    sink.answered(at(102), true); // of the firing one
    assert!(sink.poll(at(103)).is_some());
    sink.answered(at(103), true);
    assert_eq!(sink.poll(at(104)), None);
    // One that nobody was ever told of ends in silence.
    sink.raise(Alert::new(labels("B"), at(200)));
    sink.resolve(&labels("B"), at(201));
    assert_eq!(sink.poll(at(202)), None);
    // A clock that was set back does not stop it.
    sink.raise(Alert::new(labels("C"), at(300)));
    assert!(sink.poll(at(300)).is_some());
    sink.answered(at(300), true);
    assert!(sink.poll(at(10)).is_some());
}

#[test]
fn what_is_no_alert_is_refused() {
    let limits = Limits::default();
    let good = r#"{"labels":{"a":"b"},"startsAt":"2026-01-01T00:00:00Z","endsAt":"2026-01-01T00:00:00Z","status":"resolved"}"#;
    assert!(read_alerts(format!("[{good}]").as_bytes(), &limits).is_ok());
    for (from, to) in [
        ("\"b\"", "1"),
        ("2026-01-01T00:00:00Z\",\"endsAt", "x\",\"endsAt"),
        ("resolved", "perhaps"),
        ("\"endsAt\"", "\"e\""),
    ] {
        let bad =
            read_alerts(format!("[{good},{}]", good.replace(from, to)).as_bytes(), &limits).unwrap_err();
        assert!(bad.to_string().contains("alert 1: "), "{bad}");
    }
    assert!(matches!(read_alerts(b"{}", &limits), Err(Error::Malformed { .. })));
    assert!(matches!(read_webhook(br#"{"version":"5"}"#, &limits), Err(Error::Unsupported { .. })));
    assert!(matches!(read_webhook(b"[]", &limits), Err(Error::Malformed { .. })));
    assert!(AlertSink::new(Duration::ZERO).is_err());
}

#[test]
fn a_restart_loses_no_alert_and_no_end_of_one() {
    let at = Timestamp::from_seconds;
    let labels = |name: &str| Labels::new([("alertname", name)]).unwrap();
    let mut sink = AlertSink::new(Duration::from_secs(60)).unwrap();
    for name in ["fires", "ended"] {
        sink.raise(Alert::new(labels(name), at(10)));
    }
    let _ = sink.poll(at(10)).unwrap();
    sink.answered(at(10), true);
    sink.resolve(&labels("ended"), at(20));
    // Before the end could be told, the program is started anew.
    let saved: Vec<Alert> = sink.held().cloned().collect();
    let mut again = AlertSink::new(Duration::from_secs(60)).unwrap();
    again.resume(saved);
    let body = String::from_utf8(again.poll(at(30)).unwrap()).unwrap();
    assert!(body.contains("fires") && body.contains("ended"), "{body}");
    assert!(body.contains(&format!(r#""endsAt":"{}""#, at(20))), "{body}");
    assert_eq!(body.matches(&format!(r#""startsAt":"{}""#, at(10))).count(), 2, "{body}");
    again.answered(at(30), true);
    assert_eq!(again.poll(at(31)), None);
    assert_eq!(again.firing().count(), 1);
}
