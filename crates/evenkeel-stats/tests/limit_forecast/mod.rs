//! Forecasts of limits: what is predicted comes true, and what only looks like it is not predicted.

use core::time::Duration;
use evenkeel_core::{At, Stage, Timestamp};
use evenkeel_stats::{Generator, Limit, LimitForecast};

/// Values come every 30 s.
const STEP: i64 = 30;
const HORIZON: Duration = Duration::from_secs(3600);

fn at(step: usize) -> Timestamp {
    Timestamp::from_seconds(1_000_000 + STEP * step as i64)
}

/// Values, one a step.
fn series(steps: usize, value: impl FnMut(usize) -> f64) -> Vec<f64> {
    (0..steps).map(value).collect()
}

fn forecast(limit: f64) -> LimitForecast {
    LimitForecast::builder(Limit::Above(limit), HORIZON).build().unwrap()
}

/// What came of the predictions of some series: their number, how many came true within the horizon of the
/// prediction, for how many horizons was watched, how often the limit was reached unpredicted.
#[derive(Debug, Default, Clone, Copy)]
struct Tally {
    predicted: u32,
    true_in_time: u32,
    horizons: f64,
    surprises: u32,
    reached: u32,
}

impl Tally {
    fn false_each(self) -> f64 {
        f64::from(self.predicted - self.true_in_time) / self.horizons
    }

    /// The share of predictions that came true.
    fn precision(self) -> f64 {
        f64::from(self.true_in_time) / f64::from(self.predicted)
    }
}

/// Follows a series until it reaches the limit or ends; a prediction is judged by its own horizon.
fn follow(tally: &mut Tally, mut forecast: LimitForecast, values: &[f64]) {
    let limit = forecast.limit();
    let ahead = (HORIZON.as_secs() as usize) / STEP as usize;
    let reached = values.iter().position(|x| limit.is_reached_by(*x)).unwrap_or(values.len());
    let (mut was, mut open_until) = (false, None);
    for (step, value) in values[..reached].iter().enumerate() {
        forecast.update(At::new(at(step), *value));
        let is = forecast.is_predicted();
        // What would be judged after the end is not.
        if is && !was && (step + ahead < values.len() || reached < values.len()) {
            tally.predicted += 1;
            tally.true_in_time += u32::from(reached <= step + ahead && reached < values.len());
            open_until = Some(step + ahead);
        }
        was = is;
    }
    tally.horizons += reached as f64 / ahead as f64;
    if reached < values.len() {
        tally.reached += 1;
        tally.surprises += u32::from(open_until.is_none_or(|until| until < reached));
    }
}

fn tally(series: u64, steps: usize, limit: f64, make: impl Fn(&mut Generator, usize) -> Vec<f64>) -> Tally {
    let mut tally = Tally::default();
    for seed in 0..series {
        let values = make(&mut Generator::stream(7, seed), steps);
        follow(&mut tally, forecast(limit), &values);
    }
    tally
}

/// Among what goes nowhere next to nothing is predicted: walks without drift, noise, and cycles that are not
/// longer than what it looks back over (two hours here).
#[test]
fn what_has_no_trend_is_hardly_ever_predicted() {
    let walks = [15.0, 60.0].map(|limit| {
        tally(100, 4_000, limit, |draw, steps| {
            let mut x = 0.0;
            series(steps, |_| {
                x += draw.normal();
                x
            })
        })
    });
    for walk in walks {
        println!("walks without drift: {walk:?}");
        assert!(walk.false_each() < 0.005, "{walk:?}");
    }
    for share in [0.0, 0.99] {
        let noise = tally(50, 8_000, 4.0, |draw, steps| {
            let (mut x, rest) = (0.0, f64::sqrt(1.0 - share * share));
            series(steps, |_| {
                x = share * x + rest * draw.normal();
                x
            })
        });
        println!("noise, {share} of it from step to step: {noise:?}");
        assert!(noise.false_each() < 0.003, "{noise:?}");
    }
    for period in [10_u64, 60, 120, 240] {
        let saw = tally(30, 4_000, 1.2, |draw, steps| {
            let phase = draw.uniform_below(period);
            series(steps, |i| ((i as u64 + phase) % period) as f64 / period as f64 + 0.01 * draw.normal())
        });
        let wave = tally(30, 4_000, 1.1, |draw, steps| {
            let phase = 7.0 * draw.uniform();
            let at = |i: usize| f64::sin(core::f64::consts::TAU * i as f64 / period as f64 + phase);
            series(steps, |i| at(i) + 0.01 * draw.normal())
        });
        println!("every {} min: {saw:?} {wave:?}", period / 2);
        assert!(saw.false_each() < 0.006 && wave.false_each() < 0.003, "{period}: {saw:?} {wave:?}");
    }
    // A trend that ends well before the limit.
    let short = tally(50, 4_000, 512.0, |draw, steps| {
        let end = 200.0 + 150.0 * draw.uniform();
        series(steps, |i| 100.0 + end * (1.0 - f64::exp(-(i as f64) / 500.0)) + 3.0 * draw.normal())
    });
    assert_eq!(short.predicted, 0, "{short:?}");
}

