//! The gate: the observer, the machine with its guards, and the agent as its policy, around a world.
//!
//! A second at a time: the world lives, the observer looks, the machine rules and acts. What an agent
//! proposes takes the way of every policy's decision; nothing here gives a permit.

use crate::agent::{AgentPolicy, Desk};
use crate::approval::{PATIENCE, Questions};
use crate::confidence::{ConfidenceRecord, Stated};
use crate::guards::{guards, machine};
use crate::proposal::{Fate, Proposal};
use crate::proposal_log::{ProposalLog, Remembered};
use crate::rate_bound::RateBound;
use crate::seen::Seen;
use crate::settings::Settings;
use crate::state_files::{SetAside, StateFiles};
use crate::witness::{Store, Witness, Written};
use crate::world::{OBJECTIVE, World};
use evenkeel::keeper::{Observer, Symptom};
use evenkeel::remedy::action::Key;
use evenkeel::remedy::driver::{Driver, MemoryLog};
use evenkeel::remedy::executor::Applied;
use evenkeel::remedy::guard::Guard;
use evenkeel::remedy::machine::{Entry, Record};
use evenkeel::remedy::policy::{TrialResult, Tried};
use evenkeel::remedy::verb::StandardVerb;
use evenkeel::remedy::{Event, Health, Notice, Outcome, Remediator, Target};
use evenkeel::{At, Error, Name, Timestamp};
use serde_json::json;
use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// The name of the symptom: what users feel.
pub(crate) const USERS: &str = "users";
/// How long the shop is watched before anything goes wrong, in seconds: the observer has to know what is
/// normal.
const WARM_UP: u32 = 240;
/// What is kept in memory of proposals, of notices, of ended incidents.
pub(crate) const MOST_PROPOSALS: usize = 200;
const MOST_NOTICES: usize = 300;
const MOST_ENDED: usize = 20;

/// An incident that ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Ended {
    /// Its number.
    pub incident: u64,
    /// When.
    pub at: Timestamp,
    /// How.
    pub outcome: Outcome,
}

/// What the machine asks people.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) key: Key,
    pub(crate) action: String,
    pub(crate) ruling: String,
    pub(crate) since: Timestamp,
}

/// All of it.
#[derive(Debug)]
pub struct Gate {
    pub(crate) settings: Settings,
    pub(crate) observer: Observer,
    pub(crate) driver: Driver<AgentPolicy, World, Witness>,
    pub(crate) guards: Vec<Arc<dyn Guard<StandardVerb>>>,
    pub(crate) desk: Desk,
    written: Written,
    pub(crate) log: ProposalLog,
    pub(crate) proposals: VecDeque<Proposal>,
    /// The number of the last proposal of each open incident.
    pub(crate) active: BTreeMap<u64, u64>,
    /// What people are asked to agree to, by incident: what, and what the guards say.
    pub(crate) asked: BTreeMap<u64, Asked>,
    pub(crate) ended: VecDeque<Ended>,
    pub(crate) notices: VecDeque<(Timestamp, Notice<StandardVerb>)>,
    pub(crate) confidence: ConfidenceRecord,
    pub(crate) rate: RateBound,
    pub(crate) reads: RateBound,
    pub(crate) seen: Seen,
    health: BTreeMap<Target, Health>,
    /// The incident whose proposal is being handed to the machine.
    pub(crate) handing: Option<u64>,
    pub(crate) broken: Option<String>,
    began_anew: Option<String>,
    questions: Questions,
    started: Timestamp,
}

#[expect(clippy::needless_pass_by_value, reason = "as `map_err` hands it over")]
fn invalid(why: Error) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, why.to_string())
}

