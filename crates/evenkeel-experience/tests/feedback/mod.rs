//! Feedback.

use core::time::Duration;
use evenkeel_core::{At, Stage, Timestamp};
use evenkeel_experience::feedback::{FeedbackSeries, NetPromoter, RatingDrift};
use evenkeel_stats::Generator;

#[test]
fn limits_of_the_net_promoter_score_cover() {
    let mut noise = Generator::new(12);
    for (promoters, detractors) in [(0.5, 0.2), (0.1, 0.1), (0.8, 0.15)] {
        let truth = 100.0 * (promoters - detractors);
        let runs = 4000;
        let mut covered = 0;
        for _ in 0..runs {
            let mut answers = NetPromoter::default();
            for _ in 0..60 {
                let u = noise.uniform();
                let rating = if u < promoters {
                    10
                } else if u < promoters + detractors {
                    0
                } else {
                    8
                };
                assert!(answers.add(rating));
            }
            covered += u32::from(answers.interval(0.95).unwrap().unwrap().contains(truth));
        }
        let share = f64::from(covered) / f64::from(runs);
        assert!((0.93..=0.97).contains(&share), "{promoters} {detractors}: {share}");
    }
}

#[test]
fn nobody_is_no_score() {
    let mut answers = NetPromoter::default();
    assert_eq!((answers.score(), answers.interval(0.9).unwrap()), (None, None));
    assert!(!answers.add(11) && answers.promoter_share().is_err());
    assert!(answers.add(6) && answers.interval(1.0).is_err());
    assert_eq!(answers.score(), Some(-100.0));
}

#[test]
fn periods_without_answers_give_no_point() {
    let mut days = FeedbackSeries::new(Duration::from_secs(86_400)).unwrap();
    let day = |day: i64, rating| At::new(Timestamp::from_seconds(86_400 * day + 7), rating);
    let mut points = Vec::new();
    for (d, rating) in
        [(0, Some(10)), (0, Some(200)), (1, None), (2, None), (3, Some(1)), (3, None), (4, None)]
    {
        points.extend(days.update(day(d, rating)));
    }
    let found: Vec<_> = points.iter().map(|at| (at.time.as_seconds() / 86_400, at.value.score())).collect();
    assert_eq!(found, [(0, Some(100.0)), (3, Some(-100.0))]);
    assert!(FeedbackSeries::new(Duration::ZERO).is_err());
}

#[test]
fn drift_alarms_come_as_rarely_as_said() {
    // At the baseline exactly, with the largest variance: the mean time between alarms is at least 1 / alpha.
    let mut noise = Generator::new(2);
    let alpha = 1e-3;
    let mut drift = RatingDrift::new(0.7, 0.1, alpha).unwrap();
    let (mut alarms, n) = (0, 400_000);
    for _ in 0..n {
        if drift.update(f64::from(u8::from(noise.bernoulli(0.7)))).unwrap().drifted {
            alarms += 1;
            drift.reset();
        }
    }
    assert!(f64::from(alarms) <= alpha * f64::from(n), "{alarms}");
    assert!(alarms > 0);
    for (baseline, drop, alpha) in
        [(0.0, 0.1, 0.1), (1.0, 0.1, 0.1), (0.5, 0.6, 0.1), (0.5, 0.1, 1.0), (f64::NAN, 0.1, 0.1)]
    {
        assert!(RatingDrift::new(baseline, drop, alpha).is_err());
    }
    assert_eq!(drift.update(1.5), None);
}
