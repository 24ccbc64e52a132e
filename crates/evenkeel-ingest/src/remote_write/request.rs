//! A request as it is received.

use crate::error::Error;
use crate::exemplar::{Exemplar, SeriesExemplar};
use crate::exposition::FamilyType;
use crate::finding::{FindingKind, Findings};
use crate::histogram::HistogramSeries;
use crate::labels::Labels;
use crate::limits::{Limits, within};
use crate::remote_write::body::{Version, decompress};
use crate::remote_write::messages;
use crate::remote_write::native;
use crate::sample::{Sample, Series, SeriesKind, is_stale_marker};
use crate::wire::{Fields, Held};
use evenkeel_core::{At, Timestamp};
use prost::Message;
use std::collections::BTreeMap;

/// What a sender knows of a family of metrics.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Metadata {
    /// The name of the family: with `_total` if the program exposed text 0.0.4, without if OpenMetrics.
    pub family: String,
    /// What it is.
    pub kind: FamilyType,
    /// The explanation.
    pub help: String,
    /// The unit.
    pub unit: String,
}

/// How much was written, as a receiver of version 2 has to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Written {
    /// Samples.
    pub samples: usize,
    /// Native histograms.
    pub histograms: usize,
    /// Exemplars.
    pub exemplars: usize,
}

impl Written {
    /// Names and values of the headers of the answer. A receiver that stores less than what was sent sets the
    /// fields to what it stored first.
    #[must_use]
    pub fn headers(&self) -> [(&'static str, String); 3] {
        [
            ("X-Prometheus-Remote-Write-Samples-Written", self.samples.to_string()),
            ("X-Prometheus-Remote-Write-Histograms-Written", self.histograms.to_string()),
            ("X-Prometheus-Remote-Write-Exemplars-Written", self.exemplars.to_string()),
        ]
    }
}

/// A decoded request. Series stand as they were sent: not merged, not sorted.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct WriteRequest {
    /// Series with at least one sample. A native histogram that ended is a stale marker here.
    pub series: Vec<Series>,
    /// Series of native histograms.
    pub histograms: Vec<HistogramSeries>,
    /// Exemplars, whose series need not have a sample.
    pub exemplars: Vec<SeriesExemplar>,
    /// Metadata; in version 2 those of each series by its own name, once for series of one name in a row.
    pub metadata: Vec<Metadata>,
    /// What was wrong with parts that were left out.
    pub findings: Findings,
}

impl WriteRequest {
    /// Decodes a body as received. The decompressed size is checked before memory is taken for it, and so is
    /// the number of parts of every message.
    ///
    /// A series without a name, with a label twice or with a reference to no symbol is left out and reported
    /// as [`FindingKind::Unreadable`]; so is a histogram that contradicts itself.
    ///
    /// # Errors
    /// [`Error::Malformed`] with the offset in the decompressed body, [`Error::TooLarge`].
    pub fn decode(version: Version, body: &[u8], limits: &Limits) -> Result<Self, Error> {
        let body = decompress(body, limits)?;
        Self::decode_message(version, &body, limits)
    }

    /// Decodes a body that is decompressed already, as [`decode`](Self::decode) does.
    ///
    /// # Errors
    /// As those.
    pub fn decode_message(version: Version, message: &[u8], limits: &Limits) -> Result<Self, Error> {
        within(message.len(), limits.decoded, "bytes of a decompressed body")?;
        let mut reading = Reading {
            limits,
            request: Self::default(),
            points: 0,
            symbols: Vec::new(),
            pairs: Vec::new(),
            references: Vec::new(),
        };
        if version == Version::V2 {
            reading.symbols = symbols(message, limits)?;
        }
        let mut fields = Fields::new(message, 0);
        while let Some((number, payload)) = fields.next()? {
            let offset = fields.offset() - payload.len();
            match (version, number) {
                (Version::V1, 1) => reading.series(payload, offset)?,
                (Version::V1, 3) => reading.metadata(payload, offset)?,
                (Version::V2, 5) => reading.series_v2(payload, offset)?,
                _ => {}
            }
        }
        Ok(reading.request)
    }

    /// How much is in it.
    #[must_use]
    pub fn written(&self) -> Written {
        Written {
            samples: self.series.iter().map(|series| series.samples.len()).sum(),
            histograms: self.histograms.iter().map(|series| series.histograms.len()).sum(),
            exemplars: self.exemplars.len(),
        }
    }

    /// The status to answer with once all of it is stored: 204, or 400 if parts were left out, which must not
    /// be sent again either.
    #[must_use]
    pub fn status(&self) -> u16 {
        if self.findings.count(FindingKind::Unreadable) == 0 { 204 } else { 400 }
    }
}

