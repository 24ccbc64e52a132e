//! The JSON of the HTTP interface, version 1.

use crate::decimal;
use crate::error::Error;
use crate::histogram::{Bucket, Histogram, HistogramSeries};
use crate::labels::Labels;
use crate::limits::{Limits, within};
use crate::sample::{Sample, Series, SeriesKind};
use evenkeel_core::{At, Timestamp};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What a query gave.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Data {
    /// One sample a series, at the time of the query.
    Vector(Vec<Series>),
    /// Samples of series over a range of times.
    Matrix(Vec<Series>),
    /// One number.
    Scalar(Sample),
    /// One text.
    String(At<String>),
}

impl Data {
    /// True if there is no series: nothing is known, which is not 0.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Vector(series) | Self::Matrix(series) => series.is_empty(),
            Self::Scalar(_) | Self::String(_) => false,
        }
    }

    /// The series of a vector or of a matrix, and of a scalar one without labels; none of a text.
    #[must_use]
    pub fn into_series(self) -> Vec<Series> {
        match self {
            Self::Vector(series) | Self::Matrix(series) => series,
            Self::Scalar(sample) => {
                let mut series = Series::new(Labels::default(), SeriesKind::Gauge);
                series.samples.push(sample);
                vec![series]
            }
            Self::String(_) => Vec::new(),
        }
    }
}

/// A successful answer to `/api/v1/query` or `/api/v1/query_range`.
///
/// A series of native histograms has no samples here; its histograms stand in
/// [`histograms`](Self::histograms).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Answer {
    /// What the query gave.
    pub data: Data,
    /// The native histograms that it gave.
    pub histograms: Vec<HistogramSeries>,
    /// What the server warns of: the answer may be incomplete.
    pub warnings: Vec<String>,
    /// What the server remarks about the query.
    pub infos: Vec<String>,
}

impl Answer {
    /// Reads an answer with the default [`Limits`].
    ///
    /// # Errors
    /// See [`parse_within`](Self::parse_within).
    pub fn parse(body: &[u8]) -> Result<Self, Error> {
        Self::parse_within(body, &Limits::default())
    }

    /// Reads an answer. O(bytes).
    ///
    /// # Errors
    /// [`Error::Answered`] with what the server has to say if it could not answer, [`Error::Malformed`] for
    /// what is no answer (a page of a proxy, JSON cut short, numbers that are none), [`Error::TooLarge`]
    /// beyond the limits.
    pub fn parse_within(body: &[u8], limits: &Limits) -> Result<Self, Error> {
        limits.check_body(body)?;
        let wire: Wire<'_> = serde_json::from_slice(body).map_err(|why| Error::json(&why))?;
        match (wire.status.as_ref(), wire.data) {
            ("success", Some(data)) => {
                let place = Place { body, raw: data.result.get() };
                let mut histograms = Vec::new();
                let data = read(&data, &place, limits, &mut histograms)?;
                Ok(Self { data, histograms, warnings: wire.warnings, infos: wire.infos })
            }
            ("error", _) => {
                let kind = wire.error_type.unwrap_or_else(|| "an error of unknown type".into());
                Err(Error::Answered { kind, message: wire.error.unwrap_or_default() })
            }
            ("success", None) => Err(Error::at(1, 1, "a success without data")),
            (status, _) => Err(Error::at(1, 1, format!("expected a status, found \"{status}\""))),
        }
    }
}

#[derive(Deserialize)]
struct Wire<'a> {
    #[serde(borrow)]
    status: Cow<'a, str>,
    #[serde(borrow)]
    data: Option<WireData<'a>>,
    #[serde(rename = "errorType")]
    error_type: Option<String>,
    error: Option<String>,
    #[serde(default)]
    warnings: Vec<String>,
    #[serde(default)]
    infos: Vec<String>,
}

#[derive(Deserialize)]
struct WireData<'a> {
    #[serde(rename = "resultType", borrow)]
    result_type: Cow<'a, str>,
    /// Read once its type is known.
    #[serde(borrow)]
    result: &'a RawValue,
}

/// Where a part of a body is, for errors.
struct Place<'a> {
    body: &'a [u8],
    raw: &'a str,
}

impl Place<'_> {
    fn error(&self, why: &serde_json::Error) -> Error {
        // The part is a slice of the body.
        let offset = (self.raw.as_ptr() as usize).saturating_sub(self.body.as_ptr() as usize);
        let before = &self.body[..offset.min(self.body.len())];
        let lines = before.iter().filter(|&&b| b == b'\n').count();
        let column = before.iter().rev().take_while(|&&b| b != b'\n').count();
        match Error::json(why) {
            Error::Malformed { line: 1, column: within, what } => Error::at(lines + 1, column + within, what),
            Error::Malformed { line, column, what } => Error::at(lines + line, column, what),
            other => other,
        }
    }
}

/// A time and a value as text.
#[derive(Deserialize)]
struct WireSample<'a>(f64, #[serde(borrow)] Cow<'a, str>);

#[derive(Deserialize)]
struct WireHistogramAt<'a>(f64, #[serde(borrow)] WireHistogram<'a>);

