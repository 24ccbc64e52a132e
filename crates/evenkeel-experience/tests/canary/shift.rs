//! Rollouts carried out by the machine: guards, waiting, shifts under way, restarts.

use super::rollout::{at, quick, rate};
use core::time::Duration;
use evenkeel_core::{Snapshot, Stage, Timestamp, restore};
use evenkeel_experience::canary::shift::{
    CanaryController, CanaryPolicy, CanaryVerifier, MostCanaries, RaisesOnly, SplitError, SplitExecutor,
    SplitState, TrafficSplit,
};
use evenkeel_experience::canary::{
    ArmCounts, AtDeadline, CanaryBatch, PairedCounts, Reading, Rollout, StepVerdict, TrafficShares,
};
use evenkeel_remedy::action::Key;
use evenkeel_remedy::driver::{Driver, MemoryLog};
use evenkeel_remedy::executor::{Applied, Executor};
use evenkeel_remedy::guard::{Approval, Rate};
use evenkeel_remedy::machine::{RemediatorBuilder, Status};
use evenkeel_remedy::verb::StandardVerb;
use evenkeel_remedy::{Event, Notice, Outcome, Remediator, Target};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// What divides the traffic of several services, for all programs that ever drive it.
#[derive(Debug, Default)]
struct World {
    shares: BTreeMap<Target, (u8, Option<Key>)>,
    /// Orders that were taken and are carried out when they are let go.
    slow: Vec<(Target, u8, Key)>,
    is_slow: bool,
    /// Nobody can be asked.
    is_deaf: bool,
    /// All orders, in the sequence in which they came, with whether they were taken.
    orders: Vec<(u8, bool)>,
}

impl World {
    fn share(&self, target: &Target) -> u8 {
        self.shares.get(target).map_or(0, |(percent, _)| *percent)
    }

    fn carry_out(&mut self, target: &Target, percent: u8, order: Key) -> bool {
        let state = self.shares.entry(target.clone()).or_insert((0, None));
        let is_newer = state.1.is_none_or(|last| last < order);
        if is_newer {
            *state = (percent, Some(order));
        }
        is_newer
    }

    /// What was under way arrives, late.
    fn let_go(&mut self) {
        for (target, percent, order) in std::mem::take(&mut self.slow) {
            self.carry_out(&target, percent, order);
        }
    }
}

#[derive(Debug, Clone, Default)]
struct Split(Rc<RefCell<World>>);

impl TrafficSplit for Split {
    fn set(&mut self, target: &Target, percent: u8, order: Key) -> Result<(), SplitError> {
        let mut world = self.0.borrow_mut();
        if world.is_slow && percent > 0 {
            world.slow.push((target.clone(), percent, order));
            world.orders.push((percent, true));
            return Ok(());
        }
        let taken = world.carry_out(target, percent, order);
        world.orders.push((percent, taken));
        if taken { Ok(()) } else { Err(SplitError::Refused("a newer order was taken".into())) }
    }

    fn read(&mut self, target: &Target) -> Result<SplitState, SplitError> {
        let world = self.0.borrow();
        if world.is_deaf {
            return Err(SplitError::Failed("nobody answers".into()));
        }
        let (percent, order) = world.shares.get(target).copied().unwrap_or((0, None));
        Ok(SplitState { percent: Some(percent), order })
    }
}

type Machine = Driver<CanaryPolicy, SplitExecutor<Split>, MemoryLog, StandardVerb, CanaryVerifier>;

/// A rollout with all that carries it out.
struct Rig {
    world: Split,
    driver: Machine,
    controllers: Vec<CanaryController>,
    notices: Vec<Notice<StandardVerb>>,
    now: u64,
}

fn target() -> Target {
    Target::component("payments")
}

type Settings = RemediatorBuilder<StandardVerb, CanaryVerifier>;

fn settings(controllers: &[CanaryController], guards: impl FnOnce(Settings) -> Settings) -> Settings {
    let verifier = controllers[0].verifier();
    guards(controllers[0].settings(Remediator::builder(verifier).enable("canary").without_lease()))
}

fn policy(controllers: &[CanaryController]) -> CanaryPolicy {
    controllers.iter().fold(CanaryPolicy::new(), |policy, c| policy.rollout(c.target(), c.rollout()).unwrap())
}

impl Rig {
    fn new(rollout: Rollout, guards: impl FnOnce(Settings) -> Settings) -> Self {
        Self::of(vec![CanaryController::new(target(), rollout)], guards)
    }

