//! Fits of many series at once.

use evenkeel_core::{Error, Fit};

/// Fits an estimator to each of many series. One result a series, in their order: an error on one loses none.
///
/// `progress` is told after each fit how many are finished, in no particular order of the series. With
/// feature `rayon` the fits run on all threads of the current pool, and the results are the same.
///
/// ```
/// use evenkeel_models::SparseAr;
/// use evenkeel_models::fit::fit_all;
///
/// let series = [vec![1.0; 5], (0..100).map(|t| f64::from(t % 7)).collect()];
/// let fitted = fit_all(&SparseAr::new(), &series, |_| ());
/// assert!(fitted[0].is_err() && fitted[1].is_ok());
/// ```
#[cfg(not(feature = "rayon"))]
pub fn fit_all<E, S>(
    estimator: &E,
    series: &[S],
    progress: impl Fn(usize) + Sync,
) -> Vec<Result<E::Fitted, Error>>
where
    E: Fit + Sync,
    E::Fitted: Send,
    S: AsRef<[f64]> + Sync,
{
    let fit = |(i, history): (usize, &S)| {
        let fitted = estimator.fit(history.as_ref());
        progress(i + 1);
        fitted
    };
    series.iter().enumerate().map(fit).collect()
}

/// Fits an estimator to each of many series, on all threads of the current `rayon` pool. One result a series,
/// in their order: an error on one loses none. The same results without feature `rayon`, on one thread.
///
/// `progress` is told after each fit how many are finished, in no particular order of the series.
///
/// ```
/// use evenkeel_models::SparseAr;
/// use evenkeel_models::fit::fit_all;
///
/// let series = [vec![1.0; 5], (0..100).map(|t| f64::from(t % 7)).collect()];
/// let fitted = fit_all(&SparseAr::new(), &series, |_| ());
/// assert!(fitted[0].is_err() && fitted[1].is_ok());
/// ```
#[cfg(feature = "rayon")]
pub fn fit_all<E, S>(
    estimator: &E,
    series: &[S],
    progress: impl Fn(usize) + Sync,
) -> Vec<Result<E::Fitted, Error>>
where
    E: Fit + Sync,
    E::Fitted: Send,
    S: AsRef<[f64]> + Sync,
{
    use rayon::prelude::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    let finished = AtomicUsize::new(0);
    let fit = |history: &S| {
        let fitted = estimator.fit(history.as_ref());
        progress(finished.fetch_add(1, Ordering::Relaxed) + 1);
        fitted
    };
    series.par_iter().map(fit).collect()
}