/// Sets kind and unit of series from what is known of their families. Series of which nothing is known stay
/// as they are.
pub fn apply_metadata(metadata: &[Metadata], series: &mut [Series]) {
    let known: BTreeMap<&str, &Metadata> = metadata.iter().map(|one| (one.family.as_str(), one)).collect();
    for one in series {
        let name = one.labels.metric();
        let found = ["", "_total", "_bucket", "_count", "_sum"].into_iter().find_map(|suffix| {
            let family = known.get(name.strip_suffix(suffix)?)?;
            kind_of(family.kind, suffix).map(|kind| (kind, family.unit.clone()))
        });
        if let Some((kind, unit)) = found {
            one.kind = kind;
            one.unit = unit;
        }
    }
}

/// What a sample of a family is, by the ending of its name; `None` if the family has no such samples.
fn kind_of(family: FamilyType, suffix: &str) -> Option<SeriesKind> {
    Some(match (family, suffix) {
        (FamilyType::Counter, "" | "_total") => SeriesKind::Counter,
        (FamilyType::Histogram | FamilyType::Summary, "_count" | "_sum") => SeriesKind::Counter,
        (FamilyType::Histogram, "_bucket") => SeriesKind::Counter,
        (FamilyType::Unknown, "") => SeriesKind::Unknown,
        (FamilyType::Histogram | FamilyType::Counter | FamilyType::Unknown, _) => return None,
        (_, "") => SeriesKind::Gauge,
        _ => return None,
    })
}

fn family_type(number: i32) -> FamilyType {
    match number {
        1 => FamilyType::Counter,
        2 => FamilyType::Gauge,
        3 => FamilyType::Histogram,
        4 => FamilyType::GaugeHistogram,
        5 => FamilyType::Summary,
        6 => FamilyType::Info,
        7 => FamilyType::StateSet,
        _ => FamilyType::Unknown,
    }
}

/// In version 2 a series says its own type; its name tells which part of a family it is.
fn own_kind(family: FamilyType, name: &str) -> SeriesKind {
    let suffix = ["_total", "_bucket", "_count", "_sum"].into_iter().find(|suffix| name.ends_with(suffix));
    let by_suffix = suffix.and_then(|suffix| kind_of(family, suffix));
    by_suffix.or_else(|| kind_of(family, "")).unwrap_or_default()
}

fn symbols<'a>(message: &'a [u8], limits: &Limits) -> Result<Vec<&'a str>, Error> {
    let mut fields = Fields::new(message, 0);
    let mut symbols = Vec::new();
    while let Some((number, payload)) = fields.next()? {
        if number == 4 {
            let offset = fields.offset() - payload.len();
            limits.check_points(symbols.len())?;
            within(payload.len(), limits.line, "bytes of a symbol")?;
            symbols.push(text(payload, offset)?);
        }
    }
    match symbols.first() {
        Some(first) if !first.is_empty() => Err(Error::at(0, 0, "the first symbol must be empty")),
        _ => Ok(symbols),
    }
}

struct Reading<'a> {
    limits: &'a Limits,
    request: WriteRequest,
    points: usize,
    symbols: Vec<&'a str>,
    /// Room that is used again from series to series.
    pairs: Vec<(&'a str, &'a str)>,
    references: Vec<u32>,
}

/// What a series holds beside its labels.
#[derive(Default)]
struct Parts<E> {
    samples: Vec<Sample>,
    histograms: Vec<messages::NativeHistogram>,
    exemplars: Vec<E>,
}

fn text(bytes: &[u8], offset: usize) -> Result<&str, Error> {
    str::from_utf8(bytes).map_err(|_| Error::at(0, offset, "a text is not UTF-8"))
}

/// Field of a message that is written as another type than its number says.
#[cold]
fn mistyped(number: u32, fields: &Fields<'_>) -> Error {
    Error::at(0, fields.offset(), format!("field {number} is of another type"))
}

fn label(message: &[u8], offset: usize) -> Result<(&str, &str), Error> {
    let mut fields = Fields::new(message, offset);
    let mut pair = ("", "");
    while let Some((number, held)) = fields.next_held()? {
        match (number, held) {
            (1, Held::Bytes(bytes)) => pair.0 = text(bytes, fields.offset() - bytes.len())?,
            (2, Held::Bytes(bytes)) => pair.1 = text(bytes, fields.offset() - bytes.len())?,
            (1 | 2, _) => return Err(mistyped(number, &fields)),
            _ => {}
        }
    }
    Ok(pair)
}

fn sample(message: &[u8], offset: usize) -> Result<Sample, Error> {
    let mut fields = Fields::new(message, offset);
    let (mut value, mut millis, mut since) = (0.0, 0, 0);
    while let Some((number, held)) = fields.next_held()? {
        match (number, held) {
            (1, Held::Fixed64(bits)) => value = f64::from_bits(bits),
            (2, Held::Variable(n)) => millis = n.cast_signed(),
            (3, Held::Variable(n)) => since = n.cast_signed(),
            (1..=3, _) => return Err(mistyped(number, &fields)),
            _ => {}
        }
    }
    Ok(Sample::new(Timestamp::from_millis(millis), value).since(start(since)))
}

