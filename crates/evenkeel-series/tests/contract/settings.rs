//! Settings at the ends of their types: an error or an answer, never a panic, and an error names what the
//! caller set.

use core::time::Duration;
use evenkeel_core::{Error, Fit, Stage};
use evenkeel_series::clean::{Hampel, Interpolation, InterpolationMethod, OutlierRepair};
use evenkeel_series::correlation::{Autocorrelation, cross_correlation};
use evenkeel_series::decompose::Classical;
use evenkeel_series::denoise::{Butterworth, Loess, MedianFilter, SavitzkyGolay};
use evenkeel_series::hypothesis_tests::{
    Adf, ArchTest, DeterministicTerms, Granger, Kpss, Ocsb, PhillipsPerron, Portmanteau, season_strength,
    seasonal_differences_needed,
};
use evenkeel_series::quantile::QuantileSketch;
use evenkeel_series::rolling::{ExpandingMoments, RollingExtremes, TimeExtremes, TimeMoments, TimeQuantile};
use evenkeel_series::segmentation::{
    BinarySegmentation, Cost, FixedNumber, KernelChangePoints, Pelt, SlidingWindow,
};
use evenkeel_series::transform::{BoxCox, Differencing, FourierTerms, QuantileNormalization};
use evenkeel_series::{Mstl, RollingMoments, RollingQuantile, Segmentation, Stl};
use std::panic::{AssertUnwindSafe, catch_unwind};

const SIZES: [usize; 9] =
    [0, 1, 2, 3, usize::MAX / 4, usize::MAX / 2, usize::MAX / 2 + 1, usize::MAX - 1, usize::MAX];

/// Runs a call for each size, and checks the name of the parameter that is refused.
fn check<T>(what: &str, names: &[&str], call: impl Fn(usize) -> Result<T, Error>) {
    for size in SIZES {
        let result = catch_unwind(AssertUnwindSafe(|| call(size).map(drop)));
        let result = result.unwrap_or_else(|_| panic!("{what} panics at {size}"));
        if let Err(Error::Parameter { name, .. }) = &result {
            assert!(names.contains(name), "{what} at {size} says that {name} is wrong: {result:?}");
        }
    }
}

