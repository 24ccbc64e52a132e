//! Forecasts of several steps.

use super::factor_trend_moments;
use super::fitted::EtsModel;
use super::product_moments::{Moments, Step};
use crate::finite_prediction::finite_prediction;
use evenkeel_core::{Forecaster, Prediction};

impl EtsModel {
    /// [`forecast_into`](Forecaster::forecast_into) where one error in proportion moves level and season.
    fn forecast_product(&self, out: &mut [Prediction]) {
        let (p, noise) = (&self.start, self.sigma * self.sigma);
        let gap = usize::try_from(self.missed).unwrap_or(usize::MAX);
        let start = Moments::known(self.known.0 / self.unit, self.known.1 / self.unit);
        if let ([only], 0) = (&mut *out, gap) {
            let ahead = self.ahead(self.level, self.trend, self.slot);
            let sd = ahead.season * self.unit * start.next(p.phi, noise).1.sqrt();
            *only = finite_prediction(ahead.mean, self.reach.apply(sd, 1.0));
            return;
        }
        let others = Step::of_others(p, noise);
        let mut place = gap % self.period;
        let mut within = if place == 0 { start } else { start.after(&others.times(place)) };
        // Whole cycles since the last value, and one more.
        let far = gap.saturating_add(out.len()) > self.period;
        let cycle =
            if far { others.times(self.period - 1).after(&Step::of_itself(p, noise)) } else { Step::NONE };
        let mut cycles = (gap >= self.period).then(|| cycle.times(gap / self.period));
        let (mut level, mut trend, mut slot, mut steps) =
            (self.level, self.trend, self.slot, f64::from(self.missed));
        let mut ended = self.form.has_trend() && trend == 0.0 && self.known.1 != 0.0;
        for out in out {
            steps += 1.0;
            let ahead = self.ahead(level, trend, slot);
            ended |= ahead.growth == 0.0 && trend != 0.0;
            let moments = cycles.as_ref().map_or(within, |cycles| within.after(cycles));
            let (mean, variance) = moments.next(p.phi, noise);
            let mut expected = ahead.mean;
            let covariance = ahead.season * self.unit * mean - ahead.mean;
            // Up to a period ahead there is none but in the last digits.
            if cycles.is_some() && !ended && covariance.is_finite() {
                let most = self.reach.most(steps);
                expected += covariance.clamp(-most, most);
            }
            let sd = ahead.season * self.unit * variance.sqrt();
            *out = finite_prediction(expected, self.reach.apply(sd, steps));
            (level, trend) = (ahead.base, ahead.growth);
            slot = if slot + 1 >= self.period { 0 } else { slot + 1 };
            place += 1;
            if place < self.period {
                within = within.after(&others);
            } else {
                (place, within) = (0, start);
                cycles = Some(cycles.map_or(cycle, |cycles| cycle.after(&cycles)));
            }
        }
    }

    /// [`forecast_into`](Forecaster::forecast_into) where one error in proportion moves factors only.
    fn forecast_growth(&self, out: &mut [Prediction]) {
        let factors = (out.len() > 1).then(|| self.factors());
        let (mut level, mut trend, mut slot) = (self.level, self.trend, self.slot);
        let (mut spread, mut unseen, mut steps) =
            (self.spread, u64::from(self.missed), f64::from(self.missed));
        for out in out {
            steps += 1.0;
            let ahead = self.ahead(level, trend, slot);
            let (mean, variance) = factor_trend_moments::moments(&spread, self.sigma * self.sigma);
            let (beyond, most) = (ahead.mean * mean - ahead.mean, self.reach.most(steps));
            let beyond = if beyond.is_nan() { 0.0 } else { beyond.clamp(-most, most) };
            *out =
                finite_prediction(ahead.mean + beyond, self.reach.apply(ahead.mean * variance.sqrt(), steps));
            (level, trend) = (ahead.base, ahead.growth);
            slot = if slot + 1 >= self.season.len() { 0 } else { slot + 1 };
            unseen += 1;
            if let Some(factors) = &factors {
                factors.add(&mut spread, unseen);
            }
        }
    }
}

impl Forecaster for EtsModel {
    fn forecast_into(&self, out: &mut [Prediction]) -> bool {
        if self.form.is_product() {
            self.forecast_product(out);
            return true;
        }
        if self.form.is_growth() {
            self.forecast_growth(out);
            return true;
        }
        let (mut level, mut trend, mut slot) = (self.level, self.trend, self.slot);
        let mut spread = self.spread;
        let come_back = out.len() > 1 && (self.missed > 0 || out.len() > self.period);
        let mut echoes = (come_back && !self.echoes.plain.is_empty()).then(|| self.echoes.clone());
        let mut steps = f64::from(self.missed);
        for out in out {
            steps += 1.0;
            let ahead = self.ahead(level, trend, slot);
            let echo = echoes.as_ref().unwrap_or(&self.echoes).at(slot, &self.start);
            let (variance, injected) = self.moments(&ahead, spread.base(self.start.phi), echo);
            *out = finite_prediction(ahead.mean, self.reach.apply(self.unit * variance.sqrt(), steps));
            spread.step(&self.start, injected);
            if let Some(echoes) = &mut echoes {
                echoes.step(slot, &self.start, self.fade, injected);
            }
            (level, trend) = (ahead.base, ahead.growth);
            slot = if slot + 1 >= self.season.len() { 0 } else { slot + 1 };
        }
        true
    }
}
