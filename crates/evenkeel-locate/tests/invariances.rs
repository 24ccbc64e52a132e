//! Invariances: the order of columns, units, offsets, the time of day and constant columns make no
//! difference.

use crate::shop::{FAULT, ROWS, START, STEP, at, graph};
use evenkeel_core::{Signal, Timestamp};
use evenkeel_locate::{
    Case, ExplainAway, Fusion, Localizer, Metric, MetricShift, NSigma, Ranking, RobustScorer,
};
use evenkeel_stats::Generator;
use proptest::prelude::*;
use std::time::Duration;

const COMPONENTS: [&str; 5] = ["edge", "cart", "catalog", "payments", "store"];
const METRICS: [&str; 4] = ["latency", "cpu", "requests", "level"];

/// Noisy columns, some of which move, some of which lack values.
fn columns() -> impl Strategy<Value = Vec<(Signal, Vec<f64>)>> {
    (0..u64::MAX, prop::collection::vec(-2.0..6.0_f64, 20)).prop_map(|(seed, moves)| {
        let mut generator = Generator::new(seed);
        let signals =
            COMPONENTS.iter().flat_map(|component| METRICS.map(|metric| Signal::new(*component, metric)));
        let columns = signals.zip(moves).map(|(signal, moved)| {
            let moved = if generator.bernoulli(0.5) { 0.0 } else { moved };
            let level = 10.0 * generator.uniform();
            let column = (0..ROWS).map(|row| {
                let x = level + generator.uniform() + if row < FAULT { 0.0 } else { moved };
                if generator.bernoulli(0.02) { f64::NAN } else { x }
            });
            let column: Vec<f64> = column.collect();
            (signal, column)
        });
        columns.collect()
    })
}

type CaseLocalizer = dyn for<'a> Localizer<Case<'a>> + Send + Sync;

fn rank(localizer: &CaseLocalizer, columns: &[(Signal, Vec<f64>)], start: Timestamp) -> Ranking {
    let graph = graph();
    let metrics = columns.iter().map(|(signal, values)| Metric::new(signal.clone(), values));
    let stated = start + STEP * u32::try_from(FAULT).unwrap();
    let case =
        Case::builder(start, STEP, stated).metrics(metrics).graph(&graph).symptom_at("edge").build().unwrap();
    localizer.rank(&case)
}

fn localizers() -> [Box<CaseLocalizer>; 5] {
    [
        Box::new(MetricShift::default()),
        Box::new(ExplainAway::default()),
        Box::new(NSigma),
        Box::new(RobustScorer::new()),
        Box::new(Fusion::default()),
    ]
}

