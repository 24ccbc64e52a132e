//! Histograms of all kinds, and their quantiles.

use crate::histogram::bucket::{Bucket, common_bounds, fill, merge_explicit, within};
use crate::histogram::exponential::{Exponential, ExponentialBuckets, SCALES};
use crate::labels::Labels;
use crate::limits::Limits;
use crate::sample::SeriesKind;
use evenkeel_core::{At, Error};
use std::collections::BTreeMap;

/// Histograms of one set of labels.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct HistogramSeries {
    /// What tells it apart.
    pub labels: Labels,
    /// How counts are to be read: a counter's go on from one histogram to the next
    /// ([`Histogram::increase_since`]), those of a delta stand for themselves.
    pub kind: SeriesKind,
    /// The histograms, in order of time where the source keeps it.
    pub histograms: Vec<At<Histogram>>,
}

#[derive(Debug, Clone, PartialEq)]
enum Layout {
    /// Buckets as they are, in order.
    Explicit(Vec<Bucket>),
    Exponential(Exponential),
}

/// A histogram: classic buckets of Prometheus, native (exponential) ones, explicit and exponential ones of
/// OTLP, all in one type.
///
/// When to use: for quantiles of what several programs measured: [`merge`](Self::merge) them first, and take
/// quantiles then (an average of quantiles is none). Counts may be rates: only their proportions matter.
///
/// *Quantiles*: the position within a bucket is interpolated linearly, as by `histogram_quantile` of
/// Prometheus 2 for classic and native histograms. The true quantile lies in the same bucket, so the error is
/// below its width. The lowest bucket is taken to begin at 0 if it ends above, the highest to end at its
/// lower bound, so that answers are finite.
///
/// *Resolution*: exponential buckets (Masson, Rim, Lee, DDSketch, 2019, doi:10.14778/3352063.3352135, have the
/// idea of constant relative width) are halved in resolution, never refused, where two scales meet or where
/// there are more than a limit: at scale s neighbors 2i and 2i + 1 are bucket i of scale s - 1.
///
/// *Cost*: 24 bytes a bucket; quantiles take O(buckets).
///
/// ```
/// use evenkeel_ingest::Histogram;
///
/// // Cumulative, as exposed: half of the values are up to 0.125.
/// let latency = Histogram::classic([(0.125, 50.0), (0.5, 90.0), (f64::INFINITY, 100.0)])?;
/// assert_eq!(latency.quantile(0.5)?, Some(0.125));
/// assert_eq!(latency.quantile(0.7)?, Some(0.3125));
/// assert_eq!(latency.quantile(0.99)?, Some(0.5)); // nothing finite is known beyond
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Histogram {
    layout: Layout,
    sum: Option<f64>,
    stated: Option<f64>,
    repaired: usize,
}

fn check_count(count: f64) -> Result<(), Error> {
    Error::require((0.0..=1e300).contains(&count), "count of a bucket", "finite and at least 0", count)
}