#[test]
fn ends_of_types_are_survived() {
    for n in [0, 1, 5, 60] {
        let y: Vec<f64> = (0..n).map(|t| 10.0 + f64::from(t * 7919 % 13) + f64::from(t % 4)).collect();
        let y = &y[..];
        check("Mstl", &["periods", "period"], |p| Mstl::new([p, 12]).fit(y));
        check("Mstl alone", &["periods", "period"], |p| Mstl::new([p]).fit(y));
        check("Mstl robust", &["periods", "period"], |p| Mstl::new([4, p]).robust().fit(y));
        check("Mstl passes", &["iterate"], |i| {
            Mstl::new([4, 12]).iterate(if i > 3 { i } else { i * 400 }).fit(y)
        });
        check("Mstl of", &["period", "periods"], |p| Mstl::of([Stl::new(p).periodic(), Stl::new(12)]).fit(y));
        check("Stl", &["period"], |p| Stl::new(p).fit(y));
        check("Stl periodic", &["period"], |p| Stl::new(p).periodic().fit(y));
        check("Stl jump", &["jump"], |j| Stl::new(4).periodic_with_jump(j).fit(y));
        check("Stl inner", &["inner"], |i| Stl::new(4).inner(i).fit(y));
        check("Stl outer", &["outer"], |i| Stl::new(4).outer(i).fit(y));
        check("Stl window", &["window"], |w| Stl::new(4).seasonal(Loess::new(w)).fit(y));
        check("Mstl window", &["window"], |w| Mstl::of([Stl::new(4).seasonal(Loess::new(w))]).fit(y));
        check("Mstl long window", &["window"], |w| Mstl::of([Stl::new(4000).seasonal(Loess::new(w))]).fit(y));
        check("Stl trend", &["window"], |w| Stl::new(4).trend(Loess::new(w)).fit(y));
        check("Stl low pass", &["jump"], |j| Stl::new(4).low_pass(Loess::new(5).jump(j)).fit(y));
        check("classical", &["period"], |p| Classical::new(p).fit(y));
        check("Loess", &["window"], |w| Loess::new(w).apply(y));
        check("Loess jump", &["jump"], |j| Loess::new(7).jump(j).apply(y));
        check("Loess degree", &["degree"], |d| Loess::new(7).degree(d).apply(y));
        check("Loess robust", &["iterations"], |i| Loess::new(7).robust(if i > 3 { i } else { 0 }).apply(y));
        check("season strength", &["period"], |p| season_strength(y, p));
        check("seasonal differences", &["period"], |p| seasonal_differences_needed(y, p));
        check("OCSB", &["period"], |p| Ocsb::new(p).statistic(y));
        check("OCSB lags", &["lags"], |l| Ocsb::new(4).lags(l).statistic(y));
        check("ADF", &[], |l| Adf::new(DeterministicTerms::Level).lags(l).test(y));
        check("ADF at most", &[], |l| Adf::new(DeterministicTerms::Trend).at_most(l).test(y));
        check("KPSS", &[], |l| Kpss::level().lags(l).test(y));
        check("PP", &[], |l| PhillipsPerron::level().lags(l).test(y));
        check("Box-Cox", &["period"], |p| BoxCox::guerrero(y, p));
        check("Box-Cox around", &["period"], |p| BoxCox::most_likely_around(y, p));
        check("PELT", &["min size"], |m| Pelt::new(Cost::L2).min_size(m).fit(y));
        check("binary", &["min size"], |m| BinarySegmentation::new(Cost::L2).min_size(m).fit(y));
        check("binary changes", &[], |c| BinarySegmentation::new(Cost::L2).changes(c).fit(y));
        check("fixed", &["changes", "min size"], |c| FixedNumber::new(Cost::L2, c).fit(y));
        check("fixed size", &["min size"], |m| FixedNumber::new(Cost::L2, 2).min_size(m).fit(y));
        check("windows", &["width"], |w| SlidingWindow::new(Cost::L2, w).fit(y));
        check("kernel", &["min size"], |m| KernelChangePoints::new().min_size(m).fit(y));
        check("kernel changes", &["changes"], |c| KernelChangePoints::new().changes(c).fit(y));
        check("kernel both", &["changes", "min size"], |c| {
            KernelChangePoints::new().changes(c).min_size(c).fit(y)
        });
        check("segmentation", &["min size"], |m| Segmentation::new().min_size(m).fit(y));
        check("portmanteau", &["lags", "fitted"], |l| Portmanteau::ljung_box(l).test(y));
        check("portmanteau fitted", &["lags", "fitted"], |l| Portmanteau::box_pierce(3).fitted(l).test(y));
        check("ARCH", &["lags"], |l| ArchTest::new(l).test(y));
        check("Granger", &["lags"], |l| Granger::new(l).f_test(y, y));
        check("ACF", &["lags"], |l| Autocorrelation::of(y, l));
        check("CCF", &["lags"], |l| cross_correlation(y, y, l));
        check("interpolation", &["period"], |p| Interpolation::seasonal(p).apply(y));
        check("interpolation limit", &["limit"], |l| {
            Interpolation::new(InterpolationMethod::Linear).limit(l).apply(y)
        });
        check("outliers", &["period"], |p| OutlierRepair::new().period(p).apply(y));
        check("Hampel", &["half"], |h| Hampel::new(h).apply(y));
        check("median filter", &["half"], |h| MedianFilter::new(h).apply(y));
        check("Savitzky-Golay", &["window", "degree"], |w| SavitzkyGolay::new(w, 2).apply(y));
        check("Savitzky-Golay degree", &["window", "degree"], |d| SavitzkyGolay::new(11, d).apply(y));
        check("Butterworth", &["order"], |o| Butterworth::low_pass(o, 0.1).apply(y));
        check("knots", &["knots"], |k| QuantileNormalization::normal().knots(k).fit(y));
    }
    check("differences", &["order"], Differencing::new);
    check("season of differences", &["period", "seasonal order", "order"], |p| {
        Differencing::new(1).and_then(|d| d.with_season(1, p))
    });
    check("orders of seasons", &["period", "seasonal order", "order"], |o| {
        Differencing::new(1).and_then(|d| d.with_season(o, 4))
    });
    check("sketch", &["bins"], |b| QuantileSketch::with_bins(0.01, b));
    check("Fourier", &["order", "period"], |h| FourierTerms::new([(24.0, h)]));
    let minute = Duration::from_secs(60);
    check("moments", &["window"], |w| RollingMoments::builder(w).build());
    check("moments of few", &["min_periods"], |m| RollingMoments::builder(5).min_periods(m).build());
    check("extremes", &["window"], |w| RollingExtremes::builder(w).build());
    check("quantile", &["window"], |w| RollingQuantile::builder(w).build());
    check("quantile of few", &["min_periods"], |m| RollingQuantile::builder(5).min_periods(m).build());
    check("moments in time", &["capacity"], |c| TimeMoments::builder(minute, c).build());
    check("extremes in time", &["capacity"], |c| TimeExtremes::builder(minute, c).build());
    check("quantile in time", &["capacity"], |c| TimeQuantile::builder(minute, c).build());
    check("moments in time of few", &["min_count"], |m| TimeMoments::builder(minute, 9).min_count(m).build());
    check("expanding", &["min_periods"], |m| ExpandingMoments::new(m as u64));
    check("Hampel filter", &["half"], |h| Hampel::new(h).filter());
    check("Savitzky-Golay filter", &["window", "degree"], |w| SavitzkyGolay::new(w, 2).filter(0));
    check("Savitzky-Golay lag", &["lag"], |l| SavitzkyGolay::new(11, 2).filter(l));
    let mut all = ExpandingMoments::new(u64::MAX).unwrap();
    assert_eq!(all.update(1.0), None);
}
