//! Reports as text.

use crate::auto::{AutoFamily, AutoMember, AutoReport};
use crate::fit::{Criteria, FitReport, Termination};

#[test]
fn a_fit_report_is_two_lines() {
    let report = FitReport {
        criteria: Criteria::new(-503.981, 3, 131),
        observed: 144,
        iterations: 26,
        evaluations: 35,
        termination: Termination::Converged,
    };
    let expected = "AIC 1013.96, AICc 1014.15, BIC 1022.59; log-likelihood -503.98 of 131 values, 3 parameters\n\
                    converged: 26 iterations, 35 evaluations, 144 observed values";
    assert_eq!(report.to_string(), expected);
    let expected = "AIC 4.00, AICc inf, BIC -inf; log-likelihood 0.00 of 0 values, 2 parameters\n\
                    nothing to search: 0 iterations, 0 evaluations, 0 observed values";
    assert_eq!(FitReport::given(2).to_string(), expected);
}

#[test]
fn an_automatic_report_shows_what_has_weight() {
    let member = |name: &str, weight, error| AutoMember {
        name: name.into(),
        family: AutoFamily::Smoothing,
        weight,
        error,
        why_not: None,
    };
    let mut report = AutoReport {
        seasons: vec![24, 168],
        horizon: 48,
        origins: 2,
        members: vec![
            member("theta", 0.25, Some(3.5)),
            member("drift", 0.01, Some(9.0)),
            member("ETS", 0.74, Some(2.0)),
        ],
        error: Some(1.875),
        widened: 1.1,
        remarks: vec!["the last value is far from the others".into()],
    };
    let expected = "seasons of [24, 168] samples; mean absolute error 1.8750 at 2 origins, up to 48 steps ahead; \
                    intervals widened by 1.10\n \
                    74.0 % ETS (error 2.0000)\n \
                    25.0 % theta (error 3.5000)\n\
                    2 of 3 models have more than 1 %\n\
                    the last value is far from the others";
    assert_eq!(report.to_string(), expected);
    (report.seasons, report.error, report.widened) = (vec![], None, 1.0);
    (report.members, report.remarks) = (vec![member("naive", 1.0, None)], vec![]);
    let expected = "no season; not validated; intervals widened by 1.00\n\
                    100.0 % naive\n\
                    1 of 1 models have more than 1 %";
    assert_eq!(report.to_string(), expected);
}