/// The same components with the same scores but for rounding.
fn assert_same(a: &Ranking, b: &Ranking) {
    assert_eq!(a.suspects().len(), b.suspects().len());
    for suspect in a.suspects() {
        let other = b.suspects().iter().find(|other| other.component() == suspect.component()).unwrap();
        assert!(
            (suspect.score() - other.score()).abs() <= 1e-6 * (1.0 + suspect.score().abs()),
            "{suspect:?} {other:?}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_order_of_columns(columns in columns(), seed in 0..u64::MAX) {
        let mut shuffled = columns.clone();
        Generator::new(seed).shuffle(&mut shuffled);
        for localizer in localizers() {
            prop_assert_eq!(rank(&localizer, &columns, START), rank(&localizer, &shuffled, START));
        }
    }

    #[test]
    fn the_units(columns in columns(), powers in prop::collection::vec(-40..40_i32, 20), factors in prop::collection::vec(1e-6..1e6_f64, 20)) {
        let scaled = |factors: Vec<f64>| -> Vec<_> {
            let columns = columns.iter().zip(factors);
            columns.map(|((signal, values), factor)| (signal.clone(), values.iter().map(|x| x * factor).collect())).collect()
        };
        // The last compares the times of components, so all metrics of a name have to be in one unit.
        let by_name = |factors: &[f64]| -> Vec<f64> { (0..20).map(|i| factors[i % METRICS.len()]).collect() };
        let powers: Vec<f64> = powers.iter().map(|power| 2.0_f64.powi(*power)).collect();
        for (localizer, is_free) in [(Box::new(MetricShift::default()) as Box<CaseLocalizer>, true), (Box::new(ExplainAway::default()), true), (Box::new(Fusion::default()), false)] {
            let original = rank(&localizer, &columns, START);
            let of = |factors: &[f64]| if is_free { factors.to_vec() } else { by_name(factors) };
            // Powers of two to the last bit, anything else but for rounding.
            let exact = rank(&localizer, &scaled(of(&powers)), START);
            prop_assert_eq!(original.metrics(), exact.metrics());
            assert_same(&original, &rank(&localizer, &scaled(of(&factors)), START));
        }
    }

    /// From an exactly constant baseline, too, if all metrics of a name are scaled together, as units are.
    #[test]
    fn the_units_of_what_never_moved(columns in columns(), level in prop_oneof![Just(0.0), 1.5..9.0_f64], moved in 0.3..6.0_f64, power in -40..40_i32) {
        let constant = (0..ROWS).map(|row| if row < FAULT { level } else { level + moved }).collect::<Vec<_>>();
        let scaled = |factor: f64| -> Vec<_> {
            let mut columns = columns.clone();
            columns.push((Signal::new("store", "other"), constant.clone()));
            columns.push((Signal::new("report", "latency"), constant.clone()));
            columns.into_iter().map(|(signal, values)| (signal, values.iter().map(|x| x * factor).collect())).collect()
        };
        // No whole numbers: those are counts.
        prop_assume!((level + moved).fract() != 0.0 && level.fract() + f64::from(u8::from(level == 0.0)) != 0.0);
        for localizer in [Box::new(MetricShift::default()) as Box<CaseLocalizer>, Box::new(Fusion::default())] {
            let (original, other) = (rank(&localizer, &scaled(1.0), START), rank(&localizer, &scaled(2.0_f64.powi(power)), START));
            prop_assert_eq!(original.metrics(), other.metrics());
            assert_same(&original, &other);
        }
    }

    /// Instances are told apart by their names alone, and one that a component is split into is as suspicious
    /// as it.
    #[test]
    fn one_instance_is_its_component(columns in columns(), named in 0..5_usize) {
        let graph = graph();
        let case = |of: Option<&str>| {
            let metrics = columns.iter().map(|(signal, values)| {
                let metric = Metric::new(signal.clone(), values);
                if Some(signal.component.as_str()) == of { metric.instance("the-only-one") } else { metric }
            });
            Case::builder(START, STEP, at(FAULT)).metrics(metrics).graph(&graph).symptom_at("edge").build().unwrap()
        };
        for localizer in [Box::new(MetricShift::default()) as Box<CaseLocalizer>, Box::new(ExplainAway::default()), Box::new(Fusion::default())] {
            assert_same(&localizer.rank(&case(None)), &localizer.rank(&case(Some(COMPONENTS[named]))));
        }
    }

    #[test]
    fn where_zero_is(columns in columns(), offset in -100.0..100.0_f64) {
        // Without the floor, which is relative to the level.
        let free = MetricShift::builder().relative_floor(0.0).build().unwrap();
        let moved: Vec<_> = columns.iter().map(|(signal, values)| (signal.clone(), values.iter().map(|x| x + offset).collect())).collect();
        assert_same(&rank(&free, &columns, START), &rank(&free, &moved, START));
    }

    #[test]
    fn when_it_is(columns in columns(), seconds in -1_000_000_000..1_000_000_000_i64) {
        let later = Timestamp::from_seconds(1_700_000_000 + seconds);
        for localizer in localizers() {
            let (here, there) = (rank(&localizer, &columns, START), rank(&localizer, &columns, later));
            prop_assert_eq!(here.metrics(), there.metrics());
            assert_same(&here, &there);
        }
    }

    #[test]
    fn whether_columns_lie_in_one_piece(columns in columns(), cut in 0..ROWS) {
        let case = |pieces: bool| {
            let metrics = columns.iter().map(move |(signal, values)| {
                if pieces { Metric::ring(signal.clone(), values.split_at(cut)) } else { Metric::new(signal.clone(), values) }
            });
            Case::builder(START, STEP, at(FAULT)).metrics(metrics).build().unwrap()
        };
        for localizer in localizers() {
            prop_assert_eq!(localizer.rank(&case(false)), localizer.rank(&case(true)));
        }
    }

    #[test]
    fn a_constant_column_more(columns in columns(), level in -1e6..1e6_f64) {
        let mut more = columns.clone();
        more.push((Signal::new("store", "constant"), vec![level; ROWS]));
        let localizer = MetricShift::default();
        let (without, with) = (rank(&localizer, &columns, START), rank(&localizer, &more, START));
        prop_assert_eq!(without.suspects(), with.suspects());
    }
}

#[test]
fn the_guard_in_rows_follows_the_step() {
    // The same rows, a minute apart rather than a quarter of a second: two minutes of guard are two rows.
    let values: Vec<f64> =
        (0..ROWS).map(|row| if row < FAULT - 10 { 1.0 + (row % 3) as f64 } else { 50.0 }).collect();
    let scales = |step: Duration| {
        let stated = START + step * u32::try_from(FAULT).unwrap();
        let case = Case::builder(START, step, stated)
            .metric(Metric::new(Signal::new("a", "cpu"), &values))
            .build()
            .unwrap();
        MetricShift::default().shifts(&case)[0].unwrap().scales
    };
    assert!(scales(STEP) > 2.0 * scales(Duration::from_secs(60)));
}
