//! The lifecycle of incidents, from the breach of an objective to the end.

use crate::event::Event;
use crate::incident::Incident;
use crate::observer::Observer;
use crate::state::Observed;
use evenkeel_core::{
    At, Cause, Diagnosis, Evidence, FaultKind, MetricKind, Name, Stage, Subject, Timestamp, Transition, Unit,
};
use evenkeel_remedy::action::Key;
use evenkeel_remedy::executor::Applied;
use evenkeel_remedy::machine::{Predicted, Status};
use evenkeel_remedy::verb::Verb;
use evenkeel_remedy::verify::Verifier;
use evenkeel_remedy::{Notice, Outcome, Remediator, Sample};
use evenkeel_stats::sequential::RateEvidence;

/// So many rows before a fault are needed to say what was normal.
const LEAST_PAST: u32 = 8;

/// What a diagnosis blames first, and as what.
fn blamed(diagnosis: &Diagnosis) -> Option<(&Name, Option<FaultKind>)> {
    diagnosis.causes().first().map(|cause| (&cause.component, cause.kind))
}

/// Whether what was said of an incident still stands beside what is thought now. To see no cause takes none
/// back, and another one takes its place only if it is twice as probable: of two faults at once now the one
/// stands out and now the other. After something was done it also has to be more probable than not.
fn stands(said: &Diagnosis, now: &Diagnosis, is_treated: bool) -> bool {
    let Some(first) = now.causes().first() else { return true };
    if is_treated && first.probability() <= 0.5 {
        return true;
    }
    let Some((before, kind)) = blamed(said) else { return false };
    if *before == first.component {
        return is_treated || kind == first.kind;
    }
    let before = now.causes().iter().find(|cause| cause.component == *before);
    before.is_some_and(|before| before.probability() >= 0.5 * first.probability())
}

/// What kind of fault it is where this kind of metric reaches its limit.
fn exhausted(kind: MetricKind) -> Option<FaultKind> {
    Some(match kind {
        MetricKind::Memory => FaultKind::MemoryExhausted,
        MetricKind::Disk => FaultKind::DiskExhausted,
        MetricKind::Cpu => FaultKind::CpuExhausted,
        MetricKind::Saturation => FaultKind::PoolExhausted,
        MetricKind::Latency => FaultKind::Slow,
        MetricKind::Errors => FaultKind::Errors,
        _ => return None,
    })
}

/// The unit that a metric has by a word of its name.
fn unit_of(metric: &str) -> Option<Unit> {
    let mut words = metric.split(|c: char| !c.is_ascii_alphanumeric());
    words.find_map(|word| match word {
        "bytes" => Some(Unit::Bytes),
        "seconds" => Some(Unit::Seconds),
        "ratio" => Some(Unit::Ratio),
        _ => None,
    })
}

