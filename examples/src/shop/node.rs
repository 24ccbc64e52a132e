//! The program of an instance.

use super::defect::{Death, Defect};
use super::peers::Peers;
use super::pool::Pool;
use super::recorder::Recorder;
use super::release::Split;
use super::service::Service;
use super::strain::{Ballast, Burn, Outbox};
use super::wire::Wire;
use evenkeel::stats::Generator;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Carries an instance's name, and behind a `|` the defect of its version.
pub(super) const ENVIRONMENT: &str = "EVENKEEL_SHOP_INSTANCE";
/// Precedes the port on standard output.
pub(super) const PORT: &str = "shop-port ";

/// How many connections a store has.
const POOL: usize = 8;
/// How long a call may take.
const CALL: Duration = Duration::from_millis(1000);
/// How long a call of what is optional may take.
const OPTIONAL_CALL: Duration = Duration::from_millis(400);
/// How long a request waits for a connection of the store.
const POOL_WAIT: Duration = Duration::from_millis(400);

/// Is this process an instance of a shop? Then it serves until its standard input closes, and this does not
/// return. Otherwise nothing happens.
pub fn run_if_service() {
    let Ok(what) = std::env::var(ENVIRONMENT) else { return };
    let Some((name, defect)) = what.split_once('|') else { return };
    let (Some(service), Some(defect)) = (Service::of(name), Defect::parse(defect)) else { return };
    if defect.death == Some(Death::Killed) {
        process::exit(1);
    }
    process::exit(i32::from(serve(name, service, defect).is_err()));
}

#[derive(Debug)]
struct Node {
    name: String,
    service: Service,
    defect: Defect,
    generator: Mutex<Generator>,
    recorder: Recorder,
    peers: Peers,
    pool: Option<Pool>,
    outbox: Outbox,
    ballast: Ballast,
    burn: Burn,
    slow_millis: AtomicU64,
    leaking: AtomicBool,
    hung: AtomicBool,
    degraded: AtomicBool,
}

fn serve(name: &str, service: Service, defect: Defect) -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let mut generator = Generator::stream(u64::from(process::id()), 1);
    let flusher = generator.split();
    let node = Arc::new(Node {
        name: name.to_string(),
        service,
        defect,
        generator: Mutex::new(generator),
        recorder: Recorder::new(),
        peers: Peers::default(),
        pool: (service == Service::Store).then(|| Pool::new(POOL)),
        outbox: Outbox::default(),
        ballast: Ballast::default(),
        burn: Burn::default(),
        slow_millis: AtomicU64::new(0),
        leaking: AtomicBool::new(false),
        hung: AtomicBool::new(defect.death == Some(Death::Hung)),
        degraded: AtomicBool::new(false),
    });
    let mut output = io::stdout();
    write!(output, "\n{PORT}{}\n", listener.local_addr()?.port())?;
    output.flush()?;
    thread::spawn(|| {
        let _ = io::stdin().read_to_end(&mut Vec::new());
        process::exit(0);
    });
    thread::spawn({
        let node = Arc::clone(&node);
        move || node.outbox.run(flusher)
    });
    for stream in listener.incoming().flatten() {
        let node = Arc::clone(&node);
        thread::spawn(move || node.converse(stream));
    }
    Ok(())
}

impl Node {
    /// Answers lines until the other side hangs up.
    fn converse(self: Arc<Self>, stream: TcpStream) -> Option<()> {
        let mut wire = Wire::new(stream).ok()?;
        loop {
            let line = wire.receive_whenever().ok()?;
            let control = line.starts_with("hung ");
            while !control && self.hung.load(Ordering::Relaxed) {
                thread::sleep(Duration::from_millis(20));
            }
            let answer = self.answer(&line).unwrap_or_else(|| "not understood".into());
            wire.send(&answer).ok()?;
        }
    }

