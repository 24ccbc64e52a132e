//! Stages that break exactly one promise each.

use evenkeel_core::{Direction, Prediction, Score, Snapshot, Stage, observed};
use evenkeel_testing::conformance::{
    self, Broken, Input, Kind, Missing, Options, Promise, Subject, clone_continues, does_not_allocate,
    endures, expects_before_it_sees, garbled_snapshots_are_survived, is_deterministic,
    missing_teaches_nothing, never_panics, other_schema_is_refused, reset_is_fresh, snapshot_continues,
    tampered_snapshots_are_survived, wild_values_are_forgotten,
};
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicU64, Ordering};

/// What is wrong with a [`Probe`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
enum Fault {
    None,
    PanicsOnHuge,
    SaysInfinity,
    PoisonedByNan,
    LearnsFromMissing,
    SilentAfterMissing,
    Peeks,
    Allocates,
    Hoards,
    ResetKeeps,
    ResetForgetsSettings,
    Random,
    Shared,
    NeverSpeaks,
    TrustsItsBytes,
    RemembersWild,
}

/// An exponentially weighted mean that scores deviations from it, unless something is wrong with it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Probe {
    fault: Fault,
    #[serde(with = "evenkeel_core::exact")]
    weight: f64,
    #[serde(with = "evenkeel_core::exact")]
    mean: Option<f64>,
    hoard: Vec<u32>,
    silent: bool,
    index: usize,
}

/// Hidden randomness, and a state that instances share.
static HIDDEN: AtomicU64 = AtomicU64::new(1);

impl Probe {
    fn new(fault: Fault) -> Self {
        Self { fault, weight: 0.1, mean: None, hoard: Vec::with_capacity(4096), silent: false, index: 0 }
    }
}

impl Stage<f64> for Probe {
    type Output = Score;

    fn update(&mut self, raw: f64) -> Option<Score> {
        use Fault::{
            Allocates, Hoards, LearnsFromMissing, NeverSpeaks, PanicsOnHuge, Peeks, PoisonedByNan, Random,
            RemembersWild, SaysInfinity, Shared, SilentAfterMissing, TrustsItsBytes,
        };
        match self.fault {
            PanicsOnHuge => assert!(raw.abs() < 1e98 || raw.is_nan(), "too large"),
            PoisonedByNan if raw.is_nan() => self.mean = Some(f64::NAN),
            LearnsFromMissing if observed(raw).is_none() => self.mean = self.mean.map(|mean| mean * 0.999),
            SilentAfterMissing if observed(raw).is_none() => self.silent = true,
            Allocates => drop(std::hint::black_box(vec![self.index])),
            Hoards => self.hoard.push(7),
            Random => self.mean = self.mean.map(|m| m + 1e-9 * HIDDEN.fetch_add(1, Ordering::Relaxed) as f64),
            Shared => {
                let before = HIDDEN.swap(raw.to_bits(), Ordering::Relaxed);
                self.mean = self.mean.map(|mean| mean + 1e-9 * (before % 1000) as f64);
            }
            // A record is an ordinary thing to remember, but not for ever.
            RemembersWild if observed(raw).is_some_and(|x| x.abs() > 1e50) => self.index = 1,
            TrustsItsBytes => self.silent &= [false, true][self.index],
            _ => {}
        }
        let x = observed(raw)?;
        let Some(mean) = self.mean else {
            self.mean = Some(x);
            return None;
        };
        let after = mean + self.weight * (x - mean);
        self.mean = Some(after);
        if self.silent || self.fault == NeverSpeaks {
            return None;
        }
        let expected = if self.fault == Peeks { after } else { mean };
        let score = Score::from_deviation(x - expected - self.index as f64)?;
        match Prediction::new(expected, 1.0) {
            Some(expected) => Some(score.with_expected(expected)),
            None => Some(score),
        }
        .filter(|_| self.fault != SaysInfinity || x < 1e9)
    }

    fn reset(&mut self) {
        match self.fault {
            Fault::ResetKeeps => {}
            Fault::ResetForgetsSettings => *self = Self { weight: 0.2, ..Self::new(self.fault) },
            _ => *self = Self::new(self.fault),
        }
    }
}

impl Snapshot for Probe {
    fn schema() -> String {
        "Probe@1".into()
    }
}

fn options() -> Options {
    Options::new(Kind::Detector).steps(100_000)
}

