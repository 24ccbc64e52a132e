//! The streaming contract.

use core::time::Duration;
use evenkeel_core::At;
use evenkeel_experience::canary::{
    ArmCounts, BadDirection, CanaryValue, CanaryWatch, MetricKind, PairedCounts, RateExcess, WatchedMetric,
};
use evenkeel_experience::experiment::{
    Arm, BoundedComparison, MeanComparison, RateComparison, SequentialSampleRatio,
};
use evenkeel_experience::feedback::{FeedbackSeries, RatingDrift};
use evenkeel_experience::slo::{
    Apdex, BurnRateMonitor, BurnRule, CalendarBudget, CounterIncrease, Counters, Events, Period,
    RollingBudget, Severity, TimeSlices,
};
use evenkeel_experience::traffic::{
    Aimd, Gradient2, GradientController, PriorityShedder, RequestSample, Vegas, Windowed,
};
use evenkeel_testing::{Source, conformance};

/// An input of the kit by how it is drawn, what extremes it has, and what counts as missing.
macro_rules! input {
    ($name:ident: $type:ty, $ordinary:expr, $extremes:expr, $missing:expr) => {
        struct $name;

        impl conformance::Input for $name {
            type Owned = $type;
            type Item<'a> = $type;

            fn lend(owned: &$type) -> $type {
                *owned
            }

            fn ordinary(source: &mut Source) -> $type {
                let draw: fn(&mut Source) -> $type = $ordinary;
                draw(source)
            }

            fn hostile(source: &mut Source) -> Vec<(String, Vec<$type>)> {
                let extremes: fn(&mut Source) -> Vec<$type> = $extremes;
                let mut streams: Vec<(String, Vec<$type>)> = extremes(source)
                    .into_iter()
                    .enumerate()
                    .map(|(i, extreme)| (format!("extreme {i}"), vec![extreme; 300]))
                    .collect();
                let mixed = (0..500).map(|_| {
                    let all = extremes(source);
                    if source.below(2) == 0 { all[source.below(all.len())] } else { Self::ordinary(source) }
                });
                streams.push(("everything mixed".to_owned(), mixed.collect()));
                streams
            }

            fn missing(neighbor: &$type) -> Vec<$type> {
                let missing: fn(&$type) -> Vec<$type> = $missing;
                missing(neighbor)
            }
        }
    };
}

fn arm(source: &mut Source) -> Arm {
    if source.below(3) == 0 { Arm::Treatment } else { Arm::Control }
}

