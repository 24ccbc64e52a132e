//! The sampler: asks every instance for its metrics, and measures how late it wakes up itself.

use super::event::{ShopEvent, Side};
use super::fleet::Fleet;
use super::metrics::{Scraped, Span};
use super::wire::Wire;
use evenkeel::prelude::{Name, Timestamp};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

/// How long all instances together have for their answers.
const TIMEOUT: Duration = Duration::from_millis(120);

/// Scrapes until the shop is closed.
pub(super) fn run(fleet: &Fleet) {
    let every = fleet.settings.scrape_every;
    let mut wires: BTreeMap<SocketAddr, Wire> = BTreeMap::new();
    let mut due = Instant::now() + every;
    while !fleet.stopped() {
        thread::sleep(due.saturating_duration_since(Instant::now()));
        let wake_delay = due.elapsed();
        let load_late = Duration::from_nanos(fleet.load_late.swap(0, Ordering::Relaxed));
        let at = fleet.clock.now();
        fleet.emit(ShopEvent::Tick { at, wake_delay, load_late });
        wires = round(fleet, at, wires);
        // Rounds that were missed are not made up for.
        while due <= Instant::now() {
            due += every.max(Duration::from_millis(1));
        }
    }
}

/// Asks all, then listens to all. Gives back the connections that can be used again.
fn round(fleet: &Fleet, at: Timestamp, mut wires: BTreeMap<SocketAddr, Wire>) -> BTreeMap<SocketAddr, Wire> {
    let targets: Vec<(Name, Option<SocketAddr>)> =
        fleet.state().slots.iter().map(|slot| (slot.name.clone(), slot.address())).collect();
    let deadline = Instant::now() + TIMEOUT;
    let asked: Vec<_> = targets
        .into_iter()
        .map(|(name, address)| {
            let wire = address.and_then(|address| {
                let mut wire = wires.remove(&address).map_or_else(|| Wire::connect(address), Ok).ok()?;
                wire.send("metrics").ok()?;
                Some((address, wire))
            });
            (name, wire)
        })
        .collect();
    let mut kept = BTreeMap::new();
    for (instance, wire) in asked {
        let scraped = wire.and_then(|(address, mut wire)| {
            let scraped = Scraped::parse(&wire.receive(deadline).ok()?)?;
            kept.insert(address, wire);
            Some(scraped)
        });
        let metrics = scraped.as_ref().map(|scraped| scraped.metrics);
        fleet.emit(ShopEvent::Scrape { at, instance: instance.clone(), metrics });
        for span in scraped.into_iter().flat_map(|scraped| scraped.spans) {
            fleet.emit(calls(at, &instance, span));
        }
    }
    kept
}

fn calls(at: Timestamp, instance: &Name, span: Span) -> ShopEvent {
    let Span { other, served, count, errors, slow, seconds } = span;
    let other = Name::from(other);
    let (from, to, side) = if served {
        (other, instance.clone(), Side::Server)
    } else {
        (instance.clone(), other, Side::Client)
    };
    ShopEvent::Calls { at, from, to, side, count, errors, slow, mean: seconds / count as f64 }
}
