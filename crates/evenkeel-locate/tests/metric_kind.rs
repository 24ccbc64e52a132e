//! Classification of metrics by name.

use evenkeel_core::MetricKind::{
    self as K, Availability, Cpu, Disk, Errors, Latency, Memory, Network, Other, Saturation, Traffic,
};
use evenkeel_locate::{METRIC_TYPES, guess_kind, guess_scope};
use proptest::prelude::*;

/// Names that public exporters, conventions and data sets use, and what they are about.
const NAMES: &[(K, &[&str])] = &[
    (
        Latency,
        &[
            "lat_50",
            "latencyP99",
            "latency_p99",
            "p99",
            "pool_wait",
            "request_time",
            "request_time_ms",
            "http_request_seconds_mean",
            "upstream_request_time",
            "http.server.requests.avg_ms",
            "http_request_duration_seconds",
            "http_request_duration_seconds_sum",
            "http.server.request.duration",
            "http.client.request.duration",
            "rpc.server.duration",
            "db.client.operation.duration",
            "db.client.connection.wait_time",
            "db.client.connection.use_time",
            "messaging.client.operation.duration",
            "messaging.process.duration",
            "gen_ai.server.time_to_first_token",
            "dotnet.gc.pause.time",
            "jvm.gc.duration",
            "jvm_gc_pause_seconds",
            "go_gc_duration_seconds",
            "TargetResponseTime",
            "response_time",
            "PodClientLatencyP90(s)",
            "PodServerLatencyP95(s)",
            "NetworkP90(ms)",
            "istio_request_duration_milliseconds",
            "envoy_cluster_upstream_rq_time",
            "grpc_server_handling_seconds",
            "apiserver_request_duration_seconds",
            "etcd_request_duration_seconds",
            "haproxy_backend_response_time_average_seconds",
            "haproxy_backend_queue_time_average_seconds",
            "nginx_ingress_controller_request_duration_seconds",
            "traefik_service_request_duration_seconds",
            "redis_commands_duration_seconds_total",
            "redis_latency_percentiles_usec",
            "pg_replication_lag_seconds",
            "pg_stat_activity_max_tx_duration",
            "mysql_global_status_slow_queries",
            "kafka.network.RequestMetrics.TotalTimeMs",
            "kafka.consumer.fetch-latency-avg",
            "probe_duration_seconds",
            "scrape_duration_seconds",
            "page_load_time",
            "IteratorAgeMilliseconds",
            "ApproximateAgeOfOldestMessage",
            "tikv_grpc_msg_duration_seconds",
            "http_server_requests_seconds",
            "api.response.95percentile",
            "rabbitmq_delivery_delay_ms",
        ],
    ),
    (
        Errors,
        &[
            "errors",
            "http_5xx_rate",
            "requestTimeouts",
            "http_requests_500",
            "http_requests_code_503",
            "http_requests_429_total",
            "retry_rate",
            "requests_shed",
            "http_requests_failed_total",
            "errors_total",
            "error_share",
            "HTTPCode_Target_5XX_Count",
            "HTTPCode_ELB_5XX",
            "TargetConnectionErrorCount",
            "UnHealthyHostCount",
            "system.network.errors",
            "hikaricp_connections_timeout_total",
            "rejectedRequests",
            "lambda_throttles",
            "envoy_cluster_upstream_rq_5xx",
            "envoy_cluster_upstream_rq_retry",
            "envoy_cluster_upstream_cx_connect_fail",
            "haproxy_backend_connection_errors_total",
            "haproxy_server_check_failures_total",
            "haproxy_backend_retry_warnings_total",
            "redis_rejected_connections_total",
            "pg_stat_database_xact_rollback",
            "pg_stat_database_deadlocks",
            "mysql_global_status_aborted_connects",
            "kafka_producer_record_error_rate",
            "rabbitmq_channel_messages_unroutable_dropped_total",
            "grpc_client_retries",
            "node_network_receive_drop_total",
            "node_network_transmit_errs_total",
            "node_netstat_Tcp_RetransSegs",
            "node_netstat_TcpExt_ListenOverflows",
            "node_netstat_TcpExt_ListenDrops",
            "container_network_receive_packets_dropped_total",
            "container_network_receive_errors_total",
            "kube_pod_container_status_restarts_total",
            "kube_deployment_status_replicas_unavailable",
            "kubelet_runtime_operations_errors_total",
            "coredns_panics_total",
            "log_messages_fatal_total",
            "jvm.exceptions",
            "dotnet.exceptions",
            "dropped_spans",
            "circuit_breaker_rejections",
        ],
    ),
    (
        Availability,
        &[
            "availability",
            "up",
            "success-rate",
            "PodSuccessRate(%)",
            "probe_success",
            "redis_up",
            "pg_up",
            "mysql_up",
            "haproxy_server_up",
            "envoy_cluster_membership_healthy",
            "HealthyHostCount",
            "kube_pod_status_ready",
            "kube_deployment_status_replicas_available",
            "system.uptime",
        ],
    ),
    (
        Cpu,
        &[
            "cpu",
            "cpu0",
            "CPUUtilization",
            "CpuUsage(m)",
            "NodeCpuUsageRate(%)",
            "container_cpu_usage_seconds_total",
            "container_cpu_cfs_throttled_periods_total",
            "container_cpu_cfs_throttled_seconds_total",
            "node_cpu_seconds_total",
            "process_cpu_seconds_total",
            "process.cpu.utilization",
            "system.cpu.utilization",
            "system.cpu.time",
            "jvm.cpu.recent_utilization",
            "k8s.pod.cpu.usage",
            "system_cpu_usage",
            "averyveryverylongword_cpu",
            "größe_cpu",
            "node_load1",
            "node_load15",
            "system.load.1",
            "load_average",
            "system_load_average_1m",
            "system.cpu.load_average.1m",
        ],
    ),
    (
        Memory,
        &[
            "mem",
            "memory",
            "MemoryUtilization",
            "MemoryUsage(Mi)",
            "jvm.heap.used",
            "jvm.memory.used",
            "jvm_memory_used_bytes",
            "container_memory_working_set_bytes",
            "container_memory_rss",
            "container_oom_events_total",
            "node_memory_Active_bytes",
            "node_vmstat_pgmajfault",
            "node_vmstat_oom_kill",
            "process_resident_memory_bytes",
            "process.memory.usage",
            "system.memory.usage",
            "go_memstats_heap_inuse_bytes",
            "redis_memory_used_bytes",
            "nodejs_heap_size_used_bytes",
            "SwapUsage",
        ],
    ),
    (
        Disk,
        &[
            "disk_io_time",
            "system.disk.io",
            "system.filesystem.usage",
            "node_disk_io_time_seconds_total",
            "node_disk_read_bytes_total",
            "node_disk_writes_completed_total",
            "node_filesystem_avail_bytes",
            "node_filesystem_files_free",
            "container_fs_usage_bytes",
            "container_blkio_device_usage_total",
            "VolumeReadOps",
            "WriteIOPS",
            "SyscallRead",
            "SyscallWrite",
            "pg_wal_size_bytes",
        ],
    ),
    (
        Network,
        &[
            "network_receive_bytes",
            "NetworkReceiveBytes",
            "NetworkTransmitBytes",
            "system.network.io",
            "node_network_receive_bytes_total",
            "container_network_transmit_bytes_total",
            "node_sockstat_TCP_alloc",
            "node_netstat_Tcp_CurrEstab",
            "haproxy_frontend_bytes_in_total",
            "http_response_bytes_sent",
            "tcp_rtt",
        ],
    ),
    (
        Saturation,
        &[
            "queue_depth",
            "pool_in_use",
            "pool_waiting",
            "http_requests_in_flight",
            "requests_in_flight",
            "http_requests_in_progress",
            "active_requests",
            "inflight",
            "http.server.active_requests",
            "http.client.active_requests",
            "http.client.open_connections",
            "db.client.connection.count",
            "db.client.connection.pending_requests",
            "db.client.connections.usage",
            "jvm.thread.count",
            "kafka_messages_behind",
            "kafka_consumergroup_lag",
            "kafka.consumer.records-lag-max",
            "messaging.kafka.consumer.lag",
            "rabbitmq_queue_messages_ready",
            "rabbitmq_queue_messages_unacked",
            "ApproximateNumberOfMessagesVisible",
            "ActiveConnectionCount",
            "DatabaseConnections",
            "nginx_connections_active",
            "nginx_http_current_connections",
            "haproxy_frontend_current_sessions",
            "haproxy_backend_current_queue",
            "envoy_cluster_upstream_rq_pending_active",
            "envoy_cluster_upstream_cx_active",
            "redis_connected_clients",
            "redis_blocked_clients",
            "pg_stat_activity_count_active_connections",
            "pg_locks_waiting",
            "mysql_global_status_threads_running",
            "mysql_global_status_threads_connected",
            "hikaricp_connections_pending",
            "hikaricp_connections_active",
            "tomcat_threads_busy_threads",
            "executor_queued_tasks",
            "go_goroutines",
            "process_open_fds",
            "nodejs_active_handles_in_use",
            "workqueue_depth",
            "apiserver_current_inflight_requests",
            "nr_running",
        ],
    ),
    (
        Traffic,
        &[
            "lod",
            "requests",
            "requests_total",
            "http_requests_total",
            "http_requests_200",
            "http_request_duration_seconds_count",
            "grpc_server_started_total",
            "grpc_server_handled_total",
            "istio_requests_total",
            "envoy_cluster_upstream_rq_total",
            "nginx_http_requests_total",
            "nginx_connections_accepted",
            "haproxy_frontend_http_requests_total",
            "haproxy_frontend_connections_total",
            "redis_commands_processed_total",
            "pg_stat_database_xact_commit",
            "mysql_global_status_queries",
            "mysql_global_status_questions_per_second_queries",
            "rabbitmq_queue_messages_published_total",
            "kafka_server_brokertopicmetrics_messagesin_total_messages",
            "NumberOfMessagesSent",
            "RequestCount",
            "Invocations",
            "PodWorkload(Ops)",
            "workload",
            "qps",
            "throughput",
            "orders_per_minute",
        ],
    ),
    (
        Other,
        &[
            "",
            "temperature",
            "cpux",
            "averyveryverylongword",
            "outbox",
            "mean",
            "load",
            "rate",
            "cache_miss_rate",
            "cache_hit_ratio",
            "redis_keyspace_hits_total",
            "redis_evicted_keys_total",
            "pool_capacity",
            "max_connections",
            "process_max_fds",
            "pg_settings_max_connections",
            "mysql_global_variables_max_connections",
            "kube_pod_container_resource_requests",
            "kube_pod_container_resource_limits",
            "process_start_time_seconds",
            "node_boot_time_seconds",
            "go_info",
            "build_info",
            "node_memory_MemAvailable_bytes",
            "node_memory_MemFree_bytes",
            "hikaricp_connections_idle",
            "FreeableMemory_free",
            "http_request_duration_seconds_bucket",
            "go_gc_duration_seconds_count",
            "http.server.request.body.size",
            "http_response_size_bytes",
            "last_backup_timestamp_seconds",
        ],
    ),
];

