//! Checks of the observer and the driver against the truth.

use super::super::peek::{blamed, held};
use super::super::plant::OBJECTIVE;
use super::{BREACH, CLOCK_SETTLES, DEADLINE, NOTICED, OVER, ROWS, SYMPTOMS, USUALLY, World};
use evenkeel_core::Timestamp;
use evenkeel_remedy::verb::StandardVerb;
use evenkeel_remedy::{Notice, Outcome};
use std::collections::BTreeSet;

impl World {
    /// Holds what is said against the truth.
    pub(super) fn note(&mut self, notice: &Notice<StandardVerb>) {
        let mut plant = self.plant.borrow_mut();
        match notice {
            Notice::Advise { .. } => plant.seen.advised += 1,
            Notice::Ruled { ruling, .. } => {
                let is_halt = ruling.reasons().iter().any(|reason| *reason.guard() == "halt");
                plant.seen.halts += u64::from(is_halt);
            }
            Notice::Closed { outcome: Outcome::Escalated { .. }, .. } => plant.seen.escalated += 1,
            Notice::Closed { outcome: Outcome::Dismissed { .. }, .. } => plant.seen.dismissed += 1,
            Notice::Closed { incident, .. } => {
                plant.seen.recovered += 1;
                let held = self.observer.as_ref().map(|observer| held(observer.state())).unwrap_or_default();
                let symptoms = held.iter().filter(|h| h.number == Some(*incident)).flat_map(|h| &h.symptoms);
                let is_bad = |symptom: &usize| {
                    self.breaches[*symptom].bad >= 4 && self.telemetry[*symptom].proper >= 4
                };
                plant.seen.falsely += u64::from(symptoms.clone().any(is_bad));
            }
            _ => {}
        }
    }

    /// Follows what is so in truth, and for how long it could have been seen.
    pub(super) fn follow_truth(&mut self, proper: [bool; 2]) {
        let is_undisturbed = self.is_up() && !self.died && self.is_clock_settled();
        for (symptom, is_proper) in proper.into_iter().enumerate() {
            let share = self.plant.borrow().bad(symptom);
            let (begins, ends) = self.telemetry[symptom].without;
            let is_without = (begins..ends).contains(&self.tick);
            let breach = &mut self.breaches[symptom];
            let is_clear = is_proper && is_undisturbed;
            // The end of all traffic is told by what was usual, so that has to be known: enough of what is
            // kept, and all by one clock.
            let told = &mut self.telemetry[symptom];
            told.heard = told.heard << 1 | u128::from(is_proper && !is_without);
            let since = self.wrong_at.map_or(0, |at| at + CLOCK_SETTLES).max(self.has_history);
            let kept = self.tick.saturating_sub(since).min(ROWS - 2);
            let is_known = (told.heard & ((1 << kept) - 1)).count_ones() >= 32;
            let is_bad = if is_without { is_known } else { share >= BREACH };
            breach.bad = if is_without || share > OBJECTIVE { breach.bad + 1 } else { 0 };
            breach.fine = match (share <= USUALLY && !is_without, is_clear) {
                (true, true) => breach.fine + 1,
                (true, false) => breach.fine,
                (false, _) => 0,
            };
            breach.seen = if is_bad && is_clear { breach.seen + 1 } else { 0 };
            if breach.fine >= OVER {
                (breach.ended, breach.restarted) = (false, false);
            }
            let told = &mut self.telemetry[symptom];
            told.proper = if is_proper { told.proper + 1 } else { 0 };
        }
        self.plant.borrow_mut().proper += u32::from(is_undisturbed && proper == [true; 2]);
        let is_seen_fine = |s: usize| self.breaches[s].bad == 0 && proper[s];
        if !(is_seen_fine(0) && is_seen_fine(1)) && self.observer.is_some() || !self.is_clock_settled() {
            self.plant.borrow_mut().forget_what_helped();
        }
        // What comes while the observer is away is for nobody to see.
        if self.observer.is_none() && (0..2).any(|s| self.breaches[s].bad > 0) {
            self.plant.borrow_mut().forget_what_helped();
        }
    }

