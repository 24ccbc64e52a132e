//! Volumes under surfaces.

use super::{count, runs, share, threshold};

/// The volumes under the surfaces; see [`volumes`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Volumes {
    /// Under the receiver operating characteristic.
    pub roc: f64,
    /// Under precision over recall.
    pub pr: f64,
}

/// The thresholds of TSB-AD.
pub const THRESHOLDS: usize = 250;

/// The mean area under the curves of widened events, over all widenings from 0 to `window` rows: J.
/// Paparrizos et al., Volume under the surface, PVLDB 15 (2022) 2774-2787, doi:10.14778/3551793.3551830, as
/// TSB-AD computes it.
///
/// With a widening w each event is preceded and followed by w / 2 rows (rounded down) whose label at distance
/// d is sqrt(1 - d / w); labels that meet add up to 1 at most. `thresholds` are the scores at evenly spread
/// places of their descending order, cut to whole places; 250 in TSB-AD. True positives are the sum of labels
/// of predicted rows; the positives the mean of their number without widening and the number of events' rows
/// with the widened labels that are predicted; recall is at most 1 and multiplied by the share of widened
/// events (merged where they touch) that were met anywhere.
///
/// `None` where no or every row is labeled. O(n log n + (window + 1) (rows within window / 2 of an event +
/// events + thresholds)): nothing is done anew for all rows.
#[must_use]
pub fn volumes(labels: &[bool], scores: &[f64], window: usize, thresholds: usize) -> Option<Volumes> {
    if labels.len() != scores.len() || thresholds < 2 {
        return None;
    }
    let n = labels.len();
    let mut sorted = scores.to_vec();
    sorted.sort_unstable_by(|a, b| b.total_cmp(a));
    let places = threshold::spread(0.0, n.max(1) as f64 - 1.0, thresholds);
    // Whole places: they are cut, as in NumPy.
    let values: Vec<f64> =
        places.into_iter().map(|place| sorted.get(place as usize).copied().unwrap_or(0.0)).collect();
    let predicted: Vec<f64> =
        values.iter().map(|value| sorted.partition_point(|score| score >= value) as f64).collect();
    let levels = |row: usize| values.partition_point(|value| *value > scores[row]);
    let mut surface = Surface::new(labels, window, thresholds, levels)?;
    let (mut roc, mut pr) = (0.0, 0.0);
    for widening in 0..=window {
        surface.widen(widening);
        let (mut before, mut last) = ((0.0, 0.0), 0.0);
        for (level, predicted) in predicted.iter().enumerate() {
            let point = surface.at(level);
            let wrong = (predicted - point.hits) / (n as f64 - point.positives);
            let recall = (point.hits / point.positives).min(1.0) * point.met;
            roc += (wrong - before.1) * 0.5 * (recall + before.0);
            pr += (recall - before.0) * point.hits / predicted;
            before = (recall, wrong);
            last = recall;
        }
        roc += (1.0 - before.1) * 0.5 * (1.0 + last);
    }
    let count = (window + 1) as f64;
    Some(Volumes { roc: roc / count, pr: pr / count })
}

/// Precision, recall and F1 of a prediction against widened events, each the mean over all widenings from 0
/// to `window`. `None` where no or every row is labeled.
///
/// As in TSB-AD, this is not the point of the surface of [`volumes`] that belongs to the prediction: the
/// share of events that were met is left out, and labels beside events are carried from one widening to the
/// next, to which its own are added, up to 1.
#[must_use]
pub fn of_prediction(labels: &[bool], predicted: &[bool], window: usize) -> Option<[f64; 3]> {
    if labels.len() != predicted.len() {
        return None;
    }
    let said = count(predicted) as f64;
    // What is not predicted never reaches the first of two levels.
    let mut surface = Surface::new(labels, window, 2, |row| usize::from(!predicted[row]))?;
    surface.carries = true;
    let mut sums = [0.0; 3];
    for widening in 0..=window {
        surface.widen(widening);
        let point = surface.at(0);
        let recall = (point.hits / point.positives).min(1.0);
        let precision = share(point.hits, said);
        for (sum, x) in sums.iter_mut().zip([precision, recall, super::harmonic(precision, recall, 0.0)]) {
            *sum += x;
        }
    }
    Some(sums.map(|sum| sum / (window + 1) as f64))
}

