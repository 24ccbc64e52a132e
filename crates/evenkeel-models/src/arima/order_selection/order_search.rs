//! The search over orders: screening, exact fits, neighbors of the best.

use super::differencing::{Chosen, choose};
use super::fitted::AutoArimaModel;
use super::order_grid::{Grid, Regressions, cost, padded, smaller};
use super::restrained::{is_admissible, restrain};
use super::selection::{ArimaOutcome, ArimaSelection, ArimaTrial, aicc};
use crate::arima::concentrated_likelihood::ConcentratedLikelihood;
use crate::arima::constant::Constant;
use crate::arima::design::{Design, Ends};
use crate::arima::factored_likelihood;
use crate::arima::initial_values::{ArimaStart, initial_values, series};
use crate::arima::lag_polynomials::LagPolynomials;
use crate::arima::maximum_likelihood::{self, Best, Thoroughness};
use crate::arima::pacf_transform::PacfTransform;
use crate::arima::specification::Specification;
use crate::count::as_f64;
use crate::fit::Effort;
use crate::fit::Termination;
use evenkeel_core::{Error, observed};

/// Exact fits of all orders cost little up to this many entries of states.
const CHEAP: f64 = 6e5;
/// An order that the screening puts this far behind the best is not looked at again.
const HOPELESS: f64 = 8.0;
/// Dropping a coefficient of no use gains about this much.
const PENALTY: f64 = 2.5;

/// Criteria that are closer than this may change places when their fits are finished.
const UNSETTLED: f64 = 0.1;

/// Every step of the search at which nothing but the criterion counts.
const QUICK: Thoroughness = Thoroughness { entrants: Some(1), enough: 1e-2, most: 25, ..Thoroughness::FULL };
const CAREFUL: Thoroughness =
    Thoroughness { entrants: Some(2), enough: 1e-4, most: 60, ..Thoroughness::FULL };

/// An exact fit.
struct Fitted {
    polynomials: LagPolynomials,
    kind: usize,
    best: Best,
    aicc: f64,
    restrained: bool,
}

struct Search {
    effort: Effort,
    grid: Grid,
    differences: (usize, usize),
    /// The deterministic parts, the likelier first, each with its likelihood.
    kinds: Vec<(Constant, ConcentratedLikelihood)>,
    regressions: Option<Regressions>,
    /// Conditional estimates by place in the grid.
    screened: Vec<Option<(Vec<f64>, f64)>>,
    /// Exact fits by place in the grid, for each deterministic part.
    fitted: Vec<Vec<Option<usize>>>,
    fits: Vec<Fitted>,
    trials: Vec<ArimaTrial>,
}

/// The best model with a season of `s` samples, under given or chosen orders of differencing, plain and
/// seasonal.
pub(super) fn fit(
    history: &[f64],
    s: usize,
    (d, seasonal_d): (Option<usize>, Option<usize>),
    effort: Effort,
) -> Result<AutoArimaModel, Error> {
    let chosen = choose(history, s, d, seasonal_d);
    let differences = chosen.differences;
    let kinds: &[Constant] = match differences.d + differences.seasonal {
        0 if may_center_on_zero(history) => &[Constant::Mean, Constant::None],
        0 => &[Constant::Mean],
        1 => &[Constant::None, Constant::Drift],
        _ => &[Constant::None],
    };
    let designs: Vec<Design> = kinds
        .iter()
        .map(|kind| Design::new(history, &[], differences, *kind, 2, Ends::Cut))
        .collect::<Result<_, _>>()?;
    let grid = Grid::new(designs[0].length(), s);
    let regressions = Regressions::new(&series(&designs[0]), &grid);
    let plain = LagPolynomials { s, ..LagPolynomials::default() };
    let kinds: Vec<(Constant, ConcentratedLikelihood)> = kinds
        .iter()
        .zip(designs)
        .map(|(kind, mut design)| {
            design.choose(grid.width());
            (*kind, ConcentratedLikelihood::new(design, plain))
        })
        .collect();
    let count = kinds.len();
    let search = Search {
        effort,
        grid,
        differences: (differences.d, differences.seasonal),
        kinds,
        regressions,
        screened: vec![None; Grid::places()],
        fitted: vec![vec![None; Grid::places()]; count],
        fits: Vec::new(),
        trials: Vec::new(),
    };
    search.run(history, &chosen)
}

