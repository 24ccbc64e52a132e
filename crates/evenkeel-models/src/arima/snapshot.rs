//! Snapshots of ARIMA models.

use super::constant::Constant;
use super::filter::LOOSE;
use super::fitted::{ArimaModel, Fitted};
use super::initial_values::ArimaStart;
use super::parameters::ArimaParameters;
use super::polynomial::is_stationary;
use super::regression::ArimaRegression;
use super::specification::{
    HIGHEST, HIGHEST_SEASONAL, MOST_DIFFERENCES, MOST_SEASONAL_DIFFERENCES, Specification,
};
use super::standard_errors::StandardErrors;
use crate::fit::FitReport;
use crate::shape::check_shape;
use evenkeel_core::{Error, PlausibilityCheck, observed};

evenkeel_core::state! {
    ArimaModel as struct SavedArimaModel("ArimaModel@5") {
        d: u32,
        seasonal_d: u32,
        period: u32,
        kind: Constant,
        constant: f64,
        ar: Vec<f64>,
        ma: Vec<f64>,
        sar: Vec<f64>,
        sma: Vec<f64>,
        sigma: f64,
        widening: f64,
        errors: Option<StandardErrors>,
        report: FitReport,
        starts: usize,
        start: ArimaStart,
        time: u64,
        columns: u32,
        seen: u32,
        steady: bool,
        exact: bool,
        state: Vec<f64>,
        covariance: Vec<f64>,
        loose: Vec<f64>,
        gram: Vec<f64>,
        cross: Vec<f64>,
        check: PlausibilityCheck,
    }
}

impl From<&ArimaModel> for SavedArimaModel {
    fn from(model: &ArimaModel) -> Self {
        let model = model.clone();
        let small = |x: usize| u32::try_from(x).unwrap_or(u32::MAX);
        let (fitted, filter) = (model.fitted, model.filter);
        let [ar, ma, sar, sma] =
            fitted.polynomials.blocks().map(|(range, _)| fitted.coefficients[range].to_vec());
        Self {
            d: small(fitted.differences.d),
            seasonal_d: small(fitted.differences.seasonal),
            period: small(fitted.polynomials.s),
            kind: fitted.kind,
            constant: fitted.constant,
            ar,
            ma,
            sar,
            sma,
            sigma: fitted.sigma,
            widening: fitted.widening,
            errors: fitted.errors,
            report: fitted.report,
            starts: fitted.starts,
            start: fitted.start,
            time: model.time,
            columns: small(filter.kalman.columns),
            seen: small(filter.seen),
            steady: filter.kalman.steady,
            exact: filter.exact,
            state: filter.kalman.state,
            covariance: filter.kalman.covariance,
            loose: filter.loose,
            gram: filter.gram,
            cross: filter.cross,
            check: model.check,
        }
    }
}

impl TryFrom<SavedArimaModel> for ArimaModel {
    type Error = Error;

