//! A simulated server behind a limiter: first come, first served, by as many workers as there are at the time.

use evenkeel_core::{Stage, Timestamp};
use evenkeel_experience::traffic::{ConcurrencyLimit, ConcurrencyLimiter, ConcurrencyPermit, RequestSample};
use evenkeel_stats::Generator;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

/// A limit that somebody guessed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fixed(pub(crate) u32);

impl ConcurrencyLimit for Fixed {
    fn limit(&self) -> u32 {
        self.0
    }
}

impl Stage<RequestSample> for Fixed {
    type Output = u32;

    fn update(&mut self, _: RequestSample) -> Option<u32> {
        Some(self.0)
    }

    fn reset(&mut self) {}
}

/// How the number of workers changes. It is a share of the run that is passed in, from 0 to 1.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Capacity {
    pub(crate) name: &'static str,
    pub(crate) workers: fn(f64) -> f64,
}

pub(crate) const CAPACITIES: [Capacity; 4] = [
    Capacity { name: "steady, 20 workers", workers: |_| 20.0 },
    Capacity {
        name: "step, 20 to 10 to 20",
        workers: |at| if (0.33..0.67).contains(&at) { 10.0 } else { 20.0 },
    },
    Capacity { name: "ramp, 10 to 30", workers: |at| 10.0 + 20.0 * at },
    Capacity { name: "leak, 20 to 8", workers: |at| 20.0 - 12.0 * at },
];

/// How long the work of one request takes, in seconds; 10 ms on average.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Work {
    pub(crate) name: &'static str,
    pub(crate) draw: fn(&mut Generator) -> f64,
    /// The median and the 99th percentile.
    pub(crate) median: f64,
    pub(crate) p99: f64,
}

/// Nearly always the same; and with a tail.
pub(crate) const WORKS: [Work; 2] = [
    Work {
        name: "8 to 12 ms, uniform",
        draw: |noise| 0.008 + 0.004 * noise.uniform(),
        median: 0.010,
        p99: 0.01196,
    },
    Work {
        name: "5 ms and an exponential 5 ms",
        draw: |noise| 0.005 + 0.005 * noise.exponential(),
        // 5 (1 + ln 2), 5 (1 + ln 100).
        median: 0.008_465_735_902_799_727,
        p99: 0.028_025_850_929_940_457,
    },
];

/// What came of a run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outcome {
    /// Requests done, a second.
    pub(crate) throughput: f64,
    /// The 99th percentile of the time that requests took, in seconds, of those that were admitted.
    pub(crate) p99: f64,
    /// The largest limit in the first half of the run, and in the second.
    pub(crate) highest: (u32, u32),
}

/// Requests a second that are offered: one and a half times what the most workers can do.
const OFFERED: f64 = 4_500.0;

/// A limit has to be found first; what happens in these seconds is not counted.
pub(crate) const WARM_UP: f64 = 5.0;

#[derive(Debug)]
struct Request {
    permit: ConcurrencyPermit,
    came: f64,
}

fn time(seconds: f64) -> Timestamp {
    Timestamp::from_nanos((seconds * 1e9) as i64)
}

/// For so many seconds, from the seed.
pub(crate) fn run(
    limit: impl ConcurrencyLimit,
    capacity: Capacity,
    work: Work,
    seconds: f64,
    seed: u64,
) -> Outcome {
    let mut limiter = ConcurrencyLimiter::new(limit);
    let (mut arrivals, mut noise) = (Generator::stream(seed, 0), Generator::stream(seed, 1));
    let mut queue: VecDeque<Request> = VecDeque::new();
    // What is being worked on, by the time it will be done; a heap of nanoseconds, because floats have no order.
    let mut busy: BinaryHeap<Reverse<(i64, usize)>> = BinaryHeap::new();
    let mut desks: Vec<Option<Request>> = Vec::new();
    let mut free_desks: Vec<usize> = Vec::new();
    let mut latencies = Vec::new();
    let mut highest = (0, 0);
    let mut next = arrivals.exponential() / OFFERED;
    loop {
        let done = busy.peek().map(|Reverse((end, _))| *end as f64 / 1e9);
        let now = done.map_or(next, |done| done.min(next));
        if now >= seconds {
            break;
        }
        if done.is_some_and(|done| done <= next) {
            if let Some(Reverse((_, desk))) = busy.pop()
                && let Some(request) = desks[desk].take()
            {
                free_desks.push(desk);
                if now >= WARM_UP {
                    latencies.push(now - request.came);
                }
                let limit = limiter.finish(time(now), request.permit, false);
                let half = if now < seconds / 2.0 { &mut highest.0 } else { &mut highest.1 };
                *half = limit.max(*half);
            }
        } else {
            next = now + arrivals.exponential() / OFFERED;
            if let Some(permit) = limiter.acquire(time(now)) {
                queue.push_back(Request { permit, came: now });
            }
        }
        // A worker that leaves finishes what it has begun.
        let workers = (capacity.workers)(now / seconds) as usize;
        while busy.len() < workers
            && let Some(request) = queue.pop_front()
        {
            let desk = free_desks.pop().unwrap_or_else(|| {
                desks.push(None);
                desks.len() - 1
            });
            desks[desk] = Some(request);
            let end = now + (work.draw)(&mut noise);
            busy.push(Reverse(((end * 1e9) as i64, desk)));
        }
    }
    latencies.sort_by(f64::total_cmp);
    let p99 = latencies.get(latencies.len() * 99 / 100).copied().unwrap_or(f64::INFINITY);
    Outcome { throughput: latencies.len() as f64 / (seconds - WARM_UP), p99, highest }
}

