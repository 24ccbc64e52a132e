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

/// How far a point is outside of a box, summed over the dimensions: by how much the box would have to be longer.
#[inline]
pub(super) fn outside(low: &[Lanes], high: &[Lanes], x: &[Lanes]) -> f32 {
    let n = x.len();
    let (low, high) = (&low[..n], &high[..n]);
    let mut sum = [0.0; 8];
    for group in 0..n {
        for (i, sum) in sum.iter_mut().enumerate() {
            let x = x[group].0[i];
            *sum += positive(low[group].0[i] - x) + positive(x - high[group].0[i]);
        }
    }
    total(sum)
}

/// blame = blame * `keep` + (signed distance outside of the box) * `weight`.
#[inline]
pub(super) fn blame(low: &[Lanes], high: &[Lanes], x: &[Lanes], keep: f32, weight: f32, blame: &mut [Lanes]) {
    let n = x.len();
    let (low, high, blame) = (&low[..n], &high[..n], &mut blame[..n]);
    for group in 0..n {
        for i in 0..8 {
            let x = x[group].0[i];
            let signed = positive(x - high[group].0[i]) - positive(low[group].0[i] - x);
            blame[group].0[i] = blame[group].0[i] * keep + signed * weight;
        }
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

/// Makes a box just large enough to hold another as well.
#[inline]
pub(super) fn unite(low: &mut [Lanes], high: &mut [Lanes], other_low: &[Lanes], other_high: &[Lanes]) {
    for ((low, high), (other_low, other_high)) in
        low.iter_mut().zip(high).zip(other_low.iter().zip(other_high))
    {
        for i in 0..8 {
            low.0[i] = if other_low.0[i] < low.0[i] { other_low.0[i] } else { low.0[i] };
            high.0[i] = if other_high.0[i] > high.0[i] { other_high.0[i] } else { high.0[i] };
        }
    }
}

/// Whether a point inside a box lies on a side of it, so that the box may shrink without it.
#[inline]
pub(super) fn touches(low: &[Lanes], high: &[Lanes], x: &[Lanes]) -> bool {
    low.iter().zip(high).zip(x).any(|((low, high), x)| {
        (0..8).any(|i| (x.0[i] <= low.0[i] || x.0[i] >= high.0[i]) && low.0[i] < high.0[i])
    })
}