    fn of(controllers: Vec<CanaryController>, guards: impl FnOnce(Settings) -> Settings) -> Self {
        let world = Split::default();
        let machine = settings(&controllers, guards).build().unwrap();
        let executor = SplitExecutor::new(world.clone());
        let driver = Driver::new(machine, policy(&controllers), executor, MemoryLog::new());
        let mut rig = Self { world, driver, controllers, notices: Vec::new(), now: 0 };
        for i in 0..rig.controllers.len() {
            let event = rig.controllers[i].open(at(0), rig.driver.machine()).unwrap();
            rig.tell(event);
        }
        rig
    }

    fn tell(&mut self, event: Event<StandardVerb>) {
        let notices = self.driver.step(at(self.now), event).unwrap();
        self.notices.extend(notices);
    }

    fn share(&self) -> u8 {
        self.world.0.borrow().share(&target())
    }

    /// A second in which the canary fails so many in a hundred requests, of 1,000 in all.
    fn second(&mut self, failing: u64) {
        let n = 10 * u64::from(self.share());
        let shares = TrafficShares::of_canary(self.share()).unwrap();
        let routed = [n, 10 * u64::from(shares.baseline()), 10 * u64::from(shares.rest())];
        let failed = routed[0] * failing / 100;
        let paired = PairedCounts {
            canary: ArmCounts::new(failed, routed[0] - failed),
            baseline: ArmCounts::new(0, routed[1]),
        };
        self.look(routed, &[Reading::Counts(paired); 2]);
    }