/// A cycle that is longer than what it looks back over does look like a trend: twice, and then no more for
/// twenty times that.
#[test]
fn no_series_has_more_than_two_false_predictions_in_twenty_histories() {
    for period in [480_u64, 960, 2_880] {
        let mut forecast = forecast(1.1);
        let mut raised = Vec::new();
        let mut was = false;
        for step in 0..30_000_usize {
            let value = f64::sin(core::f64::consts::TAU * step as f64 / period as f64);
            forecast.update(At::new(at(step), value));
            if forecast.is_predicted() && !was {
                raised.push(step);
            }
            was = forecast.is_predicted();
        }
        println!("every {} min: predicted at {raised:?}", period / 2);
        assert!(period == 2_880 || raised.len() >= 2);
        // Twenty times two hours; a prediction is false once it ends, so it begins a little earlier.
        let is_bounded = raised.windows(3).all(|three| three[2] - three[0] + 480 > 20 * 240);
        assert!(is_bounded, "{raised:?}");
    }
}

/// What has a trend is predicted, and the deadlines hold.
#[test]
fn a_leak_is_predicted_in_time() {
    let leak = |noise: f64, teeth: f64| {
        tally(100, 2_000, 512.0, move |draw, steps| {
            let slope = 0.3 + draw.uniform();
            series(steps, |i| {
                100.0 + slope * i as f64 + noise * draw.normal() + teeth * (i % 20) as f64 / 20.0
            })
        })
    };
    for (noise, teeth) in [(0.0, 0.0), (1.0, 0.0), (10.0, 0.0), (1.0, 10.0)] {
        let leak = leak(noise, teeth);
        println!("a leak with noise {noise}, teeth {teeth}: {leak:?}");
        assert_eq!((leak.reached, leak.surprises), (100, 0), "{leak:?}");
        assert_eq!(leak.precision(), 1.0, "{leak:?}");
    }
    let walk = tally(100, 4_000, 600.0, |draw, steps| {
        let mut x = 0.0;
        series(steps, |_| {
            x += 1.0 + draw.normal();
            x
        })
    });
    println!("a walk with drift: {walk:?}");
    assert!(walk.precision() >= 0.9 && walk.surprises < 10, "{walk:?}");
}

/// Of what is said when a limit is predicted: the interval holds the time about as often as it claims.
#[test]
fn deadlines_are_calibrated() {
    let (mut inside, mut all) = (0, 0);
    for seed in 0..400_u64 {
        let mut draw = Generator::stream(3, seed);
        let (mut forecast, mut x, mut said) = (forecast(600.0), 0.0, None);
        for step in 0..6_000_usize {
            x += 1.0 + 2.0 * draw.normal();
            forecast.update(At::new(at(step), x));
            if forecast.is_predicted() && said.is_none() {
                said = forecast.deadline();
            }
            if x >= 600.0 {
                if let Some(said) = said {
                    let (earliest, latest) = said.interval(0.8).unwrap();
                    all += 1;
                    inside +=
                        i32::from(earliest.unwrap() <= at(step) && latest.is_none_or(|l| l >= at(step)));
                }
                break;
            }
        }
    }
    let share = f64::from(inside) / f64::from(all);
    println!("of {all} deadlines {share:.3} within their interval at 0.8");
    assert!(all > 300 && (0.68..0.92).contains(&share), "{inside} of {all}");
}

