//! The run of a simulated world.

mod audit;
mod telemetry;

use super::mind::{Kind, Mind};
use super::peek::held;
use super::plant::{ACTING, BACKENDS, Cure, Fate, Fault, Hands, OBJECTIVE, Paper, Plant, target};
use super::seen::Seen;
use core::time::Duration;
use evenkeel_core::{Name, Signal, Snapshot as _, Timestamp, restore};
use evenkeel_detect::monitor::DeviationMonitor;
use evenkeel_keeper::{Event, Observer, ObserverBuilder, SignalId, State, Symptom, SymptomId};
use evenkeel_remedy::action::Key;
use evenkeel_remedy::driver::Driver;
use evenkeel_remedy::executor::Applied;
use evenkeel_remedy::ledger::ExternalAction;
use evenkeel_remedy::machine::RemediatorBuilder;
use evenkeel_remedy::verb::{Share, StandardVerb, Verb};
use evenkeel_remedy::{BlastRadius, ErrorRatio, Event as Told, Notice, Outcome, Remediator};
use evenkeel_stats::Generator;
use evenkeel_stats::sequential::BernoulliCusum;
use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

/// A tick.
const STEP: Duration = Duration::from_secs(2);
/// How many ticks an observer keeps.
const ROWS: u32 = 70;
/// How long evidence is gathered, in ticks.
const EVIDENCE: u32 = 5;
/// The machine's deadline for an incident, in ticks.
const DEADLINE: u32 = 120;
/// The machine's time for a verification, in ticks.
pub(super) const VERIFY: u32 = 40;
/// How long the world is wild, and quiet at most after that: every deadline passes, and a clock that was
/// wrong is right again.
const WILD: u32 = 200;
const QUIET: u32 = 2 * DEADLINE + 80;
/// So many ticks without a fault and with nothing open are enough of quiet.
const CALM: u32 = 30;
/// So many requests come in a tick, for each symptom.
const REQUESTS: u64 = 40;
/// The names of symptoms, and where they are felt.
const SYMPTOMS: [(&str, &str); 2] = [("buying", "cart"), ("browsing", "catalog")];
/// A breach of this share and more is noticed, and has an incident after so many ticks of telemetry in which
/// nothing died: a few ticks of evidence that there is one, those of evidence for the diagnosis, and as many
/// to spare.
const BREACH: f64 = 0.15;
const NOTICED: u32 = 2 * EVIDENCE + 8;
/// After so many ticks of good requests a breach that ended badly is over: what comes then is another.
const OVER: u32 = 10;
/// The share of bad requests when nothing is wrong is at most this.
const USUALLY: f64 = 0.003;
/// So long after a clock was wrong, in ticks, it is right for all: it may stand still for a minute.
const CLOCK_SETTLES: u32 = 40;
/// Old snapshots are at most a minute old.
const OLDEST: usize = 30;

type Saved = State<DeviationMonitor, BernoulliCusum>;

fn builder() -> ObserverBuilder {
    let [buying, browsing] = SYMPTOMS.map(|(name, at)| Symptom::requests(name, OBJECTIVE).unwrap().at(at));
    Observer::builder(buying)
        .symptom(browsing)
        .step(STEP)
        .rows(ROWS as usize)
        .evidence(STEP * EVIDENCE)
        .max_names(64)
}

fn settings() -> RemediatorBuilder<StandardVerb, ErrorRatio> {
    let settings = Remediator::builder(ErrorRatio::builder(OBJECTIVE).build().unwrap())
        .guard(BlastRadius::new(0.5).unwrap())
        .without_lease()
        .deadline(STEP * DEADLINE)
        .verify_within(STEP * VERIFY)
        .handover(STEP * 12)
        .advise_for(Duration::from_secs(40))
        .hold_for(Duration::from_secs(40))
        .apply_within(Duration::from_secs(16))
        .max_decisions(25);
    ACTING.iter().fold(settings, |settings, verb| settings.enable(verb.name()))
}

