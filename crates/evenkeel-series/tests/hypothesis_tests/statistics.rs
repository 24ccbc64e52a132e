//! Replays `models/tests.json`: correlations and tests of R, statsmodels and scipy. Its spectra are replayed
//! with `spectral`.

use evenkeel_series::clean::OutlierRepair;
use evenkeel_series::correlation::{Autocorrelation, AutoregressiveSpectrum, PartialAutocorrelation};
use evenkeel_series::hypothesis_tests::{
    Adf, ArchTest, DeterministicTerms, Kpss, PhillipsPerron, Portmanteau, SeasonalTest, UnitRootTest,
    differences_needed, durbin_watson, jarque_bera, seasonal_differences_needed,
};
use evenkeel_series::rolling::Moments;
use evenkeel_series::transform::{BoxCox, Differencing, YeoJohnson};
use evenkeel_series::trend::{MannKendall, TheilSen};
use evenkeel_testing::assert_close;
use evenkeel_testing::reference::{self, Number, Unmatched};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Deserializer};
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
        let mut values = method.fit(self.y, lags).unwrap().values().to_vec();
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
        let ours = method.fit(self.y, order).unwrap();
        for (a, b) in ours.coefficients().unwrap().iter().zip(&expected.ar) {
            assert_close!(*a, b.0, 1e-8, 1e-8, "{}", self.name);
        }
        let n = self.y.len() as f64;
        let factor = if corrected { n / (n - order as f64 - 1.0) } else { 1.0 };
        assert_close!(factor * ours.noise_variance().unwrap(), expected.var.0, 1e-8, 0.0, "{}", self.name);
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfUrca {
    /// The first is the test's.
    #[serde(deserialize_with = "one_or_more")]
    stat: Vec<Number>,
    /// urca's tables for steps of n, where ours are functions of n.
    #[serde(default, rename = "cval")]
    _cval: IgnoredAny,
    #[serde(default)]
    lag: Option<usize>,
}

fn one_or_more<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Number>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        More(Vec<Number>),
        One(Number),
    }
    Ok(match Either::deserialize(from)? {
        Either::More(numbers) => numbers,
        Either::One(number) => vec![number],
    })
}