#[test]
fn public_names_are_understood() {
    let wrong: Vec<String> = NAMES
        .iter()
        .flat_map(|(kind, names)| names.iter().map(move |name| (*kind, *name, guess_kind(name))))
        .filter(|(kind, _, guessed)| kind != guessed)
        .map(|(kind, name, guessed)| format!("{name} is {kind:?}, not {guessed:?}"))
        .collect();
    assert!(wrong.is_empty(), "{}: {wrong:#?}", wrong.len());
    let names = || NAMES.iter().flat_map(|(_, names)| names.iter());
    assert!(names().count() >= 150);
    assert_eq!(names().collect::<std::collections::BTreeSet<_>>().len(), names().count());
}

/// Whatever is said of requests beside their number, it is not demand.
#[test]
fn demand_needs_words_that_mean_nothing_else() {
    for demand in ["requests", "queries", "messages", "jobs", "calls", "http_requests", "rpc_calls"] {
        for said in [
            "failed",
            "rejected",
            "timeout",
            "500",
            "5xx",
            "in_flight",
            "in_progress",
            "pending",
            "active",
            "queued",
            "latency",
            "seconds",
            "duration_ms",
            "p99",
            "retries",
            "dropped",
            "waiting",
            "behind",
        ] {
            for name in [format!("{demand}_{said}"), format!("{said}_{demand}"), format!("{demand}.{said}")] {
                assert_ne!(guess_kind(&name), Traffic, "{name}");
            }
        }
    }
}

