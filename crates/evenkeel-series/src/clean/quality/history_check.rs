//! The quality of a finished history.

use super::counter_detection::CounterDetection;
use super::finding::{Defect, Finding};
use super::quality::Quality;
use super::quality_report::QualityReport;
use super::stuck::is_stuck;
use crate::quantile::MAD_TO_SD;
use crate::quantile::for_each_neighborhood;
use crate::quantile::median_of_mut;
use crate::series::Series;
use alloc::vec::Vec;
use core::time::Duration;
use evenkeel_core::{At, Error, Timestamp, gaussian, observed};

/// How many neighbors on each side an outlier is compared with.
const NEIGHBORS: usize = 12;

/// A sample and its place in the input.
#[derive(Debug, Clone, Copy)]
struct Sample {
    time: Timestamp,
    value: f64,
    index: usize,
}

impl Quality {
    /// Checks samples, in the order in which they came.
    ///
    /// # Errors
    /// If a setting is out of range. No sample is an error.
    pub fn check(&self, samples: &[At<f64>]) -> Result<QualityReport, Error> {
        self.validate()?;
        Ok(check(self, samples))
    }

    /// Checks a series, with its own step unless another was given. Its missing cells are missing values, not
    /// gaps.
    ///
    /// # Errors
    /// If a setting is out of range.
    pub fn check_series(&self, series: &Series) -> Result<QualityReport, Error> {
        let samples: Vec<At<f64>> = series.iter().collect();
        let own = Self { step: self.step.or(Some(series.step())), ..*self };
        own.check(&samples)
    }
}

fn check(settings: &Quality, samples: &[At<f64>]) -> QualityReport {
    let taken = samples.iter().enumerate().map(|(index, x)| Sample {
        time: x.time,
        value: observed(x.value).unwrap_or(f64::NAN),
        index,
    });
    let mut sorted: Vec<Sample> = taken.collect();
    // Samples of the same time are ordered by value, so that findings do not depend on the order of arrival.
    sorted.sort_by(|a, b| a.time.cmp(&b.time).then(a.value.total_cmp(&b.value)));
    let times = distinct(&sorted, |_| true);
    let usable = distinct(&sorted, |x| !x.value.is_nan());
    let median = median_interval(&times);
    let step = settings.step.map(|step| u64::try_from(step.as_nanos()).unwrap_or(u64::MAX)).or(median);

    let mut findings = Vec::new();
    order(settings, samples, step, &mut findings);
    missing(&sorted, &mut findings);
    repeated(&sorted, &mut findings);
    if let Some(step) = step {
        intervals(settings, &times, step, median, &mut findings);
    }
    let counter = settings.counter.unwrap_or_else(|| looks_like_a_counter(&usable));
    if counter {
        resets(&usable, &mut findings);
    } else {
        stuck(settings, &usable, &mut findings);
        outliers(settings, &usable, &mut findings);
    }
    against_the_clock(settings, &sorted, &usable, step, &mut findings);
    findings.sort_by_key(|finding| (finding.from, finding.to, finding.defect.rank(), finding.index));

    let span = sorted.last().map_or(0, |last| last.time.as_nanos().abs_diff(sorted[0].time.as_nanos()));
    let cells = step.map_or(u64::from(!sorted.is_empty()), |step| rounded(span, step).saturating_add(1));
    QualityReport {
        findings,
        samples: samples.len(),
        observed: sorted.iter().filter(|x| !x.value.is_nan()).count(),
        present: usable.len(),
        expected: cells,
        step: median.or(step).map(Duration::from_nanos),
        counter,
    }
}

/// The number of steps in an interval, rounded.
pub(super) fn rounded(interval: u64, step: u64) -> u64 {
    (interval / step).saturating_add(u64::from(interval % step >= step.div_ceil(2)))
}

/// The first sample of each time, among those that pass a filter.
fn distinct(sorted: &[Sample], among: impl Fn(&Sample) -> bool) -> Vec<Sample> {
    let mut kept: Vec<Sample> = Vec::with_capacity(sorted.len());
    for sample in sorted.iter().filter(|x| among(x)) {
        if kept.last().is_none_or(|last| last.time != sample.time) {
            kept.push(*sample);
        }
    }
    kept
}

fn median_interval(times: &[Sample]) -> Option<u64> {
    let mut intervals: Vec<u64> =
        times.windows(2).map(|pair| pair[1].time.as_nanos().abs_diff(pair[0].time.as_nanos())).collect();
    let middle = intervals.len() / 2;
    if intervals.is_empty() {
        return None;
    }
    Some(*intervals.select_nth_unstable(middle).1)
}

fn between(earlier: Timestamp, later: Timestamp) -> Duration {
    later.since(earlier)
}

