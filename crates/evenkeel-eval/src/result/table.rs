//! Results as tables.

use super::{Cost, TaskResult};
use crate::tasks;

/// Methods by rows, metrics by columns; below, the metrics of groups of cases (`vus_pr_spike` beside
/// `vus_pr`) by groups, and what was skipped.
pub(super) fn table(result: &TaskResult) -> String {
    let listed = tasks::by_name(&result.task).map_or(&[][..], |task| task.metrics);
    let of_group = |metric: &str, whole: &str| {
        let rest = metric.strip_prefix(whole)?.strip_prefix('_')?;
        (!listed.contains(&metric)).then(|| rest.to_owned())
    };
    let metrics = result.metrics();
    let is_of_group = |metric: &&str| listed.iter().any(|whole| of_group(metric, whole).is_some());
    let main: Vec<&str> = metrics.iter().copied().filter(|metric| !is_of_group(metric)).collect();
    let mut columns: Vec<Vec<String>> = vec![vec!["method".into()], vec!["n".into()]];
    columns.extend(main.iter().map(|metric| vec![(*metric).to_owned()]));
    columns.push(vec!["ms a case".into()]);
    // What is measured of detectors; memory of programs alone.
    let has_cost = result.methods.iter().any(|method| method.cost.is_some());
    let has_peak =
        result.methods.iter().any(|method| method.cost.is_some_and(|cost| cost.peak_bytes.is_some()));
    if has_cost {
        columns.extend(["µs a row", "µs of processor"].map(|name| vec![name.to_owned()]));
    }
    if has_peak {
        columns.push(vec!["peak MB".into()]);
    }
    for method in &result.methods {
        let cell = |metric: &&str| match (method.score(metric), method.interval(metric)) {
            (Some(score), Some([low, high])) => format!("{score:.3} [{low:.2}, {high:.2}]"),
            (Some(score), None) => format!("{score:.3}"),
            _ => "-".into(),
        };
        let mut cells = vec![method.name.clone(), method.n.to_string()];
        cells.extend(main.iter().map(cell));
        cells.push(format!("{:.3}", 1e3 * method.seconds_per_case));
        let cost = |of: &dyn Fn(&Cost) -> Option<f64>, places: usize| {
            let known = method.cost.as_ref().and_then(of);
            known.map_or("-".to_owned(), |x| format!("{x:.places$}"))
        };
        if has_cost {
            cells.push(cost(&|cost| Some(cost.microseconds_per_row), 2));
            cells.push(cost(&|cost| cost.processor_microseconds_per_row, 2));
        }
        if has_peak {
            cells.push(cost(&|cost| cost.peak_bytes.map(|bytes| bytes as f64 / 1e6), 1));
        }
        columns.iter_mut().zip(cells).for_each(|(column, cell)| column.push(cell));
    }
    let mut text = format!("{}: {} cases\n\n", result.task, result.cases);
    text.push_str(&aligned(&columns));
    for whole in listed {
        let groups: Vec<(&str, String)> =
            metrics.iter().filter_map(|metric| Some((*metric, of_group(metric, whole)?))).collect();
        if groups.is_empty() {
            continue;
        }
        let mut columns: Vec<Vec<String>> = vec![vec![format!("{whole} of")]];
        columns[0].extend(result.methods.iter().map(|method| method.name.clone()));
        for (metric, group) in groups {
            let cell = |score: Option<f64>| score.map_or("-".into(), |score| format!("{score:.3}"));
            let mut column = vec![group];
            column.extend(result.methods.iter().map(|method| cell(method.score(metric))));
            columns.push(column);
        }
        text.push('\n');
        text.push_str(&aligned(&columns));
    }
    if !result.skipped.is_empty() {
        text.push_str("\nskipped\n");
    }
    for skipped in &result.skipped {
        text.push_str(&format!("{}: {}\n", skipped.case, skipped.why));
    }
    text
}

/// Columns of equal length beside one another; a column `n` stands to the right.
fn aligned(columns: &[Vec<String>]) -> String {
    let width = |column: &Vec<String>| column.iter().map(|cell| cell.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = columns.iter().map(width).collect();
    let mut text = String::new();
    for row in 0..columns.first().map_or(0, Vec::len) {
        let cell = |(column, width): (&Vec<String>, &usize)| match column[0].as_str() {
            "n" => format!("{:>width$}", column[row]),
            _ => format!("{:width$}", column[row]),
        };
        let cells: Vec<String> = columns.iter().zip(&widths).map(cell).collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}
