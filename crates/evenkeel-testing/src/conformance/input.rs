//! Inputs of stages.

use crate::Source;
use evenkeel_core::{At, Calibrated, Direction, LARGEST, Prediction, Score, Timestamp};
use std::fmt::Debug;

/// A kind of input: how it is drawn, made hostile, made missing, and lent to a stage.
///
/// Here for `f64`, `bool`, `Score`, `Calibrated`, `[f64; N]` (for stages that take `&[f64]` of `N`
/// coordinates) and `At` of each. Implement it for an input of your own, or for a marker type that stands for
/// one:
///
/// ```
/// use evenkeel_core::Stage;
/// use evenkeel_testing::{Source, conformance, conformance::Input};
///
/// /// Requests of an interval, and how many of them failed.
/// #[derive(Debug, Clone, Copy)]
/// pub struct Attempts {
///     all: u64,
///     failed: u64,
/// }
///
/// impl Input for Attempts {
///     type Owned = Self;
///     type Item<'a> = Self;
///
///     fn lend(owned: &Self) -> Self {
///         *owned
///     }
///
///     fn ordinary(source: &mut Source) -> Self {
///         let all = source.below(1000) as u64;
///         Self { all, failed: all / 100 }
///     }
///
///     fn hostile(source: &mut Source) -> Vec<(String, Vec<Self>)> {
///         let nonsense = (0..100).map(|_| Self { all: source.next_u64(), failed: source.next_u64() });
///         vec![("more failures than attempts".into(), nonsense.collect())]
///     }
/// }
/// # #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
/// # struct Ratio;
/// # impl evenkeel_core::Snapshot for Ratio { fn schema() -> String { "Ratio@1".into() } }
/// # impl Stage<Attempts> for Ratio {
/// #     type Output = bool;
/// #     fn update(&mut self, x: Attempts) -> Option<bool> { Some(x.failed > x.all / 2) }
/// #     fn reset(&mut self) {}
/// # }
/// # let options = conformance::Options::new(conformance::Kind::Stage);
/// # conformance::never_panics::<Attempts, _>(|| Ratio, &options)?;
/// # Ok::<(), conformance::Broken>(())
/// ```
pub trait Input: 'static {
    /// What is kept of an input.
    type Owned: Clone + Debug + Send + 'static;
    /// What the stage takes.
    type Item<'a>;

    /// The input as the stage takes it, borrowed from the owned one.
    fn lend(owned: &Self::Owned) -> Self::Item<'_>;

    /// The next of an ordinary stream.
    fn ordinary(source: &mut Source) -> Self::Owned;

    /// Hostile streams that a stage must survive, each with a name.
    fn hostile(source: &mut Source) -> Vec<(String, Vec<Self::Owned>)>;

    /// Inputs that count as missing beside `neighbor`: none, for an input that is never missing.
    fn missing(neighbor: &Self::Owned) -> Vec<Self::Owned> {
        let _ = neighbor;
        Vec::new()
    }

    /// `neighbor` with a value of this size in place of its own: `None`, for an input without a value.
    fn wild(neighbor: &Self::Owned, value: f64) -> Option<Self::Owned> {
        let _ = (neighbor, value);
        None
    }

    /// `other` at the time of `neighbor`; `other` itself, for an input without a time.
    fn replaced(neighbor: &Self::Owned, other: &Self::Owned) -> Self::Owned {
        let _ = neighbor;
        other.clone()
    }

    /// A few different inputs that could come in place of `neighbor`, the smallest first.
    fn alternatives(neighbor: &Self::Owned) -> Vec<Self::Owned> {
        let _ = neighbor;
        Vec::new()
    }
}

/// The length of a hostile stream.
const LENGTH: usize = 400;
/// Values that count as missing.
const MISSING: [f64; 7] = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e101, -1e101, f64::MAX, f64::MIN];

impl Input for f64 {
    type Owned = Self;
    type Item<'a> = Self;

