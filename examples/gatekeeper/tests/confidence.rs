//! Stated confidence: its scores, and that nothing depends on it.

use crate::situations::{gate_with, propose, until};
use evenkeel_gatekeeper::calibration_run::run;
use evenkeel_gatekeeper::{ConfidenceRecord, Stated, calibration, draw_calibration};
use serde_json::json;

fn stated(of: &[(f64, bool)]) -> Vec<Stated> {
    of.iter().map(|(confidence, helped)| Stated { confidence: *confidence, helped: *helped }).collect()
}

#[test]
fn scores_are_those_of_a_calculation_by_hand() {
    // Brier: (0.1² + 0.9² + 0.2² + 0.3²) / 4 = (0.01 + 0.81 + 0.04 + 0.09) / 4.
    let of = stated(&[(0.9, true), (0.9, false), (0.2, false), (0.7, true)]);
    let c = calibration(&of, 2).unwrap();
    assert!((c.brier - 0.2375).abs() < 1e-12 && (c.brier_of_base_rate - 0.25).abs() < 1e-12);
    // Bins of two: 0.2 and 0.7 (stated 0.45, helped 0.5), 0.9 and 0.9 (stated 0.9, helped 0.5).
    assert_eq!(c.bins.iter().map(|bin| bin.count).collect::<Vec<_>>(), [2, 2]);
    assert!((c.expected_error - (0.05 + 0.4) / 2.0).abs() < 1e-12);
    assert!(calibration(&[], 10).is_none());
}

#[test]
fn equal_confidences_stay_in_one_bin_and_counts_are_equal_else() {
    let all: Vec<(f64, bool)> = (0..200).map(|i| (f64::from(i) / 200.0, i % 3 == 0)).collect();
    let c = calibration(&stated(&all), 10).unwrap();
    assert!(c.bins.len() == 10 && c.bins.iter().all(|bin| bin.count == 20));
    assert!(c.bins.iter().all(|bin| bin.interval.0 <= bin.helped && bin.helped <= bin.interval.1));
    let same: Vec<(f64, bool)> = (0..50).map(|i| (0.9, i % 2 == 0)).collect();
    assert_eq!(calibration(&stated(&same), 10).unwrap().bins.len(), 1);
}

#[test]
fn overconfidence_is_found_and_calibration_is_not_called_that() {
    let (mut sure, mut fair) = (ConfidenceRecord::new(), ConfidenceRecord::new());
    for i in 0..2_000_u32 {
        // Helps in seven of ten, in a mixed order.
        let helped = i.wrapping_mul(7_919) % 10 < 7;
        sure.add(Stated { confidence: 0.95, helped });
        fair.add(Stated { confidence: 0.7, helped });
    }
    assert!(sure.overconfidence_p() < 1e-6 && fair.overconfidence_p() > 0.05);
    assert_eq!(sure.latest().len(), 1_000);
    assert!(
        sure.to_string()
            .ends_with("more is stated than comes true, by more than chance explains (p < 0.001)"),
        "{sure}"
    );
    // A p-value of 1 is no evidence of anything, and is not told as such.
    let mut shy = ConfidenceRecord::new();
    shy.add(Stated { confidence: 0.4, helped: true });
    assert!(shy.to_string().ends_with("; no more was stated than came true"), "{shy}");
    shy.add(Stated { confidence: 0.9, helped: false });
    assert!(
        shy.to_string().contains("more was stated than came true, as chance alone might have it (p = "),
        "{shy}"
    );
}

/// The same proposal under two confidences comes to the same end, record by record.
#[test]
fn nothing_depends_on_what_is_stated() {
    let live = |confidence: f64| {
        let mut gate = gate_with("leak@catalog-2");
        propose(
            &mut gate,
            json!({ "verb": "restart", "component": "catalog", "instance": "catalog-2" }),
            confidence,
        )
        .unwrap();
        until(&mut gate, 120, |gate| gate.ended().next().is_some());
        gate.records().to_vec()
    };
    assert_eq!(live(0.01), live(1.0));
}

#[test]
fn an_overconfident_agent_shows_over_simulated_incidents() {
    let of = run(16, 3).unwrap();
    assert_eq!(of.incidents, 16);
    assert!(of.audit.problems.is_empty() && of.audit.told > 10, "{}", of.audit);
    assert!(of.stated.iter().any(|s| s.helped) && of.stated.iter().any(|s| !s.helped), "both come about");
    let c = calibration(&of.stated, 10).unwrap();
    assert!(c.stated > c.helped, "it states more than comes true: {:.2}, {:.2}", c.stated, c.helped);
    // What the record would have said is worth more than what was stated, though it knows only verbs and
    // kinds.
    let record = calibration(&of.from_record, 10).unwrap();
    assert!(record.brier < c.brier, "{} {}", record.brier, c.brier);
    let svg = draw_calibration("An agent <surer> than it should be", &[("stated", &c)]);
    assert!(svg.contains("&lt;surer&gt;") && svg.matches("<circle").count() == c.bins.len() + 1);
    assert_eq!(run(2, 9).unwrap(), run(2, 9).unwrap(), "the same seed gives the same run");
}
