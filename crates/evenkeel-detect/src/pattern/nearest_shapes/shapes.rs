//! The shapes of the past, and the distances of the newest one from them.

use alloc::vec;
use alloc::vec::Vec;

/// Distances are taken the least of in blocks of so many neighboring shapes.
pub(super) const BLOCK: usize = 16;
/// Products are summed afresh after so many points, so that rounding does not add up.
const AFRESH: u64 = 512;
/// Of a shape no more than a quarter may stand in for what is missing.
const MISSING: usize = 4;

/// Points, and what is known of the shape of `width` points that ends at each. Buffers hold up to twice what
/// is needed, so that it is moved to the front rarely and lies in one piece.
#[derive(Debug, Clone)]
pub(super) struct Shapes {
    pub(super) width: usize,
    /// How many points back a shape may end.
    pub(super) history: usize,
    pub(super) points: Vec<f64>,
    /// Whether a point stands in for a missing one.
    pub(super) held: Vec<bool>,
    /// 1 / (softened standard deviation · √width); 0 for a shape that is not compared.
    pub(super) scales: Vec<f64>,
    /// Mean · width · scale, and the share of the softened variance that is the shape's own; infinite for one
    /// that is not compared.
    offsets: Vec<f64>,
    shares: Vec<f64>,
    /// The sum of products of the newest shape with the one `history - place` points before.
    pub(super) products: Vec<f64>,
    /// The least squared distance in each block; only for one search.
    least: Vec<f64>,
    /// How many points there have been.
    pub(super) count: u64,
    /// Mean and variance of the points, exponentially weighted.
    pub(super) mean: f64,
    pub(super) variance: f64,
}

/// What is not needed any more may still lie around.
impl PartialEq for Shapes {
    fn eq(&self, other: &Self) -> bool {
        let (from, since) = (self.first(), other.first());
        let of = |s: &Self| (s.width, s.history, s.count, s.mean, s.variance);
        of(self) == of(other)
            && self.points[from..] == other.points[since..]
            && self.held[from..] == other.held[since..]
            && self.scales[from..] == other.scales[since..]
            && self.products == other.products
    }
}

impl Shapes {
    pub(super) fn new(width: usize, history: usize) -> Self {
        let room = 2 * (history + width);
        let of_points = || Vec::with_capacity(room);
        Self {
            width,
            history,
            points: of_points(),
            held: Vec::with_capacity(room),
            scales: of_points(),
            offsets: of_points(),
            shares: of_points(),
            products: vec![0.0; history],
            least: Vec::with_capacity(history.div_ceil(BLOCK) + 1),
            count: 0,
            mean: 0.0,
            variance: 0.0,
        }
    }

    /// How many points are kept at least: the last of the history begins a shape of its own.
    fn needed(&self) -> usize {
        self.history + self.width
    }

    /// Takes a point; one of a softened standard deviation of at least `soften` times that of all points.
    pub(super) fn push(&mut self, point: f64, held: bool, soften: f64) {
        if self.points.len() == 2 * self.needed() {
            let surplus = self.points.len() - self.needed();
            self.held.drain(..surplus);
            for of_points in [&mut self.points, &mut self.scales, &mut self.offsets, &mut self.shares] {
                of_points.drain(..surplus);
            }
        }
        self.count += 1;
        let rate = 1.0 / (self.count.min(2 * self.history as u64)) as f64;
        let step = point - self.mean;
        self.mean += rate * step;
        self.variance = (1.0 - rate) * (self.variance + rate * step * step);
        self.points.push(point);
        self.held.push(held);
        let scale = self.scale(soften);
        self.describe(scale);
        self.follow();
    }

    /// The newest shape; `None` while there is none.
    fn newest(&self) -> Option<&[f64]> {
        self.points.len().checked_sub(self.width).map(|from| &self.points[from..])
    }

    fn scale(&self, soften: f64) -> f64 {
        let Some(shape) = self.newest() else { return 0.0 };
        let missing = self.held[self.held.len() - self.width..].iter().filter(|held| **held).count();
        let (_, variance) = moments(shape);
        let softened = variance + soften * soften * self.variance;
        if missing * MISSING > self.width || softened <= 0.0 {
            return 0.0;
        }
        1.0 / libm::sqrt(softened * self.width as f64)
    }

    /// What is known of the newest shape, whose scale this is.
    pub(super) fn describe(&mut self, scale: f64) {
        let width = self.width as f64;
        let (mean, variance) = self.newest().map_or((0.0, 0.0), moments);
        self.scales.push(scale);
        self.offsets.push(mean * width * scale);
        // Rounding must not make a shape's own share larger than all of it.
        self.shares.push(if scale > 0.0 {
            (variance * width * scale * scale).min(1.0)
        } else {
            f64::INFINITY
        });
    }

