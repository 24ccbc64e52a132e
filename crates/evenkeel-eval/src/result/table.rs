//! Results for people.

use super::TaskResult;

/// Methods by rows, metrics by columns, and what was skipped below.
pub(super) fn table(result: &TaskResult) -> String {
    let metrics = result.metrics();
    let names = result.methods.iter().map(|method| method.name.chars().count());
    let widest = names.max().unwrap_or(0).max("method".len());
    let mut text = format!("{}: {} cases\n\n{:widest$}    n", result.task, result.cases, "method");
    for metric in &metrics {
        text.push_str(&format!("  {metric:<18}"));
    }
    text.push_str("  ms a case\n");
    for method in &result.methods {
        text.push_str(&format!("{:widest$} {:>4}", method.name, method.n));
        for metric in &metrics {
            let cell = match (method.scores.get(*metric), method.ci95.get(*metric)) {
                (Some(score), Some([low, high])) => format!("{score:.3} [{low:.2}, {high:.2}]"),
                (Some(score), None) => format!("{score:.3}"),
                _ => "-".into(),
            };
            text.push_str(&format!("  {cell:<18}"));
        }
        text.push_str(&format!("  {:.3}\n", 1e3 * method.seconds_per_case));
    }
    if !result.skipped.is_empty() {
        text.push_str("\nskipped\n");
    }
    for skipped in &result.skipped {
        text.push_str(&format!("{}: {}\n", skipped.case, skipped.why));
    }
    text
}
