//! A packet of a real collectd, against what another reader made of it.

use crate::captures;
use evenkeel_ingest::collectd::packet;
use evenkeel_ingest::{Error, Limits, SeriesKind};
use proptest::prelude::*;

/// The texts between brackets of a line, and the numbers after them.
fn fields(line: &str) -> (Vec<u8>, Vec<u64>, f64) {
    let lists: Vec<&str> = line.split('[').skip(1).map(|part| part.split(']').next().unwrap()).collect();
    let kinds = lists[0].split(", ").map(|kind| kind.parse().unwrap()).collect();
    let hex = |text: &str| u64::from_str_radix(text.trim_matches('\''), 16).unwrap();
    let values = lists[1].split(", ").map(hex).collect();
    let numbers: Vec<&str> = line.rsplit(' ').take(2).collect();
    (kinds, values, numbers[1].parse().unwrap())
}

/// What another reader made of this packet and of its neighbors: what belongs to this one is told by its time.
#[test]
fn captured_packet_is_read() {
    let series = packet(&captures::bytes("collectd/network-packet.bin"), &Limits::default()).unwrap();
    assert!(series.iter().all(|one| one.labels.get("host").is_some()));
    let decoded = captures::text("collectd/decoded.txt");
    let mut compared = 0;
    for line in decoded.lines().filter(|line| line.starts_with('(')) {
        let (kinds, values, time) = fields(line);
        let plugin = line.split('\'').nth(1).unwrap();
        for (i, (kind, value)) in kinds.iter().zip(values).enumerate() {
            let (expected, series_kind) = match kind {
                1 => (f64::from_bits(value.swap_bytes()), SeriesKind::Gauge),
                3 => (value as f64, SeriesKind::Delta),
                _ => (value.cast_signed() as f64, SeriesKind::Counter),
            };
            let same = series.iter().filter(|one| {
                let seconds = one.samples[0].time.as_nanos() as f64 / 1e9;
                one.labels.metric().starts_with(&format!("collectd_{plugin}_"))
                    && one.labels.get("index").unwrap_or("0") == i.to_string()
                    && (seconds - time).abs() < 1e-6
            });
            for one in same {
                let found = one.samples[0].value;
                assert!(expected == found || expected.is_nan() && found.is_nan(), "{line}: {found}");
                assert_eq!(one.kind, series_kind, "{line}");
                compared += 1;
            }
        }
    }
    assert!(compared > 0, "nothing of this packet is decoded");
}

#[test]
fn what_is_no_packet_is_refused() {
    let limits = Limits::default();
    assert_eq!(packet(&[], &limits), Ok(vec![]));
    assert!(matches!(packet(&[0, 0, 0, 3], &limits), Err(Error::Malformed { .. })));
    assert!(matches!(packet(&[0, 0, 0, 9, b'a', 0], &limits), Err(Error::Malformed { .. })));
    assert!(matches!(packet(&[0, 0, 0, 6, b'a', b'b'], &limits), Err(Error::Malformed { .. })));
    assert!(matches!(packet(&[2, 0x10, 0, 4], &limits), Err(Error::Unsupported { .. })));
    // Values before any time.
    let values = [0, 6, 0, 15, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0];
    assert!(matches!(packet(&values, &limits), Err(Error::Malformed { .. })));
}

proptest! {
    #[test]
    fn broken_packets_do_no_harm(cut in 0usize..1340, at in 0usize..1340, byte: u8) {
        let mut body = captures::bytes("collectd/network-packet.bin");
        body.truncate(cut.max(10));
        if let Some(there) = body.get_mut(at) {
            *there = byte;
        }
        let _ = packet(&body, &Limits::default());
    }
}
