//! Friedman's supersmoother on a complete regular series.

use alloc::vec;
use alloc::vec::Vec;

/// The shares of the series that the three windows span: tweeter, midrange and woofer.
pub(super) const SPANS: [f64; 3] = [0.05, 0.2, 0.5];

/// Local lines over a window that is chosen at each place by cross-validation. J. H. Friedman, A variable
/// span smoother, Stanford Linear Accelerator Center, SLAC-PUB-3477 (1984). O(n).
///
/// Lines over three spans give three smooths with their absolute cross-validated residuals; those are
/// smoothed themselves; the span with the smallest one is chosen at each place, the choice is smoothed, the
/// smooths are interpolated accordingly, and the result is smoothed once more over the shortest span. No bass
/// control.
pub(super) fn supersmooth(values: &[f64]) -> Vec<f64> {
    let n = values.len();
    let mut smooths: [Vec<f64>; 3] = Default::default();
    let mut residuals: [Vec<f64>; 3] = Default::default();
    for (k, span) in SPANS.iter().enumerate() {
        let lines = Lines::new(n, *span);
        smooths[k] = lines.smooth(values);
        let left_out: Vec<f64> = (0..n)
            .map(|i| {
                let own = lines.leverage(i);
                if own < 1.0 { (values[i] - smooths[k][i]).abs() / (1.0 - own) } else { 0.0 }
            })
            .collect();
        residuals[k] = Lines::new(n, SPANS[1]).smooth(&left_out);
    }
    let best = (0..n).map(|i| {
        let mut best = 0;
        for k in 1..3 {
            if residuals[k][i] < residuals[best][i] {
                best = k;
            }
        }
        SPANS[best]
    });
    let spans = Lines::new(n, SPANS[1]).smooth(&best.collect::<Vec<_>>());
    let [tweeter, midrange, woofer] = &smooths;
    let mixed: Vec<f64> = (0..n)
        .map(|i| {
            let off = spans[i].clamp(SPANS[0], SPANS[2]) - SPANS[1];
            let (other, share) = if off < 0.0 {
                (tweeter[i], -off / (SPANS[1] - SPANS[0]))
            } else {
                (woofer[i], off / (SPANS[2] - SPANS[1]))
            };
            (1.0 - share) * midrange[i] + share * other
        })
        .collect();
    Lines::new(n, SPANS[0]).smooth(&mixed)
}

/// Lines over windows of one length, which near the ends is the outermost full window.
pub(super) struct Lines {
    n: usize,
    half: usize,
    pub(super) length: usize,
}

impl Lines {
    pub(super) fn new(n: usize, span: f64) -> Self {
        let half = ((0.5 * span * n as f64 + 0.5) as usize).max(2);
        Self { n, half, length: (2 * half + 1).min(n) }
    }

    /// The window's first place.
    pub(super) fn first(&self, i: usize) -> usize {
        i.saturating_sub(self.half).min(self.n - self.length)
    }

    /// The sum of squares of the places about their mean.
    pub(super) fn spread(&self) -> f64 {
        let m = self.length as f64;
        m * (m * m - 1.0) / 12.0
    }

    pub(super) fn off_center(&self, i: usize) -> f64 {
        (i - self.first(i)) as f64 - 0.5 * (self.length - 1) as f64
    }

    /// The leverage: how much a value counts in its own fit.
    pub(super) fn leverage(&self, i: usize) -> f64 {
        let off = self.off_center(i);
        1.0 / self.length as f64 + if self.length > 1 { off * off / self.spread() } else { 0.0 }
    }

    pub(super) fn smooth(&self, values: &[f64]) -> Vec<f64> {
        let (n, length) = (self.n, self.length);
        let mut out = vec![0.0; n];
        let (mut sum, mut moment, mut first) = (0.0, 0.0, 0);
        let middle = 0.5 * (length as f64 - 1.0);
        for (i, out) in out.iter_mut().enumerate() {
            let now = self.first(i);
            // Running sums, restarted once a window so that rounding errors do not accumulate.
            if i == 0 || (now.is_multiple_of(length) && now != first) {
                let window = &values[now..now + length];
                sum = window.iter().sum();
                moment = window.iter().enumerate().map(|(k, y)| (k as f64 - middle) * y).sum();
            } else if now != first {
                let (gone, new) = (values[now - 1], values[now - 1 + length]);
                // Every place moves by one towards the front; then the newest is in, at the end.
                moment += -(sum - gone) + middle * gone + middle * new;
                sum += new - gone;
            }
            first = now;
            let slope = if length > 1 { moment / self.spread() } else { 0.0 };
            *out = sum / length as f64 + slope * self.off_center(i);
        }
        out
    }
}