/// Whether a process with mean 0 is a candidate: not if all values lie on one side of 0, which it would then
/// forecast in the long run. The correction of AICc for few values is so large that it would rather do
/// without a mean of any size (10 for the second parameter of four values); for few values, Akaike's plain
/// criterion must prefer it, too.
fn may_center_on_zero(history: &[f64]) -> bool {
    const FEW: usize = 30;
    let seen: Vec<f64> = history.iter().copied().filter_map(observed).collect();
    if seen.iter().all(|x| *x >= 0.0) || seen.iter().all(|x| *x <= 0.0) {
        return seen.iter().all(|x| *x == 0.0);
    }
    if seen.len() >= FEW {
        return true;
    }
    let largest = seen.iter().fold(f64::MIN_POSITIVE, |most, x| most.max(x.abs()));
    let n = as_f64(seen.len());
    let mean = seen.iter().map(|x| x / largest).sum::<f64>() / n;
    let around = seen.iter().map(|x| (x / largest - mean).powi(2)).sum::<f64>() / n;
    n * (mean * mean / around).ln_1p() <= 2.0
}

impl Search {
    fn run(mut self, history: &[f64], chosen: &Chosen) -> Result<AutoArimaModel, Error> {
        // Every kind that allows it: a drift may leave nothing where no drift leaves something.
        for kind in (0..self.kinds.len()).rev() {
            if let Some(value) = maximum_likelihood::is_flat(&mut self.kinds[kind].1)? {
                let polynomials = self.kinds[kind].1.polynomials();
                return self.finish(
                    history,
                    chosen,
                    kind,
                    (polynomials, maximum_likelihood::nothing(0, value)),
                    true,
                );
            }
        }
        let orders = self.grid.orders();
        let likelihood = &self.kinds[0].1;
        let cheap = cost(&orders, likelihood.design().length()) <= CHEAP;
        let all = match self.effort {
            Effort::Thorough => true,
            Effort::Default => cheap,
            Effort::Fast => false,
        };
        let keep = if self.effort == Effort::Fast { 4 } else { 10 };
        if all || !self.screen(&orders) {
            for of in &orders {
                self.exact(*of, 0, QUICK, &[]);
            }
        } else {
            let mut order: Vec<(f64, LagPolynomials)> = orders
                .iter()
                .filter_map(|of| Some((self.screened[self.grid.place(of)?].as_ref()?.1, *of)))
                .collect();
            order.sort_by(|a, b| a.0.total_cmp(&b.0));
            let mut first: Vec<LagPolynomials> = order.iter().take(keep).map(|entry| entry.1).collect();
            first.sort_by_key(LagPolynomials::len);
            for of in first {
                self.exact(of, 0, QUICK, &[]);
            }
        }
        self.climb();
        self.other_kind();
        self.climb();
        self.prune();
        let again = if self.effort == Effort::Thorough { 5 } else { 1 };
        for _ in 0..3 {
            if !self.polish(again) {
                break;
            }
            self.climb();
        }
        let Some(best) = self.best() else {
            return Err(Error::Numerical { what: "no order has a finite likelihood" });
        };
        for trial in self.screened_trials(&orders) {
            self.trials.push(trial);
        }
        let Fitted { kind, best, polynomials, .. } = self.fits.swap_remove(best);
        self.finish(history, chosen, kind, (polynomials, best), false)
    }

    /// Builds the chosen model.
    fn finish(
        mut self,
        history: &[f64],
        chosen: &Chosen,
        kind: usize,
        (polynomials, best): (LagPolynomials, Best),
        flat: bool,
    ) -> Result<AutoArimaModel, Error> {
        let evaluations = self.kinds.iter().map(|(_, likelihood)| likelihood.evaluations()).sum();
        let (constant, mut likelihood) = self.kinds.swap_remove(kind);
        likelihood.set_orders(polynomials);
        let (d, seasonal) = self.differences;
        let mut specification = Specification::new(polynomials.p, d, polynomials.q);
        specification.season = (polynomials.sp, seasonal, polynomials.sq, polynomials.s);
        specification.constant = Some(constant);
        let made = maximum_likelihood::finish(&specification, likelihood, best, flat, history, &[])?;
        let selection = ArimaSelection {
            strength: chosen.strength,
            kpss: chosen.kpss.clone(),
            trials: self.trials,
            evaluations,
            aicc: made.model.report().criteria().aicc(),
        };
        Ok(AutoArimaModel { model: made.model, selection })
    }

