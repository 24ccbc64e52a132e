//! What a metric's name gives away.

use evenkeel_core::MetricKind::{
    self, Availability, Cpu, Disk, Errors, Latency, Memory, Network, Saturation, Traffic,
};

/// The words by kind. A kind that stands earlier wins: `cpu_usage` is about the processor, `failed_requests` about failures,
/// `response_time` about time.
const WORDS: [(MetricKind, &[&str]); 9] = [
    (
        Availability,
        &[
            "alive",
            "availability",
            "available",
            "health",
            "healthy",
            "success",
            "successes",
            "successful",
            "up",
            "uptime",
        ],
    ),
    (
        Errors,
        &[
            "4xx",
            "5xx",
            "abort",
            "aborted",
            "dropped",
            "drops",
            "err",
            "error",
            "errors",
            "exception",
            "exceptions",
            "fail",
            "failed",
            "failure",
            "failures",
            "fault",
            "faults",
            "refused",
            "reject",
            "rejected",
            "retransmits",
            "retries",
            "timeout",
            "timeouts",
        ],
    ),
    (Cpu, &["cpu", "processor", "throttled", "throttling"]),
    (Memory, &["heap", "mem", "memory", "oom", "rss", "swap"]),
    (
        Latency,
        &[
            "delay",
            "duration",
            "elapsed",
            "lat",
            "latencies",
            "latency",
            "p50",
            "p75",
            "p90",
            "p95",
            "p99",
            "p999",
            "response",
            "slow",
            "wait",
            "waiting",
        ],
    ),
    (
        Disk,
        &[
            "blkio", "block", "disk", "fs", "io", "iops", "read", "reads", "storage", "volume", "write",
            "writes",
        ],
    ),
    (
        Network,
        &[
            "bandwidth",
            "net",
            "network",
            "packet",
            "packets",
            "receive",
            "rtt",
            "rx",
            "socket",
            "sockets",
            "tcp",
            "transmit",
            "tx",
            "udp",
        ],
    ),
    (
        Saturation,
        &[
            "backlog",
            "conn",
            "connections",
            "descriptors",
            "fds",
            "full",
            "inflight",
            "pending",
            "permits",
            "pool",
            "queue",
            "queued",
            "saturation",
            "threads",
            "usage",
            "utilisation",
            "utilization",
        ],
    ),
    (
        Traffic,
        &[
            "calls",
            "hits",
            "load",
            "lod",
            "messages",
            "qps",
            "rate",
            "req",
            "request",
            "requests",
            "rps",
            "throughput",
            "tps",
            "traffic",
            "workload",
        ],
    ),
];

/// The longest word that is looked up.
const LONGEST: usize = 16;

/// The kind of a metric, guessed from the words of its name; [`MetricKind::Other`] where no word is known.
///
/// A word is a run of letters and digits; it also ends before a capital letter that follows a small one. Case does not matter. These words are
/// known; where a name has words of several kinds the kind that stands first in the table wins:
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
    let mut best = WORDS.len();
    let mut word = [0_u8; LONGEST];
    let (mut length, mut after_small) = (0, false);
    // One more byte, so that the last word ends too.
    for byte in metric.bytes().chain([b' ']) {
        let ends = !byte.is_ascii_alphanumeric() || (after_small && byte.is_ascii_uppercase());
        if ends {
            // A word that is too long has a length beyond the buffer and is none of the known ones.
            if let Some(word) = word.get(..length) {
                best = best.min(WORDS.iter().position(|(_, words)| knows(words, word)).unwrap_or(best));
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
    WORDS.get(best).map_or(MetricKind::Other, |(kind, _)| *kind)
}

fn knows(words: &[&str], word: &[u8]) -> bool {
    words.binary_search_by(|known| known.as_bytes().cmp(word)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, WORDS};

    #[test]
    fn the_table_is_in_order_and_fits() {
        for (kind, words) in WORDS {
            assert!(words.is_sorted(), "{kind:?}");
            assert!(words.iter().all(|word| word.len() <= LONGEST), "{kind:?}");
        }
    }
}