#[track_caller]
pub(super) fn reported(result: Result<(), Broken>, promise: Promise, how: &str) {
    let broken = result.expect_err("the check should have reported a broken promise");
    assert_eq!(broken.promise(), promise, "{broken}");
    assert!(broken.how().contains(how), "{broken}");
}

/// All checks but one pass, so that each report is about exactly the fault.
fn failing(fault: Fault) -> Vec<&'static str> {
    type Check = (&'static str, fn(Fault) -> Result<(), Broken>);
    let checks: [Check; 10] = [
        ("never_panics", |f| never_panics::<f64, _>(|| Probe::new(f), &options())),
        ("missing_teaches_nothing", |f| missing_teaches_nothing::<f64, _>(|| Probe::new(f), &options())),
        ("expects_before_it_sees", |f| expects_before_it_sees::<f64, _>(|| Probe::new(f), &options())),
        ("does_not_allocate", |f| does_not_allocate::<f64, _>(|| Probe::new(f), &options())),
        ("reset_is_fresh", |f| reset_is_fresh::<f64, _>(|| Probe::new(f), &options())),
        ("clone_continues", |f| clone_continues::<f64, _>(|| Probe::new(f), &options())),
        ("snapshot_continues", |f| snapshot_continues::<f64, _>(|| Probe::new(f), &options())),
        ("is_deterministic", |f| is_deterministic::<f64, _>(|| Probe::new(f), &options())),
        ("endures", |f| endures::<f64, _>(|| Probe::new(f), &options())),
        ("wild_values_are_forgotten", |f| wild_values_are_forgotten::<f64, _>(|| Probe::new(f), &options())),
    ];
    checks.iter().filter(|(_, check)| check(fault).is_err()).map(|(name, _)| *name).collect()
}

#[test]
fn each_fault_is_found_by_its_own_checks_alone() {
    assert_eq!(failing(Fault::None), [""; 0]);
    assert_eq!(failing(Fault::LearnsFromMissing), ["missing_teaches_nothing"]);
    assert_eq!(failing(Fault::Peeks), ["expects_before_it_sees"]);
    assert_eq!(failing(Fault::Allocates), ["does_not_allocate", "endures"]);
    assert_eq!(failing(Fault::ResetKeeps), ["reset_is_fresh"]);
    assert_eq!(failing(Fault::ResetForgetsSettings), ["reset_is_fresh"]);
    assert_eq!(failing(Fault::NeverSpeaks), ["endures"]);
    assert_eq!(failing(Fault::RemembersWild), ["wild_values_are_forgotten"]);
    // A random stage agrees with nothing, not even with its own clone.
    let random = failing(Fault::Random);
    assert!(random.contains(&"is_deterministic") && !random.contains(&"never_panics"), "{random:?}");
}

#[test]
fn a_panic_is_reported_with_its_input() {
    let result = never_panics::<f64, _>(|| Probe::new(Fault::PanicsOnHuge), &options());
    reported(result, Promise::Total, "`missing values only` to a fresh stage (inf): too large");
}

/// Says infinity, as a bare float can.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Inverse;

impl Stage<f64> for Inverse {
    type Output = f64;

    fn update(&mut self, x: f64) -> Option<f64> {
        Some(1.0 / observed(x)?)
    }

    fn reset(&mut self) {}
}

impl Snapshot for Inverse {
    fn schema() -> String {
        "Inverse@1".into()
    }
}

#[test]
fn an_infinite_output_is_reported() {
    let result = never_panics::<f64, _>(|| Inverse, &options());
    reported(result, Promise::Missing, "said Some(inf) at input 0 of `zeros`");
}

#[test]
fn poison_is_reported() {
    let result = missing_teaches_nothing::<f64, _>(|| Probe::new(Fault::PoisonedByNan), &options());
    reported(result, Promise::Missing, "with missing values inserted");
}

#[test]
fn silence_after_missing_values_is_reported() {
    let options = options().missing(Missing::Recovers);
    let result = missing_teaches_nothing::<f64, _>(|| Probe::new(Fault::SilentAfterMissing), &options);
    reported(result, Promise::Missing, "silent for ever after 200 missing values");
    missing_teaches_nothing::<f64, _>(|| Probe::new(Fault::LearnsFromMissing), &options).unwrap();
}

#[test]
fn a_peek_is_reported() {
    let result = expects_before_it_sees::<f64, _>(|| Probe::new(Fault::Peeks), &options());
    reported(result, Promise::Prequential, "it had expected");
}

