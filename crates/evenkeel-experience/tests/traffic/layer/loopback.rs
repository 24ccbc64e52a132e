//! The layer in a service of `hyper` on loopback, under more load than it can do.
//!
//! Judged by counts and by ratios to the same service without a limit. What a busy machine can spoil is tried three times.

use core::convert::Infallible;
use core::time::Duration;
use evenkeel_experience::traffic::layer::{AdmissionError, AdmissionLayer, AdmissionService};
use evenkeel_experience::traffic::{
    AdmissionControl, Aimd, BreakerState, CallOutcome, CircuitBreaker, ConcurrencyLimit, ConcurrencyLimiter,
    Gradient2, GradientController, Refusal, Vegas,
};
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::RETRY_AFTER;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::Instant;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tower::{Layer, Service, ServiceExt, service_fn};

type Answer = Response<Full<Bytes>>;

fn answer(status: StatusCode) -> Answer {
    let mut answer = Response::new(Full::default());
    *answer.status_mut() = status;
    answer
}

/// A service with so many workers, each of which takes as long for a request; others wait in its queue.
#[derive(Clone)]
struct Workers {
    free: Arc<Semaphore>,
    work: Duration,
    broken: Arc<AtomicBool>,
    called: Arc<AtomicU64>,
}

impl Workers {
    fn new(workers: usize, work: Duration) -> Self {
        let free = Arc::new(Semaphore::new(workers));
        Self { free, work, broken: Arc::default(), called: Arc::default() }
    }
}

impl Service<Request<Incoming>> for Workers {
    type Response = Answer;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Answer, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut core::task::Context<'_>) -> core::task::Poll<Result<(), Infallible>> {
        core::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<Incoming>) -> Self::Future {
        let this = self.clone();
        Box::pin(async move {
            this.called.fetch_add(1, Ordering::Relaxed);
            let worker = this.free.acquire().await;
            tokio::time::sleep(this.work).await;
            drop(worker);
            let broken = this.broken.load(Ordering::Relaxed);
            Ok(answer(if broken { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::OK }))
        })
    }
}

fn by_status(answer: &Result<Answer, Infallible>) -> CallOutcome {
    match answer {
        Ok(answer) if answer.status().is_server_error() => CallOutcome::Failure,
        Ok(_) => CallOutcome::Success,
        Err(never) => match *never {},
    }
}

/// 503 with the time to come back.
fn refused(why: Refusal) -> Answer {
    let mut answer = answer(StatusCode::SERVICE_UNAVAILABLE);
    if let Some(time) = why.retry_after {
        answer.headers_mut().insert(RETRY_AFTER, time.as_secs().into());
    }
    answer
}

/// Serves on loopback until the runtime is gone.
async fn serve<S>(service: S) -> SocketAddr
where
    S: Service<Request<Incoming>, Response = Answer, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let service = TowerToHyperService::new(service.clone());
            let connection =
                hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            // One that its client gave up ends in an error.
            tokio::spawn(async move { _ = connection.await });
        }
    });
    address
}

type Limited<A> = AdmissionService<Workers, A, fn(&Result<Answer, Infallible>) -> CallOutcome>;

/// Serves behind a control.
async fn serve_behind<A>(control: A, workers: Workers) -> (SocketAddr, Limited<A>)
where
    A: AdmissionControl + Send + 'static,
    A::Permit: Send,
{
    let classify: fn(&Result<Answer, Infallible>) -> CallOutcome = by_status;
    let service = AdmissionLayer::new(control).classify(classify).layer(workers);
    let limited = service.clone();
    let answering = service_fn(move |request| {
        let call = limited.clone().oneshot(request);
        async move {
            match call.await {
                Ok(answer) => Ok(answer),
                Err(AdmissionError::Refused(why)) => Ok(refused(why)),
                Err(AdmissionError::Inner(never)) => match never {},
            }
        }
    });
    (serve(answering).await, service)
}

