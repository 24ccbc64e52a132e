//! A whole pipeline, concrete and behind `dyn`.

use crate::stream::{RunningMean, normal};
use core::time::Duration;
use evenkeel_core::{At, Calibrated, Detector, Stage, Timed, Timestamp, Transition, TransitionKind};
use evenkeel_detect::adapt::ValueAsScore;
use evenkeel_detect::chart::EwmaChart;
use evenkeel_detect::forecast::Innovations;
use evenkeel_detect::{Alarm, Cusum, Dspot, Spot, Surprise};

fn at(i: usize, x: f64) -> At<f64> {
    At::new(Timestamp::from_seconds(60 * i as i64), x)
}

#[test]
fn from_values_to_one_incident() {
    let spot = Spot::builder(1e-4).calibration(2000).build().unwrap();
    let alarm = Alarm::builder(1e-4).clear_after(Duration::from_secs(300)).build().unwrap();
    let mut line: Box<dyn Stage<At<f64>, Output = Transition>> =
        Box::new(Timed(Surprise::new(RunningMean::new(1.0)).then(spot)).then(alarm));
    let stream = normal(2)
        .take(6000)
        .enumerate()
        .map(|(i, z)| at(i, if (5000..5010).contains(&i) { z + 9.0 } else { z }));
    let told: Vec<Transition> = stream.filter_map(|x| line.update(x)).collect();
    let during: Vec<_> = told.iter().filter(|t| (5000..=5015).contains(&(t.at.as_seconds() / 60))).collect();
    assert!(!during.is_empty(), "{told:?}");
    assert_eq!(during.first().unwrap().kind, TransitionKind::Raised);
    assert_eq!(during.first().unwrap().start, at(5000, 0.0).time);
    let end = during.iter().find(|t| t.kind == TransitionKind::Cleared).unwrap();
    assert_eq!(end.end, Some(at(5009, 0.0).time));
    assert!(during.iter().filter(|t| t.kind == TransitionKind::Raised).count() == 1);
    assert!(
        told.len() <= during.len() + 8,
        "false alarms at 1e-4 in 4000 values: {}",
        told.len() - during.len()
    );
}

#[test]
fn everything_is_shared_and_boxed() {
    fn shared<T: Send + Sync + Clone + core::fmt::Debug + PartialEq>() {}
    shared::<Surprise<RunningMean>>();
    shared::<Innovations<RunningMean>>();
    shared::<Spot>();
    shared::<Dspot>();
    shared::<Alarm>();
    shared::<EwmaChart>();
    shared::<Cusum>();
    shared::<ValueAsScore>();
    let detectors: Vec<Box<dyn Detector>> = vec![
        Box::new(EwmaChart::builder(0.0, 1.0).build().unwrap()),
        Box::new(Cusum::builder(0.0, 1.0).build().unwrap()),
        Box::new(Surprise::new(RunningMean::new(1.0))),
        Box::new(Innovations::new(RunningMean::new(1.0)).then(Cusum::builder(0.0, 1.0).build().unwrap())),
    ];
    for mut detector in detectors {
        let scores: Vec<f64> =
            detector.run([0.0, 0.1, -0.1, 50.0]).map(|s| s.map_or(0.0, |s| s.value())).collect();
        assert!(scores[3] > 3.0 && scores[..3].iter().all(|s| *s < 1.0), "{scores:?}");
    }
    let calibrators: Vec<Box<dyn Stage<f64, Output = Calibrated>>> = vec![
        Box::new(ValueAsScore.then(Spot::builder(1e-3).build().unwrap())),
        Box::new(Dspot::builder(1e-3).build().unwrap()),
    ];
    for mut calibrator in calibrators {
        calibrator.run(normal(4).take(3000)).for_each(drop);
        assert!(calibrator.update(20.0).unwrap().p() < 1e-3);
        calibrator.reset();
        assert!(calibrator.update(20.0).is_none(), "it calibrates anew");
    }
}
