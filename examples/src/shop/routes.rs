//! Service discovery: which instances a caller is told of.

use super::fleet::{Fleet, Slot};
use super::process;
use super::service::Service;
use std::net::SocketAddr;

impl Fleet {
    /// The instances of a service that are to be called.
    fn in_service(&self, service: Service) -> Vec<(String, SocketAddr)> {
        let state = self.state();
        let called = state.slots.iter().filter(|slot| slot.service == service && slot.in_service());
        called.filter_map(|slot| Some((slot.name.to_string(), slot.address()?))).collect()
    }

    /// Tells all callers of a service which instances to call.
    pub(super) fn route(&self, service: Service) {
        if service == Service::Edge {
            self.users.set(service, self.in_service(service));
        }
        let line = self.peers_line(service);
        let is_caller = |slot: &&Slot| slot.service.calls().contains(&service);
        let callers: Vec<SocketAddr> =
            self.state().slots.iter().filter(is_caller).filter_map(Slot::address).collect();
        for address in callers {
            // One that can't be told has ended; it learns it when it is started again.
            let _ = process::tell(address, &line);
        }
    }

    /// Tells a new process of a service whom it can call, and whether it is to do without what is optional.
    pub(super) fn introduce(&self, service: Service, address: SocketAddr) {
        for callee in service.calls() {
            let _ = process::tell(address, &self.peers_line(*callee));
            let split = self.state().splits.get(callee).copied();
            if let Some(split) = split {
                let _ = process::tell(address, &format!("split {callee} {split}"));
            }
        }
        if self.state().degraded.contains(&service) {
            let _ = process::tell(address, "degraded true");
        }
    }

    fn peers_line(&self, service: Service) -> String {
        let mut line = format!("peers {service}");
        for (name, address) in self.in_service(service) {
            line.push_str(&format!(" {name}={address}"));
        }
        line
    }
}