    fn try_from(s: SavedArimaModel) -> Result<Self, Error> {
        let whole = |x: u32| usize::try_from(x).unwrap_or(usize::MAX);
        let (d, seasonal_d, period) = (whole(s.d), whole(s.seasonal_d), whole(s.period));
        let (columns, seen) = (whole(s.columns), whole(s.seen));
        Error::require(d <= MOST_DIFFERENCES, "d", "at most 3", d)?;
        Error::require(seasonal_d <= MOST_SEASONAL_DIFFERENCES, "seasonal d", "at most 2", seasonal_d)?;
        Error::require(s.ar.len() <= HIGHEST, "ar", "at most 100 coefficients", s.ar.len())?;
        Error::require(s.ma.len() <= HIGHEST, "ma", "at most 100 coefficients", s.ma.len())?;
        Error::require(
            s.sar.len() <= HIGHEST_SEASONAL,
            "seasonal ar",
            "at most 10 coefficients",
            s.sar.len(),
        )?;
        Error::require(
            s.sma.len() <= HIGHEST_SEASONAL,
            "seasonal ma",
            "at most 10 coefficients",
            s.sma.len(),
        )?;
        let mut specification = Specification::new(s.ar.len(), d, s.ma.len());
        specification.season = (s.sar.len(), seasonal_d, s.sma.len(), period);
        specification.constant = Some(s.kind);
        specification.check()?;
        let parameters = ArimaParameters::new(s.ar, s.ma).seasonal(s.sar, s.sma);
        parameters.check(&specification.polynomials(), s.kind)?;
        let mut coefficients = Vec::new();
        parameters.coefficients(&mut coefficients);
        // The steady state of a filter is that of an invertible process; errors of another would grow for
        // ever in it.
        if s.steady {
            for part in [&parameters.ma, &parameters.sma] {
                // With roots on the unit circle they do not.
                let mut power = -1.0;
                let shrunk: Vec<f64> = part
                    .iter()
                    .map(|c| {
                        power *= 0.9999;
                        c * power
                    })
                    .collect();
                let must = "invertible in the steady state";
                Error::require(is_stationary(&shrunk), "ma", must, format_args!("{part:?}"))?;
            }
        }
        // Data are at most 1e100; what is larger would leave the floats when it is squared.
        let finite = |name, values: &[f64]| {
            let sane = values.iter().all(|v| v.abs() < 1e140);
            Error::require(sane, name, "finite, below 1e140", format_args!("{values:?}"))
        };
        finite("state", &s.state)?;
        finite("covariance", &s.covariance)?;
        finite("loose", &s.loose)?;
        finite("gram", &s.gram)?;
        finite("cross", &s.cross)?;
        Error::require(observed(s.constant).is_some(), "constant", "finite, at most 1e100", s.constant)?;
        Error::require(s.sigma >= 0.0 && s.sigma < 1e200, "sigma", "in [0, 1e200)", s.sigma)?;
        Error::require((1.0..=1e9).contains(&s.widening), "widening", "in [1, 1e9]", s.widening)?;
        s.report.criteria.validate()?;
        if let Some(errors) = &s.errors {
            let found = [&errors.ar, &errors.ma, &errors.sar, &errors.sma].map(Vec::len);
            let expected = specification.polynomials().blocks().map(|(range, _)| range.len());
            check_shape("standard errors", expected.iter().sum(), found.iter().sum())?;
            Error::require(expected == found, "standard errors", "those of the coefficients", "others")?;
        }
        // Has the sizes.
        let mut model = ArimaModel::new(Fitted {
            polynomials: specification.polynomials(),
            differences: specification.differences(),
            kind: s.kind,
            constant: s.constant,
            coefficients,
            sigma: s.sigma,
            widening: s.widening,
            errors: s.errors,
            report: s.report,
            starts: s.starts,
            start: s.start,
        })?;
        let filter = &mut model.filter;
        let (m, levels) = (filter.kalman.dimension(), filter.kalman.levels);
        let full = filter.kalman.is_full();
        let ready = columns == 1;
        let (columns_must, seen_must) = if full {
            (ready || columns == levels + 1, if ready { seen >= levels } else { true })
        } else {
            (ready, true)
        };
        Error::require(columns_must, "columns", "1, or one more than there are unknown levels", columns)?;
        Error::require(seen_must, "seen", "at least the number of levels when they are known", seen)?;
        check_shape("state", columns * m, s.state.len())?;
        let area = if full { m * m } else { 0 };
        check_shape("covariance", area, s.covariance.len())?;
        let left = if ready { 0 } else { levels };
        check_shape("gram", left * left, s.gram.len())?;
        check_shape("cross", left, s.cross.len())?;
        let variances = !full || (0..m).all(|i| s.covariance[i * m + i] >= -1e-6);
        Error::require(variances, "covariance", "without negative variances", "negative")?;
        Error::require(full || s.steady, "steady", "true without a covariance", s.steady)?;
        let room = if full { 0 } else { LOOSE };
        let columns_of = s.loose.len() / m;
        check_shape("loose", columns_of.min(room) * m, s.loose.len())?;
        filter.loose.extend_from_slice(&s.loose);
        if ready {
            filter.settle_levels();
        }
        filter.kalman.columns = columns;
        filter.kalman.state = s.state;
        filter.kalman.covariance = s.covariance;
        filter.kalman.steady = s.steady;
        filter.gram = s.gram;
        filter.cross = s.cross;
        filter.seen = seen;
        filter.exact = s.exact;
        // The next value is at least as uncertain as its own innovation.
        let variance = if full { filter.kalman.clone().variance() } else { 1.0 };
        Error::require(variance > 0.9, "covariance", "one that leaves the innovation", variance)?;
        (model.time, model.check) = (s.time, s.check);
        Ok(model)
    }
}

evenkeel_core::state! {
    ArimaRegression as struct SavedArimaRegression(format!("ArimaRegression@1<{}>", ArimaModel::schema())) {
        model: ArimaModel,
        coefficients: Vec<f64>,
    }
}

impl From<&ArimaRegression> for SavedArimaRegression {
    fn from(of: &ArimaRegression) -> Self {
        let of = of.clone();
        Self { model: of.model, coefficients: of.coefficients }
    }
}

impl TryFrom<SavedArimaRegression> for ArimaRegression {
    type Error = Error;

    fn try_from(s: SavedArimaRegression) -> Result<Self, Error> {
        let finite = s.coefficients.iter().all(|c| c.is_finite());
        Error::require(finite, "coefficients", "finite", format_args!("{:?}", s.coefficients))?;
        if let Some(errors) = s.model.standard_errors() {
            check_shape("standard errors of regressors", s.coefficients.len(), errors.regressors().len())?;
        }
        Ok(Self { model: s.model, coefficients: s.coefficients })
    }
}
