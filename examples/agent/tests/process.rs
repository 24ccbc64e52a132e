//! The program as an operator runs it.

use crate::turns::folder;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// Answers each request by a function of its body; gives the port.
fn server(mut answer: impl FnMut(&str) -> String + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
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
            if reader.read_exact(&mut body).is_ok() {
                let body = answer(&String::from_utf8_lossy(&body));
                let head =
                    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
                let _ = stream.write_all(format!("{head}{body}").as_bytes());
            }
        }
    });
    port
}

/// A program that is scraped: a hundred requests between two scrapes, a third of them bad while it is broken.
fn shop() -> (u16, Arc<AtomicBool>) {
    let broken = Arc::new(AtomicBool::new(false));
    let is_broken = Arc::clone(&broken);
    let (mut good, mut bad) = (0, 0);
    let port = server(move |_| {
        let more = if is_broken.load(Ordering::Relaxed) { 33 } else { 0 };
        (good, bad) = (good + 100 - more, bad + more);
        format!(
            "# TYPE requests_total counter\nrequests_total{{code=\"200\"}} {good}\nrequests_total{{code=\"503\"}} {bad}\n"
        )
    });
    (port, broken)
}

struct Running {
    child: Child,
    address: String,
    lines: Receiver<String>,
    seen: Vec<String>,
}

impl Running {
    fn start(configuration: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_evenkeel-agent"))
            .arg(configuration)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (to, lines) = channel();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        thread::spawn(move || stdout.lines().map_while(Result::ok).try_for_each(|line| to.send(line)));
        let mut running = Self { child, address: String::new(), lines, seen: Vec::new() };
        let line = running.until("listens on ");
        running.address = line.rsplit(' ').next().unwrap().to_owned();
        running
    }

    /// Waits for a line that holds a text.
    fn until(&mut self, what: &str) -> String {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let line =
                self.lines.recv_timeout(left).unwrap_or_else(|_| panic!("no \"{what}\": {:?}", self.seen));
            self.seen.push(line.clone());
            if line.contains(what) {
                return line;
            }
        }
    }

    fn terminate(mut self) -> Vec<String> {
        let status = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(status.success());
        assert!(self.child.wait().unwrap().success());
        self.seen.extend(self.lines.iter());
        std::mem::take(&mut self.seen)
    }

    /// Status, head and body of an answer.
    fn ask(&self, method: &str, path: &str, headers: &str, body: &[u8]) -> (u16, String, String) {
        ask(&self.address, method, path, headers, body)
    }
}

fn ask(address: &str, method: &str, path: &str, headers: &str, body: &[u8]) -> (u16, String, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    // One that is refused early may be closed in between.
    let _ = stream.write_all(body);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{answer}"));
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, head.to_ascii_lowercase(), body.to_owned())
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The value of a field of the first alert of a body.
fn field(body: &str, name: &str) -> String {
    body.split(&format!("\"{name}\":\""))
        .nth(1)
        .unwrap_or_else(|| panic!("{body}"))
        .split('"')
        .next()
        .unwrap()
        .into()
}

