//! ARIMA of automatic order: the estimator.

use super::fitted::AutoArimaModel;
use super::order_search;
use crate::arima::arima::Arima;
use crate::arima::specification::{FARTHEST, MOST_DIFFERENCES, MOST_SEASONAL_DIFFERENCES};
use crate::fit::Effort;
use evenkeel_core::{Error, Fit, Forecaster, Prediction, observed};

/// ARIMA whose order is chosen: the one with the least AICc.
///
/// Use it where [`Arima`] is right but nobody knows the order. It costs as much as all the fits that it
/// makes: tens to hundreds of them. For long seasons consider
/// [`HarmonicRegression`](crate::arima::HarmonicRegression).
///
/// # Method
/// The idea is that of Hyndman and Khandakar (2008, doi:10.18637/jss.v027.i03), the search is another one.
///
/// 1. A season is differenced away if its strength in an STL decomposition is above 0.64 (Wang, Smith and
///    Hyndman 2006, doi:10.1007/s10618-005-0039-x); then plain differences are taken until the test of
///    Kwiatkowski et al. (1992, doi:10.1016/0304-4076(92)90104-Y) does not reject at 5 %, at most 2.
///    Likelihoods under different differencing are those of different data, so AICc cannot choose here.
/// 2. All orders with p, q ≤ 5, P, Q ≤ 2 and p + q + P + Q ≤ 5 are compared, from the smallest to the
///    largest, each beginning where its smaller neighbors ended and at the estimates of Hannan and Rissanen
///    (1982, doi:10.1093/biomet/69.1.81), all from one set of sums of products. Where exact fits of all would
///    cost much, conditional sums of squares are used to screen them, and the best are fitted exactly.
/// 3. A mean is kept where nothing is differenced, a drift added after one difference, wherever AICc asks for
///    it. The mean is dropped only for series with values on both sides of 0 and, below 30 values, only where
///    Akaike's plain criterion agrees: the correction for few values would drop a mean of any size.
/// 4. From the best few the search goes on to neighboring orders, also beyond the sum of 5, as long as AICc
///    falls; with a season from 48 on their smaller neighbors are fitted again from their coefficients; the
///    best is fitted again from many starts.
///
/// A maximum with a root within 1.001 of the unit circle, in a factor's own variable, is not taken as it is,
/// since such models predict badly: the coefficients are restrained to partial autocorrelations below 0.999.
///
/// A choice whose forecasts of 24 steps leave the data by more than their range, and 1.5 of their largest
/// steps for each step ahead, gives way to the same differences without coefficients: on values that grow by
/// a factor a step (exactly, without noise) no likelihood can be told from rounding.
///
/// # Missing data
/// As for [`Arima`]: the likelihood is that of what was observed.
///
/// # Errors of `fit`
/// - [`Error::Parameter`]: a period that is 0 or above 20000, a given d above 3 or D above 2.
/// - [`Error::TooShort`]: fewer observed values than differencing takes and 4 more.
/// - [`Error::Numerical`]: no order has a likelihood that can be computed.
///
/// # Complexity
/// About 20 evaluations for each fit, each as [`Arima`] says; conditional sums of squares are O(n (p + q +
/// P + Q)).
///
/// ```
/// use evenkeel_core::{Fit, Forecaster, Prediction};
/// use evenkeel_models::AutoArima;
///
/// // Three weeks of hourly load that repeats from day to day and creeps up.
/// let history: Vec<f64> = (0..504u32)
///     .map(|t| 100.0 + 0.05 * f64::from(t) + 30.0 * (f64::from(t) * 0.2618).sin() + f64::from(t * 7919 % 101) / 25.0)
///     .collect();
/// let mut model = AutoArima::new().period(24).fit(&history)?;
/// let selection = model.selection();
/// println!("{} orders tried, AICc {:.1}", selection.trials().len(), selection.aicc());
/// assert!(selection.seasonal_strength() > Some(0.9) && model.model().seasonal_order().1 == 1);
///
/// let mut day = [Prediction::default(); 24];
/// assert!(model.forecast_into(&mut day));
/// assert!(day[6].mean() > 140.0 && day[18].mean() < 110.0);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct AutoArima {
    pub(super) period: usize,
    pub(super) effort: Effort,
    pub(super) d: Option<usize>,
    pub(super) seasonal_d: Option<usize>,
}