impl Field<'_> {
    fn adf_of_r(&self) {
        for (name, expected) in self.read::<BTreeMap<String, OfUrca>>() {
            let (terms, lags) = name.split_once('_').unwrap();
            let terms = match terms {
                "none" => DeterministicTerms::None,
                "drift" => DeterministicTerms::Level,
                "trend" => DeterministicTerms::Trend,
                other => panic!("{}: {other}", self.name),
            };
            let ours = Adf::new(terms).lags(lags.parse().unwrap()).test(self.y).unwrap();
            self.same(ours.statistic(), expected.stat[0]);
        }
    }

    fn kpss_of_r(&self) {
        for (name, expected) in self.read::<BTreeMap<String, OfUrca>>() {
            let (around, lags) = name.split_once('_').unwrap();
            let test = match around {
                "mu" => Kpss::level(),
                "tau" => Kpss::trend(),
                other => panic!("{}: {other}", self.name),
            };
            let test = if lags == "def" { test } else { test.lags(lags.parse().unwrap()) };
            self.same(test.test(self.y).unwrap().statistic(), expected.stat[0]);
        }
    }

    fn tseries_adf(&self) {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Expected {
            stat: Number,
            lag: usize,
            /// Interpolated in a table from 0.01 to 0.99; ours is of MacKinnon's surfaces.
            #[serde(rename = "p")]
            _p: IgnoredAny,
        }
        let expected: Expected = self.read();
        let ours = Adf::new(DeterministicTerms::Trend).lags(expected.lag).test(self.y).unwrap();
        self.same(ours.statistic(), expected.stat);
    }

    fn phillips_perron(&self) {
        let expected: OfUrca = self.read();
        let ours = PhillipsPerron::level().test(self.y).unwrap();
        assert_eq!(ours.lags(), expected.lag, "{}", self.name);
        self.same(ours.statistic(), expected.stat[0]);
    }

    fn portmanteaus(&self, of: fn(usize) -> Portmanteau) {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Expected {
            lag: usize,
            stat: Number,
            p: Number,
        }
        for expected in self.read::<Vec<Expected>>() {
            let ours = of(expected.lag).test(self.y).unwrap();
            self.same(ours.statistic(), expected.stat);
            // R's upper tail is 1 - p.
            assert_close!(ours.p(), expected.p.0, REL, 1e-14, "{}", self.name);
        }
    }

    fn differences(&self) {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Expected {
            #[serde(default)]
            kpss: Option<usize>,
            #[serde(default)]
            adf: Option<usize>,
            #[serde(default)]
            pp: Option<usize>,
        }
        let expected: Expected = self.read();
        for (test, expected) in [
            (UnitRootTest::Kpss(Kpss::level()), expected.kpss),
            (UnitRootTest::Adf(Adf::new(DeterministicTerms::Level).lags(1)), expected.adf),
            (UnitRootTest::PhillipsPerron(PhillipsPerron::level()), expected.pp),
        ] {
            if expected.is_some() {
                let ours = differences_needed(self.y, test, 0.05, 2).unwrap();
                assert_eq!(Some(ours), expected, "{} {test:?}", self.name);
            }
        }
    }

    fn seasonal_differences(&self, period: usize) {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Expected {
            #[serde(default)]
            seas: Option<usize>,
            #[serde(default)]
            ocsb: Option<usize>,
        }
        let expected: Expected = self.read();
        if let Some(expected) = expected.seas {
            assert_eq!(seasonal_differences_needed(self.y, period).unwrap(), expected, "{}", self.name);
        }
        if let Some(expected) = expected.ocsb {
            let ours = SeasonalTest::Ocsb.differences_needed(self.y, period).unwrap();
            assert_eq!(ours, expected, "{} OCSB", self.name);
        }
    }

    /// Without a season the same; with one, where the interpolation is R's only nearly (a gap), all but those
    /// on the border.
    fn outliers(&self, period: usize) {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Expected {
            #[serde(deserialize_with = "one_or_more")]
            index: Vec<Number>,
            #[serde(deserialize_with = "one_or_more")]
            replacements: Vec<Number>,
        }
        let expected: Expected = self.read();
        let theirs: Vec<usize> = expected.index.iter().map(|i| i.0 as usize - 1).collect();
        let repair = OutlierRepair::new().keep_missing();
        if period > 1 {
            let repaired = repair.period(period).apply(self.y).unwrap();
            let ours: Vec<usize> = repaired.changes().iter().map(|change| change.index()).collect();
            let differ = ours.iter().filter(|i| !theirs.contains(i)).count()
                + theirs.iter().filter(|i| !ours.contains(i)).count();
            assert!(20 * differ <= theirs.len(), "{}: {ours:?} {theirs:?}", self.name);
            return;
        }
        let repaired = repair.apply(self.y).unwrap();
        let ours: Vec<usize> = repaired.changes().iter().map(|change| change.index()).collect();
        assert_eq!(ours, theirs, "{}", self.name);
        for (change, expected) in repaired.changes().iter().zip(&expected.replacements) {
            self.same(change.new_value(), *expected);
        }
    }

    /// R's minimum is found to 1e-4, in the part of the range where it looks; a lower one passes.
    fn guerrero(&self, period: usize) {
        let expected: Number = self.read();
        let ours = BoxCox::guerrero(self.y, period).unwrap();
        let variation = |scale: BoxCox| scale.variation(self.y, period).unwrap();
        let (least, theirs) = (variation(ours), variation(BoxCox::new(expected.0).unwrap()));
        assert!(least <= theirs * (1.0 + 1e-12), "{}", self.name);
        if theirs <= least * (1.0 + 1e-6) {
            assert_close!(ours.lambda(), expected.0, 0.0, 2e-3, "{}", self.name);
        }
    }

    /// R takes the best of a grid; ours is better and next to it.
    fn boxcox_on_grid(&self, period: usize) {
        let expected: Number = self.read();
        let likelihood =
            |lambda: f64| BoxCox::new(lambda).unwrap().log_likelihood_around(self.y, period).unwrap();
        let top = likelihood(expected.0);
        for i in 0..=60 {
            let here = likelihood(-1.0 + 0.05 * f64::from(i));
            assert!(here <= top + 1e-9 * top.abs(), "{}", self.name);
        }
        let ours = BoxCox::most_likely_around(self.y, period).unwrap();
        assert!(likelihood(ours.lambda()) >= top - 1e-9 * top.abs(), "{}", self.name);
        assert!(
            (ours.lambda() - expected.0).abs() <= 0.05,
            "{}: {} {}",
            self.name,
            ours.lambda(),
            expected.0
        );
    }

    fn adf_of_statsmodels(&self) {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Expected {
            regression: String,
            stat: Number,
            p: Number,
            nobs: usize,
            #[serde(default)]
            lag: Option<usize>,
            #[serde(default)]
            autolag: Option<String>,
            #[serde(default)]
            usedlag: Option<usize>,
            #[serde(default)]
            icbest: Option<Number>,
            #[serde(default)]
            crit: BTreeMap<String, Number>,
        }
        for expected in self.read::<Vec<Expected>>() {
            let test = Adf::new(match expected.regression.as_str() {
                "n" => DeterministicTerms::None,
                "c" => DeterministicTerms::Level,
                "ct" => DeterministicTerms::Trend,
                "ctt" => DeterministicTerms::Quadratic,
                other => panic!("{}: {other}", self.name),
            });
            let test = match (expected.lag, expected.autolag.as_deref()) {
                (Some(lag), None) => test.lags(lag),
                (_, Some("AIC")) => test.aic(),
                (_, Some("BIC")) => test.bic(),
                other => panic!("{}: {other:?}", self.name),
            };
            let ours = test.test(self.y).unwrap();
            let name = format!("{} {}", self.name, expected.regression);
            assert_eq!(ours.lags(), expected.usedlag.or(expected.lag), "{name}");
            assert_eq!(ours.count(), expected.nobs, "{name}");
            assert_close!(ours.statistic(), expected.stat.0, 1e-7, 1e-9, "{name}");
            assert_close!(ours.p(), expected.p.0, 1e-6, 1e-12, "{name} p");
            if let Some(criterion) = expected.icbest {
                assert_close!(ours.criterion().unwrap(), criterion.0, 1e-9, 1e-9, "{name} criterion");
            }
            for (level, critical) in &expected.crit {
                let level: f64 = level.strip_suffix('%').unwrap().parse().unwrap();
                let of = ours.critical_values().iter().find(|(l, _)| (100.0 * l - level).abs() < 1e-9);
                assert_close!(of.unwrap().1, critical.0, 1e-12, 0.0, "{name} {level}");
            }
        }
    }

    fn kpss_of_statsmodels(&self) {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Expected {
            regression: String,
            nlags: Value,
            stat: Number,
            p_interpolated_clipped: Number,
            lags: usize,
        }
        for expected in self.read::<Vec<Expected>>() {
            let test = if expected.regression == "ct" { Kpss::trend() } else { Kpss::level() };
            let test = match (&expected.nlags, expected.nlags.as_str()) {
                (_, Some("auto")) => test.automatic_lags(),
                (_, Some("legacy")) => test.schwert_lags(),
                (lags, _) => test.lags(usize::try_from(lags.as_u64().unwrap()).unwrap()),
            };
            let ours = test.test(self.y).unwrap();
            assert_eq!(ours.lags(), Some(expected.lags), "{}", self.name);
            self.same(ours.statistic(), expected.stat);
            self.same(ours.p(), expected.p_interpolated_clipped);
        }
    }

    fn portmanteau_table(&self) {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Expected {
            lags: Vec<usize>,
            stat: Vec<Number>,
            p: Vec<Number>,
            bp_stat: Vec<Number>,
            bp_p: Vec<Number>,
        }
        let expected: Expected = self.read();
        for (i, lags) in expected.lags.iter().enumerate() {
            for (test, stat, p) in [
                (Portmanteau::ljung_box(*lags), &expected.stat, &expected.p),
                (Portmanteau::box_pierce(*lags), &expected.bp_stat, &expected.bp_p),
            ] {
                let ours = test.test(self.y).unwrap();
                self.same(ours.statistic(), stat[i]);
                // Deep in the tail a relative error of the statistic becomes as many times the exponent.
                assert_close!(ours.p(), p[i].0, 1e-8, 1e-300, "{} {lags}", self.name);
            }
        }
    }

    fn portmanteau_of_residuals(&self) {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Expected {
            lag: usize,
            stat: Number,
            p: Number,
        }
        let expected: Expected = self.read();
        let ours = Portmanteau::ljung_box(expected.lag).fitted(2).test(self.y).unwrap();
        self.same(ours.statistic(), expected.stat);
        assert_close!(ours.p(), expected.p.0, 1e-8, 1e-300, "{}", self.name);
    }

    fn arch(&self, lags: usize) {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Expected {
            lm: Number,
            lm_p: Number,
            f: Number,
            f_p: Number,
        }
        let expected: Expected = self.read();
        let mean = self.y.iter().sum::<f64>() / self.y.len() as f64;
        let residuals: Vec<f64> = self.y.iter().map(|x| x - mean).collect();
        let (lm, f) =
            (ArchTest::new(lags).test(&residuals).unwrap(), ArchTest::new(lags).f_test(&residuals).unwrap());
        for (ours, expected) in [(lm.statistic(), expected.lm), (f.statistic(), expected.f)] {
            assert_close!(ours, expected.0, 1e-8, 1e-8, "{}", self.name);
        }
        for (ours, expected) in [(lm.p(), expected.lm_p), (f.p(), expected.f_p)] {
            assert_close!(ours, expected.0, 1e-6, 1e-300, "{} p", self.name);
        }
    }

    fn jarque_bera(&self) {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Expected {
            stat: Number,
            p: Number,
            #[serde(default)]
            skew: Option<Number>,
            #[serde(default)]
            kurtosis: Option<Number>,
        }
        let expected: Expected = self.read();
        let ours = jarque_bera(self.y).unwrap();
        self.same(ours.statistic(), expected.stat);
        assert_close!(ours.p(), expected.p.0, 1e-8, 1e-15, "{}", self.name);
        // Its parts, of which this crate has the unbiased forms.
        let (m, n) = (Moments::of(self.y).unwrap(), self.y.len() as f64);
        if let Some(skewness) = expected.skew {
            self.same(m.skewness().unwrap(), Number(skewness.0 * (n * (n - 1.0)).sqrt() / (n - 2.0)));
        }
        if let Some(kurtosis) = expected.kurtosis {
            let excess = (n - 1.0) / ((n - 2.0) * (n - 3.0)) * ((n + 1.0) * (kurtosis.0 - 3.0) + 6.0);
            self.same(m.kurtosis().unwrap(), Number(excess));
        }
    }

    fn boxcox(&self, key: &str) {
        match key {
            "boxcox_mle_lambda" => {
                let expected: Number = self.read();
                let ours = BoxCox::most_likely(self.y).unwrap();
                assert_close!(ours.lambda(), expected.0, 0.0, 1e-5, "{}", self.name);
            }
            "boxcox_mle_llf" => {
                let expected: Number = self.read();
                let ours = BoxCox::most_likely(self.y).unwrap();
                self.same(ours.log_likelihood(self.y).unwrap(), expected);
            }
            _ => {
                let scale = BoxCox::most_likely(self.y).unwrap();
                for (x, expected) in self.y.iter().zip(self.read::<Vec<Number>>()) {
                    let z = scale.apply(*x).unwrap();
                    // The exponents differ by 1e-8, which the logarithm magnifies.
                    assert_close!(z, expected.0, 1e-5, 1e-8, "{}", self.name);
                    assert_close!(scale.invert(z), *x, 1e-6, 0.0, "{}", self.name);
                }
            }
        }
    }

    fn kendall(&self, first: usize) {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Expected {
            tau: Number,
            p: Number,
        }
        let expected: Expected = self.read();
        let ours = MannKendall::new().continuity(false).test(&self.y[..first.min(self.y.len())]).unwrap();
        self.same(ours.statistic(), expected.tau);
        assert_close!(ours.p(), expected.p.0, 1e-8, 1e-300, "{}", self.name);
    }

    fn theil_sen(&self, first: usize) {
        let expected: [Number; 4] = self.read();
        let ours = TheilSen::new().fit(&self.y[..first.min(self.y.len())]).unwrap();
        for (ours, expected) in
            [ours.slope(), ours.intercept(), ours.lower(), ours.upper()].into_iter().zip(expected)
        {
            self.same(ours, expected);
        }
    }
}

