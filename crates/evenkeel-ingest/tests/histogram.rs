//! Histograms: quantiles, merging, resolution.

use crate::captures;
use evenkeel_core::Timestamp;
use evenkeel_ingest::exposition::Exposition;
use evenkeel_ingest::prometheus::Answer;
use evenkeel_ingest::{Bucket, ExponentialBuckets, FindingKind, Findings, Histogram, classic_histograms};
use evenkeel_stats::Generator;
use proptest::prelude::*;

const NONE: ExponentialBuckets<'static> = ExponentialBuckets { offset: 0, counts: &[] };

/// Values as an exponential histogram of OTLP's numbering.
fn exponential(scale: i32, values: &[f64]) -> Histogram {
    let number = |v: f64| (v.abs().log2() * f64::from(scale).exp2()).ceil() as i32 - 1;
    let side = |values: Vec<i32>| {
        let offset = values.iter().copied().min().unwrap_or(0);
        let mut counts = vec![0.0; values.iter().map(|i| (i - offset) as usize + 1).max().unwrap_or(0)];
        values.iter().for_each(|i| counts[(i - offset) as usize] += 1.0);
        (offset, counts)
    };
    let (po, pc) = side(values.iter().filter(|&&v| v > 0.0).map(|&v| number(v)).collect());
    let (no, nc) = side(values.iter().filter(|&&v| v < 0.0).map(|&v| number(v)).collect());
    let zero = values.iter().filter(|&&v| v == 0.0).count() as f64;
    let positive = ExponentialBuckets { offset: po, counts: &pc };
    let negative = ExponentialBuckets { offset: no, counts: &nc };
    Histogram::exponential(scale, 0.0, zero, positive, negative).unwrap()
}

#[test]
fn bounds_are_numbers_not_text() {
    // `le="1"` and `le="1.0"` in one page: one bucket.
    let h = Histogram::classic(
        [("1", 5.0), ("1.0", 5.0), ("+Inf", 10.0)].map(|(le, n)| (le.parse().unwrap(), n)),
    )
    .unwrap();
    assert_eq!(h.buckets(), [Bucket::new(f64::NEG_INFINITY, 1.0, 5.0), Bucket::new(1.0, f64::INFINITY, 5.0)]);
    let down = Histogram::classic([(1.0, 5.0), (2.0, 4.999), (f64::INFINITY, 6.0)]).unwrap();
    assert_eq!((down.repaired(), down.count()), (1, 6.0));
}

#[test]
fn quantiles_at_the_edges() {
    let h = Histogram::classic([(-1.0, 2.0), (1.0, 4.0), (f64::INFINITY, 8.0)]).unwrap();
    let q = |q: f64| h.quantile(q).unwrap().unwrap();
    assert_eq!((q(0.1), q(0.375), q(0.5), q(0.9)), (-1.0, 0.0, 1.0, 1.0));
    let empty = Histogram::classic([(1.0, 0.0), (f64::INFINITY, 0.0)]).unwrap();
    assert_eq!((empty.quantile(0.5), empty.share_below(1.0), empty.mean()), (Ok(None), Ok(None), None));
    // All that is known is that there are values.
    assert_eq!(Histogram::between(&[], &[3.0]).unwrap().quantile(0.5), Ok(None));
    assert!(h.quantile(1.1).is_err() && h.quantile(f64::NAN).is_err());
    assert_eq!(h.share_below(0.0).unwrap(), Some(3.0 / 8.0));
    assert_eq!(h.share_below(f64::INFINITY).unwrap(), Some(1.0));
}

