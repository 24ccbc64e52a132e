//! Vectorized arithmetic on points and boxes: eight coordinates at a time, written so that compilers
//! vectorize it, in a fixed order of sums.

/// Eight coordinates. Points are padded with zeros, which no cut ever falls on.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[repr(C, align(32))]
pub(super) struct Lanes(pub(super) [f32; 8]);

/// One coordinate of a point.
#[inline]
pub(super) fn coordinate(x: &[Lanes], dimension: u16) -> f32 {
    x[usize::from(dimension / 8)].0[usize::from(dimension % 8)]
}

#[inline(always)]
fn positive(x: f32) -> f32 {
    if x > 0.0 { x } else { 0.0 }
}

impl Lanes {
    /// The sum.
    #[inline(always)]
    pub(super) fn total(&self) -> f32 {
        let [a, b, c, d, e, f, g, h] = self.0;
        ((a + e) + (c + g)) + ((b + f) + (d + h))
    }
}

/// Eight sides of a box: from where to where. A line of a cache.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[repr(C, align(64))]
pub(super) struct Sides {
    pub(super) low: Lanes,
    pub(super) high: Lanes,
}

impl Sides {
    /// A box that is a single point.
    #[inline(always)]
    pub(super) fn of(point: Lanes) -> Self {
        Self { low: point, high: point }
    }

    /// The smallest that holds both.
    #[inline(always)]
    pub(super) fn united(&self, other: &Self) -> Self {
        let mut both = *self;
        for (low, other) in both.low.0.iter_mut().zip(other.low.0) {
            *low = if other < *low { other } else { *low };
        }
        for (high, other) in both.high.0.iter_mut().zip(other.high.0) {
            *high = if other > *high { other } else { *high };
        }
        both
    }

    /// Whether both are the same; without a branch for each coordinate.
    #[inline(always)]
    pub(super) fn equals(&self, other: &Self) -> bool {
        let mut differ = 0;
        for i in 0..8 {
            differ |= self.low.0[i].to_bits() ^ other.low.0[i].to_bits();
            differ |= self.high.0[i].to_bits() ^ other.high.0[i].to_bits();
        }
        differ == 0
    }

    #[inline(always)]
    pub(super) fn add_lengths(&self, sums: &mut Lanes) {
        for (i, sum) in sums.0.iter_mut().enumerate() {
            *sum += self.high.0[i] - self.low.0[i];
        }
    }
}

/// How far a point is outside of a box, summed over the dimensions: by how much the box would have to be
/// longer.
#[inline(always)]
pub(super) fn outside(bounds: &[Sides], x: &[Lanes]) -> f32 {
    let mut sums = Lanes::default();
    for (sides, x) in bounds.iter().zip(x) {
        for (i, sum) in sums.0.iter_mut().enumerate() {
            *sum += positive(sides.low.0[i] - x.0[i]) + positive(x.0[i] - sides.high.0[i]);
        }
    }
    sums.total()
}

/// blame = blame * `keep` + (signed distance outside of the box) * `weight`.
#[inline(always)]
pub(super) fn blame(bounds: &[Sides], x: &[Lanes], keep: f32, weight: f32, blame: &mut [Lanes]) {
    for ((sides, x), blame) in bounds.iter().zip(x).zip(blame) {
        for (i, blame) in blame.0.iter_mut().enumerate() {
            let signed = positive(x.0[i] - sides.high.0[i]) - positive(sides.low.0[i] - x.0[i]);
            *blame = *blame * keep + signed * weight;
        }
    }
}

/// Adds what is positive to the high side and takes what is negative from the low side.
#[inline(always)]
pub(super) fn add_signed(signed: &Lanes, blame: &mut Sides) {
    let Sides { low, high } = *blame;
    blame.high.0 = core::array::from_fn(|i| high.0[i] + positive(signed.0[i]));
    blame.low.0 = core::array::from_fn(|i| low.0[i] + positive(-signed.0[i]));
}

/// How far a point is from another, summed over the dimensions.
#[inline(always)]
pub(super) fn distance(point: &[Lanes], x: &[Lanes]) -> f32 {
    let mut sums = Lanes::default();
    for (point, x) in point.iter().zip(x) {
        for (i, sum) in sums.0.iter_mut().enumerate() {
            *sum += (x.0[i] - point.0[i]).abs();
        }
    }
    sums.total()
}

/// blame = (signed distance from another point) * `weight`.
#[inline(always)]
pub(super) fn blame_point(point: &[Lanes], x: &[Lanes], weight: f32, blame: &mut [Lanes]) {
    for ((point, x), blame) in point.iter().zip(x).zip(blame) {
        for (i, blame) in blame.0.iter_mut().enumerate() {
            *blame = (x.0[i] - point.0[i]) * weight;
        }
    }
}

/// Makes a box just large enough to hold a point as well; returns the sum of its sides.
#[inline(always)]
pub(super) fn unite(bounds: &mut [Sides], x: &[Lanes]) -> f32 {
    let mut sums = Lanes::default();
    for (sides, x) in bounds.iter_mut().zip(x) {
        *sides = sides.united(&Sides::of(*x));
        sides.add_lengths(&mut sums);
    }
    sums.total()
}