impl Gate {
    /// A gate whose journal, log of proposals and notes of the world are in a folder, which is made if it is
    /// not there; it goes on where the journal ends.
    ///
    /// # Errors
    /// If a setting is out of its range, a file cannot be read or written, or the files are not what was
    /// written: something of one is missing that another knows of. With [`Settings::begin_anew`] the last is no
    /// error: they are set aside.
    pub fn open(settings: Settings, folder: &Path) -> io::Result<Self> {
        settings.check()?;
        let files = StateFiles::open(folder, settings.begin_anew)?;
        let StateFiles { journal, records, mut log, remembered, notes, set_aside } = files;
        let last = records.last().map(Record::at);
        let start =
            last.map_or(Timestamp::from_seconds(1_795_000_000), |last| last + Duration::from_secs(60));
        let mut began_anew = None;
        if let Some(SetAside { into, why }) = set_aside {
            log.write(start, "began_anew", json!({ "set_aside": into, "why": why }))?;
            began_anew = Some(format!("{why}; the files of before are in {}", folder.join(into).display()));
        }
        // How much of the journal there was, so that it shows if something of it is missing later.
        log.write(start, "started", json!({ "records": records.len() }))?;
        let world = World::new(settings.seed, start).noting_in(notes);
        let mut gate = Self::assemble(settings, world, Store::File(journal), records, log, remembered)?;
        gate.began_anew = began_anew;
        Ok(gate)
    }

    /// A gate that keeps everything in memory, for simulations and tests.
    ///
    /// # Errors
    /// If a setting is out of its range.
    pub fn in_memory(settings: Settings) -> io::Result<Self> {
        settings.check()?;
        let world = World::new(settings.seed, Timestamp::from_seconds(1_795_000_000));
        let store = Store::Memory(MemoryLog::new());
        Self::assemble(settings, world, store, Vec::new(), ProposalLog::none(), Remembered::default())
    }

    fn assemble(
        settings: Settings,
        world: World,
        store: Store,
        records: Vec<Record<StandardVerb>>,
        log: ProposalLog,
        remembered: Remembered,
    ) -> io::Result<Self> {
        let users = Symptom::requests(USERS, OBJECTIVE).map_err(invalid)?.at("edge");
        let second = Duration::from_secs(1);
        let observer = Observer::builder(users).step(second).rows(600).evidence(8 * second).build();
        let mut observer = observer.map_err(invalid)?;
        let (questions, started) = (Questions::default(), world.now());
        let guards = guards(&questions).map_err(invalid)?;
        let machine = machine(&settings, &guards).map_err(invalid)?;
        let (desk, written) = (Desk::default(), Written::default());
        let (policy, log_of_machine) = (AgentPolicy::new(desk.clone()), Witness::new(store, written.clone()));
        let driver = if records.is_empty() {
            Driver::new(machine.build().map_err(invalid)?, policy, world, log_of_machine)
        } else {
            Driver::recover(machine, records, policy, world, log_of_machine).map_err(invalid)?
        };
        observer.resume(driver.machine());
        let mut gate = Self {
            rate: RateBound::new(settings.proposals_per_minute),
            reads: RateBound::new(settings.reads_per_minute),
            settings,
            observer,
            driver,
            guards,
            desk,
            written,
            log,
            active: remembered.open.values().map(|proposal| (proposal.incident, proposal.number)).collect(),
            proposals: remembered.open.into_values().collect(),
            asked: BTreeMap::new(),
            ended: VecDeque::new(),
            notices: VecDeque::new(),
            confidence: remembered.confidence,
            seen: Seen::new().map_err(invalid)?,
            health: BTreeMap::new(),
            handing: None,
            broken: None,
            began_anew: None,
            questions,
            started,
        };
        // What the journal knows to be over, and the log does not.
        let open: Vec<u64> = gate.machine().incidents().collect();
        let over: Vec<u64> =
            gate.active.keys().copied().filter(|incident| !open.contains(incident)).collect();
        for incident in over {
            gate.set_fate(incident, Fate::Dropped("the incident ended before a restart".into()))?;
            gate.active.remove(&incident);
        }
        for _ in 0..WARM_UP {
            gate.tick()?;
        }
        let (faults, draws) = (gate.settings.faults.clone(), gate.settings.draws);
        let first = gate.settings.first_fault;
        let world = gate.driver.executor_mut();
        world.plan(faults, draws);
        world.next_fault_in(first);
        Ok(gate)
    }