fn leak(step: usize) -> f64 {
    100.0 + step as f64
}

#[test]
fn nothing_comes_of_nothing() {
    // A constant, nothing, too little: no opinion, or a calm one.
    let mut constant = forecast(10.0);
    let said: Vec<Option<f64>> = (0..1_000).map(|i| constant.update(At::new(at(i), 5.0))).collect();
    assert_eq!((said[200], said[999]), (None, Some(0.0)));
    assert!(!constant.is_predicted() && constant.deadline().unwrap().quantile(0.01).is_none());
    let mut missing = forecast(10.0);
    assert!((0..1_000).all(|i| missing.update(At::new(at(i), f64::NAN)).is_none()));
    assert!(missing.deadline().is_none() && missing.is_averted().is_none());
    // It speaks as soon as nine tenths of the history were seen, however often values come.
    for every in [1_usize, 2, 4, 9] {
        let mut sparse = forecast(10.0);
        let first = (0..1_000).step_by(every).find(|i| sparse.update(At::new(at(*i), 5.0)).is_some());
        assert!(first.is_some_and(|first| (205..=240).contains(&first)), "{every}: {first:?}");
    }
    // Missing values among others change nothing.
    let (mut whole, mut holed) = (forecast(512.0), forecast(512.0));
    for step in 0..380 {
        whole.update(At::new(at(step), leak(step)));
        holed.update(At::new(at(step), f64::INFINITY));
        holed.update(At::new(at(step), leak(step)));
    }
    assert_eq!(whole, holed);
    assert!(whole.is_predicted());
    // Not by a level that shifts once.
    let mut shifted = forecast(512.0);
    for step in 0..2_000 {
        shifted.update(At::new(at(step), if step < 1_000 { 100.0 } else { 480.0 }));
        assert!(!shifted.is_predicted(), "{step}");
    }
}

#[test]
fn a_limit_that_is_reached_is_no_prediction() {
    let mut forecast = forecast(400.0);
    for step in 0..300 {
        forecast.update(At::new(at(step), leak(step)));
    }
    assert!(forecast.is_predicted());
    assert_eq!(forecast.update(At::new(at(300), 400.0)), Some(1.0));
    assert_eq!((forecast.is_predicted(), forecast.is_averted()), (false, Some(false)));
    assert_eq!(forecast.deadline().unwrap().quantile(0.5), Some(at(300)));
    // The other side.
    let mut days =
        LimitForecast::builder(Limit::Below(7.0), Duration::from_secs(14 * 86_400)).build().unwrap();
    let mut first = None;
    for hour in 0..24 * 60_u32 {
        let time = Timestamp::from_seconds(3600 * i64::from(hour));
        days.update(At::new(time, 90.0 - f64::from(hour) / 24.0));
        if days.is_predicted() && first.is_none() {
            first = Some(hour / 24);
        }
    }
    // On day 83 seven are left; it is told two weeks before, where the second block ends.
    assert!(first.is_none(), "{first:?}");
    for hour in 24 * 60..24 * 83_u32 {
        let time = Timestamp::from_seconds(3600 * i64::from(hour));
        days.update(At::new(time, 90.0 - f64::from(hour) / 24.0));
        if days.is_predicted() && first.is_none() {
            first = Some(hour / 24);
            let deadline = days.deadline().unwrap();
            let off = deadline.quantile(0.5).unwrap().as_seconds() - 83 * 86_400;
            assert!(off.abs() < 3600, "{off}");
        }
    }
    assert!(first.is_some_and(|day| (69..=73).contains(&day)), "{first:?}");
}

