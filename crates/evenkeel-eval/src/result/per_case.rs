//! Results of cases as a small table of text, to be kept beside what is published of them.

use super::{CaseResult, Method, TaskResult, Value};
use crate::Failure;
use std::collections::{BTreeMap, BTreeSet};

/// What begins the first line, before the name of the task.
const FIRST: &str = "# task ";
/// False alarms of a case and its days, of which the rate is that of all cases together.
const COUNT: &str = "false_alarms";
const DAYS: &str = "days";
const RATE: &str = "false_alarms_per_day";

/// The scores of each method on each case, by names of methods and cases, rounded; nothing where there is
/// none.
pub(super) fn write(result: &TaskResult) -> String {
    let known: BTreeSet<&str> = result
        .per_case
        .iter()
        .flat_map(|case| case.methods.values())
        .flat_map(|said| said.keys().map(String::as_str))
        .collect();
    let mut columns: Vec<&str> =
        result.metrics().into_iter().filter(|metric| known.contains(metric) && *metric != RATE).collect();
    if known.contains(COUNT) {
        columns.extend([COUNT, DAYS]);
    }
    let mut rows: Vec<(&str, &CaseResult)> = result
        .per_case
        .iter()
        .flat_map(|case| case.methods.keys().map(move |method| (method.as_str(), case)))
        .collect();
    rows.sort_by(|a, b| (a.0, &a.1.case).cmp(&(b.0, &b.1.case)));
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut put = |fields: Vec<String>| {
        // Into memory: nothing can fail.
        let _ = writer.write_record(fields);
    };
    put(["method", "case"].into_iter().chain(columns.iter().copied()).map(str::to_owned).collect());
    for (method, case) in rows {
        let number = |column: &&str| {
            let value =
                if *column == DAYS { case.details.get(DAYS).and_then(Value::as_number) } else { None };
            value.or_else(|| case.score(method, column)).map_or(String::new(), number)
        };
        let fields = [method.to_owned(), case.case.clone()].into_iter().chain(columns.iter().map(number));
        put(fields.collect());
    }
    let text = writer.into_inner().unwrap_or_default();
    format!("{FIRST}{}\n{}", result.task, String::from_utf8_lossy(&text))
}

/// Four decimals at most, two of what is 10 or more.
fn number(x: f64) -> String {
    let places = if x.abs() < 10.0 { 4 } else { 2 };
    let text = format!("{x:.places$}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".into() } else { text.into() }
}

/// Reads what was written: scores of methods are means over their cases, rates those of all together.
pub(super) fn read(text: &str) -> Result<TaskResult, Failure> {
    let wrong = |why: String| Failure::new(format!("no table of cases: {why}"));
    let (first, table) = text.split_once('\n').unwrap_or((text, ""));
    let task = first.trim_end().strip_prefix(FIRST);
    let task = task.ok_or_else(|| wrong(format!("line 1 does not begin with {FIRST:?}")))?;
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let header = reader.headers().map_err(|why| wrong(why.to_string()))?.clone();
    if header.get(0) != Some("method") || header.get(1) != Some("case") {
        return Err(wrong("the columns do not begin with method, case".into()));
    }
    let mut cases: BTreeMap<String, CaseResult> = BTreeMap::new();
    let mut methods: Vec<String> = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|why| wrong(why.to_string()))?;
        let line = record.position().map_or(0, |place| place.line() + 1);
        let (method, name) = (&record[0], &record[1]);
        if methods.last().is_none_or(|last| last != method) {
            if methods.iter().any(|known| known == method) {
                return Err(wrong(format!("line {line}: {method} comes twice")));
            }
            methods.push(method.to_owned());
        }
        let case = cases.entry(name.to_owned()).or_insert_with(|| CaseResult::new(name));
        if case.methods.contains_key(method) {
            return Err(wrong(format!("line {line}: {name} comes twice")));
        }
        case.methods.insert(method.to_owned(), BTreeMap::new());
        for (column, field) in header.iter().zip(&record).skip(2).filter(|(_, field)| !field.is_empty()) {
            let x = field.parse().ok().filter(|x: &f64| x.is_finite());
            let x =
                x.ok_or_else(|| wrong(format!("line {line}, column {column}: {field:?} is no number")))?;
            if column == DAYS {
                case.details.insert(DAYS.to_owned(), x.into());
            } else {
                case.record(method, column, x);
            }
        }
        if let Some((count, days)) =
            case.score(method, COUNT).zip(case.details.get(DAYS).and_then(Value::as_number))
        {
            case.record(method, RATE, count / days);
        }
    }
    let mut result = TaskResult::new(task, cases.len());
    result.per_case = cases.into_values().collect();
    for name in methods {
        let own: Vec<&CaseResult> =
            result.per_case.iter().filter(|case| case.methods.contains_key(&name)).collect();
        let mut method = Method::new(&name, own.len(), f64::NAN);
        let metrics: BTreeSet<&String> =
            own.iter().filter_map(|case| case.methods.get(&name)).flat_map(BTreeMap::keys).collect();
        for metric in metrics.into_iter().filter(|metric| *metric != COUNT) {
            let scores: Vec<f64> = own.iter().filter_map(|case| case.score(&name, metric)).collect();
            let mean = scores.iter().sum::<f64>() / scores.len() as f64;
            method.scores.insert(metric.clone(), mean);
        }
        let sums = own.iter().try_fold((0.0, 0.0), |(count, days), case| {
            Some((count + case.score(&name, COUNT)?, days + case.details.get(DAYS)?.as_number()?))
        });
        if let Some((count, days)) = sums {
            method.scores.insert(RATE.to_owned(), count / days);
        }
        result.methods.push(method);
    }
    Ok(result)
}
