//! Log records of OTLP in protobuf.

use crate::error::Error;
use crate::finding::FindingKind;
use crate::limits::{Limits, within};
use crate::log::{LogRecord, Logs, Severity};
use crate::otlp::messages::{RESOURCE_LOGS, ResourceLogs, WireRecord};
use crate::otlp::protobuf::{attributes, groups, resource, span_id, time, trace_id, value};
use std::sync::Arc;

pub(super) fn read(body: &[u8], limits: &Limits) -> Result<Logs, Error> {
    let mut logs = Logs::default();
    groups(body, limits, &RESOURCE_LOGS, |group: ResourceLogs| {
        let resource = Arc::new(resource(group.resource, limits, &mut logs.findings)?);
        for mut wire in group.scopes.into_iter().flat_map(|scope| scope.records) {
            limits.check_points(logs.records.len() + 1)?;
            let attributes = attributes(core::mem::take(&mut wire.attributes), limits, &mut logs.findings)?;
            let message = value(wire.body.take()).to_string();
            within(message.len(), limits.line, "bytes of a log message")?;
            match record(&wire) {
                Ok(record) => {
                    let resource = Some(Arc::clone(&resource));
                    logs.records.push(LogRecord { message, attributes, resource, ..record });
                }
                Err(_) => logs.findings.add(FindingKind::Unreadable, resource.service.as_str(), 1),
            }
        }
        Ok(())
    })?;
    Ok(logs)
}

fn record(wire: &WireRecord) -> Result<LogRecord, String> {
    let observed = time(wire.observed)?;
    Ok(LogRecord {
        time: time(wire.time)?.or(observed),
        severity: Severity::numbered(i128::from(wire.severity_number))
            .or_else(|| Severity::named(&wire.severity_text)),
        trace: trace_id(&wire.trace_id)?,
        span: span_id(&wire.span_id)?,
        ..LogRecord::default()
    })
}
