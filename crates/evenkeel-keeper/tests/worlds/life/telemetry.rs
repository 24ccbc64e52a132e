//! Telemetry of the world as the observer and the driver get it, with losses.

use super::super::plant::{BACKENDS, Cure, EDGES, target};
use super::{REQUESTS, World, true_time};
use core::time::Duration;
use evenkeel_core::{At, Signal, Timestamp};
use evenkeel_keeper::Calls;
use evenkeel_remedy::Event as Told;

impl World {
    pub(super) fn report_health(&mut self) {
        for backend in 0..3 {
            let size = self.plant.borrow().sizes[backend];
            for instance in 0..size {
                if !(self.tick as usize + instance).is_multiple_of(3) || self.chance(self.wildness.telemetry)
                {
                    continue;
                }
                let health = At::new(self.reading(), self.plant.borrow().health(backend, instance));
                self.pass_on(Told::Health { target: target(backend, instance), health });
            }
        }
    }

    /// When those who report say that it is.
    pub(super) fn stamp(&self) -> Timestamp {
        if self.shares_clock { self.reading() } else { true_time(self.tick) }
    }

    pub(super) fn tell_metrics(&mut self) {
        let stamp = self.stamp();
        let Some(observer) = &mut self.observer else { return };
        let plant = self.plant.borrow();
        let mut place = 0;
        let mut slow = [false; 3];
        for (backend, is_any_slow) in slow.iter_mut().enumerate() {
            for instance in 0..plant.sizes[backend] {
                let is_slow = plant.is_faulty(backend, instance);
                *is_any_slow |= is_slow;
                let value = if is_slow { 0.6 } else { 0.02 } * (1.0 + 0.1 * self.random.normal());
                if let Some(signal) = self.signals.get(place)
                    && (self.tick + place as u32).is_multiple_of(2)
                {
                    observer.observe_by_id(stamp, *signal, value);
                }
                place += 1;
            }
        }
        if self.tick.is_multiple_of(2) {
            for (from, to) in EDGES {
                let is_slow = BACKENDS.iter().position(|name| *name == to).is_some_and(|b| slow[b]);
                let mean = if is_slow { 0.4 } else { 0.02 } * (1.0 + 0.1 * self.random.normal());
                observer.call(stamp, from, to, Calls { count: 12, failed: 0, mean });
            }
        }
        for fault in plant.faults.iter().filter(|f| f.cure == Cure::RollBack && f.begins == self.tick) {
            observer.change(stamp, BACKENDS[fault.backend]);
        }
        drop(plant);
        if self.chance(self.wildness.names) {
            let signal = Signal::new("odd", format!("request-{}", self.tick));
            if let Some(observer) = &mut self.observer {
                observer.observe(stamp, &signal, 1.0);
            }
        }
    }

    /// Tells of the requests of a symptom, or does not; whether that was as it should be.
    pub(super) fn tell_requests(&mut self, symptom: usize) -> bool {
        let (tick, id, stamp) = (self.tick, self.symptoms[symptom], self.stamp());
        let share = self.plant.borrow().bad(symptom);
        let bad = (0..REQUESTS).filter(|_| self.random.uniform() < share).count() as u64;
        let (mut good, mut bad) = (REQUESTS - bad, bad);
        let (begins, ends) = self.telemetry[symptom].without;
        if (begins..ends).contains(&tick) {
            (good, bad) = (0, 0);
        }
        if self.chance(0.5 * self.wildness.telemetry) {
            let length = 1 + self.random.uniform_below(20) as u32;
            self.telemetry[symptom].silent_until = tick + length;
        }
        let is_silent = self.is_wild && tick < self.telemetry[symptom].silent_until;
        let fate = if self.chance(self.wildness.telemetry) { self.random.uniform_below(4) } else { 9 };
        let delay = 1 + self.random.uniform_below(6) as u32;
        let told = &mut self.telemetry[symptom];
        let Some(observer) = &mut self.observer else {
            told.late.clear();
            return false;
        };
        for (_, at, good, bad) in told.late.extract_if(.., |(when, ..)| *when <= tick) {
            observer.request_of(at, id, good, bad);
        }
        match fate {
            _ if is_silent => return false,
            0 => told.late.push((tick + delay, stamp, good, bad)),
            1 => {
                observer.request_of(stamp, id, good, bad);
                observer.request_of(stamp, id, good, bad);
            }
            2 => observer.request_of(stamp + Duration::from_secs(30), id, good, bad),
            3 => observer.request_of(stamp + Duration::from_secs(86_400), id, good, bad),
            _ => {
                observer.request_of(stamp, id, good, bad);
                return true;
            }
        }
        false
    }
}