    fn look(&mut self, routed: [u64; 3], readings: &[Reading<'_>]) {
        self.now += 1;
        let (now, since) = (at(self.now), at(self.now - 1));
        for i in 0..self.controllers.len() {
            // What is measured is of the first.
            if i == 0 {
                self.controllers[i].observe(now, &CanaryBatch { since, routed, readings });
            }
            let target = self.controllers[i].target().clone();
            let share = self.world.clone().read(&target).ok().and_then(|state| state.percent);
            let event = self.controllers[i].next(now, share, self.driver.machine());
            // After its end nothing is due, but time passes.
            self.tell(event.unwrap_or(Event::Tick));
        }
    }

    /// Lets seconds pass until the canary has this share.
    fn rise_to(&mut self, percent: u8) {
        for _ in 0..500 {
            if self.share() == percent {
                return;
            }
            self.second(0);
        }
        panic!("it stays at {} %: {:?}", self.share(), self.notices);
    }

    /// How many seconds of a canary that fails a tenth of its requests it takes until it has none.
    fn back(&mut self) -> u64 {
        let begun = self.now;
        while self.share() > 0 {
            self.second(10);
            assert!(self.now < begun + 100, "it stays at {} %: {:?}", self.share(), self.notices);
        }
        self.now - begun
    }

    fn status(&self) -> Option<Status> {
        let machine = self.driver.machine();
        machine.status(self.controllers[0].incident(machine)?)
    }

    fn outcome(&self) -> Option<&Outcome> {
        self.driver.outcome(0)
    }

    fn orders(&self) -> Vec<u8> {
        self.world.0.borrow().orders.iter().filter(|(_, taken)| *taken).map(|(percent, _)| *percent).collect()
    }
}

fn no_guards(builder: Settings) -> Settings {
    builder
}

#[test]
fn a_good_canary_arrives_and_each_shift_is_an_action() {
    let mut rig = Rig::new(quick().build().unwrap(), |b| {
        b.guard(RaisesOnly::new(Rate::new(2, Duration::from_secs(30)).unwrap()))
    });
    rig.rise_to(100);
    // Six shifts, at most two of them in half a minute.
    assert!(rig.now >= 60, "{}", rig.now);
    for _ in 0..3 {
        rig.second(0);
    }
    assert_eq!(rig.outcome(), Some(&Outcome::Recovered));
    assert_eq!(rig.orders(), [1, 5, 10, 25, 50, 100]);
    let acts = rig.notices.iter().filter(|n| matches!(n, Notice::Acts { undo: false, .. })).count();
    assert_eq!((acts, rig.share()), (6, 100));
}

/// Root cause 1: Argo Rollouts and Flagger promoted canaries of which nothing was measured.
#[test]
fn no_measurement_is_not_success() {
    let deadline = Duration::from_secs(60);
    let silent: [&[Reading<'_>]; 3] =
        [&[], &[Reading::Nothing; 2], &[Reading::Counts(PairedCounts { canary: NONE, baseline: NONE }); 2]];
    for readings in silent {
        let mut rig = Rig::new(quick().deadline(deadline).build().unwrap(), no_guards);
        rig.rise_to(5);
        for _ in 0..59 {
            rig.look([50, 50, 900], readings);
            assert!(rig.share() <= 5);
        }
        for _ in 0..5 {
            rig.look([50, 50, 900], readings);
        }
        assert_eq!(rig.share(), 0);
        assert!(matches!(rig.outcome(), Some(Outcome::Escalated { .. })));
        let why = rig.controllers[0].rollout().went_back().unwrap();
        assert!(matches!(why, StepVerdict::NoData { .. } | StepVerdict::TooLittleTraffic { .. }), "{why}");
    }
    // Asked to hold, it stays where it is, and nothing is promoted either.
    let hold = quick().deadline(deadline).at_deadline(AtDeadline::Hold).build().unwrap();
    let mut rig = Rig::new(hold, no_guards);
    rig.rise_to(5);
    for _ in 0..2000 {
        rig.look([50, 50, 900], &[]);
    }
    assert_eq!((rig.share(), rig.outcome()), (5, None));
    rig.rise_to(100);
}

const NONE: ArmCounts = ArmCounts::new(0, 0);

/// The program that judges dies, and the machine lives: it goes back without being told to.
#[test]
fn a_judge_that_is_gone_is_not_success() {
    let mut rig = Rig::new(quick().deadline(Duration::from_secs(60)).build().unwrap(), no_guards);
    rig.rise_to(10);
    for _ in 0..100 {
        rig.now += 1;
        rig.tell(Event::Tick);
    }
    assert_eq!(rig.share(), 0);
}

/// Root cause 3: Flagger #1801 and Argo Rollouts #3850 did not look at failures while they waited.
#[test]
fn a_failure_during_a_waiting_state_is_acted_on() {
    // While a step bakes, from any of them.
    for percent in [1, 5, 10, 25, 50] {
        let mut rig = Rig::new(quick().bake(Duration::from_secs(10)).build().unwrap(), no_guards);
        rig.rise_to(percent);
        let seconds = rig.back();
        assert!(seconds < 15, "{seconds} s at {percent} %");
        // One action takes it all back, and then a person is called.
        assert_eq!(rig.orders().iter().filter(|percent| **percent == 0).count(), 1);
        assert!(matches!(rig.outcome(), Some(Outcome::Escalated { .. })));
        assert_eq!(rig.controllers[0].next(at(rig.now + 1), Some(0), rig.driver.machine()), None);
    }
    // While a person is asked, and while a rate limit holds the next step up.
    let held: [fn(Settings) -> Settings; 2] = [
        |b| b.guard(RaisesOnly::new(Approval::of_all())),
        |b| b.guard(RaisesOnly::new(Rate::new(1, Duration::from_secs(600)).unwrap())),
    ];
    for guards in held {
        let mut rig = Rig::new(quick().build().unwrap(), guards);
        if let Some(key) = rig.notices.iter().find_map(|n| match n {
            Notice::Ask { key, .. } => Some(*key),
            _ => None,
        }) {
            rig.tell(Event::Approved { key, by: "someone".into() });
        }
        rig.rise_to(1);
        for _ in 0..30 {
            rig.second(0);
        }
        assert_eq!((rig.share(), rig.status()), (1, Some(Status::Held)));
        assert!(rig.back() < 15);
    }
    // While a shift is still being carried out, and never comes to an end.
    let mut rig = Rig::new(quick().build().unwrap(), no_guards);
    rig.rise_to(10);
    rig.world.0.borrow_mut().is_slow = true;
    for _ in 0..20 {
        rig.second(0);
    }
    assert!(matches!(rig.status(), Some(Status::InFlight { in_doubt: false, .. })), "{:?}", rig.status());
    assert!(rig.back() < 5);
    // It arrives after all, and is turned down.
    rig.world.0.borrow_mut().let_go();
    rig.second(0);
    assert_eq!(rig.share(), 0);
}

/// In the very second of a shift, where the machine takes no counts.
#[test]
fn a_failure_right_after_a_shift_is_acted_on_at_once() {
    let mut rig = Rig::new(quick().build().unwrap(), no_guards);
    rig.rise_to(25);
    let shifted = rig.now;
    // What is told now was sent before the shift, and fails.
    let paired = PairedCounts { canary: ArmCounts::new(40, 60), baseline: ArmCounts::new(0, 100) };
    let batch =
        CanaryBatch { since: at(shifted - 1), routed: [100, 100, 800], readings: &[Reading::Counts(paired)] };
    rig.controllers[0].observe(at(shifted), &batch);
    let event = rig.controllers[0].next(at(shifted), Some(25), rig.driver.machine()).unwrap();
    rig.tell(event);
    assert_eq!((rig.now, rig.share()), (shifted, 0));
}

/// Root cause 2: Envoy #27066 and OpenShift's machine-api counted what was done, not what was under way.
#[test]
fn the_cap_is_checked_with_work_in_flight() {
    let other = Target::component("cart");
    let build = |target: Target| CanaryController::new(target, quick().build().unwrap());
    let both = || vec![build(target()), build(other.clone())];
    let mut rig = Rig::of(both(), |b| b.guard(MostCanaries::new(1).unwrap()));
    rig.world.0.borrow_mut().is_slow = true;
    let mut rig2 = Rig::of(both(), no_guards);
    // Without the guard both are shifted.
    rig2.second(0);
    let orders = |rig: &Rig| rig.world.0.borrow().orders.len();
    assert_eq!(orders(&rig2), 2);
    // The first shift was ordered while the world was quick, so one canary runs: the other waits, however
    // long, also while the next shift of the first is under way.
    for _ in 0..60 {
        rig.second(0);
    }
    let world = rig.world.0.borrow();
    assert_eq!((world.share(&target()), world.share(&other)), (1, 0));
    assert_eq!(world.slow.len(), 1, "{:?}", world.slow);
    assert_eq!(world.slow[0].0, target());
    drop(world);
    // When the first is back at 0 %, the other one may begin.
    rig.world.0.borrow_mut().is_slow = false;
    rig.back();
    for _ in 0..10 {
        rig.second(0);
    }
    assert!(rig.world.0.borrow().share(&other) > 0);
}

/// A shift that is under way before anything was ever done counts as well.
#[test]
fn a_first_shift_in_flight_is_a_canary() {
    let other = Target::component("cart");
    let controllers =
        [target(), other.clone()].map(|target| CanaryController::new(target, quick().build().unwrap()));
    let world = Split::default();
    world.0.borrow_mut().is_slow = true;
    let machine = settings(&controllers, |b| b.guard(MostCanaries::new(1).unwrap())).build().unwrap();
    let executor = SplitExecutor::new(world.clone());
    let mut driver = Driver::new(machine, policy(&controllers), executor, MemoryLog::new());
    for controller in &controllers {
        let event = controller.open(at(0), driver.machine()).unwrap();
        driver.step(at(0), event).unwrap();
    }
    assert_eq!(world.0.borrow().orders, [(1, true)]);
    assert_eq!(driver.machine().ledger().in_flight().count(), 1);
}

#[test]
fn a_freeze_keeps_a_canary_where_it_is_and_a_halt_stops_everything() {
    let mut rig = Rig::new(quick().build().unwrap(), no_guards);
    rig.rise_to(5);
    rig.tell(Event::Freeze { name: "audit".into(), until: None });
    for _ in 0..100 {
        rig.second(0);
    }
    assert_eq!(rig.share(), 5);
    rig.tell(Event::Thaw { name: "audit".into() });
    rig.rise_to(25);
    rig.tell(Event::Halt { by: "someone".into() });
    for _ in 0..20 {
        rig.second(10);
    }
    assert_eq!(rig.share(), 25);
    rig.tell(Event::Resume { by: "someone".into() });
    assert_eq!(rig.share(), 0);
}

/// Done is what was read back: an order that is acknowledged and not carried out is not.
#[test]
fn a_shift_is_done_when_it_was_read_back() {
    let mut rig = Rig::new(quick().build().unwrap(), |b| b.apply_within(Duration::from_secs(5)));
    rig.rise_to(1);
    rig.world.0.borrow_mut().is_slow = true;
    for _ in 0..20 {
        rig.second(0);
    }
    assert_eq!(rig.orders(), [1, 5]);
    assert!(matches!(rig.status(), Some(Status::InFlight { in_doubt: true, .. })));
    assert_eq!(rig.controllers[0].rollout().told_share(), 1);
    rig.world.0.borrow_mut().let_go();
    rig.second(0);
    assert!(matches!(rig.status(), Some(Status::Verifying { .. })), "{:?}", rig.status());
    // Nobody can be asked: nothing passes meanwhile.
    rig.world.0.borrow_mut().is_slow = false;
    rig.rise_to(10);
    rig.world.0.borrow_mut().is_deaf = true;
    for _ in 0..50 {
        rig.second(0);
    }
    assert_eq!(rig.share(), 10);
    assert_eq!(rig.controllers[0].rollout().verdict(at(rig.now)), StepVerdict::ShareUnknown);
}

fn rebuilt(rig: Rig, saved: &str) -> Rig {
    let rollout: Rollout = restore(&mut serde_json::Deserializer::from_str(saved)).unwrap();
    let controllers = vec![CanaryController::new(target(), rollout)];
    let mut executor = SplitExecutor::new(rig.world.clone());
    let mut log = MemoryLog::new();
    let records = rig.driver.log().records().to_vec();
    for record in &records {
        evenkeel_remedy::driver::Log::append(&mut log, record).unwrap();
    }
    let machine = Remediator::recover(settings(&controllers, no_guards), records).unwrap();
    for (key, flight) in machine.ledger().in_flight() {
        executor.recall(*key, &flight.action);
    }
    let driver = Driver::new(machine, policy(&controllers), executor, log);
    Rig { driver, controllers, ..rig }
}

#[test]
fn a_rollout_goes_on_after_a_restart() {
    let save = |rig: &Rig| serde_json::to_string(&rig.controllers[0].rollout().snapshot()).unwrap();
    // Between two shifts; with a snapshot from before the last shift; and with a shift under way, which
    // arrived meanwhile or never did.
    for case in 0..4 {
        let mut rig = Rig::new(quick().build().unwrap(), no_guards);
        rig.rise_to(5);
        let mut saved = save(&rig);
        if case == 1 {
            rig.rise_to(10);
        } else if case >= 2 {
            rig.world.0.borrow_mut().is_slow = true;
            for _ in 0..10 {
                rig.second(0);
            }
            assert!(matches!(rig.status(), Some(Status::InFlight { .. })));
            saved = save(&rig);
            let mut world = rig.world.0.borrow_mut();
            if case == 2 {
                world.let_go();
            } else {
                world.slow.clear();
            }
            world.is_slow = false;
        }
        let mut rig = rebuilt(rig, &saved);
        assert_eq!(rig.share(), [5, 10, 10, 5][case]);
        rig.rise_to(25);
        // It failed before the restart or after: it goes back.
        assert!(rig.back() < 15);
        let orders = rig.orders();
        assert!(orders.iter().filter(|percent| **percent == 0).count() == 1, "{case}: {orders:?}");
    }
}

#[test]
fn an_executor_answers_for_what_it_knows() {
    let mut executor = SplitExecutor::new(Split::default());
    let key = Key { incident: 3, step: 0, attempt: 0 };
    assert_eq!(executor.probe(key), Applied::Unknown);
    assert_eq!(executor.finished(), None);
    // What is recalled and not in force is fenced off, so that it never will be.
    let action = evenkeel_remedy::Action::new(StandardVerb::Canary { from: 0, to: 5 }, target());
    executor.recall(key, &action);
    assert!(matches!(executor.probe(key), Applied::Absent { .. }));
    assert!(executor.split_mut().set(&target(), 5, key).is_err());
    assert_eq!(executor.split().0.borrow().share(&target()), 0);
}

#[test]
fn a_verifier_says_what_it_is_told_and_nothing_else() {
    use evenkeel_core::At;
    use evenkeel_remedy::Sample;
    use evenkeel_remedy::verify::{Verdict, Verifier};
    let mut verifier = CanaryVerifier::new();
    let mut say =
        |sample| verifier.update(At::new(Timestamp::EPOCH, sample)).map(|recovery| recovery.verdict());
    for silent in
        [Sample::Missing, Sample::Value(0.0), Sample::Value(f64::NAN), Sample::Counts { good: 1000, bad: 0 }]
    {
        assert_eq!(say(silent), None);
    }
    assert_eq!(say(Sample::Value(1.0)), Some(Verdict::Recovered));
    assert_eq!(say(Sample::Value(-1.0)), Some(Verdict::Failing));
    assert!(!CanaryVerifier::new().is_promising() && CanaryVerifier::holding().is_promising());
}

#[test]
fn a_refused_first_shift_is_proposed_again() {
    let mut rig = Rig::new(
        Rollout::builder([rate("errors", 0.02)]).bake(Duration::from_secs(2)).build().unwrap(),
        no_guards,
    );
    let mut frozen = Rig::of(Vec::from([CanaryController::new(target(), quick().build().unwrap())]), |b| {
        b.guard(RaisesOnly::new(evenkeel_remedy::guard::Freeze::new().window(at(0), at(30)).unwrap()))
    });
    for _ in 0..25 {
        rig.second(0);
        frozen.second(0);
    }
    assert!(rig.share() > 0);
    assert_eq!(frozen.share(), 0);
    frozen.rise_to(5);
}