#[test]
fn what_is_no_histogram_is_refused() {
    assert!(Histogram::classic([(1.0, 1.0)]).is_err());
    assert!(Histogram::classic([(f64::NAN, 1.0), (f64::INFINITY, 1.0)]).is_err());
    assert!(Histogram::classic([(f64::INFINITY, -1.0)]).is_err());
    assert!(Histogram::classic([(f64::INFINITY, f64::NAN)]).is_err());
    assert!(Histogram::between(&[1.0], &[1.0]).is_err());
    assert!(Histogram::between(&[2.0, 1.0], &[1.0, 1.0, 1.0]).is_err());
    assert!(Histogram::explicit([Bucket::new(0.0, 2.0, 1.0), Bucket::new(1.0, 3.0, 1.0)]).is_err());
    assert!(Histogram::exponential(99, 0.0, 0.0, NONE, NONE).is_err());
    assert!(Histogram::exponential(0, -1.0, 0.0, NONE, NONE).is_err());
    assert!(Histogram::exponential(0, 0.0, f64::INFINITY, NONE, NONE).is_err());
}

#[test]
fn extreme_exponential_buckets_stay_finite() {
    for (scale, offset) in
        [(64, i32::MAX), (64, i32::MIN), (-11, i32::MAX), (-11, i32::MIN), (20, i32::MAX), (0, 1023)]
    {
        let h =
            Histogram::exponential(scale, 0.0, 1.0, ExponentialBuckets { offset, counts: &[1.0, 2.0] }, NONE)
                .unwrap();
        for q in [0.0, 0.3, 0.9, 1.0] {
            assert!(h.quantile(q).unwrap().unwrap().is_finite(), "{scale} {offset} {q}");
        }
    }
}

#[test]
fn too_fine_a_resolution_is_reduced_not_refused() {
    let mut generator = Generator::new(7);
    let values: Vec<f64> = (0..5000).map(|_| generator.normal().exp()).collect();
    let fine = exponential(20, &values);
    let coarse = fine.clone().reduced_to(100).unwrap();
    assert!(coarse.buckets().len() <= 100 && coarse.scale() < fine.scale());
    assert_eq!(coarse.count(), 5000.0);
    assert!(fine.clone().reduced_to(3).is_err());
    let (a, b) = (fine.quantile(0.9).unwrap().unwrap(), coarse.quantile(0.9).unwrap().unwrap());
    assert!((a - b).abs() < 0.1 * a, "{a} {b}");
    // More buckets than the default limit: the same.
    let wide = vec![1.0; 30_000];
    let h = Histogram::exponential(10, 0.0, 0.0, ExponentialBuckets { offset: -15_000, counts: &wide }, NONE)
        .unwrap();
    assert_eq!((h.scale(), h.count()), (Some(9), 30_000.0));
    let classic =
        Histogram::classic((1..=1000).map(|i| (f64::from(i), f64::from(i))).chain([(f64::INFINITY, 1000.0)]));
    let joined = classic.unwrap().reduced_to(64).unwrap();
    assert_eq!((joined.buckets().len(), joined.count()), (63, 1000.0));
}

#[test]
fn different_bounds_meet_at_common_ones() {
    let a = Histogram::classic([(1.0, 1.0), (2.0, 3.0), (4.0, 6.0), (f64::INFINITY, 7.0)]).unwrap();
    let b = Histogram::classic([(2.0, 10.0), (3.0, 20.0), (4.0, 30.0), (f64::INFINITY, 40.0)]).unwrap();
    let both = a.merge(&b);
    assert_eq!(both.count(), 47.0);
    let bounds: Vec<f64> = both.buckets().iter().map(|bucket| bucket.upper).collect();
    assert_eq!(bounds, [2.0, 4.0, f64::INFINITY]);
    assert_eq!(both.buckets()[1].count, 23.0);
    assert_eq!(a.merge(&b), b.merge(&a));
}

#[test]
fn reference_buckets_become_histograms() {
    let buckets = Answer::parse(&captures::reference("prom_range_buckets.json")).unwrap().data.into_series();
    let mut findings = Findings::default();
    let found = classic_histograms(&buckets, &mut findings);
    assert!(findings.is_empty());
    let times: usize = found.iter().map(|one| one.histograms.len()).sum();
    let highest = buckets.iter().filter(|one| one.labels.get("le") == Some("+Inf"));
    assert_eq!(times, highest.clone().map(|one| one.samples.len()).sum::<usize>());
    for (one, highest) in found.iter().zip(highest) {
        let (first, last) = (&one.histograms[0].value, &one.histograms[one.histograms.len() - 1].value);
        let n = highest.samples.len();
        assert_eq!(last.count(), highest.samples[n - 1].value);
        let since = last.increase_since(first);
        assert_eq!(since.count(), highest.samples[n - 1].value - highest.samples[0].value);
        // The other way it is a restart: all of it is new.
        assert_eq!(first.increase_since(last), *first);
    }
}

