//! Combinations of attributes.

use evenkeel_locate::attributes::{
    Adtributor, AttributeCause, AttributeTable, AttributeTableBuilder, AutoRoot, RiskLoc, ScanStatistic,
    Squeeze,
};
use evenkeel_stats::Generator;
use proptest::prelude::*;

type Row = ([String; 3], f64, f64);

/// Rows of three attributes with 4, 3 and 5 values. Where `is_faulty` holds only `left` of the forecast came.
fn rows(seed: u64, noise: f64, left: f64, is_faulty: impl Fn([usize; 3]) -> bool) -> Vec<Row> {
    let mut generator = Generator::new(seed);
    let mut rows = Vec::new();
    for a in 0..4 {
        for b in 0..3 {
            for c in 0..5 {
                let forecast = 50.0 + 150.0 * generator.uniform();
                let factor = if is_faulty([a, b, c]) { left } else { 1.0 };
                let actual = forecast * factor * (1.0 + noise * (generator.uniform() - 0.5));
                rows.push(([format!("a{a}"), format!("b{b}"), format!("c{c}")], forecast, actual));
            }
        }
    }
    rows
}

fn fundamental(rows: &[Row]) -> AttributeTable {
    let builder = AttributeTable::builder(["a", "b", "c"]);
    rows.iter()
        .fold(builder, |table, (values, f, a)| table.row(values.each_ref().map(String::as_str), *f, *a))
        .build()
        .unwrap()
}

fn derived(rows: &[Row]) -> AttributeTable {
    let builder = AttributeTable::builder(["a", "b", "c"]);
    let add = |table: AttributeTableBuilder, (values, f, a): &Row| {
        table.quotient(values.each_ref().map(String::as_str), (*f, *a), (1_000.0, 1_000.0))
    };
    rows.iter().fold(builder, add).build().unwrap()
}

fn all(table: &AttributeTable) -> [Vec<AttributeCause>; 4] {
    [
        ScanStatistic::new().locate(table),
        RiskLoc::new().locate(table),
        AutoRoot::new().locate(table),
        Squeeze::new().locate(table),
    ]
}

#[test]
fn the_true_combination_is_found() {
    for (faulty, text) in [
        ((|[_, b, _]: [usize; 3]| b == 1) as fn([usize; 3]) -> bool, "b=b1"),
        (|[a, _, c]| a == 2 && c == 3, "a=a2 & c=c3"),
    ] {
        let rows = rows(5, 0.04, 0.4, faulty);
        for table in [fundamental(&rows), derived(&rows)] {
            for (i, causes) in all(&table).iter().enumerate() {
                let names: Vec<String> = causes.iter().map(|cause| cause.combination.to_string()).collect();
                assert_eq!(names, [text], "method {i}, derived {}", table.is_derived());
            }
            let scan = &all(&table)[0][0];
            assert!((scan.explained - 1.0).abs() < 0.1, "{scan:?}");
        }
    }
    let rows = rows(6, 0.04, 0.4, |[a, ..]| a == 1);
    for table in [fundamental(&rows), derived(&rows)] {
        let candidates = Adtributor::new().locate(&table);
        assert_eq!((candidates[0].attribute.as_str(), candidates[0].values[0].value.as_str()), ("a", "a1"));
    }
}

#[test]
fn two_causes_are_found_and_calm_has_none() {
    let faulty = |[a, b, c]: [usize; 3]| (a == 0 && b == 2) || c == 4;
    let causes = ScanStatistic::new().again(0.2).unwrap().locate(&fundamental(&rows(7, 0.02, 0.5, faulty)));
    let names: Vec<String> = causes.iter().map(|cause| cause.combination.to_string()).collect();
    assert_eq!(names, ["c=c4", "a=a0 & b=b2"]);
    assert!(causes[0].score > causes[1].score);
    let calm = fundamental(&rows(8, 0.02, 1.0, |_| false));
    assert!(ScanStatistic::new().locate(&calm).is_empty());
    assert!(AutoRoot::new().locate(&calm).is_empty());
    assert!(Squeeze::new().locate(&calm).is_empty());
}

