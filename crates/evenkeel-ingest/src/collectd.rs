//! Packets of collectd's network plugin.

use crate::error::Error;
use crate::labels::{Labels, METRIC_NAME};
use crate::limits::{Limits, within};
use crate::sample::{Sample, Series, SeriesKind};
use evenkeel_core::Timestamp;

/// The state that parts of a packet set for those that follow.
#[derive(Default)]
struct State<'a> {
    host: &'a str,
    plugin: &'a str,
    plugin_instance: &'a str,
    kind: &'a str,
    type_instance: &'a str,
    time: Option<Timestamp>,
}

/// Reads a packet: one series a value, named `collectd_`, the plugin and the type, with the labels `host`,
/// `plugin_instance`, `type_instance` and, where a type has several values, `index` from 0 on.
///
/// Counters and derivatives (which may go down) count up; absolute values are amounts of their own. Signed
/// packets are read without checking the signature, encrypted ones are refused.
///
/// The format: <https://github.com/collectd/collectd/wiki/Binary-protocol>.
///
/// # Errors
/// [`Error::Malformed`] with the offset for a part that does not fit into the packet or is not of its form,
/// [`Error::Unsupported`] for an encrypted packet, [`Error::TooLarge`].
pub fn packet(bytes: &[u8], limits: &Limits) -> Result<Vec<Series>, Error> {
    limits.check_body(bytes)?;
    let mut state = State::default();
    let mut series = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let offset = bytes.len() - rest.len();
        let fail = |what: &str| Error::at(0, offset, what);
        let (head, after) =
            rest.split_first_chunk::<4>().ok_or_else(|| fail("a part of less than 4 bytes"))?;
        let kind = u16::from_be_bytes([head[0], head[1]]);
        let length = usize::from(u16::from_be_bytes([head[2], head[3]]));
        let body = length.checked_sub(4).and_then(|length| after.split_at_checked(length));
        let (body, next) = body.ok_or_else(|| fail("a part that does not fit"))?;
        rest = next;
        let text = || {
            let text = body.strip_suffix(&[0]).and_then(|text| str::from_utf8(text).ok());
            text.ok_or_else(|| fail("a text without its end, or not UTF-8"))
        };
        let number =
            || body.try_into().map(u64::from_be_bytes).map_err(|_| fail("a number of 8 bytes was expected"));
        match kind {
            0x0000 => state.host = text()?,
            0x0001 => state.time = i64::try_from(number()?).ok().map(Timestamp::from_seconds),
            // Units of 2^-30 seconds.
            0x0008 => {
                let nanos = (u128::from(number()?) * 1_000_000_000) >> 30;
                state.time = i64::try_from(nanos).ok().map(Timestamp::from_nanos);
            }
            0x0002 => state.plugin = text()?,
            0x0003 => state.plugin_instance = text()?,
            0x0004 => state.kind = text()?,
            0x0005 => state.type_instance = text()?,
            0x0006 => {
                values(body, &state, &mut series).ok_or_else(|| fail("values that are not of their form"))?;
                within(series.len(), limits.points, "points")?;
            }
            0x0210 => return Err(Error::Unsupported { what: "packet", was: "encrypted".into() }),
            // Intervals, notifications, signatures.
            _ => {}
        }
    }
    Ok(series)
}

fn values(body: &[u8], state: &State<'_>, series: &mut Vec<Series>) -> Option<()> {
    let (count, rest) = body.split_first_chunk::<2>()?;
    let count = usize::from(u16::from_be_bytes(*count));
    let (kinds, values) = rest.split_at_checked(count)?;
    let (values, left) = values.as_chunks::<8>();
    if values.len() != count || !left.is_empty() {
        return None;
    }
    for (i, (kind, value)) in kinds.iter().zip(values).enumerate() {
        let (kind, value) = match kind {
            0 => (SeriesKind::Counter, u64::from_be_bytes(*value) as f64),
            // The only one with its lowest byte first.
            1 => (SeriesKind::Gauge, f64::from_le_bytes(*value)),
            2 => (SeriesKind::Counter, i64::from_be_bytes(*value) as f64),
            3 => (SeriesKind::Delta, u64::from_be_bytes(*value) as f64),
            _ => return None,
        };
        let name = format!("collectd_{}_{}", state.plugin, state.kind);
        let index = if count > 1 { i.to_string() } else { String::new() };
        let pairs = [
            (METRIC_NAME, name.as_str()),
            ("host", state.host),
            ("plugin_instance", state.plugin_instance),
            ("type_instance", state.type_instance),
            ("index", &index),
        ];
        let mut one = Series::new(Labels::new(pairs).ok()?, kind);
        one.samples.push(Sample::new(state.time?, value));
        series.push(one);
    }
    Some(())
}
