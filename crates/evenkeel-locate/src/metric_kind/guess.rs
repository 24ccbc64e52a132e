//! Classification of metrics by name: kind and unit.

use crate::metric_kind::vocabulary::{LONGEST, lookup, role::*};
use evenkeel_core::{MetricKind, Unit};

/// What the words of a name say together.
#[derive(Debug, Clone, Copy, Default)]
struct Roles {
    all: u64,
    last: u64,
    /// A limit of something that fills up, as in `max_connections`.
    is_limit: bool,
    words: usize,
}

impl Roles {
    fn of(metric: &str) -> Self {
        let mut roles = Self::default();
        let mut word = [0_u8; LONGEST];
        let mut length = 0;
        let bytes = metric.as_bytes();
        let mut negated = false;
        for (i, &byte) in bytes.iter().chain(b" ").enumerate() {
            let after = i.checked_sub(1).and_then(|i| bytes.get(i)).copied().unwrap_or(b' ');
            let next = bytes.get(i + 1).copied().unwrap_or(b' ');
            // `memFree` has two words, and so has `CPUUsage`; `5XX` and `P99` have one.
            let hump = byte.is_ascii_uppercase()
                && (after.is_ascii_lowercase() || after.is_ascii_uppercase() && next.is_ascii_lowercase());
            if (!byte.is_ascii_alphanumeric() || hump) && length > 0 {
                // A word that is too long has a length beyond the buffer and is none of the known ones.
                if let Some(word) = word.get(..length) {
                    let mut found = lookup(word);
                    if negated && found & AVAIL != 0 {
                        found = FAIL;
                    }
                    if roles.last & PER != 0 {
                        // A number of something in so much time, and no time.
                        found &= !TIME;
                    }
                    negated = word == b"un" || word == b"not" || word == b"non";
                    roles.is_limit |= roles.last & MOST != 0 && found & (FILL | CONN | GAUGE) != 0;
                    roles.all |= found;
                    roles.last = found;
                }
                roles.words += 1;
                length = 0;
            }
            if byte.is_ascii_alphanumeric() {
                if let Some(place) = word.get_mut(length) {
                    *place = byte.to_ascii_lowercase();
                }
                length += 1;
            }
        }
        roles
    }

    fn has(self, any: u64) -> bool {
        self.all & any != 0
    }

    /// Whether it is a time: by a word for one, or by a unit.
    fn is_time(self) -> bool {
        self.has(TIME) || self.last & SHORT != 0
    }

