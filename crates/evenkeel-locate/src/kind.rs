//! What a metric's name gives away.

use evenkeel_core::{MetricKind, Unit};

/// The roles that a word can play in a name, one bit each.
mod role {
    pub(super) const AVAIL: u64 = 1 << 0;
    pub(super) const AVAILABLE: u64 = 1 << 1;
    pub(super) const BUCKET: u64 = 1 << 2;
    pub(super) const CACHE: u64 = 1 << 3;
    pub(super) const CONN: u64 = 1 << 4;
    pub(super) const COUNT: u64 = 1 << 5;
    pub(super) const CPU: u64 = 1 << 6;
    pub(super) const DEMAND: u64 = 1 << 7;
    pub(super) const DISK: u64 = 1 << 8;
    pub(super) const DONE: u64 = 1 << 9;
    pub(super) const FAIL: u64 = 1 << 10;
    pub(super) const FAULTS: u64 = 1 << 11;
    pub(super) const FILL: u64 = 1 << 12;
    pub(super) const FLIGHT: u64 = 1 << 13;
    pub(super) const GAUGE: u64 = 1 << 14;
    pub(super) const GC: u64 = 1 << 15;
    pub(super) const HIT: u64 = 1 << 16;
    pub(super) const HOST: u64 = 1 << 17;
    pub(super) const LAT: u64 = 1 << 18;
    pub(super) const LOAD: u64 = 1 << 19;
    pub(super) const LOADAVG: u64 = 1 << 20;
    pub(super) const MEM: u64 = 1 << 21;
    pub(super) const META: u64 = 1 << 22;
    pub(super) const MISS: u64 = 1 << 23;
    pub(super) const MOST: u64 = 1 << 24;
    pub(super) const NET: u64 = 1 << 25;
    pub(super) const OOM: u64 = 1 << 26;
    pub(super) const PCTL: u64 = 1 << 27;
    pub(super) const PER: u64 = 1 << 28;
    pub(super) const PERCENT: u64 = 1 << 29;
    pub(super) const QUEUE: u64 = 1 << 30;
    pub(super) const RATE: u64 = 1 << 31;
    pub(super) const RATIO: u64 = 1 << 32;
    pub(super) const READY: u64 = 1 << 33;
    pub(super) const RESOURCE: u64 = 1 << 34;
    pub(super) const RESPONSE: u64 = 1 << 35;
    pub(super) const RW: u64 = 1 << 36;
    pub(super) const SHORT: u64 = 1 << 37;
    pub(super) const SIZE: u64 = 1 << 38;
    pub(super) const SPARE: u64 = 1 << 39;
    pub(super) const STAT: u64 = 1 << 40;
    pub(super) const SUM: u64 = 1 << 41;
    pub(super) const TIME: u64 = 1 << 42;
    pub(super) const TOTAL: u64 = 1 << 43;
    pub(super) const WAIT: u64 = 1 << 44;
    /// A status code of HTTP that tells of a failure: 400 to 599.
    pub(super) const STATUS: u64 = 1 << 50;
    /// The minutes over which Linux averages its load.
    pub(super) const MINUTES: u64 = 1 << 51;
}

use role::*;