#[test]
fn bad_tables_and_settings_are_refused() {
    let refused = |table: AttributeTableBuilder, message: &str| {
        assert_eq!(table.build().unwrap_err().to_string(), message);
    };
    let a = || AttributeTable::builder(["a"]);
    refused(a(), "too short: needs 1 observed values, got 0");
    refused(AttributeTable::builder(Vec::<String>::new()), "attributes must be from 1 to 12, was 0");
    refused(
        AttributeTable::builder((0..13).map(|i| i.to_string())),
        "attributes must be from 1 to 12, was 13",
    );
    refused(
        AttributeTable::builder(["a", "a"]).row(["x", "y"], 1.0, 1.0),
        "attributes must be different, was a",
    );
    refused(a().row(["x", "y"], 1.0, 1.0), "values must have length 1, had 2");
    refused(a().row(["x"], f64::NAN, 1.0), "forecast must be in [0, 1e100], was NaN");
    refused(a().row(["x"], 1.0, -1.0), "actual must be in [0, 1e100], was -1");
    refused(
        a().quotient(["x"], (1.0, 1.0), (f64::INFINITY, 1.0)),
        "forecast denominator must be in [0, 1e100], was inf",
    );
    refused(
        a().row(["x"], 1.0, 1.0).quotient(["y"], (1.0, 1.0), (1.0, 1.0)),
        "rows must be of one kind of measure, was a mixture",
    );
    assert!(Adtributor::new().powers(f64::NAN, 0.1).is_err() && Adtributor::new().powers(0.5, 1.1).is_err());
    assert!(
        RiskLoc::new().thresholds(-0.1, 0.1).is_err() && RiskLoc::new().thresholds(0.5, f64::NAN).is_err()
    );
    assert!(AutoRoot::new().share(f64::NAN).is_err() && AutoRoot::new().share(0.5).is_ok());
    let scan = ScanStatistic::new();
    assert!(scan.max_attributes(0).is_err() && scan.penalty(-1.0).is_err());
    assert!(scan.prior(f64::INFINITY).is_err() && scan.again(0.0).is_err());
    let table = a().row(["x"], 1.0, 1.0).build().unwrap();
    assert_eq!(
        Adtributor::new().values(&table, 1).unwrap_err().to_string(),
        "attribute must be that of the table, was 1"
    );
}

fn texts(table: &AttributeTable) -> Vec<String> {
    // Text, for what is explained may be NaN, which equals nothing.
    let causes = all(table).iter().map(|causes| format!("{causes:?}")).collect::<Vec<_>>();
    causes.into_iter().chain([format!("{:?}", Adtributor::new().locate(table))]).collect()
}

proptest! {
    #[test]
    fn neither_the_order_of_rows_nor_of_attributes_makes_a_difference(seed in any::<u64>(), left in 0.0..2.0_f64) {
        let rows = rows(seed, 0.3, left, |[a, b, _]| a == 1 && b == 1);
        let mut shuffled = rows.clone();
        let mut generator = Generator::new(seed ^ 1);
        for i in (1..shuffled.len()).rev() {
            shuffled.swap(i, (generator.uniform() * (i + 1) as f64) as usize);
        }
        prop_assert_eq!(texts(&fundamental(&rows)), texts(&fundamental(&shuffled)));
        prop_assert_eq!(texts(&derived(&rows)), texts(&derived(&shuffled)));
        // Attributes in another order: sums may be rounded otherwise, so combinations are compared.
        let turned = AttributeTable::builder(["c", "a", "b"]);
        let turned = rows.iter().fold(turned, |table, ([a, b, c], f, x)| table.row([c.as_str(), a, b], *f, *x));
        let names = |table: &AttributeTable| -> Vec<String> {
            ScanStatistic::new().locate(table).iter().map(|cause| cause.combination.to_string()).collect()
        };
        prop_assert_eq!(names(&fundamental(&rows)), names(&turned.build().unwrap()));
    }

    #[test]
    fn any_numbers_are_taken(rows in prop::collection::vec((0..3_usize, 0..3_usize, prop::sample::select(vec![0.0, 1.0, 1e-300, 1e100, 7.5]), prop::sample::select(vec![0.0, 1.0, 1e-300, 1e100, 3.0])), 1..20), is_derived in any::<bool>()) {
        let table = rows.iter().fold(AttributeTable::builder(["a", "b"]), |table, (a, b, f, x)| {
            let values = [a.to_string(), b.to_string()];
            if is_derived { table.quotient(values, (*f, *x), (*x, *f)) } else { table.row(values, *f, *x) }
        });
        let table = table.build().unwrap();
        for causes in all(&table) {
            prop_assert!(causes.iter().all(|cause| !cause.score.is_nan()));
        }
        let _ = Adtributor::new().locate(&table);
    }
}
