//! Arithmetic on points and boxes, eight coordinates at a time: written so that compilers vectorize it, in a fixed order of sums.

/// Eight coordinates. Points are padded with zeros, which no cut ever falls on.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[repr(C, align(32))]
pub(super) struct Lanes(pub(super) [f32; 8]);

/// One coordinate of a point.
#[inline]
pub(super) fn coordinate(x: &[Lanes], dimension: u16) -> f32 {
    x[usize::from(dimension / 8)].0[usize::from(dimension % 8)]
}

#[inline]
fn positive(x: f32) -> f32 {
    if x > 0.0 { x } else { 0.0 }
}

#[inline]
fn total(lanes: [f32; 8]) -> f32 {
    let [a, b, c, d, e, f, g, h] = lanes;
    ((a + e) + (c + g)) + ((b + f) + (d + h))
}

#[inline(always)]
fn add_outside(low: &Lanes, high: &Lanes, x: &Lanes, sum: &mut [f32; 8]) {
    for (i, sum) in sum.iter_mut().enumerate() {
        *sum += positive(low.0[i] - x.0[i]) + positive(x.0[i] - high.0[i]);
    }
}

/// How far a point is outside of a box, summed over the dimensions: by how much the box would have to be longer.
#[inline(always)]
pub(super) fn outside(low: &[Lanes], high: &[Lanes], x: &[Lanes]) -> f32 {
    let mut sum = [0.0; 8];
    // Most points have one group: without a loop its numbers stay in registers.
    if let ([low], [high], [x]) = (low, high, x) {
        add_outside(low, high, x, &mut sum);
    } else {
        for ((low, high), x) in low.iter().zip(high).zip(x) {
            add_outside(low, high, x, &mut sum);
        }
    }
    total(sum)
}

#[inline(always)]
fn add_blame(low: &Lanes, high: &Lanes, x: &Lanes, keep: f32, weight: f32, blame: &mut Lanes) {
    for (i, blame) in blame.0.iter_mut().enumerate() {
        let signed = positive(x.0[i] - high.0[i]) - positive(low.0[i] - x.0[i]);
        *blame = *blame * keep + signed * weight;
    }
}

/// blame = blame * `keep` + (signed distance outside of the box) * `weight`.
#[inline(always)]
pub(super) fn blame(low: &[Lanes], high: &[Lanes], x: &[Lanes], keep: f32, weight: f32, blame: &mut [Lanes]) {
    if let ([low], [high], [x], [blame]) = (low, high, x, &mut *blame) {
        add_blame(low, high, x, keep, weight, blame);
        return;
    }
    for (((low, high), x), blame) in low.iter().zip(high).zip(x).zip(blame) {
        add_blame(low, high, x, keep, weight, blame);
    }
}

/// The sum of the side lengths of a box.
#[inline]
pub(super) fn sides(low: &[Lanes], high: &[Lanes]) -> f32 {
    let mut sum = [0.0; 8];
    for (low, high) in low.iter().zip(high) {
        for (i, sum) in sum.iter_mut().enumerate() {
            *sum += high.0[i] - low.0[i];
        }
    }
    total(sum)
}

/// Makes a group of a box just large enough to hold another as well.
#[inline(always)]
pub(super) fn unite_one(low: &mut Lanes, high: &mut Lanes, other_low: &Lanes, other_high: &Lanes) {
    for (low, other) in low.0.iter_mut().zip(other_low.0) {
        *low = if other < *low { other } else { *low };
    }
    for (high, other) in high.0.iter_mut().zip(other_high.0) {
        *high = if other > *high { other } else { *high };
    }
}

/// Makes a box just large enough to hold a point as well.
#[inline(always)]
pub(super) fn unite(low: &mut [Lanes], high: &mut [Lanes], x: &[Lanes]) {
    for ((low, high), x) in low.iter_mut().zip(high).zip(x) {
        unite_one(low, high, x, x);
    }
}

/// Whether a point inside a box lies on a side of it, so that the box may shrink without it.
#[inline]
pub(super) fn touches(low: &[Lanes], high: &[Lanes], x: &[Lanes]) -> bool {
    low.iter().zip(high).zip(x).any(|((low, high), x)| {
        (0..8).any(|i| (x.0[i] <= low.0[i] || x.0[i] >= high.0[i]) && low.0[i] < high.0[i])
    })
}
