//! Affiliation: distances between events.

use super::{harmonic, runs, threshold};

/// Precision, recall and their harmonic mean.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Affiliation {
    /// The mean over zones with a prediction; NaN if there is none.
    pub precision: f64,
    /// The mean over all true events.
    pub recall: f64,
    /// The harmonic mean, with 1e-15 in the denominator; NaN without a prediction.
    pub f1: f64,
}

/// How near predictions are to true events, and true events to predictions, each as the probability that a
/// point at random would be farther: A. Huet, J. M. Navarro and D. Rossi, Local evaluation of time series
/// anomaly detection algorithms, KDD 2022, doi:10.1145/3534678.3539339.
///
/// Rows are unit intervals. Each true event owns the zone of what is nearer to it than to any other.
/// *Precision* of a zone: the mean over predicted points x of the probability that a uniform point of the
/// zone is at least as far from the event as x; 1 inside the event. *Recall*: the mean over points y of the
/// event of the probability that a uniform point of the zone is farther from y than the nearest prediction in
/// the zone; 0 if there is none. Both are integrated exactly. `None` without a true event. O(rows).
#[must_use]
pub fn of_prediction(labels: &[bool], predicted: &[bool]) -> Option<Affiliation> {
    let intervals = |rows: &[bool]| -> Vec<(f64, f64)> {
        runs(rows).into_iter().map(|(start, end)| (start as f64, (end + 1) as f64)).collect()
    };
    let (events, said) = (intervals(labels), intervals(predicted));
    let end = labels.len() as f64;
    let (mut precision, mut zones, mut recall) = (0.0, 0.0, 0.0);
    let mut first = 0;
    for (i, event) in events.iter().enumerate() {
        let middle = |a: usize, b: usize| 0.5 * (events[a].1 + events[b].0);
        let zone = (
            if i == 0 { 0.0 } else { middle(i - 1, i) },
            if i + 1 == events.len() { end } else { middle(i, i + 1) },
        );
        first += said[first..].iter().take_while(|(_, to)| *to <= zone.0).count();
        let here: Vec<(f64, f64)> = said[first..]
            .iter()
            .take_while(|(from, _)| *from < zone.1)
            .map(|(from, to)| (from.max(zone.0), to.min(zone.1)))
            .collect();
        if here.is_empty() {
            continue;
        }
        let length: f64 = here.iter().map(|(from, to)| to - from).sum();
        precision += here.iter().map(|piece| nearness(*piece, *event, zone)).sum::<f64>() / length;
        zones += 1.0;
        recall += closeness(&here, *event, zone) / (event.1 - event.0);
    }
    if events.is_empty() {
        return None;
    }
    let (precision, recall) = (precision / zones, recall / events.len() as f64);
    let f1 = if precision.is_nan() { f64::NAN } else { harmonic(precision, recall, 1e-15) };
    Some(Affiliation { precision, recall, f1 })
}

/// The best F over 100 thresholds.
#[must_use]
pub fn best(labels: &[bool], scores: &[f64]) -> Option<f64> {
    threshold::best(scores, |predicted| {
        of_prediction(labels, predicted).map_or(f64::NAN, |affiliation| affiliation.f1)
    })
}

/// The integral over a predicted piece of the probability that a uniform point of the zone is at least as far
/// from the event.
fn nearness(piece: (f64, f64), event: (f64, f64), zone: (f64, f64)) -> f64 {
    let inside = (piece.1.min(event.1) - piece.0.max(event.0)).max(0.0);
    // Distances of the pieces before and after the event.
    let before = (event.0 - piece.1.min(event.0), event.0 - piece.0.min(event.0));
    let after = (piece.0.max(event.1) - event.1, piece.1.max(event.1) - event.1);
    let (left, right) = (event.0 - zone.0, zone.1 - event.1);
    let outside = [before, after].map(|(near, far)| {
        let nearer = (event.1 - event.0) * (far - near) + capped(near, far, left) + capped(near, far, right);
        (far - near) - nearer / (zone.1 - zone.0)
    });
    inside + outside[0] + outside[1]
}

/// The integral of min(d, cap) over d from `near` to `far`.
fn capped(near: f64, far: f64, cap: f64) -> f64 {
    let to = |d: f64| if d < cap { 0.5 * d * d } else { cap * (d - 0.5 * cap) };
    to(far) - to(near)
}

/// The integral over the event of the probability that a uniform point of the zone is farther than the
/// nearest predicted piece.
fn closeness(pieces: &[(f64, f64)], event: (f64, f64), zone: (f64, f64)) -> f64 {
    let width = zone.1 - zone.0;
    let mut sum = 0.0;
    for (i, piece) in pieces.iter().enumerate() {
        // The part of the event that this piece is the nearest to.
        let from = if i == 0 { event.0 } else { event.0.max(0.5 * (pieces[i - 1].1 + piece.0)) };
        let to = if i + 1 == pieces.len() { event.1 } else { event.1.min(0.5 * (piece.1 + pieces[i + 1].0)) };
        if from >= to {
            continue;
        }
        sum += (to.min(piece.1) - from.max(piece.0)).max(0.0);
        // At distance d before the piece a share (d + min(d, to the zone's start)) of the zone is as near;
        // after it likewise.
        let before = (from.min(piece.0), to.min(piece.0));
        sum += reach(piece.0 - before.1, piece.0 - before.0, piece.0 - zone.0, width);
        let after = (from.max(piece.1), to.max(piece.1));
        sum += reach(after.0 - piece.1, after.1 - piece.1, zone.1 - piece.1, width);
    }
    sum
}

/// The integral over d from `near` to `far` of 1 - (d + min(d, side - d)) / width: the ball around a point at
/// distance d from the piece reaches to the piece on one side, on the other to the end of the zone at most,
/// which is `side` from the piece.
fn reach(near: f64, far: f64, side: f64, width: f64) -> f64 {
    // The integral of min(2 d, side).
    let ball = 2.0 * capped(near, far, 0.5 * side);
    (far - near) - ball / width
}