/// The rows that matter: events, and what may be widened into.
struct Surface {
    events: Vec<(usize, usize)>,
    positive: f64,
    /// Of the rows beside events, the level from which on each is predicted.
    levels: Vec<usize>,
    /// Their labels at the present widening, and whether those of the last are its start.
    labels: Vec<f64>,
    carries: bool,
    /// Where the neighbors of an event are among them: by distance before and after it; none where it is in
    /// another event or outside.
    before: Vec<Vec<Option<usize>>>,
    after: Vec<Vec<Option<usize>>>,
    /// Of each event, widened as at present, the first level at which it is met.
    met: Vec<usize>,
    reached: usize,
    /// Predicted rows of events by level, cumulated.
    inside: Vec<f64>,
    /// Labels of predicted rows beside events, and the share of widened events that are met, by level,
    /// cumulated.
    beside: Vec<f64>,
    existence: Vec<f64>,
}

struct Point {
    hits: f64,
    positives: f64,
    met: f64,
}

impl Surface {
    /// `level` says from which level on a row is predicted.
    fn new(labels: &[bool], window: usize, levels: usize, level: impl Fn(usize) -> usize) -> Option<Self> {
        let positive = count(labels);
        if positive == 0 || positive == labels.len() {
            return None;
        }
        let (n, half) = (labels.len(), window / 2);
        let events = runs(labels);
        let mut rows: Vec<usize> = Vec::new();
        for (start, end) in &events {
            let around = start.saturating_sub(half)..=(end + half).min(n - 1);
            let from = rows.last().map_or(0, |last| last + 1);
            rows.extend(around.filter(|row| *row >= from && !labels[*row]));
        }
        let place = |row: Option<usize>| row.and_then(|row| rows.binary_search(&row).ok());
        let side = |row: &dyn Fn(usize) -> Option<usize>| (1..=half).map(|d| place(row(d))).collect();
        let before = events.iter().map(|(start, _)| side(&|d| start.checked_sub(d))).collect();
        let after = events.iter().map(|(_, end)| side(&|d| end.checked_add(d))).collect();
        let mut inside = vec![0.0; levels];
        let mut met = vec![levels; events.len()];
        for ((start, end), met) in events.iter().zip(&mut met) {
            for row in *start..=*end {
                let level = level(row);
                *met = level.min(*met);
                inside[level] += 1.0;
            }
        }
        cumulate(&mut inside);
        Some(Self {
            positive: positive as f64,
            levels: rows.iter().map(|row| level(*row)).collect(),
            labels: vec![0.0; rows.len()],
            carries: false,
            events,
            before,
            after,
            met,
            reached: 0,
            inside,
            beside: vec![0.0; levels],
            existence: vec![0.0; levels],
        })
    }

    /// Goes on to the next widening.
    fn widen(&mut self, widening: usize) {
        let half = widening / 2;
        if !self.carries {
            self.labels.fill(0.0);
        }
        let weights: Vec<f64> = (1..=half).map(|d| (1.0 - d as f64 / widening as f64).sqrt()).collect();
        for neighbors in self.before.iter().chain(&self.after) {
            for (place, weight) in neighbors.iter().zip(&weights) {
                if let Some(place) = place {
                    self.labels[*place] += weight;
                }
            }
        }
        self.beside.fill(0.0);
        for (label, level) in self.labels.iter_mut().zip(&self.levels) {
            *label = label.min(1.0);
            self.beside[*level] += *label;
        }
        cumulate(&mut self.beside);

        for d in self.reached..half {
            for (event, met) in self.met.iter_mut().enumerate() {
                for place in [self.before[event][d], self.after[event][d]].into_iter().flatten() {
                    *met = self.levels[place].min(*met);
                }
            }
        }
        self.reached = half;
        self.existence.fill(0.0);
        let mut groups = 0.0;
        let mut first = None;
        for (event, met) in self.met.iter().enumerate() {
            let level = first.map_or(*met, |level: usize| level.min(*met));
            let touches =
                self.events.get(event + 1).is_some_and(|next| self.events[event].1 + 2 * half >= next.0);
            first = touches.then_some(level);
            if !touches {
                groups += 1.0;
                if let Some(count) = self.existence.get_mut(level) {
                    *count += 1.0;
                }
            }
        }
        cumulate(&mut self.existence);
        self.existence.iter_mut().for_each(|count| *count /= groups);
    }

    fn at(&self, level: usize) -> Point {
        let beside = self.beside[level];
        let hits = self.inside[level] + beside;
        let positives = 0.5 * (self.positive + self.positive + beside);
        Point { hits, positives, met: self.existence[level] }
    }
}

fn cumulate(values: &mut [f64]) {
    let mut sum = 0.0;
    for value in values {
        sum += *value;
        *value = sum;
    }
}
