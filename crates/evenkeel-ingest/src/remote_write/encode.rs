//! Writing bodies.

use crate::error::Error;
use crate::remote_write::body::Version;
use crate::remote_write::messages::{self, Label, MetadataV2, TimeSeries, TimeSeriesV2};
use crate::sample::{Series, SeriesKind};
use prost::Message as _;
use std::collections::BTreeMap;

/// A body with the samples of series, compressed. Before, [`merge_series`](crate::merge_series) them: one
/// sample out of order makes a receiver refuse all.
///
/// Times are cut to milliseconds; version 1 has no place for the kind, the unit and start timestamps.
///
/// # Errors
/// [`Error::TooLarge`] beyond the 4 GiB of a snappy block.
pub fn encode(version: Version, series: &[Series]) -> Result<Vec<u8>, Error> {
    let message = match version {
        Version::V1 => {
            messages::Request { timeseries: series.iter().map(of_version_1).collect() }.encode_to_vec()
        }
        Version::V2 => of_version_2(series).encode_to_vec(),
    };
    let too_large = |_| Error::TooLarge { what: "bytes of a snappy block", limit: u32::MAX as usize };
    snap::raw::Encoder::new().compress_vec(&message).map_err(too_large)
}

fn samples(series: &Series) -> Vec<messages::Sample> {
    let millis = |nanos: i64| nanos.div_euclid(1_000_000);
    let one = |sample: &crate::Sample| messages::Sample {
        value: sample.value,
        timestamp: millis(sample.time.as_nanos()),
        start_timestamp: sample.start.map_or(0, |start| millis(start.as_nanos())),
    };
    series.samples.iter().map(one).collect()
}

fn of_version_1(series: &Series) -> TimeSeries {
    let labels = series.labels.iter().map(|(name, value)| Label { name: name.into(), value: value.into() });
    let mut samples = samples(series);
    samples.iter_mut().for_each(|sample| sample.start_timestamp = 0);
    TimeSeries { labels: labels.collect(), samples, ..TimeSeries::default() }
}

fn of_version_2(series: &[Series]) -> messages::RequestV2 {
    let mut numbers: BTreeMap<&str, u32> = BTreeMap::from([("", 0)]);
    let mut symbols = vec![String::new()];
    let mut number = |text| {
        *numbers.entry(text).or_insert_with(|| {
            symbols.push(text.to_owned());
            u32::try_from(symbols.len() - 1).unwrap_or(0)
        })
    };
    let one = |series| {
        let Series { labels, kind, unit, .. }: &_ = series;
        let labels_refs = labels.iter().flat_map(|(name, value)| [name, value]).map(&mut number).collect();
        let kind = match kind {
            SeriesKind::Counter => 1,
            SeriesKind::Gauge | SeriesKind::Delta => 2,
            SeriesKind::Unknown => 0,
        };
        let metadata = Some(MetadataV2 { kind, help_ref: 0, unit_ref: number(unit) });
        TimeSeriesV2 { labels_refs, samples: samples(series), metadata, ..TimeSeriesV2::default() }
    };
    let timeseries = series.iter().map(one).collect();
    messages::RequestV2 { symbols, timeseries }
}