    /// Compares all orders by their conditional sums of squares. False where that is not possible.
    fn screen(&mut self, orders: &[LagPolynomials]) -> bool {
        let n = self.kinds[0].1.design().length();
        let reach = orders.iter().map(LagPolynomials::ar_order).max().unwrap_or(0);
        let skipped = reach.min(n / 4);
        if !self.kinds[0].1.use_conditional(Some(skipped)) {
            return false;
        }
        for of in orders {
            let Some(place) = self.grid.place(of) else { continue };
            let mut begin: Vec<(ArimaStart, Vec<f64>)> = Vec::new();
            for small in smaller(*of) {
                let known = self.grid.place(&small).and_then(|place| self.screened[place].as_ref());
                if let Some((coefficients, _)) = known {
                    for fresh in FRESH {
                        begin.extend(
                            padded(coefficients, small, *of, fresh).map(|at| (ArimaStart::Neighbor, at)),
                        );
                    }
                }
            }
            begin.extend(self.estimate(*of));
            let likelihood = &mut self.kinds[0].1;
            likelihood.set_orders(*of);
            let best = if of.len() == 0 {
                maximum_likelihood::alone(likelihood, Vec::new(), Termination::Given).ok()
            } else {
                maximum_likelihood::search(likelihood, begin, QUICK)
            };
            self.screened[place] = best.map(|best| {
                let counted = as_f64(n - skipped);
                let fitted = -0.5 * as_f64(n) * (best.value.quadratic / counted).ln();
                let k = of.len() + usize::from(self.kinds[0].0 != Constant::None) + 1;
                let criterion = aicc(fitted, k, self.kinds[0].1.design().effective());
                (best.coefficients, criterion)
            });
        }
        self.kinds[0].1.use_conditional(None);
        true
    }

    /// The start by regression.
    fn estimate(&self, of: LagPolynomials) -> Option<(ArimaStart, Vec<f64>)> {
        let start = self.regressions.as_ref()?.start(of)?;
        Some((ArimaStart::HannanRissanen, start))
    }

    /// Fits an order exactly, from what is known of it and its neighbors, and from `more`. An order that is
    /// fitted already is fitted again only if there is more.
    fn exact(
        &mut self,
        of: LagPolynomials,
        kind: usize,
        thoroughness: Thoroughness,
        more: &[(ArimaStart, Vec<f64>)],
    ) {
        let Some(place) = self.grid.place(&of) else { return };
        let known = self.fitted[kind][place];
        if known.is_some() && more.is_empty() {
            return;
        }
        let effective = self.kinds[kind].1.design().effective();
        let parameters = of.len() + usize::from(self.kinds[kind].0 != Constant::None) + 1;
        let possible = aicc(0.0, parameters, effective).is_finite();
        let found = if possible { self.attempt(of, kind, thoroughness, more) } else { None };
        let Some(found) = found else {
            if known.is_none() {
                self.note(of, kind, ArimaOutcome::Impossible);
            }
            return;
        };
        let better = known.is_none_or(|at| found.aicc < self.fits[at].aicc);
        if better {
            let outcome = if found.restrained {
                ArimaOutcome::Restrained(found.aicc)
            } else {
                ArimaOutcome::Fitted(found.aicc)
            };
            self.note(of, kind, outcome);
            self.fitted[kind][place] = Some(self.fits.len());
            self.fits.push(found);
        }
    }