#[test]
fn a_restart_in_the_middle_of_an_alert_loses_nothing() {
    let (port, broken) = shop();
    let bodies: Arc<Mutex<Vec<String>>> = Arc::default();
    let received = Arc::clone(&bodies);
    let alertmanager = server(move |body| {
        received.lock().unwrap().push(body.to_owned());
        String::new()
    });
    let folder = folder("process");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join("agent.toml");
    let text = format!(
        r#"
        step = "200ms"
        [state]
        folder = "{}"
        [listen]
        address = "127.0.0.1:0"
        [alertmanager]
        url = "http://127.0.0.1:{alertmanager}"
        resend = "1s"
        [[scrape]]
        url = "http://127.0.0.1:{port}/metrics"
        component = "shop"
        [[symptom]]
        name = "users"
        objective = 0.02
        all = "requests_total"
        bad = 'requests_total{{code="5*"}}'
        "#,
        folder.join("state").display()
    );
    fs::write(&path, text).unwrap();
    let mut running = Running::start(&path);
    running.until("source users is fresh");
    broken.store(true, Ordering::Relaxed);
    running.until("too many requests are bad");
    running.until("incident 0");
    let wait = |what: &str, is: &dyn Fn(&[String]) -> bool| {
        let deadline = Instant::now() + Duration::from_secs(60);
        while !is(&bodies.lock().unwrap()) {
            assert!(Instant::now() < deadline, "{what}: {:?}", bodies.lock().unwrap());
            thread::sleep(Duration::from_millis(50));
        }
    };
    wait("it fires", &|bodies| bodies.iter().any(|body| body.contains("\"incident\":\"0\"")));
    let began = field(&bodies.lock().unwrap()[0], "startsAt");
    assert_eq!(running.ask("GET", "/healthz", "", b"").0, 200);
    let (status, head, page) = running.ask("GET", "/report", "", b"");
    assert_eq!(status, 200, "{head} {page}");
    for header in [
        "content-type: text/html; charset=utf-8",
        "content-security-policy: default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox",
        "x-content-type-options: nosniff",
    ] {
        assert!(head.contains(header), "{header} in {head}");
    }
    assert!(page.starts_with("<!doctype html>") && page.contains("<h1>Incident 0: users</h1>"), "{page}");
    assert_eq!(running.ask("GET", "/report/0", "", b"").0, 200);
    for (path, told) in [
        ("/report/1", "there are /report/0"),
        ("/report/18446744073709551616", "the number of an incident"),
        ("/report/-1", "the number of an incident"),
        ("/report/%3Cscript%3E", "the number of an incident"),
        ("/report/%FF", "invalid"),
    ] {
        let (status, head, text) = running.ask("GET", path, "", b"");
        assert!((400..405).contains(&status) && head.contains("content-type: text/plain"), "{path}: {head}");
        assert!(text.to_ascii_lowercase().contains(told), "{path}: {text}");
    }
    let lines = running.terminate();
    assert!(lines.last().unwrap().ends_with("ends"), "{lines:?}");
    assert!(folder.join("state/state").exists());
    // It is still broken when the agent comes back, and the same alert is told on.
    let before = bodies.lock().unwrap().len();
    let mut running = Running::start(&path);
    wait("it still fires", &|bodies| bodies.len() > before + 1);
    assert!(bodies.lock().unwrap().iter().all(|body| field(body, "startsAt") == began));
    broken.store(false, Ordering::Relaxed);
    let ends = |bodies: &[String]| {
        let is_end = |body: &&String| !field(body, "endsAt").is_empty() && field(body, "endsAt") <= time();
        bodies.iter().rev().take(3).filter(is_end).count()
    };
    wait("it is resolved", &|bodies| {
        running.ask("GET", "/metrics", "", b"").2.contains("evenkeel_agent_firing_alerts 0")
            && ends(bodies) >= 1
    });
    let told = bodies.lock().unwrap().len();
    thread::sleep(Duration::from_secs(3));
    assert_eq!(bodies.lock().unwrap().len(), told, "told again after it was resolved");
    running.until("users: nothing speaks for a breach any more");
    let lines = running.terminate();
    assert!(lines.iter().any(|line| line.contains("goes on from")), "{lines:?}");
    assert!(!lines.iter().any(|line| line.contains("too many requests are bad")), "{lines:?}");
    fs::remove_dir_all(&folder).unwrap();
}

/// The time as alerts spell it.
fn time() -> String {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    evenkeel::prelude::Timestamp::from_nanos(since.as_nanos() as i64).to_string()
}

