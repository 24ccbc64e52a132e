//! Comparison of two shares: how often something is there, before and after.

/// In how many units something was there, of how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Presence {
    pub(crate) with: u64,
    pub(crate) of: u64,
}

impl Presence {
    pub(crate) fn share(self) -> f64 {
        if self.of == 0 { 0.0 } else { self.with as f64 / self.of as f64 }
    }
}

/// The statistic of a likelihood ratio, G = 2 (ln L(two shares) - ln L(one share)), for two binomial counts:
/// 0 where both shares are the same, else about chi-square with one degree of freedom if nothing has changed.
/// R. R. Sokal, F. J. Rohlf, Biometry, 1981, chapter 17.
pub(crate) fn g_statistic(before: Presence, after: Presence) -> f64 {
    let log_likelihood = |count: Presence, share: f64| {
        let term = |n: u64, p: f64| if n == 0 { 0.0 } else { n as f64 * libm::log(p) };
        term(count.with, share) + term(count.of - count.with, 1.0 - share)
    };
    let all = Presence { with: before.with + after.with, of: before.of + after.of };
    if all.with == 0 || all.with == all.of || before.of == 0 || after.of == 0 {
        return 0.0;
    }
    let apart = log_likelihood(before, before.share()) + log_likelihood(after, after.share());
    let g = 2.0 * (apart - log_likelihood(before, all.share()) - log_likelihood(after, all.share()));
    rounded(g)
}

/// The largest standard deviation (the root of G) that this many comparisons are expected to show by chance,
/// sqrt(2 ln n), and at least that of ten.
pub(crate) fn by_chance(comparisons: usize) -> f64 {
    libm::sqrt(2.0 * libm::log(comparisons.max(10) as f64))
}

/// Events in so many windows of equal length, and the sum of squares of the windows' counts.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Rate {
    pub(crate) events: f64,
    pub(crate) squares: f64,
    pub(crate) windows: f64,
}

impl Rate {
    pub(crate) fn mean(self) -> f64 {
        if self.windows == 0.0 { 0.0 } else { self.events / self.windows }
    }

    /// Variance over mean, at least 1.
    fn dispersion(self) -> f64 {
        if self.windows < 2.0 || self.events == 0.0 {
            return 1.0;
        }
        let variance = (self.squares - self.windows * self.mean() * self.mean()) / (self.windows - 1.0);
        (variance / self.mean()).max(1.0)
    }
}

/// The same of two Poisson counts, over the dispersion of the windows before (P. McCullagh, J. A. Nelder,
/// Generalized Linear Models, 1989, section 6.2).
pub(crate) fn g_statistic_of_rates(before: Rate, after: Rate) -> f64 {
    let events = before.events + after.events;
    if events == 0.0 || before.windows == 0.0 || after.windows == 0.0 {
        return 0.0;
    }
    let rate = events / (before.windows + after.windows);
    let term = |of: Rate| {
        if of.events == 0.0 { 0.0 } else { of.events * libm::log(of.events / (of.windows * rate)) }
    };
    rounded(2.0 * (term(before) + term(after)) / before.dispersion())
}

/// What rounding leaves of nothing is nothing.
fn rounded(g: f64) -> f64 {
    if g < 1e-6 { 0.0 } else { g }
}

/// Whether something that came so often fell silent: hardly any more, where many were to be expected after as
/// many traces as came.
pub(crate) fn fell_silent([before, after]: [u64; 2], [all_before, all_after]: [u64; 2]) -> bool {
    let expected = before as f64 * all_after as f64 / (all_before as f64).max(1.0);
    after < LEAST_AFTER && expected >= MANY
}

/// Fewer than this are hardly any.
const LEAST_AFTER: u64 = 3;
/// If so many are expected, hardly any come by chance once in sixty thousand times: P(K < 3) of a Poisson
/// distribution.
const MANY: f64 = 16.0;