    pub(super) fn audit(&mut self) {
        let (Some(observer), Some(driver)) = (&self.observer, &self.driver) else { return };
        if self.died {
            return;
        }
        let mut plant = self.plant.borrow_mut();
        let held = held(observer.state());
        for (symptom, (name, _)) in SYMPTOMS.iter().enumerate() {
            plant.seen.single += u64::from(held.iter().any(|h| h.symptoms.contains(&symptom)));
            let n = held.iter().flat_map(|h| &h.symptoms).filter(|s| **s == symptom).count();
            if n > 1 {
                plant.violation(&format!("{name} is in {n} incidents"));
            }
        }
        // Both have the same incidents, think the same of them, and know what is under way.
        let here: BTreeSet<u64> = observer.incidents().map(|(number, _)| number).collect();
        let there: BTreeSet<u64> = driver.machine().incidents().collect();
        if here != there {
            plant.violation(&format!("the observer has the incidents {here:?}, the machine {there:?}"));
        }
        // None is open for longer than its deadline, by a clock that was right all the time.
        self.opened.retain(|number, _| there.contains(number));
        for number in &there {
            let opened = *self.opened.entry(*number).or_insert(self.tick);
            let is_over = self.tick > opened + DEADLINE + 1;
            plant.seen.near_deadline += u64::from(self.tick + 2 > opened + DEADLINE);
            if is_over && self.wrong_at.is_none_or(|at| at + CLOCK_SETTLES < opened) {
                plant.violation(&format!("{number} is open since tick {opened}"));
            }
        }
        plant.seen.agreed += u64::from(!here.is_empty());
        plant.seen.several += u64::from(here.len() > 1);
        for held in &held {
            let Some(number) = held.number else { continue };
            let thought = driver.machine().diagnosis(number).map(blamed);
            let is_heard = held.said().is_none() || thought.is_none() || thought == held.said();
            plant.seen.thoughts += u64::from(held.said().is_some() && is_heard);
            if !is_heard {
                plant.violation(&format!("{number}: said {:?}, the machine thinks {thought:?}", held.said()));
            }
            let flights =
                driver.machine().ledger().in_flight().filter(|(key, _)| key.incident == number).count();
            if flights != held.under_way as usize {
                plant.violation(&format!("{number}: {} under way, in truth {flights}", held.under_way));
            }
        }
        for (symptom, breach) in self.breaches.iter().enumerate() {
            if breach.seen < NOTICED {
                continue;
            }
            let mut of_it = held.iter().filter(|h| h.symptoms.contains(&symptom)).filter_map(|h| h.number);
            let is_open = of_it.any(|number| there.contains(&number));
            let (begins, ends) = self.telemetry[symptom].without;
            let is_without = (begins..ends).contains(&self.tick);
            plant.seen.breaches += u64::from(is_open);
            plant.seen.breaches_without_traffic += u64::from(is_open && is_without);
            plant.seen.breaches_over_restart += u64::from(is_open && breach.restarted);
            plant.seen.breaches_ended += u64::from(!is_open && breach.ended);
            if !is_open && !breach.ended {
                let what = SYMPTOMS[symptom].0;
                plant.violation(&format!("{what} is breached for {} ticks without an incident", breach.seen));
            }
        }
        let is_over =
            !self.is_wild && here.is_empty() && self.breaches.iter().all(|b| b.seen == 0 && b.bad == 0);
        drop(plant);
        self.calm = if is_over && self.is_clock_settled() { self.calm + 1 } else { 0 };
    }

    /// After a quiet stretch nothing is open.
    pub(super) fn end(&mut self) {
        let (Some(observer), Some(driver)) = (&self.observer, &self.driver) else {
            return self.violation("something was not started again");
        };
        let here: Vec<(u64, Timestamp)> = observer.incidents().collect();
        let there: Vec<u64> = driver.machine().incidents().collect();
        if !here.is_empty() || !there.is_empty() {
            self.violation(&format!("still open: {here:?} at the observer, {there:?} at the machine"));
        }
        self.plant.borrow_mut().seen.quiet += u64::from(here.is_empty() && there.is_empty());
    }
}