    /// Why files were set aside when it was opened, and where they are; `None` if none were.
    #[must_use]
    pub fn began_anew(&self) -> Option<&str> {
        self.began_anew.as_deref()
    }

    /// What time it is in the world.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.driver.executor().now()
    }

    /// The world, to compare with.
    #[must_use]
    pub fn world(&self) -> &World {
        self.driver.executor()
    }

    /// The machine.
    #[must_use]
    pub fn machine(&self) -> &Remediator {
        self.driver.machine()
    }

    /// The records of the machine, if they are kept in memory.
    #[must_use]
    pub fn records(&self) -> &[Record<StandardVerb>] {
        self.driver.log().records()
    }

    /// The latest proposals, at most 200, the oldest first.
    #[must_use]
    pub fn proposals(&self) -> impl DoubleEndedIterator<Item = &Proposal> {
        self.proposals.iter()
    }

    /// A proposal, if it is one of the latest 200.
    #[must_use]
    pub fn proposal(&self, number: u64) -> Option<&Proposal> {
        self.proposals.iter().find(|proposal| proposal.number == number)
    }

    /// What was stated, and what came of it.
    #[must_use]
    pub fn confidence(&self) -> &ConfidenceRecord {
        &self.confidence
    }

    /// The incidents that ended, at most 20, the oldest first.
    #[must_use]
    pub fn ended(&self) -> impl DoubleEndedIterator<Item = &Ended> {
        self.ended.iter()
    }

    /// How many proposals came beyond the rate.
    #[must_use]
    pub fn excess(&self) -> u64 {
        self.rate.refused()
    }

    /// One second of the world.
    ///
    /// # Errors
    /// If the journal or the log of proposals fails: nothing is done from then on.
    pub fn tick(&mut self) -> io::Result<()> {
        let seen = self.driver.executor_mut().turn();
        let now = self.now();
        for (signal, value) in &seen.values {
            self.observer.observe(now, signal, *value);
        }
        for (from, to, calls) in &seen.calls {
            self.observer.call(now, from, to, *calls);
        }
        if let Some(component) = &seen.change {
            self.observer.change(now, component.clone());
        }
        self.observer.request(now, seen.good, seen.bad);
        self.seen.add(now, &seen);
        for target in seen.returned {
            self.step(Event::Returned { target })?;
        }
        for (target, health) in seen.health {
            let is_new = self.health.insert(target.clone(), health) != Some(health);
            if is_new || now.as_seconds() % 5 == 0 {
                self.step(Event::Health { target, health: At::new(now, health) })?;
            }
        }
        for event in self.observer.tick(now) {
            self.step(event)?;
        }
        Ok(())
    }

    /// Tells the machine something, and follows what comes of it.
    pub(crate) fn step(&mut self, event: impl Into<Event<StandardVerb>>) -> io::Result<()> {
        if let Some(why) = &self.broken {
            return Err(io::Error::other(why.clone()));
        }
        let told = self.tell(event.into());
        if let Err(why) = &told {
            self.broken = Some(why.to_string());
        }
        told
    }

    fn tell(&mut self, event: Event<StandardVerb>) -> io::Result<()> {
        let mut events = VecDeque::from([event]);
        while let Some(event) = events.pop_front() {
            let now = self.now();
            let notices = self.driver.step(now, event)?;
            for record in self.written.take() {
                self.follow_record(&record)?;
            }
            for tried in self.desk.take_tried() {
                self.follow_tried(&tried)?;
            }
            for notice in notices {
                self.observer.heed(&notice);
                events.extend(self.follow_notice(&notice)?);
                if self.notices.len() == MOST_NOTICES {
                    self.notices.pop_front();
                }
                self.notices.push_back((now, notice));
            }
        }
        Ok(())
    }

    /// The proposal that an incident is busy with.
    pub(crate) fn active(&mut self, incident: u64) -> Option<&mut Proposal> {
        let number = *self.active.get(&incident)?;
        self.proposals.iter_mut().rev().find(|proposal| proposal.number == number)
    }

    /// Notes what became of the proposal that an incident is busy with, and writes it down.
    pub(crate) fn set_fate(&mut self, incident: u64, fate: Fate) -> io::Result<()> {
        let now = self.now();
        let Some(proposal) = self.active(incident).filter(|p| !p.fate.is_final() && p.fate != fate) else {
            return Ok(());
        };
        proposal.fate = fate;
        let fate = &proposal.fate;
        let more = json!({
            "proposal": proposal.number, "incident": incident, "fate": fate.to_string(),
            "final": fate.is_final(), "under_way": fate.is_under_way(),
        });
        self.log.write(now, "fate", more)
    }

    fn follow_record(&mut self, record: &Record<StandardVerb>) -> io::Result<()> {
        let sentence = |reasons: &[evenkeel::remedy::guard::Reason]| -> String {
            let all: Vec<String> = reasons.iter().map(ToString::to_string).collect();
            all.join("; ")
        };
        let mut was_asked = false;
        // Whatever becomes of a proposal, nobody is asked about it any more.
        if let Entry::Intent { .. }
        | Entry::Refused { .. }
        | Entry::Advised { .. }
        | Entry::Diagnosed { .. }
        | Entry::Closed { .. } = record.entry()
            && let Some(incident) = record.entry().incident()
        {
            was_asked = self.no_longer_asked(incident);
        }
        match record.entry() {
            Entry::Refused { incident, reasons, .. } => {
                let until =
                    self.active.get(incident).and_then(|n| self.proposal(*n)).map(|p| self.held_until(p));
                let (is_over, why) = (until.is_some_and(|until| record.at() >= until), sentence(reasons));
                let fate = match (is_over, was_asked) {
                    (true, true) => Fate::Expired(why),
                    (true, false) => Fate::Refused(format!("held up for too long; {why}")),
                    _ => Fate::Refused(why),
                };
                self.set_fate(*incident, fate)
            }
            Entry::Advised { incident, reasons, .. } => {
                self.set_fate(*incident, Fate::Advised(sentence(reasons)))
            }
            Entry::Intent { key, undo: false, .. } => self.set_fate(key.incident, Fate::Acting(*key)),
            Entry::Withdrawn { key } => {
                let why = "guards changed their mind at the moment of the permit".to_string();
                self.set_fate(key.incident, Fate::Held { asks: None, why })
            }
            Entry::Settled { key, outcome: Applied::Done } => {
                let is_acting = |proposal: &Proposal| matches!(proposal.fate, Fate::Acting(_));
                match self.active(key.incident).is_some_and(|proposal| is_acting(proposal)) {
                    true => self.set_fate(key.incident, Fate::Verifying),
                    false => Ok(()),
                }
            }
            // Before anything was begun another diagnosis takes a proposal away: it was made for the one
            // before.
            Entry::Diagnosed { incident, .. } if self.handing != Some(*incident) => {
                match self.active(*incident).map(|proposal| &proposal.fate) {
                    Some(Fate::Held { .. }) => {
                        let why =
                            "the diagnosis changed before anything was done; propose again if it still fits";
                        self.set_fate(*incident, Fate::Dropped(why.to_string()))
                    }
                    _ => Ok(()),
                }
            }
            Entry::Closed { incident, outcome } => self.close(*incident, record.at(), outcome),
            _ => Ok(()),
        }
    }

    /// Until when a proposal is held, by guards or for a person. After a restart that begins anew.
    pub(crate) fn held_until(&self, proposal: &Proposal) -> Timestamp {
        proposal.at.max(self.started) + PATIENCE
    }

    /// Takes a question back; whether there was one.
    pub(crate) fn no_longer_asked(&mut self, incident: u64) -> bool {
        let asked = self.asked.remove(&incident);
        if let Some(asked) = &asked {
            self.questions.take_back(&asked.action);
        }
        asked.is_some()
    }

    fn close(&mut self, incident: u64, at: Timestamp, outcome: &Outcome) -> io::Result<()> {
        // What came of its last plan is told after this record.
        for tried in self.desk.take_tried() {
            self.follow_tried(&tried)?;
        }
        let why = format!("incident {incident}: {outcome}");
        let was_done = self.active(incident).is_some_and(|proposal| proposal.fate.is_under_way());
        self.set_fate(incident, if was_done { Fate::Unverified(why) } else { Fate::Dropped(why) })?;
        self.active.remove(&incident);
        if self.ended.len() == MOST_ENDED {
            self.ended.pop_front();
        }
        self.ended.push_back(Ended { incident, at, outcome: outcome.clone() });
        self.driver.executor_mut().incident_ended();
        self.log.write(at, "closed", json!({ "incident": incident, "outcome": outcome.to_string() }))
    }

    /// What came of a plan, as it was verified: the stated confidence is held against it.
    fn follow_tried(&mut self, tried: &Tried<StandardVerb>) -> io::Result<()> {
        if tried.advised {
            return Ok(());
        }
        let fate = match &tried.result {
            TrialResult::Helped => Fate::Helped,
            TrialResult::DidNotHelp => Fate::DidNotHelp,
            TrialResult::Failed { why } => Fate::Failed(why.clone()),
            _ => return Ok(()),
        };
        // Users may be fine again before anything was done; that is no merit of what was proposed.
        if !self.active(tried.incident).is_some_and(|proposal| proposal.fate.is_under_way()) {
            return Ok(());
        }
        let helped = fate.helped().unwrap_or(false);
        self.set_fate(tried.incident, fate)?;
        let Some(proposal) = self.active(tried.incident) else { return Ok(()) };
        let (number, confidence) = (proposal.number, proposal.draft.confidence);
        self.confidence.add(Stated { confidence, helped });
        let more = json!({ "proposal": number, "confidence": confidence, "helped": helped });
        self.log.write(self.now(), "outcome", more)
    }

    fn follow_notice(&mut self, notice: &Notice<StandardVerb>) -> io::Result<Option<Event<StandardVerb>>> {
        let now = self.now();
        let number = self.active.get(&notice.incident()).copied();
        match notice {
            Notice::Ruled { incident, action, ruling } => {
                let more = json!({ "proposal": number, "incident": incident, "action": action.to_string(), "ruling": ruling.to_string() });
                self.log.write(now, "ruling", more)?;
                if let Some(Proposal { fate: Fate::Held { why, .. }, .. }) = self.active(*incident) {
                    *why = ruling.to_string();
                }
            }
            Notice::Ask { key, action, ruling } => {
                if self.settings.budget.agrees(action, &self.driver.machine().ledger()) {
                    return self.approve(*key, "budget").map(Some);
                }
                let (action, ruling) = (action.to_string(), ruling.to_string());
                self.questions.ask(&action, now);
                self.asked
                    .insert(key.incident, Asked { key: *key, action, ruling: ruling.clone(), since: now });
                let held = Fate::Held { asks: Some(*key), why: ruling };
                self.set_fate(key.incident, held)?;
            }
            Notice::Settled { key, action, outcome: Applied::Done, undo: true } => {
                if let Some(proposal) = self.active(key.incident) {
                    proposal.undone_by = Some(action.to_string());
                }
                let more = json!({ "proposal": number, "incident": key.incident, "by": action.to_string() });
                self.log.write(now, "undone", more)?;
            }
            _ => {}
        }
        Ok(None)
    }

    /// Writes down that somebody agrees, and says so.
    pub(crate) fn approve(&mut self, key: Key, by: &str) -> io::Result<Event<StandardVerb>> {
        let number = self.active.get(&key.incident).copied();
        let more = json!({ "proposal": number, "key": key.to_string(), "by": by });
        self.log.write(self.now(), "approved", more)?;
        Ok(Event::Approved { key, by: Name::from(by) })
    }
}