/// What is known of a breach of one symptom, in truth.
#[derive(Debug, Clone, Copy, Default)]
struct Breach {
    /// For how many ticks it could have been seen, undisturbed.
    seen: u32,
    /// For how many ticks all was fine, and could have been seen to be.
    fine: u32,
    /// An incident of it ended otherwise than by recovery.
    ended: bool,
    /// Something was restarted in it.
    restarted: bool,
    /// For how many ticks users have been bad.
    bad: u32,
}

/// The telemetry of a symptom.
#[derive(Debug, Clone, Default)]
struct Telemetry {
    silent_until: u32,
    /// No requests come in these ticks.
    without: (u32, u32),
    /// When it is told, and what.
    late: Vec<(u32, Timestamp, u64, u64)>,
    /// For how many ticks it was as it should be.
    proper: u32,
    /// In which of the last ticks there were requests, and they were told of as they should be.
    heard: u128,
}

/// How wild a world is.
#[derive(Debug, Clone, Copy)]
struct Wildness {
    /// Chances in a tick.
    dies: f64,
    telemetry: f64,
    people: f64,
    clock: f64,
    names: f64,
}

struct Snapshot {
    state: Saved,
    tick: u32,
    heard: [u128; 2],
    breaches: [Breach; 2],
    is_clock_wrong: bool,
}

pub(super) struct World {
    plant: Rc<RefCell<Plant>>,
    random: Generator,
    kind: Kind,
    wildness: Wildness,
    observer: Option<Observer>,
    driver: Option<Driver<Mind, Hands, Paper>>,
    /// When what is dead is started again.
    starts: (u32, u32),
    symptoms: [SymptomId; 2],
    signals: Vec<SignalId>,
    snapshots: VecDeque<Snapshot>,
    telemetry: [Telemetry; 2],
    breaches: [Breach; 2],
    /// By how many seconds the clock is wrong, until when, and when it was last.
    clock: (i64, u32),
    wrong_at: Option<u32>,
    /// Whether those who report have the same clock.
    shares_clock: bool,
    tick: u32,
    is_wild: bool,
    /// Whether anything died in this tick.
    died: bool,
    /// What people want, until they are heard.
    unheard: Vec<Told<StandardVerb>>,
    later: Vec<(u32, Told<StandardVerb>)>,
    calm: u32,
    /// Since when the observer knows what is usual.
    has_history: u32,
    /// How many drivers and observers have died.
    lives: u32,
    observers: u32,
    is_told: bool,
    /// When the incidents of the machine were first seen.
    opened: BTreeMap<u64, u32>,
}

/// A state as it comes back from a file.
fn written(state: &Saved) -> Saved {
    let bytes = postcard::to_allocvec(&state.snapshot()).unwrap();
    restore(&mut postcard::Deserializer::from_bytes(&bytes)).unwrap()
}

fn true_time(tick: u32) -> Timestamp {
    Timestamp::from_seconds(1_700_000_000) + STEP * tick
}

impl World {
    /// Lives through the world of a seed.
    pub(super) fn live(seed: u64) -> Seen {
        Self::run(seed, false)
    }

    /// The same, and says what happens.
    pub(super) fn tell(seed: u64) -> Seen {
        Self::run(seed, true)
    }

