//! Guessing kinds.

use evenkeel_core::MetricKind as K;
use evenkeel_locate::guess_kind;

#[test]
fn common_names_are_understood() {
    for (name, kind) in [
        ("cpu", K::Cpu),
        ("container_cpu_usage_seconds_total", K::Cpu),
        ("mem", K::Memory),
        ("MemoryUtilization", K::Memory),
        ("jvm.heap.used", K::Memory),
        ("lat_50", K::Latency),
        ("http_request_duration_seconds", K::Latency),
        ("latencyP99", K::Latency),
        ("errors", K::Errors),
        ("http_5xx_rate", K::Errors),
        ("requestTimeouts", K::Errors),
        ("lod", K::Traffic),
        ("requests_total", K::Traffic),
        ("availability", K::Availability),
        ("success-rate", K::Availability),
        ("queue_depth", K::Saturation),
        ("pool_in_use", K::Saturation),
        ("disk_io_time", K::Disk),
        ("network_receive_bytes", K::Network),
        ("temperature", K::Other),
        ("cpux", K::Other),
        ("averyveryverylongword_cpu", K::Cpu),
        ("averyveryverylongword", K::Other),
        ("größe_cpu", K::Cpu),
        ("", K::Other),
    ] {
        assert_eq!(guess_kind(name), kind, "{name}");
    }
}
