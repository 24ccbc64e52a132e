//! Points of OTLP in protobuf.

use crate::error::Error;
use crate::histogram::{ExponentialBuckets, Histogram};
use crate::limits::{Limits, within};
use crate::otlp::metrics::{Head, Metrics, Point, sum_kind};
use crate::otlp::protobuf::{Levels, attributes, groups, resource, time};
use crate::sample::SeriesKind;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::metrics::v1::exponential_histogram_data_point::Buckets;
use opentelemetry_proto::tonic::metrics::v1::{
    ExponentialHistogramDataPoint, HistogramDataPoint, NumberDataPoint, ResourceMetrics, SummaryDataPoint,
    metric::Data, number_data_point::Value,
};

/// Points are field 1 of whatever a metric holds.
const POINTS: Levels = &[&[2], &[2], &[5, 7, 9, 10, 11], &[1]];

pub(super) fn read(body: &[u8], limits: &Limits) -> Result<Metrics, Error> {
    let mut metrics = Metrics::default();
    let mut n = 0;
    groups(body, limits, POINTS, |group: ResourceMetrics| {
        let resource = resource(group.resource, limits, &mut metrics.findings)?;
        for wire in group.scope_metrics.into_iter().flat_map(|scope| scope.metrics) {
            let kind = match &wire.data {
                None => {
                    metrics.unreadable(&wire.name);
                    continue;
                }
                Some(Data::Gauge(_)) => SeriesKind::Gauge,
                Some(Data::Sum(sum)) => sum_kind(i128::from(sum.aggregation_temporality), sum.is_monotonic),
                Some(Data::Histogram(h)) => sum_kind(i128::from(h.aggregation_temporality), true),
                Some(Data::ExponentialHistogram(h)) => sum_kind(i128::from(h.aggregation_temporality), true),
                Some(Data::Summary(_)) => SeriesKind::Counter,
            };
            let head = Head { resource: &resource, name: &wire.name, unit: &wire.unit, kind };
            let mut reading = Reading { metrics: &mut metrics, head, limits, n: &mut n };
            match wire.data {
                None => {}
                Some(Data::Gauge(gauge)) => reading.numbers(gauge.data_points)?,
                Some(Data::Sum(sum)) => reading.numbers(sum.data_points)?,
                Some(Data::Histogram(h)) => reading.explicit(h.data_points)?,
                Some(Data::ExponentialHistogram(h)) => reading.exponential(h.data_points)?,
                Some(Data::Summary(summary)) => reading.summaries(summary.data_points)?,
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

    fn numbers(&mut self, points: Vec<NumberDataPoint>) -> Result<(), Error> {
        for wire in points {
            let value = wire.value.map(|value| match value {
                Value::AsDouble(float) => float,
                Value::AsInt(whole) => whole as f64,
            });
            let point =
                self.point(wire.attributes, wire.start_time_unix_nano, wire.time_unix_nano, wire.flags)?;
            if let Some(point) = point {
                self.metrics.add_number(&self.head, &point, value);
            }
        }
        Ok(())
    }

    fn explicit(&mut self, points: Vec<HistogramDataPoint>) -> Result<(), Error> {
        for wire in points {
            within(wire.bucket_counts.len(), self.limits.buckets, "buckets")?;
            let counts: Vec<f64> = match wire.bucket_counts.as_slice() {
                // Without buckets only the count is known.
                [] => vec![wire.count as f64],
                counts => counts.iter().map(|&n| n as f64).collect(),
            };
            let histogram = Histogram::between(&wire.explicit_bounds, &counts)
                .map(|h| h.with_sum(wire.sum).with_count(Some(wire.count as f64)));
            let point =
                self.point(wire.attributes, wire.start_time_unix_nano, wire.time_unix_nano, wire.flags)?;
            if let Some(point) = point {
                self.metrics.add_histogram(&self.head, &point, histogram);
            }
        }
        Ok(())
    }

    fn exponential(&mut self, points: Vec<ExponentialHistogramDataPoint>) -> Result<(), Error> {
        for wire in points {
            let side = |buckets: Option<Buckets>| -> Result<(i32, Vec<f64>), Error> {
                let Buckets { offset, bucket_counts } = buckets.unwrap_or_default();
                within(bucket_counts.len(), self.limits.buckets, "buckets")?;
                Ok((offset, bucket_counts.into_iter().map(|n| n as f64).collect()))
            };
            let ((po, pc), (no, nc)) = (side(wire.positive)?, side(wire.negative)?);
            let positive = ExponentialBuckets { offset: po, counts: &pc };
            let negative = ExponentialBuckets { offset: no, counts: &nc };
            let zero = wire.zero_count as f64;
            let histogram = Histogram::exponential(wire.scale, wire.zero_threshold, zero, positive, negative)
                .map(|h| h.with_sum(wire.sum).with_count(Some(wire.count as f64)));
            let point =
                self.point(wire.attributes, wire.start_time_unix_nano, wire.time_unix_nano, wire.flags)?;
            if let Some(point) = point {
                self.metrics.add_histogram(&self.head, &point, histogram);
            }
        }
        Ok(())
    }

    fn summaries(&mut self, points: Vec<SummaryDataPoint>) -> Result<(), Error> {
        for wire in points {
            within(wire.quantile_values.len(), self.limits.buckets, "quantiles")?;
            let quantiles: Vec<_> =
                wire.quantile_values.iter().map(|pair| (pair.quantile, pair.value)).collect();
            let point =
                self.point(wire.attributes, wire.start_time_unix_nano, wire.time_unix_nano, wire.flags)?;
            if let Some(mut point) = point {
                self.metrics.add_summary(&self.head, &mut point, [wire.count as f64, wire.sum], &quantiles);
            }
        }
        Ok(())
    }
}
