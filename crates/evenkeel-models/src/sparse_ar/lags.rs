//! Which lags may be used, and sets of them around a season.

/// The longest lag.
pub(super) const LONGEST: usize = 100_000;
/// The most lags.
pub(super) const MOST: usize = 2_000;

/// The candidates around a season: the nearest lags, and multiples of the season with the lags beside them.
pub(crate) fn dense_lags(season: usize) -> Vec<usize> {
    let near = if season > 1 { (season + 2).min(26) } else { 12 };
    (1..=near).chain(multiples(season, 1..=7)).filter(|lag| *lag > 0).collect()
}

/// A first choice of few lags: three nearest, and those around one, two and seven seasons.
pub(crate) fn few_lags(season: usize) -> Vec<usize> {
    (1..=3).chain(multiples(season, [1, 2, 7])).collect()
}

fn multiples(season: usize, times: impl IntoIterator<Item = usize>) -> impl Iterator<Item = usize> {
    times
        .into_iter()
        .filter(move |_| season > 1)
        .flat_map(move |k| (k * season).saturating_sub(1)..=k * season + 1)
}
