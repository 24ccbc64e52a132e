//! The client against a server on loopback that answers what it is told.

use core::time::Duration;
use evenkeel_core::Timestamp;
use evenkeel_ingest::alertmanager::{self, Alert, AlertSink};
use evenkeel_ingest::exposition::Scraper;
use evenkeel_ingest::prometheus::{Client, Range};
use evenkeel_ingest::{ClientError, Credentials, Error, Labels, Limits};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread::{self, JoinHandle};

/// Answers as many requests as there are answers, and gives the bodies that were posted.
fn server(answers: Vec<(u16, String)>) -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let handle = thread::spawn(move || {
        let mut seen = Vec::new();
        for (status, body) in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = Vec::new();
            let mut buffer = [0; 4096];
            loop {
                let n = stream.read(&mut buffer).unwrap();
                request.extend(&buffer[..n]);
                let text = String::from_utf8_lossy(&request).into_owned();
                let length = text.to_ascii_lowercase();
                let length = length
                    .split("content-length: ")
                    .nth(1)
                    .and_then(|rest| rest.split('\r').next()?.parse().ok());
                let length = length.or_else(|| text.starts_with("GET ").then_some(0));
                if let (Some((_, body)), Some(length)) = (text.split_once("\r\n\r\n"), length)
                    && body.len() >= length
                {
                    seen.push(text);
                    break;
                }
                assert!(n > 0, "{text}");
            }
            let head =
                format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
        }
        seen
    });
    (address, handle)
}

