//! Replays `models/tests.json`: correlations and tests of R, statsmodels and scipy. Its spectra are replayed with `spectral`.

use evenkeel_series::{Autocorrelation, PartialAutocorrelation};
use evenkeel_testing::assert_close;
use evenkeel_testing::reference::{self, Number};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeMap;

const FILE: &str = "tests.json";
/// Relative and absolute: computed in doubles by other algorithms.
const REL: f64 = 1e-9;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    series: String,
    freq: usize,
    #[serde(rename = "R")]
    r: BTreeMap<String, Value>,
    statsmodels_scipy: BTreeMap<String, Value>,
}

/// One key of one series.
struct Field<'a> {
    name: String,
    y: &'a [f64],
    value: &'a Value,
}

impl Field<'_> {
    fn read<T: DeserializeOwned>(&self) -> T {
        match serde_json::from_value(self.value.clone()) {
            Ok(read) => read,
            Err(why) => panic!("{FILE} {}: {why}", self.name),
        }
    }

    #[track_caller]
    fn same(&self, actual: f64, expected: Number) {
        assert_close!(actual, expected.0, REL, REL, "{}", self.name);
    }

    #[track_caller]
    fn rows(&self, actual: &[f64], tolerance: f64) {
        let expected: Vec<Number> = self.read();
        assert!(!expected.is_empty(), "{}", self.name);
        for (i, (actual, expected)) in actual.iter().zip(&expected).enumerate() {
            assert_close!(*actual, expected.0, tolerance, tolerance, "{}[{i}]", self.name);
        }
        assert_eq!(actual.len(), expected.len(), "{}", self.name);
    }

    fn last_lag(&self) -> usize {
        self.value.as_array().unwrap().len() - 1
    }

    fn autocorrelation(&self, unbiased: bool) -> Autocorrelation {
        let of = if unbiased { Autocorrelation::unbiased } else { Autocorrelation::of };
        of(self.y, self.last_lag()).unwrap()
    }

    /// `first`: 0 if the row starts at lag 0.
    fn partial(&self, method: PartialAutocorrelation, first: usize) {
        let lags = self.last_lag() + first;
        let mut values = method.of(self.y, lags).unwrap().values().to_vec();
        if first == 0 {
            values.insert(0, 1.0);
        }
        self.rows(&values, 1e-8);
    }

    /// R corrects the variance of Yule and Walker for the number of coefficients, that of Burg not.
    fn autoregression(&self, method: PartialAutocorrelation, corrected: bool) {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Autoregression {
            ar: Vec<Number>,
            var: Number,
        }
        let expected: Autoregression = self.read();
        let order = expected.ar.len();
        let ours = method.of(self.y, order).unwrap();
        for (a, b) in ours.coefficients().unwrap().iter().zip(&expected.ar) {
            assert_close!(*a, b.0, 1e-8, 1e-8, "{}", self.name);
        }
        let n = self.y.len() as f64;
        let factor = if corrected { n / (n - order as f64 - 1.0) } else { 1.0 };
        assert_close!(factor * ours.noise_variance().unwrap(), expected.var.0, 1e-8, 0.0, "{}", self.name);
    }
}

fn of_r(key: &str, field: &Field<'_>) -> bool {
    match key {
        "acf" => field.rows(field.autocorrelation(false).correlations(), REL),
        "pacf" => field.partial(PartialAutocorrelation::yule_walker(), 1),
        "ar_yw" => field.autoregression(PartialAutocorrelation::yule_walker(), true),
        "ar_burg" => field.autoregression(PartialAutocorrelation::burg(), false),
        _ => return false,
    }
    true
}

fn of_python(key: &str, field: &Field<'_>) -> bool {
    match key {
        "acf" => field.rows(field.autocorrelation(false).correlations(), REL),
        "acf_adjusted" => field.rows(field.autocorrelation(true).correlations(), REL),
        "acovf" => field.rows(field.autocorrelation(false).covariances(), REL),
        // Levinson's recursion solves the equations of Yule and Walker.
        "pacf_ywm" | "pacf_ldb" => field.partial(PartialAutocorrelation::yule_walker(), 0),
        "pacf_ywadjusted" => field.partial(PartialAutocorrelation::yule_walker_unbiased(), 0),
        "pacf_ols" => field.partial(PartialAutocorrelation::least_squares(), 0),
        "pacf_burg" => field.partial(PartialAutocorrelation::burg(), 0),
        _ => return false,
    }
    true
}

#[test]
fn reference_values() {
    let cases: Vec<Case> = reference::load("models", FILE);
    let mut replayed = 0;
    for case in &cases {
        let Some(y) = reference::series(&case.series) else {
            println!("skipped {}: the data is not here", case.series);
            continue;
        };
        assert!(case.freq > 0);
        for (of, values) in [("R", &case.r), ("python", &case.statsmodels_scipy)] {
            for (key, value) in values.iter().filter(|(_, value)| !value.is_null()) {
                let name = format!("{} {of} {key}", case.series);
                let field = Field { name, y: &y, value };
                replayed += usize::from(if of == "R" { of_r(key, &field) } else { of_python(key, &field) });
            }
        }
    }
    assert!(replayed > 0, "nothing was replayed");
}