#[test]
fn an_allocation_is_reported_and_growth_is_allowed_up_to_its_cap() {
    let result = does_not_allocate::<f64, _>(|| Probe::new(Fault::Allocates), &options());
    reported(result, Promise::Allocation, "update 1 after the warm-up allocated 8 bytes");
    does_not_allocate::<f64, _>(|| Probe::new(Fault::Allocates), &options().growth(100_000)).unwrap();
}

#[test]
fn a_hoard_that_seldom_allocates_is_found_in_the_long_run() {
    let result = endures::<f64, _>(|| Probe::new(Fault::Hoards), &options());
    reported(result, Promise::Allocation, "after the warm-up allocated");
}

#[test]
fn a_reset_that_keeps_something_is_reported() {
    let result = reset_is_fresh::<f64, _>(|| Probe::new(Fault::ResetKeeps), &options());
    reported(result, Promise::Reset, "after 1 inputs and a reset the state is");
}

#[test]
fn hidden_randomness_is_reported() {
    let result = is_deterministic::<f64, _>(|| Probe::new(Fault::Random), &options());
    reported(result, Promise::Deterministic, "a second instance");
    let result = is_deterministic::<f64, _>(|| Probe::new(Fault::Shared), &options());
    reported(result, Promise::Deterministic, "instance");
}

#[test]
fn a_silent_stage_makes_checks_vacuous_and_is_reported() {
    let result = endures::<f64, _>(|| Probe::new(Fault::NeverSpeaks), &options());
    reported(result, Promise::Vacuous, "it said nothing in 100000 steps");
}

#[test]
fn what_a_wild_value_leaves_behind_is_reported() {
    let result = wild_values_are_forgotten::<f64, _>(|| Probe::new(Fault::RemembersWild), &options());
    reported(result, Promise::Missing, "1 values of -1e60 at input 0 matter 5000 inputs later");
    let remembers = options().remembers();
    wild_values_are_forgotten::<f64, _>(|| Probe::new(Fault::RemembersWild), &remembers).unwrap();
}

#[test]
fn bytes_that_are_trusted_are_reported() {
    let result = garbled_snapshots_are_survived::<f64, _>(|| Probe::new(Fault::TrustsItsBytes), &options());
    reported(result, Promise::Snapshot, "was accepted and then panicked");
}

#[test]
fn numbers_that_are_trusted_are_reported() {
    let result = tampered_snapshots_are_survived::<f64, _>(|| Probe::new(Fault::TrustsItsBytes), &options());
    reported(result, Promise::Snapshot, "was accepted and then panicked");
}