fn matrix(samples: &str) -> String {
    let series = format!(r#"{{"metric":{{"a":"b"}},"values":[{samples}]}}"#);
    format!(r#"{{"status":"success","data":{{"resultType":"matrix","result":[{series}]}},"warnings":["w"]}}"#)
}

#[test]
fn a_long_range_is_asked_for_in_parts_and_put_together() {
    let (address, handle) =
        server(vec![(200, matrix(r#"[0,"1"],[11000,"2"]"#)), (200, matrix(r#"[11001,"3"]"#))]);
    let client = Client::new(&format!("{address}/")).unwrap().header("X-Scope-OrgID", "shop");
    let range =
        Range::new(Timestamp::EPOCH, Timestamp::from_seconds(12_000), Duration::from_secs(1)).unwrap();
    let answer = client.query_range("a{b=\"c d&e\"}", range).unwrap();
    let series = answer.data.into_series();
    assert_eq!(series.len(), 1);
    assert_eq!(series[0].samples.iter().map(|s| s.value).collect::<Vec<_>>(), [1.0, 2.0, 3.0]);
    assert_eq!(answer.warnings, ["w"]);
    let seen = handle.join().unwrap();
    assert!(seen[0].starts_with("POST /api/v1/query_range HTTP/1.1\r\n"), "{}", seen[0]);
    assert!(seen[0].to_ascii_lowercase().contains("x-scope-orgid: shop"));
    assert!(seen[0].contains("start=0.000&end=11000.000&step=1&"), "{}", seen[0]);
    assert!(seen[1].contains("start=11001.000&end=12000.000&step=1&"), "{}", seen[1]);
    assert!(seen[0].contains("c+d%26e") || seen[0].contains("c%20d%26e"), "{}", seen[0]);
}

#[test]
fn errors_are_told_apart() {
    let bad = r#"{"status":"error","errorType":"bad_data","error":"x"}"#.to_owned();
    let slow = r#"{"status":"error","errorType":"timeout","error":"x"}"#.to_owned();
    let html = "<html>".to_owned();
    let found = "{}".to_owned();
    let (address, handle) =
        server(vec![(400, bad), (503, slow), (502, html.clone()), (200, html), (302, found)]);
    let client = Client::new(&address).unwrap().timeout(Duration::from_secs(10));
    let ask = || client.query("up", Timestamp::from_millis(-1500)).unwrap_err();
    let refused = ask();
    assert!(matches!(&refused, ClientError::Refused(Error::Answered { kind, .. }) if kind == "bad_data"));
    assert!(!refused.may_pass());
    assert!(ask().may_pass());
    let proxy = ask();
    assert!(proxy == ClientError::Status { status: 502 } && proxy.may_pass());
    assert!(matches!(ask(), ClientError::Refused(Error::Malformed { .. })));
    assert_eq!(ask(), ClientError::Status { status: 302 });
    assert!(handle.join().unwrap()[0].contains("time=-1.500&"));
    // Nobody is there any more.
    let gone = ask();
    assert!(matches!(gone, ClientError::Transport { .. }) && gone.may_pass());
}

#[test]
fn a_body_beyond_the_limit_is_refused() {
    let (address, handle) = server(vec![(200, matrix(&vec![r#"[0,"1"]"#; 1000].join(",")))]);
    let mut limits = Limits::default();
    limits.body = 1000;
    let refused = Client::new(&address).unwrap().limits(limits).query("up", Timestamp::EPOCH).unwrap_err();
    assert!(
        matches!(refused, ClientError::Transport { .. } | ClientError::Refused(Error::TooLarge { .. })),
        "{refused}"
    );
    handle.join().unwrap();
}

#[test]
fn addresses() {
    for base in ["https://x", "x:9090", "http://", "http://a b", "http://a/?x"] {
        assert!(Client::new(base).is_err(), "{base}");
    }
}

#[test]
fn a_page_is_asked_for_and_read() {
    let page = "# TYPE up gauge\nup 1\n".to_owned();
    let (address, handle) = server(vec![(200, page), (500, "x".into()), (200, "up{ 1".into())]);
    let scraper =
        Scraper::new(&format!("{address}/metrics")).unwrap().header("Authorization", "Bearer s3cret");
    assert!(!format!("{scraper:?}").contains("s3cret"));
    assert_eq!(scraper.scrape().unwrap().families[0].name, "up");
    assert_eq!(scraper.scrape().unwrap_err(), ClientError::Status { status: 500 });
    assert!(matches!(scraper.scrape(), Err(ClientError::Refused(Error::Malformed { .. }))));
    let seen = handle.join().unwrap();
    assert!(seen[0].starts_with("GET /metrics HTTP/1.1\r\n"), "{}", seen[0]);
    assert!(
        seen[0].contains("application/openmetrics-text") && seen[0].contains("Bearer s3cret"),
        "{}",
        seen[0]
    );
}

#[test]
fn alerts_are_sent_until_they_are_delivered() {
    let (address, handle) = server(vec![(503, String::new()), (200, String::new()), (400, "bad".into())]);
    let client = alertmanager::Client::new(&address).unwrap();
    let mut sink = AlertSink::new(Duration::from_secs(60)).unwrap();
    let at = Timestamp::from_seconds;
    assert_eq!(client.flush(&mut sink, at(0)), Ok(false));
    sink.raise(Alert::new(Labels::new([("alertname", "users")]).unwrap(), at(1)));
    assert_eq!(client.flush(&mut sink, at(1)), Err(ClientError::Status { status: 503 }));
    assert_eq!(client.flush(&mut sink, at(2)), Ok(true));
    assert_eq!(client.flush(&mut sink, at(3)), Ok(false));
    // One that is refused for what it is must not be sent again at once.
    assert_eq!(client.flush(&mut sink, at(99)), Err(ClientError::Status { status: 400 }));
    assert_eq!(client.flush(&mut sink, at(100)), Ok(false));
    let seen = handle.join().unwrap();
    assert!(seen.iter().all(|text| text.starts_with("POST /api/v2/alerts ") && text.contains("\"users\"")));
    assert!(seen[0].to_ascii_lowercase().contains("content-type: application/json"));
}

#[test]
fn credentials_come_from_files_that_may_change_and_are_never_shown() {
    let file = std::env::temp_dir().join(format!("evenkeel-credentials-{}", std::process::id()));
    let empty = r#"{"status":"success","data":{"resultType":"vector","result":[]}}"#;
    let (address, handle) = server(vec![(200, empty.into()); 3]);
    let client = |credentials| Client::new(&address).unwrap().credentials(credentials);
    let ask = |client: &Client| client.query("up", Timestamp::from_seconds(1));
    std::fs::write(&file, "first-token\n").unwrap();
    let bearer = client(Credentials::bearer(&file));
    ask(&bearer).unwrap();
    std::fs::write(&file, "second-token").unwrap();
    ask(&bearer).unwrap();
    // The example of RFC 7617, section 2.
    std::fs::write(&file, "open sesame\n").unwrap();
    let basic = client(Credentials::basic("Aladdin", &file));
    ask(&basic).unwrap();
    let seen = handle.join().unwrap();
    let header = |request: &str| {
        let line = request.lines().find(|line| line.to_ascii_lowercase().starts_with("authorization: "));
        line.unwrap()["authorization: ".len()..].to_owned()
    };
    let seen: Vec<String> = seen.iter().map(|request| header(request)).collect();
    assert_eq!(seen, ["Bearer first-token", "Bearer second-token", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="]);
    assert!(!format!("{bearer:?} {basic:?}").contains("sesame"));
    // A token with a blank is none; the error names the file and not what is in it.
    let refused = ask(&bearer).unwrap_err();
    assert!(matches!(refused, ClientError::Credentials { .. }) && !refused.to_string().contains("sesame"));
    assert!(refused.to_string().contains("evenkeel-credentials-"));
    assert!(ask(&client(Credentials::basic("a:b", &file))).is_err());
    std::fs::write(&file, " \n").unwrap();
    assert!(matches!(ask(&basic), Err(ClientError::Credentials { .. })));
    std::fs::remove_file(&file).unwrap();
    let refused = ask(&basic).unwrap_err();
    assert!(matches!(refused, ClientError::Credentials { .. }) && refused.may_pass());
}