/// A connection of its own.
async fn connect(address: SocketAddr) -> SendRequest<Empty<Bytes>> {
    let stream = TcpStream::connect(address).await.unwrap();
    let (sender, connection) = handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(async move { _ = connection.await });
    sender
}

async fn get(sender: &mut SendRequest<Empty<Bytes>>) -> StatusCode {
    sender.ready().await.unwrap();
    let request = Request::builder().uri("/").header("host", "loopback").body(Empty::new()).unwrap();
    let response = sender.send_request(request).await.unwrap();
    let status = response.status();
    response.into_body().collect().await.unwrap();
    status
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

const CALLERS: u32 = 64;
const WORK: Duration = Duration::from_millis(10);
const WORKERS: usize = 8;
const REQUESTS: u32 = 300;

/// What callers got who asked without a pause, and for a moment after a refusal not.
struct Load {
    /// Requests answered a second, in the second half.
    throughput: f64,
    /// The 90th percentile of their latency, in seconds.
    p90: f64,
    refused: u32,
}

/// Until so many requests have been answered.
async fn load(address: SocketAddr, requests: u32) -> Load {
    let (answered, refused) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let started = Instant::now();
    let callers: Vec<_> = (0..CALLERS)
        .map(|_| {
            let (answered, refused) = (Arc::clone(&answered), Arc::clone(&refused));
            tokio::spawn(async move {
                let mut sender = connect(address).await;
                let mut times = Vec::new();
                while answered.load(Ordering::Relaxed) < requests {
                    let asked = Instant::now();
                    if get(&mut sender).await == StatusCode::OK {
                        answered.fetch_add(1, Ordering::Relaxed);
                        times.push((started.elapsed().as_secs_f64(), asked.elapsed().as_secs_f64()));
                    } else {
                        refused.fetch_add(1, Ordering::Relaxed);
                        tokio::time::sleep(WORK / 2).await;
                    }
                }
                times
            })
        })
        .collect();
    let mut times = Vec::new();
    for caller in callers {
        times.extend(caller.await.unwrap());
    }
    times.sort_by(|x, y| x.0.total_cmp(&y.0));
    let late = times.split_off(times.len() / 2);
    let throughput = (late.len() - 1) as f64 / (late[late.len() - 1].0 - late[0].0);
    let mut latencies: Vec<f64> = late.iter().map(|(_, took)| *took).collect();
    latencies.sort_by(f64::total_cmp);
    let p90 = latencies[latencies.len() * 9 / 10];
    Load { throughput, p90, refused: refused.load(Ordering::Relaxed) }
}

/// Whether latency is far below that without a limit, while nearly as much is done.
fn is_bounded(what: &str, plain: &Load, limit: impl ConcurrencyLimit + Send + 'static) -> bool {
    block_on(async {
        let (address, service) =
            serve_behind(ConcurrencyLimiter::new(limit), Workers::new(WORKERS, WORK)).await;
        let limited = load(address, REQUESTS).await;
        let (latency, throughput) = (limited.p90 / plain.p90, limited.throughput / plain.throughput);
        let at = service.with_control(|limiter| limiter.limit());
        println!("{what}: limit {at}, {latency:.2} of the latency, {throughput:.2} of the throughput");
        assert!(limited.refused > 0, "{what}: nobody was refused");
        latency < 0.6 && throughput > 0.8
    })
}

#[test]
fn a_limit_keeps_latency_bounded_and_throughput_high() {
    // Offered are eight times as many requests at once as there are workers.
    type Try = (&'static str, fn(&'static str, &Load) -> bool);
    let mut left: Vec<Try> = vec![
        ("Vegas", |what, plain| is_bounded(what, plain, Vegas::new(8, 1000).unwrap())),
        ("Gradient2", |what, plain| {
            is_bounded(what, plain, Gradient2::builder().limits(2, 8, 1000).build().unwrap())
        }),
        // A timer may be late, so a request without a queue takes a little longer than the work.
        ("gradient controller", |what, plain| {
            is_bounded(what, plain, GradientController::new(2, 8, 1000, WORK * 3 / 2).unwrap())
        }),
        ("AIMD", |what, plain| is_bounded(what, plain, Aimd::new(2, 8, 1000, 0.9, 3 * WORK).unwrap())),
    ];
    for _ in 0..3 {
        if left.is_empty() {
            break;
        }
        let plain = block_on(async { load(serve(Workers::new(WORKERS, WORK)).await, REQUESTS).await });
        println!("without a limit {:.0} a second, {:.3} s", plain.throughput, plain.p90);
        left.retain(|(what, try_once)| !try_once(what, &plain));
    }
    let left: Vec<&str> = left.into_iter().map(|(what, _)| what).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_breaker_opens_for_a_broken_backend_and_closes_again() {
    block_on(async {
        let workers = Workers::new(WORKERS, Duration::from_micros(100));
        let (broken, called) = (Arc::clone(&workers.broken), Arc::clone(&workers.called));
        let (window, probes) = (20, 3);
        let breaker = CircuitBreaker::builder()
            .window(window, 10)
            .probes(probes)
            .open_for(Duration::from_millis(100))
            .build()
            .unwrap();
        let (address, service) = serve_behind(breaker, workers).await;
        let state = || service.with_control(|breaker| breaker.state());
        let mut sender = connect(address).await;
        for _ in 0..50 {
            assert_eq!(get(&mut sender).await, StatusCode::OK);
        }
        assert_eq!((state(), called.load(Ordering::Relaxed)), (BreakerState::Closed, 50));

        broken.store(true, Ordering::Relaxed);
        let (mut failures, mut refusals) = (0, 0);
        while refusals < 500 {
            match get(&mut sender).await {
                StatusCode::INTERNAL_SERVER_ERROR => failures += 1,
                StatusCode::SERVICE_UNAVAILABLE => refusals += 1,
                other => panic!("{other}"),
            }
        }
        // Half of the window until it opens, and then nothing but probes, which send it back each time.
        let probing = called.load(Ordering::Relaxed) - 50 - 10;
        println!("broken: {failures} failures, {probing} of them probes; {refusals} refusals");
        assert_eq!(failures, 10 + probing);
        assert!(probing < 10 * u64::from(probes), "{probing}");
        assert_ne!(state(), BreakerState::Closed);

        broken.store(false, Ordering::Relaxed);
        let mut probed = 0;
        // However slow the machine is, this ends: it is open for a tenth of a second.
        while state() != BreakerState::Closed {
            match get(&mut sender).await {
                StatusCode::OK => probed += 1,
                StatusCode::SERVICE_UNAVAILABLE => tokio::time::sleep(Duration::from_millis(1)).await,
                other => panic!("{other}"),
            }
        }
        // A probe of the broken time may have been among them.
        assert!(probed <= probes, "{probed}");
        for _ in 0..50 {
            assert_eq!(get(&mut sender).await, StatusCode::OK);
        }
    });
}

#[test]
fn requests_whose_clients_are_gone_give_their_permits_back() {
    block_on(async {
        let limit = Aimd::new(5, 5, 5, 0.9, Duration::from_secs(3600)).unwrap();
        // Nobody ever gets an answer from it.
        let never = Workers::new(0, WORK);
        let (address, service) = serve_behind(ConcurrencyLimiter::new(limit), never).await;
        let in_flight = || service.with_control(|limiter| limiter.in_flight());
        for round in 1..=10_u64 {
            let callers: Vec<_> = (0..20)
                .map(|_| tokio::spawn(async move { get(&mut connect(address).await).await }))
                .collect();
            while service.with_control(|limiter| limiter.rejected()) < 15 * round {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            assert_eq!(in_flight(), 5);
            for caller in callers {
                caller.abort();
            }
            // The server hears of it when it reads from the connection.
            while in_flight() > 0 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
        assert_eq!(service.with_control(|limiter| limiter.rejected()), 150);
    });
}