input! {
    ArmValues: (Arm, f64),
    |source| (arm(source), source.value()),
    |source| [0.0, 1e100, -1e100, 1e-300, 7.0].map(|x| (arm(source), x)).to_vec(),
    |(arm, _)| [f64::NAN, f64::INFINITY, 1e101].map(|x| (*arm, x)).to_vec()
}
input! {
    ArmShares: (Arm, f64),
    |source| (arm(source), source.uniform()),
    |source| [0.0, 1.0, 1e-300].map(|x| (arm(source), x)).to_vec(),
    |(arm, _)| [f64::NAN, -0.1, 1.1, f64::NEG_INFINITY].map(|x| (*arm, x)).to_vec()
}
input! {
    ArmEvents: (Arm, bool),
    |source| (arm(source), source.below(10) == 0),
    |source| vec![(arm(source), true), (arm(source), false)],
    |_| Vec::new()
}
input! {
    Arms: usize,
    |source| source.below(3),
    |_| vec![0, 2],
    |_| vec![3, usize::MAX]
}
input! {
    TimedEvents: At<Events>,
    |source| {
        let bad = if source.below(20) == 0 { source.below(3) as u64 } else { 0 };
        At::new(source.time(), Events::new(source.below(200) as u64, bad))
    },
    |source| {
        let time = source.time();
        let counts = [(0, 0), (u64::MAX, u64::MAX), (0, u64::MAX), (u64::MAX, 0), (0, 1)];
        let mut all: Vec<_> = counts.map(|(good, bad)| At::new(time, Events::new(good, bad))).to_vec();
        for nanos in [i64::MIN, i64::MAX, 0, source.next_u64().cast_signed()] {
            all.push(At::new(evenkeel_core::Timestamp::from_nanos(nanos), Events::new(3, 1)));
        }
        all
    },
    |neighbor| vec![At::new(neighbor.time, Events::NONE)]
}
input! {
    Readings: Counters,
    |source| {
        let valid = source.below(1_000_000) as u64;
        Counters { valid, bad: valid / 50 }
    },
    |_| {
        [(0, 0), (u64::MAX, u64::MAX), (u64::MAX, 0), (0, 5)]
            .map(|(valid, bad)| Counters { valid, bad })
            .to_vec()
    },
    |_| Vec::new()
}
input! {
    Responses: Option<Duration>,
    |source| (source.below(20) > 0).then(|| Duration::from_secs_f64(2.0 * source.uniform())),
    |_| vec![None, Some(Duration::ZERO), Some(Duration::MAX)],
    |_| Vec::new()
}
input! {
    Requests: RequestSample,
    |source| RequestSample {
        round_trip: Duration::from_secs_f64(0.01 + 0.02 * source.uniform()),
        in_flight: source.below(60) as u32,
        dropped: source.below(50) == 0,
    },
    |_| {
        let all = [Duration::ZERO, Duration::from_nanos(1), Duration::MAX, Duration::from_secs(1)];
        all.into_iter()
            .flat_map(|round_trip| {
                [(0, false), (u32::MAX, false), (u32::MAX, true)]
                    .map(|(in_flight, dropped)| RequestSample { round_trip, in_flight, dropped })
            })
            .collect()
    },
    |_| Vec::new()
}
input! {
    Canaries: (usize, Arm, CanaryValue),
    |source| {
        let index = source.below(2);
        let value = if index == 0 {
            let events = source.below(3) as u64;
            CanaryValue::Counts { events, others: 50 }
        } else {
            CanaryValue::Value(source.value())
        };
        (index, arm(source), value)
    },
    |source| {
        let counts = |events, others| CanaryValue::Counts { events, others };
        let arm = arm(source);
        vec![
            (0, arm, counts(u64::MAX, u64::MAX)),
            (0, arm, counts(u64::MAX, 0)),
            (1, arm, CanaryValue::Value(1e100)),
            (1, arm, CanaryValue::Value(-1e100)),
        ]
    },
    |(_, arm, _)| {
        vec![
            (2, *arm, CanaryValue::Value(1.0)),
            (0, *arm, CanaryValue::Value(1.0)),
            (1, *arm, CanaryValue::Value(f64::NAN)),
            (0, *arm, CanaryValue::Counts { events: 0, others: 0 }),
        ]
    }
}
input! {
    Pairs: PairedCounts,
    |source| {
        let mut arm = || ArmCounts::new(source.below(3) as u64, source.below(50) as u64);
        PairedCounts { canary: arm(), baseline: arm() }
    },
    |_| {
        let all = [ArmCounts::new(u64::MAX, u64::MAX), ArmCounts::new(u64::MAX, 0), ArmCounts::new(0, u64::MAX)];
        let few = ArmCounts::new(1, 0);
        let pair = |canary, baseline| PairedCounts { canary, baseline };
        all.into_iter().flat_map(|arm| [pair(arm, arm), pair(arm, few), pair(few, arm)]).collect()
    },
    |neighbor| {
        let arm = ArmCounts::default();
        vec![PairedCounts { canary: arm, ..*neighbor }, PairedCounts { baseline: arm, ..*neighbor }]
    }
}
input! {
    Answers: At<Option<u8>>,
    |source| At::new(source.time(), (source.below(4) > 0).then(|| source.below(11) as u8)),
    |source| {
        let time = source.time();
        let far = evenkeel_core::Timestamp::from_nanos(source.next_u64().cast_signed());
        vec![At::new(time, Some(255)), At::new(far, Some(5)), At::new(evenkeel_core::Timestamp::MAX, None)]
    },
    |neighbor| vec![At::new(neighbor.time, None), At::new(neighbor.time, Some(11))]
}
input! {
    Shares: f64,
    |source| source.uniform(),
    |_| vec![0.0, 1.0, 1e-300],
    |_| vec![f64::NAN, -0.5, 1.5, f64::INFINITY, 1e300]
}

fn metrics() -> [WatchedMetric; 2] {
    [(MetricKind::Rate, 0.01), (MetricKind::Mean, 1.0)].map(|(kind, margin)| WatchedMetric {
        name: format!("{kind:?}").into(),
        kind,
        direction: BadDirection::Either,
        margin,
    })
}

/// Rules with short windows, so that the ring is full soon.
fn rules() -> [BurnRule; 2] {
    let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
    let rule = |name, long, short, factor| {
        BurnRule::new(name, Severity::Page, minutes(long), minutes(short), factor).unwrap()
    };
    [rule("fast", 30, 5, 14.4), rule("slow", 60, 10, 1.0)]
}

const DAY: Duration = Duration::from_secs(86_400);

