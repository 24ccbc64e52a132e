//! Fits of real series stay stationary, and their forecasts near the data.

use evenkeel_core::{Fit, Forecaster, Prediction};
use evenkeel_models::fit::Effort;
use evenkeel_models::{Arima, ArimaModel, AutoArima};
use evenkeel_testing::reference;
use std::fs;
use std::path::Path;

const ORDERS: [(usize, usize, usize); 6] = [(5, 1, 0), (2, 1, 2), (1, 0, 1), (3, 0, 2), (0, 2, 2), (1, 1, 1)];
/// A day of five-minute values; two days of hourly ones where a second difference goes on with the last slope
/// forever.
const HORIZONS: [usize; 4] = [288, 288, 48, 48];

/// How many times the span of the data the forecasts leave its range.
fn excursion(y: &[f64], model: &ArimaModel) -> f64 {
    let seen = || y.iter().copied().filter(|v| v.is_finite());
    let (low, high) = (seen().fold(f64::INFINITY, f64::min), seen().fold(f64::NEG_INFINITY, f64::max));
    let mut out = vec![Prediction::default(); HORIZONS[model.order().1]];
    assert!(model.forecast_into(&mut out));
    let beyond = out.iter().fold(0.0, |most: f64, p| most.max(p.mean() - high).max(low - p.mean()));
    beyond / (high - low).max(1e-12 * high.abs())
}

fn is_stationary(ar: &[f64]) -> bool {
    let mut c = ar.to_vec();
    while let Some(rho) = c.pop() {
        if rho.abs() >= 1.0 {
            return false;
        }
        let before = c.clone();
        for (j, x) in c.iter_mut().enumerate() {
            *x = (before[j] + rho * before[before.len() - 1 - j]) / (1.0 - rho * rho);
        }
    }
    true
}

fn check(name: &str, y: &[f64], orders: &[(usize, usize, usize)], worst: &mut (f64, String)) {
    for &(p, d, q) in orders {
        let model = match Arima::new(p, d, q).fit(y) {
            Ok(model) => model,
            Err(why) => panic!("{name} ({p},{d},{q}): {why}"),
        };
        assert!(is_stationary(model.ar()), "{name} ({p},{d},{q}): {:?}", model.ar());
        let out = excursion(y, &model);
        if out > worst.0 {
            *worst = (out, format!("{name} ({p},{d},{q})"));
        }
        assert!(out < 10.0, "{name} ({p},{d},{q}): forecasts leave the data by {out} spans, {model:?}");
    }
}

fn files(folder: &Path, out: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, out);
        } else if path.extension().is_some_and(|e| e == "csv") {
            out.push(path);
        }
    }
}

fn nab(every: usize, orders: &[(usize, usize, usize)], gaps: bool) {
    let Some(folder) = reference::data("nab/data") else {
        println!("nab/data is not here: nothing checked");
        return;
    };
    let mut all = Vec::new();
    files(&folder, &mut all);
    all.sort();
    let mut worst = (0.0, String::new());
    for path in all.iter().step_by(every) {
        let text = fs::read_to_string(path).unwrap();
        let mut y: Vec<f64> =
            text.lines().skip(1).map(|line| line.split(',').nth(1).unwrap().parse().unwrap()).collect();
        if gaps {
            for (t, v) in y.iter_mut().enumerate() {
                if t % 97 == 50 || (300..340).contains(&t) {
                    *v = f64::NAN;
                }
            }
        }
        check(&path.display().to_string(), &y, orders, &mut worst);
    }
    println!("nab: furthest {} spans: {}", worst.0, worst.1);
}

fn m4(every: usize, orders: &[(usize, usize, usize)]) {
    let Some(path) = reference::data("m4/Hourly-train.csv") else {
        println!("m4/Hourly-train.csv is not here: nothing checked");
        return;
    };
    let text = fs::read_to_string(path).unwrap();
    let mut worst = (0.0, String::new());
    for line in text.lines().skip(1).step_by(every) {
        let mut fields = line.split(',').map(|f| f.trim_matches('"'));
        let name = fields.next().unwrap();
        let y: Vec<f64> = fields.take_while(|f| !f.is_empty()).map(|f| f.parse().unwrap()).collect();
        check(name, &y, orders, &mut worst);
    }
    println!("m4: furthest {} spans: {}", worst.0, worst.1);
}

/// Chosen orders, with the season of a day and without: two days ahead.
fn m4_chosen(every: usize, efforts: &[Effort], periods: &[usize]) {
    let Some(path) = reference::data("m4/Hourly-train.csv") else {
        println!("m4/Hourly-train.csv is not here: nothing checked");
        return;
    };
    let text = fs::read_to_string(path).unwrap();
    let mut worst = (0.0, String::new());
    for line in text.lines().skip(1).step_by(every) {
        let mut fields = line.split(',').map(|f| f.trim_matches('"'));
        let name = fields.next().unwrap();
        let y: Vec<f64> = fields.take_while(|f| !f.is_empty()).map(|f| f.parse().unwrap()).collect();
        for (effort, period) in efforts.iter().flat_map(|e| periods.iter().map(move |p| (*e, *p))) {
            let chosen = AutoArima::new().period(period).effort(effort).fit(&y).unwrap();
            let (order, season) = (chosen.model().order(), chosen.model().seasonal_order());
            let (low, high) = (
                y.iter().copied().fold(f64::INFINITY, f64::min),
                y.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            );
            let mut out = [Prediction::default(); 48];
            assert!(chosen.forecast_into(&mut out));
            let beyond = out.iter().fold(0.0, |most: f64, p| most.max(p.mean() - high).max(low - p.mean()));
            let beyond = beyond / (high - low);
            if beyond > worst.0 {
                worst = (beyond, format!("{name} {order:?} {season:?}"));
            }
            assert!(beyond < 2.0, "{name} {order:?} {season:?}: forecasts leave the data by {beyond} spans");
        }
    }
    println!("m4, orders chosen: furthest {} spans: {}", worst.0, worst.1);
}

#[test]
fn some_m4_hourly_series_of_chosen_order() {
    m4_chosen(150, &[Effort::Fast], &[1, 24]);
}

#[test]
#[ignore = "long: minutes; every series"]
fn all_m4_hourly_series_of_chosen_order() {
    m4_chosen(1, &[Effort::Default], &[1]);
    m4_chosen(8, &[Effort::Default], &[24]);
}

#[test]
fn some_nab_series() {
    nab(20, &ORDERS[..3], false);
    nab(29, &[(1, 1, 1)], true);
}

#[test]
fn some_m4_hourly_series() {
    m4(101, &ORDERS);
}

#[test]
#[ignore = "long: minutes; every series and order"]
fn all_nab_series() {
    nab(1, &ORDERS, false);
    nab(1, &[(1, 1, 1), (5, 1, 0)], true);
}

#[test]
#[ignore = "long: minutes; every series and order"]
fn all_m4_hourly_series() {
    m4(1, &ORDERS);
}
