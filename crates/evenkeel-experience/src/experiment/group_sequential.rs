//! Group sequential designs.

use super::group_walk::{GroupWalk, Sides};
use super::moments::require_alpha;
use super::spending::Spending;
use alloc::vec::Vec;
use evenkeel_core::{Error, gaussian};
use evenkeel_stats::scalar_search::brent_root;

/// The most looks of a design.
const MOST_LOOKS: usize = 50;
/// No critical value is beyond it: the tail there is 1e-300.
const LARGEST_Z: f64 = 37.0;

/// A test with a few planned looks: critical values for the z-statistic at each of them that keep the error
/// probability of all looks together at `alpha`.
///
/// For experiments whose looks are planned (nightly, weekly): needs fewer data than methods that hold at any
/// time, and gives an early stop where the effect is large. The statistics have to be asymptotically normal
/// with independent increments, as differences of means, of rates, and log-rank statistics are.
///
/// | design | critical values at the fraction `t` of the information | character |
/// | --- | --- | --- |
/// | [`pocock`](Self::pocock) | `c` | stops early most easily |
/// | [`obrien_fleming`](Self::obrien_fleming) | `c / sqrt t` | early only on strong effects; the last test is nearly as sharp as one without looks |
/// | [`wang_tsiatis`](Self::wang_tsiatis) | `c t^(delta - 1/2)` | in between, and looks at any fractions |
/// | [`spending`](Self::spending) | by a spending function | looks need not be planned: only how the error is spent |
///
/// The probability of crossing is found by the recursion of Armitage, McPherson and Rowe with Gauss-Legendre
/// quadrature, to about 1e-12. Source: S. J. Pocock, Group sequential methods in the design and analysis of
/// clinical trials, Biometrika 64 (1977) 191-199, doi:10.1093/biomet/64.2.191; P. C. O'Brien and T. R.
/// Fleming, A multiple testing procedure for clinical trials, Biometrics 35 (1979) 549-556,
/// doi:10.2307/2530245; S. K. Wang and A. A. Tsiatis, Approximately optimal one-parameter boundaries for group
/// sequential trials, Biometrics 43 (1987) 193-199, doi:10.2307/2531959; K. K. G. Lan and D. L. DeMets,
/// Discrete sequential boundaries for clinical trials, Biometrika 70 (1983) 659-663,
/// doi:10.1093/biomet/70.3.659; C. Jennison and B. W. Turnbull, Group Sequential Methods (2000). Some
/// milliseconds for 5 looks, seconds for 50.
///
/// ```
/// use evenkeel_experience::experiment::GroupSequential;
///
/// let design = GroupSequential::obrien_fleming(5, 0.05)?;
/// assert!((design.critical_values()[0] - 4.562).abs() < 1e-3);
/// assert!((design.critical_values()[4] - 2.040).abs() < 1e-3);
/// assert_eq!(design.crosses(1, 3.4), Some(true));
/// // How much larger than a test with one look: 3 % for 80 % power.
/// let drift = design.drift_for_power(0.8)?;
/// assert!(((drift / 2.8016).powi(2) - 1.028).abs() < 1e-3);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct GroupSequential {
    sides: Sides,
    fractions: Vec<f64>,
    critical_values: Vec<f64>,
    constant: Option<f64>,
}

fn require_fractions(fractions: &[f64]) -> Result<(), Error> {
    let looks = fractions.len();
    Error::require((1..=MOST_LOOKS).contains(&looks), "fractions", "of 1 to 50 looks", looks)?;
    let mut before = 0.0;
    for fraction in fractions {
        let rises = *fraction - before >= 1e-4 && *fraction <= 1.0;
        Error::require(rises, "fractions", "rising to at most 1 by at least 1e-4 each", fraction)?;
        before = *fraction;
    }
    Ok(())
}

/// `looks` looks at equal distances.
fn equal_fractions(looks: usize) -> Result<Vec<f64>, Error> {
    Error::require((1..=MOST_LOOKS).contains(&looks), "looks", "from 1 to 50", looks)?;
    Ok((1..=looks).map(|k| k as f64 / looks as f64).collect())
}

impl GroupSequential {
    /// Pocock's design: the same critical value at each of `looks` equally distant looks, two-sided.
    ///
    /// # Errors
    /// If `looks` is not from 1 to 50 or `alpha` not in (0, 1).
    pub fn pocock(looks: usize, alpha: f64) -> Result<Self, Error> {
        Self::wang_tsiatis(&equal_fractions(looks)?, alpha, 0.5, Sides::Two)
    }

    /// O'Brien and Fleming's design for equally distant looks, two-sided.
    ///
    /// # Errors
    /// As [`pocock`](Self::pocock).
    pub fn obrien_fleming(looks: usize, alpha: f64) -> Result<Self, Error> {
        Self::wang_tsiatis(&equal_fractions(looks)?, alpha, 0.0, Sides::Two)
    }