conformance! {
    mean_comparison {
        stage: MeanComparison::new(0.05, 1000.0).unwrap(), input: ArmValues, kind: stage, missing: ignored,
        schema: "MeanComparison@1", golden: "tests/golden/mean_comparison.json", forgets: never, steps: 300_000
    }
    rate_comparison {
        stage: RateComparison::new(0.05).unwrap(), input: ArmEvents, kind: stage, steps: 20_000,
        schema: "RateComparison@1", golden: "tests/golden/rate_comparison.json", tampered: survived
    }
    bounded_comparison {
        stage: BoundedComparison::new(0.05).unwrap(), input: ArmShares, kind: stage, missing: recovers,
        schema: "BoundedComparison@1", golden: "tests/golden/bounded_comparison.json", steps: 200_000
    }
    sample_ratio {
        stage: SequentialSampleRatio::new(&[0.5, 0.3, 0.2]).unwrap(), input: Arms, kind: stage,
        missing: ignored, schema: "SequentialSampleRatio@1", golden: "tests/golden/sample_ratio.json",
        tampered: survived, steps: 200_000
    }
    apdex {
        stage: Apdex::new(Duration::from_millis(500)).unwrap(), input: Responses, kind: stage,
        schema: "Apdex@1", golden: "tests/golden/apdex.json", tampered: survived, steps: 300_000
    }
    counter_increase {
        stage: CounterIncrease::new(), input: Readings, kind: stage, schema: "CounterIncrease@1",
        golden: "tests/golden/counter_increase.json", tampered: survived, steps: 300_000
    }
    burn_rate {
        stage: BurnRateMonitor::builder("99%".parse().unwrap()).rules(rules()).build().unwrap(),
        input: TimedEvents, kind: stage, schema: "BurnRateMonitor@1", golden: "tests/golden/burn_rate.json",
        steps: 100_000
    }
    rolling_budget {
        stage: RollingBudget::new("99.9%".parse().unwrap(), 28 * DAY, DAY).unwrap(), input: TimedEvents,
        kind: stage, schema: "RollingBudget@1", golden: "tests/golden/rolling_budget.json", steps: 100_000
    }
    calendar_budget {
        stage: CalendarBudget::new("99.9%".parse().unwrap(), Period::Month, 3600).unwrap(),
        input: TimedEvents, kind: stage, schema: "CalendarBudget@1",
        golden: "tests/golden/calendar_budget.json", steps: 200_000
    }
    time_slices {
        stage: TimeSlices::new(Duration::from_secs(300), 0.95).unwrap(), input: TimedEvents, kind: stage,
        schema: "TimeSlices@1", golden: "tests/golden/time_slices.json", steps: 300_000
    }
    aimd {
        stage: Aimd::new(1, 20, 200, 0.9, Duration::from_millis(25)).unwrap(), input: Requests, kind: stage,
        schema: "Aimd@1", golden: "tests/golden/aimd.json", tampered: survived, steps: 300_000
    }
    vegas {
        stage: Vegas::new(20, 200).unwrap(), input: Requests, kind: stage,
        schema: "Vegas@1", golden: "tests/golden/vegas.json", tampered: survived, steps: 300_000
    }
    vegas_with_jitter {
        stage: Vegas::new(20, 200).unwrap().seeded(7), input: Requests, kind: stage, schema: "Vegas@1",
        golden: "tests/golden/vegas_with_jitter.json", steps: 100_000
    }
    gradient2 {
        stage: Gradient2::builder().limits(1, 20, 200).build().unwrap(), input: Requests, kind: stage,
        schema: "Gradient2@1", golden: "tests/golden/gradient2.json", tampered: survived, steps: 300_000
    }
    gradient_controller {
        stage: GradientController::new(1, 20, 200, Duration::from_millis(10)).unwrap(), input: Requests,
        kind: stage, schema: "GradientController@1", golden: "tests/golden/gradient_controller.json",
        steps: 300_000
    }
    windowed_mean {
        stage: Windowed::mean(Gradient2::builder().limits(1, 20, 200).build().unwrap(), 10).unwrap(),
        input: Requests, kind: stage, schema: "Windowed@1<Gradient2@1>",
        golden: "tests/golden/windowed_mean.json", tampered: survived, steps: 300_000
    }
    windowed_quantile {
        stage: Windowed::quantile(Vegas::new(20, 200).unwrap(), 10, 0.9).unwrap(), input: Requests,
        kind: stage, schema: "Windowed@1<Vegas@1>", golden: "tests/golden/windowed_quantile.json", steps: 100_000
    }
    priority_shedder {
        stage: PriorityShedder::new(16).unwrap(), input: bool, kind: stage, schema: "PriorityShedder@1",
        golden: "tests/golden/priority_shedder.json", tampered: survived, steps: 200_000
    }
    canary_watch {
        stage: CanaryWatch::new(metrics(), 0.05).unwrap(), input: Canaries, kind: stage, missing: recovers,
        schema: "CanaryWatch@1", golden: "tests/golden/canary_watch.json", forgets: never, steps: 20_000
    }
    rate_excess {
        stage: RateExcess::new(), input: Pairs, kind: stage, missing: ignored, schema: "RateExcess@1",
        golden: "tests/golden/rate_excess.json", steps: 200_000
    }
    feedback_series {
        stage: FeedbackSeries::new(Duration::from_secs(600)).unwrap(), input: Answers, kind: stage,
        schema: "FeedbackSeries@1", golden: "tests/golden/feedback_series.json", steps: 200_000
    }
    rating_drift {
        stage: RatingDrift::new(0.5, 0.1, 0.01).unwrap(), input: Shares, kind: stage, missing: ignored,
        schema: "RatingDrift@1", golden: "tests/golden/rating_drift.json", steps: 300_000
    }
}