fn decoded<M: Message + Default>(payload: &[u8], offset: usize) -> Result<M, Error> {
    M::decode(payload).map_err(|why| Error::at(0, offset, why.to_string()))
}

/// Version 2 has 0 for "not known".
fn start(millis: i64) -> Option<Timestamp> {
    (millis != 0).then(|| Timestamp::from_millis(millis))
}

impl<'a> Reading<'a> {
    /// Counts a part before memory is taken for it.
    fn point(&mut self) -> Result<(), Error> {
        self.points += 1;
        self.limits.check_points(self.points)
    }

    /// A native histogram. A message of a few bytes can stand for a hundred in memory.
    fn native(&self, message: &[u8], offset: usize) -> Result<messages::NativeHistogram, Error> {
        let most = self.limits.buckets.saturating_mul(16).saturating_add(4096);
        within(message.len(), most, "bytes of a histogram")?;
        decoded(message, offset)
    }

    fn unreadable(&mut self, subject: &str) {
        self.request.findings.add(FindingKind::Unreadable, subject, 1);
    }

    fn metadata(&mut self, payload: &[u8], offset: usize) -> Result<(), Error> {
        self.points += 1;
        self.limits.check_points(self.points)?;
        let wire: messages::MetricMetadata = decoded(payload, offset)?;
        let messages::MetricMetadata { kind, metric_family_name: family, help, unit } = wire;
        self.request.metadata.push(Metadata { family, kind: family_type(kind), help, unit });
        Ok(())
    }

    fn series(&mut self, message: &'a [u8], offset: usize) -> Result<(), Error> {
        self.point()?;
        self.pairs.clear();
        let mut parts: Parts<messages::Exemplar> = Parts::default();
        let mut fields = Fields::new(message, offset);
        while let Some((number, held)) = fields.next_held()? {
            let (Held::Bytes(inner), 1..=4) = (held, number) else {
                if number <= 4 {
                    return Err(mistyped(number, &fields));
                }
                self.point()?;
                continue;
            };
            let offset = fields.offset() - inner.len();
            match number {
                1 => {
                    within(self.pairs.len() + 1, self.limits.labels, "labels of a series")?;
                    self.pairs.push(label(inner, offset)?);
                    continue;
                }
                2 => parts.samples.push(sample(inner, offset)?),
                3 => {
                    let mut within_it = Fields::new(inner, offset);
                    let mut n = 0;
                    while within_it.next()?.is_some() {
                        n += 1;
                    }
                    within(n, self.limits.labels.saturating_add(2), "labels of an exemplar")?;
                    parts.exemplars.push(decoded(inner, offset)?);
                }
                _ => parts.histograms.push(self.native(inner, offset)?),
            }
            self.point()?;
        }
        let Some(labels) = self.labels() else { return Ok(()) };
        for exemplar in parts.exemplars {
            let pairs = exemplar.labels.into_iter().map(|label| (label.name, label.value));
            let mut pairs: Vec<(String, String)> = pairs.collect();
            self.exemplar(&labels, &mut pairs, exemplar.value, exemplar.timestamp);
        }
        self.add(labels, SeriesKind::Unknown, String::new(), parts.samples, &parts.histograms);
        Ok(())
    }

