//! What a metric's name gives away.

use evenkeel_core::MetricKind::{
    self, Availability, Cpu, Disk, Errors, Latency, Memory, Network, Saturation, Traffic,
};

/// The kinds, the one that wins over the others first: `cpu_usage` is about the processor, `failed_requests` about failures,
/// `response_time` about time.
const ORDER: [MetricKind; 9] =
    [Availability, Errors, Cpu, Memory, Latency, Disk, Network, Saturation, Traffic];

/// The words that are known, in order.
const WORDS: [(&str, MetricKind); 118] = [
    ("4xx", Errors),
    ("5xx", Errors),
    ("abort", Errors),
    ("aborted", Errors),
    ("alive", Availability),
    ("availability", Availability),
    ("available", Availability),
    ("backlog", Saturation),
    ("bandwidth", Network),
    ("blkio", Disk),
    ("block", Disk),
    ("calls", Traffic),
    ("conn", Saturation),
    ("connections", Saturation),
    ("cpu", Cpu),
    ("delay", Latency),
    ("descriptors", Saturation),
    ("disk", Disk),
    ("dropped", Errors),
    ("drops", Errors),
    ("duration", Latency),
    ("elapsed", Latency),
    ("err", Errors),
    ("error", Errors),
    ("errors", Errors),
    ("exception", Errors),
    ("exceptions", Errors),
    ("fail", Errors),
    ("failed", Errors),
    ("failure", Errors),
    ("failures", Errors),
    ("fault", Errors),
    ("faults", Errors),
    ("fds", Saturation),
    ("fs", Disk),
    ("full", Saturation),
    ("health", Availability),
    ("healthy", Availability),
    ("heap", Memory),
    ("hits", Traffic),
    ("inflight", Saturation),
    ("io", Disk),
    ("iops", Disk),
    ("lat", Latency),
    ("latencies", Latency),
    ("latency", Latency),
    ("load", Traffic),
    ("lod", Traffic),
    ("mem", Memory),
    ("memory", Memory),
    ("messages", Traffic),
    ("net", Network),
    ("network", Network),
    ("oom", Memory),
    ("p50", Latency),
    ("p75", Latency),
    ("p90", Latency),
    ("p95", Latency),
    ("p99", Latency),
    ("p999", Latency),
    ("packet", Network),
    ("packets", Network),
    ("pending", Saturation),
    ("permits", Saturation),
    ("pool", Saturation),
    ("processor", Cpu),
    ("qps", Traffic),
    ("queue", Saturation),
    ("queued", Saturation),
    ("rate", Traffic),
    ("read", Disk),
    ("reads", Disk),
    ("receive", Network),
    ("refused", Errors),
    ("reject", Errors),
    ("rejected", Errors),
    ("req", Traffic),
    ("request", Traffic),
    ("requests", Traffic),
    ("response", Latency),
    ("retransmits", Errors),
    ("retries", Errors),
    ("rps", Traffic),
    ("rss", Memory),
    ("rtt", Network),
    ("rx", Network),
    ("saturation", Saturation),
    ("slow", Latency),
    ("socket", Network),
    ("sockets", Network),
    ("storage", Disk),
    ("success", Availability),
    ("successes", Availability),
    ("successful", Availability),
    ("swap", Memory),
    ("tcp", Network),
    ("threads", Saturation),
    ("throttled", Cpu),
    ("throttling", Cpu),
    ("throughput", Traffic),
    ("timeout", Errors),
    ("timeouts", Errors),
    ("tps", Traffic),
    ("traffic", Traffic),
    ("transmit", Network),
    ("tx", Network),
    ("udp", Network),
    ("up", Availability),
    ("uptime", Availability),
    ("usage", Saturation),
    ("utilisation", Saturation),
    ("utilization", Saturation),
    ("volume", Disk),
    ("wait", Latency),
    ("waiting", Latency),
    ("workload", Traffic),
    ("write", Disk),
    ("writes", Disk),
];

/// The longest word that is looked up.
const LONGEST: usize = 16;

/// The kind of a metric, guessed from the words of its name; [`MetricKind::Other`] where no word is known.
///
/// A word is a run of letters and digits; it also ends before a capital letter that follows a small one. Case does not matter.
/// These words are known; where a name has words of several kinds the kind that stands first in the table wins:
///
/// | kind | words |
/// | --- | --- |
/// | availability | alive, availability, available, health, healthy, success, successes, successful, up, uptime |
/// | errors | 4xx, 5xx, abort, aborted, dropped, drops, err, error, errors, exception, exceptions, fail, failed, failure, failures, fault, faults, refused, reject, rejected, retransmits, retries, timeout, timeouts |
/// | processor | cpu, processor, throttled, throttling |
/// | memory | heap, mem, memory, oom, rss, swap |
/// | latency | delay, duration, elapsed, lat, latencies, latency, p50, p75, p90, p95, p99, p999, response, slow, wait, waiting |
/// | disk | blkio, block, disk, fs, io, iops, read, reads, storage, volume, write, writes |
/// | network | bandwidth, net, network, packet, packets, receive, rtt, rx, socket, sockets, tcp, transmit, tx, udp |
/// | saturation | backlog, conn, connections, descriptors, fds, full, inflight, pending, permits, pool, queue, queued, saturation, threads, usage, utilisation, utilization |
/// | traffic | calls, hits, load, lod, messages, qps, rate, req, request, requests, rps, throughput, tps, traffic, workload |
///
/// A guess: where the kind is known, say so with [`Metric::kind`](crate::Metric::kind). O(length of the name), no allocation.
///
/// ```
/// use evenkeel_core::MetricKind;
/// use evenkeel_locate::guess_kind;
///
/// assert_eq!(guess_kind("lat_99"), MetricKind::Latency);
/// assert_eq!(guess_kind("http_requests_failed_total"), MetricKind::Errors);
/// assert_eq!(guess_kind("MemoryUtilization"), MetricKind::Memory);
/// assert_eq!(guess_kind("temperature"), MetricKind::Other);
/// ```
#[must_use]
pub fn guess_kind(metric: &str) -> MetricKind {
    let mut best = ORDER.len();
    let mut word = [0_u8; LONGEST];
    let (mut length, mut after_small) = (0, false);
    // One more byte, so that the last word ends too.
    for byte in metric.bytes().chain([b' ']) {
        let ends = !byte.is_ascii_alphanumeric() || (after_small && byte.is_ascii_uppercase());
        if ends {
            // A word that is too long has a length beyond the buffer and is none of the known ones.
            if let Some(word) = word.get(..length) {
                let known = WORDS.binary_search_by(|known| known.0.as_bytes().cmp(word));
                let kind = known.ok().map(|place| WORDS[place].1);
                best = best.min(ORDER.iter().position(|known| Some(*known) == kind).unwrap_or(best));
            }
            length = 0;
        }
        if byte.is_ascii_alphanumeric() {
            if let Some(place) = word.get_mut(length) {
                *place = byte.to_ascii_lowercase();
            }
            length += 1;
        }
        after_small = byte.is_ascii_lowercase();
    }
    ORDER.get(best).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, ORDER, WORDS};

    #[test]
    fn the_table_is_in_order_and_fits() {
        assert!(WORDS.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(WORDS.iter().all(|(word, kind)| word.len() <= LONGEST && ORDER.contains(kind)));
    }
}