/// A finding about consecutive samples.
fn of(defect: Defect, samples: &[Sample]) -> Option<Finding> {
    let (first, last) = (samples.first()?, samples.last()?);
    Some(Finding { defect, index: first.index, samples: samples.len(), from: first.time, to: last.time })
}

/// Samples behind the newest: out of order, late, or by a clock that jumped.
fn order(settings: &Quality, samples: &[At<f64>], step: Option<u64>, findings: &mut Vec<Finding>) {
    let late = step.map_or(f64::INFINITY, |step| settings.late * step as f64);
    let Some(mut newest) = samples.first().map(|x| x.time) else { return };
    let mut i = 0;
    while i < samples.len() {
        if samples[i].time >= newest {
            newest = samples[i].time;
            i += 1;
            continue;
        }
        let behind = |x: &At<f64>| x.time < newest;
        let end = i + samples[i..].iter().position(|x| !behind(x)).unwrap_or(samples.len() - i);
        let run = &samples[i..end];
        // So many in order as `patience` asks for: the clock has jumped.
        let mut in_order = 1;
        let mut jumped = None;
        for (k, pair) in run.windows(2).enumerate() {
            in_order = if pair[1].time > pair[0].time { in_order + 1 } else { 1 };
            if in_order >= settings.patience as usize {
                jumped = Some(k + 2 - in_order);
                break;
            }
        }
        let end = jumped.map_or(end, |at| i + at);
        if let Some(by) = samples[i..end].iter().map(|x| between(x.time, newest)).max() {
            let defect =
                if by.as_nanos() as f64 > late { Defect::Late { by } } else { Defect::Disorder { by } };
            findings.push(at_times(defect, i, &samples[i..end]));
        }
        if jumped.is_some() {
            let rest = &samples[end..];
            let length = rest.iter().position(|x| !behind(x)).unwrap_or(rest.len());
            let by = between(samples[end].time, newest);
            findings.push(at_times(Defect::ClockSkew { by }, end, &rest[..length]));
            newest = samples[end].time;
        }
        i = end;
    }
}

/// A finding about samples in the order of arrival.
fn at_times(defect: Defect, index: usize, samples: &[At<f64>]) -> Finding {
    let times = || samples.iter().map(|x| x.time);
    Finding {
        defect,
        index,
        samples: samples.len(),
        from: times().min().unwrap_or_default(),
        to: times().max().unwrap_or_default(),
    }
}

fn missing(sorted: &[Sample], findings: &mut Vec<Finding>) {
    let runs = sorted.chunk_by(|a, b| a.value.is_nan() == b.value.is_nan());
    findings.extend(runs.filter(|run| run[0].value.is_nan()).filter_map(|run| of(Defect::Missing, run)));
}

/// Samples of the same time; those of neighboring times give one finding.
fn repeated(sorted: &[Sample], findings: &mut Vec<Finding>) {
    let mut open: Option<Finding> = None;
    for group in sorted.chunk_by(|a, b| a.time == b.time) {
        // NaN is sorted behind the numbers.
        let usable = &group[..group.iter().position(|x| x.value.is_nan()).unwrap_or(group.len())];
        let (Some(first), Some(last)) = (usable.first(), usable.last()) else { continue };
        if usable.len() < 2 {
            findings.extend(open.take());
            continue;
        }
        let conflict = first.value != last.value;
        let more = usable.len() - 1;
        match &mut open {
            Some(open) if conflict == matches!(open.defect, Defect::Conflict { .. }) => {
                open.samples += more;
                open.to = last.time;
            }
            _ => {
                findings.extend(open.take());
                let defect = if conflict {
                    Defect::Conflict { lowest: first.value, highest: last.value }
                } else {
                    Defect::Duplicate
                };
                open = of(defect, usable).map(|finding| Finding { samples: more, ..finding });
            }
        }
    }
    findings.extend(open);
}

/// Gaps, and changes of the step.
fn intervals(
    settings: &Quality,
    times: &[Sample],
    step: u64,
    median: Option<u64>,
    findings: &mut Vec<Finding>,
) {
    let expected = Duration::from_nanos(step);
    if let Some(found) = median.filter(|median| median.abs_diff(step) as f64 > 0.1 * step as f64) {
        let found = Duration::from_nanos(found);
        findings.extend(of(Defect::Step { expected, found }, times));
        // Every interval would be a gap.
        return;
    }
    let length = |k: usize| times[k + 1].time.as_nanos().abs_diff(times[k].time.as_nanos());
    let is_gap = |k: usize| length(k) as f64 >= settings.gap * step as f64;
    let is_short = |k: usize| (length(k) as f64) < 0.5 * step as f64;
    let n = times.len().saturating_sub(1);
    let mut k = 0;
    while k < n {
        let same = |j: usize| {
            length(j).abs_diff(length(k)) as f64 <= 0.1 * length(k) as f64 && (is_gap(j) || is_short(j))
        };
        let run = (k..n).take_while(|j| same(*j)).count();
        if run >= 2 * settings.patience as usize {
            let found = Duration::from_nanos(length(k));
            findings.extend(of(Defect::Step { expected, found }, &times[k..=k + run]));
            k += run;
            continue;
        }
        if is_gap(k) {
            let missing = rounded(length(k), step).saturating_sub(1).max(1);
            let length = Duration::from_nanos(length(k).saturating_sub(step));
            let gap = of(Defect::Gap { missing, length }, &times[k..=k + 1]);
            findings.extend(gap.map(|gap| Finding { samples: 0, ..gap }));
        }
        k += 1;
    }
}