    fn lend(owned: &Self) -> Self {
        *owned
    }

    fn ordinary(source: &mut Source) -> Self {
        source.value()
    }

    fn hostile(source: &mut Source) -> Vec<(String, Vec<Self>)> {
        const HUGE: [f64; 6] = [1e99, -1e99, LARGEST, -LARGEST, 1e50, -9.9e99];
        const TINY: [f64; 6] = [5e-324, -5e-324, f64::MIN_POSITIVE, 0.0, -0.0, 1e-300];
        let pick = |source: &mut Source, from: &[f64]| from[source.below(from.len())];
        let mut streams: Vec<(&str, Vec<f64>)> = vec![
            ("missing values only", (0..LENGTH).map(|i| MISSING[i % MISSING.len()]).collect()),
            ("zeros", vec![0.0; LENGTH]),
            ("a constant", vec![42.0; LENGTH]),
            (
                "a constant, then another",
                (0..LENGTH).map(|i| if i < LENGTH / 2 { 0.1 } else { 0.3 }).collect(),
            ),
            ("a huge constant", vec![LARGEST; LENGTH]),
            ("alternating", (0..LENGTH).map(|i| if i % 2 == 0 { 1e6 } else { -1e6 }).collect()),
            ("a long ramp", (0..LENGTH).map(|i| i as f64 * 1e3).collect()),
            ("a falling ramp", (0..LENGTH).map(|i| i as f64 * -1e12).collect()),
            ("growth to the largest", (0..LENGTH).map(|i| 1e-100 * 3.2_f64.powi(i as i32)).collect()),
        ];
        streams.push(("huge values", (0..LENGTH).map(|_| pick(source, &HUGE)).collect()));
        streams.push(("tiny values", (0..LENGTH).map(|_| pick(source, &TINY)).collect()));
        streams.push(("small noise on a huge level", (0..LENGTH).map(|_| 1e15 + source.uniform()).collect()));
        streams.push((
            "one huge value in tiny ones",
            (0..LENGTH).map(|i| if i % 97 == 50 { 1e100 } else { 1e-300 * source.normal() }).collect(),
        ));
        let mixed = (0..3 * LENGTH).map(|_| match source.below(5) {
            0 => pick(source, &HUGE),
            1 => pick(source, &TINY),
            2 => pick(source, &MISSING),
            _ => source.value(),
        });
        streams.push(("everything mixed", mixed.collect()));
        streams.into_iter().map(|(name, stream)| (name.to_owned(), stream)).collect()
    }

    fn missing(_: &Self) -> Vec<Self> {
        MISSING.to_vec()
    }

    fn wild(_: &Self, value: f64) -> Option<Self> {
        Some(value)
    }

    fn alternatives(neighbor: &Self) -> Vec<Self> {
        [-1e6, -10.0, -0.5, 0.0, 0.5, 10.0, 1e6].map(|offset| neighbor + offset).to_vec()
    }
}

impl Input for bool {
    type Owned = Self;
    type Item<'a> = Self;

    fn lend(owned: &Self) -> Self {
        *owned
    }

    fn ordinary(source: &mut Source) -> Self {
        source.p() < 0.1
    }

    fn hostile(source: &mut Source) -> Vec<(String, Vec<Self>)> {
        vec![
            ("always true".into(), vec![true; LENGTH]),
            ("always false".into(), vec![false; LENGTH]),
            ("alternating".into(), (0..LENGTH).map(|i| i % 2 == 0).collect()),
            ("a fair coin".into(), (0..LENGTH).map(|_| source.below(2) == 0).collect()),
        ]
    }

    fn alternatives(_: &Self) -> Vec<Self> {
        vec![false, true]
    }
}

impl Input for Score {
    type Owned = Self;
    type Item<'a> = Self;

    fn lend(owned: &Self) -> Self {
        *owned
    }