    fn run(seed: u64, is_told: bool) -> Seen {
        let mut random = Generator::new(seed);
        let seen = Seen { seed, worlds: 1, ..Seen::default() };
        let mut plant = Plant::new(random.split(), seen);
        let pick = |random: &mut Generator, of: &[f64]| of[random.uniform_below(of.len() as u64) as usize];
        plant.sizes = [(); 3].map(|()| 2 + random.uniform_below(3) as usize);
        plant.roughness = pick(&mut random, &[0.0, 0.4, 0.8]);
        let kind = match random.uniform_below(4) {
            0 | 1 => Kind::Sensible,
            2 => Kind::Stubborn,
            _ => Kind::Random,
        };
        plant.is_plain = kind != Kind::Random;
        Self::break_things(&mut plant, &mut random);
        let wildness = Wildness {
            dies: pick(&mut random, &[0.0, 0.01, 0.03]),
            telemetry: pick(&mut random, &[0.0, 0.01, 0.05]),
            people: pick(&mut random, &[0.0, 0.01]),
            clock: pick(&mut random, &[0.0, 0.0, 0.01]),
            names: pick(&mut random, &[0.0, 0.2]),
        };
        let plant = Rc::new(RefCell::new(plant));
        let mut world = Self {
            plant,
            kind,
            wildness,
            observer: None,
            driver: None,
            starts: (0, 0),
            symptoms: [(); 2].map(|()| builder().build().unwrap().symptom("buying").unwrap()),
            signals: Vec::new(),
            snapshots: VecDeque::new(),
            telemetry: Default::default(),
            breaches: Default::default(),
            clock: (0, 0),
            wrong_at: None,
            shares_clock: random.bernoulli(0.5),
            tick: 0,
            is_wild: true,
            died: false,
            unheard: Vec::new(),
            later: Vec::new(),
            calm: 0,
            has_history: 0,
            lives: 0,
            observers: 0,
            is_told,
            opened: BTreeMap::new(),
            random,
        };
        world.stop_traffic();
        world.say(|| format!("{:#?}, {wildness:?}, {kind:?}", world.plant.borrow().faults));
        world.start_driver();
        world.start_observer();
        for tick in 0..WILD + QUIET {
            world.turn(tick);
            if world.calm >= CALM {
                break;
            }
        }
        world.end();
        let mut plant = world.plant.borrow_mut();
        core::mem::take(&mut plant.seen)
    }

    fn break_things(plant: &mut Plant, random: &mut Generator) {
        let n = random.uniform_below(4);
        let mut begins = 45;
        for _ in 0..n {
            let backend = random.uniform_below(3) as usize;
            // Two at once at times.
            begins += if random.bernoulli(0.3) { 0 } else { random.uniform_below(60) as u32 };
            let cure = match random.uniform_below(5) {
                0..=2 => Cure::Restart,
                3 => Cure::RollBack,
                _ => Cure::Nothing,
            };
            let ends = match random.uniform_below(5) {
                0 => begins + 10 + random.uniform_below(80) as u32,
                1 if cure == Cure::Nothing => u32::MAX,
                _ => WILD,
            };
            let share = 0.15 + 0.6 * random.uniform();
            let instance = random.uniform_below(plant.sizes[backend] as u64) as usize;
            let shows = random.bernoulli(0.6);
            plant.faults.push(Fault { backend, instance, cure, begins, ends, share, shows });
        }
        plant.seen.faults = n;
    }

    /// Once at most there are no requests for a while.
    fn stop_traffic(&mut self) {
        for symptom in 0..2 {
            if self.random.bernoulli(0.1) {
                let begins = 60 + self.random.uniform_below(120) as u32;
                let length = 5 + self.random.uniform_below(50) as u32;
                self.telemetry[symptom].without = (begins, begins + length);
            }
        }
    }

    fn chance(&mut self, p: f64) -> bool {
        self.is_wild && p > 0.0 && self.random.bernoulli(p)
    }

    fn say(&self, what: impl FnOnce() -> String) {
        if self.is_told {
            let line = format!("{:>4} {}", self.tick, what());
            self.plant.borrow_mut().seen.story.push(line);
        }
    }

    fn violation(&self, what: &str) {
        self.plant.borrow_mut().violation(what);
    }

    fn reading(&self) -> Timestamp {
        self.shifted(true_time(self.tick))
    }

    fn shifted(&self, time: Timestamp) -> Timestamp {
        let by = if self.tick < self.clock.1 { self.clock.0 } else { 0 };
        time + Duration::from_secs(by.max(0).unsigned_abs()) - Duration::from_secs(by.min(0).unsigned_abs())
    }

    fn is_clock_settled(&self) -> bool {
        self.wrong_at.is_none_or(|at| self.tick > at + CLOCK_SETTLES)
    }

    /// Starts the driver from its log.
    fn start_driver(&mut self) {
        let records = self.plant.borrow().journal.clone();
        let mind = Mind { kind: self.kind, plant: self.plant.clone() };
        let (hands, paper) = (Hands(self.plant.clone()), Paper(self.plant.clone()));
        self.say(|| "the driver starts".into());
        self.driver = Some(Driver::recover(settings(), records, mind, hands, paper).unwrap());
        let mut plant = self.plant.borrow_mut();
        (plant.started, plant.proper) = (self.tick, 0);
        drop(plant);
        self.resume();
    }

