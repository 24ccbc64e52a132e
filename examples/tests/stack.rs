//! A real Prometheus and a real Alertmanager, where they are installed.

use evenkeel::ingest::alertmanager::{self, Alert, AlertSink, read_webhook};
use evenkeel::ingest::collector::{Collector, Origin};
use evenkeel::ingest::prometheus::{Backfill, Client};
use evenkeel::ingest::{Labels, Limits};
use evenkeel::keeper::{Event, Observer, Symptom};
use evenkeel::prelude::Timestamp;
use evenkeel_examples::exporter::{Daemon, Exporter, free_port, installed};
use evenkeel_examples::shop::{Flow, ShopEvent};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

const STEP: Duration = Duration::from_secs(1);

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Timestamp::from_nanos(i64::try_from(since.as_nanos()).unwrap())
}

/// Says loudly that nothing is tested where a program is missing.
fn is_there(program: &str) -> bool {
    let there = installed(program);
    if !there {
        // Not by a macro, whose output is not shown where a test passes.
        let line = format!("NOT TESTED: {program} is not installed (apt-get install {program})\n");
        std::io::stderr().write_all(line.as_bytes()).unwrap();
    }
    there
}

fn local(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

/// Waits for something to become true.
fn until(what: &str, mut is: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !is() {
        assert!(Instant::now() < deadline, "{what}");
        thread::sleep(Duration::from_millis(100));
    }
}

/// Receives webhooks; gives their bodies.
fn webhook() -> (u16, mpsc::Receiver<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (bodies, received) = mpsc::channel();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let (mut length, mut line) = (0, String::new());
            while reader.read_line(&mut line).unwrap_or(0) > 2 {
                if let Some(n) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = n.trim().parse().unwrap();
                }
                line.clear();
            }
            let mut body = vec![0; length];
            let read = reader.read_exact(&mut body);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            if read.is_ok() && bodies.send(body).is_err() {
                return;
            }
        }
    });
    (port, received)
}

#[test]
fn a_real_alertmanager_shows_an_alert_and_sees_it_resolved_once() {
    if !is_there("prometheus-alertmanager") {
        return;
    }
    let (hook, bodies) = webhook();
    let port = free_port().unwrap();
    let _daemon = Daemon::alertmanager(port, Some(hook)).unwrap();
    let client = alertmanager::Client::new(&local(port)).unwrap();
    let mut sink = AlertSink::new(STEP).unwrap();
    // One name that Alertmanager 0.25 does not take as it is.
    let labels = Labels::new([("alertname", "UsersServedBadly"), ("service.name", "shop")]).unwrap();
    let start = now();
    sink.raise(Alert::new(labels.clone(), start).annotate("cause", "store"));
    until("the alert is shown", || {
        client.flush(&mut sink, now()).unwrap();
        !client.alerts().unwrap().is_empty()
    });
    let shown = client.alerts().unwrap();
    assert_eq!(shown.len(), 1);
    assert_eq!(shown[0].labels.get("service_name"), Some("shop"));
    assert_eq!(shown[0].end, None);
    assert!(start.since(shown[0].start) < Duration::from_millis(1) && shown[0].start.since(start) < STEP);
    let fired = bodies.recv_timeout(Duration::from_secs(20)).unwrap();
    assert_eq!(read_webhook(&fired, &Limits::default()).unwrap()[0].end, None);
    // It is sent again and again, and told once.
    for _ in 0..3 {
        thread::sleep(STEP);
        client.flush(&mut sink, now()).unwrap();
    }
    assert!(bodies.try_recv().is_err(), "told twice that it fires");
    sink.resolve(&labels, now());
    assert_eq!(client.flush(&mut sink, now()), Ok(true));
    assert_eq!(client.flush(&mut sink, now()), Ok(false));
    until("the alert is gone", || client.alerts().unwrap().is_empty());
    let resolved = bodies.recv_timeout(Duration::from_secs(20)).unwrap();
    let resolved = read_webhook(&resolved, &Limits::default()).unwrap();
    assert!(resolved[0].end.is_some() && resolved.len() == 1);
    thread::sleep(2 * STEP);
    assert!(bodies.try_recv().is_err(), "told twice that it is resolved");
}

#[test]
#[ignore = "long"]
fn a_real_prometheus_that_stops_and_comes_back_is_a_gap_and_nothing_else() {
    if !is_there("prometheus") {
        return;
    }
    let (events, received) = mpsc::channel();
    let exporter = Exporter::open(received).unwrap();
    let port = free_port().unwrap();
    let mut daemon = Some(Daemon::prometheus(port, exporter.port(), STEP).unwrap());
    let client = Client::new(&local(port)).unwrap().timeout(STEP);
    let mut polls = Backfill::new(STEP, 2 * STEP, 60 * STEP).unwrap();
    let builder = Collector::builder(STEP);
    let all = "shop_user_requests_total";
    let builder = builder.requests("users", all, r#"shop_user_requests_total{outcome="bad"}"#).unwrap();
    let mut collector = builder.build().unwrap();
    let mut observer =
        Observer::builder(Symptom::requests("users", 0.02).unwrap()).step(STEP).build().unwrap();
    let (mut said, mut failed) = (Vec::new(), 0);
    for turn in 0..34 {
        if turn == 12 {
            daemon = None;
        }
        if turn == 20 {
            daemon = Some(Daemon::prometheus(port, exporter.port(), STEP).unwrap());
        }
        for _ in 0..50 {
            let request = ShopEvent::Request { at: now(), good: true, seconds: 0.02, flow: Flow::Buy };
            events.send(request).unwrap();
        }
        while let Some(range) = polls.due(now()) {
            match client.query_range(all, range) {
                Ok(answer) => {
                    collector.series(now(), &Origin::default(), answer.data.into_series());
                    polls.answered(range);
                }
                Err(why) => {
                    assert!(why.may_pass(), "{why}");
                    failed += 1;
                    break;
                }
            }
        }
        collector.feed(now(), &mut observer).unwrap();
        said.extend(observer.tick(now()).filter(Event::is_news));
        thread::sleep(STEP);
    }
    assert!(failed > 3 && daemon.is_some(), "{failed}");
    let opened = |event: &Event| matches!(event, Event::ObjectiveBreached { .. } | Event::Opened { .. });
    assert!(!said.iter().any(opened), "{said:?}");
    let health: Vec<String> = said
        .iter()
        .filter_map(|event| match event {
            Event::Source { name, health, .. } if name.as_str() == "users" => Some(health.value.to_string()),
            _ => None,
        })
        .collect();
    assert!(health.iter().filter(|health| *health == "fresh").count() >= 2, "{health:?}");
    assert!(health.iter().any(|health| health == "stale" || health == "broken"), "{health:?}");
    assert!(collector.gaps() > 0);
}