    fn kind(self) -> MetricKind {
        use MetricKind::{
            Availability, Cpu, Disk, Errors, Latency, Memory, Network, Other, Saturation, Traffic,
        };
        if self.has(META) && !self.has(FAIL | FAULTS | OOM | LAT | GAUGE) && !self.is_used()
            || self.is_limit
            || self.has(RESOURCE) && self.has(DEMAND)
        {
            // Settings, limits and dates: what changes there is not what goes wrong.
            return Other;
        }
        if self.has(OOM) {
            return Memory;
        }
        if self.has(FAULTS) {
            return if self.has(FAIL | DEMAND | RATE) || self.words == 1 { Errors } else { Memory };
        }
        if self.has(FAIL | STATUS) {
            return if self.has(CPU) { Cpu } else { Errors };
        }
        if self.has(AVAIL) || self.has(READY) && !self.has(FILL | DEMAND) {
            return Availability;
        }
        if self.has(AVAILABLE | SPARE) {
            // More of it is better, unlike of what is used: neither direction is taken for the bad one.
            return match () {
                () if self.has(DISK) => Disk,
                () if self.has(AVAILABLE) && !self.has(CPU | MEM | FILL | CONN | SIZE) => Availability,
                () => Other,
            };
        }
        if self.has(MISS) || self.has(HIT) || self.has(CACHE) && self.has(DEMAND) {
            // A cache that is hit less is no failure, and not less demand.
            return Other;
        }
        let is_average = self.has(HOST | MINUTES) && !self.has(DEMAND);
        if self.has(LOADAVG) || self.has(LOAD) && is_average && !self.is_time() {
            return Cpu;
        }
        if self.has(CPU) {
            return Cpu;
        }
        // A histogram counts what it timed; its buckets tell of demand and of time at once.
        let counts = self.last & COUNT != 0 && (self.has(LAT) || self.is_time());
        if self.last & BUCKET != 0 || counts && self.has(GC | DISK | MEM) {
            return Other;
        }
        if counts {
            return Traffic;
        }
        if self.has(GC) && self.is_time() {
            return Latency;
        }
        if self.has(MEM) {
            return Memory;
        }
        if self.has(LAT) {
            return Latency;
        }
        if self.has(DISK) {
            return Disk;
        }
        if self.is_time() {
            return Latency;
        }
        if self.has(NET) {
            return if self.has(PCTL) { Latency } else { Network };
        }
        if self.has(RW) {
            return Disk;
        }
        if self.has(PCTL) && !self.has(SIZE | FILL | CONN) {
            return Latency;
        }
        if self.has(RESPONSE) && (self.has(STAT) || self.words == 1) && !self.has(SIZE) {
            return Latency;
        }
        let flows = self.has(DONE) || self.last & (TOTAL | RATE) != 0;
        if self.has(FLIGHT) || self.has(GAUGE) && self.has(DEMAND | CONN | FILL) {
            return Saturation;
        }
        if self.has(CONN | FILL) {
            // Messages that went through a queue and connections that were accepted are demand; how many
            // there are is not.
            let demand = flows && (self.has(CONN) || self.has(DEMAND));
            return if demand { Traffic } else { Saturation };
        }
        if self.has(SIZE) {
            return if self.has(DONE) { Network } else { Other };
        }
        if self.has(GAUGE) && !self.has(DONE) {
            return Saturation;
        }
        if self.has(DEMAND | RESPONSE) || self.has(DONE) && self.last & TOTAL != 0 {
            return Traffic;
        }
        Other
    }

    /// Whether it is how much of a limited resource is in use.
    fn is_used(self) -> bool {
        self.has(FILL) && self.has(RATIO | PERCENT)
    }
}

/// The kind of a metric, guessed from the words of its name; [`MetricKind::Other`], which carries blame in
/// both directions, where no word is known or the words leave it open.
///
/// A word is a run of letters and digits; it also ends where a capital letter begins the next one (`memFree`,
/// `CPUUsage`). Case does not matter. The first row of the table that fits decides:
///
/// | kind | names |
/// | --- | --- |
/// | other | settings, limits, dates, builds: `max_connections`, `kube_pod_container_resource_limits`, `process_start_time_seconds` |
/// | memory | killed for want of memory, page faults |
/// | errors | error, exception, failed, rejected, refused, timeout, dropped, shed, throttled, retries, restarts, unhealthy, 5xx, 500 to 599, 400 to 499, … |
/// | availability | up, health, success, ready, available |
/// | other | what is good to have: free, idle, remaining and available memory, connections, processor time; hits and misses of caches |
/// | processor | cpu, load averages (`node_load1`, `system.load.1`), throttling of the processor |
/// | other, traffic | buckets of histograms; counts of what was timed (`http_request_duration_seconds_count`) |
/// | memory | mem, memory, heap, rss, swap, … |
/// | latency | latency, duration, delay, wait, … |
/// | disk | disk, filesystem, volume, inodes, iops, … |
/// | latency | time, seconds, ms, age and other units of time, percentiles of what has no other unit |
/// | network | network, tcp, packets, transmit, receive, … |
/// | saturation | queue, backlog, lag, pool, threads, usage, in flight, in progress, active, pending, connections, sessions, … |
/// | traffic | requests, queries, messages, operations, hits, …, without any of the words above; connections accepted, messages published |
///
/// Demand ([`MetricKind::Traffic`]) carries no blame at all, so it is guessed last, from words that mean
/// nothing else. A rate may be of anything, and a plain `load` is either demand or its effect; both are
/// other.
///
/// A guess: where the kind is known, say so with [`Metric::kind`](crate::Metric::kind). O(length of the
/// name), no allocation.
///
/// The suffixes are those of OpenMetrics 1.0 (`_total`, `_count`, `_sum`, `_bucket`, `_ratio`, `_seconds`,
/// `_bytes`, `_info`), the words those of OpenTelemetry's semantic conventions for metrics and of the
/// exporters of Prometheus.
///
/// ```
/// use evenkeel_core::MetricKind;
/// use evenkeel_locate::guess_kind;
///
/// assert_eq!(guess_kind("lat_99"), MetricKind::Latency);
/// assert_eq!(guess_kind("http_requests_failed_total"), MetricKind::Errors);
/// assert_eq!(guess_kind("http.server.active_requests"), MetricKind::Saturation);
/// assert_eq!(guess_kind("http_requests_total"), MetricKind::Traffic);
/// assert_eq!(guess_kind("MemoryUtilization"), MetricKind::Memory);
/// assert_eq!(guess_kind("temperature"), MetricKind::Other);
/// ```
#[must_use]
pub fn guess_kind(metric: &str) -> MetricKind {
    Roles::of(metric).kind()
}