impl<M, T> Observer<M, T>
where
    M: Stage<At<f64>, Output = Transition> + Clone,
    T: Stage<(u64, u64), Output = RateEvidence> + Clone,
{
    pub(crate) fn follow_incidents(&mut self, now: Timestamp, events: &mut Vec<Event>) {
        self.say_what_was_seen(now, events);
        self.notice_breaches(events);
        for place in 0..self.state.incidents.len() {
            if self.is_predicted(place) {
                self.predict(place, now, events);
            } else {
                self.diagnose(place, now, events);
            }
        }
        self.end_what_nobody_took_up(now, events);
        self.state.incidents.retain(|open| !open.symptoms.is_empty());
    }

    fn open(&mut self, number: u64) -> Option<&mut Incident> {
        self.state.incidents.iter_mut().find(|open| open.number == Some(number))
    }

    /// Whether an incident is about what has not happened yet.
    fn is_predicted(&self, place: usize) -> bool {
        let open = &self.state.incidents[place];
        !open.is_foreign && self.state.symptoms[open.symptoms[0]].followed.is_predicted()
    }

    /// Opens an incident about what has not happened yet, or says what is foreseen by now. Its cause is where
    /// the metric is.
    fn predict(&mut self, place: usize, now: Timestamp, events: &mut Vec<Event>) {
        let (state, open) = (&self.state, &self.state.incidents[place]);
        let (first, number) = (open.symptoms[0], open.number);
        let symptom = &state.symptoms[first];
        let Some(forecast) = &symptom.forecast else { return };
        let (Some(deadline), Observed::Limit { signal, unit, .. }) =
            (forecast.deadline(), &self.settings.symptoms[first])
        else {
            return;
        };
        let Some(watched) = state.place_of(signal).map(|metric| &state.metrics[metric]) else { return };
        let unit = unit.unwrap_or_else(|| unit_of(signal.metric.as_str()).unwrap_or(watched.unit));
        let probability = forecast.probability();
        let (value, since) = (deadline.value(), deadline.from());
        let predicted = Box::new(Predicted::new(signal.clone(), unit, deadline));
        if let Some(incident) = number {
            events.push(Event::Forecast { incident, predicted });
            return;
        }
        if self.state.next_incident == u64::MAX {
            return;
        }
        let subject = state.members.resolve(signal);
        let Ok(mut cause) = Cause::new(subject.component.clone(), probability.unwrap_or_default().min(0.999))
        else {
            return;
        };
        cause.kind = exhausted(watched.kind);
        cause.evidence = vec![Evidence {
            localizer: "forecast".into(),
            subject: Subject::Signal(subject),
            observed: value,
            expected: None,
            unit,
            since,
            weight: 1.0,
        }];
        let Ok(diagnosis) = Diagnosis::new(now, vec![cause]) else { return };
        let symptom = symptom.followed.name.clone();
        let state = &mut self.state;
        let incident = state.next_incident;
        state.next_incident += 1;
        let open = &mut state.incidents[place];
        (open.number, open.reported) = (Some(incident), Some(diagnosis.clone()));
        events.push(Event::Predicted { incident, symptom, diagnosis, predicted });
    }

    /// What was done about an incident has had its effect by then: forecasts of its symptoms begin anew.
    fn took_effect(&mut self, incident: u64, from: Timestamp) {
        let state = &mut self.state;
        let Some(open) = state.incidents.iter().find(|open| open.number == Some(incident)) else { return };
        for symptom in &open.symptoms {
            let symptom = &mut state.symptoms[*symptom];
            if symptom.followed.is_predicted() {
                symptom.forecast.iter_mut().for_each(|forecast| forecast.restart(from));
            }
        }
    }

    fn say_what_was_seen(&mut self, now: Timestamp, events: &mut Vec<Event>) {
        let state = &mut self.state;
        for symptom in &mut state.symptoms {
            symptom.is_seen = symptom.followed.is_seen();
        }
        for place in 0..state.symptoms.len() {
            let open = state.incidents.iter().find(|open| open.symptoms.contains(&place));
            // Where there are several symptoms, all of them have to be seen: what one shows says nothing of
            // another that is silent. But a series that joined, of something that was taken out of service,
            // need not come again.
            let is_whole = open.is_none_or(|open| {
                let is_over = |other: usize| {
                    let signal = self.settings.symptoms[other].signal();
                    open.symptoms[0] != other
                        && signal.is_some_and(|signal| open.has_touched(signal))
                        && state.symptoms[other].source.is_silent(now, &self.settings.limits)
                };
                let mut others = open.symptoms.iter().filter(|other| **other != place);
                others.all(|other| state.symptoms[*other].is_seen || is_over(*other))
            });
            let from = open.and_then(|open| open.verified_from);
            let symptom = &mut state.symptoms[place];
            symptom.sample = if is_whole { symptom.followed.sample(from) } else { None };
        }
        for open in &state.incidents {
            let Some(incident) = open.number else { continue };
            // Of several symptoms the one that fares worst counts: what heals one must not hide another.
            let share = |sample: &At<Sample>| match sample.value {
                Sample::Counts { good, bad } => bad as f64 / (good as f64 + bad as f64),
                _ => 0.0,
            };
            let samples = open.symptoms.iter().filter_map(|place| state.symptoms[*place].sample);
            let worst = samples.max_by(|a, b| share(a).total_cmp(&share(b)));
            let sample = worst.unwrap_or(At::new(now, Sample::Missing));
            events.push(Event::Seen { incident, sample });
        }
    }

    fn notice_breaches(&mut self, events: &mut Vec<Event>) {
        let state = &mut self.state;
        for (place, symptom) in state.symptoms.iter().enumerate() {
            let Some((since, breach)) = symptom.followed.breached else { continue };
            if state.incidents.iter().any(|open| open.symptoms.contains(&place)) {
                continue;
            }
            let symptom = symptom.followed.name.clone();
            events.push(Event::ObjectiveBreached { symptom, since, breach });
            state.incidents.push(Incident::new(None, place, since));
        }
    }

    /// Diagnoses an incident: once enough evidence is there, and again while that changes what is thought;
    /// after four times the time of evidence only once in that time. Once something was done, and users are
    /// not fine, it is diagnosed by what was seen since that settled: then what was treated is blamed no
    /// more, or it is still to blame.
    fn diagnose(&mut self, place: usize, now: Timestamp, events: &mut Vec<Event>) {
        let evidence = self.settings.evidence;
        let open = &self.state.incidents[place];
        if now.since(open.since) < evidence || open.is_foreign {
            return;
        }
        let known = open.reported.as_ref().and_then(blamed).is_some();
        // Without rows from before the fault a new diagnosis is not better than the first; keep it.
        let history = &self.state.history;
        let sees_past = open.since >= history.known_from() + LEAST_PAST * history.step();
        if known && !sees_past {
            // What is thought stands; the machine may still have to hear of it.
            if let (None, Some(diagnosis)) = (open.number, open.reported.clone()) {
                self.begin(place, diagnosis, events);
            }
            return;
        }
        let is_old = now.since(open.since) > evidence.saturating_mul(4);
        let is_fresh = open.last_diagnosed.is_some_and(|at| now.since(at) < evidence);
        if open.number.is_some() && known && is_old && is_fresh {
            return;
        }
        let seen_from = open.seen_from(now);
        if open.number.is_some() {
            let is_enough = seen_from.is_some_and(|from| now.since(from) >= evidence);
            let symptoms = &self.state.symptoms;
            let is_calm = open.symptoms.iter().all(|symptom| symptoms[*symptom].followed.is_calm());
            if !is_enough || open.is_treated && is_calm {
                return;
            }
        }
        let Ok(diagnosis) = self.think(place, seen_from.unwrap_or(open.since), now) else { return };
        let state = &mut self.state;
        state.incidents[place].last_diagnosed = Some(now);
        let Some(incident) = state.incidents[place].number else {
            return self.begin(place, diagnosis, events);
        };
        let open = &mut state.incidents[place];
        if open.reported.as_ref().is_some_and(|said| stands(said, &diagnosis, open.is_treated)) {
            return;
        }
        open.reported = Some(diagnosis.clone());
        events.push(Event::Diagnosed { incident, diagnosis });
    }

    /// Opens what has no number yet, or joins it with an incident of the same cause.
    fn begin(&mut self, place: usize, diagnosis: Diagnosis, events: &mut Vec<Event>) {
        let state = &mut self.state;
        let component = |diagnosis: &Diagnosis| blamed(diagnosis).map(|(name, _)| name.clone());
        let cause = component(&diagnosis);
        // Of two causes that are not known it can only be said whether they began together.
        let (since, evidence) = (state.incidents[place].since, self.settings.evidence);
        let is_same = |open: &Incident| {
            open.number.is_some()
                && open.reported.as_ref().is_some_and(|said| component(said) == cause)
                && (cause.is_some()
                    || since.since(open.since) <= evidence && open.since.since(since) <= evidence)
        };
        if let Some(other) = state.incidents.iter().position(is_same) {
            let joins = core::mem::take(&mut state.incidents[place].symptoms);
            for symptom in joins {
                state.incidents[other].symptoms.push(symptom);
                let symptom = state.symptoms[symptom].followed.name.clone();
                let incident = state.incidents[other].number.unwrap_or_default();
                events.push(Event::Joined { incident, symptom });
            }
            return;
        }
        if state.next_incident == u64::MAX {
            return;
        }
        let incident = state.next_incident;
        state.next_incident += 1;
        let open = &mut state.incidents[place];
        (open.number, open.reported) = (Some(incident), Some(diagnosis.clone()));
        let symptom = state.symptoms[open.symptoms[0]].followed.name.clone();
        events.push(Event::Opened { incident, symptom, diagnosis });
    }

    /// Where there is no machine, an incident is over when its symptoms have been calm for as long as
    /// evidence is gathered.
    fn end_what_nobody_took_up(&mut self, now: Timestamp, events: &mut Vec<Event>) {
        let (state, length) = (&mut self.state, self.settings.evidence);
        let mut over = Vec::new();
        for (place, open) in state.incidents.iter_mut().enumerate() {
            let is_calm = open.symptoms.iter().all(|symptom| state.symptoms[*symptom].is_calm());
            open.calm_since = open.calm_since.or(Some(now)).filter(|_| is_calm);
            if !open.is_taken_up && open.calm_since.is_some_and(|since| now.since(since) >= length) {
                over.push(place);
            }
        }
        for place in over {
            let open = &mut state.incidents[place];
            for symptom in core::mem::take(&mut open.symptoms) {
                state.symptoms[symptom].followed.close(true);
            }
            if let Some(incident) = open.number {
                events.push(Event::Subsided { incident });
            }
        }
    }

    /// Heeds what the machine says: what is done, from when on requests count for verification, which
    /// incidents ended.
    ///
    /// All that a [`Driver`](evenkeel_remedy::driver::Driver) says is to be handed in, before the next tick,
    /// whatever it was told: deadlines come to light with any event. Incidents that others opened are
    /// followed as well if their symptom is one of this observer's, or is not named: it, or the first, tells
    /// the verifier how users fare. They are not diagnosed here.
    pub fn heed<V: Verb>(&mut self, notice: &Notice<V>) {
        let now = self.state.clock.now().unwrap_or_default();
        let incident = notice.incident();
        let reported = self.open(incident).and_then(|open| open.reported.clone());
        let state = &mut self.state;
        state.changes.heed(now, notice, reported.as_ref(), &state.members);
        match notice {
            Notice::Opened { symptom, diagnosis, .. } => {
                self.taken_up(incident, symptom.as_ref(), diagnosis, now);
            }
            Notice::NotOpened { next, .. } => {
                state.next_incident = state.next_incident.max(*next);
                if let Some(open) = self.open(incident).filter(|open| !open.is_taken_up) {
                    open.number = None;
                }
            }
            Notice::Acts { action, .. } => {
                if let Some(open) = self.open(incident) {
                    open.under_way = open.under_way.saturating_add(1);
                    open.touch(&action.target);
                }
            }
            Notice::Settled { outcome, .. } => {
                if let Some(open) = self.open(incident) {
                    open.under_way = open.under_way.saturating_sub(1);
                    open.is_treated |= !matches!(outcome, Applied::Absent { .. });
                    let from = open.verified_from.unwrap_or(now);
                    if !matches!(outcome, Applied::Absent { .. }) {
                        self.took_effect(incident, from);
                    }
                }
            }
            Notice::Followed { .. } => {
                if let Some(open) = self.open(incident) {
                    (open.is_treated, open.awaits_effect) = (true, true);
                }
            }
            Notice::Verifying { from, .. } => {
                if let Some(open) = self.open(incident) {
                    open.verified_from = Some(*from);
                    if core::mem::take(&mut open.awaits_effect) {
                        self.took_effect(incident, *from);
                    }
                }
            }
            Notice::Closed { outcome, .. } => {
                self.close(incident, matches!(outcome, Outcome::Recovered | Outcome::Subsided));
            }
            _ => {}
        }
    }

    fn close(&mut self, incident: u64, is_fine: bool) {
        let state = &mut self.state;
        let Some(place) = state.incidents.iter().position(|open| open.number == Some(incident)) else {
            return;
        };
        let open = state.incidents.remove(place);
        for symptom in open.symptoms {
            // That others gave up does not mean that our own breach is dealt with.
            if is_fine || !open.is_foreign {
                state.symptoms[symptom].followed.close(is_fine);
            }
        }
    }

    /// A machine opened an incident: one that was said here, or another's.
    fn taken_up(&mut self, incident: u64, symptom: Option<&Name>, diagnosis: &Diagnosis, now: Timestamp) {
        let state = &mut self.state;
        state.next_incident = state.next_incident.max(incident.saturating_add(1));
        let symptoms = &state.symptoms;
        let is_own = |open: &Incident| {
            open.reported.as_ref() == Some(diagnosis)
                && open.symptoms.first().map(|place| &symptoms[*place].followed.name) == symptom
        };
        if let Some(open) = state.incidents.iter_mut().find(|open| open.number == Some(incident)) {
            if open.is_taken_up || is_own(open) {
                open.is_taken_up = true;
                open.verified_from = Some(now);
                return;
            }
            // Somebody else was first to take this number.
            open.number = None;
        }
        self.follow_foreign(incident, symptom, diagnosis.clone(), now);
    }

    /// Follows an incident that somebody else opened, if its symptom is one of ours, or is not said: then the
    /// first tells how users fare. A symptom that has an incident, or is about to have one, goes on with
    /// that.
    fn follow_foreign(
        &mut self,
        incident: u64,
        symptom: Option<&Name>,
        diagnosis: Diagnosis,
        now: Timestamp,
    ) {
        let state = &mut self.state;
        let place = match symptom {
            Some(name) => state.symptoms.iter().position(|s| s.followed.name == *name),
            None => Some(0),
        };
        let Some(place) = place else { return };
        let is_taken = state.incidents.iter().any(|open| open.symptoms.contains(&place));
        if is_taken || state.symptoms[place].followed.breached.is_some() {
            return;
        }
        let mut open = Incident::new(Some(incident), place, now);
        (open.reported, open.is_taken_up) = (Some(diagnosis), true);
        (open.verified_from, open.is_foreign) = (Some(now), true);
        state.incidents.push(open);
    }

    /// Takes over an incident that was open before a restart.
    fn adopt(&mut self, incident: u64, symptom: Option<&Name>, diagnosis: Diagnosis, since: Timestamp) {
        let state = &mut self.state;
        let place = state.symptoms.iter().position(|s| Some(&s.followed.name) == symptom).unwrap_or(0);
        // A symptom that is breached and has no number yet is what this incident is about.
        state.incidents.retain(|open| open.number.is_some() || !open.symptoms.contains(&place));
        let open = Incident::new(Some(incident), place, since);
        state.incidents.push(Incident {
            reported: Some(diagnosis),
            is_taken_up: true,
            verified_from: Some(since),
            ..open
        });
    }

    /// What was open before a restart has not happened yet: it is verified by what is foreseen.
    fn adopt_prediction(&mut self, incident: u64, since: Timestamp) {
        let state = &mut self.state;
        let open = state.incidents.iter().find(|open| open.number == Some(incident));
        if let Some(symptom) = open.map(|open| &mut state.symptoms[open.symptoms[0]])
            && symptom.forecast.is_some()
        {
            symptom.followed.foresee(since, true);
        }
    }

    /// Goes on with the incidents of a machine after a restart of either: those that it has open and this
    /// observer does not know are taken over, with what was thought and done; those that ended meanwhile are
    /// forgotten; those that it never heard of are said anew at the next tick.
    ///
    /// Events that were said before and are not passed on yet are to be dropped: what of them matters is said
    /// anew, diagnoses too.
    ///
    /// To be called once, before the next tick, with the machine of a
    /// [`Driver`](evenkeel_remedy::driver::Driver) that was recovered, and with this observer fresh,
    /// [restored](crate::ObserverBuilder::restore) from a snapshot, which may be older than the log, or as it
    /// was.
    pub fn resume<V: Verb, R: Verifier + Clone>(&mut self, machine: &Remediator<V, R>) {
        let own: Vec<u64> = self.state.incidents.iter().filter_map(|open| open.number).collect();
        self.state.next_incident = self.state.next_incident.max(machine.next_incident());
        for incident in own {
            if machine.diagnosis(incident).is_some() {
                continue;
            }
            if self.open(incident).is_some_and(|open| open.is_taken_up) || incident < machine.next_incident()
            {
                self.close(incident, true);
            } else if let Some(open) = self.open(incident) {
                open.number = None;
            }
        }
        let is_under_way = |key: &Key| machine.ledger().in_flight().any(|(flying, _)| flying == key);
        self.state.changes.keep_under_way(is_under_way);
        for incident in machine.incidents() {
            let Some(situation) = machine.situation(incident) else { continue };
            if self.open(incident).is_none() {
                let diagnosis = situation.diagnosis().clone();
                self.adopt(incident, situation.symptom(), diagnosis, situation.opened());
                if situation.predicted().is_some() {
                    self.adopt_prediction(incident, situation.opened());
                }
            }
            let flights = machine.ledger().in_flight().filter(|(key, _)| key.incident == incident);
            let flights: Vec<_> =
                flights.map(|(key, flight)| (*key, flight.action.target.clone(), flight.since)).collect();
            let was_done =
                situation.tried().iter().filter(|tried| !tried.advised).map(|tried| tried.at).min();
            let is_done =
                matches!(machine.status(incident), Some(Status::Verifying { .. } | Status::Keeping { .. }))
                    && !machine.is_advice(incident);
            if is_done || was_done.is_some() {
                self.state.changes.was_done(incident, was_done.unwrap_or(situation.opened()));
            }
            let under_way = u32::try_from(flights.len()).unwrap_or(u32::MAX);
            if let Some(open) = self.open(incident) {
                open.is_taken_up = true;
                open.under_way = under_way;
                open.is_treated |= is_done || was_done.is_some();
                let tried = situation.tried().iter().filter(|tried| !tried.advised);
                let tried = tried.flat_map(|tried| tried.plan.steps()).map(|step| &step.action().target);
                let flying = flights.iter().map(|(_, target, _)| target);
                flying.chain(tried).for_each(|target| open.touch(target));
                open.verified_from = machine.verified_from(incident).or(open.verified_from);
                // What the machine did not hear is thought again, and said if it is still thought.
                open.reported = Some(situation.diagnosis().clone());
                open.last_diagnosed = None;
            }
            for (key, target, since) in flights {
                self.state.changes.begin(key, target, since);
            }
        }
    }
}
