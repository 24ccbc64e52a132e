//! Replays of `reference/locate`: counts of runs and attributes of measures.

use evenkeel_core::Name;
use evenkeel_locate::attributes::{Adtributor, AttributeCause, AttributeTable, AutoRoot, RiskLoc, Squeeze};
use evenkeel_locate::spectrum::{Spectrum, SpectrumFormula};
use evenkeel_testing::assert_close;
use evenkeel_testing::reference::load;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeSet;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File<T> {
    #[serde(rename = "note")]
    _note: Value,
    cases: Vec<T>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SpectrumCase {
    row: [u64; 4],
    ochiai: f64,
    tarantula: f64,
    dstar2: Option<f64>,
    dstar3: Option<f64>,
    jaccard: f64,
    op2: f64,
    barinel: f64,
    kulczynski2: f64,
    rtracerca_f1: f64,
}

#[test]
fn spectrum() {
    let file: File<SpectrumCase> = load("locate", "spectrum.json");
    assert!(!file.cases.is_empty());
    for case in &file.cases {
        let [ef, ep, nf, np] = case.row;
        let spectrum = Spectrum::new(ef, ep, nf, np);
        for (formula, expected) in [
            (SpectrumFormula::Ochiai, Some(case.ochiai)),
            (SpectrumFormula::Tarantula, Some(case.tarantula)),
            (SpectrumFormula::DStar(2), case.dstar2),
            (SpectrumFormula::DStar(3), case.dstar3),
            (SpectrumFormula::Jaccard, Some(case.jaccard)),
            (SpectrumFormula::Op2, Some(case.op2)),
            (SpectrumFormula::Barinel, Some(case.barinel)),
            (SpectrumFormula::Kulczynski2, Some(case.kulczynski2)),
            (SpectrumFormula::TraceRcaF, Some(case.rtracerca_f1)),
        ] {
            let score = formula.score(&spectrum);
            let Some(expected) = expected else {
                assert_eq!(score, f64::INFINITY, "{formula:?} of {:?}", case.row);
                continue;
            };
            assert_close!(score, expected, 1e-14, 1e-14, "{formula:?} of {:?}", case.row);
        }
    }
}

/// A table whose attributes and values are named by numbers.
fn table(dims: &[usize], rows: &[Vec<usize>], forecast: &[f64], actual: &[f64]) -> AttributeTable {
    let builder = AttributeTable::builder((0..dims.len()).map(|dim| format!("d{dim}")));
    let values = |row: &[usize]| -> Vec<String> {
        row.iter().enumerate().map(|(dim, value)| format!("d{dim}v{value}")).collect()
    };
    let rows = rows.iter().zip(forecast.iter().zip(actual));
    rows.fold(builder, |builder, (row, (f, a))| builder.row(values(row), *f, *a)).build().unwrap()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AdtributorCase {
    dims: Vec<usize>,
    rows: Vec<Vec<usize>>,
    forecast: Vec<f64>,
    actual: Vec<f64>,
    #[serde(rename = "injected")]
    _injected: Value,
    table: Vec<AdtributorTable>,
    tep: f64,
    teep: f64,
    candidates: Vec<AdtributorAnswer>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AdtributorTable {
    dim: usize,
    #[serde(rename = "forecast")]
    _forecast: Vec<f64>,
    #[serde(rename = "actual")]
    _actual: Vec<f64>,
    explanatory_power: Vec<f64>,
    surprise: Vec<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AdtributorAnswer {
    dim: usize,
    elements: Vec<usize>,
    surprise: f64,
    ep: f64,
}

#[test]
fn adtributor() {
    let file: File<AdtributorCase> = load("locate", "adtributor.json");
    assert!(!file.cases.is_empty());
    for (i, case) in file.cases.iter().enumerate() {
        let table = table(&case.dims, &case.rows, &case.forecast, &case.actual);
        let adtributor = Adtributor::new().powers(case.tep, case.teep).unwrap();
        for expected in &case.table {
            let dim = expected.dim;
            let values = adtributor.values(&table, dim).unwrap();
            assert_eq!(values.len(), expected.surprise.len(), "case {i}, {dim}");
            for ours in &values {
                let value: usize = ours.value.as_str().rsplit('v').next().unwrap().parse().unwrap();
                let power = expected.explanatory_power[value];
                assert_close!(ours.explanatory_power, power, 1e-12, 1e-12, "case {i}, {dim}, {value}");
                assert_close!(
                    ours.surprise,
                    expected.surprise[value],
                    1e-12,
                    1e-12,
                    "case {i}, {dim}, {value}"
                );
            }
        }
        let candidates = adtributor.locate(&table);
        assert_eq!(candidates.len(), case.candidates.len(), "case {i}");
        for (ours, expected) in candidates.iter().zip(&case.candidates) {
            let dim = expected.dim;
            assert_eq!(ours.attribute, Name::from(format!("d{dim}")), "case {i}");
            let values: Vec<String> = ours.values.iter().map(|share| share.value.to_string()).collect();
            let elements: Vec<String> =
                expected.elements.iter().map(|value| format!("d{dim}v{value}")).collect();
            assert_eq!(values, elements, "case {i}");
            assert_close!(ours.surprise, expected.surprise, 1e-12, 1e-12, "case {i}");
            assert_close!(ours.explanatory_power, expected.ep, 1e-12, 1e-12, "case {i}");
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CuboidCase {
    dims: Vec<usize>,
    rows: Vec<Vec<usize>>,
    forecast: Vec<f64>,
    actual: Vec<f64>,
    #[serde(rename = "truth")]
    _truth: Value,
    riskloc: Answer<Located>,
    autoroot: Answer<Located>,
    adtributor: Answer<Attributed>,
    squeeze: Answer<String>,
}

/// What a method answered, or how it failed.
#[derive(Deserialize)]
#[serde(untagged)]
enum Answer<T> {
    Failed(String),
    Causes(Vec<T>),
}

impl<T> Answer<T> {
    fn causes(&self) -> Option<&[T]> {
        match self {
            Self::Failed(why) => {
                assert!(why.starts_with("error"), "{why}");
                None
            }
            Self::Causes(causes) => Some(causes),
        }
    }
}

#[derive(Deserialize)]
struct Located {
    elements: Vec<Vec<String>>,
    #[serde(alias = "risk score", alias = "avg")]
    score: f64,
    ep_score: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Attributed {
    elements: Vec<String>,
    explanatory_power: f64,
    surprise: f64,
    dimension: String,
}

/// The values of a combination.
fn values(cause: &AttributeCause) -> Vec<String> {
    cause.combination.values().iter().map(|(_, value)| value.to_string()).collect()
}

#[test]
fn cuboid() {
    let file: File<CuboidCase> = load("locate", "cuboid.json");
    assert!(!file.cases.is_empty());
    for (i, case) in file.cases.iter().enumerate() {
        let table = table(&case.dims, &case.rows, &case.forecast, &case.actual);
        if let Some(expected) = case.riskloc.causes() {
            let ours = RiskLoc::new().locate(&table);
            assert_eq!(ours.len(), expected.len(), "riskloc, case {i}");
            for (ours, expected) in ours.iter().zip(expected) {
                assert_eq!(vec![values(ours)], expected.elements, "riskloc, case {i}");
                assert_close!(ours.score, expected.score, 0.0, 1e-6, "riskloc, case {i}");
                assert_close!(ours.explained, expected.ep_score.unwrap(), 0.0, 1e-6, "riskloc, case {i}");
            }
        }
        if let Some(expected) = case.autoroot.causes() {
            let ours = AutoRoot::new().locate(&table);
            assert_eq!(ours.len(), expected.len(), "autoroot, case {i}");
            for ours in &ours {
                let expected = expected.iter().find(|other| other.elements == [values(ours)]);
                let expected = expected.unwrap_or_else(|| panic!("autoroot, case {i}: {ours:?}"));
                assert_close!(ours.score, expected.score, 0.0, 1e-6, "autoroot, case {i}");
            }
        }
        if let Some(expected) = case.squeeze.causes() {
            // Sets of combinations of one cluster are joined by ";".
            let expected: BTreeSet<&str> = expected.iter().flat_map(|set| set.split(';')).collect();
            let ours = Squeeze::new().locate(&table);
            let ours: Vec<String> =
                ours.iter().map(|cause| cause.combination.to_string().replace(" & ", "&")).collect();
            assert_eq!(
                ours.iter().map(String::as_str).collect::<BTreeSet<_>>(),
                expected,
                "squeeze, case {i}"
            );
        }
        if let Some(expected) = case.adtributor.causes() {
            // That implementation divides explanatory powers by the number of attributes, and also counts the
            // surprise of values that it passes over.
            let dims = case.dims.len() as f64;
            let adtributor = Adtributor::new().powers((0.1 * dims).min(1.0), (0.1 * dims).min(1.0)).unwrap();
            let passed = |dim: usize, least: f64| -> f64 {
                let shares = adtributor.values(&table, dim).unwrap();
                shares.iter().map(|share| share.surprise).filter(|surprise| *surprise >= least).sum()
            };
            let mut ours: Vec<_> = adtributor
                .locate(&table)
                .into_iter()
                .map(|candidate| {
                    let dim =
                        table.attributes().iter().position(|name| *name == candidate.attribute).unwrap();
                    (passed(dim, candidate.values.last().unwrap().surprise), candidate)
                })
                .collect();
            ours.sort_by(|a, b| b.0.total_cmp(&a.0));
            ours.truncate(3);
            assert_eq!(ours.len(), expected.len(), "adtributor, case {i}");
            for ((surprise, ours), expected) in ours.iter().zip(expected) {
                assert_eq!(ours.attribute, expected.dimension.as_str(), "adtributor, case {i}");
                let values: Vec<&str> = ours.values.iter().map(|share| share.value.as_str()).collect();
                assert_eq!(values, expected.elements, "adtributor, case {i}");
                assert_close!(*surprise, expected.surprise, 0.0, 1e-6, "adtributor, case {i}");
                let power = ours.explanatory_power / dims;
                assert_close!(power, expected.explanatory_power, 0.0, 1e-6, "adtributor, case {i}");
            }
        }
    }
}