    fn ordinary(source: &mut Source) -> Self {
        let tail = if source.below(300) == 0 { 10.0 * source.uniform() } else { 0.0 };
        let z = source.normal();
        let deviation = if z < 0.0 { z - tail } else { z + tail };
        score(deviation.abs(), if deviation < 0.0 { Direction::Down } else { Direction::Up })
            .with_expected(Prediction::new(100.0, 2.0).unwrap_or_default())
    }

    fn hostile(source: &mut Source) -> Vec<(String, Vec<Self>)> {
        let values = <f64 as Input>::hostile(source);
        values
            .into_iter()
            .map(|(name, stream)| {
                let scores = stream.into_iter().filter(|x| !x.is_nan()).map(|x| {
                    let direction = [Direction::Up, Direction::Down, Direction::Either][source.below(3)];
                    score(x, direction).with_dimension(u32::MAX)
                });
                (name, scores.collect())
            })
            .collect()
    }

    fn alternatives(neighbor: &Self) -> Vec<Self> {
        // Scores of one direction in rising order: a calibrator's p-value may not rise with them.
        let mut values = [0.0, 0.1, 0.5, 1.0, 1.5, 2.0, 3.0, 5.0, 8.0, 20.0, 1e3, 1e9, 1e99, f64::MAX];
        values.sort_by(f64::total_cmp);
        values.map(|value| score(value, neighbor.direction())).to_vec()
    }
}

fn score(value: f64, direction: Direction) -> Score {
    match Score::new(value, direction) {
        Some(score) => score,
        None => panic!("a score of NaN was asked for"),
    }
}

impl Input for Calibrated {
    type Owned = Self;
    type Item<'a> = Self;

    fn lend(owned: &Self) -> Self {
        *owned
    }

    fn ordinary(source: &mut Source) -> Self {
        let p = source.p();
        Self::clamped(p, score(-evenkeel_core::gaussian::lower_quantile(p).max(-40.0), Direction::Up))
    }

    fn hostile(source: &mut Source) -> Vec<(String, Vec<Self>)> {
        let of = |p: f64, value: f64| Self::clamped(p, score(value, Direction::Either));
        vec![
            ("p always 0".into(), vec![of(0.0, f64::MAX); LENGTH]),
            ("p always 1".into(), vec![of(1.0, f64::MIN); LENGTH]),
            ("p tiny".into(), (0..LENGTH).map(|_| of(5e-324, 1e99 * source.normal())).collect()),
            ("p alternating".into(), (0..LENGTH).map(|i| of(f64::from(u8::from(i % 2 == 0)), 1.0)).collect()),
            ("p at random".into(), (0..3 * LENGTH).map(|_| of(source.p(), 1e99 * source.normal())).collect()),
        ]
    }
}

/// A vector of `N` coordinates, lent as `&[f64]`.
impl<const N: usize> Input for [f64; N] {
    type Owned = Vec<f64>;
    type Item<'a> = &'a [f64];

    fn lend(owned: &Vec<f64>) -> &[f64] {
        owned
    }

    fn ordinary(source: &mut Source) -> Vec<f64> {
        let common = source.value();
        (0..N).map(|_| common + source.normal()).collect()
    }

    fn hostile(source: &mut Source) -> Vec<(String, Vec<Vec<f64>>)> {
        let mut streams = Vec::new();
        for (name, stream) in <f64 as Input>::hostile(source) {
            let all = stream.iter().map(|x| vec![*x; N]).collect();
            streams.push((format!("{name}, in all coordinates"), all));
            let one = stream.iter().map(|x| {
                let mut vector = Self::ordinary(source);
                let k = source.below(N);
                if let Some(coordinate) = vector.get_mut(k) {
                    *coordinate = *x;
                }
                vector
            });
            streams.push((format!("{name}, in one coordinate"), one.collect()));
        }
        let lengths = (0..LENGTH).map(|i| match i % 4 {
            0 => Vec::new(),
            1 => vec![1.0; N + 1 + source.below(100)],
            2 => vec![1.0; N.saturating_sub(1)],
            _ => Self::ordinary(source),
        });
        streams.push(("wrong lengths".into(), lengths.collect()));
        streams
    }

