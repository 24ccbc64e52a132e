use crate::stream::normal;
use evenkeel_core::{Error, Stage};
use evenkeel_detect::chart::Shewhart;

#[test]
fn limits_are_those_of_the_normal_law() {
    // Montgomery, Introduction to Statistical Quality Control, 7th ed. (2013), section 5.3: 370 values at
    // three sigmas.
    assert!((Shewhart::average_run_length(3.0).unwrap() - 370.398).abs() < 1e-3);
    for run_length in [2.0, 10.0, 370.0, 1e6, 1e12] {
        let limit = Shewhart::limit_for(run_length).unwrap();
        let back = Shewhart::average_run_length(limit).unwrap();
        assert!((back / run_length - 1.0).abs() < 1e-9, "{run_length} {back}");
    }
    let limit = Shewhart::limit_for(100.0).unwrap();
    let mut chart = Shewhart::new(5.0, 2.0).unwrap();
    let beyond =
        normal(3).take(100_000).filter(|z| chart.update(5.0 + 2.0 * z).unwrap().value() > limit).count();
    // 1,000 of them, give or take four times 31.
    assert!((875..1_125).contains(&beyond), "{beyond}");
}

#[test]
fn refuses_what_is_no_chart() {
    assert!(matches!(Shewhart::new(0.0, -1.0), Err(Error::Parameter { name: "sd", .. })));
    assert!(matches!(Shewhart::limit_for(1.0), Err(Error::Parameter { name: "run_length", .. })));
    assert!(matches!(Shewhart::average_run_length(-1.0), Err(Error::Parameter { name: "limit", .. })));
}
