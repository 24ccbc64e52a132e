//! What the stages of this crate take beside plain numbers.

use evenkeel_stats::sequential::Interval;
use evenkeel_testing::Source;
use evenkeel_testing::conformance::Input;

type Streams<T> = Vec<(String, Vec<T>)>;

/// Numbers in [0, 1]; hostile ones are those of any number.
pub(crate) struct Fraction;

impl Input for Fraction {
    type Owned = f64;
    type Item<'a> = f64;

    fn lend(owned: &f64) -> f64 {
        *owned
    }

    fn ordinary(source: &mut Source) -> f64 {
        match source.below(10) {
            0 => 0.0,
            1 => 1.0,
            _ => source.uniform(),
        }
    }

    fn hostile(source: &mut Source) -> Streams<f64> {
        let mut streams = <f64 as Input>::hostile(source);
        streams.push(("all 0".into(), vec![0.0; 400]));
        streams.push(("all 1".into(), vec![1.0; 400]));
        streams
    }

    fn missing(neighbor: &f64) -> Vec<f64> {
        <f64 as Input>::missing(neighbor)
    }

    fn alternatives(_: &f64) -> Vec<f64> {
        vec![0.0, 0.2, 0.7, 1.0]
    }
}

/// How many observations were and how many were not the event in question.
pub(crate) struct Counts;

impl Input for Counts {
    type Owned = (u64, u64);
    type Item<'a> = (u64, u64);

    fn lend(owned: &(u64, u64)) -> (u64, u64) {
        *owned
    }

    fn ordinary(source: &mut Source) -> (u64, u64) {
        (source.below(3) as u64, 5 + source.below(20) as u64)
    }

    fn hostile(_: &mut Source) -> Streams<(u64, u64)> {
        vec![
            ("nothing".into(), vec![(0, 0); 400]),
            ("all".into(), vec![(u64::MAX, 0); 400]),
            ("none".into(), vec![(0, u64::MAX); 400]),
            ("as many as can be".into(), vec![(u64::MAX, u64::MAX); 400]),
            ("in turn".into(), (0..400).map(|i| (u64::MAX * (i % 2), u64::MAX * (1 - i % 2))).collect()),
        ]
    }

    fn alternatives(_: &(u64, u64)) -> Vec<(u64, u64)> {
        vec![(0, 1), (1, 0), (0, 0), (9, 9)]
    }
}

/// Two numbers.
pub(crate) struct Pair;

impl Input for Pair {
    type Owned = (f64, f64);
    type Item<'a> = (f64, f64);

    fn lend(owned: &(f64, f64)) -> (f64, f64) {
        *owned
    }

    fn ordinary(source: &mut Source) -> (f64, f64) {
        let common = source.value();
        (common + source.normal(), common + source.normal())
    }

    fn hostile(source: &mut Source) -> Streams<(f64, f64)> {
        let mut streams = Vec::new();
        for (name, stream) in <f64 as Input>::hostile(source) {
            streams.push((format!("{name}, both"), stream.iter().map(|x| (*x, *x)).collect()));
            streams.push((format!("{name}, opposed"), stream.iter().map(|x| (*x, -x)).collect()));
        }
        streams
    }

    fn missing(neighbor: &(f64, f64)) -> Vec<(f64, f64)> {
        vec![(f64::NAN, neighbor.1), (neighbor.0, f64::INFINITY), (1e101, 1e101)]
    }
}

/// Intervals.
pub(crate) struct Intervals;

impl Input for Intervals {
    type Owned = Interval;
    type Item<'a> = Interval;

    fn lend(owned: &Interval) -> Interval {
        *owned
    }

    fn ordinary(source: &mut Source) -> Interval {
        let center = source.normal();
        Interval::new(center - 4.0 * source.uniform(), center + 4.0 * source.uniform()).unwrap()
    }

    fn hostile(source: &mut Source) -> Streams<Interval> {
        let ends = [f64::MIN, -1.0, 0.0, f64::MIN_POSITIVE, 1.0, f64::MAX];
        let any = (0..400).map(|_| {
            let (a, b) = (ends[source.below(ends.len())], ends[source.below(ends.len())]);
            Interval::new(a.min(b), a.max(b)).unwrap()
        });
        vec![("any ends".into(), any.collect())]
    }
}

/// Three regressors and a target.
pub(crate) struct Regression;

impl Input for Regression {
    type Owned = (Vec<f64>, f64);
    type Item<'a> = (&'a [f64], f64);

    fn lend(owned: &(Vec<f64>, f64)) -> (&[f64], f64) {
        (&owned.0, owned.1)
    }

    fn ordinary(source: &mut Source) -> (Vec<f64>, f64) {
        let x = vec![1.0, source.normal(), source.value()];
        let y = 3.0 - x[1] + 0.2 * x[2] + source.normal();
        (x, y)
    }

    fn hostile(source: &mut Source) -> Streams<(Vec<f64>, f64)> {
        let mut streams = Vec::new();
        for (name, stream) in <[f64; 3] as Input>::hostile(source) {
            let targets: Vec<f64> = stream.iter().map(|x| x.first().map_or(1.0, |x| -x)).collect();
            streams.push((name.clone(), stream.iter().cloned().zip(targets).collect()));
            streams
                .push((format!("{name}, ordinary target"), stream.into_iter().map(|x| (x, 1.0)).collect()));
        }
        streams
    }

    fn missing(neighbor: &(Vec<f64>, f64)) -> Vec<(Vec<f64>, f64)> {
        let mut missing = vec![(neighbor.0.clone(), f64::NAN), (neighbor.0.clone(), 1e101)];
        missing.extend(<[f64; 3] as Input>::missing(&neighbor.0).into_iter().map(|x| (x, neighbor.1)));
        missing.push((vec![1.0, f64::NAN, 1.0], neighbor.1));
        missing
    }
}
