//! The remediator and the observer under hostile clocks, reports, settings and answers: no panic, no key
//! twice, tokens that never go down, a log that gives the state again, and a time that is right a minute
//! after the clock is.

#![no_main]

use core::time::Duration;
use evenkeel::keeper::{Calls, Observer, Symptom};
use evenkeel::remedy::action::{Key, Plan};
use evenkeel::remedy::driver::{Driver, DryRun, MemoryLog};
use evenkeel::remedy::executor::Applied;
use evenkeel::remedy::guard::{OneAtATime, Rate};
use evenkeel::remedy::ledger::{ExternalAction, Lease};
use evenkeel::remedy::machine::{Clock, Effect, Record, RemediatorBuilder};
use evenkeel::remedy::policy::Decision;
use evenkeel::remedy::verb::{Share, StandardVerb};
use evenkeel::remedy::{
    Action, BlastRadius, Cooldown, ErrorRatio, Event, Health, Remediator, Runbook, Sample, Target,
};
use evenkeel::{At, Cause, Diagnosis, Direction, Name, Signal, Snapshot, SourceHealth, Timestamp, restore};
use std::collections::{BTreeSet, VecDeque};

/// What is left of the input.
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    fn number(&mut self) -> u64 {
        let size = self.byte() % 9;
        (0..size).fold(0, |n, _| n << 8 | u64::from(self.byte()))
    }

    /// A time that may be anything, and is mostly near.
    fn time(&mut self, now: i64) -> Timestamp {
        let near = i64::from(self.byte());
        match self.byte() % 8 {
            0 => Timestamp::from_nanos(self.number().cast_signed()),
            1 => Timestamp::from_seconds(now + 86_400 + near),
            2 => Timestamp::from_seconds(now - 86_400 - near),
            3 => Timestamp::from_seconds(now + 40 * near),
            4 => Timestamp::from_seconds(now - near),
            _ => Timestamp::from_seconds(now),
        }
    }

    fn length(&mut self) -> Duration {
        match self.byte() % 6 {
            0 => Duration::MAX,
            1 => Duration::from_nanos(1),
            2 => Duration::from_secs(self.number()),
            _ => Duration::from_secs(1 + u64::from(self.byte())),
        }
    }

    fn target(&mut self) -> Target {
        let component = ["a", "b"][usize::from(self.byte() % 2)];
        match self.byte() % 5 {
            0 => Target::component(component),
            n => Target::instance(component, format!("{component}-{n}")),
        }
    }

    fn verb(&mut self) -> StandardVerb {
        match self.byte() % 6 {
            0 => StandardVerb::Drain,
            1 => StandardVerb::Undrain,
            2 => StandardVerb::RollBack,
            3 => StandardVerb::Scale { from: 4, to: u32::from(self.byte() % 5) },
            4 => StandardVerb::Degrade,
            _ => StandardVerb::Restart,
        }
    }

    fn plan(&mut self) -> Plan<StandardVerb> {
        let plan = Plan::of(Action::new(self.verb(), self.target()));
        if self.byte() % 4 == 0 { plan.settle(self.length()).keep_for(self.length()) } else { plan }
    }

    fn event(&mut self, now: i64) -> Event<StandardVerb> {
        let incident = match self.byte() % 16 {
            0 => u64::MAX - u64::from(self.byte() % 2),
            n => u64::from(n),
        };
        let by = || Name::from("somebody");
        match self.byte() % 20 {
            0 => {
                let causes = Cause::new("a", 0.9).into_iter().collect();
                let diagnosis = Diagnosis::new(Timestamp::from_seconds(now), causes);
                diagnosis.map_or(Event::Tick, |diagnosis| Event::Opened {
                    incident,
                    symptom: None,
                    diagnosis,
                })
            }
            1 | 2 => Event::Decided { incident, decision: Decision::Act(self.plan()) },
            3 => {
                let decision = Decision::Wait { until: self.time(now), why: String::new() };
                Event::Decided { incident, decision }
            }
            4 | 5 => {
                let n = self.number();
                let value = if self.byte() % 4 == 0 {
                    Sample::Missing
                } else {
                    Sample::Counts { good: n, bad: self.number() >> 32 }
                };
                Event::Seen { incident: None, sample: At::new(self.time(now), value) }
            }
            6 | 7 => {
                let health = [Health::Serving, Health::Failing, Health::OutOfService, Health::Unknown];
                let health = At::new(self.time(now), health[usize::from(self.byte() % 4)]);
                Event::Health { target: self.target(), health }
            }
            8 => Event::Gone { target: self.target() },
            9 => {
                let share = match self.byte() % 3 {
                    0 => Share::Nothing,
                    1 => Share::Some(usize::try_from(self.number()).unwrap_or(usize::MAX)),
                    _ => Share::Whole,
                };
                let (since, until) = (self.time(now), self.time(now));
                Event::ExternalAction(ExternalAction {
                    target: self.target(),
                    share,
                    since,
                    until,
                    note: String::new(),
                })
            }
            10 => Event::Lease(if self.byte() % 4 == 0 {
                None
            } else {
                Some(Lease { token: self.number(), since: self.time(now), until: self.time(now) })
            }),
            11 => Event::Freeze { name: by(), until: (self.byte() % 2 == 0).then(|| self.time(now)) },
            12 => Event::Thaw { name: by() },
            13 => Event::Switch { verb: "restart".into(), acting: self.byte() % 2 == 0 },
            14 => Event::Followed { incident, by: by() },
            15 => {
                let key =
                    Key { incident, step: u32::from(self.byte() % 4), attempt: u32::from(self.byte() % 3) };
                let outcome = match self.byte() % 3 {
                    0 => Applied::Done,
                    1 => Applied::Absent { why: String::new() },
                    _ => Applied::Unknown,
                };
                Event::Applied { key, outcome }
            }
            16 => {
                let health = if self.byte() % 2 == 0 { SourceHealth::Fresh } else { SourceHealth::Broken };
                Event::Source { name: "users".into(), health: At::new(self.time(now), health) }
            }
            17 => Event::Returned { target: self.target() },
            18 => Event::Dismissed { incident, by: by() },
            _ => Event::Tick,
        }
    }

    fn settings(&mut self) -> RemediatorBuilder<StandardVerb, ErrorRatio> {
        let verifier = ErrorRatio::builder(0.01).build().expect("an objective in range");
        let mut settings = Remediator::builder(verifier)
            .guard(BlastRadius::new(0.5).expect("a share in range"))
            .guard(Cooldown::new(self.length()))
            .guard(OneAtATime::in_each_component());
        if let Ok(rate) = Rate::new(1 + u32::from(self.byte() % 4), self.length()) {
            settings = settings.guard(rate);
        }
        for verb in ["restart", "drain", "undrain", "roll back", "scale"] {
            settings = settings.enable(verb);
        }
        if self.byte() % 2 == 0 {
            settings = settings.without_lease();
        }
        if self.byte() % 2 == 0 {
            settings =
                settings.deadline(self.length()).apply_within(self.length()).verify_within(self.length());
            settings = settings.hold_for(self.length()).probe_every(self.length()).recheck(self.length());
            settings = settings.advise_for(self.length()).refusal_pause(self.length());
            settings = settings.health_expires(self.length()).handover(self.length());
        }
        settings
    }
}

