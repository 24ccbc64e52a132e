//! The gym: policies scored against what is exactly best.

use crate::action::{Action, Target};
use crate::executor::Applied;
use crate::ledger::Health;
use crate::machine::{Effect, Event, Notice, Outcome, Remediator};
use crate::policy::{Catalog, Decision, Policy, RepairModel};
use crate::simulator::score::{GymScore, World};
use crate::verb::Verb;
use crate::verify::{ErrorRatio, Sample};
use alloc::collections::VecDeque;
use alloc::format;
use alloc::vec::Vec;
use core::time::Duration;
use evenkeel_core::{At, Cause, Diagnosis, Error, FaultKind, Timestamp};
use evenkeel_stats::Generator;

/// Worlds of which it is known what would be best, for any verbs: how much more does a policy cost?
///
/// In each world one instance has a fault, and a diagnosis says how probable each kind is; it is calibrated:
/// the true kind is drawn with those probabilities. A [`Catalog`] says what helps against what, and what it
/// costs. The policy acts through a real [`Remediator`], users show whether it helped, and the costs of all
/// tries and of a person, if it comes to that, are added up. What is exactly best on average in that world is
/// computed by [`RepairModel`], and carried out with the same luck: a remedy that would have helped the policy
/// would have helped it too. The difference is the regret.
///
/// A remedy that was tried as often as its [`tries`](crate::policy::Remedy::tries) say never helps again, and
/// after so many actions as there may be a person is called. An action that the catalog doesn't know never
/// helps, and costs the downtime.
///
/// ```
/// use evenkeel_core::FaultKind::{BadChange, PoolExhausted};
/// use evenkeel_remedy::policy::{BeliefRepair, Catalog, Measure, Remedy};
/// use evenkeel_remedy::simulator::Gym;
/// use evenkeel_remedy::verb::StandardVerb;
///
/// let restart = Remedy::new(Measure::instance(StandardVerb::Restart), 2.0)?.cures(PoolExhausted, 0.9)?;
/// let roll_back = Remedy::new(Measure::component(StandardVerb::RollBack), 8.0)?.cures(BadChange, 0.95)?;
/// let catalog = Catalog::new(60.0)?.remedy(restart).remedy(roll_back);
/// let gym = Gym::new(catalog.clone()).fault(PoolExhausted, 1.0)?.fault(BadChange, 1.0)?;
/// let score = gym.score(200, 1, &mut BeliefRepair::new(catalog))?;
/// assert_eq!(score.regret(), 0.0);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct Gym<V> {
    catalog: Catalog<V>,
    faults: Vec<(Option<FaultKind>, f64)>,
    actions: u32,
}

/// What a policy made of a world while it goes on.
struct Course<'a, V> {
    known: &'a [Known<V>],
    counts: Vec<u32>,
    cause: usize,
    luck: Luck,
    downtime: f64,
    cost: f64,
    tries: u32,
    fine: bool,
    outcome: Option<Outcome>,
}

/// One remedy on its target.
struct Known<V> {
    action: Action<V>,
    cost: f64,
    fix: Vec<f64>,
    tries: u32,
}

/// Whether a remedy helps at a try: the same for whoever tries it.
#[derive(Clone, Copy)]
struct Luck(u64);

impl Luck {
    fn helps(self, remedy: usize, attempt: u32, probability: f64) -> bool {
        let index = (remedy as u64) << 32 | u64::from(attempt);
        Generator::stream(self.0, index).bernoulli(probability)
    }
}

/// Requests a second, and how many of them are bad while the fault lasts.
const REQUESTS: (u64, u64) = (1_000, 300);
/// After how many seconds a world is given up: a policy that waits for ever.
const LONGEST: i64 = 7_200;

fn at(second: i64) -> Timestamp {
    Timestamp::from_seconds(1_000_000 + second)
}

impl<V: Verb> Gym<V> {
    /// With these remedies, of which at most 6 may be tried in a world.
    pub fn new(catalog: Catalog<V>) -> Self {
        Self { catalog, faults: Vec::new(), actions: 6 }
    }

    /// Adds a kind of fault with its weight: how common it is beside the others.
    ///
    /// # Errors
    /// If the weight is not in (0, 1e6].
    pub fn fault(self, kind: FaultKind, weight: f64) -> Result<Self, Error> {
        self.with(Some(kind), weight)
    }