/// Whether it is a time spent waiting for something bounded, a pool or a queue: it is long when that has run
/// dry. B. Gregg, Thinking methodically about performance, Communications of the ACM 56 (2013) 45-51,
/// doi:10.1145/2408776.2408791, counts it as saturation.
pub(crate) fn is_wait_for_resource(metric: &str) -> bool {
    let roles = Roles::of(metric);
    roles.kind() == MetricKind::Latency
        && (roles.has(FILL | CONN) && roles.has(WAIT)
            || roles.has(QUEUE) && (roles.has(LAT) || roles.is_time()))
}

/// Whether it counts requests under way rather than what of something bounded is taken: by Little's law there
/// are more of them when each takes longer, so they tell of slowness.
pub(crate) fn is_in_flight(metric: &str) -> bool {
    let roles = Roles::of(metric);
    roles.has(FLIGHT | GAUGE) && !roles.has(FILL | CONN) && roles.kind() == MetricKind::Saturation
}

/// Whether it is a time in which a component does nothing else: garbage is collected.
pub(crate) fn is_pause(metric: &str) -> bool {
    let roles = Roles::of(metric);
    roles.has(GC) && (roles.has(LAT) || roles.is_time())
}

/// Whether its first word is one for a machine.
pub(crate) fn is_of_machine(metric: &str) -> bool {
    let bytes = metric.as_bytes();
    let starts = |word: &&str| -> bool {
        let rest = bytes.get(word.len()..).unwrap_or_default();
        let ends = rest.first().is_none_or(|byte| !byte.is_ascii_lowercase() && !byte.is_ascii_digit());
        bytes.len() >= word.len() && bytes[..word.len()].eq_ignore_ascii_case(word.as_bytes()) && ends
    };
    ["node", "host", "machine"].iter().any(starts)
}

/// The unit that a name gives away, and how many of the name's units make one of it: 1000 for milliseconds.
pub(crate) fn guess_unit(metric: &str) -> (Unit, f64) {
    let roles = Roles::of(metric);
    let mut word = metric.rsplit(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let statistic = |word: &&str| lookup(word.to_ascii_lowercase().as_bytes()) & (STAT | PCTL) != 0;
    let last = word.find(|word| !statistic(word)).unwrap_or_default().to_ascii_lowercase();
    match last.as_str() {
        "s" | "sec" | "secs" | "second" | "seconds" => (Unit::Seconds, 1.0),
        "ms" | "msec" | "msecs" | "millis" | "milliseconds" | "millisecond" => (Unit::Seconds, 1e3),
        "us" | "usec" | "usecs" | "micros" | "microseconds" => (Unit::Seconds, 1e6),
        "ns" | "nsec" | "nanos" | "nanoseconds" => (Unit::Seconds, 1e9),
        "percent" | "percentage" | "pct" => (Unit::Ratio, 100.0),
        _ if roles.has(RATIO) => (Unit::Ratio, 1.0),
        _ if metric.ends_with('%') || metric.ends_with("(%)") => (Unit::Ratio, 100.0),
        _ => (Unit::None, 1.0),
    }
}