#[derive(Deserialize)]
struct WireHistogram<'a> {
    #[serde(borrow)]
    count: Cow<'a, str>,
    #[serde(borrow)]
    sum: Cow<'a, str>,
    /// Absent if there are none.
    #[serde(borrow, default)]
    buckets: Vec<WireBucket<'a>>,
}

/// Which bounds belong to it (0: the upper, 1: the lower, 2: none, 3: both), the bounds, the count.
#[derive(Deserialize)]
struct WireBucket<'a>(
    #[expect(dead_code, reason = "interpolation does not depend on which bound is included")] u8,
    #[serde(borrow)] Cow<'a, str>,
    #[serde(borrow)] Cow<'a, str>,
    #[serde(borrow)] Cow<'a, str>,
);

#[derive(Deserialize)]
struct WireSeries<'a> {
    #[serde(borrow)]
    metric: BTreeMap<Cow<'a, str>, Cow<'a, str>>,
    #[serde(borrow)]
    value: Option<WireSample<'a>>,
    #[serde(borrow, default)]
    values: Vec<WireSample<'a>>,
    #[serde(borrow)]
    histogram: Option<WireHistogramAt<'a>>,
    #[serde(borrow, default)]
    histograms: Vec<WireHistogramAt<'a>>,
}

fn read(
    data: &WireData<'_>,
    place: &Place<'_>,
    limits: &Limits,
    histograms: &mut Vec<HistogramSeries>,
) -> Result<Data, Error> {
    let raw = data.result.get();
    match data.result_type.as_ref() {
        kind @ ("vector" | "matrix") => {
            let wire: Vec<WireSeries<'_>> = serde_json::from_str(raw).map_err(|why| place.error(&why))?;
            let mut series = Vec::with_capacity(wire.len());
            let mut points = 0;
            for one in wire {
                let instant = kind == "vector";
                points += one.values.len() + one.histograms.len() + 1;
                limits.check_points(points)?;
                within(one.metric.len(), limits.labels, "labels of a series")?;
                let labels = Labels::new(one.metric.iter())?;
                let fail = |what: &str| Error::at(0, 0, format!("{labels}: {what}"));
                if one.value.is_some() != (instant && one.histogram.is_none()) {
                    return Err(fail("expected a value in a vector, and values in a matrix"));
                }
                let samples = one
                    .value
                    .into_iter()
                    .chain(one.values)
                    .map(|pair| sample(&pair).map_err(|what| fail(&what)));
                let samples: Vec<Sample> = samples.collect::<Result<_, _>>()?;
                let native = one.histogram.into_iter().chain(one.histograms);
                let native: Vec<At<Histogram>> = native
                    .map(|at| histogram(&at, limits).map_err(|what| fail(&what)))
                    .collect::<Result<_, _>>()?;
                if !native.is_empty() {
                    histograms.push(HistogramSeries {
                        labels: labels.clone(),
                        kind: SeriesKind::Unknown,
                        histograms: native,
                    });
                }
                if !samples.is_empty() {
                    let mut kept = Series::new(labels, SeriesKind::Unknown);
                    kept.samples = samples;
                    series.push(kept);
                }
            }
            Ok(if kind == "vector" { Data::Vector(series) } else { Data::Matrix(series) })
        }
        "scalar" => {
            let pair: WireSample<'_> = serde_json::from_str(raw).map_err(|why| place.error(&why))?;
            sample(&pair).map(Data::Scalar).map_err(|what| Error::at(0, 0, what))
        }
        "string" => {
            let pair: WireSample<'_> = serde_json::from_str(raw).map_err(|why| place.error(&why))?;
            let time = time(pair.0).map_err(|what| Error::at(0, 0, what))?;
            Ok(Data::String(At::new(time, pair.1.into_owned())))
        }
        other => Err(Error::Unsupported { what: "type of result", was: other.into() }),
    }
}

fn time(seconds: f64) -> Result<Timestamp, String> {
    decimal::milliseconds_of(seconds).ok_or_else(|| format!("the time {seconds} is out of range"))
}

fn number(text: &str) -> Result<f64, String> {
    decimal::float(text)
        .ok_or_else(|| format!("expected a number, found \"{}\"", text.chars().take(32).collect::<String>()))
}

fn sample(pair: &WireSample<'_>) -> Result<Sample, String> {
    Ok(Sample::new(time(pair.0)?, number(&pair.1)?))
}

fn histogram(at: &WireHistogramAt<'_>, limits: &Limits) -> Result<At<Histogram>, String> {
    let WireHistogram { count, sum, buckets } = &at.1;
    if buckets.len() > limits.buckets {
        return Err(format!("more than {} buckets", limits.buckets));
    }
    let buckets = buckets
        .iter()
        .map(|bucket| Ok(Bucket::new(number(&bucket.1)?, number(&bucket.2)?, number(&bucket.3)?)));
    let buckets: Vec<Bucket> = buckets.collect::<Result<_, String>>()?;
    let histogram = Histogram::explicit(buckets).map_err(|why| why.to_string())?;
    Ok(At::new(time(at.0)?, histogram.with_sum(Some(number(sum)?)).with_count(Some(number(count)?))))
}