fn looks_like_a_counter(usable: &[Sample]) -> bool {
    let mut growth = CounterDetection::default();
    let mut before = None;
    for x in usable {
        growth.learn(before.replace(x.value), x.value);
    }
    growth.is_counter()
}

fn resets(usable: &[Sample], findings: &mut Vec<Finding>) {
    let falls = usable.windows(2).filter(|pair| pair[1].value < pair[0].value);
    findings.extend(
        falls.filter_map(|pair| of(Defect::Reset { from: pair[0].value, to: pair[1].value }, &pair[1..])),
    );
}

fn stuck(settings: &Quality, usable: &[Sample], findings: &mut Vec<Finding>) {
    let pairs = usable.len().saturating_sub(1) as u64;
    let equal = usable.windows(2).filter(|pair| pair[0].value == pair[1].value).count() as u64;
    for run in usable.chunk_by(|a, b| a.value == b.value) {
        let inside = run.len() as u64 - 1;
        if is_stuck(run.len() as u64, settings.stuck, equal - inside, pairs - inside) {
            findings.extend(of(Defect::Stuck { value: run[0].value }, run));
        }
    }
}

fn outliers(settings: &Quality, usable: &[Sample], findings: &mut Vec<Finding>) {
    if settings.outlier.is_infinite() || usable.len() < NEIGHBORS {
        return;
    }
    // Scaled so that no deviation can overflow what counts as observed.
    let values: Vec<f64> = usable.iter().map(|x| x.value * 0.25).collect();
    let mut local = Vec::with_capacity(values.len());
    for_each_neighborhood(&values, NEIGHBORS, |_, window| {
        let center = window.median().unwrap_or(0.0);
        local.push((center, window.deviation(center).unwrap_or(0.0)));
    });
    let mut distances: Vec<f64> =
        values.iter().zip(&local).map(|(x, (center, _))| (x - center).abs()).collect();
    let mean = distances.iter().map(|d| d / values.len() as f64).sum::<f64>();
    let mut scale = MAD_TO_SD * median_of_mut(&mut distances).unwrap_or(0.0);
    if scale == 0.0 {
        // The mean distance of normal values in standard deviations.
        scale = mean * 1.253_314_137_315_500_3;
    }
    // What happens to one value in a hundred (three, in a short history) is normal for this source.
    let common = (3.0 / values.len() as f64).clamp(0.01, 0.5);
    let rank = libm::floor((1.0 - common) * (values.len() - 1) as f64) as usize;
    let far = *distances.select_nth_unstable_by(rank, f64::total_cmp).1;
    scale = scale.max(far / -gaussian::lower_quantile(0.5 * common));
    let deviations = |k: usize| {
        let (center, deviation) = local[k];
        let by = (values[k] - center).abs();
        if by == 0.0 { 0.0 } else { by / (MAD_TO_SD * deviation).max(scale) }
    };
    let mut k = 0;
    while k < values.len() {
        let run = (k..values.len()).take_while(|j| deviations(*j) > settings.outlier).count();
        let farthest = (k..k + run).max_by(|a, b| deviations(*a).total_cmp(&deviations(*b)));
        if let Some(j) = farthest {
            let defect = Defect::Outlier {
                value: usable[j].value,
                expected: local[j].0 * 4.0,
                deviations: deviations(j),
            };
            findings.extend(of(defect, &usable[k..k + run]));
        }
        k += run.max(1);
    }
}

fn against_the_clock(
    settings: &Quality,
    sorted: &[Sample],
    usable: &[Sample],
    step: Option<u64>,
    findings: &mut Vec<Finding>,
) {
    let (Some(now), Some(step)) = (settings.now, step) else { return };
    let ahead = &sorted[sorted.partition_point(|x| x.time.since(now).as_nanos() <= u128::from(step))..];
    if let Some(last) = ahead.last() {
        findings.extend(of(Defect::ClockSkew { by: last.time.since(now) }, ahead));
    }
    if let Some(newest) = usable.last() {
        let age = now.since(newest.time);
        if age.as_nanos() as f64 > settings.stale * step as f64 {
            let stale = of(Defect::Stale { age }, core::slice::from_ref(newest));
            findings.extend(stale.map(|stale| Finding { samples: 0, to: now, ..stale }));
        }
    }
}