/// The words that are known, in order, with their roles.
const WORDS: [(&str, u64); 541] = [
    ("4xx", FAIL),
    ("4xxs", FAIL),
    ("50p", PCTL),
    ("50th", PCTL),
    ("5xx", FAIL),
    ("5xxs", FAIL),
    ("75p", PCTL),
    ("75th", PCTL),
    ("90p", PCTL),
    ("90th", PCTL),
    ("95p", PCTL),
    ("95th", PCTL),
    ("98th", PCTL),
    ("999th", PCTL),
    ("99p", PCTL),
    ("99th", PCTL),
    ("abend", FAIL),
    ("abort", FAIL),
    ("aborted", FAIL),
    ("aborts", FAIL),
    ("accepted", DONE),
    ("accepts", DONE),
    ("acked", DONE),
    ("acknowledged", DONE),
    ("acquire", WAIT),
    ("acquired", WAIT),
    ("acquisition", WAIT),
    ("active", GAUGE),
    ("age", TIME),
    ("alive", AVAIL),
    ("allocated", MEM),
    ("avail", AVAILABLE),
    ("availability", AVAIL),
    ("available", AVAILABLE),
    ("average", HOST | STAT),
    ("avg", HOST | STAT),
    ("backlog", FILL | QUEUE),
    ("backlogs", FILL),
    ("bad", FAIL),
    ("bandwidth", NET),
    ("behind", FILL),
    ("birth", META),
    ("blkio", DISK),
    ("block", RW),
    ("blocked", FILL),
    ("blocks", RW),
    ("boot", META),
    ("bucket", BUCKET),
    ("buckets", BUCKET),
    ("buffer", FILL),
    ("buffers", FILL),
    ("build", META),
    ("busy", GAUGE),
    ("byte", SIZE),
    ("bytes", SIZE),
    ("cache", CACHE),
    ("cacheable", CACHE),
    ("cached", CACHE),
    ("call", DEMAND),
    ("calls", DEMAND),
    ("canceled", FAIL),
    ("cancellations", FAIL),
    ("cancelled", FAIL),
    ("capacity", META),
    ("cfs", CPU),
    ("channels", CONN),
    ("checked", GAUGE),
    ("clients", CONN),
    ("cmds", DEMAND),
    ("command", DEMAND),
    ("commands", DEMAND),
    ("commit", DEMAND),
    ("commits", DEMAND),
    ("completed", DONE),
    ("concurrency", FLIGHT),
    ("concurrent", FLIGHT),
    ("config", META),
    ("configured", META),
    ("confirmed", DONE),
    ("conn", CONN),
    ("connected", GAUGE),
    ("connection", CONN),
    ("connections", CONN),
    ("conns", CONN),
    ("conntrack", NET),
    ("consumed", DONE),
    ("corrupt", FAIL),
    ("corrupted", FAIL),
    ("count", COUNT),
    ("cpu", CPU | HOST),
    ("cpus", CPU),
    ("crash", FAIL),
    ("crashed", FAIL),
    ("crashes", FAIL),
    ("created", META),
    ("curr", GAUGE),
    ("current", GAUGE),
    ("currently", GAUGE),
    ("currestab", CONN),
    ("deadletter", FAIL),
    ("deadlettered", FAIL),
    ("deadlock", FAIL),
    ("deadlocks", FAIL),
    ("delay", LAT),
    ("delays", LAT),
    ("deletes", DEMAND),
    ("delivered", DONE),
    ("denials", FAIL),
    ("denied", FAIL),
    ("depth", FILL),
    ("descriptors", FILL),
    ("desired", META),
    ("discard", FAIL),
    ("discarded", FAIL),
    ("discards", FAIL),
    ("disk", DISK),
    ("diskio", DISK),
    ("disks", DISK),
    ("diskstats", DISK),
    ("dns", NET),
    ("down", FAIL),
    ("drop", FAIL),
    ("dropped", FAIL),
    ("drops", FAIL),
    ("duration", LAT),
    ("durations", LAT),
    ("ebs", DISK),
    ("egress", NET),
    ("elapsed", LAT),
    ("emails", DEMAND),
    ("emitted", DONE),
    ("enqueued", FILL),
    ("epoch", META),
    ("err", FAIL),
    ("error", FAIL),
    ("errors", FAIL),
    ("errs", FAIL),
    ("established", CONN),
    ("event", DEMAND),
    ("events", DEMAND),
    ("evicted", MISS),
    ("eviction", MISS),
    ("evictions", MISS),
    ("exception", FAIL),
    ("exceptions", FAIL),
    ("executed", DONE),
    ("executing", GAUGE),
    ("executor", FILL),
    ("expiration", META),
    ("expiry", META),
    ("fail", FAIL),
    ("failed", FAIL),
    ("failing", FAIL),
    ("fails", FAIL),
    ("failure", FAIL),
    ("failures", FAIL),
    ("fatal", FAIL),
    ("fatals", FAIL),
    ("fault", FAULTS),
    ("faults", FAULTS),
    ("faulty", FAIL),
    ("fd", FILL),
    ("fds", FILL),
    ("fetches", DEMAND),
    ("filesystem", DISK),
    ("filesystems", DISK),
    ("finished", DONE),
    ("flight", FLIGHT),
    ("fraction", RATIO),
    ("free", SPARE),
    ("fs", DISK),
    ("fsync", DISK),
    ("full", FILL),
    ("garbage", GC),
    ("gb", SIZE),
    ("gc", GC),
    ("gets", DEMAND),
    ("gib", SIZE),
    ("goroutines", FILL),
    ("handled", DONE),
    ("handshakes", DEMAND),
    ("headroom", SPARE),
    ("health", AVAIL),
    ("healthcheck", AVAIL),
    ("healthy", AVAIL),
    ("heap", MEM),
    ("held", GAUGE),
    ("hikari", FILL),
    ("hikaricp", FILL),
    ("hit", HIT),
    ("hits", DEMAND),
    ("host", HOST),
    ("http4xx", FAIL),
    ("http5xx", FAIL),
    ("icmp", NET),
    ("idle", SPARE),
    ("in", DONE),
    ("incorrect", FAIL),
    ("inflight", FLIGHT),
    ("info", META),
    ("ingested", DONE),
    ("ingress", NET),
    ("inode", DISK),
    ("inodes", DISK),
    ("instance", HOST),
    ("interface", NET),
    ("interrupted", FAIL),
    ("interval", META),
    ("intervals", META),
    ("invalid", FAIL),
    ("invocation", DEMAND),
    ("invocations", DEMAND),
    ("io", RW),
    ("iops", DISK),
    ("iowait", DISK),
    ("jemalloc", MEM),
    ("jitter", TIME),
    ("job", DEMAND),
    ("jobs", DEMAND),
    ("kb", SIZE),
    ("keyspace", CACHE),
    ("kib", SIZE),
    ("lag", FILL),
    ("lags", FILL),
    ("lat", LAT),
    ("latencies", LAT),
    ("latency", LAT),
    ("lats", LAT),
    ("left", SPARE),
    ("len", SIZE),
    ("length", SIZE),
    ("limit", META | MOST),
    ("limits", META),
    ("lines", DEMAND),
    ("load", LOAD),
    ("load1", LOADAVG),
    ("load15", LOADAVG),
    ("load5", LOADAVG),
    ("loadaverage", LOADAVG),
    ("loadavg", LOADAVG),
    ("lock", FILL),
    ("locks", FILL),
    ("lod", DEMAND),
    ("logins", DEMAND),
    ("loss", FAIL),
    ("lost", FAIL),
    ("lower", STAT),
    ("machine", HOST),
    ("mailbox", FILL),
    ("majflt", FAULTS),
    ("malformed", FAIL),
    ("malloc", MEM),
    ("max", MOST | STAT),
    ("maximum", META),
    ("mb", SIZE),
    ("mean", HOST | STAT),
    ("median", STAT),
    ("mem", MEM),
    ("memory", MEM),
    ("memstats", MEM),
    ("message", DEMAND),
    ("messages", DEMAND),
    ("mib", SIZE),
    ("micros", TIME),
    ("microseconds", TIME),
    ("millis", TIME),
    ("millisecond", TIME),
    ("milliseconds", TIME),
    ("min", STAT),
    ("minflt", FAULTS),
    ("miss", MISS),
    ("missed", MISS),
    ("misses", MISS),
    ("ms", TIME),
    ("msec", TIME),
    ("msecs", TIME),
    ("msg", DEMAND),
    ("msgs", DEMAND),
    ("nanos", TIME),
    ("nanoseconds", TIME),
    ("net", NET),
    ("netdev", NET),
    ("netstat", NET),
    ("network", NET),
    ("networks", NET),
    ("nic", NET),
    ("node", HOST),
    ("nonheap", MEM),
    ("norm", HOST),
    ("notifications", DEMAND),
    ("ns", SHORT),
    ("nsec", TIME),
    ("occupancy", FILL),
    ("oldgen", MEM),
    ("oom", OOM),
    ("oomkill", OOM),
    ("oomkilled", OOM),
    ("open", GAUGE),
    ("opened", GAUGE),
    ("operation", DEMAND),
    ("operations", DEMAND),
    ("ops", DEMAND),
    ("orders", DEMAND),
    ("os", HOST),
    ("out", DONE),
    ("outstanding", FLIGHT),
    ("overflow", FAIL),
    ("overflows", FAIL),
    ("p10", PCTL),
    ("p100", PCTL),
    ("p25", PCTL),
    ("p5", PCTL),
    ("p50", PCTL),
    ("p75", PCTL),
    ("p90", PCTL),
    ("p95", PCTL),
    ("p98", PCTL),
    ("p99", PCTL),
    ("p999", PCTL),
    ("p9999", PCTL),
    ("packet", NET),
    ("packets", NET),
    ("pageviews", DEMAND),
    ("panic", FAIL),
    ("panics", FAIL),
    ("parked", GAUGE),
    ("pause", TIME),
    ("pauses", TIME),
    ("payload", SIZE),
    ("pct", PERCENT),
    ("pending", GAUGE),
    ("per", PER),
    ("percent", PERCENT),
    ("percentage", PERCENT),
    ("percentile", PCTL),
    ("percentiles", PCTL),
    ("permits", FILL),
    ("pgfault", FAULTS),
    ("pgmajfault", FAULTS),
    ("pkts", NET),
    ("poisoned", FAIL),
    ("pool", FILL),
    ("pools", FILL),
    ("pressure", FILL),
    ("processed", DONE),
    ("processing", GAUGE),
    ("processor", CPU),
    ("processors", CPU),
    ("produced", DONE),
    ("progress", FLIGHT),
    ("proportion", RATIO),
    ("pss", MEM),
    ("published", DONE),
    ("publishes", DONE),
    ("puts", DEMAND),
    ("qps", DEMAND),
    ("quantile", PCTL),
    ("quantiles", PCTL),
    ("queries", DEMAND),
    ("query", DEMAND),
    ("queue", FILL | QUEUE),
    ("queued", FILL | QUEUE),
    ("queueing", FILL | QUEUE),
    ("queues", FILL | QUEUE),
    ("quota", META),
    ("quotas", META),
    ("rate", RATE),
    ("rates", RATE),
    ("ratio", RATIO),
    ("read", RW),
    ("reads", RW),
    ("ready", READY),
    ("receive", NET),
    ("received", DONE),
    ("receives", DONE),
    ("records", DEMAND),
    ("refusals", FAIL),
    ("refused", FAIL),
    ("reject", FAIL),
    ("rejected", FAIL),
    ("rejecting", FAIL),
    ("rejections", FAIL),
    ("rejects", FAIL),
    ("remaining", SPARE),
    ("req", DEMAND),
    ("reqs", DEMAND),
    ("request", DEMAND),
    ("requests", DEMAND),
    ("resident", MEM),
    ("resource", RESOURCE),
    ("resources", RESOURCE),
    ("resp", RESPONSE),
    ("response", RESPONSE),
    ("responses", RESPONSE),
    ("restart", FAIL),
    ("restarts", FAIL),
    ("retrans", FAIL),
    ("retransmission", FAIL),
    ("retransmissions", FAIL),
    ("retransmit", FAIL),
    ("retransmits", FAIL),
    ("retransmitted", FAIL),
    ("retranssegs", FAIL),
    ("retried", FAIL),
    ("retries", FAIL),
    ("retry", FAIL),
    ("rollback", FAIL),
    ("rollbacks", FAIL),
    ("roundtrip", TIME),
    ("routed", DONE),
    ("rows", DEMAND),
    ("rpm", DEMAND),
    ("rps", DEMAND),
    ("rq", DEMAND),
    ("rsp", RESPONSE),
    ("rss", MEM),
    ("rtt", NET),
    ("runnable", GAUGE),
    ("running", GAUGE),
    ("rx", NET),
    ("s", SHORT),
    ("samples", DEMAND),
    ("saturation", FILL),
    ("sec", TIME),
    ("second", TIME),
    ("seconds", TIME),
    ("secs", TIME),
    ("semaphore", FILL),
    ("sent", DONE),
    ("served", DONE),
    ("server", HOST),
    ("serving", AVAIL),
    ("session", CONN),
    ("sessions", CONN),
    ("settings", META),
    ("share", RATIO),
    ("shed", FAIL),
    ("shedding", FAIL),
    ("size", SIZE),
    ("sizes", SIZE),
    ("slots", FILL),
    ("slow", LAT),
    ("slowness", LAT),
    ("socket", NET),
    ("sockets", NET),
    ("sockstat", NET),
    ("spans", DEMAND),
    ("spare", SPARE),
    ("stall", LAT),
    ("stalls", LAT),
    ("start", META),
    ("started", DONE),
    ("statements", DEMAND),
    ("stddev", STAT),
    ("stdev", STAT),
    ("storage", DISK),
    ("streams", CONN),
    ("submitted", DONE),
    ("succeeded", AVAIL),
    ("success", AVAIL),
    ("successes", AVAIL),
    ("successful", AVAIL),
    ("sum", SUM),
    ("swap", MEM),
    ("sys", HOST),
    ("system", HOST),
    ("tablespace", DISK),
    ("tasks", DEMAND),
    ("tcp", NET),
    ("thread", FILL),
    ("threadpool", FILL),
    ("threads", FILL),
    ("threshold", META),
    ("thresholds", META),
    ("throttle", FAIL),
    ("throttled", FAIL),
    ("throttles", FAIL),
    ("throttling", FAIL),
    ("throughput", DEMAND),
    ("time", TIME),
    ("timedout", FAIL),
    ("timeout", FAIL),
    ("timeouts", FAIL),
    ("times", TIME),
    ("timestamp", META),
    ("timestamps", META),
    ("took", TIME),
    ("total", TOTAL),
    ("tps", DEMAND),
    ("traffic", DEMAND),
    ("transaction", DEMAND),
    ("transactions", DEMAND),
    ("transmit", NET),
    ("ttfb", LAT),
    ("ttlb", LAT),
    ("tuples", DEMAND),
    ("tx", NET),
    ("txns", DEMAND),
    ("udp", NET),
    ("unacked", GAUGE),
    ("unacknowledged", GAUGE),
    ("unavailable", FAIL),
    ("undelivered", FAIL),
    ("unhealthy", FAIL),
    ("unreachable", FAIL),
    ("unroutable", FAIL),
    ("unused", SPARE),
    ("up", AVAIL),
    ("upper", STAT),
    ("uptime", AVAIL),
    ("us", SHORT),
    ("usage", FILL),
    ("use", FLIGHT),
    ("usec", TIME),
    ("usecs", TIME),
    ("used", GAUGE),
    ("using", GAUGE),
    ("utilisation", FILL),
    ("utilization", FILL),
    ("variables", META),
    ("vcpu", CPU),
    ("version", META),
    ("visible", GAUGE),
    ("visits", DEMAND),
    ("volume", DISK),
    ("volumes", DISK),
    ("vsz", MEM),
    ("wait", LAT | WAIT),
    ("waiters", FILL),
    ("waiting", GAUGE | WAIT),
    ("waits", LAT | WAIT),
    ("wal", DISK),
    ("watermark", FILL),
    ("worker", FILL),
    ("workers", FILL),
    ("workload", DEMAND),
    ("workloads", DEMAND),
    ("write", RW),
    ("writes", RW),
    ("written", RW),
    ("xact", DEMAND),
];

