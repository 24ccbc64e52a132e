//! A service that watches itself: what its handlers count and trace goes to the loop, without a page to scrape.
//!
//! `cargo run --release -p evenkeel-agent --features embedded --example embedded` starts a service of `axum` on
//! loopback, puts load on it, and breaks what it depends on. It says what the loop found, and compares what was
//! counted with what was asked for.

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use evenkeel::Timestamp;
use evenkeel::ingest::collector::{Collector, Origin};
use evenkeel::ingest::in_process::{MetricsReader, MetricsRecorder, SpanLayer, SpanReader};
use evenkeel::keeper::{Event, Observer, Symptom};
use std::error::Error;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tracing::{Instrument, field, info_span};
use tracing_subscriber::layer::SubscriberExt as _;

type Failure = Box<dyn Error + Send + Sync>;

const STEP: Duration = Duration::from_millis(200);
/// How often is read what was counted: more often than the step, for a time that lies more than a step after
/// the last tick is that of a clock that is wrong.
const TURN: Duration = Duration::from_millis(50);
/// How many turns all is well.
const CALM: u32 = 140;
/// How many turns it may take then until the fault is named.
const PATIENCE: u32 = 300;
/// How many clients ask, each over a connection of its own.
const CLIENTS: usize = 4;

/// Whether the bank refuses.
static BROKEN: AtomicBool = AtomicBool::new(false);

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_nanos(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}

/// A request of the service, which calls two others.
async fn order() -> StatusCode {
    let request = info_span!("order", http.response.status_code = field::Empty);
    let work = async {
        let begun = Instant::now();
        async { tokio::task::yield_now().await }
            .instrument(info_span!("insert", peer.service = "database"))
            .await;
        metrics::counter!("orders_total").increment(1);
        // Some of the time, by what no one chooses.
        let refused = BROKEN.load(Ordering::Relaxed) && begun.elapsed().subsec_nanos().is_multiple_of(3);
        info_span!("charge", peer.service = "bank", error = refused).in_scope(|| ());
        metrics::histogram!("order_seconds").record(begun.elapsed());
        if refused { StatusCode::BAD_GATEWAY } else { StatusCode::OK }
    };
    let status = work.instrument(request.clone()).await;
    request.record("http.response.status_code", status.as_u16());
    status
}

/// What the service needs to watch itself.
struct Watch {
    metrics: MetricsReader,
    spans: SpanReader,
    collector: Collector,
    observer: Observer,
    outcome: Outcome,
}

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Requests that were answered.
    pub(crate) answered: u64,
    /// Requests that the layer counted.
    pub(crate) traced: u64,
    /// Requests that the recorder counted.
    pub(crate) counted: u64,
    /// Whether the loop named what was broken.
    pub(crate) found: bool,
    /// What it said, in its own words.
    pub(crate) told: Vec<String>,
}

impl Watch {
    fn new() -> Result<Self, Failure> {
        let (recorder, metrics) = MetricsRecorder::new(now(), 4096)?;
        metrics::set_global_recorder(recorder)?;
        let (layer, spans) = SpanLayer::new("shop", now(), 256)?;
        tracing::subscriber::set_global_default(tracing_subscriber::registry().with(layer))?;
        let symptom = Symptom::requests("users", 0.02)?.at("shop");
        // In a service with steps of ten seconds the default of a minute is right.
        let observer = Observer::builder(symptom).step(STEP).evidence(6 * STEP).build()?;
        let collector = Collector::builder(STEP).requests_by_spans("users", "shop").build()?;
        Ok(Self { metrics, spans, collector, observer, outcome: Outcome::default() })
    }

    /// Every turn.
    fn turn(&mut self, now: Timestamp) -> Result<(), Failure> {
        let (metrics, calls) = (self.metrics.read(now), self.spans.read(now));
        self.outcome.traced += calls.served.iter().map(|served| served.requests).sum::<u64>();
        let orders = metrics.series.iter().filter(|series| series.labels.metric() == "orders_total");
        self.outcome.counted += orders.map(|series| series.samples[0].value as u64).sum::<u64>();

        self.collector.readings(now, &Origin::new("shop", "shop-1"), metrics);
        self.collector.calls(calls);
        self.collector.feed(now, &mut self.observer)?;
        for event in self.observer.tick(now).filter(Event::is_news) {
            self.outcome.told.push(event.to_string());
            if let Event::Opened { diagnosis, .. } | Event::Diagnosed { diagnosis, .. } = event {
                self.outcome.found |=
                    diagnosis.causes().first().is_some_and(|cause| cause.component.as_str() == "bank");
            }
        }
        Ok(())
    }
}

/// Asks until it is told to stop; how many answers it got.
fn ask(address: SocketAddr, asking: &AtomicBool) -> Result<u64, Failure> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    let (mut answered, mut answer) = (0, Vec::new());
    while asking.load(Ordering::Relaxed) {
        stream.write_all(b"GET /order HTTP/1.1\r\nHost: shop\r\n\r\n")?;
        answer.clear();
        // An answer of a status alone has no body.
        while !answer.ends_with(b"\r\n\r\n") {
            let mut bytes = [0; 1024];
            let n = stream.read(&mut bytes)?;
            if n == 0 {
                return Err("the service hung up".into());
            }
            answer.extend(&bytes[..n]);
        }
        answered += 1;
        thread::sleep(Duration::from_millis(4));
    }
    Ok(answered)
}

/// Runs the service until its fault is named, or for too long.
///
/// # Errors
/// If the service cannot be run or asked.
pub(crate) fn run() -> Result<Outcome, Failure> {
    let mut watch = Watch::new()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        tokio::spawn(async { axum::serve(listener, Router::new().route("/order", get(order))).await });
        let asking = Arc::new(AtomicBool::new(true));
        let clients = (0..CLIENTS).map(|_| {
            let asking = Arc::clone(&asking);
            tokio::task::spawn_blocking(move || ask(address, &asking))
        });
        let clients: Vec<_> = clients.collect();
        for turn in 0..CALM + PATIENCE {
            BROKEN.store(turn >= CALM, Ordering::Relaxed);
            tokio::time::sleep(TURN).await;
            watch.turn(now())?;
            if watch.outcome.found {
                break;
            }
        }
        asking.store(false, Ordering::Relaxed);
        for client in clients {
            watch.outcome.answered += client.await??;
        }
        tokio::time::sleep(TURN).await;
        watch.turn(now())?;
        Ok(watch.outcome)
    })
}

#[cfg_attr(test, expect(dead_code, reason = "a test runs the rest"))]
fn main() -> Result<(), Failure> {
    let outcome = run()?;
    let Outcome { answered, traced, counted, found, told } = outcome;
    let mut out = std::io::stdout().lock();
    for line in told {
        writeln!(out, "{line}")?;
    }
    writeln!(out, "{answered} requests were answered; {traced} were traced and {counted} counted")?;
    if found && traced == answered && counted == answered {
        Ok(())
    } else {
        Err("the fault was not found, or not all requests were".into())
    }
}