    /// How common it is that the fault is none of those that the diagnosis names, and nothing helps.
    ///
    /// # Errors
    /// If the weight is not in (0, 1e6].
    pub fn unexplained(self, weight: f64) -> Result<Self, Error> {
        self.with(None, weight)
    }

    fn with(mut self, kind: Option<FaultKind>, weight: f64) -> Result<Self, Error> {
        Error::require(weight > 0.0 && weight <= 1e6, "weight", "in (0, 1e6]", weight)?;
        self.faults.retain(|(k, _)| *k != kind);
        self.faults.push((kind, weight));
        Ok(self)
    }

    /// How many actions there may be in a world.
    ///
    /// # Errors
    /// If it is not from 1 to 16.
    pub fn max_actions(mut self, actions: u32) -> Result<Self, Error> {
        Error::require((1..=16).contains(&actions), "actions", "from 1 to 16", actions)?;
        self.actions = actions;
        Ok(self)
    }

    /// Lets a policy live through so many worlds, one after the other; it may learn from each.
    ///
    /// # Errors
    /// If there are fewer than 2 worlds, no kind of fault, or so many remedies and actions that what is best
    /// can't be computed.
    pub fn score(&self, worlds: u32, seed: u64, policy: &mut dyn Policy<V>) -> Result<GymScore, Error> {
        Error::require(worlds >= 2, "worlds", "at least 2", worlds)?;
        let named = self.faults.iter().filter(|(kind, _)| kind.is_some()).count();
        Error::require(named > 0, "faults", "at least one kind", named)?;
        let scored = (0..worlds).map(|world| self.live(u64::from(world), seed, policy));
        Ok(GymScore::new(scored.collect::<Result<_, _>>()?))
    }

    /// One world.
    fn live(&self, world: u64, seed: u64, policy: &mut dyn Policy<V>) -> Result<World, Error> {
        let mut random = Generator::stream(seed, world);
        let weights: Vec<f64> = self.faults.iter().map(|(_, weight)| weight * random.exponential()).collect();
        let sum: f64 = weights.iter().sum();
        let mut causes = Vec::new();
        for ((kind, _), weight) in self.faults.iter().zip(&weights) {
            if kind.is_some() {
                // By rounding the sum may be above 1 in the last bits.
                let mut cause = Cause::new("service-1", (weight / sum).min(1.0))?;
                cause.kind = *kind;
                causes.push(cause);
            }
        }
        let diagnosis = Diagnosis::new(at(0), causes)?;

        let mut machine = self.machine()?;
        for second in ["service-1", "service-2", "service-3"] {
            let health = if second == "service-1" { Health::Failing } else { Health::Serving };
            let target = Target::instance("service", second);
            let _ = machine.step(at(0), Event::Health { target, health: At::new(at(0), health) });
        }
        // A copy is asked what can be done and what is believed; no policy sees it.
        let opened = || Event::Opened { incident: world, symptom: None, diagnosis: diagnosis.clone() };
        let mut copy = machine.clone();
        let _ = copy.step(at(0), opened());
        let Some(situation) = copy.situation(world) else {
            return Err(Error::Numerical { what: "a world cannot be opened" });
        };
        let candidates = self.catalog.candidates(&situation);
        let known: Vec<Known<V>> = candidates
            .list
            .iter()
            .map(|c| Known { action: c.action.clone(), cost: c.cost, fix: c.fix.clone(), tries: c.tries })
            .collect();
        let belief = candidates.belief;
        let ticket = random.uniform();
        let mut before = 0.0;
        let cause = belief.iter().position(|p| {
            before += p;
            ticket < before
        });
        let cause = cause.unwrap_or(belief.len() - 1);
        let luck = Luck(random.next_u64());

        let mut model = RepairModel::new(belief, self.catalog.escalation, self.actions)?;
        model = model.downtime(self.catalog.downtime)?;
        for remedy in &known {
            model.action_with_tries(remedy.cost, remedy.fix.clone(), remedy.tries)?;
        }
        let best = model.solve()?;
        let mut lucky = self.catalog.escalation;
        let mut spent = 0.0;
        let mut counts = alloc::vec![0; known.len()];
        for remedy in best.sequence() {
            spent += known[*remedy].cost + self.catalog.downtime;
            let helps = luck.helps(*remedy, counts[*remedy], known[*remedy].fix[cause]);
            counts[*remedy] += 1;
            if helps {
                lucky = 0.0;
                break;
            }
        }

        let mut course = Course {
            known: &known,
            counts: alloc::vec![0; known.len()],
            cause,
            luck,
            downtime: self.catalog.downtime,
            cost: 0.0,
            tries: 0,
            fine: false,
            outcome: None,
        };
        self.run(&mut machine, &mut course, opened(), world, policy);
        let recovered = matches!(course.outcome, Some(Outcome::Recovered | Outcome::Subsided)) && course.fine;
        let cost = course.cost + if recovered { 0.0 } else { self.catalog.escalation };
        Ok(World { cost, optimum: best.cost(), lucky: spent + lucky, tries: course.tries, recovered })
    }

