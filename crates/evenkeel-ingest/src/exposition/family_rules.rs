//! What OpenMetrics 1.0 demands of the samples of a metric, beyond the form of their lines.

use crate::decimal;
use crate::exposition::family::{Family, FamilyType, Point};
use evenkeel_core::Timestamp;

/// What can be said of one point alone.
pub(super) fn check_point(family: &Family, point: &Point, suffix: &str) -> Result<(), String> {
    use FamilyType::{Counter, GaugeHistogram, Histogram, Info, StateSet, Summary};
    let value = point.value;
    let fail = |what: &str| Err(format!("{}: {what}, was {value}", point.labels));
    let counted = matches!(
        (family.kind, suffix),
        (Counter, _)
            | (Histogram, "_bucket" | "_count" | "_created")
            | (Summary, "_count" | "_created" | "_sum")
            | (GaugeHistogram, "_bucket" | "_gcount")
    );
    // A NaN is not at least 0 either; only the sum of what was observed may be one.
    if counted && (value < 0.0 || value.is_nan() && suffix != "_sum") {
        return fail("the value must be at least 0");
    }
    if suffix == "_created" && !value.is_finite() {
        return fail("the time of creation must be finite");
    }
    if point.exemplar.is_some() && !matches!((family.kind, suffix), (Counter, "_total") | (_, "_bucket")) {
        return Err(format!("{}: only counters and buckets have exemplars", point.labels));
    }
    match (family.kind, suffix) {
        (Info, _) if value != 1.0 => fail("the value of an info must be 1"),
        (StateSet, _) if value != 0.0 && value != 1.0 => fail("the value of a state must be 0 or 1"),
        (StateSet, _) if point.labels.get(&family.name).is_none() => {
            Err(format!("{}: the label {} is missing", point.labels, family.name))
        }
        (Histogram | GaugeHistogram, "_bucket") if bound(point).is_none() => {
            Err(format!("{}: the label le must be a number", point.labels))
        }
        (Summary, "") => match point.labels.get("quantile").and_then(decimal::float) {
            Some(q) if !(0.0..=1.0).contains(&q) => {
                Err(format!("{}: the label quantile must be in [0, 1]", point.labels))
            }
            None => Err(format!("{}: the label quantile must be a number", point.labels)),
            Some(_) if value < 0.0 => fail("the value of a quantile must be at least 0"),
            Some(_) => Ok(()),
        },
        _ => Ok(()),
    }
}

fn bound(point: &Point) -> Option<f64> {
    point.labels.get("le").and_then(decimal::float).filter(|le| !le.is_nan())
}

/// The samples of one metric, which stand together.
#[derive(Default)]
pub(super) struct Group {
    /// Its first point.
    pub(super) first: Option<usize>,
    begun: bool,
    time: Option<Timestamp>,
    /// The last bucket: its bound and its count.
    bucket: Option<(f64, f64)>,
    negative: bool,
    sum: bool,
    count: Option<f64>,
}

impl Group {
    /// Takes the next sample.
    pub(super) fn add(&mut self, kind: FamilyType, point: &Point, suffix: &str) -> Result<(), String> {
        let labels = &point.labels;
        if self.time != point.time {
            match (self.time, point.time) {
                (None, Some(_)) if !self.begun => {}
                (Some(before), Some(time)) if before < time => {
                    let first = self.first;
                    core::mem::take(self).finish(kind)?;
                    self.first = first;
                }
                _ => return Err(format!("{labels}: times of one metric must be given for all, and go up")),
            }
            self.time = point.time;
        }
        self.begun = true;
        match suffix {
            "_bucket" => {
                let le = bound(point).unwrap_or(f64::NAN);
                if let Some((before, count)) = self.bucket {
                    if le <= before {
                        return Err(format!("{labels}: the bounds of buckets must go up"));
                    }
                    if point.value < count && kind == FamilyType::Histogram {
                        return Err(format!(
                            "{labels}: the count of a bucket holds those of the buckets before"
                        ));
                    }
                }
                self.negative |= le < 0.0;
                self.bucket = Some((le, point.value));
            }
            "_count" | "_gcount" => self.count = Some(point.value),
            "_sum" | "_gsum" => self.sum = true,
            _ => {}
        }
        Ok(())
    }

    /// Checks that the samples are complete.
    pub(super) fn finish(self, kind: FamilyType) -> Result<(), String> {
        let histogram = matches!(kind, FamilyType::Histogram | FamilyType::GaugeHistogram);
        if !histogram || self.first.is_none() {
            return Ok(());
        }
        let Some((last, total)) = self.bucket else {
            // Only a time of creation, or nothing at all, may stand alone.
            let alone = self.count.is_none() && !self.sum;
            return if alone { Ok(()) } else { Err("a histogram above has no buckets".into()) };
        };
        if last != f64::INFINITY {
            return Err("a histogram above has no bucket +Inf".into());
        }
        if self.count.is_some_and(|count| count != total) {
            return Err("a histogram above has another count than its bucket +Inf".into());
        }
        if kind == FamilyType::Histogram && self.negative && self.sum {
            return Err("a histogram above has negative bounds and a sum".into());
        }
        if self.count.is_some() != self.sum && !self.negative {
            return Err("a histogram above has only one of count and sum".into());
        }
        Ok(())
    }
}
