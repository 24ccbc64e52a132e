//! The layer in a service of `hyper` on loopback, under more load than it can do.
//!
//! Judged by counts and by ratios to the same service without a limit. What a busy machine can spoil is tried three times.

use core::convert::Infallible;
use core::time::Duration;
use evenkeel_experience::traffic::layer::{AdmissionError, AdmissionLayer, AdmissionService};
use evenkeel_experience::traffic::{
    AdmissionControl, Aimd, BreakerState, CallOutcome, CircuitBreaker, ConcurrencyLimit, ConcurrencyLimiter,
    Gradient2, GradientController, Refusal, Vegas, Windowed,
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

/// What callers got who asked without a pause, and for a moment after a refusal not.
#[derive(Default)]
struct Load {
    answered: AtomicU32,
    refused: AtomicU32,
}

/// Callers that ask until there is a stop; how long their requests took from the half on, in seconds.
async fn call_until(
    stop: Arc<AtomicBool>,
    half: Arc<AtomicBool>,
    address: SocketAddr,
    load: Arc<Load>,
) -> Vec<f64> {
    let callers: Vec<_> = (0..CALLERS)
        .map(|_| {
            let (stop, half, load) = (Arc::clone(&stop), Arc::clone(&half), Arc::clone(&load));
            tokio::spawn(async move {
                let mut sender = connect(address).await;
                let mut times = Vec::new();
                while !stop.load(Ordering::Relaxed) {
                    let counts = half.load(Ordering::Relaxed);
                    let asked = Instant::now();
                    if get(&mut sender).await != StatusCode::OK {
                        load.refused.fetch_add(1, Ordering::Relaxed);
                        tokio::time::sleep(WORK / 2).await;
                    } else if counts {
                        load.answered.fetch_add(1, Ordering::Relaxed);
                        times.push(asked.elapsed().as_secs_f64());
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
    times.sort_by(f64::total_cmp);
    times
}

/// Whether latency is far below that without a limit, while nearly as much is done. Both are served and called at the same
/// time, so that what else the machine does meets both.
fn is_bounded(what: &str, limit: impl ConcurrencyLimit + Send + 'static) -> bool {
    block_on(async {
        let (stop, half) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let (plain, limited) = (Arc::new(Load::default()), Arc::new(Load::default()));
        let workers = || Workers::new(WORKERS, WORK);
        let without = serve(workers()).await;
        let (address, service) = serve_behind(ConcurrencyLimiter::new(limit), workers()).await;
        let call = |address, load: &Arc<Load>| {
            tokio::spawn(call_until(Arc::clone(&stop), Arc::clone(&half), address, Arc::clone(load)))
        };
        let callers = (call(without, &plain), call(address, &limited));
        // Half of the time is for the limit to be found.
        tokio::time::sleep(40 * WORK).await;
        half.store(true, Ordering::Relaxed);
        while plain.answered.load(Ordering::Relaxed) < 250 {
            tokio::time::sleep(WORK).await;
        }
        stop.store(true, Ordering::Relaxed);
        let (slow, fast) = (callers.0.await.unwrap(), callers.1.await.unwrap());
        assert!(limited.refused.load(Ordering::Relaxed) > 0, "{what}: nobody was refused");
        let p90 = |times: &[f64]| times.get(times.len() * 9 / 10).copied().unwrap_or(f64::INFINITY);
        let latency = p90(&fast) / p90(&slow);
        let throughput = fast.len() as f64 / slow.len() as f64;
        let at = service.with_control(|limiter| limiter.limit());
        println!("{what}: limit {at}, {latency:.2} of the latency, {throughput:.2} of the throughput");
        latency < 0.6 && throughput > 0.8
    })
}

#[test]
fn a_limit_keeps_latency_bounded_and_throughput_high() {
    // Offered are eight times as many requests at once as there are workers.
    let passes = |what: &str, try_once: &dyn Fn() -> bool| {
        assert!((0..3).any(|_| try_once()), "{what}");
    };
    passes("Vegas", &|| is_bounded("Vegas", Windowed::mean(Vegas::new(8, 1000).unwrap(), 20).unwrap()));
    passes("Gradient2", &|| {
        let limit = Gradient2::builder().limits(6, 8, 1000).tolerance(1.3).drift(1.1).build().unwrap();
        is_bounded("Gradient2", Windowed::mean(limit, 20).unwrap())
    });
    passes("gradient controller", &|| {
        // A timer may be late, so a request without a queue takes a little longer than the work.
        let limit = GradientController::with_settings(6, 8, 1000, WORK * 3 / 2, 0.25, 1).unwrap();
        is_bounded("gradient controller", Windowed::quantile(limit, 20, 0.5).unwrap())
    });
    passes("AIMD", &|| {
        let limit = Aimd::new(6, 8, 1000, 0.9, 4 * WORK).unwrap();
        is_bounded("AIMD", Windowed::quantile(limit, 20, 0.9).unwrap())
    });
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
