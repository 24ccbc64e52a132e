//! Whose state a metric tells of.

use crate::metric_kind::guess::{is_in_flight, is_of_machine, is_pause, is_wait_for_resource};
use evenkeel_core::{Direction, MetricKind, Unit};

/// Whether a metric tells of a component's inside, or of what it shows to others.
///
/// A fault changes the inside of the component where it is, and from there what the component shows; others
/// only feel what it shows, and show that in turn. So the component at fault is the one whose internal
/// metrics have changed, and of its metrics the internal one names the cause. That is the component-property
/// model of L. Pham, Graph-free root cause analysis (PRISM), 2026, arXiv:2601.21359.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum MetricScope {
    /// The component's own state: what it uses up by itself.
    Internal,
    /// What it shows to those who call it, and so also what its callees do to it.
    External,
    /// What others ask of it. It carries no blame.
    Demand,
    /// The state of the machine that it runs on, which others may share.
    Machine,
    /// Not known.
    Unknown,
}

/// What is known of a metric of some kind: a row of [`METRIC_TYPES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct MetricType {
    /// The kind.
    pub kind: MetricKind,
    /// Whose state it tells of.
    pub scope: MetricScope,
    /// The direction that is bad; `None` where neither is by itself.
    pub bad: Option<Direction>,
    /// The unit that it is kept in.
    pub unit: Unit,
    /// Names that show what is meant.
    pub examples: &'static [&'static str],
}

const fn row(
    kind: MetricKind,
    scope: MetricScope,
    bad: Option<Direction>,
    unit: Unit,
    examples: &'static [&'static str],
) -> MetricType {
    MetricType { kind, scope, bad, unit, examples }
}

const UP: Option<Direction> = Some(Direction::Up);

/// Every kind with its scope, bad direction and unit. A kind that comes twice has the second scope where the
/// name says so, as the examples show; [`guess_scope`] decides.
pub const METRIC_TYPES: [MetricType; 15] = {
    use MetricKind::{Availability, Cpu, Disk, Errors, Latency, Memory, Network, Other, Saturation, Traffic};
    use MetricScope::{Demand, External, Internal, Machine, Unknown};
    [
        row(Latency, External, UP, Unit::Seconds, &["latency_p99", "http.server.request.duration", "lat_90"]),
        row(Latency, Internal, UP, Unit::Seconds, &["jvm.gc.duration", "db.client.connection.wait_time"]),
        row(Errors, External, UP, Unit::Ratio, &["http_requests_failed_total", "error_share"]),
        row(Availability, External, Some(Direction::Down), Unit::Ratio, &["up", "PodSuccessRate(%)"]),
        row(
            Saturation,
            Internal,
            UP,
            Unit::Count,
            &["hikaricp_connections_active", "queue_depth", "threads"],
        ),
        row(Saturation, External, UP, Unit::Count, &["http.server.active_requests"]),
        row(Cpu, Internal, UP, Unit::Ratio, &["process.cpu.utilization", "CpuUsageRate(%)"]),
        row(Cpu, Machine, UP, Unit::Ratio, &["node_cpu_usage", "NodeCpuUsageRate(%)"]),
        row(Memory, Internal, UP, Unit::Bytes, &["process.memory.usage", "jvm.memory.used"]),
        row(Memory, Machine, UP, Unit::Bytes, &["node_memory_usage_bytes", "NodeMemoryUsageRate(%)"]),
        row(Disk, Internal, None, Unit::Bytes, &["disk_io_time", "container_fs_usage_bytes"]),
        row(Disk, Machine, None, Unit::Bytes, &["node_disk_io_now"]),
        row(Network, Demand, None, Unit::Bytes, &["NetworkReceiveBytes", "container_network_transmit_bytes"]),
        row(Traffic, Demand, None, Unit::PerSecond, &["http_requests_total", "PodWorkload(Ops)"]),
        row(Other, Unknown, None, Unit::None, &["temperature"]),
    ]
};

/// Whose state a metric of this name and kind tells of: what [`METRIC_TYPES`] says of the kind, except for
/// times spent in pauses or in waiting for a resource, which are internal; for requests under way, of which
/// there are more when each takes longer (Little's law), and which are external; and for resources of a
/// machine, which are so by a first word like `node`, `host` or `machine`.
///
/// ```
/// use evenkeel_core::MetricKind;
/// use evenkeel_locate::{MetricScope, guess_kind, guess_scope};
///
/// let scope = |name| guess_scope(name, guess_kind(name));
/// assert_eq!(scope("container_memory_usage_bytes"), MetricScope::Internal);
/// assert_eq!(scope("http_request_duration_seconds"), MetricScope::External);
/// assert_eq!(scope("jvm_gc_pause_seconds"), MetricScope::Internal);
/// assert_eq!(scope("node_memory_usage_bytes"), MetricScope::Machine);
/// ```
#[must_use]
pub fn guess_scope(metric: &str, kind: MetricKind) -> MetricScope {
    match kind {
        MetricKind::Latency if is_wait_for_resource(metric) || is_pause(metric) => MetricScope::Internal,
        MetricKind::Saturation if is_in_flight(metric) => MetricScope::External,
        MetricKind::Cpu | MetricKind::Memory | MetricKind::Disk if is_of_machine(metric) => {
            MetricScope::Machine
        }
        _ => METRIC_TYPES.iter().find(|row| row.kind == kind).map_or(MetricScope::Unknown, |row| row.scope),
    }
}