    /// Starts the observer from what survived of it.
    fn start_observer(&mut self) {
        self.say(|| format!("the observer starts, from something: {}", !self.snapshots.is_empty()));
        self.observer = Some(match self.snapshots.pop_back() {
            Some(snapshot) => {
                self.breaches = snapshot.breaches;
                for (told, heard) in self.telemetry.iter_mut().zip(snapshot.heard) {
                    told.heard = heard.checked_shl(self.tick - snapshot.tick).unwrap_or_default();
                }
                if snapshot.is_clock_wrong {
                    self.wrong_at = Some(self.tick);
                }
                let state =
                    if self.random.bernoulli(0.1) { written(&snapshot.state) } else { snapshot.state };
                builder().restore(state).unwrap()
            }
            None => {
                // That an incident was abandoned is forgotten with the rest, and what was usual as well.
                self.breaches = Default::default();
                self.has_history = self.tick;
                builder().build().unwrap()
            }
        });
        self.know_signals();
        self.resume();
    }

    fn resume(&mut self) {
        if let (Some(observer), Some(driver)) = (&mut self.observer, &self.driver) {
            observer.resume(driver.machine());
        }
        for breach in &mut self.breaches {
            (breach.seen, breach.restarted) = (0, true);
        }
    }

    fn know_signals(&mut self) {
        let sizes = self.plant.borrow().sizes;
        let Some(observer) = &mut self.observer else { return };
        self.symptoms = SYMPTOMS.map(|(name, _)| observer.symptom(name).unwrap());
        let mut signals = Vec::new();
        for (backend, name) in BACKENDS.iter().enumerate() {
            for instance in 0..sizes[backend] {
                let signal = Signal::new(*name, "latency_p99").at_instance(format!("{name}-{instance}"));
                signals.extend(observer.signal(&signal));
            }
        }
        self.signals = signals;
    }

    fn is_up(&self) -> bool {
        self.observer.is_some() && self.driver.is_some()
    }

    /// The driver's process ends.
    fn lose_driver(&mut self) {
        self.driver = None;
        self.died = true;
        self.lives += 1;
        self.say(|| "the driver dies".into());
        self.plant.borrow_mut().crash();
        self.starts.0 = self.tick + self.downtime();
    }

    /// The observer's process ends.
    fn lose_observer(&mut self) -> Option<Snapshot> {
        let observer = self.observer.take()?;
        self.observers += 1;
        self.say(|| "the observer dies".into());
        self.died = true;
        self.starts.1 = self.tick + self.downtime();
        Some(self.snapshot(observer.state().clone()))
    }

    fn snapshot(&self, state: Saved) -> Snapshot {
        let heard = [self.telemetry[0].heard, self.telemetry[1].heard];
        let is_clock_wrong = !self.is_clock_settled();
        Snapshot { state, tick: self.tick, heard, breaches: self.breaches, is_clock_wrong }
    }

    fn downtime(&mut self) -> u32 {
        if self.random.bernoulli(0.6) { 0 } else { self.random.uniform_below(12) as u32 }
    }

    /// Lets something die, perhaps; whether it did.
    fn may_die(&mut self, p: f64) -> bool {
        if !self.is_up() || !self.chance(p) {
            return false;
        }
        self.die();
        true
    }

    fn die(&mut self) {
        let what = self.random.uniform_below(3);
        self.plant.borrow_mut().seen.crashes[1 + what as usize] += 1;
        if what != 1 {
            self.lose_driver();
        }
        if what != 0
            && let Some(now) = self.lose_observer()
        {
            self.survive(now);
        }
        self.start_what_is_due();
    }

    /// Draws what survives of an observer.
    fn survive(&mut self, now: Snapshot) {
        let pick = self.random.uniform_below(3);
        match pick {
            0 => {
                self.snapshots.push_back(now);
            }
            1 if !self.snapshots.is_empty() => {
                let kept = 1 + self.random.uniform_below(self.snapshots.len() as u64) as usize;
                self.snapshots.truncate(kept);
            }
            _ => self.snapshots.clear(),
        }
        let place = if self.snapshots.is_empty() { 2 } else { pick.min(1) };
        self.plant.borrow_mut().seen.restored[place as usize] += 1;
    }