proptest! {
    /// The ways to write the same words make no difference.
    #[test]
    fn separators_and_case(words in prop::collection::vec("(http|requests|active|duration|queue|failed|cpu|bytes|memory|time)", 1..4)) {
        let snake = words.join("_");
        let kind = guess_kind(&snake);
        let camel: String = words.iter().map(|word| word[..1].to_uppercase() + &word[1..]).collect();
        prop_assert_eq!(guess_kind(&words.join(".")), kind);
        prop_assert_eq!(guess_kind(&words.join("-")), kind);
        prop_assert_eq!(guess_kind(&snake.to_uppercase()), kind);
        prop_assert_eq!(guess_kind(&camel), kind, "{}", camel);
    }

    #[test]
    fn any_name_has_a_kind(name in ".*") {
        let _ = guess_kind(&name);
    }
}

#[test]
fn the_table_of_types_holds_for_its_own_examples() {
    for row in METRIC_TYPES {
        assert_eq!(row.bad, row.kind.bad_direction(), "{row:?}");
        assert!(!row.examples.is_empty(), "{row:?}");
        for name in row.examples {
            assert_eq!(guess_kind(name), row.kind, "{name}");
            assert_eq!(guess_scope(name, row.kind), row.scope, "{name}");
        }
    }
    // Words that only begin like one for a machine.
    for name in ["nodejs_cpu_usage", "hostile_memory_bytes", "hosted.memory.usage"] {
        assert_ne!(guess_scope(name, guess_kind(name)), evenkeel_locate::MetricScope::Machine, "{name}");
    }
}