impl Default for AutoArima {
    fn default() -> Self {
        Self::new()
    }
}

impl AutoArima {
    /// Without a season, d chosen, default effort.
    pub fn new() -> Self {
        Self { period: 1, effort: Effort::Default, d: None, seasonal_d: None }
    }

    /// The season's period in samples; 1 (the default) for none.
    pub fn period(mut self, period: usize) -> Self {
        self.period = period;
        self
    }

    /// How much to try.
    ///
    /// - [`Fast`](Effort::Fast): all orders are screened by conditional sums of squares; the best four and
    ///   what is beside them are fitted.
    /// - [`Default`](Effort::Default): all orders are fitted where that is cheap; else they are screened, and
    ///   the best ten and what is beside them fitted.
    /// - [`Thorough`](Effort::Thorough): all orders are fitted, and the best five of them from many starts.
    pub fn effort(mut self, effort: Effort) -> Self {
        self.effort = effort;
        self
    }

    /// Takes plain differences of this order instead of choosing it.
    pub fn differences(mut self, d: usize) -> Self {
        self.d = Some(d);
        self
    }

    /// Takes seasonal differences of this order instead of choosing it.
    pub fn seasonal_differences(mut self, d: usize) -> Self {
        self.seasonal_d = Some(d);
        self
    }

    fn check(&self) -> Result<(), Error> {
        Error::require((1..=FARTHEST / 2).contains(&self.period), "period", "from 1 to 20000", self.period)?;
        if let Some(d) = self.d {
            Error::require(d <= MOST_DIFFERENCES, "d", "at most 3", d)?;
        }
        if let Some(d) = self.seasonal_d {
            let most = if self.period > 1 { MOST_SEASONAL_DIFFERENCES } else { 0 };
            Error::require(d <= most, "seasonal d", "at most 2, and 0 without a season", d)?;
        }
        Ok(())
    }
}

/// How many steps of the forecasts are checked.
const CHECKED: usize = 24;

/// Whether forecasts leave the data by more than their range, beside one and a half of their largest step for
/// each step ahead.
fn is_implausible(history: &[f64], found: &AutoArimaModel) -> bool {
    let seen: Vec<f64> = history.iter().copied().filter_map(observed).collect();
    let (low, high) =
        seen.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), x| (l.min(*x), h.max(*x)));
    let step = seen.windows(2).fold(0.0, |most: f64, pair| most.max((pair[1] - pair[0]).abs()));
    let mut out = [Prediction::default(); CHECKED];
    let mut room = (high - low) + 1e-6 * low.abs().max(high.abs());
    let mut leaves = |p: &Prediction| {
        room += 1.5 * step;
        !(low - room..=high + room).contains(&p.mean())
    };
    found.model.forecast_into(&mut out) && out.iter().any(&mut leaves)
}

impl Fit for AutoArima {
    type Fitted = AutoArimaModel;

    fn fit(&self, history: &[f64]) -> Result<AutoArimaModel, Error> {
        self.check()?;
        let mut found = order_search::fit(history, self.period, (self.d, self.seasonal_d), self.effort)?;
        if is_implausible(history, &found) {
            let (_, d, _) = found.model.order();
            let (_, seasonal, _, s) = found.model.seasonal_order();
            found.model = Arima::new(0, d, 0)
                .seasonal(0, seasonal, 0, s)
                .constant(found.model.constant_kind())
                .fit(history)?;
            found.selection.aicc = found.model.report().criteria().aicc();
        }
        Ok(found)
    }
}
