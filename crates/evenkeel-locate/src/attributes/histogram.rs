//! Clusters of values between the valleys of their histogram.

/// The widest range of values whose density has its peak there, and whose mean size is at least `least`: from the
/// histogram of [`width`] wide bins, smoothed by a moving average of a tenth of the bins that hold something. Gives the least and the largest
/// value of each cluster.
pub(super) fn clusters(values: &[f64], least: f64) -> Vec<(f64, f64)> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let (Some(low), Some(high)) = (sorted.first().copied(), sorted.last().copied()) else {
        return Vec::new();
    };
    let mut edges = edges(&sorted, low, high);
    let last = edges[edges.len() - 1];
    edges.extend((1..6).map(|i| last + 0.1 * f64::from(i)));
    let densities: Vec<f64> = edges
        .windows(2)
        .enumerate()
        .map(|(i, edge)| {
            let is_last = i + 2 == edges.len();
            let below = |x: f64| sorted.partition_point(|value| *value < x);
            let end = if is_last { sorted.len() } else { below(edge[1]) };
            (end - below(edge[0])) as f64 / (edge[1] - edge[0])
        })
        .collect();
    let middles: Vec<f64> = edges.windows(2).map(|edge| 0.5 * (edge[0] + edge[1])).collect();
    let smoothed = smoothed(&densities);
    let n = smoothed.len();
    let (before, after) = (|i: usize| smoothed[(i + n - 1) % n], |i: usize| smoothed[(i + 1) % n]);
    let valleys: Vec<f64> = (0..n)
        .filter(|i| smoothed[*i] <= before(*i) && smoothed[*i] <= after(*i))
        .map(|i| middles[i])
        .collect();
    let peaks =
        (0..n).filter(|i| smoothed[*i] > before(*i) && smoothed[*i] > after(*i) && smoothed[*i] > 0.0);
    peaks
        .filter_map(|i| {
            let place = valleys.partition_point(|valley| *valley < middles[i]);
            let left = place.checked_sub(1).map_or(f64::NEG_INFINITY, |place| valleys[place]);
            let right = valleys.get(place).copied().unwrap_or(f64::INFINITY);
            let members = || sorted.iter().copied().filter(|x| (left..=right).contains(x));
            let count = members().count();
            let size = members().map(f64::abs).sum::<f64>() / count as f64;
            (count > 0 && size >= least).then(|| (members().next(), members().next_back()))
        })
        .filter_map(|(low, high)| Some((low?, high?)))
        .collect()
}

/// The edges of the bins: of the width of Freedman and Diaconis (1981, doi:10.1007/BF01025868), but not below
/// half that of the square root rule, and not above that of Sturges (1926, doi:10.1080/01621459.1926.10502161).
fn edges(sorted: &[f64], low: f64, high: f64) -> Vec<f64> {
    if high <= low {
        return vec![low - 0.5, low + 0.5];
    }
    let n = sorted.len() as f64;
    let quantile = |p: f64| {
        let at = p * (n - 1.0);
        let place = at as usize;
        let next = sorted[(place + 1).min(sorted.len() - 1)];
        sorted[place] + (at - place as f64) * (next - sorted[place])
    };
    let range = high - low;
    let freedman_diaconis = 2.0 * (quantile(0.75) - quantile(0.25)) / libm::cbrt(n);
    let sturges = range / (libm::log2(n) + 1.0);
    let width = freedman_diaconis.max(0.5 * range / libm::sqrt(n)).min(sturges);
    let bins = libm::ceil(range / width).max(1.0);
    (0..=bins as usize).map(|i| if i as f64 == bins { high } else { low + range * i as f64 / bins }).collect()
}

/// The moving average over a tenth of the bins that hold something; the first ones are kept.
fn smoothed(densities: &[f64]) -> Vec<f64> {
    let window = (densities.iter().filter(|density| **density > 0.0).count() / 10).max(1);
    let mut smoothed = densities[..window - 1].to_vec();
    smoothed.extend(densities.windows(window).map(|part| part.iter().sum::<f64>() / window as f64));
    smoothed
}
