//! Buckets, and what two lists of them have in common.

/// Counts of what lies between bounds. Bounds of buckets that touch are equal.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Bucket {
    /// Where it begins; -Inf for all that is smaller.
    pub lower: f64,
    /// Where it ends; +Inf for all that is larger.
    pub upper: f64,
    /// How many values are in it.
    pub count: f64,
}

impl Bucket {
    /// Values from `lower` to `upper`.
    #[must_use]
    pub const fn new(lower: f64, upper: f64, count: f64) -> Self {
        Self { lower, upper, count }
    }
}

/// The value at a share of a bucket.
pub(super) fn within(bucket: &Bucket, first: bool, share: f64) -> Option<f64> {
    let Bucket { lower, upper, .. } = *bucket;
    if upper == f64::INFINITY {
        return lower.is_finite().then_some(lower);
    }
    if lower == f64::NEG_INFINITY {
        // Only the first one begins nowhere.
        return Some(if first && upper > 0.0 { upper * share } else { upper });
    }
    // Not by the width, which may overflow.
    let share = share.clamp(0.0, 1.0);
    Some((lower * (1.0 - share) + upper * share).clamp(lower, upper))
}

/// Adds both up between the bounds that they have in common.
pub(super) fn merge_explicit(a: &[Bucket], b: &[Bucket]) -> Vec<Bucket> {
    let bounds = common_bounds(a, b);
    let mut merged = fill(&bounds, a);
    for (into, from) in merged.iter_mut().zip(fill(&bounds, b)) {
        into.count += from.count;
    }
    merged
}

/// The bounds that cut no filled bucket of either, from -Inf to +Inf. A bound outside of all filled buckets
/// cuts nothing, so it is known to both.
pub(super) fn common_bounds(a: &[Bucket], b: &[Bucket]) -> Vec<f64> {
    let all = a.iter().chain(b).flat_map(|bucket| [bucket.lower, bucket.upper]);
    let mut bounds: Vec<f64> = all.chain([f64::NEG_INFINITY, f64::INFINITY]).collect();
    bounds.sort_unstable_by(f64::total_cmp);
    bounds.dedup();
    for side in [a, b] {
        // Both in order: one pass.
        let mut filled = side.iter().filter(|bucket| bucket.count > 0.0).peekable();
        bounds.retain(|&x| {
            while filled.peek().is_some_and(|bucket| bucket.upper <= x) {
                filled.next();
            }
            filled.peek().is_none_or(|bucket| x <= bucket.lower)
        });
    }
    bounds
}

/// The buckets between bounds that cut none of them. Gaps are buckets without values.
pub(super) fn fill(bounds: &[f64], buckets: &[Bucket]) -> Vec<Bucket> {
    let mut filled: Vec<Bucket> = bounds.windows(2).map(|pair| Bucket::new(pair[0], pair[1], 0.0)).collect();
    for bucket in buckets.iter().filter(|bucket| bucket.count > 0.0) {
        let at = filled.partition_point(|into| into.upper < bucket.upper);
        if let Some(into) = filled.get_mut(at) {
            into.count += bucket.count;
        }
    }
    filled
}
