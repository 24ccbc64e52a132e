//! Scalers in a closed loop with a simulated queue: steps, ramps, daily cycles and outages of the source.

use evenkeel_core::{At, Forecaster, Prediction, Stage, Timestamp};
use evenkeel_remedy::scaling::{
    DemandQuantile, ForecastQuantile, PodAverage, Pods, ProportionalIntegral, Scaler, ScalingRule,
    WaitingTime, Workload,
};
use evenkeel_stats::Generator;
use proptest::prelude::*;

const SYNC: i64 = 15;
/// Requests a second that a replica can serve.
const CAPACITY: f64 = 10.0;

/// What the load does, in requests a second, by the tick.
#[derive(Debug, Clone, Copy)]
enum Load {
    Step { before: f64, after: f64 },
    Ramp { before: f64, after: f64 },
    Daily { low: f64, high: f64 },
}

const STEP_AT: usize = 100;
const DAY: usize = 24 * 3600 / SYNC as usize;

impl Load {
    fn at(self, tick: usize) -> f64 {
        match self {
            Self::Step { before, after } => {
                if tick < STEP_AT {
                    before
                } else {
                    after
                }
            }
            Self::Ramp { before, after } => {
                before + (after - before) * ((tick as f64 - STEP_AT as f64) / 400.0).clamp(0.0, 1.0)
            }
            Self::Daily { low, high } => {
                let phase = std::f64::consts::TAU * tick as f64 / DAY as f64;
                low + (high - low) * 0.5 * (1.0 - phase.cos())
            }
        }
    }
}

/// What can be read of the fleet in a tick.
#[derive(Debug, Clone, Copy)]
struct Measured {
    replicas: u32,
    ready: u32,
    arrivals: f64,
    utilization: f64,
}

/// What happened to a fleet.
#[derive(Debug, Default)]
struct Course {
    sizes: Vec<u32>,
    loads: Vec<f64>,
    backlog: Vec<f64>,
}

impl Course {
    /// How often the size turned from growing to shrinking or back.
    fn turns(&self, from: usize) -> usize {
        let mut direction = 0;
        let mut turns = 0;
        for pair in self.sizes[from..].windows(2) {
            let now = (i64::from(pair[1]) - i64::from(pair[0])).signum();
            if now != 0 {
                turns += usize::from(direction != 0 && now != direction);
                direction = now;
            }
        }
        turns
    }
}

/// A queue before replicas that serve two ticks after they were called for.
fn run<R: ScalingRule>(
    mut scaler: Scaler<R>,
    load: Load,
    ticks: usize,
    seed: u64,
    outages: &[std::ops::Range<usize>],
    read: impl Fn(Measured) -> R::Reading,
) -> Course {
    let mut random = Generator::new(seed);
    let (mut replicas, mut backlog) = (6_u32, 0.0);
    let mut course = Course::default();
    for tick in 0..ticks {
        let rate = load.at(tick);
        let mean = rate * SYNC as f64;
        let arrived = (mean + mean.sqrt() * random.normal()).max(0.0);
        let before = course.sizes.iter().rev().take(2).min().copied().unwrap_or(replicas);
        let ready = replicas.min(before);
        let most = f64::from(ready) * CAPACITY * SYNC as f64;
        let served = (backlog + arrived).min(most);
        backlog += arrived - served;
        let arrivals = arrived / SYNC as f64;
        let measured = Measured { replicas, ready, arrivals, utilization: served / most };
        let out = outages.iter().any(|range| range.contains(&tick));
        let workload =
            if out { Workload::missing(replicas) } else { Workload::new(replicas, read(measured)) };
        course.sizes.push(replicas);
        course.loads.push(rate);
        course.backlog.push(backlog);
        let now = Timestamp::from_seconds(SYNC * tick as i64);
        let sizing = scaler.update(At::new(now, workload));
        assert!(!(out && sizing.is_some()), "scaled without data");
        replicas = sizing.map_or(replicas, |sizing| sizing.to());
    }
    course
}

/// The last value is the next, and scatters as it did.
#[derive(Debug, Clone, Default)]
struct LastValue {
    last: Option<f64>,
    square: f64,
}

impl Stage<f64> for LastValue {
    type Output = Prediction;

    fn update(&mut self, x: f64) -> Option<Prediction> {
        let x = evenkeel_core::observed(x)?;
        if let Some(last) = self.last {
            self.square += 0.05 * ((x - last) * (x - last) - self.square);
        }
        self.last = Some(x);
        Prediction::new(x, self.square.sqrt())
    }

    fn reset(&mut self) {
        *self = Self::default();
    }
}

impl Forecaster for LastValue {
    fn forecast_into(&self, out: &mut [Prediction]) -> bool {
        let Some(last) = self.last else { return false };
        for (h, p) in out.iter_mut().enumerate() {
            *p = Prediction::new(last, self.square.sqrt() * (1.0 + h as f64).sqrt()).unwrap_or_default();
        }
        true
    }
}

const RULES: [&str; 4] = ["pod average", "waiting time", "forecast", "feedback"];

