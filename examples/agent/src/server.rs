//! What is received over HTTP. Bodies are read here, at most two at once, and handed to the loop; what
//! finds no room is answered with 503, which a sender tries again, never with 429, on which one of remote
//! write drops its batch.

use crate::configuration::{Configuration, Listen};
use crate::intake::{Intake, ReportRequest};
use crate::rate_limit::RateLimit;
use crate::status::Status;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode};
use axum::routing::{get, post};
use evenkeel::ingest::otlp::{self, Encoding};
use evenkeel::ingest::remote_write::{Version, WriteRequest, apply_metadata};
use evenkeel::ingest::{Error, FindingKind, Findings, Limits, decompress};
use std::sync::mpsc::{SyncSender, TrySendError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Semaphore, oneshot};

/// How long a body may take to arrive.
const PATIENCE: Duration = Duration::from_secs(10);
/// How many bodies are read at once.
const AT_ONCE: usize = 2;
/// What a page of a report may do: show its own style, and nothing else. In the header beside the page's own, for there
/// it also forbids frames around it.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'; sandbox";

/// What all requests share.
struct Shared {
    to: SyncSender<Intake>,
    status: Arc<Status>,
    settings: Option<Listen>,
    limits: Limits,
    rate: Mutex<RateLimit>,
    slots: Semaphore,
    /// One report at a time.
    report_slot: Semaphore,
}

/// What a body is.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Metrics,
    Traces,
    Logs,
    RemoteWrite,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Metrics => "/v1/metrics",
            Self::Traces => "/v1/traces",
            Self::Logs => "/v1/logs",
            Self::RemoteWrite => "/api/v1/write",
        }
    }
}