fn of_r(key: &str, field: &Field<'_>, period: usize) {
    match key {
        "acf" => field.rows(field.autocorrelation(false).correlations(), REL),
        "pacf" => field.partial(PartialAutocorrelation::yule_walker(), 1),
        "ar_yw" => field.autoregression(PartialAutocorrelation::yule_walker(), true),
        "ar_burg" => field.autoregression(PartialAutocorrelation::burg(), false),
        "adf" => field.adf_of_r(),
        "tseries_adf" => field.tseries_adf(),
        "kpss" => field.kpss_of_r(),
        "pp" => field.phillips_perron(),
        "ljung" => field.portmanteaus(Portmanteau::ljung_box),
        "boxpierce" => field.portmanteaus(Portmanteau::box_pierce),
        "jarque" => field.jarque_bera(),
        "ndiffs" => field.differences(),
        "findfrequency" => {
            let ours = AutoregressiveSpectrum::dominant_period(field.y, 10.0).unwrap();
            assert_eq!(ours.unwrap_or(1), field.read::<usize>(), "{}", field.name);
        }
        "tsoutliers" => field.outliers(period),
        "nsdiffs" => field.seasonal_differences(period),
        "guerrero" => field.guerrero(period),
        "boxcox_loglik_lambda" => field.boxcox_on_grid(period),
        _ => panic!("{FILE} has a field `{key}` of R that is neither replayed nor listed as a gap"),
    }
}

