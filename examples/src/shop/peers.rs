//! Peers of a caller: instances by service, with pooled connections.

use super::release::{Group, Order, Split};
use super::service::Service;
use super::wire::Wire;
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

/// What became of a call.
#[derive(Debug)]
pub(super) struct Called {
    /// The instance that was called; `None` if there was none.
    pub(super) to: Option<Arc<Peer>>,
    pub(super) answer: Result<(), String>,
    pub(super) took: Duration,
}

/// An instance to call.
#[derive(Debug)]
pub(super) struct Peer {
    pub(super) name: String,
    address: SocketAddr,
    idle: Mutex<Vec<Wire>>,
}

#[derive(Debug, Default)]
struct Route {
    peers: Vec<Arc<Peer>>,
    turn: AtomicUsize,
    split: Split,
}

impl Route {
    /// The next instance of those that the split gives this request to, in turn.
    fn next(&self) -> Option<Arc<Peer>> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let group = self.split.group(turn as u64);
        let members = || self.peers.iter().filter(|peer| Group::of(&peer.name) == group);
        members().nth(turn.checked_rem(members().count())?).cloned()
    }
}

/// The instances that can be called, taken in turn.
#[derive(Debug, Default)]
pub(super) struct Peers {
    routes: RwLock<BTreeMap<Service, Route>>,
}

impl Peers {
    /// Replaces the instances of a service. Connections to those that stay are kept; those of the others end
    /// with their calls.
    pub(super) fn set(&self, service: Service, targets: Vec<(String, SocketAddr)>) {
        let mut routes = self.routes.write().unwrap_or_else(PoisonError::into_inner);
        let route = routes.entry(service).or_default();
        route.peers = targets
            .into_iter()
            .map(|(name, address)| {
                let known = route.peers.iter().find(|p| p.name == name && p.address == address);
                known.cloned().unwrap_or_else(|| Arc::new(Peer { name, address, idle: Mutex::default() }))
            })
            .collect();
    }

    /// Divides the calls of a service from now on, unless a newer order was taken.
    pub(super) fn split(&self, service: Service, percent: u8, order: Order) -> bool {
        let mut routes = self.routes.write().unwrap_or_else(PoisonError::into_inner);
        routes.entry(service).or_default().split.set(percent, order)
    }

    /// How the calls of a service are divided.
    pub(super) fn read_split(&self, service: Service) -> Split {
        let routes = self.routes.read().unwrap_or_else(PoisonError::into_inner);
        routes.get(&service).map(|route| route.split).unwrap_or_default()
    }

    /// Calls the next instance of a service and waits for its answer, at most until the deadline.
    pub(super) fn call(&self, service: Service, line: &str, deadline: Instant) -> Called {
        let start = Instant::now();
        let to = {
            let routes = self.routes.read().unwrap_or_else(PoisonError::into_inner);
            routes.get(&service).and_then(Route::next)
        };
        let answer = match &to {
            None => Err(format!("no instance of {service}")),
            Some(peer) => match peer.ask(line, deadline) {
                Ok(answer) if answer == "ok" => Ok(()),
                Ok(answer) => Err(format!("{}: {answer}", peer.name)),
                Err(e) => Err(format!("{}: {e}", peer.name)),
            },
        };
        Called { to, answer, took: start.elapsed() }
    }
}

impl Peer {
    fn ask(&self, line: &str, deadline: Instant) -> io::Result<String> {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = idle().pop();
        if let Some(mut wire) = kept {
            match wire.send(line).and_then(|()| wire.receive(deadline)) {
                Ok(answer) => {
                    idle().push(wire);
                    return Ok(answer);
                }
                // A timeout is an answer; a connection that was closed while it was idle is not.
                Err(e) if matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                    return Err(e);
                }
                Err(_) => {}
            }
        }
        let mut wire = Wire::connect(self.address)?;
        wire.send(line)?;
        let answer = wire.receive(deadline)?;
        idle().push(wire);
        Ok(answer)
    }
}