/// The longest word that is looked up.
const LONGEST: usize = 16;

/// The table is searched by halving, so it must be in order.
const _: () = {
    const fn is_before(a: &[u8], b: &[u8]) -> bool {
        let mut i = 0;
        while i < a.len() && i < b.len() {
            if a[i] != b[i] {
                return a[i] < b[i];
            }
            i += 1;
        }
        a.len() < b.len()
    }
    let mut i = 0;
    while i < WORDS.len() {
        assert!(WORDS[i].0.len() <= LONGEST);
        assert!(i == 0 || is_before(WORDS[i - 1].0.as_bytes(), WORDS[i].0.as_bytes()));
        i += 1;
    }
};

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
            // Messages that went through a queue and connections that were accepted are demand; how many there are is not.
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

/// The roles of a word in small letters.
fn lookup(word: &[u8]) -> u64 {
    let find = |word: &[u8]| {
        let place = WORDS.binary_search_by(|known| known.0.as_bytes().cmp(word));
        place.map_or(0, |place| WORDS[place].1)
    };
    let found = find(word);
    if found != 0 {
        return found;
    }
    match word {
        [b'4' | b'5', a, b] if a.is_ascii_digit() && b.is_ascii_digit() => STATUS,
        b"1" | b"5" | b"15" | b"1m" | b"5m" | b"15m" => MINUTES,
        [b'p', digits @ ..] if !digits.is_empty() && digits.iter().all(u8::is_ascii_digit) => PCTL,
        // `cpu0`, `95percentile`.
        _ => {
            let first = word.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(word.len());
            let last = word.iter().rposition(|byte| !byte.is_ascii_digit()).map_or(first, |last| last + 1);
            let letters = &word[first..last];
            if letters.len() < word.len() && letters.len() > 1 { find(letters) } else { 0 }
        }
    }
}

