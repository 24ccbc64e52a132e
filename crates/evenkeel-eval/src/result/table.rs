//! Results as tables.

use super::TaskResult;

/// Methods by rows, metrics by columns, and what was skipped below.
pub(super) fn table(result: &TaskResult) -> String {
    let metrics = result.metrics();
    let mut columns: Vec<Vec<String>> = vec![vec!["method".into()], vec!["n".into()]];
    columns.extend(metrics.iter().map(|metric| vec![(*metric).to_owned()]));
    columns.push(vec!["ms a case".into()]);
    for method in &result.methods {
        let cell = |metric: &&str| match (method.score(metric), method.interval(metric)) {
            (Some(score), Some([low, high])) => format!("{score:.3} [{low:.2}, {high:.2}]"),
            (Some(score), None) => format!("{score:.3}"),
            _ => "-".into(),
        };
        let mut cells = vec![method.name.clone(), method.n.to_string()];
        cells.extend(metrics.iter().map(cell));
        cells.push(format!("{:.3}", 1e3 * method.seconds_per_case));
        columns.iter_mut().zip(cells).for_each(|(column, cell)| column.push(cell));
    }
    let width = |column: &Vec<String>| column.iter().map(|cell| cell.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = columns.iter().map(width).collect();
    let mut text = format!("{}: {} cases\n\n", result.task, result.cases);
    for row in 0..=result.methods.len() {
        let cell = |(i, (column, width)): (usize, (&Vec<String>, &usize))| match i {
            // Counts stand to the right.
            1 => format!("{:>width$}", column[row]),
            _ => format!("{:width$}", column[row]),
        };
        let cells: Vec<String> = columns.iter().zip(&widths).enumerate().map(cell).collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    if !result.skipped.is_empty() {
        text.push_str("\nskipped\n");
    }
    for skipped in &result.skipped {
        text.push_str(&format!("{}: {}\n", skipped.case, skipped.why));
    }
    text
}