    fn attempt(
        &mut self,
        of: LagPolynomials,
        kind: usize,
        thoroughness: Thoroughness,
        more: &[(ArimaStart, Vec<f64>)],
    ) -> Option<Fitted> {
        let transform = PacfTransform::new(of);
        let mut begin = more.to_vec();
        let place = self.grid.place(&of)?;
        // Other deterministic parts have nearly the same coefficients.
        for other in &self.fitted {
            let known = other[place].and_then(|at| transform.free(&self.fits[at].best.coefficients));
            begin.extend(known.map(|at| (ArimaStart::Neighbor, at)));
        }
        for small in smaller(of) {
            let Some(at) = self.grid.place(&small).and_then(|place| self.fitted[kind][place]) else {
                continue;
            };
            for fresh in FRESH {
                let start = padded(&self.fits[at].best.coefficients, small, of, fresh);
                begin.extend(start.map(|at| (ArimaStart::Neighbor, at)));
            }
        }
        if let Some((coefficients, _)) = &self.screened[place] {
            begin.extend(transform.free(coefficients).map(|at| (ArimaStart::Conditional, at)));
        }
        begin.extend(self.estimate(of));
        if begin.is_empty() {
            begin = initial_values(self.kinds[kind].1.design(), of);
        }
        let (constant, likelihood) = &mut self.kinds[kind];
        likelihood.set_orders(of);
        let mut best = if of.len() == 0 {
            maximum_likelihood::alone(likelihood, Vec::new(), Termination::Given).ok()?
        } else {
            maximum_likelihood::search(likelihood, begin, thoroughness)?
        };
        let restrained = !is_admissible(&of, &best.coefficients);
        if restrained {
            best = restrain(likelihood, of, &best, thoroughness)?;
        }
        let parameters = of.len() + usize::from(*constant != Constant::None) + 1;
        let log_likelihood = likelihood.log_likelihood(&best.value, None);
        let aicc = aicc(log_likelihood, parameters, likelihood.design().effective());
        aicc.is_finite().then_some(Fitted { polynomials: of, kind, best, aicc, restrained })
    }

    fn note(&mut self, of: LagPolynomials, kind: usize, outcome: ArimaOutcome) {
        let (d, seasonal) = self.differences;
        self.trials.push(ArimaTrial {
            order: (of.p, d, of.q),
            seasonal: (of.sp, seasonal, of.sq),
            constant: self.kinds[kind].0,
            outcome,
        });
    }

    /// The best exact fit.
    fn best(&self) -> Option<usize> {
        self.ranked().first().copied()
    }

    /// The best fit of each order, best first.
    fn ranked(&self) -> Vec<usize> {
        let mut standing: Vec<usize> = self.fitted.iter().flatten().flatten().copied().collect();
        standing.sort_by(|a, b| self.fits[*a].aicc.total_cmp(&self.fits[*b].aicc));
        standing
    }

    /// Moves from the best fits to neighboring orders, as long as that improves the criterion.
    fn climb(&mut self) {
        let tops = if self.effort == Effort::Fast { 1 } else { 3 };
        for _ in 0..20 {
            let mut next: Vec<(LagPolynomials, usize)> = Vec::new();
            for at in self.ranked().into_iter().take(tops) {
                let (of, kind) = (self.fits[at].polynomials, self.fits[at].kind);
                for beside in self.grid.beside(of) {
                    let Some(place) = self.grid.place(&beside) else { continue };
                    if self.fitted[kind][place].is_none()
                        && !self.is_hopeless(place)
                        && !next.contains(&(beside, kind))
                    {
                        next.push((beside, kind));
                    }
                }
            }
            let before = self.best();
            next.sort_by_key(|(of, _)| of.len());
            for (of, kind) in next {
                self.exact(of, kind, QUICK, &[]);
            }
            if self.best() == before {
                return;
            }
        }
    }

    /// Fits what is smaller than the best few from their coefficients without the last partial
    /// autocorrelation. Starting from a smaller order, a mixed process begins where its factors cancel, which
    /// is a saddle point; starting from a larger order avoids it.
    fn prune(&mut self) {
        // Shorter seasons cost too much for what it finds there.
        if self.grid.s < factored_likelihood::LEAST {
            return;
        }
        let mut seen = Vec::new();
        for at in self.ranked().into_iter().take(3) {
            let (of, kind) = (self.fits[at].polynomials, self.fits[at].kind);
            let Some(free) = PacfTransform::new(of).free(&self.fits[at].best.coefficients) else { continue };
            for small in smaller(of).filter(|small| small.len() > 0) {
                if !seen.contains(&(small, kind)) {
                    seen.push((small, kind));
                    self.exact(small, kind, QUICK, &[(ArimaStart::Neighbor, cut(&free, of, small))]);
                }
            }
        }
    }

