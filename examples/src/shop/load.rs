//! Users: requests at a steady rate, whatever becomes of those before.

use super::event::{Flow, ShopEvent};
use super::fleet::Fleet;
use super::service::Service;
use evenkeel::stats::Generator;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// A request that takes longer is bad.
const GOOD: Duration = Duration::from_millis(250);
/// When users give up.
const PATIENCE: Duration = Duration::from_millis(1000);
/// Ten times the rate at which they would all be waiting for what never comes.
const USERS: usize = 512;

#[derive(Debug)]
struct Due {
    at: Instant,
    flow: Flow,
}

/// Sends requests until the shop is closed, then waits for the last answers.
pub(super) fn run(fleet: &Arc<Fleet>) {
    let (sender, due) = mpsc::channel();
    let due = Arc::new(Mutex::new(due));
    let outstanding = Arc::new(AtomicUsize::new(0));
    let mut users = Vec::new();
    let mut generator = Generator::new(fleet.settings.seed);
    let start = Instant::now();
    for i in 0_u32.. {
        // From the start, so that lateness does not add up.
        let at = start + Duration::from_secs_f64(f64::from(i) / fleet.settings.rate);
        thread::sleep(at.saturating_duration_since(Instant::now()));
        if fleet.stopped() {
            break;
        }
        let late = u64::try_from(at.elapsed().as_nanos()).unwrap_or(u64::MAX);
        fleet.load_late.fetch_max(late, Ordering::Relaxed);
        let flow = if generator.uniform() < 0.5 { Flow::Buy } else { Flow::Browse };
        if outstanding.fetch_add(1, Ordering::Relaxed) >= users.len() && users.len() < USERS {
            let (fleet, due, outstanding) = (Arc::clone(fleet), Arc::clone(&due), Arc::clone(&outstanding));
            users.push(thread::spawn(move || user(&fleet, &due, &outstanding)));
        }
        if sender.send(Due { at, flow }).is_err() {
            break;
        }
    }
    drop(sender);
    for user in users {
        let _ = user.join();
    }
}

/// Makes one request after another. The time of a request runs from when it was due.
fn user(fleet: &Fleet, due: &Mutex<Receiver<Due>>, outstanding: &AtomicUsize) {
    loop {
        let next = due.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(Due { at, flow }) = next else { return };
        let called = fleet.users.call(Service::Edge, &format!("do {} users", flow.name()), at + PATIENCE);
        let took = at.elapsed();
        outstanding.fetch_sub(1, Ordering::Relaxed);
        let good = called.answer.is_ok() && took <= GOOD;
        let seconds = took.as_secs_f64();
        fleet.emit(ShopEvent::Request { at: fleet.clock.now(), good, seconds, flow });
    }
}
