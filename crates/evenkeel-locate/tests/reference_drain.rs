//! The replay of `reference/locate/drain.json`, which is not in the committed copy: it is derived from log files
//! that must not be passed on.

use evenkeel_locate::logs::Drain;
use evenkeel_testing::reference;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Drains {
    #[serde(rename = "note")]
    _note: Value,
    cases: Vec<DrainCase>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DrainCase {
    system: String,
    input: String,
    sim_th: f64,
    depth: usize,
    max_children: usize,
    parametrize_numeric_tokens: bool,
    masking: Option<Value>,
    cluster_of_line: Vec<u64>,
    templates: Vec<(u64, String, u64)>,
}

/// The column `Content` of a file of comma-separated text with quoted fields.
fn contents(text: &str) -> Vec<String> {
    let mut records = vec![vec![String::new()]];
    let mut is_quoted = false;
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        let record = records.last_mut().unwrap();
        let field = record.last_mut().unwrap();
        match c {
            '"' if is_quoted && characters.peek() == Some(&'"') => {
                characters.next();
                field.push('"');
            }
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => record.push(String::new()),
            '\n' if !is_quoted => records.push(vec![String::new()]),
            '\r' if !is_quoted => {}
            c => field.push(c),
        }
    }
    records.retain(|record| record.len() > 1);
    let column = records[0].iter().position(|name| name.trim_start_matches('\u{feff}') == "Content").unwrap();
    records[1..].iter().map(|record| record[column].clone()).collect()
}

#[test]
fn reference_drain() {
    if !reference::path("locate", "drain.json").exists() {
        println!("skipped: drain.json is not in the committed copy");
        return;
    }
    let file: Drains = reference::load("locate", "drain.json");
    assert!(!file.cases.is_empty());
    for case in &file.cases {
        let system = &case.system;
        let name = case.input.split(' ').next().unwrap();
        assert_eq!((case.input.ends_with("column Content"), &case.masking), (true, &None), "{system}");
        let Some(path) = reference::data(format!("rca/loghub-2k/{system}/{name}")) else {
            println!("skipped: {name} is not there");
            continue;
        };
        let lines = contents(&std::fs::read_to_string(path).unwrap());
        assert_eq!(lines.len(), case.cluster_of_line.len(), "{system}");
        let mut drain = Drain::published()
            .threshold(case.sim_th)
            .depth(case.depth)
            .max_children(case.max_children)
            .numeric_as_wildcard(case.parametrize_numeric_tokens)
            .build()
            .unwrap();
        for (i, (line, expected)) in lines.iter().zip(&case.cluster_of_line).enumerate() {
            assert_eq!(drain.update(line).id, *expected, "{system}, line {i}: {line}");
        }
        let templates: Vec<(u64, String, u64)> = drain
            .templates()
            .map(|template| (template.id(), template.to_string(), template.lines()))
            .collect();
        assert_eq!(templates, case.templates, "{system}");
    }
}