    /// Whether the screening ruled an order out.
    fn is_hopeless(&self, place: usize) -> bool {
        let least = self.screened.iter().flatten().fold(f64::INFINITY, |least, entry| least.min(entry.1));
        self.screened[place].as_ref().is_some_and(|entry| entry.1 > least + HOPELESS)
    }

    /// The other deterministic part: for the best few, then wherever it could still win.
    fn other_kind(&mut self) {
        if self.kinds.len() < 2 {
            return;
        }
        let ranked = self.ranked();
        let mut gain = PENALTY;
        for (i, at) in ranked.iter().enumerate() {
            let Some(best) = self.best() else { return };
            let (of, aicc) = (self.fits[*at].polynomials, self.fits[*at].aicc);
            if i >= 4 && aicc - gain > self.fits[best].aicc {
                return;
            }
            self.exact(of, 1, QUICK, &[]);
            if let Some(other) = self.grid.place(&of).and_then(|place| self.fitted[1][place]) {
                gain = gain.max(aicc - self.fits[other].aicc + PENALTY);
            }
        }
    }

    /// Fits the best again from many starts. Returns whether that found a clearly higher maximum.
    fn polish(&mut self, many: usize) -> bool {
        let mut another = false;
        for at in self.ranked().into_iter().take(many) {
            let (of, kind, before) = (self.fits[at].polynomials, self.fits[at].kind, self.fits[at].aicc);
            if of.len() == 0 {
                continue;
            }
            let more = initial_values(self.kinds[kind].1.design(), of);
            let thoroughness = if self.effort == Effort::Thorough { Thoroughness::FULL } else { CAREFUL };
            self.exact(of, kind, thoroughness, &more);
            let after =
                self.grid.place(&of).and_then(|place| self.fitted[kind][place]).map(|at| self.fits[at].aicc);
            if after.is_some_and(|after| after < before - 0.1) {
                another = true;
                for beside in self.grid.beside(of).into_iter().filter(|beside| beside.len() > of.len()) {
                    if let Some(at) = self.grid.place(&of).and_then(|place| self.fitted[kind][place]) {
                        let start = padded(&self.fits[at].best.coefficients, of, beside, (0.0, 0.0));
                        let more: Vec<_> = start.map(|at| (ArimaStart::Neighbor, at)).into_iter().collect();
                        self.exact(beside, kind, QUICK, &more);
                    }
                }
            }
        }
        // Finishes the best fits to full precision, and those that may overtake them.
        let least = self.best().map_or(f64::INFINITY, |at| self.fits[at].aicc);
        let mut close = self.ranked();
        close.retain(|at| self.fits[*at].aicc <= least + UNSETTLED);
        for at in close.into_iter().take(4) {
            let (of, kind) = (self.fits[at].polynomials, self.fits[at].kind);
            let last = Thoroughness { entrants: Some(1), ..Thoroughness::FULL };
            let own = PacfTransform::new(of).free(&self.fits[at].best.coefficients);
            let more: Vec<_> = own.map(|own| (self.fits[at].best.start, own)).into_iter().collect();
            self.exact(of, kind, last, &more);
        }
        another
    }

    /// The orders that were never fitted.
    fn screened_trials(&self, orders: &[LagPolynomials]) -> Vec<ArimaTrial> {
        let (d, seasonal) = self.differences;
        let one = |of: &LagPolynomials| {
            let place = self.grid.place(of)?;
            let (_, criterion) = self.screened[place].as_ref()?;
            self.fitted[0][place].is_none().then_some(ArimaTrial {
                order: (of.p, d, of.q),
                seasonal: (of.sp, seasonal, of.sq),
                constant: self.kinds[0].0,
                outcome: ArimaOutcome::Screened(*criterion),
            })
        };
        orders.iter().filter_map(one).collect()
    }
}

/// First partial autocorrelations of what is new in an order: of its plain factors, of the season's.
const FRESH: [(f64, f64); 3] = [(0.0, 0.0), (0.3, 0.4), (-0.3, -0.6)];

/// Unconstrained numbers of larger factors without those that smaller ones don't have.
fn cut(free: &[f64], large: LagPolynomials, small: LagPolynomials) -> Vec<f64> {
    let blocks = large.blocks().into_iter().zip(small.blocks());
    blocks.flat_map(|((from, _), (to, _))| free[from].iter().copied().take(to.len())).collect()
}