/// The kind of a metric, guessed from the words of its name; [`MetricKind::Other`], which carries blame in both directions, where
/// no word is known or the words leave it open.
///
/// A word is a run of letters and digits; it also ends where a capital letter begins the next one (`memFree`, `CPUUsage`). Case
/// does not matter. The first row of the table that fits decides:
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
/// Demand ([`MetricKind::Traffic`]) carries no blame at all, so it is guessed last, from words that mean nothing else. A rate may be
/// of anything, and a plain `load` is either demand or its effect; both are other.
///
/// A guess: where the kind is known, say so with [`Metric::kind`](crate::Metric::kind). O(length of the name), no allocation.
///
/// The suffixes are those of OpenMetrics 1.0 (`_total`, `_count`, `_sum`, `_bucket`, `_ratio`, `_seconds`, `_bytes`, `_info`), the
/// words those of OpenTelemetry's semantic conventions for metrics and of the exporters of Prometheus.
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

/// Whether it is a time spent waiting for something bounded, a pool or a queue: it is long when that has run dry. B. Gregg, Thinking
/// methodically about performance, Communications of the ACM 56 (2013) 45-51, doi:10.1145/2408776.2408791, counts it as saturation.
pub(crate) fn is_wait_for_resource(metric: &str) -> bool {
    let roles = Roles::of(metric);
    roles.kind() == MetricKind::Latency
        && (roles.has(FILL | CONN) && roles.has(WAIT)
            || roles.has(QUEUE) && (roles.has(LAT) || roles.is_time()))
}

/// Whether it counts requests under way rather than what of something bounded is taken: by Little's law there are more of them when
/// each takes longer, so they tell of slowness.
pub(crate) fn is_in_flight(metric: &str) -> bool {
    let roles = Roles::of(metric);
    roles.has(FLIGHT | GAUGE) && !roles.has(FILL | CONN) && roles.kind() == MetricKind::Saturation
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
