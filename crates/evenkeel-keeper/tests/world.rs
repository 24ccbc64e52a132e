//! A small world to watch: edge calls cart and catalog, both call store.

use core::time::Duration;
use evenkeel_core::{Name, Signal, Timestamp};
use evenkeel_keeper::{Effect, Keeper};
use evenkeel_remedy::{ErrorRatio, Remediator, Verb};
use evenkeel_testing::Source;

pub(crate) const STEP: Duration = Duration::from_millis(250);

pub(crate) fn machine() -> evenkeel_remedy::RemediatorBuilder<Verb, ErrorRatio> {
    Remediator::builder(ErrorRatio::builder(0.02).build().unwrap()).sole_owner()
}

pub(crate) fn keeper(machine: Remediator<Verb, ErrorRatio>) -> Keeper<Verb> {
    let builder = Keeper::builder(0.02, machine).symptom_at("edge").step(STEP).rows(400);
    builder.evidence(Duration::from_secs(2)).build().unwrap()
}

pub(crate) struct World {
    source: Source,
    step: u32,
    /// Which component is slow, if any.
    pub(crate) slow: Option<&'static str>,
    /// Whose processor is busy all at once, if anyone's; users don't feel it.
    pub(crate) busy: Option<&'static str>,
    /// Whether the world's telemetry goes silent.
    pub(crate) silent: bool,
}

const EDGES: [(&str, &str); 4] =
    [("edge", "cart"), ("edge", "catalog"), ("cart", "store"), ("catalog", "store")];

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        Self { source: Source::new(seed), step: 0, slow: None, busy: None, silent: false }
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_seconds(1_700_000_000) + STEP * self.step
    }

    /// Whether a component is slow itself or waits for one that is.
    fn waits(&self, component: &str) -> bool {
        let waits_for = |c: &str, on: &str| EDGES.contains(&(c, on));
        let between =
            |slow: &str| ["cart", "catalog"].iter().any(|c| waits_for(component, c) && waits_for(c, slow));
        self.slow.is_some_and(|slow| slow == component || waits_for(component, slow) || between(slow))
    }

    /// One step: feeds the keeper and ticks it.
    pub(crate) fn step(&mut self, keeper: &mut Keeper<Verb>) -> Vec<Effect<Verb>> {
        self.step += 1;
        let now = self.now();
        if !self.silent {
            for component in ["edge", "cart", "catalog", "store"] {
                let latency =
                    if self.waits(component) { 0.6 } else { 0.02 } * (1.0 + 0.1 * self.source.normal());
                keeper.observe(&Signal::new(component, "latency_p99"), now, latency);
                let cpu = if self.busy == Some(component) { 0.9 } else { 0.1 };
                keeper.observe(&Signal::new(component, "cpu"), now, cpu + 0.01 * self.source.normal());
            }
            for (from, to) in EDGES {
                let seconds = if self.waits(to) { 0.6 } else { 0.02 } * (1.0 + 0.1 * self.source.normal());
                keeper.call(now, &Name::from(from), &Name::from(to), 12, 0, seconds);
            }
            let bad = (0..25)
                .filter(|_| self.source.uniform() < if self.waits("edge") { 0.7 } else { 0.005 })
                .count() as u64;
            keeper.request(now, 25 - bad, bad);
        }
        keeper.tick(now).into_iter().collect()
    }

    pub(crate) fn steps(&mut self, keeper: &mut Keeper<Verb>, n: usize) -> Vec<Effect<Verb>> {
        (0..n).flat_map(|_| self.step(keeper)).collect()
    }
}