fn of_python(key: &str, field: &Field<'_>) {
    let number = |prefix: &str| key[prefix.len()..].parse().unwrap();
    match key {
        "acf" => field.rows(field.autocorrelation(false).correlations(), REL),
        "acf_adjusted" => field.rows(field.autocorrelation(true).correlations(), REL),
        "acovf" => field.rows(field.autocorrelation(false).covariances(), REL),
        // Levinson's recursion solves the equations of Yule and Walker.
        "pacf_ywm" | "pacf_ldb" => field.partial(PartialAutocorrelation::yule_walker(), 0),
        "pacf_ywadjusted" => field.partial(PartialAutocorrelation::yule_walker_unbiased(), 0),
        "pacf_ols" => field.partial(PartialAutocorrelation::least_squares(), 0),
        "pacf_burg" => field.partial(PartialAutocorrelation::burg(), 0),
        "adf" => field.adf_of_statsmodels(),
        "kpss" => field.kpss_of_statsmodels(),
        "ljungbox" => field.portmanteau_table(),
        "ljungbox_df2" => field.portmanteau_of_residuals(),
        "jarque_bera" => field.jarque_bera(),
        "durbin_watson_of_diff" => {
            let differences = Differencing::new(1).unwrap().apply(field.y);
            field.same(durbin_watson(&differences).unwrap(), field.read());
        }
        "boxcox_mle_lambda" | "boxcox_mle_llf" | "boxcox_first5" => field.boxcox(key),
        "yeojohnson_lambda" => {
            let expected: Number = field.read();
            let ours = YeoJohnson::most_likely(field.y).unwrap();
            // scipy's variance of powers near a bound cancels, so that its search stops 3e-4 beside the
            // largest likelihood.
            assert_close!(ours.lambda(), expected.0, 1e-2, 1e-3, "{}", field.name);
            let likelihood = |scale: YeoJohnson| scale.log_likelihood(field.y).unwrap();
            let theirs = likelihood(YeoJohnson::new(expected.0).unwrap());
            assert!(likelihood(ours) >= theirs - 1e-12 * theirs.abs(), "{}", field.name);
        }
        _ if key.starts_with("arch_lm_") => field.arch(number("arch_lm_")),
        _ if key.starts_with("kendall_tau_first") => field.kendall(number("kendall_tau_first")),
        _ if key.starts_with("theilsen_first") => field.theil_sen(number("theilsen_first")),
        _ => panic!("{FILE} has a field `{key}` of Python that is neither replayed nor listed as a gap"),
    }
}