    /// Makes the products those of the newest shape.
    fn follow(&mut self) {
        let (n, width) = (self.points.len(), self.width);
        if n < width {
            return;
        }
        // Shapes that lie wholly in the points: the farthest may be new.
        let lags = (n - width).min(self.history);
        let first = self.history - lags;
        if n == width || self.count.is_multiple_of(AFRESH) {
            for place in first..self.history {
                self.products[place] = self.product(self.history - place);
            }
            return;
        }
        let known = (n - 1 - width).min(self.history);
        let from = self.history - known;
        let (came, went) = (self.points[n - 1], self.points[n - 1 - width]);
        let others = &self.points[n - 1 - known..n - 1];
        let before = &self.points[n - 1 - width - known..n - 1 - width];
        for ((product, other), before) in self.products[from..].iter_mut().zip(others).zip(before) {
            *product += came * other - went * before;
        }
        if first < from {
            self.products[first] = self.product(lags);
        }
    }

    /// The sum of products of the newest shape with the one so many points before.
    fn product(&self, lag: usize) -> f64 {
        let n = self.points.len();
        let (newest, other) = (&self.points[n - self.width..], &self.points[n - self.width - lag..n - lag]);
        newest.iter().zip(other).map(|(x, y)| x * y).sum()
    }

    /// The mean distance of the newest shape from the `neighbors` nearest ones that share no point with it,
    /// one of each neighborhood; 0 to 2. `None` if there are too few, or the shape is not compared.
    pub(super) fn distance(&mut self, neighbors: usize) -> Option<f64> {
        let n = self.points.len();
        let lags = n.checked_sub(self.width)?.min(self.history);
        let scale = self.scales[n - 1];
        // Four shapes to choose from, or everything is new.
        if scale == 0.0 || lags < 5 * self.width {
            return None;
        }
        let mean = self.offsets[n - 1] / (self.width as f64 * scale);
        let share = self.shares[n - 1];
        let places = self.history - lags..self.history - self.width + 1;
        let ends = n - 1 - lags..n - self.width;
        let products = &self.products[places];
        let (scales, offsets, shares) =
            (&self.scales[ends.clone()], &self.offsets[ends.clone()], &self.shares[ends]);
        let squared = |product: f64, other: f64, offset: f64, own: f64| {
            share + own - 2.0 * scale * (product * other - mean * offset)
        };
        self.least.clear();
        let blocks = products.as_chunks::<BLOCK>().0.iter().zip(scales.as_chunks::<BLOCK>().0);
        let blocks = blocks.zip(offsets.as_chunks::<BLOCK>().0).zip(shares.as_chunks::<BLOCK>().0);
        for (((products, scales), offsets), shares) in blocks {
            let mut squares = [0.0; BLOCK];
            for (i, square) in squares.iter_mut().enumerate() {
                *square = squared(products[i], scales[i], offsets[i], shares[i]);
            }
            self.least.push(least(&squares));
        }
        let done = self.least.len() * BLOCK;
        let rest = (done..products.len()).map(|i| squared(products[i], scales[i], offsets[i], shares[i]));
        if done < products.len() {
            self.least.push(rest.fold(f64::INFINITY, |least, x| if x < least { x } else { least }));
        }
        self.nearest(neighbors)
    }

    /// The mean of the least distances, of blocks that are no neighbors.
    fn nearest(&mut self, neighbors: usize) -> Option<f64> {
        let (mut sum, mut found) = (0.0, 0.0);
        for _ in 0..neighbors {
            let start = (f64::INFINITY, usize::MAX);
            let (square, at) = self.least.iter().enumerate().fold(start, |(least, at), (i, square)| {
                if *square < least { (*square, i) } else { (least, at) }
            });
            if at == usize::MAX {
                break;
            }
            // No distance is larger than 2 but by rounding, which may be all there is of shapes far from the origin.
            sum += libm::sqrt(square.clamp(0.0, 4.0));
            found += 1.0;
            let to = (at + 2).min(self.least.len());
            self.least[at.saturating_sub(1)..to].fill(f64::INFINITY);
        }
        (found > 0.0).then(|| sum / found)
    }

    pub(super) fn clear(&mut self) {
        self.held.clear();
        for of_points in [&mut self.points, &mut self.scales, &mut self.offsets, &mut self.shares] {
            of_points.clear();
        }
        self.products.fill(0.0);
        self.least.clear();
        (self.count, self.mean, self.variance) = (0, 0.0, 0.0);
    }

    /// The place of the first point that has to be kept to go on from.
    pub(super) fn first(&self) -> usize {
        self.points.len().saturating_sub(self.needed())
    }
}

fn least(squares: &[f64; BLOCK]) -> f64 {
    let mut lanes = [f64::INFINITY; 4];
    for chunk in squares.as_chunks::<4>().0 {
        for (lane, x) in lanes.iter_mut().zip(chunk) {
            *lane = if *x < *lane { *x } else { *lane };
        }
    }
    lanes.into_iter().fold(f64::INFINITY, |least, x| if x < least { x } else { least })
}

/// Mean and variance (divided by n).
fn moments(shape: &[f64]) -> (f64, f64) {
    let n = shape.len() as f64;
    let mean = shape.iter().sum::<f64>() / n;
    (mean, shape.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n)
}
