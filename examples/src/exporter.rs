//! The shop as Prometheus sees it, and programs of the stack that are started on loopback.

use crate::shop::{Service, ShopEvent};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Counters and levels by the name and the labels of their series.
type Page = BTreeMap<(String, String), f64>;

/// Serves the metrics of a shop at `/metrics`, counted since it was opened; until the program ends.
#[derive(Debug)]
pub struct Exporter {
    port: u16,
}

impl Exporter {
    /// Takes the events of a shop from now on.
    ///
    /// # Errors
    /// If no port can be had.
    pub fn open(events: Receiver<ShopEvent>) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let port = listener.local_addr()?.port();
        let page = Arc::new(Mutex::new(Page::new()));
        let seen = Arc::clone(&page);
        thread::spawn(move || {
            for event in events {
                see(&event, &mut seen.lock().unwrap_or_else(PoisonError::into_inner));
            }
        });
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let page = text(&page.lock().unwrap_or_else(PoisonError::into_inner));
                // One that goes away in between is no loss.
                let _ = answer(stream, &page);
            }
        });
        Ok(Self { port })
    }

    /// The port on loopback.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }
}

fn see(event: &ShopEvent, page: &mut Page) {
    let mut add = |name: &str, labels: String, value: f64| {
        *page.entry((name.into(), labels)).or_default() += value;
    };
    match event {
        ShopEvent::Request { good, .. } => {
            // Both from the first one on, or the first of the other could not be told from all before it.
            let outcome =
                |is_good| format!("service=\"users\",outcome=\"{}\"", if is_good { "good" } else { "bad" });
            add("shop_user_requests_total", outcome(*good), 1.0);
            add("shop_user_requests_total", outcome(!*good), 0.0);
        }
        ShopEvent::Scrape { instance, metrics, .. } => {
            let service = Service::of(instance.as_str()).map_or("", Service::name);
            let labels = format!("service=\"{service}\",instance=\"{instance}\"");
            page.insert(("shop_up".into(), labels.clone()), f64::from(u8::from(metrics.is_some())));
            for (name, value) in metrics.iter().flat_map(super::shop::Metrics::named) {
                let key = (format!("shop_{name}"), labels.clone());
                if matches!(name, "requests" | "errors") {
                    *page.entry((format!("shop_{name}_total"), labels.clone())).or_default() += value;
                } else if value.is_nan() {
                    // There is nothing to tell of.
                    page.remove(&key);
                } else {
                    page.insert(key, value);
                }
            }
        }
        _ => {}
    }
}

fn text(page: &Page) -> String {
    let mut text = String::new();
    let mut last = "";
    for ((name, labels), value) in page {
        if name != last {
            let kind = if name.ends_with("_total") { "counter" } else { "gauge" };
            let _ = writeln!(text, "# TYPE {name} {kind}");
            last = name;
        }
        let _ = writeln!(text, "{name}{{{labels}}} {value}");
    }
    text
}

fn answer(mut stream: TcpStream, page: &str) -> io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(2)))?;
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nConnection: close";
    write!(stream, "{head}\r\nContent-Length: {}\r\n\r\n{page}", page.len())
}

/// Whether a program can be found.
#[must_use]
pub fn installed(program: &str) -> bool {
    Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

/// A port on loopback that is free at the moment.
///
/// # Errors
/// If there is none.
pub fn free_port() -> io::Result<u16> {
    TcpListener::bind("127.0.0.1:0")?.local_addr().map(|address| address.port())
}

/// A program that runs in a folder of its own until this is dropped.
#[derive(Debug)]
pub struct Daemon {
    child: Child,
    folder: PathBuf,
}

impl Daemon {
    /// Prometheus on a port, which scrapes another.
    ///
    /// # Errors
    /// If it does not start, or is not ready within 20 s.
    pub fn prometheus(port: u16, target: u16, every: Duration) -> io::Result<Self> {
        let folder = folder("prometheus", port)?;
        let every = every.as_millis();
        let config = format!(
            "global:\n  scrape_interval: {every}ms\n  scrape_timeout: {every}ms\nscrape_configs:\n\
             - job_name: shop\n  honor_labels: true\n  static_configs:\n  - targets: ['127.0.0.1:{target}']\n"
        );
        fs::write(folder.join("prometheus.yml"), config)?;
        let mut command = Command::new("prometheus");
        command
            .arg(format!("--config.file={}", folder.join("prometheus.yml").display()))
            .arg(format!("--storage.tsdb.path={}", folder.join("data").display()))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .args(["--log.level=error", "--query.lookback-delta=5s"]);
        Self::start(command, folder, port)
    }

    /// Alertmanager on a port, which tells a webhook on another, if one is given.
    ///
    /// # Errors
    /// If it does not start, or is not ready within 20 s.
    pub fn alertmanager(port: u16, webhook: Option<u16>) -> io::Result<Self> {
        let folder = folder("alertmanager", port)?;
        let mut config = String::from(
            "route:\n  receiver: all\n  group_wait: 1s\n  group_interval: 1s\n  repeat_interval: 1h\nreceivers:\n- name: all\n",
        );
        if let Some(webhook) = webhook {
            let _ = write!(config, "  webhook_configs:\n  - url: http://127.0.0.1:{webhook}/\n");
        }
        fs::write(folder.join("config.yml"), config)?;
        let mut command = Command::new("prometheus-alertmanager");
        command
            .arg(format!("--config.file={}", folder.join("config.yml").display()))
            .arg(format!("--storage.path={}", folder.join("data").display()))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .args(["--log.level=error", "--cluster.listen-address="]);
        Self::start(command, folder, port)
    }

    fn start(mut command: Command, folder: PathBuf, port: u16) -> io::Result<Self> {
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let daemon = Self { child, folder };
        let deadline = Instant::now() + Duration::from_secs(20);
        while !is_ready(port) {
            if Instant::now() > deadline {
                return Err(io::Error::new(io::ErrorKind::TimedOut, "it did not become ready"));
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok(daemon)
    }
}

fn folder(name: &str, port: u16) -> io::Result<PathBuf> {
    let folder = std::env::temp_dir().join(format!("evenkeel-{name}-{}-{port}", std::process::id()));
    fs::create_dir_all(folder.join("data"))?;
    Ok(folder)
}

fn is_ready(port: u16) -> bool {
    let ask = || -> io::Result<bool> {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(Duration::from_secs(1)))?;
        write!(stream, "GET /-/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line)?;
        Ok(line.starts_with("HTTP/1.1 200"))
    };
    ask().unwrap_or(false)
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}