fn remediate(bytes: &mut Bytes<'_>) {
    let settings = bytes.settings();
    let Ok(mut machine) = settings.clone().build() else { return };
    let mut log: Vec<Record<StandardVerb>> = Vec::new();
    let (mut keys, mut token, mut now) = (BTreeSet::new(), 0, 1_000_000_i64);
    let mut right = 0;
    while right < 130 {
        now += 1;
        let is_over = bytes.0.is_empty();
        right += u32::from(is_over);
        let reading = if is_over { Timestamp::from_seconds(now) } else { bytes.time(now) };
        let mut events = VecDeque::from([if is_over { Event::Tick } else { bytes.event(now) }]);
        let mut turns = 0;
        while let Some(event) = events.pop_front() {
            turns += 1;
            assert!(turns < 1_000, "one event never ends");
            let mut written = None;
            for effect in machine.step(reading, event) {
                match effect {
                    Effect::Append(record) => {
                        written = Some(record.sequence());
                        log.push(record);
                    }
                    Effect::Release(permit) => {
                        assert!(keys.insert(permit.key()), "{} twice", permit.key());
                        assert!(permit.token() >= token, "token {} after {token}", permit.token());
                        token = permit.token();
                        if !is_over && bytes.byte() % 2 == 0 {
                            events.push_back(Event::Applied { key: permit.key(), outcome: Applied::Done });
                        }
                    }
                    Effect::Decide { incident } if !is_over && bytes.byte() % 2 == 0 => {
                        let decision = Decision::Act(bytes.plan());
                        events.push_back(Event::Decided { incident, decision });
                    }
                    _ => {}
                }
            }
            events.extend(written.map(|sequence| Event::Durable { sequence }));
        }
    }
    let (truth, believed) = (Timestamp::from_seconds(now), machine.ledger().now());
    let off = believed.since(truth).max(truth.since(believed));
    assert!(off <= Clock::LARGEST_LAG, "{off:?} off");
    let again = Remediator::recover(settings, log).expect("its own records");
    assert!(again.remembers_like(&machine), "the log does not give the state");
}