    fn series_v2(&mut self, message: &'a [u8], offset: usize) -> Result<(), Error> {
        self.point()?;
        self.references.clear();
        // Two references a label, of up to five bytes each.
        let most = self.limits.labels.saturating_mul(10);
        let mut bytes_of_labels = 0;
        let mut parts: Parts<messages::ExemplarV2> = Parts::default();
        let mut metadata: Option<messages::MetadataV2> = None;
        let mut fields = Fields::new(message, offset);
        while let Some((number, held)) = fields.next_held()? {
            match (number, held) {
                (1, Held::Variable(reference)) => {
                    bytes_of_labels += 1;
                    within(bytes_of_labels, most, "bytes of labels")?;
                    // As of any 32-bit field, the upper half is ignored.
                    self.references.push(reference as u32);
                    continue;
                }
                (1, Held::Bytes(packed)) => {
                    bytes_of_labels += packed.len();
                    within(bytes_of_labels, most, "bytes of labels")?;
                    let mut numbers = Fields::new(packed, fields.offset() - packed.len());
                    while let Some(reference) = numbers.packed()? {
                        self.references.push(reference as u32);
                    }
                    continue;
                }
                (2, Held::Bytes(inner)) => parts.samples.push(sample(inner, fields.offset() - inner.len())?),
                (3, Held::Bytes(inner)) => {
                    parts.histograms.push(self.native(inner, fields.offset() - inner.len())?);
                }
                (4, Held::Bytes(inner)) => {
                    within(inner.len(), most.saturating_add(64), "labels of an exemplar")?;
                    parts.exemplars.push(decoded(inner, fields.offset() - inner.len())?);
                }
                (5, Held::Bytes(inner)) => {
                    let offset = fields.offset() - inner.len();
                    let merged = metadata.get_or_insert_default().merge(inner);
                    merged.map_err(|why| Error::at(0, offset, why.to_string()))?;
                }
                (1..=5, _) => return Err(mistyped(number, &fields)),
                _ => {}
            }
            self.point()?;
        }
        within(self.references.len() / 2, self.limits.labels, "labels of a series")?;
        self.pairs.clear();
        if !resolve(&self.symbols, &self.references, &mut self.pairs) {
            self.unreadable("labels_refs");
            return Ok(());
        }
        let Some(labels) = self.labels() else { return Ok(()) };
        for exemplar in parts.exemplars {
            let mut pairs = Vec::new();
            if resolve(&self.symbols, &exemplar.labels_refs, &mut pairs) {
                self.exemplar(&labels, &mut pairs, exemplar.value, exemplar.timestamp);
            } else {
                self.request.findings.add(FindingKind::UnreadableExemplar, labels.metric(), 1);
            }
        }
        let (mut kind, mut unit) = (SeriesKind::Unknown, "");
        if let Some(wire) = metadata {
            let text = |at: u32| usize::try_from(at).ok().and_then(|at| self.symbols.get(at)).copied();
            let family = family_type(wire.kind);
            kind = own_kind(family, labels.metric());
            unit = text(wire.unit_ref).unwrap_or_default();
            self.describe(labels.metric(), family, text(wire.help_ref).unwrap_or_default(), unit);
        }
        self.add(labels, kind, unit.into(), parts.samples, &parts.histograms);
        Ok(())
    }

    /// Keeps what is known of a series, unless that is nothing, or what was said last.
    fn describe(&mut self, family: &str, kind: FamilyType, help: &str, unit: &str) {
        let says_nothing = kind == FamilyType::Unknown && help.is_empty() && unit.is_empty();
        let again = self.request.metadata.last().is_some_and(|last| {
            last.family == family && last.kind == kind && last.help == help && last.unit == unit
        });
        if !says_nothing && !again {
            let metadata = Metadata { family: family.into(), kind, help: help.into(), unit: unit.into() };
            self.request.metadata.push(metadata);
        }
    }

    /// The labels of a series, or none if it is unreadable.
    fn labels(&mut self) -> Option<Labels> {
        let labels = Labels::of(&mut self.pairs).unwrap_or_default();
        if labels.metric().is_empty() {
            self.unreadable("labels");
            return None;
        }
        Some(labels)
    }

    fn exemplar<T: AsRef<str>>(&mut self, series: &Labels, pairs: &mut [(T, T)], value: f64, millis: i64) {
        match Labels::of(pairs) {
            Ok(labels) => {
                let exemplar = Exemplar::new(labels, value, Some(Timestamp::from_millis(millis)));
                self.request.exemplars.push(SeriesExemplar { series: series.clone(), exemplar });
            }
            Err(_) => self.request.findings.add(FindingKind::UnreadableExemplar, series.metric(), 1),
        }
    }

    fn add(
        &mut self,
        labels: Labels,
        kind: SeriesKind,
        unit: String,
        mut samples: Vec<Sample>,
        histograms: &[messages::NativeHistogram],
    ) {
        let mut native = Vec::new();
        for wire in histograms {
            let time = Timestamp::from_millis(wire.timestamp);
            if is_stale_marker(wire.sum) {
                samples.push(Sample::new(time, wire.sum));
                continue;
            }
            match native::histogram(wire, self.limits) {
                Ok(histogram) => native.push(At::new(time, histogram)),
                Err(_) => self.unreadable(labels.metric()),
            }
        }
        if !native.is_empty() {
            self.request.histograms.push(HistogramSeries {
                labels: labels.clone(),
                kind,
                histograms: native,
            });
        }
        if !samples.is_empty() {
            self.request.series.push(Series { labels, kind, unit, samples });
        }
    }
}

/// Adds the labels that references mean; false if one means nothing.
fn resolve<'a>(symbols: &[&'a str], references: &[u32], pairs: &mut Vec<(&'a str, &'a str)>) -> bool {
    let text = |at: u32| symbols.get(usize::try_from(at).ok()?).copied();
    let (both, rest) = references.as_chunks::<2>();
    rest.is_empty()
        && both
            .iter()
            .all(|&[name, value]| text(name).zip(text(value)).map(|pair| pairs.push(pair)).is_some())
}