/// A mean whose snapshot is broken in one of several ways; the macro writes the same stage around different
/// fields.
macro_rules! mean {
    ($name:ident, $schema:expr, { $(#[$of:meta])* }, $clone:expr) => {
        #[derive(Debug, PartialEq, Default, Serialize, Deserialize)]
        struct $name {
            $(#[$of])*
            mean: f64,
            seen: u32,
        }

        impl Clone for $name {
            fn clone(&self) -> Self {
                let change: fn(f64) -> f64 = $clone;
                Self { mean: change(self.mean), seen: self.seen }
            }
        }

        impl Stage<f64> for $name {
            type Output = f64;

            fn update(&mut self, x: f64) -> Option<f64> {
                let x = observed(x)?;
                self.seen = self.seen.saturating_add(1);
                self.mean += (x - self.mean) / f64::from(self.seen);
                Some(self.mean)
            }

            fn reset(&mut self) {
                self.mean = 0.0;
                self.seen = 0;
            }
        }

        impl Snapshot for $name {
            fn schema() -> String {
                $schema
            }
        }
    };
}

fn single<S: serde::Serializer>(x: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    evenkeel_core::exact::serialize(&f64::from(*x as f32), serializer)
}

static CALLS: AtomicU64 = AtomicU64::new(0);

mean!(Bare, "Bare@1".into(), {}, |x| x);
mean!(Rounded, "Rounded@1".into(), { #[serde(serialize_with = "single", deserialize_with = "evenkeel_core::exact::deserialize")] }, |x| x);
mean!(Forgotten, "Forgotten@1".into(), { #[serde(skip)] }, |x| x);
mean!(Nameless, "@1".into(), { #[serde(with = "evenkeel_core::exact")] }, |x| x);
mean!(Versionless, "Mean".into(), { #[serde(with = "evenkeel_core::exact")] }, |x| x);
mean!(Fickle, format!("Fickle@{}", CALLS.fetch_add(1, Ordering::Relaxed)), { #[serde(with = "evenkeel_core::exact")] }, |x| x);
mean!(Unlike, "Unlike@1".into(), { #[serde(with = "evenkeel_core::exact")] }, |x| x + 1e-9);

#[test]
fn a_snapshot_that_loses_a_bit_is_reported() {
    let options = options().missing(Missing::Ignored);
    reported(
        snapshot_continues::<f64, _>(Rounded::default, &options),
        Promise::Snapshot,
        "the state is Rounded",
    );
    reported(
        snapshot_continues::<f64, _>(Forgotten::default, &options),
        Promise::Snapshot,
        "the state is Forgotten",
    );
    reported(snapshot_continues::<f64, _>(Bare::default, &options), Promise::Snapshot, "bare number");
}

#[test]
fn a_clone_that_is_none_is_reported() {
    reported(clone_continues::<f64, _>(Unlike::default, &options()), Promise::Clone, "the clone is Unlike");
}

#[test]
fn a_schema_without_name_or_version_is_reported() {
    let options = options();
    reported(other_schema_is_refused::<f64, _>(Nameless::default, &options), Promise::Snapshot, "`@1`");
    reported(other_schema_is_refused::<f64, _>(Versionless::default, &options), Promise::Snapshot, "`Mean`");
    reported(
        other_schema_is_refused::<f64, _>(Fickle::default, &options),
        Promise::Snapshot,
        "from call to call",
    );
    let other = options.schema("Other@1");
    reported(other_schema_is_refused::<f64, _>(Bare::default, &other), Promise::Snapshot, "not `Other@1`");
}

#[test]
fn a_golden_snapshot_that_changed_is_reported() {
    if std::env::var_os("EVENKEEL_BLESS").is_some() {
        return;
    }
    let path = std::env::temp_dir().join(format!("evenkeel-golden-{}.json", std::process::id()));
    let options = options().golden(&path);
    let check = || conformance::golden_is_reproduced::<f64, _>(|| Probe::new(Fault::None), &options);
    reported(check(), Promise::Snapshot, "EVENKEEL_BLESS=1");
    std::fs::write(&path, "[\"Probe@0\",{}]").unwrap();
    reported(check(), Promise::Snapshot, "cannot restore");
    let fresh = serde_json::to_string(&Probe::new(Fault::None).snapshot()).unwrap();
    std::fs::write(&path, fresh).unwrap();
    reported(check(), Promise::Snapshot, "now it would be");
    std::fs::remove_file(&path).unwrap();
}

/// An input of one's own: the same value, always.
#[derive(Debug)]
struct Fixed;

impl Input for Fixed {
    type Owned = f64;
    type Item<'a> = f64;

    fn lend(owned: &f64) -> f64 {
        *owned
    }

    fn ordinary(_: &mut evenkeel_testing::Source) -> f64 {
        7.0
    }

    fn hostile(_: &mut evenkeel_testing::Source) -> Vec<(String, Vec<f64>)> {
        vec![("sevens".into(), vec![7.0; 10])]
    }
}

#[test]
fn an_input_of_ones_own_goes_through_every_check() {
    fn all<I: Input, S: Subject<I>>(make: impl Fn() -> S) {
        let options = options();
        never_panics::<I, S>(&make, &options).unwrap();
        missing_teaches_nothing::<I, S>(&make, &options).unwrap();
        does_not_allocate::<I, S>(&make, &options).unwrap();
        reset_is_fresh::<I, S>(&make, &options).unwrap();
        clone_continues::<I, S>(&make, &options).unwrap();
        snapshot_continues::<I, S>(&make, &options).unwrap();
        garbled_snapshots_are_survived::<I, S>(&make, &options).unwrap();
        tampered_snapshots_are_survived::<I, S>(&make, &options).unwrap();
        is_deterministic::<I, S>(&make, &options).unwrap();
        endures::<I, S>(&make, &options).unwrap();
    }
    all::<Fixed, _>(|| Probe::new(Fault::None));
    assert_eq!(Probe::new(Fault::None).observe_direction(), Direction::Down);
}

impl Probe {
    fn observe_direction(mut self) -> Direction {
        self.update(1.0);
        self.update(0.0).map(|score| score.direction()).unwrap_or_default()
    }
}