#[test]
fn gaps_and_clocks() {
    // A gap of half an hour in a leak changes little of what is said.
    let (mut whole, mut holed) = (forecast(600.0), forecast(600.0));
    for step in 0..400 {
        whole.update(At::new(at(step), leak(step)));
        if !(300..360).contains(&step) {
            holed.update(At::new(at(step), leak(step)));
        }
    }
    let median = |f: &LimitForecast| f.deadline().unwrap().quantile(0.5).unwrap().as_seconds();
    assert!((median(&whole) - median(&holed)).abs() < 60);
    // After one that is longer than the history nothing is known.
    for step in 0..20 {
        whole.update(At::new(at(step + 1_000), leak(step)));
    }
    assert!(whole.probability().is_none() && !whole.is_predicted());
    // A time that goes back counts as the latest; a clock that was set back takes all with it.
    let mut late = forecast(600.0);
    for step in 0..300 {
        late.update(At::new(at(step), leak(step)));
    }
    let before = late.deadline().unwrap();
    late.set_back(Duration::from_secs(86_400));
    let moved = late.deadline().unwrap();
    assert_eq!(before.from().since(moved.from()), Duration::from_secs(86_400));
    assert_eq!(moved.time(), before.time());
    late.update(At::new(at(0) - Duration::from_secs(2 * 86_400), leak(300)));
    assert_eq!((late.late(), late.deadline().unwrap().from()), (1, moved.from()));
    // A leap ahead is a gap.
    late.update(At::new(at(1_000_000), leak(301)));
    assert!(late.probability().is_none());
}

#[test]
fn what_was_done_is_judged_by_what_comes_later() {
    let predicted = || {
        let mut forecast = forecast(512.0);
        let step = (0..).find(|step| {
            forecast.update(At::new(at(*step), leak(*step)));
            forecast.is_predicted()
        });
        (forecast, step.unwrap())
    };
    let (mut lowered, step) = predicted();
    assert_eq!(lowered.is_averted(), Some(false));
    lowered.restart(at(step));
    assert_eq!(lowered.is_averted(), None, "nothing was seen yet");
    lowered.update(At::new(at(step + 1), 100.0));
    assert_eq!((lowered.is_averted(), lowered.is_predicted()), (Some(true), false));
    // It goes on, and is averted until it is predicted anew.
    let again = (2..2_000).find(|i| {
        lowered.update(At::new(at(step + i), leak(*i)));
        lowered.is_predicted()
    });
    assert!(again.is_some_and(|again| again < 412 - 20), "{again:?}");
    // Nothing helped: first it is not known, then it is.
    let (mut same, step) = predicted();
    same.restart(at(step));
    let said: Vec<Option<bool>> = (1..60)
        .map(|i| {
            same.update(At::new(at(step + i), leak(step + i)));
            same.is_averted()
        })
        .collect();
    assert!(said.iter().all(|said| *said != Some(true)) && said[40] == Some(false), "{said:?}");
    // The level stays, the leak is closed.
    let (mut closed, step) = predicted();
    closed.restart(at(step));
    let said: Vec<Option<bool>> = (1..60)
        .map(|i| {
            closed.update(At::new(at(step + i), leak(step) + (i % 3) as f64));
            closed.is_averted()
        })
        .collect();
    assert!(said.iter().all(|said| *said != Some(false)) && said[40] == Some(true), "{said:?}");
}

#[test]
fn settings_are_checked() {
    let build = |limit, horizon, history, probability| {
        let builder = LimitForecast::builder(Limit::Above(limit), Duration::from_secs(horizon));
        builder.history(Duration::from_secs(history)).probability(probability).build()
    };
    assert!(build(1.0, 60, 60, 0.9).is_ok());
    for (limit, horizon, history, probability) in [
        (f64::NAN, 60, 60, 0.9),
        (f64::INFINITY, 60, 60, 0.9),
        (1.0, 0, 60, 0.9),
        (1.0, 60, 59, 0.9),
        (1.0, 60, u64::MAX, 0.9),
        (1.0, 60, 60, 0.4),
        (1.0, 60, 60, 1.0),
        (1.0, 60, 60, f64::NAN),
    ] {
        assert!(
            build(limit, horizon, history, probability).is_err(),
            "{limit} {horizon} {history} {probability}"
        );
    }
}
