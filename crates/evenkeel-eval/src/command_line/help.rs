//! How commands are used.

use super::parse::{COMMON, COMPARISON, DETECTION};
use crate::detectors;
use crate::tasks::{ALL, Task, TaskOption};

/// How the program is used, and where to get the data of each benchmark.
#[must_use]
pub fn usage() -> String {
    let mut text = String::from(
        "Runs methods on public benchmarks in their own formats, and scores them as the benchmarks do.\n\n\
         usage: evenkeel-eval TASK --data DIR [options]\n\
         \x20      evenkeel-eval compare A.json B.json [options]\n\
         \x20      evenkeel-eval cases A.json: the scores of each case as comma-separated text\n\
         \x20      evenkeel-eval detect NAME [options]\n\
         \x20      evenkeel-eval TASK --help, evenkeel-eval compare --help, evenkeel-eval detect --help\n\ntasks\n",
    );
    for task in ALL {
        text.push_str(&format!("  {:<9} {}\n", task.name, task.about));
    }
    text.push_str("\noptions of all tasks\n");
    text.push_str(&options(&COMMON));
    text.push_str("\nwhere to get the data\n");
    for task in ALL {
        text.push_str(&format!("  {:<9} {}\n", task.name, task.source.address));
    }
    text.push_str(
        "\nExit status: 0 when every case was scored; 2 on bad arguments or an unreadable folder; 3 when some\n\
         cases were skipped, each with a reason. Files may be compressed with gzip.\n",
    );
    text
}

/// How a task is used.
pub(super) fn of_task(task: &Task) -> String {
    let Task { name, about, reads, source, .. } = *task;
    let mut text = format!("{name}: {about}\n\nusage: evenkeel-eval {name} --data DIR [options]\n\n");
    let methods = task.methods();
    let between = if methods.iter().any(|name| name.contains(',')) { "; " } else { ", " };
    let parts = [
        ("reads", reads),
        ("from", source.address),
        ("then", source.preparation),
        ("license", source.license),
        ("metrics", &task.metrics.join(", ")),
        ("methods", &methods.join(between)),
    ];
    for (what, said) in parts.into_iter().filter(|(_, said)| !said.is_empty()) {
        text.push_str(&wrapped(&format!("{what:<10} "), said));
    }
    text.push_str("\noptions\n");
    text.push_str(&options(COMMON.iter().chain(task.options)));
    text
}

/// How results are compared.
pub(super) fn of_compare() -> String {
    let mut text = String::from(
        "compare: two results, case by case\n\nusage: evenkeel-eval compare A.json B.json [options]\n\n\
         A and B are what --json printed or --out wrote, or what cases printed, under a name with .csv. Each metric that is a mean over cases is paired case by\n\
         case: the difference B - A, its 95 % interval (a bootstrap over the pairs with a fixed seed), and in how\n\
         many cases B is better, worse, exactly as good. Exit status 3 if a case is in one of them only.\n\noptions\n",
    );
    text.push_str(&options(&COMPARISON));
    text
}

/// How a detector runs as a program.
pub(super) fn of_detect() -> String {
    let mut text = String::from(
        "detect: a detector of the library as a program\n\nusage: evenkeel-eval detect NAME [options]\n\n\
         Reads one row a line from the standard input, numbers separated by commas, nothing or NaN where one is\n\
         missing, and answers each with its score on a line, larger = more abnormal, before the next is read. So\n\
         it can be piped into, and be measured as other programs are: --program 'evenkeel-eval detect NAME'.\n\n",
    );
    let names: Vec<&str> = detectors::names().collect();
    text.push_str(&wrapped("detectors ", &names.join(", ")));
    text.push_str("\noptions\n");
    text.push_str(&options(&DETECTION));
    text
}

fn options<'a>(options: impl IntoIterator<Item = &'a TaskOption>) -> String {
    let line = |option: &TaskOption| {
        let value = option.value.map_or(String::new(), |value| format!(" {value}"));
        wrapped(&format!("  {:<20} ", format!("--{}{value}", option.name)), option.about)
    };
    options.into_iter().map(line).collect()
}

/// The assumed width of a terminal.
const WIDTH: usize = 110;

/// Wraps words into indented lines.
fn wrapped(start: &str, words: &str) -> String {
    let mut text = start.to_owned();
    let mut at = start.len();
    for (i, word) in words.split(' ').enumerate() {
        if i > 0 && at + 1 + word.len() > WIDTH {
            text.push_str(&format!("\n{:1$}", "", start.len()));
            at = start.len();
        } else if i > 0 {
            text.push(' ');
            at += 1;
        }
        text.push_str(word);
        at += word.len();
    }
    text.push('\n');
    text
}