fn keep(bytes: &mut Bytes<'_>) {
    let Ok(machine) = bytes.settings().build() else { return };
    let series = Symptom::events("series", Signal::new("b", "latency"), Direction::Up);
    let Ok(users) = Symptom::requests("users", 0.02) else { return };
    let mut builder = Observer::builder(users.at("a")).symptom(series).rows(20).max_names(6);
    builder = builder.step(Duration::from_secs(1));
    if bytes.byte() % 2 == 0 {
        builder = builder.step(bytes.length()).evidence(bytes.length()).late_after(bytes.length());
    }
    let settings = builder.clone();
    let Ok(mut observer) = builder.build() else { return };
    let mut driver = Driver::new(machine, Runbook::standard(), DryRun::new(), MemoryLog::new());
    let mut now = 1_000_000_i64;
    while !bytes.0.is_empty() {
        let at = bytes.time(now);
        let name = Name::from(["a", "b"][usize::from(bytes.byte() % 2)]);
        match bytes.byte() % 8 {
            0 => observer.observe(at, &Signal::new(name, "latency"), f64::from_bits(bytes.number())),
            1 => {
                let calls = Calls { count: bytes.number(), failed: bytes.number(), mean: 0.1 };
                observer.call(at, &name, "c", calls);
            }
            2 => observer.request(at, bytes.number(), bytes.number()),
            3 => observer.change(at, name),
            4 => observer.report_delay(at, bytes.length()),
            5 => {
                // A restart: what was saved is taken, whatever was going on.
                let saved =
                    serde_json::to_string(&observer.state().snapshot()).expect("a state can be saved");
                let state = restore(&mut serde_json::Deserializer::from_str(&saved)).expect("its own state");
                observer = settings.clone().restore(state).expect("its own settings");
                observer.resume(driver.machine());
            }
            _ => {
                now += 1;
                turn(&mut observer, &mut driver, at);
            }
        }
    }
    for _ in 0..130 {
        now += 1;
        turn(&mut observer, &mut driver, Timestamp::from_seconds(now));
    }
}

fn turn(
    observer: &mut Observer,
    driver: &mut Driver<Runbook, DryRun<StandardVerb>, MemoryLog<StandardVerb>>,
    now: Timestamp,
) {
    for event in observer.tick(now) {
        for notice in driver.step(now, event).expect("a log in memory does not fail") {
            observer.heed(&notice);
        }
    }
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((which, bytes)) = bytes.split_first() else { return };
    match which % 3 {
        0 => keep(&mut Bytes(bytes)),
        _ => remediate(&mut Bytes(bytes)),
    }
});