    /// An observer is started once the driver is there.
    fn start_what_is_due(&mut self) {
        if self.driver.is_none() && self.tick >= self.starts.0 {
            self.start_driver();
        }
        if self.observer.is_none() && self.driver.is_some() && self.tick >= self.starts.1 {
            self.start_observer();
        }
    }

    /// Tells the driver something; what it says, or nothing if it dies of it.
    fn step(&mut self, event: impl Into<Told<StandardVerb>>) -> Option<Vec<Notice<StandardVerb>>> {
        let now = self.reading();
        let driver = self.driver.as_mut()?;
        let said = driver.step(now, event);
        if self.plant.borrow().dead {
            self.plant.borrow_mut().seen.crashes[0] += 1;
            self.lose_driver();
            if self.random.bernoulli(0.3)
                && let Some(now) = self.lose_observer()
            {
                self.survive(now);
            }
            self.start_what_is_due();
            return None;
        }
        match said {
            Ok(notices) => Some(notices),
            Err(error) => panic!("the log failed: {error}"),
        }
    }

    /// Tells the driver something, and the observer what it says; whether all of it was heard.
    fn pass_on(&mut self, event: impl Into<Told<StandardVerb>>) -> bool {
        let Some(notices) = self.step(event) else { return false };
        for notice in notices {
            self.say(|| format!("{notice}"));
            self.note(&notice);
            if self.may_die(0.1 * self.wildness.dies) {
                return false;
            }
            let Some(observer) = &mut self.observer else { continue };
            if let Notice::Closed {
                incident,
                outcome: Outcome::Escalated { .. } | Outcome::Dismissed { .. },
            } = &notice
            {
                // It is abandoned: until users are fine again there is no other.
                let held = held(observer.state());
                let symptoms = held.iter().filter(|h| h.number == Some(*incident)).flat_map(|h| &h.symptoms);
                symptoms.for_each(|symptom| self.breaches[*symptom].ended = true);
            }
            observer.heed(&notice);
        }
        true
    }

    fn turn(&mut self, tick: u32) {
        self.tick = tick;
        self.is_wild = tick < WILD;
        self.died = false;
        {
            let mut plant = self.plant.borrow_mut();
            plant.tick = tick;
            plant.seen.ticks += 1;
            plant.pass();
        }
        self.start_what_is_due();
        self.set_clock();
        self.may_die(self.wildness.dies);
        if self.chance(self.wildness.dies) {
            let fates = [Fate::BeforeSync, Fate::AfterSync, Fate::BeforeApply, Fate::AfterApply];
            let fate = fates[self.random.uniform_below(4) as usize];
            self.plant.borrow_mut().fate = Some(fate);
        } else if !self.is_wild {
            self.plant.borrow_mut().fate = None;
        }
        self.people();
        self.report_health();
        self.tell_metrics();
        let proper = [self.tell_requests(0), self.tell_requests(1)];
        self.follow_truth(proper);
        self.listen();
        self.audit();
        self.save();
    }

    fn set_clock(&mut self) {
        if self.tick >= self.clock.1 && self.chance(self.wildness.clock) {
            let by = [86_400, -86_400, 7_200, -7_200, 1_800, 90, -45];
            let by = by[self.random.uniform_below(7) as usize];
            self.clock = (by, self.tick + 1 + self.random.uniform_below(12) as u32);
        }
        if !self.is_wild {
            self.clock.1 = 0;
        }
        if self.tick < self.clock.1 {
            self.wrong_at = Some(self.tick);
            self.plant.borrow_mut().seen.wrong_clock += 1;
        }
    }