fn course(rule: usize, load: Load, ticks: usize, seed: u64, outages: &[std::ops::Range<usize>]) -> Course {
    match RULES[rule] {
        "pod average" => {
            let scaler = Scaler::builder(PodAverage::new(0.6).unwrap(), 1, 200).build().unwrap();
            run(scaler, load, ticks, seed, outages, |m| Pods {
                measured: m.ready,
                total: m.utilization * f64::from(m.ready),
                missing: 0,
                unready: m.replicas - m.ready,
            })
        }
        "waiting time" => {
            let rule = WaitingTime::new(CAPACITY, 0.1, 0.05).unwrap();
            let scaler = Scaler::builder(rule, 1, 200).tolerance(0.1).build().unwrap();
            run(scaler, load, ticks, seed, outages, |m| m.arrivals)
        }
        "forecast" => {
            let quantile = DemandQuantile::new(0.7 * CAPACITY, 0.95).unwrap();
            let rule = ForecastQuantile::new(LastValue::default(), 4, quantile).unwrap();
            let scaler = Scaler::builder(rule, 1, 200).tolerance(0.1).build().unwrap();
            run(scaler, load, ticks, seed, outages, |m| m.arrivals)
        }
        _ => {
            let rule = ProportionalIntegral::builder(0.6).build().unwrap();
            let scaler = Scaler::builder(rule, 1, 200).tolerance(0.05).build().unwrap();
            run(scaler, load, ticks, seed, outages, |m| m.utilization)
        }
    }
}

/// How many replicas are busy.
fn busy(load: f64) -> f64 {
    load / CAPACITY
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// After a step the size settles: it serves the load, at no more than two and a half times what is busy,
    /// and turns at most a few times.
    #[test]
    fn a_step_is_followed_and_then_it_is_quiet(rule in 0_usize..4, before in 20.0_f64..600.0, after in 20.0_f64..600.0, seed: u64) {
        let course = course(rule, Load::Step { before, after }, 500, seed, &[]);
        let name = RULES[rule];
        let settled = STEP_AT + 120;
        prop_assert!(course.turns(0) <= 8, "{name}: {} turns: {:?}", course.turns(0), course.sizes);
        prop_assert!(course.turns(settled) <= 3, "{name}: {} turns: {:?}", course.turns(settled), &course.sizes[settled..]);
        for size in &course.sizes[settled..] {
            let size = f64::from(*size);
            prop_assert!(size >= busy(after) && size <= 2.5 * busy(after) + 3.0, "{name}: {size} for {}", busy(after));
        }
        prop_assert!(course.backlog[settled..].iter().all(|b| *b <= 0.5 * after * SYNC as f64), "{name}");
    }

    #[test]
    fn a_ramp_is_followed(rule in 0_usize..4, before in 20.0_f64..600.0, after in 20.0_f64..600.0, seed: u64) {
        let course = course(rule, Load::Ramp { before, after }, 700, seed, &[]);
        let name = RULES[rule];
        prop_assert!(course.turns(40) <= 8, "{name}: {} turns: {:?}", course.turns(40), course.sizes);
        for (size, load) in course.sizes.iter().zip(&course.loads).skip(120) {
            prop_assert!(f64::from(*size) >= busy(*load), "{name}: {size} for {}", busy(*load));
        }
    }

    /// While the source is down, and for the window of scaling in afterwards, nothing shrinks; also if it is
    /// down again and again.
    #[test]
    fn without_data_nothing_shrinks(
        rule in 0_usize..4,
        before in 20.0_f64..600.0,
        after in 20.0_f64..600.0,
        outages in prop::collection::vec((0_usize..380, 1_usize..60), 1..5),
        seed: u64,
    ) {
        let outages: Vec<_> = outages.into_iter().map(|(start, length)| start..start + length).collect();
        let course = course(rule, Load::Step { before, after }, 420, seed, &outages);
        let window = 300 / SYNC as usize;
        for outage in &outages {
            // What was called for just before takes effect in the first tick.
            let watched = outage.start + 1..(outage.end - 1 + window).min(course.sizes.len() - 1);
            for tick in watched {
                prop_assert!(course.sizes[tick + 1] >= course.sizes[tick], "{}: shrank at {tick} ({outages:?})", RULES[rule]);
            }
        }
    }
}

#[test]
fn a_day_is_followed_in_two_movements() {
    for (rule, name) in RULES.iter().enumerate() {
        let load = Load::Daily { low: 40.0, high: 700.0 };
        let course = course(rule, load, 2 * DAY, 11, &[]);
        let turns = course.turns(STEP_AT);
        let mean = course.sizes.iter().map(|n| f64::from(*n)).sum::<f64>() / course.sizes.len() as f64;
        let needed = course.loads.iter().map(|l| busy(*l)).sum::<f64>() / course.loads.len() as f64;
        let short = course
            .sizes
            .iter()
            .zip(&course.loads)
            .skip(STEP_AT)
            .filter(|(n, l)| f64::from(**n) < busy(**l))
            .count();
        println!(
            "{name}: {turns} turns in two days, {mean:.1} replicas for {needed:.1} busy ones, short in {short} ticks"
        );
        // Up and down twice are three turns; the rest is noise at the ends.
        assert!((3..=40).contains(&turns), "{name}: {turns} turns");
        assert_eq!(short, 0, "{name}");
        assert!(mean <= 2.1 * needed, "{name}: {mean} for {needed}");
    }
}

/// Without what is against windup the integral would run off while the size may not follow.
#[test]
fn feedback_does_not_wind_up() {
    let rule = ProportionalIntegral::builder(0.6).build().unwrap();
    let mut scaler = Scaler::builder(rule, 1, 10).build().unwrap();
    let mut size = 10;
    let mut update = |tick: i64, size: u32, load: f64| {
        let utilization = load / f64::from(size);
        let sizing =
            scaler.update(At::new(Timestamp::from_seconds(SYNC * tick), Workload::new(size, utilization)));
        sizing.unwrap()
    };
    // Twice as much as ten may serve, for half a day.
    for tick in 0..2_880 {
        size = update(tick, size, 12.0).to();
        assert_eq!(size, 10);
    }
    // The load falls: what is called for falls within a minute, not after hours.
    let mut wanted = u32::MAX;
    for tick in 2_880..2_884 {
        let sizing = update(tick, size, 3.0);
        wanted = sizing.wanted();
        size = sizing.to();
    }
    assert!(wanted <= 7, "{wanted}");
}
