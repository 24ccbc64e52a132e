//! `remedy/canary.json`: every case, whatever its name, number and order.

use super::{ABSOLUTE, Meta};
use evenkeel_experience::canary::{BadDirection, CanaryScorer, Label, LabeledMetric, MetricJudge};
use evenkeel_testing::assert_close;
use evenkeel_testing::reference::{Number, load, values};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    meta: Meta,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum Case {
    Classify {
        name: String,
        params: Params,
        experiment: Vec<Number>,
        control: Vec<Number>,
        expected: Classified,
        rel_tol: Option<f64>,
    },
    Score {
        name: String,
        labels: BTreeMap<String, Vec<Found>>,
        group_weights: BTreeMap<String, f64>,
        expected: Scored,
        rel_tol: Option<f64>,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    direction: Direction,
    tolerance: f64,
    confidence: f64,
    /// Prose.
    #[serde(rename = "effect")]
    _effect: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Direction {
    Increase,
    Decrease,
    Either,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum Found {
    Pass,
    High,
    Low,
    Nodata,
}

impl From<Found> for Label {
    fn from(found: Found) -> Self {
        match found {
            Found::Pass => Self::Pass,
            Found::High => Self::High,
            Found::Low => Self::Low,
            Found::Nodata => Self::NoData,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Classified {
    /// Left out where it is not unique.
    shift_ci95: Option<[Option<f64>; 2]>,
    hodges_lehmann: Option<f64>,
    critical: Option<f64>,
    mean_ratio: Option<f64>,
    label: Found,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scored {
    group_scores: BTreeMap<String, Option<f64>>,
    summary_score: f64,
    nodata_percent: f64,
    fails_for_nodata: bool,
}

#[test]
fn judgements_are_reproduced() {
    let file: File = load("remedy", "canary.json");
    assert!(!file.cases.is_empty());
    for case in file.cases {
        match case {
            Case::Classify { name, params, experiment, control, expected, rel_tol } => {
                let tolerance = rel_tol.unwrap_or(file.meta.default_rel_tol);
                let direction = match params.direction {
                    Direction::Increase => BadDirection::Increase,
                    Direction::Decrease => BadDirection::Decrease,
                    Direction::Either => BadDirection::Either,
                };
                let judge = MetricJudge::default()
                    .direction(direction)
                    .tolerance(params.tolerance)
                    .confidence(params.confidence)
                    .least(1);
                let found = judge.judge(&values(&experiment), &values(&control)).unwrap();
                assert_eq!(found.label, expected.label.into(), "{name}");
                let shift = expected.shift_ci95.unwrap_or_default();
                for (what, found, expected) in [
                    ("shift from", found.shift.map(|shift| shift.lower()), shift[0]),
                    ("shift to", found.shift.map(|shift| shift.upper()), shift[1]),
                    ("estimate", found.estimate, expected.hodges_lehmann),
                    ("critical", found.critical, expected.critical),
                    ("ratio", found.mean_ratio, expected.mean_ratio),
                ] {
                    if let Some(expected) = expected {
                        assert_close!(found.unwrap(), expected, tolerance, ABSOLUTE, "{name}: {what}");
                    }
                }
            }
            Case::Score { name, labels, group_weights, expected, rel_tol } => {
                let tolerance = rel_tol.unwrap_or(file.meta.default_rel_tol);
                let weights = group_weights.iter().map(|(group, weight)| (group.as_str(), *weight));
                let scorer = CanaryScorer::new(weights).unwrap();
                let metrics: Vec<LabeledMetric> = labels
                    .iter()
                    .flat_map(|(group, labels)| {
                        labels.iter().map(|label| LabeledMetric::new(group.as_str(), (*label).into()))
                    })
                    .collect();
                let score = scorer.score(&metrics);
                let expected_groups: Vec<_> = expected.group_scores.into_iter().collect();
                assert_eq!(score.groups.len(), expected_groups.len(), "{name}");
                for ((group, found), (expected_group, expected)) in score.groups.iter().zip(&expected_groups)
                {
                    assert_eq!(group.as_str(), expected_group, "{name}");
                    assert_eq!(found.is_some(), expected.is_some(), "{name}: {group}");
                    let (found, expected) = (found.unwrap_or(0.0), expected.unwrap_or(0.0));
                    assert_close!(found, expected, tolerance, 0.0, "{name}: {group}");
                }
                assert_close!(score.summary.unwrap(), expected.summary_score, tolerance, 0.0, "{name}");
                assert_close!(score.no_data_percent, expected.nodata_percent, tolerance, 0.0, "{name}");
                assert_eq!(score.fails_for_no_data, expected.fails_for_nodata, "{name}");
            }
        }
    }
}