/// Answers until the program ends; asks the loop to stop on SIGTERM and SIGINT.
pub(crate) async fn serve(
    configuration: Configuration,
    listener: Option<tokio::net::TcpListener>,
    to: SyncSender<Intake>,
    status: Arc<Status>,
) -> std::io::Result<()> {
    let mut limits = Limits::default();
    limits.points = configuration.limits.max_series.saturating_mul(2).max(10_000);
    if let Some(listen) = &configuration.listen {
        limits.body = listen.max_body.0;
        limits.decoded = listen.max_decoded.0;
    }
    let settings = configuration.listen;
    let per_second = settings.as_ref().map_or(1, |listen| listen.requests_per_second);
    let (otlp, remote_write) =
        settings.as_ref().map_or((false, false), |listen| (listen.otlp, listen.remote_write));
    let reports = settings.as_ref().is_some_and(|listen| listen.report);
    let stop = to.clone();
    let shared = Arc::new(Shared {
        to,
        status,
        settings,
        limits,
        rate: Mutex::new(RateLimit::new(per_second, Instant::now())),
        slots: Semaphore::new(AT_ONCE),
        report_slot: Semaphore::new(1),
    });
    let mut router = Router::new().route("/healthz", get(health)).route("/metrics", get(metrics));
    if otlp {
        for kind in [Kind::Metrics, Kind::Traces, Kind::Logs] {
            router = router.route(kind.name(), post(move |shared, request| receive(kind, shared, request)));
        }
    }
    if remote_write {
        let kind = Kind::RemoteWrite;
        router = router.route(kind.name(), post(move |shared, request| receive(kind, shared, request)));
    }
    if reports {
        router = router.route("/report", get(newest_report)).route("/report/{number}", get(report_of));
    }
    let router = router.with_state(shared);
    if let Some(listener) = listener {
        tokio::spawn(async move { axum::serve(listener, router).await });
    }
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    let mut interrupt = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt())?;
    std::future::poll_fn(|context| {
        let terminated = terminate.poll_recv(context).is_ready();
        let interrupted = interrupt.poll_recv(context).is_ready();
        if terminated || interrupted { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    // The loop takes from the queue until it hears this, so there will be room.
    let _ = tokio::task::spawn_blocking(move || stop.send(Intake::Stop)).await;
    // The loop ends the program.
    std::future::pending::<()>().await;
    Ok(())
}

async fn health(State(shared): State<Arc<Shared>>) -> (StatusCode, &'static str) {
    if shared.status.is_alive() {
        (StatusCode::OK, "ok\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "the loop stands still\n")
    }
}

async fn metrics(State(shared): State<Arc<Shared>>) -> Response<Body> {
    let page = shared.status.page();
    answer(200, "text/plain; version=0.0.4; charset=utf-8", page)
}

async fn newest_report(State(shared): State<Arc<Shared>>) -> Response<Body> {
    report(&shared, None).await
}

async fn report_of(State(shared): State<Arc<Shared>>, Path(number): Path<String>) -> Response<Body> {
    let is_number = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    match number.parse::<u64>().ok().filter(|_| is_number) {
        Some(number) => report(&shared, Some(number)).await,
        None => text(404, "the address of a report is /report, or /report/ and the number of an incident"),
    }
}

/// The loop gives what is to be shown; the page is written here, so that the loop does not wait for that.
async fn report(shared: &Arc<Shared>, number: Option<u64>) -> Response<Body> {
    let response = page_of(shared, number).await;
    shared.status.answered("/report", response.status().as_u16());
    response
}

async fn page_of(shared: &Arc<Shared>, number: Option<u64>) -> Response<Body> {
    let Ok(_slot) = shared.report_slot.try_acquire() else {
        return text(503, "another report is being made");
    };
    let (answer_to, report) = oneshot::channel();
    let request = ReportRequest { number, answer: answer_to };
    if shared.to.try_send(Intake::Report(request)).is_err() {
        return text(503, "there is no room at the moment");
    }
    let report = match tokio::time::timeout(PATIENCE, report).await {
        Ok(Ok(Ok(report))) => report,
        Ok(Ok(Err(numbers))) => return text(404, none_kept(&numbers)),
        Ok(Err(_)) => return text(503, "it is ending"),
        Err(_) => return text(503, "the loop is busy"),
    };
    let Ok(page) = tokio::task::spawn_blocking(move || report.to_string()).await else {
        return text(500, "the report cannot be written");
    };
    let mut response = answer(200, "text/html; charset=utf-8", page);
    for (name, value) in [
        ("content-security-policy", POLICY),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cache-control", "no-store"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

fn none_kept(numbers: &[u64]) -> String {
    let kept: Vec<String> = numbers.iter().map(|number| format!("/report/{number}")).collect();
    if kept.is_empty() {
        "there was no incident yet; what is known is at /report".into()
    } else {
        format!("no report of this incident is kept; there are {}", kept.join(", "))
    }
}

fn answer(status: u16, content_type: &'static str, body: impl Into<Body>) -> Response<Body> {
    let mut response = Response::new(body.into());
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let value = HeaderValue::from_static(content_type);
    response.headers_mut().insert("content-type", value);
    if status == 503 {
        response.headers_mut().insert("retry-after", HeaderValue::from_static("1"));
    }
    response
}

fn text(status: u16, what: impl Into<String>) -> Response<Body> {
    answer(status, "text/plain; charset=utf-8", what.into() + "\n")
}

async fn receive(kind: Kind, State(shared): State<Arc<Shared>>, request: Request) -> Response<Body> {
    let response = body_of(kind, &shared, request).await;
    shared.status.answered(kind.name(), response.status().as_u16());
    response
}

async fn body_of(kind: Kind, shared: &Arc<Shared>, request: Request) -> Response<Body> {
    let is_allowed = shared.rate.lock().unwrap_or_else(PoisonError::into_inner).allows(Instant::now());
    let Ok(_slot) = shared.slots.try_acquire() else { return text(503, "too many requests at once") };
    if !is_allowed {
        return text(503, "too many requests a second");
    }
    let (parts, body) = request.into_parts();
    let most = shared.settings.as_ref().map_or(0, |listen| listen.max_body.0);
    let body = match tokio::time::timeout(PATIENCE, to_bytes(body, most)).await {
        Ok(Ok(body)) => body,
        Ok(Err(_)) => return text(413, format!("the body is longer than {most} bytes, or broke off")),
        Err(_) => return text(408, "the body took too long"),
    };
    let headers = Headers::of(&parts.headers);
    let owner = Arc::clone(shared);
    let read = tokio::task::spawn_blocking(move || read(kind, &headers, &body, &owner.limits));
    match read.await {
        Ok(Ok(read)) => match shared.to.try_send(read.intake) {
            Ok(()) => read.answer,
            Err(TrySendError::Full(_)) => text(503, "there is no room at the moment"),
            Err(TrySendError::Disconnected(_)) => text(503, "it is ending"),
        },
        Ok(Err(why)) => text(why.status(), why.to_string()),
        Err(_) => text(400, "the body cannot be read"),
    }
}

struct Headers {
    content_type: String,
    content_encoding: String,
}

impl Headers {
    fn of(headers: &HeaderMap) -> Self {
        let text = |name: &str| {
            headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
        };
        Self { content_type: text("content-type"), content_encoding: text("content-encoding") }
    }
}

/// What is for the loop, and what is for the sender once the loop has it.
struct Read {
    intake: Intake,
    answer: Response<Body>,
}

fn read(kind: Kind, headers: &Headers, body: &[u8], limits: &Limits) -> Result<Read, Error> {
    if let Kind::RemoteWrite = kind {
        let version = Version::of(&headers.content_type, &headers.content_encoding)?;
        let mut request = WriteRequest::decode(version, body, limits)?;
        apply_metadata(&request.metadata, &mut request.series);
        let mut answer = text(request.status(), "");
        for (name, value) in request.written().headers() {
            if let Ok(value) = HeaderValue::from_str(&value) {
                answer.headers_mut().insert(name, value);
            }
        }
        let intake = Intake::Metrics(request.series, request.histograms, request.findings);
        return Ok(Read { intake, answer });
    }
    let body = decompress(body, &headers.content_encoding, limits)?;
    let encoding = Encoding::of(&headers.content_type)?;
    let rejected = |findings: &Findings| findings.count(FindingKind::Unreadable);
    let (intake, rejected, field) = match kind {
        Kind::Traces => {
            let spans = otlp::traces(&body, encoding, limits)?;
            let rejected = rejected(&spans.findings);
            (Intake::Spans(spans), rejected, "rejectedSpans")
        }
        Kind::Logs => {
            let logs = otlp::logs(&body, encoding, limits)?;
            let rejected = rejected(&logs.findings);
            (Intake::Logs(logs), rejected, "rejectedLogRecords")
        }
        Kind::Metrics | Kind::RemoteWrite => {
            let metrics = otlp::metrics(&body, encoding, limits)?;
            let rejected = rejected(&metrics.findings);
            let intake = Intake::Metrics(metrics.series, metrics.histograms, metrics.findings);
            (intake, rejected, "rejectedDataPoints")
        }
    };
    Ok(Read { intake, answer: accepted(encoding, rejected, field) })
}

/// What OTLP asks for: how much was left out.
fn accepted(encoding: Encoding, rejected: u64, field: &str) -> Response<Body> {
    let message = "unreadable";
    match (encoding, rejected) {
        (Encoding::Json, 0) => answer(200, "application/json", "{}"),
        (Encoding::Json, n) => {
            let body = format!(r#"{{"partialSuccess":{{"{field}":"{n}","errorMessage":"{message}"}}}}"#);
            answer(200, "application/json", body)
        }
        (_, 0) => answer(200, "application/x-protobuf", Body::empty()),
        (_, n) => {
            // partial_success = 1 { rejected = 1, error_message = 2 }
            let mut partial = vec![8];
            let mut rest = n;
            while rest >= 0x80 {
                partial.push((rest & 0x7f) as u8 | 0x80);
                rest >>= 7;
            }
            partial.push(rest as u8);
            partial.extend([0x12, message.len() as u8]);
            partial.extend(message.bytes());
            let mut body = vec![0x0a, partial.len() as u8];
            body.extend(partial);
            answer(200, "application/x-protobuf", body)
        }
    }
}