    fn answer(self: &Arc<Self>, line: &str) -> Option<String> {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        match verb {
            "do" => {
                let (flow, caller) = rest.split_once(' ')?;
                return Some(self.handle(flow, caller));
            }
            "metrics" => return Some(self.recorder.scrape(self.pool.as_ref(), &self.outbox).line()),
            "inflight" => return Some(self.recorder.inflight.load(Ordering::Relaxed).to_string()),
            "peers" => {
                let mut words = rest.split(' ');
                let service = Service::of(words.next()?)?;
                let target = |word: &str| {
                    let (name, address) = word.split_once('=')?;
                    Some((name.to_string(), address.parse().ok()?))
                };
                self.peers.set(service, words.map(target).collect::<Option<_>>()?);
            }
            "split" => {
                let (service, order) = rest.split_once(' ').unwrap_or((rest, ""));
                let service = Service::of(service)?;
                if order.is_empty() {
                    return Some(self.peers.read_split(service).to_string());
                }
                let split = Split::parse(order)?;
                if !self.peers.split(service, split.percent, split.order?) {
                    return Some("a newer order was taken".into());
                }
            }
            "degraded" => self.degraded.store(rest == "true", Ordering::Relaxed),
            "slow" => self.slow_millis.store(rest.parse().ok()?, Ordering::Relaxed),
            "leaking" => self.leaking.store(rest == "true", Ordering::Relaxed),
            "hung" => self.hung.store(rest == "true", Ordering::Relaxed),
            "outbox" => self.outbox.hold(rest.parse().ok()?),
            "memory" => self.ballast.hold(rest.parse().ok()?),
            "burn" => {
                if self.burn.millicores.swap(rest.parse().ok()?, Ordering::Relaxed) == 0 {
                    let node = Arc::clone(self);
                    thread::spawn(move || node.burn.run());
                }
            }
            "exit" => process::exit(1),
            _ => return None,
        }
        Some("ok".into())
    }

    /// Handles a request: `ok`, or what went wrong.
    fn handle(&self, flow: &str, caller: &str) -> String {
        let start = Instant::now();
        self.recorder.inflight.fetch_add(1, Ordering::Relaxed);
        let done = self.work(flow);
        self.outbox.push();
        self.recorder.inflight.fetch_sub(1, Ordering::Relaxed);
        self.recorder.handled(caller, done.is_ok(), start.elapsed());
        done.err().unwrap_or_else(|| "ok".into())
    }

    fn work(&self, flow: &str) -> Result<(), String> {
        self.burn.pass();
        let (wait, luck) = {
            let mut generator = self.generator.lock().unwrap_or_else(PoisonError::into_inner);
            (Duration::from_secs_f64(0.005 + 0.005 * generator.uniform()), generator.uniform())
        };
        let slow = Duration::from_millis(self.slow_millis.load(Ordering::Relaxed)) + self.defect.delay();
        match &self.pool {
            None => thread::sleep(wait + slow),
            Some(pool) => {
                thread::sleep(slow);
                let start = Instant::now();
                let held = pool.acquire(start + POOL_WAIT);
                self.recorder.waited(start.elapsed());
                let held = held.ok_or("no connection free")?;
                thread::sleep(wait);
                if self.leaking.load(Ordering::Relaxed) {
                    held.leak();
                }
            }
        }
        if luck < self.defect.failing {
            return Err("internal error".into());
        }
        match self.service {
            Service::Edge if flow == "buy" => self.call(Service::Cart, flow),
            Service::Edge => self.call(Service::Catalog, flow),
            Service::Cart => {
                self.call(Service::Payments, flow)?;
                self.call(Service::Store, flow)
            }
            Service::Catalog => {
                self.call(Service::Store, flow)?;
                if self.degraded.load(Ordering::Relaxed) {
                    Ok(())
                } else {
                    self.call(Service::Recommend, flow)
                }
            }
            Service::Payments | Service::Store | Service::Recommend => Ok(()),
        }
    }

    fn call(&self, service: Service, flow: &str) -> Result<(), String> {
        let timeout = if self.service.optional() == Some(service) { OPTIONAL_CALL } else { CALL };
        let line = format!("do {flow} {}", self.name);
        let called = self.peers.call(service, &line, Instant::now() + timeout);
        let to = called.to.as_ref().map_or(service.name(), |peer| &peer.name);
        self.recorder.called(to, called.answer.is_ok(), called.took);
        called.answer
    }
}