impl Histogram {
    /// From cumulative counts by upper bound (`le`), in any order, the bound +Inf among them. The same bound
    /// written in two ways (`1` and `1.0`) is one: the larger count holds.
    ///
    /// Scraped counts can go down by a little from one bucket to the next, most often because of rounding of
    /// rates: they are raised to the count before, as Prometheus does, and [counted](Self::repaired).
    ///
    /// # Errors
    /// [`Error::Parameter`] for a bound that is NaN, a count that is not finite or below 0, or if there is no
    /// bound +Inf.
    pub fn classic(buckets: impl IntoIterator<Item = (f64, f64)>) -> Result<Self, Error> {
        let mut buckets: Vec<(f64, f64)> = buckets.into_iter().collect();
        for &(bound, count) in &buckets {
            Error::require(!bound.is_nan(), "bound of a bucket", "a number", bound)?;
            check_count(count)?;
        }
        buckets.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(b.1.total_cmp(&a.1)));
        buckets.dedup_by(|next, kept| next.0 == kept.0);
        let last = buckets.last().map_or(f64::NAN, |last| last.0);
        Error::require(last == f64::INFINITY, "last bound", "+Inf", last)?;
        let (mut lower, mut below, mut repaired) = (f64::NEG_INFINITY, 0.0, 0);
        let mut layout = Vec::with_capacity(buckets.len());
        for (upper, cumulative) in buckets {
            repaired += usize::from(cumulative < below);
            let cumulative = cumulative.max(below);
            layout.push(Bucket::new(lower, upper, cumulative - below));
            (lower, below) = (upper, cumulative);
        }
        Ok(Self { layout: Layout::Explicit(layout), sum: None, stated: None, repaired })
    }

    /// From buckets that say where they begin and end, in any order, as Prometheus answers with for native
    /// histograms.
    ///
    /// # Errors
    /// [`Error::Parameter`] for bounds that are NaN or not in order, for buckets that overlap, for a count
    /// that is not finite or below 0.
    pub fn explicit(buckets: impl IntoIterator<Item = Bucket>) -> Result<Self, Error> {
        let mut buckets: Vec<Bucket> = buckets.into_iter().collect();
        for bucket in &buckets {
            let Bucket { lower, upper, count } = *bucket;
            Error::require(
                lower < upper,
                "bounds of a bucket",
                "in order",
                format_args!("{lower} to {upper}"),
            )?;
            check_count(count)?;
        }
        buckets.sort_unstable_by(|a, b| a.lower.total_cmp(&b.lower));
        for pair in buckets.windows(2) {
            let (end, next) = (pair[0].upper, pair[1].lower);
            Error::require(
                end <= next,
                "buckets",
                "free of overlap",
                format_args!("to {end} and from {next}"),
            )?;
        }
        Ok(Self { layout: Layout::Explicit(buckets), sum: None, stated: None, repaired: 0 })
    }

    /// From the bounds between buckets and one count more than bounds, as OTLP has explicit histograms.
    ///
    /// # Errors
    /// [`Error::Shape`] if the numbers of bounds and counts do not fit, [`Error::Parameter`] for bounds that do
    /// not go up, or a count that is not finite or below 0.
    pub fn between(bounds: &[f64], counts: &[f64]) -> Result<Self, Error> {
        if counts.len() != bounds.len() + 1 {
            let (expected, found) = (bounds.len() + 1, counts.len());
            return Err(Error::Shape { what: "counts of buckets", expected, found });
        }
        let lower = [f64::NEG_INFINITY].into_iter().chain(bounds.iter().copied());
        let upper = bounds.iter().copied().chain([f64::INFINITY]);
        Self::explicit(lower.zip(upper).zip(counts).map(|((lower, upper), &n)| Bucket::new(lower, upper, n)))
    }

    /// From exponential buckets: number i holds values above base^i and up to base^(i+1), where base is
    /// 2^(2^-scale); the negative ones likewise, by their amount. Values up to `zero_threshold` in amount are
    /// in the bucket of zero.
    ///
    /// This is the numbering of OTLP. In a native histogram of Prometheus (whose schema is the scale) bucket i
    /// ends at base^i: its offset here is one less.
    ///
    /// With more than the default [`Limits::buckets`] the resolution is reduced.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a scale outside of -11 to 64, a threshold that is not finite or below 0, or
    /// such a count.
    pub fn exponential(
        scale: i32,
        zero_threshold: f64,
        zero_count: f64,
        positive: ExponentialBuckets<'_>,
        negative: ExponentialBuckets<'_>,
    ) -> Result<Self, Error> {
        let numbered = |buckets: ExponentialBuckets<'_>| {
            (i64::from(buckets.offset)..).zip(buckets.counts.iter().copied()).collect()
        };
        Self::sparse(scale, zero_threshold, zero_count, numbered(positive), numbered(negative))
    }

    /// The same from numbers of buckets and their counts.
    pub(crate) fn sparse(
        scale: i32,
        zero_threshold: f64,
        zero_count: f64,
        positive: Vec<(i64, f64)>,
        negative: Vec<(i64, f64)>,
    ) -> Result<Self, Error> {
        Error::require(SCALES.contains(&scale), "scale", "in -11 to 64", scale)?;
        let threshold_fits = (0.0..f64::INFINITY).contains(&zero_threshold);
        Error::require(threshold_fits, "zero_threshold", "finite and at least 0", zero_threshold)?;
        check_count(zero_count)?;
        let checked = |side: Vec<(i64, f64)>| -> Result<BTreeMap<i64, f64>, Error> {
            let filled = side.into_iter().filter(|pair| pair.1 != 0.0);
            filled.map(|(i, n)| check_count(n).map(|()| (i, n))).collect()
        };
        let (positive, negative) = (checked(positive)?, checked(negative)?);
        let mut exponential = Exponential { scale, zero_threshold, zero_count, positive, negative };
        exponential.reduce_to(Limits::default().buckets);
        Ok(Self { layout: Layout::Exponential(exponential), sum: None, stated: None, repaired: 0 })
    }

    /// The same with the sum of all values, where it is known.
    #[must_use]
    pub fn with_sum(mut self, sum: Option<f64>) -> Self {
        self.sum = sum.filter(|sum| sum.is_finite());
        self
    }

    /// The same with the count that the source states beside its buckets.
    #[must_use]
    pub fn with_count(mut self, count: Option<f64>) -> Self {
        self.stated = count.filter(|count| count.is_finite());
        self
    }

    /// The count that the source states. It can differ from [that of the buckets](Self::count): values that
    /// are NaN are counted, and are in no bucket; and some sources contradict themselves.
    #[must_use]
    pub fn stated_count(&self) -> Option<f64> {
        self.stated
    }

    /// The sum of all values, if it is known and finite.
    #[must_use]
    pub fn sum(&self) -> Option<f64> {
        self.sum
    }

    /// How many cumulative counts were below the one before, and were raised.
    #[must_use]
    pub fn repaired(&self) -> usize {
        self.repaired
    }

    /// The scale of exponential buckets; `None` for others.
    #[must_use]
    pub fn scale(&self) -> Option<i32> {
        match &self.layout {
            Layout::Explicit(_) => None,
            Layout::Exponential(exponential) => Some(exponential.scale),
        }
    }

    /// The buckets in order, without those of exponential histograms that are empty.
    #[must_use]
    pub fn buckets(&self) -> Vec<Bucket> {
        match &self.layout {
            Layout::Explicit(buckets) => buckets.clone(),
            Layout::Exponential(exponential) => exponential.buckets(),
        }
    }

    /// How many values there are in all buckets.
    #[must_use]
    pub fn count(&self) -> f64 {
        self.buckets().iter().map(|bucket| bucket.count).sum()
    }

    /// The mean of all values; `None` if the sum is not known or there are none.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        let mean = self.sum? / self.count();
        mean.is_finite().then_some(mean)
    }

    /// The value below which a share of `q` lies; `None` if there are no values, or if all that is known of
    /// it is that it has no bound.
    ///
    /// # Errors
    /// [`Error::Parameter`] if `q` is not in [0, 1].
    pub fn quantile(&self, q: f64) -> Result<Option<f64>, Error> {
        Error::require((0.0..=1.0).contains(&q), "q", "in [0, 1]", q)?;
        let buckets = self.buckets();
        let rank = q * buckets.iter().map(|bucket| bucket.count).sum::<f64>();
        let mut below = 0.0;
        let filled = || buckets.iter().enumerate().filter(|pair| pair.1.count > 0.0);
        for (i, bucket) in filled() {
            if below + bucket.count >= rank {
                return Ok(within(bucket, i == 0, (rank - below) / bucket.count));
            }
            below += bucket.count;
        }
        // Rounding of the sum may leave a rank above all counts.
        Ok(filled().next_back().and_then(|(i, bucket)| within(bucket, i == 0, 1.0)))
    }

    /// The share of values up to `x`, interpolated like [quantiles](Self::quantile); `None` if there are no
    /// values.
    ///
    /// # Errors
    /// [`Error::Parameter`] if `x` is NaN.
    pub fn share_below(&self, x: f64) -> Result<Option<f64>, Error> {
        Error::require(!x.is_nan(), "x", "a number", x)?;
        let (mut below, mut all) = (0.0, 0.0);
        for (i, bucket) in self.buckets().iter().enumerate() {
            all += bucket.count;
            let lower = if i == 0 && bucket.upper > 0.0 { bucket.lower.max(0.0) } else { bucket.lower };
            below += if x >= bucket.upper {
                bucket.count
            } else if x > lower && lower.is_finite() && bucket.upper.is_finite() {
                // Halves, as a width may overflow.
                bucket.count * ((x / 2.0 - lower / 2.0) / (bucket.upper / 2.0 - lower / 2.0))
            } else {
                0.0
            };
        }
        Ok((all > 0.0).then(|| (below / all).min(1.0)))
    }

    /// The values of both. Exponential histograms meet at the coarser scale; others at the bounds that both
    /// have, an exponential one beside an explicit one included.
    ///
    /// The result never claims more than both know: where they have no bound in common, only one bucket from
    /// -Inf to +Inf is left.
    #[must_use]
    pub fn merge(&self, other: &Self) -> Self {
        let layout = match (&self.layout, &other.layout) {
            (Layout::Exponential(a), Layout::Exponential(b)) => Layout::Exponential(a.merge(b)),
            _ => Layout::Explicit(merge_explicit(&self.buckets(), &other.buckets())),
        };
        let sum = self.sum.zip(other.sum).map(|(a, b)| a + b);
        let stated = self.stated.zip(other.stated).map(|(a, b)| a + b);
        let merged = Self { layout, sum: None, stated: None, repaired: self.repaired + other.repaired };
        merged.with_sum(sum).with_count(stated)
    }

    /// What came in since an earlier histogram of the same cumulative series. If a count has gone down, it was
    /// started again, and all of it came in since then.
    ///
    /// Both are compared at the buckets that they have in common, as in [`merge`](Self::merge).
    #[must_use]
    pub fn increase_since(&self, earlier: &Self) -> Self {
        let (now, before) = match (&self.layout, &earlier.layout) {
            (Layout::Exponential(a), Layout::Exponential(b)) => {
                let (mut a, mut b) = (a.clone(), b.clone());
                while a.scale > b.scale {
                    a.halve();
                }
                while b.scale > a.scale {
                    b.halve();
                }
                if a.subtract(&b) {
                    let sum = self.sum.zip(earlier.sum).map(|(a, b)| a - b);
                    let stated = self.stated.zip(earlier.stated).map(|(a, b)| a - b);
                    let since = Self { layout: Layout::Exponential(a), sum: None, stated: None, repaired: 0 };
                    return since.with_sum(sum).with_count(stated);
                }
                return self.clone();
            }
            _ => {
                let (now, before) = (self.buckets(), earlier.buckets());
                let bounds = common_bounds(&now, &before);
                (fill(&bounds, &now), fill(&bounds, &before))
            }
        };
        if now.iter().zip(&before).any(|(now, before)| now.count < before.count) {
            return self.clone();
        }
        let since = now
            .iter()
            .zip(&before)
            .map(|(now, old)| Bucket::new(now.lower, now.upper, now.count - old.count));
        let sum = self.sum.zip(earlier.sum).map(|(a, b)| a - b);
        let stated = self.stated.zip(earlier.stated).map(|(a, b)| a - b);
        let since = Self { layout: Layout::Explicit(since.collect()), sum: None, stated: None, repaired: 0 };
        since.with_sum(sum).with_count(stated)
    }

    /// The same with at most so many buckets: an exponential one is halved in resolution until it fits, others
    /// lose every second bound.
    ///
    /// # Errors
    /// [`Error::Parameter`] if fewer than 4 are asked for.
    pub fn reduced_to(mut self, buckets: usize) -> Result<Self, Error> {
        Error::require(buckets >= 4, "buckets", "at least 4", buckets)?;
        match &mut self.layout {
            Layout::Exponential(exponential) => exponential.reduce_to(buckets),
            Layout::Explicit(list) => {
                while list.len() > buckets {
                    let joined = list.chunks(2).map(|pair| {
                        let (first, last) = (pair[0], pair[pair.len() - 1]);
                        Bucket::new(first.lower, last.upper, pair.iter().map(|bucket| bucket.count).sum())
                    });
                    *list = joined.collect();
                }
            }
        }
        Ok(self)
    }
}