/// What the best of some fixed limits does: that with the most throughput of all whose p99 is at most twice that
/// without load.
pub(crate) fn best_fixed(
    limits: impl Iterator<Item = u32>,
    capacity: Capacity,
    work: Work,
    seconds: f64,
    seed: u64,
) -> (u32, Outcome) {
    limits
        .map(|limit| (limit, run(Fixed(limit), capacity, work, seconds, seed)))
        .filter(|(_, outcome)| outcome.p99 <= 2.0 * work.p99)
        .max_by(|x, y| x.1.throughput.total_cmp(&y.1.throughput))
        .unwrap_or((0, Outcome { throughput: 0.0, p99: 0.0, highest: (0, 0) }))
}

/// The limits, each as it would be set up for a service of which is known how long a request takes without load.
pub(crate) mod contenders {
    use super::Work;
    use core::time::Duration;
    use evenkeel_experience::traffic::{Aimd, Gradient2, GradientController, Vegas, Windowed};

    pub(crate) const LEAST: u32 = 4;
    pub(crate) const LARGEST: u32 = 5_000;
    /// Samples of a window, at least.
    const WINDOW: u32 = 100;

    pub(crate) fn aimd(work: Work) -> Aimd {
        let timeout = Duration::from_secs_f64(1.6 * work.p99);
        Aimd::new(LEAST, LEAST, LARGEST, 0.9, timeout).expect("settings in range")
    }

    pub(crate) fn vegas() -> Vegas {
        Vegas::new(LEAST, LARGEST).expect("settings in range")
    }

    /// Without probes: what the shortest round trip was is never learned anew.
    pub(crate) fn vegas_without_probes() -> Vegas {
        Vegas::with_settings(LEAST, LARGEST, 1.0, 1_000_000).expect("settings in range")
    }

    pub(crate) fn gradient2() -> Gradient2 {
        Gradient2::builder().limits(LEAST, LEAST, LARGEST).build().expect("settings in range")
    }

    pub(crate) fn published_gradient2() -> Gradient2 {
        Gradient2::builder().limits(LEAST, LEAST, LARGEST).as_published().build().expect("settings in range")
    }

    /// With a lower ceiling for the average than by default.
    pub(crate) fn bounded_gradient2() -> Gradient2 {
        let builder = Gradient2::builder().limits(LEAST, LEAST, LARGEST);
        builder.tolerance(1.3).drift(1.1).build().expect("settings in range")
    }

    pub(crate) fn gradient_controller(work: Work, window: usize) -> GradientController {
        let reference = Duration::from_secs_f64(work.median);
        GradientController::with_settings(LEAST, LEAST, LARGEST, reference, 0.25, window)
            .expect("settings in range")
    }

    pub(crate) fn windowed<L: super::ConcurrencyLimit>(limit: L) -> Windowed<L> {
        Windowed::mean(limit, WINDOW).expect("settings in range")
    }

    pub(crate) fn windowed_quantile<L: super::ConcurrencyLimit>(limit: L, quantile: f64) -> Windowed<L> {
        Windowed::quantile(limit, WINDOW, quantile).expect("settings in range")
    }
}