/// Replayed with the spectra.
const SPECTRAL: [&str; 3] = ["spec_pgram", "periodogram", "welch"];

#[test]
fn reference_values() {
    let cases: Vec<Case> = reference::load("models", FILE);
    let gaps = Unmatched::of("models", &[FILE]);
    let mut replayed = 0;
    for case in &cases {
        for (of, values) in [("R", &case.r), ("statsmodels_scipy", &case.statsmodels_scipy)] {
            for (key, value) in values.iter().filter(|(key, _)| !SPECTRAL.contains(&key.as_str())) {
                let failed = key == "error" || value.get("error").is_some();
                if failed || value.is_null() || gaps.reason(FILE, key).is_some() {
                    continue;
                }
                // Parts of fields.
                for (of, there, gap) in [
                    ("tseries_adf", value.get("p").is_some(), "tseries_adf.p"),
                    ("tsoutliers", case.freq > 1, "tsoutliers with a season"),
                ] {
                    let listed = key != of || !there || gaps.reason(FILE, gap).is_some();
                    assert!(listed, "{gap} is not listed as a gap");
                }
                let Some(y) = reference::series(&case.series) else {
                    println!("skipped {}: the data is not here", case.series);
                    continue;
                };
                let field = Field { name: format!("{} {of} {key}", case.series), y: &y, value };
                if of == "R" {
                    of_r(key, &field, case.freq);
                } else {
                    of_python(key, &field);
                }
                replayed += 1;
            }
        }
    }
    assert!(replayed > 0, "nothing was replayed");
    gaps.finish();
}