    /// Critical values `c t^(delta - 1/2)` at any fractions `t` of the information: Pocock's at `delta` =
    /// 1/2, O'Brien and Fleming's at 0.
    ///
    /// # Errors
    /// If there are not 1 to 50 fractions, rising to at most 1 by at least 1e-4 each; if `alpha` is not in
    /// [1e-12, 1) or `delta` not in [0, 1/2].
    pub fn wang_tsiatis(fractions: &[f64], alpha: f64, delta: f64, sides: Sides) -> Result<Self, Error> {
        require_fractions(fractions)?;
        require_alpha(alpha)?;
        Error::require(alpha >= 1e-12, "alpha", "in [1e-12, 1)", alpha)?;
        Error::require((0.0..=0.5).contains(&delta), "delta", "in [0, 0.5]", delta)?;
        let shape: Vec<f64> = fractions.iter().map(|t| libm::pow(*t, delta - 0.5)).collect();
        let critical =
            |c: f64| -> Vec<f64> { shape.iter().map(|shape| (c * shape).min(LARGEST_Z)).collect() };
        let a_side = alpha / sides.count();
        // Of one look alone, and of all looks if nothing overlapped (every shape is at least 1 where t <= 1).
        let last = shape.last().copied().unwrap_or(1.0);
        let low = gaussian::upper_quantile(a_side) / last;
        let high = gaussian::upper_quantile(a_side / fractions.len() as f64);
        let excess =
            |c: f64| GroupWalk::exits(fractions, &critical(c), 0.0, sides).iter().sum::<f64>() - alpha;
        let constant = if fractions.len() == 1 { low } else { brent_root(low, high.max(low), excess) };
        Ok(Self {
            sides,
            fractions: fractions.to_vec(),
            critical_values: critical(constant),
            constant: Some(constant),
        })
    }

    /// Critical values by a spending function: up to the fraction `t` of the information the error
    /// probability `spending(t)` has been spent.
    ///
    /// The critical value of a look depends on the fractions up to it alone. So looks need not be planned:
    /// call this again with one fraction more whenever there is a look, whatever led to it except the data.
    ///
    /// # Errors
    /// As [`wang_tsiatis`](Self::wang_tsiatis) for the fractions and `alpha`, and if the spending function
    /// has a parameter outside of its range.
    ///
    /// ```
    /// use evenkeel_experience::experiment::{GroupSequential, Sides, Spending};
    ///
    /// let looks = [0.2, 0.4, 0.6, 0.8, 1.0];
    /// let design = GroupSequential::spending(&looks, 0.05, Spending::ObrienFleming, Sides::Two)?;
    /// let sooner = GroupSequential::spending(&looks[..2], 0.05, Spending::ObrienFleming, Sides::Two)?;
    /// assert_eq!(design.critical_values()[..2], sooner.critical_values()[..]);
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    pub fn spending(fractions: &[f64], alpha: f64, spending: Spending, sides: Sides) -> Result<Self, Error> {
        require_fractions(fractions)?;
        require_alpha(alpha)?;
        Error::require(alpha >= 1e-12, "alpha", "in [1e-12, 1)", alpha)?;
        spending.validate()?;
        let mut walk = GroupWalk::start(0.0, sides);
        let mut spent = 0.0;
        let mut critical_values = Vec::with_capacity(fractions.len());
        for (look, t) in fractions.iter().enumerate() {
            let target = sides.count() * spending.spent(*t, alpha / sides.count());
            let increment = target - spent;
            let excess = |z: f64| walk.exit(*t, z) - increment;
            // An increment that no representable critical value has is never reached.
            let z =
                if excess(LARGEST_Z) >= 0.0 { LARGEST_Z } else { brent_root(-LARGEST_Z, LARGEST_Z, excess) };
            critical_values.push(z);
            spent = target;
            walk.go_on(*t, z, fractions.get(look + 1).copied());
        }
        Ok(Self { sides, fractions: fractions.to_vec(), critical_values, constant: None })
    }

    /// The fractions of the information at the looks.
    #[must_use]
    pub fn fractions(&self) -> &[f64] {
        &self.fractions
    }

    /// The critical value of the z-statistic at each look.
    #[must_use]
    pub fn critical_values(&self) -> &[f64] {
        &self.critical_values
    }

    /// The constant `c` of the design; none for spending functions.
    #[must_use]
    pub fn constant(&self) -> Option<f64> {
        self.constant
    }

    /// Whether a z-statistic at a look (from 0 on) rejects the null; none where there is no such look or `z`
    /// is NaN.
    #[must_use]
    pub fn crosses(&self, look: usize, z: f64) -> Option<bool> {
        let critical = *self.critical_values.get(look)?;
        let z = match self.sides {
            Sides::One => z,
            Sides::Two => z.abs(),
        };
        z.partial_cmp(&critical).map(|order| order.is_ge())
    }

    /// The probability to reject at each look, if the z-statistic at full information has the mean `drift`.
    /// At 0 they are the error probabilities spent.
    #[must_use]
    pub fn exit_probabilities(&self, drift: f64) -> Vec<f64> {
        GroupWalk::exits(&self.fractions, &self.critical_values, drift, self.sides)
    }

    /// The probability to reject at any look, if the z-statistic at full information has the mean `drift`.
    #[must_use]
    pub fn power(&self, drift: f64) -> f64 {
        self.exit_probabilities(drift).iter().sum::<f64>().min(1.0)
    }

    /// The mean of the z-statistic at full information that gives this power. A test with one look needs
    /// `z_(alpha/2) + z_(1-power)`; the squared ratio is how much larger this one has to be planned.
    ///
    /// # Errors
    /// If `power` is not between the error probability and 1 - 1e-9.
    pub fn drift_for_power(&self, power: f64) -> Result<f64, Error> {
        let in_range = power > self.power(0.0) && power <= 1.0 - 1e-9;
        Error::require(in_range, "power", "above alpha and at most 1 - 1e-9", power)?;
        Ok(brent_root(0.0, LARGEST_Z, |drift| self.power(drift) - power))
    }

    /// The expected fraction of the information when the test ends.
    #[must_use]
    pub fn expected_fraction(&self, drift: f64) -> f64 {
        let exits = self.exit_probabilities(drift);
        let last = self.fractions.last().copied().unwrap_or(0.0);
        let saved = exits.iter().zip(&self.fractions).map(|(exit, t)| exit * (last - t));
        last - saved.sum::<f64>()
    }
}