#[test]
fn what_is_sent_is_taken_or_refused_for_what_it_is() {
    let folder = folder("receives");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join("agent.toml");
    let text = r#"
        step = "200ms"
        [listen]
        address = "127.0.0.1:0"
        otlp = true
        remote_write = true
        max_body = "64KiB"
        max_decoded = "128KiB"
        report = false
        requests_per_second = 200
        [[symptom]]
        name = "users"
        objective = 0.02
        spans = "edge"
        "#;
    fs::write(&path, text).unwrap();
    let running = Running::start(&path);
    let capture = |name: &str| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../crates/evenkeel-ingest/tests/captures");
        fs::read(root.join(name)).unwrap()
    };
    let json = "Content-Type: application/json\r\n";
    let protobuf = "Content-Type: application/x-protobuf\r\n";
    for (route, headers, file) in [
        ("/v1/traces", json, "otlp-js/traces.json"),
        ("/v1/traces", protobuf, "otlp-js/traces.pb"),
        ("/v1/metrics", json, "otlp-js/metrics.json"),
        ("/v1/metrics", protobuf, "otlp-python/metrics.pb"),
        ("/v1/logs", json, "otlp-js/logs.json"),
    ] {
        let (status, head, body) = running.ask("POST", route, headers, &capture(file));
        assert_eq!(status, 200, "{file}: {head} {body}");
        assert!(
            head.contains(&headers.to_ascii_lowercase().trim_end().replace("\r\n", "")),
            "{file}: {head}"
        );
    }
    let snappy = "Content-Type: application/x-protobuf\r\nContent-Encoding: snappy\r\n";
    let (status, head, body) =
        running.ask("POST", "/api/v1/write", snappy, &capture("remote-write/req-0001.snappy"));
    assert_eq!(status, 204, "{head} {body}");
    assert!(head.contains("x-prometheus-remote-write-samples-written: "), "{head}");
    // Compressed, and what pretends to be.
    let gzip = |bytes: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let compressed = format!("{json}Content-Encoding: gzip\r\n");
    assert_eq!(running.ask("POST", "/v1/traces", &compressed, &gzip(&capture("otlp-js/traces.json"))).0, 200);
    for (expected, route, headers, body) in [
        (413, "/v1/traces", &*compressed, gzip(&vec![b' '; 1 << 20])),
        (413, "/v1/traces", json, vec![b' '; 100 << 10]),
        (400, "/v1/traces", &compressed, b"no gzip".to_vec()),
        (400, "/v1/traces", json, b"{".to_vec()),
        (400, "/v1/metrics", protobuf, b"\xff\xff\xff".to_vec()),
        (415, "/v1/logs", "Content-Type: text/plain\r\n", b"x".to_vec()),
        (415, "/api/v1/write", protobuf, b"x".to_vec()),
        (400, "/api/v1/write", snappy, b"\xff\xff\xff\xff\x7f".to_vec()),
        (404, "/elsewhere", json, b"{}".to_vec()),
        (404, "/report", json, b"{}".to_vec()),
        (405, "/healthz", json, b"{}".to_vec()),
    ] {
        let (status, head, text) = running.ask("POST", route, headers, &body);
        assert_eq!(status, expected, "{route}: {head} {text}");
    }
    // One span that cannot be read: the others are taken, and the sender is told.
    let span = r#"{"traceId":"0af7651916cd43dd8448eb211c80319c","name":"no span id"}"#;
    let body = format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{span}]}}]}}]}}"#);
    let (status, _, told) = running.ask("POST", "/v1/traces", json, body.as_bytes());
    assert_eq!((status, told.contains(r#""rejectedSpans":"1""#)), (200, true), "{told}");
    thread::sleep(Duration::from_millis(600));
    let page = running.ask("GET", "/metrics", "", b"").2;
    evenkeel::ingest::exposition::Exposition::text(&page).unwrap();
    assert!(page.contains(r#"evenkeel_agent_http_answers_total{route="/v1/traces",status="200"}"#), "{page}");
    assert!(page.contains(r#"evenkeel_agent_findings_total{kind="unreadable"}"#), "{page}");
    let _ = running.terminate();
    fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn more_than_it_takes_is_pushed_back_with_503() {
    let folder = folder("rate");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join("agent.toml");
    let text = "step = \"1s\"\n[listen]\naddress = \"127.0.0.1:0\"\notlp = true\nrequests_per_second = 3\n\
                [[symptom]]\nname = \"users\"\nobjective = 0.02\nspans = \"edge\"\n";
    fs::write(&path, text).unwrap();
    let running = Running::start(&path);
    let answers: Vec<_> = (0..20)
        .map(|_| running.ask("POST", "/v1/traces", "Content-Type: application/json\r\n", b"{}"))
        .collect();
    assert!(answers.iter().all(|answer| matches!(answer.0, 200 | 503)), "{answers:?}");
    let pushed_back = answers.iter().filter(|answer| answer.0 == 503);
    assert!(pushed_back.clone().count() >= 10, "{answers:?}");
    assert!(pushed_back.clone().all(|answer| answer.1.contains("retry-after: 1")), "{answers:?}");
    // What is only looked at is not limited.
    assert_eq!(running.ask("GET", "/healthz", "", b"").0, 200);
    let _ = running.terminate();
    fs::remove_dir_all(&folder).unwrap();
}

/// The largest resident memory that a process had.
fn peak(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().strip_suffix(" kB").unwrap().trim().parse::<u64>().unwrap() << 10
}

#[test]
fn hostile_bodies_stay_within_the_cap_of_memory() {
    let folder = folder("hostile");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join("agent.toml");
    // The defaults.
    let text = "[listen]\naddress = \"127.0.0.1:0\"\notlp = true\nrequests_per_second = 1000\n\
                [[symptom]]\nname = \"users\"\nobjective = 0.02\nspans = \"edge\"\n";
    fs::write(&path, text).unwrap();
    let running = Running::start(&path);
    let gzip = |bytes: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let repeated = |head: &str, part: &str, tail: &str| {
        let n = ((8 << 20) - head.len() - tail.len()) / (part.len() + 1);
        format!("{head}{}{tail}", vec![part; n].join(","))
    };
    let point = r#"{"timeUnixNano":"1795000000000000000","asInt":1,"attributes":[]}"#;
    let gauge = r#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"g","gauge":{"dataPoints":["#;
    let bodies = [
        gzip(repeated("{\"resourceMetrics\":[", "{}", "]}").as_bytes()),
        gzip(repeated("[", "[]", "]").as_bytes()),
        gzip(repeated("{\"resourceMetrics\":[", "0", "]}").as_bytes()),
        gzip(repeated(gauge, point, "]}}]}]}]}").as_bytes()),
        gzip(format!("{gauge}{}]}}}}]}}]}}]}}", vec![point; 39_000].join(",")).as_bytes()),
    ];
    let headers = "Content-Type: application/json\r\nContent-Encoding: gzip\r\n";
    let address = &running.address;
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for body in bodies.iter().cycle().take(20) {
                    let (status, ..) = ask(address, "POST", "/v1/metrics", headers, body);
                    assert!(matches!(status, 200 | 400 | 413 | 503), "{status}");
                }
            });
        }
    });
    let peak = peak(running.child.id());
    println!("at most {} MiB", peak >> 20);
    // What the readme states and the unit of systemd allows.
    assert!(peak < 512 << 20, "{peak}");
    let _ = running.terminate();
    fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_wrong_configuration_ends_it_with_the_reason() {
    let folder = folder("wrong");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join("agent.toml");
    fs::write(&path, "step = \"15 parsecs\"\n").unwrap();
    for arguments in [&["--check"][..], &[]] {
        let run =
            Command::new(env!("CARGO_BIN_EXE_evenkeel-agent")).args(arguments).arg(&path).output().unwrap();
        let told = String::from_utf8_lossy(&run.stderr);
        assert!(!run.status.success() && told.contains("agent.toml") && told.contains("parsecs"), "{told}");
    }
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("evenkeel-agent.toml");
    let run =
        Command::new(env!("CARGO_BIN_EXE_evenkeel-agent")).arg("--check").arg(example).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    fs::remove_dir_all(&folder).unwrap();
}