    fn missing(neighbor: &Vec<f64>) -> Vec<Vec<f64>> {
        let mut longer = neighbor.clone();
        longer.push(1.0);
        vec![Vec::new(), longer, vec![f64::NAN; N], vec![1e101; N]]
    }

    /// The first coordinate alone.
    fn wild(neighbor: &Vec<f64>, value: f64) -> Option<Vec<f64>> {
        let mut wild = neighbor.clone();
        *wild.first_mut()? = value;
        Some(wild)
    }

    fn alternatives(neighbor: &Vec<f64>) -> Vec<Vec<f64>> {
        [-1e6, -10.0, 0.0, 10.0, 1e6]
            .map(|offset| neighbor.iter().map(|coordinate| coordinate + offset).collect())
            .to_vec()
    }
}

impl<X: Input> Input for At<X> {
    type Owned = At<X::Owned>;
    type Item<'a> = At<X::Item<'a>>;

    fn lend(owned: &Self::Owned) -> Self::Item<'_> {
        At::new(owned.time, X::lend(&owned.value))
    }

    fn ordinary(source: &mut Source) -> Self::Owned {
        At::new(source.time(), X::ordinary(source))
    }

    fn hostile(source: &mut Source) -> Vec<(String, Vec<Self::Owned>)> {
        let mut streams = Vec::new();
        for (name, stream) in X::hostile(source) {
            let timed = stream.into_iter().map(|value| At::new(source.time(), value));
            streams.push((name, timed.collect()));
        }
        let start = source.time().as_nanos();
        let mut times: Vec<(&str, Vec<i64>)> = vec![
            ("the same time again and again", vec![start; LENGTH]),
            ("times going backwards", (0..LENGTH as i64).map(|i| start - i * 1_000_000_000).collect()),
            ("the first and the last time", (0..LENGTH).map(|i| [i64::MIN, i64::MAX][i % 2]).collect()),
            ("the last time only", vec![i64::MAX; LENGTH]),
            ("the first time only", vec![i64::MIN; LENGTH]),
        ];
        let second = |i: usize| start.saturating_add(i as i64 * 1_000_000_000);
        let day = 86_400_000_000_000;
        times.extend([
            (
                "one time a day ahead",
                (0..LENGTH).map(|i| second(i) + if i == 50 { day } else { 0 }).collect(),
            ),
            (
                "a clock that is set forward and back",
                (0..LENGTH).map(|i| second(i) + if (100..200).contains(&i) { day } else { 0 }).collect(),
            ),
            (
                "seconds, then nanoseconds",
                (0..LENGTH).map(|i| if i < 100 { i as i64 } else { second(i) }).collect(),
            ),
        ]);
        times.push((
            "times at random",
            (0..LENGTH).map(|_| i64::from_ne_bytes(source.next_u64().to_ne_bytes())).collect(),
        ));
        for (name, stream) in times {
            let timed =
                stream.into_iter().map(|nanos| At::new(Timestamp::from_nanos(nanos), X::ordinary(source)));
            streams.push((name.into(), timed.collect()));
        }
        streams
    }

    fn missing(neighbor: &Self::Owned) -> Vec<Self::Owned> {
        X::missing(&neighbor.value).into_iter().map(|value| At::new(neighbor.time, value)).collect()
    }

    fn wild(neighbor: &Self::Owned, value: f64) -> Option<Self::Owned> {
        Some(At::new(neighbor.time, X::wild(&neighbor.value, value)?))
    }

    fn replaced(neighbor: &Self::Owned, other: &Self::Owned) -> Self::Owned {
        At::new(neighbor.time, X::replaced(&neighbor.value, &other.value))
    }

    fn alternatives(neighbor: &Self::Owned) -> Vec<Self::Owned> {
        X::alternatives(&neighbor.value).into_iter().map(|value| At::new(neighbor.time, value)).collect()
    }
}