    fn people(&mut self) {
        let by = || Name::from("somebody");
        let soon = |random: &mut Generator| 1 + random.uniform_below(12) as u32;
        if self.chance(self.wildness.people) && !self.plant.borrow().halted {
            self.unheard.push(Told::Halt { by: by() });
            self.later.push((self.tick + soon(&mut self.random), Told::Resume { by: by() }));
        }
        if self.chance(self.wildness.people) {
            let verb = Name::from(ACTING[self.random.uniform_below(4) as usize].name());
            if !self.plant.borrow().off.contains(&verb) {
                self.unheard.push(Told::Switch { verb: verb.clone(), acting: false });
                self.later
                    .push((self.tick + 3 * soon(&mut self.random), Told::Switch { verb, acting: true }));
            }
        }
        if self.chance(self.wildness.people) {
            let backend = self.random.uniform_below(3) as usize;
            let size = self.plant.borrow().sizes[backend];
            let target = target(backend, self.random.uniform_below(size as u64) as usize);
            let since = self.reading();
            let until = since + STEP * soon(&mut self.random);
            let note = format!("by hand at {}", self.tick);
            self.unheard.push(Told::ExternalAction(ExternalAction {
                target,
                share: Share::Whole,
                since,
                until,
                note,
            }));
        }
        if self.chance(0.5 * self.wildness.people) {
            let open: Vec<u64> = self.driver.iter().flat_map(|driver| driver.machine().incidents()).collect();
            if let Some(incident) = open.first() {
                self.unheard.push(Told::Dismissed { incident: *incident, by: by() });
            }
        }
        if self.chance(self.wildness.people) {
            let key = Key { incident: self.random.uniform_below(4), step: 0, attempt: 0 };
            // Only the executor may say that something ended; nonsense is what nobody asked for.
            self.unheard.push(Told::Applied { key, outcome: Applied::Unknown });
        }
        let tick = self.tick;
        let is_wild = self.is_wild;
        self.unheard
            .extend(self.later.extract_if(.., |(when, _)| *when <= tick || !is_wild).map(|(_, told)| told));
        // Who is not heard because the driver died says it again.
        while let (Some(told), true) = (self.unheard.first().cloned(), self.driver.is_some()) {
            if let Told::Resume { .. } = told {
                self.plant.borrow_mut().halted = false;
            } else if let Told::Switch { verb, acting: true } = &told {
                self.plant.borrow_mut().off.remove(verb);
            }
            let life = self.lives;
            self.say(|| format!("{told:?}"));
            self.pass_on(told.clone());
            let is_heard = self.lives == life;
            let mut plant = self.plant.borrow_mut();
            match &told {
                // From when on it is promised: when the driver has taken it.
                Told::Halt { .. } if is_heard => plant.halted = true,
                Told::Switch { verb, acting: false } if is_heard => {
                    plant.off.insert(verb.clone());
                }
                _ => {}
            }
            drop(plant);
            if is_heard {
                self.unheard.remove(0);
            } else if self.driver.is_none() {
                break;
            }
        }
    }

    fn listen(&mut self) {
        let now = self.reading();
        let Some(observer) = &mut self.observer else {
            self.pass_on(Told::Tick);
            return;
        };
        let events: Vec<Event> = observer.tick(now).collect();
        for event in events {
            match &event {
                Event::Joined { .. } => self.plant.borrow_mut().seen.joined += 1,
                Event::Subsided { .. } => self.plant.borrow_mut().seen.subsided += 1,
                Event::Full { .. } => self.plant.borrow_mut().seen.full += 1,
                _ => {}
            }
            if event.is_news() {
                self.say(|| format!("{event}"));
            }
            // The other events of this tick are lost, with the observer that said them or because the driver
            // is another.
            let lives = (self.observers, self.lives);
            if !self.may_die(0.3 * self.wildness.dies) {
                self.pass_on(event);
            }
            if (self.observers, self.lives) != lives {
                return;
            }
        }
    }

    fn save(&mut self) {
        if self.wildness.dies == 0.0 || !self.is_wild || !self.tick.is_multiple_of(4) || self.died {
            return;
        }
        let Some(observer) = &self.observer else { return };
        let snapshot = self.snapshot(observer.state().clone());
        self.snapshots.push_back(snapshot);
        if self.snapshots.len() > OLDEST / 4 {
            self.snapshots.pop_front();
        }
    }
}