#[test]
fn buckets_that_are_no_histogram_are_found() {
    let page = concat!(
        "a_bucket{le=\"1\"} 5\na_bucket{le=\"1.0\"} 5\na_bucket{le=\"+Inf\"} 9\na_count 9\n",
        "b_bucket{le=\"1\"} 5\nb_sum 3\n",
        "c_bucket{le=\"x\"} 5\nc_bucket 3\n",
        "d_bucket{le=\"1\"} 5\nd_bucket{le=\"2\"} 4\nd_bucket{le=\"+Inf\"} 5\n",
        "e_sum 4\ne_count 2\nf 3\n",
    );
    let mut findings = Findings::default();
    let series = Exposition::text(page).unwrap().into_series(Timestamp::EPOCH, &mut findings);
    let found = classic_histograms(&series, &mut findings);
    assert_eq!(found.iter().map(|one| one.labels.metric()).collect::<Vec<_>>(), ["a", "d"]);
    assert_eq!(found[0].histograms[0].value.buckets().len(), 2);
    let counts = [FindingKind::Unreadable, FindingKind::BucketsRepaired].map(|kind| findings.count(kind));
    assert_eq!(counts, [2, 1]);
}

#[test]
fn an_increase_is_what_came_in_between() {
    let before = exponential(3, &[1.0, 2.0, -3.0, 0.0]);
    let now = exponential(3, &[1.0, 2.0, -3.0, 0.0, 5.0, 0.0]);
    assert_eq!(now.increase_since(&before).count(), 2.0);
    assert_eq!(before.increase_since(&now), before);
    // A coarser one, and one of another form: at what both have in common.
    assert_eq!(now.increase_since(&exponential(1, &[1.0, 2.0, -3.0, 0.0])).count(), 2.0);
    let explicit = Histogram::between(&[0.0], &[2.0, 2.0]).unwrap();
    assert_eq!(now.increase_since(&explicit).count(), 2.0);
}

proptest! {
    /// The quantile of an exponential histogram lies in the bucket that the value at that rank is in.
    #[test]
    fn quantiles_are_as_exact_as_buckets(scale in -2i32..6, seed: u64, n in 1usize..200, q in 0.0f64..=1.0) {
        let mut generator = Generator::new(seed);
        let mut values: Vec<f64> = (0..n).map(|_| 3.0 * generator.normal()).collect();
        let h = exponential(scale, &values);
        values.sort_unstable_by(f64::total_cmp);
        prop_assert_eq!(h.count(), n as f64);
        let exact = values[((q * n as f64).ceil() as usize).max(1) - 1];
        let got = h.quantile(q).unwrap().unwrap();
        let width = f64::from(-scale).exp2().exp2();
        let (low, high) = (exact.abs() / width, exact.abs() * width);
        prop_assert!(got.signum() == exact.signum() && (low * 0.999..=high * 1.001).contains(&got.abs()), "{} {}", exact, got);
        let share = h.share_below(got).unwrap().unwrap();
        prop_assert!((share - q).abs() < 1.0 / n as f64 + 1e-9);
    }

    /// Merging is adding up the values, whatever the scales.
    #[test]
    fn merging_is_counting_together(a in -2i32..6, b in -2i32..6, seed: u64) {
        let mut generator = Generator::new(seed);
        let values: Vec<f64> = (0..60).map(|_| generator.normal()).collect();
        let merged = exponential(a, &values[..30]).merge(&exponential(b, &values[30..]));
        prop_assert_eq!(merged, exponential(a.min(b), &values));
    }
}
