//! Points of OTLP in protobuf.

use crate::error::Error;
use crate::histogram::{ExponentialBuckets, Histogram};
use crate::limits::{Limits, within};
use crate::otlp::messages::{
    Data, ExponentialPoint, HistogramPoint, KeyValue, NumberPoint, RESOURCE_METRICS, ResourceMetrics,
    SummaryPoint, WireBuckets, WireExemplar,
};
use crate::otlp::metrics::{Head, Metrics, Observation, Point, sum_kind};
use crate::otlp::protobuf::{attributes, groups, resource, span_id, time, trace_id};
use crate::sample::SeriesKind;

pub(super) fn read(body: &[u8], limits: &Limits) -> Result<Metrics, Error> {
    let mut metrics = Metrics::default();
    let mut n = 0;
    groups(body, limits, &RESOURCE_METRICS, |group: ResourceMetrics| {
        let resource = resource(group.resource, limits, &mut metrics.findings)?;
        for wire in group.scopes.into_iter().flat_map(|scope| scope.metrics) {
            let kind = match &wire.data {
                None => {
                    metrics.unreadable(&wire.name);
                    continue;
                }
                Some(Data::Gauge(_)) => SeriesKind::Gauge,
                Some(Data::Sum(sum)) => sum_kind(i128::from(sum.temporality), sum.monotonic),
                Some(Data::Histogram(h)) => sum_kind(i128::from(h.temporality), true),
                Some(Data::ExponentialHistogram(h)) => sum_kind(i128::from(h.temporality), true),
                Some(Data::Summary(_)) => SeriesKind::Counter,
            };
            let head = Head { resource: &resource, name: &wire.name, unit: &wire.unit, kind };
            let mut reading = Reading { metrics: &mut metrics, head, limits, n: &mut n };
            match wire.data {
                None => {}
                Some(Data::Gauge(numbers) | Data::Sum(numbers)) => reading.numbers(numbers.points)?,
                Some(Data::Histogram(h)) => reading.explicit(h.points)?,
                Some(Data::ExponentialHistogram(h)) => reading.exponential(h.points)?,
                Some(Data::Summary(summary)) => reading.summaries(summary.points)?,
            }
        }
        Ok(())
    })?;
    Ok(metrics)
}

struct Reading<'a> {
    metrics: &'a mut Metrics,
    head: Head<'a>,
    limits: &'a Limits,
    n: &'a mut usize,
}

/// A whole number or another one.
fn number(float: Option<f64>, whole: Option<i64>) -> Option<f64> {
    float.or(whole.map(|whole| whole as f64))
}

impl Reading<'_> {
    /// What all points have; none if the times are none.
    fn point(
        &mut self,
        wire: Vec<KeyValue>,
        start: u64,
        at: u64,
        flags: u32,
    ) -> Result<Option<Point>, Error> {
        *self.n += 1;
        self.limits.check_points(*self.n)?;
        let attributes = attributes(wire, self.limits, &mut self.metrics.findings)?;
        match (time(start), time(at)) {
            (Ok(start), Ok(time)) => Ok(Some(Point { attributes, start, time, no_value: flags & 1 == 1 })),
            _ => {
                self.metrics.unreadable(self.head.name);
                Ok(None)
            }
        }
    }

    fn exemplars(&mut self, point: &Point, exemplars: Vec<WireExemplar>) -> Result<(), Error> {
        *self.n += exemplars.len();
        self.limits.check_points(*self.n)?;
        for wire in exemplars {
            let filtered = attributes(wire.filtered_attributes, self.limits, &mut self.metrics.findings)?;
            let ids = trace_id(&wire.trace_id).and_then(|trace| Ok((trace, span_id(&wire.span_id)?)));
            let observation = match (ids, time(wire.time), number(wire.float, wire.whole)) {
                (Ok((trace, span)), Ok(time), Some(value)) => {
                    Some(Observation { attributes: filtered, trace, span, time, value })
                }
                _ => None,
            };
            self.metrics.add_exemplar(&self.head, point, observation);
        }
        Ok(())
    }

    fn numbers(&mut self, points: Vec<NumberPoint>) -> Result<(), Error> {
        for wire in points {
            let value = number(wire.float, wire.whole);
            if let Some(point) = self.point(wire.attributes, wire.start, wire.time, wire.flags)? {
                self.metrics.add_number(&self.head, &point, value);
                self.exemplars(&point, wire.exemplars)?;
            }
        }
        Ok(())
    }

    fn explicit(&mut self, points: Vec<HistogramPoint>) -> Result<(), Error> {
        for wire in points {
            within(wire.bucket_counts.len(), self.limits.buckets, "buckets")?;
            let counts: Vec<f64> = match wire.bucket_counts.as_slice() {
                // Without buckets only the count is known.
                [] => vec![wire.count as f64],
                counts => counts.iter().map(|&n| n as f64).collect(),
            };
            let histogram = Histogram::between(&wire.explicit_bounds, &counts)
                .map(|h| h.with_sum(wire.sum).with_count(Some(wire.count as f64)));
            if let Some(point) = self.point(wire.attributes, wire.start, wire.time, wire.flags)? {
                self.metrics.add_histogram(&self.head, &point, histogram);
                self.exemplars(&point, wire.exemplars)?;
            }
        }
        Ok(())
    }

    fn exponential(&mut self, points: Vec<ExponentialPoint>) -> Result<(), Error> {
        for wire in points {
            let side = |buckets: Option<WireBuckets>| -> Result<(i32, Vec<f64>), Error> {
                let WireBuckets { offset, counts } = buckets.unwrap_or_default();
                within(counts.len(), self.limits.buckets, "buckets")?;
                Ok((offset, counts.into_iter().map(|n| n as f64).collect()))
            };
            let ((po, pc), (no, nc)) = (side(wire.positive)?, side(wire.negative)?);
            let positive = ExponentialBuckets { offset: po, counts: &pc };
            let negative = ExponentialBuckets { offset: no, counts: &nc };
            let zero = wire.zero_count as f64;
            let histogram = Histogram::exponential(wire.scale, wire.zero_threshold, zero, positive, negative)
                .map(|h| h.with_sum(wire.sum).with_count(Some(wire.count as f64)));
            if let Some(point) = self.point(wire.attributes, wire.start, wire.time, wire.flags)? {
                self.metrics.add_histogram(&self.head, &point, histogram);
                self.exemplars(&point, wire.exemplars)?;
            }
        }
        Ok(())
    }

    fn summaries(&mut self, points: Vec<SummaryPoint>) -> Result<(), Error> {
        for wire in points {
            within(wire.quantiles.len(), self.limits.buckets, "quantiles")?;
            let quantiles: Vec<_> = wire.quantiles.iter().map(|pair| (pair.quantile, pair.value)).collect();
            if let Some(mut point) = self.point(wire.attributes, wire.start, wire.time, wire.flags)? {
                self.metrics.add_summary(&self.head, &mut point, [wire.count as f64, wire.sum], &quantiles);
            }
        }
        Ok(())
    }
}