    fn machine(&self) -> Result<Remediator<V, ErrorRatio>, Error> {
        let remedies = self.catalog.remedies();
        let undone = remedies.iter().any(|r| r.measure().verb().undo().is_some());
        // Taking back counts as an action for the machine.
        let actions = if undone { 2 * self.actions } else { self.actions };
        let mut builder = Remediator::builder(ErrorRatio::builder(0.01).build()?)
            .without_lease()
            .max_actions(actions)
            .max_decisions(1_000)
            .deadline(Duration::from_secs(LONGEST.unsigned_abs()));
        for remedy in remedies {
            let verb = remedy.measure().verb();
            builder = builder.enable(verb.name());
            if let Some(undo) = verb.undo() {
                builder = builder.enable(undo.name());
            }
        }
        builder.build()
    }

    fn run(
        &self,
        machine: &mut Remediator<V, ErrorRatio>,
        course: &mut Course<'_, V>,
        opened: Event<V>,
        incident: u64,
        policy: &mut dyn Policy<V>,
    ) {
        let mut events = VecDeque::from([opened]);
        for second in 0..=LONGEST {
            let now = at(second);
            while let Some(event) = events.pop_front() {
                let mut written = None;
                for effect in machine.step(now, event) {
                    match effect {
                        Effect::Append(record) => written = Some(record.sequence()),
                        Effect::Decide { incident } => {
                            let decision = match machine.situation(incident) {
                                Some(_) if course.tries >= self.actions => {
                                    Decision::Escalate { why: "no more actions may be tried".into() }
                                }
                                Some(situation) => policy.decide(&situation),
                                None => continue,
                            };
                            events.push_back(Event::Decided { incident, decision });
                        }
                        Effect::Learn(tried) => policy.learn(&tried),
                        Effect::Release(permit) => {
                            course.apply(permit.action());
                            events.push_back(Event::Applied { key: permit.key(), outcome: Applied::Done });
                        }
                        Effect::Probe { key } => {
                            let outcome = Applied::Absent { why: format!("{key} was never asked for") };
                            events.push_back(Event::Applied { key, outcome });
                        }
                        Effect::Notice(Notice::Closed { outcome, .. }) => course.outcome = Some(outcome),
                        _ => {}
                    }
                }
                events.extend(written.map(|sequence| Event::Durable { sequence }));
            }
            if course.outcome.is_some() {
                return;
            }
            let now = at(second + 1);
            for (name, failing) in [("service-1", !course.fine), ("service-2", false), ("service-3", false)] {
                let health = if failing { Health::Failing } else { Health::Serving };
                let target = Target::instance("service", name);
                events.push_back(Event::Health { target, health: At::new(now, health) });
            }
            let bad = if course.fine { 0 } else { REQUESTS.1 };
            let sample = Sample::Counts { good: REQUESTS.0 - bad, bad };
            events.push_back(Event::Seen { incident: Some(incident), sample: At::new(now, sample) });
            events.push_back(Event::Tick);
        }
    }
}

impl<V: Verb> Course<'_, V> {
    /// Something is done. What takes an earlier action back costs nothing.
    fn apply(&mut self, action: &Action<V>) {
        let known = self.known.iter().position(|known| known.action == *action);
        let undoes = self.known.iter().any(|k| k.action.undo().is_some_and(|undo| undo == *action));
        if known.is_none() && undoes {
            return;
        }
        self.tries += 1;
        self.cost += self.downtime;
        let Some(remedy) = known else { return };
        let Known { cost, fix, tries, .. } = &self.known[remedy];
        self.cost += cost;
        let attempt = self.counts[remedy];
        self.counts[remedy] += 1;
        self.fine |= attempt < *tries && self.luck.helps(remedy, attempt, fix[self.cause]);
    }
}
